"""What the end of one account's inspection means among many."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.accounts import ahead, inspecting
from pdsec_checks.accounts.ahead import Job, Readers, Silent
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.errors import UsageError
from pdsec_checks.judging.controls import shipped
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.snapshot import Unavailable
from pdsec_checks.reports.report import exit_code
from pdsec_checks.reports.side_by_side.document import ControlHead
from tests.support.changed import replace
from tests.support.judged import NOW, a_snapshot

HEADS = [ControlHead("PD-22", "Services time out", "medium")]
TIMEOUTS = tuple(each for each in shipped() if each.control.id == "PD-22")


def a_job(**told: Any) -> Job:
    """Return the job of a recording."""
    settings = load_settings({"pd_replay": "demo", **told}, {})
    return Job("acme", settings, load_catalogue(), TIMEOUTS, heads=HEADS)


def test_an_account_with_a_problem_is_not_asked() -> None:
    """Nothing is started for an account whose credential is not at hand."""
    readers, job = Readers(1), replace(a_job(), problem="no key here")
    readers.start(job)
    result = inspecting.inspect(job, readers)

    assert (result.code, result.problem) == (4, "no key here")
    assert {cell.status for cell in result.cells.values()} == {Status.ERROR}


def test_an_account_that_selects_nothing_is_an_error() -> None:
    """Its column says so, and nothing is read for it."""
    result = inspecting.inspect(replace(a_job(), controls=()), Readers(1))

    assert (result.code, result.status) == (5, Status.ERROR)
    assert "select no control" in str(result.problem)


def test_an_account_that_cannot_be_read_is_an_error_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The exit code is that of an inspection of this account alone."""

    def refuse(*_: object) -> None:
        raise UsageError("no such recording")

    monkeypatch.setattr(ahead, "read", refuse)
    result = inspecting.inspect(a_job(), Readers(1))

    assert (result.code, result.problem, result.status) == (4, "no such recording", Status.ERROR)


def test_ctrl_c_while_an_account_is_read_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no error of this account."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ahead, "read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        inspecting.inspect(a_job(), Readers(1))


def test_what_nobody_foresaw_costs_this_account_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug met in one account is an error with its place, and quotes nothing of the account."""

    def crash(*_: object) -> None:
        raise RuntimeError("a name of somebody")

    monkeypatch.setattr(inspecting, "report_of", crash)
    result = inspecting.inspect(a_job(), Readers(1))

    assert (result.code, result.status) == (3, Status.ERROR)
    assert "RuntimeError in test_inspecting.py:" in str(result.problem)
    assert "somebody" not in str(result.problem)


@pytest.mark.parametrize(
    ("services", "code"), [([], 0), (Unavailable("/services", "HTTP 403", 403), 6)]
)
def test_the_code_is_that_of_an_account_alone(services: Any, code: int) -> None:
    """An account without services has nothing to fail; a refused list is not judged."""
    report = inspecting.report_of(a_job(), a_snapshot(services=services))

    assert exit_code(report, NOW, strict=False) == code


def test_resources_that_no_control_has_are_refused() -> None:
    """A pattern that nothing matches would leave a green column with nothing in it."""
    with pytest.raises(UsageError, match=r"--pd-resource: no resource .* is Checkout"):
        inspecting.report_of(a_job(pd_resource=["Checkout"]), a_snapshot())


def test_a_resource_that_was_asked_for_by_id_must_be_there() -> None:
    """A node id of one resource is followed in each account."""
    job = a_job()
    wanted = tuple(replace(each, wanted=frozenset({"PNOWHERE"})) for each in job.controls)

    with pytest.raises(UsageError, match="PD-22 has no resource PNOWHERE in this account"):
        inspecting.report_of(replace(job, controls=wanted), a_snapshot())


def test_reading_ahead_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of several accounts would mix."""
    silent = Silent()
    silent("users", [])
    silent.warn("anything")

    assert capsys.readouterr() == ("", "")
