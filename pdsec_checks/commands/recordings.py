"""``pagerduty-sec-inspector recordings``: what a recording holds, and what it lacks."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pdsec_checks.commands.console import Parser, sub_parser

if TYPE_CHECKING:
    from pdsec_checks.pagerduty.recording import Header


def parser() -> Parser:
    """Return the parser of ``recordings``."""
    made = sub_parser("recordings", "Print what a recording holds, and what it lacks.")
    made.add_argument("action", choices=["show"], help="what to do")
    made.add_argument("path", help="a recording, or one that ships: demo, demo-compliant")
    return made


def run(given: argparse.Namespace) -> int:
    """Print what a recording holds."""
    sys.stdout.write(show(given.path))
    return 0


def show(name: str) -> str:
    """Return the header of a recording, its requests, and what is missing for which control.

    Raises:
        UsageError: There is no such recording, or it is not one of ours.
    """
    from pdsec_checks.pagerduty.recording import requests_on  # vcrpy is slow to import

    header, paths = requests_on(name)
    lines = [*about(header), "", *endpoints(paths), "", *missing(header)]
    return "\n".join(lines) + "\n"


def about(header: Header) -> Iterator[str]:
    """Yield what a recording says about itself."""
    days = (datetime.now(UTC) - header.as_of).days
    yield f"as of       {header.as_of:%Y-%m-%dT%H:%M:%SZ}, {days} day{'s' * (days != 1)} ago"
    yield f"account     {header.account or 'name unknown'} at {header.base_url}"
    yield f"made by     version {header.tool_version}, format {header.format}"
    yield f"made with   include_analytics = {str('analytics' in header.data_sets).lower()}"
    for threshold, value in sorted(header.thresholds.items()):
        yield f"made with   {threshold} = {value}"
    if header.critical_services:
        yield f"critical    {', '.join(header.critical_services)}"
    yield f"pseudonyms  {header.redacted or 'none: everything is as PagerDuty sent it'}"


def endpoints(paths: list[str]) -> Iterator[str]:
    """Yield how many requests went to each endpoint; single resources count as one."""
    from pdsec_checks.pagerduty.endpoints import DATA_SETS

    lists = {data_set.path for data_set in DATA_SETS.values()}
    counted = Counter(
        path if path in lists else f"{path.rpartition('/')[0]}/{{id}}" for path in paths
    )
    yield f"{len(paths)} requests"
    for path, count in sorted(counted.items()):
        yield f"{count:>7}  {path}"


def missing(header: Header) -> Iterator[str]:
    """Yield each control that the recording cannot answer, and what it lacks and why."""
    from pdsec_checks.index import shipped_controls
    from pdsec_checks.pagerduty.account import closure

    readable = set(header.data_sets) - set(header.refused)
    lacking = {
        control.id: sorted(closure(control.needs) - readable) for control in shipped_controls()
    }
    gaps = {
        control: [f"{name} ({header.refused.get(name, 'not asked for')})" for name in names]
        for control, names in lacking.items()
        if names
    }
    yield "missing: nothing" if not gaps else "missing"
    for control, names in gaps.items():
        yield f"  {control}  {', '.join(names)}"
