"""What an inspection asks of PagerDuty: few requests, each allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Severity
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.simulator import Fault, Simulator, run
from tests.simulator.accounts.sizes import large
from tests.support import reading
from tests.support.findings import core_ids
from tests.support.judged import NOW

LOOKUPS = "/service_dependencies/technical_services/"


@pytest.fixture(scope="module")
def medium() -> Iterator[Simulator]:
    """Serve an account with 500 users."""
    with run(large(NOW)) as simulator:
        yield simulator


def test_a_medium_account_takes_at_most_eighty_requests(medium: Simulator) -> None:
    """500 users, 200 services and all the rest: at most 80 requests beside the lookups."""
    medium.forget()
    core = [each for each in shipped_controls() if each.id in core_ids()]
    snapshot = reading.read(medium, {name for control in core for name in control.needs})

    assert not list(snapshot.unavailable)
    assert sum(not request.path.startswith(LOOKUPS) for request in medium.requests) <= 80


def test_webhooks_orchestrations_and_sessions_take_one_request_for_each(medium: Simulator) -> None:
    """30 extensions, 10 orchestrations that leave nothing unrouted, and one for all sessions."""
    further = ("PD-32", "PD-40", "PD-41")
    needs = {each.id: set(each.needs) for each in shipped_controls()}
    medium.forget()
    reading.read(medium, set().union(*(needs[each] for each in further)))
    asked = [each.path for each in medium.requests]

    assert sum(path.startswith("/extensions/") for path in asked) == 30
    assert sum(path.startswith("/event_orchestrations") for path in asked) == 1 + 10
    assert asked.count("/session_configurations") == 1


def test_critical_controls_take_at_most_twelve_requests(medium: Simulator) -> None:
    """``-m critical`` reads abilities, users, services and policies, and nothing else."""
    medium.forget()
    core = [each for each in shipped_controls() if each.id in core_ids()]
    critical = [each for each in core if each.severity is Severity.CRITICAL]
    reading.read(medium, {name for control in critical for name in control.needs})

    assert len(medium.requests) <= 12


def test_schedules_that_come_unrendered_are_read_singly(medium: Simulator) -> None:
    """Where the list ignores ``final_schedule``, each schedule is fetched, and judged the same."""
    names = ("schedules", "shift_schedules", "escalation_policies", "users")
    before = reading.judge(reading.read(medium, names), ["PD-08"])
    medium.forget()
    medium.faults[:] = [Fault("/schedules", "bulk_without_final_schedule")]
    try:
        after = reading.judge(reading.read(medium, names), ["PD-08"])
    finally:
        medium.faults.clear()

    singly = [each for each in medium.requests if each.path.startswith("/schedules/")]
    assert len(singly) == 100
    assert after == before


def test_no_request_has_an_address_of_its_own_making(medium: Simulator) -> None:
    """Every path that is asked for is one of the table's."""
    medium.forget()
    reading.read(medium)
    known = tuple(each.path.removesuffix("{id}") for each in DATA_SETS.values())

    assert all(request.path.startswith(known) for request in medium.requests)
