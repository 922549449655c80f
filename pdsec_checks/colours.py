"""Colours for what people read on a terminal: words of status and severity, and nothing else."""

from __future__ import annotations

import os
import re
from typing import TextIO

RED, GREEN, YELLOW, BLUE = "31", "32", "33", "34"
BOLD_RED = "31;1"
COLOURS = {
    **dict.fromkeys(("critical", "INTERRUPTED", "ERROR", "TO FIX", "NEW", "WORSE"), BOLD_RED),
    **dict.fromkeys(("fail", "high", "COULD NOT BE JUDGED"), RED),
    **dict.fromkeys(("error", "manual", "medium"), YELLOW),
    **dict.fromkeys(("WARNING", "PARTIAL", "NEEDS A PERSON"), YELLOW),
    **dict.fromkeys(("waived", "low", "WAIVED"), BLUE),
    "pass": GREEN,
}
"""Word → its colour (ECMA-48), as pytest has them: red for what failed, yellow for a warning."""
STATUSES = "pass|fail|error|manual|waived"
SEVERITIES = "critical|high|medium|low"
PLACES = (
    r"^(?:"
    r"(?P<says>ERROR|WARNING|INTERRUPTED|PARTIAL)(?=:)"
    r"|(?P<heading>TO FIX|COULD NOT BE JUDGED|NEEDS A PERSON|WAIVED)$"
    r"|(?P<novelty>NEW|WORSE)(?= \(\d+\)$)"
    rf"|(?P<row>{SEVERITIES})(?=(?: +\d+)+$)"
    rf"|(?:\d+\. )?\S+ \[(?P<severity>{SEVERITIES})(?=\] )"
    rf"|\S+ +(?P<status>{STATUSES})(?= +[\d?])"
    r")"
)
"""Where our own words stand at the beginning of a line; what an account says is indented.

It is compiled where something is painted: that takes 2 ms, and most starts paint nothing.
"""


def wants_colour(stream: TextIO) -> bool:
    """Tell whether *stream* shows colours, as pytest decides it for its own output.

    ``PY_COLORS`` (1 or 0) comes before ``NO_COLOR``, that before ``FORCE_COLOR``; without any of
    them a terminal does, a file or a pipe does not.
    https://docs.pytest.org/en/stable/reference/reference.html#environment-variables
    """
    if os.environ.get("PY_COLORS") in {"0", "1"}:
        return os.environ["PY_COLORS"] == "1"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painted(text: str) -> str:
    """Return *text*, which steers no terminal by itself, with its words of status coloured."""
    return re.sub(PLACES, _paint, text, flags=re.MULTILINE)


def _paint(found: re.Match[str]) -> str:
    assert found.lastgroup is not None
    word = found[found.lastgroup]
    before = found[0].removesuffix(word)
    return f"{before}\x1b[{COLOURS[word]}m{word}\x1b[0m"
