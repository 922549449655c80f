"""Writes the figures into ``docs/performance.md``, between its markers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.measured import ROOT
from benchmarks.registry import Benchmark, Row
from benchmarks.results import Unit

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def filled(text: str, figures: str) -> str:
    """Return *text* with *figures* in place of what stood between the markers.

    Raises:
        ValueError: A marker is missing.
    """
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the markers {BEGIN} and {END}, each on a line")
    return f"{before}{begin}\n{figures}\n\n{end}{after}"


def rows_of(benchmark: Benchmark, units: dict[str, Unit]) -> list[Row]:
    """Return the rows of all measured units of a benchmark, in its order."""
    return [row for name in benchmark.units if name in units for row in units[name]["rows"]]


def figures(benchmarks: Sequence[Benchmark], units: dict[str, Unit]) -> str:
    """Return everything that was measured as Markdown."""
    parts = [origin(units)]
    parts += [each.render(rows) for each in benchmarks if (rows := rows_of(each, units))]
    return "\n\n".join(parts)


def origin(units: dict[str, Unit]) -> str:
    """Say which command measured the figures and when, in one line for each kind of run."""
    kinds: dict[str, list[str]] = {}
    for name, unit in units.items():
        kinds.setdefault(how(unit["made"]), []).append(name)
    return "\n".join(
        f"- `python -m benchmarks --only {','.join(names)}`: {text}"
        for text, names in kinds.items()
    )


def how(made: Row) -> str:
    """Say how one unit was measured."""
    quick = ", with `--quick`" if made["quick"] else ""
    return (
        f"version {made['version']} on {made['day']}, Python {made['python']}, {made['system']}, "
        f"{made['cores']} cores, load {made['load']} when it began{quick}"
    )


def write(benchmarks: Sequence[Benchmark], units: dict[str, Unit], page: Path = PAGE) -> None:
    """Write the figures into the page."""
    page.write_text(filled(page.read_text("utf-8"), figures(benchmarks, units)), encoding="utf-8")
