"""The flags of the command: one for each option, each below a heading."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pdsec_checks.commands.console import Parser
from pdsec_checks.configuration.credentials import on_command_line
from pdsec_checks.configuration.options import (
    OPTIONS,
    Option,
)
from pdsec_checks.errors import UsageError
from pdsec_checks.output import say

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings

GROUPS = {
    "account and credential": ("api-key", "api-key-file", "email", "base-url", "region", "account"),
    "what to judge": (
        *(
            "controls",
            "controls-set",
            "skip-controls",
            "severity",
            "framework",
            "resource",
            "mapping",
        ),
    ),
    "how to judge": (
        *("baseline", "last-report", "baseline-account-renamed", "roster"),
        *("strict", "granularity", "include-analytics"),
        *("api-key-max-age", "schedule-coverage-days", "evidence-max-age"),
    ),
    "reading": ("concurrency", "timeout", "max-time", "plan"),
    "recordings": ("record", "no-redact", "force", "replay"),
    "output": ("inventory", "sarif-location", "report-mode", "show", "quiet"),
}
"""Heading of the help → the options below it."""
REST = "configuration and more"


def add_options(made: Parser) -> dict[str, argparse._ArgumentGroup]:
    """Add the flag of every option below its heading, and return the headings."""
    placed = {name: heading for heading, names in GROUPS.items() for name in names}
    groups = {heading: made.add_argument_group(heading) for heading in (*GROUPS, REST)}
    for option in OPTIONS:
        add_option(groups[placed.get(option.name, REST)], option)
    return groups


def add_option(group: argparse._ActionsContainer, option: Option) -> None:
    """Add the flag of one option."""
    text = option.help + default_of(option) + (f" [{option.env}]" if option.env else "")
    flag = f"--{option.name}"
    if option.is_flag:
        group.add_argument(flag, dest=option.dest, action="store_true", help=text)
    elif option.choices:
        group.add_argument(flag, dest=option.dest, choices=option.choices, help=text)
    elif option.alone:
        group.add_argument(
            flag,
            dest=option.dest,
            nargs="?",
            const=option.alone,
            metavar=option.metavar,
            help=text,
        )
    else:
        group.add_argument(
            flag,
            dest=option.dest,
            action="append" if option.repeatable else "store",
            metavar=option.metavar,
            type=checked(option),
            help=text,
        )


def default_of(option: Option) -> str:
    """Return what the help says about the default of an option."""
    match option.default:
        case None | () | False:
            return ""
        case float(seconds):
            return f" (default: {seconds:g}s)"
        case default:
            return f" (default: {default})"


def checked(option: Option) -> Callable[[str], str]:
    """Return what refuses a wrong value in the words of the option; the plugin reads it again."""

    def check(text: str) -> str:
        try:
            option.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not valid; wanted: {error}") from None
        return text

    return check


def secret_from_flag(given: argparse.Namespace) -> None:
    """Move a key from the command line to the environment, with a warning.

    Raises:
        UsageError: There is a file for it as well.
    """
    if not given.pd_api_key:
        return
    if given.pd_api_key_file:
        raise UsageError(
            "--api-key and --api-key-file: only one key can be used; leave one of them out"
        )
    say(f"WARNING: {on_command_line('--api-key-file')}\n")
    os.environ.pop("PAGERDUTY_API_KEY_FILE", None)
    os.environ["PAGERDUTY_API_KEY"] = given.pd_api_key
    given.pd_api_key = None


def warn_of_address(settings: Settings) -> None:
    """Say, before a credential is sent there, that a file names an address of somebody else."""
    if settings.reading.address_notice:
        say(f"WARNING: {settings.reading.address_notice}\n")


def add_connection(made: Parser, *names: str) -> None:
    """Add the options *names* of an inspection to another sub-command's parser."""
    for option in OPTIONS:
        if option.name in names:
            add_option(made, option)
