"""The runs of one account, the oldest first, and what changed from each to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

from pdsec_checks import __version__
from pdsec_checks.model import Severity, Status
from pdsec_checks.pagerduty.snapshot import RECORDING
from pdsec_checks.reports.differences import (
    Difference,
    Kind,
    compared,
    conditions,
    dropped,
    named,
    thresholds,
)
from pdsec_checks.reports.earlier import AccountName, EarlierReport
from pdsec_checks.reports.scope import LEFT_OUT
from pdsec_checks.reports.score import Score
from pdsec_checks.reports.text import line

RHYTHM = 3
"""Intervals between runs from which on the usual one is known."""
LATE = 1.5
"""Usual intervals after which a run is missing: of daily runs, each day without one is a gap."""
WITHOUT_NAME = "without a name"
"""What an account is called whose subdomain is not known."""


@dataclass(frozen=True)
class Step:
    """What changed from the run before to a run."""

    since: datetime
    """The moment of the run before."""
    length: timedelta
    counts: Mapping[Kind, int]
    """How many checks changed in which way, as ``diff`` counts them."""
    new: Sequence[Difference]
    """The fails that appeared, by control and resource."""
    resolved: Sequence[Difference]
    """The fails that pass now, in the same order."""
    breaks: tuple[str, ...]
    """Why the shares of both runs must not be compared, a sentence each without a full stop."""
    conditions: tuple[str, ...]
    """In what else the two runs differ, in the same way."""
    change: Mapping[str, float | None]
    """By how much each share rose; None where that is unknown, as in ``Score.change_since``."""

    @property
    def is_comparable(self) -> bool:
        """Whether the shares of both runs are about the same."""
        return not self.breaks

    @property
    def saw_less(self) -> bool:
        """Whether less could be judged than in the run before, so that more may pass for that."""
        return self.is_comparable and self.change["passing"] is None


@dataclass(frozen=True)
class TrendRun:
    """One run: what its report says, and what changed since the run before."""

    name: str
    """Where the report is from, as it was given."""
    as_of: datetime
    version: str
    """That of the tool which judged; empty where the report does not say."""
    source: str
    redacted: bool
    complete: bool
    restricted: bool
    left_out: tuple[str, ...]
    """What the run left out, a phrase each; nothing where it looked at everything."""
    controls: int
    score: Score
    statuses: Mapping[Status, int]
    fails: Mapping[Severity, int]
    """How many checks of each severity fail; waived ones do not count."""
    step: Step | None
    """None for the first run."""

    @property
    def is_partial(self) -> bool:
        """Whether the run left something out."""
        return bool(self.left_out)

    @property
    def about_itself(self) -> tuple[str, ...]:
        """What must be known of the run to read its numbers; sentences without a full stop."""
        found = [f"{LEFT_OUT} {', '.join(self.left_out)}"] if self.left_out else []
        if self.source == RECORDING:
            pseudonyms = ", in which names and addresses are pseudonyms" if self.redacted else ""
            found.append(f"judged from a recording of that moment{pseudonyms}")
        return tuple(found)

    @classmethod
    def of(cls, name: str, report: EarlierReport, step: Step | None) -> TrendRun:
        """Return the run that a report is about."""
        statuses = Counter(each.status for each in report.findings)
        fails = Counter(each.severity for each in report.findings if each.status is Status.FAIL)
        return cls(
            name=name,
            as_of=report.as_of,
            version=report.tool.version,
            source=report.source,
            redacted=report.recording.redacted,
            complete=report.complete,
            restricted=report.restricted,
            left_out=tuple(left_out(report)),
            controls=len(report.controls),
            score=report.score,
            statuses={each: statuses[each] for each in Status},
            fails={each: fails[each] for each in Severity},
            step=step,
        )


def left_out(report: EarlierReport) -> Iterator[str]:
    """Yield what a run left out; a report of an earlier version says less about it."""
    if report.scope is not None and report.scope.left_out:
        yield from map(line, report.scope.left_out)
        return
    if report.restricted:
        yield "some resources of the selected controls"
    if not report.complete:
        yield "what came after the run was stopped"
    elif not report.restricted and report.is_partial:
        yield "some controls"


@dataclass(frozen=True)
class Trend:
    """The runs of one account, the oldest first; there is at least one."""

    account: AccountName
    runs: Sequence[TrendRun]
    unreadable: tuple[str, ...] = ()
    """Which reports could not be read or trusted, and why; a sentence each without a full stop."""
    left_out: tuple[str, ...] = ()
    """Which reports and files were not used, and why, in the same way."""
    version: str = field(default=__version__)

    @property
    def since(self) -> datetime:
        """The moment of the first run."""
        return self.runs[0].as_of

    @property
    def until(self) -> datetime:
        """The moment of the last run."""
        return self.runs[-1].as_of

    @property
    def account_name(self) -> str:
        """The account in words."""
        return f"{line(self.account.subdomain or WITHOUT_NAME)} at {line(self.account.base_url)}"

    @cached_property
    def usual(self) -> timedelta | None:
        """How long it usually is from one run to the next; None where there are too few."""
        seconds = [each.step.length.total_seconds() for each in self.runs if each.step]
        return timedelta(seconds=median(seconds)) if len(seconds) >= RHYTHM else None

    def is_after_gap(self, run: TrendRun) -> bool:
        """Tell whether runs are missing before this one, going by how often there usually is one.

        Of what happened in between, nobody knows anything.
        """
        if run.step is None or self.usual is None:
            return False
        return run.step.length > self.usual * LATE

    def is_joined(self, run: TrendRun) -> bool:
        """Tell whether a line may lead from the run before to this one."""
        is_comparable = run.step is not None and run.step.is_comparable
        return is_comparable and not self.is_after_gap(run)

    @cached_property
    def about_all(self) -> tuple[str, ...]:
        """What must be known of every run alike, and is said once."""
        first, *rest = self.runs
        return tuple(
            text for text in first.about_itself if all(text in each.about_itself for each in rest)
        )

    @property
    def is_partial(self) -> bool:
        """Whether every run left something out, and always the same."""
        return any(each.startswith(LEFT_OUT) for each in self.about_all)

    def about(self, run: TrendRun) -> tuple[str, ...]:
        """Return what must be known of one run alone."""
        return tuple(each for each in run.about_itself if each not in self.about_all)


def runs_of(reports: Iterable[tuple[str, EarlierReport]]) -> Iterator[TrendRun]:
    """Yield the run of each report, which has a name; no more than two are held at once.

    The reports are about one account, the oldest first, no two of one moment.
    """
    before: EarlierReport | None = None
    for name, report in reports:
        yield TrendRun.of(name, report, step_between(before, report) if before else None)
        before = report


def step_between(old: EarlierReport, new: EarlierReport) -> Step:
    """Return what changed from one run to the next."""
    found = compared(old, new)
    counts = Counter(each.kind for each in found.differences)
    return Step(
        since=old.as_of,
        length=new.as_of - old.as_of,
        counts={kind: counts[kind] for kind in Kind},
        new=found.of(Kind.APPEARED),
        resolved=found.of(Kind.RESOLVED),
        breaks=tuple(breaks(old, new)),
        conditions=tuple(conditions(old, new)),
        change=new.score.change_since(old.score),
    )


def breaks(old: EarlierReport, new: EarlierReport) -> Iterator[str]:
    """Yield why the shares of two runs must not be compared.

    Each of these changes a share though nothing changed in the account.
    """
    if old.tool.version != new.tool.version:
        was, now = (line(each.tool.version) or "unknown" for each in (old, new))
        yield f"the version of the tool was {was} and is {now}"
    if added := dropped(new, old):
        yield f"{named(added)} judged now, and not in the run before"
    if left := dropped(old, new):
        yield f"{named(left)} not judged any more"
    yield from thresholds(old, new)
    for which, report in (("the run before", old), ("this run", new)):
        if report.restricted:
            yield f"{which} judged only some resources"
        if not report.complete:
            yield f"{which} was stopped before every check was judged"
