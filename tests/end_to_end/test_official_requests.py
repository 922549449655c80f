"""Every request of the tool is one that PagerDuty's own document allows, taken at its word."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any
from zoneinfo import available_timezones

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator import Account, Fault, Received, builders, run
from tests.simulator.accounts import demo, demo_compliant, empty, sized
from tests.simulator.operations import ANALYTICS
from tests.simulator.records import ago
from tests.simulator_tests.official import OfficialDocument, Schema
from tests.support import reading
from tests.support.judged import NOW

HOST = "https://api.pagerduty.com"
ACCEPT = "application/vnd.pagerduty+json;version=2"


# The document, without its mistakes


def several_values(parameter: Schema) -> None:
    """Let a ``name[]`` that is declared as one string come several times."""
    schema = parameter["schema"]
    if parameter["name"].endswith("[]") and schema["type"] == "string":
        unique = schema.pop("uniqueItems", False)
        parameter["schema"] = {"type": "array", "items": schema, "uniqueItems": unique}


def pattern_in_words(parameter: Schema) -> None:
    """Drop the pattern that spells a timestamp in words; its format stays."""
    if parameter["schema"].get("pattern") == "YYYY-MM-DDThh:mm:ssZ":
        del parameter["schema"]["pattern"]


MISTAKES = (several_values, pattern_in_words)


def close(schema: Schema) -> None:
    """Allow no property beside those that are declared."""
    schema["additionalProperties"] = False
    for each in schema["properties"].values():
        if "properties" in each:
            close(each)


def corrected(document: Schema) -> Schema:
    """Return the document without its mistakes, and open nowhere."""
    document = deepcopy(document)
    operations = [each for path in document["paths"].values() for each in path.values()]
    declared = [
        *document["components"]["parameters"].values(),
        *(
            parameter
            for operation in operations
            if isinstance(operation, dict)
            for parameter in operation.get("parameters", [])
            if "$ref" not in parameter
        ),
    ]
    for parameter in declared:
        for mistake in MISTAKES:
            mistake(parameter)
    close(document["components"]["schemas"]["AnalyticsModel"])
    return document


# One request


class Sent:
    """A request in the form that openapi-core takes."""

    host_url = HOST

    def __init__(self, request: Received) -> None:
        from openapi_core.datatypes import RequestParameters  # half a second, for these tests alone
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.path = request.path
        self.method = request.method.lower()
        self.body = request.body or None
        self.content_type = request.headers.get("content-type", "")
        query = [(name, value) for name, values in request.parameters.items() for value in values]
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(request.headers)
        )


class Requests:
    """Holds requests against the document."""

    def __init__(self, document: Schema) -> None:
        from openapi_core import Config, OpenAPI  # half a second, for these tests alone

        formats = {"tzinfo": available_timezones().__contains__}
        self._openapi = OpenAPI.from_dict(
            corrected(document), Config(extra_format_validators=formats)
        )
        self._accept = document["components"]["parameters"]["header_Accept"]["schema"]["default"]

    def problems(self, request: Received) -> list[str]:
        """Return what is wrong with a request; nothing when the document allows it."""
        result = self._openapi.unmarshal_request(Sent(request))
        if result.errors:
            return [f"{error}: {error.__cause__}" for error in result.errors]
        found = [
            f"parameter {name}: {problem}"
            for name, texts in request.parameters.items()
            if (problem := spelling(texts, result.parameters.query.get(name)))
        ]
        if request.headers.get("accept") != self._accept:
            found.append(f"Accept is {request.headers.get('accept')}")
        return found


def spelling(texts: list[str], value: Any) -> str:
    """Return what openapi-core lets pass in the texts that it read a value from."""
    if value is None:
        return "not declared"
    if not isinstance(value, list) and len(texts) > 1:
        return f"sent {len(texts)} times"
    if isinstance(value, bool) and texts != [str(value).lower()]:
        return f"{texts[0]} is no boolean"
    return ""


@pytest.fixture(scope="module")
def document() -> Requests:
    """Return what judges requests."""
    return Requests(OfficialDocument().strict)


# Everything that the tool asks for


def with_pages() -> Account:
    """Return an account whose lists have several pages, those with a cursor too."""
    company = sized(
        NOW,
        users=110,
        services=110,
        policies=110,
        layer_schedules=110,
        shift_schedules=3,
        teams=101,
        business_services=3,
        extensions=101,
        webhook_subscriptions=101,
        workflows=101,
        orchestrations=101,
        audit_records=12,
    )
    company.orchestrations.append(builders.an_orchestration("Unrouted"))
    company.audit_records += [
        builders.an_audit_record(ago(NOW, number / 10), method="api_token")
        for number in range(1, 102)
    ]
    company.oauth_delegations["PU00000"] = [
        builders.an_oauth_delegation("PU00000", f"PAPP{number}") for number in range(101)
    ]
    return company


def above_the_cap() -> Account:
    """Return an account whose lists, but for the teams, end behind the first page."""
    company = sized(
        NOW, users=110, services=110, policies=110, layer_schedules=110, teams=2, change_events=0
    )
    company.change_events = [
        builders.a_change_event(ago(NOW, number / 5), company.services[:1])
        for number in range(1, 111)
    ]
    return company


def with_silent_services() -> Account:
    """Return an account with so many change events that its silent services are asked alone."""
    company = sized(NOW, users=1, services=4, policies=1, change_events=0)
    company.change_events = [
        builders.a_change_event(ago(NOW, number / 10), company.services[:2])
        for number in range(1, 801)
    ]
    return company


def asked_of(
    company: Account, *faults: Fault, names: Iterable[str] = DATA_SETS
) -> Sequence[Received]:
    """Return what is asked of an account when these data sets are read, each with success."""
    with run(company, faults=faults) as simulator:
        snapshot = reading.read(simulator, names)
        assert not list(snapshot.unavailable)
        return simulator.requests


def asked_for_figures() -> Sequence[Received]:
    """Return what is asked when the figures about incidents are wanted, which few want."""
    with run(demo(NOW)) as simulator:
        client = Client(simulator.url, api_key(simulator.api_key), email="ada@fernhill.example")
        snapshot = read_account(client, ["analytics"], NOW, Baseline())
        assert snapshot.data["analytics"]
        return simulator.requests


def asked_beyond_the_cap() -> Sequence[Received]:
    """Return what is asked about lists that are longer than PagerDuty hands out."""
    names = ("users", "services", "escalation_policies", "schedules", "change_events")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "CAP", paging.PAGE)  # the same in 10 requests as in 1,000
        return asked_of(above_the_cap(), names=names)


@pytest.fixture(scope="module")
def everything() -> Sequence[Received]:
    """Return what is asked in every situation that changes what is asked."""
    unrendered = Fault("/schedules", "bulk_without_final_schedule")
    return [
        *asked_of(demo(NOW)),
        *asked_of(demo_compliant(NOW)),
        *asked_of(empty(NOW)),
        *asked_of(with_pages()),
        *asked_of(demo_compliant(NOW), unrendered, names=["schedules"]),
        *asked_for_figures(),
        *asked_beyond_the_cap(),
        *asked_of(with_silent_services(), names=["change_events"]),
    ]


def test_every_request_is_one_of_the_document(
    everything: Sequence[Received], document: Requests
) -> None:
    """Path, method, parameters, Accept and body of every request obey the document."""
    problems = [
        f"{request.method} {request.path}?{request.query}: {problem}"
        for request in everything
        for problem in document.problems(request)
    ]

    assert problems == []


def test_nothing_that_is_asked_is_left_out(everything: Sequence[Received]) -> None:
    """The requests come from every data set, and from every way to read a list."""
    asked = {
        (re.sub(r"/(P[0-9A-Z]+|[0-9a-f]{8}-[0-9a-f-]+)(?=/|$)", "/{id}", request.path), name)
        for request in everything
        for name in ("", *request.parameters)
    }
    sliced = ("/users", "/services", "/escalation_policies", "/schedules")
    counted = ("/teams", "/oncalls", "/extensions", "/webhook_subscriptions", "/incident_workflows")
    delegations = "/users/{id}/oauth_delegations"
    chained = ("/audit/records", "/incident_workflows/triggers", delegations)

    assert {path for path, name in asked if not name} == {
        "/schedules/{id}",
        "/v3/schedules/{id}",
        "/services/{id}/change_events",
        *(each.path for each in DATA_SETS.values()),
    }
    assert {path for path, name in asked if name == "team_ids[]"} == set(sliced)
    assert {path for path, name in asked if name == "total"} == {*sliced, *counted}
    assert {path for path, name in asked if name == "cursor"} == set(chained)


# What is refused

MAY = "since=2026-05-01T00:00:00Z&until=2026-05-31T00:00:00Z"


def a_request(target: str, filters: Schema | None = None, **changes: Any) -> Received:
    """Return a request with the headers of the tool; a POST when it has filters."""
    path, _, query = target.partition("?")
    headers = {"accept": ACCEPT, "authorization": "Token token=secret"}
    request = Received("GET", path, query, headers)
    if filters is not None:
        request = dataclasses.replace(
            request,
            method="POST",
            headers=headers | {"content-type": "application/json"},
            body=json.dumps({"filters": filters}).encode(),
        )
    return dataclasses.replace(request, **changes)


ALLOWED = (
    a_request("/abilities"),
    a_request("/users?include[]=contact_methods&include[]=teams&total=true"),
    a_request("/schedules/P1?time_zone=Europe/London&" + MAY),
    a_request("/v3/schedules?limit=1000"),
    a_request("/change_events?" + MAY),
    a_request("/audit/records?actions[]=create&actions[]=delete"),
    a_request(ANALYTICS, {"urgency": "high"}),
)
REFUSED = {
    "undeclared path": (a_request("/user"), "Path not found"),
    "undeclared method": (a_request("/users", method="PATCH"), "Operation patch not found"),
    "unknown parameter": (a_request("/users?team_id=P1"), "team_id: not declared"),
    "brackets forgotten": (a_request("/users?include=teams"), "include: not declared"),
    "wrong enum value": (a_request("/users?include[]=cars"), "'cars' is not one of"),
    "wrong second value": (a_request("/users?include[]=teams&include[]=cars"), "'cars'"),
    "same value twice": (a_request("/users?include[]=teams&include[]=teams"), "non-unique"),
    "bad timestamp": (a_request("/schedules?since=yesterday"), "not a 'date-time'"),
    "a day for a moment": (a_request("/change_events?since=2026-05-01"), "not a 'date-time'"),
    "unknown time zone": (a_request("/oncalls?time_zone=Mars/North"), "not a 'tzinfo'"),
    "no number": (a_request("/users?limit=many"), "cast value to integer"),
    "page too large": (a_request("/v3/schedules?limit=1001"), "greater than the maximum"),
    "boolean of Python": (a_request("/users?total=True"), "True is no boolean"),
    "one value twice": (a_request("/users?limit=1&limit=2"), "limit: sent 2 times"),
    "no credential": (a_request("/users", headers={"accept": ACCEPT}), "Security not found"),
    "no Accept": (a_request("/v3/schedules", headers={"authorization": "x"}), "Accept is None"),
    "Accept of a browser": (
        a_request("/users", headers={"accept": "*/*", "authorization": "x"}),
        "Accept is */*",
    ),
    "wrong value in a body": (a_request(ANALYTICS, {"urgency": "mid"}), "'mid' is not one of"),
    "unknown name in a body": (a_request(ANALYTICS, {"urgencies": []}), "'urgencies' was"),
    "body that is a list": (a_request(ANALYTICS, {}, body=b"[]"), "not of type 'object'"),
}


@pytest.mark.parametrize("asked", ALLOWED, ids=lambda each: each.path)
def test_allowed_request_passes(asked: Received, document: Requests) -> None:
    """The validator lets pass what the document allows, where its mistakes stand too."""
    assert document.problems(asked) == []


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_request_is_refused(name: str, document: Requests) -> None:
    """The validator finds each way in which a request can contradict the document."""
    asked, expected = REFUSED[name]
    problems = document.problems(asked)

    assert len(problems) == 1
    assert expected in problems[0]
