"""What the tests of the page in a browser share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once; tests are skipped where it is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not chromium.is_installed():
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = chromium.started(driver)
        yield browser
        browser.close()
