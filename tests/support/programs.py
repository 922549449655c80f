"""Programs of the system that read our reports; a test without one is skipped, with the way out."""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {"ssconvert": "gnumeric", "soffice": "libreoffice-calc", "promtool": "prometheus"}
"""Program → the package of Debian that has it."""


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    path = os.environ.get(name.upper()) or shutil.which(name)
    return path or pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")
