"""``pagerduty-sec-inspector trend``: how an account fares from report to report."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks import NAME
from pdsec_checks.commands.console import Parser, answer, sub_parser
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.output import deliver, say, tell, wrote

if TYPE_CHECKING:
    from pdsec_checks.reports.trend.document import Trend

KINDS = {
    "text": "trend as text",
    "markdown": "trend in Markdown",
    "svg": "picture of the trend",
    "html": "trend as HTML page",
    "json": "trend as JSON",
    "csv": "trend as CSV, one row a run",
}
"""Format → what it is."""
EXAMPLES = f"""Sends nothing. The sums of sealed bundles are checked, and one that does not agree
with them is left out; who signed them, evidence verify tells.

examples:
  {NAME} trend reports/
  {NAME} trend reports/ --account acme --from 2026-01-01 --format html --output trend.html
  {NAME} trend evidence/ --format markdown --output trend.md
  {NAME} trend monday.json tuesday.json wednesday.json

exit codes:
  0 shown   2 interrupted   4 usage, or nothing to show
  6 shown, but for reports that could not be read
"""


def parser() -> Parser:
    """Return the parser of ``trend``."""
    made = sub_parser(
        "trend", "Show how an account fares from report to report, the oldest first.", EXAMPLES
    )
    made.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=Path,
        help="JSON report, sealed bundle, or a folder of these; repeatable",
    )
    made.add_argument(
        "--account",
        metavar="NAME",
        action="append",
        default=[],
        help="show this account; repeatable for one that got another name",
    )
    for flag, which in (("--from", "first"), ("--to", "last")):
        made.add_argument(
            flag, metavar="DATE", dest=which, type=day, help=f"{which} day (UTC): 2026-11-29"
        )
    made.add_argument(
        "--format", choices=[*KINDS], default="text", help="what to write (default: text)"
    )
    made.add_argument(
        "--output",
        metavar="PATH",
        help="file to write (default: standard output); beside Markdown, the picture as .svg",
    )
    made.add_argument(
        "--all", action="store_true", help="as text, show every run (default: the newest 40)"
    )
    return made


def day(text: str) -> date:
    """Return a day.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day; wanted: one such as 2026-11-29"
        ) from None


def run(given: argparse.Namespace) -> int:
    """Show the trend, and return whether every report could be read.

    Raises:
        UsageError: There is nothing to show, there are several accounts, or a file cannot be
            written.
    """
    if given.first and given.last and given.last < given.first:
        raise UsageError(f"--to {given.last}: it is before --from {given.first}; swap them")
    trend = trend_of(given)
    for path, (text, kind) in texts(given, trend).items():
        write(path, text, kind, is_plain=given.format == "text")
    return ExitCode.NOT_JUDGED if trend.unreadable else ExitCode.PASSED


def trend_of(given: argparse.Namespace) -> Trend:
    """Return the trend that was asked for; what it leaves out is said on standard error.

    Raises:
        UsageError: There is nothing to show, or there are several accounts.
    """
    from pdsec_checks.commands.trend_reports import chosen  # heavy
    from pdsec_checks.commands.trend_sources import found_in
    from pdsec_checks.reports.trend.document import Trend, runs_of

    found = found_in(given.paths)
    try:
        kept = chosen(found, given.account, given.first, given.last)
    finally:
        for problem in found.unreadable:
            say(f"NOT READ: {problem}\n")
    for note in found.left_out:
        say(f"not used: {note}\n")
    return Trend(
        account=kept.sources[-1].account,
        runs=list(runs_of((each.name, each.read()) for each in kept.sources)),
        unreadable=tuple(found.unreadable),
        left_out=tuple(found.left_out),
    )


def texts(given: argparse.Namespace, trend: Trend) -> Mapping[str, tuple[str, str]]:
    """Return what is written where: path, or ``-`` → the text and its format.

    Raises:
        UsageError: The picture beside Markdown would take the place of the Markdown.
    """
    from pdsec_checks.reports.trend.html import as_html  # heavy
    from pdsec_checks.reports.trend.markdown import as_markdown
    from pdsec_checks.reports.trend.plain import as_json
    from pdsec_checks.reports.trend.spreadsheet import as_csv
    from pdsec_checks.reports.trend.svg import as_svg
    from pdsec_checks.reports.trend.terminal import as_text

    target = given.output or "-"
    match given.format:
        case "markdown" if target != "-":
            picture = Path(target).with_suffix(".svg")
            if picture == Path(target):
                raise UsageError(
                    f"--output {target}: it holds Markdown, and the picture beside it has this "
                    "name; choose one that ends in .md"
                )
            return {
                str(picture): (as_svg(trend), "svg"),
                target: (as_markdown(trend, picture.name), "markdown"),
            }
        case "text":
            text = as_text(trend, everything=given.all)
        case name:
            writers = {
                "markdown": as_markdown,
                "svg": as_svg,
                "html": as_html,
                "json": as_json,
                "csv": as_csv,
            }
            text = writers[name](trend)
    return {target: (text, given.format)}


def write(path: str, text: str, kind: str, *, is_plain: bool) -> None:
    """Write a text where it was asked for; *is_plain* says that it is for a terminal.

    Raises:
        UsageError: It cannot be written.
    """
    if path == "-":
        (tell if is_plain else answer)(text)
        return
    try:
        deliver(path, text)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    say(wrote(path, KINDS[kind]))
