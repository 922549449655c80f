"""The page in a browser: axe-core finds nothing, nothing is blocked, no width scrolls sideways."""

from __future__ import annotations

from pathlib import Path

from pdsec_checks.model import Status
from pdsec_checks.reports.trend.html import as_html
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.pages import NewPage, assert_for_everybody, for_everybody
from tests.support.trends import a_case, daily, statuses, trend

PASS, FAIL, ERROR = Status.PASS, Status.FAIL, Status.ERROR


@for_everybody
def test_page_is_for_everybody(new_page: NewPage, tmp_path: Path, width: int, scheme: str) -> None:
    """With a picture, remarks and what could not be read, on a phone and on a screen."""
    whole = trend(
        *daily(
            statuses(PASS, FAIL, PASS),
            statuses(FAIL, PASS, ERROR),
            replace(statuses(PASS, FAIL, PASS), version="2.0.0"),
            a_report(a_case(PASS), complete=False),
        ),
        unreadable=("evidence/2026-11-24.zip: its sums do not agree",),
    )
    texts = (as_html(whole), as_html(trend(statuses(PASS))))

    assert_for_everybody(texts, new_page(width, 900, scheme), tmp_path)
