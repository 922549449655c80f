"""What the end of one account's inspection means among many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pdsec_checks.accounts import ahead, inspecting
from pdsec_checks.accounts.ahead import Job, Readers, Silent
from pdsec_checks.accounts.inspecting import Outer
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Status
from pdsec_checks.reports.side_by_side.document import ControlHead

HEADS = [ControlHead("PD-22", "Services time out", "medium")]
OUTER = Outer([], HEADS, (), plugin=None, reads_conftest=False, typed=str)


def a_job(problem: str | None = None) -> Job:
    """Return the job of a recording, of which nothing is foreseen to be needed."""
    return Job("acme", load_settings({"pd_replay": "demo"}, {}), (), problem)


def ending(monkeypatch: pytest.MonkeyPatch, code: int) -> Any:
    """Inspect an account whose inner run only returns *code*."""
    monkeypatch.setattr(pytest, "main", lambda *_, **__: code)
    return inspecting.inspect(a_job(), Readers(1), OUTER)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (3, "internal error"),
        (4, "could not begin"),
        (5, "select no control"),
        (0, "internal error"),
    ],
)
def test_no_report_is_an_error_whatever_the_code(
    monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    """An inspection that left no report is an error in every row, even if it claims success."""
    result = ending(monkeypatch, code)

    assert said in str(result.problem)
    assert result.status is Status.ERROR
    assert {cell.status for cell in result.cells.values()} == {Status.ERROR}


def test_an_interrupted_inspection_interrupts_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C inside the inspection of one account ends the run over all of them."""
    with pytest.raises(KeyboardInterrupt):
        ending(monkeypatch, 2)


def test_an_account_with_a_problem_is_not_asked() -> None:
    """Nothing is started for an account whose credential is not at hand."""
    readers, job = Readers(1), a_job("no key here")
    readers.start(job)
    result = inspecting.inspect(job, readers, OUTER)

    assert (result.code, result.problem) == (4, "no key here")


def test_what_was_not_foreseen_is_read_all_the_same() -> None:
    """A control that needs more than was read ahead gets it, rather than an empty list."""
    snapshot = Readers(1).snapshot(a_job(), [replace(shipped_controls()[0], needs=("services",))])

    assert snapshot.has("services")


def test_what_was_not_foreseen_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in a slot as well, so that no other replay answers for the account."""
    readers, free = Readers(1), []

    def read(*_: Any) -> None:
        free.append(readers._slots.acquire(blocking=False))

    monkeypatch.setattr(ahead, "read", read)
    readers.snapshot(a_job(), [replace(shipped_controls()[0], needs=("services",))])

    assert free == [False]


def test_reading_ahead_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of several accounts would mix."""
    silent = Silent()
    silent("users", [])
    silent.line("anything")

    assert capsys.readouterr() == ("", "")
