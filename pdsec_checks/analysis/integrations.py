"""Integrations and webhooks: what comes in from anybody, what goes out unprotected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import partial
from urllib.parse import SplitResult

from pdsec_checks.analysis.certainty import any_known
from pdsec_checks.analysis.problem import Problem
from pdsec_checks.errors import InspectionError, MalformedRecordError, NotKeptError
from pdsec_checks.resources import (
    SENDER_MODES,
    ById,
    Endpoint,
    Extension,
    ExtensionDetails,
    Integration,
    View,
    WebhookSubscription,
    printable,
)
from pdsec_checks.resources.credentials import (
    are_unexamined,
    has_userinfo,
    is_unexamined,
    parameters_of,
    settings_of,
)
from pdsec_checks.resources.domains import normal, shown

EMAIL = "generic_email_inbound_integration"
EVENTS_V1 = "generic_events_api_inbound_integration"
SUFFIX = "_inbound_integration"
GENERIC_WEBHOOK_IDS = frozenset({"PJFWPEP", "PF9KMXH"})
"""Extension schemas of the generic webhooks v2 and v1."""
GENERIC_WEBHOOK_KEY = re.compile(r"generic.*webhook", re.IGNORECASE)


def scope_problem(integration: Integration, refused: Collection[str]) -> Problem | None:
    """Return why an integration accepts more than it should; None when it does not.

    *refused* are types that nobody should use, with or without ``_inbound_integration``.
    """
    kind = integration.type
    if kind in refused or kind.removesuffix(SUFFIX) in refused:
        text = f"is of the type {kind.removesuffix(SUFFIX)}, which is refused here"
        return Problem(text, "refused-type")
    if integration.type == EMAIL and (why := open_to_any_sender(integration)):
        return Problem(f"takes mail from any sender ({why})", why.cause)
    return None


def open_to_any_sender(integration: Integration) -> Problem | None:
    """Return why an e-mail integration takes mail from anybody; None when it does not.

    Raises:
        MalformedRecordError: The filter mode is not one that PagerDuty documents.
    """
    mode = integration.email_filter_mode
    if mode == "all-email":
        return Problem("it has no filters", "no-filter")
    if mode not in {"or-rules-email", "and-rules-email"}:
        raise MalformedRecordError(f"{integration}: unknown email_filter_mode {mode!r}")
    filters = integration.email_filters
    if not filters:
        return Problem(f"{mode} without a filter", "no-filter")
    if mode == "or-rules-email" and any_known(filters, accepts_every_sender):
        text = "one of its alternative filters accepts every sender"
        return Problem(text, "open-alternative")
    if mode == "and-rules-email" and not any_known(filters, looks_at_sender):
        return Problem("none of its filters looks at the sender", "no-sender-filter")
    return None


def accepts_every_sender(rule: View) -> bool:
    """Tell whether an e-mail filter lets mail from anybody through."""
    return rule.read_one_of("from_email_mode", SENDER_MODES) == "always"


def looks_at_sender(rule: View) -> bool:
    """Tell whether an e-mail filter lets only some senders through."""
    return not accepts_every_sender(rule)


def transport_problem(endpoint: Endpoint) -> Problem | None:
    """Return why deliveries travel unprotected; None when they go over https.

    The sentence never repeats the URL, which may carry credentials.
    """
    destination = endpoint.destination
    if destination is None:
        return Problem("sends to a URL that cannot be parsed", "broken-url")
    if destination.scheme.lower() != "https":
        host, scheme = str(destination.hostname), destination.scheme or "no scheme"
        kind = "extension" if isinstance(endpoint, Extension) else "subscription"
        text = f"sends to {printable(host)} over {printable(scheme)}, not https"
        return Problem(text, f"plain-{kind}")
    return None


def host_of(endpoint: Endpoint) -> str:
    """Return the host that an endpoint sends to, as hosts are compared.

    Raises:
        InspectionError: Its address cannot be parsed, or a recording with pseudonyms hides it.
    """
    return shown(normal(str(judged_address(endpoint).hostname)), endpoint, "the host")


def endpoints_by_host(endpoints: Iterable[Endpoint]) -> dict[str, int]:
    """Count endpoints per host, ``unknown`` where an address cannot be read.

    Raises:
        InspectionError: A recording with pseudonyms hides the hosts.
    """
    found: Counter[str] = Counter()
    for each in endpoints:
        try:
            _ = judged_address(each)
        except NotKeptError:
            raise
        except InspectionError:
            found["unknown"] += 1
        else:
            found[printable(host_of(each))] += 1
    return dict(sorted(found.items()))


MADE_BEFORE = "the recording was made before credentials were looked for: record the account again"


def credential_problem(endpoint: Endpoint, evidence: dict[str, object]) -> Problem | None:
    """Return where an endpoint shows a credential to every reader of the API; None where nowhere.

    *evidence* is told the names of the parameters and settings, never a value. What is found is
    found, whatever else of the endpoint cannot be read.

    Raises:
        InspectionError: None is found, and the address or the settings cannot be judged.
    """
    looks = (problem_in_address, problem_in_settings)
    return certain_of(partial(look, endpoint, evidence) for look in looks)


def certain_of(looks: Iterable[Callable[[], Problem | None]]) -> Problem | None:
    """Return what *looks* see, with the first cause, however many of them see nothing.

    Raises:
        InspectionError: None sees any, and one cannot look.
        NotKeptError: One cannot look by our own mistake, whatever the others see.
    """
    unknown: list[InspectionError] = []
    found: list[Problem] = []
    for look in looks:
        try:
            problem = look()
        except NotKeptError:
            raise
        except InspectionError as error:
            unknown.append(error)
        else:
            found += [problem] if problem else []
    if not found and unknown:
        raise unknown[0]
    return Problem(" and ".join(found), found[0].cause) if found else None


def problem_in_address(endpoint: Endpoint, evidence: dict[str, object]) -> Problem | None:
    """Return which part of an endpoint's address is a credential; None where none is."""
    if not endpoint.has_url:
        return None
    parts = judged_address(endpoint)
    kind = "extension" if isinstance(endpoint, Extension) else "subscription"
    names = parameters_of(parts)
    if names:
        evidence["parameters"] = names
    shown = ["has a user or a password in its address"] if has_userinfo(parts) else []
    if names:
        shown.append(f"has a credential in its address, in the parameter {', '.join(names)}")
    if shown:
        return Problem(" and ".join(shown), f"{kind}-address")
    if is_unexamined(parts):
        raise InspectionError(f"{endpoint}: {MADE_BEFORE}")
    return None


def judged_address(endpoint: Endpoint) -> SplitResult:
    """Return the parts of an endpoint's address.

    Raises:
        InspectionError: It cannot be parsed; the message never repeats it.
    """
    parts = endpoint.destination
    if parts is None:
        raise InspectionError(f"{endpoint} sends to a URL that cannot be parsed")
    return parts


def problem_in_settings(endpoint: Endpoint, evidence: dict[str, object]) -> Problem | None:
    """Return which settings of an endpoint are credentials; None where none is."""
    settings = endpoint.settings
    names = sorted({printable(each) for each in settings_of(settings)})
    if names:
        evidence["settings"] = names
        return Problem(f"has a credential in its settings, in {', '.join(names)}", "settings")
    if are_unexamined(settings):
        raise InspectionError(f"{endpoint}: {MADE_BEFORE}")
    return None


class Deliveries:
    """Which extensions PagerDuty still delivers to; what cannot be read, it says when asked."""

    def __init__(self, read: Callable[[], ById[ExtensionDetails]]) -> None:
        self._read = read

    def are_stopped(self, extension: Extension) -> bool:
        """Tell whether PagerDuty stopped an extension for the time being.

        Raises:
            InspectionError: Nobody knows: its look-up failed, does not say so, or is missing.
        """
        details = self._read().find(extension.id)
        if details is None:
            raise InspectionError(f"{extension}: whether PagerDuty stopped it was not read")
        return details.is_stopped_at(extension)


GIVEN_UP = (
    "is stopped for the time being: deliveries failed again and again, and what should be sent "
    "meanwhile is lost"
)


def delivery_problem(endpoint: Endpoint, deliveries: Deliveries) -> Problem | None:
    """Return why nothing is delivered to an endpoint; None where deliveries go on.

    PagerDuty's developer documentation ("Webhooks Overview", on its behavior): an endpoint that
    fails repeatedly is disabled for a day, in which its events are dropped.

    Raises:
        InspectionError: Nobody can tell, and nothing that is known stops it.
    """
    if isinstance(endpoint, WebhookSubscription):
        looks = (switched_off, stopped_subscription)
        return certain_of(partial(look, endpoint) for look in looks)
    if isinstance(endpoint, Extension) and deliveries.are_stopped(endpoint):
        return Problem(GIVEN_UP, "stopped-extension")
    return None


def switched_off(subscription: WebhookSubscription) -> Problem | None:
    """Return that somebody switched a subscription off; None where it is on."""
    return None if subscription.is_active else Problem("is switched off", "switched-off")


def stopped_subscription(subscription: WebhookSubscription) -> Problem | None:
    """Return that PagerDuty stopped a subscription; None where it has not."""
    return Problem(GIVEN_UP, "stopped-subscription") if subscription.is_stopped else None


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
