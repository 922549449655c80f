"""What the tests of the page in a browser share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import chromium
from tests.support.pages import NewPage


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once; where it is missing tests are skipped, and fail in CI."""
    if os.environ.get("CI") == "true" and not chromium.is_installed():
        pytest.fail("chromium is not installed, and CI is where the page is tried in it")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not chromium.is_installed():
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = chromium.started(driver)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context_with(browser: Any) -> Callable[..., Any]:
    """Return the one context of some options.

    Its first page stays open: with the last one goes a process, and to start it again takes longer
    than to show a report.
    """
    kept: dict[str, Any] = {}

    def context(**options: Any) -> Any:
        key = repr(sorted(options.items()))
        if key not in kept:
            kept[key] = browser.new_context(**options)
            kept[key].new_page()
        return kept[key]

    return context


@pytest.fixture
def new_page(context_with: Callable[..., Any]) -> Iterator[NewPage]:
    """Open an empty page, in a window of some size and a scheme; it closes with the test.

    What else is given are options of its context, which other tests use as well.
    """
    opened = []

    def page(width: int = 1280, height: int = 720, scheme: str = "light", **options: Any) -> Any:
        made = context_with(**options).new_page()
        opened.append(made)
        made.set_viewport_size({"width": width, "height": height})
        made.emulate_media(color_scheme=scheme)
        return made

    yield page
    for each in opened:
        each.close()
