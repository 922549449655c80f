"""Puts a report on disk, whole or not at all, or on standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write *text* to *path*, making its folder; an older file stays until the new one is whole.

    What is no file, such as ``/dev/stdout``, is written to as it is.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` is *path*.
    """
    content = text.encode("utf-8", "replace")  # a lone surrogate is no text in any encoding
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            partial.write_bytes(content)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def deliver(path: str, text: str) -> None:
    """Write *text* to the file at *path*, or to standard output for ``-``.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` says where.
    """
    if path == "-":
        write_stdout(text)
    else:
        write(Path(path), text)


def repository_file(folder: Path, *candidates: str) -> str:
    """Return the first of *candidates* that *folder* has, as seen from the root of its repository.

    The last one is taken unseen, at the root; without a repository *folder* is the root.
    """
    here = folder.resolve()
    root = next((each for each in (here, *here.parents) if (each / ".git").exists()), here)
    for name in candidates:
        file = Path(os.path.normpath(here / name))
        if file.is_file() and file.is_relative_to(root):
            return file.relative_to(root).as_posix()
    return candidates[-1]


def write_stdout(text: str) -> None:
    """Write *text* to standard output, as UTF-8 whatever the locale.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` says where.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
    except OSError as error:
        # what is left in the buffer would fail once more, and change the exit code, as Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "standard output") from error
