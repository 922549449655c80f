"""``pagerduty-sec-inspector``: finds the sub-command; what it raises becomes an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from pdsec_checks.commands import COMMANDS
from pdsec_checks.commands.console import USAGE_ERROR
from pdsec_checks.errors import InspectionError

DEFAULT = "inspect"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command, ``inspect`` where none is named, and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words.pop(0) if words[:1] and words[0] in COMMANDS else DEFAULT
    command = importlib.import_module(f"pdsec_checks.commands.{name}")
    try:
        code: int = command.run(command.parser().parse_args(words))
    except InspectionError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return USAGE_ERROR
    return code
