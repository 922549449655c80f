"""The bundles of a locker as a period needs them: each is checked when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import verify
from pdsec_checks.evidence.again import judged_again, told_by
from pdsec_checks.evidence.bundle import CONFIG, Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, differing, not_judged_again, rows, shown
from pdsec_checks.evidence.locker import Link, chain_of
from pdsec_checks.evidence.period import Evidence, NoEvidenceError, period_of
from pdsec_checks.evidence.programs import check_is_file, private_folder
from pdsec_checks.evidence.verify import Trusted
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.period.document import Period, Rejudged
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
    chain = chain_of(folder)
    evidence = [evidence_of(each, trusted) for each in chain.links]
    signer = (trusted.identity or ANYBODY) if trusted.signers else ""
    again = tuple(judged_anew(evidence, span, folder)) if rejudges else None
    return period_of(evidence, span, problems=chain.foreign, signer=signer, rejudged=again)


def evidence_of(link: Link, trusted: Trusted) -> Evidence:
    """Return a bundle of a locker as a period needs it."""
    name = link.path.name
    problem = "; ".join(text.removeprefix(f"{name}: ") for text in link.problems)
    read = partial(read_report, link, trusted)
    return Evidence(name, link.as_of, read, problem, link.tool_version)


def read_report(link: Link, trusted: Trusted) -> SealedReport:
    """Return the report of a bundle, which is read anew and checked.

    Raises:
        NoEvidenceError: It is not the bundle that was read before, or not in order.
        UsageError: What is trusted cannot be read.
    """
    try:
        found = read_bundle(link.path)
        stated = list(verify.statement_checks(found, datetime.now(UTC)))
        report = sealed_report(found.files[found.json_report], found.json_report)
    except UsageError as error:
        raise NoEvidenceError(str(error).removeprefix(f"{link.path}: ")) from None
    if found.sums_digest != link.digest:
        raise NoEvidenceError("it was exchanged while it was read")
    for each in (*stated, *signature_checks(found, trusted)):
        if each.differs:
            raise NoEvidenceError(each.sentence)
    return report


def signature_checks(found: Bundle, trusted: Trusted) -> Iterator[Checked]:
    """Yield whether the right person signed a bundle, as far as anybody asked.

    Raises:
        UsageError: What is trusted cannot be read.
    """
    if trusted.signers:
        moment = verify.stamped_at(found, trusted)
        yield moment.check
        yield verify.signature_check(found, trusted, moment)


def judged_anew(evidence: list[Evidence], span: Span, folder: Path) -> Iterator[Rejudged]:
    """Yield what the installed version says otherwise of each recording of the period."""
    for each in evidence:
        if span.index(each.as_of) is not None and not each.problem:
            try:
                differences = tuple(changed_verdicts(read_bundle(folder / each.name)))
            except UsageError as error:
                differences = (f"it could not be judged again: {error}",)
            yield Rejudged(each.name, each.as_of, each.tool_version, differences)


def changed_verdicts(found: Bundle) -> Iterator[str]:
    """Yield which checks of a bundle the installed version judges otherwise, and what it lacks.

    Raises:
        UsageError: Its recording, configuration or report is none.
    """
    report = found.files[found.json_report]
    told = told_by(report, found.json_report)
    with private_folder() as private:
        path = private / found.recording
        path.write_bytes(found.files[found.recording])
        again = judged_again(path, told, found.files.get(CONFIG))
    hidden = again.report.run.redacted and told.source != RECORDING
    made_again = told_by(dump(to_plain(again.report)).encode(), found.json_report)
    was, now = (rows(each, hidden=hidden) for each in (told, made_again))
    others = [shown(*each) for each in differing(was, now, not_judged_again(again))]
    yield from others
    if others:
        yield from again.missing
