"""Audit logging: will somebody be able to tell who changed what, and with which key?"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from pdsec_checks.analysis.audit_trail import (
    AUDIT_HISTORY,
    AUDIT_WINDOW,
    ApiKeyUse,
    provably_older,
)
from pdsec_checks.analysis.coverage import clock
from pdsec_checks.baseline import Baseline
from pdsec_checks.outcomes import manual
from pdsec_checks.resources import Account, AuditRecord, Service


@pytest.mark.control("PD-11")
@pytest.mark.high
def test_audit_log_is_active(
    account: Account, latest_audit_records: list[AuditRecord] | None, evidence: dict[str, object]
) -> None:
    """PagerDuty writes down who changes the configuration.

    Rationale: without an audit trail nobody can tell a mistake from an attack.
    Remediation: use a plan with the audit trail (Business or Enterprise).
    Help: https://support.pagerduty.com/main/docs/audit-trail-reporting
    """
    assert latest_audit_records is not None, f"{account} has no audit trail: its plan has none"
    assert latest_audit_records, f"{account} has no audit record of the last 31 days"
    evidence["record_from"] = clock(latest_audit_records[0].time)


@pytest.mark.control("PD-12")
@pytest.mark.medium
def test_audit_records_are_retained(
    account: Account,
    oldest_audit_records: list[AuditRecord] | None,
    services_if_known: Callable[[], list[Service]],
    baseline: Baseline,
    as_of: datetime,
    evidence: dict[str, object],
) -> None:
    """Audit records stay readable for as long as the organisation requires.

    Rationale: an intrusion is often found months after it happened.
    Remediation: export audit records regularly to storage of your own.
    Limits: PagerDuty keeps records readable for 12 months; only an export of your own keeps
    them longer, and the API cannot show one. A young account has no old records to show.
    Help: https://support.pagerduty.com/main/docs/audit-trail-reporting
    """
    required = timedelta(days=baseline.audit_retention_days)
    assert oldest_audit_records is not None, f"{account} has no audit trail: its plan has none"
    age = as_of - oldest_audit_records[0].time if oldest_audit_records else timedelta()
    evidence["oldest_record_days"] = age.days if oldest_audit_records else None
    evidence["required_days"] = required.days
    if required > AUDIT_HISTORY:
        manual(
            f"{account} must keep audit records for {required.days} days and PagerDuty keeps "
            "them for 12 months: show the export that keeps the older ones"
        )
    if age >= required - AUDIT_WINDOW:
        return
    found = f"its oldest readable audit record is {age.days} days old"
    if not oldest_audit_records:
        found = "it has no readable audit record of the last 12 months"
    assert not provably_older(services_if_known(), as_of - required), (
        f"{account} is older than {required.days} days, and {found}"
    )
    manual(f"{account} may be younger than {required.days} days, and {found}: show its age")


@pytest.mark.control("PD-13")
@pytest.mark.high
def test_api_key_is_rotated(
    api_key: ApiKeyUse, baseline: Baseline, as_of: datetime, evidence: dict[str, object]
) -> None:
    """Every API key is replaced before it grows old.

    Rationale: an old key has been copied to more places than anybody remembers.
    Remediation: create a new key under Integrations > API Access Keys, move its users over,
    and delete the old one.
    Limits: the API shows neither keys nor their age. A key that wrote long ago and again lately
    is provably old; a key that only reads leaves no trace.
    Help: https://support.pagerduty.com/main/docs/api-access-keys
    """
    days = baseline.api_key_max_age
    evidence["first_use"] = clock(api_key.first_use)
    evidence["last_use"] = clock(api_key.last_use)
    evidence["actor"] = api_key.actor_id
    evidence["changed"] = api_key.changed
    evidence["changed_in_words"] = api_key.changed_in_words
    if api_key.created:
        evidence["created"] = clock(api_key.created)
        age = as_of - api_key.created
        assert age <= timedelta(days=days), (
            f"{api_key} was created {age.days} days ago; {days} days are allowed"
        )
        return
    assert not api_key.is_overdue(as_of, days), (
        f"{api_key} has been in use for at least {(as_of - api_key.first_use).days} days, since "
        f"{clock(api_key.first_use)}, and was used again on {clock(api_key.last_use)}; "
        f"{days} days are allowed"
    )
    if api_key.unknown:
        raise api_key.unknown[0]
    manual(
        f"{api_key} was used from {clock(api_key.first_use)} to {clock(api_key.last_use)} "
        f"({api_key.changed_in_words}), which does not show its age: look at Integrations > API "
        "Access Keys"
    )
