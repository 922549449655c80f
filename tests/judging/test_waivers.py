"""Waivers and attestations: what a person decided, until a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.configuration.decisions import (
    Attestation,
    Decisions,
    MaxDays,
    Waiver,
    WaiverDays,
)
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.judging import waivers
from pdsec_checks.model import Severity, Status

LAST_MOMENT = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
LAST_DAY = LAST_MOMENT.date()
LATER = LAST_DAY + timedelta(days=20)
"""A day that is neither too far away nor near enough to be warned about."""


def a_finding(
    status: Status, resource: str = "PS1", severity: Severity = Severity.CRITICAL
) -> Finding:
    """Return a finding of PD-05 with some evidence."""
    ref = ResourceRef("service", resource, "shop")
    return Finding("PD-05", severity, status, ref, "no policy", {"seen": 1})


def a_waiver(**changed: Any) -> Waiver:
    """Return a waiver of that finding."""
    fields = {"control": "PD-05", "resource": "PS1", "expires": LAST_DAY, **changed}
    return Waiver(reason="retired", approved_by="head of operations", **fields)


def an_attestation(**changed: Any) -> Attestation:
    """Return an attestation about that finding."""
    fields = {"control": "PD-05", "resource": "PS1", "until": LAST_DAY, **changed}
    return Attestation(who="Ann", statement="seen", **{"when": date(2026, 1, 1), **fields})


def in_days(days: int) -> date:
    """Return the day that is so many days after the last one, or before it."""
    return LAST_DAY + timedelta(days=days)


def apply(
    finding: Finding, waived: list[Waiver], attested: list[Attestation], as_of: datetime
) -> Finding:
    """Apply entries with the limits of the product."""
    return waivers.apply(finding, Decisions(waived, attested), as_of)


def notices(
    findings: list[Finding],
    waived: list[Waiver],
    attested: list[Attestation],
    as_of: datetime,
    *,
    restricted: bool = False,
) -> list[str]:
    """Return what is to be said about entries with the limits of the product."""
    return waivers.notices(findings, Decisions(waived, attested), as_of, restricted=restricted)


def test_an_attested_pass_says_who_vouches_for_what_until_when() -> None:
    """What the API shows asks for a look; without the answer to it a pass would contradict that."""
    attested = an_attestation(resource="*")
    found = apply(a_finding(Status.MANUAL), [], [attested], LAST_MOMENT)

    assert found.status is Status.PASS
    assert found.message == (
        f"attested by Ann on 2026-01-01, until {LAST_DAY}: seen (what the API shows: no policy)"
    )


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
    """A waiver and an attestation that were applied, and last for a while, are not mentioned."""
    waived, attested = a_waiver(expires=LATER), an_attestation(resource="PS2", until=LATER)
    applied = [
        apply(a_finding(Status.FAIL), [waived], [], LAST_MOMENT),
        apply(a_finding(Status.MANUAL, "PS2"), [], [attested], LAST_MOMENT),
    ]

    assert notices(applied, [waived], [attested], LAST_MOMENT) == []


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
    error, waiver = a_finding(Status.ERROR, "account"), a_waiver(expires=LATER)

    assert notices([error], [waiver], [], LAST_MOMENT) == []
    assert notices([a_finding(Status.PASS)], [waiver], [], LAST_MOMENT, restricted=True) == []
    assert notices([a_finding(Status.PASS)], [a_waiver(control="PD-06")], [], LAST_MOMENT) == []


@pytest.mark.parametrize(
    ("pattern", "resource", "covered"),
    [
        ("*", "PS1", True),
        ("PUSER1:*", "PUSER1:ab12", True),
        ("PUSER1:*", "PUSER2:ab12", False),
        ("P?1", "PS1", True),
        ("ps*", "PS1", False),
        ("sho*", "PS1", False),
    ],
)
def test_a_pattern_is_one_of_ids(pattern: str, resource: str, covered: bool) -> None:  # noqa: FBT001 - expected
    """A pattern stands for ids, letter case included, and never for display names."""
    failed = apply(a_finding(Status.FAIL, resource), [a_waiver(resource=pattern)], [], LAST_MOMENT)
    manual = apply(
        a_finding(Status.MANUAL, resource), [], [an_attestation(resource=pattern)], LAST_MOMENT
    )

    assert (failed.status is Status.WAIVED) == covered
    assert (manual.status is Status.PASS) == covered


@pytest.mark.parametrize(("pattern", "superfluous"), [("PS*", False), ("PX*", True)])
def test_a_pattern_that_matches_nothing_is_reported(pattern: str, superfluous: bool) -> None:  # noqa: FBT001 - expected
    """A pattern is of use as long as one failing resource has such an id."""
    said = notices(
        [a_finding(Status.FAIL)], [a_waiver(resource=pattern, expires=LATER)], [], LAST_MOMENT
    )

    assert ("matches nothing" in " ".join(said)) == superfluous


@pytest.mark.parametrize(
    ("days", "said"),
    [(15, ""), (14, "in 14 days"), (1, "in 1 day"), (0, "today")],
)
def test_the_end_is_announced_two_weeks_before(days: int, said: str) -> None:
    """In its last 14 days an entry is said to end, and when."""
    end = in_days(days)
    waiver, attestation = a_waiver(expires=end), an_attestation(resource="PS2", until=end)
    found = [a_finding(Status.FAIL), a_finding(Status.MANUAL, "PS2")]

    expected = [
        f"the waiver for PD-05 on PS1 ends on {end}, {said}",
        f"the attestation for PD-05 on PS2 ends on {end}, {said}",
    ]
    assert notices(found, [waiver], [attestation], LAST_MOMENT) == (expected if said else [])


LENGTHS = [
    (Severity.CRITICAL, 30),
    (Severity.HIGH, 90),
    (Severity.MEDIUM, 365),
    (Severity.LOW, 365),
]


@pytest.mark.parametrize(("severity", "days"), LENGTHS)
def test_a_waiver_without_a_first_day_counts_when_its_end_is_near(
    severity: Severity, days: int
) -> None:
    """Counted from as_of it may reach as far as its severity allows, and not a day farther."""
    finding = a_finding(Status.FAIL, severity=severity)

    near = apply(finding, [a_waiver(expires=in_days(days))], [], LAST_MOMENT)
    far = apply(finding, [a_waiver(expires=in_days(days + 1))], [], LAST_MOMENT)

    assert (near.status, far.status) == (Status.WAIVED, Status.FAIL)


def test_a_waiver_that_reaches_too_far_says_why_it_does_not_count() -> None:
    """The fail stands, and the sentence has the length, the limit and the way out."""
    (said,) = notices([a_finding(Status.FAIL)], [a_waiver(expires=in_days(31))], [], LAST_MOMENT)

    assert said == (
        "the waiver for PD-05 on PS1 ends in 31 days, and one of a critical control may last "
        "30: it does not count; write down when it was accepted, or let it end earlier"
    )


@pytest.mark.parametrize(
    ("accepted", "status", "said"),
    [
        (-30, Status.WAIVED, "lasts 60 days, {limit}: it counts only until 2026-11-23"),
        (-31, Status.FAIL, "lasts 61 days, {limit}: it counted only until 2026-11-22"),
        (0, Status.WAIVED, ""),
        (1, Status.FAIL, "counts only from 2026-11-24"),
    ],
)
def test_a_waiver_counts_from_the_day_it_was_accepted(
    accepted: int, status: Status, said: str
) -> None:
    """One that is too long ends when its time is over, and the run says so."""
    waiver = a_waiver(accepted=in_days(accepted), expires=in_days(30))
    found = apply(a_finding(Status.FAIL), [waiver], [], LAST_MOMENT)
    spoken = notices([found], [waiver], [], LAST_MOMENT)

    assert found.status is status
    wanted = said.format(limit="and one of a critical control may last 30")
    assert [each for each in spoken if "ends on" not in each] == (
        [f"the waiver for PD-05 on PS1 {wanted}"] if said else []
    )


def test_the_evidence_has_the_day_on_which_a_waiver_really_ends() -> None:
    """Reports show the end that counts, not the one that somebody wished for."""
    waiver = a_waiver(accepted=in_days(-20), expires=in_days(300))

    assert apply(a_finding(Status.FAIL), [waiver], [], LAST_MOMENT).evidence["waiver"] == {
        "reason": "retired",
        "approved_by": "head of operations",
        "expires": "2026-12-03",
        "accepted": "2026-11-03",
    }


def test_an_attestation_that_is_too_long_ends_early() -> None:
    """What somebody saw a year ago is no evidence any more, whatever the entry says."""
    old = an_attestation(when=in_days(-366), until=in_days(5))
    finding = a_finding(Status.MANUAL)

    assert apply(finding, [], [old], LAST_MOMENT) == finding
    (said,) = notices([finding], [], [old], LAST_MOMENT)
    assert said == (
        "the attestation for PD-05 on PS1 lasts 371 days, and one of a critical control may last "
        "365: it counted only until 2026-11-22"
    )


def test_the_limits_can_be_set() -> None:
    """An organisation allows more or fewer days for each severity."""
    far = a_waiver(expires=in_days(60))
    long = Decisions([far], waiver_days=WaiverDays(critical=60))
    short = Decisions([], [an_attestation()], attestation_days=MaxDays(critical=7))

    assert waivers.apply(a_finding(Status.FAIL), long, LAST_MOMENT).status is Status.WAIVED
    assert waivers.apply(a_finding(Status.MANUAL), short, LAST_MOMENT).status is Status.MANUAL


@pytest.mark.parametrize(
    ("resource", "severity", "broad"),
    [
        ("*", Severity.CRITICAL, True),
        ("**?", Severity.CRITICAL, True),
        ("P*", Severity.CRITICAL, True),
        ("PS[12]", Severity.CRITICAL, True),
        ("PS1*", Severity.CRITICAL, False),
        ("PS1", Severity.CRITICAL, False),
        ("*", Severity.HIGH, False),
        ("P*", Severity.HIGH, False),
    ],
)
def test_an_entry_for_all_of_a_critical_control_is_reported(
    resource: str,
    severity: Severity,
    broad: bool,  # noqa: FBT001 - expected
) -> None:
    """What takes in all that there is accepts what nobody has seen yet; it counts, and is named."""
    waiver = a_waiver(resource=resource, expires=LATER)
    found = apply(a_finding(Status.FAIL, severity=severity), [waiver], [], LAST_MOMENT)

    assert found.status is Status.WAIVED
    said = f"the waiver for PD-05 on {resource} covers every resource of a critical control"
    findings = [found, a_finding(Status.PASS, "PS2", severity)]
    assert notices(findings, [waiver], [], LAST_MOMENT) == [f"{said}; name their ids"] * broad


def test_a_run_over_some_resources_cannot_tell_that_a_pattern_takes_in_all() -> None:
    """What was not judged may be what the pattern leaves out."""
    found, waiver = a_finding(Status.WAIVED), a_waiver(resource="PS*", expires=LATER)

    assert notices([found], [waiver], [], LAST_MOMENT, restricted=True) == []


def test_a_waiver_of_an_attested_case_matches_nothing() -> None:
    """Each kind of entry needs its own kind of finding."""
    attested = apply(a_finding(Status.MANUAL), [], [an_attestation(until=LATER)], LAST_MOMENT)

    assert notices([attested], [a_waiver()], [], LAST_MOMENT) == [
        "the waiver for PD-05 on PS1 matches nothing; remove it"
    ]
