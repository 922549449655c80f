"""On-call coverage: is somebody there at every hour, and can that person be woken?"""

from datetime import datetime

import pytest

from pdsec_checks.analysis import coverage as analysis
from pdsec_checks.analysis.certainty import Guess, certainly
from pdsec_checks.analysis.coverage import Coverage
from pdsec_checks.analysis.escalation import Uses
from pdsec_checks.analysis.people import (
    People,
    named_people,
    participants,
    people_as_evidence,
)
from pdsec_checks.analysis.reachability import can_be_reached, find_user, has_high_urgency_rule
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted
from pdsec_checks.outcomes import not_applicable
from pdsec_checks.resources import ById, OnCallUser, Schedule, User


@pytest.mark.control("PD-08")
@pytest.mark.high
def test_on_call_coverage_has_no_gaps(
    schedule: Schedule, coverage: Coverage, evidence: dict[str, object]
) -> None:
    """Every schedule in use has somebody on call at every hour.

    Rationale: an incident that comes in while nobody is on call notifies nobody.
    Remediation: fill the gaps with a layer, a rotation or an override, or put a schedule that
    covers them on the same escalation level.
    Limits: PagerDuty shows the shifts that it has planned today; a later change can open a gap.
    Help: https://support.pagerduty.com/main/docs/schedule-basics
    """
    levels = coverage.uses.of(schedule)
    if not levels:
        not_applicable(f"{schedule} is not used by any escalation policy")
    is_covered = certainly(lambda guess: coverage.is_covered(schedule, guess))
    gaps = coverage.gaps_of(schedule, Guess(for_the_better=not is_covered))
    gone = coverage.deleted_on_call(schedule)
    evidence["window"] = analysis.as_evidence([coverage.window])[0]
    evidence["coverage_percent"] = analysis.percent_covered(gaps, coverage.window)
    evidence["gaps"] = analysis.as_evidence(gaps, gone)
    if gaps and is_covered:
        evidence["completed_on"] = [str(level) for level in levels]
    assert is_covered, f"{schedule} has {analysis.describe(gaps, coverage.window, gone)}"


@pytest.mark.control("PD-09")
@pytest.mark.medium
def test_schedule_has_several_participants(
    schedule: Schedule,
    schedule_uses: Uses,
    people: People,
    baseline: Baseline,
    as_of: datetime,
    evidence: dict[str, object],
) -> None:
    """Several people take turns on every schedule in use.

    Rationale: one person cannot be on call day and night, and falls ill.
    Remediation: add people to the schedule's rotation.
    Help: https://support.pagerduty.com/main/docs/schedule-basics
    """
    if not schedule_uses.of(schedule):
        not_applicable(f"{schedule} is not used by any escalation policy")
    required = baseline.min_schedule_participants
    members = schedule.members(as_of)
    are_enough = certainly(lambda guess: participants(members, people, guess)[1] >= required)
    found, _ = participants(members, people, Guess(for_the_better=not are_enough))
    evidence["participants"] = sorted(found)
    evidence["people"] = people_as_evidence(found.values(), people)
    names = f" ({named_people(found.values(), people)})" if found else ""
    assert are_enough, (
        f"{schedule} has {counted(len(found), 'participant')}{names}; {required} are required"
    )


@pytest.mark.control("PD-17")
@pytest.mark.medium
def test_user_has_notification_rules(user: User) -> None:
    """Every user who can respond is notified of high-urgency incidents.

    Rationale: without such a rule PagerDuty assigns the incident and tells nobody.
    Remediation: the user adds a high-urgency notification rule under My Profile >
    Notification Rules.
    Help: https://support.pagerduty.com/main/docs/notification-rules
    """
    if user.is_stakeholder:
        not_applicable(f"{user} is a stakeholder ({user.role})")
    if user.is_pending:
        not_applicable(f"{user} has not accepted the invitation yet")
    assert has_high_urgency_rule(user), (
        f"{user} has no high-urgency notification rule with a contact method that exists"
    )


@pytest.mark.control("PD-18")
@pytest.mark.high
def test_on_call_user_can_be_reached(
    on_call_user: OnCallUser,
    known_people: People,
    users_by_id: ById[User],
    evidence: dict[str, object],
) -> None:
    """Everybody on call has a phone, an SMS number or an app that PagerDuty can reach.

    Rationale: nobody wakes up from an e-mail.
    Remediation: the user adds a phone number or the mobile app under My Profile > Contact
    Information, and unblocks numbers that PagerDuty stopped using.
    Limits: it judges this moment alone. PagerDuty does not tell whether a number was ever
    verified by a call.
    Help: https://support.pagerduty.com/main/docs/notification-rules
    """
    day = known_people.deleted_on(on_call_user)
    assert day is None, f"{on_call_user} is on call, and was deleted on {day}"
    user = find_user(users_by_id, on_call_user.id)
    kinds = (str(method.shown("type", str)) for method in user.contact_methods)
    evidence["contact_methods"] = sorted(kinds)
    assert can_be_reached(user), f"{user} is on call and has no usable contact method but e-mail"
