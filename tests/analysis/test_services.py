"""Services: which are critical, covered, mapped, and seen in changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.services import (
    ChangeLog,
    CriticalServices,
    DependencyMap,
    UrgencyRules,
    WorkflowCoverage,
    is_named,
)
from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.resources import (
    UNREAD,
    ChangeEvent,
    DependencyLookup,
    IncidentWorkflow,
    Service,
    WorkflowTrigger,
)


def a_service(service_id: str = "PS1", name: str = "Checkout", **fields: Any) -> Service:
    """Return a service."""
    return Service({"id": service_id, "name": name, "integrations": [], **fields})


def an_edge(supporting: str, dependent: str) -> dict[str, Any]:
    """Return an edge; an id that starts with B is a business service's."""
    ends = {"supporting_service": supporting, "dependent_service": dependent}
    return {
        name: {
            "id": each,
            "type": "business_service_reference" if each.startswith("B") else "service_reference",
        }
        for name, each in ends.items()
    }


def a_lookup(service_id: str, *edges: Record) -> DependencyLookup:
    """Return what the lookup of one service showed."""
    return DependencyLookup({"id": service_id, "relationships": list(edges)})


def unread(service_id: str) -> DependencyLookup:
    """Return a lookup that PagerDuty did not answer."""
    why = {"path": "/service_dependencies", "reason": "HTTP 500", "status": 500}
    return DependencyLookup({"id": service_id, UNREAD: why})


@pytest.mark.parametrize("pattern", ["PS1", "Checkout", "check*", "CHECK???", "*"])
def test_id_or_name_pattern_names_a_service(pattern: str) -> None:
    """A pattern matches the whole name in any case, or is the id."""
    assert is_named(a_service(), ["nothing", pattern])


@pytest.mark.parametrize("pattern", ["ps1", "PS?", "check", "", "out*"])
def test_other_patterns_do_not_name_it(pattern: str) -> None:
    """Ids are exact, and a part of the name is not enough."""
    assert not is_named(a_service(), [pattern])


@pytest.mark.parametrize("name", ["[PROD] Checkout", "Checkout [EU]", "a[b", "Ça va?"])
def test_name_names_its_service(name: str) -> None:
    """A service's own name names it, brackets included: only ``*`` and ``?`` are special."""
    assert is_named(a_service(name=name), [name])


def test_critical_services_carry_a_business_service_or_are_named() -> None:
    """Only a direct edge below a business service makes a technical service critical."""
    services = [a_service(f"PS{number}", f"name {number}") for number in range(5)]
    lookups = [
        a_lookup("B1", an_edge("PS0", "B1"), an_edge("B1", "B2")),
        a_lookup("B2", an_edge("PS1", "PS0"), an_edge("B1", "PS2")),
    ]

    found = CriticalServices(services, lookups, ["* 4"])

    assert [each.id for each in services if found.has(each)] == ["PS0", "PS4"]


@pytest.mark.parametrize(
    ("lookups", "patterns", "is_empty"),
    [
        ([], [], True),
        ([a_lookup("B1")], [], True),
        ([a_lookup("B1", an_edge("PS9", "B1"))], [], False),
        ([a_lookup("B1", {})], [], False),
        ([unread("B1")], [], False),
        ([], ["Checkout"], False),
        ([], ["Mail"], True),
    ],
)
def test_there_is_no_critical_service_only_for_certain(
    lookups: list[DependencyLookup],
    patterns: list[str],
    is_empty: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """What cannot be read may make a service critical, so that there may be one."""
    assert CriticalServices([a_service()], lookups, patterns).is_empty is is_empty


def test_edge_of_an_unknown_kind_is_about_its_own_service() -> None:
    """Whom an edge surely does not speak of is surely not made critical by it."""
    edge = an_edge("PS1", "B1")
    edge["dependent_service"]["type"] = "robot"
    found = CriticalServices([], [a_lookup("B1", edge)], [])

    assert not found.has(a_service("PS2"))
    with pytest.raises(MalformedRecordError, match="'robot'"):
        found.has(a_service("PS1"))


def test_failed_lookup_may_be_about_every_service() -> None:
    """A service that no other lookup shows might be critical, and the reason is named."""
    found = CriticalServices([], [unread("B1"), a_lookup("B2", an_edge("PS1", "B2"))], [])

    assert found.has(a_service("PS1"))
    with pytest.raises(UnavailableError, match="HTTP 500"):
        found.has(a_service("PS2"))


def a_workflow(workflow_id: str = "W1", **fields: Any) -> IncidentWorkflow:
    """Return an incident workflow."""
    return IncidentWorkflow({"id": workflow_id, **fields})


def a_trigger(workflow_id: str = "W1", **fields: Any) -> WorkflowTrigger:
    """Return a trigger of a workflow."""
    return WorkflowTrigger({"id": "T1", "workflow": {"id": workflow_id}, **fields})


@pytest.mark.parametrize(
    ("workflow", "trigger", "covered"),
    [
        (a_workflow(), a_trigger(services=[{"id": "PS1"}]), True),
        (a_workflow(is_enabled=True), a_trigger(is_subscribed_to_all_services=True), True),
        (a_workflow(is_enabled=False), a_trigger(services=[{"id": "PS1"}]), False),
        (a_workflow(), a_trigger("W2", services=[{"id": "PS1"}]), False),
        (a_workflow(), a_trigger(services=[{"id": "PS2"}]), False),
        (a_workflow(), a_trigger(services=None, is_subscribed_to_all_services=False), False),
    ],
)
def test_enabled_workflow_with_a_trigger_covers_a_service(
    workflow: IncidentWorkflow,
    trigger: WorkflowTrigger,
    covered: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """The trigger must be for the service or for all, its workflow there and not disabled."""
    assert WorkflowCoverage([workflow], [trigger]).covers(a_service()) is covered


def test_services_on_an_edge_are_mapped() -> None:
    """Both ends of an edge are mapped, wherever the edge was read."""
    business = a_lookup("B1", an_edge("PS1", "B1"))
    known = DependencyMap([business], [a_lookup("PS3", an_edge("PS3", "PS4"))])

    mapped = [each for each in ("PS1", "PS2", "PS3", "PS4") if known.has(a_service(each))]

    assert mapped == ["PS1", "PS3", "PS4"]


def test_failed_lookup_is_unknown_unless_another_one_shows_the_service() -> None:
    """A service whose own lookup failed is not called unmapped."""
    lookups = [unread("PS1"), unread("PS2"), a_lookup("PS3", an_edge("PS1", "PS3"))]
    known = DependencyMap([], lookups)

    assert known.has(a_service("PS1"))
    with pytest.raises(UnavailableError, match="HTTP 500") as caught:
        known.has(a_service("PS2"))
    assert caught.value.status == 500


def an_event(**fields: Any) -> ChangeEvent:
    """Return a change event."""
    return ChangeEvent({"id": "C1", "summary": "deploy", **fields})


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (an_event(services=[{"id": "PS1"}]), True),
        (an_event(services=[], integration={"id": "PI1"}), True),
        (an_event(services=[{"id": "PS2"}], integration={"id": "PI2"}), False),
        (an_event(integration=None), False),
        (an_event(), False),
    ],
)
def test_event_names_a_service_or_its_integration(
    event: ChangeEvent,
    named: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A change is known by its services or by the integration that it came in through."""
    assert ChangeLog([event]).names(a_service(integrations=[{"id": "PI1"}])) is named


def test_unreadable_event_leaves_only_unseen_services_unknown() -> None:
    """A broken event does not take away what the others say, and hides what they do not."""
    log = ChangeLog([an_event(services=[{"name": "no id"}]), an_event(services=[{"id": "PS1"}])])

    assert log.names(a_service("PS1"))
    with pytest.raises(MalformedRecordError, match="'deploy'"):
        log.names(a_service("PS2"))


def a_rule(kind: str, urgency: str | None = None) -> dict[str, Any]:
    """Return a service's urgency rule."""
    return {"type": kind, **({} if urgency is None else {"urgency": urgency})}


def test_urgency_rules_are_counted_in_order() -> None:
    """Support hours, severity and the two constants are told apart."""
    rules = [
        a_rule("use_support_hours"),
        a_rule("constant", "severity_based"),
        a_rule("constant", "low"),
        a_rule("constant", "high"),
        a_rule("constant", "high"),
    ]

    found = UrgencyRules.of(
        a_service(status="active", incident_urgency_rule=rule) for rule in rules
    )

    assert list(found.counts.items()) == [
        ("constant high", 2),
        ("constant low", 1),
        ("severity_based", 1),
        ("support hours", 1),
    ]
    assert found.differ
    assert not found.unknown


@given(st.lists(st.sampled_from(["high", "low", "severity_based", "novel"]), max_size=8))
def test_every_service_is_counted_or_accounted_for(urgencies: list[str]) -> None:
    """Rules of an unknown kind are not counted, and never go unmentioned."""
    found = UrgencyRules.of(
        a_service(status="active", incident_urgency_rule=a_rule("constant", urgency))
        for urgency in urgencies
    )

    assert sum(found.counts.values()) == len(urgencies) - urgencies.count("novel")
    assert len(found.unknown) == urgencies.count("novel")


@pytest.mark.parametrize(
    ("urgencies", "differ"),
    [(["high"], False), (["high", "low"], True), (["low", "novel"], True), ([], False)],
)
def test_one_service_that_is_otherwise_decides(
    urgencies: list[str],
    differ: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A rule that is not constant high is enough, whatever cannot be read."""
    services = [
        a_service(status="active", incident_urgency_rule=a_rule("constant", urgency))
        for urgency in urgencies
    ]

    assert UrgencyRules.of(services).differ is differ


@pytest.mark.parametrize("status", ["active", "hibernating"])
def test_unreadable_service_might_be_otherwise(status: str) -> None:
    """Where all others are constant high, a service that cannot be read leaves it open."""
    services = [
        a_service(status="active", incident_urgency_rule=a_rule("constant", "high")),
        a_service(status=status, incident_urgency_rule=a_rule("novel", "high")),
    ]

    with pytest.raises(MalformedRecordError, match=r"'novel'|'hibernating'"):
        _ = UrgencyRules.of(services).differ


@pytest.mark.parametrize("end", ["supporting_service", "dependent_service"])
@pytest.mark.parametrize("kind", ["mystery", "business", "", "business_service_v2", None, 5])
def test_an_end_of_an_unknown_kind_leaves_open_what_is_critical(end: str, kind: object) -> None:
    """It is an error of the service that it may make critical; that there is none, nobody knows."""
    edge = an_edge("PS1", "B1")
    edge[end]["type"] = kind
    critical = CriticalServices([a_service(), a_service("PS2")], [a_lookup("B1", edge)], [])

    assert not critical.is_empty
    with pytest.raises(MalformedRecordError):
        critical.has(a_service())
    assert not critical.has(a_service("PS2"))
