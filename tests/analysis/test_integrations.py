"""Integrations and webhooks: who may send something in, and how deliveries go out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pdsec_checks.analysis.integrations import (
    is_generic_webhook,
    may_be_generic_webhook,
    open_to_any_sender,
    scope_problem,
    transport_problem,
)
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources import Extension, Integration, Service, WebhookSubscription

EMAIL = "generic_email_inbound_integration"


def an_integration(**fields: Any) -> Integration:
    """Return an integration of a service."""
    record = {"id": "PI", "name": "inbox", "type": EMAIL, **fields}
    return Integration(record, Service({"id": "PS", "name": "shop"}))


def a_mailbox(mode: str | None, *senders: str) -> Integration:
    """Return an e-mail integration with one filter for each mode of judging senders."""
    filters = [{"from_email_mode": sender} for sender in senders]
    return an_integration(email_filter_mode=mode, email_filters=filters)


def a_webhook(url: str) -> WebhookSubscription:
    """Return a webhook subscription that delivers to a URL."""
    return WebhookSubscription({"id": "PW", "delivery_method": {"url": url}})


def an_extension(**schema: Any) -> Extension:
    """Return an extension of a schema."""
    return Extension({"id": "PX", "name": "hook", "extension_schema": schema})


@pytest.mark.parametrize(
    ("mode", "senders", "reason", "cause"),
    [
        (None, (), "it has no filters", "no-filter"),
        ("all-email", ("match",), "it has no filters", "no-filter"),
        ("or-rules-email", (), "or-rules-email without a filter", "no-filter"),
        ("and-rules-email", (), "and-rules-email without a filter", "no-filter"),
        ("or-rules-email", ("always",), "one of its alternative filters accepts every sender",
         "open-alternative"),
        ("or-rules-email", ("match", "always"), "one of its alternative filters accepts",
         "open-alternative"),
        ("and-rules-email", ("always", "always"), "none of its filters looks at the sender",
         "no-sender-filter"),
    ],
)  # fmt: skip
def test_mailbox_is_open_when_its_filters_let_anybody_in(
    mode: str | None, senders: tuple[str, ...], reason: str, cause: str
) -> None:
    """Alternative filters must all look at the sender, joint filters one of them."""
    problem = open_to_any_sender(a_mailbox(mode, *senders))

    assert problem is not None
    assert problem.startswith(reason)
    assert problem.cause == cause


@pytest.mark.parametrize(
    ("mode", "senders"),
    [
        ("or-rules-email", ("match",)),
        ("or-rules-email", ("match", "no-match")),
        ("and-rules-email", ("always", "match")),
    ],
)
def test_mailbox_with_a_filter_for_senders_is_scoped(mode: str, senders: tuple[str, ...]) -> None:
    """An e-mail integration that looks at every sender has no problem."""
    assert scope_problem(a_mailbox(mode, *senders), ()) is None


@pytest.mark.parametrize("absent", [{}, {"email_filters": None}])
def test_mailbox_without_any_settings_is_open(absent: dict[str, None]) -> None:
    """No filter mode at all means that all mail is taken."""
    assert scope_problem(an_integration(**absent), ()) == (
        "takes mail from any sender (it has no filters)"
    )


def test_unknown_filter_mode_cannot_be_judged() -> None:
    """A mode that PagerDuty does not document is an error that names it."""
    with pytest.raises(MalformedRecordError, match=r"'inbox' \(PI\): unknown .* 'novel'"):
        open_to_any_sender(a_mailbox("novel", "match"))


def test_mailbox_known_by_reference_only_cannot_be_judged() -> None:
    """A reference does not carry the filters, which is not the same as having none."""
    with pytest.raises(MalformedRecordError, match="came back without its details"):
        scope_problem(an_integration(type=f"{EMAIL}_reference"), ())


@pytest.mark.parametrize("suffix", ["", "_reference"])
@pytest.mark.parametrize("refused", ["keynote", "keynote_inbound_integration"])
def test_refused_types_are_named(refused: str, suffix: str) -> None:
    """A refused type is a problem, with or without its ending, even as a reference."""
    integration = an_integration(type=f"keynote_inbound_integration{suffix}")

    assert scope_problem(integration, ["cloudkick", refused]) == (
        "is of the type keynote, which is refused here"
    )


@pytest.mark.parametrize("kind", ["events_api_v2", "generic_events_api", "keynote_plus"])
def test_other_types_are_scoped(kind: str) -> None:
    """An integration of the Events API has a key of its own, and no senders to filter."""
    integration = an_integration(type=f"{kind}_inbound_integration")

    assert scope_problem(integration, Baseline().refused_integration_types) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "HTTPS://example.com",
        "  https://example.com\n",
        "https://user:secret@example.com:8443/?a=b#c",
        "https://[2001:db8::1]/hook",
    ],
)
def test_https_is_protected(url: str) -> None:
    """Case, surrounding space, ports and addresses make no difference to https."""
    assert transport_problem(a_webhook(url)) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.com/hook", "sends to example.com over http, not https"),
        ("HTTP://example.com", "sends to example.com over http, not https"),
        ("ftp://example.com", "sends to example.com over ftp, not https"),
        ("//example.com/hook", "sends to example.com over no scheme, not https"),
        ("", "sends to a URL that cannot be parsed"),
        ("https://", "sends to a URL that cannot be parsed"),
        ("https:///path", "sends to a URL that cannot be parsed"),
        ("https:example.com", "sends to a URL that cannot be parsed"),
        ("https://[::1", "sends to a URL that cannot be parsed"),
        ("https://example.com:port", "sends to a URL that cannot be parsed"),
        ("example.com/hook", "sends to a URL that cannot be parsed"),
    ],
)
def test_anything_else_is_unprotected(url: str, problem: str) -> None:
    """Other schemes and URLs without a scheme or a host are named for what they are."""
    assert transport_problem(a_webhook(url)) == problem


def test_extension_is_judged_by_its_own_url() -> None:
    """An extension carries its destination in another field than a subscription."""
    plain = Extension({"id": "PX", "endpoint_url": "http://example.com"})

    assert transport_problem(plain) == "sends to example.com over http, not https"


def test_problem_never_repeats_credentials() -> None:
    """The sentence holds neither user information nor path nor query."""
    problem = transport_problem(a_webhook("http://me:hush@example.com/hush?token=hush#hush"))

    assert problem == "sends to example.com over http, not https"


@given(
    st.text() | st.tuples(st.sampled_from(["http://", "https://", "//"]), st.text()).map("".join)
)
@example("http://[")
@example("https://\u2100.example")
def test_url_is_protected_only_when_it_starts_with_https(url: str) -> None:
    """No text makes the parser fail, and none passes that is not https."""
    problem = transport_problem(a_webhook(url))

    assert problem is not None or "https:" in url.casefold()


@given(st.text(min_size=1))
def test_plain_http_never_passes(rest: str) -> None:
    """Whatever follows ``http://``, the delivery is unprotected."""
    assert transport_problem(a_webhook(f"http://{rest}"))


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\x9b", "\u202e"])
def test_problem_carries_no_control_character(char: str) -> None:
    """A host name that would steer a terminal does not get into the message."""
    problem = transport_problem(a_webhook(f"http://exa{char}mple.com/"))

    assert problem is not None
    assert problem.isprintable()


@pytest.mark.parametrize(
    "schema",
    [
        {"id": "PJFWPEP"},
        {"id": "PF9KMXH", "key": "anything"},
        {"id": "P1", "key": "generic_v2_webhook"},
        {"id": "P1", "summary": "Generic V2 Webhook"},
        {"id": "P1", "key": "", "name": "Generic Webhook"},
    ],
)
def test_generic_webhook_is_known_by_id_key_or_name(schema: dict[str, str]) -> None:
    """The schema's id decides, else its key, else its name."""
    assert is_generic_webhook(an_extension(**schema))


@pytest.mark.parametrize("schema", [{"id": "P1", "key": "slack"}, {"id": "P1", "summary": "Jira"}])
def test_other_extensions_are_no_generic_webhook(schema: dict[str, str]) -> None:
    """An extension of another kind is not a webhook, and surely so."""
    assert not may_be_generic_webhook(an_extension(**schema))


def test_extension_that_does_not_say_what_it_is_may_be_one() -> None:
    """An extension whose schema has neither key nor name stays in, to be an error."""
    silent = an_extension(id="P1")

    assert may_be_generic_webhook(silent)
    with pytest.raises(MalformedRecordError, match=r"extension 'hook' .* has no key"):
        is_generic_webhook(silent)
