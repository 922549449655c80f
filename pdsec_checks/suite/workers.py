"""What the workers of an xdist run share: a folder, a lock, the snapshot, notes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.output import write

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings
    from pdsec_checks.model import Control
    from pdsec_checks.pagerduty.listener import Listener
    from pdsec_checks.pagerduty.snapshot import Snapshot
    from pdsec_checks.reports.report import RunInfo

REFUSED = "refused.txt"
EXPECTED = "expected.json"
SNAPSHOT = "snapshot.json.gz"
RUN_INFO = "run.json"


def leave_expected(config: pytest.Config, expected: Mapping[str, int]) -> None:
    """Tell the controller how many findings each control must have; all workers agree."""
    folder = shared_folder(config)
    if folder is not None:
        write(folder / EXPECTED, json.dumps(expected))


def shared_folder(config: pytest.Config) -> Path | None:
    """Return where the workers of an xdist run share the account; None without xdist."""
    given = getattr(config, "workerinput", {}).get("pdsec_folder")
    return Path(given) if given else None


def obtain_snapshot(
    config: pytest.Config, settings: Settings, listener: Listener, controls: Sequence[Control]
) -> Snapshot:
    """Return the snapshot of the run, read by whichever process comes first.

    Raises:
        UsageError: There is nothing to read, or nothing can be read.
    """
    from pdsec_checks.pagerduty.reading import read  # heavy, and not for each run of pytest

    folder = shared_folder(config)
    if folder is None:
        return read(settings, listener, controls)
    import msgspec
    from filelock import FileLock  # only where several processes share the account

    from pdsec_checks.pagerduty.snapshot import Snapshot
    from pdsec_checks.reports.report import RunInfo

    with FileLock(str(folder / "account.lock")):
        file = folder / SNAPSHOT
        if (folder / REFUSED).exists():
            raise UsageError((folder / REFUSED).read_text(encoding="utf-8"))
        if file.exists():
            return Snapshot.load(file)
        try:
            snapshot = read(settings, listener, controls)
        except UsageError as error:  # within the lock, so that nobody else tries it again
            (folder / REFUSED).write_text(str(error), encoding="utf-8")
            raise
        info = RunInfo.of(snapshot, controls, settings.decided.baseline)
        (folder / RUN_INFO).write_bytes(msgspec.json.encode(info))
        snapshot.write(file)
        return snapshot


def load_run_info(folder: Path) -> RunInfo | None:
    """Return what the workers left about the run; None when they did not get that far."""
    import msgspec

    from pdsec_checks.reports.report import RunInfo  # only where there is a run to tell about

    file = folder / RUN_INFO
    return msgspec.json.decode(file.read_bytes(), type=RunInfo) if file.exists() else None
