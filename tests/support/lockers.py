"""Sealed bundles of small reports, made in a moment: nothing is judged, and no key is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from pdsec_checks import __version__
from pdsec_checks.evidence.bundle import Bundle, packed, read_bundle, sums_of
from pdsec_checks.evidence.locker import name_of
from pdsec_checks.evidence.period import Evidence
from pdsec_checks.evidence.statement import TestResult, statement_text, subjects_of
from pdsec_checks.model import Finding, Status, moment_text
from pdsec_checks.reports.earlier import report_as
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.period.sealed import SealedReport
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
    return Evidence(name, as_of, lambda: report_as(SealedReport, content, name), problem)


def bundle_files(
    as_of: datetime, report: bytes, previous: str | None = None, account: str = ACCOUNT
) -> dict[str, bytes]:
    """Return the files of a bundle; its signature is none."""
    files = {"recording.yaml": RECORDING, "ledger.jsonl": b"", "VERIFY.md": b"", REPORT: report}
    predicate = TestResult(
        result="PASSED",
        configuration=[],
        passed_tests=[],
        warned_tests=[],
        failed_tests=[],
        tool_version=__version__,
        as_of=as_of,
        sealed_at=as_of,
        identity="audit@example.com",
        account=account,
        run=None,
        recording_digest=None,
        json_report=REPORT,
        data_sets=[],
        not_read=[],
        redacted=False,
        previous=previous,
    )
    files["statement.json"] = statement_text(subjects_of(files), predicate)
    return files | {"SHA256SUMS": sums_of(files), "SHA256SUMS.sig": b"no signature"}


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
