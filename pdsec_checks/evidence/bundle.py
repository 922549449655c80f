"""A sealed bundle: one archive of recording, reports, statement, sums and signature.

The same files always give the same archive, so that whoever reads one packs its files again: every
archive that is not as we pack it is refused, whatever was done to it.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.statement import Statement, statement_in
from pdsec_checks.model import counted
from pdsec_checks.pagerduty.recordings.bounds import LARGEST
from pdsec_checks.reports.earlier import EarlierReport, report_in

LEDGER = "ledger.jsonl"
STATEMENT = "statement.json"
CONFIG = "config.toml"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
TIME_STAMP = "SHA256SUMS.sig.tsr"
READ_ME = "VERIFY.md"
REPORTS = "reports/"
RECORDINGS = ("recording.yaml", "recording.yaml.gz", "recording.json", "recording.json.gz")
NEVER_LISTED = frozenset({SUMS, SIGNATURE, TIME_STAMP})
"""The files that the sums cannot hold: what is signed, and what was made from it."""
ALWAYS = (LEDGER, STATEMENT, SUMS, SIGNATURE, READ_ME)
KNOWN = frozenset({*ALWAYS, *RECORDINGS, CONFIG, TIME_STAMP})
REPORT_NAME = re.compile(r"reports/[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
SUM_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)")
MADE = (1980, 1, 1, 0, 0, 0)
"""The time of every file: the earliest that an archive can hold."""
UNIX = 3
PERMISSIONS = (stat.S_IFREG | 0o644) << 16
MOST_FILES = 64
LARGEST_BUNDLE = 2 * LARGEST
"""Bytes of all files together: twice what a recording may be."""


class BundleError(UsageError):
    """A file is no sealed bundle, or not as it was sealed."""

    hint = "ask whoever sealed it for the bundle as it was"


@dataclass(frozen=True)
class Bundle:
    """An archive whose files are those that its sums list."""

    path: Path
    files: Mapping[str, bytes]

    @cached_property
    def sums_digest(self) -> str:
        """By what the next bundle of a chain names this one: the SHA-256 of its sums."""
        return sha256(self.files[SUMS]).hexdigest()

    @cached_property
    def statement(self) -> Statement:
        """What the bundle says about itself.

        Raises:
            UsageError: It says nothing that can be read.
        """
        return statement_in(self.files[STATEMENT], str(self.path))

    @property
    def recording(self) -> str:
        """The name of the recording in it."""
        return next(name for name in RECORDINGS if name in self.files)

    @property
    def reports(self) -> list[str]:
        """The names of the reports in it, sorted."""
        return sorted(name for name in self.files if name.startswith(REPORTS))

    @property
    def json_report(self) -> str:
        """The name of the JSON report in it, which the others are checked by.

        Raises:
            BundleError: It has none.
        """
        for name in self.reports:
            if name == self.statement.predicate.json_report:
                return name
        raise BundleError(f"{self.path}: there is no JSON report in it; seal one with the others")

    def report(self) -> EarlierReport:
        """Return its JSON report, read back.

        Raises:
            UsageError: It has none, or one that cannot be read.
        """
        return report_in(self.files[self.json_report], f"{self.path}: {self.json_report}")


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of *files*: the same bytes for the same files, on every machine and day."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, MADE)
            entry.create_system = UNIX
            entry.external_attr = PERMISSIONS
            archive.writestr(entry, files[name])
    return content.getvalue()


def sums_of(files: Mapping[str, bytes]) -> bytes:
    """Return the sums of *files* as ``sha256sum`` writes and checks them, sorted by name."""
    lines = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def read_bundle(path: Path) -> Bundle:
    """Return a bundle whose files are whole, and those that its sums list; nothing is unpacked.

    Whether it is signed by whom it should be, and what its reports are worth, is another question.

    Raises:
        BundleError: There is no such file, it is no bundle, or not as it was sealed.
    """
    try:
        if path.stat().st_size > LARGEST_BUNDLE:
            raise BundleError(f"{path}: it is larger than {LARGEST_BUNDLE} bytes, as no bundle is")
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}") from None
    files = unpacked(content, str(path))
    check_names(files, str(path))
    if packed(files) != content:
        raise BundleError(f"{path}: it holds more than its files, or was packed by another program")
    check_sums(files, str(path))
    return Bundle(path, files)


def unpacked(content: bytes, where: str) -> dict[str, bytes]:
    """Return the files of an archive by name; it can hold no more than it has bytes.

    Raises:
        BundleError: It is none, is damaged, or holds what no bundle does.
    """
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES:
                raise BundleError(
                    f"{where}: it holds {counted(len(entries), 'file')}, as no bundle does"
                )
            for entry in entries:
                check_entry(entry, files, where)
                files[entry.filename] = archive.read(entry)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise BundleError(f"{where}: not a bundle: no archive, or a damaged one") from None
    return files


def check_entry(entry: zipfile.ZipInfo, known: Mapping[str, bytes], where: str) -> None:
    """Refuse a file of an archive that no bundle holds, before it is read.

    Raises:
        BundleError: It is another name, a link, twice there, or compressed.
    """
    name = entry.filename
    if name not in KNOWN and not REPORT_NAME.fullmatch(name):
        raise BundleError(f"{where}: it holds {name!r}, which is no file of a bundle")
    if name in known:
        raise BundleError(f"{where}: it holds {name} twice")
    if not stat.S_ISREG(entry.external_attr >> 16):
        raise BundleError(f"{where}: {name} is a link or something else that is no file")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise BundleError(f"{where}: {name} is compressed, which nothing in a bundle is")


def check_names(files: Mapping[str, bytes], where: str) -> None:
    """Refuse an archive that lacks what every bundle has.

    Raises:
        BundleError: A file is missing, or there is no recording, or several.
    """
    for name in ALWAYS:
        if name not in files:
            raise BundleError(f"{where}: not a bundle: {name} is missing")
    recordings = [name for name in RECORDINGS if name in files]
    if len(recordings) != 1:
        raise BundleError(f"{where}: it holds {counted(len(recordings), 'recording')}; wanted: one")


def check_sums(files: Mapping[str, bytes], where: str) -> None:
    """Refuse an archive whose files are not those that its sums list.

    Raises:
        BundleError: One is missing, not listed or changed, or the sums are none.
    """
    listed = listed_in(files[SUMS], where)
    there = files.keys() - NEVER_LISTED
    for name in sorted(listed.keys() - there):
        raise BundleError(f"{where}: {name} is missing; its sums list it")
    for name in sorted(there - listed.keys()):
        raise BundleError(f"{where}: {name} is not among its sums; it was added later")
    for name in sorted(there):
        if sha256(files[name]).hexdigest() != listed[name]:
            raise BundleError(f"{where}: {name} was changed after the bundle was sealed")


def listed_in(sums: bytes, where: str) -> dict[str, str]:
    """Return the SHA-256 of each file that sums list.

    Raises:
        BundleError: They are not as ``sums_of`` writes them.
    """
    listed = {}
    for line in sums.decode("ascii", "replace").splitlines():
        found = SUM_LINE.fullmatch(line)
        if not found:
            raise BundleError(f"{where}: {SUMS} is no list of sums")
        listed[found[2]] = found[1]
    if sums != "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)).encode():
        raise BundleError(f"{where}: {SUMS} is not sorted, or names a file twice")
    return listed
