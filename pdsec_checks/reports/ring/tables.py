"""What text and page have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pdsec_checks.analysis.ring.losses import Kind, Loss
from pdsec_checks.model import moment_text
from pdsec_checks.reports.ring.answer import RingAnswer
from pdsec_checks.reports.ring.words import IN_UTC, Zone, device, name_and_id, named
from pdsec_checks.resources import View


def heading(answer: RingAnswer) -> str:
    """Return of what account, as of when, and until when everything is judged."""
    source = answer.source
    account = source.subdomain or "an account whose name is unknown"
    how = "" if source.source == "live" else f", from a {source.source}"
    until = IN_UTC.moment(answer.ring.span.end)
    return f"{account}{how}, as of {moment_text(source.as_of)}; judged until {until}"


def assumptions(answer: RingAnswer) -> Iterator[str]:
    """Yield what the question takes to be so; nobody may take the answer for the account's."""
    for people, what in (
        (answer.what_if.without_users, "deleted"),
        (answer.what_if.silent_users, "not to react"),
        (answer.what_if.without_schedules, "deleted"),
    ):
        if people:
            is_to = "" if what.startswith("not ") else "to be "
            yield f"WHAT IF: {listed(people)} taken {is_to}{what}"


def listed(found: Iterable[View]) -> str:
    """Return resources for people, in the order given, with their verb."""
    names = [f"{each.kind} {named(each)}" for each in found]
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def moments(start: int, end: int, zone: Zone) -> str:
    """Return a span in UTC, and in another zone where one was asked for."""
    text = IN_UTC.span(start, end)
    return text if zone == IN_UTC else f"{text} ({zone.span(start, end)})"


def loss_name(loss: Loss) -> str:
    """Return what goes missing, for people."""
    if loss.kind is Kind.DEVICE:
        return f"every {device(loss.id)}"
    return name_and_id(loss.name, loss.id)
