"""``pagerduty-sec-inspector evidence period``: what the bundles of a locker say of a period."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks.commands.console import Parser, answer
from pdsec_checks.errors import UsageError
from pdsec_checks.output import say, tell, wrote

if TYPE_CHECKING:
    from pdsec_checks.reports.period.document import Period
    from pdsec_checks.reports.period.span import Span

FORMATS = ("text", "html", "csv", "oscal", "json", "markdown")
ONLY_WITH_SIGNERS = ("identity", "revoked", "tsa_ca")


def add_period(
    actions: argparse._SubParsersAction[Parser],
    add_trusted: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the action ``period``; *add_trusted* adds the flags that say who may sign."""
    made = actions.add_parser(
        "period", help="report on a period: each control, on how many days it held"
    )
    made.add_argument("locker", metavar="DIR", type=Path, help="the folder of bundles")
    add_span(made)
    add_trusted(made)
    made.add_argument(
        "--rejudge",
        action="store_true",
        help="also judge each recording again: a report that its own version refutes is no "
        "evidence, and what another version says otherwise is listed",
    )
    add_formats(made)


def add_span(made: argparse.ArgumentParser) -> None:
    """Add the flags that say which days the period has."""
    for flag, which in (("--from", "first"), ("--to", "last")):
        made.add_argument(
            flag,
            dest=which,
            metavar="DATE",
            required=True,
            help=f"the {which} day, in UTC, which belongs to the period",
        )
    made.add_argument(
        "--every",
        metavar="1d",
        default="1d",
        help="how often evidence is expected: 1d, 12h, 1w (default: 1d)",
    )


def add_formats(made: argparse.ArgumentParser) -> None:
    """Add the flags that say what is written, and where."""
    made.add_argument(
        "--format",
        metavar="FORMATS",
        default="text",
        help=f"what to write, separated by commas: {', '.join(FORMATS)} (default: text)",
    )
    made.add_argument(
        "--output",
        metavar="PATH",
        help="file to write, or a folder for several formats (default: standard output)",
    )


def run(given: argparse.Namespace) -> int:
    """Write what a locker says of a period, and return whether that is whole and good.

    Raises:
        UsageError: The locker, the period or a list of signers is not valid, or a file cannot be
            written.
    """
    from pdsec_checks.evidence.gather import period_in  # heavy
    from pdsec_checks.evidence.verify import Trusted
    from pdsec_checks.reports.period.span import Span

    formats = chosen(given.format)
    targets = {name: target(given.output, name, several=len(formats) > 1) for name in formats}
    span = Span.of(given.first, given.last, given.every)
    for name in ONLY_WITH_SIGNERS:
        if getattr(given, name) and not given.allowed_signers:
            flag = name.replace("_", "-")
            raise UsageError(
                f"--{flag}: it needs the list of signers; name it by --allowed-signers"
            )
    warn_of_days_to_come(span)
    trusted = Trusted(given.allowed_signers, given.identity, given.revoked, given.tsa_ca)
    period = period_in(given.locker, span, trusted, rejudges=given.rejudge)
    for name, path in targets.items():
        write(period, name, path)
    return period.exit_code


def chosen(text: str) -> list[str]:
    """Return the formats that a list such as ``html,csv`` names, each once.

    Raises:
        UsageError: One of them is none, or there is none.
    """
    formats = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"--format: {name!r} is not one of {', '.join(FORMATS)}")
    if not formats:
        raise UsageError(f"--format: name at least one of {', '.join(FORMATS)}")
    return formats


def target(output: str | None, name: str, *, several: bool) -> str:
    """Return the file of a format, ``-`` for standard output.

    Raises:
        UsageError: Standard output, or one file, would hold several formats.
    """
    from pdsec_checks.reports.period.formats import FORMATS as WRITTEN

    if output in (None, "-"):
        if several:
            raise UsageError("--format: several formats need a folder; name it with --output")
        return "-"
    assert output is not None
    is_folder = output.endswith("/") or Path(output).is_dir()
    if several and not is_folder and Path(output).suffix:
        raise UsageError(
            f"--output {output}: several formats need a folder; write it with a slash at its end"
        )
    return str(Path(output) / WRITTEN[name].file) if several or is_folder else output


def warn_of_days_to_come(span: Span) -> None:
    """Say that a period is not over: its days to come count as days without evidence."""
    today = datetime.now(UTC).date()
    if span.last > today:
        say(
            f"WARNING: the period ends after today, {today.isoformat()}: days to come count as "
            "days without evidence\n"
        )


def write(period: Period, name: str, path: str) -> None:
    """Write one format of a period.

    Raises:
        UsageError: It cannot be written.
    """
    from pdsec_checks.output import deliver
    from pdsec_checks.reports.period.formats import FORMATS as WRITTEN
    from pdsec_checks.reports.period.formats import content

    text = content(name, period)
    if path == "-":
        (tell if name == "text" else answer)(text)
        return
    try:
        deliver(path, text)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    say(wrote(path, WRITTEN[name].kind))
