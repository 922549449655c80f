"""PD-26 and PD-27: the truth table of whether the phone will ring, row by row, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import UNREAD
from tests.controls.helpers import altered
from tests.simulator.builders import SUPPORT_HOURS, support_hours
from tests.simulator.records import ABSENT, Record, refer
from tests.support.changed import replace
from tests.support.judged import inspect, refused
from tests.support.phones import (
    AS_OF,
    BLOCKED,
    L5,
    L60,
    NOBODY,
    OFF,
    STRANGER,
    VAGUE,
    WATCHER,
    A,
    B,
    C,
    G,
    P,
    S,
    account,
    finding,
    nightly,
    policy,
    rota,
    shifts,
    someone,
    windows,
)

Dead = tuple[float, float, str, int | None]
"""Hours of each day, why, minutes."""


class Row(NamedTuple):
    """One line of the truth table."""

    snapshot: Snapshot
    first: str
    """The status of PD-26."""
    second: str
    """That of PD-27."""
    dead_first: tuple[Dead, ...] | None = ()
    """The dead windows of PD-26, the same on every day; None where they are not compared."""
    dead_second: tuple[Dead, ...] | None = ()


def daily(name: str, who: Record, start: float, end: float, *others: Any) -> Record:
    """Return a schedule with daily turns: person, from and to, again and again."""
    turns = [(who, (start, end))]
    for person, begin, stop in zip(*[iter(others)] * 3, strict=True):
        turns.append((person, (begin, stop)))
    return rota(name, *turns)


SCH_A = daily("SA", A, 0, 8)
SCH_B = daily("SB", B, 0, 8)
LATE_A = daily("SA", A, 8, 24)
UNKNOWN = rota("SU", (STRANGER, (0, 24)))
UNREAD_SCHEDULE = {
    "id": "SR",
    "type": "schedule",
    "name": "Refused",
    UNREAD: {"path": "/schedules/SR", "reason": "HTTP 403", "status": 403},
}
ROW_1 = policy((A, 30))
ROW_2 = policy((A, 30), (B, 30))
ROW_4 = policy((S, 30), (B, 30))
ROW_6 = policy((SCH_A, 30), (SCH_B, 30))
ROW_7 = policy((LATE_A, 30), loops=3)
ALWAYS = (0, 24)
ALONE: tuple[Dead, ...] = ((*ALWAYS, "one person", None),)
LATE_30: tuple[Dead, ...] = ((*ALWAYS, "late", 30),)
NEVER: tuple[Dead, ...] = ((*ALWAYS, "never", None),)
LOST: tuple[Dead, ...] = ((*ALWAYS, "lost", None),)
LOW: dict[str, Any] = {"incident_urgency_rule": {"type": "constant", "urgency": "low"}}
BY_SEVERITY: dict[str, Any] = {
    "incident_urgency_rule": {"type": "constant", "urgency": "severity_based"}
}
NO_DELAY = policy((A, 30), (B, 5))
NO_DELAY["escalation_rules"][0]["escalation_delay_in_minutes"] = ABSENT
del NO_DELAY["escalation_rules"][0]["escalation_delay_in_minutes"]
HALF_PAST = 7.5
FORBIDDEN = {"maintenance_windows": refused(403)}
REVERSED = {
    "incident_urgency_rule": SUPPORT_HOURS,
    "support_hours": {
        **support_hours("UTC")["support_hours"],
        "start_time": "22:00:00",
        "end_time": "06:00:00",
    },
}
HELD = {"auto_pause_notifications_parameters": {"enabled": True, "timeout": 300}}


def handed_over() -> tuple[Record, Record]:
    """Return two schedules that hand over to each other's person (row 22)."""
    return (
        daily("S1", A, 0, 12, B, 12, 24),
        daily("S2", B, 0, 6, A, 6, 18, B, 18, 24),
    )


ONE, OTHER = handed_over()
NIGHT, DAY = daily("SS", S, 0, 12), daily("SB", B, 12, 24)
RELAY = daily("SC", A, 0, 8, B, 8, 16, A, 16, 24)
TWO_AT_ONCE = shifts("SV", (A, (0, 24)), (B, (0, 12)))

TABLE = {
    1: Row(account(ROW_1), "pass", "fail", (), ALONE),
    2: Row(account(ROW_2), "pass", "pass"),
    3: Row(account(policy((A, 30), (A, 30), loops=1)), "pass", "fail", (), ALONE),
    4: Row(account(ROW_4), "fail", "fail", LATE_30, ALONE),
    5: Row(account(policy((SCH_A, 30), (B, 30)), SCH_A), "pass", "fail", (),
           ((8, 24, "one person", None),)),
    6: Row(account(ROW_6, SCH_A, SCH_B), "fail", "fail", ((8, 24, "lost", None),),
           ((HALF_PAST, 8, "one person", None), (8, 24, "lost", None))),
    7: Row(account(ROW_7, LATE_A), "fail", "fail", ((0, 8, "lost", None),),
           ((0, 8, "lost", None), (8, 24, "one person", None))),
    8: Row(account(policy((S, 30), (SCH_B, 30)), SCH_B), "fail", "fail",
           ((0, HALF_PAST, "late", 30), (HALF_PAST, 23.5, "never", None), (23.5, 24, "late", 30)),
           None),
    9: Row(account(policy((L60, 30))), "fail", "fail", None, None),
    10: Row(account(policy((L60, 30), (B, 30))), "fail", "fail", LATE_30, ALONE),
    11: Row(account(policy((L60, 30), (L60, 30))), "fail", "fail", None, None),
    12: Row(account(policy((L60, 30), (L60, 30), (B, 30))), "fail", "fail", None, None),
    13: Row(account(policy((A, B, 15, "RR"), (C, 15))), "pass", "pass"),
    14: Row(account(policy((A, S, 15, "RR"), (B, 15))), "pass", "fail", (), ALONE),
    15: Row(account(policy((SCH_B, A, 15, "RR")), SCH_B), "pass", "fail", (), ALONE),
    16: Row(account(policy((A, A, 5), (B, 5))), "pass", "pass"),
    17: Row(account(policy((daily("SA", A, 0, 24), A, 5)), daily("SA", A, 0, 24)), "pass", "fail",
            (), ALONE),
    18: Row(account(policy((A, B, 5))), "pass", "pass"),
    19: Row(account(policy((P, 30), (B, 30))), "fail", "fail", LATE_30, ALONE),
    20: Row(account(policy((G, 30), (B, 30))), "pass", "fail", (), ALONE),
    21: Row(account(policy((NOBODY, 30))), "fail", "fail", NEVER, NEVER),
    22: Row(account(policy((ONE, 10), (OTHER, 10)), ONE, OTHER), "pass", "fail", (),
            ((6 - 1 / 6, 12, "one person", None), (18 - 1 / 6, 24, "one person", None))),
    23: Row(account(policy((NIGHT, 10), (DAY, 10), loops=1), NIGHT, DAY), "fail", "fail",
            ((0, 12 - 1 / 3, "never", None), (12 - 1 / 3, 12 - 1 / 6, "late", 20)), None),
    24: Row(account(policy((L5, 5), (B, 5))), "pass", "fail", (), ALONE),
    25: Row(account(policy((TWO_AT_ONCE, 5)), TWO_AT_ONCE), "pass", "fail", (),
            ((12, 24, "one person", None),)),
    26: Row(account(policy((A, 30), (G, 30), loops=1)), "pass", "fail", (), ALONE),
    27: Row(account(policy((RELAY, 5)), RELAY), "pass", "fail", (), ALONE),
    28: Row(account(policy((A, S, 15, "RR"), loops=2)), "fail", "fail", NEVER, NEVER),
    29: Row(account(policy((S, 16), (B, 5))), "fail", "fail", ((*ALWAYS, "late", 16),), ALONE),
    30: Row(account(policy((S, 15), (B, 15), (C, 15))), "pass", "pass"),
    31: Row(account(ROW_2, auto_resolve_timeout=1800), "pass", "fail", (), ALONE),
    32: Row(account(ROW_2, auto_resolve_timeout=1801), "pass", "pass"),
    33: Row(account(None), "fail", "fail", LOST, LOST),
    34: Row(account(ROW_6, SCH_A, SCH_B, status="disabled"), "not_applicable", "not_applicable",
            None, None),
    35: Row(account(ROW_6, SCH_A, SCH_B, data={"maintenance_windows": nightly(8, 24)}), "pass",
            "fail", (), ((HALF_PAST, 8, "one person", None),)),
    36: Row(account(ROW_6, SCH_A, SCH_B, data=FORBIDDEN), "error", "error", None, None),
    37: Row(account(ROW_2, data=FORBIDDEN), "pass", "pass"),
    38: Row(account(ROW_4, **LOW), "not_applicable", "not_applicable", (), ()),
    39: Row(account(ROW_7, LATE_A, **LOW), "fail", "not_applicable", ((0, 8, "lost", None),), ()),
    40: Row(account(ROW_4, **BY_SEVERITY), "fail", "fail", LATE_30, ALONE),
    41: Row(account(ROW_4, **support_hours("UTC")), "fail", "fail", None, None),
    42: Row(account(ROW_7, LATE_A, **support_hours("UTC")), "fail", "fail",
            ((0, 8, "lost", None),), None),
    43: Row(account(policy((UNKNOWN, 5), (B, 5)), UNKNOWN), "pass", "error", (), None),
    44: Row(account(policy((UNKNOWN, 30)), UNKNOWN), "error", "fail", None, ALONE),
    45: Row(account(policy((UNREAD_SCHEDULE, 30), (B, 30)), UNREAD_SCHEDULE), "error", "error",
            None, None),
    46: Row(account(policy((A, 5), (UNREAD_SCHEDULE, 5)), UNREAD_SCHEDULE), "pass", "error", (),
            None),
    47: Row(account(policy((A, S, 15, None), (B, 15))), "pass", "error", (), None),
    48: Row(account(policy((WATCHER, 5), (B, 5))), "pass", "fail", (), ALONE),
    49: Row(account(policy((OFF, 30))), "fail", "fail", NEVER, NEVER),
    50: Row(account(policy((BLOCKED, 30))), "pass", "fail", (), ALONE),
    51: Row(account(policy((VAGUE, 5), (B, 5))), "pass", "error", (), None),
    52: Row(account(NO_DELAY), "error", "error", None, None),
    53: Row(account(ROW_2, **HELD), "pass", "pass"),
    54: Row(account(ROW_4, **REVERSED), "fail", "fail", None, None),
    55: Row(account(ROW_1, status="maintenance"), "error", "error", None, None),
}  # fmt: skip
"""Number of the row → the account and what both controls say."""


@pytest.mark.parametrize("number", TABLE)
def test_row_of_the_truth_table(number: int) -> None:
    """Both controls say of each account what the rules say, window by window."""
    row = TABLE[number]
    first, second = finding(row.snapshot, "PD-26"), finding(row.snapshot, "PD-27")

    assert (first.status, second.status) == (row.first, row.second), (first, second)
    for found, dead in ((first, row.dead_first), (second, row.dead_second)):
        if dead is not None:
            assert windows(found) == on_each_day(dead)


def on_each_day(dead: tuple[Dead, ...]) -> list[tuple[str, str, str, int | None]]:
    """Return daily windows as evidence has them: joined where they touch, cut at the end."""
    until = AS_OF + timedelta(days=30, minutes=-30)
    found: list[tuple[datetime, datetime, str, int | None]] = []
    for day in range(30):
        for start, end, why, minutes in dead:
            begin, stop = (AS_OF + timedelta(days=day, minutes=round(each * 60))
                           for each in (start, end))  # fmt: skip
            if begin >= until:
                continue
            stop = min(stop, until)
            if found and found[-1][1] == begin and found[-1][2:] == (why, minutes):
                found[-1] = (found[-1][0], stop, why, minutes)
            else:
                found.append((begin, stop, why, minutes))
    return [(text(start), text(end), why, minutes) for start, end, why, minutes in found]


def text(moment: datetime) -> str:
    """Return a moment as evidence has it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


LONG = {9: ("late", 60, 60), 11: ("late", 60, 60), 12: ("late", 60, 60)}


@pytest.mark.parametrize("number", LONG)
def test_ring_of_an_hour_is_late_until_what_was_read_ends(number: int) -> None:
    """A ring that comes after an hour is found where that hour was read, and never comes after."""
    found = finding(TABLE[number].snapshot, "PD-26")
    ends = text(AS_OF + timedelta(days=30, hours=-1))

    assert windows(found) == [
        (text(AS_OF), ends, "late", 60),
        (ends, text(AS_OF + timedelta(days=30, minutes=-30)), "never", None),
    ]
    assert found.evidence["worst_minutes"] is None


def test_hours_are_exact() -> None:
    """Judged, dead, muted and low hours are those of the calendar, whatever the shifts."""
    row_6, row_7 = finding(TABLE[6].snapshot, "PD-26"), finding(TABLE[7].snapshot, "PD-26")
    muted = finding(TABLE[35].snapshot, "PD-27")

    assert row_6.evidence["judged"] == {
        "since": "2026-11-23T00:00:00Z",
        "until": "2026-12-22T23:30:00Z",
    }
    assert [row_6.evidence[name] for name in ("judged_hours", "dead_hours")] == [719.5, 479.5]
    assert len(row_6.evidence["dead_windows"]) == 30
    assert (row_7.evidence["dead_hours"], len(row_7.evidence["dead_windows"])) == (240.0, 30)
    assert (muted.evidence["muted_hours"], muted.evidence["judged_hours"]) == (479.5, 240.0)
    assert muted.evidence["dead_hours"] == 15.0


def test_low_hours_are_judged_for_lost_incidents_alone() -> None:
    """In support hours a late ring fails; outside only an incident that is never opened does."""
    first, second = finding(TABLE[41].snapshot, "PD-26"), finding(TABLE[41].snapshot, "PD-27")
    lost = finding(TABLE[42].snapshot, "PD-27")

    assert first.evidence["dead_hours"] == second.evidence["dead_hours"] == 22 * 8
    assert first.evidence["judged_hours"] == 719.5
    assert second.evidence["judged_hours"] == 22 * 8
    assert first.evidence["low_hours"] == 719.5 - 22 * 8
    assert windows(first)[0] == ("2026-11-23T09:00:00Z", "2026-11-23T17:00:00Z", "late", 30)
    assert lost.evidence["dead_hours"] == 22 * 8
    assert {why for _, _, why, _ in windows(lost)} == {"one person"}


def test_hours_that_end_before_they_start_are_judged_both_ways() -> None:
    """Both tails of such hours may be high: those of each day, and the mornings after."""
    found = finding(TABLE[54].snapshot, "PD-26")

    assert windows(found)[:2] == [
        ("2026-11-23T00:00:00Z", "2026-11-23T06:00:00Z", "late", 30),
        ("2026-11-23T22:00:00Z", "2026-11-24T06:00:00Z", "late", 30),
    ]
    saturday = "2026-11-28T06:00:00Z"
    assert any(end == saturday for _, end, _, _ in windows(found))
    assert not any("2026-11-28T22" in start for start, *_ in windows(found))


def test_hours_that_end_before_they_start_may_have_either_urgency() -> None:
    """That holds whatever the rule says of them: nobody documents how PagerDuty reads them."""
    low = {"type": "constant", "urgency": "low"}
    rule = {**SUPPORT_HOURS, "during_support_hours": low, "outside_support_hours": low}
    found = finding(account(ROW_4, **{**REVERSED, "incident_urgency_rule": rule}), "PD-26")

    assert found.status == "fail"
    assert windows(found)[0][:2] == ("2026-11-23T00:00:00Z", "2026-11-23T06:00:00Z")


def test_evidence_of_a_pass_says_what_was_judged() -> None:
    """A pass names policy, threshold, worst minutes, held alerts, and whoever is silent."""
    found = finding(TABLE[53].snapshot, "PD-27")
    silent = finding(TABLE[48].snapshot, "PD-26")

    assert set(found.evidence) == {
        "judged", "threshold_minutes", "worst_minutes", "dead_windows", "dead_hours",
        "judged_hours", "muted_hours", "low_hours", "policy", "auto_pause_minutes",
        "silent_people",
    }  # fmt: skip
    assert found.evidence["auto_pause_minutes"] == 5
    assert found.evidence["worst_minutes"] == 30
    assert found.evidence["threshold_minutes"] == 30
    assert found.evidence["policy"] == {"id": "PPOL", "name": "Platform"}
    assert silent.evidence["silent_people"] == [
        {"id": "PW", "name": "User W", "why": "is a stakeholder (read_only_user)"}
    ]
    assert silent.evidence["worst_minutes"] == 5


def with_rule(**fields: Any) -> Record:
    """Return somebody whose one notification rule has these fields."""
    found = someone("X", 0)
    found["notification_rules"][0].update(fields)
    return found


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (NOBODY, "has no notification rule for high urgency"),
        (with_rule(urgency="low"), "has no notification rule for high urgency"),
        (
            with_rule(contact_method=refer("phone_contact_method", "MGONE")),
            "has no notification rule for high urgency with a contact method that exists",
        ),
        (S, "is told of high urgency by e-mail only"),
        (OFF, "has no notification rule for high urgency whose contact method rings"),
    ],
)
def test_evidence_says_why_somebody_is_silent(who: Record, why: str) -> None:
    """What is wrong with somebody's rules stands beside the name."""
    found = finding(account(policy((who, 30)), data={"users": [who]}), "PD-26")

    (silent,) = found.evidence["silent_people"]
    assert silent["why"] == why


def test_zone_that_is_no_text_is_told_once() -> None:
    """The reason names the service and the field, and neither of them twice."""
    hours = {**support_hours("UTC"), "support_hours": {"time_zone": None, "days_of_week": [1]}}
    found = finding(account(policy((A, 30)), **hours), "PD-26")

    assert found.status == "error"
    assert found.message.endswith(
        "service 'Checkout' (PSVC): support hours: field 'time_zone' is malformed: "
        "Expected `str`, got `null`"
    )
    assert found.message.count("support hours:") == 1


def test_message_says_how_long_and_names_the_first_windows() -> None:
    """The message has hours, the first five windows with their reasons, and how many more."""
    found = finding(TABLE[6].snapshot, "PD-26")

    assert found.message.startswith(
        "service 'Checkout' (PSVC) rings nobody within 15 minutes on 479.5 of 719.5 hours: "
        "no incident at all 2026-11-23T08:00Z\N{EN DASH}2026-11-24T00:00Z "
        "(nobody on call on any level of 'Platform')"
    )
    assert found.message.endswith(" … and 25 more")
    assert found.cause == "nobody"


def test_verdict_over_several_worlds_names_who_is_unknown() -> None:
    """Where a verdict holds whatever somebody is, its evidence names them."""
    assert finding(TABLE[44].snapshot, "PD-27").evidence["unknown_people"] == ["PX"]
    assert "PX" in finding(TABLE[44].snapshot, "PD-26").message


def test_people_of_a_schedule_that_cannot_be_read_are_named_by_its_id() -> None:
    """The evidence holds ids that PagerDuty knows, whatever it is that cannot be read."""
    broken = rota("SB", (B, (0, 24)))
    broken["final_schedule"]["rendered_schedule_entries"][2]["start"] = "soon"
    nameless = shifts("SN", (B, (0, 24)))
    nameless["final_schedule"]["computed_shift_assignments"][2]["member"] = {"type": "team"}
    unread = rota("SU", (B, (0, 24)), final_schedule={"rendered_schedule_entries": []})
    rules = policy((A, 5), (broken, 5), (nameless, 5), (unread, 5))
    found = finding(account(rules, broken, nameless, unread), "PD-26")

    assert found.status == "pass"
    assert found.evidence["unknown_people"] == ["PB", "SN", "SU"]


def test_unknown_people_are_named_in_the_order_of_their_shifts() -> None:
    """Two runs over one recording say the same of people whom no user list has."""
    strangers = [refer("user", f"PX{number}") for number in range(3, 24, 4)]
    unknown = rota("SU", *((who, (hour, hour + 1)) for hour, who in enumerate(strangers)))
    found = finding(account(policy((unknown, 30)), unknown), "PD-27")

    assert found.evidence["unknown_people"] == [each["id"] for each in strangers]


def test_services_of_one_policy_keep_their_own_hours_and_timeouts() -> None:
    """What is worked out once for a policy is judged by the terms of each of its services."""
    snapshot = account(ROW_2)
    (plain,) = snapshot.records("services")
    twin = plain | {"id": "PTWIN"}
    brief = plain | {"id": "PBRIEF", "auto_resolve_timeout": 1800}
    office = plain | {"id": "POFFICE", "auto_resolve_timeout": 1800, **support_hours()}
    snapshot.records("services").extend([twin, brief, office])
    found = {each.resource.id: each for each in inspect(snapshot, "PD-27")}

    assert {name: each.status.value for name, each in found.items()} == {
        "PSVC": "pass",
        "PTWIN": "pass",
        "PBRIEF": "fail",
        "POFFICE": "fail",
    }
    assert found["PBRIEF"].evidence["dead_hours"] == 719.5
    assert found["POFFICE"].evidence["dead_hours"] == 22 * 8


def test_lost_window_runs_on_through_a_change_of_urgency() -> None:
    """Nobody is on call from eight to twelve; support begins at nine, and cuts nothing."""
    watch = daily("SA", A, 0, 8, B, 12, 24)
    hours = support_hours("UTC")
    found = finding(account(policy((watch, 30)), watch, **hours), "PD-26")

    first, *_ = windows(found)
    assert first == ("2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z", "lost", None)


def test_late_window_names_the_latest_ring_of_it() -> None:
    """Neighbouring rings that come too late are one window, whatever their minutes."""
    watch = daily("SA", L60, 0, 8, S, 8, 24)
    found = finding(account(policy((watch, 90), (B, 30)), watch), "PD-26")

    assert windows(found) == [
        ("2026-11-23T00:00:00Z", "2026-12-22T22:30:00Z", "late", 90),
        ("2026-12-22T22:30:00Z", "2026-12-22T23:30:00Z", "never", None),  # after what was read
    ]


def test_an_unknown_target_is_the_person_of_that_id_on_a_schedule() -> None:
    """Where a broken record hides somebody, one person on both levels is no second one."""
    snapshot = account(policy((SCH_A, 5), (A, 5)), SCH_A)
    hidden = [
        altered(each, "id", ABSENT) for each in snapshot.records("users") if each["id"] == A["id"]
    ]
    others = [each for each in snapshot.records("users") if each["id"] != A["id"]]
    unsure = replace(snapshot, data={**snapshot.data, "users": [*others, *hidden]})

    assert finding(unsure, "PD-27").status == "fail"
    assert finding(unsure, "PD-26").status == "error"


BROKEN = nightly(8, 24)


@pytest.mark.parametrize("field", ["start_time", "end_time", "services"])
@pytest.mark.parametrize("value", [ABSENT, None, 3.5])
def test_broken_maintenance_window_spoils_only_what_would_fail(field: str, value: Any) -> None:
    """A window that cannot be read excuses nobody: what fails is an error, what passes passes."""
    broken = [altered(BROKEN[0], field, value)]

    fails = account(ROW_6, SCH_A, SCH_B, data={"maintenance_windows": broken})
    passes = account(ROW_2, data={"maintenance_windows": broken})

    assert finding(fails, "PD-26").status == "error"
    assert finding(passes, "PD-26").status == "pass"
