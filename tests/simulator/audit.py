"""The audit trail: windows, twelve months of history, filters; newest first."""

from __future__ import annotations

from datetime import timedelta

from tests.simulator.account import in_window
from tests.simulator.auth import Credential
from tests.simulator.messages import Call, forbidden, invalid
from tests.simulator.paging import cursored
from tests.simulator.records import Record
from tests.simulator.spans import Span

DEFAULT_WINDOW = timedelta(hours=24)
LONGEST_WINDOW = timedelta(days=31)
HISTORY = timedelta(days=365)
ROOT_TYPES = {
    "users": "user_reference",
    "teams": "team_reference",
    "schedules": "schedule_reference",
    "escalation_policies": "escalation_policy_reference",
    "services": "service_reference",
    "ip_allow_lists": "ip_allow_list_reference",
}
READERS = frozenset({"owner", "admin"})


def list_records(call: Call) -> Record:
    """Answer ``GET /audit/records``."""
    _may_read(call, call.credential)
    window = window_of(call)
    found = [
        record
        for _, record in in_window(call.directory.audit_records, window.start, window.end)
        if _matches(call, record)
    ]
    return cursored(call, "records", found) | {"response_metadata": None}


def _may_read(call: Call, credential: Credential) -> None:
    """Refuse the key of a user who is neither owner nor admin."""
    if credential.user_id is None:
        return
    user = call.directory.users.get(credential.user_id, {})
    if user.get("role") not in READERS:
        raise forbidden("Only account owners and admins may read audit records.")


def window_of(call: Call) -> Span:
    """Return the time that is asked about: the last 24 hours, unless the call says otherwise.

    Raises:
        RefusedError: It is longer than 31 days, or ends before it starts.
    """
    until = call.query.moment("until") or call.now
    since = call.query.moment("since") or until - DEFAULT_WINDOW
    if until < since:
        raise invalid("Until must be after since.")
    if until - since > LONGEST_WINDOW:
        raise invalid("The date range may not be more than 31 days.")
    return Span(max(since, call.now - HISTORY), until)


def _matches(call: Call, record: Record) -> bool:
    query, method = call.query, record["method"]
    return (
        _is(query.one("method_type"), method["type"])
        and _is(query.one("method_truncated_token"), method.get("truncated_token"))
        and _one_of(query.many("actions"), record["action"])
        and _one_of(
            [ROOT_TYPES.get(name, "") for name in query.many("root_resource_types")],
            record["root_resource"]["type"],
        )
        and _by_actor(call, record)
    )


def _is(wanted: str | None, value: str | None) -> bool:
    return wanted is None or wanted == value


def _one_of(wanted: list[str], value: str) -> bool:
    return not wanted or value in wanted


def _by_actor(call: Call, record: Record) -> bool:
    kind, identity = call.query.one("actor_type"), call.query.one("actor_id")
    if identity and not kind:
        raise invalid("Actor id must be qualified by actor type.")
    actors = record.get("actors") or []
    return kind is None or any(
        actor["type"] == kind and _is(identity, actor["id"]) for actor in actors
    )
