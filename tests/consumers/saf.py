"""MITRE's SAF: what it and Heimdall, whose library it folds with, make of our HDF."""

from __future__ import annotations

import json
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support import saf
from tests.support.consumers import Row
from tests.support.whole_report import whole_report

NAME, FORMAT = "MITRE SAF", "hdf"
ACCOUNTS = {
    "demo": ("demo",),
    "demo_compliant, /services refused": ("demo_compliant", "/services"),
}
"""Account → its name, and the paths that PagerDuty refuses."""
XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"


def commands(name: str) -> list[tuple[str, ...]]:
    """Return the commands that read a report and write what they make of it."""
    given = ("-i", f"{name}.json")
    to_asff = ("-a", "123456789012", "-r", "us-east-1", "-t", "acme")
    return [
        ("view", "summary", *given, "--format", "json", "-o", f"{name}.summary.json"),
        ("convert", "hdf2ckl", *given, "-o", f"{name}.ckl"),
        ("convert", "hdf2xccdf", *given, "-o", f"{name}.xml"),
        ("convert", "hdf2asff", *given, "-o", f"{name}.asff", *to_asff),
    ]


def rows() -> list[Row]:
    """Return what SAF counts as passed, failed and not judged."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        reports = {account: whole_report(*named) for account, named in ACCOUNTS.items()}
        names = {account: f"report{number}" for number, account in enumerate(reports)}
        for account, report in reports.items():
            (folder / f"{names[account]}.json").write_text(render(FORMAT, report), "utf-8")
        saf.run([each for name in names.values() for each in commands(name)], folder)
        return [
            row
            for account, report in reports.items()
            for row in counted(account, report, folder / names[account])
        ]


def counted(account: str, report: Report, path: Path) -> Iterator[Row]:
    """Yield the rows of one account; *path* is that of its report, without the suffix."""

    def row(shows: str, ours: int, theirs: int, *, settles: bool = False) -> Row:
        return Row(NAME, saf.VERSION, FORMAT, account, shows, ours, theirs, settles)

    controls = Counter(report.status_of(each) for each in report.controls)
    (summary,) = json.loads(path.with_suffix(".summary.json").read_text("utf-8"))
    checklist = Counter(each.text for each in parsed(path, ".ckl").iter("STATUS"))
    xccdf = Counter(each.text for each in parsed(path, ".xml").iter(f"{XCCDF}result"))
    files = path.with_suffix(".asff").glob("*.json")  # a hundred findings or so in each
    findings = [found for each in files for found in json.loads(each.read_text("utf-8"))]
    asff = Counter(each["Compliance"]["Status"] for each in findings if "Compliance" in each)
    fails, passes = controls[Status.FAIL], controls[Status.PASS]
    yield row("`view summary`: passed", passes, summary["passed"]["total"], settles=True)
    yield row("`view summary`: failed", fails, summary["failed"]["total"])
    yield row("`view summary`: error", controls[Status.ERROR], summary["error"]["total"])
    yield row("`hdf2ckl`: NotAFinding", passes, checklist["NotAFinding"], settles=True)
    yield row("`hdf2ckl`: Open", fails, checklist["Open"])
    yield row("`hdf2xccdf`: pass", passes, xccdf["pass"], settles=True)
    yield row("`hdf2xccdf`: fail", fails, xccdf["fail"])
    yield row("`hdf2asff`: PASSED", passed_checks(report), asff["PASSED"], settles=True)
    yield row("`hdf2asff`: FAILED", report.counts[Status.FAIL], asff["FAILED"])


def passed_checks(report: Report) -> int:
    """Return how many checks pass of those controls that pass or fail."""
    judged = {
        each.id for each in report.controls if report.status_of(each) in {Status.PASS, Status.FAIL}
    }
    return sum(each.status is Status.PASS and each.control in judged for each in report.findings)


def parsed(path: Path, suffix: str) -> ET.Element:
    """Return the XML that SAF wrote."""
    return ET.fromstring(path.with_suffix(suffix).read_bytes())  # noqa: S314 - of our own report
