"""Programs of the system that read our reports; a test without one is skipped, with the way out."""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {
    "ssconvert": "gnumeric",
    "soffice": "libreoffice-calc",
    "promtool": "prometheus",
    "ssh-keygen": "openssh-client",
    "ssh-add": "openssh-client",
    "ssh-agent": "openssh-client",
    "openssl": "openssl",
}
"""Program → the package of Debian that has it."""


def program(name: str) -> str:
    """Return the path of a program, or skip."""
    path = os.environ.get(name.upper()) or shutil.which(name)
    return path or pytest.skip(f"{name} is not installed: apt-get install {PACKAGES[name]}")


def required(name: str) -> str:
    """Return the path of a program without which nothing is proven: on CI, where it is, fail."""
    if os.environ.get("CI") == "true" and not shutil.which(name):
        pytest.fail(f"{name} is not installed: apt-get install {PACKAGES[name]}")
    return program(name)
