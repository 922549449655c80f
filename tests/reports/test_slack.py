"""The message for Slack: its limits, its escapes, and what must not be missing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pdsec_checks.finding import Team
from pdsec_checks.model import Status
from pdsec_checks.reports import render, slack
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import (
    FORBIDDEN,
    a_finding,
    a_report,
    a_resource,
    an_account_finding,
    hostile_findings,
    many_findings,
    refused_audit_trail,
    six_findings,
    strings_in,
)
from tests.support.whole_report import next_report, whole_report


def message(report: Report) -> dict[str, Any]:
    """Return the message about a report."""
    found: dict[str, Any] = json.loads(render("slack", report))
    return found


def said(report: Report) -> str:
    """Return every text of the message."""
    return "\n".join(strings_in(message(report)))


def beside_an_earlier_one(*findings: Any) -> Report:
    """Return a report that was compared with an earlier one."""
    report = a_report(*findings)
    return replace(report, earlier_as_of=report.run.as_of)


LONG = "<&>" * 3_000
REPORTS = {
    "demo": whole_report(),
    "six": a_report(*six_findings()),
    "hostile": a_report(*hostile_findings()),
    "refused": next_report("/services"),
    "long": a_report(
        *(
            a_finding(resource=a_resource(LONG, f"P{n}"), message=LONG, control=control)
            for n in range(30)
            for control in ("PD-05", "PD-22", "PD-23", "PD-24", "PD-25")
        ),
        notices=tuple(f"{n} {LONG}" for n in range(60)),
        subdomain="a" * 300,
    ),
    "new": beside_an_earlier_one(
        *(replace(each, known=False) for each in many_findings(200)),
    ),
    "empty": a_report(),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_slack_takes_every_message(report: Report) -> None:
    """At most 50 blocks, 150 characters a heading, 3,000 a text, and none of them empty."""
    found = message(report)

    assert 1 <= len(found["text"]) <= 3_000
    assert 1 <= len(found["blocks"]) <= 50
    for block in found["blocks"]:
        texts = [block["text"]] if "text" in block else block["elements"]
        limit = 150 if block["type"] == "header" else 3_000
        assert block["type"] in {"header", "section", "context"}
        assert all(1 <= len(each["text"]) <= limit for each in texts)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_no_name_mentions_anybody(report: Report) -> None:
    """Slack sees no link but ours, no mention, no half of an entity, and looks for none."""
    found = message(report)
    texts = [
        each
        for block in found["blocks"]
        for each in ([block["text"]] if "text" in block else block["elements"])
        if each["type"] == "mrkdwn"
    ]

    assert all(each["verbatim"] for each in texts)
    for each in texts:
        rest = re.sub(r"<https://[^<>|]+\|[^<>]+>", "", each["text"])
        assert not re.search("[<>]", rest)
        assert re.sub("&(amp|lt|gt);", "", rest).count("&") == 0
    assert not [char for char in FORBIDDEN if char in said(report)]


def test_a_text_that_is_cut_ends_before_an_entity() -> None:
    """Neither half of an escape nor half of a link is left at the end."""
    for length in range(2_990, 3_001):
        entity = slack.fitted("x" * length + "&amp;" * 10)
        link = slack.fitted("x" * length + "<https://a.example|b>")
        assert len(entity) <= 3_000
        assert re.sub("&amp;", "", entity).count("&") == 0
        assert "<" not in link or link.endswith(">")


def test_what_is_new_comes_before_what_to_fix_first() -> None:
    """News and what got worse are listed, and how many more there are."""
    report = REPORTS["new"]
    text = said(report)

    assert text.index("*NEW*") < text.index("*Fix first*")
    assert "and 190 more in the reports" in text
    assert "200 new, 0 worse, 0 known" in text
    assert "*NEW*" not in said(a_report(a_finding()))


def test_an_item_says_who_what_and_where() -> None:
    """Owner, consequence, remedy and link of what to fix first."""
    resource = replace(a_resource(), teams=(Team("PT", "R&D"),))
    text = said(a_report(a_finding(resource=resource)))

    assert "*1. PD-05* (critical) service 'Checkout' (PABC123) is an example" in text
    assert "_Owner:_ team R&amp;D" in text
    assert "_If nothing is done:_ Incidents of this service notify nobody." in text
    assert f"<{resource.url}|Open in PagerDuty>" in text


def test_what_was_not_judged_is_in_the_first_lines() -> None:
    """An error stands in the notification and in the verdict, and its reason below."""
    report = a_report(
        an_account_finding("PD-11", Status.ERROR),
        unread=[refused_audit_trail()],
        notices=("mind the clock",),
    )
    found = message(report)

    assert "1 not judged" in found["text"]
    assert "1 not judged" in found["blocks"][1]["text"]["text"]
    assert "Not read: /audit/records: HTTP 403 (needed by PD-11)." in said(report)
    assert "mind the clock." in said(report)
    assert "Nothing fails in what was judged, but 1 check could not be judged." in said(report)
