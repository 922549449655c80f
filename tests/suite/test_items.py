"""The markers and properties that every item of a control gets."""

from __future__ import annotations

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.model import MappingName
from pdsec_checks.suite.items import Labels
from tests.support.citations import doubtful
from tests.support.findings import catalogue, controls


@pytest.mark.parametrize("mapping", MappingName)
@pytest.mark.parametrize("control", shipped_ids())
def test_markers_have_the_ids_of_both_mappings_once(control: str, mapping: MappingName) -> None:
    """``-m`` finds what either mapping says, whichever the run goes by; nothing is doubled."""
    markers = Labels.of(controls()[control], catalogue(), mapping).markers
    found = [(each.name, each.kwargs["id"]) for each in markers]

    assert len(found) == len(set(found))
    assert set(found) == {
        (each.requirement.framework, each.requirement.id)
        for name in MappingName
        for each in catalogue().requirements(control, name)
    }


@pytest.mark.parametrize("control", shipped_ids())
def test_properties_say_what_not_to_cite(control: str) -> None:
    """JUnit, pytest-html and pytest-json-report have the rating and the way out beside the id."""
    labels = Labels.of(controls()[control], catalogue(), MappingName.SPECIFIED)
    found = [value for name, value in labels.properties if name == "requirement"]

    assert len(found) == len(catalogue().requirements(control, MappingName.SPECIFIED))
    for mapped in doubtful(control).values():
        each, doubt = mapped.requirement, catalogue().doubt(control, mapped)
        assert f"{each.framework}:{each.id}" not in found
        assert f"{each.framework}:{each.id} ({doubt})" in found
