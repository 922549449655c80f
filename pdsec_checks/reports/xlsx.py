"""The report as a workbook: run, action plan, findings, controls and frameworks, a sheet each.

Every cell with letters or an id is text, which no program takes for a number or a date: ``8.10``
stays what it is. The same findings give the same bytes: the workbook is dated by the account.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from pdsec_checks import TITLE
from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Finding
from pdsec_checks.model import Control
from pdsec_checks.output import TEMPORARY, has_temporary_folder
from pdsec_checks.reports import action_plan, facts, scope, score_words, spreadsheet
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.statuses import COLUMNS as STATUSES
from pdsec_checks.reports.text import clipped, ended, for_xml, line

ROWS = 1_048_576
CELL_LIMIT = 32_767
LINK_LIMIT = 2_079
"""What a sheet, a cell and one link may hold, by Excel's specification
(https://support.microsoft.com/office/excel-specifications-and-limits)."""
LINKS = 20_000
"""Addresses of a sheet that are links; more are text. Excel takes 65,530, but XlsxWriter holds each
until the end, in half a kilobyte."""
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
WIDE, NARROW = 60, 16
"""Widths of columns, in characters."""
LONG = frozenset(
    {
        "message", "remediation", "requirements", "description", "rationale", "limits", "controls",
        "verdict", "value", "title", "scope", "score",
    }
)  # fmt: skip
"""The columns that hold sentences."""
ADVICE = ("cause", "help_url", "novelty", "teams")
CONTROL = ("control", "title", "severity", "status")
ABOUT_CONTROL = ("description", "rationale", "remediation", "limits", "help_url", "requirements")
FRAMEWORK = ("framework", "edition", "requirement", "title", "verdict", "controls")


class Sheet(NamedTuple):
    """A sheet: its name, its columns, its rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[str | int]]


def render(report: Report) -> bytes:
    """Return the report as a workbook.

    Raises:
        InspectionError: There are more findings than a sheet has rows.
        OSError: The rows cannot be put aside in a temporary file.
    """
    check_fits(report)
    if not has_temporary_folder():
        return written(report, in_memory=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:  # nobody else may read it
        return written(report, constant_memory=True, tmpdir=folder)


def written(report: Report, **where: Any) -> bytes:
    """Return the workbook; *where* says, in options of XlsxWriter, where its rows lie until then.

    Raises:
        OSError: They cannot be put aside in a temporary file.
    """
    made = io.BytesIO()
    try:
        with xlsxwriter.Workbook(made, OPTIONS | where) as book:
            fill(book, report)
    except FileCreateError as error:
        raise error.args[0] from None
    return made.getvalue()


def fill(book: Any, report: Report) -> None:
    """Write the sheets of the report into a workbook."""
    book.set_properties(
        {
            "title": scope.headed(report, TITLE),
            "created": report.run.as_of.astimezone(UTC).replace(tzinfo=None),
        }
    )
    forms = {
        "head": book.add_format({"bold": True, "num_format": "@", "valign": "top"}),
        "text": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
    }
    for sheet in sheets(report):
        write(book.add_worksheet(sheet.name), sheet, forms)


def check_fits(report: Report) -> None:
    """Refuse what would lose rows without a word.

    Raises:
        InspectionError: There are more findings than a sheet has rows.
    """
    if len(report.findings) + len(report.carried) >= ROWS:
        raise InspectionError(
            f"a sheet holds {ROWS - 1:,} rows, and there are {len(report.findings):,} findings; "
            "write them with --format csv, or choose among them with --controls or --resource"
        )


def sheets(report: Report) -> Iterator[Sheet]:
    """Yield each sheet, in the order in which a reader opens them."""
    yield Sheet("Run", ("fact", "value"), about(report))
    yield Sheet("Action plan", action_plan.COLUMNS, action_plan.rows(report))
    findings = (finding_row(*pair) for pair in facts.pairs(report))
    yield Sheet("Findings", (*spreadsheet.COLUMNS, *ADVICE), findings)
    columns = (*CONTROL, *STATUSES.values(), *ABOUT_CONTROL)
    yield Sheet("Controls", columns, (control_row(report, each) for each in report.controls))
    yield Sheet("Frameworks", FRAMEWORK, framework_rows(report))


def about(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what must be known of the run."""
    head = f"{facts.account_of(report.run)}: {facts.verdict(report)}"
    yield "Account", scope.headed(report, head)
    told = {
        "Scope": scope.sentences(report),
        "Score": score_words.sentences(report),
        "Evidence": [facts.origin(report)],
        "Warning": [*facts.caveats(report), *facts.notices(report)],
    }
    yield from ((name, ended(each)) for name, sentences in told.items() for each in sentences)


def finding_row(control: Control, finding: Finding) -> list[str]:
    """Return the cells of a finding."""
    return [
        *spreadsheet.cells(control, finding),
        finding.cause,
        facts.remedy_of(control, finding).help_url,
        finding.novelty or "",
        spreadsheet.teams(finding),
    ]


def control_row(report: Report, control: Control) -> list[str | int]:
    """Return the cells of a control, with how many of its checks have each status."""
    statuses = [each.status for each in report.by_control[control.id]]
    return [
        control.id,
        control.title,
        control.severity.value,
        report.status_of(control).value,
        *(statuses.count(each) for each in STATUSES),
        control.description,
        control.rationale,
        "; ".join(
            each.sentence for each in facts.remedies_of(control, report.by_control[control.id])
        )
        or control.remediation,
        control.limits,
        control.help,
        action_plan.requirements(report, control),
    ]


def framework_rows(report: Report) -> Iterator[list[str]]:
    """Yield the cells of each requirement of the chosen frameworks, with what its controls say."""
    for name in report.frameworks:
        short = report.catalogue.frameworks[name].short
        for row in report.requirement_rows[report.mapping][name]:
            status = "" if row.requirement.status == "present" else f" ({row.requirement.status})"
            yield [
                short,
                row.requirement.edition,
                f"{row.requirement.id}{status}",
                row.requirement.title,
                row.said,
                "; ".join(each.sentence for each in row.supporters),
            ]


def write(made: Any, sheet: Sheet, forms: dict[str, Any]) -> None:
    """Write a sheet: a head that stays in view, filters, cells as text, addresses as links."""
    for place, name in enumerate(sheet.columns):
        made.write_string(0, place, name, forms["head"])
        made.set_column(place, place, WIDE if name in LONG else NARROW)
    links, last = 0, 0
    for last, row in enumerate(sheet.rows, 1):
        for place, cell in enumerate(row):
            links += put(made, last, place, cell, forms["text"], is_linked=links < LINKS)
    made.freeze_panes(1, 0)
    made.autofilter(0, 0, last, len(sheet.columns) - 1)


def put(made: Any, row: int, place: int, cell: str | int, form: Any, *, is_linked: bool) -> bool:
    """Write a cell, and tell whether it became a link; an empty one is left out."""
    if isinstance(cell, int):
        made.write_number(row, place, cell)
        return False
    text = cleaned(cell)
    if is_linked and is_address(text):
        made.write_url(row, place, text, string=text)
        return True
    if text:
        made.write_string(row, place, text, form)
    return False


@lru_cache(maxsize=10_000)
def cleaned(cell: str) -> str:
    """Return the text of a cell; many rows say the same of the run.

    XlsxWriter takes ``<r>…</r>`` for markup of its own, and would write it as it is.
    """
    text = for_xml(clipped(line(cell), CELL_LIMIT))
    if text.startswith("<r>") and text.endswith("</r>"):
        return f"{text[: CELL_LIMIT - 1]} "
    return text


def is_address(text: str) -> bool:
    """Tell whether a cell holds an address and nothing else, short enough for a link."""
    return text.startswith("https://") and " " not in text and len(text) <= LINK_LIMIT
