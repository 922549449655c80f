"""Trouble on the way changes how long an inspection takes, never what it finds."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.http.budget import RATE_LIMITS_ALLOWED
from pdsec_checks.suite.reporter import NOTHING_JUDGED
from tests.simulator import Fault, Simulator, accounts, run
from tests.support import processes, reading
from tests.support.calls import run_pytest
from tests.support.findings import core_ids
from tests.support.judged import NOW
from tests.support.processes import (
    PYTEST,
    Ended,
    environment,
    finished,
    pytest_arguments,
    started,
    until,
)
from tests.support.reading import Verdicts

STORMS = {
    "429 with a reset": [Fault("*", "rate_limited_reset", times=3, seconds=0.02)],
    "429 without headers": [Fault("*", "rate_limited_body", times=9)],
    "429 without a body": [Fault("*", "rate_limited_bare", times=9)],
    "500 once for each list": [Fault("/users", "status"), Fault("/services", "status")],
    "connections reset": [Fault("*", "reset", times=6)],
    "bodies cut short": [Fault("*", "cut", times=6)],
    "slow pages": [Fault("*", "slow", times=12, seconds=0.2)],
    "lists that shift": [Fault("/users", "shifting"), Fault("/services", "shifting")],
}
LIKE_OTHERS = {"429 with a reset", "429 without a body", "connections reset", "slow pages"}
"""Those that are met by the same lines as another one."""


@pytest.fixture(scope="module")
def company() -> Iterator[Simulator]:
    """Serve the demo account."""
    with run(accounts.demo(NOW)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def undisturbed(company: Simulator) -> Verdicts:
    """Return the verdicts of the demo account."""
    return reading.judge(reading.read(company))


@pytest.mark.parametrize("storm", reading.left_to_ci(STORMS, LIKE_OTHERS))
def test_a_storm_changes_no_verdict(company: Simulator, undisturbed: Verdicts, storm: str) -> None:
    """Rate limits, broken connections, slow pages and shifting lists cost time and nothing else."""
    for fault in STORMS[storm]:
        fault.seen = 0
        fault.times = fault.times or 1
    company.faults[:] = STORMS[storm]
    try:
        disturbed = reading.judge(reading.read(company, tries=8))
    finally:
        company.faults.clear()

    assert any(fault.seen for fault in STORMS[storm])
    assert disturbed == undisturbed


@pytest.mark.parametrize("kind", ["rate_limited_reset", "rate_limited_body"])
def test_a_lasting_limit_on_one_path_costs_that_path_alone(
    company: Simulator, undisturbed: Verdicts, kind: str
) -> None:
    """All else is judged as ever, and the path is given up soon."""
    company.faults[:] = [Fault("/extensions", kind, seconds=0.05)]
    company.forget()
    try:
        verdicts = reading.judge(reading.read(company))
    finally:
        company.faults.clear()

    errors = {case for case, status in verdicts.items() if status is Status.ERROR}
    of_extensions = {"PD-14", "PD-15", "PD-32", "PD-33", "PD-34"}
    assert {control for control, _, _ in errors} == of_extensions
    spared = {case: status for case, status in undisturbed.items() if case in verdicts}
    assert {case: verdicts[case] for case in spared if case not in errors} == {
        case: status for case, status in spared.items() if case not in errors
    }
    refused = [each for each in company.requests if each.path == "/extensions"]
    assert len(refused) <= RATE_LIMITS_ALLOWED + 1


BROKEN: dict[str, dict[str, Any]] = {
    "cut short": {"kind": "truncated_json"},
    "empty": {"kind": "empty"},
    "null in place of the list": {"kind": "wrong_collection", "value": "null"},
}


@pytest.mark.parametrize("kind", BROKEN)
def test_one_broken_answer_of_each_path_changes_no_verdict(
    company: Simulator, undisturbed: Verdicts, kind: str
) -> None:
    """A 200 whose body was lost on the way is asked for again."""
    paths = {each.path.replace("{id}", "*") for each in DATA_SETS.values()}
    once = [Fault(path, times=1, **BROKEN[kind]) for path in sorted(paths)]
    company.faults[:] = once
    try:
        disturbed = reading.judge(reading.read(company, tries=4))
    finally:
        company.faults.clear()

    assert sum(fault.seen > 0 for fault in once) > 15
    assert disturbed == undisturbed


def test_a_small_rate_limit_is_respected(undisturbed: Verdicts) -> None:
    """With 20 requests in a window the run waits for the next one, and is refused rarely."""
    with run(accounts.demo(NOW), rate_limit=20, rate_window=0.5) as simulator:
        snapshot = reading.read(simulator)
        verdicts = reading.judge(snapshot)

    assert verdicts.keys() == undisturbed.keys()
    assert snapshot.requests is not None
    assert snapshot.requests.rate_limited <= snapshot.requests.total / 4


UNANSWERED = ("/users", "/services")
"""A run hangs on one of them, or on both: before the first answer nothing else is asked for."""


def silent() -> list[Fault]:
    """Return what lets a run hang."""
    return [Fault(each, "silent") for each in UNANSWERED]


def hangs(simulator: Simulator) -> bool:
    """Tell whether a run waits for an answer that never comes."""
    return any(each.path in UNANSWERED for each in simulator.requests)


def interrupted(folder: Path, simulator: Simulator, stop: signal.Signals) -> Ended:
    """Start a run, stop it while it waits an hour for an answer, and return how it ended."""
    arguments = pytest_arguments(["--pd-json=inspection.json", "--pd-timeout=1h"])
    with started(folder, [*PYTEST, *arguments], environment(simulator)) as process:
        until(lambda: hangs(simulator))
        process.send_signal(stop)
        return finished(process, folder)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_reading_ends_at_once(tmp_path: Path, stop: signal.Signals) -> None:
    """Ctrl-C and SIGTERM while PagerDuty is silent: exit code 2, and last week's report stays."""
    (tmp_path / "inspection.json").write_text("earlier", encoding="utf-8")
    with run(accounts.demo, faults=silent()) as simulator:
        found = interrupted(tmp_path, simulator, stop)

    assert found.code == 2, found.text
    assert found.err.count(f"ERROR: {NOTHING_JUDGED}\n") == 1
    assert (tmp_path / "inspection.json").read_text("utf-8") == "earlier"


@pytest.mark.parametrize("whom", [reading.in_ci(os.kill), os.killpg])
def test_workers_are_stopped_as_one_process_is(tmp_path: Path, whom: Callable[..., None]) -> None:
    """SIGTERM to the first process, or to all: no report either, and nothing is left behind."""
    arguments = pytest_arguments(["--pd-json=inspection.json", "--pd-timeout=1h", "-n", "2"])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with run(accounts.demo, faults=silent()) as simulator:
        env = environment(simulator, TMPDIR=str(temporary))
        with started(tmp_path, [*PYTEST, *arguments], env, start_new_session=True) as process:
            until(lambda: hangs(simulator))
            whom(process.pid, signal.SIGTERM)
            found = finished(process, tmp_path)

    assert found.code == 2, found.text
    assert f"ERROR: {NOTHING_JUDGED}\n" in found.err
    assert not (tmp_path / "inspection.json").exists()
    assert list(temporary.glob("pdsec-*")) == []


def test_a_run_that_stops_before_a_verdict_keeps_the_earlier_report(tmp_path: Path) -> None:
    """With ``-x`` an error ends the run: what was not reached would be all that a report has."""
    (tmp_path / "inspection.json").write_text("earlier", encoding="utf-8")
    with run(accounts.demo, faults=[Fault("/services", "status", status=403)]) as simulator:
        ended = run_pytest(
            tmp_path,
            *("--pd-controls=22,23", "--pd-json=inspection.json", "-x"),
            simulator=simulator,
        )

    assert ended.code == 6, ended.text
    assert f"ERROR: {NOTHING_JUDGED}\n" in ended.err
    assert (tmp_path / "inspection.json").read_text("utf-8") == "earlier"


def test_workers_of_a_killed_run_clean_up(tmp_path: Path) -> None:
    """Where the first process cannot act any more, a worker removes what they shared."""
    arguments = pytest_arguments(["--pd-timeout=1h", "-n", "1"])
    with run(accounts.demo, faults=silent()) as simulator:
        env = environment(simulator, TMPDIR=str(tmp_path))
        with started(tmp_path, [*PYTEST, *arguments], env) as process:
            until(lambda: hangs(simulator))
            process.kill()
            finished(process, tmp_path)

    until(lambda: not list(tmp_path.glob("pdsec-*")))


@reading.only_in_ci
def test_somebody_else_s_workers_are_stopped_as_ever(tmp_path: Path) -> None:
    """SIGTERM kills a run without controls, as it does without the plugin."""
    (tmp_path / "test_theirs.py").write_text(
        "import pathlib, time\ndef test_theirs(): pathlib.Path('running').touch(); time.sleep(5)\n"
    )
    command = [*PYTEST, "-p", "no:cacheprovider", "-n", "1", "test_theirs.py"]
    env = environment(TMPDIR=str(tmp_path))
    with started(tmp_path, command, env) as process:
        until((tmp_path / "running").exists)
        process.terminate()
        assert finished(process, tmp_path).code == -signal.SIGTERM


def test_an_interrupted_judging_reports_what_was_judged(tmp_path: Path) -> None:
    """Ctrl-C in the middle: the cases that were judged are reported, the others are not passes."""
    (tmp_path / "impatient.py").write_text(
        "import os, signal\n"
        "seen = []\n"
        "def pytest_runtest_logreport(report):\n"
        "    seen.append(report)\n"
        "    if len(seen) == 60:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
    )
    whole = run_pytest(tmp_path, "--pd-replay=demo", "--pd-json=inspection.json").verdicts
    ended = processes.run_pytest(
        tmp_path,
        "--pd-replay=demo",
        "--pd-json=inspection.json",
        "-p",
        "impatient",
        PYTHONPATH=os.pathsep.join([str(tmp_path)]),
    )

    assert ended.code == 2, ended.text
    assert "INTERRUPTED" in ended.out
    assert ended.report["complete"] is False
    judged = {case: status for case, status in ended.verdicts.items() if status != "error"}
    assert 0 < len(judged) < len(whole)
    assert judged.items() <= whole.items()
    assert {control for control, _ in ended.verdicts} == set(core_ids())


@pytest.mark.parametrize("arguments", [["-x"], ["--maxfail=3"], reading.in_ci(["-x", "-n", "2"])])
def test_a_run_that_stops_early_says_so(tmp_path: Path, arguments: list[str]) -> None:
    """With ``-x`` what was not reached is an error of its control, and the report incomplete."""
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "--pd-json=inspection.json", "--pd-csv=i.csv", *arguments
    )

    assert ended.code != 0
    assert ended.report["complete"] is False
    assert "INTERRUPTED" in ended.out
    status = {each["id"]: each["status"] for each in ended.report["controls"]}
    assert set(status) == set(core_ids())
    assert "pass" not in {status["PD-22"], status["PD-23"], status["PD-25"]}
    assert (tmp_path / "i.csv").read_text("utf-8").count("PD-25,") >= 1
