"""PD-21 asks no service that another lookup has shown, and judges each as if all were asked."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.analysis.services import DependencyMap
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError, UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import services as family
from pdsec_checks.pagerduty.data_sets.data_set import Reading
from pdsec_checks.pagerduty.data_sets.services import MANY, WAVE, read_technical_dependencies
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.resources import DependencyLookup, Service
from pdsec_checks.resources.kept import WHOLE
from tests.support.judged import NOW

Edges = set[tuple[int, int]]


@dataclass
class Graph:
    """A source that answers which services stand on an edge with one, and remembers who asked."""

    edges: Edges
    refused: frozenset[int] = frozenset()
    concurrency: int = 4
    kept: Any = WHOLE
    asked: list[int] = field(default_factory=list)
    expected: int = 0
    waves: int = 0
    wave_of: dict[int, int] = field(default_factory=dict)

    def expect(self, requests: int) -> None:
        """Take note of what is going to be asked; the reader says so before each wave."""
        self.expected += requests
        self.waves += 1

    def get(self, path: str) -> Record:
        """Return the edges of one service."""
        service = int(path.rpartition("/PS")[2])
        self.asked.append(service)
        self.wave_of[service] = self.waves
        if service in self.refused:
            raise UnavailableError(path, "HTTP 403", 403)
        return {"relationships": [edge(pair) for pair in sorted(self.edges) if service in pair]}


def edge(pair: tuple[int, int]) -> Record:
    """Return the record of an edge."""
    ends = [{"id": f"PS{each}", "type": "technical_service_reference"} for each in pair]
    return {"supporting_service": ends[0], "dependent_service": ends[1]}


def read(graph: Graph, services: int) -> dict[int, str]:
    """Return what is known of each service: whether it has an edge, or that nobody can tell."""
    records = [{"id": f"PS{number}", "status": "active"} for number in range(services)]
    lists: dict[str, list[Record]] = {"services": records, "business_service_dependencies": []}
    found = read_technical_dependencies(
        Reading(cast("Source", graph), NOW, Baseline(), lists.__getitem__)
    )
    known = DependencyMap([], map(DependencyLookup, found))
    return {number: judged(known, Service(each)) for number, each in enumerate(records)}


def judged(known: DependencyMap, service: Service) -> str:
    """Return whether a service has an edge, or that nobody can tell."""
    try:
        return "yes" if known.has(service) else "no"
    except InspectionError:
        return "unknown"


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Edges, int]:
    """Return edges between up to a hundred services."""
    services = draw(st.integers(2, 100))
    ends = st.integers(0, services - 1)
    pairs = draw(st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1])))
    return set(pairs), services


@given(graphs())
def test_no_service_is_asked_that_an_earlier_wave_has_shown(drawn: tuple[Edges, int]) -> None:
    """Each has an edge or has none, as if every service had been asked; few are."""
    edges, services = drawn
    graph = Graph(edges)

    assert read(graph, services) == {
        each: "yes" if any(each in pair for pair in edges) else "no" for each in range(services)
    }
    assert len(graph.asked) == len(set(graph.asked)) == graph.expected
    for pair in edges & set(itertools.permutations(graph.asked, 2)):
        assert graph.wave_of[pair[0]] == graph.wave_of[pair[1]]


@given(graphs(), st.integers(1, 16))
def test_what_is_asked_hangs_on_the_answers_alone(drawn: tuple[Edges, int], at_once: int) -> None:
    """However many requests are under way, the same services are asked: a tape holds them."""
    edges, services = drawn
    one, several = Graph(edges, concurrency=1), Graph(edges, concurrency=at_once)
    read(one, services)
    read(several, services)

    assert set(one.asked) == set(several.asked)


@given(graphs(), st.data())
def test_refused_lookup_is_unknown_where_no_other_one_shows_the_service(
    drawn: tuple[Edges, int], data: st.DataObject
) -> None:
    """No service that was refused passes or fails by that; one that another shows has an edge."""
    edges, services = drawn
    refused = data.draw(st.frozensets(st.integers(0, services - 1)))
    found = read(Graph(edges, refused), services)

    for each in range(services):
        shown = any(each in pair and not refused >= {*pair} for pair in edges)
        own = each not in refused and any(each in pair for pair in edges)
        assert found[each] == ("yes" if shown or own else "unknown" if each in refused else "no")


@pytest.mark.parametrize(("services", "most"), [(WAVE, WAVE), (10 * WAVE, 6 * WAVE)])
def test_neighbours_in_the_list_take_little_more_than_half_the_lookups(
    services: int, most: int
) -> None:
    """Who depends on the next one by name is mostly asked in another wave, or not at all."""
    graph = Graph({(each, each + 1) for each in range(0, services, 2)})
    read(graph, services)

    assert services // 2 <= len(graph.asked) <= most


# What many depend on, in a large account


def on_hubs(services: int, hubs: int) -> Edges:
    """Return edges by which each service depends on one of a few, the first ones."""
    return {(each % hubs, each) for each in range(hubs, services)}


def test_what_many_depend_on_shows_them_all() -> None:
    """A thousand services on twenty others take a few hundred lookups."""
    graph = Graph(on_hubs(1_000, 20))

    assert set(read(graph, 1_000).values()) == {"yes"}
    assert len(graph.asked) == len(set(graph.asked)) == graph.expected <= 250


def test_small_account_asks_no_service_that_is_shown() -> None:
    """Where few lookups are left, what many depend on is not asked for their sake."""
    edges = on_hubs(MANY - 1, 20)
    graph = Graph(edges)
    read(graph, MANY - 1)

    for pair in edges & set(itertools.permutations(graph.asked, 2)):
        assert graph.wave_of[pair[0]] == graph.wave_of[pair[1]]


def test_what_shows_nobody_else_ends_the_search_for_hubs() -> None:
    """Chains of three: who stands in the middle is shown twice, and asked in vain but once."""
    edges = {(each, each + 1) for each in range(0, 3_000, 3)}
    chains = edges | {(each + 1, each + 2) for each in range(0, 3_000, 3)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(family, "MANY", 10**6)
        plain = Graph(chains)
        expected = read(plain, 3_000)
    searched = Graph(chains)

    assert read(searched, 3_000) == expected
    assert len(searched.asked) <= len(plain.asked) + WAVE


@given(graphs(), st.data())
def test_asking_hubs_changes_no_answer(drawn: tuple[Edges, int], data: st.DataObject) -> None:
    """Whatever is refused: what is known of each service with hubs is at least what is without."""
    edges, services = drawn
    refused = data.draw(st.frozensets(st.integers(0, services - 1)))
    without = read(Graph(edges, refused), services)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(family, "MANY", 1)
        graph = Graph(edges, refused)
        found = read(graph, services)

    answered = [each for each in graph.asked if each not in refused]
    assert len(answered) == len(set(answered))
    assert len(graph.asked) == graph.expected
    assert {each: found[each] for each in found if without[each] != "unknown"} == {
        each: status for each, status in without.items() if status != "unknown"
    }


def test_recording_without_hubs_replays() -> None:
    """A recording of all lookups but those of hubs, as they used to be made, tells the same."""
    edges = on_hubs(1_000, 20)
    graph = Graph(edges, refused=frozenset(range(20)))
    found = read(graph, 1_000)

    assert set(found.values()) == {"yes"}
    assert len(graph.asked) <= 1_000
