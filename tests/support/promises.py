"""What the tool promises under each fault; ``docs/reliability.md`` shows it as a table.

Plain data, so that the documentation can be written without a simulator.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any


class Effect(enum.Enum):
    """What a fault of one list may do to the verdicts. None of them turns one to pass."""

    NONE = "tried again, same verdicts"
    LOST = "`error`"
    PLAN = "plan"
    GONE = "`error`; of `/v3/schedules`: none there"
    OPEN = "whole, or `error`"


@dataclass(frozen=True)
class Promise:
    """One kind of fault, at any path."""

    name: str
    """In words, as it is felt from outside."""
    kind: str
    """Its name in :data:`tests.simulator.faults.KINDS`."""
    once: Effect
    """What it does where it happens once."""
    lasting: Effect
    """What it does where it does not end."""
    options: dict[str, Any] = field(default_factory=dict)
    """Further fields of a :class:`tests.simulator.Fault`."""
    seconds: float = 30.0
    """How long the reader waits for an answer."""

    @property
    def row(self) -> str:
        """The row of the table."""
        return f"| {self.name} | {self.once.value} | {self.lasting.value} |"


def refused(code: int, name: str, effect: Effect = Effect.LOST) -> Promise:
    """Return a refusal, which no further try would change."""
    return Promise(f"HTTP {code}, {name}", "status", effect, effect, {"status": code})


def broken(name: str, kind: str, **options: Any) -> Promise:
    """Return what is over after a while, or is not."""
    return Promise(name, kind, Effect.NONE, Effect.LOST, options)


def wrong(name: str, kind: str, **options: Any) -> Promise:
    """Return an answer that is none, whatever it is about."""
    return Promise(name, kind, Effect.LOST, Effect.LOST, options)


def uncertain(name: str, kind: str, **options: Any) -> Promise:
    """Return an answer of which nobody can be sure that it is the whole list."""
    return Promise(name, kind, Effect.OPEN, Effect.OPEN, options)


PROMISES = (
    refused(400, "bad request"),
    refused(402, "not in the plan", Effect.PLAN),
    refused(403, "not allowed for this key"),
    refused(404, "not found", Effect.GONE),
    *(broken(f"HTTP {code}", "status", status=code) for code in (500, 502, 503, 504)),
    broken("HTTP 429 without headers", "rate_limited_bare"),
    broken("HTTP 429 with PagerDuty's body", "rate_limited_body"),
    broken("HTTP 429 that says how long to wait", "rate_limited_reset", seconds=0.02),
    broken("a proxy's page, HTTP 502", "html", status=502),
    wrong("a proxy's page, HTTP 403", "html", status=403),
    Promise("a proxy's page, HTTP 200", "html", Effect.OPEN, Effect.LOST, {"status": 200}),
    broken("an error without PagerDuty's envelope, HTTP 500", "error_as_text"),
    broken("an error with a blank body, HTTP 500", "blank"),
    wrong("a redirect to another host", "redirect"),
    broken("HTTP 200 without a body", "empty"),
    broken("JSON that is cut off", "truncated_json"),
    broken("a body that is not JSON", "invalid_json"),
    broken("a list in place of an object", "list_body"),
    wrong("a small answer that unpacks to a huge one", "gzip_bomb"),
    broken("a page without its list", "missing_collection"),
    *(
        broken(f"a {value} in place of the list", "wrong_collection", value=value)
        for value in ("null", "string", "number", "boolean")
    ),
    uncertain("empty pages without end", "endless_empty_pages"),
    uncertain("the same cursor on every page", "repeating_cursor"),
    uncertain("no sign of whether there is more", "without_paging"),
    uncertain("a list longer than PagerDuty returns", "endless"),
    uncertain("the first page again and again", "repeating"),
    uncertain("a smaller limit than PagerDuty's own", "capped", cap=100),
    uncertain("a record that moves between two pages", "shifting"),
    uncertain("schedules that are not rendered", "unrendered"),
    uncertain("schedules without their rendered part", "bulk_without_final_schedule"),
    broken("the connection is reset", "reset"),
    broken("the connection ends in the middle of an answer", "cut"),
    Promise("a late answer", "slow", Effect.NONE, Effect.NONE, {"seconds": 0.05}),
    Promise("no answer", "silent", Effect.NONE, Effect.LOST, seconds=0.5),
)


def table() -> str:
    """Return the table of the documentation."""
    head = ["| what happens at one path | once | lasting |", "|---|---|---|"]
    return "\n".join([*head, *(promise.row for promise in PROMISES)])
