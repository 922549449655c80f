"""A period as one JSON document, version 1: everything, for programs."""

from __future__ import annotations

from typing import Any

from pdsec_checks import NAME
from pdsec_checks.model import moment_text
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import (
    Acceptance,
    BundleLine,
    Day,
    Days,
    Lapse,
    Period,
    Rejudged,
)
from pdsec_checks.reports.period.span import Span
from pdsec_checks.reports.text import harmless

SCHEMA_VERSION = "1"
KIND = "period"
"""Tells this document from the report of one moment."""


def render(period: Period) -> str:
    """Return the document as text."""
    return dump(to_plain(period))


def to_plain(period: Period) -> dict[str, Any]:
    """Return the document as plain objects."""
    found: dict[str, Any] = harmless(
        {
            **about(period),
            "headline": words.headline(period),
            "partial": period.is_partial,
            "not_selected": list(period.not_selected),
            "signer": period.signer or None,
            "missing": list(words.missing(period)),
            "notes": list(words.notes(period)),
            "days": evidenced(period.days, period.span),
            **said(period),
            "exceptions": [lapse(each) for each in period.exceptions],
            "waived": [lapse(each) for each in period.accepted],
            "events": [
                {"at": moment_text(each.at), "bundle": each.bundle, "text": each.text}
                for each in period.events
            ],
            "bundles": [bundle(each) for each in period.bundles],
            "problems": list(period.problems),
            "rejudged": None
            if period.rejudged is None
            else [rejudged(each) for each in period.rejudged],
            "exit_code": int(period.exit_code),
        }
    )
    return found


def about(period: Period) -> dict[str, Any]:
    """Return what wrote the document, and the account and the period that it is about."""
    span, account = period.span, period.account
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": NAME, "version": period.version},
        "account": account and {"base_url": account.base_url, "subdomain": account.subdomain},
        "period": {
            "from": span.first.isoformat(),
            "to": span.last.isoformat(),
            "every": span.every_text,
            "intervals": [span.label(place) for place in range(span.expected)],
        },
    }


def said(period: Period) -> dict[str, Any]:
    """Return what the evidence says of each control and of each requirement."""
    return {
        "controls": [
            {
                "id": each.id,
                "title": each.title,
                "severity": each.severity,
                **counts(each.days, period.span),
            }
            for each in period.controls
        ],
        "requirements": [
            {
                "framework": each.framework,
                "edition": each.edition,
                "id": each.id,
                "title": each.title,
                "controls": list(each.controls),
                **counts(each.days, period.span),
            }
            for each in period.requirements
        ],
    }


def evidenced(days: Days, span: Span) -> dict[str, Any]:
    """Return on how many intervals there is evidence, and the longest stretch without."""
    gap = days.longest_gap
    return {
        "expected": days.expected,
        "with_evidence": days.evidenced,
        "without_evidence": days.without,
        "longest_without_evidence": gap
        and {"intervals": gap[1] - gap[0] + 1, "days": span.label(*gap)},
    }


def counts(days: Days, span: Span) -> dict[str, Any]:
    """Return what the intervals say, counted and one by one."""
    return {
        **evidenced(days, span),
        "held": days.held,
        "share_held": None if days.share is None else int(days.share * 10_000) / 10_000,
        "of_these_waived": days.count(Day.WAIVED),
        "of_these_not_applicable": days.count(Day.NOT_APPLICABLE),
        "exceptions": days.count(Day.EXCEPTION),
        "not_judged": days.count(Day.NOT_JUDGED),
        "each": [each.value for each in days.each],
    }


def lapse(found: Lapse) -> dict[str, Any]:
    """Return one failing check."""
    return {
        "control": found.control,
        "severity": found.severity.value,
        "resource": {
            "type": found.resource.type,
            "id": found.resource.id,
            "name": found.resource.name,
        },
        "message": found.message,
        "first_seen": moment_text(found.first_seen),
        "last_seen": moment_text(found.last_seen),
        "failing_since": moment_text(found.failing_since),
        "seen_failing": found.failed,
        "outcome": found.outcome.value,
        "ended": found.ended and moment_text(found.ended),
        "changes": [each.to_json() for each in found.changes],
        "waivers": [acceptance(each) for each in found.waived],
    }


def acceptance(waiver: Acceptance) -> dict[str, Any]:
    """Return a waiver that covered a fail."""
    return {
        "from": moment_text(waiver.since),
        "until": waiver.until or None,
        "by": waiver.by,
        "why": waiver.why,
    }


def bundle(found: BundleLine) -> dict[str, Any]:
    """Return one bundle."""
    return {
        "name": found.name,
        "as_of": moment_text(found.as_of),
        "tool_version": found.tool_version or None,
        "sealed_at": found.sealed_at and moment_text(found.sealed_at),
        "time_stamp": found.stamp.value if found.sealed_at else None,
        "problem": found.problem or None,
    }


def rejudged(found: Rejudged) -> dict[str, Any]:
    """Return what the installed version says otherwise about one recording."""
    return {
        "bundle": found.bundle,
        "as_of": moment_text(found.as_of),
        "sealed_by": found.sealed_by,
        "differences": list(found.differences),
        "problem": found.problem or None,
    }
