"""Integrations and webhooks: what comes in from anybody, what goes out unprotected."""

from __future__ import annotations

import re
from collections.abc import Collection

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import SENDER_MODES, Endpoint, Extension, Integration, View, printable

EMAIL = "generic_email_inbound_integration"
EVENTS_V1 = "generic_events_api_inbound_integration"
SUFFIX = "_inbound_integration"
GENERIC_WEBHOOK_IDS = frozenset({"PJFWPEP", "PF9KMXH"})
"""Extension schemas of the generic webhooks v2 and v1."""
GENERIC_WEBHOOK_KEY = re.compile(r"generic.*webhook", re.IGNORECASE)


def scope_problems(integration: Integration, refused: Collection[str]) -> list[str]:
    """Return why an integration accepts more than it should; nothing when it does not.

    *refused* are types that nobody should use, with or without ``_inbound_integration``.
    """
    kind = integration.type
    if kind in refused or kind.removesuffix(SUFFIX) in refused:
        return [f"is of the type {kind.removesuffix(SUFFIX)}, which is refused here"]
    if integration.type == EMAIL and (why := open_to_any_sender(integration)):
        return [f"takes mail from any sender ({why})"]
    return []


def open_to_any_sender(integration: Integration) -> str | None:
    """Return why an e-mail integration takes mail from anybody; None when it does not.

    Raises:
        MalformedRecordError: The filter mode is not one that PagerDuty documents.
    """
    mode = integration.email_filter_mode
    if mode == "all-email":
        return "it has no filters"
    if mode not in {"or-rules-email", "and-rules-email"}:
        raise MalformedRecordError(f"{integration}: unknown email_filter_mode {mode!r}")
    filters = integration.email_filters
    if not filters:
        return f"{mode} without a filter"
    if mode == "or-rules-email" and any_known(filters, accepts_every_sender):
        return "one of its alternative filters accepts every sender"
    if mode == "and-rules-email" and not any_known(filters, looks_at_sender):
        return "none of its filters looks at the sender"
    return None


def accepts_every_sender(rule: View) -> bool:
    """Tell whether an e-mail filter lets mail from anybody through."""
    return rule.read_one_of("from_email_mode", SENDER_MODES) == "always"


def looks_at_sender(rule: View) -> bool:
    """Tell whether an e-mail filter lets only some senders through."""
    return not accepts_every_sender(rule)


def transport_problem(endpoint: Endpoint) -> str | None:
    """Return why deliveries travel unprotected; None when they go over https.

    The sentence never repeats the URL, which may carry credentials.
    """
    destination = endpoint.destination
    if destination is None:
        return "sends to a URL that cannot be parsed"
    if destination.scheme.lower() != "https":
        host, scheme = str(destination.hostname), destination.scheme or "no scheme"
        return f"sends to {printable(host)} over {printable(scheme)}, not https"
    return None


def is_generic_webhook(extension: Extension) -> bool:
    """Tell whether an extension is a generic webhook, which PagerDuty does not sign.

    Raises:
        MalformedRecordError: Its schema says neither id nor name.
    """
    schema = extension.schema
    if schema.id in GENERIC_WEBHOOK_IDS:
        return True
    key: str = schema.read_optional("key", str) or schema.name
    if not key:
        raise MalformedRecordError(f"{schema} has no key")
    return bool(GENERIC_WEBHOOK_KEY.search(key))


def may_be_generic_webhook(extension: Extension) -> bool:
    """Tell whether an extension is a generic webhook, or does not say what it is."""
    try:
        return is_generic_webhook(extension)
    except MalformedRecordError:
        return True
