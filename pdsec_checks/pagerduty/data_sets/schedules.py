"""Escalation policies, and schedules of both kinds."""

from __future__ import annotations

from http import HTTPStatus

from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import Amount, listed, pages
from pdsec_checks.pagerduty.data_sets.data_set import (
    DataSet,
    Reading,
    object_at,
    path_of,
    why_unread,
)
from pdsec_checks.pagerduty.data_sets.fields import REFERENCE, RESOURCE, keep
from pdsec_checks.pagerduty.data_sets.people import by_team
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import UNREAD, EscalationPolicy


def read_escalation_policies(reading: Reading) -> list[Record]:
    """Read policies with rules and targets (operationId ``listEscalationPolicies``)."""
    return by_team(reading, "/escalation_policies", "escalation_policies")


ESCALATION_POLICIES = DataSet(
    name="escalation_policies",
    path="/escalation_policies",
    scopes=("escalation_policies.read",),
    read=read_escalation_policies,
    kept=RESOURCE
    | keep(
        "num_loops",
        escalation_rules=keep("escalation_delay_in_minutes", targets=REFERENCE),
    ),
    amount=listed("policies", lambda size: size.policies),
)


def read_schedules(reading: Reading) -> list[Record]:
    """Read the layer-based schedules in bulk, and singly what came back unrendered."""
    include = ["schedule_layers", "final_schedule"]
    window = reading.coverage_window
    records = by_team(reading, "/schedules", "schedules", **{"include[]": include}, **window)

    def complete(record: Record) -> Record:
        return record if is_rendered(record) else _rendered_singly(reading, record)

    return threads.each(complete, records, reading.source.concurrency)


def is_rendered(record: Record) -> bool:
    """Tell whether a schedule came with its layers and the entries of the window."""
    final = record.get("final_schedule")
    return (
        isinstance(final, dict) and "rendered_schedule_entries" in final
    ) and "schedule_layers" in record


def _rendered_singly(reading: Reading, record: Record) -> Record:
    known = {key: value for key, value in record.items() if value is not None}
    try:
        path = path_of("/schedules", record)
        single = object_at(reading, path, "schedule", **reading.coverage_window)
    except UnavailableError as error:
        return {**known, UNREAD: why_unread(error)}
    return {**known, **single, "id": record["id"]}


SCHEDULES = DataSet(
    name="schedules",
    path="/schedules",
    scopes=("schedules.read",),
    read=read_schedules,
    kept=RESOURCE
    | keep(
        schedule_layers=keep("end", users=keep(user=REFERENCE)),
        final_schedule=keep(rendered_schedule_entries=keep("start", "end", user=REFERENCE)),
    ),
    amount=listed("schedules", lambda size: size.schedules),
)


def read_shift_schedules(reading: Reading) -> list[Record]:
    """Read the shift-based schedules; the list holds references, so each is read singly."""
    try:
        records = paging.classic(reading.source, "/v3/schedules", "schedules", size=1000)
    except UnavailableError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        if uses_shift_schedules(reading):
            reason = "HTTP 404, although escalation policies use shift-based schedules"
            raise UnavailableError(error.path, reason, HTTPStatus.NOT_FOUND) from None
        return []  # the account is not enrolled, so it has none

    def detail(record: Record) -> Record:
        params = {"include[]": ["final_schedule"], **reading.coverage_window}
        try:
            path = path_of("/v3/schedules", record)
            return {**object_at(reading, path, "schedule", **params), "id": record["id"]}
        except UnavailableError as error:
            return {**record, UNREAD: why_unread(error)}

    return threads.each(detail, records, reading.source.concurrency)


def uses_shift_schedules(reading: Reading) -> bool:
    """Tell whether a policy notifies a shift-based schedule, as far as policies were read."""
    if "escalation_policies" not in reading.planned:
        return False
    try:
        policies = reading.views(EscalationPolicy, "escalation_policies")
        targets = [
            target for policy in policies for rule in policy.rules for target in rule.targets
        ]
        return any(str(target.get("type")).startswith("schedule_v3") for target in targets)
    except (UnavailableError, MalformedRecordError):
        return False  # the controls that use schedules need the policies too, and say so


SHIFT_SCHEDULES = DataSet(
    name="shift_schedules",
    path="/v3/schedules",
    scopes=("schedules.read",),
    read=read_shift_schedules,
    kept=RESOURCE
    | keep(
        rotations=keep(
            events=keep(
                "effective_until", assignment_strategy=keep(members=keep("type", "user_id"))
            )
        ),
        final_schedule=keep(
            computed_shift_assignments=keep(
                "start_time", "end_time", member=keep("type", "user_id")
            )
        ),
    ),
    amount=Amount(
        "1 for each 1000 schedules, and 1 for each",
        lambda size: pages(size.shift_schedules, 1000) + size.shift_schedules,
    ),
    none_if=HTTPStatus.NOT_FOUND,
)
