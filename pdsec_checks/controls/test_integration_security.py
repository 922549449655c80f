"""Integration security: who may send events in, where do they go, how do webhooks travel out?"""

import pytest

from pdsec_checks.analysis.integrations import (
    EVENTS_V1,
    Deliveries,
    credential_problem,
    delivery_problem,
    host_of,
    is_generic_webhook,
    scope_problem,
    transport_problem,
)
from pdsec_checks.analysis.orchestrations import Routing, fate_as_evidence
from pdsec_checks.baseline import Baseline
from pdsec_checks.outcomes import fail, manual, not_applicable
from pdsec_checks.resources import (
    Endpoint,
    EventOrchestration,
    Extension,
    Integration,
    printable,
)
from pdsec_checks.resources.credentials import is_bearer
from pdsec_checks.resources.domains import is_listed


@pytest.mark.control("PD-14")
@pytest.mark.high
def test_webhook_uses_https(endpoint: Endpoint) -> None:
    """Webhooks use HTTPS.

    Everything that PagerDuty sends out goes over HTTPS.

    Rationale: an incident tells an eavesdropper what is broken and who is at work.
    Remediation: change the URL to https, once the receiver answers there.
    Remediation plain-subscription: once the receiver answers over https, change the URL under
    Integrations > Generic Webhooks (v3) > the webhook > Edit.
    Remediation plain-extension: once the receiver answers over https, change the URL under
    Services > Service Directory > the service > Integrations > Extensions > the extension.
    Remediation broken-url: write a whole https address: for a subscription under Integrations >
    Generic Webhooks (v3) > the webhook > Edit, for an extension under Services > Service
    Directory > the service > Integrations > Extensions.
    Help: https://support.pagerduty.com/main/docs/webhooks
    """
    problem = transport_problem(endpoint)
    if problem:
        fail(f"{endpoint} {problem}", cause=problem.cause)


@pytest.mark.control("PD-15")
@pytest.mark.medium
def test_webhook_is_signed(webhook: Endpoint) -> None:
    """Webhooks are signed.

    Every webhook delivery carries PagerDuty's signature.

    Rationale: a receiver cannot tell an unsigned webhook from a forged one.
    Remediation: add a v3 subscription under Integrations > Generic Webhooks (v3) > New Webhook, let
    the receiver check its signature, and then delete the extension under Services > Service
    Directory > the service > Integrations > Extensions.
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
    """Integrations are scoped.

    Every integration accepts events only from those who should send them.

    Rationale: an open mailbox, or the integration of a product that is gone, lets anybody page
    the team.
    Remediation: filter e-mail integrations by sender, and replace integrations of products that
    are gone by one of the Events API v2, under Services > Service Directory > the service >
    Integrations.
    Remediation refused-type: add an integration of the Events API v2 under Services > Service
    Directory > the service > Integrations > Add an integration, move the sender over, and delete
    this one.
    Help refused-type: https://support.pagerduty.com/main/docs/services-and-integrations
    Remediation no-filter: under Services > Service Directory > the service > Integrations > the
    integration > Edit Integration > Email Filters, accept e-mail only if it matches a rule about
    its sender.
    Remediation open-alternative: under Services > Service Directory > the service > Integrations >
    the integration > Edit Integration > Email Filters, give each of the alternative rules a
    condition on the sender: one that has none lets in everybody.
    Remediation no-sender-filter: under Services > Service Directory > the service > Integrations >
    the integration > Edit Integration > Email Filters, add a condition on the sender to one of
    the rules.
    Help: https://support.pagerduty.com/main/docs/email-management-filters-and-rules
    """
    if not integration.service.in_service:
        not_applicable(f"{integration} belongs to {integration.service}, which is disabled")
    problem = scope_problem(integration, baseline.refused_integration_types)
    if integration.type == EVENTS_V1:
        evidence["recommended"] = "PagerDuty recommends the Events API v2"
    if problem:
        fail(f"{integration} of {integration.service} {problem}", cause=problem.cause)


@pytest.mark.control("PD-32")
@pytest.mark.extended
@pytest.mark.high
def test_webhook_is_delivered(
    endpoint: Endpoint, deliveries: Deliveries, evidence: dict[str, object]
) -> None:
    """Webhooks are delivered.

    Webhooks are switched on and delivered: nobody switched one off, and PagerDuty has not stopped
    one because its receiver failed.

    Rationale: the ticket, the chat message or the line in the SIEM stops coming, and nothing in
    PagerDuty turns red.
    Remediation: let the receiver answer again, and enable the webhook, or delete it, under
    Integrations > Generic Webhooks (v3) or Services > Service Directory > the service >
    Integrations > Extensions.
    Remediation switched-off: switch the webhook on, or delete it, under Integrations > Generic
    Webhooks (v3) > the webhook.
    Remediation stopped-subscription: find out why the receiver does not accept what is sent, and
    once it does, enable the webhook under Integrations > Generic Webhooks (v3) > the webhook.
    Remediation stopped-extension: find out why the receiver does not accept what is sent, and once
    it does, enable the extension under Services > Service Directory > the service > Integrations >
    Extensions.
    Limits: this is the state at the moment of reading; what was dropped before is not visible.
    Help: https://support.pagerduty.com/main/docs/webhooks
    """
    evidence["state"] = "as it was at the moment of reading"
    problem = delivery_problem(endpoint, deliveries)
    if problem:
        fail(f"{endpoint} {problem}", cause=problem.cause)


@pytest.mark.control("PD-33")
@pytest.mark.extended
@pytest.mark.high
def test_webhook_url_holds_no_credential(receiver: Endpoint, evidence: dict[str, object]) -> None:
    """Webhook addresses hold no credential.

    No address of a webhook, and no setting of an extension, holds a credential.

    Rationale: every user and every key that may read the API sees these addresses and settings.
    Remediation: move the credential from the address into a custom header, whose value PagerDuty
    hides, under Integrations > Generic Webhooks (v3) > the webhook > Edit, and replace it.
    Remediation subscription-address: move the credential from the address into a custom header,
    whose value PagerDuty hides, under Integrations > Generic Webhooks (v3) > the webhook > Edit,
    and then replace it at the receiver: whoever could read the API has it.
    Remediation extension-address: take the credential out of the address under Services > Service
    Directory > the service > Integrations > Extensions > the extension, or let a v3 webhook with a
    custom header take its place, and then replace it at the receiver: whoever could read the API
    has it.
    Remediation settings: under Services > Service Directory > the service > Integrations >
    Extensions > the extension, connect the product in a way that needs no password or token in the
    settings, or with an account that may do nothing else, and replace the present one.
    Limits: addresses that are secrets by design, those of Slack, Teams and Discord, pass: whoever
    can read the API can post there. A credential in the path is not recognised.
    Help: https://support.pagerduty.com/main/docs/webhooks
    """
    evidence["custom_headers"] = receiver.header_names
    problem = credential_problem(receiver, evidence)
    if problem:
        fail(f"{receiver} {problem}", cause=problem.cause)
    destination = receiver.destination if receiver.has_url else None
    if destination and is_bearer(str(destination.hostname)):
        evidence["bearer_url"] = True


@pytest.mark.control("PD-34")
@pytest.mark.extended
@pytest.mark.medium
def test_webhook_host_is_known(
    listed_endpoint: Endpoint, baseline: Baseline, evidence: dict[str, object]
) -> None:
    """Webhooks go to known hosts.

    Every webhook goes to a host of the allow list.

    Rationale: a webhook tells titles and details of incidents to whoever owns its host; a domain
    that expired is a leak.
    Remediation: delete the webhook under Integrations > Generic Webhooks (v3) or Services > Service
    Directory > the service > Integrations > Extensions, or list its host under webhook_hosts.
    Remediation unlisted-host: find out who owns the host, and change or delete the webhook under
    Integrations > Generic Webhooks (v3) or Services > Service Directory > the service >
    Integrations > Extensions, or list the host under webhook_hosts in the configuration.
    Remediation none-listed: find out who owns each host that stands under Integrations > Generic
    Webhooks (v3) and Services > Service Directory > the service > Integrations > Extensions, and
    list those that are known under webhook_hosts in the configuration; "config suggest" prints all
    of them as such a list.
    Limits: who owns a host is not visible; a port makes no difference.
    Help: https://support.pagerduty.com/main/docs/webhooks
    """
    host = host_of(listed_endpoint)
    evidence["host"] = printable(host)
    if not is_listed(host, baseline.webhook_hosts):
        fail(
            f"{listed_endpoint} sends to {printable(host)}, which is not listed under "
            "webhook_hosts",
            cause="unlisted-host",
        )


@pytest.mark.control("PD-41")
@pytest.mark.extended
@pytest.mark.high
def test_orchestration_keeps_events(
    orchestration: EventOrchestration, routing: Routing, evidence: dict[str, object]
) -> None:
    """Event orchestrations do not swallow events.

    Unmatched events reach a service: the catch-all of every event orchestration, and each of its
    rules that is not disabled, routes to a service in service.

    Rationale: a typo in a rule turns alerts into suppressed ones that nobody sees.
    Remediation: let the catch-all, and each rule, route to a service that somebody watches, under
    AIOps > Event Orchestration > the orchestration > Router.
    Remediation swallowed: route everything else to a service that somebody watches under AIOps >
    Event Orchestration > the orchestration > Router > Catch All, and so each rule that leads to
    unrouted.
    Remediation dead-route: let what the finding names route to a service that is in service, or
    disable the rule, under AIOps > Event Orchestration > the orchestration > Router.
    Remediation several: under AIOps > Event Orchestration > the orchestration > Router, let the
    catch-all and each rule that the finding names route to a service that is in service.
    Remediation unrouted: look for unrouted events in the alerts table, Incidents > Alerts, and
    route everything else to a service under AIOps > Event Orchestration > the orchestration >
    Router > Catch All, or attest that somebody looks at that table.
    Limits: whether a rule matches what it is meant for is not visible, nor is where an event goes
    that names its service itself, or what service orchestrations do with it.
    Help: https://support.pagerduty.com/main/docs/event-orchestration
    """
    fate = routing.fate(orchestration)
    evidence.update(fate_as_evidence(fate))
    problem = fate.problem()
    if problem:
        fail(f"{orchestration} {problem}", cause=problem.cause)
    if doubt := fate.doubt():
        raise doubt
    if fate.unrouted:
        manual(
            f"{orchestration} {fate.leaving}: they are not suppressed, but open no incident and "
            "stand in the alerts table alone",
            cause="unrouted",
        )
