"""The part of a recording that is vcrpy's: a cassette that is read, written and looked up.

vcrpy would patch urllib3 for the whole process: whatever another thread sends would be recorded,
and a thread that outlives its run could leave the patch behind. So a cassette gets the connections
of one adapter only, which sends one request at a time. Matching looks a request up instead of
comparing it with all others.
"""

from __future__ import annotations

import errno
import gzip
import json
import logging
import os
import re
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import msgspec
import requests
import vcr
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from vcr.cassette import Cassette
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import jsonserializer, yamlserializer
from vcr.stubs import VCRConnection, urllib3_stubs

from pdsec_checks import NAME
from pdsec_checks.errors import NotOnTapeError, UsageError
from pdsec_checks.output import PRIVATE, check_stays, is_text, whole
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.http.connections import Adapter
from pdsec_checks.pagerduty.recordings import bounds, chain
from pdsec_checks.pagerduty.recordings.answers import kept, status_line
from pdsec_checks.pagerduty.recordings.redaction import Redactor

logging.getLogger("vcr").setLevel(logging.WARNING)  # below that it logs whole answers

SUFFIXES = (".yaml", ".yaml.gz", ".json", ".json.gz")
PLACE = "https://recording.invalid"
"""What addresses begin with while nothing tells whose they are; the header says it in the end."""
ORIGIN = re.compile(r"[a-z]+://[^/?#]*", re.IGNORECASE)
OF_A_CONTEXT = frozenset({"path_transformer", "func_path_generator", "record_on_exception"})
"""Settings of vcrpy's own context, which patches; they are none of a cassette."""
STUBS = {
    False: urllib3_stubs.VCRRequestsHTTPConnection,
    True: urllib3_stubs.VCRRequestsHTTPSConnection,
}
"""What stands in the place of a connection: vcrpy's own, by whether it is one over TLS."""
Pool = type[HTTPConnectionPool]


class NotWrittenError(UsageError):
    """A recording could not be written, after everything was read."""


class Status(msgspec.Struct):
    """The status line of an answer."""

    code: int


class Body(msgspec.Struct):
    """The body of an answer."""

    string: bytes


class Answer(msgspec.Struct):
    """What a cassette must hold of an answer."""

    status: Status
    headers: dict[str, list[str]]
    body: Body


class TapedAdapter(Adapter):
    """Sends one request at a time, by connections that record on *tape* or replay from it.

    vcrpy is not made for threads, and has the whole answer when it returns.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape, self._alone = tape, threading.Lock()
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._connect(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return self._connect(super().proxy_manager_for(proxy, **kwargs))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        with self._alone:
            try:
                return super().send(request, *args, **kwargs)
            except CannotOverwriteExistingCassetteException:
                path = urlsplit(request.url or "")
                raise NotOnTapeError(
                    str(path.path), f"the recording does not hold this request: {path.query}"
                ) from None

    def _connect(self, manager: Any) -> Any:
        manager.pool_classes_by_scheme = pools_on(self._tape, manager.pool_classes_by_scheme)
        return manager


def pools_on(tape: Tape, pools: Mapping[str, Pool]) -> dict[str, Pool]:
    """Return what keeps connections to *tape* in the place of *pools*, by scheme."""
    return {scheme: pool_on(tape, pool) for scheme, pool in pools.items()}


def pool_on(tape: Tape, pool: Pool) -> Pool:
    """Return the kind of *pool* whose connections lead to *tape*; it may be that already."""
    if issubclass(pool.ConnectionCls, VCRConnection):
        return pool
    is_secure = issubclass(pool, HTTPSConnectionPool)
    stub = STUBS[is_secure]
    connection = type(stub.__name__, (stub,), {"cassette": tape, "_baseclass": pool.ConnectionCls})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


def use(tape: Tape, client: Client) -> None:
    """Let *client* record on *tape*, or replay from it, answers as they are: it keeps the bytes."""
    client.mount(TapedAdapter(tape))
    client.is_taped = True
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
            known = self._index[request_key(self.data[-1][0])]
            if known and self.data[known[-1]][1]["status"]["code"] == HTTPStatus.UNAUTHORIZED:
                self.data[known[-1]] = self.data.pop()
            else:
                known.append(before)

    def write(self) -> None:
        """Write what was recorded; a replay leaves its file as it is."""
        self._save()

    def _responses(self, request: Request) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in self._index.get(request_key(self._before_record_request(request)), ()):
            yield number, self.data[number][1]


def request_key(request: Request) -> tuple[str, str, bytes]:
    """Return what tells one request from another."""
    return request.method, request.uri, request.body or b""


class Persister:
    """Reads and writes cassettes by suffix; interactions in the order of their addresses."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> Any:
        """Return what vcrpy wants to know of a file."""
        if not Path(path).is_file():
            raise CassetteNotFoundError
        try:
            found = deserialize(bounds.read_text(Path(path)), serializer)
            for answer in found[1]:
                msgspec.convert(answer, Answer, builtin_types=(bytes,))
            header = found[2].get(NAME) if len(found) > 2 else None  # noqa: PLR2004 - as vcrpy has it
            chain.check(path, header, list(zip(found[0], found[1], strict=True)))
            for answer in found[1]:
                answer["headers"] = kept(answer["headers"])
        except chain.EditedError:
            raise
        except bounds.TooMuchError as error:
            raise UsageError(f"{path}: not a recording: {error}") from None
        except Exception as error:  # noqa: BLE001 - parsers raise too many kinds to name
            kind = type(error).__name__
            raise UsageError(f"{path}: not a recording that can be read ({kind})") from None
        return found

    @staticmethod
    def save_cassette(path: str, content: dict[str, Any], serializer: Any) -> None:
        """Write the cassette whole or not at all; the same interactions give the same bytes.

        What has a header is sealed: the header learns its digest and the id of its run.
        """
        pairs = sorted(
            zip(content["requests"], content["responses"], strict=True),
            key=lambda pair: request_key(pair[0]),
        )
        if header := content.get("metadata", {}).get(NAME):
            pairs = [(placed(each, header["base_url"]), answer) for each, answer in pairs]
            chain.seal(header, pairs)
        ordered = {**content, "requests": [each for each, _ in pairs]}
        ordered["responses"] = [each for _, each in pairs]
        text = serialize(ordered, serializer).encode()
        if len(text) > bounds.LARGEST:
            raise NotWrittenError(
                f"--pd-record {path}: the recording would hold more than {bounds.LARGEST} bytes, "
                "which no replay reads; record fewer controls"
            )
        try:
            with whole(Path(path), mode=PRIVATE) as file:
                file.write(gzip.compress(text, mtime=0) if path.endswith(".gz") else text)
        except OSError as error:
            raise NotWrittenError(f"--pd-record {path}: {error.strerror}") from None


class Blank(Persister):
    """Begins a recording with nothing, whatever the file holds that it will replace."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> NoReturn:  # noqa: ARG004 - as vcrpy calls it
        """Say that there is nothing yet."""
        raise CassetteNotFoundError


def claim(path: Path, *, force: bool, untrusted: Path | None = None) -> None:
    """Make sure, before anything is read, that a recording can be written; make its folder.

    Raises:
        UsageError: It cannot, there is a file that it would replace without *force*, or a link in
            the folder *untrusted* leads it out of there.
    """
    if not path.name.endswith(SUFFIXES) or path.name in SUFFIXES:
        raise UsageError(f"--pd-record {path}: a recording ends in {', '.join(SUFFIXES)}")
    if not is_text(str(path)):
        raise UsageError(f"--pd-record {path}: the name of a recording is UTF-8; choose another")
    try:
        if untrusted is not None:
            check_stays(path, untrusted)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not force:
            raise UsageError(f"--pd-record {path}: the file exists; --pd-force replaces it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(f"--pd-record {path}: {error.strerror}") from None


@contextmanager
def open_tape(
    path: Path, mode: str, client: Client | None = None, redactor: Redactor | None = None
) -> Iterator[Tape]:
    """Yield the tape that vcrpy records to *path* or replays from there; an exception writes none.

    *client* is whose requests are recorded.
    """
    tape = Tape.load(**settings_of(path, mode, client, redactor))
    yield tape
    tape.write()


def settings_of(
    path: Path, mode: str, client: Client | None, redactor: Redactor | None
) -> dict[str, Any]:
    """Return what vcrpy makes a tape from."""
    is_replay = mode == "none"
    base_path = urlsplit(client.base_url).path if client else ""

    def request_on_tape(request: Request) -> Request:
        uri = redactor.uri(request.uri) if redactor else request.uri
        if not is_replay and not uri.startswith(PLACE):
            uri = PLACE + ORIGIN.sub("", uri, count=1).removeprefix(base_path)
        return Request(request.method, uri, request.body, {})

    def response_on_tape(response: dict[str, Any]) -> dict[str, Any]:
        body = response["body"]["string"]
        return {
            "status": status_line(response["status"]["code"]),
            "headers": kept(response["headers"], client.gives_away)
            if client
            else kept(response["headers"]),
            "body": {"string": redactor.body(body) if redactor else as_text(body)},
        }

    recorder = vcr.VCR(
        record_mode=mode,
        decode_compressed_response=True,
        before_record_request=request_on_tape,
        before_record_response=response_on_tape,
    )
    settings = recorder.get_merged_config(path=str(path))
    settings["persister"] = Persister if is_replay else Blank
    is_json = path.name.removesuffix(".gz").endswith(".json")
    if is_replay:
        settings["serializer"] = bounds.BoundedJson if is_json else bounds.BoundedYaml
    else:
        settings["serializer"] = jsonserializer if is_json else yamlserializer
    return {name: each for name, each in settings.items() if name not in OF_A_CONTEXT}


def placed(request: Request, base_url: str) -> Request:
    """Return a recorded request with the address that its recording names."""
    uri = base_url + request.uri.removeprefix(PLACE)
    return Request(request.method, uri, request.body, {})


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
