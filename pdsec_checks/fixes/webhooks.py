"""Fixes of what goes out and comes in: webhooks, extensions, integrations.

An address may carry credentials, a mail filter holds addresses: both are left to be filled in.
"""

from __future__ import annotations

from typing import Any

from pdsec_checks.analysis.integrations import EMAIL, accepts_every_sender
from pdsec_checks.fixes.fix import (
    Block,
    Change,
    Fix,
    Request,
    created,
    imported,
    path,
    reference,
    some,
)
from pdsec_checks.fixes.registry import Found, fixes
from pdsec_checks.fixes.services import EVENTS_V2
from pdsec_checks.model import Record
from pdsec_checks.resources import Extension, Integration, View, WebhookSubscription

URL = "CHOOSE_THE_HTTPS_URL"
ALL_RULES = "and-rules-email"
MODE = "CHOOSE_MATCH_OR_NO_MATCH"
SENDERS = "CHOOSE_THE_SENDERS"
EVERY_EVENT = [
    *("incident.acknowledged", "incident.escalated", "incident.priority_updated"),
    *("incident.reassigned", "incident.reopened", "incident.resolved", "incident.triggered"),
    "incident.unacknowledged",
]
"""What a generic webhook told (PagerDuty's overview of webhooks v3 has these names)."""
NO_NEW_ADDRESS = (
    "the web page changes the address of a subscription, no request does: a new one takes its place"
)
"""PagerDuty's OpenAPI document: ``updateWebhookSubscription`` leaves out ``delivery_method``."""
NO_ADDRESS = "url: the address as it is configured, with https; it may carry credentials"
KNOWN_HOST = "url: an address on a host that is listed under webhook_hosts"
NO_CREDENTIAL = "url: the address as it is configured, without the credential"
HEADER: Record = {"name": "CHOOSE_A_HEADER", "value": "CHOOSE_A_NEW_CREDENTIAL"}


Sent = tuple[str, tuple[Record, ...]]
"""What a new subscription's address is to be, and the headers of its own."""


@fixes("PD-14", "endpoint")
def https(found: Found) -> Fix:
    """Send over https; no request changes the address of a subscription, so that it is replaced."""
    return readdressed(found, "try the https end first", NO_ADDRESS)


def readdressed(found: Found, note: str, url: str, headers: tuple[Record, ...] = ()) -> Fix:
    """Return the fix that gives an endpoint another address; *url* says which one.

    A subscription can carry *headers* of one's own.
    """
    endpoint = found.resource
    if isinstance(endpoint, WebhookSubscription):
        subscriptions = [
            (endpoint.read("events", list), some(endpoint.part("filter"), "type", "id"))
        ]
        request = Request(
            "DELETE",
            path("webhook_subscriptions", endpoint.id),
            check="the new subscription delivers; it signs with a secret of its own",
        )
        note = f"{note}; {NO_NEW_ADDRESS}"
        return replaced(found, subscriptions, request, note, (url, headers))
    return found.fixed_by(
        extension_put(endpoint, url),
        terraform=[imported("extension", endpoint.id, [Change("endpoint_url", URL)])],
        note=note,
    )


@fixes("PD-32", "endpoint")
def delivered(found: Found) -> Fix:
    """Switch a webhook on; PagerDuty enables what it stopped itself by a request of its own."""
    endpoint = found.resource
    if found.finding.cause == "switched-off":
        where = path("webhook_subscriptions", endpoint.id)
        return found.fixed_by(
            Request("PUT", where, {"webhook_subscription": {"active": True}}, "changed: active"),
            terraform=[
                imported("webhook_subscription", endpoint.id, [Change("active", "true", "false")])
            ],
            note="where nobody needs it, delete it instead",
        )
    kind = "extensions" if isinstance(endpoint, Extension) else "webhook_subscriptions"
    return found.fixed_by(
        Request("POST", path(kind, endpoint.id, "enable"), check="the receiver answers again"),
        note="what PagerDuty dropped meanwhile is not sent again",
    )


@fixes("PD-33", "receiver")
def without_credential(found: Found) -> Fix:
    """Send a credential in a header, whose value PagerDuty hides, and let it be a new one."""
    if found.finding.cause == "settings":
        return found.fixed_by(
            note="what connects the product is chosen on its own page; replace the credential that "
            "stands in the settings now"
        )
    note = "replace the credential: whoever could read the API has it"
    return readdressed(found, note, NO_CREDENTIAL, (HEADER,))


@fixes("PD-34", "listed_endpoint")
def to_a_known_host(found: Found) -> Fix:
    """Send to a host of the list."""
    return readdressed(found, "or list the host under webhook_hosts", KNOWN_HOST)


def extension_put(extension: Extension, url: str) -> Request:
    """Return the request that changes the address of an extension; *url* says which it is to be."""
    whole = {
        "type": "extension",
        "name": extension.name,
        "endpoint_url": URL,
        "extension_schema": reference("extension_schema", extension.schema.id),
        "extension_objects": [
            reference(each.read("type", str), each.id)
            for each in extension.nested("extension_objects")
        ],
    }
    note = f"changed: endpoint_url. {url}"
    return Request("PUT", path("extensions", extension.id), {"extension": whole}, note)


@fixes("PD-15", "webhook")
def signed(found: Found) -> Fix:
    """Replace a generic webhook by a subscription for each of its services."""
    extension: Extension = found.resource
    services = [each.id for each in extension.nested("extension_objects")]
    filters: list[Record] = [reference("service", each) for each in services]
    request = Request(
        "DELETE",
        path("extensions", extension.id),
        check="the new subscription delivers, and its receiver checks the signature",
    )
    subscriptions = [(EVERY_EVENT, each) for each in filters or [{"type": "account_reference"}]]
    return replaced(found, subscriptions, request, "the receiver must check X-PagerDuty-Signature")


def replaced(
    found: Found,
    subscriptions: list[tuple[list[Any], Record]],
    last: Request,
    note: str,
    sent: Sent = (NO_ADDRESS, ()),
) -> Fix:
    """Return the fix that makes new subscriptions, each of (events, filter), and ends by *last*."""
    pairs = list(enumerate(subscriptions, 1))
    requests = [subscription(*each, sent) for _, each in pairs]
    blocks = [block(f"{found.id}_{number}", *each, sent) for number, each in pairs]
    return found.fixed_by(*requests, last, terraform=blocks, note=note)


def subscription(events: list[Any], chosen: Record, sent: Sent) -> Request:
    """Return the request that makes a subscription."""
    url, headers = sent
    custom: Record = {"custom_headers": list(headers)} if headers else {}
    whole = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": URL} | custom,
        "events": events,
        "filter": chosen,
    }
    return Request("POST", path("webhook_subscriptions"), {"webhook_subscription": whole}, url)


def block(name: str, events: list[Any], chosen: Record, sent: Sent) -> Block:
    """Return the same subscription for Terraform."""
    custom: Record = {"custom_header": list(sent[1])} if sent[1] else {}
    return created(
        "webhook_subscription",
        name,
        active=True,
        type="webhook_subscription",
        events=events,
        delivery_method=[{"type": "http_delivery_method", "url": URL} | custom],
        filter=[chosen],
    )


@fixes("PD-16", "integration")
def scoped(found: Found) -> Fix:
    """Take mail of some senders only; replace an integration of a product that is gone."""
    integration: Integration = found.resource
    if found.finding.cause == "refused-type":
        return found.fixed_by(
            terraform=[
                created(
                    "service_integration",
                    found.id,
                    name="Events API V2",
                    service=integration.service.id,
                    type=EVENTS_V2,
                )
            ],
            note="the new integration has a key of its own; this one is deleted when nobody sends "
            "to it any more",
        )
    return filtered(found, integration)


def filtered(found: Found, integration: Integration) -> Fix:
    """Return the fix that lets filters of an e-mail integration look at the sender.

    Alternatives stay alternatives: if all had to match, mail that is wanted would be lost.
    """
    present = integration.email_filter_mode
    mode = ALL_RULES if present == "all-email" else present
    whole = {
        "type": EMAIL,
        "name": integration.name,
        "email_filter_mode": mode,
        "email_filters": [
            mail_filter(each, f"_{number}" if number > 1 else "", by_sender=by_sender)
            for number, (each, by_sender) in enumerate(filters_of(found, integration), 1)
        ],
    }
    note = (
        f"changed: email_filter_mode {mode}, was {present}, and from_email_mode where it is "
        f"{MODE}. All filters stand here, as they are replaced as a whole; their patterns are in "
        "no report"
    )
    where = path("services", integration.service.id, "integrations", integration.id)
    changes = [
        *([Change("email_filter_mode", mode, present)] if mode != present else []),
        Change("email_filter.from_email_regex", SENDERS),
    ]
    address = f"{integration.service.id}.{integration.id}"
    return found.fixed_by(
        Request("PUT", where, {"integration": whole}, note),
        terraform=[imported("service_integration", address, changes, name=integration.id)],
    )


def filters_of(found: Found, integration: Integration) -> list[tuple[View, bool]]:
    """Return the filters that an integration is to have, and which must look at the sender."""
    match found.finding.cause:
        case "no-filter":
            return [(View({}), True)]
        case "open-alternative":
            return [(each, accepts_every_sender(each)) for each in integration.email_filters]
    return [(each, not number) for number, each in enumerate(integration.email_filters)]


def mail_filter(present: View, suffix: str, *, by_sender: bool) -> Record:
    """Return a mail filter that asks no less than the present one; *by_sender*, of the sender too.

    *suffix* tells what is to choose from that of other filters: no two may be the same.
    """
    found: Record = {}
    for part in ("from_email", "subject", "body"):
        mode = present.get(f"{part}_mode") or "always"
        found[f"{part}_mode"] = mode
        if mode != "always":
            found[f"{part}_regex"] = f"CHOOSE_THE_PRESENT_{part.upper()}_PATTERN{suffix}"
    if by_sender:
        found |= {"from_email_mode": MODE, "from_email_regex": SENDERS + suffix}
    return found
