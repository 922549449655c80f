"""Trouble on demand: which calls a fault strikes, and the register of the kinds there are.

:mod:`tests.simulator.fault_kinds` has the kinds themselves.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.simulator.messages import Answer, Query, Received, encode
from tests.simulator.paging import CAP

WRONG_TYPES: dict[str, Any] = {
    "null": None,
    "string": "surprise",
    "number": 4711,
    "list": ["surprise"],
    "object": {"surprise": True},
    "boolean": True,
}


@dataclass
class Fault:
    """One kind of trouble at the paths that match.

    Args:
        path: Path as a shell pattern, for instance ``/users`` or ``/service_dependencies/*``.
        kind: One of the names in :data:`KINDS`.
        times: How many calls it hits; None for all.
        after: How many calls pass first.
        query: Text that the decoded query must contain, for instance ``offset=100``.
    """

    path: str
    kind: str
    times: int | None = None
    after: int = 0
    query: str = ""
    status: int = 500
    """For ``status``."""
    seconds: float = 1.0
    """For ``slow``, ``drip`` and the reset of ``rate_limited``."""
    field: str = ""
    """For the kinds that change records: a dotted path inside each record."""
    only: int | None = None
    """For them too: the place of the one record that is changed; None for every record."""
    value: str = "string"
    """For ``wrong_type`` and ``wrong_collection``: a name in :data:`WRONG_TYPES`."""
    location: str = "https://elsewhere.example/"
    """For ``redirect``."""
    cap: int = CAP
    """For ``capped``."""
    seen: int = dataclasses.field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault {self.kind!r}; known: {', '.join(KINDS)}")

    def strikes(self, request: Received) -> bool:
        """Tell whether this call is hit, and count it."""
        if not fnmatchcase(request.path, self.path) or self.query not in request.query:
            return False
        self.seen += 1
        return self.after < self.seen and (
            self.times is None or self.seen <= self.after + self.times
        )

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read ``PATH KIND [name=value ...]``, the form of the command line.

        Raises:
            ValueError: The text is not of that form.
        """
        path, kind, *options = text.split()
        numbers: dict[str, Callable[[str], Any]] = {
            "times": int,
            "after": int,
            "status": int,
            "cap": int,
            "only": int,
            "seconds": float,
        }
        values = {}
        for option in options:
            name, _, value = option.partition("=")
            if name not in cls.__dataclass_fields__ or name in {"path", "kind", "seen"}:
                raise ValueError(f"unknown option of a fault: {name!r}")
            values[name] = numbers.get(name, str)(value)
        return cls(path, kind, **values)


@dataclass(slots=True)
class Struck:
    """A call that a fault hits, and the answer that it would have got."""

    fault: Fault
    query: Query
    answer: Answer

    def content(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.answer.body)

    def replaced(self, content: Any) -> Answer:
        """Return the same answer with another body."""
        return Answer(self.answer.status, encode(content), self.answer.headers)


Strike = Callable[[Struck], Answer]
KINDS: dict[str, Strike] = {}
REWRITES: dict[str, Callable[[Query], None]] = {}


def kind(strike: Strike) -> Strike:
    """Register a kind of fault under the name of its function."""
    KINDS[strike.__name__] = strike
    return strike
