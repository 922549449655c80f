"""Gets the snapshot of a run: from PagerDuty, from a recording, or from another worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.model import Control
from pdsec_checks.pagerduty import account, redaction
from pdsec_checks.pagerduty.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.refusal import REFUSED, shared_folder
from pdsec_checks.reports.model import RunInfo
from pdsec_checks.settings import Settings

SNAPSHOT = "snapshot.json.gz"
RUN_INFO = "run.json"
Prepared = Callable[[Settings, Collection[str], "Narrator"], Snapshot]
PREPARED = pytest.StashKey[Prepared]()
"""Set where somebody else reads the account: one of many."""
NO_CREDENTIAL = (
    "no PagerDuty credential, and nothing to replay: set PAGERDUTY_API_KEY to a read-only "
    "account key to inspect your account, or replay the demo account with --pd-replay demo "
    "(pytest) or --replay demo (pagerduty-sec-inspector)"
)


class Narrator:
    """Tells on the terminal what is being read, one line a data set."""

    def __init__(self, config: pytest.Config) -> None:
        self._terminal: Any = config.pluginmanager.getplugin("terminalreporter")
        self._capture: Any = config.pluginmanager.getplugin("capturemanager")
        self._quiet = config.option.pd_quiet or getattr(config.option, "verbose", 0) < 0

    def __call__(self, name: str, found: list[Any] | Unavailable) -> None:
        """Say what came of one data set."""
        what = f"unavailable: {found.reason}" if isinstance(found, Unavailable) else str(len(found))
        self.line(f"read {name.replace('_', ' ')}: {what}")

    def line(self, text: str) -> None:
        """Print one line, past pytest's capturing; a worker has only standard error."""
        if self._quiet:
            return
        if self._terminal is None:
            sys.stderr.write(f"{text}\n")
            return
        with self._capture.global_and_fixture_disabled():
            self._terminal.ensure_newline()
            self._terminal.write_line(text)


def obtain_snapshot(
    config: pytest.Config,
    settings: Settings,
    needs: Collection[str],
    narrator: Narrator,
    controls: list[Control],
) -> Snapshot:
    """Return the snapshot of the run, read by whichever process comes first.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    folder = shared_folder(config)
    if folder is None:
        return config.stash.get(PREPARED, read)(settings, needs, narrator)
    from filelock import FileLock  # only where several processes share the account

    with FileLock(str(folder / "account.lock")):
        file = folder / SNAPSHOT
        if (folder / REFUSED).exists():
            raise UsageError((folder / REFUSED).read_text(encoding="utf-8"))
        if file.exists():
            return Snapshot.load(file)
        snapshot = read(settings, needs, narrator)
        info = RunInfo.of(snapshot, controls, settings.baseline)
        (folder / RUN_INFO).write_bytes(msgspec.json.encode(info))
        snapshot.write(file)
        return snapshot


def read(settings: Settings, needs: Collection[str], narrator: Narrator) -> Snapshot:
    """Read the data sets *needs* from PagerDuty, or from the recording that is replayed.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    names = {*needs, *({"analytics"} if settings.include_analytics else ())}
    if settings.replay and settings.record:
        raise UsageError("--pd-record and --pd-replay: a replay has nothing to record; choose one")
    if settings.replay:
        return replay(settings, names)
    if settings.credential is None:
        raise UsageError(NO_CREDENTIAL)
    client = Client(
        settings.base_url,
        settings.credential,
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        email=settings.email,
    )
    if settings.record is None:
        return read_live(client, settings, names, narrator)
    from pdsec_checks.pagerduty import recording  # vcrpy is slow to import

    if not settings.redact:
        narrator.line(f"WARNING: {settings.record} will hold as they are: {redaction.WHAT}")
    with recording.recorded(client, settings.record, settings) as recorder:
        snapshot = read_live(client, settings, names, narrator)
        recorder.describe(snapshot)
    return snapshot


def read_live(
    client: Client, settings: Settings, names: Collection[str], narrator: Narrator
) -> Snapshot:
    """Read the data sets *names* from PagerDuty, as of now."""
    return account.read_account(
        client,
        names,
        account.now(),
        settings.baseline,
        concurrency=settings.concurrency,
        progress=narrator,
    )


def replay(settings: Settings, names: Collection[str]) -> Snapshot:
    """Read the account from a recording, as of its own moment.

    Raises:
        UsageError: The recording is not one, or was made with other thresholds.
    """
    from pdsec_checks.pagerduty import recording  # vcrpy is slow to import

    with recording.replayed(settings.replay or "") as (client, header):
        baseline = recording.thresholds(settings, header)
        snapshot = account.read_account(client, names, header.as_of, baseline)
    return replace(
        snapshot, source="recording", requests=None, critical_services=baseline.critical_services
    )


def load_run_info(folder: Path) -> RunInfo | None:
    """Return what the workers left about the run; None when they did not get that far."""
    file = folder / RUN_INFO
    return msgspec.json.decode(file.read_bytes(), type=RunInfo) if file.exists() else None
