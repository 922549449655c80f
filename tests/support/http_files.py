"""Reads ``.http`` files as the editors do that send them: JetBrains' and VS Code's REST client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (https?://\S+)")
HEADER = re.compile(r"([A-Za-z-]+): (\S.*)")
VARIABLE = re.compile(r"\{\{(.*?)\}\}")


@dataclass
class Written:
    """What stands between two ``###``: a title, comments, and at most one request."""

    title: str
    comments: list[str] = field(default_factory=list)
    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    variables: list[str] = field(default_factory=list)


def parse(text: str) -> list[Written]:
    """Return the parts of a file, the first of them without a title.

    Raises:
        ValueError: A line is none that may stand there: an editor would run or refuse it.
    """
    parts = re.split(r"^###", text, flags=re.MULTILINE)
    return [part_of(part if number else f"\n{part}") for number, part in enumerate(parts)]


def part_of(text: str) -> Written:
    """Return one part of a file; its first line is the title."""
    title, _, rest = text.partition("\n")
    found = Written(title.strip(), variables=VARIABLE.findall(text))
    lines = iter(rest.split("\n"))
    for line in lines:
        if line.startswith("#"):
            found.comments.append(line.lstrip("# "))
        elif match := REQUEST.fullmatch(line):
            found.method, found.url = match.groups()
            read_headers(found, lines)
            body = "\n".join(each for each in lines).strip()
            found.body = json.loads(body) if body else None
        elif line:
            raise ValueError(f"not a comment and no request: {line!r}")
    return found


def read_headers(found: Written, lines: Iterator[str]) -> None:
    """Read headers up to the empty line below them."""
    for line in lines:
        if not line:
            return
        match = HEADER.fullmatch(line)
        if match is None:
            raise ValueError(f"not a header: {line!r}")
        found.headers[match[1]] = match[2]
