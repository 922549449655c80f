"""What a bundle says about itself: an in-toto statement about a test result.

Sources: in-toto Attestation Framework, Statement v1 and predicate test-result v0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from pdsec_checks.errors import UsageError
from pdsec_checks.model import YEARS, Status
from pdsec_checks.reports.json_text import dump
from pdsec_checks.resources import printable

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
RESULTS = {
    Status.FAIL: "FAILED",
    Status.ERROR: "WARNED",
    Status.MANUAL: "WARNED",
    Status.PASS: "PASSED",
    Status.WAIVED: "PASSED",
    Status.NOT_APPLICABLE: "PASSED",
}
"""The status of a control → what the predicate calls it: what nobody could judge has not passed."""


Result = Literal["FAILED", "WARNED", "PASSED"]


class Subject(Struct, frozen=True):
    """A file of the bundle."""

    name: str
    digest: dict[str, str]


class DataSet(Struct, frozen=True):
    """A data set that was not read, and why."""

    name: str
    reason: str


class TestResult(Struct, frozen=True, rename="camel"):
    """What was found, and of what."""

    __test__ = False

    result: Result
    configuration: list[Subject]
    passed_tests: list[str]
    warned_tests: list[str]
    failed_tests: list[str]
    tool_version: str
    as_of: Annotated[datetime, Meta(tz=True)]
    sealed_at: Annotated[datetime, Meta(tz=True)]
    """The moment of the signature, by the word of whoever signed."""
    identity: str
    """Whose key signed, as the list of allowed signers names them."""
    account: str
    """The SHA-256 of the account's name in web addresses; empty where no answer showed it."""
    run: str | None
    """The run that the recording and its reports are from; None in a recording from before."""
    recording_digest: str | None
    json_report: str
    """The report that the others are checked by."""
    data_sets: list[str]
    """What was read."""
    not_read: list[DataSet]
    redacted: bool
    previous: str | None
    """The SHA-256 of the sums of the bundle before; None where this is the first."""

    @property
    def results(self) -> dict[str, list[str]]:
        """The ids of the controls by what became of them."""
        return {
            "PASSED": self.passed_tests,
            "WARNED": self.warned_tests,
            "FAILED": self.failed_tests,
        }


class Statement(Struct, frozen=True, rename="camel"):
    """A statement about the files of a bundle."""

    type: str = msgspec.field(name="_type")
    subject: list[Subject]
    predicate_type: str
    predicate: TestResult


def subjects_of(files: Mapping[str, bytes]) -> list[Subject]:
    """Return each file with its SHA-256, sorted by name."""
    return [Subject(name, {"sha256": sha256(files[name]).hexdigest()}) for name in sorted(files)]


def results_of(statuses: Iterable[tuple[str, Status]]) -> dict[str, list[str]]:
    """Return the ids of controls by what the predicate calls their status."""
    found: dict[str, list[str]] = {"PASSED": [], "WARNED": [], "FAILED": []}
    for control, status in statuses:
        found[RESULTS[status]].append(control)
    return found


def overall_of(found: Mapping[str, Sequence[str]]) -> Result:
    """Return the worst of what was found; nothing at all is no success."""
    return next((name for name in get_args(Result) if found[name]), "WARNED")


def statement_text(subject: list[Subject], predicate: TestResult) -> bytes:
    """Return a statement as JSON."""
    made = Statement(STATEMENT_TYPE, subject, PREDICATE_TYPE, predicate)
    return dump(msgspec.to_builtins(made)).encode()


def statement_in(content: bytes, where: str) -> Statement:
    """Return the statement of the bundle *where*.

    Raises:
        UsageError: It is none, or about something else.
    """
    try:
        found = msgspec.json.decode(content, type=Statement)
    except (msgspec.DecodeError, RecursionError):
        raise UsageError(f"{where}: its statement cannot be read") from None
    if (found.type, found.predicate_type) != (STATEMENT_TYPE, PREDICATE_TYPE):
        kind = printable(found.predicate_type)
        raise UsageError(f"{where}: its statement is of another kind, {kind}")
    about = found.predicate
    if not {about.as_of.year, about.sealed_at.year} <= set(YEARS):
        raise UsageError(f"{where}: a moment of its statement is made up")
    return found
