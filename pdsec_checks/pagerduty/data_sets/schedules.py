"""Escalation policies, and schedules of both kinds."""

from __future__ import annotations

from http import HTTPStatus

from pdsec_checks.analysis.certainty import any_known
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
from pdsec_checks.pagerduty.data_sets.fields import PERSON, RESOURCE, TEAM, keep
from pdsec_checks.pagerduty.data_sets.people import WIDER, by_team, with_further
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import UNREAD, EscalationPolicy
from pdsec_checks.resources.schedules import PERCENTAGE, is_computed


def read_escalation_policies(reading: Reading) -> list[Record]:
    """Read policies with rules and targets (operationId ``listEscalationPolicies``).

    Beside maintenance windows also with how each rule assigns.
    """
    strategies = "escalation_rule_assignment_strategies"
    return with_further(reading, "/escalation_policies", "escalation_policies", [], strategies)


ESCALATION_POLICIES = DataSet(
    name="escalation_policies",
    path="/escalation_policies",
    scopes=("escalation_policies.read",),
    read=read_escalation_policies,
    kept=RESOURCE
    | keep(
        "num_loops",
        teams=TEAM,
        escalation_rules=keep(
            *("id", "escalation_delay_in_minutes", "escalation_rule_assignment_strategy"),
            targets=PERSON,
        ),
    ),
    amount=listed("policies", lambda size: size.policies),
    wider_with=WIDER,
)


MEMBER = keep("type", "user_id", "deleted_at")
NO_LAYERS: Record = {
    "schedule_layers": [],
    "final_schedule": {"rendered_schedule_entries": [], "rendered_coverage_percentage": 0},
}
"""What a schedule has that was deleted after the list had named it: neither members nor shifts."""
NO_ROTATIONS: Record = {
    "rotations": [],
    "final_schedule": {"computed_shift_assignments": [], "rendered_coverage_percentage": 0},
}
"""The same for a shift-based one."""


def read_schedules(reading: Reading) -> list[Record]:
    """Read the layer-based schedules in bulk, and singly what came back unrendered."""
    include = ["schedule_layers", "final_schedule"]
    window = reading.coverage_window
    records = by_team(reading, "/schedules", "schedules", **{"include[]": include}, **window)

    def complete(record: Record) -> Record:
        return record if is_rendered(record) else _rendered_singly(reading, record)

    reading.source.expect(sum(not is_rendered(record) for record in records))
    return threads.each(complete, records, reading.source.concurrency)


def is_rendered(record: Record) -> bool:
    """Tell whether a schedule came with its layers and the entries of the window."""
    final = record.get("final_schedule")
    if not isinstance(final, dict) or "schedule_layers" not in record:
        return False
    entries = "rendered_schedule_entries"
    return entries in final and is_computed(final[entries], final.get(PERCENTAGE))


def _rendered_singly(reading: Reading, record: Record) -> Record:
    known = {key: value for key, value in record.items() if value is not None}
    try:
        path = path_of("/schedules", record)
        single = object_at(reading, path, "schedule", **reading.coverage_window)
    except UnavailableError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return known | NO_LAYERS
        unrendered = {key: value for key, value in known.items() if key != "final_schedule"}
        return unrendered | {UNREAD: why_unread(error)}
    return {**known, **single, "id": record["id"]}


SCHEDULES = DataSet(
    name="schedules",
    path="/schedules",
    scopes=("schedules.read",),
    read=read_schedules,
    kept=RESOURCE
    | keep(
        "time_zone",
        teams=TEAM,
        users=PERSON,
        schedule_layers=keep(
            *("id", "name", "start", "end", "restrictions"),
            *("rotation_virtual_start", "rotation_turn_length_seconds"),
            users=keep(user=PERSON),
        ),
        final_schedule=keep(
            "rendered_coverage_percentage",
            rendered_schedule_entries=keep("start", "end", user=PERSON),
        ),
    ),
    amount=listed("schedules", lambda size: size.schedules),
    is_windowed=True,
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
            if error.status == HTTPStatus.NOT_FOUND:
                return record | NO_ROTATIONS
            return {**record, UNREAD: why_unread(error)}

    reading.source.expect(len(records))
    return threads.each(detail, records, reading.source.concurrency)


def uses_shift_schedules(reading: Reading) -> bool:
    """Tell whether a policy notifies a shift-based schedule, as far as policies were read."""
    if "escalation_policies" not in reading.planned:
        return False

    def notifies_one(policy: EscalationPolicy) -> bool:
        targets = (target for rule in policy.rules for target in rule.targets)
        return any(str(target.get("type")).startswith("schedule_v3") for target in targets)

    try:
        return any_known(reading.views(EscalationPolicy, "escalation_policies"), notifies_one)
    except (UnavailableError, MalformedRecordError):
        return False  # the controls that use schedules need the policies too, and say so


SHIFT_SCHEDULES = DataSet(
    name="shift_schedules",
    path="/v3/schedules",
    scopes=("schedules.read",),
    read=read_shift_schedules,
    kept=RESOURCE
    | keep(
        "time_zone",
        teams=TEAM,
        users=PERSON,
        rotations=keep(
            "id",
            events=keep(
                *("id", "effective_until", "recurrence"),
                end_time=keep("date_time"),
                assignment_strategy=keep("type", "shifts_per_member", members=MEMBER),
            ),
        ),
        final_schedule=keep(
            "rendered_coverage_percentage",
            computed_shift_assignments=keep("start_time", "end_time", member=MEMBER),
        ),
    ),
    amount=Amount(
        "1 for each 1000 schedules, and 1 for each",
        lambda size: pages(size.shift_schedules, 1000) + size.shift_schedules,
    ),
    is_windowed=True,
    none_if=HTTPStatus.NOT_FOUND,
)
