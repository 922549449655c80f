"""Incident response: does every alert reach somebody who will act on it?"""

from collections.abc import Callable
from functools import partial

import pytest

from pdsec_checks.analysis.certainty import Guess, any_known, certainly
from pdsec_checks.analysis.escalation import Responders, distinct_levels, weak_ends
from pdsec_checks.analysis.people import People
from pdsec_checks.analysis.services import (
    ALWAYS_HIGH,
    CriticalServices,
    UrgencyRules,
    WorkflowCoverage,
)
from pdsec_checks.baseline import Baseline
from pdsec_checks.model import counted
from pdsec_checks.outcomes import not_applicable
from pdsec_checks.resources import Account, ById, EscalationPolicy, Incident, Priority, Service


@pytest.mark.control("PD-05")
@pytest.mark.critical
def test_service_has_escalation_policy(
    service: Service, policies_by_id: ById[EscalationPolicy]
) -> None:
    """Every service hands its incidents to an escalation policy with rules.

    Rationale: an incident on a service without a working policy notifies nobody.
    Remediation: open the service's Settings tab and assign a policy that has rules.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    policy_id = service.escalation_policy_id
    assert policy_id, f"{service} has no escalation policy"
    policy = policies_by_id.find(policy_id)
    assert policy, f"{service} refers to escalation policy {policy_id}, which does not exist"
    assert policy.rules, f"{service} uses {policy}, which has no rules"


@pytest.mark.control("PD-06")
@pytest.mark.high
def test_policy_has_several_levels(
    escalation_policy: EscalationPolicy,
    known_people: People,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """Every escalation policy has several levels that notify different people.

    Rationale: when the first responder sleeps through the page, the next level is all there is.
    Remediation: add a rule with other targets to the policy.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """
    required = baseline.min_escalation_levels
    levels = distinct_levels(escalation_policy, known_people, Guess(for_the_better=False))
    evidence["levels"] = levels
    are_enough = certainly(
        lambda guess: distinct_levels(escalation_policy, known_people, guess) >= required
    )
    assert are_enough, (
        f"{escalation_policy} has {counted(levels, 'distinct level')}; {required} are required"
    )


@pytest.mark.control("PD-07")
@pytest.mark.high
def test_policy_does_not_end_in_silence(
    escalation_policy: EscalationPolicy,
    responders: Responders,
    baseline: Baseline,
    evidence: dict[str, object],
) -> None:
    """The last rule of every escalation policy notifies somebody who can respond.

    Rationale: an incident that reaches the end of its policy unheard stays unheard.
    Remediation: give the last rule a user or a schedule that is really on call.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """
    rules = escalation_policy.rules
    evidence["num_loops"] = escalation_policy.shown("num_loops", int)
    evidence["last_rule_delay_minutes"] = (
        rules[-1].shown("escalation_delay_in_minutes", int) if rules else None
    )
    problems = weak_ends(
        escalation_policy, responders, must_repeat=baseline.require_escalation_repeat
    )
    assert not problems, f"{escalation_policy} {'; it '.join(problems)}"


@pytest.mark.control("PD-10")
@pytest.mark.medium
def test_critical_service_has_incident_workflow(
    service: Service, incident_workflows: WorkflowCoverage, critical_services: CriticalServices
) -> None:
    """Every critical service starts an incident workflow.

    Rationale: in a major incident nobody remembers whom to call and which page to update.
    Remediation: add a trigger for the service to an enabled workflow under Automation >
    Incident Workflows.
    Help: https://support.pagerduty.com/main/docs/incident-workflows
    """
    if not service.in_service:
        not_applicable(f"{service} is disabled")
    if not critical_services.has(service):
        not_applicable(f"{service} is not critical")
    assert incident_workflows.covers(service), f"{service} is critical and starts no workflow"


@pytest.mark.control("PD-19")
@pytest.mark.low
def test_urgency_is_differentiated(
    account: Account,
    services: list[Service],
    known_abilities: frozenset[str] | None,
    evidence: dict[str, object],
) -> None:
    """Not every service treats every incident as high urgency.

    Rationale: where everything wakes somebody up, people stop waking up.
    Remediation: set the urgency by severity or support hours on services that can wait, under
    Settings > Assign and Notify.
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
    """Incident priorities are defined and used.

    Rationale: without priorities nobody can tell the outage from the annoyance.
    Remediation: define priorities under Incident Settings > Priorities, and set them on
    incidents by hand, rule or workflow.
    Help: https://support.pagerduty.com/main/docs/incident-priority
    """
    evidence["priorities"] = len(priorities or ())
    assert priorities is not None, f"{account} has no priorities: the feature is not available"
    defined = partial(any_known, priorities, lambda priority: bool(priority.id))
    are_defined = Guess(for_the_better=True).holds(defined)
    assert are_defined, f"{account} has no incident priorities defined"
    incidents = incidents_if_known()
    evidence["incidents_sampled"] = len(incidents)
    used = not incidents or any_known(incidents, lambda incident: bool(incident.priority_id))
    assert used, (
        f"{account} gave none of its {len(incidents)} sampled incidents of the last 30 days "
        "a priority"
    )
    _ = defined()  # some priority must be readable
