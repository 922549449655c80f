"""The options of those sub-commands that speak to PagerDuty."""

from __future__ import annotations

from pdsec_checks.commands.console import Parser
from pdsec_checks.commands.inspect import add_option
from pdsec_checks.configuration.options import OPTIONS


def add_connection(made: Parser, *names: str) -> None:
    """Add the options *names* of an inspection to another sub-command's parser."""
    for option in OPTIONS:
        if option.name in names:
            add_option(made, option)
