"""What reports of pytest and of its plugins say about a control, beside what they always say."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pdsec_checks.catalogue.controls import CONTROL_ID
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import Status
from pdsec_checks.reports import facts, scope
from pdsec_checks.reports.json_report import finding_to_plain
from pdsec_checks.reports.junit import about_suite
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import line

COLUMNS = ("control", "severity", "resource", "requirement")
PASSED_ROWS = 2_000
"""Passed cases that pytest-html shows; its page takes seconds for each thousand more."""
TEST_CELL = 1
"""Where pytest-html puts the node id, which it does not escape."""


class PytestReports:
    """Adds our columns and metadata; a run without controls gets neither.

    *report* gives the finished report once there is one.
    """

    def __init__(self, report: Callable[[], Report | None]) -> None:
        self._report = report
        self._html: Any = None
        """pytest-html's ``ReportData``."""
        self._has_columns = False
        self._passed = 0
        self._dropped: set[str] = set()
        self._metadata: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the case of a control is about, for the end of the run."""
        if hasattr(report, "pdsec"):
            self._metadata[report.nodeid] = metadata(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Keep pytest-html's data: whether it needs our columns is known only later."""
        self._html = report

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Add our cells to the row of a case; no cells at all mean no row."""
        about = self._metadata.get(report.nodeid)
        if about is None:
            return
        if self._is_left_out(report):
            cells.clear()
            return
        if not self._has_columns:
            self._has_columns = True
            self._html.table_header = [*self._html.table_header, *map(heading, COLUMNS)]
        phase = "" if hasattr(report, "pdsec") else f"::{report.when}"
        cells[TEST_CELL] = cell("testId", f"{report.nodeid}{phase}")
        cells += [cell(name, text(about[name])) for name in COLUMNS]

    def _is_left_out(self, report: Any) -> bool:
        """Tell whether the row is of a passed case beyond those that are shown."""
        if getattr(report, "pdsec_status", None) == Status.PASS:
            self._passed += 1
            if self._passed > PASSED_ROWS:
                self._dropped.add(report.nodeid)
        return report.nodeid in self._dropped and bool(report.passed)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Say above the table where the evidence comes from, what to know, and what is left out."""
        report = self._report()
        if report is not None:
            said = [*scope.sentences(report), facts.origin(report), *facts.notices(report)]
            prefix += [f"<p>{escape(text)}</p>" for text in said]
        if self._dropped:
            count = len(self._dropped)
            prefix.append(
                f"<p>{count:,} more checks passed and have no row here: the page shows the first "
                f"{PASSED_ROWS:,}. The reports of the inspection list them all.</p>"
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_json_modifyreport(self, json_report: dict[str, Any]) -> None:
        """Put what the cases are about under ``metadata``, beside what others put there.

        Where the evidence comes from, what was looked at, and the notices of the run, stand under
        ``inspection``.
        """
        report = self._report()
        if report is None:
            return
        json_report["inspection"] = {
            **facts.origin_fields(report),
            "scope": scope.fields(report),
            "notices": facts.notices(report),
        }
        controls = {control.id: control for control in report.controls}
        whole = {said_by(each): each for each in report.ordered}
        for test in json_report.get("tests", []):
            if about := self._metadata.get(test["nodeid"]):
                control = controls[about["control"]]
                placed = [whole.get(said_by(each), each) for each in about["findings"]]
                found = [finding_to_plain(control, each) for each in placed]
                test["metadata"] = {**test.get("metadata", {}), **about, "findings": found}


def said_by(finding: Finding) -> tuple[str, ResourceRef, str]:
    """Return what tells a finding of a run from all others of it."""
    return finding.control, finding.resource, finding.message


class JUnit:
    """Says in JUnit's file which control each case is about, and of the suite what it looked at.

    The id of its control stands before the name of each case: ``PD-02 test_…``. Node ids stay as
    they are: ``--lf`` and command lines go by them. Attributes and properties are set as pytest's
    fixtures ``record_xml_attribute`` and ``record_testsuite_property`` do, which know nothing of
    xdist's workers. *report* gives the finished report once there is one.
    """

    def __init__(self, config: pytest.Config, report: Callable[[], Report | None]) -> None:
        self._config = config
        self._report = report

    def pytest_sessionfinish(self) -> None:
        """Tell the suite what was looked at: after the report was made, before JUnit's is written.

        pytest calls what was registered last first, and the plugin that writes was there before.
        """
        report = self._report()
        if report is None:
            return
        for xml in self._writers:
            xml.suite_name = scope.headed(report, xml.suite_name)
            for name, value in about_suite(report):
                xml.add_global_property(name, value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Name the case before JUnit's plugin does."""
        control = dict(report.user_properties).get("control")
        if isinstance(control, str) and CONTROL_ID.fullmatch(control):
            for xml in self._writers:
                name = f"{control} {last_name(report.nodeid)}"
                xml.node_reporter(report).add_attribute("name", name)

    @cached_property
    def _writers(self) -> list[Any]:
        """The plugin that writes the file; pytest gives it no public name."""
        registered = self._config.pluginmanager.get_plugins()
        return [each for each in registered if hasattr(each, "node_reporter")]


class LastAttempts:
    """Leaves each case once in JUnit's file, where a plugin runs some of them several times.

    An attempt that is repeated stands there like one that passed. *cases* returns the node ids of
    the cases of controls.
    """

    def __init__(self, path: Path, cases: Callable[[], Collection[str]]) -> None:
        self._path = path
        self._cases = cases

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Take out of the file what came before the last attempt."""
        names = {last_name(each) for each in self._cases()}
        if not names or not self._path.is_file():  # such as /dev/null
            return
        tree = ET.parse(self._path)  # noqa: S314 - pytest wrote it just now
        for suite in tree.iter("testsuite"):
            found = [each for each in suite.iter("testcase") if plain_name(each) in names]
            last = {(each.get("classname"), each.get("name")): each for each in found}
            for each in found:
                if last[each.get("classname"), each.get("name")] is not each:
                    suite.remove(each)
        tree.write(self._path, encoding="utf-8", xml_declaration=True)


def last_name(nodeid: str) -> str:
    """Return the end of a node id: the function, and in brackets its case, whatever is in it."""
    function, bracket, case = nodeid.partition("::")[2].partition("[")
    return f"{function.rpartition('::')[2]}{bracket}{case}"


def plain_name(case: ET.Element) -> str:
    """Return the name of a JUnit case without its control, as its node id ends."""
    return case.get("name", "").partition(" ")[2]


def metadata(report: Any) -> dict[str, Any]:
    """Return what one case is about, as plain JSON but for its findings."""
    findings: list[Finding] = report.pdsec
    first, count = findings[0], len(findings)
    return {
        "control": first.control,
        "severity": first.severity.value,
        "status": report.pdsec_status,
        "resource": named(first.resource) if count == 1 else f"{count:,} resources",
        "requirement": [value for name, value in report.user_properties if name == "requirement"],
        "findings": findings,
    }


def named(resource: ResourceRef) -> str:
    """Return name and id of a resource, as one line."""
    name, identity = line(resource.name), line(resource.id)
    return f"{name} ({identity})" if name else identity


def text(value: str | list[str]) -> str:
    """Return one value of the metadata for a cell."""
    return value if isinstance(value, str) else ", ".join(value)


def heading(name: str) -> str:
    """Return the head of one of our columns."""
    return f'<th class="sortable" data-column-type="{name}">{name.capitalize()}</th>'


def cell(name: str, value: str) -> str:
    """Return a cell that holds *value* as text."""
    return f'<td class="col-{name}">{escape(line(value))}</td>'
