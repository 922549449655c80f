"""The page in a browser: axe-core finds nothing, nothing is blocked, no width scrolls sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports.trend.html import as_html
from tests.support import reading
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.trends import a_case, daily, statuses, trend

PASS, FAIL, ERROR = Status.PASS, Status.FAIL, Status.ERROR


@pytest.mark.parametrize("scheme", [reading.in_ci("light"), "dark"])
def test_page_is_for_everybody(browser: Any, tmp_path: Path, scheme: str) -> None:
    """With a picture, remarks and what could not be read, on a phone and on a screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    whole = trend(
        *daily(
            statuses(PASS, FAIL, PASS),
            statuses(FAIL, PASS, ERROR),
            replace(statuses(PASS, FAIL, PASS), version="2.0.0"),
            a_report(a_case(PASS), complete=False),
        ),
        unreadable=("evidence/2026-11-24.zip: its sums do not agree",),
    )
    said: list[str] = []
    for number, text in enumerate((as_html(whole), as_html(trend(statuses(PASS))))):
        file = tmp_path / f"{number}.html"
        file.write_text(text, encoding="utf-8")
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        for width in (390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(file.as_uri())
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"page {number} scrolls sideways at {width}"
            found = axe.Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        context.close()
    assert said == []
