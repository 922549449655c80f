"""What the three forms of a fix share: which fails, in which order, and what begins each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from pdsec_checks.errors import UsageError
from pdsec_checks.finding import Finding
from pdsec_checks.fixes.fix import Block, Fix, Gen
from pdsec_checks.model import Status, counted
from pdsec_checks.reports import facts
from pdsec_checks.reports.scope import headed
from pdsec_checks.reports.text import line

SHORT = 12
"""Characters of a fingerprint that a heading shows."""
OPENS = re.compile(r"\{(?=[{%])")
"""What opens a variable or a script in an ``.http`` file."""
GENS = {
    Gen.COMPLETE: "complete: read it, then use it",
    Gen.CHOICE: "to be completed: choose what begins with CHOOSE_",
    Gen.TEXT: "by hand: no code does all of it",
}


@dataclass(frozen=True)
class Entry:
    """One fail with its fix."""

    finding: Finding
    fix: Fix
    remedy: str
    """What to do about its cause, in words: the way through the web page."""

    @classmethod
    def of(cls, finding: Finding, remedy: str = "") -> Entry:
        """Return the entry of a fail; without a fix of its own, text alone.

        Raises:
            msgspec.ValidationError: The fix is none of ours.
        """
        fix = Fix(Gen.TEXT) if finding.fix is None else msgspec.convert(finding.fix, Fix)
        return cls(finding, fix, remedy or "see the documentation of the control")

    @property
    def heading(self) -> str:
        """Control, fingerprint and finding, as one harmless line."""
        return comment(f"{self.mark}  {facts.sentence_of(self.finding)}")

    @property
    def mark(self) -> str:
        """Control and fingerprint, by which a fail is found in every form."""
        return f"{self.finding.control} {self.finding.fingerprint[:SHORT]}"

    @property
    def gen(self) -> str:
        """How much of it is written, in words."""
        return GENS[self.fix.gen]


@dataclass(frozen=True)
class Document:
    """All fixes of one report, and where they belong."""

    entries: list[Entry]
    account: str
    base_url: str
    as_of: str
    not_judged: int = 0
    """Checks that could not be judged: what to fix about them, nobody knows."""
    needs_a_person: int = 0
    """Checks that the API alone cannot decide."""
    is_partial: bool = False
    """Whether the run left something out."""
    left_out: tuple[str, ...] = ()
    """What it left out, a phrase each, as far as its report says."""

    @property
    def head(self) -> list[str]:
        """What stands at the top of every form, without the sign of a comment."""
        title = f"Fixes for the account {self.account}, as of {self.as_of}: {self.counts}."
        lines = [
            headed(self, title),
            "Nothing of this was sent. Read each one, and choose what begins with CHOOSE_: sent",
            "unread, it is refused. What was changed since then is not known here.",
        ]
        if self.left_out:
            lines.append(f"The inspection left out {' and '.join(self.left_out)}.")
        if self.is_partial or self.not_judged:
            lines.append("There may be more to fix than this.")
        return [comment(each) for each in lines]

    @property
    def counts(self) -> str:
        """How many fails there are, and how many checks have no verdict."""
        told = [counted(len(self.entries), "fail")]
        if self.not_judged:
            told.append(f"{counted(self.not_judged, 'check')} could not be judged")
        if self.needs_a_person:
            told.append(f"{self.needs_a_person} for a person")
        return "; ".join(told)


def entries(findings: Iterable[tuple[Finding, str]]) -> list[Entry]:
    """Return the fails with their fixes, the most severe first; each comes with its remedy.

    Raises:
        UsageError: A fix in the findings is none of ours.
    """
    failing = [pair for pair in findings if pair[0].status is Status.FAIL]
    failing.sort(key=lambda pair: (-pair[0].severity.weight, pair[0].sort_key))
    found = []
    for finding, remedy in failing:
        try:
            found.append(Entry.of(finding, remedy))
        except msgspec.ValidationError as error:
            raise UsageError(
                f"the fix of {line(finding.control)} in the report is damaged: {error}; write a "
                "new report"
            ) from None
    return found


def changes(block: Block) -> Iterator[str]:
    """Yield what to do about each attribute of what exists, in words."""
    for each in block.changes:
        yield f"set {each.attribute} = {each.to}{f' (now {each.now})' if each.now else ''}"


def comment(text: str) -> str:
    """Return *text* as one line that ends no comment and opens no variable or script."""
    return OPENS.sub("{ ", line(text))


def commented(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines as comments of Terraform and of an ``.http`` file."""
    for each in lines:
        yield f"# {comment(each)}".rstrip()


def as_json(value: Any) -> str:
    """Return JSON whose texts end no line, turn no direction and open no variable or script."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    plain = "".join(each if each.isprintable() or each == "\n" else escape(each) for each in text)
    return OPENS.sub(r"\\u007b", plain)


def escape(char: str) -> str:
    """Return a character as JSON escapes it."""
    return json.dumps(char)[1:-1]
