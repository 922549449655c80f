"""Text that steers no terminal and no format."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say, not even escaped (https://www.w3.org/TR/xml/#charsets)."""


def line(text: str) -> str:
    """Return *text* as one line that steers no terminal and keeps its writing direction."""
    joined = " ".join(text.split())
    return joined if joined.isprintable() else printable(joined)


def clipped(text: str, limit: int) -> str:
    """Return *text*, cut to *limit* characters with an ellipsis if it is longer."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def ended(text: str) -> str:
    """Return *text* with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def harmless(value: Any) -> Any:
    """Return plain JSON with every text in it made a harmless line."""
    match value:
        case str():
            return line(value)
        case dict():
            return {line(key): harmless(each) for key, each in value.items()}
        case list() | tuple():
            return [harmless(each) for each in value]
    return value


def printable(text: str) -> str:
    """Return *text* without what could steer a terminal or turn the writing direction."""
    return "".join(
        char if unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs"} else "�" for char in text
    )


def for_xml(text: str) -> str:
    """Return *text* without what XML cannot say."""
    return NO_XML.sub("\ufffd", text)
