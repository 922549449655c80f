"""Recordings: one cassette for one reading of an account, and its replay without a network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from vcr.errors import MissingMetadataError

import pdsec_checks
from pdsec_checks import NAME, __version__
from pdsec_checks.analysis.services import is_named
from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.addresses import check_base_url
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.model import counted
from pdsec_checks.output import is_text
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings.offline import no_network
from pdsec_checks.pagerduty.recordings.origin import origin_of
from pdsec_checks.pagerduty.recordings.redaction import ID, WHAT, Redactor
from pdsec_checks.pagerduty.recordings.tape import Tape, claim, open_tape, use
from pdsec_checks.pagerduty.snapshot import SHAPING, SHAPING_SINCE, RecordingFacts, Snapshot
from pdsec_checks.resources import Service

FORMAT = 1
"""Key of our header among the cassette's metadata."""
SHIPPED = ("demo", "demo-compliant")


@dataclass(frozen=True)
class Header:
    """What a recording says about itself."""

    as_of: Annotated[datetime, msgspec.Meta(tz=True)]
    base_url: str
    tool_version: str
    thresholds: dict[str, int]
    data_sets: list[str]
    """What was read, or asked for and refused."""
    critical_services: list[str] = field(default_factory=list)
    """The ids of the services that the configuration named as critical."""
    account: str = ""
    """The account's name in web addresses, or its pseudonym; empty when no answer showed it."""
    redacted: str = ""
    """What was replaced by pseudonyms; empty when nothing was."""
    format: int = FORMAT
    notices: list[str] = field(default_factory=list)
    """What reports should say about the credential that it was made with."""
    credential: str = ""
    """The kind of credential that it was made with; empty where an earlier version made it."""
    clock: str = ""
    """Why nothing that counts time can be judged; nothing where the clocks agreed."""
    host: str = ""
    """The host of the API; empty where an earlier version made it, as all that follows."""
    region: str = ""
    """The region of the service, ``us`` or ``eu``; empty where nothing told."""
    through: str = ""
    """Through what the API was reached; empty where it was asked at its own address."""
    run: str = ""
    """The id (a UUID) of the run that made it."""
    interactions: int = 0
    """How many it holds."""
    header_digest: str = ""
    """The digest of what it says about itself, from which those of the interactions go on."""
    digest: str = ""
    """The digest of the whole (SHA-256, hexadecimal)."""

    @property
    def facts(self) -> RecordingFacts:
        """What every report says about the recording."""
        return RecordingFacts(self.run or None, self.digest or None, self.through)


def shipped(name: str) -> Path:
    """Return the file of a recording that comes with the package."""
    packaged = Path(pdsec_checks.__file__).parent / "_cassettes"
    folder = packaged if packaged.is_dir() else Path(pdsec_checks.__file__).parents[1] / "cassettes"
    return folder / f"{name}.yaml"


OMITTED = ("notices", "credential", "clock", "region", "through")
"""Keys that a header does without where they are empty; earlier versions know none of them."""
OF_THE_TAPE = ("run", "interactions", "header_digest", "digest")
"""Keys that the tape fills in when it is written."""


class Recorder:
    """One recording under way."""

    def __init__(self, tape: Tape, settings: Settings, redactor: Redactor | None) -> None:
        self._tape, self._settings, self._redactor = tape, settings, redactor

    @property
    def facts(self) -> RecordingFacts:
        """What every report of this run says about the recording, once it is written."""
        return msgspec.convert(self._tape.get_metadata(NAME, None), Header).facts

    def describe(self, snapshot: Snapshot) -> None:
        """Write the header, once everything was read."""
        settings = self._settings
        reading = settings.reading
        origin = origin_of(reading.base_url, snapshot.web_host, reading.region, self._redactor)
        header = Header(
            as_of=snapshot.as_of,
            base_url=origin.base_url,
            tool_version=__version__,
            thresholds={name: getattr(settings.decided.baseline, name) for name in SHAPING},
            data_sets=sorted(snapshot.data),
            critical_services=named_services(snapshot, settings.decided.baseline.critical_services),
            account=self._pseudonym(snapshot.subdomain or ""),
            redacted=WHAT if settings.recording.redact else "",
            notices=list(snapshot.notices),
            credential=snapshot.credential,
            clock=snapshot.clock,
            host=urlsplit(origin.base_url).hostname or "",
            region=origin.region,
            through=origin.through,
        )
        plain = json.loads(msgspec.json.encode(header))
        for name in (*OF_THE_TAPE, *OMITTED):
            if not plain[name]:
                del plain[name]
        self._tape.get_metadata(NAME, plain)  # stores it, as the tape has none yet

    def _pseudonym(self, name: str) -> str:
        return self._redactor.token(name) if self._redactor and name else name


def named_services(snapshot: Snapshot, patterns: Iterable[str]) -> list[str]:
    """Return the ids of the services that *patterns* name: pseudonyms match no pattern."""
    wanted = tuple(patterns)
    is_known = wanted and snapshot.has("services")
    services = snapshot.views(Service, "services") if is_known else []
    return [service.id for service in services if is_named(service, wanted)]


@contextmanager
def recorded(client: Client, path: Path, settings: Settings) -> Iterator[Recorder]:
    """Record everything that *client* reads meanwhile; an exception leaves no file.

    Raises:
        UsageError: The file has another suffix than a recording, or is there already.
    """
    claim(path, force=settings.recording.force, untrusted=settings.recording.untrusted)
    redactor = Redactor() if settings.recording.redact else None
    with open_tape(path, "all", client, redactor) as tape:
        use(tape, client)
        yield Recorder(tape, settings, redactor)


@contextmanager
def replayed(name: str, named_by: str = "") -> Iterator[tuple[Client, Header]]:
    """Yield a client that answers from a recording, and what the recording says of itself.

    *name* is a file, or the name of a recording that ships with the package; *named_by* is the
    flag, or the key of a file, that names it, and is empty for an argument. Nothing can reach the
    network meanwhile.

    Raises:
        UsageError: There is no such recording, or it is not one of ours.
    """
    with no_network(), open_tape(find(name, named_by), "none") as tape:
        header = header_of(tape, name)
        client = Client(header.base_url, api_key("replayed"))
        client.backoff = 0.0
        client.session.trust_env = False  # no proxy and no certificates: nothing is sent
        use(tape, client)
        yield client, header


def find(name: str, named_by: str = "") -> Path:
    """Return the file of a recording, which a flag or a key may name.

    Raises:
        UsageError: There is none.
    """
    where = f"{named_by} {name}".lstrip()
    path = shipped(name) if name in SHIPPED else Path(name)
    if not is_text(name):
        raise UsageError(f"{where}: the name of a recording is UTF-8; rename the file")
    if path.is_dir():
        raise UsageError(f"{where}: this is a folder; name the file in it")
    if not path.is_file():
        raise UsageError(
            f"{where}: there is no such file; {' and '.join(SHIPPED)} come with the package"
        )
    return path


def header_of(tape: Tape, name: str) -> Header:
    """Return what a recording says about itself.

    Raises:
        UsageError: It is a cassette, but not one of ours, or of a later format.
    """
    try:
        header = msgspec.convert(tape.get_metadata(NAME, None), Header)
        check_base_url(header.base_url)
        shaping = {name: header.thresholds[name] for name in SHAPING if must_name(header, name)}
        msgspec.convert(shaping, Baseline)
    except MissingMetadataError:
        raise UsageError(f"{name}: not a recording of this tool: it has no header") from None
    except (KeyError, UsageError, msgspec.ValidationError) as error:
        raise UsageError(f"{name}: not a recording of this tool: {error}") from None
    header = replace(header, thresholds=shaping)
    if header.format > FORMAT:
        raise UsageError(f"{name}: recorded by a later version ({header.tool_version}); update")
    return header


def must_name(header: Header, threshold: str) -> bool:
    """Tell whether a recording names a threshold, or is none of ours where it does not."""
    return threshold in header.thresholds or threshold not in SHAPING_SINCE


def thresholds(settings: Settings, header: Header) -> Baseline:
    """Return the thresholds of a replay: today's, except those that shaped the requests.

    Raises:
        UsageError: One of those was set to something else than was recorded.
    """
    for name, recorded_value in header.thresholds.items():
        asked = getattr(settings.decided.baseline, name)
        if name in settings.explicit and asked != recorded_value:
            raise UsageError(
                f"{name} = {asked}: the recording was made with {recorded_value}; leave it out, "
                "or record again"
            )
    changes: dict[str, Any] = dict(header.thresholds)
    named = settings.decided.baseline.critical_services
    if header.redacted:  # ids count as configured today; names match no pseudonym
        changes["critical_services"] = (*header.critical_services, *filter(is_id, named))
    elif "critical_services" not in settings.explicit:
        changes["critical_services"] = tuple(header.critical_services)
    return msgspec.structs.replace(settings.decided.baseline, **changes)


def is_id(pattern: str) -> bool:
    """Tell whether a pattern names one resource by its id, not by its name."""
    return ID.fullmatch(pattern) is not None


def notices(settings: Settings, header: Header) -> list[str]:
    """Return what a replay cannot do as it was asked to, and what nobody knows of its recording."""
    found = []
    if not header.digest:
        found.append(
            f"the recording was made by version {header.tool_version} and carries no digest: "
            "nobody can tell whether it was edited; record the account again"
        )
    by_name = [each for each in settings.decided.baseline.critical_services if not is_id(each)]
    if header.redacted and by_name:
        found.append(
            f"critical_services: names are pseudonyms in this recording, so {', '.join(by_name)} "
            f"counts as when it was made: {counted(len(header.critical_services), 'service')}"
        )
    if header.redacted and not all(map(is_id, settings.selection.resources)):
        found.append("--pd-resource: names are pseudonyms in this recording; choose by id")
    return found


def check_analytics(settings: Settings, header: Header) -> None:
    """Refuse incident figures that were not recorded.

    Raises:
        UsageError: They are asked for, and the recording has none.
    """
    if settings.reading.include_analytics and "analytics" not in header.data_sets:
        raise UsageError(
            "include_analytics = true: the recording was made without it; leave it out, or "
            "record again"
        )


def requests_on(name: str) -> tuple[Header, list[str]]:
    """Return the header of a recording, and the path of each request in it.

    Raises:
        UsageError: There is no such recording, or it is not one of ours.
    """
    with open_tape(find(name), "none") as tape:
        return header_of(tape, name), [urlsplit(request.uri).path for request in tape.requests]
