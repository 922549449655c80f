"""The table: every data set of every family, in an order in which they can start."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from pdsec_checks import resources
from pdsec_checks.pagerduty import data_sets
from pdsec_checks.pagerduty.data_sets import (
    automation,
    change_events,
    history,
    people,
    schedules,
    services,
)
from pdsec_checks.pagerduty.data_sets.data_set import DataSet
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.simulator import builders, endpoints

FAMILIES = (people, services, schedules, automation, history)
MODULES = (*FAMILIES, change_events)
"""Change events are history, and so much of it that they have a file of their own."""
WITHOUT_ID = {
    *("abilities", "oncalls", "analytics", "license_allocations", "session_configurations"),
    *("business_service_dependencies", "technical_service_dependencies"),
}
"""Names, rows, figures and edges: what tells them apart is no id, or nothing has to."""


def test_table_holds_every_data_set_of_every_family() -> None:
    """A data set that its family declares is read."""
    declared = [
        each
        for module in MODULES
        for each in vars(module).values()
        if isinstance(each, DataSet) and each.read.__module__ == module.__name__
    ]

    assert sorted(each.name for each in declared) == sorted(DATA_SETS)


@pytest.mark.parametrize("folder", [resources, data_sets, builders, endpoints])
def test_families_have_one_name_everywhere(folder: ModuleType) -> None:
    """Whoever looks for a thing of PagerDuty's finds it under the same name in each folder."""
    files = {path.stem for path in Path(folder.__path__[0]).glob("*.py")}

    assert {family.__name__.rpartition(".")[2] for family in FAMILIES} <= files


@pytest.mark.parametrize("name", DATA_SETS)
def test_nothing_stands_before_what_it_waits_for(name: str) -> None:
    """Whoever waits for another data set, or uses its records, finds it started."""
    before = list(DATA_SETS)[: list(DATA_SETS).index(name)]

    assert {*DATA_SETS[name].after, *DATA_SETS[name].shares} <= set(before)


@pytest.mark.parametrize("name", [each for each in DATA_SETS if each not in WITHOUT_ID])
def test_what_tells_records_apart_is_kept(name: str) -> None:
    """Without its id a record is taken for one that PagerDuty sent without."""
    assert "id" in DATA_SETS[name].kept


@pytest.mark.parametrize("each", DATA_SETS.values(), ids=DATA_SETS)
def test_id_in_a_path_is_that_of_a_list(each: DataSet) -> None:
    """A path with an id takes it from the first data set that it waits for."""
    assert (each.parent is not None) == ("{id}" in each.path)
    if each.parent:
        assert "id" in DATA_SETS[each.parent].kept
