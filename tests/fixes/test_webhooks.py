"""Fixes of mail integrations: filters look at the sender, and ask for no less than before."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.fixes.fix import Fix
from tests.fixes.test_table import only_fix
from tests.simulator.builders import a_service, an_email_filter, an_email_integration
from tests.simulator.records import Record
from tests.support.judged import a_snapshot

ASKED, PRESENT = "CHOOSE_THE_SENDERS", "CHOOSE_THE_PRESENT_FROM_EMAIL_PATTERN"


def mail_fix(mode: str, *filters: Record, **thresholds: Any) -> Fix:
    """Return the fix of an e-mail integration with these filters."""
    mailbox = an_email_integration(email_filter_mode=mode, email_filters=list(filters))
    return only_fix(
        a_snapshot(services=[a_service("Shop", id="PSHOP", integrations=[mailbox])]),
        "PD-16",
        **thresholds,
    )


def integration_in(fix: Fix) -> Record:
    """Return the integration that the one request of a fix sends."""
    (request,) = fix.requests
    assert request.body is not None
    found: Record = request.body["integration"]
    return found


@pytest.mark.parametrize(
    ("mode", "senders", "wanted_mode", "wanted"),
    [
        ("all-email", [], "and-rules-email", [ASKED]),
        ("all-email", ["match", "always"], "and-rules-email", [ASKED]),
        ("or-rules-email", [], "or-rules-email", [ASKED]),
        ("or-rules-email", ["match", "always"], "or-rules-email", [PRESENT, f"{ASKED}_2"]),
        ("or-rules-email", ["always", "always"], "or-rules-email", [ASKED, f"{ASKED}_2"]),
        ("and-rules-email", ["always", "always"], "and-rules-email", [ASKED, None]),
    ],
)
def test_filters_that_let_anybody_in_look_at_the_sender(
    mode: str, senders: list[str], wanted_mode: str, wanted: list[str | None]
) -> None:
    """Alternatives stay alternatives, and a filter that knows its senders keeps them."""
    fix = mail_fix(mode, *map(an_email_filter, senders))
    found = integration_in(fix)

    assert found["email_filter_mode"] == wanted_mode
    assert [each.get("from_email_regex") for each in found["email_filters"]] == wanted
    attributes = [each.attribute for block in fix.terraform for each in block.changes]
    assert ("email_filter_mode" in attributes) is (mode != wanted_mode)


def test_what_a_filter_asks_besides_the_sender_stays() -> None:
    """Its patterns are in no report, so that a person must copy them."""
    strict = an_email_filter("always") | {"subject_mode": "match", "subject_regex": "^ALERT"}
    (found,) = integration_in(mail_fix("and-rules-email", strict))["email_filters"]

    assert found == {
        "from_email_mode": "CHOOSE_MATCH_OR_NO_MATCH",
        "from_email_regex": "CHOOSE_THE_SENDERS",
        "subject_mode": "match",
        "subject_regex": "CHOOSE_THE_PRESENT_SUBJECT_PATTERN",
        "body_mode": "always",
    }


def test_mail_that_is_refused_as_such_is_replaced() -> None:
    """Where nobody should use e-mail, a filter would be no fix."""
    fix = mail_fix("all-email", refused_integration_types=["generic_email"])

    assert fix.requests == []
    assert [each.type for each in fix.terraform] == ["pagerduty_service_integration"]
