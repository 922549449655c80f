"""Gets the snapshot of a run: from PagerDuty, from a recording, or from another worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pdsec_checks.catalogue.framework_files import CONTROLS
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Control
from pdsec_checks.pagerduty import plan, take_snapshot
from pdsec_checks.pagerduty.access import credential
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings import redaction
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.report import RECORDING, RunInfo
from pdsec_checks.suite.narrator import Narrator
from pdsec_checks.suite.usage_errors import REFUSED, shared_folder

SNAPSHOT = "snapshot.json.gz"
RUN_INFO = "run.json"
Read = Callable[[Settings, Narrator, Sequence[Control]], Snapshot]
PREPARED = pytest.StashKey[Read]()
"""Set where somebody else reads the account: one of many."""


def needed(controls: Iterable[Control]) -> set[str]:
    """Return the data sets that *controls* are judged by."""
    return {name for control in controls for name in control.needs}


def wanted_by(settings: Settings, controls: Iterable[Control]) -> set[str]:
    """Return the data sets to read: what *controls* need, and the figures where asked for."""
    return needed(controls) | ({"analytics"} if settings.include_analytics else set())


def are_read_whole(controls: Iterable[Control]) -> bool:
    """Tell whether records keep every field: the controls of an organisation may read any."""
    return any(control.id not in CONTROLS for control in controls)


def show_plan(config: pytest.Config, settings: Settings, controls: Collection[Control]) -> None:
    """Print what a run over *controls* would ask of PagerDuty; ask nothing.

    Raises:
        UsageError: There is nothing to plan, or workers would each print the plan.
    """
    if settings.replay:
        raise UsageError("--pd-plan and --pd-replay: a replay makes no request; leave one out")
    if shared_folder(config) is not None:
        raise UsageError("--pd-plan: a plan needs no workers; leave -n out")
    names = wanted_by(settings, controls)
    text = plan.render(names, len(controls), settings.concurrency, credential.path_asked(settings))
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(text)
        sys.stdout.flush()


def obtain_snapshot(
    config: pytest.Config, settings: Settings, narrator: Narrator, controls: Sequence[Control]
) -> Snapshot:
    """Return the snapshot of the run, read by whichever process comes first.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    folder = shared_folder(config)
    if folder is None:
        return config.stash.get(PREPARED, read)(settings, narrator, controls)
    from filelock import FileLock  # only where several processes share the account

    with FileLock(str(folder / "account.lock")):
        file = folder / SNAPSHOT
        if (folder / REFUSED).exists():
            raise UsageError((folder / REFUSED).read_text(encoding="utf-8"))
        if file.exists():
            return Snapshot.load(file)
        snapshot = read(settings, narrator, controls)
        info = RunInfo.of(snapshot, controls, settings.baseline)
        (folder / RUN_INFO).write_bytes(msgspec.json.encode(info))
        snapshot.write(file)
        return snapshot


def read(settings: Settings, narrator: Narrator, controls: Sequence[Control]) -> Snapshot:
    """Read what *controls* need from PagerDuty, or from the recording that is replayed.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    if settings.replay and settings.record:
        raise UsageError("--pd-record and --pd-replay: a replay has nothing to record; choose one")
    if settings.replay:
        return replay(settings, controls)
    scopes = credential.scopes_of(wanted_by(settings, controls))
    authorization = credential.authorize(settings, scopes)
    client = Client(
        settings.base_url,
        authorization,
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        email=settings.email,
    )
    notices = threads.start(
        lambda: credential.notices(client, authorization, settings, scopes, controls), "credential"
    )
    if settings.record is None:
        return remarked(read_live(client, settings, narrator, controls), client, notices)
    notices.exception()  # waits for it: vcrpy would record what any thread sends
    return record(client, settings, narrator, controls, notices, settings.record)


def record(
    client: Client,
    settings: Settings,
    narrator: Narrator,
    controls: Sequence[Control],
    notices: Future[tuple[str, ...]],
    path: Path,
) -> Snapshot:
    """Read the account and keep what it answers in *path*.

    A recording that cannot be written loses nothing of what was read: the snapshot says so.

    Raises:
        UsageError: Nothing could be read; an earlier recording stays as it is.
    """
    from pdsec_checks.pagerduty.recordings import recording, tape  # vcrpy is slow to import

    if not settings.redact:
        narrator.warn(f"{path} will hold as they are: {redaction.WHAT}")
    snapshot: Snapshot | None = None
    try:
        with recording.recorded(client, path, settings) as recorder:
            snapshot = remarked(read_live(client, settings, narrator, controls), client, notices)
            if snapshot.refusal:
                raise UsageError(f"--pd-record {path}: nothing to record: {snapshot.refusal}")
            recorder.describe(snapshot)
    except tape.NotWrittenError as error:
        assert snapshot is not None
        return replace(snapshot, unwritten=str(error))
    return snapshot


def remarked(snapshot: Snapshot, client: Client, notices: Future[tuple[str, ...]]) -> Snapshot:
    """Return *snapshot* with what is to be said of the credential, unless it was refused.

    Raises:
        ReadingStopped: Ctrl-C came before that was known; nothing of what was read is lost.
    """
    try:
        said = notices.result()
    except KeyboardInterrupt:
        raise take_snapshot.ReadingStopped(snapshot) from None
    assert snapshot.requests is not None
    requests = replace(snapshot.requests, total=client.traffic.total)
    return replace(snapshot, requests=requests, notices=() if snapshot.refusal else said)


def read_live(
    client: Client, settings: Settings, narrator: Narrator, controls: Sequence[Control]
) -> Snapshot:
    """Read what *controls* need from PagerDuty, as of now."""
    names = wanted_by(settings, controls)
    with narrator.watching(client, take_snapshot.closure(names)):
        return take_snapshot.read_account(
            client,
            names,
            take_snapshot.now(),
            settings.baseline,
            concurrency=settings.concurrency,
            whole=are_read_whole(controls),
            progress=narrator,
        )


def replay(settings: Settings, controls: Sequence[Control]) -> Snapshot:
    """Read the account from a recording, as of its own moment.

    Raises:
        UsageError: The recording is not one, or was made with other thresholds.
    """
    from pdsec_checks.pagerduty.recordings import recording  # vcrpy is slow to import

    with recording.replayed(settings.replay or "") as (client, header):
        baseline = recording.thresholds(settings, header)
        recording.check_analytics(settings, header)
        snapshot = take_snapshot.read_account(
            client,
            wanted_by(settings, controls),
            header.as_of,
            baseline,
            whole=are_read_whole(controls),
            recorded=header.data_sets,
        )
    return replace(
        snapshot,
        source=RECORDING,
        requests=None,
        critical_services=baseline.critical_services,
        redacted=bool(header.redacted),
        notices=(*header.notices, *recording.notices(settings, header)),
    )


def load_run_info(folder: Path) -> RunInfo | None:
    """Return what the workers left about the run; None when they did not get that far."""
    file = folder / RUN_INFO
    return msgspec.json.decode(file.read_bytes(), type=RunInfo) if file.exists() else None
