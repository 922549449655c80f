"""Standard streams that are closed, full or without a reader cost an inspection nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support import reading
from tests.support.calls import run_pytest
from tests.support.processes import Ended, run_process

COMMAND = "-m pdsec_checks --replay demo --controls 5,22 --output report.json"
PYTEST = (
    "-m pytest --pyargs pdsec_checks -p no:cacheprovider "
    "--pd-replay=demo --pd-controls=5,22 --pd-json=report.json"
)
FOREIGN = "-m pytest -p no:cacheprovider test_theirs.py"
NO_FOLDER = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/nowhere']\n"


def shell(folder: Path, arguments: str, streams: str, **variables: str) -> Ended:
    """Run Python with *arguments* and with *streams*, as a shell redirects them.

    The exit code is Python's own, also in front of a pipe.
    """
    code = f"{sys.executable} {arguments} {streams}; exit ${{PIPESTATUS[0]}}"
    return run_process(folder, ["bash", "-c", code], None, variables)


@pytest.mark.parametrize(
    ("arguments", "streams"),
    [
        (COMMAND, "<&- >&- 2>&-"),
        (COMMAND, ">/dev/full 2>/dev/full"),
        (f"{COMMAND} --verbose", ">&-"),
        (f"{COMMAND} --verbose", "| head -c 1"),
        reading.in_ci(PYTEST, "<&- >&- 2>&-"),
        (PYTEST, ">/dev/full 2>/dev/full"),
        reading.in_ci(f"{PYTEST} -n 2", "| head -c 1"),
    ],
)
def test_whatever_the_streams_are_the_report_is_whole(
    tmp_path: Path, arguments: str, streams: str
) -> None:
    """The report is written, and the exit code is that of the verdicts."""
    ended = shell(tmp_path, arguments, streams)

    assert ended.code == 1, ended.text
    assert "Traceback" not in ended.text
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (len(report["findings"]), report["complete"]) == (54, True)


WRONG = ('strict = "\\u001b"\n', "severity = 1\n")
"""What is wrong before a control is collected, and after."""


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("arguments", [COMMAND, PYTEST])
def test_what_is_refused_where_nobody_reads_it_is_no_failed_control(
    tmp_path: Path, arguments: str, text: str
) -> None:
    """A usage error ends with 4 whether or not it can be said."""
    (tmp_path / "pdsec.toml").write_text(text)
    ended = shell(tmp_path, arguments, ">/dev/full 2>/dev/full")

    assert ended.code == 4


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--junitxml=/dev/full", "cannot write a report of pytest's or of a plugin: No space left"),
        ("--junitxml=junit.xml/x", "cannot write "),
        ("--html=/dev/full", "cannot write a report of pytest's or of a plugin: No space left"),
    ],
)
def test_a_report_of_pytest_that_cannot_be_written_is_no_failed_control(
    tmp_path: Path, option: str, said: str
) -> None:
    """It is named, with exit code 4; our own reports and the summary are there."""
    (tmp_path / "junit.xml").touch()
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "--pd-controls=5,22", "--pd-json=report.json", option
    )

    assert ended.code == 4, ended.text
    assert f"ERROR: {said}" in ended.err
    assert "Traceback" not in ended.text
    assert "checks in 2 controls" in ended.out
    assert len(json.loads((tmp_path / "report.json").read_text("utf-8"))["findings"]) == 54


@pytest.mark.parametrize("workers", ["", reading.in_ci("-n 2")])
def test_somebody_else_s_run_ends_as_ever(tmp_path: Path, workers: str) -> None:
    """A run without controls fails where pytest cannot write, as it does without the plugin."""
    (tmp_path / "test_theirs.py").write_text("def test_theirs(): pass\n")
    ended, without = (
        shell(tmp_path, f"{FOREIGN} {workers} {plugin}", ">/dev/full")
        for plugin in ("", "-p no:pdsec_checks.plugin")
    )

    assert ended.code == without.code != 0
    assert "No space left on device" in ended.err


def test_a_report_for_closed_standard_output_is_an_error(tmp_path: Path) -> None:
    """What was asked for on standard output, and cannot be written there, is missed."""
    ended = shell(tmp_path, "-m pdsec_checks --replay demo --controls 5 --quiet", ">&-")

    assert ended.code == 4
    assert ended.err == "ERROR: cannot write standard output: Bad file descriptor\n"


def test_whoever_reads_the_beginning_of_a_report_changes_no_exit_code(tmp_path: Path) -> None:
    """A report that is longer than a pipe, in front of ``head``: the code is of the verdicts."""
    ended = shell(tmp_path, "-m pdsec_checks --replay demo --quiet", "| head -c 1")

    assert (ended.code, ended.err) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "streams", "code"),
    [
        ("controls", ">/dev/full", 4),
        ("controls --format json", ">/dev/full", 4),
        ("controls --format json", "| true", 0),
        ("--plan", ">/dev/full", 4),
    ],
)
def test_an_answer_that_cannot_be_printed_is_an_error(
    tmp_path: Path, arguments: str, streams: str, code: int
) -> None:
    """A full disk is named, with exit code 4; a reader that has enough is no error."""
    command = f"-m pdsec_checks {arguments}"
    ended = shell(tmp_path, command, streams, PAGERDUTY_API_KEY="x")

    assert ended.code == code, ended.text
    full = "ERROR: cannot write standard output: No space left on device\n"
    assert ended.err.strip() == (full.strip() if code else "")


@pytest.mark.parametrize("arguments", [COMMAND, PYTEST])
def test_no_temporary_folder_is_needed(tmp_path: Path, arguments: str) -> None:
    """A container that is read-only but for the folder of the report is enough."""
    (tmp_path / "sitecustomize.py").write_text(NO_FOLDER)
    ended = shell(tmp_path, arguments, "", PYTHONPATH=str(tmp_path))

    assert ended.code == 1, ended.text
    assert (tmp_path / "report.json").exists()


def test_workers_without_a_temporary_folder_are_refused(tmp_path: Path) -> None:
    """Workers share what they read in one: the message names the way out."""
    (tmp_path / "sitecustomize.py").write_text(NO_FOLDER)
    ended = shell(tmp_path, f"{PYTEST} -n 2", "", PYTHONPATH=str(tmp_path))

    assert ended.code == 4, ended.text
    assert "let TMPDIR name one, or run without workers" in ended.err
