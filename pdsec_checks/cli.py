"""``pagerduty-sec-inspector``: finds the sub-command; what it raises becomes an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from pdsec_checks.commands import COMMANDS
from pdsec_checks.commands.console import did_you_mean, drop_output, make_output_safe
from pdsec_checks.errors import InspectionError, UsageError, unforeseen
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.output import say

DEFAULT = "inspect"
LISTINGS = {"controls", "frameworks", "completion", "recordings", "config"}
"""Sub-commands that judge nothing: whoever reads only their first lines missed no verdict."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command, ``inspect`` where none is named, and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = DEFAULT
    make_output_safe()
    try:
        name = words.pop(0) if is_command(words) else DEFAULT
        command = importlib.import_module(f"pdsec_checks.commands.{name}")
        code: int = command.run(command.parser().parse_args(words))
        sys.stdout.flush()
    except InspectionError as error:
        say(f"ERROR: {error}\n")
        return ExitCode.USAGE_ERROR
    except BrokenPipeError:  # whoever reads, such as ``head``, has enough
        drop_output()
        return ExitCode.PASSED if name in LISTINGS else ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python would end with 1, as if a control had failed
        say(f"ERROR: an internal error ended the command: {unforeseen(error)}\n")
        return ExitCode.INTERNAL_ERROR
    return code


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
