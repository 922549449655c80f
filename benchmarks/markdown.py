"""Figures as people read them, and tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MEGABYTE = 1_000_000
THREE_DIGITS = 100


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; every column but the first is one of figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def seconds(value: float, *, computed: bool = False) -> str:
    """Return seconds with as many digits as they are worth; a computed value says so."""
    digits = f"{value:,.0f}" if value >= THREE_DIGITS else f"{value:.1f}"
    return f"{'≈ ' if computed else ''}{digits} s"


def megabytes(value: float) -> str:
    """Return bytes in megabytes."""
    return f"{value / MEGABYTE:,.0f} MB"


def times(value: float, base: float) -> str:
    """Return how many times *base* a value is."""
    ratio = value / base
    return f"{ratio:,.0f} times" if ratio >= THREE_DIGITS else f"{ratio:.1f} times"
