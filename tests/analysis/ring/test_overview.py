"""How all services stand, and what a question may take to be so."""

from __future__ import annotations

import pytest

from pdsec_checks.analysis.ring.callers import Assumed
from pdsec_checks.analysis.ring.overview import Overview, Standing, survey
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.test_ring import LOW, ROW_1, ROW_2, ROW_4, SCH_A, TABLE
from tests.support.phones import B, account, nightly, policy
from tests.support.questions import inspection_of, overview_of

STANDINGS = {"pass": {"rings"}, "fail": {"dead"}, "error": {"not_judged"}, "not_applicable": {
    "disabled", "muted", "low_urgency"}}  # fmt: skip


@pytest.mark.parametrize("number", TABLE)
def test_overview_says_what_the_control_says(number: int) -> None:
    """Of every row of the truth table it says the verdict of PD-26."""
    row = TABLE[number]
    (found,) = overview_of(row.snapshot).rows

    assert found.standing.value in STANDINGS[row.first]
    assert bool(found.why) is (found.standing is Standing.NOT_JUDGED)


@pytest.mark.parametrize(
    ("snapshot", "standing"),
    [
        (account(ROW_1, status="disabled"), "disabled"),
        (account(ROW_1, data={"maintenance_windows": nightly(0, 24)}), "muted"),
        (account(ROW_4, **LOW), "low_urgency"),
        (account(ROW_1, incident_urgency_rule="high"), "not_judged"),
    ],
)
def test_what_is_not_judged_is_told_apart(snapshot: Snapshot, standing: str) -> None:
    """Disabled, muted, low, and what cannot be read are four different things."""
    assert [each.standing.value for each in overview_of(snapshot).rows] == [standing]


def what_if(snapshot: Snapshot, assumed: Assumed) -> Overview:
    """Return how services would stand."""
    inspection = inspection_of(snapshot)
    ring = inspection.provide("ring").assuming(assumed)
    return survey(ring, inspection.provide("service"))


def test_deleted_and_silent_are_two_things() -> None:
    """Without A the level is skipped and B rings at once; a silent A holds it for 30 minutes."""
    gone = what_if(account(ROW_2), Assumed(gone=frozenset({"PA"})))
    silent = what_if(account(ROW_2), Assumed(silent=frozenset({"PA"})))

    assert [each.standing for each in gone.rows] == [Standing.RINGS]
    assert [each.standing for each in silent.rows] == [Standing.DEAD]
    assert [each.minutes for each in silent.rows[0].sure.judged.windows] == [30]


def test_deleted_person_leaves_schedules_too() -> None:
    """Without the only person of a schedule nobody is on call on it."""
    snapshot = account(policy((SCH_A, 30)), SCH_A)
    found = what_if(snapshot, Assumed(gone=frozenset({"PA"})))

    assert found.rows[0].sure.judged.dead_seconds == 719.5 * 3600


def test_schedule_can_be_taken_away() -> None:
    """Without a schedule its level is empty, and the next one is called at once."""
    snapshot = account(policy((SCH_A, 30), (B, 30)), SCH_A)
    alone = account(policy((SCH_A, 30)), SCH_A)
    gone = Assumed(schedules=frozenset({"SA"}))

    assert what_if(snapshot, gone).rows[0].standing is Standing.RINGS
    assert what_if(alone, gone).rows[0].sure.judged.windows[0].why.value == "lost"


def test_service_that_cannot_be_told_apart_is_not_judged() -> None:
    """A record without an id stands in the list, with the reason."""
    (service,) = account(ROW_1).records("services")
    nameless = {name: value for name, value in service.items() if name != "id"}
    (found,) = overview_of(account(ROW_1, data={"services": [nameless]})).rows

    assert found.standing is Standing.NOT_JUDGED
    assert "id" in found.why
