"""Every kind of fault: what can go wrong between PagerDuty and its reader.

A kind changes the answer before it is sent; some change the query before it is answered.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.simulator.faults import REWRITES, WRONG_TYPES, Struck, kind
from tests.simulator.limits import PER_MINUTE, rate_headers, rate_limited
from tests.simulator.messages import Answer, Query, RefusedError, json_answer
from tests.simulator.paging import CAP, beyond_cap, encode_cursor

MESSAGES = {
    400: ("Invalid Input Provided", 2001),
    401: ("Authentication failed", 2006),
    402: ("Required abilities are unavailable", 2014),
    403: ("Access Denied", 2010),
    404: ("Not Found", 2100),
    500: ("Internal Server Error", 2000),
    503: ("Service Unavailable", 2016),
}
BOMB_SIZE = 256 * 2**20
ENVELOPE = frozenset({"limit", "offset", "more", "total", "next_cursor", "response_metadata"})


# Whole answers


@kind
def status(call: Struck) -> Answer:
    """Answer an error status in PagerDuty's envelope."""
    message, code = MESSAGES.get(call.fault.status, ("Error", 2000))
    return RefusedError(call.fault.status, message, code).answer


@kind
def rate_limited_bare(_: Struck) -> Answer:
    """Answer 429 without headers and without a JSON body."""
    return Answer(429, b"", content_type="text/plain")


@kind
def rate_limited_body(_: Struck) -> Answer:
    """Answer 429 with PagerDuty's body, without headers."""
    return rate_limited({}).answer


@kind
def rate_limited_reset(call: Struck) -> Answer:
    """Answer 429 with headers that tell how long to wait."""
    return rate_limited(rate_headers(PER_MINUTE, 0, call.fault.seconds)).answer


@kind
def html(call: Struck) -> Answer:
    """Answer a proxy's HTML page, with the status that is asked for."""
    page = b"<html><body><h1>502 Bad Gateway</h1><hr>proxy</body></html>"
    return Answer(call.fault.status, page, content_type="text/html")


@kind
def error_as_text(call: Struck) -> Answer:
    """Answer an error whose ``error`` is a plain string."""
    return json_answer({"error": "something went wrong"}, call.fault.status)


@kind
def blank(call: Struck) -> Answer:
    """Answer an error status whose body is one blank."""
    return Answer(call.fault.status, b" ")


@kind
def redirect(call: Struck) -> Answer:
    """Send the reader to another host."""
    return Answer(307, b"", {"location": call.fault.location})


# Bodies


@kind
def empty(call: Struck) -> Answer:
    """Answer 200 without a body."""
    return Answer(call.answer.status, b"")


@kind
def truncated_json(call: Struck) -> Answer:
    """Cut the JSON in the middle."""
    return Answer(200, call.answer.body[: len(call.answer.body) // 2])


@kind
def invalid_json(_: Struck) -> Answer:
    """Answer 200 with what is no JSON at all."""
    return Answer(200, b'{"users": [oops')


@kind
def list_body(_: Struck) -> Answer:
    """Answer a JSON list where an object belongs."""
    return Answer(200, b"[]")


@kind
def gzip_bomb(_: Struck) -> Answer:
    """Answer a small body that is huge once it is decompressed."""
    return Answer(200, bomb(), {"content-encoding": "gzip"})


@functools.cache
def bomb() -> bytes:
    """Return 256 MiB of blanks in gzip, as many members of one mebibyte each."""
    return gzip.compress(b" " * 2**20) * (BOMB_SIZE // 2**20)


# Collections


def collection_key(content: dict[str, Any]) -> str:
    """Return the key that holds the records of a page, or the record itself."""
    return next(name for name in content if name not in ENVELOPE)


@kind
def missing_collection(call: Struck) -> Answer:
    """Leave the collection out of the page."""
    content = call.content()
    del content[collection_key(content)]
    return call.replaced(content)


@kind
def wrong_collection(call: Struck) -> Answer:
    """Put a value of another type in the collection's place."""
    content = call.content()
    content[collection_key(content)] = WRONG_TYPES[call.fault.value]
    return call.replaced(content)


@kind
def endless_empty_pages(call: Struck) -> Answer:
    """Answer an empty page that promises more, for ever."""
    content = call.content()
    content[collection_key(content)] = []
    content["more"] = True
    if "next_cursor" in content:
        content["next_cursor"] = encode_cursor(call.fault.seen)
    return call.replaced(content)


@kind
def repeating_cursor(call: Struck) -> Answer:
    """Name the same next cursor on every page."""
    return call.replaced(call.content() | {"next_cursor": encode_cursor(0)})


@kind
def without_paging(call: Struck) -> Answer:
    """Leave out everything that tells whether there is more."""
    content = call.content()
    kept = {name: value for name, value in content.items() if name not in ENVELOPE}
    return call.replaced(kept)


@kind
def endless(call: Struck) -> Answer:
    """Fill pages with copies of the first one under new ids, so that the list passes the cap."""
    content = call.content()
    rows, limit = content.get(collection_key(content)), content.get("limit")
    if not rows or not isinstance(limit, int) or "offset" not in content:
        return call.answer
    offset = call.query.number("offset", 0)
    if offset + limit > CAP:
        return beyond_cap().answer
    copies = [rows[each % len(rows)] | {"id": f"PX{offset + each:06}"} for each in range(limit)]
    content[collection_key(content)] = copies if offset else [*rows, *copies[len(rows) :]]
    return call.replaced(content | {"offset": offset, "more": True})


def _from_the_start(query: Query) -> None:
    query.values.pop("offset", None)


REWRITES["endless"] = _from_the_start


@kind
def repeating(call: Struck) -> Answer:
    """Answer the first page for ever, and promise more each time."""
    return call.replaced(call.content() | {"more": True})


REWRITES["repeating"] = _from_the_start


@kind
def capped(call: Struck) -> Answer:
    """Let ``offset + limit`` reach no further than a smaller cap, with more behind it."""
    content = call.content()
    offset, limit = call.query.number("offset", 0), call.query.number("limit", 25)
    if offset + limit > call.fault.cap:
        return beyond_cap(call.fault.cap).answer
    return call.replaced(content | {"more": True})


@kind
def shifting(call: Struck) -> Answer:
    """Read a list into which one record was inserted after its first page: one row repeats."""
    content = call.content()
    if "offset" in call.query.values and isinstance(content.get("offset"), int):
        content["offset"] += call.query.number("offset", 0) > 0
    return call.replaced(content)


def _one_back(query: Query) -> None:
    offset = query.number("offset", 0)
    if offset:
        query.values["offset"] = [str(offset - 1)]


REWRITES["shifting"] = _one_back


@kind
def bulk_without_final_schedule(call: Struck) -> Answer:
    """Answer as if ``include[]=final_schedule`` had not been asked for."""
    return call.answer


def _drop_final_schedule(query: Query) -> None:
    includes = query.values.get("include[]", [])
    query.values["include[]"] = [name for name in includes if name != "final_schedule"]


REWRITES["bulk_without_final_schedule"] = _drop_final_schedule


@kind
def unrendered(call: Struck) -> Answer:
    """Answer as if no window had been named: nothing is rendered, and no percentage."""
    return call.answer


def _drop_window(query: Query) -> None:
    for bound in ("since", "until"):
        query.values.pop(bound, None)


REWRITES["unrendered"] = _drop_window


# Fields of records


def holders(content: Any, names: list[str]) -> list[dict[str, Any]]:
    """Return the objects in *content* that hold the last of the dotted *names*."""
    if isinstance(content, list):
        return [holder for each in content for holder in holders(each, names)]
    if not isinstance(content, dict):
        return []
    if len(names) == 1:
        return [content]
    return holders(content.get(names[0]), names[1:])


def changed(call: Struck, change: Callable[[dict[str, Any], str], object]) -> Answer:
    """Apply *change* to the named field of every record of the answer, or of one of them."""
    if call.answer.status != 200:
        return call.answer
    content = call.content()
    names = call.fault.field.split(".")
    records = content[collection_key(content)]
    if call.fault.only is not None and isinstance(records, list):
        records = records[call.fault.only : call.fault.only + 1]
    for holder in holders(records, names):
        change(holder, names[-1])
    return call.replaced(content)


@kind
def drop(call: Struck) -> Answer:
    """Leave the field out of every record."""
    return changed(call, lambda holder, name: holder.pop(name, None))


@kind
def null(call: Struck) -> Answer:
    """Make the field null in every record."""
    return changed(call, lambda holder, name: holder.update({name: None}))


@kind
def wrong_type(call: Struck) -> Answer:
    """Give the field a value of another type in every record."""
    value = WRONG_TYPES[call.fault.value]
    return changed(call, lambda holder, name: holder.update({name: value}))


# Connections


@dataclass(slots=True)
class Spoiled(Answer):
    """An answer whose sending goes wrong in a way that :mod:`app` knows."""

    manner: str = ""
    seconds: float = 0.0


def _spoiled(call: Struck, manner: str) -> Answer:
    answer = call.answer
    return Spoiled(
        answer.status,
        answer.body,
        answer.headers,
        answer.content_type,
        manner,
        call.fault.seconds,
    )


@kind
def reset(call: Struck) -> Answer:
    """Reset the connection instead of answering."""
    return _spoiled(call, "reset")


@kind
def cut(call: Struck) -> Answer:
    """Close the connection in the middle of the body."""
    return _spoiled(call, "cut")


@kind
def slow(call: Struck) -> Answer:
    """Answer late."""
    return _spoiled(call, "slow")


@kind
def drip(call: Struck) -> Answer:
    """Send the body one byte after another."""
    return _spoiled(call, "drip")


@kind
def silent(call: Struck) -> Answer:
    """Never answer."""
    return _spoiled(call, "silent")
