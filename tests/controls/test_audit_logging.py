"""PD-11, PD-12 and PD-13: who changed what, and with which key?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import NO_OBJECT
from tests.controls.helpers import ADA, altered, before, only, status, unfit
from tests.simulator.builders import (
    a_policy,
    a_service,
    an_api_key,
    an_audit_record,
    an_integration,
)
from tests.simulator.records import ABSENT, Record
from tests.support.judged import NOW, a_snapshot, inspect, refused, verdicts

TRAIL = {"PD-11": "audit_latest", "PD-12": "audit_oldest", "PD-13": "audit_api_token"}


@pytest.mark.parametrize(("control", "name"), TRAIL.items())
def test_plan_without_audit_trail_fails(control: str, name: str) -> None:
    """Audit controls fail for the account when the plan has no audit trail (402)."""
    data: dict[str, Any] = {name: refused(402)}

    assert verdicts(a_snapshot(**data), control) == {"account": "fail"}


@pytest.mark.parametrize("code", [401, 403, 404, 500, None])
@pytest.mark.parametrize(("control", "name"), TRAIL.items())
def test_refused_audit_trail_is_an_error(control: str, name: str, code: int | None) -> None:
    """Audit controls are errors for the account when the records are refused otherwise."""
    data: dict[str, Any] = {name: refused(code)}

    assert verdicts(a_snapshot(**data), control) == {"account": "error"}


# PD-11


@pytest.mark.parametrize("days", [0, 1, 30])
def test_one_record_is_enough(days: int) -> None:
    """PD-11 passes with one record of the last 31 days."""
    snapshot = a_snapshot(audit_latest=[an_audit_record(before(days))])

    assert verdicts(snapshot, "PD-11") == {"account": "pass"}


def test_no_record_fails() -> None:
    """PD-11 fails when the last 31 days have no record."""
    assert verdicts(a_snapshot(), "PD-11") == {"account": "fail"}


# PD-12


def oldest(
    days: float | None, created: str | None = before(800), *, seconds: float = 0, **data: Any
) -> Snapshot:
    """Return an account with a service, and an oldest audit record this many days old."""
    records = [] if days is None else [an_audit_record(before(days, seconds))]
    services = [a_service(created_at=created, integrations=[])]
    return a_snapshot(**{"audit_oldest": records, "services": services, **data})


@pytest.mark.parametrize(
    ("days", "seconds", "required", "verdict"),
    [
        (365, 0, 365, "pass"),
        (335, 0, 365, "pass"),
        (334, 1, 365, "pass"),
        (334, 0, 365, "pass"),
        (334, -1, 365, "fail"),
        (10, 0, 365, "fail"),
        (59, 0, 90, "pass"),
        (59, -1, 90, "fail"),
        (0, 0, 31, "pass"),
    ],
)
def test_oldest_record_is_old_enough(
    days: float, seconds: float, required: int, verdict: str
) -> None:
    """PD-12 passes when the oldest record is at most 31 days younger than required."""
    snapshot = oldest(days, seconds=seconds)

    assert verdicts(snapshot, "PD-12", audit_retention_days=required) == {"account": verdict}


@pytest.mark.parametrize(
    ("created", "verdict"),
    [
        (before(365, 1), "fail"),
        (before(365), "manual"),
        (before(365, -1), "manual"),
        (None, "manual"),
        (ABSENT, "manual"),
    ],
)
@pytest.mark.parametrize("thing", ["service", "integration"])
def test_account_is_provably_older(thing: str, created: Any, verdict: str) -> None:
    """PD-12 fails on young records only if a service or integration shows an older account."""
    dates = {"service": before(100), "integration": before(100), thing: created}
    integration = an_integration(created_at=dates["integration"])
    service = a_service(created_at=dates["service"], integrations=[integration])

    assert status(oldest(50, services=[service]), "PD-12") == verdict


def test_the_earliest_creation_counts() -> None:
    """PD-12 looks for the oldest of all services and integrations."""
    young = a_service("Young", created_at=before(5), integrations=[])
    old = a_service("Old", created_at=before(900), integrations=[])

    assert status(oldest(50, services=[young, old, young]), "PD-12") == "fail"


def test_account_without_services_is_not_provably_older() -> None:
    """PD-12 is manual when records are young and nothing shows the age of the account."""
    assert verdicts(oldest(50, services=[]), "PD-12") == {"account": "manual"}


@pytest.mark.parametrize("created", [before(30), before(900)])
def test_account_without_any_record_does_not_pass(created: str) -> None:
    """PD-12 does not pass when no record of the last twelve months can be read."""
    assert status(oldest(None, created), "PD-12") != "pass"


@pytest.mark.parametrize("days", [364, 10])
@pytest.mark.parametrize("required", [366, 3650])
def test_more_than_twelve_months_are_manual(days: int, required: int) -> None:
    """PD-12 is manual above 365 days and asks for the export, however old the records are."""
    found = only(oldest(days), "PD-12", audit_retention_days=required)

    assert found.status.value == "manual"
    assert "export" in found.message


@pytest.mark.parametrize(("days", "verdict"), [(350, "pass"), (50, "error")])
def test_services_are_needed_only_for_young_records(days: int, verdict: str) -> None:
    """PD-12 needs services only where the age of the account decides."""
    assert status(oldest(days, services=refused(403)), "PD-12") == verdict


@pytest.mark.parametrize(
    ("path", "value"), [*unfit("execution_time"), ("execution_time", "2026-01-01T00:00:00")]
)
def test_record_without_time_is_an_error(path: str, value: Any) -> None:
    """PD-12 and PD-13 are errors when a record does not say when it happened."""
    record = altered(an_audit_record(before(350), method="api_token"), path, value)
    snapshot = oldest(350, audit_oldest=[record], audit_api_token=[record])

    assert status(snapshot, "PD-12") == "error"
    assert status(snapshot, "PD-13") == "error"


@pytest.mark.parametrize("value", [3.5, "long ago", []])
def test_malformed_creation_is_an_error(value: Any) -> None:
    """PD-12 is an error when the age of the account decides and is malformed."""
    service = altered(a_service(integrations=[]), "created_at", value)

    assert status(oldest(50, services=[service]), "PD-12") == "error"


def test_order_of_services_changes_no_verdict() -> None:
    """PD-12 comes to the same verdict whichever service PagerDuty lists first."""
    broken = altered(a_service("Odd", integrations=[]), "created_at", "long ago")
    old = a_service("Old", created_at=before(900), integrations=[])

    found = {
        status(oldest(50, services=services), "PD-12")
        for services in ([broken, old], [old, broken])
    }

    assert len(found) == 1


# PD-13

KEY = an_api_key("Terraform", id="PKEY")


def use(days: float, seconds: float = 0, last4: str = "ab12", **fields: Any) -> Record:
    """Return a change that the key PKEY made so many days ago."""
    fields = {"actor": KEY, **fields}
    time = before(days, seconds)
    return an_audit_record(time, method="api_token", truncated_token=last4, **fields)


def keys(*records: Record, **data: Any) -> Snapshot:
    """Return an account with these records of API keys."""
    return a_snapshot(audit_api_token=list(records), **data)


@pytest.mark.parametrize(
    ("uses", "verdict"),
    [
        ([use(200), use(1)], "fail"),
        ([use(1), use(200), use(95)], "fail"),
        ([use(90, 1), use(0)], "fail"),
        ([use(90), use(0)], "manual"),
        ([use(90, 1), use(89)], "fail"),
        ([use(200), use(90, 1)], "manual"),
        ([use(200), use(100)], "manual"),
        ([use(200)], "manual"),
        ([use(1)], "manual"),
        ([use(89), use(1)], "manual"),
    ],
)
def test_key_used_long_ago_and_again_lately_fails(uses: list[Record], verdict: str) -> None:
    """PD-13 fails a key used more than 90 days ago and within them; never passes by its use."""
    assert verdicts(keys(*uses), "PD-13") == {"PKEY:ab12": verdict}


@pytest.mark.parametrize(("days", "verdict"), [(49, "fail"), (50, "manual")])
def test_age_of_keys_may_be_set(days: int, verdict: str) -> None:
    """PD-13 takes api_key_max_age from the baseline."""
    assert status(keys(use(50), use(1)), "PD-13", api_key_max_age=days) == verdict


def test_age_counts_from_when_the_account_was_read() -> None:
    """PD-13 counts from as_of, so that a recording keeps its verdicts."""
    snapshot = keys(use(80), use(1))
    assert status(snapshot, "PD-13") == "manual"

    snapshot.as_of = NOW + timedelta(days=20)

    assert status(snapshot, "PD-13") == "fail"


def test_key_is_an_actor_and_a_token() -> None:
    """PD-13 has a row for each actor and token; uses of different keys prove nothing together."""
    records = [
        use(200),
        use(1, last4="cd34"),
        use(1, actor=ADA),
        use(200, last4="ef56"),
        use(2, last4="ef56"),
    ]

    assert verdicts(keys(*records), "PD-13") == {
        "PADA:ab12": "manual",
        "PKEY:ab12": "manual",
        "PKEY:cd34": "manual",
        "PKEY:ef56": "fail",
    }


def test_node_id_repeats_no_more_than_four_characters() -> None:
    """PD-13 puts the last four characters of a token into the id, even if PagerDuty sends more."""
    assert verdicts(keys(use(1, last4="secret1234")), "PD-13") == {"PKEY:1234": "manual"}


def test_no_recorded_use_is_one_manual_case() -> None:
    """PD-13 is one manual row when no key use is recorded, as read-only keys leave no trace."""
    assert verdicts(keys(), "PD-13") == {"account": "manual"}


@pytest.mark.parametrize(
    ("days", "uses", "verdict"),
    [
        (30, [use(1)], "pass"),
        (89, [use(80), use(1)], "pass"),
        (91, [use(1)], "fail"),
        (300, [use(200)], "fail"),
    ],
)
@pytest.mark.parametrize("kind", ["api_key", "api_key_reference"])
def test_recorded_creation_decides(kind: str, days: int, uses: list[Record], verdict: str) -> None:
    """PD-13 passes or fails a key by its age where a record shows its creation."""
    root = {"id": "PKEY", "type": kind, "summary": "Terraform"}
    creation = use(days, actor=ADA, last4="zz99", action="create", root=root)

    assert verdicts(keys(creation, *uses), "PD-13")["PKEY:ab12"] == verdict


@pytest.mark.parametrize(
    ("action", "root"),
    [
        ("update", {"id": "PKEY", "type": "api_key", "summary": "Terraform"}),
        ("create", {"id": "PKEY", "type": "service", "summary": "Checkout"}),
    ],
)
def test_other_records_show_no_creation(action: str, root: Record) -> None:
    """PD-13 takes only a create on an API key for its creation."""
    other = use(30, actor=ADA, last4="zz99", action=action, root=root)

    assert verdicts(keys(other, use(1)), "PD-13")["PKEY:ab12"] == "manual"


def test_use_is_evidence() -> None:
    """PD-13 shows first and last use, the actor and what the key changed."""
    records = [use(200, root=a_service()), use(1, root=a_policy())]

    evidence = str(only(keys(*records), "PD-13").evidence)

    for part in (before(200)[:10], before(1)[:10], "PKEY", "service", "escalation_policy"):
        assert part in evidence


@pytest.mark.parametrize(("path", "value"), unfit("method"))
def test_broken_use_is_an_error(path: str, value: Any) -> None:
    """PD-13 is an error when a record does not say which key did something."""
    assert status(keys(altered(use(1), path, value)), "PD-13") == "error"


@pytest.mark.parametrize(("path", "value"), unfit("root_resource", "root_resource.type"))
@pytest.mark.parametrize(("days", "verdict"), [(200, "fail"), (80, "manual")])
def test_use_of_an_unknown_kind_is_a_use(days: float, verdict: str, path: str, value: Any) -> None:
    """PD-13 judges a key by its use although a record does not say what the key changed."""
    broken = altered(use(days), path, value)

    found = only(keys(broken, use(1)), "PD-13")

    assert found.status.value == verdict
    assert "unknown" in str(found.evidence)


@pytest.mark.parametrize(
    ("path", "value"), unfit("actors", "actors.0.id", "method.truncated_token")
)
def test_use_by_an_unknown_key_proves_nothing(path: str, value: Any) -> None:
    """PD-13 neither passes nor fails keys that the record does not tell apart."""
    records = [altered(use(days), path, value) for days in (200, 1)]

    assert status(keys(*records), "PD-13") in {"manual", "error"}


OTHER = an_api_key("CI", id="PCI")


@pytest.mark.parametrize(
    ("path", "value", "row"),
    [
        ("actors.0.id", ABSENT, "unknown:ab12"),
        ("actors.0.id", None, "unknown:ab12"),
        ("actors.0", None, "unknown:ab12"),
        ("actors.0", {}, "unknown:ab12"),
        ("actors", "Terraform", "unknown:ab12"),
        ("method", ABSENT, "PKEY:unknown"),
        ("method.truncated_token", 5, "PKEY:unknown"),
        ("execution_time", "yesterday", "PKEY:ab12"),
    ],
)
def test_broken_record_is_a_row_of_its_own(path: str, value: Any, row: str) -> None:
    """PD-13 is an error for the key that a broken record may be about, and judges the others."""
    broken = altered(use(3), path, value)
    others = [use(200, actor=OTHER, last4="cd34"), use(2, actor=OTHER, last4="cd34")]

    assert verdicts(keys(broken, *others), "PD-13") == {row: "error", "PCI:cd34": "fail"}


@pytest.mark.parametrize(
    ("uses", "verdict"),
    [
        ([use(200), use(1)], "fail"),
        ([use(1)], "error"),
        ([use(200)], "error"),
        ([use(30, root=KEY, action="create", last4="zz99", actor=ADA), use(1)], "pass"),
        ([use(300, root=KEY, action="create", last4="zz99", actor=ADA), use(1)], "fail"),
    ],
)
def test_broken_use_of_a_key_costs_only_what_it_could_change(
    uses: list[Record], verdict: str
) -> None:
    """PD-13 keeps a known fail; a key that a broken record may show overdue is an error."""
    broken = altered(use(50), "execution_time", "yesterday")

    assert verdicts(keys(broken, *uses), "PD-13")["PKEY:ab12"] == verdict


def test_record_of_an_unknown_actor_costs_the_keys_with_its_token() -> None:
    """PD-13 is an error for each key that a record without its actor's id may be about."""
    broken = altered(use(50), "actors.0.id", ABSENT)
    records = [use(1), use(1, actor=OTHER), use(1, actor=OTHER, last4="cd34")]

    assert verdicts(keys(broken, *records), "PD-13") == {
        "PKEY:ab12": "error",
        "PCI:ab12": "error",
        "PCI:cd34": "manual",
        "unknown:ab12": "error",
    }


@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, {}, {"id": "PDRECORD1"}], ids=str)
def test_record_that_says_nothing_is_a_row_of_an_unknown_key(broken: Record) -> None:
    """PD-13 is an error, under the name of an unknown key, for a record that cannot be read."""
    records = [use(200), use(1)]

    assert verdicts(keys(broken, *records), "PD-13") == {
        "PKEY:ab12": "fail",
        "unknown:unknown": "error",
    }


def test_creation_of_an_unknown_key_costs_the_keys_that_it_may_be_about() -> None:
    """PD-13 keeps its verdicts beside a record that does not say which key was made.

    Only a key that is its own actor can be the one.
    """
    made = use(3, root=KEY, action="create", last4="zz99", actor=ADA)
    made = altered(made, "root_resource.id", ABSENT)
    records = [use(200), use(1), use(1, actor=OTHER), use(1, actor=ADA, last4="yy88")]

    assert verdicts(keys(made, *records), "PD-13") == {
        "PKEY:ab12": "fail",
        "PCI:ab12": "error",
        "PADA:yy88": "manual",
        "PADA:zz99": "manual",
        "unknown:unknown": "error",
    }


def test_key_has_a_name_that_a_person_can_find() -> None:
    """PD-13 calls a key by its own name, or by its last characters and by whoever uses it."""
    found = {
        each.resource.id: each.resource.name
        for each in inspect(keys(use(1), use(1, actor=ADA, last4="cd34")), "PD-13")
    }

    assert found == {"PKEY:ab12": "Terraform", "PADA:cd34": "…cd34 of Ada Quill"}


def test_changes_are_told_in_words() -> None:
    """PD-13 says in a sentence what the key changed, and how often."""
    records = [use(3, root=a_service()), use(2, root=a_service()), use(1, root=a_policy())]

    found = only(keys(*records), "PD-13")

    assert "changed a service 2 times, an escalation policy once" in found.message


@pytest.mark.parametrize("control", ["PD-11", "PD-12"])
@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, {"id": "PDRECORD1"}], ids=str)
def test_record_without_time_is_an_error_of_the_account(control: str, broken: Record) -> None:
    """PD-11 and PD-12 are errors where the one record that they go by cannot be read."""
    data: dict[str, Any] = {TRAIL[control]: [broken]}

    assert verdicts(a_snapshot(**data), control) == {"account": "error"}


def test_thing_that_says_when_it_was_made_proves_the_age_beside_broken_ones() -> None:
    """PD-12 fails by one old service, whatever the other services say of their age."""
    services = [
        {NO_OBJECT: True},
        altered(a_service("Odd", integrations=[]), "created_at", "long ago"),
        altered(a_service("Half"), "integrations", None),
        a_service("Old", created_at=before(900), integrations=[]),
    ]

    assert status(oldest(50, services=services), "PD-12") == "fail"
    assert status(oldest(50, services=services[:3]), "PD-12") == "error"
