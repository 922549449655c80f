"""Flags that say nothing without something else: nobody shall give one in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct

from pdsec_checks.configuration.options import REPORT_FORMATS, report_dest
from pdsec_checks.errors import UsageError

FILE = "a report in a file"
SARIF = "a SARIF report"
BEFORE = "an earlier report"
EARLIER = "there is no earlier report; name one with --pd-baseline REPORT.json, or leave it out"
TAPE = "it is about a recording; add --pd-record PATH, or leave it out"
LEAVERS = "PD-45"
"""The control that compares users with the personnel list."""
MANY = "it is about several accounts; add --pd-accounts PATH, or leave it out"


class Need(Struct, frozen=True):
    """A flag, and what it says something about."""

    name: str
    """That of the option."""
    other: str
    """The key of an option, ``FILE``, ``SARIF`` or ``BEFORE``."""
    missing: str
    """What is said where that is not there: what is missing, and the way out."""

    @property
    def dest(self) -> str:
        """The attribute that pytest's options namespace carries the flag under."""
        return f"pd_{self.name.replace('-', '_')}"


NEEDS = (
    Need("show", "baseline_report", EARLIER),
    Need("baseline-account-renamed", BEFORE, EARLIER),
    Need("no-redact", "record", TAPE),
    Need("force", "record", TAPE),
    Need(
        "evidence-max-age",
        "replay",
        "no recording is judged; name one with --pd-replay PATH, or leave it out",
    ),
    Need(
        "sarif-location",
        SARIF,
        "no SARIF report is written; ask for one with --pd-sarif PATH (pytest) or --format sarif, "
        "or leave it out",
    ),
    Need(
        "report-mode",
        FILE,
        "no report goes to a file; name one with --pd-json PATH (pytest) or --output PATH, or "
        "leave it out",
    ),
    Need("accounts-at-once", "accounts", MANY),
    Need("allow-env", "accounts", MANY),
    Need("accounts-last-reports", "accounts", MANY),
    Need("accounts-output", "accounts", MANY),
    Need("accounts-format", "accounts", MANY),
    Need(
        "accounts-format",
        "accounts_output",
        "no folder holds each account's own reports; name one with --pd-accounts-output FOLDER, "
        "or leave it out",
    ),
)
"""A key of the configuration file may wait there for a run that it says something about; a flag
is about this run."""


def check_needs(flags: Mapping[str, Any], there: Collection[str]) -> None:
    """Refuse a flag that says nothing in this run.

    Args:
        flags: What stands on the command line, by ``Option.dest``.
        there: The keys of all options that have a value, from wherever, ``FILE`` or ``SARIF``
            where such a report is written, and ``BEFORE`` where an earlier one is read.

    Raises:
        UsageError: There is one; the message says what is missing.
    """
    for need in NEEDS:
        if flags.get(need.dest) and need.other not in there:
            raise UsageError(f"--pd-{need.name}: {need.missing}")


def check_roster(flags: Mapping[str, Any], controls: Collection[str]) -> None:
    """Refuse the flag of a personnel list that none of the selected *controls* goes by.

    Raises:
        UsageError: It was given.
    """
    if flags.get("pd_roster") and LEAVERS not in controls:
        raise UsageError(
            f"--pd-roster: no selected control goes by it; select {LEAVERS}, for instance with "
            "--pd-controls-set extended, or leave it out"
        )


def reports_before(keys: Collection[str]) -> Iterator[str]:
    """Yield ``BEFORE`` where one of the options with these keys names an earlier report."""
    if not {"baseline_report", "last_report"}.isdisjoint(keys):
        yield BEFORE


def reports_in(flags: Mapping[str, Any]) -> Iterator[str]:
    """Yield ``FILE`` and ``SARIF`` where pytest's options name a path for such a report."""
    for name in REPORT_FORMATS:
        path = flags.get(report_dest(name))
        if path and path != "-":
            yield FILE
        if path and name == "sarif":
            yield SARIF
