"""Pages in Chromium: what they show, what stands in their address, and whom they shut out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support import reading

WIDTHS = (390, 820, 1440)
"""Of a phone, a tablet and a screen."""
for_everybody = pytest.mark.parametrize(
    ("width", "scheme"),
    [
        each if each == (390, "dark") else reading.in_ci(*each)
        for each in product(WIDTHS, ("dark", "light"))
    ],
)
"""Tries pages in every width and scheme, as the arguments ``width`` and ``scheme`` say."""
UNFOLD = "() => document.querySelectorAll('details').forEach(each => each.open = true)"
LEAVE = "() => {}"
PATIENCE = 30
"""Seconds that a busy machine may take to do what takes a moment."""

Open = Callable[..., Any]
"""What the fixture ``open_report`` is."""
NewPage = Callable[..., Any]
"""What the fixture ``new_page`` is."""


def until(condition: Callable[[], bool], page: Any) -> None:
    """Wait until something is true; the page's policy forbids to ask for it in the page."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not become true in time"
        page.wait_for_timeout(20)


def shown(page: Any) -> list[str]:
    """Return the controls that the filter leaves."""
    found: list[str] = page.eval_on_selector_all(
        "article:not([hidden])", "articles => articles.map(each => each.id)"
    )
    return found


def rows(page: Any) -> list[str]:
    """Return the ids of the resources whose rows can be seen, in the order of the page."""
    found: list[str] = page.locator(".group :is(tbody tr, li)[id]:visible").evaluate_all(
        "rows => rows.map(row => row.querySelector('code')?.textContent ?? '')"
    )
    return found


def fragment(page: Any) -> str:
    """Return what stands behind the ``#`` of the address."""
    return str(page.url).partition("#")[2]


def violations(page: Any) -> list[str]:
    """Return what axe-core objects to, each with the first place."""
    from axe_playwright_python.sync_playwright import Axe  # where there is a browser, it is there

    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


def assert_for_everybody(texts: Iterable[str], page: Any, folder: Path) -> None:
    """Show texts in a page: none is blocked, or wider than the window, and axe objects to none."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for number, text in enumerate(texts):
        file = folder / f"{number}.html"
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        for change in (LEAVE, UNFOLD) if reading.IS_CI else (UNFOLD,):
            page.evaluate(change)
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= page.viewport_size["width"], f"page {number} scrolls sideways"
            assert violations(page) == [], f"page {number}"
    assert said == []
