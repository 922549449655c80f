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
from pdsec_checks.analysis.role_grants import grant_as_evidence, grant_in
from pdsec_checks.baseline import Baseline
from pdsec_checks.outcomes import fail, manual
from pdsec_checks.resources import Account, AuditRecord, Service, UserChange


@pytest.mark.control("PD-11")
@pytest.mark.high
def test_audit_log_is_active(
    account: Account, latest_audit_records: list[AuditRecord] | None, evidence: dict[str, object]
) -> None:
    """The audit log is active.

    PagerDuty records who changes the configuration.

    Rationale: without an audit trail nobody can tell a mistake from an attack.
    Remediation: use a plan with Audit Trail Reporting, and ask PagerDuty where it stays empty.
    Remediation no-plan: move to a plan with Audit Trail Reporting under User Icon > Subscriptions >
    Upgrade Plan.
    Help no-plan: https://support.pagerduty.com/main/docs/billing-invoices-payments
    Remediation no-records: the plan has the audit trail, and it is empty: save a change of any
    team, look for it under People > Teams > the team > View Audit Trail Reporting, and ask
    PagerDuty's support why where it is missing. Where nobody changed anything, nothing is wrong.
    Help: https://support.pagerduty.com/main/docs/audit-trail-reporting
    """
    if latest_audit_records is None:
        fail(f"{account} has no audit trail: its plan has none", cause="no-plan")
    if not latest_audit_records:
        fail(f"{account} has no audit record of the last 31 days", cause="no-records")
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
    """Audit records are retained long enough.

    Audit records stay available for as long as the organisation requires.

    Rationale: an intrusion is often found months after it happened.
    Remediation: export audit records regularly to storage of your own.
    Remediation no-plan: move to a plan with Audit Trail Reporting under User Icon > Subscriptions >
    Upgrade Plan.
    Help no-plan: https://support.pagerduty.com/main/docs/billing-invoices-payments
    Remediation too-short: read GET /audit/records each month, before records go, and keep them
    where nobody can change them for as long as audit_retention_days asks; ask PagerDuty's support
    what became of the older ones.
    Remediation no-records: ask PagerDuty's support why the audit trail of an account of this age is
    empty, and from now on export GET /audit/records each month.
    Remediation beyond-history: show the storage to which audit records are exported, or begin to
    export GET /audit/records each month; then attest it.
    Remediation age-unknown: show since when the account exists, under User Icon > Subscriptions,
    and attest that it is younger than audit_retention_days.
    Limits: PagerDuty keeps records readable for 12 months; only an export of your own keeps
    them longer, and the API cannot show one. A young account has no old records to show.
    Help: https://support.pagerduty.com/main/docs/audit-trail-reporting
    """
    required = timedelta(days=baseline.audit_retention_days)
    if oldest_audit_records is None:
        fail(f"{account} has no audit trail: its plan has none", cause="no-plan")
    age = as_of - oldest_audit_records[0].time if oldest_audit_records else timedelta()
    evidence["oldest_record_days"] = age.days if oldest_audit_records else None
    evidence["required_days"] = required.days
    if required > AUDIT_HISTORY:
        manual(
            f"{account} must keep audit records for {required.days} days and PagerDuty keeps "
            "them for 12 months: show the export that keeps the older ones",
            cause="beyond-history",
        )
    if age >= required - AUDIT_WINDOW:
        return
    found = f"its oldest readable audit record is {age.days} days old"
    if not oldest_audit_records:
        found = "it has no readable audit record of the last 12 months"
    if provably_older(services_if_known(), as_of - required):
        fail(
            f"{account} is older than {required.days} days, and {found}",
            cause="too-short" if oldest_audit_records else "no-records",
        )
    manual(
        f"{account} may be younger than {required.days} days, and {found}: show its age",
        cause="age-unknown",
    )


@pytest.mark.control("PD-13")
@pytest.mark.high
def test_api_key_is_rotated(
    api_key: ApiKeyUse, baseline: Baseline, as_of: datetime, evidence: dict[str, object]
) -> None:
    """API keys are rotated.

    Every API key is replaced before it gets too old.

    Rationale: an old key has been copied to more places than anybody remembers.
    Remediation: create a new key, move its users over, and delete the old one.
    Remediation account-key: create a new key under Integrations > API Access Keys, move its users
    over, and delete the old one there.
    Remediation user-key: the person who holds the key creates a new one under My Profile > User
    Settings > API Access, moves its users over, and removes the old one there.
    Help user-key: https://support.pagerduty.com/main/docs/user-settings
    Remediation age-unknown: look under Integrations > API Access Keys, for a person's own key under
    People > Users > the person > User Settings, when the key was made; replace it where that is
    too long ago, and attest it otherwise.
    Remediation no-trace: look under Integrations > API Access Keys when each key was made, replace
    those past their age, and attest the rest.
    Remediation no-plan: move to a plan with Audit Trail Reporting under User Icon > Subscriptions >
    Upgrade Plan.
    Help no-plan: https://support.pagerduty.com/main/docs/billing-invoices-payments
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
        if age > timedelta(days=days):
            fail(
                f"{api_key} was created {age.days} days ago; {days} days are allowed",
                cause="account-key",  # the only keys of which a creation can be told
            )
        return
    if api_key.is_overdue(as_of, days):
        fail(
            f"{api_key} has been in use for at least {(as_of - api_key.first_use).days} days, "
            f"since {clock(api_key.first_use)}, and was used again on {clock(api_key.last_use)}; "
            f"{days} days are allowed",
            cause="account-key" if api_key.is_own_actor else "user-key",
        )
    if api_key.unknown:
        raise api_key.unknown[0]
    manual(
        f"{api_key} was used from {clock(api_key.first_use)} to {clock(api_key.last_use)} "
        f"({api_key.changed_in_words}), which does not show its age: look at Integrations > API "
        "Access Keys",
        cause="age-unknown",
    )


@pytest.mark.control("PD-42")
@pytest.mark.extended
@pytest.mark.high
def test_role_grants_are_reviewed(
    role_grant: UserChange | Account, baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Grants of privileged roles have been reviewed.

    Somebody vouches for each change of the last quarter that made a user account owner or global
    admin, and for each that may have.

    Rationale: whoever can silence alerts must have been made so by a decision that somebody can
    show.
    Remediation: compare each grant with the decision that it rests on, lower the role under People
    > Users > the user > Permissions & Teams where there is none, and attest the rest.
    Remediation granted: find the decision to make this person an administrator, and attest it;
    where there is none, give another role under People > Users > the user > Permissions & Teams.
    Remediation not-shown: look under People > Users > the user > Permissions & Teams which role the
    user has; find the decision where it is a privileged one, and attest what you found.
    Remediation no-plan: move to a plan with Audit Trail Reporting under User Icon > Subscriptions >
    Upgrade Plan.
    Help no-plan: https://support.pagerduty.com/main/docs/billing-invoices-payments
    Limits: grants older than audit_review_days are not looked at, nor is who had the role before;
    PagerDuty does not document by which names a record shows roles.
    Help: https://support.pagerduty.com/main/docs/user-roles
    """
    evidence["review_days"] = baseline.audit_review_days
    if isinstance(role_grant, UserChange) and (grant := grant_in(role_grant)):
        evidence.update(grant_as_evidence(role_grant))
        manual(f"{role_grant} {grant}", cause=grant.cause)
