"""Asks small accounts whether the phone will ring, as the command does, without reading one."""

from __future__ import annotations

from datetime import timedelta

from pdsec_checks.analysis.ring import Ring
from pdsec_checks.analysis.ring.account import Situation
from pdsec_checks.analysis.ring.overview import Overview, survey
from pdsec_checks.baseline import Baseline
from pdsec_checks.commands import ring as command
from pdsec_checks.commands.ring_question import answered
from pdsec_checks.inspection import Inspection
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.ring.answer import RingAnswer
from pdsec_checks.resources import Service
from tests.support.phones import AS_OF


def inspection_of(snapshot: Snapshot) -> Inspection:
    """Return what the account is judged by, with the thresholds of the product."""
    return Inspection(snapshot, Baseline())


def ring_of(snapshot: Snapshot) -> Ring:
    """Return the analysis of an account."""
    found: Ring = inspection_of(snapshot).provide("ring")
    return found


def overview_of(snapshot: Snapshot) -> Overview:
    """Return how all services of an account stand."""
    inspection = inspection_of(snapshot)
    return survey(inspection.provide("ring"), inspection.provide("service"))


def service_of(snapshot: Snapshot) -> Service:
    """Return the one service of an account."""
    (found,) = snapshot.views(Service, "services")
    return found


def situation_of(snapshot: Snapshot) -> tuple[Ring, Situation]:
    """Return the analysis, and how its one service is judged."""
    ring = ring_of(snapshot)
    return ring, ring.situation(service_of(snapshot))


def asked(snapshot: Snapshot, *flags: str) -> RingAnswer:
    """Return the answer of ``ring`` with some flags."""
    return answered(inspection_of(snapshot), command.parser().parse_args(flags))


def at(hours: float) -> int:
    """Return a moment in seconds UTC, by the hours since the accounts were read."""
    return int((AS_OF + timedelta(hours=hours)).timestamp())
