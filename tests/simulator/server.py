"""Runs simulators on loopback ports, each in a daemon thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.simulator.account import Account
from tests.simulator.app import TRANSPORT, application
from tests.simulator.faults import Fault
from tests.simulator.limits import RateLimit
from tests.simulator.state import Simulator

LOOPBACK = "127.0.0.1"
PATIENCE = 60.0
"""Seconds that a simulator may take to start or to stop."""
AccountOrBuilder = Account | Callable[[datetime], Account]


def utc_now() -> datetime:
    """Return the present moment, in whole seconds like the requests."""
    return datetime.now(UTC).replace(microsecond=0)


@contextlib.contextmanager
def run(
    account: AccountOrBuilder,
    *,
    faults: Iterable[Fault] = (),
    rate_limit: int | None = None,
    rate_window: float = 60.0,
    latency: float = 0.0,
    now: datetime | Callable[[], datetime] | None = None,
    port: int = 0,
) -> Iterator[Simulator]:
    """Serve *account* on a loopback port while the block runs.

    Args:
        account: An account, or a function that makes one up for a moment.
        faults: What is to go wrong from the start.
        rate_limit: Requests a minute for each credential; None counts nothing.
        rate_window: Seconds that the limit's minute lasts.
        latency: Seconds before each answer.
        now: The simulator's present, or a clock. The account's own moment by default, and the
            wall clock's when *account* is a function.
        port: Where to listen; any free port by default.

    Raises:
        ExceptionGroup: The simulator itself failed at some request.
    """
    clock = clock_of(account, now)
    simulator = Simulator(
        account if isinstance(account, Account) else account(clock()),
        clock,
        faults=faults,
        rate_limit=RateLimit(rate_limit, rate_window),
        latency=latency,
    )
    with listening(simulator, port):
        yield simulator
    if simulator.crashes:
        raise ExceptionGroup("the simulator failed", simulator.crashes)


def clock_of(
    account: AccountOrBuilder, now: datetime | Callable[[], datetime] | None
) -> Callable[[], datetime]:
    """Return the clock of a simulator: *now*, the account's moment, or the wall clock."""
    if callable(now):
        return now
    if now is not None:
        return lambda: now
    if isinstance(account, Account):
        return lambda: account.as_of
    return utc_now


@contextlib.contextmanager
def listening(simulator: Simulator, port: int = 0) -> Iterator[None]:
    """Let *simulator* answer on a loopback port while the block runs."""
    listener = socket.create_server((LOOPBACK, port), backlog=1024)
    simulator.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    server = Server(simulator)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        if not server.ready.wait(PATIENCE):
            raise RuntimeError("the simulator did not start")
        yield
    finally:
        server.stop()
        thread.join(PATIENCE)
        listener.close()


class OnePiece:
    """A connection that sends what is written in one go, head and body of an answer together."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take *data* along with whatever else is written before the loop turns."""
        if not self._pieces:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pieces.append(data)

    def flush(self) -> None:
        """Send what was written so far."""
        if self._pieces and not self._transport.is_closing():
            self._transport.write(b"".join(self._pieces))
        self._pieces.clear()

    def close(self) -> None:
        """Send what was written so far, and hang up."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that answers in one piece, and lets faults get hold of the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Open a connection."""
        super().connection_made(cast("asyncio.Transport", OnePiece(transport)))

    def on_message_begin(self) -> None:
        """Open the scope of a request."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]  # ours


class Server(uvicorn.Server):
    """A server that starts and stops without waiting for a timer."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(
            uvicorn.Config(
                application(simulator),
                http=Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
            )
        )
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until :meth:`stop`."""
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        self.ready.set()
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hang up on everybody."""
        del sockets  # the caller's
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()

    def stop(self) -> None:
        """Ask the server to stop, from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
