"""Slack's Block Kit, by its written rule: the service needs an account.

Source, https://docs.slack.dev/reference/block-kit/blocks: a message with more than 50 blocks, a
heading of more than 150 characters, or a text of more than 3,000 is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from tests.support.consumers import Row
from tests.support.whole_report import whole_report

NAME, VERSION, FORMAT = "Slack", "rule", "slack"
BLOCKS, HEADING, TEXT = 50, 150, 3_000


def message(report: Report) -> dict[str, Any]:
    """Return the message about a report."""
    found: dict[str, Any] = json.loads(render(FORMAT, report))
    return found


def refused(found: dict[str, Any]) -> int:
    """Return for how many parts the message would be refused."""
    blocks = found["blocks"]
    long = [
        each
        for each in blocks
        if "text" in each
        and len(each["text"]["text"]) > (HEADING if each["type"] == "header" else TEXT)
    ]
    return len(long) + max(0, len(blocks) - BLOCKS) + (len(found["text"]) > TEXT)


def failing(found: dict[str, Any]) -> int:
    """Return how many fails the headline names, whatever their severity."""
    counts = re.findall(r"(\d+) (?:critical|high|medium|low)\b", found["text"])
    return sum(map(int, counts))


def rows() -> list[Row]:
    """Return what is refused of the message, and what its headline says."""
    cases = {
        "demo": whole_report(),
        "demo_compliant, /services refused": whole_report("demo_compliant", "/services"),
    }
    found = []
    for account, report in cases.items():
        told = message(report)
        counts = {
            "refused parts": (0, refused(told)),
            "fails in the headline": (report.counts[Status.FAIL], failing(told)),
            "all clear in the headline": (
                int(report.counts[Status.PASS] == report.judged[1]),
                int(told["text"].endswith("nothing fails") and "not judged" not in told["text"]),
            ),
        }
        found += [
            Row(NAME, VERSION, FORMAT, account, shows, *pair, settles=shows.startswith("all"))
            for shows, pair in counts.items()
        ]
    return found
