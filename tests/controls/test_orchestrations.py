"""PD-41: do event orchestrations swallow events?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import UNREAD
from tests.controls.helpers import WRONG, altered, inspect_by_id, only
from tests.simulator import Account, Fault, accounts, run
from tests.simulator.builders import a_route, a_service, an_orchestration
from tests.simulator.records import ABSENT
from tests.support import reading
from tests.support.judged import CONTROLS, NOW, a_snapshot, inspect, refused, verdicts
from tests.support.pseudonyms import redact_answers

SHOP, OLD = a_service("Shop", id="PSHOP"), a_service("Old", id="POLD", status="disabled")
UNROUTED = "unrouted"
NEEDS = closure(CONTROLS["PD-41"].control.needs)
FORBIDDEN: Record = {
    UNREAD: {"path": "/event_orchestrations/PORCH/router", "reason": "HTTP 403", "status": 403}
}


def account(*orchestrations: Record, **data: Any) -> Snapshot:
    """Return an account with these orchestrations, one service in service, and a disabled one."""
    return a_snapshot(
        **{
            "services": [SHOP, OLD],
            "event_orchestrations": list(orchestrations),
            "orchestration_routers": look_ups(orchestrations, "router"),
            "orchestration_unrouted": look_ups(orchestrations, UNROUTED),
            **data,
        }
    )


def look_ups(orchestrations: tuple[Record, ...], part: str) -> list[Record]:
    """Return what look-ups of one path show of orchestrations."""
    return [{**each[part], "id": each["id"]} for each in orchestrations]


def routing(catch_all: Any, *rules: Record, suppress: bool = True) -> Record:
    """Return an orchestration."""
    return an_orchestration("Events", catch_all, rules, id="PORCH", suppress=suppress)


def judged(orchestration: Record, **data: Any) -> Finding:
    """Return the finding of an account with one orchestration."""
    return only(account(orchestration, **data), "PD-41")


def outcome(orchestration: Record, **data: Any) -> tuple[str, str]:
    """Return status and cause of the same."""
    found = judged(orchestration, **data)
    return found.status.value, found.cause


PASS, ERROR, VISIBLE = ("pass", ""), ("error", ""), ("manual", "unrouted")
SWALLOWED, DEAD, SEVERAL = ("fail", "swallowed"), ("fail", "dead-route"), ("fail", "several")


@pytest.mark.parametrize(
    ("catch_all", "routes", "suppress", "expected"),
    [
        ("PSHOP", [], True, PASS),
        ("PSHOP", ["PSHOP"], True, PASS),
        (UNROUTED, [], True, SWALLOWED),
        (UNROUTED, ["PSHOP"], True, SWALLOWED),
        (UNROUTED, [], False, VISIBLE),
        ("PSHOP", [UNROUTED], True, SWALLOWED),
        ("PSHOP", [UNROUTED], False, VISIBLE),
        ("PGONE", [], True, DEAD),
        ("POLD", [], True, DEAD),
        ("PSHOP", ["PGONE"], True, DEAD),
        ("PSHOP", ["PSHOP", "POLD"], True, DEAD),
        (UNROUTED, ["PGONE"], True, SEVERAL),
        (UNROUTED, ["PGONE"], False, DEAD),
        ("PSHOP", [None], True, PASS),
        (UNROUTED, [None], True, SWALLOWED),
    ],
)
def test_events_reach_a_service_in_service(
    catch_all: str,
    routes: list[str | None],
    suppress: bool,  # noqa: FBT001
    expected: tuple[str, str],
) -> None:
    """The catch-all and each rule count; unrouted events that are not suppressed ask a person."""
    rules = [a_route(to, f"part {number}") for number, to in enumerate(routes)]

    assert outcome(routing(catch_all, *rules, suppress=suppress)) == expected


@pytest.mark.parametrize("to", ["PGONE", "POLD", UNROUTED, None])
def test_disabled_rule_loses_nothing(to: str | None) -> None:
    """PagerDuty does not evaluate it; one that says it is not disabled counts like any other."""
    assert outcome(routing("PSHOP", a_route(to, disabled=True))) == PASS
    if to is not None:
        assert outcome(routing("PSHOP", a_route(to, disabled=False)))[0] == "fail"


@pytest.mark.parametrize("actions", [{}, {"route_to": None}, {"route_to": ""}, None, ABSENT])
def test_catch_all_without_a_route_is_unrouted(actions: Any) -> None:
    """That is PagerDuty's default."""
    orchestration = altered(routing("PSHOP"), "router.catch_all.actions", actions)

    assert outcome(orchestration) == SWALLOWED


@pytest.mark.parametrize("actions", [{}, {"suppress": None}, None, ABSENT])
def test_unrouted_events_are_suppressed_unless_it_says_otherwise(actions: Any) -> None:
    """The default catch-all never creates an incident."""
    orchestration = altered(routing(UNROUTED), "unrouted.catch_all.actions", actions)

    assert outcome(orchestration) == SWALLOWED


BROKEN = [
    ("router.catch_all", ABSENT),
    ("router.catch_all", None),
    ("router.catch_all", WRONG),
    ("router.catch_all.actions", WRONG),
    ("router.catch_all.actions.route_to", WRONG),
    ("router.sets", ABSENT),
    ("router.sets", None),
    ("router.sets", WRONG),
    ("router.sets", []),
    ("router.sets.0", None),
    ("router.sets.0.rules", ABSENT),
    ("router.sets.0.rules", WRONG),
    ("router.sets.0.rules.0", None),
    ("router.sets.0.rules.0.actions", ABSENT),
    ("router.sets.0.rules.0.actions", WRONG),
    ("router.sets.0.rules.0.actions", {}),
    ("router.sets.0.rules.0.actions.route_to", WRONG),
    ("router.sets.0.rules.0.actions.route_to", None),
    ("router.sets.0.rules.0.actions.route_to", ""),
    ("router.sets.0.rules.0.actions.dynamic_route_to", WRONG),
    ("router.sets.0.rules.0.disabled", None),
    ("router.sets.0.rules.0.disabled", WRONG),
]


@pytest.mark.parametrize(("path", "value"), BROKEN)
def test_broken_router_is_an_error(path: str, value: Any) -> None:
    """What cannot be told passes nothing; what is surely lost beside it still fails."""
    broken = altered(routing("PSHOP", a_route("PSHOP"), a_route("PGONE")), path, value)
    sound = altered(routing("PSHOP", a_route("PSHOP")), path, value)

    assert outcome(sound) == ERROR
    lists_are_gone = path in {"router.sets", "router.sets.0", "router.sets.0.rules"}
    assert outcome(broken) == (ERROR if lists_are_gone else DEAD)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("unrouted.catch_all", WRONG),
        ("unrouted.catch_all.actions", WRONG),
        ("unrouted.catch_all.actions.suppress", WRONG),
    ],
)
def test_broken_end_of_unrouted_events_is_an_error(path: str, value: Any) -> None:
    """Nobody knows whether they are suppressed; a dead route beside it is known."""
    assert outcome(altered(routing(UNROUTED), path, value)) == ERROR
    assert outcome(altered(routing(UNROUTED, a_route("PGONE")), path, value)) == DEAD
    assert outcome(altered(routing("PSHOP"), path, value)) == PASS


@pytest.mark.parametrize("path", ["catch_all", "catch_all.actions", "catch_all.actions.suppress"])
@pytest.mark.parametrize("value", [ABSENT, None])
def test_unrouted_events_of_which_nothing_is_said_are_suppressed(path: str, value: Any) -> None:
    """PagerDuty's default catch-all never creates an incident."""
    assert outcome(altered(routing(UNROUTED), f"unrouted.{path}", value)) == SWALLOWED


def test_what_is_certain_is_no_pass_and_no_person_beside_what_is_not() -> None:
    """Visible unrouted events beside a rule that cannot be read are an error."""
    broken = a_route(None, actions={"route_to": WRONG})

    assert outcome(routing(UNROUTED, broken, suppress=False)) == ERROR
    assert outcome(routing(UNROUTED, broken)) == SWALLOWED


@pytest.mark.parametrize("status", [ABSENT, None, WRONG, "surprise"])
def test_service_of_unknown_status_is_an_error(status: Any) -> None:
    """It may be disabled."""
    assert outcome(routing("PSHOP"), services=[altered(SHOP, "status", status)]) == ERROR


def test_service_without_an_id_may_be_the_one_that_is_named() -> None:
    """Only a complete list shows that a service is gone."""
    nameless = altered(SHOP, "id", ABSENT)

    assert outcome(routing("PGONE"), services=[nameless, OLD]) == ERROR
    assert outcome(routing(UNROUTED), services=[nameless, OLD]) == SWALLOWED


@pytest.mark.parametrize("name", ["orchestration_routers", "orchestration_unrouted"])
def test_look_up_that_is_missing_or_refused_is_an_error(name: str) -> None:
    """It costs its own orchestration; another one is judged."""
    both = [an_orchestration(each, UNROUTED, id=f"P{each}") for each in ("ONE", "TWO")]
    part = "router" if name.endswith("routers") else UNROUTED
    (second,) = look_ups((both[1],), part)

    for others in ([second], [second, {"id": "PONE", **FORBIDDEN}]):
        data: dict[str, Any] = {name: others}
        found = verdicts(account(*both, **data), "PD-41")
        assert found == {"PONE": "error", "PTWO": "fail"}


def test_error_of_a_look_up_says_what_was_refused() -> None:
    """Whoever reads it knows which path, or which orchestration, is meant."""
    refusal = judged(routing("PSHOP"), orchestration_routers=[{"id": "PORCH", **FORBIDDEN}])
    missing = judged(routing("PSHOP"), orchestration_routers=[])
    broken = judged(altered(routing("PSHOP"), "router.catch_all", ABSENT))

    assert "/event_orchestrations/PORCH/router: HTTP 403" in refusal.message
    assert "event orchestration 'Events' (PORCH)" in missing.message
    assert "event orchestration 'Events' (PORCH): PagerDuty sent no field" in broken.message


def test_account_without_orchestrations_is_not_applicable() -> None:
    """There is nothing that could swallow events."""
    assert verdicts(account(), "PD-41") == {"account": "not_applicable"}


def test_refused_list_is_one_error() -> None:
    """Nobody passes on a list that was refused, nor because of a plan or a feature."""
    for status in (402, 403, 404, 500):
        found = verdicts(a_snapshot(event_orchestrations=refused(status)), "PD-41")
        assert found == {"account": "error"}


def test_orchestration_without_an_id_is_an_error_of_the_account() -> None:
    """Nobody can look it up."""
    nameless = altered(routing("PSHOP"), "id", ABSENT)

    assert verdicts(account(event_orchestrations=[nameless]), "PD-41") == {"account": "error"}


def test_evidence_says_by_what_and_where_to() -> None:
    """Rules by id and name, services with the reason, and by what events name theirs."""
    rules = [
        a_route(None, "any", id="RANY"),
        a_route("PGONE", "fax", id="RFAX"),
        a_route(UNROUTED, "chat", id="RCHAT"),
        a_route("POLD", "mail", id="RMAIL", disabled=True),
    ]
    found = judged(routing("POLD", *rules))

    assert found.evidence == {
        "catch_all": "POLD",
        "dead_routes": [
            {
                "rule": "RFAX",
                "label": "Events about the fax",
                "route_to": "PGONE",
                "why": "gone",
            },
            {"rule": "catch-all", "label": "", "route_to": "POLD", "why": "disabled"},
        ],
        "unrouted_by": ["RCHAT"],
        "suppressed": True,
        "looked_up_by": ["service_name"],
    }
    assert found.message == (
        "event orchestration 'Events' (PORCH) leaves events unrouted (by 1 rule), where they are "
        "suppressed and call nobody, and routes events to services that get none: PGONE (gone), "
        "POLD (disabled)"
    )


def test_pass_has_evidence_too() -> None:
    """Where everything else goes, and what only events know."""
    found = judged(routing("PSHOP", a_route(None)))

    assert found.evidence == {"catch_all": "PSHOP", "looked_up_by": ["service_name"]}


@pytest.mark.parametrize(
    ("rules", "by"),
    [
        ([], "by its catch-all"),
        ([UNROUTED], "by its catch-all and 1 rule"),
        ([UNROUTED, UNROUTED], "by its catch-all and 2 rules"),
    ],
)
def test_message_says_what_leaves_events_unrouted(rules: list[str], by: str) -> None:
    """Whoever repairs it knows where to look; the same when it asks a person."""
    routes = [a_route(to, f"part {number}") for number, to in enumerate(rules)]

    assert f"leaves events unrouted ({by})" in judged(routing(UNROUTED, *routes)).message
    seen = judged(routing(UNROUTED, *routes, suppress=False)).message
    assert f"leaves events unrouted ({by}): they are not suppressed" in seen


# Reading


def routed() -> Account:
    """Return an account with orchestrations of every verdict."""
    found = accounts.small(NOW)
    service = found.services[0]
    found.services.append(OLD)
    found.orchestrations = [
        an_orchestration("Kept", service, [a_route(service)], id="PKEPT"),
        an_orchestration("Swallowed", UNROUTED, id="PSWALLOWED"),
        an_orchestration("Visible", service, [a_route(UNROUTED)], id="PVISIBLE", suppress=False),
        an_orchestration("Dead", service, [a_route("PGONE"), a_route(None, "any")], id="PDEAD"),
        an_orchestration("Disabled", OLD, id="PDISABLED"),
        altered(an_orchestration("Broken", service, id="PBROKEN"), "router.catch_all", ABSENT),
    ]
    return found


EXPECTED = {
    "PKEPT": "pass",
    "PSWALLOWED": "fail",
    "PVISIBLE": "manual",
    "PDEAD": "fail",
    "PDISABLED": "fail",
    "PBROKEN": "error",
}


def asked_of(company: Account, *faults: Fault) -> tuple[Snapshot, list[str]]:
    """Return what is read of an account for PD-41, and the paths that are asked for it."""
    with run(company, faults=faults) as simulator:
        snapshot = reading.read(simulator, NEEDS)
        paths = [each.path for each in simulator.requests]
    return snapshot, sorted(each for each in paths if each.startswith("/event_orchestrations"))


def test_unrouted_is_asked_for_only_where_a_router_says_so() -> None:
    """One list, one router each, and the unrouted path where events end there."""
    snapshot, paths = asked_of(routed())

    assert paths == sorted(
        [
            "/event_orchestrations",
            *(f"/event_orchestrations/{each}/router" for each in EXPECTED),
            "/event_orchestrations/PSWALLOWED/unrouted",
            "/event_orchestrations/PVISIBLE/unrouted",
        ]
    )
    assert verdicts(snapshot, "PD-41") == EXPECTED


def test_long_list_is_read_to_its_end() -> None:
    """More than a page of orchestrations are all judged."""
    company = accounts.sized(NOW, orchestrations=230)

    snapshot, _ = asked_of(company)

    assert len(verdicts(snapshot, "PD-41")) == 230


@pytest.mark.parametrize("kind", ["shifting", "repeating", "capped"])
def test_long_list_that_moves_is_whole_or_an_error(kind: str) -> None:
    """Nobody says how long it is, so that an orchestration that was missed must be noticed."""
    company = accounts.sized(NOW, orchestrations=130)
    snapshot, _ = asked_of(company, Fault("/event_orchestrations", kind))
    found = verdicts(snapshot, "PD-41")

    assert found == {"account": "error"} or len(found) == 130


def test_nobody_else_asks_for_orchestrations() -> None:
    """Only what judges them reads them."""
    names = {"event_orchestrations", "orchestration_routers", "orchestration_unrouted"}
    asking = {name for name, each in CONTROLS.items() if names & closure(each.control.needs)}

    assert asking == {"PD-41"}


@pytest.mark.parametrize("status", [402, 403, 404, 500])
@pytest.mark.parametrize("part", ["router", UNROUTED])
def test_refused_look_up_costs_its_own_orchestration(part: str, status: int) -> None:
    """The others are judged; the error says what was answered."""
    fault = Fault(f"/event_orchestrations/PSWALLOWED/{part}", "status", status=status)
    snapshot, _ = asked_of(routed(), fault)
    found = inspect_by_id(snapshot, "PD-41")

    assert {name: each.status.value for name, each in found.items()} == {
        **EXPECTED,
        "PSWALLOWED": "error",
    }
    assert f"HTTP {status}" in found["PSWALLOWED"].message


@pytest.mark.parametrize("kind", ["cut", "endless", "without_paging"])
def test_list_that_is_cut_is_one_error(kind: str) -> None:
    """A list that ends too early, or never, says nothing about the rest."""
    snapshot, _ = asked_of(routed(), Fault("/event_orchestrations", kind))

    (found,) = inspect(snapshot, "PD-41")
    assert (found.resource.id, found.status.value) == ("account", "error")


def test_conditions_are_not_kept() -> None:
    """What events are held against is nobody's business."""
    snapshot, _ = asked_of(routed())

    assert "matches part" not in str(snapshot.records("orchestration_routers"))


def test_pseudonyms_change_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routes and flags survive in a recording that leaves the house; names do not."""
    with run(routed()) as simulator:
        redact_answers(monkeypatch)
        snapshot = reading.read(simulator, DATA_SETS)
    found = inspect_by_id(snapshot, "PD-41")

    assert {name: each.status.value for name, each in found.items()} == EXPECTED
    assert "Events about" not in str([each.evidence for each in found.values()])
    assert found["PDEAD"].evidence["looked_up_by"] == ["service_name"]
