"""What the tests of the page in a browser share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import chromium


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
