"""Standard streams that outlive their readers, files whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeAlias

from pdsec_checks.colours import painted, wants_colour

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves a cursor, changes colours or turns the writing direction; lines and tabs do not."""
TEMPORARY = "pdsec-"
"""How the names of our temporary folders begin."""
PRIVATE = 0o600
"""The permissions of what only its owner may read."""
Content: TypeAlias = str | bytes | Iterator[str | bytes]
"""What a file is to hold: all of it, or piece by piece; text becomes UTF-8."""
AT_ONCE = 1 << 20
"""Characters that are encoded at once."""


@contextmanager
def whole(
    path: Path, *, mode: int | None = None, new: int | None = None, makes_folder: bool = True
) -> Iterator[BinaryIO]:
    """Open a file that takes the place of *path*, in a folder made for it, when the block ends.

    An older file stays until then, and for good where the block fails. Until then nobody but its
    owner can read the new one, whose name cannot be guessed. What is no file, such as
    ``/dev/stdout``, is written to as it is.

    Args:
        path: The file; a link is followed, unless somebody else may have laid it there.
        mode: Its permissions. None: those of the file that it replaces.
        new: The permissions where it replaces none. None: what the umask gives.
        makes_folder: Whether a folder that is not there is made.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` is *path*.
    """
    try:
        target = destination(path)
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        if makes_folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".pdsec-{os.urandom(16).hex()}")
        wanted = permissions(target, mode, new)
        try:
            with open(partial, "xb", opener=private if wanted is not None else None) as file:
                yield file
            if wanted is not None:
                with suppress(PermissionError):  # some file systems have none; it stays private
                    partial.chmod(wanted)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def private(name: str, flags: int) -> int:
    """Open a file that only its owner can read."""
    return os.open(name, flags, PRIVATE)


def permissions(target: Path, mode: int | None, new: int | None) -> int | None:
    """Return the permissions of a file that is written to *target*; None: what the umask gives."""
    if mode is None and target.exists():
        return stat.S_IMODE(target.stat().st_mode) & 0o777
    return new if mode is None else mode


def destination(path: Path) -> Path:
    """Return where *path* leads to.

    Linux keeps a process from opening the link that somebody else laid into a folder like
    ``/tmp``. We open another name beside its target, so we look ourselves.

    Raises:
        PermissionError: Such a link is on the way.
    """
    for each in (path, *path.parents):
        if each.is_symlink() and not may_follow(each.lstat(), each.parent.stat(), os.geteuid()):
            raise PermissionError(errno.EACCES, f"{each} is a link of somebody else's")
    return path.resolve()


def may_follow(link: os.stat_result, folder: os.stat_result, user: int) -> bool:
    """Tell whether the owner of a link may steer *user*, as ``fs.protected_symlinks`` has it."""
    for_everybody = stat.S_ISVTX | stat.S_IWOTH
    if folder.st_mode & for_everybody != for_everybody:
        return True
    return link.st_uid in {user, folder.st_uid}


def write(
    path: Path,
    text: Content,
    *,
    mode: int | None = None,
    new: int | None = None,
    makes_folder: bool = True,
) -> None:
    """Write *text*, or its pieces, to *path* as UTF-8, as ``whole`` does.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` is *path*.
    """
    with whole(path, mode=mode, new=new, makes_folder=makes_folder) as file:
        file.writelines(encoded(text))


def encoded(text: Content) -> Iterator[bytes]:
    """Yield *text* as UTF-8, bit by bit: no copy of all of it. Bytes stay as they are.

    A lone surrogate, which is no text in any encoding, is a ``?``.
    """
    for piece in [text] if isinstance(text, str | bytes) else text:
        if isinstance(piece, bytes):
            yield piece
            continue
        for begin in range(0, len(piece), AT_ONCE):
            yield piece[begin : begin + AT_ONCE].encode("utf-8", "replace")


def is_text(name: str) -> bool:
    """Tell whether UTF-8 can say *name*: a name of a file can hold any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def deliver(
    path: str,
    text: Content,
    *,
    mode: int | None = None,
    untrusted: Path | None = None,
) -> None:
    """Write a report, or its pieces, to the file at *path*, or to standard output for ``-``.

    Reports name people, so a new file is readable for its owner only, unless a *mode* was asked
    for. No link in the folder *untrusted* leads a report out of it.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` says where.
    """
    if path == "-":
        write_stdout(text)
    else:
        if untrusted is not None:
            check_stays(Path(path), untrusted)
        write(Path(path), text, mode=mode, new=PRIVATE)


def check_stays(path: Path, folder: Path) -> None:
    """Refuse a path that stands in *folder* and leads out of it.

    Raises:
        PermissionError: A link in the folder is on the way.
    """
    root = folder.resolve()
    is_inside = Path(os.path.normpath(root / path)).is_relative_to(root)
    if is_inside and not (root / path).resolve().is_relative_to(root):
        raise PermissionError(errno.EACCES, f"a link leads out of {folder}", str(path))


def in_repository(folder: Path, path: Path) -> str:
    """Return a *path* of *folder* as seen from the root of its repository, with slashes.

    Without a repository *folder* is the root; of a path outside of the root, only the name is left.
    """
    here = folder.resolve()
    root = next((each for each in (here, *here.parents) if (each / ".git").exists()), here)
    file = Path(os.path.normpath(here / path))
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def write_stdout(text: Content) -> None:
    """Write *text*, or its pieces, to standard output, as UTF-8 whatever the locale.

    Raises:
        OSError: It cannot be written; the exception's ``filename`` says where.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(encoded(text))
        sys.stdout.buffer.flush()
    except OSError as error:
        give_up(sys.stdout)
        raise OSError(error.errno, error.strerror, "standard output") from error


def tame(text: str) -> str:
    """Return *text* with the codes of what would steer a terminal."""
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown(text: str, stream: TextIO) -> str:
    """Return *text* as *stream* shows it: harmless, and in colours where these are wanted."""
    harmless = tame(text)
    return painted(harmless) if wants_colour(stream) else harmless


def tell(text: str) -> None:
    """Print the answer of a sub-command on standard output."""
    sys.stdout.write(shown(text, sys.stdout))


def say(text: str) -> None:
    """Print on standard error; one that nobody reads, or that is full, stops no inspection."""
    try:
        sys.stderr.write(shown(text, sys.stderr))
        sys.stderr.flush()
    except OSError:
        give_up(sys.stderr)


def wrote(path: str | Path, what: str) -> str:
    """Return the line that names a file that was written, and says what it is."""
    return f"wrote {path}: {what}\n"


def give_up(stream: TextIO) -> None:
    """Send nowhere what *stream* still holds, and what comes.

    What is left in its buffer would fail once more, and change the exit code, as Python ends.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    stream.flush()


def open_closed_streams() -> None:
    """Give standard streams to a process that was started without some of them (``>&-``).

    The next files that it opens would get their numbers, and what is meant for them. Nothing can
    be written to a standard output that was closed; on standard error nobody expects anything.
    """
    for number, name, flags in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_RDONLY),
        (2, "stderr", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, flags)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            stream = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115 - lasts
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def has_temporary_folder() -> bool:
    """Tell whether there is one to write to; a container that is read-only may have none."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True


class Lasting:
    """A text stream that outlives its reader: what it cannot take is dropped.

    Attributes:
        lost: Why something was dropped; None when nothing was.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write *text* as long as that works."""
        self._attempt(lambda: self._stream.write(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line as long as that works."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what was written as long as that works."""
        self._attempt(self._stream.flush)

    def close_if_lost(self) -> None:
        """End the stream so that Python has nothing left to write, where something was lost."""
        self.flush()
        if self.lost is not None:
            give_up(self._stream)

    def _attempt(self, action: Callable[[], object]) -> None:
        if self.lost is None:
            try:
                action()
            except OSError as error:
                self.lost = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def lasting_output() -> Iterator[Lasting]:
    """Let standard output outlive its reader, such as ``head``, in the block."""
    ours = sys.stdout
    sys.stdout = lasting = Lasting(ours)
    try:
        yield lasting
    finally:
        sys.stdout = ours
        lasting.close_if_lost()
