"""Pseudonyms: what stays in kind, what stays equal, and what must not stay."""

from __future__ import annotations

import json

import pytest

from pdsec_checks.pagerduty.redaction import Redactor, host_class
from pdsec_checks.resources import Extension


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
    (after,) = json.loads(Redactor(b"key").body(json.dumps(before))).values()
    (secret,) = before.values()

    assert after != secret
    if kept:
        assert after.startswith(kept)
        assert "host" not in after
        assert "token" not in after
    else:
        assert after.isdigit()
        assert len(after) == len(secret)


@pytest.mark.parametrize("url", ["http://[::1", "no address", "https://", "//x:notaport/"])
def test_what_is_no_address_stays_none(url: str) -> None:
    """A destination that cannot be parsed cannot be parsed on the tape either."""
    after = json.loads(Redactor(b"key").body(json.dumps({"endpoint_url": url})))

    assert (Extension({"id": "PE", **after}).destination is None) == (
        Extension({"id": "PE", "endpoint_url": url}).destination is None
    )


def test_people_of_one_domain_stay_of_one_domain() -> None:
    """Two addresses share a domain on the tape when they do in the account."""
    text = json.dumps({"users": [{"email": f"{name}@acme.example"} for name in ("ann", "bo")]})
    first, second = json.loads(Redactor(b"key").body(text))["users"]

    assert first["email"] != second["email"]
    assert first["email"].partition("@")[2] == second["email"].partition("@")[2]
    assert "acme" not in first["email"]


def test_an_answer_that_is_no_json_says_nothing() -> None:
    """A proxy's page, which may quote anything, is not recorded."""
    assert Redactor().body("<html>token</html>") == "redacted: no JSON"


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
    (after,) = json.loads(Redactor(b"key").body(json.dumps({"url": url}))).values()
    assert after.split("/")[2].endswith(f"{kind}.example.invalid")
    assert host.partition(".")[0].lower() not in after


def test_a_cursor_is_the_same_in_an_answer_and_in_the_next_address() -> None:
    """The page after a cursor is asked for by the pseudonym that the answer holds."""
    redactor = Redactor(b"key")
    answer = json.loads(redactor.body(json.dumps({"next_cursor": "dGVhbTo0Mg=="})))
    address = redactor.uri("https://api.example/audit/records?limit=100&cursor=dGVhbTo0Mg%3D%3D")

    assert address.endswith(f"?limit=100&cursor={answer['next_cursor']}")
    assert "dGVhbTo0" not in address


@pytest.mark.parametrize("cursor", [None, ""])
def test_the_end_of_a_list_stays_its_end(cursor: str | None) -> None:
    """No cursor is not turned into one."""
    assert json.loads(Redactor(b"key").body(json.dumps({"next_cursor": cursor}))) == {
        "next_cursor": cursor
    }


def test_an_address_without_cursor_stays_as_it_is() -> None:
    """Only what may be private is touched: matching compares addresses letter by letter."""
    uri = "https://api.example/users?include%5B%5D=contact_methods&limit=100&offset=0"

    assert Redactor(b"key").uri(uri) == uri
