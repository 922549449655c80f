"""Programs of this machine that sign and check; no shell starts them, and none gets our keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pdsec_checks.errors import UsageError
from pdsec_checks.output import TEMPORARY

OURS = "PAGERDUTY_"
"""How the variables begin that hold the account's credentials."""


@dataclass(frozen=True)
class Ended:
    """How a program ended; ``out`` and ``err`` are what it printed, as text."""

    code: int
    out: str
    err: str


def path_of(name: str, way_out: str) -> str:
    """Return where a program is.

    Raises:
        UsageError: It is not installed; *way_out* says how to get it.
    """
    path = shutil.which(name)
    if path is None:
        raise UsageError(f"{name} is not installed on this machine: {way_out}")
    return path


def environment(**variables: str) -> dict[str, str]:
    """Return what a program may know: our environment without our credentials, and *variables*."""
    return {
        name: each for name, each in os.environ.items() if not name.startswith(OURS)
    } | variables


def run(command: Sequence[str], content: bytes = b"", **variables: str) -> Ended:
    """Run a program to its end with *content* on its standard input."""
    done = subprocess.run(  # noqa: S603 - no shell, and the words are ours
        command, input=content, capture_output=True, check=False, env=environment(**variables)
    )
    return Ended(done.returncode, done.stdout.decode(errors="replace"), said(done.stderr))


def said(errors: bytes) -> str:
    """Return what a program printed as text, whatever it holds."""
    return errors.decode(errors="replace")


@contextmanager
def private_folder() -> Iterator[Path]:
    """Lend a folder that only we can read, for as long as the block takes.

    Raises:
        UsageError: There is no room for temporary files.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix=TEMPORARY)
    except OSError as error:
        raise UsageError(
            f"no temporary folder can be made ({error.strerror}): set TMPDIR to a folder with room"
        ) from None
    with folder as name:
        yield Path(name)


def check_is_file(path: Path, what: str) -> None:
    """Let a program open only what is a file; *what* says in an error what is wanted.

    Raises:
        UsageError: It is not there, a folder, or closed to us.
    """
    if os.path.isdir(path):  # noqa: PTH112 - unlike Path's, it bears with every name
        raise UsageError(f"{path}: this is a folder; name {what}")
    if not os.path.exists(path):  # noqa: PTH110 - the same
        raise UsageError(f"{path}: there is no such file; name {what}")
    if not os.access(path, os.R_OK):
        raise UsageError(f"{path}: it cannot be read; name {what} that this user may read")
