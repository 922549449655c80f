"""Will the phone ring? For every service, whom an incident of any moment would call, and when.

The rules are PagerDuty's as far as it documents them; where it does not, the reading that cannot
turn missing data into compliance. Everything is exact to the second: spans are half-open, in
seconds UTC, and minutes count from the moment at which PagerDuty would open the incident.

In the order in which they build on each other:

* ``timelines``: who is on call when, on a schedule and on a level (:class:`Timeline`).
* ``outcomes``: what some visits of an incident come to (:class:`Outcome`): ``first`` ring,
  ``second`` human, and ``without`` a person who does not react, which is the blast radius.
* ``sweep``: the walks of all moments at once, as :class:`Piece` of constant outcome.
* ``people``: how long after an assignment a person is rung (:class:`Reach`).
* ``support_hours``, ``urgency``: when urgency is high, when a service opens no incidents.
* ``worlds``: how the account may be, as far as it does not show what decides.
* ``callers``: a policy as timelines (:class:`Chain`, :class:`Callee`), with its doubts.
* ``swept``, ``verdicts``: pieces of a policy in one world; dead windows of a service.
* ``account``: :class:`Ring`, which answers for a service: ``first_person`` (PD-26),
  ``second_person`` (PD-27), ``situation`` (stretches of time), ``swept`` (pieces of a policy).
* ``steps``: the walk of one moment, level by level. ``words``: messages and evidence.
* ``impact``: what is dark without a person, and who carries alone, over one policy's pieces.

What the command ``ring`` shows is made from these:

* ``overview``: how all services stand. ``strips``: a policy's time as pieces to draw.
* ``incident``: one incident, step by step, and whether it rings somebody in time.
* ``losses``: the blast radius of people, devices, schedules, policies. ``load``: who carries alone.

To ask *what if*, let :meth:`Ring.assuming` take people and schedules to be deleted or silent.
"""

from pdsec_checks.analysis.ring.account import Answer, Limits, Ring, Situation, Verdict
from pdsec_checks.analysis.ring.callers import Callee, Callers, Chain, Rung
from pdsec_checks.analysis.ring.outcomes import NEVER, Outcome
from pdsec_checks.analysis.ring.sweep import Piece
from pdsec_checks.analysis.ring.timelines import Span, Timeline
from pdsec_checks.analysis.ring.urgency import Maintenance
from pdsec_checks.analysis.ring.verdicts import DeadWindow, Judged, Question, Stretch, Why
from pdsec_checks.analysis.ring.worlds import World

__all__ = [
    "NEVER",
    "Answer",
    "Callee",
    "Callers",
    "Chain",
    "DeadWindow",
    "Judged",
    "Limits",
    "Maintenance",
    "Outcome",
    "Piece",
    "Question",
    "Ring",
    "Rung",
    "Situation",
    "Span",
    "Stretch",
    "Timeline",
    "Verdict",
    "Why",
    "World",
]
