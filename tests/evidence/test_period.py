"""A period says what its evidence says, and nothing where there is none."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.period import Evidence, period_of
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import Status, moment_text
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import Day, Days, Outcome, Period
from pdsec_checks.reports.period.sealed import SealedReport
from pdsec_checks.reports.period.span import Span
from tests.support.changed import replace
from tests.support.findings import ATTESTATION, a_finding
from tests.support.lockers import check, day, evidence

WEEK = Span.of("2026-11-02", "2026-11-08")
WAIVERS = [
    {
        "control": "PD-05",
        "resource": "PS*",
        "until": "2026-11-30",
        "by": "head of operations",
        "why": "retired",
    }
]
BLANK = {
    Day.HELD: ".",
    Day.WAIVED: "w",
    Day.NOT_APPLICABLE: "n",
    Day.EXCEPTION: "X",
    Day.NOT_JUDGED: "?",
    Day.NO_EVIDENCE: " ",
}


def strip(days: Days) -> str:
    """Return days as a character each."""
    return "".join(BLANK[each] for each in days.each)


def strips(period: Period) -> dict[str, str]:
    """Return the days of each control."""
    return {each.id: strip(each.days) for each in period.controls}


def test_a_day_without_evidence_is_never_a_good_one() -> None:
    """Of seven days two have evidence: both held, and five say nothing."""
    period = period_of([evidence(day(n), check(Status.PASS)) for n in (1, 4)], WEEK)

    (control,) = period.controls
    assert strip(control.days) == " .  .  "
    assert (control.days.held, control.days.evidenced, control.days.without) == (2, 2, 5)
    assert control.days.share == 1.0
    assert control.days.longest_gap == (2, 3)
    assert WEEK.label(*control.days.longest_gap) == "2026-11-04 to 2026-11-05"
    assert period.days.longest_gap == (2, 3)
    assert period.exit_code == ExitCode.NOT_JUDGED


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([Status.PASS, Status.NOT_APPLICABLE], "."),
        ([Status.PASS, Status.WAIVED], "w"),
        ([Status.NOT_APPLICABLE], "n"),
        ([Status.PASS, Status.ERROR], "?"),
        ([Status.PASS, Status.MANUAL], "?"),
        ([Status.PASS, Status.FAIL], "X"),
        ([Status.ERROR, Status.FAIL], "X"),
        ([Status.WAIVED, Status.ERROR], "?"),
    ],
)
def test_the_checks_of_a_day_speak_together(statuses: list[Status], found: str) -> None:
    """One fail is an exception, one check without a verdict leaves the day unjudged."""
    checks = [check(each, f"PS{number}") for number, each in enumerate(statuses)]

    assert strips(period_of([evidence(day(0), *checks)], WEEK)) == {"PD-05": found + 6 * " "}


def test_what_a_person_attested_holds() -> None:
    """A control that needs a person holds on the days on which one vouched for it."""
    attested = a_finding("PD-01", Status.PASS, attestation=ATTESTATION)
    found = period_of(
        [evidence(day(0), a_finding("PD-01", Status.MANUAL)), evidence(day(1), attested)], WEEK
    )

    assert strips(found) == {"PD-01": "?.     "}


@pytest.mark.parametrize("changed", [{"restricted": True}, {"complete": False}])
def test_a_run_that_left_resources_out_says_nothing_good(changed: dict[str, Any]) -> None:
    """A pass of some resources is none of the control; a fail is one all the same."""
    found = period_of(
        [
            evidence(day(0), check(Status.PASS), **changed),
            evidence(day(1), check(Status.FAIL), **changed),
        ],
        WEEK,
    )

    assert strips(found) == {"PD-05": "?X     "}


def test_what_failed_before_and_could_not_be_judged_keeps_a_control_from_holding() -> None:
    """A carried fail is not ruled out by passes of other resources."""
    carried = [{"finding": {"control": "PD-05"}, "failed_on": "2026-11-01T06:00:00Z"}]
    found = period_of([evidence(day(0), check(Status.PASS), carried=carried)], WEEK)

    assert strips(found) == {"PD-05": "?      "}


def test_a_control_that_was_not_selected_has_no_evidence_that_day() -> None:
    """A bundle is evidence for the controls that it judged, and for no other one."""
    found = period_of(
        [
            evidence(day(0), check(Status.PASS), check(Status.PASS, control="PD-06")),
            evidence(day(1), check(Status.PASS)),
        ],
        WEEK,
    )

    assert strips(found) == {"PD-05": "..     ", "PD-06": ".      "}
    assert strip(found.days) == "..     "


def test_two_bundles_of_a_day() -> None:
    """A fail counts however many others passed; a second try may judge what the first could not."""
    found = period_of(
        [
            evidence(day(0), check(Status.PASS)),
            evidence(day(0, hour=9), check(Status.FAIL)),
            evidence(day(0, hour=12), check(Status.PASS)),
            evidence(day(1), check(Status.ERROR)),
            evidence(day(1, hour=9), check(Status.PASS)),
        ],
        WEEK,
    )

    assert strips(found) == {"PD-05": "X.     "}


def test_an_interval_may_be_longer_or_shorter_than_a_day() -> None:
    """One bundle a week is all that is expected with ``--every 1w``; half days want two a day."""
    pieces = [evidence(day(n), check(Status.PASS)) for n in (0, 8)]

    weeks = period_of(pieces, Span.of("2026-11-02", "2026-11-16", "1w"))
    halves = period_of(pieces[:1], Span.of("2026-11-02", "2026-11-02", "12h"))

    assert strip(weeks.days) == ".. "
    assert weeks.span.label(2) == "2026-11-16"
    assert strip(halves.days) == ". "
    assert halves.span.label(1) == "2026-11-02 12:00 to 2026-11-03 00:00"


@pytest.mark.parametrize(
    ("every", "words", "text"),
    [
        ("1d", "every day", "1d"),
        ("24h", "every day", "1d"),
        ("7d", "every week", "1w"),
        ("1h", "every hour", "1h"),
        ("12h", "every 12 hours", "12h"),
        ("2w", "every 14 days", "2w"),
        ("36h", "every 36 hours", "36h"),
    ],
)
def test_an_interval_has_one_name(every: str, words: str, text: str) -> None:
    """However it was asked for, people read the same."""
    span = Span.of("2026-11-02", "2026-11-08", every)

    assert (span.every_words, span.every_text) == (words, text)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("2026-11-31", "2026-12-01"), "--from: '2026-11-31' is no day; write it as 2026-11-23"),
        (("2026-11-02", "tomorrow"), "--to: 'tomorrow' is no day"),
        (("2026-11-02", "2026-11-01"), "--to 2026-11-01: it lies before --from 2026-11-02"),
        (("2026-11-02", "2026-11-08", "daily"), "--every: 'daily' is no interval"),
        (("2026-11-02", "2026-11-08", "0d"), "--every: '0d' is no interval"),
        (("2000-11-02", "2026-11-08"), "the period is longer than 3660 days"),
        (("2024-01-02", "2026-11-08", "1h"), "--every 1h: it has more than 10000 of them"),
    ],
)
def test_a_period_that_is_none_is_refused(asked: tuple[str, ...], said: str) -> None:
    """A bad day, order or interval gets a sentence with the option that has it."""
    with pytest.raises(UsageError, match=said):
        Span.of(*asked)


def test_both_ends_belong_to_the_period() -> None:
    """The first second of the first day and the last one of the last day count; no other does."""
    start = day(0, hour=0)
    end = start + timedelta(days=7)
    moments = [start - timedelta(seconds=1), start, end - timedelta(seconds=1), end]

    assert [WEEK.index(each) for each in moments] == [None, 0, 6, None]


# What failed


def test_an_exception_ends_where_the_check_passes() -> None:
    """First and last seen are moments of evidence; the first later pass resolves it."""
    period = period_of(
        [
            evidence(day(0), check(Status.PASS)),
            evidence(day(1), check(Status.FAIL)),
            evidence(day(2), check(Status.ERROR)),
            evidence(day(3), check(Status.FAIL)),
            evidence(day(5), check(Status.NOT_APPLICABLE)),
        ],
        WEEK,
    )

    (found,) = period.exceptions
    assert (found.first_seen, found.last_seen, found.ended) == (day(1), day(3), day(5))
    assert (found.outcome, found.failed) == (Outcome.RESOLVED, 2)
    assert found.resource.id == "PS1"
    assert period.exit_code == ExitCode.FAILED


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        ([], Outcome.OPEN),
        ([check(Status.ERROR)], Outcome.OPEN),
        ([check(Status.MANUAL)], Outcome.OPEN),
        ([check(Status.PASS, "PS2"), check(Status.ERROR, "PS3")], Outcome.OPEN),
        ([check(Status.PASS, control="PD-06")], Outcome.OPEN),
        ([check(Status.PASS, "PS2")], Outcome.GONE),
        ([check(Status.WAIVED)], Outcome.WAIVED),
    ],
)
def test_what_becomes_of_an_exception(after: list[Any], outcome: Outcome) -> None:
    """Only a verdict ends one; a resource is gone where its control was judged without it."""
    pieces = [evidence(day(0), check(Status.FAIL))]
    pieces += [evidence(day(1), *after)] if after else []

    (found,) = period_of(pieces, WEEK).exceptions
    assert found.outcome is outcome
    assert found.ended == (day(1) if outcome is Outcome.GONE else None)


def test_a_check_that_fails_again_is_another_exception() -> None:
    """Twice failed and once resolved are two rows, the open one first."""
    statuses = [Status.FAIL, Status.PASS, Status.FAIL]
    pieces = [evidence(day(n), check(each)) for n, each in enumerate(statuses)]

    found = period_of(pieces, WEEK).exceptions
    assert [(each.outcome, each.first_seen) for each in found] == [
        (Outcome.OPEN, day(2)),
        (Outcome.RESOLVED, day(0)),
    ]


def test_who_changed_the_resource_is_told() -> None:
    """Changes between the last fail and the pass stand beside it; others do not."""
    times = {"PS1": [day(3), day(2), day(0)], "PS2": [day(2)]}
    changes = [
        {
            "resource": resource,
            "time": moment_text(time),
            "action": "update",
            "method": "browser",
            "actor": {"type": "user", "id": "PADA", "name": "Ada"},
        }
        for resource, found in times.items()
        for time in found
    ]
    period = period_of(
        [
            evidence(day(1), check(Status.FAIL)),
            evidence(day(2, hour=12), check(Status.PASS), changes=changes),
        ],
        WEEK,
    )

    (found,) = period.exceptions
    assert [(each.resource, each.time) for each in found.changes] == [("PS1", day(2))]


def test_a_waiver_is_told_from_the_first_evidence_that_has_it() -> None:
    """By whom and until when says the scope; what was always waived is no exception."""
    scope = evidence(day(0), check(Status.WAIVED)).read().scope
    assert scope is not None
    plain = {name: getattr(scope, name) for name in scope.__struct_fields__} | {"waivers": WAIVERS}
    period = period_of(
        [
            evidence(day(0), check(Status.FAIL), check(Status.WAIVED, "PS2")),
            evidence(day(1), check(Status.WAIVED), check(Status.WAIVED, "PS2"), scope=plain),
        ],
        WEEK,
    )

    (waived,) = period.exceptions
    assert (waived.outcome, waived.failed) == (Outcome.WAIVED, 1)
    assert [(each.since, each.until, each.by) for each in waived.waived] == [
        (day(1), "2026-11-30", "head of operations")
    ]
    (accepted,) = period.accepted
    assert [(each.since, each.until, each.why) for each in accepted.waived] == [
        (day(0), "2027-03-31", "retired service"),
        (day(1), "2026-11-30", "retired"),
    ]


def test_since_when_it_failed_may_lie_before_the_period() -> None:
    """The report itself may know of earlier runs."""
    failing = evidence(day(0), check(Status.FAIL)).read()
    (finding,) = failing.findings
    old = day(-40)

    def read() -> SealedReport:
        changed = msgspec.structs.replace(finding, open_since=old)
        return msgspec.structs.replace(failing, findings=[changed])

    (found,) = period_of([Evidence("evidence.zip", day(0), read)], WEEK).exceptions
    assert (found.failing_since, found.first_seen) == (old, day(0))


# Requirements


def test_requirements_go_by_the_verdict_in_the_report() -> None:
    """What supports a requirement is sealed with the report; nothing is looked up anew."""
    period = period_of(
        [evidence(day(0), check(Status.PASS)), evidence(day(1), check(Status.FAIL))], WEEK
    )

    found = {(each.framework, each.id): each for each in period.requirements}
    assert {strip(each.days)[1:] for each in period.requirements} == {"X     "}
    assert ("soc2", "CC7.3") in found
    assert {each for every in period.requirements for each in every.controls} == {"PD-05"}
    assert period.requirements[0].framework == "fedramp"


def test_a_verdict_that_nobody_knows_says_nothing() -> None:
    """A requirement is held only by a verdict that says so."""
    verdicts = {"supported": ".", "waived": "w", "incomplete": "?", "": "?", "no support": "?"}
    for verdict, expected in verdicts.items():
        plain = [
            {
                "id": "PD-05",
                "requirements": [
                    {"framework": "x", "id": "1", "edition": "", "title": "", "verdict": verdict}
                ],
            }
        ]
        found = period_of([evidence(day(0), check(Status.PASS), controls=plain)], WEEK)
        assert strip(found.requirements[0].days)[0] == expected


# Bundles, events


def test_a_bundle_with_a_problem_is_no_evidence() -> None:
    """It is listed with its problem, and its day is one without evidence."""
    period = period_of(
        [
            evidence(day(0), check(Status.PASS), problem="its sums do not agree"),
            evidence(day(1), check(Status.PASS)),
        ],
        Span.of("2026-11-02", "2026-11-03"),
    )

    assert strips(period) == {"PD-05": " ."}
    assert [(each.name, each.problem) for each in period.refused] == [
        ("evidence-2026-11-02T060000Z.zip", "its sums do not agree")
    ]
    assert period.exit_code == ExitCode.NOT_JUDGED


def test_a_report_about_another_moment_is_no_evidence() -> None:
    """The name and the statement of a bundle cannot lend a report another day."""
    piece = replace(evidence(day(0), check(Status.PASS)), as_of=day(1))

    (line,) = period_of([piece], WEEK).refused
    assert line.problem == (
        "its statement is about 2026-11-03T06:00:00Z, and its report about 2026-11-02T06:00:00Z"
    )


def test_settings_that_changed_are_events() -> None:
    """Threshold, severity, version and selection: each is told once, with its day."""
    controls = [{"id": "PD-05", "severity": "low"}]
    changed: dict[str, Any] = {
        "baseline": {"api_key_max_age": 30},
        "tool": {"name": "pagerduty-sec-inspector", "version": "9"},
        "controls": controls,
        "mapping": "current",
    }
    period = period_of(
        [
            evidence(day(-1), check(Status.PASS)),
            evidence(day(0), check(Status.PASS), check(Status.PASS, control="PD-06")),
            evidence(day(1), check(Status.PASS), **changed),
            evidence(day(2), check(Status.PASS), **changed),
        ],
        WEEK,
    )

    assert [(each.at, each.text) for each in period.events] == [
        (day(0), "PD-06: judged from now on"),
        (day(1), "the version of the tool was 1.2.3 and is 9"),
        (day(1), "the mapping was specified and is current"),
        (
            day(1),
            "api_key_max_age was 90 and is 30: a verdict may have changed for that alone",
        ),
        (day(1), "the severity of PD-05 was critical and is low"),
        (day(1), "PD-06: not judged any more"),
    ]


def test_a_whole_good_period_ends_well() -> None:
    """Evidence on each day, in which everything held: exit code 0."""
    pieces = [evidence(day(n), check(Status.PASS)) for n in range(7)]

    assert period_of(pieces, WEEK, signer="audit@example.com").exit_code == ExitCode.PASSED
    assert period_of(pieces, WEEK).exit_code == ExitCode.NOT_JUDGED
    more = period_of(pieces, WEEK, signer="audit@example.com", problems=["a.txt: no bundle"])
    assert more.exit_code == ExitCode.NOT_JUDGED
    assert period_of([], WEEK).exit_code == ExitCode.NOT_JUDGED


# Whatever the evidence is

CHECKS = st.lists(
    st.builds(
        check,
        st.sampled_from(Status),
        st.sampled_from(["PS1", "PS2", "PS3"]),
        st.sampled_from(["PD-05", "PD-06"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda each: each.address,
)
PIECES = st.lists(
    st.builds(
        lambda number, hour, checks, is_sound: evidence(
            day(number, hour), *checks, problem="" if is_sound else "it was changed"
        ),
        st.integers(-1, 7),
        st.integers(0, 23),
        CHECKS,
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda each: each.name,
)


@given(PIECES, st.randoms(use_true_random=False))
def test_counts_add_up_in_any_order(pieces: list[Evidence], draw: random.Random) -> None:
    """Days with and without evidence are all; held, exceptions and unjudged are those with."""
    period = period_of(pieces, WEEK)

    for days in (each.days for rows in (period.controls, period.requirements) for each in rows):
        assert days.expected == 7 == days.evidenced + days.without
        assert days.evidenced == days.held + days.count(Day.EXCEPTION) + days.count(Day.NOT_JUDGED)
        assert days.evidenced <= period.days.evidenced
        assert days.share is None or 0 <= days.share <= 1
    fails = sum(each.days.count(Day.EXCEPTION) for each in period.controls)
    assert bool(fails) == bool(period.exceptions)
    for lapse in period.lapses:
        assert lapse.failing_since <= lapse.first_seen <= lapse.last_seen
        assert lapse.ended is None or lapse.ended > lapse.last_seen
        assert lapse.failed or lapse.waived
    shuffled = list(pieces)
    draw.shuffle(shuffled)
    assert period_of(shuffled, WEEK) == period


# What is rare


def test_a_run_of_some_resources_is_an_event() -> None:
    """From now on, and from when it judged all of them again."""
    pieces = [
        evidence(day(number), check(Status.PASS), restricted=number == 1) for number in range(3)
    ]

    assert [each.text for each in period_of(pieces, WEEK).events] == [
        "only some resources were judged",
        "again all resources were judged",
    ]


def test_a_waiver_that_nobody_describes_is_one_all_the_same() -> None:
    """An earlier version had no scope; what the evidence does not say stays empty."""
    waived = replace(check(Status.WAIVED), evidence={})

    (found,) = period_of([evidence(day(0), waived, scope=None)], WEEK).accepted
    assert [(each.since, each.until, each.by) for each in found.waived] == [(day(0), "", "")]
    assert words.accepted(found.waived[0]) == "waived from 2026-11-02T06:00:00Z"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"schema_version": "2"}, "schema version '2'"),
        ({"kind": "accounts"}, "several accounts side by side"),
        ({"tool": {"name": "another", "version": "1"}}, "this is no JSON report"),
        ({"baseline": []}, "the report is damaged"),
    ],
)
def test_another_report_is_refused_as_everywhere(changed: dict[str, Any], said: str) -> None:
    """What a period reads of a report is less; what it refuses is the same."""
    with pytest.raises(UsageError, match=said):
        evidence(day(0), check(Status.PASS), **changed).read()
