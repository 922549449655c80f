"""A time stamp authority on this machine, made by OpenSSL: as a function, and over HTTP."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.processes import environment
from tests.support.programs import required

SETTINGS = """\
[ tsa ]
default_tsa = local
[ local ]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
clock_precision_digits = {digits}
"""
EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
DAYS = "3650"


def openssl(*words: str) -> None:
    """Run OpenSSL, which must succeed."""
    done = subprocess.run(
        [required("openssl"), *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr


class Authority:
    """Stamps what it is asked to, by the clock of this machine.

    Args:
        folder: Where its keys are made.
        days: How long its certificate is valid; a negative number: until so many days ago.
        digits: How many digits of a second its clock shows.
    """

    def __init__(self, folder: Path, days: str = DAYS, digits: int = 0) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self.root = folder / "tsa-ca.crt"
        """The certificate that an auditor trusts."""
        self._settings = folder / "tsa.cnf"
        self._settings.write_text(SETTINGS.format(folder=folder, digits=digits), "utf-8")
        (folder / "serial").write_text("01\n", "utf-8")
        (folder / "extensions").write_text(EXTENSIONS, "utf-8")
        self._make(days)

    def _make(self, days: str) -> None:
        at = {name: str(self._folder / name) for name in ("ca.key", "key", "request", "crt")}
        root = ("-x509", "-keyout", at["ca.key"], "-out", str(self.root), "-days", DAYS)
        openssl("req", *NEW_KEY, *root, "-subj", "/CN=Root of the tests")
        asked = ("-keyout", at["key"], "-out", at["request"])
        openssl("req", *NEW_KEY, *asked, "-subj", "/CN=Time stamps of the tests")
        signed = ("-CA", str(self.root), "-CAkey", at["ca.key"], "-CAcreateserial")
        extensions = ("-extfile", str(self._folder / "extensions"))
        made = ("-in", at["request"], "-out", at["crt"], "-days", days)
        openssl("x509", "-req", *made, *signed, *extensions)

    def reply(self, query: bytes) -> bytes:
        """Return the answer to a query; a refusal where it is for another digest than SHA-256."""
        asked, answered = self._folder / "asked", self._folder / "answered"
        asked.write_bytes(query)
        key = ("-inkey", str(self._folder / "key"), "-signer", str(self._folder / "crt"))
        settings = ("-config", str(self._settings))
        files = ("-queryfile", str(asked), "-out", str(answered))
        openssl("ts", "-reply", *settings, *files, *key)
        return answered.read_bytes()


@dataclass
class Served:
    """An authority that answers over HTTP, and what it was asked."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def serving(reply: Callable[[bytes], bytes], status: int = 200, **headers: str) -> Iterator[Served]:
    """Answer each query as *reply* does, on a port of this machine."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.headers.append(dict(self.headers))
            served.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = reply(served.bodies[-1])
            self.send_response(status)
            for name, value in ({"Content-Type": "application/timestamp-reply"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        served.url = f"http://127.0.0.1:{server.server_address[1]}/tsr"
        try:
            yield served
        finally:
            server.shutdown()
