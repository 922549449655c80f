"""Serves a made-up account by hand: ``python -m tests.simulator --account demo``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tests.simulator.accounts import NAMED
from tests.simulator.auth import API_KEY, CLIENT_ID, CLIENT_SECRET, READ_ONLY_KEY
from tests.simulator.faults import KINDS, Fault
from tests.simulator.limits import PER_MINUTE
from tests.simulator.server import run, utc_now

EPILOG = "Kinds of faults: " + ", ".join(sorted(KINDS))


def moment(text: str) -> datetime:
    """Read a moment; one without an offset is UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = argparse.ArgumentParser("python -m tests.simulator", epilog=EPILOG)
    options.add_argument("--account", choices=sorted(NAMED), default="demo")
    options.add_argument("--port", type=int, default=8080, help="0 picks a free one")
    options.add_argument(
        "--fault",
        type=Fault.parse,
        action="append",
        default=[],
        metavar="'PATH KIND [name=value ...]'",
        help="for instance: '/users status status=503 times=2'",
    )
    options.add_argument("--latency", type=float, default=0.0, metavar="MS")
    options.add_argument(
        "--rate-limit", type=int, default=PER_MINUTE, metavar="N", help="a minute; 0 for none"
    )
    options.add_argument("--as-of", type=moment, metavar="ISO", help="the present; else the clock")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the program is interrupted."""
    options = parser().parse_args(arguments)
    now: datetime | Callable[[], datetime] = options.as_of or utc_now
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # before anybody knows of us
    with (
        contextlib.suppress(KeyboardInterrupt),
        run(
            NAMED[options.account],
            faults=options.fault,
            rate_limit=options.rate_limit or None,
            latency=options.latency / 1000,
            now=now,
            port=options.port,
        ) as simulator,
    ):
        lines = (
            f"{options.account} account at {simulator.url}",
            f"API key:           {API_KEY}",
            f"read-only API key: {READ_ONLY_KEY}",
            f"OAuth client:      {CLIENT_ID} / {CLIENT_SECRET}",
        )
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
