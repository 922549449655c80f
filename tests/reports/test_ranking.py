"""The rank of findings: by consequence, severity, reach and id."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.reach import ServicesBehind
from pdsec_checks.baseline import Baseline
from pdsec_checks.finding import UNKNOWN_REACH, Finding, Reach
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.model import TO_DO, Severity, Status
from pdsec_checks.reports import json_report, render
from pdsec_checks.reports.ranking import by_rank
from tests.simulator.builders import a_service
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource, any_findings, controls
from tests.support.judged import CONTROLS, NOTHING, a_snapshot

REACHES = st.none() | st.tuples(st.integers(0, 50), st.integers(0, 3))


def behind(finding: Finding, reach: tuple[int, int] | None) -> Finding:
    """Return a finding with so many services, and critical ones, behind it; None: unknown."""
    return replace(finding, behind=Reach(*reach) if reach else Reach(why="HTTP 403"))


def reached() -> st.SearchStrategy[list[Finding]]:
    """Return a strategy for findings whose reach is any."""
    return any_findings().flatmap(
        lambda found: st.lists(REACHES, min_size=len(found), max_size=len(found)).map(
            lambda reaches: [*map(behind, found, reaches)]
        )
    )


def entries(*findings: Finding) -> list[dict[str, Any]]:
    """Return the findings of the JSON report."""
    found: list[dict[str, Any]] = json.loads(json_report.render(a_report(*findings)))["findings"]
    return found


def in_order(*findings: Finding) -> list[str]:
    """Return the ids of the resources by rank."""
    return [each.resource.id for each in by_rank(a_report(*findings).ordered)]


@given(reached())
def test_ranks_are_one_to_n_without_a_gap(findings: list[Finding]) -> None:
    """Each finding that needs somebody has one, no other finding has, and reach stands beside."""
    found = entries(*findings)
    ranks = [each["rank"] for each in found if "rank" in each]

    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    for each in found:
        assert ("rank" in each) == ("reach" in each) == (Status(each["status"]) in TO_DO)
        assert "reach" in each or "reach_at_least" not in each


def key_of(finding: Finding) -> list[Any]:
    """Return by what a rank comes about, as the documentation lists it; less is more urgent."""
    return [
        ["fail", "error", "manual"].index(finding.status),
        controls()[finding.control].consequence.place,
        list(Severity).index(finding.severity),
        -float("inf" if finding.reach is None else finding.reach),
        finding.control,
        finding.resource.id,
    ]


@given(reached())
def test_each_rank_is_no_less_urgent_than_the_next(findings: list[Finding]) -> None:
    """Status, class, severity and reach decide in this order, then the ids."""
    for first, second in pairwise(by_rank(a_report(*findings).ordered)):
        assert key_of(first) < key_of(second)


@given(reached().flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_findings_does_not_matter(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings have the same ranks, whichever worker was done first."""
    assert entries(*pair[0]) == entries(*pair[1])


def at(control: str, resource: str, **changed: Any) -> Finding:
    """Return a fail of a control with other fields."""
    return replace(a_finding(control, resource=a_resource(resource, resource)), **changed)


def test_the_consequence_comes_before_the_severity() -> None:
    """Nobody is called (high) stands before one person who can do everything (critical)."""
    assert in_order(at("PD-02", "PA"), at("PD-18", "PB")) == ["PB", "PA"]


def test_the_severity_comes_before_reach() -> None:
    """A severity that the settings give counts like any other."""
    low = at("PD-05", "PA", severity=Severity.LOW, behind=Reach(99, 9))

    assert in_order(low, at("PD-18", "PB", behind=Reach(0, 0))) == ["PB", "PA"]


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Reach(2, 0), Reach(1, 0)),
        (Reach(1, 1), Reach(9, 0)),
        (Reach(2, 1), Reach(10, 0)),
        (UNKNOWN_REACH, Reach(500, 100)),
        (UNKNOWN_REACH, Reach(500, 100, "HTTP 403")),
        (Reach(3, 0, "", "HTTP 403"), Reach(1, 0, "", "HTTP 403")),
        (Reach(3, 0, "HTTP 403"), Reach(2, 0)),
        (Reach(2, 0), Reach(1, 0, "HTTP 403")),
    ],
)
def test_more_behind_it_comes_first(more: Reach, less: Reach) -> None:
    """A critical service counts as ten, known ones count, and nothing known as more than any."""
    assert in_order(at("PD-05", "PA", behind=less), at("PD-05", "PB", behind=more)) == ["PB", "PA"]


def test_the_id_decides_last() -> None:
    """First that of the control, then that of the resource."""
    found = [at("PD-08", "PA"), at("PD-07", "PC"), at("PD-07", "PB")]

    assert in_order(*found) == ["PB", "PC", "PA"]


def test_fails_come_before_doubts_and_what_is_accepted_has_no_rank() -> None:
    """An error of the worst class stands behind a fail of the last one."""
    by_status = [a_finding("PD-05", each, a_resource(each, each)) for each in Status]

    assert in_order(*by_status, at("PD-25", "PZ")) == ["fail", "PZ", "error", "manual"]


def test_a_case_that_was_not_reached_has_a_rank_and_no_reach() -> None:
    """Nobody looked at it: the number is unknown."""
    report = a_report(a_finding(), selected=["PD-05", "PD-08"])

    assert [(each.rank, each.reach) for each in report.by_control["PD-08"]] == [(2, None)]


def test_a_number_that_may_be_greater_says_so() -> None:
    """Whoever reads the JSON report sees that it is at least so many."""
    known, least, unknown = entries(
        at("PD-05", "PA", behind=Reach(3, 1)),
        at("PD-05", "PB", behind=Reach(3, 1, "HTTP 403")),
        at("PD-05", "PC", behind=Reach(why="HTTP 403")),
    )

    assert (known["reach"], least["reach"], unknown["reach"]) == (12, 12, None)
    assert least["reach_at_least"] is True
    assert "reach_at_least" not in known | unknown


def test_the_columns_of_csv_stay_what_they_are() -> None:
    """A spreadsheet that somebody made goes on working."""
    heading = render("csv", a_report(a_finding())).splitlines()[0]

    assert "rank" not in heading
    assert "reach" not in heading


def test_the_engine_counts_what_stands_behind() -> None:
    """A fail and an error have a reach, a pass has none."""
    services = [
        a_service("Shop", None, id="PSHOP"),
        {**a_service("Till", id="PTILL"), "escalation_policy": {"id": 7}},
    ]
    inspection = Inspection(a_snapshot(services=services), Baseline(critical_services=("Shop",)))
    found = engine.judged([CONTROLS["PD-05"], CONTROLS["PD-22"]], inspection, NOTHING)

    assert {(each.control, each.resource.id): each.behind for each in found} == {
        ("PD-05", "PSHOP"): Reach(1, 1),
        ("PD-05", "PTILL"): Reach(1, 0),
        ("PD-22", "PSHOP"): UNKNOWN_REACH,
        ("PD-22", "PTILL"): UNKNOWN_REACH,
    }


def test_what_breaks_while_counting_costs_the_number_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The verdict stays, and the reason quotes nothing of the account."""

    def broken(*_: Any) -> Reach:
        raise ValueError("a name of the account")

    monkeypatch.setattr(ServicesBehind, "of", broken)
    inspection = Inspection(a_snapshot(services=[a_service("Shop", None)]), Baseline())
    (found,) = engine.judged([CONTROLS["PD-05"]], inspection, NOTHING)

    assert (found.status, found.reach) == (Status.FAIL, None)
    assert found.behind.why.startswith("counting them failed: ValueError in ")


@given(st.integers(0, 50) | st.none(), st.integers(0, 3), st.text(), st.text())
def test_reach_travels_between_processes(
    services: int | None, critical: int, why: str, why_critical: str
) -> None:
    """A worker sends what it counted, and why there may be more."""
    found = replace(a_finding(), behind=Reach(services, critical, why, why_critical))

    assert Finding.unpacked(json.loads(json.dumps(found.packed()))) == found
