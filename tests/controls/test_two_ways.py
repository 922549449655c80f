"""PD-30: are those on call rung in two ways, the first at once?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.controls.helpers import GONE, UNKNOWN, WHOLE, altered, held, only, rendered
from tests.controls.test_causes import ringing
from tests.simulator import accounts, run
from tests.simulator.builders import (
    a_contact_method,
    a_notification_rule,
    a_policy,
    a_service,
    a_user,
)
from tests.simulator.records import ABSENT, Record, refer
from tests.support import reading
from tests.support.calls import run_command
from tests.support.judged import NOW, a_snapshot, refused, verdicts
from tests.support.pseudonyms import redact_answers

BOTH = ringing("phone", "push_notification")
PHONE = a_contact_method("phone", "2025550100", id="PPHONE")
PUSH = a_contact_method("push_notification", "token", id="PPUSH")


def calling(*targets: Record, status: str = "active", **data: Any) -> dict[str, Any]:
    """Return an account with one service whose policy calls these targets."""
    policy = a_policy("Shop", list(targets), id="PPOLICY")
    service = a_service("Shop", policy, id="PSHOP", status=status)
    people = [each for each in targets if each["type"] == "user"]
    return {"services": [service], "escalation_policies": [policy], "users": people, **data}


def judged(user: Record, **thresholds: Any) -> str:
    """Return the verdict of one person on call."""
    return only(a_snapshot(**calling(user)), "PD-30", **thresholds).status.value


def somebody(*rules: Record, methods: tuple[Record, ...] = (PHONE, PUSH), **fields: Any) -> Record:
    """Return Ada with these rules."""
    return a_user(
        "Ada Quill", id="PADA", contact_methods=methods, notification_rules=rules, **fields
    )


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (BOTH, "pass"),
        (ringing("phone", "sms"), "pass"),
        (ringing("phone", "whatsapp"), "pass"),
        (ringing("phone", "sms", delay=1), "pass"),
        (ringing("phone", "sms", delay=2), "fail"),
        (ringing("phone"), "fail"),
        (ringing("phone", "phone"), "fail"),
        (ringing("email", "phone"), "fail"),
        (ringing(), "fail"),
        (ringing("phone", "sms") | {"invitation_sent": True}, "fail"),
        (ringing("phone", "sms") | {"role": "read_only_user"}, "fail"),
        (somebody(a_notification_rule(PHONE), a_notification_rule(PUSH, "low")), "fail"),
        (somebody(a_notification_rule(PHONE), a_notification_rule("PGONE")), "fail"),
        (somebody(a_notification_rule(PHONE), a_notification_rule(PUSH, delay=30)), "pass"),
        (
            somebody(
                a_notification_rule(PHONE),
                a_notification_rule(PUSH),
                methods=(PHONE | {"blacklisted": True}, PUSH),
            ),
            "fail",
        ),
    ],
)
def test_two_kinds_ring_the_first_at_once(user: Record, expected: str) -> None:
    """Two kinds with usable rules of high urgency are needed, the first within a minute."""
    assert judged(user) == expected


def test_thresholds_decide() -> None:
    """How many ways, which of them ring, which are required and how soon can be set."""
    assert judged(ringing("phone"), min_ring_methods=1) == "pass"
    assert judged(BOTH, min_ring_methods=3) == "fail"
    assert judged(BOTH, ring_methods=("phone", "sms")) == "fail"
    assert judged(BOTH, ring_methods=("phone_contact_method", "push")) == "pass"
    assert judged(BOTH, required_ring_methods=("phone",)) == "pass"
    assert judged(BOTH, required_ring_methods=("sms_contact_method",)) == "fail"
    assert judged(BOTH, max_first_ring_minutes=0) == "pass"
    assert judged(ringing("phone", "sms", delay=1), max_first_ring_minutes=0) == "fail"
    assert judged(ringing("phone", "sms", delay=5), max_first_ring_minutes=5) == "pass"


def test_evidence_has_the_kinds_with_their_delays() -> None:
    """A reader sees what rings after how many minutes, and no address."""
    found = only(a_snapshot(**calling(ringing("phone", "sms", delay=3))), "PD-30")

    assert found.evidence == {"ring_ways": 2, "rings": {"phone": 3, "sms": 4}}
    assert "rung for the first time after 3 minutes; 1 are allowed" in found.message


def test_a_fail_says_why_nobody_is_rung() -> None:
    """Pending people and stakeholders fail with that reason."""
    pending = only(a_snapshot(**calling(BOTH | {"invitation_sent": True})), "PD-30")
    watching = only(a_snapshot(**calling(BOTH | {"role": "read_only_user"})), "PD-30")

    assert "has not accepted the invitation" in pending.message
    assert "is a stakeholder (read_only_user)" in watching.message


def test_only_those_on_call_for_a_service_in_service_have_rows() -> None:
    """A disabled service, a policy without a service and a user beside them all ask nobody."""
    idle = a_user("Idle", id="PIDLE")
    unused = a_policy("Unused", [idle], id="PUNUSED")
    data = calling(BOTH)
    data["escalation_policies"].append(unused)
    data["users"].append(idle)

    assert verdicts(a_snapshot(**data), "PD-30") == {"PADA": "pass"}
    assert verdicts(a_snapshot(**calling(BOTH, status="disabled")), "PD-30") == {
        "account": "not_applicable"
    }
    assert verdicts(a_snapshot(), "PD-30") == {"account": "not_applicable"}


def test_who_is_on_a_schedule_in_the_window_is_judged() -> None:
    """A shift in the window counts, one beyond it does not, and nobody is judged twice."""
    schedule, later = rendered((24, 48)), rendered((24 * 31, 24 * 32))

    on = calling(schedule, schedules=[schedule], users=[ringing("phone")])
    both = calling(schedule, ringing("phone"), schedules=[schedule])
    off = calling(later, schedules=[later], users=[ringing("phone")])

    assert verdicts(a_snapshot(**on), "PD-30") == {"PADA": "fail"}
    assert verdicts(a_snapshot(**both), "PD-30") == {"PADA": "fail"}
    assert verdicts(a_snapshot(**off), "PD-30") == {"account": "not_applicable"}


def test_unknown_and_deleted_people_on_call() -> None:
    """Who is in no list is an error row of their own; who was deleted is nobody here."""
    schedule = held(rendered((0, 24), (24, 48), (48, 24 * 30)), BOTH, UNKNOWN, GONE)
    data = calling(schedule, refer("user", "PNEVER"), schedules=[schedule], users=[BOTH])

    assert verdicts(a_snapshot(**data), "PD-30") == {"PADA": "pass", "PUNKNOWN": "error"}


@pytest.mark.parametrize(
    ("path", "value", "row"),
    [
        ("escalation_policies.0.escalation_rules", None, "PPOLICY"),
        ("escalation_policies.0.escalation_rules.0.targets", ABSENT, "PPOLICY"),
        ("schedules.0.final_schedule", None, "PLAYER"),
        ("services.0.escalation_policy", ABSENT, "PSHOP"),
        ("services.0.status", "odd", "PSHOP"),
    ],
)
def test_what_hides_who_is_on_call_is_an_error(path: str, value: Any, row: str) -> None:
    """What does not say whom it calls has an error row: nobody passes by not being seen."""
    schedule = rendered(WHOLE)
    data = altered(calling(schedule, schedules=[schedule], users=[BOTH]), path, value)

    assert verdicts(a_snapshot(**data), "PD-30") == {row: "error"}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("notification_rules.0.start_delay_in_minutes", None, "pass"),
        ("notification_rules.1.start_delay_in_minutes", None, "pass"),
        ("notification_rules.1.urgency", "odd", "error"),
        ("notification_rules", ABSENT, "error"),
        ("contact_methods", None, "error"),
        ("invitation_sent", ABSENT, "error"),
        ("role", "odd", "error"),
    ],
)
def test_what_cannot_be_read_of_a_person_is_an_error(path: str, value: Any, expected: str) -> None:
    """It is one only where it decides: one of two rules may ring when it will."""
    assert judged(altered(BOTH, path, value)) == expected
    if value is None and path.endswith("minutes"):
        late = ringing("phone", "push_notification", delay=1)
        assert judged(altered(late, "notification_rules.0.start_delay_in_minutes", None)) == "error"


def test_a_fail_stays_one_whatever_cannot_be_read() -> None:
    """One way is too few with any delay."""
    alone = altered(ringing("phone"), "notification_rules.0.start_delay_in_minutes", None)

    assert judged(alone) == "fail"


@pytest.mark.parametrize(
    ("methods", "expected"),
    [((PHONE,), "fail"), ((PHONE, PUSH | {"blacklisted": True}), "fail"), ((PHONE, PUSH), "error")],
)
def test_a_rule_without_its_method_rings_by_one_that_the_person_has(
    methods: tuple[Record, ...], expected: str
) -> None:
    """Whatever the rule would say: nobody is rung by a contact method that is not there."""
    broken = a_notification_rule(PHONE) | {"contact_method": 5}
    user = somebody(a_notification_rule(PHONE), broken, methods=methods)

    assert judged(user) == expected


@pytest.mark.parametrize("rule", [{"id": "PRULE"}, {}, {"type": "assignment_notification_rule"}])
def test_a_rule_without_its_details_may_ring(rule: Record) -> None:
    """A record that says nothing is no rule that does not ring."""
    rules = [a_notification_rule(PHONE), rule]

    assert judged({**somebody(), "notification_rules": [rule]}) == "error"
    assert judged({**somebody(), "notification_rules": rules}) == "error"
    assert judged({**somebody(methods=(PHONE,)), "notification_rules": rules}) == "fail"


def test_a_rule_as_a_reference_may_ring() -> None:
    """PagerDuty sends references to whoever does not ask for details."""
    bare = {**a_notification_rule(PHONE), "type": "assignment_notification_rule_reference"}

    assert judged(somebody(bare)) == "error"


def test_a_stakeholder_is_one_whatever_the_invitation() -> None:
    """Nobody of such a role is ever rung."""
    user = altered(ringing("phone", "sms") | {"role": "read_only_user"}, "invitation_sent", ABSENT)

    assert judged(user) == "fail"


def test_each_reason_is_named() -> None:
    """A person can be rung in too few ways, and too late, and not as required."""
    user = ringing("phone", delay=7)
    found = only(a_snapshot(**calling(user)), "PD-30", required_ring_methods=("push",))

    assert found.cause == "few-ways"
    for each in ("is rung only by phone", "is not rung by push", "after 7 minutes"):
        assert each in found.message


def test_a_service_that_nobody_can_name_hides_no_fail() -> None:
    """A service without an id is an error of the account; whom others call is judged."""
    data = calling(ringing("phone"))
    nameless = altered(a_service("Nameless", status="active"), "id", ABSENT)
    data["services"].append(nameless)

    assert verdicts(a_snapshot(**data), "PD-30") == {"PADA": "fail", "account": "error"}


@pytest.mark.parametrize("name", ["services", "users", "escalation_policies", "schedules"])
def test_refused_list_is_an_error(name: str) -> None:
    """Without one of its lists nobody knows who is on call, or how they are rung."""
    schedule = rendered(WHOLE)
    data = calling(schedule, schedules=[schedule], users=[BOTH]) | {name: refused()}

    assert verdicts(a_snapshot(**data), "PD-30") == {"account": "error"}


def test_a_recording_with_pseudonyms_gives_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds, delays and references stay in it."""
    account = accounts.demo(NOW)
    for user in account.users[::2]:
        user |= {name: BOTH[name] for name in ("contact_methods", "notification_rules")}
    with run(account) as simulator:
        plain = reading.read(simulator, DATA_SETS)
        redact_answers(monkeypatch)
        pseudonymous = reading.read(simulator, DATA_SETS)

    expected = verdicts(plain, "PD-30")
    assert {"pass", "fail"} <= set(expected.values())
    assert verdicts(pseudonymous, "PD-30") == expected


def test_a_required_way_that_does_not_ring_is_a_contradiction(tmp_path: Any) -> None:
    """Nobody could comply: the message says which, and the way out."""
    (tmp_path / "pdsec.toml").write_text(
        '[baseline]\nring_methods = ["phone", "push"]\nrequired_ring_methods = ["sms"]\n'
    )

    ran = run_command(tmp_path, "--replay=demo", "--controls=30")

    assert ran.code == 4
    assert "required_ring_methods names sms, which ring_methods does not" in ran.err
