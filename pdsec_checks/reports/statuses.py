"""Statuses in the words of the terminal and of Markdown: the tables, and the sections below."""

from __future__ import annotations

from pdsec_checks.model import WORST_FIRST, Status

NOT_SELECTED = "not selected"
"""What stands in place of a verdict where a control was not part of the run."""
KNOWN = "known from the earlier report"
"""Why a fail is expected that an earlier report has."""
SECTIONS = {
    Status.ERROR: "Could not be judged",
    Status.MANUAL: "Needs a person",
    Status.WAIVED: "Waived",
}
"""What stands above the findings of a status, in the order of a report; fails stand before these,
beside an earlier report in several sections."""


def label(status: Status) -> str:
    """Return what a table calls a status."""
    return "n/a" if status is Status.NOT_APPLICABLE else status.value


CARRIED = "Failed before, and could not be judged now"
"""What stands above the fails of an earlier report that this run carried on."""
COLUMNS = {status: label(status) for status in WORST_FIRST}
"""The columns of a table of statuses, in their order: what needs somebody stands first."""
