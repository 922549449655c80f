"""Which parts of pytest an inspection that we start ourselves does without.

Each of them is called three times for each case, and a large account has ten thousand cases:
without them a case costs a quarter less. A run that the user starts with ``pytest`` keeps them;
the inspections inside a run over several accounts do not.
"""

from __future__ import annotations

from collections.abc import Iterator

UNUSED = (
    *("debugging", "doctest", "junitxml", "pastebin", "setuponly", "setupplan", "stepwise"),
    *("subtests", "unittest"),  # none of it can be asked for, or written, in a control
    *("cacheprovider", "logging", "unraisableexception", "warnings"),  # nobody would see it
    *("legacypath", "monkeypatch", "recwarn", "threadexception", "tmpdir"),  # for tests of code
)


def without(*further: str) -> Iterator[str]:
    """Yield pytest's arguments that leave out the unused parts, and *further* ones."""
    for name in (*UNUSED, *further):
        yield from ("-p", f"no:{name}")
