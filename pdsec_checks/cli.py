"""``pagerduty-sec-inspector``: finds the sub-command; what it raises becomes an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from pdsec_checks.commands import COMMANDS
from pdsec_checks.commands.console import did_you_mean, make_output_safe
from pdsec_checks.configuration.options import flags_of_command
from pdsec_checks.errors import InspectionError, UsageError, unforeseen
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.garbage import never_searched_at_exit
from pdsec_checks.output import lasting_output, say

DEFAULT = "inspect"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command, ``inspect`` where none is named, and return the exit code."""
    if arguments is None:  # we are the program
        arguments = sys.argv[1:]
        never_searched_at_exit()
    words = list(arguments)
    make_output_safe()
    try:
        name = words.pop(0) if is_command(words) else DEFAULT
        command = importlib.import_module(f"pdsec_checks.commands.{name}")
        with lasting_output() as output:
            code: int = command.run(command.parser().parse_args(words))
    except KeyboardInterrupt:
        say("INTERRUPTED: the command was stopped before its end\n")
        return ExitCode.INTERRUPTED
    except InspectionError as error:
        say(f"ERROR: {flags_of_command(str(error))}\n")
        return ExitCode.USAGE_ERROR
    except Exception as error:  # noqa: BLE001 - Python would end with 1, as if a control had failed
        say(f"ERROR: an internal error ended the command: {unforeseen(error)}\n")
        return ExitCode.INTERNAL_ERROR
    return code if name == DEFAULT else written(output.lost, code)


def written(lost: OSError | None, code: int) -> int:
    """Return the exit code of a sub-command whose answer is what it prints.

    One that cannot be written is an error, but for a reader that has enough, such as ``head``.
    An inspection prints no answer there but its report, and sees to that itself.
    """
    if lost is None or isinstance(lost, BrokenPipeError):
        return code
    say(f"ERROR: cannot write standard output: {lost.strerror}\n")
    return ExitCode.USAGE_ERROR


def is_command(words: Sequence[str]) -> bool:
    """Tell whether the first word names a sub-command.

    Raises:
        UsageError: It names nothing, and is no flag either.
    """
    first = words[0] if words else "-"
    if first.startswith("-") or first in COMMANDS:
        return first in COMMANDS
    way_out = did_you_mean(first, iter(COMMANDS)) or f"; there are {', '.join(COMMANDS)}"
    raise UsageError(f"there is no sub-command {first!r}{way_out}")
