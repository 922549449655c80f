"""The walk of one incident: its steps ring whom the sweep says, and when it says."""

from __future__ import annotations

import pytest

from pdsec_checks.analysis.ring.incident import Incident, incident_at
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.errors import InspectionError
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.test_ring import LOW, ROW_4, ROW_6, SCH_A, SCH_B, TABLE
from tests.simulator.records import refer
from tests.support.judged import refused
from tests.support.phones import L5, L60, STRANGER, A, B, C, S, account, nightly, policy, rota
from tests.support.questions import at, ring_of, service_of

EVERY = 97
"""Minutes between the moments that are tried: no multiple of any delay."""
WITHOUT_TURNS = [
    number
    for number, row in TABLE.items()
    if not row.snapshot.records("escalation_policies")
    or "round_robin" not in str(row.snapshot.data)
]


def incident(snapshot: Snapshot, hours: float) -> Incident:
    """Return the incident of the one service, some hours after the account was read."""
    return incident_at(ring_of(snapshot), service_of(snapshot), at(hours))


def rings(found: Incident) -> list[float]:
    """Return the first ring of each person, in order."""
    first: dict[str, float] = {}
    for people in found.rings:
        for person, minutes in people.items():
            first[person] = min(first.get(person, NEVER), minutes)
    return [*sorted(first.values()), NEVER, NEVER]


@pytest.mark.parametrize("number", WITHOUT_TURNS)
def test_steps_say_what_the_sweep_says(number: int) -> None:
    """Of every row of the truth table: the first and second ring of the steps are T1 and T2."""
    snapshot = TABLE[number].snapshot
    ring, service = ring_of(snapshot), service_of(snapshot)
    try:
        if ring.situation(service).chain.doubts:
            return
    except InspectionError:  # a row that nobody can judge
        return
    for minutes in range(0, 2 * 24 * 60, EVERY):
        found = incident_at(ring, service, at(minutes / 60))
        if found.is_high:
            assert rings(found)[:2] == [found.first, found.second]


def test_empty_level_is_skipped_and_says_until_when() -> None:
    """A level with nobody on call takes no time, and names the moment somebody is back."""
    found = incident(account(policy((SCH_A, 30), (B, 30)), SCH_A), 9)
    first, second = found.steps

    assert first.is_skipped
    assert [until for _, until in first.free_at] == [at(24)]
    assert (second.offset, second.end) == (0, NEVER)
    assert found.first == 0
    assert found.is_dead is False


def test_silent_person_holds_the_level() -> None:
    """Whoever is told by e-mail alone keeps the incident for the whole delay."""
    found = incident(account(ROW_4), 3)

    assert [each.offset for each in found.steps] == [0, 30]
    assert list(found.rings) == [{"PS": NEVER}, {"PB": 30}]
    assert found.is_dead is True


def test_rule_outlives_its_level_where_the_next_assigns_the_same_person() -> None:
    """A rule of 60 minutes rings although the level escalates after 30, to the same person."""
    found = incident(account(policy((L60, 30), (L60, 30))), 3)

    assert found.rings[0] == {"PL60": 60}


def test_nobody_on_any_level_is_a_lost_incident() -> None:
    """Where nobody is on call there is no incident, and that is dead."""
    found = incident(account(ROW_6, SCH_A, SCH_B), 12)

    assert found.is_lost
    assert found.is_dead is True


def test_low_urgency_stays_with_the_first_level() -> None:
    """An incident of low urgency never escalates, and is dead only where it is lost."""
    found = incident(account(policy((SCH_A, 30), (S, 30), (B, 30)), SCH_A, **LOW), 12)

    assert [each.is_skipped for each in found.steps] == [True, False]
    assert found.steps[-1].end == NEVER
    assert (found.is_high, found.is_dead) == (False, False)


def test_maintenance_opens_no_incident() -> None:
    """In maintenance there is no incident, until its window ends, and nothing is dead."""
    snapshot = account(ROW_6, SCH_A, SCH_B, data={"maintenance_windows": nightly(8, 24)})
    found = incident(snapshot, 12)

    assert found.muted_until == at(24)
    assert found.is_dead is False


def test_maintenance_that_cannot_be_read_might_excuse() -> None:
    """Where maintenance is unknown nobody can tell whether a dead moment is one."""
    data = {"maintenance_windows": refused(403)}

    assert incident(account(ROW_4, data=data), 3).is_dead is None
    assert incident(account(policy((A, 5), (B, 5)), data=data), 3).is_dead is False


UNKNOWN = rota("SU", (STRANGER, (0, 24)))


def test_unknown_person_behind_somebody_who_is_rung_changes_nothing() -> None:
    """What is unknown is told, and the incident is judged all the same."""
    found = incident(account(policy((A, 5), (UNKNOWN, 5)), UNKNOWN), 3)

    assert found.doubt is not None
    assert found.is_dead is False


def test_unknown_person_alone_decides() -> None:
    """Where an unknown person decides, nobody can tell whether the incident rings."""
    assert incident(account(policy((UNKNOWN, 30), (S, 30)), UNKNOWN), 3).is_dead is None


def test_round_robin_says_that_nobody_knows_whose_turn_it_is() -> None:
    """Several candidates of a level are shown as such, and the worst of them counts."""
    found = incident(account(policy((A, S, 15, "RR"), (C, 15))), 3)

    assert found.takes_turns == (True, False)
    assert found.first == 15


def test_auto_resolve_silences_what_comes_later() -> None:
    """A ring that is due when the incident resolves itself does not happen, nor does a level."""
    snapshot = account(policy((S, 10), (L5, 20), (B, 30)), auto_resolve_timeout=900)
    found = incident(snapshot, 3)

    assert found.rings == ({"PS": NEVER}, {"PL5": NEVER})


def test_many_unknown_people_decide_only_where_none_of_them_helps() -> None:
    """With more than three unknowns only what fails at best is certain."""
    strangers = [refer("user", f"PX{number}") for number in range(4)]
    unknown = rota("SU", *((each, (0, 24)) for each in strangers))

    assert incident(account(policy((A, 5), (unknown, 5)), unknown), 3).is_dead is None
    assert incident(account(policy((S, 30), (unknown, 5)), unknown), 3).is_dead is True
