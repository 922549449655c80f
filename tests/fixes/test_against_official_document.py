"""Requests are held against PagerDuty's OpenAPI document: each operation exists, each body fits."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from jsonschema import Draft4Validator, FormatChecker

from pdsec_checks.fixes.fix import CHOICE, EVENTS, Fix, Request
from tests.simulator_tests.official import a_strategy_has_three_forms, escaped
from tests.support.fails import every_fail
from tests.support.findings import strings_in
from tests.support.shared_files import shared_file

CHOSEN: dict[str, Any] = {
    "CHOOSE_THE_PRESENT_EMAIL": "ada@fernhill.example",
    "CHOOSE_A_ROLE": "limited_user",
    "CHOOSE_A_COUNTRY_CODE": 44,
    "CHOOSE_MATCH_OR_NO_MATCH": "match",
}
"""What somebody chooses where an id or any text would not do."""
REFUSED = {
    "CHOOSE_THE_HTTPS_URL": "no URL",
    **dict.fromkeys(
        (
            *("CHOOSE_A_USER", "CHOOSE_A_POLICY", "CHOOSE_A_SERVICE", "CHOOSE_A_TEAM"),
            *("CHOOSE_A_TRIGGER", "CHOOSE_A_BUSINESS_SERVICE", "CHOOSE_THE_NEW_CONTACT_METHOD"),
        ),
        "nothing has that id",
    ),
    "CHOOSE_AN_INTEGRATION_KEY": "no key of an integration, which has 32 digits and letters",
}
"""What PagerDuty refuses to take unread although the schema allows it, and why."""
BESIDES = {
    *("CHOOSE_A_NUMBER", "CHOOSE_A_SUMMARY", "CHOOSE_THE_PRESENT_NAME"),
    *("CHOOSE_A_HEADER", "CHOOSE_A_NEW_CREDENTIAL"),
    *("CHOOSE_THE_PRESENT_CONDITION", "CHOOSE_THE_PRESENT_SOURCE", "CHOOSE_THE_PRESENT_PATTERN"),
}
"""Stands only in bodies that something else to choose already keeps from being taken."""
BESIDES_PATTERN = re.compile(
    r"CHOOSE_THE_(SENDERS|PRESENT_(FROM_EMAIL|SUBJECT|BODY)_PATTERN)(_\d+)?"
)
"""The same: beside a mode of a mail filter, which must be chosen."""
CHANGE_EVENT = {
    "type": "object",
    "required": ["routing_key", "payload"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "minLength": 1},
        "payload": {
            "type": "object",
            "required": ["summary"],
            "additionalProperties": False,
            "properties": {
                "summary": {"type": "string"},
                "source": {"type": "string"},
                "timestamp": {"type": "string", "format": "date-time"},
                "custom_details": {"type": "object"},
            },
        },
        "links": {"type": "array"},
    },
}
"""Events API v2, "Send Change Events", which no part of the REST document describes."""
FORMATS = FormatChecker(["date-time", "email"])


@cache
def document() -> dict[str, Any]:
    """Return the official document, corrected where it contradicts itself."""
    path = shared_file("pagerduty-openapi-writes.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for schema in found["components"]["schemas"].values():
        for part in [schema, *schema.get("allOf", [])]:
            a_strategy_has_three_forms(part)
    return found


def requests() -> list[Request]:
    """Return the requests of every fix there is."""
    return [each for found in every_fail() for each in msgspec.convert(found.fix, Fix).requests]


def template_of(request: Request) -> str:
    """Return the path of the document's operation that a request is."""
    for path, operations in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[\\w-]+", path)
        asked = request.path.partition("?")[0]
        if re.fullmatch(pattern, asked) and request.method.lower() in operations:
            return str(path)
    raise AssertionError(f"there is no operation {request.method} {request.path}")


def schema_of(request: Request) -> dict[str, Any] | None:
    """Return the schema of a request's body; None where it has none."""
    if request.path in EVENTS.values():
        return CHANGE_EVENT
    path = template_of(request)
    if "requestBody" not in document()["paths"][path][request.method.lower()]:
        return None
    where = f"#/paths/{escaped(path)}/{request.method.lower()}/requestBody"
    return {**document(), "$ref": f"{where}/content/application~1json/schema"}


def problems(request: Request, body: Any) -> list[str]:
    """Return what in a body contradicts the document."""
    schema = schema_of(request)
    assert schema is not None, f"{request.method} {request.path} takes no body"
    errors = Draft4Validator(schema, format_checker=FORMATS).iter_errors(body)
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in errors]


def chosen(value: Any) -> Any:
    """Return a body in which somebody has chosen everything."""
    match value:
        case str():
            return CHOSEN.get(value, value)
        case dict():
            return {name: chosen(each) for name, each in value.items()}
        case list():
            return [chosen(each) for each in value]
    return value


def resolved(schema: Any) -> Any:
    """Return a schema, or the one that it refers to."""
    while "$ref" in schema:
        found: Any = document()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("%7B", "{").replace("%7D", "}")
            found = found[int(name)] if isinstance(found, list) else found[name]
        schema = found
    return schema


def parts(schema: Any) -> Iterator[Any]:
    """Yield a schema and all those that it is put together from."""
    schema = resolved(schema)
    yield schema
    for kind in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(kind, []):
            yield from parts(each)


def unknown(schemas: list[Any], value: Any, where: str = "") -> Iterator[str]:
    """Yield each field of a body that no schema of its place has; a free object has any."""
    found = [part for schema in schemas for part in parts(schema)]
    if isinstance(value, list):
        for each in value:
            yield from unknown([part["items"] for part in found if "items" in part], each, where)
    if not isinstance(value, dict):
        return
    known = [part["properties"] for part in found if "properties" in part]
    for name, each in value.items():
        inner = [properties[name] for properties in known if name in properties]
        if known and not inner:
            yield f"{where}.{name}"
        yield from unknown(inner, each, f"{where}.{name}")


def by_operation() -> dict[str, list[Request]]:
    """Return the requests by operation."""
    found: dict[str, list[Request]] = {}
    for request in requests():
        name = request.path if request.path in EVENTS.values() else template_of(request)
        found.setdefault(f"{request.method} {name}", []).append(request)
    return found


def test_every_request_is_an_operation_of_the_document() -> None:
    """Fixes use these operations, all of them tried below."""
    assert set(by_operation()) == {
        "PUT /users/{id}",
        "DELETE /users/{id}",
        "DELETE /oauth_delegations",
        "PUT /session_configurations",
        "PUT /teams/{id}/users/{user_id}",
        "PUT /services/{id}",
        "PUT /escalation_policies/{id}",
        "DELETE /escalation_policies/{id}",
        "PUT /maintenance_windows/{id}",
        "POST /schedules/{id}/overrides",
        "PUT /schedules/{id}",
        "POST /v3/schedules/{id}/custom_shifts",
        "PUT /v3/schedules/{id}/rotations/{rotation_id}/events/{event_id}",
        "POST /incident_workflows/triggers/{id}/services",
        "POST /webhook_subscriptions",
        "PUT /webhook_subscriptions/{id}",
        "POST /webhook_subscriptions/{id}/enable",
        "DELETE /webhook_subscriptions/{id}",
        "PUT /extensions/{id}",
        "POST /extensions/{id}/enable",
        "DELETE /extensions/{id}",
        "PUT /event_orchestrations/{id}/router",
        "PUT /services/{id}/integrations/{integration_id}",
        "POST /users/{id}/contact_methods",
        "POST /users/{id}/notification_rules",
        "POST /service_dependencies/associate",
        "POST https://events.pagerduty.com/v2/change/enqueue",
    }


def test_bodies_fit_their_schemas() -> None:
    """Once everything is chosen PagerDuty takes every body."""
    for request in requests():
        if request.body is None:
            assert schema_of(request) is None, request
        else:
            assert problems(request, chosen(request.body)) == [], request


def test_bodies_hold_no_field_that_the_schemas_lack() -> None:
    """A field that PagerDuty ignores would look as if it were changed."""
    for request in requests():
        if request.body is not None and request.path not in EVENTS.values():
            reference = schema_of(request)
            assert reference is not None
            assert list(unknown([{"$ref": reference["$ref"]}], request.body)) == [], request


def test_unread_request_is_refused() -> None:
    """A request with something to choose contradicts its schema, or names what does not exist."""
    for request in requests():
        words = [each for each in strings_in([request.path, request.body]) if CHOICE in each]
        if words and not refused_by(words):
            assert problems(request, request.body), request


def refused_by(words: list[str]) -> bool:
    """Tell whether one of the words names what PagerDuty does not find."""
    return any(name in word for word in words for name in REFUSED)


def test_every_choice_is_one_of_the_tables() -> None:
    """A new one says here how PagerDuty refuses it."""
    known = {*CHOSEN, *REFUSED, *BESIDES}
    for request in requests():
        for text in strings_in([request.path, request.body]):
            for word in re.findall(r"CHOOSE_\w+", text):
                assert word in known or BESIDES_PATTERN.fullmatch(word), request


def test_nothing_is_deleted_unchecked() -> None:
    """What deletes says what must be true first, and so is written as a comment."""
    deleting = [each for each in requests() if each.method == "DELETE"]

    assert deleting
    assert all(each.check for each in deleting)


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("/users/{id}", {"user": {"type": "user", "name": "Ada", "role": "king"}}),
        ("/escalation_policies/{id}", {"escalation_policy": {"type": "escalation_policy"}}),
    ],
)
def test_broken_body_would_be_seen(path: str, broken: dict[str, Any]) -> None:
    """The test of the bodies can fail."""
    request = Request("PUT", path.replace("{id}", "P1"), copy.deepcopy(broken))

    assert problems(request, broken)


def test_unknown_field_would_be_seen() -> None:
    """The test of the fields can fail, however deep they are."""
    rule = {"escalation_delay_in_minutes": 5, "targets": [{"id": "P1", "tpye": "user_reference"}]}
    body = {"escalation_policy": {"escalation_rules": [rule], "loops": 1}}
    schema = schema_of(Request("PUT", "/escalation_policies/P1", body))
    assert schema is not None

    assert sorted(unknown([{"$ref": schema["$ref"]}], body)) == [
        ".escalation_policy.escalation_rules.targets.tpye",
        ".escalation_policy.loops",
    ]
