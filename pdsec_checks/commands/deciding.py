"""What ``waive`` and ``attest`` share: their flags, the day of today, and writing an entry."""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks.commands.console import Parser
from pdsec_checks.configuration.options import CONFIG_FILE, control_id
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import ACCOUNT
from pdsec_checks.output import say, tell, wrote

API_KEY = "api_key"
"""The argument of a control that judges API keys."""

if TYPE_CHECKING:
    from typing import TypeVar

    from pdsec_checks.catalogue.controls import WrittenControl
    from pdsec_checks.configuration.decisions import Attestation, Decision, Waiver
    from pdsec_checks.configuration.writer import DecisionFile
    from pdsec_checks.model import Severity

    AnyDecision = TypeVar("AnyDecision", Waiver, Attestation)


def add_shared_flags(made: Parser) -> None:
    """Add the flags that both commands have."""
    made.add_argument(
        "--until",
        required=True,
        metavar="DAY",
        help="last day of its validity, such as 2027-03-31 (UTC)",
    )
    made.add_argument(
        "--report",
        metavar="PATH",
        type=Path,
        help="JSON report of the account: refuse what the next run would call unmatched, and take "
        "the fingerprint of a finding in place of a resource id",
    )
    made.add_argument(
        "--renew",
        action="store_true",
        help="replace the existing entry for this control and resource",
    )
    made.add_argument(
        "--config",
        metavar="PATH",
        type=Path,
        help="file to write to (default: the one that an inspection in this folder uses, "
        f"{CONFIG_FILE} or pyproject.toml; {CONFIG_FILE} is created if there is none)",
    )


def control(text: str) -> str:
    """Return ``PD-05`` for ``5`` and ``pd-5``.

    Raises:
        UsageError: The text is no id of a control.
    """
    try:
        return control_id(text)
    except ValueError:
        raise UsageError(f"{text!r}: wanted: the id of a control, such as PD-05") from None


def day(text: str, flag: str) -> date:
    """Return the day that a flag names.

    Raises:
        UsageError: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{flag} {text!r}: wanted: a day such as 2027-03-31") from None


def words(text: str, flag: str) -> str:
    """Return what a flag says, without space around it.

    Raises:
        UsageError: It says nothing.
    """
    if not text.strip():
        raise UsageError(f"{flag}: it is empty; auditors read it")
    return text.strip()


def today() -> date:
    """Return the day of today, by which entries count."""
    return datetime.now(UTC).date()


def login_name() -> str:
    """Return who is logged in.

    Raises:
        UsageError: Nobody knows.
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("--approved-by: say who accepts it; no login name is known") from None


def about_control(entry: Decision, file: DecisionFile) -> Severity:
    """Return the severity that an inspection with this file gives to the control of an entry.

    Raises:
        UsageError: There is no such control, what the file names cannot be used, or the next run
            would say that the entry matches nothing, whatever the account holds.
    """
    from pdsec_checks.catalogue.organisation import Organisation  # not needed for --help

    here = Organisation.of(file.path, Path()) if file.table else Organisation.shipped()
    written = here.control(entry.control)
    check_can_match(entry, written)
    return here.severity(written)


def check_can_match(entry: Decision, written: WrittenControl) -> None:
    """Make sure that an entry is about something that its control can say.

    Raises:
        UsageError: It attests what is never manual, or names a resource of a kind that the control
            is not about.
    """
    from pdsec_checks.catalogue.manual import can_be_manual
    from pdsec_checks.configuration.decisions import Attestation, is_for
    from pdsec_checks.judging.matching import is_fingerprint

    if isinstance(entry, Attestation) and not can_be_manual(written):
        raise UsageError(
            f"{written.id} is never manual, so there is nothing to attest; 'waive' accepts a fail"
        )
    if is_fingerprint(entry.resource):
        raise UsageError(
            f"{entry.resource}: this looks like the fingerprint of a finding; name the report that "
            "has it with --report PATH, or give the id of the resource"
        )
    if ACCOUNT in written.arguments and not is_for(entry.resource, ACCOUNT):
        raise UsageError(
            f"{entry.resource}: {written.id} is about the account as a whole; write {ACCOUNT} in "
            "place of the resource"
        )
    check_kind(entry.resource, written)
    check_account(entry, written)


def can_match(entry: Decision, written: WrittenControl) -> bool:
    """Tell whether an entry is about something that its control can say."""
    try:
        check_can_match(entry, written)
    except UsageError:
        return False
    return True


def check_account(entry: Decision, written: WrittenControl) -> None:
    """Make sure that an entry about the account is one for which its control can have a row.

    Raises:
        UsageError: There it can only be an error or not applicable, and neither can be decided.
    """
    from pdsec_checks.catalogue.manual import FAIL, MANUAL, can_be_about_account
    from pdsec_checks.configuration.decisions import Waiver

    is_waiver = isinstance(entry, Waiver)
    endings = FAIL if is_waiver else MANUAL
    if entry.resource != ACCOUNT or can_be_about_account(written, endings):
        return
    ends, does = ("fails", "waive") if is_waiver else ("needs a person", "attest")
    raise UsageError(
        f"{ACCOUNT}: {written.id} never {ends} for the account as a whole, so there is nothing to "
        f"{does}; give the id of its resource, such as PABC123"
    )


def check_kind(resource: str, written: WrittenControl) -> None:
    """Make sure that an id, or a pattern of ids, may be one of the kind that a control judges.

    Only the id of an API key has a colon: ``ACTOR:last four characters``.

    Raises:
        UsageError: It is of another kind.
    """
    from pdsec_checks.configuration.decisions import is_for, is_pattern

    is_of_keys = API_KEY in written.arguments
    if ":" in resource and not is_of_keys:
        raise UsageError(
            f"{resource}: only the id of an API key has a colon, and {written.id} is not about "
            "API keys; give the id of its resource, such as PABC123"
        )
    is_open = ":" in resource or is_pattern(resource) or is_for(resource, ACCOUNT)
    if is_of_keys and not is_open:
        raise UsageError(
            f"{resource}: {written.id} is about API keys, whose ids are such as {resource}:ab12; "
            f"'{resource}:*' stands for all keys of {resource}"
        )


def default_file() -> Path:
    """Return the configuration file of the working folder, or where a new one belongs.

    Raises:
        UsageError: The folder has two, or it is no TOML.
    """
    from pdsec_checks.configuration.file import find_config

    return find_config(None, Path()).path or Path(CONFIG_FILE)


def matched(entry: AnyDecision, report: Path | None) -> AnyDecision:
    """Return an entry, with the id of its resource, once the report has something for it.

    Raises:
        UsageError: The file is no report of ours, or has nothing that the entry is about.
    """
    if report is None:
        return entry
    from pdsec_checks.judging.matching import check_matches, named
    from pdsec_checks.pagerduty.snapshot import RECORDING
    from pdsec_checks.reports.earlier import read_report  # slow to import

    found = read_report(report, "--report")
    try:
        entry = named(entry, found.findings)
        check_matches(entry, found.findings)
    except UsageError as error:
        raise UsageError(f"--report {report}: {error}") from None
    first, read_on = entry.first_day, found.as_of.astimezone(UTC).date()
    if found.source == RECORDING and first and first > read_on:
        say(
            f"WARNING: the recording shows the account on {read_on}, and the {entry.kind} counts "
            f"only from {first}: add --when {read_on} where it is to count for the recording\n"
        )
    return entry


def decide(entry: AnyDecision, given: argparse.Namespace) -> int:
    """Check an entry, write it, and say so.

    Raises:
        UsageError: It would not count, or cannot be written.
    """
    from pdsec_checks.configuration.writer import (  # tomlkit is slow to import
        DecisionFile,
        about,
        check,
    )

    file = DecisionFile.read(given.config or default_file())
    entry = matched(entry, given.report)
    check(entry, about_control(entry, file), file.decisions, today())
    if given.renew:
        file.renew(entry)
    else:
        file.add(entry)
    tell(wrote(file.path, f"{about(entry)} until {entry.last_day}"))
    return ExitCode.PASSED
