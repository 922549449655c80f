"""The bundles of a locker as a period needs them: each is checked when it is read."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pdsec_checks import __version__
from pdsec_checks.catalogue.controls import shipped_sources
from pdsec_checks.errors import InspectionError, UsageError
from pdsec_checks.evidence import follows, signing, verify
from pdsec_checks.evidence.again import Again, judged_again, told_by
from pdsec_checks.evidence.bundle import CONFIG, TIME_STAMP, Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, Result
from pdsec_checks.evidence.locker import Link, chain_of
from pdsec_checks.evidence.period import Evidence, NoEvidenceError, period_of
from pdsec_checks.evidence.programs import check_is_file, private_folder
from pdsec_checks.evidence.statement import TestResult, overall_of, results_of
from pdsec_checks.evidence.verify import Trusted
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.period.document import Period, Rejudged, Stamp
from pdsec_checks.reports.period.sealed import SealedReport, sealed_report
from pdsec_checks.reports.period.span import Span

ANYBODY = "somebody whom the list of allowed signers names"


def period_in(folder: Path, span: Span, trusted: Trusted, *, rejudges: bool = False) -> Period:
    """Return what the bundles of a locker say of a period.

    Args:
        folder: The locker.
        span: The period.
        trusted: Who must have signed; without a file of signers, signatures are not checked.
        rejudges: Whether the recordings of the period are judged again, by the installed version.

    Raises:
        UsageError: The locker, or what is trusted, cannot be read.
    """
    if trusted.signers:
        check_is_file(trusted.signers, "a file of allowed signers")
    evidence, problems = evidence_in(folder, span, trusted)
    again = tuple(judged_anew(evidence, span, folder)) if rejudges else None
    return period_of(
        with_problems(evidence, again or ()),
        span,
        problems=problems,
        signer=(trusted.identity or ANYBODY) if trusted.signers else "",
        rejudged=again,
        known=[each.id for each in shipped_sources() if not each.is_extended],
    )


def evidence_in(
    folder: Path, span: Span, trusted: Trusted
) -> tuple[list[Evidence], tuple[str, ...]]:
    """Return the bundles of a locker, and what else is wrong with it.

    Each archive is read once, and those of the period are checked meanwhile.

    Raises:
        UsageError: The locker, or what is trusted, cannot be read.
    """
    looked: dict[Path, Looked] = {}

    def look(found: Bundle) -> None:
        if span.index(found.statement.predicate.as_of) is not None:
            looked[found.path] = looked_at(found, trusted)

    chain = chain_of(folder, look)
    return [
        evidence_of(each, looked.get(each.path), trusted) for each in chain.links
    ], chain.foreign


@dataclass(frozen=True)
class Looked:
    """What a bundle is worth, without its files."""

    about: TestResult
    report: bytes
    """Its JSON report, packed: a year of them is kept until all of the chain is known."""
    problem: str
    """Why it does not hold, as one sentence without a full stop; empty where it does."""
    sealed_at: datetime
    stamp: Stamp


def looked_at(found: Bundle, trusted: Trusted) -> Looked:
    """Return what a bundle is worth, as far as its report need not be read for it.

    Raises:
        UsageError: What is trusted cannot be read.
    """
    about = found.statement.predicate
    moment = verify.stamped_at(found, trusted)
    stamp = Stamp.CHECKED if moment.at else Stamp.UNCHECKED
    report = found.files.get(about.json_report, b"")
    return Looked(
        about=about,
        report=zlib.compress(report, level=1),
        problem=problem_of(found, trusted, moment),
        sealed_at=moment.at or about.sealed_at,
        stamp=stamp if TIME_STAMP in found.files else Stamp.NONE,
    )


def problem_of(found: Bundle, trusted: Trusted, moment: verify.Moment) -> str:
    """Return why a bundle does not hold; *moment* is what its time stamp proves.

    Raises:
        UsageError: What is trusted cannot be read.
    """
    try:
        checks = list(verify.statement_checks(found, datetime.now(UTC)))
        found.json_report  # noqa: B018 - without one it says nothing
        if trusted.identity is None:
            signing.checked_identity(found.statement.predicate.identity)
    except UsageError as error:
        return str(error).removeprefix(f"{found.path}: ")
    checks.append(moment.check)
    if trusted.signers:
        checks.append(verify.signature_check(found, trusted, moment))
    return next((each.sentence for each in checks if each.differs), "")


def evidence_of(link: Link, looked: Looked | None, trusted: Trusted) -> Evidence:
    """Return a bundle of a locker as a period needs it.

    *looked* is what it is worth; one that was not looked at is read as a whole when it is needed.
    """
    name = link.path.name
    problem = "; ".join(text.removeprefix(f"{name}: ") for text in link.problems)
    if looked is None:
        read = partial(read_anew, link, trusted)
        return Evidence(name, link.as_of, read, problem, link.tool_version)
    return Evidence(
        name,
        link.as_of,
        partial(read_report, looked),
        problem or looked.problem,
        link.tool_version,
        looked.sealed_at,
        looked.stamp,
    )


def read_anew(link: Link, trusted: Trusted) -> SealedReport:
    """Return the report of a bundle that was not looked at yet.

    Raises:
        NoEvidenceError: It is not the bundle that was read before, or not in order.
        UsageError: What is trusted cannot be read.
    """
    try:
        found = read_bundle(link.path)
    except UsageError as error:
        raise NoEvidenceError(str(error).removeprefix(f"{link.path}: ")) from None
    if found.sums_digest != link.digest:
        raise NoEvidenceError("it was exchanged while it was read")
    looked = looked_at(found, trusted)
    if looked.problem:
        raise NoEvidenceError(looked.problem)
    return read_report(looked)


def read_report(looked: Looked) -> SealedReport:
    """Return the report of a bundle, which must be the one that its statement is about.

    Raises:
        NoEvidenceError: It is not, or none.
    """
    name = looked.about.json_report
    try:
        report = sealed_report(zlib.decompress(looked.report), name)
    except UsageError as error:
        raise NoEvidenceError(str(error)) from None
    if problem := mismatch(report, looked.about):
        raise NoEvidenceError(problem)
    return report


def mismatch(report: SealedReport, about: TestResult) -> str:
    """Return in what a report and the statement on it do not agree; empty where they do.

    Whoever edits a report and signs it anew has to edit all of this too, and then it still does not
    follow from the recording.
    """
    results = results_of((each.id, each.status) for each in report.controls if each.status)
    told = report.scope.recording if report.scope else None
    if not report.adds_up:
        return f"{about.json_report}: its controls have other verdicts than their checks"
    if (about.results, about.result) != (results, overall_of(results)):
        return f"statement.json: its results are not those of {about.json_report}"
    if told and (told.run, told.digest) != (about.run, about.recording_digest):
        return f"{about.json_report}: it is about another recording than the statement"
    return ""


def with_problems(evidence: list[Evidence], rejudged: Iterable[Rejudged]) -> Iterator[Evidence]:
    """Yield evidence, of which what its own recording refutes is none."""
    problems = {each.bundle: each.problem for each in rejudged if each.problem}
    for each in evidence:
        yield replace(each, problem=each.problem or problems.get(each.name, ""))


def judged_anew(evidence: list[Evidence], span: Span, folder: Path) -> Iterator[Rejudged]:
    """Yield what the installed version says otherwise of each recording of the period."""
    for each in evidence:
        if span.index(each.as_of) is not None and not each.problem:
            yield rejudged(each, folder / each.name)


def rejudged(evidence: Evidence, path: Path) -> Rejudged:
    """Return what the installed version says of the recording of a bundle.

    Where that is the very version which sealed it, any difference is no change of the tool: the
    bundle does not hold.
    """
    is_same = evidence.tool_version == __version__
    try:
        found = read_bundle(path)
        checks = [each for each in verify.content_checks(found, judges=False) if each.differs]
        again = again_of(found)
        reports = {found.json_report: found.files[found.json_report]}
        checks += follows.against(again, reports, found.json_report)
        differences = tuple(changed_verdicts(found, again))
    except InspectionError as error:
        text = str(error).removeprefix(f"{path}: ")
        checks = [Checked(Result.BAD, "judged again", text)]
        differences = (f"it could not be judged again: {text}",)
    problem = next((each.sentence for each in checks if each.differs), "") if is_same else ""
    if problem and not differences:
        differences = (problem,)
    return Rejudged(evidence.name, evidence.as_of, evidence.tool_version, differences, problem)


def again_of(found: Bundle) -> Again:
    """Judge the recording of a bundle again.

    Raises:
        InspectionError: Its recording, configuration or report is none.
    """
    told = told_by(found.files[found.json_report], found.json_report)
    with private_folder() as private:
        path = private / found.recording
        path.write_bytes(found.files[found.recording])
        try:
            return judged_again(path, told, found.files.get(CONFIG))
        except InspectionError as error:
            raise UsageError(str(error).replace(str(path), found.recording)) from None


def changed_verdicts(found: Bundle, again: Again) -> Iterator[str]:
    """Yield which checks of a bundle the installed version judges otherwise, and what it lacks.

    Raises:
        UsageError: Its report is none.
    """
    now = told_by(dump(to_plain(again.report)).encode(), found.json_report)
    others = list(follows.without_excuse(again, follows.differences(again, now)))
    yield from others
    if others:
        yield from again.missing
