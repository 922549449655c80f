"""PD-14, PD-15 and PD-16: who may send events in, and how do webhooks travel out?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import NO_OBJECT
from tests.controls.helpers import NO_RECORDS, WRONG, altered, only, status, unfit
from tests.simulator.builders import (
    a_service,
    a_webhook_subscription,
    an_email_filter,
    an_email_integration,
    an_extension,
    an_integration,
)
from tests.simulator.catalogue import EXTENSION_SCHEMAS, GENERIC_WEBHOOK, GENERIC_WEBHOOK_V1, SLACK
from tests.simulator.records import ABSENT, Record
from tests.support.judged import a_snapshot, inspect, refused, verdicts

HOOK = a_webhook_subscription(id="PHOOK")
EXTENSION = an_extension(id="PEXT")
SCHEMAS = {schema["id"]: schema for schema in EXTENSION_SCHEMAS}


def outgoing(*records: Record) -> Snapshot:
    """Return an account with these extensions and webhook subscriptions."""
    return a_snapshot(
        extensions=[each for each in records if each["type"] == "extension"],
        webhook_subscriptions=[each for each in records if each["type"] != "extension"],
    )


# PD-14

URLS = [
    ("https://example.com/hook", "pass"),
    ("HTTPS://EXAMPLE.COM/hook", "pass"),
    ("HttpS://example.com:8443/hook", "pass"),
    ("  https://example.com/hook\n", "pass"),
    ("https://user:word@example.com/hook?token=1", "pass"),
    ("http://example.com/hook", "fail"),
    ("HTTP://example.com/hook", "fail"),
    (" http://example.com/hook ", "fail"),
    ("http://https.example.com/https://", "fail"),
    ("ftp://example.com/hook", "fail"),
    ("//example.com/hook", "fail"),
    ("example.com/hook", "fail"),
    ("https://[::1/hook", "fail"),
    ("https://", "fail"),
    ("https", "fail"),
    ("", "fail"),
]


@pytest.mark.parametrize(("url", "verdict"), URLS)
@pytest.mark.parametrize("kind", ["extension", "webhook_subscription"])
def test_webhook_travels_over_https(kind: str, url: str, verdict: str) -> None:
    """PD-14 fails any URL whose scheme is not https, and any that cannot be parsed."""
    record = altered(EXTENSION, "endpoint_url", url)
    if kind == "webhook_subscription":
        record = altered(HOOK, "delivery_method.url", url)

    finding = only(outgoing(record), "PD-14")

    assert (finding.status.value, finding.resource.type) == (verdict, kind)


@pytest.mark.parametrize("schema", [GENERIC_WEBHOOK, SLACK])
def test_every_endpoint_is_a_resource(schema: str) -> None:
    """PD-14 judges each extension with a URL, of whatever schema, and each subscription."""
    plain = an_extension(id="PEXT", schema=schema, endpoint_url="http://example.com")

    assert verdicts(outgoing(plain, HOOK), "PD-14") == {"PEXT": "fail", "PHOOK": "pass"}


@pytest.mark.parametrize("url", [None, ABSENT])
def test_extension_without_url_is_no_resource(url: Any) -> None:
    """PD-14 leaves out extensions that have no endpoint_url."""
    app = altered(EXTENSION, "endpoint_url", url)

    assert verdicts(outgoing(app, HOOK), "PD-14") == {"PHOOK": "pass"}
    assert verdicts(outgoing(app), "PD-14") == {"account": "not_applicable"}


@pytest.mark.parametrize(
    ("record", "path", "value"),
    [
        (EXTENSION, "endpoint_url", WRONG),
        *[
            (HOOK, path, value)
            for path in ("delivery_method", "delivery_method.url")
            for value in (ABSENT, None, WRONG)
        ],
    ],
)
def test_unreadable_url_is_an_error(record: Record, path: str, value: Any) -> None:
    """PD-14 is an error for an endpoint whose URL is missing or no text, and only for that one."""
    other = a_webhook_subscription("Other", id="POTHER")

    found = verdicts(outgoing(altered(record, path, value), other), "PD-14")

    assert found == {record["id"]: "error", "POTHER": "pass"}


@pytest.mark.parametrize("code", [401, 402, 403, 404, 500, None])
@pytest.mark.parametrize("name", ["extensions", "webhook_subscriptions"])
@pytest.mark.parametrize("control", ["PD-14", "PD-15"])
def test_refused_endpoints_are_an_error(control: str, name: str, code: int | None) -> None:
    """PD-14 and PD-15 have one error row for the account when either list is refused."""
    snapshot = outgoing(EXTENSION, HOOK)
    snapshot.data[name] = refused(code)

    assert verdicts(snapshot, control) == {"account": "error"}


# PD-15


@pytest.mark.parametrize("secret", [None, ABSENT, "redacted"])
def test_subscription_is_signed(secret: Any) -> None:
    """PD-15 passes every v3 subscription, whatever its secret says."""
    hook = altered(HOOK, "delivery_method.secret", secret)

    assert verdicts(outgoing(hook), "PD-15") == {"PHOOK": "pass"}


@pytest.mark.parametrize("schema", [GENERIC_WEBHOOK, GENERIC_WEBHOOK_V1])
@pytest.mark.parametrize("included", [True, False])
def test_generic_webhook_is_unsigned(schema: str, included: bool) -> None:  # noqa: FBT001
    """PD-15 fails extensions of the two generic schemas, included or as references."""
    extension = an_extension(id="PEXT", schema=schema)
    if included:
        extension["extension_schema"] = SCHEMAS[schema]

    found = only(outgoing(extension), "PD-15")

    assert (found.resource.id, found.status.value) == ("PEXT", "fail")


@pytest.mark.parametrize("key", ["generic_webhook", "generic_v2_webhook", "generic_v3_webhook"])
def test_generic_schema_key_is_unsigned(key: str) -> None:
    """PD-15 fails an extension whose included schema says by its key that it is generic."""
    schema = SCHEMAS[GENERIC_WEBHOOK] | {"id": "PELSE", "key": key, "summary": "Something"}

    assert status(outgoing(altered(EXTENSION, "extension_schema", schema)), "PD-15") == "fail"


@pytest.mark.parametrize("included", [True, False])
def test_other_extensions_are_no_resources(included: bool) -> None:  # noqa: FBT001
    """PD-15 leaves out extensions that are no generic webhooks."""
    slack = an_extension(id="PEXT", schema=SLACK)
    if included:
        slack["extension_schema"] = SCHEMAS[SLACK]

    assert verdicts(outgoing(slack, HOOK), "PD-15") == {"PHOOK": "pass"}
    assert verdicts(outgoing(slack), "PD-15") == {"account": "not_applicable"}


@pytest.mark.parametrize(("path", "value"), unfit("extension_schema", "extension_schema.id"))
def test_extension_of_unknown_schema_is_an_error(path: str, value: Any) -> None:
    """PD-15 is an error for an extension that does not say what it is."""
    found = verdicts(outgoing(altered(EXTENSION, path, value), HOOK), "PD-15")

    assert found == {"PEXT": "error", "PHOOK": "pass"}


BROKEN = [{NO_OBJECT: True}, {"name": "hook", "endpoint_url": "http://example.com"}]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
@pytest.mark.parametrize("name", ["extensions", "webhook_subscriptions"])
@pytest.mark.parametrize(("control", "verdict"), [("PD-14", "fail"), ("PD-15", "fail")])
def test_endpoint_that_nobody_can_name_is_a_row_of_the_account(
    control: str, verdict: str, name: str, broken: Record
) -> None:
    """PD-14 and PD-15 are errors, in the account's name, for an endpoint without an id."""
    plain = an_extension(id="PEXT", schema=GENERIC_WEBHOOK, endpoint_url="http://example.com")
    snapshot = outgoing(plain, HOOK)
    snapshot.records(name).append(broken)

    found = verdicts(snapshot, control)

    assert found == {"account": "error", "PEXT": verdict, "PHOOK": "pass"}


@pytest.mark.parametrize(
    ("description", "url", "name"),
    [
        ("Chat", "https://chat.example/hook", "Chat"),
        (None, "https://chat.example/hook", "chat.example"),
        ("  ", "https://chat.example/hook", "chat.example"),
        (None, "https://me:hush@chat.example/hush?token=hush", "chat.example"),
    ],
)
def test_subscription_has_a_name_that_a_person_can_find(
    description: str | None, url: str, name: str
) -> None:
    """A webhook subscription without a description is called by the host that it sends to."""
    hook = altered(altered(HOOK, "description", description), "delivery_method.url", url)

    found = only(outgoing(hook), "PD-15")

    assert found.resource.name == name
    assert f"'{name}'" in found.message


# PD-16


def incoming(*integrations: Record, **fields: Any) -> Snapshot:
    """Return an account with one service that has these integrations."""
    return a_snapshot(services=[a_service(integrations=integrations, **fields)])


def mail(mode: Any, *senders: str) -> Record:
    """Return an e-mail integration with a filter for each ``from_email_mode``."""
    filters = [an_email_filter(each) for each in senders]
    return an_email_integration(id="PMAIL", email_filter_mode=mode, email_filters=filters)


@pytest.mark.parametrize(
    ("mode", "senders", "verdict"),
    [
        ("all-email", [], "fail"),
        ("all-email", ["match"], "fail"),
        (ABSENT, [], "fail"),
        (ABSENT, ["match"], "fail"),
        ("or-rules-email", [], "fail"),
        ("or-rules-email", ["always"], "fail"),
        ("or-rules-email", ["match", "always"], "fail"),
        ("or-rules-email", ["match"], "pass"),
        ("or-rules-email", ["match", "no-match"], "pass"),
        ("and-rules-email", [], "fail"),
        ("and-rules-email", ["always"], "fail"),
        ("and-rules-email", ["always", "always"], "fail"),
        ("and-rules-email", ["always", "match"], "pass"),
        ("and-rules-email", ["match", "match"], "pass"),
    ],
)
def test_mail_from_any_sender_fails(mode: Any, senders: list[str], verdict: str) -> None:
    """PD-16 fails an e-mail integration whose filters let any sender through."""
    assert verdicts(incoming(mail(mode, *senders)), "PD-16") == {"PMAIL": verdict}


@pytest.mark.parametrize("mode", ["or-rules-email", "and-rules-email"])
@pytest.mark.parametrize("filters", [None, ABSENT])
def test_rules_without_a_list_of_filters_do_not_pass(mode: str, filters: Any) -> None:
    """PD-16 does not pass an e-mail integration whose list of filters is not there."""
    integration = altered(mail(mode, "match"), "email_filters", filters)

    assert status(incoming(integration), "PD-16") != "pass"


EVENTS_V1 = an_integration("Old API", "generic_events_api_inbound_integration", id="POLD")


@pytest.mark.parametrize("suffix", ["", "_reference"])
@pytest.mark.parametrize("kind", ["cloudkick", "keynote", "sql_monitor"])
def test_integration_of_a_product_that_is_gone_fails(kind: str, suffix: str) -> None:
    """PD-16 fails the types that are refused unless an organisation says otherwise."""
    integration = an_integration("Old", f"{kind}_inbound_integration{suffix}", id="POLD")

    assert verdicts(incoming(integration), "PD-16") == {"POLD": "fail"}


def test_events_api_v1_passes_with_evidence() -> None:
    """PD-16 passes the Events API v1, recommends v2 as evidence, and never calls v1 retired."""
    found = only(incoming(EVENTS_V1), "PD-16")

    assert found.status.value == "pass"
    assert "v2" in str(found.evidence)
    assert "retired" not in f"{found.message} {found.evidence}"


def test_other_integrations_are_recommended_nothing() -> None:
    """PD-16 has no such evidence about an integration of the Events API v2."""
    assert not only(incoming(an_integration()), "PD-16").evidence


@pytest.mark.parametrize(
    ("refused_types", "found"),
    [
        ((), {"POLD": "pass", "PGONE": "pass", "PNEW": "pass"}),
        (
            ("generic_events_api_inbound_integration",),
            {"POLD": "fail", "PGONE": "pass", "PNEW": "pass"},
        ),
        (
            ("cloudkick", "events_api_v2_inbound_integration"),
            {"POLD": "pass", "PGONE": "fail", "PNEW": "fail"},
        ),
    ],
)
def test_refused_types_may_be_set(refused_types: tuple[str, ...], found: dict[str, str]) -> None:
    """PD-16 takes refused_integration_types from the baseline, and nothing but those."""
    gone = an_integration("Gone", "cloudkick_inbound_integration", id="PGONE")
    snapshot = incoming(EVENTS_V1, gone, an_integration(id="PNEW"))

    assert verdicts(snapshot, "PD-16", refused_integration_types=refused_types) == found


def test_refused_integration_is_named_with_its_type() -> None:
    """PD-16 says of which type a refused integration is."""
    found = only(incoming(EVENTS_V1), "PD-16", refused_integration_types=("generic_events_api",))

    assert "generic_events_api" in found.message


@pytest.mark.parametrize("value", NO_RECORDS)
@pytest.mark.parametrize(
    ("mode", "senders", "verdict"),
    [
        ("or-rules-email", ["always", "match"], "fail"),
        ("or-rules-email", ["match", "match"], "error"),
        ("and-rules-email", ["match", "match"], "pass"),
        ("and-rules-email", ["always", "match"], "error"),
        ("all-email", ["match", "match"], "fail"),
    ],
)
def test_broken_filter_costs_only_what_it_could_change(
    mode: str, senders: list[str], verdict: str, value: Any
) -> None:
    """PD-16 judges by the filters that can be read where those decide alone."""
    broken = altered(mail(mode, *senders), "email_filters.1", value)

    assert verdicts(incoming(broken), "PD-16") == {"PMAIL": verdict}


OPEN = an_email_integration(id="POPEN", email_filter_mode="all-email")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit("integrations"),
        *[("integrations.0", value) for value in NO_RECORDS],
        *unfit("integrations.0.id"),
    ],
)
def test_service_stands_for_an_integration_without_id(path: str, value: Any) -> None:
    """PD-16 is one error of the service for what has no id, and judges all other integrations."""
    half = a_service("Half", id="PHALF", integrations=[an_integration(id="PLOST"), EVENTS_V1])
    other = a_service("Other", id="POTHER", integrations=[OPEN])
    snapshot = a_snapshot(services=[altered(half, path, value), other])

    found = {each.resource.id: each for each in inspect(snapshot, "PD-16")}

    assert (found["PHALF"].resource.type, found["PHALF"].status.value) == ("service", "error")
    assert found["POPEN"].status.value == "fail"
    assert ("POLD" in found) == (path != "integrations")


@pytest.mark.parametrize("broken", [{NO_OBJECT: True}, {"name": "Half", "integrations": [OPEN]}])
def test_integrations_of_a_service_without_id_are_a_row_of_the_account(broken: Record) -> None:
    """PD-16 is one error, in the account's name, for the integrations of such a service."""
    snapshot = incoming(OPEN)
    snapshot.records("services").append(broken)

    assert verdicts(snapshot, "PD-16") == {"account": "error", "POPEN": "fail"}


def test_several_integrations_without_id_are_one_error() -> None:
    """PD-16 has one row for a service of which several integrations have no id."""
    assert verdicts(incoming({"name": "?"}, {NO_OBJECT: True}, id="PHALF"), "PD-16") == {
        "PHALF": "error"
    }


@pytest.mark.parametrize(
    "kind", ["events_api_v2", "event_transformer_api", "aws_cloudwatch", "nagios", "pingdom"]
)
def test_other_integration_passes(kind: str) -> None:
    """PD-16 passes the types that belong to one service."""
    integration = an_integration("New", f"{kind}_inbound_integration", id="PNEW")

    assert verdicts(incoming(integration), "PD-16") == {"PNEW": "pass"}


def test_integration_of_disabled_service_is_not_judged() -> None:
    """PD-16 does not apply to the integrations of a disabled service."""
    snapshot = incoming(mail("all-email"), status="disabled")

    assert verdicts(snapshot, "PD-16") == {"PMAIL": "not_applicable"}


def test_service_without_integrations_has_none_to_judge() -> None:
    """PD-16 is one not_applicable row when no service has an integration."""
    assert verdicts(incoming(), "PD-16") == {"account": "not_applicable"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *unfit("type"),
        ("email_filter_mode", WRONG),
        ("email_filter_mode", "some-rules-email"),
        ("email_filters", WRONG),
        *unfit("email_filters.0.from_email_mode"),
    ],
)
def test_unreadable_integration_is_an_error(path: str, value: Any) -> None:
    """PD-16 is an error for an integration whose record is broken, and only for that one."""
    broken = altered(mail("and-rules-email", "match"), path, value)

    found = verdicts(incoming(broken, an_integration(id="PNEW")), "PD-16")

    assert found == {"PMAIL": "error", "PNEW": "pass"}


def test_mail_integration_as_a_reference_is_an_error() -> None:
    """PD-16 is an error for an e-mail integration that came without its settings."""
    bare = {"id": "PMAIL", "type": "generic_email_inbound_integration_reference"}

    assert verdicts(incoming(bare), "PD-16") == {"PMAIL": "error"}


@pytest.mark.parametrize(("path", "value"), unfit("integrations", "status"))
def test_service_whose_integrations_are_unreadable_is_an_error(path: str, value: Any) -> None:
    """PD-16 is an error when a service does not say whether it is in service, or with what."""
    service = altered(a_service(integrations=[mail("and-rules-email", "match")]), path, value)

    assert status(a_snapshot(services=[service]), "PD-16") == "error"
