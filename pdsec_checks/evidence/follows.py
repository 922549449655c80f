"""Whether reports follow from a recording: it is judged again, and they are written again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

from pdsec_checks import __version__
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.evidence.again import Again, Told, judged_again, told_by
from pdsec_checks.model import counted
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports import LOCATED, content
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump

OF_ANOTHER_RUN = ("baseline_report", "carried", "handed_on")
"""What a JSON report takes from the report of another run, which no bundle holds."""
NAMED = 3
"""Checks that a sentence names."""


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


def against(again: Again, reports: Mapping[str, bytes], name: str) -> list[Checked]:
    """Return the same, where the recording was judged again already.

    Raises:
        UsageError: The JSON report is none.
    """
    told = told_by(reports[name], name)
    made_again = dump(to_plain(again.report)).encode()
    if made_again == reports[name]:
        return [
            Checked(Result.GOOD, name, "judged again, and the same to the byte"),
            *(
                written_again(each, reports[each], again)
                for each in sorted(reports.keys() - {name})
            ),
        ]
    return [
        compared(name, reports[name], json.loads(made_again), told, again),
        *(
            Checked(Result.PART, each, "not written again, as the JSON report is not the same")
            for each in sorted(reports.keys() - {name})
        ),
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


def compared(name: str, sealed: bytes, now: dict[str, Any], told: Told, again: Again) -> Checked:
    """Return how far a JSON report that is not the same to the byte follows from the recording."""
    was = json.loads(sealed)
    hidden = again.report.run.redacted and told.source != RECORDING
    left_out = not_judged_again(told, again)
    before, after = (rows(each, hidden=hidden) for each in (was, now))
    if told.is_picked:
        after = {key: row for key, row in after.items() if key in before}
    others = list(differing(before, after, left_out))
    open_points = list(open_points_of(was, told, again, hidden=hidden))
    if others:
        named = ", ".join(others[:NAMED])
        rest = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        how = f"{counted(len(others), 'check')} judged otherwise: {named}{rest}"
        is_explained = again.missing or told.version != __version__
        result = Result.PART if is_explained else Result.BAD
        return Checked(result, name, "; ".join([how, *open_points]))
    parts = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
    if not open_points:
        how = f"every check is the same, and these parts differ: {', '.join(parts)}"
        return Checked(Result.BAD, name, how)
    return Checked(Result.PART, name, "; ".join(["every check is the same", *open_points]))


def open_points_of(
    was: Mapping[str, Any], told: Told, again: Again, *, hidden: bool
) -> Iterator[str]:
    """Yield why a report may differ from the one that is made now, though nobody changed it."""
    yield from again.missing
    if told.version != __version__:
        yield f"version {told.version} made it, and {__version__} judges now"
    if hidden:
        yield (
            "it holds names that the recording replaced by pseudonyms, so messages are not "
            "compared (seal the reports of a replay to have all of it checked)"
        )
    if found := [key for key in OF_ANOTHER_RUN if key in was]:
        yield f"{', '.join(found)} of it come from a report that the bundle does not hold"


def not_judged_again(told: Told, again: Again) -> set[str]:
    """Return the ids of the controls that could not be judged again."""
    return set(told.scope.selected) - {each.id for each in again.report.controls}


def rows(report: Mapping[str, Any], *, hidden: bool) -> dict[tuple[str, str, str], Any]:
    """Return what a JSON report says of each check; no names where they are *hidden*."""
    found = {}
    for each in report["findings"]:
        resource = each["resource"]
        said = (each["message"], each["evidence"]) if not hidden else ()
        found[each["control"], resource["type"], resource["id"]] = (each["status"], *said)
    return found


def differing(
    was: Mapping[tuple[str, str, str], Any],
    now: Mapping[tuple[str, str, str], Any],
    left_out: set[str],
) -> Iterator[str]:
    """Yield each check that two reports do not agree on, but those of controls *left_out*."""
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key) and key[0] not in left_out:
            control, _, resource = key
            before, after = (each.get(key, ("not there",))[0] for each in (was, now))
            change = f", {before} and now {after}" if before != after else ""
            yield f"{control} on {resource}{change}"
