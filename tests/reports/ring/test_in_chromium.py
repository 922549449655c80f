"""The page in a browser: axe-core finds nothing, nothing is blocked, no width scrolls sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.reports.ring.html import as_html
from tests.controls.test_ring import ROW_6, SCH_A, SCH_B
from tests.reports.ring.test_section import page_of
from tests.support import reading
from tests.support.phones import STRANGER, A, S, account, nightly, policy, rota
from tests.support.questions import asked

UNKNOWN = rota("SU", (STRANGER, (0, 24)))


@pytest.mark.parametrize("scheme", ["light", reading.in_ci("dark")])
def test_page_is_for_everybody(browser: Any, tmp_path: Path, scheme: str) -> None:
    """With strips, tables and what is not judged, on a phone and on a screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    data = {"maintenance_windows": nightly(20, 22)}
    pages = [
        as_html(asked(account(ROW_6, SCH_A, SCH_B, data=data), "--blast-radius", "--load")),
        as_html(asked(account(policy((S, 15), (UNKNOWN, 5)), UNKNOWN), "--silent-user", "PA")),
        as_html(asked(account(ROW_6, SCH_A, SCH_B), "--resource=*", "--at=2026-11-23T12:00Z")),
        page_of(account(ROW_6, SCH_A, SCH_B, data=data)),
        page_of(account(policy((A, 5), (UNKNOWN, 5)), UNKNOWN)),
    ]
    said: list[str] = []
    for number, text in enumerate(pages):
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
