"""Gets the snapshot of a run: from PagerDuty, from a recording, or from another worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError, without_locals
from pdsec_checks.model import Control
from pdsec_checks.pagerduty import take_snapshot
from pdsec_checks.pagerduty.access import credential
from pdsec_checks.pagerduty.data_sets import table
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.listener import Listener
from pdsec_checks.pagerduty.recordings import redaction
from pdsec_checks.pagerduty.snapshot import RECORDING, Snapshot


def needed(controls: Iterable[Control]) -> set[str]:
    """Return the data sets that *controls* are judged by."""
    return {name for control in controls for name in control.needs}


def wanted_by(settings: Settings, controls: Iterable[Control]) -> set[str]:
    """Return the data sets to read: what *controls* need, and the figures where asked for."""
    return needed(controls) | ({"analytics"} if settings.reading.include_analytics else set())


def are_read_whole(controls: Iterable[Control]) -> bool:
    """Tell whether records keep every field: the controls of an organisation may read any."""
    return any(control.is_own for control in controls)


def read(settings: Settings, listener: Listener, controls: Sequence[Control]) -> Snapshot:
    """Read what *controls* need from PagerDuty, or from the recording that is replayed.

    No traceback shows what the reading had at hand: keys, tokens and answers.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    with without_locals():
        return read_or_replay(settings, listener, controls)


def read_or_replay(settings: Settings, listener: Listener, controls: Sequence[Control]) -> Snapshot:
    """Do what ``read`` says, and tell the listener what must not be missed.

    Raises:
        UsageError: There is neither a credential nor a recording.
    """
    if settings.recording.replay and settings.recording.record:
        raise UsageError("--pd-record and --pd-replay: a replay has nothing to record; choose one")
    if settings.recording.replay:
        if settings.replay_notice:
            listener.warn(settings.replay_notice)
        return replay(settings, controls)
    notice = settings.reading.address_notice
    if notice is None:
        return from_pagerduty(settings, listener, controls)
    listener.warn(notice)
    snapshot = from_pagerduty(settings, listener, controls)
    return replace(snapshot, notices=(notice, *snapshot.notices))


def from_pagerduty(settings: Settings, listener: Listener, controls: Sequence[Control]) -> Snapshot:
    """Read what *controls* need from PagerDuty, and record it where that was asked for.

    Raises:
        UsageError: There is no credential, or nothing to record.
    """
    scopes = credential.scopes_of(wanted_by(settings, controls))
    authorization = credential.authorize(settings, scopes)
    client = Client(
        settings.reading.base_url,
        authorization,
        timeout=settings.reading.timeout,
        concurrency=settings.reading.concurrency,
        email=settings.reading.email,
    )
    notices = threads.start(
        lambda: credential.notices(client, authorization, settings, scopes, controls), "credential"
    )
    if settings.recording.record is None:
        return remarked(read_live(client, settings, listener, controls), client, notices)
    notices.exception()  # waits for it: vcrpy would record what any thread sends
    return record(client, settings, listener, controls, notices, settings.recording.record)


def record(
    client: Client,
    settings: Settings,
    listener: Listener,
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

    if not settings.recording.redact:
        listener.warn(f"{path} will hold as they are: {redaction.WHAT}")
    snapshot: Snapshot | None = None
    try:
        with recording.recorded(client, path, settings) as recorder:
            snapshot = remarked(read_live(client, settings, listener, controls), client, notices)
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
    client: Client, settings: Settings, listener: Listener, controls: Sequence[Control]
) -> Snapshot:
    """Read what *controls* need from PagerDuty, as of now."""
    names = wanted_by(settings, controls)
    with listener.watching(client, table.closure(names)):
        return take_snapshot.read_account(
            client,
            names,
            take_snapshot.now(),
            settings.decided.baseline,
            concurrency=settings.reading.concurrency,
            whole=are_read_whole(controls),
            progress=listener,
        )


def replay(settings: Settings, controls: Sequence[Control]) -> Snapshot:
    """Read the account from a recording, as of its own moment.

    Raises:
        UsageError: The recording is not one, or was made with other thresholds.
    """
    from pdsec_checks.pagerduty.recordings import recording  # vcrpy is slow to import

    with recording.replayed(settings.recording.replay or "") as (client, header):
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
