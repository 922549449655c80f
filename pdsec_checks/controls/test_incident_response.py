"""Incident response: does every alert reach somebody who will act on it?"""

from collections.abc import Callable
from functools import partial

import pytest

from pdsec_checks.analysis.certainty import Guess, any_known, certainly
from pdsec_checks.analysis.escalation import (
    Responders,
    distinct_levels,
    weak_end,
    why_few_levels,
)
from pdsec_checks.analysis.people import People
from pdsec_checks.analysis.services import (
    ALWAYS_HIGH,
    CriticalServices,
    UrgencyRules,
    WorkflowCoverage,
)
from pdsec_checks.analysis.usage import Usage
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted
from pdsec_checks.outcomes import fail, not_applicable
from pdsec_checks.resources import (
    Account,
    ById,
    EscalationPolicy,
    Incident,
    Priority,
    Schedule,
    Service,
)


@pytest.mark.control("PD-05")
@pytest.mark.critical
def test_service_has_escalation_policy(
    service: Service, policies_by_id: ById[EscalationPolicy]
) -> None:
    """Services have an escalation policy.

    Every service sends its incidents to an escalation policy that has rules.

    Rationale: an incident on a service without a working policy notifies nobody.
    Remediation: assign a policy that has rules under Services > Service Directory > the service >
    Settings > Assign and Notify.
    Remediation no-policy: choose a policy under Services > Service Directory > the service >
    Settings > Assign and Notify.
    Remediation gone-policy: choose a policy that exists under Services > Service Directory > the
    service > Settings > Assign and Notify; the one that the service names is gone.
    Remediation no-rules: give the policy a rule that notifies somebody under People > Escalation
    Policies > the policy > Edit: all services that use it are silent.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    policy_id = service.escalation_policy_id
    if not policy_id:
        fail(f"{service} has no escalation policy", cause="no-policy")
    policy = policies_by_id.find(policy_id)
    if not policy:
        fail(
            f"{service} refers to escalation policy {policy_id}, which does not exist",
            cause="gone-policy",
        )
    if not policy.rules:
        fail(f"{service} uses {policy}, which has no rules", cause="no-rules")


@pytest.mark.control("PD-06")
@pytest.mark.high
def test_policy_has_several_levels(
    escalation_policy: EscalationPolicy,
    known_people: People,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Policies have several levels.

    Every escalation policy has several levels that notify different people.

    Rationale: when the first responder sleeps through the page, the next level is all there is.
    Remediation: add a rule with other targets under People > Escalation Policies > the policy >
    Edit.
    Remediation few-rules: add a rule that notifies other people under People > Escalation
    Policies > the policy > Edit > Add another rule.
    Remediation same-people: under People > Escalation Policies > the policy > Edit, let one of the
    rules that notify the same targets notify other people.
    Remediation empty-rules: under People > Escalation Policies > the policy > Edit, replace the
    targets that were deleted by people or schedules that are there.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    Worse: less levels
    """
    required = baseline.min_escalation_levels
    levels = distinct_levels(escalation_policy, known_people, Guess(for_the_better=False))
    evidence["levels"] = levels
    are_enough = certainly(
        lambda guess: distinct_levels(escalation_policy, known_people, guess) >= required
    )
    if not are_enough:
        fail(
            f"{escalation_policy} has {counted(levels, 'distinct level')}; {required} are required",
            cause=why_few_levels(escalation_policy, known_people, required),
        )


@pytest.mark.control("PD-07")
@pytest.mark.high
def test_policy_does_not_end_in_silence(
    escalation_policy: EscalationPolicy,
    responders: Responders,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Policies do not end in silence.

    The last rule of every escalation policy notifies somebody who can respond.

    Rationale: an incident that reaches the end of its policy unheard stays unheard.
    Remediation: give the last rule a user or a schedule that is really on call, under People >
    Escalation Policies > the policy > Edit.
    Remediation no-targets: under People > Escalation Policies > the policy > Edit, add a user or a
    schedule to the last rule.
    Remediation pending: ask the people of the last rule to accept their invitation, which People >
    Users > the user sends again; until then put somebody else there under People > Escalation
    Policies > the policy > Edit.
    Remediation stakeholder: under People > Escalation Policies > the policy > Edit, replace the
    stakeholders of the last rule by responders; or give them a base role that responds under
    People > Users > the user > Permissions & Teams.
    Help stakeholder: https://support.pagerduty.com/main/docs/user-roles
    Remediation deleted: under People > Escalation Policies > the policy > Edit, replace the targets
    of the last rule that are gone by people or schedules that are there.
    Remediation empty-schedule: put people who can be paged on the schedule of the last rule under
    People > Schedules > the schedule > Edit, or add somebody else to the rule under People >
    Escalation Policies > the policy > Edit.
    Help empty-schedule: https://support.pagerduty.com/main/docs/edit-schedules
    Remediation nobody-responds: under People > Escalation Policies > the policy > Edit, add a
    responder to the last rule, and take out those who cannot be paged; the finding says why for
    each.
    Remediation runs-once: under People > Escalation Policies > the policy > Edit, let the policy
    repeat when nobody acknowledges.
    Remediation silent-and-once: under People > Escalation Policies > the policy > Edit, give the
    last rule a responder who can be paged, and let the policy repeat when nobody acknowledges.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    Worse: more ends_in_silence, less num_loops
    """
    rules = escalation_policy.rules
    evidence["num_loops"] = escalation_policy.shown("num_loops", int)
    evidence["last_rule_delay_minutes"] = (
        rules[-1].shown("escalation_delay_in_minutes", int) if rules else None
    )
    problem = weak_end(
        escalation_policy, responders, must_repeat=baseline.require_escalation_repeat
    )
    if problem:
        fail(
            f"{escalation_policy} {problem}",
            cause=problem.cause,
            ends_in_silence=problem.cause != "runs-once",
        )


@pytest.mark.control("PD-10")
@pytest.mark.medium
def test_critical_service_has_incident_workflow(
    service: Service, incident_workflows: WorkflowCoverage, critical_services: CriticalServices
) -> None:
    """Critical services have an incident workflow.

    Every critical service starts an incident workflow.

    Rationale: in a major incident nobody remembers whom to call and which page to update.
    Remediation: add a trigger for the service to an enabled workflow under Automation >
    Incident Workflows > Triggers.
    Remediation no-trigger: add a trigger for the service to an enabled workflow under Automation >
    Incident Workflows > Triggers.
    Remediation disabled-workflow: enable the workflow that listens to the service under
    Automation > Incident Workflows, or add a trigger for the service to one that is enabled.
    Remediation no-plan: move to a plan with incident workflows under User Icon > Subscriptions >
    Upgrade Plan; then add a workflow under Automation > Incident Workflows.
    Help no-plan: https://support.pagerduty.com/main/docs/billing-invoices-payments
    Remediation none-critical: name the critical services under critical_services in the
    configuration, or let them support a business service under Services > Service Graph.
    Help none-critical: https://support.pagerduty.com/main/docs/service-graph
    Help: https://support.pagerduty.com/main/docs/incident-workflows
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    if not critical_services.has(service):
        not_applicable(f"{service} is not critical")
    if not incident_workflows.covers(service):
        fail(
            f"{service} is critical and starts no workflow",
            cause=incident_workflows.why_uncovered(service),
        )


@pytest.mark.control("PD-19")
@pytest.mark.low
def test_urgency_is_differentiated(
    account: Account,
    services: list[Service],
    known_abilities: frozenset[str] | None,
    evidence: dict[str, object],
) -> None:
    """Not every service is always high urgency.

    At least one service has incidents of low urgency, so that not everything wakes somebody up.

    Rationale: where everything wakes somebody up, people stop waking up.
    Remediation: set the urgency by severity or support hours on services that can wait, under
    Services > Service Directory > the service > Settings > Assign and Notify.
    Help: https://support.pagerduty.com/main/docs/configurable-service-settings
    """
    if known_abilities is not None and "urgencies" not in known_abilities:
        not_applicable(f"the plan of {account} has no urgencies")
    rules = UrgencyRules.of(services)
    evidence["services_by_urgency_rule"] = rules.counts
    differ = rules.differ
    if not rules.counts:
        not_applicable(f"{account} has no service in service")
    assert differ, (
        f"{account} treats every incident as high urgency, on all of its "
        f"{rules.counts[ALWAYS_HIGH]} services"
    )


@pytest.mark.control("PD-20")
@pytest.mark.low
def test_priorities_are_defined_and_used(
    account: Account,
    priorities: list[Priority] | None,
    incidents_if_known: Callable[[], list[Incident]],
    evidence: dict[str, object],
) -> None:
    """Priorities are defined and used.

    Incident priorities exist, and incidents have them.

    Rationale: without priorities nobody can tell the outage from the annoyance.
    Remediation: define priorities under User Icon > Account Settings > Incident Priorities, and
    set them on incidents by hand, rule or workflow.
    Remediation no-feature: turn priorities on under User Icon > Account Settings > Incident
    Priorities; where that is missing, move to a plan that has them under User Icon >
    Subscriptions > Upgrade Plan.
    Remediation none-defined: define priorities under User Icon > Account Settings > Incident
    Priorities.
    Remediation none-used: the priorities are there and nobody sets them: let responders choose one
    on each incident, or let a rule set it under Automation > Event Orchestration > the
    orchestration, or a workflow under Automation > Incident Workflows.
    Help: https://support.pagerduty.com/main/docs/incident-priority
    Worse: less priorities
    """
    evidence["priorities"] = len(priorities or ())
    if priorities is None:
        fail(f"{account} has no priorities: the feature is not available", cause="no-feature")
    defined = partial(any_known, priorities, lambda priority: bool(priority.id))
    are_defined = Guess(for_the_better=True).holds(defined)
    if not are_defined:
        fail(f"{account} has no incident priorities defined", cause="none-defined")
    incidents = incidents_if_known()
    evidence["incidents_sampled"] = len(incidents)
    used = not incidents or any_known(incidents, lambda incident: bool(incident.priority_id))
    if not used:
        fail(
            f"{account} gave none of its {len(incidents)} sampled incidents of the last 30 days "
            "a priority",
            cause="none-used",
        )
    _ = defined()  # some priority must be readable


@pytest.mark.control("PD-31")
@pytest.mark.extended
@pytest.mark.medium
def test_policy_repeats(
    escalation_policy: EscalationPolicy,
    usage: Usage,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Escalation policies repeat.

    Escalation policies start again when nobody reacts, if a service in service uses them.

    Rationale: a policy that runs once stops after its last delay; a night's incident is then
    silent until morning.
    Remediation: let the policy repeat when nobody acknowledges, under People > Escalation Policies
    > the policy > Edit.
    Limits: require_escalation_repeat asks the same of every policy, in PD-07: use one of the two.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    Worse: less num_loops
    """
    if not usage.services.is_in_service(escalation_policy):
        not_applicable(f"{escalation_policy} is not used by any service in service")
    required = baseline.min_policy_loops
    loops = escalation_policy.num_loops
    evidence["num_loops"] = loops
    assert loops >= required, (
        f"{escalation_policy} starts again {counted(loops, 'time')}, and should do so at least "
        f"{counted(required, 'time')}"
    )


@pytest.mark.control("PD-39")
@pytest.mark.extended
@pytest.mark.low
def test_policy_or_schedule_is_used(
    policy_or_schedule: EscalationPolicy | Schedule, usage: Usage
) -> None:
    """No policies and schedules are unused.

    Policies and schedules are in use: every escalation policy by a service, which may be disabled,
    and every schedule by an escalation policy.

    Rationale: unused objects get picked by mistake: a service put on a dead policy loses its
    incidents.
    Remediation: delete it under People > Escalation Policies > the policy, or under People >
    Schedules > the schedule; or assign it to what it was made for.
    Limits: orchestrations, workflows and response requests may use a policy.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """
    assert usage.is_used(policy_or_schedule), usage.unused(policy_or_schedule)
