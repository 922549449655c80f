"""What a case is: a small account, how it is served, and what an inspection must say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulator import Account, Fault, Record, builders

Build = Callable[[datetime], Account]
Outcome = Mapping[str, Mapping[str, str]]
"""Control → id of the resource → status, with every row that the control has."""


@dataclass(frozen=True)
class Case:
    """One account, and its right outcome."""

    build: Build
    outcome: Outcome
    says: Mapping[str, str] = field(default_factory=dict)
    """Control → a part of what one of its messages, or its evidence, says."""
    never_says: str = ""
    """What no message and no evidence of these controls says."""
    faults: tuple[Fault, ...] = ()
    most_requests: Mapping[str, int] = field(default_factory=dict)
    """Path → how often it may be asked."""

    @property
    def name(self) -> str:
        """What it is about, in a few words."""
        return self.build.__name__.replace("_", " ")

    def __str__(self) -> str:
        """Name it in a list of tests."""
        return self.name


def register(cases: list[Case]) -> Callable[..., Callable[[Build], Build]]:
    """Return a decorator that keeps the case of an account in *cases*."""

    def case(outcome: Outcome, *faults: Fault, **details: Any) -> Callable[[Build], Build]:
        def keep(build: Build) -> Build:
            cases.append(Case(build, outcome, faults=faults, **details))
            return build

        return keep

    return case


# Who and what the accounts are made of

OWNER = builders.a_user("Olive Owner", "owner", id="POWNER")
ADA = builders.a_user("Ada Quill", id="PADA")
BEN = builders.a_user("Ben Okoro", id="PBEN")
MAIL_ONLY = builders.a_user(
    "Mae Post", id="PMAIL", contact_methods=[builders.a_contact_method("email", "mae@e.example")]
)
INVITED = builders.a_user("Ivy Next", id="PINVITED", invitation_sent=True)
WATCHER = builders.a_user("Will Watch", "read_only_user", id="PWATCHER")
GONE = builders.a_deleted_user("Dora Left", id="PGONE", deleted_at="2024-02-21T08:42:06-08:00")
UNKNOWN = "PUNKNOWN"
"""The id of somebody whom the user list lacks, and whom nothing marks as deleted."""
EVERYBODY = [OWNER, ADA, BEN, MAIL_ONLY, INVITED, WATCHER]


def an_account(now: datetime, **fields: Any) -> Account:
    """Return an account of everybody, with a policy that notifies one of them."""
    return Account(now, **{"users": EVERYBODY, "escalation_policies": [policy([ADA])], **fields})


def policy(*levels: list[Record], id: str = "PPOLICY") -> Record:  # noqa: A002 - as the builders
    """Return an escalation policy of these levels."""
    return builders.a_policy(id, *levels, id=id)


def on_call(now: datetime, schedule: Record, **fields: Any) -> Account:
    """Return an account whose only policy notifies one schedule, of either kind."""
    kind = "schedules" if "schedule_layers" in schedule else "shift_schedules"
    own = {kind: [schedule], "escalation_policies": [policy([schedule])]}
    return an_account(now, **own, **fields)
