"""An account that is still being read: what has arrived of it may be judged, the rest not asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from pdsec_checks.pagerduty.snapshot import TELLING, Snapshot, Unavailable, first_host

T = TypeVar("T")
Found = list[Any] | Unavailable
Meanwhile = Callable[["ArrivingSnapshot"], bool]
"""Does a piece of work with what has arrived, and tells whether there was one to do."""


class NotReadYetError(BaseException):
    """Somebody asked for what is still being read. No control may catch it and go on without.

    Attributes:
        name: The data set.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Arriving(dict[str, Found]):
    """What came of the data sets of a run so far; asking for one of those to come is an error."""

    def __init__(self, awaited: Collection[str]) -> None:
        super().__init__()
        self._awaited = frozenset(awaited)

    def __missing__(self, name: str) -> Found:
        self._check(name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._check(name)

    def get(self, name: str, default: T = None) -> Found | T:  # type: ignore[assignment]
        return super().get(name, default) if name in self else default

    def _check(self, name: object) -> bool:
        if name in self._awaited:
            raise NotReadYetError(str(name))
        return False


class ArrivingSnapshot(Snapshot):
    """A snapshot of which more arrives."""

    __slots__ = ()

    @classmethod
    def of(cls, snapshot: Snapshot, awaited: Collection[str]) -> ArrivingSnapshot:
        """Return what will be *snapshot* once the *awaited* data sets were read."""
        made = cls(snapshot.as_of, snapshot.base_url, data=Arriving(awaited))
        made.kept, made.thresholds = snapshot.kept, snapshot.thresholds
        return made

    def take(self, found: Mapping[str, Found]) -> None:
        """Take in what has arrived."""
        self.data.update(found)

    @property
    def web_host(self) -> str | None:
        """The host of the account's web pages by what has arrived: the whole may tell another."""
        arrived = self.data.keys()
        return first_host(self.data[name] for name in TELLING if name in arrived)
