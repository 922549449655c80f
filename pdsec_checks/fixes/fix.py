"""One fix as plain data: requests and Terraform, never sent and never run.

The way through the web page is the remedy of the finding's cause, which stands beside the fix.
What a person must choose is a text that begins with ``CHOOSE_``: sent unread, it is refused. No
fix repeats a secret, a mail address or a webhook's address: those are such texts too.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from pdsec_checks.errors import InspectionError
from pdsec_checks.model import Record
from pdsec_checks.resources import View

CHOICE = "CHOOSE_"
"""How everything begins that a person must choose."""
USER = "CHOOSE_A_USER"
POLICY = "CHOOSE_A_POLICY"
SERVICE = "CHOOSE_A_SERVICE"
CHOSEN = {"id": USER, "type": "user_reference"}
"""Whoever is to be chosen, as requests refer to people."""
EVENTS = {
    "us": "https://events.pagerduty.com/v2/change/enqueue",
    "eu": "https://events.eu.pagerduty.com/v2/change/enqueue",
}
"""Service region → where a pipeline sends its changes (Events API v2, "Send Change Events")."""

EVENTS_PATH = r"https://events(\.eu)?\.pagerduty\.com/v2/change/enqueue"
Path = Annotated[str, Meta(pattern=rf"(?a)\A((/[\w-]+)+(\?[\w=&-]+)?|{EVENTS_PATH})\Z")]
Attributes = dict[str, Any]
"""Terraform: name → text, number, list of texts, map, or a list of mappings for blocks."""


class Gen(enum.StrEnum):
    """How much of a fix a machine can write."""

    COMPLETE = "complete"
    CHOICE = "choice"
    """Complete but for what a person must choose."""
    TEXT = "text"
    """Only a person can do it, in the web page."""


class Request(Struct, frozen=True, omit_defaults=True):
    """One request of PagerDuty's API."""

    method: Literal["DELETE", "POST", "PUT"]
    path: Path
    """Below the base URL; a whole address for the Events API."""
    body: dict[str, Any] | None = None
    note: str = ""
    """What changes, and what to mind."""
    check: str = ""
    """What must be true before it is sent; until then it is a comment."""


class Change(Struct, frozen=True, omit_defaults=True):
    """One attribute of a Terraform resource, as it should be and as it is."""

    attribute: Annotated[str, Meta(pattern=r"\A[a-z_.]+\Z")]
    to: str
    now: str = ""


class Block(Struct, frozen=True, omit_defaults=True):
    """One resource of Terraform: imported and changed, or new."""

    type: Annotated[str, Meta(pattern=r"\Apagerduty_[a-z0-9_]+\Z")]
    name: Annotated[str, Meta(pattern=r"(?a)\A[A-Za-z_][\w-]*\Z")]
    import_id: str = ""
    """What there is already; empty for something new."""
    changes: list[Change] = []
    """What to change of it by hand: a block of ours would reset all that it leaves out."""
    create: Attributes = {}
    """The attributes of something new."""

    @property
    def address(self) -> str:
        """How Terraform calls it."""
        return f"{self.type}.{self.name}"


class Fix(Struct, frozen=True, omit_defaults=True):
    """What ends one fail."""

    gen: Gen
    note: str = ""
    """What to mind, or why it is text only."""
    requests: list[Request] = []
    terraform: list[Block] = []

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def fix(requests: Sequence[Request] = (), terraform: Sequence[Block] = (), note: str = "") -> Fix:
    """Return a fix; what it leaves to choose says how much of it is written."""
    gen = Gen.COMPLETE if requests else Gen.TEXT
    if has_choice(msgspec.to_builtins([requests, terraform])):
        gen = Gen.CHOICE
    return Fix(gen, note, list(requests), list(terraform))


def has_choice(value: Any) -> bool:
    """Tell whether something in plain JSON is left to choose."""
    match value:
        case str():
            return CHOICE in value
        case dict():
            return any(map(has_choice, value.values()))
        case list() | tuple():
            return any(map(has_choice, value))
    return False


def path(*parts: str) -> str:
    """Return the path of an API request.

    Raises:
        InspectionError: An id would lead elsewhere; PagerDuty's ids are letters and digits.
    """
    if bad := [part for part in parts if not re.fullmatch(r"[\w-]+", part, re.ASCII)]:
        raise InspectionError(f"the id {bad[0][:40]!r} cannot be part of a path")
    return "".join(f"/{part}" for part in parts)


def reference(kind: str, identity: str) -> dict[str, str]:
    """Return how a request names something: ``reference("user", "PABC")``."""
    return {"id": identity, "type": f"{kind.removesuffix('_reference')}_reference"}


def some(view: View, *names: str) -> Record:
    """Return those of the fields *names* of a record that say something."""
    return {name: value for name in names if (value := view.get(name)) not in (None, [])}


def imported(kind: str, import_id: str, changes: Iterable[Change], name: str = "") -> Block:
    """Return a resource that there is: *kind* without ``pagerduty_``."""
    return Block(f"pagerduty_{kind}", label(name or import_id), import_id, list(changes))


def created(kind: str, name: str, /, **attributes: Any) -> Block:
    """Return a resource that there is not yet: *kind* without ``pagerduty_``."""
    return Block(f"pagerduty_{kind}", label(name), create=attributes)


def label(identity: str) -> str:
    """Return an id as Terraform takes it for a name: letters, digits, ``_`` and ``-``."""
    name = re.sub(r"[^\w-]", "_", identity, flags=re.ASCII)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
