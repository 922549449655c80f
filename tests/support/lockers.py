"""Sealed bundles of small reports, made in a moment: nothing is judged, and no key is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pdsec_checks import __version__
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.again import told_by
from pdsec_checks.evidence.bundle import Bundle, packed, read_bundle, sums_of
from pdsec_checks.evidence.locker import name_of
from pdsec_checks.evidence.period import Evidence
from pdsec_checks.evidence.statement import TestResult, overall_of, statement_text, subjects_of
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status, moment_text
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.period.sealed import sealed_report
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource

FIRST = datetime(2026, 11, 2, 6, tzinfo=UTC)
"""The moment of the first bundle: a Monday."""
DAY = timedelta(days=1)
ACCOUNT = sha256(b"acme").hexdigest()
RECORDING = b"a recording, of which nothing is read here"
REPORT = "reports/report.json"


def day(number: int, hour: int = 6) -> datetime:
    """Return the moment of the bundle of a day, counted from 0."""
    return FIRST.replace(hour=hour) + number * DAY


def check(status: Status, resource: str = "PS1", control: str = "PD-05") -> Finding:
    """Return what a report says of a service."""
    return a_finding(control, status, a_resource(f"service {resource}", resource))


def plain_report(as_of: datetime, findings: Iterable[Finding], **changed: Any) -> dict[str, Any]:
    """Return a JSON report of these findings as plain JSON, with some fields *changed*."""
    made = a_report(*findings)
    found = to_plain(replace(made, run=replace(made.run, as_of=as_of)))
    return found | changed


def sealed(as_of: datetime, findings: Iterable[Finding], **changed: Any) -> bytes:
    """Return the same as a file."""
    return dump(plain_report(as_of, findings, **changed)).encode()


def evidence(
    as_of: datetime, *findings: Finding, problem: str = "", name: str = "", **changed: Any
) -> Evidence:
    """Return a bundle as a period needs it."""
    content = sealed(as_of, findings, **changed)
    name = name or name_of(as_of)
    return Evidence(name, as_of, lambda: sealed_report(content, name), problem)


def unsigned(sums: bytes) -> bytes:  # noqa: ARG001 - as others do
    """Return what is no signature."""
    return b"no signature"


def bundle_files(
    as_of: datetime,
    report: bytes,
    previous: str | None = None,
    account: str = ACCOUNT,
    others: Mapping[str, bytes] = MappingProxyType({"recording.yaml": RECORDING}),
    signed: Callable[[bytes], bytes] = unsigned,
    *,
    sealed_at: datetime | None = None,
    identity: str = "audit@example.com",
    results_of: bytes | None = None,
) -> dict[str, bytes]:
    """Return the files of a bundle.

    *others* are its recording and further reports; *results_of* is the report whose results and
    recording the statement has, where that is another one.
    """
    files = {"ledger.jsonl": b"", "VERIFY.md": b"", REPORT: report, **others}
    results = results_in(results_of or report)
    recording = recording_in(results_of or report)
    predicate = TestResult(
        result=overall_of(results),
        configuration=[],
        passed_tests=results["PASSED"],
        warned_tests=results["WARNED"],
        failed_tests=results["FAILED"],
        tool_version=__version__,
        as_of=as_of,
        sealed_at=sealed_at or as_of,
        identity=identity,
        account=account,
        run=recording.get("run"),
        recording_digest=recording.get("digest"),
        json_report=REPORT,
        data_sets=[],
        not_read=[],
        redacted=False,
        previous=previous,
    )
    files["statement.json"] = statement_text(subjects_of(files), predicate)
    sums = sums_of(files)
    return files | {"SHA256SUMS": sums, "SHA256SUMS.sig": signed(sums)}


def results_in(report: bytes) -> dict[str, list[str]]:
    """Return the results of a JSON report; none of what is no report."""
    try:
        return told_by(report, REPORT).results
    except UsageError:
        return {"PASSED": [], "WARNED": [], "FAILED": []}


def recording_in(report: bytes) -> dict[str, str | None]:
    """Return which recording a JSON report says it is about; of what is no report, none."""
    try:
        found = told_by(report, REPORT).scope.recording
    except UsageError:
        return {}
    return {"run": found.run, "digest": found.digest} if found else {}


def write_bundle(path: Path, files: dict[str, bytes]) -> Bundle:
    """Write a bundle, and return it read."""
    path.write_bytes(packed(files))
    return read_bundle(path)


def a_bundle(
    folder: Path,
    number: int,
    before: Bundle | None = None,
    findings: Iterable[Finding] = (),
    *,
    name: str = "",
    **about: Any,
) -> Bundle:
    """Write the bundle of a day, counted from 0, which follows the one *before*."""
    as_of = day(number)
    report = sealed(as_of, [*findings] or [check(Status.PASS)])
    told = {"previous": before.sums_digest if before else None} | about
    return write_bundle(folder / (name or name_of(as_of)), bundle_files(as_of, report, **told))


def a_locker(folder: Path, days: Iterable[int]) -> Iterator[Bundle]:
    """Yield the bundles of a locker, each as it is written, a day after another."""
    folder.mkdir(exist_ok=True)
    previous = None
    for number in days:
        previous = a_bundle(folder, number, previous)
        yield previous


def shifted(report: dict[str, Any], as_of: datetime) -> bytes:
    """Return a JSON report as it would be about another moment: only that differs."""
    return dump(report | {"as_of": moment_text(as_of)}).encode()
