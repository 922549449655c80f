"""The figures for Prometheus: its grammar, its linter, and that no doubt counts as judged."""

from __future__ import annotations

import re
import subprocess

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.example_report import MANY
from tests.support.example_report import a_report as an_example
from tests.support.findings import (
    a_finding,
    a_report,
    an_account_finding,
    hostile_findings,
    refused_audit_trail,
    six_findings,
)
from tests.support.programs import program
from tests.support.whole_report import next_report, whole_report

LABEL = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"(pdsec_[a-z_]+)\{{({LABEL}(?:,{LABEL})*)\}} (-?[\d.]+)")
COMMENT = re.compile(r"# (HELP pdsec_\w+ .+|TYPE pdsec_\w+ gauge|NOTE .*)")


def values(report: Report, name: str) -> list[float]:
    """Return the samples of a metric."""
    found = map(SAMPLE.fullmatch, render("prometheus", report).splitlines())
    return [float(each[3]) for each in found if each and each[1] == name]


REPORTS = {
    "demo": whole_report(),
    "six": a_report(*six_findings(), notices=('a "quoted" \\ notice',)),
    "hostile": a_report(*hostile_findings(), subdomain='ac"me\\\n'),
    "refused": next_report("/services"),
    "empty": a_report(),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_line_is_one_of_the_format(report: Report) -> None:
    """Each line is a sample, HELP, TYPE or a comment, and no sample is there twice."""
    lines = render("prometheus", report).splitlines()

    assert [each for each in lines if not (SAMPLE.fullmatch(each) or COMMENT.fullmatch(each))] == []
    keys = [each.rpartition(" ")[0] for each in lines if not each.startswith("#")]
    assert len({*keys}) == len(keys)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_prometheus_has_nothing_to_say_about_it(report: Report) -> None:
    """``promtool check metrics`` parses the file and finds nothing against it."""
    text = render("prometheus", report)
    tool = program("promtool")
    ended = subprocess.run(
        [tool, "check", "metrics"], input=text, text=True, capture_output=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("report", "judged"),
    [
        (a_report(a_finding()), 1.0),
        (a_report(a_finding(status=Status.MANUAL)), 1.0),
        (a_report(a_finding(status=Status.ERROR)), 0.0),
        (a_report(a_finding(status=Status.NOT_APPLICABLE)), 0.0),
        (a_report(a_finding(), complete=False), 0.0),
        (a_report(a_finding(), refusal="HTTP 401"), 0.0),
        (a_report(), 0.0),
    ],
    ids=["fail", "manual", "error", "nothing applied", "stopped", "refused", "empty"],
)
def test_a_run_that_judged_not_everything_says_so(report: Report, judged: float) -> None:
    """Whoever alerts on fails alerts on this as well: no fail is no good news without it."""
    assert values(report, "pdsec_run_judged") == [judged]


def test_a_share_of_nothing_has_no_sample() -> None:
    """Neither 0 nor 1 would be true."""
    report = a_report(a_finding(status=Status.NOT_APPLICABLE))

    assert values(report, "pdsec_passing_ratio") == []
    assert values(report, "pdsec_coverage_ratio") == []


def test_the_run_has_its_moment_and_its_shares() -> None:
    """Seconds since 1970 of the account, not of the run; shares as the other reports have them."""
    report = an_example(MANY)

    assert values(report, "pdsec_run_timestamp_seconds") == [report.run.as_of.timestamp()]
    assert values(report, "pdsec_passing_ratio") == [0.3333]
    assert values(report, "pdsec_coverage_ratio") == [0.6]


def test_each_control_has_a_sample_for_each_status() -> None:
    """A status that nothing has is 0, so that a series never ends."""
    text = render("prometheus", a_report(a_finding()))

    for status in Status:
        expected = (
            f'control="PD-05",severity="critical",status="{status}"}} {int(status == "fail")}'
        )
        assert expected in text


def test_a_comparison_needs_an_earlier_report() -> None:
    """Without one nothing is called new."""
    report = a_report(replace(a_finding(), known=True))

    assert values(report, "pdsec_fails_compared") == []
    compared = replace(report, earlier_as_of=report.run.as_of)
    assert values(compared, "pdsec_fails_compared") == [0.0, 0.0, 1.0]


def test_what_could_not_be_read_counts() -> None:
    """A path that cost a verdict, apart from one that did not; carried fails are told."""
    error = an_account_finding("PD-11", Status.ERROR)
    report = a_report(error, unread=[refused_audit_trail()])

    assert values(report, "pdsec_unread_paths") == [1.0, 0.0]
    assert values(report, "pdsec_carried_fails") == []  # nobody knows without a last report
    later = next_report("/services")
    assert values(later, "pdsec_carried_fails") == [float(len(later.carried))]
    assert later.carried
