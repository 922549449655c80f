"""Whether this machine's clock agrees with PagerDuty's: ages, shifts and windows count by ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pdsec_checks.model import counted, moment_text
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable

NOTICED = timedelta(minutes=5)
"""Beyond that, every report says that the clocks differ."""
TRUSTED = timedelta(hours=1)
"""Beyond that, nothing is judged that counts time."""


def skew(date: str, now: datetime) -> timedelta | None:
    """Return how far a ``Date`` header is ahead of *now*; None when it holds no moment."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC) - now
    except (TypeError, ValueError, OverflowError):
        return None


def compared(snapshot: Snapshot, date: str, now: datetime) -> Snapshot:
    """Return *snapshot* with what the clocks say of it.

    *date* is the ``Date`` header of an answer, and *now* what this machine said when it came.
    """
    apart = skew(date, now)
    if apart is None or abs(apart) <= NOTICED:
        return snapshot
    said = sentence(now, apart)
    if abs(apart) <= TRUSTED:
        return replace(snapshot, notices=(*snapshot.notices, said))
    return distrusted(replace(snapshot, notices=(*snapshot.notices, said), clock=said))


def sentence(now: datetime, apart: timedelta) -> str:
    """Return what both clocks say, and the way out."""
    minutes = counted(round(abs(apart).total_seconds() / 60), "minute")
    return (
        f"the clock of this machine says {moment_text(now)} and PagerDuty's "
        f"{moment_text(now + apart)}, {minutes} apart: set the clock of this machine"
    )


def distrusted(snapshot: Snapshot) -> Snapshot:
    """Return *snapshot* without what was asked for by time; for each there is the reason why.

    What was asked for another span than the true one is an answer to another question.
    """
    data = {
        name: Unavailable(DATA_SETS[name].path, snapshot.clock)
        if DATA_SETS[name].counts_time and isinstance(found, list)
        else found
        for name, found in snapshot.data.items()
    }
    return replace(snapshot, data=data)
