"""The worst moment of a service: the one whose incident is best shown step by step."""

from __future__ import annotations

from pdsec_checks.analysis.ring.account import Answer, Ring
from pdsec_checks.analysis.ring.verdicts import outcomes_in


def worst_moment(ring: Ring, answer: Answer) -> int:
    """Return the first of the worst moments of a service that was judged, in seconds UTC.

    A lost incident is worse than one that rings nobody, and that is worse than a late ring. Low
    urgency counts only where incidents are lost. *answer* has at least one dead window.
    """
    situation = answer.situation
    pieces = ring.swept(situation.chain).by_first
    parts = outcomes_in(pieces, situation.stretches, situation.auto_resolve)
    found = [
        (outcome.is_lost, outcome.first, -start)
        for start, _, outcome, is_high in parts
        if is_high or outcome.is_lost
    ]
    return -max(found)[2]
