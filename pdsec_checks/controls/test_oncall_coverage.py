"""On-call coverage: is somebody there at every hour, and can that person be woken?"""

from datetime import datetime

import pytest

from pdsec_checks.analysis import coverage as analysis
from pdsec_checks.analysis.coverage import Coverage
from pdsec_checks.analysis.reachability import can_be_reached, find_user, has_high_urgency_rule
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted
from pdsec_checks.outcomes import not_applicable
from pdsec_checks.resources import Schedule, User


@pytest.mark.control("PD-08")
@pytest.mark.high
def test_on_call_coverage_has_no_gaps(
    schedule: Schedule, coverage: Coverage, baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Every schedule in use has somebody on call at every hour.

    Rationale: an incident that comes in while nobody is on call notifies nobody.
    Remediation: fill the gaps with a layer, a rotation or an override, or put a schedule that
    covers them on the same escalation level.
    Limits: PagerDuty shows the shifts that it has planned today; a later change can open a gap.
    Help: https://support.pagerduty.com/main/docs/schedule-basics
    """
    levels = coverage.levels_of(schedule)
    if not levels:
        not_applicable(f"{schedule} is not used by any escalation policy")
    gaps = coverage.gaps_of(schedule)
    evidence["window"] = analysis.as_evidence([coverage.window])[0]
    evidence["coverage_percent"] = analysis.percent_covered(gaps, coverage.window)
    evidence["gaps"] = analysis.as_evidence(gaps)
    if gaps and baseline.coverage_scope == "level" and coverage.is_completed(schedule):
        evidence["completed_on"] = [str(level) for level in levels]
        return
    assert not gaps, f"{schedule} has {analysis.describe(gaps, coverage.window)}"


@pytest.mark.control("PD-09")
@pytest.mark.medium
def test_schedule_has_several_participants(
    schedule: Schedule,
    used_schedule_ids: set[str],
    baseline: Baseline,
    as_of: datetime,
    evidence: dict[str, object],
) -> None:
    """Several people take turns on every schedule in use.

    Rationale: one person cannot be on call day and night, and falls ill.
    Remediation: add people to the schedule's rotation.
    Help: https://support.pagerduty.com/main/docs/schedule-basics
    """
    if schedule.id not in used_schedule_ids:
        not_applicable(f"{schedule} is not used by any escalation policy")
    people = schedule.participants(as_of)
    evidence["participants"] = sorted(people)
    assert len(people) >= baseline.min_schedule_participants, (
        f"{schedule} has {counted(len(people), 'participant')}; "
        f"{baseline.min_schedule_participants} are required"
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
    on_call_user: User, users_by_id: dict[str, User], evidence: dict[str, object]
) -> None:
    """Everybody on call has a phone, an SMS number or an app that PagerDuty can reach.

    Rationale: nobody wakes up from an e-mail.
    Remediation: the user adds a phone number or the mobile app under My Profile > Contact
    Information, and unblocks numbers that PagerDuty stopped using.
    Limits: PagerDuty does not tell whether a number was ever verified by a call.
    Help: https://support.pagerduty.com/main/docs/notification-rules
    """
    user = find_user(users_by_id, on_call_user.id)
    evidence["contact_methods"] = sorted(method.type for method in user.contact_methods)
    assert can_be_reached(user), f"{user} is on call and has no usable contact method but e-mail"
