"""PD-29: schedules in use go on for long enough."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.recordings.redaction import Redactor
from tests.controls.helpers import ADA, BEN, GONE, OWNER, UNKNOWN, altered, hour, only
from tests.controls.test_statuses import a_sound_account
from tests.simulator.builders import (
    a_layer,
    a_layer_schedule,
    a_policy,
    a_shift_schedule,
    a_user,
    an_event,
)
from tests.simulator.records import ABSENT, Record
from tests.support.changed import replace
from tests.support.judged import a_snapshot, refused, verdicts

PENDING = a_user("Gil Guest", id="PGIL", invitation_sent=True)
DAYS = 24
AT_LIMIT, BEYOND = hour(90 * DAYS), hour(90 * DAYS + 1)
DAILY = "RRULE:FREQ=DAILY"


def found_of(schedule: Record, **thresholds: Any) -> Finding:
    """Return what PD-29 says of a schedule that a policy uses."""
    kind = "shift_schedules" if schedule["type"] == "schedule_v3" else "schedules"
    lists: dict[str, Any] = {"schedules": [], "shift_schedules": [], kind: [schedule]}
    policy = a_policy("Shop", [schedule], id="PPOLICY")
    snapshot = a_sound_account(
        users=[OWNER, ADA, BEN, PENDING], escalation_policies=[policy], **lists
    )
    return only(snapshot, "PD-29", **thresholds)


def layers(*listed: Record) -> Finding:
    """Return what PD-29 says of a schedule of these layers."""
    return found_of(a_layer_schedule("Rota", layers=listed, id="PROTA"))


def with_users(layer: Record, *people: Record) -> Record:
    """Return a layer on which these people take turns."""
    return {**layer, "users": [{"user": each} for each in people]}


def events(*listed: Record) -> Finding:
    """Return what PD-29 says of a schedule of these events."""
    return found_of(a_shift_schedule("Rota", events=listed, id="PROTA"))


@pytest.mark.parametrize(
    ("end", "status"),
    [(None, "pass"), (BEYOND, "pass"), (AT_LIMIT, "fail"), (hour(1), "fail"), (hour(0), "fail")],
)
def test_end_of_a_layer_or_an_event_decides(end: str | None, status: str) -> None:
    """It must lie after the last day that is required; none is the best of all."""
    assert layers(a_layer([ADA], end=end)).status == status
    assert events(an_event([ADA], effective_until=end)).status == status


def test_message_and_evidence_say_when() -> None:
    """A fail says when the schedule runs out, or that it has; evidence has what was required."""
    soon, over = layers(a_layer([ADA], end=hour(DAYS))), layers(a_layer([ADA], end=hour(-DAYS)))

    assert soon.message.endswith(f"runs out at {hour(DAYS)}, within 90 days")
    assert over.message.endswith(f"has run out: it ended at {hour(-DAYS)}")
    assert soon.evidence == {"required_until": AT_LIMIT, "runs_until": hour(DAYS)}
    assert layers(a_layer([ADA])).evidence == {"required_until": AT_LIMIT}


def test_latest_end_counts() -> None:
    """One layer that goes on is enough, and one that starts later counts."""
    ends = a_layer([ADA], end=hour(DAYS))
    later = a_layer([BEN], start=hour(50 * DAYS), end=BEYOND)

    assert layers(ends, a_layer([BEN])).status == "pass"
    assert layers(ends, later).status == "pass"
    assert layers(ends, a_layer([BEN], end=hour(2 * DAYS))).evidence["runs_until"] == hour(2 * DAYS)
    assert events(an_event([ADA], effective_until=hour(1)), an_event([BEN])).status == "pass"


@pytest.mark.parametrize(
    ("people", "status"),
    [([], "fail"), ([GONE], "fail"), ([GONE, ADA], "pass"), ([PENDING], "pass")],
)
def test_layer_counts_where_somebody_exists(people: list[Record], status: str) -> None:
    """Those who were deleted take no turns; those who were invited exist."""
    assert layers(with_users(a_layer([]), *people)).status == status
    assert events(an_event([*people, None])).status == status


def test_only_unknown_people_are_an_error() -> None:
    """A layer of somebody unknown beside one that goes on changes nothing."""
    unknown, ends = with_users(a_layer([]), UNKNOWN), a_layer([ADA], end=hour(1))

    assert layers(unknown).status == "error"
    assert layers(unknown, ends).status == "error"
    assert layers(unknown, a_layer([ADA])).status == "pass"
    assert layers(with_users(a_layer([], end=hour(2)), UNKNOWN), ends).status == "fail"
    assert events(an_event([UNKNOWN])).status == "error"


@pytest.mark.parametrize(
    ("recurrence", "status"),
    [
        ([DAILY], "pass"),
        ([f"{DAILY};UNTIL=20270222T090001Z"], "pass"),
        ([f"{DAILY};UNTIL=20270221T090000Z"], "fail"),
        ([f"{DAILY};UNTIL=20270221"], "pass"),
        ([f"{DAILY};UNTIL=20270220"], "fail"),
        ([f"{DAILY.lower()};until=20270220"], "fail"),
        ([f"{DAILY};COUNT=200"], "manual"),
        ([f"{DAILY};COUNT=200;UNTIL=20270101"], "fail"),
        ([DAILY, "EXDATE:20261225T090000Z", "RDATE:20261226T090000Z"], "pass"),
        ([f"{DAILY};UNTIL=20270101", "RDATE:20290101T090000Z"], "fail"),
        ([f"{DAILY};UNTIL=someday"], "error"),
        (["EXDATE:20261225T090000Z"], "error"),
        ([DAILY, DAILY], "error"),
        ("every day", "error"),
        (ABSENT, "error"),
    ],
)
def test_recurrence_bounds_an_event(recurrence: Any, status: str) -> None:
    """``UNTIL`` bounds it, a day up to its end in UTC; ``COUNT`` is for a person to look up."""
    event = altered(an_event([ADA]), "recurrence", recurrence)

    assert events(event).status == status


def test_earlier_of_both_ends_counts() -> None:
    """``effective_until`` and ``UNTIL`` bound an event together."""
    short, long = f"{DAILY};UNTIL=20261201", f"{DAILY};UNTIL=20280101"

    assert events(an_event([ADA], effective_until=BEYOND, recurrence=[short])).status == "fail"
    assert events(an_event([ADA], effective_until=AT_LIMIT, recurrence=[long])).status == "fail"
    assert events(an_event([ADA], effective_until=BEYOND, recurrence=[long])).status == "pass"


@pytest.mark.parametrize("none", [[], None])
def test_event_without_recurrence_ends_at_its_end(none: Any) -> None:
    """It happens once."""
    once = {**an_event([ADA]), "recurrence": none}

    for end, status in ((BEYOND, "pass"), (AT_LIMIT, "fail")):
        found = events({**once, "end_time": {"date_time": end, "time_zone": "UTC"}})
        assert found.status == status
    assert events(altered(once, "end_time", ABSENT)).status == "error"


def test_counted_event_beside_another() -> None:
    """One that goes on makes the count needless, one that ends does not."""
    counted = an_event([ADA], recurrence=[f"{DAILY};COUNT=9"])

    assert events(counted, an_event([BEN])).status == "pass"
    assert events(counted, an_event([BEN], effective_until=hour(1))).status == "manual"
    assert events({**counted, "effective_until": hour(1)}).status == "fail"


@pytest.mark.parametrize("schedule", [a_layer_schedule, a_shift_schedule])
def test_schedule_in_use_without_any_turns_fails(schedule: Any) -> None:
    """Nothing that could end is no reason to pass."""
    bare = schedule("Bare", id="PBARE")
    if bare["type"] == "schedule":
        bare["schedule_layers"] = []
    found = found_of(bare)

    assert (found.status, found.cause) == ("fail", "nobody")


def test_overrides_do_not_extend_a_schedule() -> None:
    """Whoever stands in for an hour in a year leaves the rota as short as it is."""
    schedule = a_layer_schedule("Rota", layers=[a_layer([ADA], end=hour(1))], id="PROTA")
    entries = [{"start": hour(1), "end": None, "user": {"id": "PBEN", "type": "user_reference"}}]
    schedule["final_schedule"] = {
        "rendered_coverage_percentage": 100,
        "rendered_schedule_entries": entries,
    }

    assert found_of(schedule).status == "fail"


def test_unused_schedule_is_not_applicable() -> None:
    """Nobody is called by it."""
    ended = a_layer_schedule("Rota", layers=[a_layer([ADA], end=hour(1))], id="PROTA")

    assert verdicts(a_snapshot(schedules=[ended], users=[ADA]), "PD-29") == {
        "PROTA": "not_applicable"
    }


def test_days_are_those_of_the_baseline() -> None:
    """``schedule_runway_days`` says how far a schedule must reach."""
    schedule = a_layer_schedule("Rota", layers=[a_layer([ADA], end=hour(31 * DAYS))], id="PROTA")

    assert found_of(schedule, schedule_runway_days=30).status == "pass"
    assert found_of(schedule, schedule_runway_days=31).status == "fail"


@pytest.mark.parametrize("value", ["someday", 3.5])
def test_unreadable_end_is_an_error(value: Any) -> None:
    """An end that is no moment may be any; beside one that goes on it does not matter."""
    broken = a_layer([ADA], end=value)

    assert layers(broken).status == "error"
    assert layers(broken, a_layer([BEN])).status == "pass"
    assert events(an_event([ADA], effective_until=value)).status == "error"


def test_unreadable_turns_are_an_error() -> None:
    """Whoever stands on a list that cannot be read may exist, or not."""
    layered = a_layer_schedule("Rota", [ADA], id="PROTA")
    shifted = a_shift_schedule("Rota", [ADA], id="PROTA")

    for schedule, path in (
        (layered, "schedule_layers"),
        (layered, "schedule_layers.0.users"),
        (shifted, "rotations"),
        (shifted, "rotations.0.events"),
    ):
        assert found_of(altered(schedule, path, None)).status == "error", path


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20270101T000000Z", True),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", True),
        ("EXDATE:20261225T090000Z", True),
        ("RRULE:FREQ=DAILY;X-WHO=ADA", False),
        ("ada@acme.example", False),
    ],
)
def test_redaction_keeps_when_and_nothing_else(text: str, *, stays: bool) -> None:
    """A line of a recurrence says nothing about anybody; any other text becomes a pseudonym."""
    body = json.dumps({"events": [{"recurrence": [text]}]}).encode()

    assert (text.encode() in Redactor(b"key").body(body)) is stays


def test_only_unknown_people_are_an_error_however_soon_the_end_is() -> None:
    """Nobody knows whether anybody takes turns there, so nothing is said of an end."""
    for end in (hour(2), hour(-2)):
        assert layers(with_users(a_layer([ADA], end=end), UNKNOWN)).status == "error"


def test_somebody_unknown_may_be_the_last_one() -> None:
    """The schedule fails either way; the end is that of whoever may be the last."""
    found = layers(a_layer([ADA], end=hour(-1)), with_users(a_layer([ADA], end=hour(48)), UNKNOWN))

    assert (found.status, found.cause) == ("fail", "ends")
    assert "2026-11-25" in found.message


def test_without_the_list_of_users_nothing_is_known() -> None:
    """A schedule that would run out soon, and one without layers, are errors as well."""
    for listed in ([a_layer([ADA], end=hour(24))], []):
        schedule = a_layer_schedule("Rota", layers=listed, id="PROTA")
        policy = a_policy("Shop", [schedule], id="PPOLICY")
        snapshot = a_sound_account(escalation_policies=[policy], schedules=[schedule])
        refusing = replace(snapshot, data={**snapshot.data, "users": refused()})

        assert verdicts(refusing, "PD-29")["PROTA"] == "error"


def test_layer_that_never_ran_extends_nothing() -> None:
    """One whose end is not after its start is no layer, however late both are."""
    never = a_layer([BEN], start=hour(200 * DAYS), end=hour(200 * DAYS))

    assert layers(a_layer([ADA], end=hour(24)), never).status == "fail"


def test_blanks_in_a_rule_hide_nothing() -> None:
    """A count is one behind a blank as well."""
    assert events(an_event([ADA]) | {"recurrence": [f"{DAILY}; COUNT=5"]}).status == "manual"
