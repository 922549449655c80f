"""What a run looks at, by what it judges, and what it leaves out; worked out once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.controls import left_out
from pdsec_checks.configuration.decisions import Attestation, Decision, Waiver, counts_until
from pdsec_checks.configuration.needs import LEAVERS
from pdsec_checks.configuration.settings import Decided, Settings
from pdsec_checks.model import CORE, Control, Severity
from pdsec_checks.resources.roster import RosterFacts


@dataclass(frozen=True)
class Changed:
    """Something that has another value than the product gives it."""

    name: str
    value: Any
    default: Any


@dataclass(frozen=True)
class InForce:
    """A waiver or an attestation that counts in a run."""

    control: str
    resource: str
    """An id, or a pattern of ids."""
    until: str
    """The last day on which it counts."""
    by: str
    """Who accepted it, or vouches for it."""
    why: str


@dataclass(frozen=True)
class Scope:
    """What a run was asked to look at; plain enough to travel between processes."""

    selected: tuple[str, ...]
    """The ids of the controls that were judged, in order."""
    not_selected: tuple[str, ...] = ()
    """The ids of all other controls of the set, and of those of an organisation, in order: nothing
    is known of what they demand."""
    controls_set: str = CORE
    severity: Severity = Severity.LOW
    """The least severe that was selected."""
    frameworks: tuple[str, ...] = ()
    """The frameworks, or requirements, that controls had to support; empty: whatever they do."""
    resources: tuple[str, ...] = ()
    """The patterns of ids and names that resources had to match; empty: all resources."""
    changed: tuple[Changed, ...] = ()
    """The thresholds that are not the product's."""
    severities: tuple[Changed, ...] = ()
    """The controls whose severity is not the one they are written with, selected or not: a lower
    one can be why a control was left out."""
    waivers: tuple[InForce, ...] = ()
    attestations: tuple[InForce, ...] = ()
    credential: str = ""
    """The kind of credential, such as ``account key``; empty where a recording does not tell."""
    roster: RosterFacts | None = None
    """The personnel list, where a control that was judged goes by one."""
    without_resource: tuple[str, ...] = ()
    """Those of ``not_selected`` that were asked for, but for resources that none of theirs are."""

    @property
    def every_control(self) -> int:
        """How many controls there are."""
        return len(self.selected) + len(self.not_selected)

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The ids of the controls that were asked for, in order, whatever the account holds."""
        return tuple(sorted({*self.selected, *self.without_resource}))

    def narrowed(self, kept: Collection[str]) -> Scope:
        """Return the scope of a run that in the end judged only the controls *kept*."""
        dropped = {each for each in self.selected if each not in kept}
        return replace(
            self,
            selected=tuple(each for each in self.selected if each not in dropped),
            not_selected=tuple(sorted({*self.not_selected, *dropped})),
            without_resource=tuple(sorted({*self.without_resource, *dropped})),
            waivers=tuple(each for each in self.waivers if each.control not in dropped),
            attestations=tuple(each for each in self.attestations if each.control not in dropped),
        )


def scope_of(
    controls: Iterable[Control],
    written: Mapping[str, Severity],
    settings: Settings,
    baseline: Mapping[str, Any],
    as_of: datetime | None,
    credential: str = "",
) -> Scope:
    """Return the scope of a run over *controls*.

    Args:
        controls: The controls that were selected, with the severity in force.
        written: Every control there is → the severity that it is written with.
        settings: What the run was told.
        baseline: The thresholds in force, as plain JSON.
        as_of: The moment of the account, by which decisions count; None where the clocks leave
            that open, and so none does.
        credential: The kind of credential that the account was read with.
    """
    selected = {control.id: control.severity for control in controls}
    not_asked_for = left_out(settings.selection)
    return Scope(
        selected=tuple(sorted(selected)),
        not_selected=tuple(sorted(written.keys() - selected.keys() - not_asked_for)),
        controls_set=settings.selection.controls_set,
        severity=settings.selection.severity,
        frameworks=settings.selection.frameworks_asked_about,
        resources=settings.selection.resources,
        changed=tuple(changed_thresholds(baseline)),
        severities=tuple(changed_severities(settings.decided.severities, written)),
        waivers=tuple(in_force(settings.decided, Waiver, selected, as_of)),
        attestations=tuple(in_force(settings.decided, Attestation, selected, as_of)),
        credential=credential,
        roster=roster_of(settings, selected),
    )


def roster_of(settings: Settings, selected: Collection[str]) -> RosterFacts | None:
    """Return what is told of the personnel list; None where no selected control goes by it."""
    roster = settings.reading.roster
    return roster.facts if roster is not None and LEAVERS in selected else None


def changed_severities(
    given: Mapping[str, Severity], written: Mapping[str, Severity]
) -> Iterator[Changed]:
    """Yield the controls there are to which somebody gave another severity, by id."""
    for name, severity in sorted(given.items()):
        if name in written and written[name] is not severity:
            yield Changed(name, severity.value, written[name].value)


def changed_thresholds(baseline: Mapping[str, Any]) -> Iterator[Changed]:
    """Yield the thresholds of *baseline*, as plain JSON, that differ from the product's."""
    defaults = msgspec.to_builtins(Baseline())
    for name, value in sorted(baseline.items()):
        if value != (default := plain(defaults[name])):
            yield Changed(name, value, default)


def plain(value: Any) -> Any:
    """Return a threshold as JSON has it: a tuple is a list."""
    return list(value) if isinstance(value, tuple) else value


def in_force(
    decided: Decided,
    kind: type[Decision],
    severities: Mapping[str, Severity],
    as_of: datetime | None,
) -> Iterator[InForce]:
    """Yield the decisions of one kind that count at *as_of* for one of the controls.

    *severities* holds the controls with their severity in force, which limits how long one counts.
    """
    if as_of is None:
        return
    today = as_of.date()
    for entry in decided.decisions.all:
        if not isinstance(entry, kind) or entry.control not in severities:
            continue
        allowed = decided.decisions.allowed(entry.kind, severities[entry.control])
        until = counts_until(entry, today, allowed)
        if until is not None and today <= until:
            by, why = said_by(entry)
            yield InForce(entry.control, entry.resource, until.isoformat(), by, why)


def said_by(entry: Decision) -> tuple[str, str]:
    """Return who decided, and why or what they say."""
    if isinstance(entry, Waiver):
        return entry.approved_by, entry.reason
    return entry.who, entry.statement
