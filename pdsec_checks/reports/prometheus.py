"""Figures of a run for Prometheus, in the text format of node_exporter's textfile collector.

https://prometheus.io/docs/instrumenting/exposition_formats/. Several accounts have a file each;
the label ``account`` tells their samples apart. Each metric has one HELP and one TYPE, the same
in each file, as the collector demands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pdsec_checks.model import Novelty, Status
from pdsec_checks.reports import facts, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import line


class Sample(NamedTuple):
    """One number, and the labels that tell it from others of its metric."""

    value: float
    labels: Mapping[str, str] = {}


class Metric(NamedTuple):
    """A gauge with its samples."""

    name: str
    help: str
    samples: list[Sample]


def render(report: Report) -> str:
    """Return the figures of a run; what is not known has no sample."""
    account = {"account": facts.account_of(report.run)}
    found = [
        line
        for metric in metrics(report)
        for line in (
            f"# HELP {metric.name} {metric.help}",
            f"# TYPE {metric.name} gauge",
            *(
                sample(metric.name, account | {**each.labels}, each.value)
                for each in metric.samples
            ),
        )
        if metric.samples
    ]
    return "\n".join([*comments(report), *found]) + "\n"


def comments(report: Report) -> Iterator[str]:
    """Yield what must be known beside the figures; the collector passes over it."""
    said = [
        *scope.sentences(report),
        *score_words.sentences(report),
        facts.origin(report),
        *facts.caveats(report),
        *facts.notices(report),
    ]
    yield from (f"# NOTE {line(each)}" for each in said)


def metrics(report: Report) -> Iterator[Metric]:
    """Yield each metric with its samples."""
    yield from of_run(report)
    yield from shares(report)
    yield Metric("pdsec_checks", "Checks by control, severity and status.", [*checks(report)])
    yield from beside_earlier(report)
    yield Metric(
        "pdsec_unread_paths",
        "Paths of the API that could not be read, by whether a check needed them.",
        [*unread(report)],
    )


def of_run(report: Report) -> Iterator[Metric]:
    """Yield how the run went, when it was, and of what."""
    run, until = report.run, report.evidence_until
    yield Metric(
        "pdsec_run_judged",
        "Whether the run ended and each check was judged or is for a person (1), or not (0).",
        [Sample(float(report.is_judged and report.judged[1] > 0))],
    )
    yield Metric(
        "pdsec_run_partial",
        "Whether the run left controls or resources out or was stopped (1), or not (0).",
        [Sample(float(report.is_partial))],
    )
    yield Metric(
        "pdsec_run_timestamp_seconds",
        "When the account was read, in seconds since 1970.",
        [Sample(run.as_of.timestamp())],
    )
    yield Metric(
        "pdsec_evidence_until_timestamp_seconds",
        "When the recording becomes too old to count, in seconds since 1970.",
        [Sample(until.timestamp())] if until else [],
    )
    yield Metric("pdsec_run_info", "What was inspected, by what.", [Sample(1.0, about(report))])


def beside_earlier(report: Report) -> Iterator[Metric]:
    """Yield what the earlier reports say of the fails; no samples where there were none."""
    yield Metric(
        "pdsec_fails_compared",
        "Fails by how they compare with the earlier report.",
        [Sample(float(count), {"novelty": each.value}) for each, count in compared(report)],
    )
    yield Metric(
        "pdsec_carried_fails",
        "Fails of earlier runs that could not be judged now; no other metric counts them.",
        [Sample(float(len(report.carried)))] if report.last else [],
    )


def about(report: Report) -> dict[str, str]:
    """Return the labels that say what was inspected; none that is another one in each run."""
    return {
        "source": line(report.run.source),
        "redacted": str(report.run.redacted).lower(),
        "controls_set": report.run.scope.controls_set,
        "version": report.version,
    }


def shares(report: Report) -> Iterator[Metric]:
    """Yield the score; a share of nothing has no sample."""
    score = report.scores.total
    told = {
        "pdsec_passing_ratio": ("Share of passes among the checks with a verdict.", score.passing),
        "pdsec_coverage_ratio": (
            "Share of the checks with a verdict among those that should have one.",
            score.coverage,
        ),
    }
    for name, (words, share) in told.items():
        yield Metric(name, words, [] if share is None else [Sample(float(share))])


def checks(report: Report) -> Iterator[Sample]:
    """Yield how many checks of each control have each status, zero included."""
    for control in report.controls:
        counts = Counter(each.status for each in report.by_control[control.id])
        for status in Status:
            labels = {"control": control.id, "severity": control.severity, "status": status}
            yield Sample(float(counts[status]), {name: str(each) for name, each in labels.items()})


def compared(report: Report) -> Iterable[tuple[Novelty, int]]:
    """Return how many fails are new, worse and known; nothing without an earlier report."""
    return report.novelties.items() if report.earlier_as_of is not None else ()


def unread(report: Report) -> Iterator[Sample]:
    """Yield how many paths could not be read, those that cost a verdict apart."""
    needed = Counter(bool(each.controls) for each in report.unread)
    for is_needed in (True, False):
        yield Sample(float(needed[is_needed]), {"needed": str(is_needed).lower()})


def sample(name: str, labels: Mapping[str, str], value: float) -> str:
    """Return one line: the metric, its labels, its value."""
    told = ",".join(f'{key}="{escaped(each)}"' for key, each in labels.items())
    return f"{name}{{{told}}} {int(value) if value.is_integer() else value}"


def escaped(text: str) -> str:
    """Return *text* as the value of a label."""
    return line(text).replace("\\", "\\\\").replace('"', '\\"')
