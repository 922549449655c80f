"""Pseudonyms: what stays in kind, what stays equal, and what must not stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pdsec_checks.pagerduty.recordings.messages import is_known
from pdsec_checks.pagerduty.recordings.redaction import Redactor, host_class
from pdsec_checks.pagerduty.recordings.tape import as_text
from pdsec_checks.resources import Extension, Reference
from tests.support import official_fields


def redacted(record: object) -> Any:
    """Return an object as a recording holds it."""
    return json.loads(Redactor(b"key").body(json.dumps(record).encode()))


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ({"url": "http://user:pw@host.example/path?token=x"}, "http://"),
        ({"endpoint_url": " HTTPS://host.example/x "}, "https://"),
        ({"address": "5551234567"}, None),
    ],
)
def test_what_a_verdict_needs_stays_in_kind(before: dict[str, str], kept: str | None) -> None:
    """A destination keeps its scheme, a phone number its form; nothing else of them is left."""
    (after,) = redacted(before).values()
    (secret,) = before.values()

    assert after != secret
    if kept:
        assert after.startswith(kept)
        assert "host" not in after
        assert "pw" not in after
        assert "=x" not in after
    else:
        assert after.isdigit()
        assert len(after) == len(secret)


def test_routes_and_limits_of_sessions_stay() -> None:
    """A service has an id and ``unrouted`` is PagerDuty's word; a set of rules may be named."""
    routes = [{"route_to": each} for each in ("PB31XBA", "unrouted", "set of acme")]
    after = redacted({"rules": routes, "idle_session_ttl": 1800, "absolute_session_ttl": 43200})

    assert [each["route_to"] for each in after["rules"]][:2] == ["PB31XBA", "unrouted"]
    assert "acme" not in str(after)
    assert (after["idle_session_ttl"], after["absolute_session_ttl"]) == (1800, 43200)


@pytest.mark.parametrize("url", ["http://[::1", "no address", "https://", "//x:notaport/"])
def test_what_is_no_address_stays_none(url: str) -> None:
    """A destination that cannot be parsed cannot be parsed on the tape either."""
    after = redacted({"endpoint_url": url})

    assert (Extension({"id": "PE", **after}).destination is None) == (
        Extension({"id": "PE", "endpoint_url": url}).destination is None
    )


def test_people_of_one_domain_stay_of_one_domain() -> None:
    """Two addresses share a domain on the tape when they do in the account."""
    people = [{"email": f"{name}@acme.example"} for name in ("ann", "bo")]
    first, second = redacted({"users": people})["users"]

    assert first["email"] != second["email"]
    assert first["email"].partition("@")[2] == second["email"].partition("@")[2]
    assert "acme" not in first["email"]


def test_an_answer_that_is_no_json_says_nothing() -> None:
    """A proxy's page, which may quote anything, is not recorded."""
    assert Redactor().body(b"<html>token</html>") == b"redacted: no JSON"


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("hooks.acme.example", ""),
        ("127.0.0.1", ".loopback"),
        ("::1", ".loopback"),
        ("localhost", ".loopback"),
        ("app.localhost", ".loopback"),
        ("10.20.30.40", ".private"),
        ("169.254.169.254", ".private"),
        ("fe80::1%eth0", ".private"),
        ("8.8.8.8", ".public"),
        ("jenkins", ".internal"),
        ("Jenkins.Corp", ".internal"),
    ],
)
def test_a_host_keeps_its_class(host: str, kind: str) -> None:
    """On the tape one still sees whether a webhook leads outside, and nothing more of its host."""
    assert host_class(host) == kind

    url = f"https://[{host}]/x" if ":" in host else f"https://{host}/x"
    (after,) = redacted({"url": url}).values()
    assert after.split("/")[2].endswith(f"{kind}.example.invalid")
    assert host.partition(".")[0].lower() not in after


def test_a_cursor_is_the_same_in_an_answer_and_in_the_next_address() -> None:
    """The page after a cursor is asked for by the pseudonym that the answer holds."""
    redactor = Redactor(b"key")
    answer = json.loads(redactor.body(b'{"next_cursor": "dGVhbTo0Mg=="}'))
    address = redactor.uri("https://api.example/audit/records?limit=100&cursor=dGVhbTo0Mg%3D%3D")

    assert address.endswith(f"?limit=100&cursor={answer['next_cursor']}")
    assert "dGVhbTo0" not in address


@pytest.mark.parametrize("cursor", [None, ""])
def test_the_end_of_a_list_stays_its_end(cursor: str | None) -> None:
    """No cursor is not turned into one."""
    assert redacted({"next_cursor": cursor}) == {"next_cursor": cursor}


def test_an_address_without_cursor_stays_as_it_is() -> None:
    """Only what may be private is touched: matching compares addresses letter by letter."""
    uri = "https://api.example/users?include%5B%5D=contact_methods&limit=100&offset=0"

    assert Redactor(b"key").uri(uri) == uri


NAME = '{"users": [{"name": "J\u00e9r\u00f4me"}]}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("record", [Redactor(b"key").body, as_text])
def test_what_is_readable_stays_readable(record: Callable[[bytes], bytes], encoding: str) -> None:
    """The client reads the tape exactly where it could read the answer, whatever its encoding."""
    assert json.loads(record(NAME.encode(encoding)))["users"]


@pytest.mark.parametrize("record", [Redactor(b"key").body, as_text])
def test_what_is_unreadable_stays_unreadable(record: Callable[[bytes], bytes]) -> None:
    """A broken answer, an error in the live run, does not become a valid one on the tape."""
    after = record(NAME.encode("latin-1"))

    assert after.decode("utf-8")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(after)


@pytest.mark.parametrize(
    ("record", "private"),
    [
        ({"html_url": "https://acme.pagerduty.com/status/secret-launch/P1"}, "secret-launch"),
        ({"status": "acme-deal"}, "acme"),
        ({"role": "chief_of_acme"}, "acme"),
        ({"time_zone": "Jane/Doe"}, "Jane"),
        ({"john-smith": 1}, "john"),
        ({"Jane Doe[]": 1}, "Jane"),
    ],
)
def test_what_only_looks_like_a_word_of_pagerduty_goes(
    record: dict[str, object], private: str
) -> None:
    """A status that does not exist, a path that is nobody's id, a key of somebody's own: all go."""
    assert private not in json.dumps(redacted(record))


@pytest.mark.parametrize(
    "record",
    [
        {"html_url": None},
        {"status": "disabled"},
        {"role": "read_only_limited_user"},
        {"time_zone": "America/Los_Angeles"},
        {"abilities": ["sso", "advanced_reports"]},
        {"start": "2026-11-23T09:00:00+01:00"},
    ],
)
def test_what_a_verdict_reads_stays(record: dict[str, object]) -> None:
    """Enumerations, moments and zones are the same on the tape."""
    assert redacted(record) == record


REFUSALS: list[dict[str, object]] = [
    {"error": {"message": "Access Denied", "code": 2010}},
    {"error": {"message": "Rate Limit Exceeded", "code": 2020}},
    {"error": "Your account is expired and cannot use the API."},
    {"error": {"message": "Not Found", "code": 2100, "errors": ["Internal Server Error"]}},
    {"error": {"message": "Token missing required scopes", "required_scopes": ["teams.read"]}},
    {
        "error": {
            "message": "Required abilities are unavailable",
            "missing_abilities": ["advanced_reports"],
        }
    },
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_what_pagerduty_itself_says_stays(answer: dict[str, object]) -> None:
    """Its documented messages, scopes and abilities name nobody, and say why something lacks."""
    assert redacted(answer) == answer


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": "Jane Doe may not read this"}},
        {"error": {"message": "Access Denied: Jane Doe"}},
        {"error": {"message": "Not Found", "errors": ["Jane Doe was not found"]}},
        {"error": ["Jane Doe"]},
        {"error": {"message": "Token missing required scopes", "required_scopes": "Jane.read"}},
        {"error": {"required_scopes": "teams.read, Jane.read"}},
        {"error": {"missing_abilities": ["Jane Doe"]}},
        {"users": [{"name": "Jane Doe", "message": "Jane"}]},
    ],
)
def test_what_is_not_known_to_be_its_own_goes(answer: dict[str, object]) -> None:
    """A message that only looks like one, or has more than one says, may name somebody."""
    assert "Jane" not in json.dumps(redacted(answer))


def test_the_texts_of_the_official_examples_are_known() -> None:
    """Each message that PagerDuty's own document gives as an example stays."""
    said = {*messages_in(official_fields.document())}

    assert said
    assert [each for each in sorted(said) if not is_known("message", each)] == []


def messages_in(part: object) -> Iterator[str]:
    """Yield the messages of the examples of errors in a document."""
    if isinstance(part, list):
        for each in part:
            yield from messages_in(each)
    elif isinstance(part, dict):
        if "code" in part and isinstance(part.get("message"), str):
            yield part["message"]
        for each in part.values():
            yield from messages_in(each)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("schedule", "schedule"),
        ("schedule_v3", "schedule"),
        ("schedule_reference", "schedule"),
        ("escalation_policy", "escalation policy"),
        ("escalation_policy_reference", "escalation policy"),
        ("events_api_v2_inbound_integration", "events API inbound integration"),
        ("generic_email_inbound_integration", "generic email inbound integration"),
        ("", "name"),
    ],
)
def test_a_name_says_in_words_what_it_is_of(kind: str, words: str) -> None:
    """The same thing has one pseudonym, in both versions of the API and where it is referred to."""
    named = redacted({"type": kind, "name": "Front desk", "summary": "Front desk"})
    other = redacted({"type": "user", "name": "Front desk"})

    assert named["name"] == named["summary"]
    assert re.fullmatch(rf"{words} [0-9a-f]{{10}}", named["name"])
    assert named["name"].split()[-1] == other["name"].split()[-1]


@pytest.mark.parametrize(
    ("moment", "after"),
    [
        (None, None),
        ("2024-02-21T08:42:06-08:00", "2024-02-21"),
        ("2024-02-21T16:42:06Z", "2024-02-21"),
        ("2024-02-21", "2024-02-21"),
        ("", ""),
    ],
)
def test_of_a_deleted_person_the_day_is_told(moment: str | None, after: str | None) -> None:
    """Whether somebody is gone decides verdicts: a null stays one, a moment becomes its day."""
    assert redacted({"user": {"id": "PGONE", "deleted_at": moment}})["user"] == {
        "id": "PGONE",
        "deleted_at": after,
    }


def test_an_odd_deletion_stays_one() -> None:
    """A text that is no day says nothing on the tape, but is not turned into a null."""
    after = redacted({"deleted_at": "when Jane left"})["deleted_at"]

    assert after
    assert "Jane" not in after
    assert Reference({"id": "PGONE", "deleted_at": after}).deleted_on == "an unknown day"


def test_links_still_lead_to_the_resource() -> None:
    """A link keeps PagerDuty's words and the id; the subdomain is a pseudonym."""
    link = redacted({"html_url": "https://acme.pagerduty.com/service-directory/PABC123"})

    assert link["html_url"].endswith(".pagerduty.com/service-directory/PABC123")
    assert "acme" not in link["html_url"]
