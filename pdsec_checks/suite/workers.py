"""What the workers of an xdist run share: a folder, a lock, the snapshot, notes.

What they read of an account lies in that folder. The process that made it holds a lock on it for
as long as it lives, so that others can tell whether it is still wanted: whoever finds it left
behind removes it.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.output import TEMPORARY, whole, write

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings
    from pdsec_checks.model import Control
    from pdsec_checks.pagerduty.listener import Listener
    from pdsec_checks.pagerduty.snapshot import Snapshot
    from pdsec_checks.reports.report import RunInfo

OWNER = "owner.lock"
BEGUN = "begun-"
REFUSED = "refused.txt"
EXPECTED = "expected.json"
SNAPSHOT = "snapshot.json.gz"
RUN_INFO = "run.json"
RING = "ring.json"
RING_BEGUN = "ring.begun"
PATIENCE = 5.0
"""Seconds that a stopped worker has to leave what it read."""
NEW = 60.0
"""Seconds in which the maker of a folder certainly locks it."""


class SharedFolder:
    """The folder of one run, in the process that made it and that removes it."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=TEMPORARY))
        self._owner = locked(self.path / OWNER, os.O_CREAT)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        dissolve(self.path)
        if self._owner is not None:
            os.close(self._owner)

    @property
    def is_used(self) -> bool:
        """Whether a worker collected a control."""
        return any(each.name != OWNER for each in self.path.iterdir())

    @property
    def workers(self) -> Iterator[int]:
        """The process ids of those that collected a control: children of this one."""
        for each in self.path.glob(f"{BEGUN}*"):
            yield int(each.name.removeprefix(BEGUN))


def can_lock() -> bool:
    """Tell whether a lock can say that a process lives; on Windows folders are not swept."""
    return find_spec("fcntl") is not None


def locked(path: Path, flags: int = 0) -> int | None:
    """Return the descriptor of a file that this process alone has locked until it closes it.

    None where another process has, where there is no such file, and on Windows.
    """
    if not can_lock():
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | flags, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def sweep(folder: Path) -> None:
    """Remove a shared folder whose maker is no more; one that is in use stays."""
    owner = locked(folder / OWNER)
    if owner is not None:
        dissolve(folder)
        os.close(owner)


def dissolve(folder: Path) -> None:
    """Remove a shared folder, at once for whoever would still write there; its owner's mark last.

    Where that is broken off, the mark tells the next run what the rest is.
    """
    gone = folder.with_name(f"{folder.name}-gone")
    with suppress(OSError):  # somebody else was faster
        folder.rename(gone)
        for each in gone.iterdir():
            if each.name != OWNER:
                each.unlink()
    shutil.rmtree(gone, ignore_errors=True)


def sweep_all() -> None:
    """Remove what runs left behind that nobody could stop in time, if they were this user's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
        with suppress(OSError):  # another run may remove its own just now
            known = folder.lstat()
            is_ours = stat.S_ISDIR(known.st_mode) and known.st_uid == os.getuid()
            if is_ours and time.time() - known.st_mtime > NEW:
                sweep(folder)


def begin_worker(config: pytest.Config) -> None:
    """Tell the process that reports that this is an inspection; remove what others left."""
    folder = shared_folder(config)
    if folder is not None:
        leave(folder / f"{BEGUN}{os.getpid()}", "")
        atexit.register(end_worker_of, folder)
        sweep_all()


def end_worker_of(folder: Path) -> None:
    """Remove the shared folder where the process that made it was killed.

    Another worker may have done so before this one asked for the lock in it, which made it anew.
    """
    sweep(folder)
    if can_lock() and not (folder / OWNER).exists():
        shutil.rmtree(folder, ignore_errors=True)


def leave(path: Path, text: str) -> None:
    """Write a note for other processes of the run; where the run is over, nobody reads one."""
    with suppress(FileNotFoundError):
        write(path, text, makes_folder=False)


def leave_expected(config: pytest.Config, expected: Mapping[str, int]) -> None:
    """Tell the controller how many checks each control must have; all workers agree."""
    folder = shared_folder(config)
    if folder is not None:
        leave(folder / EXPECTED, json.dumps(expected))


def shared_folder(config: pytest.Config) -> Path | None:
    """Return where the workers of an xdist run share the account; None without xdist."""
    given = getattr(config, "workerinput", {}).get("pdsec_folder")
    return Path(given) if given else None


def obtain_snapshot(
    config: pytest.Config,
    settings: Settings,
    listener: Listener,
    controls: Sequence[Control],
    told: Callable[[Snapshot], RunInfo],
) -> Snapshot:
    """Return the snapshot of the run, read by whichever process comes first.

    *told* returns what reports say about the run, for the process that writes them.

    Raises:
        UsageError: There is nothing to read, or nothing can be read.
        ReadingStopped: Ctrl-C; what was read until then is left for the reports.
    """
    from pdsec_checks.pagerduty.reading import read  # heavy, and not for each run of pytest

    folder = shared_folder(config)
    if folder is None:
        return read(settings, listener, controls)
    from filelock import FileLock  # only where several processes share the account

    from pdsec_checks.pagerduty.snapshot import Snapshot
    from pdsec_checks.pagerduty.take_snapshot import ReadingStopped

    with FileLock(str(folder / "account.lock")):
        file = folder / SNAPSHOT
        if (folder / REFUSED).exists():
            raise UsageError((folder / REFUSED).read_text(encoding="utf-8"))
        if file.exists():
            return Snapshot.load(file)
        try:
            snapshot = read(settings, listener, controls)
        except UsageError as error:  # within the lock, so that nobody else tries it again
            leave(folder / REFUSED, str(error))
            raise
        except ReadingStopped as stopped:
            leave_run_info(folder, told(stopped.snapshot))
            raise
        leave_run_info(folder, told(snapshot))
        with suppress(FileNotFoundError):  # the run is over
            snapshot.write(file)
        return snapshot


def leave_run_info(folder: Path, info: RunInfo) -> None:
    """Tell the controller about the run, whole or not at all."""
    import msgspec

    with (
        suppress(FileNotFoundError),  # the run is over
        whole(folder / RUN_INFO, makes_folder=False) as file,
    ):
        file.write(msgspec.json.encode(info))


def await_run_info(folder: Path) -> None:
    """Wait, a moment, for what stopped workers leave about the run."""
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last and not (folder / RUN_INFO).exists():
        time.sleep(0.05)


def load_run_info(folder: Path) -> RunInfo | None:
    """Return what the workers left about the run; None when they did not get that far."""
    import msgspec

    from pdsec_checks.reports.report import RunInfo  # only where there is a run to tell about

    file = folder / RUN_INFO
    return msgspec.json.decode(file.read_bytes(), type=RunInfo) if file.exists() else None
