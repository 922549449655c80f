"""What all sub-commands share: the program's name, its parser, its output."""

from __future__ import annotations

import argparse
import difflib
import io
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from pdsec_checks import NAME
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.output import open_closed_streams, say, write_stdout

ACTIONS = "list, which is the default, or show"
WIDEST = 100
"""Characters of a line of text; wider terminals do not make it easier to read."""


class Parser(argparse.ArgumentParser):
    """An argument parser with the exit code of this tool; a flag is never abbreviated."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings.setdefault("allow_abbrev", False)
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*arguments, **settings)

    def error(self, message: str) -> None:  # type: ignore[override]  # exits, as its base does
        say(f"{self.format_usage()}{self.prog}: error: {message}{self._guess(message)}\n")
        self.exit(ExitCode.USAGE_ERROR)

    def _guess(self, message: str) -> str:
        """Return the flag that a misspelt one was probably meant to be, or who takes this one."""
        wrong = re.match(r"unrecognized arguments: (--[^\s=]+)", message)
        if not wrong:
            return ""
        takers = [name for name, parser in self._choices() if wrong[1] in parser.flags()]
        if takers:
            *others, last = takers
            names = f"{', '.join(others)} and {last}" if others else last
            return f"; that flag belongs to {names}"
        return did_you_mean(wrong[1], self.flags())

    def flags(self) -> Iterator[str]:
        """Yield every flag of this parser and of its actions' own."""
        yield from self._option_string_actions
        for _, parser in self._choices():
            yield from parser.flags()

    def _choices(self) -> Iterator[tuple[str, Parser]]:
        """Yield the actions that have flags of their own, each with its parser."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - has no public name
                yield from action.choices.items()


def sub_parser(name: str, description: str, epilog: str | None = None) -> Parser:
    """Return the parser of one sub-command."""
    return Parser(prog=f"{NAME} {name}", description=description, epilog=epilog)


def did_you_mean(word: str, known: Iterator[str]) -> str:
    """Return a question that names the nearest of the *known* words; empty if none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def make_output_safe() -> None:
    """Let a console without a character show its code: a name must not stop an inspection.

    A process without standard streams gets some.
    """
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def answer(text: str) -> None:
    """Print what was asked for, as UTF-8 wherever it goes; a reader such as ``head`` has enough.

    Raises:
        UsageError: Standard output cannot take it.
    """
    try:
        write_stdout(text)
    except BrokenPipeError:
        return
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """Return *text* in lines that fit the terminal; *first* stands before the first one."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    margin = " " * indent
    return textwrap.fill(
        text,
        max(width, indent + 20),
        initial_indent=first.ljust(indent),
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
