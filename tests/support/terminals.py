"""Pseudo-terminals: what somebody in front of a screen sees of a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import COMMAND, Ended, environment, finished, started


def chunks(terminal: int) -> Iterator[bytes]:
    """Yield what is written to a terminal until its last writer is gone."""
    while True:
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:  # how Linux says that nobody is left
            return
        if not chunk:
            return
        yield chunk


def on_screen(folder: Path, *arguments: str, **variables: str) -> Ended:
    """Run the command with a terminal for standard output; ``out`` is what it shows."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a matter of Unix")
    ours, theirs = pty.openpty()
    env = environment(None, **{"TERM": "xterm-256color", **variables})
    try:
        with started(folder, [*COMMAND, *arguments], env, stdout=theirs) as process:
            os.close(theirs)
            shown = b"".join(chunks(ours)).decode().replace("\r\n", "\n")
            ended = finished(process, folder)
    finally:
        os.close(ours)
    return Ended(ended.code, shown, ended.err, folder)
