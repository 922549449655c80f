"""Tries the consumers that are installed, and records what they show.

``python -m tests.consumers`` tries all of them, ``python -m tests.consumers github`` the named
ones. ``python docs/generate.py`` then writes the table of ``docs/consumers.md``.
"""

from __future__ import annotations

import sys

import pytest

from tests.support import consumers


def main(wanted: list[str]) -> int:
    """Record the wanted consumers, all of them where none is named; return the exit code."""
    for name in wanted or consumers.names():
        try:
            consumers.record(name, consumers.rows(name))
        except pytest.skip.Exception as missing:
            sys.stdout.write(f"{name}: left as it was: {missing}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
