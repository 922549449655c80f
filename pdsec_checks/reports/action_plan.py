"""The action plan: what is left to do, one row each, with columns for the team to fill in.

It is made for Excel and its like: letters and ids arrive there as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import TO_DO, Control, Status, moment_text
from pdsec_checks.reports import facts, scope, score_words, spreadsheet
from pdsec_checks.reports.fixes.document import Entry
from pdsec_checks.reports.fixes.forms import files_with
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.spreadsheet import Rows

FOR_THE_TEAM = ("owner", "due_date", "comment")
"""Who does it, until when, and what else: the deadline is one that the team may change."""
DATES = ("due_date",)
ADVICE = ("cause", "help_url", "fix_file")
"""What stands beside the remedy."""
SEPARATOR = "; "
ABOUT_RUN = ("source", "as_of", "scope", "score")
"""What every row says alike."""
COLUMNS = (*spreadsheet.COLUMNS, *ADVICE, "requirements", *ABOUT_RUN, "teams", *FOR_THE_TEAM)
"""The teams that a resource belongs to stand beside the owner, whom they may tell."""


class Task(NamedTuple):
    """A row of the plan: a finding of the run, or a fail of an earlier one that was carried on."""

    control: Control
    finding: Finding
    carried: CarriedFail | None = None


def render(report: Report) -> Iterator[str]:
    """Yield every fail, error and manual as CSV, and each carried fail, the most severe first."""
    yield spreadsheet.BOM
    yield from spreadsheet.lines(COLUMNS, rows(report), kept=spreadsheet.as_text, values=DATES)


def rows(report: Report) -> Rows[Task] | list[list[str]]:
    """Return the rows of the plan, a cell for each of ``COLUMNS``."""
    supported = {control.id: requirements(report, control) for control in report.controls}
    to_do = sorted(tasks(report), key=lambda each: facts.worst_first(each[:2]))
    same = about_run(report).values()

    def row(task: Task) -> list[str]:
        asked = supported[task.control.id]
        return [*cells(report, task), asked, *same, *assigned(report, task.finding)]

    if not to_do and report.is_partial:
        return [nothing_found(report)]
    return Rows(to_do, row)


def tasks(report: Report) -> Iterator[Task]:
    """Yield what is to do, in no order; a carried fail stands in place of the doubt about it."""
    carried = {each.finding.address: each for each in report.carried}
    for control, finding in facts.pairs(report):
        if finding.status in TO_DO and finding.address not in carried:
            yield Task(control, finding)
    controls = {each.id: each for each in report.controls}
    for each in report.carried:
        if each.finding.status is Status.FAIL:
            yield Task(controls[each.finding.control], each.finding, each)


def assigned(report: Report, finding: Finding) -> list[str]:
    """Return the cells for the team: whose it may be, nobody yet, the deadline, no comment."""
    return [spreadsheet.teams(finding), "", report.due(finding).isoformat(), ""]


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


def cells(report: Report, task: Task) -> list[str]:
    """Return the cells of a task: those of both spreadsheets, and ``ADVICE``."""
    control, finding, carried = task
    found = dict(zip(spreadsheet.COLUMNS, spreadsheet.cells(control, finding), strict=True))
    if carried:
        found |= told_of(carried, found["remediation"])
    help_url = facts.remedy_of(control, finding).help_url
    files = "" if carried else SEPARATOR.join(fix_files(report, finding))
    return [*found.values(), finding.cause, help_url, files]


def told_of(carried: CarriedFail, remedy: str) -> dict[str, str]:
    """Return the cells in which a carried fail says otherwise; *remedy* is that of the fail.

    Nobody knows whether it still is one, so that the first thing to do is to find out.
    """
    return {
        "status": carried.state,
        "message": f"{carried.finding.message}; now: {carried.why}",
        "remediation": f"{facts.FIND_OUT} Where it still fails: {remedy}",
    }


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
