"""What many accounts cost: one after another, and eight at once.

Made-up accounts on loopback ports, each with its own rate limit of 960 requests a minute, are
inspected with the real command: as one run for each account, as one run that reads one account
at a time, and as one run that reads eight.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.markdown import seconds, table, times
from benchmarks.measured import FailedError, measure
from benchmarks.registry import Benchmark, Plan, Row
from tests import simulator
from tests.simulator.account import Account
from tests.simulator.accounts import sized
from tests.simulator.auth import API_KEY
from tests.simulator.limits import PER_MINUTE

AT_ONCE = 8
COUNT, FEW = 50, 10
"""How many accounts are inspected; fewer with ``--quick``."""
LATENCY = 0.1
"""Seconds before each answer."""
PROMISED = 8
"""How many times faster eight at once must be than one command for each account."""
EACH = "a command for each account"
SERVERS = 2
"""Processes that share the simulated accounts: one would be the bottleneck."""


def account(now: datetime) -> Account:
    """Return an account with 50 users."""
    return sized(now, users=50, services=20, policies=10, layer_schedules=8, teams=5)


def serve(count: int, pipe: Any) -> None:
    """Serve *count* accounts in this process until the pipe closes."""
    with ExitStack() as stack:
        served = [
            stack.enter_context(simulator.run(account, latency=LATENCY, rate_limit=PER_MINUTE))
            for _ in range(count)
        ]
        pipe.send([each.url for each in served])
        pipe.recv()


@contextmanager
def simulated(count: int) -> Iterator[list[str]]:
    """Yield the addresses of *count* accounts, served by processes of their own."""
    context = multiprocessing.get_context("spawn")
    pipes, urls = [], []
    for number in range(SERVERS):
        here, there = context.Pipe()
        share = count // SERVERS + (number < count % SERVERS)
        context.Process(target=serve, args=(share, there), daemon=True).start()
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
            'api_key_env = "PAGERDUTY_BENCHMARK_KEY"\n'
            for number, url in enumerate(urls)
        ),
        encoding="utf-8",
    )
    return path


def took(arguments: Sequence[str], **variables: str) -> Row:
    """Run the command to its end and return its seconds, and those of its processor.

    Raises:
        FailedError: It ended with another code than an inspection does.
    """
    keys = {"PAGERDUTY_BENCHMARK_KEY": API_KEY, "PAGERDUTY_API_KEY": API_KEY}
    command = ["-m", "pdsec_checks", "--quiet", *arguments]
    done = measure(command, keys | variables, codes=(0, 1))
    return {"wall": done.seconds, "processor": done.cpu}  # of its workers as well


def one_after_another(urls: Sequence[str], folder: Path) -> Row:
    """Run the command once for each account."""
    found = [
        took([f"--output={folder / f'{number}.json'}"], PAGERDUTY_BASE_URL=url)
        for number, url in enumerate(urls)
    ]
    return {name: sum(each[name] for each in found) for name in found[0]}


def together(path: Path, folder: Path, *arguments: str) -> Row:
    """Run the command once for all accounts."""
    return took([f"--accounts={path}", f"--output={folder / 'all'}/", "--format=json", *arguments])


def measured(urls: Sequence[str], folder: Path, plan: Plan) -> Iterator[Row]:
    """Yield what each way to inspect the accounts took."""
    path = accounts_file(folder, urls)
    ways = {
        "one run, one account at a time": ["--accounts-at-once=1"],
        f"one run, {AT_ONCE} threads": [f"--accounts-at-once={AT_ONCE}"],
        f"one run, 2 workers of {AT_ONCE // 2} threads": ["--workers=2"],
        f"one run, {AT_ONCE} workers": [f"--workers={AT_ONCE}"],
    }
    plan.say(f"accounts: {EACH}")
    yield {"way": EACH, **one_after_another(urls, folder)}
    for name, arguments in ways.items():
        plan.say(f"accounts: {name}")
        yield {"way": name, **together(path, folder, *arguments)}
        check(folder, len(urls))


def check(folder: Path, count: int) -> None:
    """Make sure that every account was read: a fast run that read nothing is no figure.

    Raises:
        FailedError: One was not.
    """
    plain = json.loads((folder / "all" / "accounts.json").read_text("utf-8"))
    if (
        not plain["complete"]
        or len(plain["accounts"]) != count
        or plain["summary"]["status"]["error"]
    ):
        raise FailedError(f"not every account was read: {plain['summary']}")


def run(unit: str, plan: Plan) -> list[Row]:
    """Inspect the same accounts in every way."""
    del unit  # there is one
    count = FEW if plan.quick else COUNT
    with tempfile.TemporaryDirectory() as folder, simulated(count) as urls:
        return [{"accounts": count, **row} for row in measured(urls, Path(folder), plan)]


def render(rows: list[Row]) -> str:
    """Return every way with how many times faster it is than one account after another."""
    each, alone = (row["wall"] for row in rows[:2])
    head = ("way", "seconds", "computing", "faster than a command each", "than one at a time")
    lines = [
        (
            row["way"],
            seconds(row["wall"]),
            seconds(row["processor"]),
            times(each, row["wall"]),
            times(alone, row["wall"]),
        )
        for row in rows
    ]
    best = max(each / row["wall"] for row in rows)
    promise = (
        f"Promised is that {AT_ONCE} at once are {PROMISED} times faster than a command for each "
        f"account; the best of these ways is {best:.1f} times faster."
    )
    return "\n\n".join(
        [
            f"### {rows[0]['accounts']} accounts of 50 users, 100 ms",
            table(head, lines),
            promise,
        ]
    )


BENCHMARK = Benchmark("accounts", ("accounts",), run, render)
