"""Programs of others that tests try: CI installs them, into a cache beside all checkouts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest


def cache_folder(name: str) -> Path:
    """Return the folder that a program is installed in, once for all checkouts."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "pagerduty-sec-inspector" / name


def missing(reason: str) -> NoReturn:
    """Skip the test: nobody can be made to install what a registry may not have."""
    pytest.skip(reason)
