"""What a run looked at and what it left out, as every report tells it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import urlsplit

from pdsec_checks import NAME
from pdsec_checks.catalogue.scope import Changed, InForce
from pdsec_checks.configuration.addresses import region_of
from pdsec_checks.model import Severity, counted, is_own
from pdsec_checks.pagerduty.snapshot import RecordingFacts
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import harmless, line
from pdsec_checks.resources.roster import RosterFacts

PARTIAL = "PARTIAL"
"""The word in the headline of a report that does not speak about everything."""
LEFT_OUT = f"{PARTIAL}: left out"
"""What stands before the phrases of what a run left out."""
NAMED = 10
"""Waivers, or attestations, that a sentence names; JSON has them all."""


class CanBePartial(Protocol):
    """A report about one account, or about several."""

    @property
    def is_partial(self) -> bool:
        """Whether it left something out of what could be looked at."""
        ...


def fields(report: Report) -> dict[str, Any]:
    """Return the scope as plain JSON; it says nothing that changes from day to day."""
    scope = report.run.scope
    host, region = place(report)
    found = {
        "controls_set": scope.controls_set,
        "selected": list(scope.selected),
        "not_selected": list(scope.not_selected),
        "severity": scope.severity.value,
        "frameworks": list(scope.frameworks),
        "resources": list(scope.resources),
        "partial": report.is_partial,
        "left_out": left_out(report),
        "changed": [asdict(each) for each in scope.changed],
        "severities": {each.name: each.value for each in scope.severities},
        "waivers": [asdict(each) for each in scope.waivers],
        "attestations": [asdict(each) for each in scope.attestations],
        "roster": roster_fields(scope.roster),
        "credential": scope.credential or None,
        "host": host,
        "region": region,
        "through": through(report) or None,
        "run": report.run_id,
        "recording": recording_fields(report.run.recording),
    }
    plain: dict[str, Any] = harmless(found)
    return plain


def roster_fields(roster: RosterFacts | None) -> dict[str, Any] | None:
    """Return what identifies the personnel list as plain JSON; None where there is none."""
    if roster is None:
        return None
    return {"sha256": roster.sha256, "people": roster.people, "services": roster.services}


def recording_fields(recording: RecordingFacts | None) -> dict[str, Any] | None:
    """Return what identifies a recording as plain JSON; None where there is none.

    One that an earlier version made has neither an id nor a digest.
    """
    return {"run": recording.run, "digest": recording.digest} if recording else None


def through(report: Report) -> str:
    """Return through what the API was reached; empty where it was asked at its own address."""
    return line(report.run.recording.through) if report.run.recording else ""


def place(report: Report) -> tuple[str, str | None]:
    """Return the host that was asked, and its service region; None where it is not PagerDuty's."""
    base_url = report.run.base_url
    return line(urlsplit(base_url).hostname or ""), region_of(base_url, "") or None


def headed(report: CanBePartial, text: str) -> str:
    """Return a headline, which says so when the run left something out."""
    return f"{PARTIAL}: {text}" if report.is_partial else text


def left_out(report: Report) -> list[str]:
    """Return what the run left out, a phrase each; nothing when it looked at everything."""
    scope = report.run.scope
    found = []
    if scope.not_selected:
        found.append(f"{len(scope.not_selected)} of {counted(scope.every_control, 'control')}")
    if scope.resources:
        found.append(f"all resources but {', '.join(map(line, scope.resources))}")
    elif report.restricted:
        found.append("some resources of the selected controls")
    if not report.complete:
        found.append("what came after the run was stopped")
    return found


def selection(report: Report) -> str:
    """Return a name for what a partial run was asked to look at.

    It is the same on every day and whatever the account holds, and another one for any other
    selection. A run that was stopped is none of those that ended.
    """
    asked = [report.run.scope.asked_for, sorted(report.run.scope.resources), sorted(report.picked)]
    told = json.dumps([*asked, report.complete])
    return f"partial-{sha256(told.encode()).hexdigest()[:12]}"


def looked_at(report: Report) -> str:
    """Return what the run looked at, as one sentence without a full stop."""
    parts = [
        controls(report),
        resources(report),
        *(() if report.complete else ("stopped before every check was judged",)),
    ]
    return f"{PARTIAL if report.is_partial else 'Scope'}: {', '.join(parts)}"


def controls(report: Report) -> str:
    """Return how many of the controls there are were judged, of which kind, and by what choice."""
    scope = report.run.scope
    number, every = len(scope.selected), scope.every_control
    known = counted(every, "control")
    of_known = f"all {known}" if number == every else f"{number} of {known}"
    chosen = ", ".join(chosen_by(report))
    own = sum(map(is_own, scope.selected))
    if not own and not any(map(is_own, scope.not_selected)):
        return f"{of_known} of the {scope.controls_set} set{f' ({chosen})' if chosen else ''}"
    kinds = f"{number - own} of the {scope.controls_set} set and {own} of your own"
    return f"{of_known} ({'; '.join(filter(None, (kinds, chosen)))})"


def resources(report: Report) -> str:
    """Return which of the resources a run looked at."""
    patterns = report.run.scope.resources
    if patterns:
        idle = len(report.run.scope.without_resource)
        some = f" (none of them for {counted(idle, 'further control')})" if idle else ""
        return f"only resources {', '.join(map(line, patterns))}{some}"
    return "only some of their resources" if report.restricted else "all their resources"


def chosen_by(report: Report) -> Iterator[str]:
    """Yield by what controls were chosen, as far as the settings say."""
    scope = report.run.scope
    if scope.severity is not Severity.LOW:
        worse = "" if scope.severity is Severity.CRITICAL else " or worse"
        yield f"severity {scope.severity}{worse}"
    if scope.frameworks:
        yield f"framework {', '.join(map(line, scope.frameworks))}"


def sentences(report: Report) -> list[str]:
    """Return the whole scope, what was looked at first, as sentences without a full stop."""
    return [looked_at(report), *conditions(report)]


def told(report: Report) -> str:
    """Return the whole scope as one text, for a cell or a remark."""
    return ". ".join(sentences(report))


def conditions(report: Report) -> list[str]:
    """Return what was not selected, what people changed, and how the account was read."""
    others = ", ".join(report.run.scope.not_selected)
    return [*([f"Not selected: {others}"] if others else []), *settings(report)]


def settings(report: Report) -> list[str]:
    """Return what people changed, and how the account was read."""
    return [*departures(report), read_from(report), *recorded(report)]


def departures(report: Report) -> list[str]:
    """Return what people changed or decided, as sentences without a full stop."""
    scope = report.run.scope
    found = {
        "Thresholds that differ from their default": differing(scope.changed),
        "Severities that differ from their default": differing(scope.severities),
        "Waivers in force": listed(scope.waivers),
        "Attestations in force": listed(scope.attestations),
        "Personnel list": personnel_list(scope.roster),
    }
    return [f"{name}: {text}" for name, text in found.items() if text]


def personnel_list(roster: RosterFacts | None) -> str:
    """Return how many a personnel list names, and the digest of its file; nothing without one."""
    if roster is None:
        return ""
    services = f" and {counted(roster.services, 'service')}" if roster.services else ""
    people = "1 person" if roster.people == 1 else f"{roster.people} people"
    return f"{people}{services}, SHA-256 {roster.sha256}"


def differing(changed: Iterable[Changed]) -> str:
    """Return values that people chose, each with its default."""
    return "; ".join(
        f"{each.name} = {shown(each.value)} (default {shown(each.default)})" for each in changed
    )


def shown(value: Any) -> str:
    """Return the value of a threshold or a severity, as one line."""
    if isinstance(value, list):
        return ", ".join(map(shown, value)) or "none"
    return line(value if isinstance(value, str) else json.dumps(value))


def listed(decisions: Sequence[InForce]) -> str:
    """Return decisions in words, the first of many and the number of the others."""
    found = [
        f"{each.control} on {line(each.resource)} until {each.until}" for each in decisions[:NAMED]
    ]
    if rest := len(decisions) - len(found):
        found.append(f"and {rest} more")
    return "; ".join(found)


def read_from(report: Report) -> str:
    """Return how the account was read, by what, and the id of the run."""
    host, region = place(report)
    credential = report.run.scope.credential or "credential that the recording does not name"
    where = f"{host or 'an unknown host'}{f' (region {region})' if region else ''}"
    where += f" through {through(report)}" if through(report) else ""
    return f"Read with: {credential}, from {where}, by {NAME} {report.version}; run {report.run_id}"


def recorded(report: Report) -> Iterator[str]:
    """Yield which recording was made, or replayed; one without a digest has a notice instead."""
    recording = report.run.recording
    if recording and recording.digest:
        done = "Replayed" if report.run.is_replay else "Recorded"
        yield f"{done}: run {recording.run}, digest SHA-256 {recording.digest}"
