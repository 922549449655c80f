"""Prometheus: what its own ``promtool`` objects to, and what an alert reads off the samples."""

from __future__ import annotations

import re
import subprocess

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.consumers import Row
from tests.support.programs import program
from tests.support.whole_report import next_report, whole_report

NAME, FORMAT = "Prometheus", "prometheus"


def version(tool: str) -> str:
    """Return the version of the program."""
    told = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
    return (told.stdout or told.stderr).split()[2]


def objections(tool: str, report: Report) -> int:
    """Return how many lines it has to say against the metrics of a report."""
    ended = subprocess.run(
        [tool, "check", "metrics"],
        input=render(FORMAT, report),
        capture_output=True,
        text=True,
        check=False,
    )
    return len((ended.stdout + ended.stderr).splitlines())


def total(report: Report, name: str, label: str = "") -> int:
    """Return the sum of the samples of a metric, of those with a *label* where one is given."""
    lines = re.findall(rf"^{name}\{{(.*)\}} (\S+)$", render(FORMAT, report), re.MULTILINE)
    return int(sum(float(value) for labels, value in lines if label in labels))


def rows() -> list[Row]:
    """Return what is said against the metrics, and what they count."""
    tool = program("promtool")
    released = version(tool)
    found = []
    for account, report in {
        "demo": whole_report(),
        "demo, then /services refused": next_report("/services"),
    }.items():

        def row(
            shows: str, ours: int, theirs: int, *, settles: bool = False, account: str = account
        ) -> Row:
            return Row(NAME, released, FORMAT, account, shows, ours, theirs, settles)

        passed = total(report, "pdsec_checks", 'status="pass"')
        whole = total(report, "pdsec_run_judged")
        found += [
            row("objections of `check metrics`", 0, objections(tool, report)),
            row("checks that pass", report.counts[Status.PASS], passed, settles=True),
            row("runs that judged everything", int(report.is_judged), whole, settles=True),
        ]
    return found
