"""Whether reports follow from a recording: it is judged again, and they are written again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, TypeAlias

import msgspec

from pdsec_checks import __version__
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.evidence.again import Again, Told, judged_again, told_by
from pdsec_checks.model import counted
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports import LOCATED, content
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.resources import printable

OF_ANOTHER_RUN = ("baseline_report", "carried", "handed_on")
"""What a JSON report takes from the report of another run, which no bundle holds."""
NAMED = 3
"""Checks that a sentence names."""
NOT_THERE = "not there"
Key: TypeAlias = tuple[str, str, str]
"""A check: its control, and the type and the id of its resource."""
Difference: TypeAlias = tuple[Key, str, str]
"""A check, its status before, and its status now."""


class Result(Enum):
    """What came of checking one thing."""

    GOOD = "OK"
    PART = "IN PART"
    BAD = "DIFFERS"
    NOTE = "NOTE"
    """It says something, and is no check."""


@dataclass(frozen=True)
class Checked:
    """One thing that was checked."""

    result: Result
    what: str
    how: str
    is_otherwise: bool = False
    """Whether a check is judged otherwise now, whatever explains that."""

    @property
    def sentence(self) -> str:
        """What was found."""
        return f"{self.what}: {self.how}"

    @property
    def differs(self) -> bool:
        """Whether something is not as it was sealed, or as it should be."""
        return self.result is Result.BAD

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left open."""
        return self.result in {Result.GOOD, Result.NOTE}


def checked(
    recording: Path, reports: Mapping[str, bytes], name: str, config: bytes | None
) -> list[Checked]:
    """Return for each report whether it follows from a recording.

    Args:
        recording: The file of the recording.
        reports: Name → content, as in a bundle.
        name: Which of them is the JSON report.
        config: The configuration of the run, None where there was none.

    Raises:
        UsageError: The recording, the configuration or the JSON report is none.
    """
    told = told_by(reports[name], name)
    return against(judged_again(recording, told, config), reports, name)


def against(judged: Again, reports: Mapping[str, bytes], name: str) -> list[Checked]:
    """Return the same, where the recording was judged again already.

    Raises:
        UsageError: The JSON report is none.
    """
    again = replace(judged, told=told_by(reports[name], name))
    made_again = dump(to_plain(again.report)).encode()
    others = sorted(reports.keys() - {name})
    if made_again == reports[name]:
        found = Checked(Result.GOOD, name, "judged again, and the same to the byte")
        return [found, *(written_again(each, reports[each], again) for each in others)]
    how = "not written again, as the JSON report is not the same"
    return [
        compared(name, reports[name], made_again, again),
        *(Checked(Result.PART, each, how) for each in others),
    ]


def written_again(name: str, sealed: bytes, again: Again) -> Checked:
    """Return whether a report in another format says what the JSON report says."""
    suffix = PurePath(name).suffix
    formats = [each for each, file in REPORT_FORMATS.items() if PurePath(file).suffix == suffix]
    if any(rendered(each, again) == sealed for each in formats):
        return Checked(Result.GOOD, name, "written again, and the same to the byte")
    if not formats:
        return Checked(Result.PART, name, "no report of this tool has such a name: not checked")
    if LOCATED.intersection(formats):
        how = "it points at files of a repository, which a bundle does not hold: not checked"
        return Checked(Result.PART, name, how)
    return Checked(Result.BAD, name, "it is not what the recording and the JSON report give")


def rendered(name: str, again: Again) -> bytes:
    """Return a report in one format."""
    found = content(name, again.report)
    return found if isinstance(found, bytes) else found.encode("utf-8", "replace")


def compared(name: str, sealed: bytes, made_again: bytes, again: Again) -> Checked:
    """Return how far a JSON report that is not the same to the byte follows from the recording."""
    told, now = again.told, told_by(made_again, name)
    if not told.adds_up:
        return Checked(Result.BAD, name, "its sums are not those of its checks", is_otherwise=True)
    others = differences(again, now)
    open_points = list(open_points_of(sealed, again))
    if unexcused := list(without_excuse(again, others)):
        result = Result.PART if told.version != __version__ else Result.BAD
        how = "; ".join([judged_otherwise(unexcused), *open_points])
        return Checked(result, name, how, is_otherwise=True)
    same = "every check is the same"
    if others:
        same = f"every check is the same but {len(others)}, which cannot be judged again"
    if open_points:
        return Checked(Result.PART, name, "; ".join([same, *open_points]))
    parts = ", ".join(differing_parts(sealed, made_again))
    return Checked(Result.BAD, name, f"{same}, and these parts differ: {parts}")


def differences(again: Again, now: Told) -> list[Difference]:
    """Return each check that a report and the one that is made *now* do not agree on."""
    before, after = (rows(each, hidden=hides_names(again)) for each in (again.told, now))
    if again.told.is_picked:
        after = {key: row for key, row in after.items() if key in before}
    return list(differing(before, after, not_judged_again(again)))


def without_excuse(again: Again, others: Iterable[Difference]) -> Iterator[str]:
    """Yield in words those that nothing that a bundle lacks explains."""
    return (shown(*each) for each in others if not again.excuses(*each))


def hides_names(again: Again) -> bool:
    """Tell whether the recording has pseudonyms where the report has names."""
    return again.report.run.redacted and again.told.source != RECORDING


def differing_parts(sealed: bytes, made_again: bytes) -> list[str]:
    """Return the keys of two JSON reports that have not the same value in both."""
    was, now = (msgspec.json.decode(each, type=dict[str, Any]) for each in (sealed, made_again))
    return sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))


def open_points_of(sealed: bytes, again: Again) -> Iterator[str]:
    """Yield why a report may differ from the one that is made now, though nobody changed it."""
    told = again.told
    yield from again.missing
    if told.version != __version__:
        yield f"version {told.version} made it, and {__version__} judges now"
    if hides_names(again):
        yield (
            "it holds names that the recording replaced by pseudonyms, so messages are not "
            "compared (seal the reports of a replay to have all of it checked)"
        )
    parts = msgspec.json.decode(sealed, type=dict[str, Any])
    if found := [key for key in OF_ANOTHER_RUN if key in parts]:
        yield f"{', '.join(found)} of it come from a report that the bundle does not hold"


def not_judged_again(again: Again) -> set[str]:
    """Return the ids of the controls that could not be judged again."""
    return set(again.told.scope.selected) - {each.id for each in again.report.controls}


def rows(told: Told, *, hidden: bool) -> dict[Key, Any]:
    """Return what a JSON report says of each check; no names where they are *hidden*."""
    return {
        (each.control, each.resource.type, each.resource.id): (
            each.status,
            *((each.message, each.evidence) if not hidden else ()),
        )
        for each in told.findings
    }


def differing(
    was: Mapping[Key, Any], now: Mapping[Key, Any], left_out: set[str]
) -> Iterator[Difference]:
    """Yield each check that two reports do not agree on, with its status before and now.

    Those of the controls *left_out* are not looked at.
    """
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key) and key[0] not in left_out:
            before, after = (each.get(key, (NOT_THERE,))[0] for each in (was, now))
            yield key, before, after


def shown(key: Key, before: str, after: str) -> str:
    """Return a check that two reports do not agree on, in words."""
    control, _, resource = key
    change = f", {before} and now {after}" if before != after else ""
    return f"{control} on {printable(resource)}{change}"


def judged_otherwise(named: Sequence[str]) -> str:
    """Return how many checks are judged otherwise, and some of them."""
    rest = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    count = counted(len(named), "check")
    return f"{count} judged otherwise: {', '.join(named[:NAMED])}{rest}"
