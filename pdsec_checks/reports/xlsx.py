"""The report as a workbook: run, action plan, findings, controls and frameworks, a sheet each.

The same findings give the same bytes: the workbook is dated by the account.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from pdsec_checks import TITLE
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Control, Finding
from pdsec_checks.reports import action_plan, facts, scope, score_words, spreadsheet
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.spreadsheet import Rows
from pdsec_checks.reports.statuses import COLUMNS as STATUSES
from pdsec_checks.reports.text import ended
from pdsec_checks.reports.workbook import book
from pdsec_checks.reports.workbook.sheet import ROWS, Cells, Sheet

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


def render(report: Report) -> bytes:
    """Return the report as a workbook.

    Raises:
        InspectionError: There are more findings than a sheet has rows.
    """
    check_fits(report)
    made = io.BytesIO()
    book.write(made, [*sheets(report)], scope.headed(report, TITLE), report.run.as_of)
    return made.getvalue()


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
    yield sheet("Run", ("fact", "value"), [*about(report)])
    yield sheet("Action plan", action_plan.COLUMNS, action_plan.rows(report))
    findings = Rows(facts.pairs(report), finding_row)
    yield sheet("Findings", (*spreadsheet.COLUMNS, *ADVICE), findings)
    columns = (*CONTROL, *STATUSES.values(), *ABOUT_CONTROL)
    yield sheet("Controls", columns, [control_row(report, each) for each in report.controls])
    yield sheet("Frameworks", FRAMEWORK, [*framework_rows(report)])


def sheet(name: str, columns: Sequence[str], rows: Cells) -> Sheet:
    """Return a sheet whose columns are as wide as what they hold."""
    return Sheet(name, {each: WIDE if each in LONG else NARROW for each in columns}, rows)


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


def finding_row(pair: tuple[Control, Finding]) -> list[str]:
    """Return the cells of a finding."""
    control, finding = pair
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
