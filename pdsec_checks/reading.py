"""Gets the snapshot of a run: from PagerDuty, from a recording, or from another worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.model import Control
from pdsec_checks.pagerduty import access, account, redaction, threads
from pdsec_checks.pagerduty.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.refusal import REFUSED, shared_folder
from pdsec_checks.reports.model import RECORDING, RunInfo
from pdsec_checks.settings import Settings

if TYPE_CHECKING:
    from pdsec_checks.progress import Bars

SNAPSHOT = "snapshot.json.gz"
RUN_INFO = "run.json"


class Narrator:
    """Tells what is being read: a bar a data set on a terminal, one line a data set elsewhere."""

    def __init__(self, config: pytest.Config) -> None:
        self._terminal: Any = config.pluginmanager.getplugin("terminalreporter")
        self._capture: Any = config.pluginmanager.getplugin("capturemanager")
        self._quiet = config.option.pd_quiet or getattr(config.option, "verbose", 0) < 0
        self._is_worker = hasattr(config, "workerinput")
        self._bars: Bars | None = None

    def __call__(self, name: str, found: list[Any] | Unavailable) -> None:
        """Say what came of one data set."""
        what = f"unavailable: {found.reason}" if isinstance(found, Unavailable) else str(len(found))
        text = f"read {name.replace('_', ' ')}: {what}"
        if self._bars:
            self._bars.finish(name, text)
        else:
            self.line(text)

    @contextmanager
    def watching(self, client: Client, names: Collection[str]) -> Iterator[None]:
        """Show bars in the block, where somebody sits in front of a terminal."""
        if self._quiet or self._is_worker or not is_watched(sys.stderr):
            yield
            return
        from pdsec_checks.progress import Bars  # rich is slow to import

        if self._terminal is not None:
            self._terminal.ensure_newline()
        with self._capture.global_and_fixture_disabled(), Bars(client, names, sys.stderr) as bars:
            self._bars = bars
            try:
                yield
            finally:
                self._bars = None

    def warn(self, text: str) -> None:
        """Say on standard error what nobody may miss, however quiet the run is."""
        with self._capture.global_and_fixture_disabled():
            sys.stderr.write(f"WARNING: {text}\n")

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


def is_watched(stream: TextIO) -> bool:
    """Tell whether *stream* is a terminal that can move its cursor, and no pipeline's log."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


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
        return read(settings, needs, narrator, controls)
    from filelock import FileLock  # only where several processes share the account

    with FileLock(str(folder / "account.lock")):
        file = folder / SNAPSHOT
        if (folder / REFUSED).exists():
            raise UsageError((folder / REFUSED).read_text(encoding="utf-8"))
        if file.exists():
            return Snapshot.load(file)
        snapshot = read(settings, needs, narrator, controls)
        info = RunInfo.of(snapshot, controls, settings.baseline)
        (folder / RUN_INFO).write_bytes(msgspec.json.encode(info))
        snapshot.write(file)
        return snapshot


def read(
    settings: Settings,
    needs: Collection[str],
    narrator: Narrator,
    controls: Sequence[Control] = (),
) -> Snapshot:
    """Read the data sets *needs* from PagerDuty, or from the recording that is replayed.

    What a limited credential costs is told for *controls*.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    names = {*needs, *({"analytics"} if settings.include_analytics else ())}
    if settings.replay and settings.record:
        raise UsageError("--pd-record and --pd-replay: a replay has nothing to record; choose one")
    if settings.replay:
        return replay(settings, names)
    scopes = access.scopes_of(names)
    authorization = access.authorize(settings, scopes)
    client = Client(
        settings.base_url,
        authorization,
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        email=settings.email,
    )
    notices = threads.start(
        lambda: access.notices(client, authorization, settings, scopes, controls), "credential"
    )
    if settings.record is None:
        return remarked(read_live(client, settings, names, narrator), client, notices)
    notices.exception()  # waits for it: vcrpy would record what any thread sends
    from pdsec_checks.pagerduty import recording  # vcrpy is slow to import

    if not settings.redact:
        narrator.warn(f"{settings.record} will hold as they are: {redaction.WHAT}")
    with recording.recorded(client, settings.record, settings) as recorder:
        snapshot = remarked(read_live(client, settings, names, narrator), client, notices)
        recorder.describe(snapshot)
    return snapshot


def remarked(snapshot: Snapshot, client: Client, notices: Future[tuple[str, ...]]) -> Snapshot:
    """Return *snapshot* with what is to be said of the credential, unless it was refused."""
    said = notices.result()
    assert snapshot.requests is not None
    requests = replace(snapshot.requests, total=client.traffic.total)
    return replace(snapshot, requests=requests, notices=() if snapshot.refusal else said)


def read_live(
    client: Client, settings: Settings, names: Collection[str], narrator: Narrator
) -> Snapshot:
    """Read the data sets *names* from PagerDuty, as of now."""
    with narrator.watching(client, account.closure(names)):
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
        recording.check_analytics(settings, header)
        snapshot = account.read_account(client, names, header.as_of, baseline)
    return replace(
        snapshot,
        source=RECORDING,
        requests=None,
        critical_services=baseline.critical_services,
        redacted=bool(header.redacted),
        notices=tuple(header.notices),
    )


def load_run_info(folder: Path) -> RunInfo | None:
    """Return what the workers left about the run; None when they did not get that far."""
    file = folder / RUN_INFO
    return msgspec.json.decode(file.read_bytes(), type=RunInfo) if file.exists() else None
