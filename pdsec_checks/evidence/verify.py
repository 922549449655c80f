"""Verifies a bundle: files, signature, time stamp, ledger, and whether its reports follow."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from pdsec_checks import __version__
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import bundle, follows, signing, time_stamp
from pdsec_checks.evidence.again import told_by
from pdsec_checks.evidence.bundle import Bundle, read_bundle
from pdsec_checks.evidence.follows import Checked, Result
from pdsec_checks.evidence.ssh_signature import SignatureError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import counted, moment_text
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.ledger import ledger_of


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
        stated = list(statement_checks(found))
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


def statement_checks(found: Bundle) -> Iterator[Checked]:
    """Yield whether the statement speaks of the files that are there.

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
    how = f"{about.result} as of {moment_text(about.as_of)}, by version {about.tool_version}"
    yield Checked(Result.GOOD, bundle.STATEMENT, how)
    if about.previous is None:
        yield Checked(Result.NOTE, "chain", "it names no bundle before it")


def content_checks(found: Bundle, *, judges: bool) -> Iterator[Checked]:
    """Yield whether ledger and reports are those of the recording."""
    with tempfile.TemporaryDirectory(prefix="pdsec-") as folder:
        path = Path(folder) / found.recording
        path.write_bytes(found.files[found.recording])
        try:
            yield recording_check(found, path)
            yield ledger_check(found, path)
            if judges:
                yield from judged_checks(found, path)
            else:
                yield Checked(Result.PART, "reports", "not judged again")
        except UsageError as error:
            said = str(error).replace(str(path), found.recording)
            yield Checked(Result.BAD, "content", said)


def recording_check(found: Bundle, path: Path) -> Checked:
    """Return whether the recording is the one that the statement names, and as it was made.

    Raises:
        UsageError: It is none, or was edited.
    """
    header, paths = recording.requests_on(str(path))
    about = found.statement.predicate
    if (header.run or None, header.as_of) != (about.run, about.as_of):
        return Checked(Result.BAD, found.recording, "it is not of the run that the statement names")
    where = f"{header.host or header.base_url}, by version {header.tool_version}"
    how = f"{counted(len(paths), 'request')} to {where}"
    if not header.digest:
        how += "; it carries no digest, as it was made by an earlier version"
    return Checked(Result.GOOD, found.recording, how)


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


def judged_checks(found: Bundle, path: Path) -> Iterator[Checked]:
    """Yield whether the reports follow from the recording, and the statement from these.

    Raises:
        UsageError: The recording, the configuration or the JSON report is none.
    """
    reports = {name: found.files[name] for name in found.reports}
    name = found.json_report
    yield results_check(found, name)
    yield from follows.checked(path, reports, name, found.files.get(bundle.CONFIG))


def results_check(found: Bundle, name: str) -> Checked:
    """Return whether the statement gives the controls the results of the JSON report.

    Raises:
        UsageError: The report is none.
    """
    about = found.statement.predicate
    if about.results != told_by(found.files[name], name).results:
        return Checked(Result.BAD, bundle.STATEMENT, f"its results are not those of {name}")
    return Checked(Result.GOOD, bundle.STATEMENT, f"its results are those of {name}")


def to_text(found: Sequence[Verified], chain: Sequence[Checked]) -> str:
    """Return what was found as lines for a terminal."""
    lines = []
    for each in found:
        lines.append(f"{each.path}: {WORDS[each.exit_code]}")
        lines += [f"  {check.result.value:<8} {check.sentence}" for check in each.checks]
    lines += [f"{check.result.value:<8} {check.sentence}" for check in chain]
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
    return json.dumps(msgspec.to_builtins(plain), indent=2, ensure_ascii=False) + "\n"


def plain_check(check: Checked) -> dict[str, str]:
    """Return one check as plain JSON."""
    return {"result": check.result.name.lower(), "what": check.what, "how": check.how}


WORDS = {
    ExitCode.PASSED: "verified",
    ExitCode.FAILED: "NOT as it was sealed, or not by whom it should be",
    ExitCode.NOT_JUDGED: "verified in part",
}
