"""Personnel lists for tests, and accounts that were compared with one."""

from __future__ import annotations

from dataclasses import replace

from pdsec_checks.configuration.roster import Roster, roster_from
from pdsec_checks.pagerduty.snapshot import Snapshot


def a_roster(*rows: str, columns: str = "email") -> Roster:
    """Return a personnel list with these rows below its first line."""
    return roster_from("\n".join([columns, *rows, ""]).encode(), "people.csv")


def compared(snapshot: Snapshot, roster: Roster | None) -> Snapshot:
    """Return a snapshot whose users were compared with a list, as reading does; or with none."""
    users = snapshot.data.get("users")
    if roster is None:
        return snapshot
    if isinstance(users, list):
        users = list(map(roster.marked, users))
    facts = roster.facts_about(users, snapshot.as_of.date())
    data = snapshot.data if users is None else {**snapshot.data, "users": users}
    return replace(snapshot, data=data, roster=facts)
