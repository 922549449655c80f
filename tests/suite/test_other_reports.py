"""The reports of pytest itself and of its plugins: JUnit, pytest-html, pytest-json-report."""

from __future__ import annotations

import html
import json
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.suite import other_reports
from pdsec_checks.suite.other_reports import COLUMNS, PytestReports
from tests.simulator import Fault, accounts, run
from tests.support import reading
from tests.support.calls import run_pytest
from tests.support.findings import HOSTILE, a_finding, a_resource, as_judged
from tests.support.processes import Ended, run_process
from tests.support.shared_files import junit_schema

REPORTS = (
    "--pd-json=inspection.json",
    "--junitxml=junit.xml",
    "--html=report.html",
    "--self-contained-html",
    "--json-report",
    "--json-report-file=pytest.json",
)
WAIVER = f"""
[[waivers]]
control = "PD-05"
resource = "P225PTZK"
reason = "retired service"
approved_by = "head of operations"
expires = {datetime.now(UTC).date() + timedelta(days=20)}
"""
JUNIT = {
    "failure": {"fail"},
    "error": {"error"},
    "skipped": {"manual", "not_applicable", "waived"},
    None: {"pass"},
}
"""Element of a JUnit case → the statuses that it stands for."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Inspect the demo account, one service waived and the teams refused, with all reports."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "pdsec.toml").write_text(WAIVER, encoding="utf-8")
    with run(accounts.demo) as simulator:
        simulator.faults.append(Fault("/teams", "status", status=403))
        ended = run_pytest(folder, *REPORTS, simulator=simulator)
    assert set(ended.verdicts.values()) == set(Status)
    return ended


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Inspect the hostile account with all reports."""
    with run(accounts.hostile) as simulator:
        return run_pytest(tmp_path_factory.mktemp("hostile"), *REPORTS, simulator=simulator)


@pytest.fixture(params=["demo", "hostile"])
def ended(request: pytest.FixtureRequest) -> Ended:
    """Return each of the two runs."""
    found: Ended = request.getfixturevalue(request.param)
    return found


# JUnit


def junit_cases(ended: Ended) -> list[ET.Element]:
    """Return the cases of the JUnit report."""
    return list(ET.parse(ended.folder / "junit.xml").getroot().iter("testcase"))  # noqa: S314 - our own


def properties(case: ET.Element) -> dict[str, str]:
    """Return the properties of a case; of those with one name the last."""
    return {each.get("name", ""): each.get("value", "") for each in case.iter("property")}


def test_junit_is_valid_but_for_the_properties_of_cases(ended: Ended) -> None:
    """The schema of Jenkins' xUnit plugin has one objection to each case, and no other at all.

    It knows properties of suites only. pytest writes them for cases, where Jenkins' own JUnit
    plugin and GitLab read them; docs/ci.md says how to take them out for the xUnit plugin.
    """
    errors = list(junit_schema().iter_errors(ended.folder / "junit.xml"))

    assert len(errors) == len(junit_cases(ended))
    for error in errors:
        assert error.reason is not None
        assert error.reason.startswith("Unexpected child with tag 'properties'"), error.reason


def suite_properties(folder: Path) -> dict[str, str]:
    """Return the properties of the suite in a JUnit report."""
    root = ET.parse(folder / "junit.xml").getroot()  # noqa: S314 - our own
    found = root.findall("testsuite/properties/property")
    return {each.get("name", ""): each.get("value", "") for each in found}


def test_junit_says_what_was_looked_at(ended: Ended) -> None:
    """The suite has the scope in words and by field, and the score, as the JSON report has them."""
    found = suite_properties(ended.folder)
    wanted = ended.report["scope"]

    assert found["scope"].startswith("Scope: all 25 controls of the core set")
    assert found["score"].startswith("Score: ")
    assert found["inspection.run"] == wanted["run"]
    for name in ("selected", "not_selected", "partial", "changed", "waivers", "attestations"):
        assert json.loads(found[f"inspection.{name}"]) == wanted[name]


@reading.alone_and_with("-n", "2")
def test_junit_of_a_partial_run_says_so(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """The name of the suite, which viewers show, is its headline."""
    flags = ["--pd-replay=demo", "--pd-severity=critical", "--junitxml=junit.xml"]
    run_pytest(tmp_path, *flags, *workers)
    (suite,) = ET.parse(tmp_path / "junit.xml").getroot().iter("testsuite")  # noqa: S314 - our own
    found = suite_properties(tmp_path)

    assert suite.get("name") == "PARTIAL: pytest"
    assert found["scope"].startswith("PARTIAL: 3 of 25 controls")
    assert found["score"].startswith("PARTIAL: Score: ")
    assert found["inspection.partial"] == "true"


@reading.alone_and_with("-n", "2")
def test_junit_of_several_accounts_says_what_each_left_out(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """The case of an account has what was left out and changed there, and its score."""
    (tmp_path / "own.toml").write_text("[baseline]\nmax_admin_percent = 90\n")
    entry = '[[accounts]]\nname = "acme"\nreplay = "demo"\nconfig = "own.toml"\n'
    (tmp_path / "accounts.toml").write_text(entry)
    flags = ["--pd-accounts=accounts.toml", "--pd-severity=critical", "--junitxml=junit.xml"]
    run_pytest(tmp_path, *flags, *workers)
    (suite,) = ET.parse(tmp_path / "junit.xml").getroot().iter("testsuite")  # noqa: S314 - our own
    (case,) = (each for each in suite if each.get("classname") == "accounts")
    said = [each.get("value", "") for each in case.iter("property")]

    assert case.get("name") == "acme"
    assert suite.get("name") == "PARTIAL: pytest"
    assert "PARTIAL: left out 22 of 25 controls" in said
    assert [each for each in said if each.startswith("PARTIAL: Score: ")]
    assert [each for each in said if "max_admin_percent = 90" in each]


def test_junit_of_others_stays_as_it_is(tmp_path: Path) -> None:
    """A run that judges no control gets no property, and its own name."""
    (tmp_path / "test_theirs.py").write_text("def test_theirs() -> None: ...\n")
    run_pytest(tmp_path, "--junitxml=junit.xml", target=str(tmp_path / "test_theirs.py"))
    (suite,) = ET.parse(tmp_path / "junit.xml").getroot().iter("testsuite")  # noqa: S314 - our own

    assert suite.get("name") == "pytest"
    assert suite_properties(tmp_path) == {}


def test_junit_names_are_unique(ended: Ended) -> None:
    """No two cases share class and name: GitLab would show only the first of them."""
    names = Counter((case.get("classname"), case.get("name")) for case in junit_cases(ended))

    assert len(names) == len(ended.report["findings"])
    assert max(names.values()) == 1


def test_junit_names_begin_with_the_control(ended: Ended) -> None:
    """A list of failures says which control each is about; node ids are what they were."""
    named = {case.get("name", "").partition(" ")[::2] for case in junit_cases(ended)}

    assert named == {
        (each["control"], each["nodeid"].split("::", 1)[1]) for each in ended.report["findings"]
    }


def test_junit_cases_say_what_they_are_about(ended: Ended) -> None:
    """Each case has control, severity, requirement, resource and remedy as properties."""
    wanted = {"control", "severity", "requirement", "resource.type", "resource.id", "remediation"}

    assert all(wanted <= set(properties(case)) for case in junit_cases(ended))


def test_junit_cases_have_the_remedy_of_their_cause(ended: Ended) -> None:
    """What fails has the remedies of its findings, which may be many; all else the general one."""
    remedies: dict[str, list[str]] = {}
    for each in ended.report["findings"]:
        if each["status"] in {"fail", "waived"}:
            remedies.setdefault(each["nodeid"], []).append(each["remedy"])
    found = [properties(case)["remediation"] for case in junit_cases(ended)]

    assert remedies
    assert {remedy for each in remedies.values() for remedy in each} <= set(found)


def test_junit_skips_have_reasons(ended: Ended) -> None:
    """A skipped case says why, and begins with which of the three kinds it is."""
    skips = [skip for case in junit_cases(ended) for skip in case.iter("skipped")]

    assert skips
    for skip in skips:
        assert re.match(r"(MANUAL|not applicable): .|waived until \d", skip.get("message", ""))


def test_junit_holds_the_same_findings(demo: Ended) -> None:
    """Each case has the element that its status asks for."""
    found = {}
    for case in junit_cases(demo):
        about = properties(case)
        kind = next((each.tag for each in case if each.tag in JUNIT), None)
        found[about["control"], about["resource.id"]] = kind

    assert found.keys() == demo.verdicts.keys()
    for address, status in demo.verdicts.items():
        assert status in JUNIT[found[address]], address


# pytest-json-report


def test_json_report_holds_the_same_findings(ended: Ended) -> None:
    """The metadata of the tests are the findings of the JSON report."""
    tests = json.loads((ended.folder / "pytest.json").read_text("utf-8"))["tests"]

    findings = [finding for test in tests for finding in test["metadata"]["findings"]]
    key = json.dumps
    told = as_judged(ended.report["findings"])
    assert sorted(as_judged(findings), key=key) == sorted(told, key=key)


def test_json_report_says_what_a_test_is_about(demo: Ended) -> None:
    """Control, severity, status, resource and requirements stand beside the findings."""
    tests = json.loads((demo.folder / "pytest.json").read_text("utf-8"))["tests"]
    about = next(each["metadata"] for each in tests if "P225PTZK" in each["nodeid"])

    assert about["control"] == "PD-05"
    assert about["severity"] == "critical"
    assert about["status"] == "waived"
    assert about["resource"] == "Gift Cards (P225PTZK)"
    assert "soc2:CC7.3" in about["requirement"]


# pytest-html


def rows(page: str) -> list[dict[str, Any]]:
    """Return the rows of pytest-html's page, as its script gets them."""
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', page)
    tests = json.loads(html.unescape(blob))["tests"]
    return [row for found in tests.values() for row in found]


def test_html_has_a_row_for_each_case(ended: Ended) -> None:
    """Each row has our four columns, and the page has their heads once."""
    page = (ended.folder / "report.html").read_text("utf-8")

    assert len(rows(page)) == len(ended.report["findings"])
    assert {row["control"] for row in rows(page)} == {
        each["id"] for each in ended.report["controls"]
    }
    for name in COLUMNS:
        assert all(row[name] for row in rows(page))
        assert page.count(f'data-column-type="{name}"') == 1


def test_html_holds_the_same_verdicts(demo: Ended) -> None:
    """Each row has the result that pytest gives for the status of its resource."""
    words = {
        "pass": "Passed",
        "fail": "Failed",
        "error": "Error",
        "manual": "Skipped",
        "not_applicable": "Skipped",
        "waived": "XFailed",
    }
    found = {each["nodeid"]: words[each["status"]] for each in demo.report["findings"]}
    page = (demo.folder / "report.html").read_text("utf-8")

    assert {row["testId"]: row["result"] for row in rows(page)} == found


def test_html_shows_names_as_text(hostile: Ended) -> None:
    """No cell holds an element that a name of the account brought with it."""
    page = (hostile.folder / "report.html").read_text("utf-8")

    cells = [cell for row in rows(page) for cell in row["resultsTableRow"]]
    assert any("&lt;script&gt;" in cell for cell in cells)
    for cell in cells:
        inner = re.sub(r'^<td class="col-\w+">(.*)</td>$', r"\1", cell)
        assert "<" not in inner


def test_html_leaves_out_passed_rows_of_a_large_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond 2,000 the rows of passed cases are left out, said so, and nothing else is."""
    assert other_reports.PASSED_ROWS == 2_000
    monkeypatch.setattr(other_reports, "PASSED_ROWS", 100)
    ended = run_pytest(
        tmp_path, "--pd-json=inspection.json", "--html=r.html", "--pd-replay=demo-compliant"
    )
    page = (tmp_path / "r.html").read_text("utf-8")

    statuses = Counter(ended.verdicts.values())
    assert statuses["pass"] > 200
    results = Counter(row["result"] for row in rows(page))
    assert results.total() == sum(statuses.values()) - statuses["pass"] + 100
    assert results["Passed"] == 100
    assert f"{statuses['pass'] - 100:,} more checks passed" in page


def test_reports_of_other_tests_are_left_alone(tmp_path: Path) -> None:
    """A run without controls has no columns of ours, and no metadata."""
    (tmp_path / "test_it.py").write_text("def test_it(): pass", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *REPORTS]
    ended = run_process(tmp_path, command, None, {})

    assert ended.code == 0, ended.text
    page = (tmp_path / "report.html").read_text("utf-8")
    assert not any(f'data-column-type="{name}"' in page for name in COLUMNS)
    (test,) = json.loads((tmp_path / "pytest.json").read_text("utf-8"))["tests"]
    assert "metadata" not in test


# The hooks by themselves


def a_result(*findings: Finding, **given: Any) -> Any:
    """Return what pytest hands to report plugins about a case."""
    return SimpleNamespace(
        **{
            "nodeid": findings[0].nodeid,
            "when": "call",
            "passed": findings[0].status is Status.PASS,
            "pdsec": findings,
            "pdsec_status": findings[0].status.value,
            "user_properties": [["requirement", "soc2:CC7.3"], ["requirement", "cis:6.1"]],
            **given,
        }
    )


def cells_of(result: Any) -> list[str]:
    """Return the cells of the row of one case."""
    reports = PytestReports(lambda: None)
    reports.pytest_html_report_title(SimpleNamespace(table_header=[]))
    reports.pytest_runtest_logreport(result)
    cells = ["<td>result</td>", f"<td>{result.nodeid}</td>", "<td>duration</td>", "<td>links</td>"]
    reports.pytest_html_results_table_row(result, cells)
    return cells


def test_case_of_many_resources_says_how_many() -> None:
    """A case that judges a whole control has the number of its resources in their place."""
    findings = [a_finding(resource=a_resource("s", f"P{number}")) for number in range(1_200)]

    assert '<td class="col-resource">1,200 resources</td>' in cells_of(a_result(*findings))


@pytest.mark.parametrize("name", HOSTILE)
def test_cell_is_one_line_of_text(name: str) -> None:
    """A cell neither holds markup nor spans lines, which pytest-html could not read."""
    result = a_result(a_finding(resource=a_resource(name)), nodeid=f"x::y[{name}]")

    for cell in cells_of(result)[1:]:
        assert cell.count("<") == 2
        assert len(cell.splitlines()) == 1


def test_failing_teardown_has_its_phase() -> None:
    """A row that is not about the verdict says of which phase it is."""
    reports = PytestReports(lambda: None)
    reports.pytest_html_report_title(SimpleNamespace(table_header=[]))
    judged = a_result(a_finding())
    reports.pytest_runtest_logreport(judged)
    cells = ["", "", "", ""]
    teardown = SimpleNamespace(nodeid=judged.nodeid, when="teardown", passed=False)
    reports.pytest_html_results_table_row(teardown, cells)

    assert cells[1].endswith("::teardown</td>")
