"""Who is told what is being read of an account."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pdsec_checks.pagerduty.arriving import ArrivingSnapshot
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Unavailable


class Listener(Protocol):
    """Is told of each data set; what it makes of that is its own affair."""

    def __call__(self, name: str, found: list[Any] | Unavailable) -> None:
        """Hear what came of one data set."""

    def watching(self, client: Client, names: Collection[str]) -> AbstractContextManager[None]:
        """Watch *client* read the data sets *names* in the block."""

    def meanwhile(self, arrived: ArrivingSnapshot) -> bool:
        """Do a piece of work with what has arrived; tell whether there was one to do."""

    def warn(self, text: str) -> None:
        """Hear what nobody may miss."""
