"""``pagerduty-sec-inspector completion``: the completion script of a shell, made by shtab."""

from __future__ import annotations

import argparse
import importlib
import sys

from pdsec_checks import NAME
from pdsec_checks.commands import COMMANDS
from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.exit_codes import ExitCode

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = f"""examples:
  bash   {NAME} completion bash > ~/.local/share/bash-completion/completions/{NAME}
  zsh    {NAME} completion zsh > ~/.zfunc/_{NAME}
         with fpath+=~/.zfunc before compinit in ~/.zshrc
  fish   {NAME} completion fish > ~/.config/fish/completions/{NAME}.fish
"""


def parser() -> Parser:
    """Return the parser of ``completion``."""
    made = sub_parser("completion", "Print the completion script of a shell.", EXAMPLES)
    made.add_argument("shell", choices=SHELLS)
    return made


def run(given: argparse.Namespace) -> int:
    """Print the script."""
    import shtab  # only whoever sets completion up needs it

    sys.stdout.write(shtab.complete(whole_parser(), given.shell) + "\n")
    return ExitCode.PASSED


def whole_parser() -> Parser:
    """Return one parser of the command with all its sub-commands, for shtab to walk through."""
    from pdsec_checks.commands import inspect

    whole = inspect.parser()
    complete_files(whole)
    commands = whole.add_subparsers(metavar="sub-command")
    for name, purpose in COMMANDS.items():
        made = importlib.import_module(f"pdsec_checks.commands.{name}").parser()
        complete_files(made)
        commands.add_parser(name, help=purpose)
        commands.choices[name] = made
    return whole


def complete_files(made: argparse.ArgumentParser) -> None:
    """Mark what takes a path, so that the shell offers files."""
    import shtab

    for action in made._actions:  # noqa: SLF001 - argparse has no public name for it
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            for parser in action.choices.values():
                complete_files(parser)
        elif action.metavar == "PATH" or action.dest == "path":
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # how shtab wants it
