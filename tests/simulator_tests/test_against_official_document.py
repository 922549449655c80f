"""Every answer of the simulator is one that PagerDuty's own document allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Account, Record, accounts, builders
from tests.simulator.accounts.hostile import HOSTILE_IDS
from tests.simulator.messages import RefusedError
from tests.simulator.operations import ANALYTICS, BUSINESS, OPERATIONS, TECHNICAL, Operation
from tests.simulator_tests.conftest import NOW, Serve
from tests.simulator_tests.official import OfficialDocument
from tests.support import reading

WINDOW = "since=2026-11-23T09:00:00Z&until=2026-12-23T09:00:00Z"
YEAR_OF_CHANGES = "since=2026-01-01T00:00:00Z&until=2026-11-23T09:00:00Z"
LISTS = {
    "/users": ["contact_methods", "notification_rules", "teams"],
    "/services": [
        "escalation_policies",
        "teams",
        "integrations",
        "auto_pause_notifications_parameters",
    ],
    "/maintenance_windows": [],
    "/escalation_policies": [
        "services",
        "teams",
        "targets",
        "escalation_rule_assignment_strategies",
    ],
    "/schedules": ["schedule_layers", "overrides_subschedule", "final_schedule"],
    "/v3/schedules": [],
    "/oncalls": ["escalation_policies", "users", "schedules"],
    "/incident_workflows": ["steps", "team"],
    "/incident_workflows/triggers": [],
    "/extensions": ["extension_objects", "extension_schemas"],
    "/extension_schemas": [],
    "/webhook_subscriptions": [],
    "/event_orchestrations": [],
    "/priorities": [],
    "/incidents": [],
    "/business_services": [],
    "/license_allocations": [],
    "/teams": [],
    "/abilities": [],
}
"""Every list, and what may be included in it."""
SAMPLE = 8
"""Records of each kind that are read singly."""


@pytest.fixture(scope="module")
def document() -> OfficialDocument:
    """Return the relaxed document."""
    return OfficialDocument()


def lists() -> Iterator[tuple[str, str]]:
    """Yield path and query of every list: bare, and with everything included."""
    for path, includes in LISTS.items():
        yield path, "limit=100"
        if includes:
            yield path, "&".join([WINDOW, "limit=100", *(f"include[]={name}" for name in includes)])
    for start in ("2026-10-24", "2026-08-01", "2025-12-01"):
        yield "/audit/records", f"since={start}T00:00:00Z&until={start[:7]}-28T00:00:00Z"
    yield "/change_events", YEAR_OF_CHANGES


def limits_of_sessions() -> Iterator[tuple[str, str, str]]:
    """Yield how the limits of sessions are asked for: those of one kind, or of both."""
    path = "/session_configurations"
    yield from ((path, path, wanted) for wanted in ("", "type=web", "type=mobile"))


def singles(account: Account) -> Iterator[tuple[str, str, str]]:
    """Yield template, path and query of the details of some records of each kind."""

    def some(template: str, records: list[dict[str, Any]], query: str = "") -> Iterator[Any]:
        for record in records[:SAMPLE]:
            if record["id"] not in {*HOSTILE_IDS, *account.gone}:
                yield template, template.replace("{id}", record["id"]), query

    yield from some("/users/{id}", account.users, "include[]=contact_methods")
    yield from some("/users/{id}", account.users)
    yield from some("/users/{id}/contact_methods", account.users)
    yield from some("/users/{id}/notification_rules", account.users, "urgency=all")
    administrators = [each for each in account.users if each["role"] in {"owner", "admin"}]
    query = "delegation_type=integration&status=issued&limit=1"
    yield from some("/users/{id}/oauth_delegations", administrators)
    yield from some("/users/{id}/oauth_delegations", administrators, query)
    yield from some("/teams/{id}", account.teams)
    yield from some("/teams/{id}/members", account.teams)
    yield from some("/teams/{id}/members", account.teams, "include[]=users")
    yield from some("/services/{id}", account.services, "include[]=integrations")
    yield from some("/services/{id}/change_events", account.services, YEAR_OF_CHANGES)
    yield from some("/escalation_policies/{id}", account.escalation_policies)
    yield from some("/schedules/{id}", account.schedules)
    yield from some("/schedules/{id}", account.schedules, f"{WINDOW}&overflow=true")
    yield from some("/v3/schedules/{id}", account.shift_schedules)
    yield from some(
        "/v3/schedules/{id}", account.shift_schedules, f"{WINDOW}&include[]=final_schedule"
    )
    yield from limits_of_sessions()
    for wanted in ("", "include[]=temporarily_disabled", "include[]=extension_schemas"):
        yield from some("/extensions/{id}", account.extensions, wanted)
    for part in ("router", "unrouted"):
        yield from some(f"/event_orchestrations/{{id}}/{part}", account.orchestrations)
    yield from some(BUSINESS, account.business_services)
    yield from some(TECHNICAL, account.services)
    template = "/services/{id}/integrations/{integration_id}"
    for service in account.services[:SAMPLE]:
        for integration in service["integrations"]:
            if service["id"] not in {*HOSTILE_IDS, *account.gone}:
                path = f"/services/{service['id']}/integrations/{integration['id']}"
                yield template, path, "include[]=services"


ACCOUNTS = {
    name: make for name, make in accounts.NAMED.items() if name not in {"huge", "large"}
} | {"sized": accounts.sized}
"""Every named account; those that differ in size only are there once."""


@pytest.mark.parametrize(
    "name", reading.left_to_ci(ACCOUNTS, {"demo_compliant", "leavers", "secrets"})
)
def test_answers_are_those_of_the_document(
    name: str, serve: Serve, document: OfficialDocument
) -> None:
    """Every list and a sample of details, bare and expanded, obey the relaxed document."""
    account = ACCOUNTS[name](NOW)
    reader = serve(account)
    asked = [(path, path, query) for path, query in lists()]
    problems = []
    for template, path, query in [*asked, *singles(account)]:
        content = reader.get(f"{path}?{query}")
        found = document.problems("get", template, 200, content)
        problems += [f"{path}?{query}: {problem}" for problem in found]

    assert problems == []


def test_analytics_answer_is_that_of_the_document(serve: Serve, document: OfficialDocument) -> None:
    """The figures of services obey the document."""
    response = serve(accounts.demo).ask(ANALYTICS, "POST", json={"filters": {}})

    assert response.json()["data"]
    assert document.problems("post", ANALYTICS, 200, response.json()) == []


def test_own_user_is_that_of_the_document(serve: Serve, document: OfficialDocument) -> None:
    """The user whom a key belongs to obeys the document."""
    account = accounts.small(NOW)
    reader = serve(account)
    reader.headers["Authorization"] = f"Token token=u+simulator-user-{account.users[0]['id']}"

    assert document.problems("get", "/users/me", 200, reader.get("/users/me")) == []


@pytest.mark.parametrize(
    ("path", "key", "status"), [("/users", "wrong", 401), ("/users/PNOBODY", None, 404)]
)
def test_errors_are_those_of_the_document(
    path: str, key: str | None, status: int, serve: Serve, document: OfficialDocument
) -> None:
    """Errors come in the documented envelope."""
    reader = serve(accounts.small)
    if key:
        reader.headers["Authorization"] = f"Token token={key}"
    template = "/users/{id}" if path.count("/") == 2 else path
    response = reader.ask(path)

    assert response.status_code == status
    assert document.problems("get", template, status, response.json()) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.path)
def test_operations_and_scopes_are_documented(
    operation: Operation, document: OfficialDocument
) -> None:
    """Path, method and OAuth scope of every operation stand in the document."""
    if operation.is_oauth:
        assert operation.path not in document.strict["paths"]
        return
    documented = document.strict["paths"][operation.path][operation.method.lower()]

    assert documented.get("x-pd-requires-scope") == operation.scope


def test_relaxed_document_still_finds_mistakes(document: OfficialDocument) -> None:
    """The relaxed document is not so lax that it accepts anything."""
    page = {"limit": 25, "offset": 0, "more": False, "total": None}
    wrong_role = builders.a_user(role="emperor")
    nameless = builders.a_user()
    del nameless["name"]
    late = builders.a_service(created_at="yesterday")
    gone = builders.a_deleted_user(deleted_at="last year")

    assert document.problems("get", "/users", 200, page | {"users": [wrong_role]})
    assert document.problems("get", "/users", 200, page | {"users": [nameless]})
    assert document.problems("get", "/users", 200, page)
    assert document.problems("get", "/services", 200, page | {"services": [late]})
    assert document.problems("get", "/escalation_policies", 200, page | policies(gone))


def policies(*targets: Record) -> Record:
    """Return a collection of one policy that notifies *targets*."""
    return {"escalation_policies": [builders.a_policy("Policy", targets)]}


def test_stubs_of_the_deleted_are_answers(document: OfficialDocument) -> None:
    """The relaxed document takes a moment or a null in ``deleted_at``, and the stub around it."""
    page = {"limit": 25, "offset": 0, "more": False, "total": None}
    people = builders.a_deleted_user(), builders.a_deleted_user(deleted_at=None)

    assert document.problems("get", "/escalation_policies", 200, page | policies(*people)) == []


def test_refusals_carry_what_they_say() -> None:
    """An error holds message, code and details, and leaves out what it has not."""
    assert RefusedError(404, "Not Found").answer.body == b'{"error":{"message":"Not Found"}}'
