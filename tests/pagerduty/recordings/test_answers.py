"""What a tape keeps of an answer's headers: little, in one spelling, and nothing harmful."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from pdsec_checks.configuration.credentials import api_key, bearer
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings.answers import kept, status_line

KEY = "u+Xk29QmZw7LpRt4VbN8"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("Mon, 23 Nov 2026 09:00:00 GMT", "Mon, 23 Nov 2026 09:00:00 GMT"),
        ("Mon, 23 Nov 2026 10:00:00 +0100", "Mon, 23 Nov 2026 09:00:00 GMT"),
        ("23 Nov 2026 09:00:00 (whatever)", "Mon, 23 Nov 2026 09:00:00 GMT"),
        ("yesterday", None),
        ("Mon, 99 Nov 2026 09:00:00 GMT", None),
        ("", None),
    ],
)
def test_a_date_is_kept_as_a_moment(sent: str, expected: str | None) -> None:
    """Whatever stands beside it is gone, and what is no moment is not kept."""
    assert kept({"Date": [sent]}) == ({"date": [expected]} if expected else {})


@pytest.mark.parametrize("sent", ["b9201b92-30d4", "1-67.ab_c", "x" * 128])
def test_an_id_of_a_request_is_kept(sent: str) -> None:
    """Under one name, as it came."""
    assert kept({"X-Request-ID": [sent]}) == {"x-request-id": [sent]}


@pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "a\n", "é", "<script>", "a/b", "a\x1b"])
def test_what_is_no_id_is_not_kept(sent: str) -> None:
    """An id has letters, digits and three marks, and an end."""
    assert kept({"x-request-id": [sent]}) == {}


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ("application/json; charset=utf-8", True),
        ("application/vnd.pagerduty+json;version=2", True),
        ("text/html", True),
        ("application/json; said=u+more", False),
        ("Ada Quill", False),
        ("text/html\nx", False),
        (f"text/{'x' * 128}", False),
    ],
)
def test_a_type_of_content_is_kept_where_it_is_one(sent: str, is_kept: bool) -> None:  # noqa: FBT001 - a row
    """It says whether PagerDuty answered; other texts say something else."""
    assert kept({"Content-Type": [sent]}) == ({"content-type": [sent]} if is_kept else {})


def test_nothing_else_is_kept() -> None:
    """No cookie, no server, no encoding; of several values the first."""
    headers = {"Set-Cookie": ["a=b"], "Server": ["x"], "Content-Encoding": ["gzip"], "Date": []}

    assert kept({**headers, "x-request-id": ["first", "second"]}) == {"x-request-id": ["first"]}


@pytest.mark.parametrize("credential", [api_key(KEY), bearer(KEY)], ids=["key", "token"])
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (KEY[2:], True),
        (KEY[2:].lower(), True),
        (f"a.{KEY[4:12]}.b", True),
        (f"{KEY[2:9]}-{KEY[9:16]}", False),
        ("b9201b9230d40b603c955db160b39ca6", False),
    ],
)
def test_an_id_that_shows_the_credential_is_not_kept(
    credential: object,
    sent: str,
    shown: bool,  # noqa: FBT001 - a row
) -> None:
    """Eight characters of it in a row are no chance."""
    client = Client("https://api.pagerduty.com", credential)  # type: ignore[arg-type]  # either

    assert client.gives_away(sent) is shown
    assert bool(kept({"x-request-id": [sent]}, client.gives_away)) is not shown


def test_the_reason_beside_a_status_is_none_of_the_servers_words() -> None:
    """A server may write anything there."""
    assert status_line(HTTPStatus.OK) == {"code": 200, "message": "OK"}
    assert status_line(HTTPStatus.FORBIDDEN) == {"code": 403, "message": ""}
