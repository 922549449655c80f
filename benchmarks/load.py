"""A load generator: sends requests as fast as the simulator answers them.

``python -m benchmarks.load URL FILE`` sends every request in FILE (a JSON list of targets) over
a few connections and prints what came back as JSON; the key is in ``PAGERDUTY_API_KEY``.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 4
CHUNK = 2**20
SHORT = 16_384
"""Bytes of an answer that certainly arrives at once if it was written at once."""


@dataclass
class Load:
    """What one connection, or all of them, got back."""

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    in_pieces: int = 0
    """Short answers that did not arrive in one piece."""


def fire(url: str, key: str, targets: Sequence[str], connections: int = CONNECTIONS) -> Load:
    """Send every request and return what all of them took together.

    Raises:
        ConnectionError: An answer was not 200.
    """
    loads = [Load() for _ in range(connections)]
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            send(url, key, targets[number::connections], loads[number])
        except Exception as error:  # noqa: BLE001 - raised below, for whoever waits
            failures.append(error)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    seconds = time.perf_counter() - began
    fields = ("requests", "bytes", "in_pieces")
    total = {name: sum(getattr(load, name) for load in loads) for name in fields}
    return Load(seconds=seconds, **total)


def send(url: str, key: str, targets: Sequence[str], load: Load) -> None:
    """Send requests one after another over one connection, and count into *load*."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 80)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for target in targets:
            head = f"GET {target} HTTP/1.1\r\nHost: simulator\r\nAuthorization: Token token={key}"
            connection.sendall(f"{head}\r\n\r\n".encode())
            receive(connection, load)


def receive(connection: socket.socket, load: Load) -> None:
    """Read one answer.

    Raises:
        ConnectionError: It was not 200, or broke off.
    """
    first = connection.recv(CHUNK)
    head, _, body = first.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ConnectionError(f"the simulator answered {head[:60]!r}")
    _, _, rest = head.lower().partition(b"content-length:")
    left = int(rest.partition(b"\r\n")[0]) - len(body)
    load.in_pieces += bool(left) and len(first) + left <= SHORT
    load.requests += 1
    load.bytes += len(first) + left
    while left:
        piece = connection.recv(min(CHUNK, left))
        if not piece:
            raise ConnectionError("the simulator hung up")
        left -= len(piece)


def main(arguments: Sequence[str]) -> None:
    """Send what a file lists and print what it took."""
    url, file = arguments
    targets = json.loads(Path(file).read_text("utf-8"))
    load = fire(url, os.environ["PAGERDUTY_API_KEY"], targets)
    sys.stdout.write(json.dumps(asdict(load)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
