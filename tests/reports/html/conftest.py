"""What the tests of the page in a browser share: how a report is opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.reports.html.page import render
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.pages import NewPage, Open


@pytest.fixture
def seen() -> list[str]:
    """What no page may do: errors, console lines, dialogs, requests that leave."""
    return []


@pytest.fixture
def open_report(new_page: NewPage, tmp_path: Path, seen: list[str]) -> Iterator[Open]:
    """Write a report to a file and open it; afterwards nothing untoward may have happened."""
    pages = []

    def opened(
        *findings: Finding,
        report: Report | None = None,
        fragment: str = "",
        earlier: datetime | None = None,
        script: str = "",
        **options: Any,
    ) -> Any:
        file = tmp_path / "report.html"
        made = report or replace(a_report(*findings), earlier_as_of=earlier)
        file.write_text(render(made), encoding="utf-8")
        page = new_page(**options)
        pages.append(page)
        page.add_init_script(script)
        page.on("console", lambda message: seen.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("dialog", lambda dialog: seen.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: seen.append(request.url))
        page.goto(f"{file.as_uri()}{fragment}")
        return page

    yield opened
    for page in pages:
        page.close()  # what it did last is told by then
    assert [each for each in seen if not each.startswith(("file:", "blob:"))] == []
