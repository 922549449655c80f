"""What the parts of a workbook share: how they begin, their namespaces, and escaped text."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

BEGIN = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CODE = re.compile("(_x[0-9a-fA-F]{4}_)")
"""What a reader takes for the code of a character, as in ``_x0041_``; its first character has to be
written as a code itself."""


def shown(text: str) -> str:
    """Return *text* as the content of an element that a reader shows as it is."""
    return escape(CODE.sub(r"_x005F\1", text))


def quoted(text: str) -> str:
    """Return *text* as the value of an attribute, without the quotes around it."""
    return escape(text, {'"': "&quot;"})


def relation(number: int, kind: str, target: str, mode: str = "") -> str:
    """Return one entry of a list of relations; *kind* is the last word of its type."""
    where = f' TargetMode="{mode}"' if mode else ""
    return (
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{quoted(target)}"'
        f"{where}/>"
    )
