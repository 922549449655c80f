"""The order in which findings are to be dealt with: by what happens if nobody does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from pdsec_checks.finding import Finding
from pdsec_checks.model import TO_DO, Consequence, Control

Key: TypeAlias = tuple[int, int, int, int, int, tuple[str, str, str]]


def ranked(findings: Iterable[Finding], controls: Iterable[Control]) -> list[Finding]:
    """Return *findings*; those that need somebody have a rank, 1 to as many as there are.

    Fails come first, then what could not be judged, then what needs a person. Within each: by the
    consequence of the control, the severity, the services behind the resource, the id. What is
    accepted by a waiver has no rank.
    """
    found = list(findings)
    classes = {control.id: control.consequence for control in controls}
    numbers = [number for number, each in enumerate(found) if each.status in TO_DO]
    numbers.sort(key=lambda number: urgency(found[number], classes))
    for rank, number in enumerate(numbers, 1):
        found[number] = replace(found[number], rank=rank)
    return found


def urgency(finding: Finding, classes: Mapping[str, Consequence]) -> Key:
    """Return the sort key of a finding that needs somebody, the most urgent first.

    Of services the known ones count. Where none is known and there may be some, it may be the
    greatest number of all.
    """
    reach = finding.reach
    return (
        TO_DO.index(finding.status),
        classes[finding.control].place,
        -finding.severity.weight,
        -1 if reach is None else 0,
        -(reach or 0),
        finding.sort_key,
    )


def by_rank(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Return the findings that have a rank, in its order."""
    found = [(each.rank, each) for each in findings if each.rank is not None]
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]
