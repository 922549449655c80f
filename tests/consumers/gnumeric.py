"""Gnumeric, which makes numbers and dates of ids where a file lets it: ``ssconvert`` tells."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from pdsec_checks.model import TO_DO, Status
from pdsec_checks.reports import content
from pdsec_checks.reports.report import Report
from tests.support.consumers import Row
from tests.support.programs import program
from tests.support.whole_report import whole_report

NAME = "Gnumeric"


def version() -> str:
    """Return the version of the program."""
    told = subprocess.run(
        [program("ssconvert"), "--version"], capture_output=True, text=True, check=True
    )
    return (told.stdout or told.stderr).splitlines()[0].split("'")[1]


def tables(report: Report, name: str) -> list[list[dict[str, str]]]:
    """Return the rows of each sheet of a report, as the program shows them."""
    held = content(name, report)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"inspection.{name}"
        path.write_bytes(held if isinstance(held, bytes) else held.encode())
        subprocess.run(
            [
                *(program("ssconvert"), "--export-type=Gnumeric_stf:stf_csv", "-S"),
                *(str(path), f"{folder}/sheet-%n.txt"),
            ],
            check=True,
            capture_output=True,
        )
        return [
            list(csv.DictReader(each.read_text("utf-8").splitlines()))
            for each in sorted(Path(folder).glob("sheet-*"))
        ]


def status_in(found: list[dict[str, str]], status: str) -> int:
    """Return how many rows have a status."""
    return sum(row["status"] == status for row in found)


def shown(report: Report, found: list[dict[str, str]]) -> int:
    """Return how many requirements it shows by their id, and by no number or date made of it."""
    known = report.requirement_rows[report.mapping]
    ids = {each.requirement.id for name in report.frameworks for each in known[name]}
    return sum(row["requirement"].split(" (")[0] in ids for row in found)


def rows() -> list[Row]:
    """Return what it shows of checks, tasks and ids."""
    report = whole_report()
    released = version()
    (checks,) = tables(report, "csv")
    _, plan, findings, _, frameworks = tables(report, "xlsx")
    passed, to_do = report.counts[Status.PASS], sum(report.counts[each] for each in TO_DO)
    requirements = sum(each["requirements"] for each in report.frameworks.values())

    def row(form: str, shows: str, ours: int, theirs: int, *, settles: bool = False) -> Row:
        return Row(NAME, released, form, "demo", shows, ours, theirs, settles)

    return [
        row("csv", "rows", len(report.ordered), len(checks)),
        row("csv", "rows that pass", passed, status_in(checks, "pass"), settles=True),
        row("xlsx", "rows of the action plan", to_do, len(plan)),
        row("xlsx", "findings that pass", passed, status_in(findings, "pass"), settles=True),
        row("xlsx", "requirements by their ids", requirements, shown(report, frameworks)),
    ]
