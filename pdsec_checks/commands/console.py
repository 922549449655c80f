"""What all sub-commands share: the program's name, its parser and its exit codes."""

from __future__ import annotations

import argparse
import sys
from typing import Any

PROGRAM = "pagerduty-sec-inspector"
USAGE_ERROR = 4


class Parser(argparse.ArgumentParser):
    """An argument parser with the exit code of this tool; a flag is never abbreviated."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings.setdefault("allow_abbrev", False)
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*arguments, **settings)

    def error(self, message: str) -> None:  # type: ignore[override]  # exits, as its base does
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"{self.prog}: error: {message}\n")


def sub_parser(name: str, description: str, epilog: str | None = None) -> Parser:
    """Return the parser of one sub-command."""
    return Parser(prog=f"{PROGRAM} {name}", description=description, epilog=epilog)
