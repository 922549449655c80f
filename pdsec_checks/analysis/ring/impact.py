"""Who may not fail, and who carries alone: sums over the pieces of a policy's time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pdsec_checks.analysis.ring.outcomes import NEVER
from pdsec_checks.analysis.ring.support_hours import joined_spans
from pdsec_checks.analysis.ring.sweep import Piece
from pdsec_checks.analysis.ring.timelines import Span
from pdsec_checks.analysis.ring.verdicts import Stretch, outcomes_in


def dark_seconds(
    pieces: Sequence[Piece],
    stretches: Sequence[Stretch],
    limit: int,
    auto_resolve: int | None = None,
) -> Mapping[str, int]:
    """Return for each person how long a service reaches nobody in time if they do not react.

    That is the time of high urgency in which it reaches somebody within *limit* minutes, and
    would not without them. The pieces may be ``Swept.pieces`` where *limit* is in their horizon.
    """
    found: dict[str, int] = defaultdict(int)
    for start, end, outcome, is_high in outcomes_in(pieces, stretches, auto_resolve):
        if is_high and outcome.first <= limit:
            for person, minutes in outcome.without.items():
                if minutes > limit:
                    found[person] += end - start
    return dict(found)


def in_time(
    pieces: Sequence[Piece],
    stretches: Sequence[Stretch],
    limit: int,
    auto_resolve: int | None = None,
) -> list[Stretch]:
    """Return when a service reaches somebody within *limit* minutes, where urgency is high."""
    return [
        Stretch(start, end, is_high)
        for start, end, outcome, is_high in outcomes_in(pieces, stretches, auto_resolve)
        if is_high and outcome.first <= limit
    ]


def late_seconds(
    pieces: Sequence[Piece],
    stretches: Sequence[Stretch],
    limit: int,
    auto_resolve: int | None = None,
) -> int:
    """Return how much of *stretches* reaches nobody within *limit* minutes."""
    return sum(
        end - start
        for start, end, outcome, _ in outcomes_in(pieces, stretches, auto_resolve)
        if outcome.first > limit
    )


def alone(
    pieces: Sequence[Piece], stretches: Sequence[Stretch], auto_resolve: int | None = None
) -> Mapping[str, list[Span]]:
    """Return when each person is the only one who is ever rung, in order and joined.

    The pieces are ``Swept.by_second``: on others nobody knows yet who follows.
    """
    found: dict[str, list[Span]] = defaultdict(list)
    for start, end, outcome, is_high in outcomes_in(pieces, stretches, auto_resolve):
        if is_high and outcome.first < NEVER:
            for person, minutes in outcome.without.items():
                if minutes == NEVER:
                    found[person].append(Span(start, end))
    return {person: joined_spans(spans) for person, spans in found.items()}
