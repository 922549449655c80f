"""The page in a browser: axe-core finds nothing, nothing is blocked, no width scrolls sideways."""

from __future__ import annotations

from pathlib import Path

from pdsec_checks.evidence.period import period_of
from pdsec_checks.reports.period.html import render
from tests.support.pages import NewPage, assert_for_everybody, for_everybody
from tests.support.periods import WEEK, eventful, hostile


@for_everybody
def test_page_is_for_everybody(new_page: NewPage, tmp_path: Path, width: int, scheme: str) -> None:
    """All that a period can have, hostile names, and nothing at all; on a phone and on a screen."""
    periods = (eventful(), hostile(), period_of([], WEEK))

    assert_for_everybody(map(render, periods), new_page(width, 900, scheme), tmp_path)
