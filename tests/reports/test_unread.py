"""What could not be read: one line a path, with what it cost, by one rule in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports import hdf, markdown, oscal, render, sarif, terminal
from pdsec_checks.reports.report import Report, UnreadDataSet
from tests.support.findings import a_finding, a_report, an_account_finding

SENTENCE = "Not read: /business: HTTP 403 (needed by PD-10, PD-21)"
FORMATS: dict[str, Callable[[Report], str]] = {
    "terminal": terminal.render,
    "markdown": markdown.render,
    "sarif": sarif.render,
    "hdf": hdf.render,
    "oscal": lambda report: "".join(oscal.render_assessment_results(report)),
}
"""The formats that say so in the same words."""


def unread(name: str, *controls: str, reason: str = "HTTP 403") -> UnreadDataSet:
    """Return a data set that rests on a path which was refused."""
    status = 403 if reason == "HTTP 403" else None
    return UnreadDataSet(name, "/business", reason, status, list(controls))


def refused() -> Report:
    """Return a report of a run in which three data sets rest on one path that was refused."""
    return a_report(
        an_account_finding("PD-10", Status.ERROR),
        an_account_finding("PD-21", Status.ERROR),
        a_finding("PD-05", Status.FAIL),
        unread=[unread("edges", "PD-10", "PD-21"), unread("list"), unread("others", "PD-21")],
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_refused_path_is_told_once(name: str) -> None:
    """Whatever data sets stand behind it, and never as if it had cost nothing."""
    text = FORMATS[name](refused())

    assert text.count("Not read: ") == text.count(SENTENCE) == 1


def test_the_page_has_one_row_for_a_refused_path() -> None:
    """The table of what could not be read names the controls that it cost."""
    table = unescape(render("html", refused())).split("Data that could not be read</h3>")[1]
    table = table.split("</table>")[0]

    assert table.count("<code>/business</code>") == 1
    assert "#PD-10" in table
    assert "#PD-21" in table
    assert "no verdict changes" not in table


def test_a_control_that_has_a_verdict_all_the_same_cost_nothing() -> None:
    """A control that fails without the list is not told as one that could not be judged."""
    (found,) = a_report(a_finding("PD-05"), unread=[unread("list", "PD-05")]).unread

    assert (found.controls, found.effect) == ((), "no verdict changes")


def test_a_path_that_failed_in_two_ways_says_both() -> None:
    """It still is one line; the status is the one that PagerDuty sent."""
    silent = unread("list", reason="no answer")
    (found,) = a_report(a_finding("PD-05"), unread=[silent, unread("edges")]).unread

    assert (found.reason, found.status) == ("no answer; HTTP 403", 403)
    assert found.data_sets == ("list", "edges")


def test_json_still_lists_each_data_set() -> None:
    """Programs read which data sets are missing."""
    found = json.loads(render("json", refused()))["unread"]

    assert [each["data_set"] for each in found] == ["edges", "list", "others"]
