"""Waivers and attestations: what a person decided, until a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.model import Finding, ResourceRef, Severity, Status
from pdsec_checks.settings import Attestation, Waiver
from pdsec_checks.waivers import apply, notices

LAST_MOMENT = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
LAST_DAY = LAST_MOMENT.date()


def a_finding(status: Status, resource: str = "PS1") -> Finding:
    """Return a finding of PD-05 with some evidence."""
    ref = ResourceRef("service", resource, "shop")
    return Finding("PD-05", Severity.CRITICAL, status, ref, "no policy", {"seen": 1})


def a_waiver(**changed: Any) -> Waiver:
    """Return a waiver of that finding."""
    fields = {"control": "PD-05", "resource": "PS1", "expires": LAST_DAY, **changed}
    return Waiver(reason="retired", approved_by="head of operations", **fields)


def an_attestation(**changed: Any) -> Attestation:
    """Return an attestation about that finding."""
    fields = {"control": "PD-05", "resource": "PS1", "until": LAST_DAY, **changed}
    return Attestation(who="Ann", statement="seen", **{"when": date(2026, 1, 1), **fields})


def test_waived_failure_carries_who_why_and_until() -> None:
    """A waiver turns a failure into ``waived``, and stands beside the other evidence."""
    found = apply(a_finding(Status.FAIL), [a_waiver()], [], LAST_MOMENT)

    assert found.status is Status.WAIVED
    assert found.message == "no policy"
    assert found.evidence == {
        "seen": 1,
        "waiver": {
            "reason": "retired",
            "approved_by": "head of operations",
            "expires": "2026-11-23",
        },
    }


def test_attested_case_carries_who_and_what() -> None:
    """An attestation turns ``manual`` into a pass, and stands beside the other evidence."""
    found = apply(a_finding(Status.MANUAL), [], [an_attestation()], LAST_MOMENT)

    assert found.status is Status.PASS
    assert found.evidence == {
        "seen": 1,
        "attestation": {
            "who": "Ann",
            "when": "2026-01-01",
            "until": "2026-11-23",
            "statement": "seen",
        },
    }


OTHERS = [{"control": "PD-06"}, {"resource": "PS2"}, {"resource": "shop"}]


@pytest.mark.parametrize("other", [*OTHERS, {"expires": date(2026, 11, 22)}])
def test_waiver_for_something_else_or_expired_changes_nothing(other: dict[str, Any]) -> None:
    """Control and id must be the same, and the last day must not be over."""
    finding = a_finding(Status.FAIL)

    assert apply(finding, [a_waiver(**other)], [], LAST_MOMENT) == finding


@pytest.mark.parametrize("other", [*OTHERS, {"until": date(2026, 11, 22)}])
def test_attestation_for_something_else_or_expired_changes_nothing(other: dict[str, Any]) -> None:
    """Control and id must be the same, and the last day must not be over."""
    finding = a_finding(Status.MANUAL)

    assert apply(finding, [], [an_attestation(**other)], LAST_MOMENT) == finding


def test_one_that_still_counts_is_found_behind_one_that_does_not() -> None:
    """An expired entry does not hide a later one for the same finding."""
    old = date(2020, 1, 1)

    failed = apply(a_finding(Status.FAIL), [a_waiver(expires=old), a_waiver()], [], LAST_MOMENT)
    manual = apply(
        a_finding(Status.MANUAL), [], [an_attestation(until=old), an_attestation()], LAST_MOMENT
    )

    assert (failed.status, manual.status) == (Status.WAIVED, Status.PASS)


@given(st.sampled_from(Status), st.booleans(), st.booleans())
def test_waivers_touch_failures_only_and_attestations_manual_only(
    status: Status,
    waived: bool,  # noqa: FBT001 - drawn
    attested: bool,  # noqa: FBT001 - drawn
) -> None:
    """An error stays an error, a pass a pass, whatever anybody decided."""
    found = apply(
        a_finding(status), [a_waiver()] * waived, [an_attestation()] * attested, LAST_MOMENT
    )

    turned = {
        Status.FAIL: Status.WAIVED if waived else Status.FAIL,
        Status.MANUAL: Status.PASS if attested else Status.MANUAL,
    }
    assert found.status is turned.get(status, status)


def test_attestation_does_not_count_before_its_day() -> None:
    """What somebody confirms from tomorrow on is no pass today."""
    tomorrow = an_attestation(when=LAST_DAY + timedelta(days=1), until=date(2027, 1, 1))
    finding = a_finding(Status.MANUAL)

    assert apply(finding, [], [tomorrow], LAST_MOMENT) == finding
    assert notices([finding], [], [tomorrow], LAST_MOMENT) == [
        "the attestation for PD-05 on PS1 counts only from 2026-11-24"
    ]


def test_entry_that_did_its_work_is_no_news() -> None:
    """A waiver and an attestation that were applied are not mentioned."""
    applied = [
        apply(a_finding(Status.FAIL), [a_waiver()], [], LAST_MOMENT),
        apply(a_finding(Status.MANUAL, "PS2"), [], [an_attestation(resource="PS2")], LAST_MOMENT),
    ]

    assert notices(applied, [a_waiver()], [an_attestation(resource="PS2")], LAST_MOMENT) == []


def test_expired_entry_is_reported() -> None:
    """A waiver whose last day is over is said to be, and the failure stands."""
    expired = a_waiver(expires=LAST_DAY - timedelta(days=1))

    assert notices([a_finding(Status.FAIL)], [expired], [], LAST_MOMENT) == [
        "the waiver for PD-05 on PS1 expired on 2026-11-22"
    ]


def test_entry_without_a_finding_is_reported() -> None:
    """A waiver that matches nothing, or nothing that fails, is superfluous."""
    superfluous = "the waiver for PD-05 on PS1 matches nothing; remove it"

    assert notices([a_finding(Status.PASS)], [a_waiver()], [], LAST_MOMENT) == [superfluous]
    assert notices([a_finding(Status.FAIL, "PS2")], [a_waiver()], [], LAST_MOMENT) == [superfluous]


def test_nothing_is_called_superfluous_that_could_not_be_judged() -> None:
    """An error of the control, a chosen resource, an unselected control: no advice to remove."""
    error = a_finding(Status.ERROR, "account")

    assert notices([error], [a_waiver()], [], LAST_MOMENT) == []
    assert notices([a_finding(Status.PASS)], [a_waiver()], [], LAST_MOMENT, restricted=True) == []
    assert notices([a_finding(Status.PASS)], [a_waiver(control="PD-06")], [], LAST_MOMENT) == []
