"""Fixes of schedules that run out: the turns that end last go on."""

from __future__ import annotations

from collections.abc import Iterator

from pdsec_checks.analysis.people import People
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.fixes.fix import USER, Block, Change, Fix, Request, imported
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.fixes.schedules import (
    layer_record,
    running,
    schedule_put,
    users_of,
    whom,
    with_people,
)
from pdsec_checks.model import Record, moment_text
from pdsec_checks.resources import LayerSchedule, ShiftSchedule
from pdsec_checks.resources.schedules import event_end, layer_end, recurrence_end


@fixes("PD-29", "schedule")
def lasting(found: Found) -> Fix:
    """Take the end off whatever ends last; put somebody on a schedule without anybody."""
    if found.finding.cause == "nobody":
        block = whom(found.resource, f"with {USER}")
        return found.fixed_by(with_people(found, 1), terraform=[block])
    if isinstance(found.resource, ShiftSchedule):
        return lasting_event(found)
    return lasting_layer(found, found.resource)


def lasting_layer(found: Found, schedule: LayerSchedule) -> Fix:
    """Return the fix that takes the end off the layer that ends last."""
    people: People = found.inspection.provide("known_people")
    last: str = found.finding.evidence["runs_until"]
    layers: list[Record] = []
    for layer in schedule.nested("schedule_layers"):
        users = list(users_of(layer, people))
        record = layer_record(layer, users)
        until = layer_end(layer).until
        if users and until is not None and moment_text(until) == last:
            record.pop("end", None)
        layers.append(record)
    return found.fixed_by(
        schedule_put(schedule, layers, f"the layer that ends last, at {last}, has no end"),
        terraform=[end_of(schedule.id, "schedule", "layer.end", last)],
    )


def lasting_event(found: Found) -> Fix:
    """Return the fix that takes the end off the event that ends last.

    Of an event that has begun PagerDuty lets nothing else be changed.
    """
    last: str = found.finding.evidence["runs_until"]
    requests = list(endless(found, last))
    if not requests:
        return found.fixed_by(
            note="the event that ends last is over, or ends by its own recurrence, which PagerDuty "
            "lets nobody change: add an event to the rotation"
        )
    return found.fixed_by(
        *requests,
        terraform=[
            end_of(found.id, "schedulev2", "rotation.event.effective_until", last)
        ],
    )  # fmt: skip


def endless(found: Found, last: str) -> Iterator[Request]:
    """Yield the requests that let the events which end at *last* recur for good."""
    for where, event in running(found):
        try:
            until = event_end(event).until
            is_endless = recurrence_end(event).until is None
        except MalformedRecordError:
            continue
        if is_endless and until is not None and moment_text(until) == last:
            body = {"event": {"effective_until": None}}
            yield Request("PUT", where, body, f"changed: effective_until, was {last}")


def end_of(identity: str, kind: str, attribute: str, now: str) -> Block:
    """Return a schedule in Terraform whose last end goes."""
    return imported(kind, identity, [Change(attribute, "none", now)])
