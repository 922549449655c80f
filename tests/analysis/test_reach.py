"""Reach: how many services stand behind a resource, and when nobody can tell."""

from __future__ import annotations

import copy
from typing import Any, get_args, get_type_hints

import pytest

from pdsec_checks.analysis.reach import ServicesBehind, Sources
from pdsec_checks.analysis.services import CriticalServices
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Finding, Reach
from pdsec_checks.inspection import RESOURCES, SHARED, Inspection
from pdsec_checks.judging import engine
from pdsec_checks.model import CRITICAL_COUNTS, TO_DO
from pdsec_checks.pagerduty.data_sets.table import REACH
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import (
    EscalationPolicy,
    LayerSchedule,
    Service,
    Unreadable,
    View,
)
from tests.controls.helpers import (
    ADA,
    BEN,
    GONE,
    WHOLE,
    altered,
    computed,
    held,
    hour,
    looked_up,
    rendered,
)
from tests.simulator import accounts, run
from tests.simulator.builders import (
    a_business_service,
    a_dependency,
    a_maintenance_window,
    a_policy,
    a_route,
    a_service,
    a_team,
    a_user,
    a_webhook_subscription,
    an_extension,
    an_integration,
    an_orchestration,
)
from tests.simulator.records import Record, refer
from tests.support.judged import CONTROLS, NOTHING, NOW, a_snapshot, refused
from tests.support.reading import read

CLEO, DAN, EVE = (a_user(name, id=f"P{name.upper()}") for name in ("Cleo", "Dan", "Eve"))
ROTA, SHIFTS = rendered(WHOLE, id="PROTA"), computed(WHOLE, id="PSHIFT")
SHOP = a_policy("Shop", [ROTA], [CLEO], id="PSHOP")
BLOG = a_policy("Blog", [SHIFTS, CLEO], id="PBLOG")
IDLE = a_policy("Idle", [DAN], id="PIDLE")
TILL, CART, NEWS, OLD = (
    a_service("Till", SHOP, id="PTILL", integrations=[an_integration(id="PINT", service="PTILL")]),
    a_service("Cart", SHOP, id="PCART"),
    a_service("News", BLOG, id="PNEWS"),
    a_service("Old", BLOG, id="POLD", status="disabled"),
)
FRONT = a_business_service()


def account(**changed: Any) -> Snapshot:
    """Return an account with three services in service, of which the till is critical."""
    data: dict[str, Any] = {
        "users": [ADA, BEN, CLEO, DAN, EVE],
        "services": [TILL, CART, NEWS, OLD],
        "escalation_policies": [SHOP, BLOG, IDLE],
        "schedules": [ROTA],
        "shift_schedules": [SHIFTS],
        "business_service_dependencies": [looked_up(FRONT, a_dependency(TILL, FRONT))],
    }
    return a_snapshot(**(data | changed))


def reach(snapshot: Snapshot, kind: str, identity: str, **thresholds: Any) -> Reach:
    """Return the reach of a resource."""
    behind = Inspection(snapshot, Baseline(**thresholds)).provide("services_behind")
    found: Reach = behind.of(kind, identity)
    return found


def but(record: Record, **fields: Any) -> Record:
    """Return a record with other fields; None takes one away."""
    changed = {**copy.deepcopy(record), **fields}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize(
    ("kind", "identity", "services", "critical"),
    [
        ("service", "PNEWS", 1, 0),
        ("service", "PTILL", 1, 1),
        ("service", "POLD", 0, 0),
        ("integration", "PINT", 1, 1),
        ("escalation_policy", "PSHOP", 2, 1),
        ("escalation_policy", "PBLOG", 1, 0),
        ("escalation_policy", "PIDLE", 0, 0),
        ("schedule", "PROTA", 2, 1),
        ("schedule", "PSHIFT", 1, 0),
        ("user", "PADA", 3, 1),
        ("user", "PBEN", 3, 1),
        ("user", "PCLEO", 3, 1),
        ("user", "PDAN", 0, 0),
        ("user", "PEVE", 0, 0),
        ("account", "account", 3, 1),
        ("api_key", "PADA:1a2b", 3, 1),
    ],
)
def test_each_kind_of_resource_is_counted(
    kind: str, identity: str, services: int, critical: int
) -> None:
    """Services in service count, a critical one tenfold; a user's through policies and turns."""
    found = reach(account(), kind, identity)

    assert found == Reach(services, critical)
    assert found.weight == services - critical + CRITICAL_COUNTS * critical


MISSING = a_service("Missing", SHOP, id="PMISSING")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([TILL, NEWS], Reach(2, 1)),
        ([TILL, OLD], Reach(1, 1)),
        ([NEWS, MISSING], Reach(1, 0)),
        ([MISSING], Reach(0, 0)),
    ],
)
def test_services_that_a_window_mutes_are_behind_it(named: list[Record], expected: Reach) -> None:
    """A window mutes what it names and what is in service; what is gone counts as nothing."""
    window = a_maintenance_window(named, hour(0), hour(30), id="PWINDOW")

    found = reach(account(maintenance_windows=[window]), "maintenance_window", "PWINDOW")

    assert found == expected


@pytest.mark.parametrize(
    ("catch_all", "routes", "expected"),
    [
        (TILL, [NEWS], Reach(2, 1)),
        ("unrouted", [TILL, TILL, OLD], Reach(1, 1)),
        (MISSING, [NEWS, None], Reach(1, 0)),
        ("unrouted", [], Reach(0, 0)),
    ],
)
def test_services_that_get_its_events_are_behind_an_orchestration(
    catch_all: Any, routes: list[Any], expected: Reach
) -> None:
    """Whatever its router names and is in service counts once; what is gone counts as nothing."""
    router = an_orchestration("Events", catch_all, map(a_route, routes), id="PORCH")["router"]
    snapshot = account(orchestration_routers=[{**router, "id": "PORCH"}])

    assert reach(snapshot, "event_orchestration", "PORCH") == expected


def test_services_that_may_get_events_leave_it_open() -> None:
    """Nobody can count what a broken rule may name."""
    broken = but(a_route(TILL), actions={"route_to": 5})
    router = an_orchestration("Events", NEWS, [broken], id="PORCH")["router"]
    snapshot = account(orchestration_routers=[{**router, "id": "PORCH"}])

    assert reach(snapshot, "event_orchestration", "PORCH").is_least


def test_services_that_a_window_may_mute_leave_it_open() -> None:
    """Nobody can count what a window does not say, or what a service without an id may be."""
    silent = but(a_maintenance_window([TILL], hour(0), hour(30), id="PWINDOW"), services=None)
    window = a_maintenance_window([NEWS, MISSING], hour(0), hour(30), id="PWINDOW")
    nameless = account(maintenance_windows=[window], services=[NEWS, but(TILL, id=None)])

    unsaid = reach(account(maintenance_windows=[silent]), "maintenance_window", "PWINDOW")
    unsure = reach(nameless, "maintenance_window", "PWINDOW")

    assert "services" in unsaid.why
    assert unsaid.services is None
    assert unsure.services == 1
    assert unsure.why


def test_a_service_of_two_ways_counts_once() -> None:
    """A schedule on both levels of a policy, and a user beside it, are still one service."""
    policy = a_policy("Shop", [ROTA, ADA], [ROTA, SHIFTS], id="PSHOP")
    snapshot = account(escalation_policies=[policy], services=[CART])

    assert reach(snapshot, "user", "PADA") == reach(snapshot, "schedule", "PROTA") == Reach(1, 0)


def test_who_is_on_call_by_an_override_is_behind_the_services() -> None:
    """PagerDuty's shifts name people whom no layer names."""
    snapshot = account(schedules=[held(ROTA, EVE)])

    assert reach(snapshot, "user", "PEVE") == Reach(2, 1)


def test_somebody_who_was_deleted_still_stands_before_the_services() -> None:
    """The place in the policy is what calls nobody."""
    policy = a_policy("Shop", [GONE], id="PSHOP")

    assert reach(account(escalation_policies=[policy, BLOG]), "user", GONE["id"]) == Reach(2, 1)


def test_a_service_that_is_named_is_critical() -> None:
    """The configuration counts as well as the service graph."""
    assert reach(account(), "service", "PNEWS", critical_services=("ne*",)) == Reach(1, 1)


@pytest.mark.parametrize(
    ("services", "expected"), [([TILL, NEWS], Reach(2, 1)), ([CART], Reach(1, 0))]
)
def test_an_extension_reaches_the_services_that_it_serves(
    services: list[Record], expected: Reach
) -> None:
    """Each of them once."""
    extension = an_extension(services=services, id="PEXT")

    assert reach(account(extensions=[extension]), "extension", "PEXT") == expected


CORE, SIDE, EMPTY = (a_team(name) for name in ("Core", "Side", "Empty"))
OF_TEAMS = [
    TILL | {"teams": [refer("team", CORE)]},
    CART | {"teams": [refer("team", CORE), refer("team", SIDE)]},
    NEWS,
    OLD | {"teams": [refer("team", CORE)]},
]


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        ({}, Reach(3, 1)),
        ({"service": TILL}, Reach(1, 1)),
        ({"service": NEWS}, Reach(1, 0)),
        ({"team": CORE}, Reach(2, 1)),
        ({"team": SIDE}, Reach(1, 0)),
        ({"team": EMPTY}, Reach(0, 0)),
    ],
)
def test_a_subscription_reaches_what_it_watches(watched: Record, expected: Reach) -> None:
    """The account, a service, or the services in service that belong to a team."""
    subscription = a_webhook_subscription(id="PSUB", **watched)
    snapshot = account(services=OF_TEAMS, webhook_subscriptions=[subscription])

    assert reach(snapshot, "webhook_subscription", "PSUB") == expected


ENTRIES = "final_schedule.rendered_schedule_entries"
TEAM_HOOK = a_webhook_subscription(id="PSUB", team=CORE)
STRANGE_HOOK = a_webhook_subscription(id="PSUB", filter={"id": "PX", "type": "tag_reference"})
NO_SERVICE = an_extension(services=[], id="PEXT")
STRANGE = an_extension(services=["PNOWHERE"], id="PEXT")
UNKNOWN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "services refused": ("service", "PTILL", {"services": refused()}),
    "services refused, account": ("account", "account", {"services": refused()}),
    "policies refused": ("schedule", "PROTA", {"escalation_policies": refused()}),
    "schedules refused": ("user", "PDAN", {"schedules": refused()}),
    "other schedules refused": ("user", "PDAN", {"shift_schedules": refused()}),
    "lookups refused": ("service", "PCART", {"business_service_dependencies": refused()}),
    "status unknown": ("account", "account", {"services": [but(NEWS, status="strange")]}),
    "status missing": ("service", "PNEWS", {"services": [but(NEWS, status=None)]}),
    "its policy missing": (
        "escalation_policy",
        "PSHOP",
        {"services": [but(NEWS, escalation_policy=None)]},
    ),
    "a service without id": ("account", "account", {"services": [TILL, but(NEWS, id=None)]}),
    "a policy without rules": (
        "user",
        "PDAN",
        {"escalation_policies": [but(SHOP, escalation_rules=None), IDLE]},
    ),
    "a policy without rules, schedule": (
        "schedule",
        "PSHIFT",
        {"escalation_policies": [but(SHOP, escalation_rules="?"), BLOG]},
    ),
    "a rule without targets": (
        "user",
        "PDAN",
        {"escalation_policies": [but(SHOP, escalation_rules=[{"id": "PRULE"}])]},
    ),
    "a target without id": (
        "user",
        "PDAN",
        {"escalation_policies": [but(SHOP, escalation_rules=[{"targets": [{"type": "user"}]}])]},
    ),
    "a policy without id": ("user", "PDAN", {"escalation_policies": [but(SHOP, id=None)]}),
    "a schedule without id": ("user", "PDAN", {"schedules": [but(ROTA, id=None)]}),
    "a schedule without layers": ("user", "PDAN", {"schedules": [but(ROTA, schedule_layers=None)]}),
    "a schedule without shifts": ("user", "PDAN", {"schedules": [but(ROTA, final_schedule=None)]}),
    "a shift of somebody without id": (
        "user",
        "PDAN",
        {"schedules": [altered(ROTA, f"{ENTRIES}.0.user", {"type": "user"})]},
    ),
    "an extension of no service": ("extension", "PEXT", {"extensions": [NO_SERVICE]}),
    "an extension of a strange service": ("extension", "PEXT", {"extensions": [STRANGE]}),
    "an extension that is not there": ("extension", "PEXT", {}),
    "a subscription of something else": (
        "webhook_subscription",
        "PSUB",
        {"webhook_subscriptions": [STRANGE_HOOK]},
    ),
    "a service that does not say its teams": (
        "webhook_subscription",
        "PSUB",
        {"webhook_subscriptions": [TEAM_HOOK], "services": [*OF_TEAMS, but(NEWS, teams=None)]},
    ),
    "a team of a service without id": (
        "webhook_subscription",
        "PSUB",
        {"webhook_subscriptions": [TEAM_HOOK], "services": [NEWS | {"teams": [{}]}]},
    ),
    "a service without id, team": (
        "webhook_subscription",
        "PSUB",
        {"webhook_subscriptions": [TEAM_HOOK], "services": [TILL, but(NEWS, id=None)]},
    ),
    "services refused, team": (
        "webhook_subscription",
        "PSUB",
        {"webhook_subscriptions": [TEAM_HOOK], "services": refused()},
    ),
    "a service that is not there": ("service", "PNOWHERE", {}),
    "an integration that is not there": ("integration", "PNOWHERE", {}),
    "a kind that nobody counts": ("event_orchestration", "PEO", {}),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_missing_data_never_looks_like_nothing_behind(name: str) -> None:
    """What might be a service more makes the number unknown, and says why."""
    kind, identity, changed = UNKNOWN[name]
    found = reach(account(**changed), kind, identity)

    why = found.why or found.why_critical
    assert why
    assert found.sentence.endswith(f" ({why})")
    assert (found.weight is None) == found.sentence.startswith("Services behind it: unknown (")
    assert (found.weight is None) != found.is_least


LEAST: dict[str, tuple[str, str, dict[str, Any], Reach]] = {
    "lookups refused": (
        *("escalation_policy", "PSHOP", {"business_service_dependencies": refused()}),
        Reach(2, 0, "", "HTTP 403"),
    ),
    "a policy without rules": (
        *("user", "PCLEO", {"escalation_policies": [SHOP, but(BLOG, escalation_rules=None)]}),
        Reach(2, 1, "escalation_rules"),
    ),
    "schedules refused": ("user", "PCLEO", {"schedules": refused()}, Reach(3, 1, "HTTP 403")),
    "no schedules, nor lookups": (
        *("user", "PCLEO"),
        {"schedules": refused(), "business_service_dependencies": refused()},
        Reach(3, 0, "HTTP 403", "HTTP 403"),
    ),
    "a service without id": (
        *("account", "account", {"services": [TILL, but(NEWS, id=None)]}),
        Reach(1, 1, "'id'"),
    ),
}


@pytest.mark.parametrize("name", LEAST)
def test_what_is_known_counts_where_there_may_be_more(name: str) -> None:
    """The known services decide the rank, and the reason says why they may not be all."""
    kind, identity, changed, expected = LEAST[name]
    found = reach(account(**changed), kind, identity)

    assert (found.services, found.critical) == (expected.services, expected.critical)
    assert found.is_least
    assert (bool(found.why), bool(found.why_critical)) == (
        bool(expected.why),
        bool(expected.why_critical),
    )
    assert expected.why in found.why
    assert expected.why_critical in found.why_critical


def kinds_judged() -> set[str]:
    """Return the types of all resources that a control may judge, as `@resource` declares them."""
    declared = [get_type_hints(each.build)["return"] for each in RESOURCES.values()]
    views = {view for each in declared for entry in get_args(each) for view in parts_of(entry)}
    return {leaf.kind for view in views - {Unreadable} for leaf in leaves(view)}


def parts_of(hint: Any) -> tuple[type[View], ...]:
    """Return the classes of a union; a class is its own only part."""
    return get_args(hint) or (hint,)


def leaves(view: type[View]) -> list[type[View]]:
    """Return the classes below *view* that nothing is derived from, or *view* itself."""
    below = view.__subclasses__()
    return [leaf for each in below for leaf in leaves(each)] if below else [view]


KINDS = sorted(kinds_judged())


@pytest.fixture(scope="module")
def found_in_demo() -> list[Finding]:
    """What all controls find in the demo account."""
    with run(accounts.demo(NOW)) as simulator:
        inspection = Inspection(read(simulator), Baseline())
    return engine.judged(list(CONTROLS.values()), inspection, NOTHING)


def test_kinds_that_are_judged_are_found(found_in_demo: list[Finding]) -> None:
    """The declarations name them all, none is overlooked."""
    assert len(KINDS) >= 9
    assert {finding.resource.type for finding in found_in_demo} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_services_behind_each_kind_that_is_judged_are_counted(kind: str) -> None:
    """A control over a further kind of resource needs somebody to say what stands behind it."""
    found = reach(account(), kind, "PNOWHERE")

    assert "are not counted" not in found.why


def test_what_needs_somebody_in_an_account_that_was_read_has_a_reach(
    found_in_demo: list[Finding],
) -> None:
    """No such resource is of a kind that nobody can place."""
    to_do = [each for each in found_in_demo if each.status in TO_DO]

    assert to_do
    assert [(each.resource, each.behind.why) for each in to_do if each.reach is None] == []


NEEDED = {
    "service": {"services", "business_service_dependencies"},
    "escalation_policy": {"services", "business_service_dependencies"},
    "schedule": {"services", "business_service_dependencies", "escalation_policies"},
    "user": {
        *("services", "business_service_dependencies", "escalation_policies"),
        *("schedules", "shift_schedules"),
    },
}
IDS = {"service": "PCART", "escalation_policy": "PSHOP", "schedule": "PROTA", "user": "PADA"}


@pytest.mark.parametrize(
    ("kind", "name"), [(k, n) for k, found in NEEDED.items() for n in sorted(found)]
)
def test_what_the_selection_did_not_read_leaves_it_open(kind: str, name: str) -> None:
    """Nothing is read for it; the reason says what was not, and what is known counts."""
    snapshot = account()
    del snapshot.data[name]
    found = reach(snapshot, kind, IDS[kind])

    assert (found.why or found.why_critical) == f"the {name.replace('_', ' ')} were not read"
    assert found.is_least == (name == "business_service_dependencies")
    assert found.weight == (found.services if found.is_least else None)


def test_what_a_replay_reads_for_it_is_what_it_needs() -> None:
    """No kind of resource is counted by a data set that a replay would leave in the recording."""
    hooks: dict[str, Any] = {
        "extensions": [an_extension(services=[TILL], id="PEXT")],
        "webhook_subscriptions": [a_webhook_subscription(id="PSUB")],
        "maintenance_windows": [a_maintenance_window([TILL], hour(0), hour(1), id="PWINDOW")],
        "orchestration_routers": [{**an_orchestration("E", TILL)["router"], "id": "PORCH"}],
    }
    whole, snapshot = account(**hooks), account(**hooks)
    snapshot.data = {name: snapshot.data[name] for name in REACH}
    ids = {
        **IDS,
        **dict.fromkeys(("account", "api_key", "role_grant"), "account"),
        "integration": "PINT",
        "extension": "PEXT",
        "webhook_subscription": "PSUB",
        "maintenance_window": "PWINDOW",
        "event_orchestration": "PORCH",
    }

    assert ids.keys() == set(KINDS)
    for kind, identity in ids.items():
        assert reach(snapshot, kind, identity) == reach(whole, kind, identity)
        assert reach(whole, kind, identity).weight


@pytest.mark.parametrize("kind", NEEDED)
def test_what_it_does_not_need_may_be_missing(kind: str) -> None:
    """The number is the same without all other data sets."""
    whole, snapshot = account(), account()
    snapshot.data = {name: snapshot.data[name] for name in NEEDED[kind]}

    assert reach(snapshot, kind, IDS[kind]) == reach(whole, kind, IDS[kind])


def test_all_who_ask_for_schedules_share_what_was_worked_out() -> None:
    """Controls, coverage and reach look at the same views, whichever is asked first."""
    inspection = Inspection(account(), Baseline())
    inspection.provide("services_behind").of("user", "PADA")
    by_id = inspection.provide("schedules_by_id")

    assert {each.id for each in inspection.provide("schedule")} == {"PROTA", "PSHIFT"}
    for each in (*inspection.provide("schedule"), *inspection.provide("schedules")):
        assert by_id[each.id] is each


def test_reach_reads_nothing() -> None:
    """It has no data set of its own, so that no selection of controls asks for more."""
    assert SHARED["services_behind"].data_sets == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"escalation_policies": [SHOP, BLOG, but(IDLE, escalation_rules=None)]},
        {"services": [TILL, CART, NEWS, but(OLD, escalation_policy=None)]},
        {"schedules": [ROTA, but(rendered(WHOLE, id="PUNUSED"), final_schedule=None)]},
    ],
    ids=["of a policy without services", "of a disabled service", "of an unused schedule"],
)
def test_what_is_broken_costs_nothing_where_no_service_hangs_on_it(
    broken: dict[str, list[Record]],
) -> None:
    """Whatever the missing part says, the number is the same."""
    assert reach(account(**broken), "user", "PADA") == Reach(3, 1)


def test_a_named_service_is_critical_whatever_was_read() -> None:
    """The lookups can make it no more critical."""
    snapshot = account(business_service_dependencies=refused())

    assert reach(snapshot, "service", "PCART", critical_services=("Cart",)) == Reach(1, 1)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Reach(0, 0), "Services behind it: 0"),
        (Reach(1, 0), "Services behind it: 1"),
        (Reach(7, 2), "Services behind it: 7, 2 critical"),
        (Reach(why="HTTP 403"), "Services behind it: unknown (HTTP 403)"),
        (Reach(3, 0, "", "no"), "Services behind it: 3, unknown how many critical (no)"),
        (Reach(3, 1, "", "no"), "Services behind it: 3, at least 1 critical (no)"),
        (Reach(3, 0, "cut"), "Services behind it: at least 3 (cut)"),
        (Reach(3, 2, "cut"), "Services behind it: at least 3, at least 2 critical (cut)"),
        (
            Reach(3, 0, "cut", "no"),
            "Services behind it: at least 3, unknown how many critical (cut)",
        ),
    ],
)
def test_reach_in_words(found: Reach, expected: str) -> None:
    """The sentence has the services themselves, not their weight."""
    assert found.sentence == expected


def test_a_large_account_is_walked_once() -> None:
    """Ten thousand users cost one look at policies and schedules, and so does what is refused."""
    asked: list[str] = []

    def once(name: str, found: list[Any] | None) -> Any:
        def get() -> Any:
            asked.append(name)
            if found is None:
                raise InspectionError(f"no {name}")
            return found

        return get

    services = [Service(TILL)]
    inspection = Inspection(account(), Baseline())
    for schedules in ([LayerSchedule(ROTA)], None):
        asked.clear()
        behind = ServicesBehind(
            Sources(
                services=once("services", services),
                critical=lambda: CriticalServices(services, [], ()),
                policies=once("policies", [EscalationPolicy(SHOP)]),
                schedules=once("schedules", schedules),
                extensions=once("extensions", None),
                subscriptions=once("subscriptions", None),
                windows=once("windows", None),
                routers=once("routers", None),
                as_of=inspection.as_of,
            )
        )
        for number in range(10_000):
            behind.of("user", f"P{number}")
            behind.of("extension", f"P{number}")
        assert sorted(asked) == ["extensions", "policies", "schedules", "services"]
