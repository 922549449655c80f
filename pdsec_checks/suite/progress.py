"""The bar on a terminal while an account is read: data sets, requests, waiting for the limit."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task
from rich.table import Column
from rich.text import Text

from pdsec_checks.colours import wants_colour
from pdsec_checks.model import counted
from pdsec_checks.pagerduty.http.client import Client

WORTH_SAYING = 0.5
"""Seconds; a shorter wait is over before anybody has read about it."""


class Figures(ProgressColumn):
    """How far the reading is, what it asked for, and what it waits for."""

    def __init__(self, client: Client) -> None:
        super().__init__(Column(no_wrap=True))
        self._client = client

    def render(self, task: Task) -> Text:
        """Return the figures as they are now, such as ``12 of 21 data sets, 24 requests``."""
        parts = [
            f"{task.completed:.0f} of {counted(int(task.total or 0), 'data set')}",
            counted(self._client.traffic.total, "request"),
        ]
        waits = self._client.budget.waits_until - time.monotonic()
        if waits > WORTH_SAYING:
            parts.append(f"waiting {waits:.0f} s for the limit")
        return Text(", ".join(parts))


class Bar:
    """One bar for all data sets; it leaves no trace when the reading is over."""

    def __init__(self, client: Client, total: int, stream: TextIO) -> None:
        self._progress = Progress(
            BarColumn(bar_width=16),
            Figures(client),
            console=Console(
                file=stream, highlight=False, markup=False, no_color=not wants_colour(stream)
            ),
            transient=True,
        )
        self._all = self._progress.add_task("", total=total)

    def advance(self) -> None:
        """Count one more data set as read."""
        self._progress.advance(self._all)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, soft_wrap=True)

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
