"""Programs of the system that read our reports; a test without one is skipped, on CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {"ssconvert": "gnumeric", "soffice": "libreoffice-calc", "promtool": "prometheus"}
"""Program → the package of Debian that has it."""


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    path = os.environ.get(name.upper()) or shutil.which(name)
    if path is None:
        reason = f"{name} is not installed: apt-get install {PACKAGES[name]}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return path
