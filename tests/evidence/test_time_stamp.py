"""Time stamps by a real authority, which OpenSSL runs on this machine."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.time_stamp import TimeStampError, check, obtain, query_of
from tests.support.authority import Authority, openssl, serving
from tests.support.networks import listening

CONTENT = b"-----BEGIN SSH SIGNATURE-----\n"
TIMEOUT = 600.0
"""Seconds: nothing is meant to take so long."""


@pytest.fixture(scope="session")
def stamp(authority: Authority) -> bytes:
    """A stamp of CONTENT."""
    return authority.reply(query_of(CONTENT))


def problem(answer: bytes, roots: Path, content: bytes = CONTENT) -> str:
    """Return why a stamp is refused."""
    with pytest.raises(TimeStampError) as caught:
        check(content, answer, roots)
    return str(caught.value)


def not_obtained(reply: Callable[[bytes], bytes], status: int = 200, **headers: str) -> str:
    """Return why an authority that answers like this gave no stamp."""
    with serving(reply, status, **headers) as served, pytest.raises(TimeStampError) as caught:
        obtain(CONTENT, served.url, TIMEOUT)
    return str(caught.value)


# A query


def test_a_query_holds_the_digest_and_nothing_else_of_the_content() -> None:
    """The authority learns a SHA-256 digest."""
    query = query_of(CONTENT)

    assert hashlib.sha256(CONTENT).digest() in query
    assert CONTENT not in query
    assert len(query) < 100


def test_no_query_is_like_another() -> None:
    """Each has a random number, which the answer must repeat."""
    assert query_of(CONTENT) != query_of(CONTENT)


# Obtaining


def test_a_stamp_is_obtained_by_one_request(authority: Authority) -> None:
    """It is a POST of the query, and the answer says when the content was there."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    with serving(authority.reply) as served:
        answer = obtain(CONTENT, served.url, TIMEOUT)

    assert len(served.bodies) == 1
    assert served.headers[0]["Content-Type"] == "application/timestamp-query"
    assert before <= check(CONTENT, answer, authority.root) <= datetime.now(UTC)


def test_no_credential_is_sent(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the account's, nor a password that a .netrc file has for the host."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("PAGERDUTY_API_KEY", "secret")
    with serving(authority.reply) as served:
        obtain(CONTENT, served.url, TIMEOUT)

    sent = str(served.headers) + served.bodies[0].decode("latin-1")
    assert "secret" not in sent
    assert not {"Authorization", "Cookie"} & set(served.headers[0])


@pytest.mark.parametrize(
    "url",
    ["http://tsa.example.com/tsr", "ftp://127.0.0.1", "tsa.example.com", "https://me:pw@host", ""],
)
def test_an_address_is_https_or_of_this_machine(url: str) -> None:
    """And it is one; no request is made otherwise, and no password repeated."""
    with pytest.raises(UsageError, match="time stamp authority") as caught:
        obtain(CONTENT, url, TIMEOUT)
    assert "pw" not in str(caught.value)
    assert "the key" not in str(caught.value)


def test_an_older_answer_is_refused(stamp: bytes) -> None:
    """An answer to another query of the same content is a replay."""
    assert not_obtained(lambda _: stamp).startswith("the authority answered another query")


def test_an_answer_without_the_random_number_is_refused(
    authority: Authority, tmp_path: Path
) -> None:
    """It may be as old as one likes."""
    file = tmp_path / "query"
    digest = hashlib.sha256(CONTENT).hexdigest()
    openssl("ts", "-query", "-digest", digest, "-sha256", "-no_nonce", "-out", str(file))
    plain = authority.reply(file.read_bytes())

    assert not_obtained(lambda _: plain).startswith("the authority answered another query")


def test_a_stamp_of_something_else_is_refused(authority: Authority) -> None:
    """Whoever answers on the way cannot choose what is stamped."""
    other = authority.reply(query_of(b"something else"))

    assert not_obtained(lambda _: other).startswith("the authority stamped something else")


def test_a_refusal_is_passed_on(authority: Authority, tmp_path: Path) -> None:
    """The authority says why."""
    file = tmp_path / "query"
    openssl("ts", "-query", "-digest", "00" * 20, "-sha1", "-out", str(file))
    refused = authority.reply(file.read_bytes())

    assert not_obtained(lambda _: refused) == (
        "the authority refuses a time stamp: Message digest algorithm is not supported.; "
        "unrecognized or unsupported algorithm identifier"
    )


def test_a_refusal_without_a_reason_is_called_so() -> None:
    """A status of its own, and no word."""
    bare = bytes.fromhex("3005 3003 0201 02".replace(" ", ""))

    assert not_obtained(lambda _: bare).endswith("refuses a time stamp: it does not say why")


@pytest.mark.parametrize("wrong", [b"", b"<html>sign in here</html>", b"0\x82\xff\xff"])
def test_what_is_no_answer_is_refused(wrong: bytes) -> None:
    """A page of a company's network, for instance."""
    assert not_obtained(lambda _: wrong).startswith("what the authority answered is no time stamp")


def test_an_endless_answer_is_cut() -> None:
    """Nothing larger than a stamp is taken in."""
    assert "more than any has" in not_obtained(lambda _: b"0" * 5_000_000)


def test_another_status_is_no_answer(authority: Authority) -> None:
    """Whatever comes with it; no redirect is followed."""
    assert "gave no time stamp: HTTP 500; see that the address" in not_obtained(
        authority.reply, 500
    )
    assert "it leads on to https://else.example/ (HTTP 302)" in not_obtained(
        authority.reply, 302, Location="https://else.example/"
    )


def test_an_authority_that_is_away_is_named() -> None:
    """Nobody listens, or whoever does hangs up."""
    with socket.socket() as lonely:
        lonely.bind(("127.0.0.1", 0))
        with pytest.raises(
            TimeStampError, match=r"127\.0\.0\.1 gave no time stamp: cannot connect"
        ):
            obtain(CONTENT, f"http://127.0.0.1:{lonely.getsockname()[1]}", TIMEOUT)
    with (
        listening(lambda client: client.close()) as port,
        pytest.raises(
            TimeStampError, match=r"127\.0\.0\.1 gave no time stamp: the connection broke"
        ),
    ):
        obtain(CONTENT, f"http://127.0.0.1:{port}", TIMEOUT)


def silent(client: socket.socket) -> None:
    """Listen until the other end is gone."""
    while client.recv(1_000_000):
        pass


def test_an_authority_that_never_answers_is_left() -> None:
    """The time that it may take is the caller's to say."""
    with (
        listening(silent) as port,
        pytest.raises(TimeStampError, match="the connection broke, or took too long"),
    ):
        obtain(CONTENT, f"http://127.0.0.1:{port}", 0.3)


# Checking


@pytest.mark.parametrize("digits", [0, 6])
def test_the_time_is_that_of_the_authority(tmp_path: Path, digits: int) -> None:
    """To the second, or finer where its clock is."""
    authority = Authority(tmp_path / "authority", digits=digits)
    before = datetime.now(UTC).replace(microsecond=0)
    found = check(CONTENT, authority.reply(query_of(CONTENT)), authority.root)

    assert before <= found <= datetime.now(UTC)
    assert found.utcoffset() == timedelta(0)


def test_a_stamp_of_another_content_is_named(authority: Authority, stamp: bytes) -> None:
    """One letter more, and it is another content."""
    assert problem(stamp, authority.root, CONTENT + b" ") == (
        "the time stamp is for another signature than this one: one of them was replaced"
    )


def test_another_authority_is_named(stamp: bytes, tmp_path: Path) -> None:
    """Anybody can be an authority; the auditor says which one counts."""
    other = Authority(tmp_path / "other")

    assert problem(stamp, other.root).startswith(
        f"the time stamp is by an authority that {other.root} does not vouch for"
    )


def test_an_expired_authority_is_named(tmp_path: Path) -> None:
    """As OpenSSL says to an auditor, so do we."""
    expired = Authority(tmp_path / "expired", days="-1")
    stamped = expired.reply(query_of(CONTENT))

    assert problem(stamped, expired.root).startswith(
        "the certificate of the time stamp authority has expired"
    )


def test_a_stamp_that_was_cut_is_none(authority: Authority, stamp: bytes) -> None:
    """Wherever it ends too early."""
    for length in range(0, len(stamp), 97):
        assert "is damaged" in problem(stamp[:length], authority.root)


def test_a_stamp_that_was_changed_shows_no_other_time(authority: Authority, stamp: bytes) -> None:
    """Whichever byte is another one: the stamp is refused, or the byte is none that counts."""
    right = check(CONTENT, stamp, authority.root)
    refused = 0
    for at in range(0, len(stamp), 53):
        changed = stamp[:at] + bytes([stamp[at] ^ 0xFF]) + stamp[at + 1 :]
        try:
            assert check(CONTENT, changed, authority.root) == right
        except TimeStampError:
            refused += 1
    assert refused > len(stamp) // 53 // 2


def test_a_time_that_was_changed_is_named(authority: Authority, stamp: bytes) -> None:
    """The time is what the authority signed."""
    year = check(CONTENT, stamp, authority.root).year
    place = stamp.index(b"\x18\x0f%d" % year)
    earlier = stamp[: place + 2] + b"%d" % (year - 1) + stamp[place + 6 :]

    assert problem(earlier, authority.root) == (
        "the time stamp was changed after the authority signed it"
    )


def test_a_refusal_is_no_stamp(authority: Authority, tmp_path: Path) -> None:
    """What an authority answered instead of a stamp."""
    file = tmp_path / "query"
    openssl("ts", "-query", "-digest", "00" * 20, "-sha1", "-out", str(file))

    assert problem(authority.reply(file.read_bytes()), authority.root) == (
        "the time stamp is a refusal of the authority: it holds no stamp"
    )


def test_a_huge_stamp_is_none(authority: Authority) -> None:
    """No program sees it."""
    assert "more than any has" in problem(b"0" * 100_000_000, authority.root)


def test_certificates_that_are_none_are_named(stamp: bytes, tmp_path: Path) -> None:
    """A folder, nothing, and another file."""
    other = tmp_path / "notes.txt"
    other.write_text(base64.b64encode(b"no certificate").decode(), "utf-8")
    for file, why in (
        (tmp_path, "this is a folder"),
        (tmp_path / "nothing", "there is no such file"),
        (other, "this holds no certificates in PEM"),
    ):
        with pytest.raises(UsageError, match=why):
            check(CONTENT, stamp, file)


def test_names_are_no_words_of_a_shell(authority: Authority, stamp: bytes, tmp_path: Path) -> None:
    """Spaces, quotes and dollars are letters of a file's name."""
    roots = tmp_path / "-CAfile; touch 'x' $(y) &"
    roots.write_bytes(authority.root.read_bytes())

    assert check(CONTENT, stamp, roots)
    assert [each.name for each in tmp_path.iterdir()] == [roots.name]


def test_without_openssl_there_is_no_stamp(
    authority: Authority, stamp: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is one asked for nor checked; the text says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for work in (lambda: query_of(CONTENT), lambda: check(CONTENT, stamp, authority.root)):
        with pytest.raises(UsageError, match=r"openssl is not installed .*: install OpenSSL"):
            work()


def test_an_openssl_that_shows_no_time_is_no_proof(
    authority: Authority, stamp: bytes, fake: Callable[[str, str], None]
) -> None:
    """A stamp is good, and nobody can say of when."""
    fake("openssl", "echo 'Time stamp: unspecified'")

    assert problem(stamp, authority.root) == "the time stamp is damaged: it has no time"
