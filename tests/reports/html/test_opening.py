"""The benchmark of the HTML report runs, and its pages are whole; how long it takes is no test."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.support import chromium
from tests.support.processes import ROOT, run_process


def test_benchmark_prints_a_table_of_pages(tmp_path: Path) -> None:
    """One command opens every size in the browser, and prints what it took as a table."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    if not chromium.is_installed():
        pytest.skip("chromium is not installed")
    command = [sys.executable, "-m", "benchmarks.html_opening", "--findings", "500", "100"]
    ended = run_process(tmp_path, [*command, "--runs", "1"], None, {"PYTHONPATH": str(ROOT)})

    assert ended.code == 0, ended.err
    assert re.findall(r"^\| (.*?) \|", ended.out, re.MULTILINE) == [
        "findings",
        "100, all fail",
        "500, all fail",
        "100, one in ten fails",
        "500, one in ten fails",
    ]
