"""A trend for programs, as ``docs/trend.schema.json`` describes it."""

from __future__ import annotations

from typing import Any

from pdsec_checks import NAME
from pdsec_checks.model import moment_text
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.score import FORMULA
from pdsec_checks.reports.text import harmless
from pdsec_checks.reports.trend.document import Step, Trend, TrendRun

SCHEMA_VERSION = "1"
KIND = "trend"
"""Tells this document from a report."""


def as_json(trend: Trend) -> str:
    """Return the trend as JSON."""
    return dump(harmless(document(trend)))


def document(trend: Trend) -> dict[str, Any]:
    """Return the trend as plain JSON."""
    account = trend.account
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": NAME, "version": trend.version},
        "account": {"base_url": account.base_url, "subdomain": account.subdomain},
        "since": moment_text(trend.since),
        "until": moment_text(trend.until),
        "usual_interval_seconds": trend.usual.total_seconds() if trend.usual else None,
        "formula": FORMULA,
        "runs": [run_fields(trend, each) for each in trend.runs],
        "unreadable": list(trend.unreadable),
        "left_out": list(trend.left_out),
    }


def run_fields(trend: Trend, run: TrendRun) -> dict[str, Any]:
    """Return one run; the first one has no step."""
    return {
        "as_of": moment_text(run.as_of),
        "report": run.name,
        "tool_version": run.version or None,
        "source": run.source,
        "redacted": run.redacted,
        "complete": run.complete,
        "restricted": run.restricted,
        "left_out": list(run.left_out),
        "controls": run.controls,
        "score": run.score.to_json(),
        "status": {status.value: count for status, count in run.statuses.items()},
        "failing": {severity.value: count for severity, count in run.fails.items()},
        "step": step_fields(run.step, after_gap=trend.is_after_gap(run)) if run.step else None,
    }


def step_fields(step: Step, *, after_gap: bool) -> dict[str, Any]:
    """Return what changed since the run before."""
    return {
        "since": moment_text(step.since),
        "seconds": step.length.total_seconds(),
        "after_gap": after_gap,
        "comparable": step.is_comparable,
        "not_comparable_because": list(step.breaks),
        "other_conditions": list(step.conditions),
        "change": dict(step.change) if step.is_comparable else None,
        "counts": {kind.value: count for kind, count in step.counts.items()},
        "new": [each.to_json() for each in step.new],
        "resolved": [each.to_json() for each in step.resolved],
    }
