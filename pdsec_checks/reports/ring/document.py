"""The answer for programs, as ``docs/ring.schema.json`` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pdsec_checks import NAME, __version__
from pdsec_checks.analysis.ring.incident import Incident
from pdsec_checks.analysis.ring.load import Load
from pdsec_checks.analysis.ring.losses import Kind, Loss
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.overview import Overview, Row, Standing
from pdsec_checks.analysis.ring.strips import Strip, strips
from pdsec_checks.analysis.ring.words import answer_as_evidence, hours, moment, worst_minutes
from pdsec_checks.model import moment_text
from pdsec_checks.reports.ring import walk
from pdsec_checks.reports.ring.answer import RingAnswer, WhatIf
from pdsec_checks.reports.ring.words import IN_UTC, SHORT, Zone
from pdsec_checks.reports.scope import recording_fields
from pdsec_checks.reports.text import harmless
from pdsec_checks.resources import View

SCHEMA_VERSION = "1"


def as_json(answer: RingAnswer) -> str:
    """Return the answer as JSON."""
    return json.dumps(harmless(document(answer)), indent=2, ensure_ascii=False) + "\n"


def document(answer: RingAnswer) -> dict[str, Any]:
    """Return the answer as plain JSON; what was not asked for is null."""
    source, ring = answer.source, answer.ring
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "ring",
        "tool": {"name": NAME, "version": __version__},
        "as_of": moment_text(source.as_of),
        "account": {"base_url": source.base_url, "subdomain": source.subdomain},
        "source": source.source,
        "recording": recording_fields(source.recording),
        "judged": {"since": moment(ring.span.start), "until": moment(ring.span.end)},
        "limits": {
            "first_person_minutes": ring.limits.first_person,
            "second_person_minutes": ring.limits.second_person,
        },
        "time_zone": None if answer.zone == IN_UTC else answer.zone.name,
        "selected": list(answer.selected),
        "what_if": assumptions(answer.what_if),
        "headline": answer.headline,
        "summary": summary(answer.overview),
        "unread": answer.overview.unread or None,
        "services": [service(each, answer) for each in answer.overview.rows],
        "policies": [strip(each) for each in strips(answer.overview)],
        "incidents": plain(answer.incidents, lambda each: incident(each, answer)),
        "blast_radius": plain(answer.losses, loss),
        "load": plain(answer.loads, lambda each: load(each, answer.zone)),
        "not_judged": [address(each.service) | {"why": each.why} for each in answer.not_judged],
        "notices": list(source.notices),
        "exit_code": int(answer.exit_code),
    }


def plain(found: Iterable[Any] | None, make: Any) -> list[Any] | None:
    """Return what is made of each; None where nothing was asked for."""
    return None if found is None else [make(each) for each in found]


def address(resource: View) -> dict[str, str]:
    """Return the id and the name of a resource."""
    return {"id": resource.ref.id, "name": resource.ref.name}


def assumptions(what_if: WhatIf) -> dict[str, Any]:
    """Return what the question takes to be so."""
    return {
        "without_users": list(map(address, what_if.without_users)),
        "silent_users": list(map(address, what_if.silent_users)),
        "without_schedules": list(map(address, what_if.without_schedules)),
    }


def summary(overview: Overview) -> dict[str, int]:
    """Return how many services stand how."""
    return {each.value: len(overview.of(each)) for each in Standing}


def service(row: Row, answer: RingAnswer) -> dict[str, Any]:
    """Return one service; what was judged as in the evidence of PD-26."""
    found: dict[str, Any] = address(row.service) | {"standing": row.standing.value}
    if row.answer is None:
        return found | {"why": row.why or None, "evidence": None}
    evidence = answer_as_evidence(row.answer, answer.ring)
    worst = {"worst_minutes": worst_minutes(row.answer)}
    shown = {"dead_windows": windows(row, answer.zone)}
    return found | {"why": None, "evidence": evidence | worst | shown}


def windows(row: Row, zone: Zone) -> list[dict[str, Any]]:
    """Return the dead windows of a service."""
    return [
        span(each.start, each.end, zone) | {"why": each.why.value, "minutes": each.minutes}
        for each in row.sure.judged.windows
    ]


def span(start: int, end: int, zone: Zone) -> dict[str, Any]:
    """Return a span; in another zone than UTC as well where one was asked for."""
    found: dict[str, Any] = {
        "start": moment(start),
        "end": moment(end),
        "hours": hours(end - start),
    }
    if zone != IN_UTC:
        local = (datetime.fromtimestamp(each, zone.info).isoformat() for each in (start, end))
        found["local"] = dict(zip(("start", "end"), local, strict=True))
    return found


def strip(each: Strip) -> dict[str, Any]:
    """Return the time of a policy in one word for each piece."""
    return {
        "id": each.policy_id,
        "name": each.policy_name or None,
        "services": [service.ref.id for service in each.services],
        "pieces": [
            {"start": moment(piece.start), "end": moment(piece.end), "band": piece.band.value}
            for piece in each.pieces
        ],
    }


def incident(each: Incident, answer: RingAnswer) -> dict[str, Any]:
    """Return the walk of one incident."""
    situation = each.situation
    return {
        "service": address(situation.service),
        "policy": None
        if situation.policy_id is None
        else {"id": situation.policy_id, "name": situation.chain.name or None},
        "moment": moment(each.moment),
        "urgency": "high" if each.is_high else "low",
        "muted_until": None if each.muted_until is None else moment(each.muted_until),
        "is_lost": each.is_lost,
        "is_dead": each.is_dead,
        "first_ring_minutes": number(each.first),
        "second_person_minutes": number(each.second),
        "doubt": walk.doubt(each) or None,
        "steps": [step(each, place, answer) for place in range(len(each.steps))],
        "ending": walk.ending(each, answer.ring),
    }


def step(each: Incident, place: int, answer: RingAnswer) -> dict[str, Any]:
    """Return one look at a level."""
    found = each.steps[place]
    free = dict(found.free_at)
    return {
        "level": found.level,
        "pass": found.turn + 1,
        "offset_minutes": found.offset,
        "skipped": found.is_skipped,
        "until_minutes": number(found.end),
        "takes_turns": each.takes_turns[place],
        "targets": [
            {
                "type": "schedule" if callee.is_schedule else "user",
                "id": callee.id,
                "name": callee.label,
                "free_until": None if free.get(callee) is None else moment(free[callee] or 0),
                "on_call": [
                    {
                        "id": person,
                        "name": answer.ring.callers.name_of(person),
                        "by": walk.by_what(each, answer.ring, callee, person),
                        "rings_at_minutes": number(each.rings[place][person]),
                    }
                    for person in sorted(group)
                ],
            }
            for callee, group in found.on_call
        ],
    }


def loss(each: Loss) -> dict[str, Any]:
    """Return what goes dark without one thing."""
    identity = SHORT.get(each.id, each.id) if each.kind is Kind.DEVICE else each.id
    name = None if each.kind is Kind.DEVICE else each.name
    ordered = sorted(each.services.items(), key=lambda pair: (-pair[1], pair[0].ref.id))
    return {
        "kind": each.kind.value,
        "id": identity,
        "name": name,
        "service_hours": hours(each.seconds),
        "services": [address(service) | {"hours": hours(dark)} for service, dark in ordered],
    }


def load(each: Load, zone: Zone) -> dict[str, Any]:
    """Return what one person carries alone."""
    services = sorted(each.services, key=lambda service: service.ref.id)
    return {
        "id": each.person,
        "name": each.name,
        "hours": hours(each.seconds),
        "longest": span(*each.longest, zone),
        "nights": each.nights,
        "night_hours": hours(each.night_seconds),
        "time_zones": sorted(each.by_zone),
        "services": [address(service) for service in services],
    }


def number(minutes: float) -> int | float | None:
    """Return minutes as JSON has them; None for never."""
    if minutes == NEVER:
        return None
    return int(minutes) if minutes == int(minutes) else minutes
