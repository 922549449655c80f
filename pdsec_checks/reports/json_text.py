"""JSON as text, whole or bit by bit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from types import NoneType
from typing import Any

import msgspec

NOTHING = (NoneType, str, list, dict)
"""The kinds of values that say nothing where they are empty; a 0 does."""
INDENT = "  "
AT_ONCE = 500
"""Items of ``Plain`` that are written at once."""


class Plain(Iterator[Any]):
    """An iterator whose items hold none: many of them are written at once, in less time."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)

    def __next__(self) -> Any:
        return next(self._items)

    def texts(self, depth: int) -> Iterator[str]:
        """Yield the items as they stand in a list that ``dump`` returns, *depth* lists deep."""
        before = sum(len(f"[\n{INDENT * level}") for level in range(1, depth + 1))
        behind = sum(len(f"\n{INDENT * level}]") for level in range(depth)) + len("\n")
        while batch := list(islice(self._items, AT_ONCE)):
            for _ in range(1, depth):
                batch = [batch]
            yield dump(batch)[before:-behind]


def dump(value: Any) -> str:
    """Return *value* as indented JSON, in which a lone surrogate, which is no text, is a ``?``.

    An infinite number, for which JSON has no form, is a null. A large account's report is a hundred
    megabytes: no copy is kept longer than it is needed.
    """
    text = msgspec.json.format(encoded(value), indent=len(INDENT))
    text += b"\n"
    return text.decode()


def encoded(value: Any) -> bytes:
    """Return *value* as JSON without blanks, for ``dump``; Python's own takes 6 times as long."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, TypeError):  # half a character, or a key such as a null
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return msgspec.json.encode(json.loads(text))  # one form of numbers, whatever the text


def streamed(value: Any, indent: str = "") -> Iterator[str]:
    """Yield *value* as ``dump`` returns it; a list in it may be an iterator, never held whole."""
    if not holds_iterator(value):
        yield dump(value).rstrip("\n").replace("\n", f"\n{indent}")
        return
    inside = indent + INDENT
    before = f"[\n{inside}"
    if isinstance(value, Plain):
        for text in value.texts(len(inside) // len(INDENT)):
            yield before + text
            before = f",\n{inside}"
        yield "[]" if before.startswith("[") else f"\n{indent}]"
        return
    if isinstance(value, dict):
        entries = ((f"{''.join(streamed(name))}: ", each) for name, each in value.items())
        opening, closing = "{", "}"
    else:
        entries = (("", each) for each in value)
        opening, closing = "[", "]"
    before = f"{opening}\n{inside}"
    for name, each in entries:
        yield before + name
        yield from streamed(each, inside)
        before = f",\n{inside}"
    yield opening + closing if before.startswith(opening) else f"\n{indent}{closing}"


def holds_iterator(value: Any) -> bool:
    """Tell whether *value* is an iterator, or has one in it."""
    match value:
        case dict():
            return any(map(holds_iterator, value.values()))
        case list():
            return any(map(holds_iterator, value))
    return isinstance(value, Iterator)


def filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Return *fields* without those that say nothing: None, an empty text, list or mapping."""
    return {key: each for key, each in fields.items() if each or not isinstance(each, NOTHING)}
