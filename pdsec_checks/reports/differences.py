"""What changed between two reports about one account."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from msgspec.structs import replace

from pdsec_checks.analysis.changes import Change
from pdsec_checks.analysis.deterioration import worsened
from pdsec_checks.errors import UsageError
from pdsec_checks.finding import Finding
from pdsec_checks.model import (
    DEFICIENT,
    NEEDING_SOMEBODY,
    UNJUDGED,
    Figure,
    Status,
    Worsening,
    counted,
    moment_text,
)
from pdsec_checks.reports.earlier import EarlierReport, EarlierScope, Selected, plainly
from pdsec_checks.reports.same_account import Identity, check_account
from pdsec_checks.reports.scope import listed
from pdsec_checks.reports.text import line

SCHEMA_VERSION = "1"
RENAMED = "--baseline-account-renamed"
"""The flag of ``diff`` that says that both reports are about one account."""


class SetUp(Protocol):
    """How a run was set up, as its report says it."""

    @property
    def baseline(self) -> Mapping[str, Any]:
        """The thresholds."""
        ...

    @property
    def controls(self) -> Sequence[Selected]:
        """What was judged, with the severity in force."""
        ...

    @property
    def scope(self) -> EarlierScope | None:
        """The rest; None in a report of an earlier version."""
        ...


class Verdict(Protocol):
    """What a report says of one check."""

    @property
    def control(self) -> str:
        """The id of its control."""
        ...

    @property
    def status(self) -> Status:
        """The verdict."""
        ...


class Judged(SetUp, Protocol):
    """A report that says what was judged, and whether that is all."""

    @property
    def restricted(self) -> bool:
        """Whether only some resources may have been judged."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        ...

    @property
    def findings(self) -> Sequence[Verdict]:
        """Each check."""
        ...


class Kind(enum.StrEnum):
    """What became of a finding, in the order in which people want to know it."""

    APPEARED = "appeared"
    WORSE = "worse"
    NO_LONGER_WAIVED = "no_longer_waived"
    NEWLY_JUDGED = "newly_judged"
    NOT_JUDGED = "not_judged"
    RESOLVED = "resolved"
    GONE = "gone"
    CHANGED = "changed"
    NOT_INSPECTED = "not_inspected"
    UNCHANGED = "unchanged"

    @property
    def words(self) -> str:
        """The kind as people read it."""
        return self.value.replace("_", " ")


MEANINGS = {
    Kind.APPEARED: "fails now; it passed, did not apply or was not there before",
    Kind.WORSE: "failed before, and is worse now",
    Kind.NO_LONGER_WAIVED: "failed before as well, but was accepted; no waiver covers it now",
    Kind.NEWLY_JUDGED: "fails now; whether it failed before, the older report cannot tell",
    Kind.NOT_JUDGED: "could not be judged; the older report has no such error",
    Kind.RESOLVED: "failed before, and passes now",
    Kind.GONE: "failed before; the newer run found no such check to judge",
    Kind.CHANGED: "another status; no fail was resolved",
    Kind.NOT_INSPECTED: "failed before; the newer run did not, or could not, look at it",
    Kind.UNCHANGED: "the same status as before",
}
FAILS: dict[Status | None, Kind] = {
    Status.PASS: Kind.APPEARED,
    Status.NOT_APPLICABLE: Kind.APPEARED,
    Status.FAIL: Kind.UNCHANGED,
    Status.WAIVED: Kind.NO_LONGER_WAIVED,
    Status.ERROR: Kind.NEWLY_JUDGED,
    Status.MANUAL: Kind.NEWLY_JUDGED,
}
"""What it was before → what became of it, now that it fails."""
RED = (Kind.APPEARED, Kind.WORSE, Kind.NO_LONGER_WAIVED, Kind.NEWLY_JUDGED)
"""The fails that a run beside the older report counts as new or worse."""
BLIND = (Kind.NOT_JUDGED, Kind.NOT_INSPECTED)
"""What the newer report cannot tell, and the older one could."""
SCOPE_WORDS = {
    "controls_set": "the set of controls",
    "severity": "the least severity that was selected",
    "frameworks": "the framework asked about",
    "resources": "the pattern of resources",
    "personnel_list": "the personnel list",
    "credential": "the credential",
    "host": "the host that was asked",
    "region": "the region",
}
"""The fields of a scope that are one setting → what people call it."""
ALWAYS_COUNTED = (Kind.APPEARED, Kind.WORSE, Kind.RESOLVED)
"""The kinds whose number is of interest even where it is zero."""


@dataclass(frozen=True)
class Difference:
    """One finding in two reports."""

    kind: Kind
    old: Finding | None
    new: Finding | None
    changes: list[Change]
    """Who changed the resource since the older report, the newest first."""
    worse: tuple[Worsening, ...] = ()
    """By what a fail got worse."""

    @property
    def finding(self) -> Finding:
        """The finding as the newer report has it, or else the older one."""
        finding = self.new or self.old
        assert finding is not None
        return finding

    @property
    def told(self) -> str:
        """What was wrong, or is, and by what it got worse."""
        finding = self.old if self.kind is Kind.RESOLVED else None
        return replace(finding or self.finding, known=None, worse=self.worse).marked

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain JSON."""
        plain = self.finding.to_json()
        kept = ("control", "severity", "resource", "fingerprint")
        return {
            **{name: plain[name] for name in kept},
            "was": said(self.old),
            "now": said(self.new),
            **({"worse": [each.to_json() for each in self.worse]} if self.worse else {}),
            "changes": [change.to_json() for change in self.changes],
        }


def said(finding: Finding | None) -> dict[str, str] | None:
    """Return status and message of a finding; None where a report does not have it."""
    return {"status": finding.status.value, "message": finding.message} if finding else None


@dataclass(frozen=True)
class Comparison:
    """Two reports and what changed between them."""

    old: EarlierReport
    new: EarlierReport
    differences: list[Difference]

    def of(self, kind: Kind) -> list[Difference]:
        """Return the differences of one kind, by control and resource."""
        return [each for each in self.differences if each.kind is kind]

    @property
    def is_worse(self) -> bool:
        """Whether something fails that no older fail accounts for, or fails worse."""
        return any(map(self.of, RED))

    @property
    def sees_less(self) -> bool:
        """Whether something is not judged any more, a whole control included."""
        return any(map(self.of, BLIND)) or bool(dropped(self.old, self.new))


def compare(
    old: EarlierReport, new: EarlierReport, where: str, *, renamed: bool = False
) -> Comparison:
    """Return what changed from one report to a newer one.

    *renamed* says that the account has another subdomain or address by now.

    Raises:
        UsageError: They are about two accounts, or in the wrong order; *where* names them.
    """
    accounts = Identity.of_report(old), Identity.of_report(new)
    check_account(where, *accounts, renamed=renamed, renamed_by=RENAMED)
    if new.as_of < old.as_of:
        raise UsageError(
            f"{where}: the second report is the older one (as of {moment_text(new.as_of)}, the "
            f"first {moment_text(old.as_of)}); give the older one first"
        )
    return compared(old, new)


def compared(old: EarlierReport, new: EarlierReport) -> Comparison:
    """Return what changed from one report to a newer one, which are known to be of one account."""
    after = {each.address: each for each in new.findings}
    before = {each.address: each for each in old.findings} | last_verdicts(old, new)
    known = changes_since(new.changes, old.as_of)
    looked = fully_judged(old), fully_judged(new)
    figures = {each.id: each.figures for each in new.controls}
    found = (
        difference(before.get(name), after.get(name), looked, known, figures)
        for name in before.keys() | after.keys()
    )
    kept = sorted(filter(None, found), key=lambda each: each.finding.sort_key)
    return Comparison(old, new, kept)


def last_verdicts(old: EarlierReport, new: EarlierReport) -> dict[str, Finding]:
    """Return what the older report carried, by address, where the newer one can judge it.

    Where that one cannot either, nothing has changed.
    """
    judged = fully_judged(new)
    after = {each.address: each.status not in UNJUDGED for each in new.findings}
    carried = {each.finding.address: each.finding for each in old.carried}
    return {name: fail for name, fail in carried.items() if after.get(name, fail.control in judged)}


def difference(
    old: Finding | None,
    new: Finding | None,
    looked: tuple[frozenset[str], frozenset[str]],
    known: Mapping[str, list[Change]],
    figures: Mapping[str, Sequence[Figure]],
) -> Difference | None:
    """Return what became of one finding; None when that is of no interest.

    Args:
        old: The finding in the older report; None where it has none such.
        new: The same in the newer one.
        looked: The controls of which each report certainly has every case.
        known: Resource id → who changed it in between.
        figures: Control id → by what a fail of it gets worse.
    """
    finding = new or old
    assert finding is not None
    was = old.status if old else None
    now = new.status if new else None
    looked_before, looks = (finding.control in controls for controls in looked)
    kind = kind_of(was, now, looked_before=looked_before, looked=looks)
    if kind is None:
        return None
    worse: tuple[Worsening, ...] = ()
    if old and new and was is now is Status.FAIL:
        worse = worsened(figures.get(finding.control, ()), old.evidence, new.evidence)
    changes = known.get(finding.resource.id, [])
    return Difference(Kind.WORSE if worse else kind, old, new, changes, worse)


def kind_of(
    was: Status | None, now: Status | None, *, looked_before: bool, looked: bool
) -> Kind | None:
    """Return what became of a finding; None when that is of no interest.

    *looked_before* and *looked* say whether the older and the newer run judged all of its control:
    only then does a case that they do not have say something. Only a pass resolves a fail. A case
    that is no more may be a resource that was deleted, but also a user who is not on call this
    time, or a key that leaves no trace any more.
    """
    if now is Status.FAIL:
        return FAILS.get(was) or (Kind.APPEARED if looked_before else Kind.NEWLY_JUDGED)
    if now is Status.ERROR and was is not Status.ERROR:
        return Kind.NOT_JUDGED
    if was in DEFICIENT and now is None:
        return Kind.GONE if looked else Kind.NOT_INSPECTED
    if was in DEFICIENT and now is Status.PASS:
        return Kind.RESOLVED
    if now is None or (was in {now, None} and now not in NEEDING_SOMEBODY):
        return None
    return Kind.UNCHANGED if now is was else Kind.CHANGED


def fully_judged(report: Judged) -> frozenset[str]:
    """Return the controls of which a report certainly has every case."""
    if report.restricted or not report.complete:
        return frozenset()
    unsure = {each.control for each in report.findings if each.status is Status.ERROR}
    return frozenset(each.id for each in report.controls) - unsure


def changes_since(changes: Iterable[Change], moment: datetime) -> dict[str, list[Change]]:
    """Return the changes of each resource from a moment on, in the given order.

    Those of its very second count: the older run read the account after it.
    """
    found: dict[str, list[Change]] = {}
    for each in changes:
        if each.time >= moment:
            found.setdefault(each.resource, []).append(each)
    return found


def notes(comparison: Comparison) -> Iterator[str]:
    """Yield what besides the account may have changed a verdict, or keeps one from being known."""
    old, new = comparison.old, comparison.new
    yield from settings(old, new)
    if added := dropped(new, old):
        yield f"the older run did not judge {named(added)}: each fail of it is newly judged"
    if left := dropped(old, new):
        yield f"the newer run did not judge {named(left)}"
    yield from old.incomparable(new.controls)
    if old.restricted:
        yield "the older run may have judged only some resources: a fail of others is newly judged"
    if new.restricted:
        yield "the newer run judged only some resources"
    if not new.complete:
        yield "the newer run was stopped before every check was judged"


def settings(old: SetUp, new: SetUp) -> Iterator[str]:
    """Yield which settings of two runs differ: thresholds, severities and all of their scope."""
    yield from thresholds(old, new)
    yield from conditions(old, new)


def thresholds(old: SetUp, new: SetUp) -> Iterator[str]:
    """Yield which thresholds of two runs differ."""
    for name in sorted(old.baseline.keys() | new.baseline.keys()):
        was, now = (plainly(report.baseline.get(name)) for report in (old, new))
        if was != now:
            yield f"{name} was {was} and is {now}: a verdict may have changed for that alone"


def conditions(old: SetUp, new: SetUp) -> Iterator[str]:
    """Yield in what else two runs differ: severities, and all of their scope."""
    before = {each.id: each.severity for each in old.controls}
    for each in sorted(new.controls, key=lambda control: control.id):
        was = before.get(each.id, "")
        if was and each.severity and was != each.severity:
            yield f"the severity of {each.id} was {was} and is {each.severity}"
    if old.scope is None or new.scope is None:
        which = "older" if old.scope is None else "newer"
        yield f"the {which} report does not say how its run was set up: write it anew to compare"
        return
    yield from scopes(old.scope, new.scope)


def scopes(old: EarlierScope, new: EarlierScope) -> Iterator[str]:
    """Yield what two runs were asked to look at differently, and which decisions they had."""
    for field, name in SCOPE_WORDS.items():
        was, now = (getattr(scope, field) for scope in (old, new))
        if was != now:
            yield f"{name} was {shown(was)} and is {shown(now)}"
    for kind in ("waivers", "attestations"):
        before, after = (getattr(scope, kind) for scope in (old, new))
        if over := [each for each in before if each not in after]:
            yield f"{kind} of the older run that the newer one did not have: {listed(over)}"
        if added := [each for each in after if each not in before]:
            yield f"{kind} of the newer run that the older one did not have: {listed(added)}"


def shown(value: Any) -> str:
    """Return a setting as one line."""
    if isinstance(value, list):
        return ", ".join(map(line, value)) or "none"
    return line(value or "unknown")


def dropped(one: SetUp, other: SetUp) -> set[str]:
    """Return the controls of one report that another one does not have."""
    return {each.id for each in one.controls} - {each.id for each in other.controls}


def named(controls: Iterable[str]) -> str:
    """Return control ids as a sentence lists them."""
    return ", ".join(sorted(controls))


def to_json(comparison: Comparison) -> str:
    """Return a comparison as JSON."""
    old, new = comparison.old, comparison.new
    plain: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "account": {"base_url": new.account.base_url, "subdomain": new.account.subdomain},
        "old": {"as_of": moment_text(old.as_of), "source": old.source},
        "new": {"as_of": moment_text(new.as_of), "source": new.source},
        "notes": list(notes(comparison)),
    }
    for kind in Kind:
        plain[kind.value] = [each.to_json() for each in comparison.of(kind)]
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def to_text(comparison: Comparison, *, everything: bool = False) -> str:
    """Return a comparison as lines of plain text, safe to print on a terminal.

    Without a change it is one line, and what is the same as before is only counted, unless
    *everything* is asked for.
    """
    account = comparison.new.account
    shown = [kind for kind in Kind if everything or kind is not Kind.UNCHANGED]
    span = (
        f"{account.subdomain or 'account'} at {account.base_url}, from "
        f"{moment_text(comparison.old.as_of)} to {moment_text(comparison.new.as_of)}"
    )
    warnings = [line(f"WARNING: {note}") for note in notes(comparison)]
    if not any(map(comparison.of, shown)):
        same = counted(len(comparison.of(Kind.UNCHANGED)), "finding")
        told = "no verdict changed" if warnings else "nothing changed"
        return "\n".join([line(f"{span}: {told} ({same} as before)"), *warnings]) + "\n"
    lines = [line(span), *warnings]
    for kind in shown:
        found = comparison.of(kind)
        if found:
            lines += ["", f"{kind.words.upper()} ({len(found)}): {MEANINGS[kind]}"]
        lines += [text for each in found for text in entry(each)]
    counts = ", ".join(
        f"{len(comparison.of(kind))} {kind.words}"
        for kind in Kind
        if kind in ALWAYS_COUNTED or comparison.of(kind)
    )
    return "\n".join([*lines, "", counts]) + "\n"


def entry(each: Difference) -> Iterator[str]:
    """Yield the lines of one difference."""
    finding = each.finding
    was, now = (found.status if found else "not there" for found in (each.old, each.new))
    status = now if was == now else f"was {was}, is {now}"
    yield line(f"{finding.control} [{finding.severity}] {each.told} ({status})")
    for change in each.changes:
        yield f"    {line(sentence(change))}"


def sentence(change: Change) -> str:
    """Return who changed a resource, when and how."""
    actor = change.actor
    who = f"{actor.type.replace('_', ' ')} {actor.name!r} ({actor.id})" if actor else "somebody"
    return f"{moment_text(change.time)} {change.action} by {who} through {change.method}"
