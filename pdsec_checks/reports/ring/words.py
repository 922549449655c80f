"""The words in which people read whether the phone will ring: names, moments, lengths, reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from pdsec_checks.analysis.ring.account import Answer, Ring, Situation
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.people import TYPES
from pdsec_checks.analysis.ring.verdicts import DeadWindow, Why
from pdsec_checks.analysis.ring.words import HOUR, some_hours
from pdsec_checks.reports.text import line
from pdsec_checks.resources import View

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Not from the locale: the same answer gives the same bytes everywhere."""
DASH = "\N{EN DASH}"
DEVICES = {
    "phone": "phone call",
    "sms": "SMS",
    "push": "push message",
    "whatsapp": "WhatsApp message",
}
"""Short name of a way to ring somebody → what rings."""
SHORT = {type_: name for name, type_ in TYPES.items()}


@dataclass(frozen=True)
class Zone:
    """A time zone in which moments are shown, and its name."""

    info: tzinfo = UTC
    name: str = "UTC"

    def span(self, start: int, end: int) -> str:
        """Return a span of seconds UTC, such as its day and both times."""
        begins, ends = (datetime.fromtimestamp(each, self.info) for each in (start, end))
        if begins.date() == ends.date():
            return f"{day(begins)} {clock(begins)}{DASH}{clock(ends)} {self.name}"
        return f"{day(begins)} {clock(begins)} {DASH} {day(ends)} {clock(ends)} {self.name}"

    def moment(self, seconds: int) -> str:
        """Return a moment, such as ``Sun 2026-11-29 03:10 UTC``."""
        at = datetime.fromtimestamp(seconds, self.info)
        return f"{day(at)} {clock(at)} {self.name}"


IN_UTC = Zone()


def day_of(seconds: int) -> str:
    """Return the day of a moment in UTC."""
    return day(datetime.fromtimestamp(seconds, UTC))


def day(moment: datetime) -> str:
    """Return a day with its name."""
    return f"{DAYS[moment.weekday()]} {moment:%Y-%m-%d}"


def clock(moment: datetime) -> str:
    """Return a time of day, with seconds where there are some."""
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def named(resource: View) -> str:
    """Return a resource for people: its name, then its id."""
    return name_and_id(resource.ref.name, resource.ref.id)


def name_and_id(name: str, identity: str) -> str:
    """Return a name with the id in brackets; the id alone where that is all there is."""
    if not name or name == identity:
        return line(identity)
    return f"{line(name)} ({line(identity)})" if identity else line(name)


def device(kind: str) -> str:
    """Return what a type of contact method is called."""
    short = SHORT.get(kind, kind)
    return DEVICES.get(short, short)


def minutes(count: float) -> str:
    """Return minutes to a ring; ``never`` for none."""
    return "never" if count == NEVER else f"{count:g} min"


def hours(seconds: int) -> str:
    """Return a length in hours."""
    return f"{some_hours(seconds)} h"


def length(seconds: int) -> str:
    """Return how long one span is: in hours, below one of them in minutes and seconds."""
    if seconds >= HOUR:
        return hours(seconds)
    whole, rest = divmod(seconds, 60)
    parts = [f"{whole} min"] if whole else []
    return " ".join([*parts, f"{rest} s"] if rest or not parts else parts)


def why(window: DeadWindow, answer: Answer) -> str:
    """Return why an incident of a dead window rings nobody in time."""
    if window.why is Why.LOST:
        return f"no incident is opened: {lost(answer.situation)}"
    if window.why is Why.LATE:
        return f"the first ring comes after up to {window.minutes} min"
    return "nobody who is on call is ever rung"


def lost(situation: Situation) -> str:
    """Return why there is nobody to assign an incident to."""
    chain, policy_id = situation.chain, situation.policy_id
    if policy_id is None:
        return "the service has no escalation policy"
    if not chain.id:
        return f"its escalation policy {line(policy_id)} does not exist"
    return "nobody is on call on any level"


def silent(answer: Answer, ring: Ring) -> Iterator[str]:
    """Yield everybody on call under a service's policy who is never rung, and why."""
    for person in sorted(answer.situation.chain.people):
        reach = ring.callers.reach(person)
        if reach.best == NEVER:
            yield f"{name_and_id(ring.callers.name_of(person), person)} {line(reach.why_silent)}"


def policy(situation: Situation) -> str:
    """Return the policy of a service, for people."""
    if situation.policy_id is None:
        return "no escalation policy"
    if not situation.chain.id:
        return f"policy {line(situation.policy_id)}, which does not exist"
    return f"policy {name_and_id(situation.chain.name, situation.policy_id)}"
