"""What a recording may be at most: they come from others, and a small file can be huge inside.

The bounds are far above every recording of ours: an account of 10,000 users takes 1,300 requests,
and a thousand requests take ten megabytes.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import yaml

from pdsec_checks import NAME
from pdsec_checks.errors import UsageError

LARGEST = 256 * 2**20
"""Bytes of a file after decompression, and of its content with every YAML alias written out."""
MOST_INTERACTIONS = 100_000
DEEPEST = 16
"""Levels of lists and objects inside each other; ours have six."""
LARGEST_HEADER = 2**20
"""Bytes of what a recording says about itself."""
VALUE = 8
"""Bytes that a value counts beside its text: what is empty takes memory as well."""


class TooMuchError(UsageError):
    """A recording is beyond a bound."""

    hint = "no recording of this tool is like that: ask whoever made it"


def read_text(path: Path) -> str:
    """Return the text of a file, unpacked where its name ends in ``.gz``.

    Raises:
        TooMuchError: It is larger than any recording.
        OSError: It cannot be read, or is no gzip.
        UnicodeDecodeError: It is no text.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooMuchError(f"it holds more than {LARGEST} bytes")
    return content.decode("utf-8")


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # either
    """Makes plain data only, and stops at the deepest level before the stack does."""

    depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Count one level more; the composer calls this for each value."""
        self.depth += 1
        check_depth(self.depth)
        super().descend_resolver(current_node, current_index)

    def ascend_resolver(self) -> None:
        """Count one level less."""
        self.depth -= 1
        super().ascend_resolver()


class BoundedYaml:
    """A serializer of vcrpy's for reading YAML."""

    @staticmethod
    def deserialize(text: str) -> Any:
        """Return the content of a cassette.

        Raises:
            TooMuchError: It is beyond a bound.
            yaml.YAMLError: It is no YAML, or more than plain data.
        """
        loader = Loader(text)
        try:
            return checked(loader.get_single_data())
        finally:
            loader.dispose()


class BoundedJson:
    """The same for JSON."""

    @staticmethod
    def deserialize(text: str) -> Any:
        """Return the content of a cassette.

        Raises:
            TooMuchError: It is beyond a bound.
            ValueError: It is no JSON.
        """
        try:
            return checked(json.loads(text))
        except RecursionError:
            raise too_deep() from None


def checked(plain: Any) -> Any:
    """Return the content of a cassette, once nothing in it is beyond a bound.

    Raises:
        TooMuchError: Something is.
    """
    if size(plain) > 2 * LARGEST:
        raise TooMuchError(f"its aliases stand for more than {2 * LARGEST} bytes")
    if isinstance(plain, dict):
        interactions, metadata = plain.get("interactions"), plain.get("metadata")
        if isinstance(interactions, list) and len(interactions) > MOST_INTERACTIONS:
            raise TooMuchError(f"it holds more than {MOST_INTERACTIONS} interactions")
        header = metadata.get(NAME) if isinstance(metadata, dict) else None
        if size(header) > LARGEST_HEADER:
            raise TooMuchError(f"its header holds more than {LARGEST_HEADER} bytes")
    return plain


def size(value: Any, depth: int = 0, known: dict[int, int] | None = None) -> int:
    """Return about how many bytes a value takes with every alias in it written out.

    Raises:
        TooMuchError: It is too deep; one that contains itself is.
    """
    known = {} if known is None else known
    if isinstance(value, (str, bytes)):
        return VALUE + len(value)
    if not isinstance(value, (dict, list, tuple, set)):
        return VALUE
    check_depth(depth)
    if id(value) not in known:
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = VALUE + sum(size(each, depth + 1, known) for each in inside)
    return known[id(value)]


def check_depth(depth: int) -> None:
    """Refuse what is deeper than any recording.

    Raises:
        TooMuchError: It is.
    """
    if depth > DEEPEST:
        raise too_deep()


def too_deep() -> TooMuchError:
    """Return the error of a file that is too deep."""
    return TooMuchError(f"it has more than {DEEPEST} levels of lists and objects in each other")
