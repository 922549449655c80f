"""A period as CSV: a row for each control, requirement, exception, waived fail, bundle, event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pdsec_checks.model import moment_text
from pdsec_checks.reports import spreadsheet
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import BundleLine, Day, Days, Lapse, Period
from pdsec_checks.reports.period.span import Span

COUNTS = (
    "expected",
    "with_evidence",
    "without_evidence",
    "held",
    "held_waived",
    "held_not_applicable",
    "exceptions",
    "not_judged",
)
COLUMNS = (
    *("kind", "control", "framework", "edition", "requirement", "title", "severity"),
    *("resource_type", "resource_id", "resource_name", "message"),
    *COUNTS,
    *("held_share", "longest_without_evidence"),
    *("first_seen", "last_seen", "failing_since", "outcome", "ended", "changed_by"),
    *("waived_from", "waived_until", "waived_by", "period_from", "period_to", "every"),
    *("sealed_at", "time_stamp"),
)
VALUES = (
    *(*COUNTS, "first_seen", "last_seen", "failing_since", "ended", "period_from", "period_to"),
    "sealed_at",
)
"""The columns whose numbers and dates are ours, and that a spreadsheet is to sort by."""


def render(period: Period) -> str:
    """Return the period as CSV; what is no concern of a row leaves its cells empty."""
    span = period.span
    same = {
        "period_from": span.first.isoformat(),
        "period_to": span.last.isoformat(),
        "every": span.every_text,
    }
    return spreadsheet.written(
        COLUMNS,
        ([{**row, **same}.get(column, "") for column in COLUMNS] for row in rows(period)),
        kept=spreadsheet.as_text,
        values=VALUES,
    )


def rows(period: Period) -> Iterator[Mapping[str, str]]:
    """Yield the rows by kind, each with the cells that it has."""
    span = period.span
    for text in words.missing(period):
        yield {"kind": "missing", "message": text}
    yield from ({"kind": "note", "message": text} for text in words.notes(period))
    for each in period.controls:
        about = {"kind": "control", "control": each.id}
        yield {**about, "title": each.title, "severity": each.severity, **counts(each.days, span)}
    for required in period.requirements:
        yield {
            "kind": "requirement",
            "control": ";".join(required.controls),
            "framework": required.framework,
            "edition": required.edition,
            "requirement": required.id,
            "title": required.title,
            **counts(required.days, span),
        }
    for kind, lapses in (("exception", period.exceptions), ("waived", period.accepted)):
        for lapse in lapses:
            yield {"kind": kind, **cells(lapse)}
    yield from map(bundle_row, period.bundles)
    for event in period.events:
        at = moment_text(event.at)
        yield {"kind": "event", "title": event.bundle, "first_seen": at, "message": event.text}
    if period.rejudged is not None:
        yield from ({"kind": "rejudged", "message": text} for text in words.again(period))


def bundle_row(bundle: BundleLine) -> dict[str, str]:
    """Return the row of a bundle."""
    return {
        "kind": "bundle",
        "title": bundle.name,
        "first_seen": moment_text(bundle.as_of),
        "outcome": "no evidence" if bundle.problem else "evidence",
        "message": bundle.problem,
        "sealed_at": moment_text(bundle.sealed_at) if bundle.sealed_at else "",
        "time_stamp": bundle.stamp.value if bundle.sealed_at else "",
    }


def counts(days: Days, span: Span) -> dict[str, str]:
    """Return the cells of what the intervals say."""
    numbers = (
        *(days.expected, days.evidenced, days.without, days.held, days.count(Day.WAIVED)),
        *(days.count(Day.NOT_APPLICABLE), days.count(Day.EXCEPTION), days.count(Day.NOT_JUDGED)),
    )
    return {
        **dict(zip(COUNTS, map(str, numbers), strict=True)),
        "held_share": words.share(days),
        "longest_without_evidence": words.stretch(span, days.longest_gap),
    }


def cells(lapse: Lapse) -> dict[str, str]:
    """Return the cells of a failing check; several waivers stand in one cell each."""
    return {
        "control": lapse.control,
        "severity": lapse.severity.value,
        "resource_type": lapse.resource.type,
        "resource_id": lapse.resource.id,
        "resource_name": lapse.resource.name,
        "message": lapse.message,
        "first_seen": moment_text(lapse.first_seen),
        "last_seen": moment_text(lapse.last_seen),
        "failing_since": moment_text(lapse.failing_since),
        "outcome": lapse.outcome.value,
        "ended": moment_text(lapse.ended) if lapse.ended else "",
        "changed_by": "; ".join(words.changes(lapse)),
        "waived_from": "; ".join(moment_text(each.since) for each in lapse.waived),
        "waived_until": "; ".join(each.until for each in lapse.waived),
        "waived_by": "; ".join(each.by for each in lapse.waived),
    }
