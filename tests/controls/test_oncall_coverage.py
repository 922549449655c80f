"""PD-08, PD-09, PD-17 and PD-18: is somebody there at every hour, and can they be woken?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import NO_OBJECT, UNREAD
from tests.controls.helpers import (
    ADA,
    BEN,
    GONE,
    GONE_ID,
    NAMED_GONE,
    NO_RECORDS,
    UNKNOWN,
    WHOLE,
    WRONG,
    Span,
    altered,
    computed,
    held,
    hour,
    inspect_by_id,
    off_boarded,
    only,
    rendered,
    status,
    unfit,
)
from tests.simulator.builders import (
    a_contact_method,
    a_layer,
    a_notification_rule,
    a_policy,
    a_rotation,
    a_user,
    an_event,
)
from tests.simulator.records import ABSENT, Record, finished, refer
from tests.support.judged import NOW, a_snapshot, inspect, refused, verdicts

STAKEHOLDERS = ["read_only_user", "read_only_limited_user"]


def rota(*schedules: Record, policies: list[Record] | None = None, **data: Any) -> Snapshot:
    """Return an account with these schedules, each alone on a policy unless *policies* say so."""
    if policies is None:
        policies = [a_policy(f"For {each['id']}", [each]) for each in schedules]
    kinds: dict[str, Any] = {
        "schedules": [each for each in schedules if each["type"] == "schedule"],
        "shift_schedules": [each for each in schedules if each["type"] == "schedule_v3"],
    }
    return a_snapshot(**{**kinds, "escalation_policies": policies, "users": [ADA, BEN], **data})


BUILDERS = pytest.mark.parametrize("build", [rendered, computed])

# PD-08: what a gap is


@BUILDERS
@pytest.mark.parametrize(
    ("spans", "verdict"),
    [
        ([WHOLE], "pass"),
        ([(-10, 800)], "pass"),
        ([(0, 12), (12, 720)], "pass"),
        ([(12, 720), (0, 12)], "pass"),
        ([(0, 400), (100, 200), (300, 720)], "pass"),
        ([(0, 500), (10, 20), (20, 720)], "pass"),
        ([(0, 12), (12 + 1 / 3600, 720)], "fail"),
        ([(1 / 3600, 720)], "fail"),
        ([(0, 720 - 1 / 3600)], "fail"),
        ([(-100, 0), (720, 800)], "fail"),
        ([], "fail"),
    ],
)
def test_schedule_is_covered_without_gap(build: Any, spans: list[Span], verdict: str) -> None:
    """PD-08 passes when the union of half-open entries covers the whole window, to the second."""
    schedule = build(*spans)

    assert verdicts(rota(schedule), "PD-08") == {schedule["id"]: verdict}


@pytest.mark.parametrize(
    ("spans", "empty", "verdict"),
    [
        ([(0, 12), (24, 720)], [(12, 24)], "fail"),
        ([WHOLE], [(12, 24)], "pass"),
        ([], [WHOLE], "fail"),
    ],
)
def test_empty_member_is_a_gap(spans: list[Span], empty: list[Span], verdict: str) -> None:
    """PD-08 sees nobody in an empty_member, unless somebody else is on call meanwhile."""
    assert status(rota(computed(*spans, empty=empty)), "PD-08") == verdict


@pytest.mark.parametrize("days", [7, 60])
def test_window_length_may_be_set(days: int) -> None:
    """PD-08 looks schedule_coverage_days ahead, no more and no less."""
    whole, short = rendered((0, days * 24)), rendered((0, days * 24 - 1))

    assert status(rota(whole), "PD-08", schedule_coverage_days=days) == "pass"
    assert status(rota(short), "PD-08", schedule_coverage_days=days) == "fail"


def test_window_begins_when_the_account_was_read() -> None:
    """PD-08 counts the window from as_of: a schedule covered for 30 days is short a day later."""
    snapshot = rota(rendered(WHOLE))
    assert status(snapshot, "PD-08") == "pass"

    snapshot.as_of = NOW + timedelta(days=1)

    assert status(snapshot, "PD-08") == "fail"


def test_offsets_are_compared_as_instants() -> None:
    """PD-08 joins entries that meet at one instant in two UTC offsets."""
    schedule = rendered((0, 12), (12, 720))
    entries = schedule["final_schedule"]["rendered_schedule_entries"]
    entries[0]["end"], entries[1]["start"] = "2026-11-24T02:30:00+05:30", hour(12)

    assert status(rota(schedule), "PD-08") == "pass"


@BUILDERS
def test_gap_is_named_with_start_end_hours_and_percent(build: Any) -> None:
    """PD-08 names a gap by start and end in UTC and its hours, and the coverage in percent."""
    schedule = build((12, 24))

    found = only(rota(schedule), "PD-08", schedule_coverage_days=1)

    assert found.status.value == "fail"
    for part in ("2026-11-23T09:00Z", "2026-11-23T21:00Z", "12", "50"):
        assert part in found.message
    assert 50 in found.evidence.values()


def test_message_names_five_gaps_and_the_evidence_all() -> None:
    """PD-08 names the first five of seven gaps in the message, and all of them as evidence."""
    found = only(rota(rendered(*[(2 * n, 2 * n + 1) for n in range(7)], (14, 720))), "PD-08")

    starts = [hour(2 * n + 1) for n in range(7)]
    assert [hour(2 * n + 1)[:16] in found.message for n in range(7)] == [True] * 5 + [False] * 2
    assert all(start in str(found.evidence) for start in starts)


@BUILDERS
def test_schedule_without_entries_is_one_gap(build: Any) -> None:
    """PD-08 fails a schedule without entries: the whole window is a gap, nothing is covered."""
    found = only(rota(build()), "PD-08")

    assert found.status.value == "fail"
    for part in ("2026-11-23T09:00Z", "2026-12-23T09:00Z", "720", "0 %"):
        assert part in found.message


# PD-08: which schedules are judged


def test_unused_schedule_is_not_judged() -> None:
    """PD-08 and PD-09 leave out a schedule that no policy targets, whatever it says itself."""
    lagging = rendered(escalation_policies=[refer("escalation_policy", "POLD")], layers=[])
    snapshot = rota(lagging, computed(WHOLE), policies=[a_policy("P", [computed()])])

    for control in ("PD-08", "PD-09"):
        expected = {"PLAYER": "not_applicable", "PSHIFT": "pass"}
        assert verdicts(snapshot, control) == expected


def test_targets_of_policies_decide_what_is_used() -> None:
    """PD-08 and PD-09 judge a schedule that a policy targets and that says it has none."""
    snapshot = rota(rendered(escalation_policies=[], layers=[]))

    assert status(snapshot, "PD-08") == "fail"
    assert status(snapshot, "PD-09") == "fail"


# PD-08: levels

DAY: list[Span] = [(24 * n, 24 * n + 12) for n in range(30)]
NIGHT: list[Span] = [(24 * n + 12, 24 * n + 24) for n in range(30)]
DAYS, NIGHTS = rendered(*DAY, id="PDAYS"), computed(*NIGHT, id="PNIGHTS")


@pytest.mark.parametrize(
    ("scope", "verdict"), [({}, "pass"), ({"coverage_scope": "schedule"}, "fail")]
)
def test_follow_the_sun_is_no_finding(scope: dict[str, str], verdict: str) -> None:
    """PD-08 passes schedules that complete each other on a level, unless the scope forbids it."""
    snapshot = rota(DAYS, NIGHTS, policies=[a_policy("Sun", [DAYS, NIGHTS])])

    assert verdicts(snapshot, "PD-08", **scope) == {"PDAYS": verdict, "PNIGHTS": verdict}


def test_completed_schedule_passes_with_evidence() -> None:
    """PD-08 shows the gaps of a schedule that passes because its level completes it."""
    snapshot = rota(DAYS, NIGHTS, policies=[a_policy("Sun", [DAYS, NIGHTS])])

    evidence = inspect(snapshot, "PD-08")[0].evidence

    assert hour(12) in str(evidence)
    assert "Sun" in str(evidence)


@pytest.mark.parametrize(
    "policies",
    [
        [a_policy("Levels", [DAYS], [NIGHTS])],
        [a_policy("Both", [DAYS, NIGHTS], [DAYS])],
        [a_policy("Both", [DAYS, NIGHTS]), a_policy("Alone", [DAYS])],
    ],
    ids=["two levels", "level alone", "policy alone"],
)
def test_every_level_that_uses_the_schedule_must_be_covered(policies: list[Record]) -> None:
    """PD-08 fails a schedule with gaps that is left alone on one of its levels."""
    assert verdicts(rota(DAYS, NIGHTS, policies=policies), "PD-08")["PDAYS"] == "fail"


def test_level_is_covered_only_where_its_targets_leave_no_gap() -> None:
    """PD-08 fails schedules whose union still has a gap."""
    mornings = rendered(*[(24 * n, 24 * n + 6) for n in range(30)], id="PMORNINGS")
    policy = a_policy("Sun", [mornings, NIGHTS])

    found = verdicts(rota(mornings, NIGHTS, policies=[policy]), "PD-08")

    assert found == {"PMORNINGS": "fail", "PNIGHTS": "fail"}


@pytest.mark.parametrize(
    ("user", "verdict"),
    [
        (ADA, "pass"),
        (a_user("Pia", id="PADA", invitation_sent=True), "fail"),
        (a_user("Will", "read_only_user", id="PADA"), "fail"),
        (a_user("Lia", "read_only_limited_user", id="PADA"), "fail"),
        (a_user("Sam", id="PSTRANGER"), "fail"),
    ],
    ids=["notifiable", "pending", "stakeholder", "limited stakeholder", "does not exist"],
)
def test_notifiable_user_covers_the_level(user: Record, verdict: str) -> None:
    """PD-08 takes a user on the level for permanent cover, but only one who can be notified."""
    policy = a_policy("With user", [DAYS, refer("user", "PADA")])

    assert status(rota(DAYS, policies=[policy], users=[user]), "PD-08") == verdict


def test_schedule_that_does_not_exist_completes_nothing() -> None:
    """PD-08 fails a schedule whose partner on the level is in no list."""
    snapshot = rota(DAYS, policies=[a_policy("Sun", [DAYS, NIGHTS])])

    assert verdicts(snapshot, "PD-08") == {"PDAYS": "fail"}


# PD-08: what cannot be judged


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit(
            "final_schedule",
            "final_schedule.rendered_schedule_entries",
            "final_schedule.rendered_schedule_entries.0.start",
            "final_schedule.rendered_schedule_entries.0.end",
            but=[("final_schedule.rendered_schedule_entries.0.end", None)],
        ),
        ("final_schedule.rendered_schedule_entries.0.start", "soon"),
        ("final_schedule.rendered_schedule_entries.0.start", "2026-11-23T09:00:00"),
        ("final_schedule.rendered_schedule_entries.0.end", "later"),
    ],
)
def test_layer_schedule_that_is_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-08 is an error for a layer-based schedule that came without its final schedule."""
    snapshot = rota(altered(rendered(WHOLE), path, value), computed(WHOLE))

    assert verdicts(snapshot, "PD-08") == {"PLAYER": "error", "PSHIFT": "pass"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit(
            "final_schedule",
            "final_schedule.computed_shift_assignments",
            "final_schedule.computed_shift_assignments.0.start_time",
            "final_schedule.computed_shift_assignments.0.end_time",
            "final_schedule.computed_shift_assignments.0.member",
            "final_schedule.computed_shift_assignments.0.member.type",
        ),
        ("final_schedule.computed_shift_assignments.0.start_time", "soon"),
        ("final_schedule.computed_shift_assignments.0.end_time", "2026-11-23T09:00:00"),
    ],
)
def test_shift_schedule_that_is_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-08 is an error for a shift-based schedule that came without its final schedule."""
    snapshot = rota(rendered(WHOLE), altered(computed(WHOLE), path, value))

    assert verdicts(snapshot, "PD-08") == {"PLAYER": "pass", "PSHIFT": "error"}


@pytest.mark.parametrize(
    "schedule",
    [
        *[
            altered(rendered(WHOLE), "final_schedule.rendered_schedule_entries.0.user", value)
            for value in (ABSENT, None, WRONG)
        ],
        *[
            altered(computed(WHOLE), f"final_schedule.computed_shift_assignments.0.{path}", value)
            for path, value in [
                ("member.type", "robot_member"),
                ("member.user_id", ABSENT),
                ("member.user_id", None),
                ("member.user_id", WRONG),
            ]
        ],
    ],
)
def test_entry_without_a_person_is_no_coverage(schedule: Record) -> None:
    """PD-08 does not pass by an entry that names nobody."""
    assert status(rota(schedule), "PD-08") != "pass"


@pytest.mark.parametrize("control", ["PD-08", "PD-09"])
@BUILDERS
def test_schedule_that_could_not_be_fetched_singly_is_an_error(build: Any, control: str) -> None:
    """PD-08 and PD-09 say why a schedule could not be fetched, and judge the others."""
    why = {"path": "/schedules/PX", "reason": "HTTP 503", "status": 503}
    gone = dict.fromkeys(["final_schedule", "schedule_layers", "rotations"], ABSENT)
    schedule = finished(build(), {**gone, UNREAD: why})
    snapshot = rota(schedule, rendered(WHOLE, id="POTHER"))

    found = inspect_by_id(snapshot, control)

    assert found["POTHER"].status.value == "pass"
    assert found[schedule["id"]].status.value == "error"
    assert "HTTP 503" in found[schedule["id"]].message


def test_unreadable_partner_is_an_error_where_it_matters() -> None:
    """PD-08 is an error for a schedule with gaps that an unreadable one may complete."""
    broken = altered(NIGHTS, "final_schedule", None)

    found = verdicts(rota(DAYS, broken, policies=[a_policy("Sun", [DAYS, broken])]), "PD-08")

    assert found == {"PDAYS": "error", "PNIGHTS": "error"}


@pytest.mark.parametrize("code", [401, 403, 500, None])
@pytest.mark.parametrize(
    ("schedule", "others", "verdict"),
    [
        (rendered(WHOLE, id="PDAYS"), [], "error"),
        (rendered(WHOLE, id="PDAYS"), [ADA], "error"),
        (DAYS, [ADA], "error"),
        (DAYS, [NIGHTS], "error"),
        (DAYS, [], "fail"),
        (held(DAYS, *[None] * 30), [ADA], "error"),
        (off_boarded(held(rendered(WHOLE, id="PDAYS"), GONE)), [], "fail"),
    ],
)
def test_refused_users_leave_a_fail_and_no_pass(
    schedule: Record, others: list[Record], verdict: str, code: int | None
) -> None:
    """PD-08 fails with refused users what fails anyway; all else is an error, for each schedule."""
    snapshot = rota(
        schedule, NIGHTS, policies=[a_policy("One", [schedule, *others])], users=refused(code)
    )

    assert verdicts(snapshot, "PD-08")["PDAYS"] == verdict


@pytest.mark.parametrize(
    ("layers", "verdict"),
    [
        ([a_layer([ADA, BEN])], "error"),
        ([a_layer([ADA])], "fail"),
        ([a_layer([ADA, GONE])], "fail"),
        ([], "fail"),
    ],
)
def test_refused_users_leave_too_few_participants(layers: list[Record], verdict: str) -> None:
    """PD-09 fails with refused users what has too few people anyway, and passes nothing."""
    schedule = off_boarded(rendered(WHOLE, layers=layers))

    assert status(rota(schedule, users=refused(403)), "PD-09") == verdict


@pytest.mark.parametrize("control", ["PD-08", "PD-09"])
@pytest.mark.parametrize("code", [401, 402, 403, 500, None])
def test_refused_policies_are_an_error_for_each_schedule(code: int | None, control: str) -> None:
    """PD-08 and PD-09 have an error row for each schedule when policies are refused."""
    snapshot = rota(rendered(WHOLE), computed(WHOLE), escalation_policies=refused(code))

    assert verdicts(snapshot, control) == {"PLAYER": "error", "PSHIFT": "error"}


@pytest.mark.parametrize("control", ["PD-08", "PD-09"])
@pytest.mark.parametrize("name", ["schedules", "shift_schedules"])
def test_refused_schedules_are_an_error_for_the_account(name: str, control: str) -> None:
    """PD-08 and PD-09 have one error row when one kind of schedules is refused (403)."""
    snapshot = rota(rendered(WHOLE), computed(WHOLE))
    snapshot.data[name] = refused(403)

    assert verdicts(snapshot, control) == {"account": "error"}


# PD-08: what was not rendered, and what is gone


@BUILDERS
@pytest.mark.parametrize("value", [ABSENT, None])
def test_schedule_that_was_not_rendered_is_an_error(build: Any, value: Any) -> None:
    """PD-08 is an error, never one gap, for a schedule with neither entries nor a percentage."""
    unrendered = altered(build(), "final_schedule.rendered_coverage_percentage", value)
    snapshot = rota(unrendered, rendered(WHOLE, id="POTHER"))

    assert verdicts(snapshot, "PD-08") == {unrendered["id"]: "error", "POTHER": "pass"}


@BUILDERS
@pytest.mark.parametrize("value", [ABSENT, None])
def test_entries_need_no_percentage(build: Any, value: Any) -> None:
    """PD-08 judges a schedule with entries whatever its percentage says."""
    schedule = altered(build(WHOLE), "final_schedule.rendered_coverage_percentage", value)

    assert status(rota(schedule), "PD-08") == "pass"


@BUILDERS
@pytest.mark.parametrize("percentage", [0, 0.0, 100])
def test_no_entries_with_a_percentage_are_one_gap(build: Any, percentage: float) -> None:
    """PD-08 fails a schedule without entries that came with a percentage: 720 hours of nobody."""
    schedule = altered(build(), "final_schedule.rendered_coverage_percentage", percentage)

    found = only(rota(schedule), "PD-08")

    assert found.status.value == "fail"
    assert "720 h" in found.message


# PD-08: people who are gone or unknown


@BUILDERS
@pytest.mark.parametrize(
    ("people", "verdict"),
    [
        ([GONE], "fail"),
        ([ADA, GONE], "fail"),
        ([UNKNOWN], "error"),
        ([ADA, UNKNOWN], "error"),
        ([GONE, UNKNOWN], "fail"),
        ([ADA, BEN], "pass"),
    ],
)
def test_deleted_people_cover_nothing(build: Any, people: list[Record], verdict: str) -> None:
    """PD-08 takes a deleted person for a gap, and judges an unknown one both ways."""
    spans = [(n * 720 / len(people), (n + 1) * 720 / len(people)) for n in range(len(people))]
    schedule = off_boarded(held(build(*spans), *people))

    assert status(rota(schedule), "PD-08") == verdict


@BUILDERS
def test_gap_says_who_was_deleted(build: Any) -> None:
    """PD-08 says of a gap which deleted user is on call in it, in the message and as evidence."""
    schedule = off_boarded(held(build((0, 12), (12, 24), (30, 720)), ADA, GONE, ADA))

    found = only(rota(schedule), "PD-08")

    said = "2026-11-23T21:00Z to 2026-11-24T15:00Z (18 h, on call: deleted user PGONE01)"
    assert said in found.message
    assert "deleted user PGONE01" in str(found.evidence)


@BUILDERS
def test_gap_of_nobody_names_nobody(build: Any) -> None:
    """PD-08 names a deleted user only where that user is on call."""
    schedule = off_boarded(held(build((0, 12), (24, 700)), GONE, ADA))

    message = only(rota(schedule), "PD-08").message

    assert "(24 h, on call: deleted user PGONE01)" in message
    assert "(20 h)" in message


@BUILDERS
def test_somebody_else_on_call_covers_for_the_deleted(build: Any) -> None:
    """PD-08 passes where somebody living is on call while a deleted user is."""
    schedule = off_boarded(held(build(WHOLE, (0, 100)), ADA, GONE))

    assert status(rota(schedule), "PD-08") == "pass"


@BUILDERS
def test_null_says_that_somebody_on_call_lives(build: Any) -> None:
    """PD-08 counts an entry whose user has a ``deleted_at`` of null."""
    assert status(rota(off_boarded(build(WHOLE), "PADA", None)), "PD-08") == "pass"


@BUILDERS
@pytest.mark.parametrize(
    ("users", "verdict"), [([ADA, BEN], "fail"), ([ADA, a_user("Gus", id=GONE_ID)], "pass")]
)
def test_who_was_seen_deleted_anywhere_covers_nothing(
    build: Any, users: list[Record], verdict: str
) -> None:
    """PD-08 knows from another record that somebody was deleted, unless the user list has them."""
    schedule = held(build(WHOLE), NAMED_GONE)
    snapshot = rota(schedule, users=users, oncalls=[{"user": GONE}])

    assert status(snapshot, "PD-08") == verdict


@BUILDERS
def test_unknown_person_is_named(build: Any) -> None:
    """PD-08 names the id of somebody on call whom the complete user list lacks."""
    assert "PUNKNOWN" in only(rota(held(build(WHOLE), UNKNOWN)), "PD-08").message


@BUILDERS
def test_unknown_person_beside_somebody_known_changes_nothing(build: Any) -> None:
    """PD-08 keeps a pass and a fail that an unknown person could not change."""
    covered = held(build(WHOLE, (0, 100)), ADA, UNKNOWN)
    open_anyway = held(build((0, 100), (0, 100)), ADA, UNKNOWN)

    assert status(rota(covered), "PD-08") == "pass"
    assert status(rota(open_anyway), "PD-08") == "fail"


@pytest.mark.parametrize("value", [ABSENT, None])
def test_entry_without_user_is_a_gap(value: Any) -> None:
    """PD-08 fails a schedule of which an entry names no user, who is nobody."""
    entry = "final_schedule.rendered_schedule_entries.1.user"
    schedule = altered(rendered((0, 12), (12, 720)), entry, value)

    found = only(rota(schedule), "PD-08")

    assert found.status.value == "fail"
    assert "2026-11-23T21:00Z" in found.message


@pytest.mark.parametrize(
    ("build", "entries"),
    [
        (rendered, "final_schedule.rendered_schedule_entries"),
        (computed, "final_schedule.computed_shift_assignments"),
    ],
)
@pytest.mark.parametrize("value", NO_RECORDS)
@pytest.mark.parametrize(
    ("spans", "verdict"),
    [([WHOLE, (0, 9)], "pass"), ([(0, 9), (9, 720)], "error"), ([WHOLE], "error")],
)
def test_broken_entry_costs_only_what_it_could_change(
    build: Any, entries: str, value: Any, spans: list[Span], verdict: str
) -> None:
    """PD-08 is an error for a broken entry that may be the one that fills a gap."""
    if value == {} and build is rendered:
        return  # an entry without user is nobody
    number = len(spans) - 1

    assert status(rota(altered(build(*spans), f"{entries}.{number}", value)), "PD-08") == verdict


@pytest.mark.parametrize(
    ("partners", "verdict"),
    [
        ([GONE], "fail"),
        ([UNKNOWN], "fail"),
        ([BEN], "pass"),
        ([GONE, BEN], "pass"),
        ([off_boarded(held(computed(*NIGHT, id="PX"), *[GONE] * 30))], "fail"),
        ([held(computed(*NIGHT, id="PX"), *[UNKNOWN] * 30)], "error"),
        ([held(computed(*NIGHT, id="PX"), *[UNKNOWN] * 30), BEN], "pass"),
        ([held(computed(*NIGHT, id="PX"), *[None] * 30)], "fail"),
    ],
)
def test_gone_people_complete_no_level(partners: list[Record], verdict: str) -> None:
    """PD-08 lets neither deleted targets nor schedules of deleted people complete a level."""
    schedules = [each for each in partners if each["type"] == "schedule_v3"]
    policy = off_boarded(a_policy("Sun", [DAYS, *partners]))

    found = verdicts(rota(DAYS, *schedules, policies=[policy]), "PD-08")

    assert found["PDAYS"] == verdict


def test_deleted_schedule_completes_no_level() -> None:
    """PD-08 fails a schedule whose partner on the level was deleted, though the list has it."""
    policy = off_boarded(a_policy("Sun", [DAYS, NIGHTS]), "PNIGHTS")

    assert verdicts(rota(DAYS, NIGHTS, policies=[policy]), "PD-08")["PDAYS"] == "fail"


@pytest.mark.parametrize(
    ("path", "value", "verdict"),
    [
        ("escalation_rules.1.targets.0", None, "error"),
        ("escalation_rules.1.targets.0.type", "robot_reference", "pass"),
        ("escalation_rules.1.targets", None, "error"),
        ("escalation_rules.1", None, "error"),
        ("escalation_rules", None, "fail"),
        ("escalation_rules.0.targets.2", None, "error"),
        ("escalation_rules.0.targets.1", None, "error"),
        ("escalation_rules.0.escalation_delay_in_minutes", None, "pass"),
    ],
)
def test_broken_policy_costs_only_what_it_could_change(path: str, value: Any, verdict: str) -> None:
    """PD-08 is an error where an unreadable target may use a schedule that its level completes."""
    broken = altered(a_policy("Sun", [DAYS, NIGHTS, GONE], [BEN]), path, value)
    alone = [a_policy("Alone", [DAYS])] if path == "escalation_rules" else []

    found = verdicts(rota(DAYS, NIGHTS, policies=[broken, *alone]), "PD-08")

    assert found["PDAYS"] == verdict


@pytest.mark.parametrize("control", ["PD-08", "PD-09"])
@pytest.mark.parametrize("value", [None, "surprise"])
def test_schedule_that_only_a_broken_policy_may_use_is_an_error(control: str, value: Any) -> None:
    """PD-08 and PD-09 are errors, not out of place, where a policy cannot be read."""
    broken = altered(a_policy("Sun", [DAYS]), "escalation_rules", value)
    used = a_policy("Moon", [NIGHTS])

    found = verdicts(rota(DAYS, NIGHTS, policies=[broken, used]), control)

    assert found["PDAYS"] == "error"
    assert found["PNIGHTS"] == ("fail" if control == "PD-08" else "pass")


# PD-09

ENDED, ENDS_NOW, ENDS_LATER = hour(-1), hour(0), hour(1)


@pytest.mark.parametrize(
    ("layers", "verdict"),
    [
        ([a_layer([ADA, BEN])], "pass"),
        ([a_layer([ADA]), a_layer([BEN])], "pass"),
        ([a_layer([ADA]), a_layer([BEN], end=ENDS_LATER)], "pass"),
        ([a_layer([ADA]), a_layer([BEN], end=ENDS_NOW)], "fail"),
        ([a_layer([ADA]), a_layer([BEN], end=ENDED)], "fail"),
        ([a_layer([ADA]), a_layer([ADA, ADA])], "fail"),
        ([a_layer([ADA, BEN], end=ENDED)], "fail"),
        ([a_layer([])], "fail"),
        ([], "fail"),
    ],
)
def test_layers_that_still_run_have_several_users(layers: list[Record], verdict: str) -> None:
    """PD-09 counts the distinct users of layers that still run when the account was read."""
    schedule = rendered(layers=layers) | {"users": [refer("user", ADA), refer("user", BEN)]}

    assert verdicts(rota(schedule), "PD-09") == {"PLAYER": verdict}


@pytest.mark.parametrize(
    ("events", "verdict"),
    [
        ([an_event([ADA, BEN])], "pass"),
        ([an_event([ADA]), an_event([BEN])], "pass"),
        ([an_event([ADA]), an_event([BEN], effective_until=ENDS_LATER)], "pass"),
        ([an_event([ADA]), an_event([BEN], effective_until=ENDS_NOW)], "fail"),
        ([an_event([ADA]), an_event([BEN], effective_until=ENDED)], "fail"),
        ([an_event([ADA, ADA]), an_event([ADA])], "fail"),
        ([an_event([ADA, None])], "fail"),
        ([an_event([None, None])], "fail"),
        ([], "fail"),
    ],
)
def test_events_in_effect_have_several_members(events: list[Record], verdict: str) -> None:
    """PD-09 counts the distinct members of events still in effect, never an empty_member."""
    assert verdicts(rota(computed(events=events)), "PD-09") == {"PSHIFT": verdict}


@pytest.mark.parametrize(("required", "verdict"), [(1, "pass"), (2, "pass"), (3, "fail")])
@BUILDERS
def test_number_of_participants_may_be_set(build: Any, required: int, verdict: str) -> None:
    """PD-09 takes min_schedule_participants from the baseline."""
    assert status(rota(build()), "PD-09", min_schedule_participants=required) == verdict


LAYER = "schedule_layers.0"
EVENT = "rotations.0.events.0"
MEMBERS = f"{EVENT}.assignment_strategy.members"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit(
            "schedule_layers",
            f"{LAYER}.end",
            f"{LAYER}.users",
            f"{LAYER}.users.0.user",
            f"{LAYER}.users.0.user.id",
            but=[(f"{LAYER}.end", None), (f"{LAYER}.end", ABSENT)],
        ),
        *[(path, value) for path in (LAYER, f"{LAYER}.users.0") for value in NO_RECORDS],
        (f"{LAYER}.end", "never"),
    ],
)
def test_layers_that_are_unreadable_are_an_error(path: str, value: Any) -> None:
    """PD-09 is an error for a layer-based schedule whose layers are broken."""
    snapshot = rota(altered(rendered(), path, value), computed())

    assert verdicts(snapshot, "PD-09") == {"PLAYER": "error", "PSHIFT": "pass"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit(
            "rotations",
            "rotations.0.events",
            f"{EVENT}.effective_until",
            f"{EVENT}.assignment_strategy",
            f"{EVENT}.assignment_strategy.members",
            f"{EVENT}.assignment_strategy.members.0.type",
            f"{EVENT}.assignment_strategy.members.0.user_id",
            but=[
                ("rotations", ABSENT),
                ("rotations.0.events", ABSENT),
                (f"{EVENT}.effective_until", None),
                (f"{EVENT}.effective_until", ABSENT),
            ],
        ),
        *[
            (path, value)
            for path in (EVENT, f"{EVENT}.assignment_strategy.members.0")
            for value in NO_RECORDS
        ],
        *[("rotations.0", value) for value in (None, "Ada")],
        (f"{EVENT}.effective_until", "never"),
    ],
)
def test_rotations_that_are_unreadable_are_an_error(path: str, value: Any) -> None:
    """PD-09 is an error for a shift-based schedule whose rotations are broken."""
    snapshot = rota(rendered(), altered(computed(), path, value))

    assert verdicts(snapshot, "PD-09") == {"PLAYER": "pass", "PSHIFT": "error"}


@pytest.mark.parametrize("value", [ABSENT, None])
def test_layer_without_end_runs_on(value: Any) -> None:
    """PD-09 counts the people of a layer whose end is null or not there."""
    schedule = altered(rendered(layers=[a_layer([ADA, BEN])]), f"{LAYER}.end", value)

    assert status(rota(schedule), "PD-09") == "pass"


@pytest.mark.parametrize(
    ("start", "end", "verdict"),
    [
        (10, 5, "fail"),
        (10, 10, "fail"),
        (10, None, "pass"),
        (10, 20, "pass"),
        (-10, 5, "pass"),
        (-10, -20, "fail"),
        (24 * 365, None, "pass"),
    ],
)
def test_layer_that_never_runs_has_nobody(start: float, end: float | None, verdict: str) -> None:
    """PD-09 leaves out a layer that ends when it starts, or before; one that starts later counts.

    The hours are counted from when the account was read.
    """
    until = None if end is None else hour(end)
    layers = [a_layer([ADA]), a_layer([BEN], start=hour(start), end=until)]

    assert status(rota(rendered(layers=layers)), "PD-09") == verdict


@pytest.mark.parametrize(("days", "verdict"), [(-1, "fail"), (1, "error")])
def test_layer_with_an_unreadable_start_counts_where_it_may_run(days: float, verdict: str) -> None:
    """PD-09 knows that a layer is over by its end; before that it must say when it started."""
    layers = [a_layer([ADA]), a_layer([BEN], start="soon", end=hour(24 * days))]

    assert status(rota(rendered(layers=layers)), "PD-09") == verdict


@pytest.mark.parametrize("path", ["rotations", "rotations.0.events"])
def test_schedule_without_rotations_has_no_participants(path: str) -> None:
    """PD-09 fails a shift-based schedule without rotations, or whose rotation has no events."""
    found = only(rota(altered(computed(), path, ABSENT)), "PD-09")

    assert found.status.value == "fail"
    assert "0 participants" in found.message


def test_rotation_without_events_takes_nothing_from_another_one() -> None:
    """PD-09 counts the people of a rotation beside one that has no events."""
    empty = altered(a_rotation(an_event([ADA])), "events", ABSENT)
    schedule = computed(rotations=[empty, a_rotation(an_event([ADA, BEN]))])

    assert status(rota(schedule), "PD-09") == "pass"


# PD-09: people who are gone or unknown


def turns(kind: str, *people: Record | None) -> Record:
    """Return a schedule of one kind on which these people take turns."""
    if kind == "layers":
        return rendered(WHOLE, layers=[a_layer([each for each in people if each])])
    return computed(WHOLE, events=[an_event(people)])


TURNS = pytest.mark.parametrize("kind", ["layers", "events"])


@TURNS
@pytest.mark.parametrize(
    ("people", "verdict"),
    [
        ([ADA, GONE], "fail"),
        ([GONE], "fail"),
        ([ADA, GONE, BEN], "pass"),
        ([ADA, UNKNOWN], "error"),
        ([UNKNOWN], "fail"),
        ([UNKNOWN, UNKNOWN], "fail"),
        ([UNKNOWN, GONE], "fail"),
        ([ADA, BEN, UNKNOWN], "pass"),
    ],
)
def test_deleted_people_take_no_turns(kind: str, people: list[Record], verdict: str) -> None:
    """PD-09 does not count who was deleted, and judges unknown people both ways."""
    assert status(rota(off_boarded(turns(kind, *people))), "PD-09") == verdict


@TURNS
def test_null_says_that_a_participant_lives(kind: str) -> None:
    """PD-09 counts a person whose ``deleted_at`` is null."""
    schedule = off_boarded(turns(kind, ADA, BEN), "PBEN", None)

    assert status(rota(schedule), "PD-09") == "pass"


@TURNS
def test_two_unknown_people_may_be_enough(kind: str) -> None:
    """PD-09 is an error that names both where two unknown people would be enough."""
    found = only(rota(turns(kind, UNKNOWN, refer("user", "PSTRANGER"))), "PD-09")

    assert found.status.value == "error"
    assert "PUNKNOWN" in found.message
    assert "PSTRANGER" in found.message


@TURNS
@pytest.mark.parametrize(
    ("users", "verdict"), [([ADA, BEN], "fail"), ([ADA, a_user("Gus", id=GONE_ID)], "pass")]
)
def test_who_was_seen_deleted_anywhere_takes_no_turns(
    kind: str, users: list[Record], verdict: str
) -> None:
    """PD-09 knows from another record that somebody was deleted, unless the user list has them."""
    snapshot = rota(turns(kind, ADA, NAMED_GONE), users=users, oncalls=[{"user": GONE}])

    assert status(snapshot, "PD-09") == verdict


@TURNS
def test_participants_are_named(kind: str) -> None:
    """PD-09 names the one who is left: name and id in the message, with the link as evidence."""
    found = only(rota(off_boarded(turns(kind, ADA, GONE))), "PD-09")

    for part in ("Ada Quill", "PADA"):
        assert part in found.message
        assert part in str(found.evidence)
    assert ADA["html_url"] in str(found.evidence)
    assert GONE_ID not in found.message


ROTATIONS = [a_rotation(an_event([ADA])), a_rotation(an_event([ADA, BEN]))]


@pytest.mark.parametrize(
    ("schedule", "path", "verdict"),
    [
        (rendered(WHOLE, layers=[a_layer([ADA, BEN, ADA])]), f"{LAYER}.users.2", "pass"),
        (rendered(WHOLE, layers=[a_layer([ADA, ADA])]), f"{LAYER}.users.1", "error"),
        (rendered(WHOLE, layers=[a_layer([ADA])]), f"{LAYER}.users.0", "fail"),
        (rendered(WHOLE, layers=[a_layer([ADA]), a_layer([ADA, BEN])]), LAYER, "pass"),
        (rendered(WHOLE, layers=[a_layer([ADA]), a_layer([ADA])]), LAYER, "error"),
        (computed(WHOLE, events=[an_event([ADA, BEN, ADA])]), f"{MEMBERS}.2", "pass"),
        (computed(WHOLE, events=[an_event([ADA, ADA])]), f"{MEMBERS}.1", "error"),
        (computed(WHOLE, events=[an_event([ADA])]), f"{MEMBERS}.0", "fail"),
        (computed(WHOLE, events=[an_event([ADA]), an_event([ADA, BEN])]), EVENT, "pass"),
        (computed(WHOLE, events=[an_event([ADA]), an_event([ADA])]), EVENT, "error"),
        (computed(WHOLE, rotations=ROTATIONS), "rotations.0", "pass"),
        (computed(WHOLE, rotations=ROTATIONS[:1]), "rotations.0.events.0", "error"),
    ],
)
@pytest.mark.parametrize("value", NO_RECORDS)
def test_broken_turn_costs_only_what_it_could_change(
    schedule: Record, path: str, verdict: str, value: Any
) -> None:
    """PD-09 counts a broken entry as at most one more person, a broken layer as any number."""
    assert status(rota(altered(schedule, path, value)), "PD-09") == verdict


# PD-17

PHONE = a_contact_method("phone", id="PPHONE")
EMAIL = a_contact_method("email", "ada@fernhill-demo.example", id="PEMAIL")


def ruled(*rules: Record, **fields: Any) -> Record:
    """Return Ada with a phone, a mail address and these notification rules."""
    fields = {"contact_methods": [EMAIL, PHONE], "notification_rules": rules, **fields}
    return a_user("Ada Quill", id="PADA", **fields)


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([a_notification_rule(PHONE)], "pass"),
        ([a_notification_rule(EMAIL)], "pass"),
        ([a_notification_rule(PHONE, delay=30)], "pass"),
        ([a_notification_rule("PGONE"), a_notification_rule(PHONE)], "pass"),
        ([a_notification_rule(EMAIL, "low"), a_notification_rule(PHONE)], "pass"),
        ([], "fail"),
        ([a_notification_rule(PHONE, "low")], "fail"),
        ([a_notification_rule("PGONE")], "fail"),
        ([a_notification_rule()], "fail"),
        ([a_notification_rule(contact_method=None, id="PRULE")], "fail"),
        ([altered(a_notification_rule(PHONE), "contact_method", ABSENT)], "fail"),
        ([a_notification_rule(PHONE, "low"), a_notification_rule("PGONE")], "fail"),
    ],
)
def test_user_needs_a_high_urgency_rule(rules: list[Record], verdict: str) -> None:
    """PD-17 needs one rule of high urgency whose contact method still exists."""
    assert verdicts(a_snapshot(users=[ruled(*rules)]), "PD-17") == {"PADA": verdict}


@pytest.mark.parametrize(
    "fields", [{"invitation_sent": True}, *[{"role": role} for role in STAKEHOLDERS]], ids=str
)
def test_user_who_cannot_respond_needs_no_rules(fields: dict[str, Any]) -> None:
    """PD-17 does not apply to stakeholders and to pending users."""
    assert status(a_snapshot(users=[ruled(**fields)]), "PD-17") == "not_applicable"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit(
            "role",
            "invitation_sent",
            "contact_methods",
            "contact_methods.1.id",
            "notification_rules",
            "notification_rules.0.urgency",
            "notification_rules.0.contact_method",
            "notification_rules.0.contact_method.id",
            but=[
                ("notification_rules.0.contact_method", None),
                ("notification_rules.0.contact_method", ABSENT),
            ],
        ),
        ("notification_rules.0.urgency", "extreme"),
    ],
)
def test_user_whose_rules_are_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-17 is an error for a user whose record is broken, and only for that one."""
    users = [altered(ruled(a_notification_rule(PHONE)), path, value), BEN]

    assert verdicts(a_snapshot(users=users), "PD-17") == {"PADA": "error", "PBEN": "pass"}


@pytest.mark.parametrize(
    ("others", "verdict"), [([], "error"), ([a_notification_rule(PHONE)], "pass")]
)
def test_rule_of_an_unknown_urgency_may_be_of_high_urgency(
    others: list[Record], verdict: str
) -> None:
    """PD-17 is an error for a user whose only rule has an urgency that nobody knows."""
    user = ruled(a_notification_rule(EMAIL, "extreme"), *others)

    assert verdicts(a_snapshot(users=[user]), "PD-17") == {"PADA": verdict}


@pytest.mark.parametrize("value", NO_RECORDS)
@pytest.mark.parametrize(
    ("rules", "path", "verdict"),
    [
        ([PHONE, EMAIL], "notification_rules.1", "pass"),
        ([None, EMAIL], "notification_rules.1", "error"),
        ([PHONE, EMAIL], "contact_methods.0", "pass"),
        ([None, EMAIL], "contact_methods.0", "error"),
        ([None, None], "contact_methods.0", "fail"),
    ],
)
def test_broken_rule_costs_nothing_beside_one_that_leads_somewhere(
    rules: list[Record | None], path: str, verdict: str, value: Any
) -> None:
    """PD-17 passes by one rule whose method exists, whatever the other rules and methods are."""
    user = altered(ruled(*map(a_notification_rule, rules)), path, value)

    assert verdicts(a_snapshot(users=[user]), "PD-17") == {"PADA": verdict}


@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
def test_refused_users_hide_their_rules(code: int | None) -> None:
    """PD-17 is one error row for the account when users are refused."""
    assert verdicts(a_snapshot(users=refused(code)), "PD-17") == {"account": "error"}


# PD-18


def on_call(*users: Record) -> list[Record]:
    """Return who is on call now, as references."""
    return [{"user": refer("user", user), "schedule": None, "start": None} for user in users]


def reachable(*methods: Record, **data: Any) -> Snapshot:
    """Return an account where Ada, with these contact methods, is on call."""
    ada = a_user("Ada Quill", id="PADA", contact_methods=methods, notification_rules=[])
    return a_snapshot(**{"users": [ada, BEN], "oncalls": on_call(ada), **data})


@pytest.mark.parametrize(
    ("method", "verdict"),
    [
        *[
            (a_contact_method(kind), "pass")
            for kind in ("phone", "sms", "whatsapp", "push_notification")
        ],
        *[
            (a_contact_method(kind, blacklisted=True), "fail")
            for kind in ("phone", "sms", "whatsapp", "push_notification")
        ],
        *[(a_contact_method(kind, enabled=False), "fail") for kind in ("phone", "sms", "whatsapp")],
        (a_contact_method("phone", enabled=ABSENT, blacklisted=ABSENT), "pass"),
        (a_contact_method("phone", enabled=False, blacklisted=True), "fail"),
        (a_contact_method("email"), "fail"),
        (a_contact_method("email", enabled=True, blacklisted=False), "fail"),
    ],
)
def test_on_call_user_needs_a_usable_method(method: Record, verdict: str) -> None:
    """PD-18 needs a method that is not e-mail, not switched off and not blacklisted."""
    assert verdicts(reachable(EMAIL, method), "PD-18") == {"PADA": verdict}


def test_one_usable_method_is_enough() -> None:
    """PD-18 passes with one usable method among others, and fails with none at all."""
    blocked = a_contact_method("sms", blacklisted=True)

    assert status(reachable(EMAIL, blocked, PHONE), "PD-18") == "pass"
    assert status(reachable(), "PD-18") == "fail"


def test_users_on_call_are_judged_once_and_others_not() -> None:
    """PD-18 has one row for each user on call, however many entries name that user."""
    snapshot = reachable(PHONE, oncalls=on_call(ADA, BEN, ADA), users=[ADA, BEN, a_user("Cleo")])

    found = [each.resource.id for each in inspect(snapshot, "PD-18")]

    assert found == ["PADA", "PBEN"]


def test_user_missing_from_the_list_is_an_error() -> None:
    """PD-18 is an error for a user on call whom the user list lacks."""
    snapshot = reachable(PHONE, oncalls=on_call(ADA, a_user("Sam", id="PSTRANGER")))

    assert verdicts(snapshot, "PD-18") == {"PADA": "pass", "PSTRANGER": "error"}


def test_nobody_on_call_is_not_applicable() -> None:
    """PD-18 is one not_applicable row when nobody is on call."""
    assert verdicts(reachable(oncalls=[]), "PD-18") == {"account": "not_applicable"}


@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
@pytest.mark.parametrize(("name", "row"), [("oncalls", "account"), ("users", "PADA")])
def test_refused_on_calls_or_users_are_an_error(name: str, row: str, code: int | None) -> None:
    """PD-18 has an error row for the account without on-calls, for each user without users."""
    data: dict[str, Any] = {name: refused(code)}

    assert verdicts(reachable(PHONE, **data), "PD-18") == {row: "error"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit("contact_methods", "contact_methods.0.type"),
        ("contact_methods.0.type", "phone_contact_method_reference"),
        ("contact_methods.0.enabled", WRONG),
        ("contact_methods.0.blacklisted", WRONG),
    ],
)
def test_user_whose_methods_are_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-18 is an error for a user whose only method cannot be judged."""
    snapshot = reachable(PHONE)
    snapshot.records("users")[0] = altered(snapshot.records("users")[0], path, value)

    assert verdicts(snapshot, "PD-18") == {"PADA": "error"}


@pytest.mark.parametrize(("path", "value"), unfit("user", "user.id"))
def test_on_call_entry_without_user_is_an_error(path: str, value: Any) -> None:
    """PD-18 is an error when an on-call entry does not say who is on call."""
    snapshot = reachable(PHONE, oncalls=[altered(on_call(ADA)[0], path, value)])

    assert status(snapshot, "PD-18") == "error"


def test_deleted_user_on_call_fails() -> None:
    """PD-18 fails a deleted user on call, says when they were deleted, and judges the others."""
    snapshot = reachable(PHONE, oncalls=[*on_call(ADA), {"user": GONE}])

    found = inspect_by_id(snapshot, "PD-18")

    assert found["PADA"].status.value == "pass"
    assert found[GONE_ID].status.value == "fail"
    assert "was deleted on 2026-09-01" in found[GONE_ID].message


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-09-01", "2026-09-01"),
        ("2026-09-01T10:00:00+02:00", "2026-09-01"),
        ("", "unknown"),
        ("long ago", "unknown"),
    ],
)
def test_day_of_a_deletion_is_said_as_far_as_it_is_known(day: str, said: str) -> None:
    """PD-18 fails a user who was deleted on whatever day."""
    found = only(reachable(oncalls=[{"user": GONE | {"deleted_at": day}}]), "PD-18")

    assert found.status.value == "fail"
    assert said in found.message


def test_null_says_that_a_user_on_call_lives() -> None:
    """PD-18 judges a user whose ``deleted_at`` is null by the contact methods."""
    (row,) = on_call(ADA)
    living = off_boarded(row, "PADA", None)

    assert verdicts(reachable(PHONE, oncalls=[living]), "PD-18") == {"PADA": "pass"}
    assert verdicts(reachable(EMAIL, oncalls=[living]), "PD-18") == {"PADA": "fail"}


@pytest.mark.parametrize(
    ("users", "verdict"), [([ADA], "fail"), ([ADA, a_user("Gus", id=GONE_ID)], "pass")]
)
def test_who_was_seen_deleted_anywhere_is_on_call_in_vain(
    users: list[Record], verdict: str
) -> None:
    """PD-18 knows from a policy that somebody was deleted, unless the user list has them."""
    policies = [off_boarded(a_policy("Old", [GONE]))]
    snapshot = reachable(
        oncalls=on_call(refer("user", GONE_ID)), users=users, escalation_policies=policies
    )

    assert verdicts(snapshot, "PD-18") == {GONE_ID: verdict}


POLICY = refer("escalation_policy", "PPOLICY")
ROTA = refer("schedule", "PROTA")


@pytest.mark.parametrize(
    ("row", "address"),
    [
        ({"escalation_policy": POLICY, "schedule": ROTA}, ("escalation_policy", "PPOLICY")),
        ({"escalation_policy": POLICY, "schedule": None}, ("escalation_policy", "PPOLICY")),
        ({"escalation_policy": None, "schedule": ROTA}, ("schedule", "PROTA")),
        ({"escalation_policy": {"type": "escalation_policy_reference"}}, ("account", "account")),
        ({}, ("account", "account")),
        ({NO_OBJECT: True}, ("account", "account")),
    ],
)
@pytest.mark.parametrize(
    "user", [{}, {"user": None}, {"user": WRONG}, {"user": {}}, {"user": {"id": None}}], ids=str
)
def test_row_without_user_stands_for_what_it_belongs_to(
    row: Record, address: tuple[str, str], user: Record
) -> None:
    """PD-18 is one error for a broken row, with the address of its policy, schedule or account."""
    snapshot = reachable(EMAIL, oncalls=[*on_call(ADA, BEN), row | user])

    found = {(each.resource.type, each.resource.id): each for each in inspect(snapshot, "PD-18")}

    assert found.pop(address).status.value == "error"
    assert {id_: each.status.value for (_, id_), each in found.items()} == {
        "PADA": "fail",
        "PBEN": "pass",
    }


def test_broken_rows_of_one_policy_are_one_error() -> None:
    """PD-18 has one row for a policy of which several on-call rows name no user."""
    broken: list[Record] = [{"escalation_policy": POLICY, "user": None}] * 2

    assert verdicts(reachable(oncalls=broken), "PD-18") == {"PPOLICY": "error"}


@pytest.mark.parametrize("value", NO_RECORDS)
@pytest.mark.parametrize(
    ("others", "verdict"), [([PHONE], "pass"), ([EMAIL], "error"), ([], "error")]
)
def test_broken_method_costs_nothing_beside_one_that_works(
    others: list[Record], verdict: str, value: Any
) -> None:
    """PD-18 passes by one method that works, whatever the others are."""
    snapshot = reachable(*others, PHONE)
    users = snapshot.records("users")
    users[0] = altered(users[0], f"contact_methods.{len(others)}", value)

    assert verdicts(snapshot, "PD-18") == {"PADA": verdict}


def test_user_without_id_might_be_the_one_on_call() -> None:
    """PD-18 is an error for a user on call who may be one that the list has without an id."""
    snapshot = reachable(PHONE, users=[altered(ADA, "id", ABSENT), BEN], oncalls=on_call(ADA, BEN))

    assert verdicts(snapshot, "PD-18") == {"PADA": "error", "PBEN": "pass"}
