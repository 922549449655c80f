"""Standard error that survives its reader, standard output, files whole or not at all."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves a cursor, changes colours or turns the writing direction; lines and tabs do not."""
AT_ONCE = 1 << 20
"""Characters that are encoded at once."""


@contextmanager
def whole(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes the place of *path*, in a folder made for it, when the block ends.

    An older file stays until then, and for good where the block fails. A *private* file is
    readable for its owner only. What is no file, such as ``/dev/stdout``, is written to as it is.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` is *path*.
    """
    mode = 0o600 if private else 0o666
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
        try:
            with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
                yield file
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def write(path: Path, text: str | Iterator[str]) -> None:
    """Write *text*, or its pieces, to *path* as UTF-8.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` is *path*.
    """
    with whole(path) as file:
        file.writelines(encoded(text))


def encoded(text: str | Iterator[str]) -> Iterator[bytes]:
    """Yield *text* as UTF-8, bit by bit: no copy of all of it.

    A lone surrogate, which is no text in any encoding, is a ``?``.
    """
    for piece in [text] if isinstance(text, str) else text:
        for begin in range(0, len(piece), AT_ONCE):
            yield piece[begin : begin + AT_ONCE].encode("utf-8", "replace")


def deliver(path: str, text: str | Iterator[str]) -> None:
    """Write *text*, or its pieces, to the file at *path*, or to standard output for ``-``.

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


def write_stdout(text: str | Iterator[str]) -> None:
    """Write *text*, or its pieces, to standard output, as UTF-8 whatever the locale.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` says where.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(encoded(text))
        sys.stdout.flush()
    except OSError as error:
        # what is left in the buffer would fail once more, and change the exit code, as Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "standard output") from error


def tame(text: str) -> str:
    """Return *text* with the codes of what would steer a terminal."""
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def tell(text: str) -> None:
    """Print the answer of a sub-command on standard output."""
    sys.stdout.write(tame(text))


def say(text: str) -> None:
    """Print on standard error; a reader that went away, such as ``head``, stops no inspection."""
    try:
        sys.stderr.write(tame(text))
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
