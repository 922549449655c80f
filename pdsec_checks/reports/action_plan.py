"""The action plan: what is left to do, one row each, with columns for the team to fill in.

It is made for Excel and its like: letters and ids arrive there as they are.
"""

from __future__ import annotations

from pdsec_checks.model import TO_DO, Control, Finding, Status, moment_text
from pdsec_checks.reports import facts, scope, score_words, spreadsheet
from pdsec_checks.reports.fixes.document import Entry
from pdsec_checks.reports.fixes.forms import files_with
from pdsec_checks.reports.report import Report

TO_FILL_IN = ("owner", "due_date", "comment")
ADVICE = ("cause", "help_url", "fix_file")
"""What stands beside the remedy."""
SEPARATOR = "; "
ABOUT_RUN = ("source", "as_of", "scope", "score")
"""What every row says alike."""
COLUMNS = (*spreadsheet.COLUMNS, *ADVICE, "requirements", *ABOUT_RUN, "teams", *TO_FILL_IN)
"""The teams that a resource belongs to stand beside the owner, whom they may tell."""


def render(report: Report) -> str:
    """Return every fail, error and manual as CSV, the most severe first."""
    text = spreadsheet.written(COLUMNS, rows(report), kept=spreadsheet.as_text)
    return spreadsheet.BOM + text


def rows(report: Report) -> list[list[str]]:
    """Return the rows of the plan, a cell for each of ``COLUMNS``."""
    supported = {control.id: requirements(report, control) for control in report.controls}
    to_do = [pair for pair in facts.pairs(report) if pair[1].status in TO_DO]
    same = about_run(report).values()
    found = [
        [*cells(report, control, finding), supported[control.id], *same, spreadsheet.teams(finding)]
        for control, finding in sorted(to_do, key=facts.worst_first)
    ]
    if not to_do and report.is_partial:
        return [nothing_found(report)]
    return [[*row, *("" for _ in TO_FILL_IN)] for row in found]


def nothing_found(report: Report) -> list[str]:
    """Return the only row of a plan without an entry whose run left something out.

    Without a row nobody would see that the plan does not speak about everything.
    """
    said = about_run(report) | {"message": "nothing to do in what was looked at"}
    return [said.get(name, "") for name in COLUMNS]


def about_run(report: Report) -> dict[str, str]:
    """Return the cells of ``ABOUT_RUN``, by their column."""
    told = (report.run.source, moment_text(report.run.as_of))
    return dict(zip(ABOUT_RUN, (*told, scope.told(report), score_words.told(report)), strict=True))


def cells(report: Report, control: Control, finding: Finding) -> list[str]:
    """Return the cells of a finding: those of both spreadsheets, and ``ADVICE``."""
    help_url = facts.remedy_of(control, finding).help_url
    files = SEPARATOR.join(fix_files(report, finding))
    return [*spreadsheet.cells(control, finding), finding.cause, help_url, files]


def fix_files(report: Report, finding: Finding) -> list[str]:
    """Return the files of ``fixes --output`` that have the fix of a finding.

    Only a fail has one, and of a recording with pseudonyms ``fixes`` writes none.
    """
    if finding.status is not Status.FAIL or report.run.redacted:
        return []
    return files_with(Entry.of(finding).fix)


def requirements(report: Report, control: Control) -> str:
    """Return the requirements that a control supports, in one cell."""
    return SEPARATOR.join(
        facts.label(report, control, each) for each in facts.requirements_of(report, control)
    )
