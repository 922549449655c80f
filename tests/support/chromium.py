"""Chromium, as the tests and the benchmark of the HTML report start it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


def is_installed() -> bool:
    """Tell whether there is a browser to start."""
    return Path(CHROMIUM).exists()


def started(driver: Any) -> Any:
    """Return the browser, started by *driver*, which Playwright hands out."""
    return driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
