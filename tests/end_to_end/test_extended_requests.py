"""What the extended set asks of PagerDuty beyond the core set, and what a refusal costs it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from tests.simulator import Account, Fault, Simulator, builders, run
from tests.simulator.accounts.sizes import sized
from tests.support import reading
from tests.support.calls import run_command
from tests.support.judged import NOW
from tests.support.reading import Undisturbed, undisturbed

USERS, SERVICES, EXTENSIONS, ADMINISTRATORS, ORCHESTRATIONS = 200, 120, 30, 8, 10
COUNTED = {
    "/maintenance_windows": 1,
    "/extensions/{id}": EXTENSIONS,
    "/session_configurations": 1,
    "/event_orchestrations": 1,
    "/event_orchestrations/{id}/router": ORCHESTRATIONS,
    "/event_orchestrations/{id}/unrouted": ORCHESTRATIONS,
    "/audit/records": 3,
    "/license_allocations": 2,
    "/users/{id}/oauth_delegations": ADMINISTRATORS,
}
"""Path → how many requests to it the extended set may take in such an account, beyond those of the
core set. What is not here may take none."""
NEEDS = {each.id: closure(each.needs) for each in shipped_controls()}
EXTENDED = sorted(shipped_extended())
PATHS = sorted(
    {
        DATA_SETS[name].path
        for each in shipped_controls()
        if each.id in EXTENDED
        for name in each.needs
    }
)
DECIDES_NOTHING = {"/abilities", "/event_orchestrations/{id}/unrouted"}
"""Paths by which nothing of the demo account is judged: what a plan may do, which the ring reads,
and unrouted events of an orchestration that fails by a rule as well."""
ID = re.compile(r"/((?=[A-Z]*[0-9])[A-Z0-9]{5,}|[0-9a-f]{8}-[0-9a-f-]+)(?=/|$)")


def counted_account(now: datetime) -> Account:
    """Return an account of the size for which the requests were counted."""
    account = sized(now, users=USERS, services=SERVICES, extensions=EXTENSIONS)
    for user in account.users[1:ADMINISTRATORS]:
        user["role"] = "admin"
    account.orchestrations = [
        builders.an_orchestration(f"Events {number}") for number in range(ORCHESTRATIONS)
    ]
    return account


def asked(simulator: Simulator, folder: Path, controls_set: str) -> Counter[str]:
    """Return how often an inspection asks for each path, which it must be able to read."""
    simulator.forget()
    flags = (f"--controls-set={controls_set}", "--quiet", "--output=inspection.json")
    report = run_command(folder, *flags, simulator=simulator).report
    assert {each["status"] for each in report["findings"]}.isdisjoint({"error"})
    return Counter(ID.sub("/{id}", each.path) for each in simulator.requests)


def test_the_account_is_the_one_that_was_counted() -> None:
    """66 requests more for the whole set, and 7 without webhooks, orchestrations and grants."""
    singly = ("/extensions/{id}", "/event_orchestrations", "/users/{id}/oauth_delegations")
    account = counted_account(NOW)

    assert sum(COUNTED.values()) == 66
    assert sum(each for path, each in COUNTED.items() if not path.startswith(singly)) == 7
    assert len(account.extensions) == EXTENSIONS
    assert sum(each["role"] in {"owner", "admin"} for each in account.users) == ADMINISTRATORS


def test_extended_set_takes_no_more_requests_than_were_counted(tmp_path: Path) -> None:
    """Path by path, the whole set asks for no more beside the core set than was counted."""
    with run(counted_account) as simulator:
        core = asked(simulator, tmp_path, "core")
        extended = asked(simulator, tmp_path, "extended")

    more = extended - core
    assert {path: count for path, count in more.items() if count > COUNTED.get(path, 0)} == {}
    singly = ("/extensions/{id}", "/users/{id}", "/event_orchestrations")
    assert {path for path in COUNTED if path.startswith(singly)} <= more.keys()


def test_core_set_asks_for_nothing_that_only_the_extended_set_needs(tmp_path: Path) -> None:
    """What no control of the run needs is not read."""
    core = {name for each in NEEDS if each not in EXTENDED for name in NEEDS[each]}
    paths = {DATA_SETS[name].path for name in core}
    with run(counted_account) as simulator:
        found = asked(simulator, tmp_path, "core")

    assert {DATA_SETS[name].path for each in EXTENDED for name in NEEDS[each]} - paths
    assert found.keys() & COUNTED.keys() <= paths


@pytest.fixture(scope="module")
def demo() -> Iterator[Undisturbed]:
    """Serve the demo account, read and judged once."""
    with undisturbed("demo") as served:
        yield served


@pytest.mark.parametrize("path", reading.sampled(PATHS, 8))
def test_refused_endpoint_costs_only_the_controls_that_need_it(
    demo: Undisturbed, path: str
) -> None:
    """All other controls have the verdicts that they had, and those that need it pass no more."""
    names = {name for name, each in DATA_SETS.items() if each.path == path}
    spared = {control for control, needs in NEEDS.items() if needs.isdisjoint(names)}
    fault = Fault(path.replace("{id}", "*"), "status", status=403)
    demo.simulator.faults[:] = [fault]
    try:
        verdicts = reading.judge(reading.read(demo.simulator))
    finally:
        demo.simulator.faults.clear()

    assert {case: each for case, each in verdicts.items() if case[0] in spared} == {
        case: each for case, each in demo.verdicts.items() if case[0] in spared
    }
    passed = {case for case, each in verdicts.items() if each is Status.PASS}
    assert {case for case in passed if demo.verdicts.get(case) is not Status.PASS} == set()
    lost = {each for case, each in verdicts.items() if case[0] in set(EXTENDED) - spared}
    assert Status.ERROR in lost or path in DECIDES_NOTHING or not fault.seen
