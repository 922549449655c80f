"""Measures everything and writes ``docs/performance.md``: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks import (
    accounts,
    document,
    evidence_period,
    limited,
    memory,
    results,
    ringing,
    scaling,
    sizes,
    start,
)
from benchmarks.measured import FailedError
from benchmarks.registry import Benchmark, Plan

BENCHMARKS: tuple[Benchmark, ...] = (
    sizes.BENCHMARK,
    limited.BENCHMARK,
    scaling.BENCHMARK,
    memory.BENCHMARK,
    accounts.BENCHMARK,
    ringing.BENCHMARK,
    evidence_period.BENCHMARK,
    start.BENCHMARK,
)
LONGEST, LONGEST_QUICK = 400.0, 40.0
INTERRUPTED = 130
"""Exit code of a program that Ctrl-C ended."""
UNITS = {unit: each for each in BENCHMARKS for unit in each.units}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    options.add_argument(
        "--only",
        type=units,
        default=list(UNITS),
        metavar="NAMES",
        help=f"what to measure, separated by commas: {', '.join(UNITS)} (default: everything)",
    )
    options.add_argument(
        "--quick", action="store_true", help="no large account, each figure once, a short curve"
    )
    options.add_argument(
        "--again", action="store_true", help="measure also what was measured with this source"
    )
    options.add_argument(
        "--longest",
        type=float,
        metavar="SECONDS",
        help=f"compute, and mark, what would take longer (default: {LONGEST:g}, "
        f"with --quick {LONGEST_QUICK:g})",
    )
    options.add_argument(
        "--render", action="store_true", help="measure nothing; write the page from the results"
    )
    return options


def units(words: str) -> list[str]:
    """Return the names of units.

    Raises:
        ArgumentTypeError: There is none of that name.
    """
    names = [word.strip() for word in words.split(",") if word.strip()]
    for name in names:
        if name not in UNITS:
            raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(UNITS)}")
    return names


def say(line: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def measure(names: Sequence[str], plan: Plan, *, again: bool) -> list[str]:
    """Measure units, keep each one as soon as it is whole, and return those that failed."""
    known = results.load()
    failed = []
    for name in names:
        made = results.made(quick=plan.quick)
        if not again and name in known and results.is_current(known[name], made):
            plan.say(f"{name}: measured before with the same source; --again measures anew")
            continue
        try:
            known[name] = results.unit(UNITS[name].run(name, plan), made)
        except FailedError as error:
            plan.say(f"ERROR: {name}: {error}")
            failed.append(name)
            continue
        results.save(known)
    return failed


def render() -> None:
    """Write the page from what was measured."""
    document.write(BENCHMARKS, results.load())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; return 1 when a unit failed, 130 after Ctrl-C."""
    given = parser().parse_args(arguments)
    names = [name for name in given.only if not (given.quick and name == "large")]
    longest = given.longest
    if longest is None:
        longest = LONGEST_QUICK if given.quick else LONGEST
    failed: list[str] = []
    try:
        if not given.render:
            failed = measure(names, Plan(say, given.quick, longest), again=given.again)
    except KeyboardInterrupt:
        say("interrupted: what was measured is kept, and the same command goes on")
        return INTERRUPTED
    render()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
