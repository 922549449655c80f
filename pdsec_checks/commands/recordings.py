"""``pagerduty-sec-inspector recordings``: what a recording holds, and what it lacks."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import counted, moment_text
from pdsec_checks.output import tell

if TYPE_CHECKING:
    from pdsec_checks.pagerduty.recordings.recording import Header
    from pdsec_checks.pagerduty.snapshot import Snapshot


def parser() -> Parser:
    """Return the parser of ``recordings``."""
    made = sub_parser("recordings", "Print what a recording contains, and what is missing.")
    made.add_argument("action", choices=["show"], help="what to do")
    made.add_argument("path", help="a file, or a recording of the package: demo, demo-compliant")
    return made


def run(given: argparse.Namespace) -> int:
    """Print what a recording holds."""
    tell(show(given.path))
    return ExitCode.PASSED


def show(name: str) -> str:
    """Return the header of a recording, its requests, and what is missing for which control.

    What is missing shows when the recording is replayed whole, so it is: it takes seconds.

    Raises:
        UsageError: There is no such recording, or it is not one of ours.
    """
    from pdsec_checks.configuration.settings import load_settings
    from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
    from pdsec_checks.pagerduty.recordings import recording  # vcrpy is slow to import
    from pdsec_checks.pagerduty.take_snapshot import read_account
    from pdsec_checks.reports.text import printable

    header, paths = recording.requests_on(name)
    with recording.replayed(name) as (client, _):
        baseline = recording.thresholds(load_settings({}, {}, Path()), header)
        snapshot = read_account(client, DATA_SETS, header.as_of, baseline)
    lines = [*about(header), "", *endpoints(paths), "", *missing(header, snapshot)]
    return "\n".join(map(printable, lines)) + "\n"


def about(header: Header) -> Iterator[str]:
    """Yield what a recording says about itself."""
    days = (datetime.now(UTC) - header.as_of).days
    yield f"as of       {moment_text(header.as_of)}, {counted(days, 'day')} ago"
    yield f"account     {header.account or 'name unknown'} at {header.base_url}"
    yield f"host        {header.host or urlsplit(header.base_url).hostname or 'unknown'}"
    yield f"region      {header.region or 'unknown'}"
    if header.through:
        yield f"through     {header.through}"
    yield f"credential  {header.credential or 'unknown'}"
    yield f"made by     version {header.tool_version}, format {header.format}"
    yield f"run         {header.run or 'no id'}"
    yield f"digest      {digest(header)}"
    yield f"made with   include_analytics = {str('analytics' in header.data_sets).lower()}"
    for threshold, value in sorted(header.thresholds.items()):
        yield f"made with   {threshold} = {value}"
    if header.critical_services:
        yield f"critical    {', '.join(header.critical_services)}"
    yield f"pseudonyms  {header.redacted or 'none: everything is as PagerDuty sent it'}"


def digest(header: Header) -> str:
    """Return what is known of whether a recording was edited; whoever opens one checks that."""
    if not header.digest:
        return "none: made by an earlier version, and nobody can tell whether it was edited"
    return f"SHA-256 {header.digest}, checked: the header and every interaction agree"


def endpoints(paths: list[str]) -> Iterator[str]:
    """Yield how many requests went to each endpoint; single resources count as one."""
    from pdsec_checks.pagerduty.data_sets.table import DATA_SETS

    lists = {data_set.path for data_set in DATA_SETS.values()}
    counts = Counter(
        path if path in lists else f"{path.rpartition('/')[0]}/{{id}}" for path in paths
    )
    yield counted(len(paths), "request")
    for path, count in sorted(counts.items()):
        yield f"{count:>7}  {path}"


def missing(header: Header, snapshot: Snapshot) -> Iterator[str]:
    """Yield each control that the recording cannot answer in full, and what it lacks and why."""
    from pdsec_checks.judging.controls import shipped_controls
    from pdsec_checks.pagerduty.data_sets.table import closure

    gaps = {name: why for name in snapshot.data if (why := gap(name, header, snapshot))}
    lacking = {
        control.id: [
            f"{name} ({gaps[name]})" for name in sorted(closure(control.needs) & set(gaps))
        ]
        for control in shipped_controls()
    }
    lacking = {control: names for control, names in lacking.items() if names}
    yield "missing" if lacking else "missing: nothing"
    for control, names in lacking.items():
        yield f"  {control}  {', '.join(names)}"


def gap(name: str, header: Header, snapshot: Snapshot) -> str:
    """Return why a data set cannot be read from the recording, or not whole; "" when it can."""
    from pdsec_checks.resources import UNREAD

    found = snapshot.data[name]
    if isinstance(found, list):
        broken = sum(isinstance(record, dict) and UNREAD in record for record in found)
        return f"{broken} of {len(found)} could not be read" if broken else ""
    return found.reason if name in header.data_sets else "not asked for"
