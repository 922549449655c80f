"""Gets the snapshot of a run: from PagerDuty, from a recording, or from another worker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from pdsec_checks import NAME
from pdsec_checks.configuration.credentials import Authorization
from pdsec_checks.configuration.settings import HowToRecord, Settings, left_to_read
from pdsec_checks.errors import (
    CredentialError,
    InspectionError,
    UsageError,
    unforeseen,
    without_locals,
)
from pdsec_checks.model import Control
from pdsec_checks.pagerduty import account_name, clocks, take_snapshot
from pdsec_checks.pagerduty.access import credential
from pdsec_checks.pagerduty.access.credential import Identity
from pdsec_checks.pagerduty.data_sets import table
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.listener import Listener
from pdsec_checks.pagerduty.plan import wanted_by
from pdsec_checks.pagerduty.recordings import redaction
from pdsec_checks.pagerduty.snapshot import RECORDING, Cost, Snapshot, nothing_in_time

NOTHING_TO_READ = (
    "no PagerDuty credential, and nothing to replay: set PAGERDUTY_API_KEY to a read-only "
    f"account key (or log in: {NAME} login) to inspect your account, or replay the demo "
    f"account with --pd-replay demo (pytest) or --replay demo ({NAME})"
)
UNKNOWN_VIEW = "whether the credential sees the whole account is unknown: no answer in time"


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
        UsageError: There is neither a credential nor a recording, or PagerDuty refuses the one,
            or cannot be reached: nothing was read, and no report is written.
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
        UsageError: There is no credential, nothing to record, or no place for a recording.
    """
    if settings.recording.record is not None:
        check_place(settings.recording)
    scopes = credential.scopes_of(wanted_by(settings, controls))
    authorization = authorize(settings, scopes)
    client = Client(
        settings.reading.base_url,
        authorization,
        timeout=settings.reading.timeout,
        concurrency=settings.reading.concurrency,
        email=settings.reading.email,
    )
    whose = threads.start(lambda: credential.identify(client, settings), "credential")

    def read_now() -> Snapshot:
        read = read_live(client, settings, listener, controls)
        snapshot = named(remarked(read, client, whose, settings, controls), client, settings)
        ungranted = credential.scope_notices(authorization, scopes, controls, snapshot)
        return replace(snapshot, notices=(*ungranted, *snapshot.notices))

    if settings.recording.record is None:
        snapshot = read_now()
        if snapshot.refusal:
            raise UsageError(snapshot.refusal)
        return snapshot
    # vcrpy would record what any thread sends
    threads.wait([whose], left_to_read(settings.reading.limit))
    return record(client, settings, listener, read_now, settings.recording.record)


def check_place(how: HowToRecord) -> None:
    """Make sure that the recording can be written, before a credential is sent anywhere.

    Raises:
        UsageError: It cannot, or there is a file that it may not replace.
    """
    from pdsec_checks.pagerduty.recordings import tape  # vcrpy is slow to import

    assert how.record is not None
    tape.claim(how.record, force=how.force, untrusted=how.untrusted)


def authorize(settings: Settings, scopes: Collection[str]) -> Authorization:
    """Return what the client sends, in the time that the run has.

    Raises:
        CredentialError: There is none, or PagerDuty gives no token for it in time, or the time of
            the run was over before anybody could ask.
    """
    left = left_to_read(settings.reading.limit)
    if left == 0:
        raise CredentialError(nothing_in_time(settings.reading.limit))
    found = threads.start(lambda: credential.authorize(settings, scopes), "authorization")
    if not threads.wait([found], left):
        raise CredentialError(f"no access token came in time ({settings.reading.limit})")
    try:
        return found.result()
    except credential.NoCredentialError:
        raise CredentialError(NOTHING_TO_READ) from None


def record(
    client: Client,
    settings: Settings,
    listener: Listener,
    read_now: Callable[[], Snapshot],
    path: Path,
) -> Snapshot:
    """Read the account by *read_now* and keep what it answers in *path*.

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
            snapshot = read_now()
            check_recordable(snapshot, path)
            recorder.describe(snapshot)
    except tape.NotWrittenError as error:
        assert snapshot is not None
        return replace(snapshot, unwritten=str(error))
    except InspectionError:
        raise
    except Exception as error:
        if snapshot is None:
            raise
        why = f"cannot write {path}: recording failed: {unforeseen(error)}"
        return replace(snapshot, unwritten=why)
    facts = replace(recorder.facts, through="")  # a live run names the address that it asked
    return replace(snapshot, recorded=str(path), recording=facts)


def check_recordable(snapshot: Snapshot, path: Path) -> None:
    """Make sure that there is something to record, and that it is whole.

    Raises:
        UsageError: Nothing could be read.
        NotWrittenError: There was no time to read everything.
    """
    from pdsec_checks.pagerduty.recordings.tape import NotWrittenError  # vcrpy is slow to import

    if snapshot.refusal:
        raise UsageError(f"--pd-record {path}: nothing to record: {snapshot.refusal}")
    if snapshot.late:
        raise NotWrittenError(
            f"--pd-record {path}: not written, as the account was not read in time "
            f"({snapshot.late})"
        )


def remarked(
    snapshot: Snapshot,
    client: Client,
    whose: Future[Identity],
    settings: Settings,
    controls: Sequence[Control],
) -> Snapshot:
    """Return *snapshot* with its kind of credential, and what is to be said of whose that is.

    Raises:
        InspectionError: The credential is none.
        ReadingStopped: Ctrl-C came before that was known; nothing of what was read is lost.
    """
    limit, identity = settings.reading.limit, Identity("unknown")
    try:
        if threads.wait([whose], left_to_read(limit)):
            identity = whose.result()
            said = credential.view_notice(identity, controls)
        else:
            said = f"{UNKNOWN_VIEW} ({limit})"
    except KeyboardInterrupt:
        raise take_snapshot.ReadingStopped(snapshot) from None
    except InspectionError:
        raise
    except Exception as error:  # noqa: BLE001 - it costs this sentence alone
        said = f"what the credential may see is unknown: the question failed: {unforeseen(error)}"
    return replace(
        snapshot,
        requests=counted_anew(snapshot, client),
        credential=credential.name_of(identity, settings),
        notices=(*((said,) if said else ()), *snapshot.notices),
        told_host=identity.host,
    )


def named(snapshot: Snapshot, client: Client, settings: Settings) -> Snapshot:
    """Return *snapshot* with the name of its account, for which one user is asked if need be.

    Raises:
        ReadingStopped: Ctrl-C came before that was known; nothing of what was read is lost.
    """
    why = ""
    if account_name.is_to_be_asked(snapshot, settings):
        try:
            host, why = account_name.ask(client, settings.reading.limit)
        except KeyboardInterrupt:
            raise take_snapshot.ReadingStopped(snapshot) from None
        requests = counted_anew(snapshot, client)
        snapshot = replace(snapshot, told_host=host, requests=requests)
    said = account_name.notices(snapshot, settings, why)
    return replace(snapshot, notices=(*snapshot.notices, *said))


def counted_anew(snapshot: Snapshot, client: Client) -> Cost:
    """Return what reading cost, with the requests that were made since."""
    assert snapshot.requests is not None
    return replace(snapshot.requests, total=client.traffic.total)


def read_live(
    client: Client, settings: Settings, listener: Listener, controls: Sequence[Control]
) -> Snapshot:
    """Read what *controls* need from PagerDuty, as of now, as far as the clocks allow."""
    names = wanted_by(settings, controls)
    try:
        with listener.watching(client, table.closure(names)):
            snapshot = take_snapshot.read_account(
                client,
                names,
                take_snapshot.now(),
                settings.decided.baseline,
                concurrency=settings.reading.concurrency,
                whole=are_read_whole(controls),
                progress=listener,
                meanwhile=listener.meanwhile,
                limit=settings.reading.limit,
                roster=settings.reading.roster,
            )
    except take_snapshot.ReadingStopped as stopped:
        stopped.snapshot = clocks.compared(
            stopped.snapshot, client.traffic.date, take_snapshot.now()
        )
        raise
    return clocks.compared(snapshot, client.traffic.date, take_snapshot.now())


def replay(settings: Settings, controls: Sequence[Control]) -> Snapshot:
    """Read the account from a recording, as of its own moment.

    What shows how many services stand behind a resource is taken from it whatever the selection:
    unlike in an account that costs no request.

    Raises:
        UsageError: The recording is not one, or was made with other thresholds.
    """
    from pdsec_checks.pagerduty.recordings import recording  # vcrpy is slow to import

    how = settings.recording
    named_by = how.replay_from or "--pd-replay"
    with recording.replayed(how.replay or "", named_by) as (client, header):
        baseline = recording.thresholds(settings, header)
        recording.check_analytics(settings, header)
        snapshot = take_snapshot.read_account(
            client,
            wanted_by(settings, controls),
            header.as_of,
            baseline,
            whole=are_read_whole(controls),
            recorded=header.data_sets,
            beside=set(table.REACH) & set(header.data_sets),
            roster=settings.reading.roster,
        )
    snapshot = replace(
        snapshot,
        source=RECORDING,
        requests=None,
        critical_services=baseline.critical_services,
        redacted=bool(header.redacted),
        credential=header.credential,
        notices=(*header.notices, *recording.notices(settings, header)),
        clock=header.clock,
        recording=header.facts,
        told_host=account_name.recorded_host(header.account, header.base_url, header.region),
    )
    said = account_name.notices(snapshot, settings, "the recording does not say")
    snapshot = replace(snapshot, notices=(*snapshot.notices, *said))
    return clocks.distrusted(snapshot) if header.clock else snapshot
