"""The page in a browser: axe-core finds nothing, nothing is blocked, no width scrolls sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.evidence.period import period_of
from pdsec_checks.reports.period.html import render
from tests.support import reading
from tests.support.periods import WEEK, eventful, hostile

UNFOLD = "() => document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.mark.parametrize("scheme", [reading.in_ci("light"), "dark"])
def test_page_is_for_everybody(browser: Any, tmp_path: Path, scheme: str) -> None:
    """All that a period can have, hostile names, and nothing at all; on a phone and on a screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    said: list[str] = []
    pages = ((eventful(), (390, 1440)), (hostile(), (390,)), (period_of([], WEEK), (390,)))
    for number, (period, widths) in enumerate(pages):
        file = tmp_path / f"{number}.html"
        file.write_text(render(period), encoding="utf-8")
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(file.as_uri())
            page.evaluate(UNFOLD)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"page {number} scrolls sideways at {width}"
            found = axe.Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        context.close()
    assert said == []
