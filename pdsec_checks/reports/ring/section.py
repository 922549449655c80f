"""What the report's page shows of whom incidents would call: plain, to travel between processes."""

from __future__ import annotations

from dataclasses import dataclass

from pdsec_checks.reports.ring.drawing import DayRow
from pdsec_checks.reports.ring.walk import WalkRow


@dataclass(frozen=True)
class WalkTable:
    """One incident, step by step."""

    title: str
    """Which service, which policy, when, and how urgent."""
    rows: tuple[WalkRow, ...]
    ending: str
    doubt: str = ""


@dataclass(frozen=True)
class DeadPolicy:
    """A policy with dead windows, for the services to which it comes out the same."""

    name: str
    services: tuple[str, ...]
    dead: str
    """Hours in dead windows."""
    of: str
    """Hours that were judged."""
    days: tuple[DayRow, ...]
    windows: tuple[tuple[str, str, str], ...]
    """When, how long, why; at most ``WINDOWS``."""
    more_windows: int
    silent: tuple[str, ...]
    """Who is on call under it and never rung, and why."""
    walk: WalkTable
    """The incident of the worst moment."""


@dataclass(frozen=True)
class DeadLine:
    """A policy with dead windows that is not drawn."""

    name: str
    services: int
    dead: str
    of: str


@dataclass(frozen=True)
class RingSection:
    """The section of the page; texts are as they are read, and not escaped."""

    limit: int
    """Minutes within which somebody must be rung."""
    policies: tuple[DeadPolicy, ...] = ()
    """Those that are drawn, the most dead hours first."""
    undrawn: tuple[DeadLine, ...] = ()
    losses: tuple[tuple[str, tuple[tuple[str, str, str], ...], int], ...] = ()
    """The blast radius: heading, rows (what, service-hours, services), how many rows are left."""
    loads: tuple[tuple[str, ...], ...] = ()
    """Who carries alone: who, hours, nights, services, longest stretch, when."""
    more_loads: int = 0
    not_counted: tuple[tuple[str, str], ...] = ()
    """Services of which not everything is known, and what: they are in neither table."""
    problem: str = ""
    """Why it could not be made; empty where it could."""
