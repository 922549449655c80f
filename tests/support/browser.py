"""A browser that agrees to everything: it visits the address it is given, redirects included."""

from __future__ import annotations

import sys
from urllib.request import urlopen


def visit(address: str) -> str:
    """Return the text of the page that the visit ends on."""
    with urlopen(address, timeout=120) as page:  # noqa: S310 - an address of this machine
        text: str = page.read().decode()
    return text


if __name__ == "__main__":
    visit(sys.argv[1])
