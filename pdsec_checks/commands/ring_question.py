"""What ``ring`` is asked: the account is read, names are looked up, the analysis answers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from pdsec_checks.analysis.ring.account import Limits, Ring
from pdsec_checks.analysis.ring.callers import Assumed
from pdsec_checks.analysis.ring.incident import Incident, incident_at
from pdsec_checks.analysis.ring.load import loads
from pdsec_checks.analysis.ring.losses import losses
from pdsec_checks.analysis.ring.overview import survey
from pdsec_checks.analysis.ring.support_hours import zone_named
from pdsec_checks.commands.account import inspection_of
from pdsec_checks.configuration.options import flags_of_command
from pdsec_checks.errors import InspectionError, UsageError
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.cases import matches
from pdsec_checks.judging.matching import nearest
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.reports.ring.answer import Refused, RingAnswer, Source, WhatIf, certain
from pdsec_checks.reports.ring.words import IN_UTC, Zone
from pdsec_checks.resources import Service, Unreadable, View

CONTROL = "PD-26"
"""The control that is judged by what this command needs."""
V = TypeVar("V", bound=View)


def ask(given: argparse.Namespace) -> RingAnswer:
    """Read the account, and return what was asked about it.

    Raises:
        UsageError: A flag names what is not there.
        InspectionError: Nothing could be read.
    """
    return answered(inspection_of(given, [CONTROL]), given)


def answered(inspection: Inspection, given: argparse.Namespace) -> RingAnswer:
    """Return what was asked about an account that was read.

    Raises:
        UsageError: A flag names what is not there.
        InspectionError: The list in which a flag's name is looked up could not be read.
    """
    what_if = assumptions(inspection.provide("ring"), given)
    ring = inspection.provide("ring").assuming(assumed(what_if), limits(inspection, given.within))
    services, unread = services_of(inspection)
    chosen = chosen_services(services, given.pd_resource or [], is_whole=not unread)
    zone = Zone(zone_named(given.time_zone), given.time_zone) if given.time_zone else IN_UTC
    found = RingAnswer(
        source=source_of(inspection.snapshot),
        overview=survey(ring, chosen, unread),
        what_if=what_if,
        selected=tuple(given.pd_resource or ()),
        zone=zone,
    )
    if given.at:
        return walked(found, moment_in(given.at, given.time_zone))
    return explored(found, has_radius=given.blast_radius, has_load=given.load)


def source_of(snapshot: Snapshot) -> Source:
    """Return what account was read, how, and what is to be said of that."""
    said = list(snapshot.notices)
    unread = snapshot.data.get("maintenance_windows")
    if isinstance(unread, Unavailable):
        said.append(
            "maintenance windows could not be read: a service that would be dead without them is "
            f"not judged, and other figures may count time in maintenance: {unread}"
        )
    return Source(
        snapshot.as_of,
        snapshot.base_url,
        snapshot.subdomain,
        snapshot.source,
        tuple(map(flags_of_command, said)),
        snapshot.recording,
    )


def limits(inspection: Inspection, within: int | None) -> Limits:
    """Return the minutes that are allowed: those of the baseline, or those of ``--within``."""
    baseline = inspection.baseline
    first = baseline.max_minutes_to_first_person if within is None else within
    return Limits(first, max(first, baseline.max_minutes_to_second_person))


def services_of(inspection: Inspection) -> tuple[list[Service | Unreadable], str]:
    """Return all services, and why there may be more."""
    try:
        return list(inspection.provide("service")), ""
    except InspectionError as error:
        return [], str(error)


def chosen_services(
    services: Sequence[Service | Unreadable], patterns: Sequence[str], *, is_whole: bool
) -> list[Service | Unreadable]:
    """Return the services whose id or name matches a pattern; all where there is none.

    Raises:
        UsageError: A pattern matches none.
    """
    for pattern in patterns if is_whole else ():
        if not any(matches(each, [pattern]) for each in services):
            near = nearest(pattern, {each.ref.name for each in services})
            raise UsageError(f"--resource: no service is {pattern!r}{near}")
    return [each for each in services if matches(each, patterns)]


def assumptions(ring: Ring, given: argparse.Namespace) -> WhatIf:
    """Return what the flags take to be so.

    Raises:
        UsageError: A flag names somebody, or a schedule, that is not there, or several at once.
        InspectionError: The list to look in could not be read.
    """
    callers = ring.callers

    def users(flag: str, names: Sequence[str]) -> tuple[View, ...]:
        return tuple(look_up(flag, each, callers.users, "user") for each in dict.fromkeys(names))

    return WhatIf(
        users("--without-user", given.without_user),
        users("--silent-user", given.silent_user),
        tuple(
            look_up("--without-schedule", each, callers.schedules, "schedule")
            for each in dict.fromkeys(given.without_schedule)
        ),
    )


def look_up(flag: str, name: str, known: Mapping[str, V], what: str) -> V:
    """Return the resource with an id, else the one with a name, in whatever case.

    Raises:
        UsageError: There is none, or several have the name.
    """
    if name in known:
        return known[name]
    found = [each for each in known.values() if each.name.casefold() == name.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(each.id for each in found))
        raise UsageError(f"{flag}: {len(found)} {what}s are named {name!r}; use an id: {ids}")
    near = nearest(name, {each.name for each in known.values()})
    raise UsageError(f"{flag}: there is no {what} {name!r}{near}")


def assumed(what_if: WhatIf) -> Assumed:
    """Return what is taken to be so, by id."""
    return Assumed(
        frozenset(each.id for each in what_if.without_users),
        frozenset(each.id for each in what_if.silent_users),
        frozenset(each.id for each in what_if.without_schedules),
    )


def moment_in(text: str, zone: str | None) -> int:
    """Return the moment of ``--at`` in seconds UTC; without an offset it is of *zone*, or UTC.

    Raises:
        UsageError: It is none.
    """
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone_named(zone) if zone else UTC)
        return int(found.timestamp())
    except (ValueError, OverflowError):
        raise UsageError(
            f"--at: {text!r} is not valid; wanted: a moment such as 2026-11-29T03:10Z"
        ) from None


def walked(answer: RingAnswer, moment: int) -> RingAnswer:
    """Return the answer with the incident of a moment, for each service in service.

    Raises:
        UsageError: The moment cannot be judged, or no service opens incidents.
    """
    ring = answer.ring
    if not ring.span.start <= moment < ring.span.end:
        begin, end = (IN_UTC.moment(each) for each in ring.span)
        raise UsageError(
            f"--at: {IN_UTC.moment(moment)} cannot be judged, only from {begin} to {end}; "
            "--schedule-coverage-days reads further ahead"
        )
    rows = answer.overview.in_service
    if answer.overview.rows and not rows:
        raise UsageError("--at: no selected service opens incidents: all of them are disabled")
    incidents: list[Incident] = []
    refused: list[Refused] = []
    for row in rows:
        try:
            if isinstance(row.service, Unreadable):
                raise row.service.error
            assert isinstance(row.service, Service)
            incidents.append(incident_at(ring, row.service, moment))
        except InspectionError as error:
            refused.append(Refused(row.service, str(error)))
    return replace(answer, incidents=incidents, refused=tuple(refused))


def explored(answer: RingAnswer, *, has_radius: bool, has_load: bool) -> RingAnswer:
    """Return the answer with the blast radius and the load, as far as they are asked for.

    Both count what is certain: a service whose policy has doubts is not judged there.
    """
    if not (has_radius or has_load):
        return answer
    situations, refused = certain(answer.overview)
    return replace(
        answer,
        losses=losses(answer.ring, situations) if has_radius else None,
        loads=loads(answer.ring, situations) if has_load else None,
        refused=tuple(refused),
    )
