"""Integration security: who may send events in, and how do webhooks travel out?"""

import pytest

from pdsec_checks.analysis.integrations import (
    EVENTS_V1,
    is_generic_webhook,
    scope_problems,
    transport_problem,
)
from pdsec_checks.baseline import Baseline
from pdsec_checks.outcomes import not_applicable
from pdsec_checks.resources import Endpoint, Extension, Integration


@pytest.mark.control("PD-14")
@pytest.mark.high
def test_webhook_uses_https(endpoint: Endpoint) -> None:
    """Everything that PagerDuty sends out travels over https.

    Rationale: an incident tells an eavesdropper what is broken and who is at work.
    Remediation: change the URL to https under Integrations > Generic Webhooks or Extensions.
    Help: https://support.pagerduty.com/main/docs/webhooks
    """
    problem = transport_problem(endpoint)
    assert not problem, f"{endpoint} {problem}"


@pytest.mark.control("PD-15")
@pytest.mark.medium
def test_webhook_is_signed(webhook: Endpoint) -> None:
    """Every webhook carries PagerDuty's signature.

    Rationale: a receiver cannot tell an unsigned webhook from a forged one.
    Remediation: replace the generic webhook extension by a v3 webhook subscription.
    Limits: PagerDuty signs every v3 webhook; whether the receiver verifies the signature is
    not visible.
    Help: https://support.pagerduty.com/main/docs/webhooks
    """
    assert not (isinstance(webhook, Extension) and is_generic_webhook(webhook)), (
        f"{webhook} is a generic webhook, which PagerDuty does not sign"
    )


@pytest.mark.control("PD-16")
@pytest.mark.medium
def test_integration_is_scoped(
    integration: Integration, baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Every integration accepts events only from those who should send them.

    Rationale: an open mailbox, or the integration of a product that is gone, lets anybody page
    the team.
    Remediation: filter e-mail integrations by sender, and replace integrations of products that
    are gone by one of the Events API v2.
    """
    if not integration.service.in_service:
        not_applicable(f"{integration} belongs to {integration.service}, which is disabled")
    problems = scope_problems(integration, baseline.refused_integration_types)
    if integration.type == EVENTS_V1:
        evidence["recommended"] = "PagerDuty recommends the Events API v2"
    assert not problems, f"{integration} of {integration.service} {', '.join(problems)}"
