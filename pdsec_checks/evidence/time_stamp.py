"""Time stamps: a third party's word that a signature was there at a time (RFC 3161).

OpenSSL makes the query and checks the answer, as an auditor does; the only request is the one that
somebody asked for, and it holds a digest and a random number, nothing else. Sources: RFC 3161
sections 2.4 (query and answer) and 3.4 (over HTTP), openssl-ts(1).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from pdsec_checks import NAME
from pdsec_checks.configuration.addresses import check_base_url
from pdsec_checks.errors import InspectionError, UsageError
from pdsec_checks.evidence.programs import Ended, check_is_file, path_of, private_folder, run
from pdsec_checks.pagerduty.http.connections import over_within, session_for
from pdsec_checks.pagerduty.http.troubles import trouble_with
from pdsec_checks.resources.text import printable

LARGEST_ANSWER = 2**16
"""Bytes; an answer with three certificates by RSA keys of 4,096 bits has 7,000."""
NO_OPENSSL = "install OpenSSL (Debian: apt-get install openssl)"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
GRANTED = re.compile(r"Status info:\nStatus: Granted")
"""How the text of an answer begins that holds a stamp."""
REASON = re.compile(r"^(?:Status description|Failure info): (?!unspecified)(.+)$", re.MULTILINE)
IMPRINT = re.compile(r"^Hash Algorithm: .*\nMessage data:\n(?: .*\n)+", re.MULTILINE)
NONCE = re.compile(r"^Nonce: .*$", re.MULTILINE)
TIME = re.compile(
    r"^Time stamp: (?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) "
    r"(?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?) (?P<year>\d{4}) GMT$",
    re.MULTILINE,
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class TimeStampError(InspectionError):
    """A time stamp was not to be had, or does not prove what it should; the text says why."""


def query_of(content: bytes) -> bytes:
    """Return a query (DER) for a stamp of the SHA-256 digest of *content*.

    It asks for the certificate, without which an answer cannot be checked later, and holds a
    random number that the answer must repeat: an older answer is then none to this query.

    Raises:
        UsageError: OpenSSL is not installed.
    """
    with private_folder() as folder:
        file = folder / "query"
        _openssl("-query", "-digest", _digest(content), "-sha256", "-cert", "-out", str(file))
        return file.read_bytes()


def obtain(content: bytes, url: str, timeout: float) -> bytes:
    """Return the answer (DER) of the authority at *url* to a query for *content*.

    It is a stamp of this content and to this query; whose it is only :func:`check` tells. One
    request, without any credential, that takes *timeout* seconds at most.

    Raises:
        UsageError: The address is none, or neither https nor on this machine; no OpenSSL.
        TimeStampError: The authority did not answer, or not with a stamp.
    """
    check_base_url(url, "time stamp authority", "the request")
    query = query_of(content)
    answer = _post(url.strip(), query, timeout)
    _check_fits(query, answer)
    return answer


def check(content: bytes, answer: bytes, roots: Path) -> datetime:
    """Return when *content* was there, by the clock of an authority that *roots* vouches for.

    Args:
        content: What was stamped.
        answer: The answer of the authority (DER).
        roots: Certificates (PEM) of the authorities that are trusted, and those between.

    Raises:
        TimeStampError: It stamps something else, is somebody else's, has expired, or is none.
        UsageError: *roots* holds no certificates, or OpenSSL is not installed.
    """
    _check_size(answer)
    check_is_file(roots, "the certificates of the time stamp authority")
    with private_folder() as folder:
        file = folder / "answer"
        file.write_bytes(answer)
        words = ["-digest", _digest(content), "-in", str(file), "-CAfile", str(roots)]
        ended = _openssl("-verify", *words)
        if ended.code:
            raise _error(ended.err, roots)
        return _time(_token(folder, file))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _openssl(*words: str) -> Ended:
    """Return how an operation of ``openssl ts`` ended."""
    return run([path_of("openssl", NO_OPENSSL), "ts", *words])


def _post(url: str, query: bytes, timeout: float) -> bytes:
    """Send the query once; return what answers it, of at most a byte more than is allowed."""
    session = session_for(url)
    session.headers.update(
        {"Content-Type": QUERY, "Accept": REPLY, "Accept-Encoding": "identity", "User-Agent": NAME}
    )
    session.auth = lambda request: request  # set, so that no .netrc entry adds a password
    host = urlsplit(url).hostname or ""
    try:
        with (
            over_within(timeout),
            session,
            session.post(
                url, data=query, timeout=timeout, allow_redirects=False, stream=True
            ) as response,
        ):
            _check_status(response.status_code, response.headers, host)
            return bytes(response.raw.read(LARGEST_ANSWER + 1))
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
        trouble = trouble_with(error, host)
        why = trouble.reason if trouble else "the connection broke, or took too long"
        raise TimeStampError(f"{host} gave no time stamp: {why}") from None


def _check_status(status: int, headers: Mapping[str, str], host: str) -> None:
    """Let nothing pass for an answer that is none.

    Raises:
        TimeStampError: It is none.
    """
    if status == HTTPStatus.OK:
        return
    if HTTPStatus(300) <= status < HTTPStatus.BAD_REQUEST:
        where = printable(headers.get("Location", "another address"))
        raise TimeStampError(
            f"{host} gave no time stamp: it leads on to {where} (HTTP {status}); name the address "
            "where it ends"
        )
    raise TimeStampError(
        f"{host} gave no time stamp: HTTP {status}; see that the address is one for time stamp "
        "queries (RFC 3161) by POST"
    )


def _check_size(answer: bytes) -> None:
    """Refuse what is too large for an answer."""
    if len(answer) > LARGEST_ANSWER:
        raise TimeStampError(
            f"the time stamp has more than {LARGEST_ANSWER} bytes, more than any has: it is none"
        )


def _check_fits(query: bytes, answer: bytes) -> None:
    """Let an answer be a stamp, of what was asked about, and of this time of asking.

    Raises:
        TimeStampError: It is not.
    """
    _check_size(answer)
    with private_folder() as folder:
        asked, answered = folder / "query", folder / "answer"
        asked.write_bytes(query)
        answered.write_bytes(answer)
        status = _openssl("-reply", "-in", str(answered), "-text")
        if status.code:
            raise TimeStampError(f"{NO_STAMP}: see that the address is one for RFC 3161")
        if not GRANTED.match(status.out):
            reasons = [printable(each) for each in REASON.findall(status.out)]
            raise TimeStampError(
                f"the authority refuses a time stamp: {'; '.join(reasons) or 'it does not say why'}"
            )
        wanted = _openssl("-query", "-in", str(asked), "-text").out
        found = _token(folder, answered)
    if _only(IMPRINT, wanted) != _only(IMPRINT, found):
        raise TimeStampError("the authority stamped something else than it was asked to: ask again")
    if _only(NONCE, wanted) != _only(NONCE, found):
        raise TimeStampError(
            "the authority answered another query, maybe an older one: the random number in its "
            "answer is not the one that was sent; ask again, or ask another authority"
        )


NO_STAMP = "what the authority answered is no time stamp"


def _token(folder: Path, answer: Path) -> str:
    """Return the text of the signed part of an answer; what else it says, nobody vouches for."""
    token = folder / "token"
    _openssl("-reply", "-in", str(answer), "-token_out", "-out", str(token))
    return _openssl("-reply", "-in", str(token), "-token_in", "-text").out


def _only(pattern: re.Pattern[str], text: str) -> str:
    """Return the first place that fits; nothing where none does."""
    found = pattern.search(text)
    return found[0] if found else ""


def _time(token: str) -> datetime:
    """Return the time in the text of a token.

    Raises:
        TimeStampError: It has none.
    """
    found = TIME.search(token)
    if found is None or found["month"] not in MONTHS:
        raise TimeStampError("the time stamp is damaged: it has no time")
    month, day = MONTHS.index(found["month"]) + 1, int(found["day"])
    date = f"{found['year']}-{month:02}-{day:02}"
    return datetime.fromisoformat(f"{date}T{found['clock']}+00:00")


def _error(errors: str, roots: Path) -> Exception:
    """Return why OpenSSL does not accept a stamp, by what it printed."""
    if "Error loading file" in errors:
        return UsageError(
            f"{roots}: this holds no certificates in PEM; name the file that the time stamp "
            "authority publishes"
        )
    for pattern, why in REFUSED.items():
        if re.search(pattern, errors):
            return TimeStampError(why.format(roots=roots))
    return TimeStampError("the time stamp is damaged: OpenSSL cannot read it")


REFUSED = {
    "message imprint mismatch": (
        "the time stamp is for another signature than this one: one of them was replaced"
    ),
    "certificate has expired": (
        "the certificate of the time stamp authority has expired, and nothing stamped by it counts "
        "any more: only a further stamp, made before that, would help"
    ),
    "certificate is not yet valid": (
        "the certificate of the time stamp authority is not valid yet: see that the clock of this "
        "machine is right"
    ),
    "certificate verify error": (
        "the time stamp is by an authority that {roots} does not vouch for: name the certificates "
        "of the authority that was asked"
    ),
    "no time stamp token": "the time stamp is a refusal of the authority: it holds no stamp",
    "signature failure|digest failure|wrong signature|bad signature": (
        "the time stamp was changed after the authority signed it"
    ),
}
"""What OpenSSL prints → what is wrong with a stamp."""
