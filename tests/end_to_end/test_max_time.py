"""``--max-time``: a run is over in time, with the reports of what was judged."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration.settings import READING_SHARE
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.turns import Door
from pdsec_checks.pagerduty.reading import UNKNOWN_VIEW
from tests.accounts.files import accounts_toml
from tests.simulator import CLIENT_ID, CLIENT_SECRET, SUBDOMAIN, Fault, Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.processes import Ended

SOON = "600s"
"""More than a busy machine takes to begin; what is not answered in it would take an hour."""
IDLE = 0.02
"""Seconds of the processor in one of the clock: whoever uses less waits for others."""
IDLE_FOR = 4
"""Seconds of the clock in a row: a busy machine may give a process nothing for one of them."""


@pytest.fixture(autouse=True)
def over_when_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time to read be over as soon as nothing more is answered."""
    monkeypatch.setattr(threads, "wait", wait_until_idle)


def wait_until_idle(
    awaited: Collection[Future[Any]], seconds: float | None = None, *, for_first: bool = False
) -> set[Future[Any]]:
    """Return which are done; a limit is over as soon as client and server idle."""
    if seconds is None or for_first:  # no limit of the run's
        return wait(awaited, seconds, FIRST_COMPLETED if for_first else ALL_COMPLETED).done
    assert seconds <= READING_SHARE * 600
    spent = time.process_time()
    idle = 0
    while (found := wait(awaited, 1.0)).not_done and idle < IDLE_FOR:
        before, spent = spent, time.process_time()
        idle = idle + 1 if spent - before < IDLE else 0
    return found.done


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Serve the demo account; it never answers for its services, whoever asks first."""
    monkeypatch.setattr(Door, "enter", Door.open)  # otherwise all wait for the first answer
    with run(accounts.demo, faults=[Fault("/services", "silent")]) as simulator:
        yield simulator


def test_what_is_not_read_in_time_is_an_error(stuck: Simulator, tmp_path: Path) -> None:
    """All else is judged and reported, and the exit code is that of the verdicts."""
    ended = run_command(
        tmp_path,
        "--controls=1,4,22",
        f"--max-time={SOON}",
        "--timeout=1h",
        "--output=inspection.json",
        simulator=stuck,
    )

    assert ended.code == 1, ended.text
    assert {status for (control, _), status in ended.verdicts.items() if control == "PD-22"} == {
        "error"
    }
    assert {"pass", "fail"} <= {status for (control, _), status in ended.verdicts.items()}
    messages = [each["message"] for each in ended.report["findings"] if each["control"] == "PD-22"]
    assert len(messages) == 1
    assert messages[0].endswith("/services: not read in time (max_time = 600 s)")


def test_nothing_read_in_time_replaces_no_report(stuck: Simulator, tmp_path: Path) -> None:
    """Nothing can be judged: one sentence, exit code 4, and an earlier report as it was."""
    (tmp_path / "inspection.json").write_text("earlier", encoding="utf-8")
    ended = run_pytest(
        tmp_path,
        "--pd-controls=22",
        f"--pd-max-time={SOON}",
        "--pd-timeout=1h",
        "--pd-json=inspection.json",
        simulator=stuck,
    )

    assert ended.code == 4, ended.text
    assert "ERROR: nothing was read in time (max_time = 600 s): allow more time" in ended.text
    assert (tmp_path / "inspection.json").read_text("utf-8") == "earlier"


@reading.only_in_ci
def test_an_account_that_was_not_read_in_time_is_not_recorded(
    stuck: Simulator, tmp_path: Path
) -> None:
    """Half a recording would be taken for a whole one; the reports are written all the same."""
    ended = run_command(
        tmp_path,
        "--controls=4,22",
        f"--max-time={SOON}",
        "--timeout=1h",
        "--record=tape.yaml",
        "--output=inspection.json",
        simulator=stuck,
    )

    assert ended.code == 4
    assert "--record tape.yaml: not written, as the account was not read in time" in ended.err
    assert "PD-22" in {control for control, _ in ended.verdicts}
    assert not (tmp_path / "tape.yaml").exists()


def inspected_soon(folder: Path, simulator: Simulator) -> Ended:
    """Inspect services that time is short for, into a JSON report."""
    return run_command(
        folder,
        "--controls=22",
        f"--max-time={SOON}",
        "--timeout=1h",
        "--output=inspection.json",
        simulator=simulator,
    )


@reading.only_in_ci
def test_a_first_question_without_an_answer_ends_the_run(tmp_path: Path) -> None:
    """Nothing else is asked before the first answer: one sentence, exit code 4, no report."""
    with run(accounts.demo, faults=[Fault("*", "silent")]) as simulator:
        ended = inspected_soon(tmp_path, simulator)

    assert ended.code == 4, ended.text
    assert len(simulator.requests) == 1
    assert "ERROR: nothing was read in time (max_time = 600 s)" in ended.err
    assert not (tmp_path / "inspection.json").exists()


@reading.only_in_ci
def test_a_credential_that_nobody_can_ask_about_is_named(tmp_path: Path) -> None:
    """One bad answer lets the others be asked; if no other follows, reports say what is unknown."""
    faults = [
        Fault("/users/me", "status", status=503, times=1),
        Fault("/users/me", "silent", after=1),
    ]
    with run(accounts.demo, faults=faults) as simulator:
        ended = inspected_soon(tmp_path, simulator)

    assert ended.code == 1, ended.text
    assert f"{UNKNOWN_VIEW} (max_time = 600 s)" in ended.report["notices"]
    assert "error" not in ended.verdicts.values()


def test_a_token_that_does_not_come_in_time_ends_the_run(tmp_path: Path) -> None:
    """Nothing was read: one sentence, exit code 4."""
    with run(accounts.demo, faults=[Fault("/oauth/token", "silent")]) as simulator:
        ended = run_command(
            tmp_path,
            f"--max-time={SOON}",
            "--timeout=1h",
            simulator=None,
            PAGERDUTY_BASE_URL=simulator.url,
            PAGERDUTY_OAUTH_TOKEN_URL=f"{simulator.url}/oauth/token",
            PAGERDUTY_CLIENT_ID=CLIENT_ID,
            PAGERDUTY_CLIENT_SECRET=CLIENT_SECRET,
            PAGERDUTY_SUBDOMAIN=SUBDOMAIN,
        )

    assert ended.code == 4
    assert "ERROR: no access token came in time (max_time = 600 s)" in ended.err


@reading.alone_and_with("-n", "2")
def test_a_judgement_that_takes_too_long_is_reported_as_far_as_it_came(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """The rest are errors, the report is marked incomplete, and the exit code is 2."""
    given = ("--pd-replay=demo", "--pd-controls=4,22", "--pd-json=inspection.json")
    whole = run_pytest(tmp_path, *given).verdicts
    ended = run_pytest(tmp_path, *given, "--pd-max-time=1ms", *workers)

    assert ended.code == 2, ended.text
    assert "INTERRUPTED" in ended.out
    assert "the time of the run is over (max_time = 0.001 s)" in ended.out
    assert ended.report["complete"] is False
    judged = {case: status for case, status in ended.verdicts.items() if status != "error"}
    assert len(judged) < len(whole)
    assert judged.items() <= whole.items()
    assert {control for control, _ in ended.verdicts} == {control for control, _ in whole}


def test_accounts_that_were_not_inspected_in_time_are_errors(
    stuck: Simulator, tmp_path: Path
) -> None:
    """The one that answers is judged; the run is over in time for all."""
    entry = {"name": "stuck", "api_key_env": "PAGERDUTY_STUCK", "base_url": stuck.url}
    file = accounts_toml(tmp_path, entry)
    ended = run_command(
        tmp_path,
        f"--accounts={file}",
        "--controls=4,22",
        f"--max-time={SOON}",
        "--timeout=1h",
        "--output=reports/",
        simulator=None,
        PAGERDUTY_STUCK=stuck.api_key,
    )

    assert ended.code == 1, ended.text
    report = (tmp_path / "reports/accounts/stuck/inspection.json").read_text("utf-8")
    assert "/services: not read in time (max_time = 600 s)" in report
