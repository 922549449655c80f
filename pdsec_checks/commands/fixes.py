"""``pagerduty-sec-inspector fixes``: how to fix what fails, printed and never sent.

Without a report it inspects first, by the very command that writes reports.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks import NAME
from pdsec_checks.commands import inspect
from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.commands.flags import add_connection, secret_from_flag
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import Status, moment_text
from pdsec_checks.output import TEMPORARY, say, wrote

if TYPE_CHECKING:
    from pdsec_checks.reports.earlier import EarlierFinding, EarlierReport
    from pdsec_checks.reports.fixes.document import Document

FORMS = ("terraform", "http", "text")
HANDED_ON = (
    *("api-key", "api-key-file", "email", "base-url", "region", "replay", "config", "quiet"),
    *("controls", "skip-controls", "severity", "framework", "resource", "concurrency", "timeout"),
)
"""The options of an inspection that it takes where there is no report."""
JUDGED = frozenset({ExitCode.PASSED, ExitCode.FAILED, ExitCode.NOT_JUDGED})
"""How an inspection ends that came to its end."""
EXAMPLES = f"""It only reads what an inspection reads, and sends nothing at all with --report.

examples:
  {NAME} fixes --report inspection.json
  {NAME} fixes --report inspection.json --as terraform,http,text --output fixes/
  {NAME} fixes --replay demo --severity high --as http

exit codes:
  0 written, even if nothing fails   2 interrupted   3 internal error
  4 usage, configuration, credential or connection   5 no control selected
  6 nothing fails, but something could not be judged
"""


def parser() -> Parser:
    """Return the parser of ``fixes``."""
    made = sub_parser("fixes", "Print how to fix what fails. Nothing is ever sent.", EXAMPLES)
    made.add_argument(
        "--report", metavar="PATH", type=Path, help="JSON report to use (default: inspect first)"
    )
    made.add_argument(
        "--as",
        dest="forms",
        metavar="FORMS",
        default="text",
        help=f"what to write, separated by commas: {', '.join(FORMS)} (default: text)",
    )
    made.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        help="folder for fixes.tf, fixes.http and fixes.txt (default: standard output)",
    )
    add_connection(made, *HANDED_ON)
    return made


def run(given: argparse.Namespace) -> int:
    """Write the fixes of a report, or of an inspection that is made first.

    Raises:
        UsageError: There is no such form or report, it holds pseudonyms, or a file cannot be
            written.
    """
    forms = chosen_forms(given.forms, given.output)
    if given.report is not None:
        refuse_both(given)
        return written(given.report, f"fixes --report {given.report}", forms, given)
    secret_from_flag(given)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        path = Path(folder) / "inspection.json"
        flags = inspect.parser().parse_args([*arguments(given), f"--output={path}"])
        code = inspect.run(flags, sys.modules[__name__])  # names no file that nobody keeps
        if code not in JUDGED or not path.exists():
            return code
        judged = f"fixes --replay {given.pd_replay}" if given.pd_replay else "fixes"
        return written(path, judged, forms, given)


def chosen_forms(text: str, output: Path | None) -> list[str]:
    """Return the forms that a list such as ``terraform,http`` names, each once.

    Raises:
        UsageError: One of them is none, or standard output would hold several.
    """
    forms = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in forms:
        if name not in FORMS:
            raise UsageError(f"--as: {name!r} is not one of {', '.join(FORMS)}")
    if not forms:
        raise UsageError(f"--as: name at least one of {', '.join(FORMS)}")
    if len(forms) > 1 and output is None:
        raise UsageError("--as: several forms need a folder; name it with --output")
    return forms


def refuse_both(given: argparse.Namespace) -> None:
    """Refuse options of an inspection beside a report, which was made by its own.

    Raises:
        UsageError: There is one.
    """
    for option in OPTIONS:
        if (
            option.name in HANDED_ON
            and option.name != "quiet"
            and getattr(given, option.dest) not in (None, False, [])
        ):
            raise UsageError(
                f"--report and --{option.name}: a report has its own; leave one of them out"
            )


def arguments(given: argparse.Namespace) -> Iterator[str]:
    """Yield the flags of the inspection."""
    for option in OPTIONS:
        value = getattr(given, option.dest, None)
        if option.name in HANDED_ON and value not in (None, False, []):
            for each in value if option.repeatable else [value]:
                yield f"--{option.name}" if option.is_flag else f"--{option.name}={each}"


def written(path: Path, where: str, forms: Sequence[str], given: argparse.Namespace) -> int:
    """Write the fixes of the report in a file, and return the exit code.

    Raises:
        UsageError: The report is none of ours or holds pseudonyms, or a file cannot be written.
    """
    from pdsec_checks.output import deliver
    from pdsec_checks.reports import scope
    from pdsec_checks.reports.earlier import read_report  # heavy
    from pdsec_checks.reports.fixes.forms import FORMS as WRITERS

    document = document_of(read_report(path, where.removesuffix(f" {path}")), where)
    for name in forms:
        form = WRITERS[name]
        target = "-" if given.output is None else str(given.output / form.file)
        try:
            deliver(target, form.render(document))
        except OSError as error:
            raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
        if target != "-" and not given.pd_quiet:
            say(wrote(target, form.kind))
    if not given.pd_quiet:
        said = f"what to do about {document.counts}; nothing was sent"
        say(f"{scope.headed(document, said)}\n")
    is_open = not document.entries and document.not_judged
    return ExitCode.NOT_JUDGED if is_open else ExitCode.PASSED


def remedy_in(finding: EarlierFinding) -> str:
    """Return what a report says to do about a finding, and where to read about it."""
    from pdsec_checks.reports.facts import Remedy

    return Remedy(finding.remedy, finding.help_url).sentence


def document_of(report: EarlierReport, where: str) -> Document:
    """Return the fixes of a report.

    Raises:
        UsageError: It holds pseudonyms, was written before reports had fixes, or is damaged.
    """
    from pdsec_checks.configuration.addresses import check_base_url
    from pdsec_checks.fixes.table import is_fixable
    from pdsec_checks.reports.fixes.document import Document, entries

    if report.recording.redacted:
        raise UsageError(
            f"{where}: its names and addresses are the pseudonyms of a recording, so that no fix "
            "would fit the account; inspect the account, or a recording made with --no-redact"
        )
    failing = [each for each in report.findings if each.status is Status.FAIL]
    if any(map(is_fixable, failing)) and not any(each.fix for each in failing):
        raise UsageError(
            f"{where}: the report was written by a version that did not include fixes; write a "
            "new one"
        )
    general = {each.id: each.remediation for each in report.controls}
    return Document(
        entries((each, remedy_in(each) or general.get(each.control, "")) for each in failing),
        report.account.subdomain or "without a name",
        check_base_url(report.account.base_url, f"{where}: base_url"),
        moment_text(report.as_of),
        sum(each.status is Status.ERROR for each in report.findings),
        sum(each.status is Status.MANUAL for each in report.findings),
        report.is_partial,
        tuple(report.scope.left_out) if report.scope else (),
    )
