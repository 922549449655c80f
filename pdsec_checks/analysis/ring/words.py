"""What a verdict looks like in a message and as evidence. Moments are UTC, hours exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pdsec_checks.analysis.ring.account import Answer, Ring
from pdsec_checks.analysis.ring.callers import Chain
from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.verdicts import DeadWindow, Question, Why
from pdsec_checks.model import moment_text
from pdsec_checks.resources import printable

HOUR = 3600
MOMENTS = 16384
"""Moments whose text is remembered: shifts of many schedules begin at the same ones."""
NAMED = 5
"""Dead windows that a message names."""
CAUSES = {Why.LOST: "nobody", Why.NEVER: "silent", Why.ONE_PERSON: "alone", Why.LATE: "late"}
"""Why an incident fails → the cause of the finding, the worst first."""


def hours(seconds: int) -> float:
    """Return seconds as hours, to four decimals."""
    return round(seconds / HOUR, 4)


@lru_cache(maxsize=MOMENTS)
def moment(seconds: int) -> str:
    """Return a moment in UTC, to the second."""
    return moment_text(datetime.fromtimestamp(seconds, UTC))


def answer_as_evidence(answer: Answer, ring: Ring) -> dict[str, Any]:
    """Return what shows a verdict, as plain JSON; people who are unknown only where some are."""
    judged, situation = answer.judged, answer.situation
    chain = situation.chain
    return {
        "judged": {"since": moment(ring.span.start), "until": moment(ring.span.end)},
        "threshold_minutes": answer.question.limit,
        "dead_windows": [window_as_evidence(each) for each in judged.windows],
        "dead_hours": hours(judged.dead_seconds),
        "judged_hours": hours(judged.seconds),
        "muted_hours": hours(situation.muted_seconds),
        "low_hours": hours(situation.low_seconds),
        "policy": policy_as_evidence(situation.policy_id, chain),
        "auto_pause_minutes": situation.service.auto_pause_minutes,
        "silent_people": list(silent_people(chain, ring)),
        **({"unknown_people": unknown_ids(answer)} if answer.unknown else {}),
    }


def unknown_ids(answer: Answer) -> list[str]:
    """Return the id of each person who is unknown; of the schedule, where that is all there is."""
    return list(dict.fromkeys(each.removesuffix(":?").split(":")[-1] for each in answer.unknown))


def worst_minutes(answer: Answer) -> int | None:
    """Return the latest ring that was judged; None where one never comes, or none was judged."""
    judged = answer.judged
    is_told = judged.high_seconds and judged.worst < NEVER
    return int(judged.worst) if is_told else None


def window_as_evidence(window: DeadWindow) -> dict[str, Any]:
    """Return a dead window as plain JSON."""
    return {
        "start": moment(window.start),
        "end": moment(window.end),
        "hours": hours(window.seconds),
        "why": window.why.value,
        "minutes": window.minutes,
    }


def policy_as_evidence(policy_id: str | None, chain: Chain) -> dict[str, str | None] | None:
    """Return the policy that a service names; without a name where there is none of that id."""
    return None if policy_id is None else {"id": policy_id, "name": chain.name or None}


def silent_people(chain: Chain, ring: Ring) -> Iterator[dict[str, str]]:
    """Yield everybody on call under a policy who is never rung, and why."""
    for person in sorted(chain.people):
        found = ring.callers.reach(person)
        if found.best == NEVER:
            name = ring.callers.name_of(person)
            yield {"id": person, "name": name, "why": found.why_silent}


def sentence(answer: Answer) -> str:
    """Return the message of a service that fails: how long, and the first dead windows."""
    question, judged = answer.question, answer.judged
    who = "no second person" if question.is_second else "nobody"
    named = [clause(each, question, answer) for each in judged.windows[:NAMED]]
    more = len(judged.windows) - NAMED
    return (
        f"{answer.situation.service} rings {who} within {question.limit} minutes on "
        f"{some_hours(judged.dead_seconds)} of {some_hours(judged.seconds)} hours: "
        f"{', '.join(named)}{f' … and {more} more' if more > 0 else ''}"
    )


def clause(window: DeadWindow, question: Question, answer: Answer) -> str:
    """Return one dead window as a part of a sentence."""
    when = span_text(window.start, window.end)
    match window.why:
        case Why.LOST:
            return f"no incident at all {when} ({why_lost(answer)})"
        case Why.NEVER:
            return f"nobody is ever rung {when}"
        case Why.ONE_PERSON:
            return f"one person alone {when}"
        case Why.LATE:
            ring = "the second person" if question.is_second else "the first ring"
            return f"{ring} after up to {window.minutes} minutes {when}"


def why_lost(answer: Answer) -> str:
    """Return why nobody is on call."""
    chain, policy_id = answer.situation.chain, answer.situation.policy_id
    if policy_id is None:
        return "no escalation policy"
    if not chain.id:
        return f"escalation policy {printable(policy_id)} does not exist"
    return f"nobody on call on any level of '{printable(chain.name)}'"


def span_text(start: int, end: int) -> str:
    """Return a span as ISO 8601 with a dash, to the minute where there are no seconds."""
    begins, ends = (datetime.fromtimestamp(each, UTC) for each in (start, end))
    clock = "%H:%MZ" if not (start % 60 or end % 60) else "%H:%M:%SZ"
    day = "" if begins.date() == ends.date() else f"{ends:%Y-%m-%dT}"
    return f"{begins:%Y-%m-%dT}{begins:{clock}}\N{EN DASH}{day}{ends:{clock}}"


def some_hours(seconds: int) -> str:
    """Return hours with one decimal; with four where one would say that there are none."""
    found = seconds / HOUR
    return f"{found:.1f}" if found >= 0.05 or not seconds else f"{found:.4f}"  # noqa: PLR2004


def cause_of(answer: Answer) -> str:
    """Return the cause of a fail: the reason of most of its dead time, the worst of several."""
    if answer.situation.policy_id is None or not answer.situation.chain.id:
        return "no-policy"
    dead = Counter[Why]()
    for each in answer.judged.windows:
        dead[each.why] += each.seconds
    return CAUSES[max(CAUSES, key=lambda why: dead[why])]
