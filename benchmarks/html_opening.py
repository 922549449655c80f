"""How long the HTML report takes to open and to search: ``python -m benchmarks.html_opening``.

Each size is written once and opened in Chromium several times, each time in a fresh window. It is
open when its script has counted every finding and the page is painted. Of the times the least is
kept, because what else the machine does only adds. What all processes of the browser computed
meanwhile hardly depends on that; on an idle machine a page opens in less, as they share the work.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from pdsec_checks.model import Finding, Status
from pdsec_checks.reports.html.page import render
from tests.support import chromium
from tests.support.findings import a_finding, a_report, a_resource, controls

SIZES = (1_000, 10_000, 30_000)
RUNS = 5
MIB = 2**20
STATUSES = {"all fail": (Status.FAIL,), "one in ten fails": (Status.FAIL, *[Status.PASS] * 9)}
"""The slowest page (rows with evidence for everything), and one of a usual account."""
PAINTED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


@dataclass(frozen=True)
class Opened:
    """What one page cost."""

    kind: str
    findings: int
    size: int
    """In bytes."""
    writing: float
    """Seconds from the findings to the text of the page."""
    opening: float
    """Seconds from the address to a painted page that counts every finding."""
    computing: float
    """Processor seconds of the browser until then."""
    searching: float
    """Seconds from a typed text to its count; the page itself waits 0.15 s for more letters."""


def findings_of(count: int, statuses: Sequence[Status]) -> list[Finding]:
    """Return *count* findings with evidence, spread over all controls and over *statuses*."""
    names = sorted(controls())
    return [
        a_finding(
            names[number % len(names)],
            statuses[number // len(names) % len(statuses)],
            a_resource(f"Service {number}", f"P{number:06}"),
            last_use="2026-10-01T12:00:00Z",
            levels=number % 5,
        )
        for number in range(count)
    ]


def computed(browser: Any) -> float:
    """Return the processor seconds of all processes of the browser so far."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return float(sum(process["cpuTime"] for process in processes))


def opened(browser: Any, file: Path, count: int) -> tuple[float, float, float]:
    """Open a page with *count* findings and search it.

    Returns:
        The seconds to open, what the browser computed meanwhile, and the seconds to search.
    """
    context = browser.new_context()
    page = context.new_page()
    before, start = computed(browser), time.perf_counter()
    page.goto(file.as_uri())
    shown = page.inner_text("#shown")
    page.evaluate(PAINTED)
    opening, computing = time.perf_counter() - start, computed(browser) - before
    every = len(controls())
    if shown != f"Shown: {count:,} of {count:,} findings in {every} of {every} controls":
        raise RuntimeError(f"the page is not whole: {shown}")

    start = time.perf_counter()
    page.fill("[name=text]", f"P{count - 1:06}")
    while page.inner_text("#shown") == shown:
        page.wait_for_timeout(5)
    searching = time.perf_counter() - start
    context.close()
    return opening, computing, searching


def measured(browser: Any, kind: str, count: int, runs: int) -> Opened:
    """Write a page of *count* findings, open it *runs* times, and return the least."""
    report = a_report(*findings_of(count, STATUSES[kind]))
    start = time.perf_counter()
    text = render(report)
    writing = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(text, encoding="utf-8")
        times = [opened(browser, file, count) for _ in range(runs)]
    opening, computing, searching = (min(each) for each in zip(*times, strict=True))
    return Opened(kind, count, len(text.encode()), writing, opening, computing, searching)


def table(pages: Sequence[Opened]) -> str:
    """Return the pages as a Markdown table; the ratio is what is computed, to the first page."""
    lines = [
        "| findings | page | write | open | computing | ratio | search |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for page in pages:
        cells = (
            f"{page.findings:,}, {page.kind}",
            f"{page.size / MIB:.1f} MiB",
            f"{page.writing:.2f} s",
            f"{page.opening:.2f} s",
            f"{page.computing:.2f} s",
            f"{page.computing / pages[0].computing:.1f}",
            f"{page.searching:.2f} s",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.html_opening", description=__doc__)
    parser.add_argument("--findings", type=int, nargs="+", default=SIZES, metavar="COUNT")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each page is opened")
    given = parser.parse_args()
    with sync_playwright() as driver:
        browser = chromium.started(driver)
        pages = [
            measured(browser, kind, count, given.runs)
            for kind in STATUSES
            for count in sorted(given.findings)
        ]
        browser.close()
    print(table(pages))  # noqa: T201 - the table is what it is run for


if __name__ == "__main__":
    main()
