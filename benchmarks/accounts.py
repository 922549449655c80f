"""What many accounts cost: one after another, and eight at once.

``python benchmarks/accounts.py`` serves made-up accounts on loopback ports, each with its own
rate limit of 960 requests a minute, and inspects them with the real command: as one run for
each account, as one run that reads one account at a time, and as one run that reads eight.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.simulator import run  # noqa: E402 - the checkout is no installed package
from tests.simulator.account import Account  # noqa: E402
from tests.simulator.accounts import sized  # noqa: E402
from tests.simulator.auth import API_KEY  # noqa: E402
from tests.simulator.limits import PER_MINUTE  # noqa: E402

AT_ONCE = 8
SERVERS = 2
"""Processes that share the simulated accounts: one would be the bottleneck."""


def fifty(now: datetime) -> Account:
    """Return an account with 50 users."""
    return sized(now, users=50, services=20, policies=10, layer_schedules=8, teams=5)


def five_hundred(now: datetime) -> Account:
    """Return an account with 500 users."""
    return sized(
        now, users=500, services=200, policies=150, layer_schedules=100, shift_schedules=20,
        teams=40, business_services=10, extensions=30, webhook_subscriptions=20,
    )  # fmt: skip


SIZES: dict[str, Callable[[datetime], Account]] = {"small": fifty, "medium": five_hundred}


def serve(make: Callable[[datetime], Account], count: int, latency: float, pipe: Any) -> None:
    """Serve *count* accounts in this process until the pipe closes."""
    with ExitStack() as stack:
        served = [
            stack.enter_context(run(make, latency=latency, rate_limit=PER_MINUTE))
            for _ in range(count)
        ]
        pipe.send([each.url for each in served])
        pipe.recv()


@contextmanager
def simulated(
    make: Callable[[datetime], Account], count: int, latency: float
) -> Iterator[list[str]]:
    """Yield the addresses of *count* accounts, served by processes of their own."""
    context = multiprocessing.get_context("spawn")
    pipes, urls = [], []
    for number in range(SERVERS):
        here, there = context.Pipe()
        share = count // SERVERS + (number < count % SERVERS)
        context.Process(target=serve, args=(make, share, latency, there), daemon=True).start()
        pipes.append(here)
    for pipe in pipes:
        urls += pipe.recv()
    try:
        yield urls
    finally:
        for pipe in pipes:
            pipe.send(None)


def accounts_file(folder: Path, urls: Sequence[str]) -> Path:
    """Write ``accounts.toml`` and return it."""
    path = folder / "accounts.toml"
    path.write_text(
        "".join(
            f'[[accounts]]\nname = "account-{number:02}"\nbase_url = "{url}"\n'
            'api_key_env = "BENCHMARK_KEY"\n'
            for number, url in enumerate(urls)
        ),
        encoding="utf-8",
    )
    return path


class Took(NamedTuple):
    """What a way took, in seconds."""

    wall: float
    processor: float
    """Of the command and its workers: says what a busy machine hides."""


def took(arguments: Sequence[str], **variables: str) -> Took:
    """Run the command to its end and return what it took."""
    started, used = time.perf_counter(), processor_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "pdsec_checks", "--quiet", *arguments],
        env=os.environ | {"BENCHMARK_KEY": API_KEY, "PAGERDUTY_API_KEY": API_KEY} | variables,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(f"exit code {done.returncode}: {' '.join(arguments)}")
    return Took(time.perf_counter() - started, processor_seconds() - used)


def processor_seconds() -> float:
    """Return the processor time of every process that was started here and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def one_after_another(urls: Sequence[str], folder: Path) -> Took:
    """Run the command once for each account."""
    found = [
        took([f"--output={folder / f'{number}.json'}"], PAGERDUTY_BASE_URL=url)
        for number, url in enumerate(urls)
    ]
    return Took(sum(each.wall for each in found), sum(each.processor for each in found))


def together(path: Path, folder: Path, *arguments: str) -> Took:
    """Run the command once for all accounts."""
    return took([f"--accounts={path}", f"--output={folder / 'all'}/", "--format=json", *arguments])


def measured(urls: Sequence[str], folder: Path) -> Iterator[tuple[str, Took]]:
    """Yield each way to inspect the accounts with what it took."""
    path = accounts_file(folder, urls)
    ways = {
        "one run, one account at a time": ["--accounts-at-once=1"],
        f"one run, {AT_ONCE} threads": [f"--accounts-at-once={AT_ONCE}"],
        f"one run, 2 workers of {AT_ONCE // 2} threads": ["--workers=2"],
        f"one run, {AT_ONCE} workers": [f"--workers={AT_ONCE}"],
    }
    yield "one run for each account", one_after_another(urls, folder)
    for name, arguments in ways.items():
        yield name, together(path, folder, *arguments)
        check(folder, len(urls))


def check(folder: Path, count: int) -> None:
    """Make sure that every account was read: a fast run that read nothing is no figure."""
    plain = json.loads((folder / "all" / "accounts.json").read_text("utf-8"))
    if (
        not plain["complete"]
        or len(plain["accounts"]) != count
        or plain["summary"]["status"]["error"]
    ):
        raise SystemExit(f"not every account was read: {plain['summary']}")


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser("python benchmarks/accounts.py", description=__doc__)
    options.add_argument("--accounts", type=int, default=50, metavar="N")
    options.add_argument("--size", choices=sorted(SIZES), default="small")
    options.add_argument("--latency", type=float, default=100.0, metavar="MS")
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        simulated(SIZES[given.size], given.accounts, given.latency / 1000) as urls,
    ):
        sys.stdout.write(
            f"{given.accounts} {given.size} accounts, {given.latency:g} ms, "
            f"{os.cpu_count()} cores\n\n"
            "| way | seconds | processor seconds | times faster than one run each "
            "| than one at a time |\n|---|---|---|---|---|\n"
        )
        found: list[float] = []
        for name, (wall, processor) in measured(urls, Path(folder)):
            found.append(wall)
            first, second = found[0], found[1:2] or found
            sys.stdout.write(
                f"| {name} | {wall:.1f} | {processor:.1f} | {first / wall:.1f} "
                f"| {second[0] / wall:.1f} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
