"""Recordings: one cassette for one reading of an account, and its replay without a network.

vcrpy patches urllib3 for the whole process and lets other threads slip past the patch while
one connects. So, while a cassette is open, one adapter sends one request at a time; and a
replay cannot open a socket at all. Matching looks a request up instead of comparing it with
all others.
"""

from __future__ import annotations

import errno
import gzip
import json
import logging
import os
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec
import requests
import vcr
from requests.adapters import HTTPAdapter
from vcr.cassette import Cassette, CassetteContextDecorator
from vcr.errors import CannotOverwriteExistingCassetteException, MissingMetadataError
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import jsonserializer, yamlserializer

from pdsec_checks import __version__
from pdsec_checks.analysis.services import is_named
from pdsec_checks.baseline import Baseline
from pdsec_checks.credentials import Credential
from pdsec_checks.errors import NotOnTapeError, UsageError
from pdsec_checks.pagerduty import threads
from pdsec_checks.pagerduty.client import Client
from pdsec_checks.pagerduty.oauth import ACCEPT_TOKEN
from pdsec_checks.pagerduty.redaction import ID, WHAT, Redactor
from pdsec_checks.pagerduty.snapshot import CREDENTIAL_REFUSED, SHAPING, Snapshot
from pdsec_checks.resources import Service
from pdsec_checks.settings import Settings, is_loopback

logging.getLogger("vcr").setLevel(logging.WARNING)  # below that it logs whole answers

FORMAT = 1
HEADER = "pagerduty-sec-inspector"
"""Key of our header among the cassette's metadata."""
SUFFIXES = (".yaml", ".yaml.gz", ".json", ".json.gz")
KEPT_HEADERS = frozenset({"content-type"})
SHIPPED = ("demo", "demo-compliant")


class NotWrittenError(UsageError):
    """A recording could not be written, after everything was read."""


@dataclass(frozen=True)
class Header:
    """What a recording says about itself."""

    as_of: datetime
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


def shipped(name: str) -> Path:
    """Return the file of a recording that comes with the package."""
    packaged = Path(__file__).parent.parent / "_cassettes"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "cassettes"
    return folder / f"{name}.yaml"


def address_on_tape(base_url: str) -> str:
    """Return the address that a recording names: a port of this machine says nothing later."""
    return "http://localhost" if is_loopback(urlsplit(base_url).hostname or "") else base_url


class SerialAdapter(HTTPAdapter):
    """Sends one request at a time; vcrpy has the whole answer when it returns."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        with threads.ALONE:
            try:
                return super().send(request, *args, **kwargs)
            except CannotOverwriteExistingCassetteException:
                path = urlsplit(request.url or "")
                raise NotOnTapeError(
                    str(path.path), f"the recording does not hold this request: {path.query}"
                ) from None


def _serialise(client: Client) -> None:
    """Let *client* send one request at a time, for answers as they are: vcrpy keeps the bytes."""
    client.mount(SerialAdapter())
    client.session.headers["Accept-Encoding"] = "identity"


class Tape(Cassette):  # type: ignore[misc]  # vcrpy has no types
    """A cassette that looks requests up by method, address and body."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._index: defaultdict[tuple[str, str, bytes], list[int]] = defaultdict(list)
        super().__init__(*args, **kwargs)

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Keep an interaction, and where it stands.

        It replaces a 401: the client asked again with a new access token, and a replay has none.
        """
        before = len(self.data)
        super().append(request, response)
        if len(self.data) > before:
            known = self._index[address(self.data[-1][0])]
            if known and self.data[known[-1]][1]["status"]["code"] == CREDENTIAL_REFUSED:
                self.data[known[-1]] = self.data.pop()
            else:
                known.append(before)

    def _responses(self, request: Request) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in self._index.get(address(self._before_record_request(request)), ()):
            yield number, self.data[number][1]


def address(request: Request) -> tuple[str, str, bytes]:
    """Return what tells one request from another."""
    return request.method, request.uri, request.body or b""


class Persister:
    """Reads and writes cassettes by suffix; interactions in the order of their addresses."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> Any:
        """Return what vcrpy wants to know of a file."""
        if not Path(path).is_file():
            raise CassetteNotFoundError
        opener: Callable[..., Any] = gzip.open if path.endswith(".gz") else open
        try:
            with opener(path, "rt", encoding="utf-8") as file:
                return deserialize(file.read(), serializer)
        except Exception as error:  # noqa: BLE001 - parsers raise too many kinds to name
            kind = type(error).__name__
            raise UsageError(f"{path}: not a recording that can be read ({kind})") from None

    @staticmethod
    def save_cassette(path: str, content: dict[str, Any], serializer: Any) -> None:
        """Write the cassette whole or not at all; the same interactions give the same bytes."""
        pairs = sorted(
            zip(content["requests"], content["responses"], strict=True),
            key=lambda pair: address(pair[0]),
        )
        ordered = {**content, "requests": [each for each, _ in pairs]}
        ordered["responses"] = [each for _, each in pairs]
        text = serialize(ordered, serializer).encode()
        file, partial = Path(path), partial_of(Path(path))
        try:
            partial.touch(mode=0o600)  # whoever recorded it decides who may read it
            partial.write_bytes(gzip.compress(text, mtime=0) if path.endswith(".gz") else text)
            partial.replace(file)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise NotWrittenError(f"--pd-record {path}: {error.strerror}") from None


class Blank(Persister):
    """Begins a recording with nothing, whatever the file holds that it will replace."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> NoReturn:  # noqa: ARG004 - as vcrpy calls it
        """Say that there is nothing yet."""
        raise CassetteNotFoundError


def _open(
    path: Path, mode: str, base_url: str, redactor: Redactor | None = None
) -> CassetteContextDecorator:
    """Return the context in which vcrpy records or replays *path*."""
    on_tape = address_on_tape(base_url)

    def request_on_tape(request: Request) -> Request | None:
        uri = redactor.uri(request.uri) if redactor else request.uri
        if request.headers.get("Accept") == ACCEPT_TOKEN:
            return None  # what gets a new access token goes on no tape
        stored = Request(request.method, uri, request.body, {})
        if base_url and uri.startswith(base_url):
            stored.uri = on_tape + uri.removeprefix(base_url)
        return stored

    def response_on_tape(response: dict[str, Any]) -> dict[str, Any]:
        headers = response["headers"]
        kept = {name: value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
        body = response["body"]["string"]
        body = redactor.body(body) if redactor else as_text(body)
        return {**response, "headers": kept, "body": {"string": body}}

    recorder = vcr.VCR(
        record_mode=mode,
        decode_compressed_response=True,
        before_record_request=request_on_tape,
        before_record_response=response_on_tape,
    )
    settings = recorder.get_merged_config(path=str(path))
    settings["persister"] = Persister if mode == "none" else Blank
    is_json = path.name.removesuffix(".gz").endswith(".json")
    settings["serializer"] = jsonserializer if is_json else yamlserializer
    settings["record_on_exception"] = False
    return CassetteContextDecorator.from_args(Tape, **settings)


def as_text(content: bytes) -> bytes:
    """Return a body as UTF-8, which every kind of cassette can hold.

    One that is no text in any encoding of JSON stays unreadable.
    """
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return json.dumps(json.loads(content)).encode()
        except (ValueError, RecursionError):
            return b"not recorded: no text"
    return content


class Recorder:
    """One recording under way."""

    def __init__(self, tape: Tape, settings: Settings, redactor: Redactor | None) -> None:
        self._tape, self._settings, self._redactor = tape, settings, redactor

    def describe(self, snapshot: Snapshot) -> None:
        """Write the header, once everything was read."""
        settings = self._settings
        header = Header(
            as_of=snapshot.as_of,
            base_url=address_on_tape(settings.base_url),
            tool_version=__version__,
            thresholds={name: getattr(settings.baseline, name) for name in SHAPING},
            data_sets=sorted(snapshot.data),
            critical_services=named_services(snapshot, settings.baseline.critical_services),
            account=self._pseudonym(snapshot.subdomain or ""),
            redacted=WHAT if settings.redact else "",
            notices=list(snapshot.notices),
        )
        plain = json.loads(msgspec.json.encode(header))
        if not header.notices:
            del plain["notices"]  # earlier versions know no such key
        self._tape.get_metadata(HEADER, plain)

    def _pseudonym(self, name: str) -> str:
        return self._redactor.token(name) if self._redactor and name else name


def named_services(snapshot: Snapshot, patterns: Iterable[str]) -> list[str]:
    """Return the ids of the services that *patterns* name: pseudonyms match no pattern."""
    wanted = tuple(patterns)
    records = snapshot.records("services") if wanted and snapshot.has("services") else []
    return [service.id for service in map(Service, records) if is_named(service, wanted)]


@contextmanager
def recorded(client: Client, path: Path, settings: Settings) -> Iterator[Recorder]:
    """Record everything that *client* reads meanwhile; an exception leaves no file.

    Raises:
        UsageError: The file has another suffix than a recording, or is there already.
    """
    if not path.name.endswith(SUFFIXES):
        raise UsageError(f"--pd-record {path}: a recording ends in {', '.join(SUFFIXES)}")
    if path.exists() and not settings.force:
        raise UsageError(f"--pd-record {path}: the file exists; --pd-force replaces it")
    claim(path)
    _serialise(client)
    redactor = Redactor() if settings.redact else None
    with _open(path, "all", client.base_url, redactor) as tape:
        yield Recorder(tape, settings, redactor)


@contextmanager
def replayed(name: str) -> Iterator[tuple[Client, Header]]:
    """Yield a client that answers from a recording, and what the recording says of itself.

    *name* is a file, or the name of a recording that ships with the package. Nothing can reach
    the network meanwhile.

    Raises:
        UsageError: There is no such recording, or it is not one of ours.
    """
    with no_sockets(), _open(find(name), "none", "") as tape:
        header = header_of(tape, name)
        client = Client(header.base_url, Credential("Token token=", "replayed"))
        client.backoff = 0.0
        client.session.trust_env = False  # no proxy and no certificates: nothing is sent
        _serialise(client)
        yield client, header


def partial_of(path: Path) -> Path:
    """Return where a recording grows until it is whole."""
    return path.with_name(f".{path.name}.partial")


def claim(path: Path) -> None:
    """Make sure, before anything is read, that a recording can be written.

    Raises:
        UsageError: It cannot.
    """
    partial = partial_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600)
        partial.unlink()
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise UsageError(f"--pd-record {path}: {error.strerror}") from None


def find(name: str) -> Path:
    """Return the file of a recording.

    Raises:
        UsageError: There is none.
    """
    path = shipped(name) if name in SHIPPED else Path(name)
    if not path.is_file():
        raise UsageError(
            f"--pd-replay {name}: there is no such file; {' and '.join(SHIPPED)} come with the "
            "package"
        )
    return path


def header_of(tape: Tape, name: str) -> Header:
    """Return what a recording says about itself.

    Raises:
        UsageError: It is a cassette, but not one of ours, or of a later format.
    """
    try:
        header = msgspec.convert(tape.get_metadata(HEADER, None), Header)
    except (MissingMetadataError, msgspec.ValidationError) as error:
        raise UsageError(f"{name}: not a recording of this tool: {error}") from None
    if header.format > FORMAT:
        raise UsageError(f"{name}: recorded by a later version ({header.tool_version}); update")
    return header


def thresholds(settings: Settings, header: Header) -> Baseline:
    """Return the thresholds of a replay: today's, except those that shaped the requests.

    Raises:
        UsageError: One of those was set to something else than was recorded.
    """
    for name, recorded_value in header.thresholds.items():
        asked = getattr(settings.baseline, name)
        if name in settings.explicit and asked != recorded_value:
            raise UsageError(
                f"{name} = {asked}: the recording was made with {recorded_value}; leave it out, "
                "or record again"
            )
    changes: dict[str, Any] = dict(header.thresholds)
    named = settings.baseline.critical_services
    if header.redacted:  # ids count as configured today; names match no pseudonym
        changes["critical_services"] = (*header.critical_services, *filter(is_id, named))
    elif "critical_services" not in settings.explicit:
        changes["critical_services"] = tuple(header.critical_services)
    return msgspec.structs.replace(settings.baseline, **changes)


def is_id(pattern: str) -> bool:
    """Tell whether a pattern names one resource by its id, not by its name."""
    return ID.fullmatch(pattern) is not None


def notices(settings: Settings, header: Header) -> list[str]:
    """Return what a replay cannot do as it was asked to."""
    found = []
    by_name = [each for each in settings.baseline.critical_services if not is_id(each)]
    if header.redacted and by_name:
        found.append(
            f"critical_services: names are pseudonyms in this recording, so {', '.join(by_name)} "
            f"counts as when it was made: {len(header.critical_services)} services"
        )
    if header.redacted and not all(map(is_id, settings.resources)):
        found.append("--pd-resource: names are pseudonyms in this recording; choose by id")
    return found


def check_analytics(settings: Settings, header: Header) -> None:
    """Refuse incident figures that were not recorded.

    Raises:
        UsageError: They are asked for, and the recording has none.
    """
    if settings.include_analytics and "analytics" not in header.data_sets:
        raise UsageError(
            "include_analytics = true: the recording was made without it; leave it out, or "
            "record again"
        )


def requests_on(name: str) -> tuple[Header, list[str]]:
    """Return the header of a recording, and the path of each request in it.

    Raises:
        UsageError: There is no such recording, or it is not one of ours.
    """
    with _open(find(name), "none", "") as tape:
        return header_of(tape, name), [urlsplit(request.uri).path for request in tape.requests]


@contextmanager
def no_sockets() -> Iterator[None]:
    """Let no code of this process open a connection meanwhile."""

    def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise OSError("a replay opens no connection")

    kept = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.socket.connect_ex = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse
    try:
        yield
    finally:
        socket.socket.connect, socket.socket.connect_ex = kept[:2]  # type: ignore[method-assign]
        socket.getaddrinfo = kept[2]
