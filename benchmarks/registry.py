"""What every benchmark has in common; a further one is a module and a line in ``BENCHMARKS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
"""One measurement, as plain JSON."""


@dataclass(frozen=True)
class Plan:
    """How much a run of the benchmarks may take."""

    say: Callable[[str], object]
    """Tells the person who waits what is being measured."""
    quick: bool
    """Whether to measure less: smaller, and once."""
    longest: float
    """Seconds that one measurement may take; a longer one is computed, and said to be."""


@dataclass(frozen=True)
class Benchmark:
    """Something that is measured, in units that are measured whole or not at all."""

    name: str
    units: tuple[str, ...]
    """What ``--only`` may name; all rows of one unit come from one run on one simulator."""
    run: Callable[[str, Plan], list[Row]]
    """Measures one unit."""
    render: Callable[[list[Row]], str]
    """Returns the rows of all measured units as Markdown."""
