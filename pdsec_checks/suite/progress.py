"""Bars on a terminal while an account is read: requests, rate, waiting for the rate limit."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from pdsec_checks.model import counted
from pdsec_checks.pagerduty.http.client import Client

ALL = "all"
WORTH_SAYING = 0.5
"""Seconds; a shorter wait is over before anybody has read about it."""


class Figures(ProgressColumn):
    """What was asked for one data set, and on the line for all how fast it goes."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client
        self._started = time.monotonic()

    def render(self, task: Task) -> Text:
        """Return the figures behind the bar of *task*, as they are now."""
        name = task.fields["name"]
        traffic = self._client.traffic
        return Text(self._total() if name == ALL else counted(traffic.by_data_set[name], "request"))

    def _total(self) -> str:
        traffic, now = self._client.traffic, time.monotonic()
        rate = traffic.total / max(now - self._started, 0.1)
        parts = [f"{counted(traffic.total, 'request')}, {rate:.0f} a second"]
        if traffic.retries:
            parts.append(f"{traffic.retries} sent again")
        waits = self._client.budget.waits_until - now
        if waits > WORTH_SAYING:
            parts.append(f"waiting {waits:.0f} s for the rate limit")
        return ", ".join(parts)


class Bars:
    """A bar for each data set that is being read, and one for all; a finished one is a line."""

    def __init__(self, client: Client, names: Iterable[str], stream: TextIO) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            Figures(client),
            console=Console(file=stream, highlight=False, markup=False),
            transient=True,
        )
        add = self._progress.add_task
        self._tasks: dict[str, TaskID] = {
            name: add(name.replace("_", " "), total=None, name=name) for name in sorted(names)
        }
        self._all = add(ALL, total=len(self._tasks), name=ALL)

    def finish(self, name: str, text: str) -> None:
        """Replace the bar of a data set by a line that says what came of it."""
        self._progress.remove_task(self._tasks.pop(name))
        self._progress.console.print(text, soft_wrap=True)
        self._progress.advance(self._all)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
