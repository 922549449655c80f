"""A fail that got worse: by which figures, for each control, and what is no deterioration."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.finding import Finding
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.model import Novelty, Status
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, BEN, OWNER, rendered
from tests.controls.test_causes import (
    EMPTY,
    GUEST,
    MANY,
    called,
    called_alone,
    ending,
    leveled,
    muted,
    ringing,
    used,
    web_sessions,
)
from tests.controls.test_statuses import a_sound_account
from tests.simulator.builders import a_layer_schedule, a_priority, a_user
from tests.simulator.records import Record, refer
from tests.support.judged import CONTROLS, NOTHING, inspect

CHIEF = a_user("Zoe Chief", "admin", id="PZOE")
SECOND, THIRD = (a_user(name, "owner", id=f"P{name.upper()}") for name in ("Second", "Third"))
REPEATED = {"require_escalation_repeat": True}
STRICT = {"min_escalation_levels": 3, "min_schedule_participants": 3}


class Row(NamedTuple):
    """A fail that gets worse by one figure."""

    before: dict[str, Any]
    after: dict[str, Any]
    says: str
    thresholds: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default, never changed


def turns(*people: Record) -> dict[str, Any]:
    """Return an account with one schedule on which these people take turns."""
    return used(a_layer_schedule("Rota", list(people), id="PROTA"))


def off(*hours: tuple[float, float]) -> dict[str, Any]:
    """Return an account with one schedule that is open in these spans of the next 28 days."""
    edges = [0.0, *(edge for span in hours for edge in span), 30 * 24.0]
    return used(rendered(*zip(edges[::2], edges[1::2], strict=True), id="POFF"))


WORSE = {
    ("PD-02", "privileged_users"): Row(
        {"users": [OWNER, *MANY]},
        {"users": [OWNER, *MANY, CHIEF]},
        "privileged users: 6 before, 7 now (new: PZOE)",
    ),
    ("PD-03", "owners"): Row(
        {"users": [OWNER, SECOND]},
        {"users": [OWNER, SECOND, THIRD]},
        "owners: 2 before, 3 now (new: PTHIRD)",
    ),
    ("PD-06", "levels"): Row(
        leveled([ADA], [BEN]), leveled([ADA]), "levels: 2 before, 1 now", STRICT
    ),
    ("PD-07", "ends_in_silence"): Row(
        ending(refer("user", ADA), num_loops=0),
        ending(num_loops=0),
        "ends in silence: no before, yes now",
        REPEATED,
    ),
    ("PD-07", "num_loops"): Row(
        ending(num_loops=2), ending(num_loops=0), "num loops: 2 before, 0 now"
    ),
    ("PD-08", "gap_hours_a_week"): Row(
        off((10, 14)), off((10, 22)), "gap hours a week: 1 before, 3 now"
    ),
    ("PD-09", "participants"): Row(
        turns(ADA, BEN), turns(ADA), "participants: 2 before, 1 now", STRICT
    ),
    ("PD-37", "administrators"): Row(
        {"users": [OWNER, CHIEF]},
        {"users": [OWNER]},
        "administrators: 2 before, 1 now",
        {"min_administrators": 3},
    ),
    ("PD-30", "ring_ways"): Row(
        called_alone(ringing("phone")), called_alone(ringing()), "ring ways: 1 before, 0 now"
    ),
    ("PD-26", "worst_minutes"): Row(
        called([GUEST], [ADA], delay=20),
        called([GUEST], [ADA], delay=30),
        "worst minutes: 20 before, 30 now",
    ),
    ("PD-31", "num_loops"): Row(
        called([ADA], loops=2),
        called([ADA], loops=1),
        "num loops: 2 before, 1 now",
        {"min_policy_loops": 3},
    ),
    ("PD-40", "web_idle_minutes"): Row(
        web_sessions(3600, 43200),
        web_sessions(7200, 43200),
        "web idle minutes: 60 before, 120 now",
    ),
    ("PD-40", "web_session_hours"): Row(
        web_sessions(1800, 86400), web_sessions(1800, 90000), "web session hours: 24 before, 25 now"
    ),
    ("PD-35", "chain_hours"): Row(muted(30), muted(50), "chain hours: 30 before, 50 now"),
    ("PD-20", "priorities"): Row(
        {"priorities": [a_priority()], "incidents": "unused"},
        {"priorities": [], "incidents": "unused"},
        "priorities: 1 before, 0 now",
    ),
}
"""(control, figure) → an account whose fail gets worse by it, and by nothing else."""
ALL_OR_NOTHING = {
    "PD-01": "the plan has single sign-on, or has not",
    "PD-04": "a user is in a team, or in none",
    "PD-05": "a service has a policy that calls somebody, or has none",
    "PD-10": "a service starts a workflow, or none",
    "PD-11": "there is an audit trail, or none",
    "PD-12": "the age of the oldest record changes by itself",
    "PD-13": "the age of a key changes by itself",
    "PD-14": "an endpoint is https, or is not",
    "PD-15": "a webhook is signed, or is not",
    "PD-16": "an integration is scoped, or is not",
    "PD-17": "a user is notified, or is not",
    "PD-18": "a user can be reached, or cannot",
    "PD-19": "urgencies differ, or all are high",
    "PD-21": "a service has a dependency, or none",
    "PD-22": "a service has a timeout, or none",
    "PD-23": "a service has a timeout, or none",
    "PD-24": "the plan restricts analytics, or does not",
    "PD-25": "a service reports changes, or none",
    "PD-27": "a second person is rung in time, or not",
    "PD-28": "whoever it names can take a call, or cannot",
    "PD-29": "the end of a schedule comes nearer by itself",
    "PD-32": "a webhook is delivered, or is not",
    "PD-33": "an address or a setting holds a credential, or none does",
    "PD-34": "a host is listed, or not",
    "PD-36": "an address is the company's, or not",
    "PD-38": "somebody has a duty, or none",
    "PD-41": "events reach a service, or are lost",
    "PD-39": "somebody uses it, or nobody does",
    "PD-42": "the plan has an audit trail, or has not",
    "PD-43": "the age of an invitation changes by itself",
    "PD-44": "a client is listed, or not",
    "PD-45": "somebody is on the list today, or not",
}
"""Control → why its fail cannot get worse."""


def account(data: dict[str, Any]) -> Snapshot:
    """Return a sound account but for *data*; ``unused`` stands for incidents without priority."""
    if data.get("incidents") == "unused":
        sound = a_sound_account()
        data = {**data, "incidents": [
            {**each, "priority": None} for each in sound.records("incidents")
        ]}  # fmt: skip
    return a_sound_account(**data)


def compared(control: str, row: Row) -> Finding:
    """Return the one fail of the later account, beside that of the earlier one."""
    earlier = inspect(account(row.before), control, **row.thresholds)
    known = {each.address: each.evidence for each in earlier if each.status is Status.FAIL}
    inspection = Inspection(account(row.after), Baseline(**row.thresholds))
    found = engine.judged([CONTROLS[control]], inspection, NOTHING, known)
    (fail,) = [each for each in found if each.status is Status.FAIL and each.address in known]
    return fail


@pytest.mark.parametrize(("control", "figure"), WORSE)
def test_a_fail_is_worse_by_its_figure(control: str, figure: str) -> None:
    """It stays a fail, is no longer known, and says what was and what is."""
    found = compared(control, WORSE[control, figure])

    assert found.novelty is Novelty.WORSE
    assert [(each.figure, each.sentence) for each in found.worse] == [
        (figure, WORSE[control, figure].says)
    ]


@pytest.mark.parametrize(("control", "figure"), WORSE)
def test_a_fail_that_is_the_same_or_better_is_known(control: str, figure: str) -> None:
    """The same figure, and one that moved the right way, are no news."""
    row = WORSE[control, figure]

    assert compared(control, row._replace(after=row.before)).novelty is Novelty.KNOWN
    better = compared(control, row._replace(before=row.after, after=row.before))
    assert better.novelty is Novelty.KNOWN


def test_another_person_in_the_place_of_one_is_worse() -> None:
    """As many owners as before are worse where one of them is new."""
    row = Row({"users": [OWNER, SECOND]}, {"users": [OWNER, THIRD]}, "")
    found = compared("PD-03", row)

    assert found.marked.endswith("(worse: owners: 2 before, 2 now (new: PTHIRD))")


def test_a_gap_of_every_week_is_the_same_on_every_day() -> None:
    """A window that holds it five times in place of four makes nothing worse."""
    week = 7 * 24
    four = off(*((n * week + 50, n * week + 60) for n in range(4)))
    five = off(*((n * week + 10, n * week + 20) for n in range(5)))

    assert compared("PD-08", Row(four, five, "")).novelty is Novelty.KNOWN


def test_a_schedule_without_anybody_is_worse_than_one_with_a_gap() -> None:
    """A week has 168 hours, and all of them are open."""
    found = compared("PD-08", Row(off((0, 84)), used(EMPTY), ""))

    assert found.worsened == "gap hours a week: 21 before, 168 now"


def test_each_control_says_by_what_its_fail_gets_worse_or_why_it_cannot() -> None:
    """A control without figures stands among those that are all or nothing, with the reason."""
    declared = {
        (name, figure.name) for name, each in CONTROLS.items() for figure in each.control.figures
    }

    assert declared == WORSE.keys()
    assert {name for name, _ in declared} ^ CONTROLS.keys() == ALL_OR_NOTHING.keys()
    assert all(ALL_OR_NOTHING.values())
