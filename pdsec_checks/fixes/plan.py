"""Fixes that only a person can make: the plan, the login, keys, priorities."""

from __future__ import annotations

from pdsec_checks.fixes.registry import only_text
from pdsec_checks.model import ACCOUNT

only_text("PD-01", ACCOUNT, "no API changes the plan, or how people log in")
only_text("PD-11", ACCOUNT, "no API turns the audit trail on")
only_text("PD-12", ACCOUNT, "PagerDuty keeps audit records for 12 months, and no API changes that")
only_text("PD-13", "api_key", "no API shows, makes or deletes keys")
only_text(
    "PD-20",
    ACCOUNT,
    "no API defines priorities or makes people use them, and Terraform only reads them",
)
only_text("PD-24", ACCOUNT, "no API changes the plan")
