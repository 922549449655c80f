"""What PagerDuty itself says where it refuses a request: texts that name nobody.

Sources: the examples of PagerDuty's OpenAPI document, and the codes of errors of its REST API
(2000 to 2100, https://developer.pagerduty.com/docs/errors) with the words that stand for them.
"""

from __future__ import annotations

import re

from pdsec_checks.pagerduty.data_sets.table import DATA_SETS

MESSAGES = frozenset(
    {
        "access denied",
        "account locked",
        "account not found",
        "arguments caused error",
        "authentication failed",
        "date cannot be more than 12 months in the future",
        "internal error",
        "internal server error",
        "invalid 'since' or 'until' parameter values",
        "invalid input provided",
        "invalid query date range",
        "invalid request",
        "missing arguments",
        "not found",
        "only https allowed for this call",
        "rate limit exceeded",
        "required abilities are unavailable",
        "service unavailable",
        "the action requires a 'requester_id' to be specified",
        "token missing required scopes",
        "your account is expired and cannot use the api",
    }
)
"""Whole messages, in small letters and without a full stop."""
SCOPES = frozenset(scope for each in DATA_SETS.values() for scope in each.scopes)
"""The OAuth scopes that this tool asks for."""
KEYS = frozenset({"error", "errors", "message"})
"""Where a message stands in an answer: ``{"error": {"message": …, "errors": […]}}``."""
SCOPE_KEYS = frozenset({"required_scopes"})


def is_known(key: str, text: str) -> bool:
    """Tell whether *text*, below *key* of an answer, is known to be PagerDuty's own."""
    if key in SCOPE_KEYS:
        return SCOPES.issuperset(re.split(r"[,\s]+", text))
    return key in KEYS and text.lower().removesuffix(".") in MESSAGES
