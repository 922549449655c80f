"""Seals a recording and the reports on it: what is sealed must follow from the recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import bundle, follows, signing, time_stamp
from pdsec_checks.evidence.again import Told, told_by
from pdsec_checks.evidence.follows import Checked
from pdsec_checks.evidence.statement import (
    DataSet,
    TestResult,
    overall_of,
    statement_text,
    subjects_of,
)
from pdsec_checks.evidence.verify_text import verify_text
from pdsec_checks.output import whole
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.ledger import ledger_of
from pdsec_checks.pagerduty.recordings.recording import Header
from pdsec_checks.pagerduty.recordings.tape import SUFFIXES
from pdsec_checks.reports.earlier import is_ours


@dataclass(frozen=True)
class ToSeal:
    """What somebody wants sealed, and how."""

    recording: str
    """A file, or the name of a recording that ships with the package."""
    reports: Sequence[Path]
    key: Path
    identity: str
    """As which the file of allowed signers knows the key."""
    sealed_at: datetime
    """The moment (aware, whole seconds) of the signature."""
    config: Path | None = None
    """The configuration of the run; None where it had none."""
    authority: str | None = None
    """The address of a time stamp authority; None: nothing is sent anywhere."""
    timeout: float = 30.0
    """Seconds for its answer."""
    previous: str | None = None
    """The SHA-256 of the sums of the bundle before; None where there is none."""


@dataclass(frozen=True)
class Signer:
    """What a bundle holds by the word of whoever signs alone."""

    identity: str
    sealed_at: datetime
    """An aware moment."""
    previous: str | None


@dataclass(frozen=True)
class Sealed:
    """A bundle that was made."""

    files: Mapping[str, bytes]
    as_of: datetime
    """The moment (aware) of the account."""
    notes: tuple[str, ...]
    """What nobody will be able to check, a sentence each."""

    @property
    def content(self) -> bytes:
        """The archive."""
        return bundle.packed(self.files)


def seal(asked: ToSeal) -> Sealed:
    """Return a sealed bundle of what was *asked*.

    The same input gives the same bytes, wherever the signature does: one by Ed25519 or RSA does,
    one by ECDSA or a FIDO key, and a time stamp, never do.

    Raises:
        UsageError: A file is not what it should be, a report does not follow from the recording,
            or there is no signature or no time stamp.
    """
    signing.checked_identity(asked.identity)
    path = recording.find(asked.recording, "--recording")
    header, _ = recording.requests_on(asked.recording)
    reports = reports_of(asked.reports)
    name = json_report_in(reports)
    told = told_by(reports[name], name)
    check_of_run(told, header, name)
    files = {**reports, **files_beside(asked, path)}
    notes = notes_on(follows.checked(path, reports, name, files.get(bundle.CONFIG)))
    signer = Signer(asked.identity, asked.sealed_at, asked.previous)
    key = signing.fingerprint_of_key(asked.key)
    files[bundle.READ_ME] = page_of(signer, key, files, stamped=asked.authority is not None)
    result = result_of(signer, header, told, files, name)
    files[bundle.STATEMENT] = statement_text(subjects_of(files), result)
    return Sealed({**files, **signed(bundle.sums_of(files), asked)}, told.as_of, notes)


def files_beside(asked: ToSeal, path: Path) -> dict[str, bytes]:
    """Return what is sealed beside the reports: the recording at *path*, its ledger, the rest.

    Raises:
        UsageError: One of them cannot be read.
    """
    files = {name_of(path): content_of(path, "--recording")}
    files[bundle.LEDGER] = ledger_of(path).encode()
    if asked.config is not None:
        files[bundle.CONFIG] = content_of(asked.config, "--config")
    return files


def name_of(recording: Path) -> str:
    """Return what a bundle calls a recording.

    Raises:
        UsageError: Its name is not that of a recording.
    """
    for suffix in SUFFIXES:
        if recording.name.endswith(suffix):
            return f"recording{suffix}"
    raise UsageError(f"--recording {recording}: a recording ends in {', '.join(SUFFIXES)}")


def notes_on(followed: Iterable[Checked]) -> tuple[str, ...]:
    """Return what nobody will be able to check about the reports.

    Raises:
        UsageError: One of them does not follow from the recording.
    """
    found = list(followed)
    for each in found:
        if each.differs or each.is_otherwise:
            raise UsageError(f"{each.sentence}; seal the reports of the recording's own run")
    return tuple(each.sentence for each in found if not each.is_whole)


def page_of(signer: Signer, key: str, files: Mapping[str, bytes], *, stamped: bool) -> bytes:
    """Return the page that tells an auditor how to check a bundle of *files*.

    *key* is the fingerprint of the signer's key.
    """
    text = verify_text(
        identity=signer.identity,
        fingerprint=key,
        sealed_at=signer.sealed_at,
        stamped=stamped,
        recording=next(name for name in bundle.RECORDINGS if name in files),
        reports=sorted(name for name in files if name.startswith(bundle.REPORTS)),
        configuration=bundle.CONFIG if bundle.CONFIG in files else None,
    )
    return text.encode()


def signed(sums: bytes, asked: ToSeal) -> dict[str, bytes]:
    """Return the sums with their signature, and its time stamp where that was asked for.

    Raises:
        UsageError: OpenSSH does not sign, or the authority does not answer as it should.
    """
    signature = signing.sign(sums, asked.key)
    made = {bundle.SUMS: sums, bundle.SIGNATURE: signature}
    if asked.authority is not None:
        stamp = time_stamp.obtain(signature, asked.authority, asked.timeout)
        made[bundle.TIME_STAMP] = stamp
    return made


def content_of(path: Path, flag: str) -> bytes:
    """Return what a file holds; *flag* names it in an error.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{flag} {path}: {error.strerror}") from None


def reports_of(paths: Iterable[Path]) -> dict[str, bytes]:
    """Return the reports by their name in the bundle.

    Raises:
        UsageError: One cannot be read, or two have one name, or one that no bundle holds.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        name = f"{bundle.REPORTS}{path.name}"
        if not bundle.REPORT_NAME.fullmatch(name):
            raise UsageError(
                f"--report {path}: in a bundle names are of letters, digits, '.', '_' and '-' "
                "alone; rename the file"
            )
        if name in found:
            raise UsageError(f"--report {path}: there are two reports of this name; rename one")
        found[name] = content_of(path, "--report")
    return found


def json_report_in(reports: Mapping[str, bytes]) -> str:
    """Return the name of the JSON report, by which the others are checked.

    Raises:
        UsageError: There is none, or several.
    """
    found = [name for name, content in reports.items() if is_ours(content)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"--report: {', '.join(found)} are JSON reports; seal one recording's one")
    raise UsageError(
        "--report: none of the files is a JSON report, by which the others are checked; write one "
        "with --format json"
    )


def check_of_run(told: Told, header: Header, name: str) -> None:
    """Make sure that a report is on the recording.

    Raises:
        UsageError: It is on another one, or on the account at another time.
    """
    about = told.scope.recording
    if header.run and about and about.run != header.run:
        raise UsageError(
            f"{name}: the report is of the run {about.run}, and the recording of {header.run}; "
            "seal what belongs together"
        )
    if told.as_of != header.as_of or (header.run and not about):
        raise UsageError(
            f"{name}: the report is not of the run that made the recording, nor of a replay of it"
        )


def result_of(
    signer: Signer, header: Header, told: Told, files: Mapping[str, bytes], name: str
) -> TestResult:
    """Return what the statement says was found, which follows from what a bundle holds.

    *header* is that of its recording, *told* its JSON report, which it calls *name*.
    """
    found = told.results
    refused = {each.data_set: each.reason for each in told.unread}
    config = {each: files[each] for each in files if each == bundle.CONFIG}
    subdomain = told.account.subdomain or ""
    return TestResult(
        result=overall_of(found),
        configuration=subjects_of(config),
        passed_tests=found["PASSED"],
        warned_tests=found["WARNED"],
        failed_tests=found["FAILED"],
        tool_version=told.version,
        as_of=told.as_of,
        sealed_at=signer.sealed_at,
        identity=signer.identity,
        account=sha256(subdomain.encode()).hexdigest() if subdomain else "",
        run=header.run or None,
        recording_digest=header.digest or None,
        json_report=name,
        data_sets=[each for each in header.data_sets if each not in refused],
        not_read=[DataSet(each, reason) for each, reason in sorted(refused.items())],
        redacted=bool(header.redacted),
        previous=signer.previous,
    )


def write_new(path: Path, content: bytes) -> None:
    """Write a bundle whole or not at all; it replaces no file.

    Raises:
        UsageError: There is one of this name, or it cannot be written.
    """
    if path.exists():
        raise UsageError(f"--output {path}: the file exists; evidence is never overwritten")
    try:
        with whole(path, new=0o600) as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"--output {path}: {error.strerror}") from None
