"""The score of a report as reports tell it: with its coverage, its formula, and PARTIAL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pdsec_checks.model import counted, moment_text
from pdsec_checks.reports import scope
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.score import FORMULA, NUMBERS, SHARES, Score, percent, points


def fields(report: Report) -> dict[str, Any]:
    """Return the score as plain JSON: of everything, by severity, by framework, and its change."""
    scores = report.scores
    found: dict[str, Any] = {
        **scores.total.to_json(),
        "partial": report.is_partial,
        "formula": FORMULA,
        **scores.parts(),
    }
    changes = change(report)
    return found | ({"change": changes} if changes else {})


def brief(report: Report) -> dict[str, Any]:
    """Return the score of everything alone, with its change, for what is said again and again."""
    whole = fields(report)
    found = {name: whole[name] for name in (*NUMBERS, "partial", "formula")}
    changes = whole.get("change")
    return found | ({"change": {name: changes[name] for name in SHARES}} if changes else {})


def told(report: Report) -> str:
    """Return the score of everything, with its change and its formula, as one text for a cell."""
    return ". ".join([*brief_sentences(report), f"Formula: {FORMULA}"])


def brief_sentences(report: Report) -> list[str]:
    """Return the score of everything, and its change, as sentences without a full stop."""
    return [scope.headed(report, text) for text in (of_everything(report), *changed(report))]


def change(report: Report) -> dict[str, Any] | None:
    """Return what changed since the earlier report; None where nothing can be compared."""
    earlier = report.earlier_scores
    if earlier is None or report.restricted or not report.complete:
        return None
    scores = report.scores
    return {
        **scores.total.change_since(earlier.total),
        "severity": changed_parts(scores.severity, earlier.severity),
        "framework": changed_parts(scores.framework, earlier.framework),
    }


def changed_parts(
    now: Mapping[str, Score], earlier: Mapping[str, Score]
) -> dict[str, dict[str, float | None]]:
    """Return the change of each part that both reports have."""
    return {
        name: score.change_since(earlier[name]) for name, score in now.items() if name in earlier
    }


def sentences(report: Report) -> list[str]:
    """Return the score and what belongs beside it, as sentences without a full stop."""
    return [*in_parts(report), f"Formula: {FORMULA}"]


def in_parts(report: Report) -> list[str]:
    """Return the same for whoever shows the formula elsewhere."""
    return [scope.headed(report, text) for text in said(report)]


def said(report: Report) -> Iterator[str]:
    """Yield the score, its parts and its change."""
    scores = report.scores
    yield of_everything(report)
    for name, parts in (("severity", scores.severity), ("framework", scores.framework)):
        if parts:
            yield f"Score by {name}: {'; '.join(listed(parts))}"
    yield from changed(report)


def of_everything(report: Report) -> str:
    """Return the score of all findings."""
    return f"Score: {in_words(report.scores.total)}"


def changed(report: Report) -> Iterator[str]:
    """Yield the change of the score, where there is an earlier report."""
    if report.earlier_as_of is not None:
        yield f"Change of the score: {change_in_words(report)}"


def listed(parts: Mapping[str, Score]) -> Iterator[str]:
    """Yield the score of each part; parts that have the same score share it."""
    names: dict[str, list[str]] = {}
    for name, score in parts.items():
        names.setdefault(in_short(score), []).append(name)
    yield from (f"{', '.join(found)} {text}" for text, found in names.items())


def in_words(score: Score) -> str:
    """Return a score with the counts behind it."""
    asked = f"{score.judged} of {score.judged + score.unjudged}"
    return (
        f"{passing(score)} ({score.passed} of {score.judged} judged), "
        f"{coverage(score)} ({asked}{unknown(score)})"
    )


def in_short(score: Score) -> str:
    """Return both shares of a score."""
    return f"{passing(score)}, {coverage(score)}"


def passing(score: Score) -> str:
    """Return the share of passes in words."""
    return "nothing judged" if score.passing is None else f"{percent(score.passing)} passing"


def coverage(score: Score) -> str:
    """Return the share that was judged in words; with a list unread it is a bound."""
    if score.coverage is None:
        return "nothing to judge"
    return f"{score.coverage_at_most}{percent(score.coverage)} coverage"


def unknown(score: Score) -> str:
    """Return how many of the checks stand for a list; empty where none does."""
    if not score.lists:
        return ""
    return f"; {counted(score.lists, 'check')} for a list that could not be read"


def change_in_words(report: Report) -> str:
    """Return what changed since the earlier report, or that nothing can be compared with it."""
    assert report.earlier_as_of is not None
    since, found = moment_text(report.earlier_as_of), change(report)
    if found is None:
        return (
            f"unknown, as the report as of {since} and this one did not look at the same "
            "controls and resources with the same thresholds"
        )
    passes = (
        "passing unknown, as less could be judged than then"
        if found["passing"] is None
        else f"{points(found['passing'])} passing"
    )
    return f"{passes}, {points(found['coverage'])} coverage, since the report as of {since}"
