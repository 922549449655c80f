"""Fixes that only a person can make: the plan, the login, keys, priorities."""

from __future__ import annotations

from pdsec_checks.fixes.registry import only_text
from pdsec_checks.model import ACCOUNT

only_text(
    "PD-01",
    ACCOUNT,
    "User Icon > Account Settings > Single Sign-On: turn off the login with username and password",
    "no API sets it; the account owner's own password cannot be turned off",
)
only_text(
    "PD-11",
    ACCOUNT,
    "User Icon > Account Settings > Billing: a plan with the audit trail",
    "no API sets it; where the plan has the audit trail already, nothing was changed for 31 days",
)
only_text(
    "PD-12",
    ACCOUNT,
    "export GET /audit/records to storage of your own, once a month",
    "PagerDuty keeps audit records for 12 months and has no setting for it",
)
only_text(
    "PD-13",
    "api_key",
    "Integrations > API Access Keys; for the key of a user: My Profile > User Settings",
    "no API shows, makes or deletes keys: create a new one, move its users over, and delete the "
    "old one",
)
only_text(
    "PD-20",
    ACCOUNT,
    "User Icon > Account Settings > Incident Priorities",
    "no API sets priorities; Terraform reads them only. Give incidents one by hand, by an event "
    "orchestration or by a workflow",
)
only_text(
    "PD-24",
    ACCOUNT,
    "User Icon > Account Settings > Billing; then People > Users > user > Permissions & Teams",
    "a role can restrict analytics only where the plan has advanced permissions or stakeholder "
    "roles, and this plan has neither",
)
