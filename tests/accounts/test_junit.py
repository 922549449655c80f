"""JUnit's file of several accounts: names that keep accounts apart, and nothing green in vain."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from _pytest.junitxml import LogXML

from pdsec_checks.accounts.items import show_account
from pdsec_checks.accounts.junit import JUnit, a_report
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import Status
from pdsec_checks.reports.side_by_side.document import AccountResult, Cell, ControlHead, SideBySide
from tests.accounts.files import accounts_toml
from tests.reports.test_side_by_side import an_account
from tests.support.calls import run_pytest
from tests.support.changed import replace
from tests.support.findings import a_finding

ENTRIES = (
    {"name": "acme.eu", "replay": "demo"},
    {"name": "acme.us", "replay": "demo-compliant"},
    {"name": "gone", "replay": "gone.yaml"},
)


def cases(file: Path) -> dict[tuple[str, str], str]:
    """Return what became of each case, by class and name."""
    found = {}
    for case in ET.parse(file).iter("testcase"):  # noqa: S314 - pytest wrote it
        outcome = next((each.tag for each in case if each.tag != "properties"), "passed")
        key = case.attrib["classname"], case.attrib["name"]
        assert key not in found, f"two cases are called {key}"
        found[key] = outcome
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return JUnit's file of three accounts: one fails, one needs a person, one is not there."""
    folder = tmp_path_factory.mktemp("junit")
    path = accounts_toml(folder, *ENTRIES)
    run_pytest(folder, f"--pd-accounts={path}", "--junitxml=junit.xml")
    return folder / "junit.xml"


def test_an_account_that_needs_a_person_is_skipped(file: Path) -> None:
    """Only an account in which everything holds passes; one without a verdict is an error."""
    found = cases(file)

    assert found["accounts", "acme.eu"] == "failure"
    assert found["accounts", "acme.us"] == "skipped"
    assert found["accounts", "gone"] == "error"


def test_each_control_of_each_account_is_a_case(file: Path) -> None:
    """Class and name say whose it is; an account that was not read has no case that passes."""
    found = cases(file)

    assert Counter(each for each, _ in found) == {
        "accounts": 3,
        **{f"accounts.{each['name']}": 25 for each in ENTRIES},
    }
    assert all(
        name.startswith(f"{classname.removeprefix('accounts.')}: PD-")
        for classname, name in found
        if classname != "accounts"
    )
    of_gone = {outcome for (name, _), outcome in found.items() if name == "accounts.gone"}
    assert of_gone == {"error"}
    person = next(name for _, name in found if name.startswith("acme.us: PD-18"))
    assert found["accounts.acme.us", person] in {"passed", "skipped"}


def test_the_suite_counts_all_cases(file: Path) -> None:
    """The figures of the suite are those of its cases."""
    (suite,) = ET.parse(file).iter("testsuite")  # noqa: S314 - pytest wrote it
    found = Counter(cases(file).values())

    assert suite.attrib["tests"] == str(sum(found.values())) == "78"
    assert suite.attrib["failures"] == str(found["failure"])
    assert suite.attrib["errors"] == str(found["error"])
    assert suite.attrib["skipped"] == str(found["skipped"])


def test_a_pytest_html_page_counts_it_as_skipped(tmp_path: Path) -> None:
    """pytest-html's page shows what pytest was told."""
    path = accounts_toml(tmp_path, ENTRIES[1])
    run_pytest(tmp_path, f"--pd-accounts={path}", "--html=page.html", "--self-contained-html")
    page = (tmp_path / "page.html").read_text("utf-8")

    assert "1 Skipped" in page
    assert "0 Passed" in page


class Run:
    """A run of pytest that writes JUnit's file, as far as our part of it is concerned."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "junit.xml"
        self.xml = LogXML(str(self.file), None)
        self.xml.pytest_sessionstart()
        self.pluginmanager = self

    def get_plugins(self) -> set[object]:
        """Return what is registered."""
        return {self, self.xml}

    def ended(self) -> dict[tuple[str, str], str]:
        """Write the file, and return its cases."""
        self.xml.pytest_sessionfinish()
        return cases(self.file)


def lost() -> AccountResult:
    """Return an account that no process inspected."""
    heads = [ControlHead("PD-05", "Services have a policy", "critical")]
    return AccountResult.unread("lost", ExitCode.NOT_JUDGED, "the run ended before", heads)


def test_an_account_that_was_never_reached_is_an_error(tmp_path: Path) -> None:
    """A run that was ended leaves nobody out of the file."""
    run = Run(tmp_path)
    JUnit(run).complete(SideBySide([lost()]), ())  # type: ignore[arg-type]  # all that it asks for

    assert run.ended() == {
        ("accounts", "lost"): "error",
        ("accounts.lost", "lost: PD-05 Services have a policy"): "error",
    }


def test_the_group_of_a_worker_is_in_no_name(tmp_path: Path) -> None:
    """What xdist puts behind a node id changes no case."""
    run = Run(tmp_path)
    report = a_report("accounts::lost@accounts-0")
    show_account(report, lost())
    JUnit(run).name(report, lost())  # type: ignore[arg-type]  # all that it asks for
    run.xml.pytest_runtest_logreport(report)
    run.xml.finalize(report)

    assert run.ended() == {("accounts", "lost"): "error"}


def known(status: Status = Status.FAIL, *, is_known: bool = True) -> Cell:
    """Return what a control says whose fails an earlier report has, or has not."""
    return Cell(status, {Status.FAIL: 1}, is_known=is_known)


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        (known(), Status.WAIVED),
        (known(is_known=False), Status.FAIL),
        (Cell(Status.FAIL, {Status.FAIL: 1, Status.ERROR: 2}, is_known=True), Status.ERROR),
        (Cell(Status.FAIL, {Status.FAIL: 1, Status.MANUAL: 2}, is_known=True), Status.MANUAL),
        (Cell(Status.FAIL, {Status.FAIL: 1, Status.PASS: 2}, is_known=True), Status.WAIVED),
        (Cell(Status.ERROR), Status.ERROR),
    ],
)
def test_known_fails_hide_nothing_that_was_not_judged(cell: Cell, outcome: Status) -> None:
    """What an earlier report has is accepted; an error or a person beside it still shows."""
    assert cell.outcome is outcome


@pytest.mark.parametrize(
    ("code", "problem", "is_known", "outcome", "why"),
    [
        (0, None, True, "skipped", "known from the earlier report"),
        (1, None, False, "failed", ""),
        (6, "the recording is too old", True, "failed", ""),
    ],
)
def test_an_account_whose_fails_are_known_is_no_failure(
    code: int, problem: str | None, why: str, outcome: str, *, is_known: bool
) -> None:
    """It is expected to fail, as pytest says it, unless something speaks against its verdict."""
    account = an_account("acme", a_finding("PD-05", Status.FAIL), code=code)
    account.cells["PD-05"] = known(is_known=is_known)
    report = a_report("accounts::acme")
    show_account(report, AccountResult.from_json({**account.to_json(), "problem": problem}))

    assert report.outcome == outcome
    assert getattr(report, "wasxfail", "") == why


@pytest.mark.parametrize(("seen", "is_known"), [([True, True], True), ([True, False], False)])
def test_a_cell_is_known_where_all_its_fails_are(seen: list[bool], *, is_known: bool) -> None:
    """One new fail among known ones is a new fail of the control."""
    found = [replace(a_finding("PD-05", Status.FAIL), known=each) for each in seen]
    account = an_account("acme", *found)

    assert account.cells["PD-05"].is_known is is_known
