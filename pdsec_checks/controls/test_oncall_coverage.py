"""On-call coverage: is somebody there at every hour, and can that person be woken?"""

from datetime import datetime, timedelta

import pytest

from pdsec_checks.analysis import coverage as analysis
from pdsec_checks.analysis.certainty import Guess, certainly
from pdsec_checks.analysis.coverage import Coverage
from pdsec_checks.analysis.duties import Duties
from pdsec_checks.analysis.escalation import Uses
from pdsec_checks.analysis.people import (
    People,
    named_people,
    participants,
    people_as_evidence,
)
from pdsec_checks.analysis.reachability import (
    can_be_reached,
    find_user,
    has_high_urgency_rule,
    why_not_notified,
    why_out_of_reach,
)
from pdsec_checks.analysis.ring import Answer, Ring, Verdict
from pdsec_checks.analysis.ring import words as ring_words
from pdsec_checks.analysis.ring.two_ways import problem_of, ways_of
from pdsec_checks.analysis.runway import Runway, runs_out
from pdsec_checks.analysis.usage import Usage
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted, moment_text
from pdsec_checks.outcomes import fail, manual, not_applicable
from pdsec_checks.resources import ById, EscalationPolicy, OnCallUser, Schedule, Service, User


@pytest.mark.control("PD-08")
@pytest.mark.high
def test_on_call_coverage_has_no_gaps(
    schedule: Schedule, coverage: Coverage, evidence: dict[str, object]
) -> None:
    """On-call coverage has no gaps.

    Somebody is on call at every hour on every schedule in use.

    Rationale: an incident that comes in while nobody is on call notifies nobody.
    Remediation: fill the gaps with a layer, a rotation or an override under People > Schedules >
    the schedule, or put a schedule that covers them on the same escalation level.
    Remediation gaps: fill the hours under People > Schedules > the schedule > Edit, for once with
    Schedule an Override; or put a schedule that covers them on the same level under People >
    Escalation Policies > the policy > Edit.
    Remediation nobody: put people on the schedule under People > Schedules > the schedule > Edit,
    or take it off its escalation policies under People > Escalation Policies > the policy > Edit.
    Remediation deleted: replace whoever was deleted under People > Schedules > the schedule > Edit;
    PagerDuty keeps giving them turns. Fill what stays open there too.
    Help deleted: https://support.pagerduty.com/main/docs/edit-schedules
    Limits: PagerDuty shows the shifts that it has planned today; a later change can open a gap.
    Help: https://support.pagerduty.com/main/docs/schedule-basics
    Worse: more gap_hours_a_week
    """
    levels = coverage.uses.of(schedule)
    if not levels:
        not_applicable(f"{schedule} is not used by any escalation policy")
    is_covered = certainly(lambda guess: coverage.is_covered(schedule, guess))
    gaps = coverage.gaps_of(schedule, Guess(for_the_better=not is_covered))
    gone = coverage.deleted_on_call(schedule)
    evidence["window"] = analysis.as_evidence([coverage.window])[0]
    evidence["coverage_percent"] = analysis.percent_covered(gaps, coverage.window)
    evidence["gap_hours_a_week"] = analysis.hours_a_week(gaps, coverage.window)
    evidence["gaps"] = analysis.as_evidence(gaps, gone)
    if gaps and is_covered:
        evidence["completed_on"] = [str(level) for level in levels]
    if not is_covered:
        fail(
            f"{schedule} has {analysis.describe(gaps, coverage.window, gone)}",
            cause=analysis.why_open(gaps, coverage.window, gone),
        )


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
    """Schedules have several participants.

    Several people take turns on every schedule in use.

    Rationale: one person cannot be on call day and night, and falls ill.
    Remediation: add people under People > Schedules > the schedule > Edit.
    Remediation few: add people to the rotation under People > Schedules > the schedule > Edit.
    Remediation nobody: put people on the schedule under People > Schedules > the schedule > Edit,
    or take it off its escalation policies under People > Escalation Policies > the policy > Edit.
    Help: https://support.pagerduty.com/main/docs/schedule-basics
    Worse: less participants
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
    if not are_enough:
        fail(
            f"{schedule} has {counted(len(found), 'participant')}{names}; {required} are required",
            cause="few" if found else "nobody",
        )


@pytest.mark.control("PD-17")
@pytest.mark.medium
def test_user_has_notification_rules(user: User) -> None:
    """Users have notification rules.

    Every user who can respond has rules that notify them of high-urgency incidents.

    Rationale: without such a rule PagerDuty assigns the incident and tells nobody.
    Remediation: the user adds a high-urgency notification rule under User Icon > My Profile >
    Notification Rules.
    Remediation no-rule: the user adds a high-urgency notification rule under User Icon > My
    Profile > Notification Rules.
    Remediation dead-rule: the user points the high-urgency rule at a contact method that exists,
    under User Icon > My Profile > Notification Rules.
    Remediation no-contact-method: the user adds a phone number or the mobile app under User Icon >
    My Profile > Contact Information, and then a high-urgency rule under Notification Rules.
    Help no-contact-method: https://support.pagerduty.com/main/docs/contact-information
    Help: https://support.pagerduty.com/main/docs/notification-rules
    """
    if user.is_stakeholder:
        not_applicable(f"{user} is a stakeholder ({user.role})")
    if user.is_pending:
        not_applicable(f"{user} has not accepted the invitation yet")
    if not has_high_urgency_rule(user):
        fail(
            f"{user} has no high-urgency notification rule with a contact method that exists",
            cause=why_not_notified(user),
        )


@pytest.mark.control("PD-18")
@pytest.mark.high
def test_on_call_user_can_be_reached(
    on_call_user: OnCallUser,
    known_people: People,
    users_by_id: ById[User],
    evidence: dict[str, object],
) -> None:
    """On-call users can be reached.

    Everyone on call has a phone number, SMS number or mobile app that PagerDuty can reach.

    Rationale: nobody wakes up from an e-mail.
    Remediation: the user adds a phone number or the mobile app under User Icon > My Profile >
    Contact Information.
    Remediation email-only: the user adds a phone number or the mobile app under User Icon > My
    Profile > Contact Information.
    Remediation blocked-method: the user looks under User Icon > My Profile > Contact Information
    which number or app is blocked or disabled, enables or unblocks it there, or adds another one.
    Remediation deleted: put somebody else on call under People > Schedules > the schedule > Edit,
    or under People > Escalation Policies > the policy > Edit where a rule names the person.
    Help deleted: https://support.pagerduty.com/main/docs/edit-schedules
    Limits: it judges this moment alone. PagerDuty does not tell whether a number was ever
    verified by a call.
    Help: https://support.pagerduty.com/main/docs/contact-information
    """
    day = known_people.deleted_on(on_call_user)
    if day is not None:
        fail(f"{on_call_user} is on call, and was deleted on {day}", cause="deleted")
    user = find_user(users_by_id, on_call_user.id)
    kinds = (str(method.shown("type", str)) for method in user.contact_methods)
    evidence["contact_methods"] = sorted(kinds)
    if not can_be_reached(user):
        fail(
            f"{user} is on call and has no usable contact method but e-mail",
            cause=why_out_of_reach(user),
        )


@pytest.mark.control("PD-26")
@pytest.mark.extended
@pytest.mark.critical
def test_service_reaches_a_person(
    service: Service, ring: Ring, evidence: dict[str, object]
) -> None:
    """Every service reaches a person in time.

    At every moment of the coming window an incident rings a person within 15 minutes: levels,
    schedules and notification rules are followed as PagerDuty follows them.

    Rationale: an incident that nobody is on call for is never opened, and leaves no trace.
    Remediation: fill the hours under People > Schedules > the schedule > Schedule an Override, or
    add people who are rung under People > Escalation Policies > the policy > Edit.
    Remediation no-policy: assign an escalation policy that exists, and has levels, under Services >
    Service Directory > the service > Settings > Assign and Notify.
    Remediation nobody: fill the hours in which nobody is on call on any level: for once under
    People > Schedules > the schedule > Schedule an Override, for good with a level that is always
    staffed under People > Escalation Policies > the policy > Edit.
    Remediation silent: let those who are on call in these hours add a high-urgency rule to a phone
    or the mobile app under User Icon > My Profile > Notification Rules, or put people who have one
    on the policy under People > Escalation Policies > the policy > Edit.
    Help silent: https://support.pagerduty.com/main/docs/notification-rules
    Remediation late: shorten the delays of the first levels under People > Escalation Policies >
    the policy > Edit, or the delay of people's high-urgency rules under User Icon > My Profile >
    Notification Rules.
    Limits: it judges what is planned today. Round robin is taken at its worst, as PagerDuty does
    not show whose turn it is; alert grouping, orchestrations and delivery by carriers are not seen.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    Worse: more worst_minutes
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    answer = ring.first_person(service)
    evidence["worst_minutes"] = ring_words.worst_minutes(answer)
    conclude(answer, ring, evidence)


@pytest.mark.control("PD-27")
@pytest.mark.extended
@pytest.mark.high
def test_second_person_follows(service: Service, ring: Ring, evidence: dict[str, object]) -> None:
    """A second person follows in time.

    A second person is rung when the first does not react: at every moment an incident of high
    urgency rings two different people within 30 minutes.

    Rationale: one person can sleep through a call, and a phone can be dead.
    Remediation: put somebody else on the next level, and always another person than on the level
    before, under People > Escalation Policies > the policy > Edit.
    Remediation no-policy: assign an escalation policy that exists, and has levels, under Services >
    Service Directory > the service > Settings > Assign and Notify.
    Remediation nobody: fill the hours in which nobody is on call on any level: for once under
    People > Schedules > the schedule > Schedule an Override, for good with a level that is always
    staffed under People > Escalation Policies > the policy > Edit.
    Remediation silent: let those who are on call in these hours add a high-urgency rule to a phone
    or the mobile app under User Icon > My Profile > Notification Rules, or put people who have one
    on the policy under People > Escalation Policies > the policy > Edit.
    Help silent: https://support.pagerduty.com/main/docs/notification-rules
    Remediation alone: put somebody else who is rung on another level under People > Escalation
    Policies > the policy > Edit, or see under People > Schedules that one person is never on call
    on all levels at once.
    Remediation late: shorten the delays of the levels under People > Escalation Policies > the
    policy > Edit.
    Limits: it judges what is planned today. Round robin is taken at its worst, as PagerDuty does
    not show whose turn it is.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    answer = ring.second_person(service)
    evidence["worst_minutes"] = ring_words.worst_minutes(answer)
    conclude(answer, ring, evidence)


@pytest.mark.control("PD-28")
@pytest.mark.extended
@pytest.mark.high
def test_nobody_on_call_has_left(
    policy_or_schedule: EscalationPolicy | Schedule,
    duties: Duties,
    usage: Usage,
    evidence: dict[str, object],
) -> None:
    """Nobody on call has left.

    Everyone in policies and schedules can take a call: nobody whom a policy or a schedule in use
    names was deleted, has an open invitation, or only watches.

    Rationale: PagerDuty leaves those who were deleted in the rota; their turn is a hole.
    Remediation: replace them under People > Escalation Policies > the policy > Edit, or under
    People > Schedules > the schedule > Edit.
    Remediation deleted: replace or remove whoever is gone under People > Escalation Policies > the
    policy > Edit, or under People > Schedules > the schedule > Edit. User Offboarding in Account
    Settings does so when people leave.
    Remediation pending: ask them to accept their invitation, which People > Users > the user sends
    again; until then put somebody else in their place on the policy or the schedule.
    Remediation stakeholder: put responders in the place of stakeholders on the policy or the
    schedule; or give them a base role that responds under People > Users > the user > Permissions &
    Teams.
    Help stakeholder: https://support.pagerduty.com/main/docs/user-roles
    Remediation several: go through those whom the finding names, under People > Escalation Policies
    > the policy > Edit or People > Schedules > the schedule > Edit: the finding says why of each.
    Limits: it sees the shifts of the coverage window, and whoever takes turns in layers and events
    that have not ended. That people left who still have an account is not seen.
    Help: https://support.pagerduty.com/main/docs/edit-schedules
    """
    if not usage.is_used(policy_or_schedule):
        not_applicable(usage.unused(policy_or_schedule))
    found = duties.named(policy_or_schedule)
    evidence.update(found.as_evidence())
    if found.absent:
        fail(f"{policy_or_schedule} names {found}", cause=found.cause)


@pytest.mark.control("PD-29")
@pytest.mark.extended
@pytest.mark.high
def test_schedule_has_runway(
    schedule: Schedule,
    schedule_uses: Uses,
    people: People,
    baseline: Baseline,
    as_of: datetime,
    evidence: dict[str, object],
) -> None:
    """On-call schedules do not run out.

    On-call schedules have no end in sight: somebody takes turns on every schedule in use for the
    next 90 days.

    Rationale: a rota that ends next month turns up when it is too late to staff it.
    Remediation: let a layer go on without an end under People > Schedules > the schedule > Edit.
    Remediation ends: take the end date off the layer, or off the rotation, that ends last, under
    People > Schedules > the schedule > Edit; or add one that follows it.
    Remediation ended: start a layer, or a rotation, that goes on, under People > Schedules > the
    schedule > Edit: the last one is over, and nobody is called.
    Remediation nobody: put people on the schedule under People > Schedules > the schedule > Edit,
    or take it off its escalation policies under People > Escalation Policies > the policy > Edit.
    Remediation counted: look under People > Schedules > the schedule on which day the last
    repetition is, and attest it; or let the rotation repeat without an end.
    Limits: overrides and custom shifts are no part of the rota. The last day of a rotation that
    repeats so many times is for a person to look up.
    Help: https://support.pagerduty.com/main/docs/edit-schedules
    """
    if not schedule_uses.of(schedule):
        not_applicable(f"{schedule} is not used by any escalation policy")
    limit = as_of + timedelta(days=baseline.schedule_runway_days)
    found = runs_out(schedule, people, limit)
    evidence["required_until"] = moment_text(limit)
    if found.until:
        evidence["runs_until"] = moment_text(found.until)
    if found.runway is Runway.COUNTED:
        manual(
            f"{schedule} has a rotation that ends after a number of repetitions: look up whether "
            f"that is after {moment_text(limit)}",
            cause="counted",
        )
    if found.runway is Runway.LONG:
        return
    if not found.has_anybody or found.until is None:
        fail(f"{schedule} has no layer and no event with anybody on it", cause="nobody")
    if found.until <= as_of:
        fail(f"{schedule} has run out: it ended at {moment_text(found.until)}", cause="ended")
    fail(
        f"{schedule} runs out at {moment_text(found.until)}, within "
        f"{counted(baseline.schedule_runway_days, 'day')}",
        cause="ends",
    )


def conclude(answer: Answer, ring: Ring, evidence: dict[str, object]) -> None:
    """End the case of a service with its verdict, and hand over what shows it."""
    evidence.update(ring_words.answer_as_evidence(answer, ring))
    situation = answer.situation
    if not situation.stretches:
        not_applicable(f"{situation.service} is in maintenance for the whole window")
    if answer.verdict is Verdict.NOT_JUDGED:
        not_applicable(
            f"{situation.service} has only incidents of low urgency, which never escalate"
        )
    if answer.verdict is Verdict.FAIL:
        fail(ring_words.sentence(answer), cause=ring_words.cause_of(answer))


@pytest.mark.control("PD-30")
@pytest.mark.extended
@pytest.mark.medium
def test_responder_rings_in_two_ways(
    responder: User, baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Responders are rung in two ways, the first at once.

    Everybody who is on call in the coming window for a service in service has rules of high urgency
    for two different ways to ring them, the first of which rings within a minute.

    Rationale: one dead battery, one blocked number or one app that is logged out must not be the
    end of an alert.
    Remediation: let the user add a phone and the mobile app under User Icon > My Profile > Contact
    Information, and a rule at once for each under Notification Rules.
    Remediation never-rung: let the user accept the invitation and add a high-urgency rule to a
    phone or the mobile app under User Icon > My Profile > Notification Rules, or put somebody who
    is rung in their place under People > Escalation Policies > the policy > Edit.
    Remediation few-ways: let the user add another kind of contact method under User Icon > My
    Profile > Contact Information, and a high-urgency rule for it under Notification Rules.
    Remediation missing-way: let the user add the required kind of contact method under User Icon >
    My Profile > Contact Information, and a high-urgency rule for it under Notification Rules.
    Remediation late: let the user shorten the delay of the first high-urgency rule to 0 minutes
    under User Icon > My Profile > Notification Rules.
    Limits: no address is read, so that SMS and voice of one phone count as two ways.
    Help: https://support.pagerduty.com/main/docs/notification-rules
    Worse: less ring_ways
    """
    ways = ways_of(responder, baseline)
    evidence["ring_ways"] = len(ways.surely)
    evidence["rings"] = ways.as_evidence
    problem = problem_of(ways, baseline)
    if problem:
        fail(f"{responder} {problem}", cause=problem.cause)
