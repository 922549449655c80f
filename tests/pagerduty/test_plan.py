"""The plan of a run: what will be asked, in which order, and what that takes at least."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty import plan
from pdsec_checks.pagerduty.data_sets.amount import NOTHING
from pdsec_checks.pagerduty.data_sets.history import AUDIT_WINDOWS
from pdsec_checks.pagerduty.data_sets.table import closure
from tests.simulator import run
from tests.simulator.accounts import empty, large
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.judged import NOW


def test_fewest_requests_are_those_of_an_empty_account() -> None:
    """The lower bound of the plan is what an account without anything takes."""
    with run(empty(NOW)) as simulator:
        reading.read(simulator)
        asked = len(simulator.requests)

    least = plan.requests_for(reading.READABLE, NOTHING)
    assert least < asked <= least + AUDIT_WINDOWS  # windows are tried in vain


def test_estimate_is_what_an_account_of_that_size_takes() -> None:
    """The example of 500 users takes the requests that reading such an account takes."""
    with run(large(NOW)) as simulator:
        reading.read(simulator)
        paths = [request.path for request in simulator.requests]

    least, most = plan.bounds(reading.READABLE, plan.SIZES[1])
    lookups = sum("/technical_services/" in path for path in paths)
    asked = plan.CREDENTIAL_REQUESTS + len(paths)
    assert asked - lookups == pytest.approx(least, rel=0.05)
    assert least <= asked <= most


def test_old_audit_record_that_nothing_else_shows_is_searched_for() -> None:
    """PD-12 alone asks once at least; with PD-13 what API keys did may show an old record."""
    alone = plan.requests_for(["audit_oldest"], NOTHING)
    both = plan.requests_for(["audit_oldest", "audit_api_token"], NOTHING)

    assert alone == 1
    assert both == plan.requests_for(["audit_api_token"], NOTHING)


OAUTH = {
    "PAGERDUTY_CLIENT_ID": "an-id",
    "PAGERDUTY_CLIENT_SECRET": "a-secret",
    "PAGERDUTY_SUBDOMAIN": "acme",
}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (OAUTH, "/oauth/token"),
        ({"PAGERDUTY_API_KEY": "u+a-key"}, "/users/me"),
        ({}, "/users/me"),
    ],
    ids=["app", "key", "nothing"],
)
def test_plan_counts_what_is_asked_for_the_credential(
    tmp_path: Path, given: dict[str, str], path: str
) -> None:
    """One request tells whose the key is, or gets a token; it stands first."""
    ended = run_command(tmp_path, "--plan", "--controls", "PD-01", simulator=None, **given)

    assert ended.code == 0, ended.text
    first = next(line for line in ended.out.splitlines() if line.startswith("  /"))
    assert first == f"  {path:<46} 1, for the credential"


def test_chains_and_what_others_wait_for_start_first() -> None:
    """A request that many others follow does not queue behind them."""
    order = plan.order(["technical_service_dependencies", "audit_api_token", "users", "oncalls"])

    assert order[:4] == [
        "services",
        "audit_api_token",
        "business_services",
        "business_service_dependencies",
    ]
    assert set(order[4:]) == {"users", "oncalls", "technical_service_dependencies"}


@pytest.mark.parametrize(
    ("requests", "concurrency", "seconds"),
    [(0, 10, 0.0), (1, 10, 0.1), (11, 10, 0.2), (960, 100, 1.0), (961, 100, 60.0), (2000, 1, 200)],
)
def test_time_is_that_of_the_network_or_of_the_rate_limit(
    requests: int, concurrency: int, seconds: float
) -> None:
    """Whichever of the two is longer bounds a run from below."""
    assert plan.seconds_for(requests, concurrency) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("requests", "windows", "waiting"),
    [(0, 1, 0), (1, 1, 0), (960, 1, 0), (961, 2, 60), (1920, 2, 60), (1921, 3, 120)],
)
def test_what_does_not_fit_in_a_window_waits(requests: int, windows: int, waiting: int) -> None:
    """The requests of the last window wait for all windows before it."""
    assert plan.windows_for(requests) == windows
    assert plan.waiting_for(requests) == waiting


def test_plan_of_everything_shows_what_lookups_of_single_services_cost() -> None:
    """A large account fits in one window where other answers show its services, or takes six."""
    lines = plan.render(reading.READABLE, 45, 10, "/users/me").splitlines()
    small_one, large_one = lines[-3], lines[-1]

    assert " requests, 1 window, " in small_one
    assert small_one.endswith(" s (waiting: 0 s)")
    assert re.search(r"\d+ to \d+ requests, \d+ to \d+ windows, [0-9.]+ to [0-9.]+ s ", large_one)
    few, many = plan.bounds(reading.READABLE, plan.SIZES[-1])
    waiting = f" s (waiting: {plan.waiting_for(few)} to {plan.waiting_for(many)} s)"
    assert large_one.endswith(waiting)


@pytest.mark.parametrize(("names", "is_planned"), [(["audit_latest"], True), (["users"], False)])
def test_plan_has_the_request_for_the_accounts_name(names: list[str], is_planned: bool) -> None:  # noqa: FBT001
    """It is made where nothing that is read tells the name."""
    lines = plan.render(names, 1, 10, "/users/me").splitlines()

    found = [line for line in lines if "for the account's name" in line]
    assert len(found) == is_planned
    assert all(line.split()[0] == "/users" for line in found)


def test_plan_needs_no_key_and_asks_nothing(tmp_path: Path) -> None:
    """``--plan`` prints what the selected controls will ask, and ends with 0."""
    ended = run_command(tmp_path, "--plan", "--severity", "critical", "--include-analytics")

    assert ended.code == 0, ended.text
    assert ended.out.startswith("3 controls need 5 data sets: 6 requests or more.\n")
    assert "  /users                                         1 for each 100 users\n" in ended.out
    assert "/analytics/metrics/incidents/services" in ended.out
    large_one = "10000 users, 5000 services, 1500 policies, 850 schedules: 168 requests, 1 window, "
    assert f"{large_one}1.7 s (waiting: 0 s)\n" in ended.out
    assert ended.err == ""


def test_plan_is_pytests_too(tmp_path: Path) -> None:
    """``--pd-plan`` obeys pytest's own selection, and no test is run."""
    with run(large(NOW)) as simulator:
        ended = run_pytest(tmp_path, "--pd-plan", "-m", "critical", simulator=simulator)
        assert simulator.requests == []

    assert ended.code == 0, ended.text
    assert "3 controls need 4 data sets" in ended.out
    assert "passed" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--pd-replay=demo"], "a replay makes no request; leave one out"),
        (["-n", "2"], "a plan needs no workers; leave -n out"),
    ],
)
def test_plan_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    """A plan of a replay, or one for each worker, ends with 4 and the way out."""
    ended = run_pytest(tmp_path, "--pd-plan", *arguments)

    assert ended.code == 4
    assert reason in ended.text


def test_selection_decides_what_is_planned() -> None:
    """Every control's needs are in the plan of that control alone, with what they wait for."""
    for control in shipped_controls():
        assert set(plan.order(control.needs)) == closure(control.needs)
