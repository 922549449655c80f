"""Pages of the HTML report in Chromium: what they show, and what stands in their address."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 30
"""Seconds that a busy machine may take to do what takes a moment."""

Open = Callable[..., Any]
"""What the fixture ``open_report`` is."""


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
