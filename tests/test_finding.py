"""Which findings are the same, and which resources."""

from __future__ import annotations

from unittest.mock import ANY

from pdsec_checks.finding import ResourceRef, Team
from pdsec_checks.reports.earlier import EarlierFinding
from tests.support.changed import replace
from tests.support.findings import a_finding

SERVICE = ResourceRef("service", "PS1", "Checkout")


def test_who_looks_after_a_resource_is_no_part_of_its_address() -> None:
    """It is the same resource, whatever is known of its teams."""
    known = replace(SERVICE, teams=(Team("PT1", "Payments"),))

    assert known == SERVICE
    assert hash(known) == hash(SERVICE)
    assert replace(SERVICE, name="Till") != SERVICE
    assert SERVICE == ANY


def test_a_rank_is_no_part_of_what_was_found() -> None:
    """Nor is it whether somebody asked for the fingerprint."""
    finding = a_finding()
    ranked = replace(finding, rank=3)

    assert ranked.fingerprint
    assert ranked == finding
    assert hash(ranked) == hash(finding)
    assert replace(finding, message="another") != finding
    assert finding == ANY


def test_what_an_earlier_report_said_is_no_finding_of_today() -> None:
    """It holds more than a finding does."""
    fields = {name: getattr(a_finding(), name) for name in a_finding().__struct_fields__}

    assert EarlierFinding(**fields) != a_finding()
