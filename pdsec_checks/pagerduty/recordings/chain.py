"""The digests of a recording, by which an edit is found at its place.

Each interaction carries the SHA-256 of the digest before it, a line feed and its own line of the
ledger, which names all that a replay takes from it; the header carries the last one. The digest
before the first is that of the header, so that a changed moment or threshold is found as well. It
is no signature: whoever edits a recording can work all digests out anew. ``evidence seal`` signs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from vcr.request import Request

from pdsec_checks import NAME
from pdsec_checks.errors import UsageError
from pdsec_checks.pagerduty.recordings.answers import KEPT_HEADERS, status_line
from pdsec_checks.resources import printable

LINK = "digest"
"""Key of the digest in a stored answer, and of the last one in the header."""
HEADER_LINK = "header_digest"
COUNT = "interactions"
RUN = "run"
OF_A_SEAL = frozenset({LINK, HEADER_LINK, COUNT, RUN})
"""Keys of a header that no recording without digests has."""
NOT_COVERED = frozenset({LINK, HEADER_LINK})
HEADER_DIFFERS = "its header differs"
RUNS = uuid5(NAMESPACE_URL, f"urn:{NAME}:recording")
Interaction = tuple[Request, dict[str, Any]]


class EditedError(UsageError):
    """A recording is not what was recorded."""

    hint = "record the account again, or ask whoever made the recording for the file as it was"


def line_of(base_url: str, request: Request, answer: Mapping[str, Any]) -> str:
    """Return the line of an interaction in the ledger, as JSON without a line feed.

    ``sent`` and ``sha256`` are digests of the bodies of request and answer.
    """
    content: bytes = answer["body"]["string"]
    values = {name.lower(): value for name, value in answer["headers"].items()}
    type_, date, id_ = ((values.get(name) or [None])[0] for name in KEPT_HEADERS)
    entry = {
        "method": request.method,
        "path": request.uri.removeprefix(base_url),
        "sent": sha256(request.body).hexdigest() if request.body else None,
        "status": answer["status"]["code"],
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
        "content_type": type_,
        "date": date,
        "request_id": id_,
    }
    return json.dumps(entry)


def links(begin: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield the digest (hexadecimal) of each line and of all before it, from *begin* on."""
    link = begin
    for line in lines:
        link = digest_of(f"{link}\n{line}")
        yield link


def header_digest(header: Mapping[str, Any]) -> str:
    """Return the digest (hexadecimal) of what a recording says about itself.

    Raises:
        TypeError: It holds something that no JSON has.
    """
    covered = {name: value for name, value in header.items() if name not in NOT_COVERED}
    return digest_of(json.dumps(covered, sort_keys=True, separators=(",", ":")))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text as 64 hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seal(header: dict[str, Any], interactions: Sequence[Interaction]) -> None:
    """Give a recording the id of its run and its digests.

    The id follows from what was recorded: it is another one for any other account or moment.
    """
    lines = [line_of(header["base_url"], *each) for each in interactions]
    header[COUNT] = len(lines)
    header[RUN] = run_of(header, lines)
    header[HEADER_LINK] = header[LINK] = header_digest(header)
    for (_, answer), link in zip(interactions, links(header[LINK], lines), strict=True):
        answer[LINK] = header[LINK] = link


def run_of(header: Mapping[str, Any], lines: Sequence[str]) -> str:
    """Return the id (a UUID) of the run that recorded what header and ledger say."""
    about = header_digest({name: value for name, value in header.items() if name != RUN})
    return str(uuid5(RUNS, digest_of("\n".join((about, *lines)))))


def check(path: str, header: object, interactions: Sequence[Interaction]) -> None:
    """Make sure that a recording is what was recorded, as far as its digests can tell.

    One without any was made by an earlier version, and nothing is known of it.

    Raises:
        EditedError: It is not; the message names the first interaction that differs.
    """
    if not isinstance(header, dict):
        return  # it is none of ours, as whoever looks for the header will say
    if not OF_A_SEAL & header.keys() and not any(LINK in answer for _, answer in interactions):
        return
    if what := difference(header, interactions):
        raise EditedError(f"{path}: edited since it was recorded: {what}")


def difference(header: Mapping[str, Any], interactions: Sequence[Interaction]) -> str:
    """Return what first differs from what was recorded, in words; empty where nothing does."""
    if not is_as_written(header):
        return HEADER_DIFFERS
    base_url, link, count = header["base_url"], header[HEADER_LINK], header[COUNT]
    lines = [line_of(base_url, *each) for each in interactions]
    whole = links(link, lines)
    for number, ((request, answer), link) in enumerate(zip(interactions, whole, strict=True), 1):
        is_linked = answer.get(LINK) == link and number <= count
        if not is_linked or not found_as_written(base_url, request, answer):
            where = printable(f"{request.method} {request.uri.removeprefix(base_url)}")
            return f"interaction {number} of {len(lines)} differs: {where}"
    if len(lines) < count:
        return f"interaction {len(lines) + 1} of {count} is missing"
    is_whole = (header[LINK], header[RUN]) == (link, run_of(header, lines))
    return "" if is_whole else HEADER_DIFFERS


def is_as_written(header: Mapping[str, Any]) -> bool:
    """Tell whether a header has all that a seal has, and is what its own digest says."""
    try:
        is_whole = header.keys() >= OF_A_SEAL
        return is_whole and bool(header[HEADER_LINK] == header_digest(header))
    except (TypeError, ValueError):  # a moment, or a set: YAML has more than JSON
        return False


def found_as_written(base_url: str, request: Request, answer: Mapping[str, Any]) -> bool:
    """Tell whether an interaction holds what its line in the ledger says, and nothing besides."""
    headers = {
        name: values[:1]
        for name, values in answer["headers"].items()
        if name in KEPT_HEADERS and values
    }
    expected = {
        "status": status_line(answer["status"]["code"]),
        "headers": headers,
        "body": {"string": answer["body"]["string"]},
        LINK: answer.get(LINK),
    }
    is_below = request.uri.startswith(f"{base_url}/") and not request.headers
    return is_below and answer == expected
