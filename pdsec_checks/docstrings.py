"""What the docstring of a control says: the requirement, and three named paragraphs."""

from __future__ import annotations

import re

SECTIONS = ("Rationale", "Remediation", "Limits")


def parse_docstring(docstring: str) -> tuple[str, dict[str, str]]:
    """Return the first sentence, and the text of each named paragraph ("" where missing)."""
    title, _, rest = docstring.partition("\n\n")
    found = dict.fromkeys(SECTIONS, "")
    heading = re.compile(rf"^({'|'.join(SECTIONS)}): ", re.MULTILINE)
    parts = heading.split(rest)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        text = " ".join(body.split())
        found[name] = text[:1].upper() + text[1:]
    return " ".join(title.split()).rstrip("."), found
