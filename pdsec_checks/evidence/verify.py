"""Verifies a bundle: files, signature, time stamp, ledger, and whether its reports follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pdsec_checks import NAME, __version__
from pdsec_checks.errors import InspectionError, UsageError
from pdsec_checks.evidence import bundle, follows, signing, time_stamp
from pdsec_checks.evidence.again import Told, told_by
from pdsec_checks.evidence.bundle import Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, Result
from pdsec_checks.evidence.programs import private_folder
from pdsec_checks.evidence.seal import Signer, check_of_run, page_of, result_of
from pdsec_checks.evidence.ssh_signature import SignatureError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import counted, moment_text
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.ledger import ledger_of
from pdsec_checks.pagerduty.recordings.recording import Header
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.report import CLOCK_SKEW
from pdsec_checks.reports.text import line


@dataclass(frozen=True)
class Trusted:
    """What somebody who verifies has from elsewhere than the bundle."""

    signers: Path | None = None
    """The file of allowed signers; None: nobody can tell who signed."""
    identity: str | None = None
    """Who must have signed; None: whoever the bundle names, if the file knows the key as theirs."""
    revoked: Path | None = None
    """The keys that count no more."""
    roots: Path | None = None
    """The certificates of time stamp authorities; None: no time stamp is checked."""


@dataclass(frozen=True)
class Verified:
    """What came of verifying one bundle."""

    path: Path
    checks: Sequence[Checked]

    @property
    def exit_code(self) -> ExitCode:
        """Whether all of it is in order."""
        return code_of(self.checks)


def code_of(checks: Sequence[Checked]) -> ExitCode:
    """Return 1 where something differs, 6 where something was not checked, else 0."""
    if any(each.differs for each in checks):
        return ExitCode.FAILED
    return ExitCode.PASSED if all(each.is_whole for each in checks) else ExitCode.NOT_JUDGED


def verified(path: Path, trusted: Trusted, *, judges: bool = True) -> Verified:
    """Verify one bundle; *judges* says whether its recording is judged again.

    Raises:
        UsageError: The file cannot be read, or what is trusted is not what it should be.
    """
    try:
        found = read_bundle(path)
    except bundle.BundleError as error:
        return Verified(path, [Checked(Result.BAD, "bundle", str(error))])
    return Verified(path, list(checks_of(found, trusted, judges=judges)))


def checks_of(found: Bundle, trusted: Trusted, *, judges: bool) -> Iterator[Checked]:
    """Yield what comes of each check of a bundle whose files are those of its sums.

    Raises:
        UsageError: What is trusted is not what it should be.
    """
    count = counted(len(found.files.keys() - bundle.NEVER_LISTED), "file")
    yield Checked(Result.GOOD, "files", f"{count}, each as its sums list it")
    try:
        stated = list(statement_checks(found, datetime.now(UTC)))
    except UsageError as error:
        yield Checked(Result.BAD, bundle.STATEMENT, str(error))
        return
    yield from stated
    moment = stamped_at(found, trusted)
    yield signature_check(found, trusted, moment)
    yield moment.check
    yield from content_checks(found, judges=judges)


@dataclass(frozen=True)
class Moment:
    """When a bundle was signed."""

    check: Checked
    at: datetime | None
    """By the word of a time stamp authority (aware); None: only the bundle's own word is there."""


def stamped_at(found: Bundle, trusted: Trusted) -> Moment:
    """Return what the time stamp proves.

    Raises:
        UsageError: The certificates of authorities are none.
    """
    stamp = found.files.get(bundle.TIME_STAMP)
    if stamp is None:
        how = "none: the moment of the signature is the signer's own word"
        return Moment(Checked(Result.NOTE, "time stamp", how), None)
    if trusted.roots is None:
        how = "not checked: name the authority's certificates with --tsa-ca"
        return Moment(Checked(Result.PART, "time stamp", how), None)
    try:
        at = time_stamp.check(found.files[bundle.SIGNATURE], stamp, trusted.roots)
    except time_stamp.TimeStampError as error:
        return Moment(Checked(Result.BAD, "time stamp", str(error)), None)
    how = f"the signature was there on {moment_text(at)}"
    return Moment(Checked(Result.GOOD, "time stamp", how), at)


def signature_check(found: Bundle, trusted: Trusted, moment: Moment) -> Checked:
    """Return whether the right person signed, with a key that counted on that day.

    Raises:
        UsageError: The file of signers, or that of revoked keys, is none.
    """
    signature = found.files[bundle.SIGNATURE]
    stated = found.statement.predicate
    identity = trusted.identity or stated.identity
    try:
        if trusted.identity is None:
            check_identity(identity)
        if trusted.signers is None:
            key = signing.fingerprint_of(signature)
            how = f"not checked: name the list of signers with --allowed-signers (key {key})"
            return Checked(Result.PART, "signature", how)
        at = moment.at or stated.sealed_at
        sums = found.files[bundle.SUMS]
        key = signing.check(sums, signature, trusted.signers, identity, at, trusted.revoked)
    except SignatureError as error:
        return Checked(Result.BAD, "signature", str(error))
    return Checked(Result.GOOD, "signature", f"by {identity}, key {key}, as of {moment_text(at)}")


def check_identity(identity: str) -> None:
    """Make sure that whoever a bundle names can have signed.

    Raises:
        SignatureError: It is no identity.
    """
    try:
        signing.checked_identity(identity)
    except UsageError as error:
        raise SignatureError(str(error)) from None


def statement_checks(found: Bundle, now: datetime) -> Iterator[Checked]:
    """Yield whether the statement speaks of the files that are there, and of moments that can be.

    Raises:
        UsageError: It cannot be read.
    """
    stated = {each.name: each.digest.get("sha256") for each in found.statement.subject}
    listed = bundle.listed_in(found.files[bundle.SUMS], str(found.path))
    del listed[bundle.STATEMENT]
    if stated != listed:
        yield Checked(Result.BAD, bundle.STATEMENT, "it is about other files than the sums list")
        return
    about = found.statement.predicate
    if about.sealed_at < about.as_of - CLOCK_SKEW or about.sealed_at > now + CLOCK_SKEW:
        how = f"it was not signed at {moment_text(about.sealed_at)}, by its own word"
        yield Checked(Result.BAD, bundle.STATEMENT, how)
    elif (later := (about.sealed_at - about.as_of).days) > 0:
        how = f"{counted(later, 'day')} after the account was read"
        yield Checked(Result.NOTE, "signed", how)
    if about.previous is None:
        yield Checked(Result.NOTE, "chain", "it names no bundle before it")


def content_checks(found: Bundle, *, judges: bool) -> Iterator[Checked]:
    """Yield whether statement, page, ledger and reports are those of the recording.

    Raises:
        UsageError: There is no room for temporary files.
    """
    with private_folder() as folder:
        path = folder / found.recording
        path.write_bytes(found.files[found.recording])
        try:
            yield from checks_against(found, path, judges=judges)
        except InspectionError as error:
            said = str(error).replace(str(path), found.recording)
            yield Checked(Result.BAD, "content", said)


def checks_against(found: Bundle, path: Path, *, judges: bool) -> Iterator[Checked]:
    """Yield the same, where the recording is at *path*.

    Raises:
        InspectionError: Something in the bundle is not what it should be.
    """
    header, paths = recording.requests_on(str(path))
    name = found.json_report
    told = told_by(found.files[name], name)
    check_of_run(told, header, name)
    yield result_check(found, header, told)
    yield page_check(found)
    yield recording_check(header, paths, found.recording)
    yield ledger_check(found, path)
    if not judges:
        yield Checked(Result.PART, "reports", "not judged again")
        return
    reports = {each: found.files[each] for each in found.reports}
    yield from follows.checked(path, reports, name, found.files.get(bundle.CONFIG))


def recording_check(header: Header, paths: Sequence[str], name: str) -> Checked:
    """Return what the recording says of itself; that it was not edited was checked before."""
    where = f"{header.host or header.base_url}, by version {header.tool_version}"
    how = f"{counted(len(paths), 'request')} to {where}"
    if not header.digest:
        how += "; it carries no digest, as it was made by an earlier version"
    return Checked(Result.GOOD, name, how)


def ledger_check(found: Bundle, path: Path) -> Checked:
    """Return whether the ledger lists what the recording holds; names the first line that does not.

    Raises:
        UsageError: The recording is none.
    """
    sealed, made = found.files[bundle.LEDGER].decode("utf-8", "replace"), ledger_of(path)
    if sealed == made:
        how = f"{counted(made.count(chr(10)), 'line')}, each as the recording has it"
        return Checked(Result.GOOD, bundle.LEDGER, how)
    pairs = zip([*sealed.splitlines(), ""], [*made.splitlines(), ""], strict=False)
    number = next((line for line, (was, now) in enumerate(pairs, 1) if was != now), 1)
    return Checked(Result.BAD, bundle.LEDGER, f"line {number} is not as the recording has it")


def result_check(found: Bundle, header: Header, told: Told) -> Checked:
    """Return whether the statement says what follows from the recording and the JSON report."""
    about = found.statement.predicate
    signer = Signer(about.identity, about.sealed_at, about.previous)
    expected = result_of(signer, header, told, found.files, found.json_report)
    others = [
        name for name in about.__struct_fields__ if getattr(about, name) != getattr(expected, name)
    ]
    if others:
        how = f"it does not follow from what is sealed: {', '.join(others)}"
        return Checked(Result.BAD, bundle.STATEMENT, how)
    how = f"{about.result} as of {moment_text(about.as_of)}, by version {about.tool_version}"
    return Checked(Result.GOOD, bundle.STATEMENT, how)


def page_check(found: Bundle) -> Checked:
    """Return whether the page for auditors is the one that this version writes.

    Raises:
        SignatureError: The signature is none, so that nobody knows which key the page must name.
    """
    about = found.statement.predicate
    signer = Signer(about.identity, about.sealed_at, about.previous)
    key = signing.fingerprint_of(found.files[bundle.SIGNATURE])
    stamped = bundle.TIME_STAMP in found.files
    page = found.files[bundle.READ_ME]
    if page == page_of(signer, key, found.files, stamped=stamped):
        return Checked(Result.GOOD, bundle.READ_ME, "as this tool writes it")
    if f"`{NAME}` {__version__}".encode() in page:
        return Checked(Result.BAD, bundle.READ_ME, "it is not the page that this tool writes")
    return Checked(Result.PART, bundle.READ_ME, "another version wrote it: not compared")


def to_text(found: Sequence[Verified], chain: Sequence[Checked]) -> str:
    """Return what was found as lines for a terminal."""
    lines = []
    for each in found:
        lines.append(f"{each.path}: {WORDS[each.exit_code]}")
        lines += [f"  {check.result.value:<8} {line(check.sentence)}" for check in each.checks]
    lines += [f"{check.result.value:<8} {line(check.sentence)}" for check in chain]
    return "\n".join(lines) + "\n"


def to_json(found: Sequence[Verified], chain: Sequence[Checked]) -> str:
    """Return the same as JSON."""
    plain = {
        "version": __version__,
        "bundles": [
            {
                "path": str(each.path),
                "verified": each.exit_code is ExitCode.PASSED,
                "exit_code": int(each.exit_code),
                "checks": [plain_check(check) for check in each.checks],
            }
            for each in found
        ],
        "chain": [plain_check(check) for check in chain],
    }
    return dump(plain)


def plain_check(check: Checked) -> dict[str, str]:
    """Return one check as plain JSON."""
    return {"result": check.result.name.lower(), "what": check.what, "how": check.how}


WORDS = {
    ExitCode.PASSED: "verified",
    ExitCode.FAILED: "NOT as it was sealed, or not by whom it should be",
    ExitCode.NOT_JUDGED: "verified in part",
}
