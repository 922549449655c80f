"""The word for a report that left something out is written in one place."""

from __future__ import annotations

from pathlib import Path

import pdsec_checks
from pdsec_checks.reports.scope import PARTIAL

PACKAGE = Path(pdsec_checks.__file__).parent
WRITTEN_IN = {"reports/scope.py", "colours.py"}
"""Where it is defined, and the layer below all reports that paints it."""


def test_the_word_is_written_once() -> None:
    """Formats take it from there, so that none has another one, or forgets when it is due."""
    files = [each for kind in ("*.py", "*.jinja", "*.js") for each in PACKAGE.rglob(kind)]
    found = {
        each.relative_to(PACKAGE).as_posix()
        for each in files
        if f"{PARTIAL}:" in (text := each.read_text("utf-8"))
        or f'"{PARTIAL}' in text
        or f">{PARTIAL}<" in text
    }

    assert found == WRITTEN_IN
