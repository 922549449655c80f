"""``pagerduty-sec-inspector ring``: will the phone ring, whenever an incident comes in?"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks import NAME
from pdsec_checks.commands.console import Parser, answer, sub_parser
from pdsec_checks.commands.flags import add_connection, secret_from_flag
from pdsec_checks.errors import UsageError
from pdsec_checks.output import say, tell, wrote

if TYPE_CHECKING:
    from pdsec_checks.reports.ring.answer import RingAnswer

DAY = 24 * 60
"""The most minutes that a ring may be asked to take: later ones are not looked for."""
READING = (
    *("api-key", "api-key-file", "email", "base-url", "region", "schedule-coverage-days"),
    *("concurrency", "timeout", "max-time", "replay", "resource", "quiet", "isolated", "config"),
)
"""The options of an inspection that it takes."""
KINDS = {"json": "whether the phone will ring, as JSON", "html": "whether the phone will ring"}
FORMATS = ("text", "json", "html")
EPILOG = f"""It reads what PD-26 and PD-27 read, all of it with GET, and changes nothing.

examples:
  {NAME} ring --replay demo
  {NAME} ring --resource Checkout --at 2026-11-29T03:10Z
  {NAME} ring --without-user 'Ada Moreno' --within 5
  {NAME} ring --blast-radius --load --format html --output ring.html

exit codes:
  0 every moment of every service rings somebody in time   1 a service has a dead window
  2 interrupted   3 internal error   4 usage, configuration, credential or connection
  6 nothing is dead, but something could not be judged
  With --at they are about the incident of that moment alone.
"""


def parser() -> Parser:
    """Return the parser of ``ring``."""
    made = sub_parser(
        "ring",
        "Show for every service when an incident would ring nobody, and why.",
        EPILOG,
    )
    add_questions(made.add_argument_group("what to ask"))
    output = made.add_argument_group("output")
    output.add_argument("--format", choices=FORMATS, default="text", help="(default: text)")
    output.add_argument(
        "--output", metavar="PATH", type=Path, help="file to write (default: standard output)"
    )
    output.add_argument(
        "--time-zone",
        metavar="ZONE",
        type=zone_name,
        help="show moments in this zone as well, such as Europe/Paris",
    )
    add_connection(made, *READING)
    return made


def add_questions(group: argparse._ArgumentGroup) -> None:
    """Add the flags that say what is asked."""
    group.add_argument(
        "--at",
        metavar="MOMENT",
        help="walk one incident, step by step: ISO 8601, in UTC or --time-zone where it has no "
        "offset; needs --resource",
    )
    group.add_argument(
        "--within",
        metavar="MINUTES",
        type=minutes,
        help="minutes until somebody must be rung (default: max_minutes_to_first_person, 15)",
    )
    for flag, what in (
        ("--without-user", "as if this user were deleted"),
        ("--silent-user", "as if this user did not react"),
        ("--without-schedule", "as if this schedule were deleted"),
    ):
        group.add_argument(
            flag,
            metavar="NAME",
            action="append",
            default=[],
            help=f"{what}: id or name, repeatable",
        )
    group.add_argument(
        "--blast-radius",
        action="store_true",
        help="list people, devices, schedules and policies by what goes dark without them",
    )
    group.add_argument("--load", action="store_true", help="list who carries alone, and how long")


def minutes(text: str) -> int:
    """Return a number of minutes, at most a day.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not text.isdecimal() or not 1 <= int(text) <= DAY:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not valid; wanted: a whole number of minutes from 1 to {DAY}"
        )
    return int(text)


def zone_name(text: str) -> str:
    """Return the name of a time zone.

    Raises:
        ArgumentTypeError: There is none of that name.
    """
    from pdsec_checks.analysis.ring.support_hours import zone_named
    from pdsec_checks.errors import MalformedRecordError

    try:
        zone_named(text)
    except MalformedRecordError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time zone; wanted: a name such as Europe/Paris"
        ) from None
    return text


def run(given: argparse.Namespace) -> int:
    """Print the answer, and return whether a service has a dead window.

    Raises:
        UsageError: Flags contradict each other, or name what is not there.
        InspectionError: Nothing could be read.
    """
    refuse_contradictions(given)
    secret_from_flag(given)
    from pdsec_checks.commands.ring_question import ask

    found = ask(given)
    write(given, found)
    return found.exit_code


def refuse_contradictions(given: argparse.Namespace) -> None:
    """Refuse flags that do not go together.

    Raises:
        UsageError: There are some.
    """
    from pdsec_checks.configuration.contradictions import check_flags

    check_flags(vars(given))
    if given.at and not given.pd_resource:
        raise UsageError("--at: whose incident? Name the service with --resource NAME")
    for flag in ("blast_radius", "load"):
        if given.at and getattr(given, flag):
            raise UsageError(
                f"--at and --{flag.replace('_', '-')}: one is about a moment, the other about the "
                "whole window; leave one of them out"
            )


def write(given: argparse.Namespace, found: RingAnswer) -> None:
    """Write the answer where it was asked for.

    Raises:
        UsageError: It cannot be written.
    """
    from pdsec_checks.output import deliver

    text = writer(given.format)(found)
    if given.output is None or str(given.output) == "-":
        (tell if given.format == "text" else answer)(text)
        return
    try:
        untrusted = Path.cwd() if given.pd_isolated else None
        deliver(str(given.output), text, untrusted=untrusted)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    if not given.pd_quiet:
        say(wrote(given.output, KINDS.get(given.format, "whether the phone will ring, as text")))


def writer(name: str) -> Callable[[RingAnswer], str]:
    """Return what makes text of an answer."""
    if name == "json":
        from pdsec_checks.reports.ring.document import as_json

        return as_json
    if name == "html":
        from pdsec_checks.reports.ring.html import as_html

        return as_html
    from pdsec_checks.reports.ring.text import as_text

    return as_text
