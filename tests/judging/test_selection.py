"""Which controls the settings leave in."""

from __future__ import annotations

import pytest

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.names import unknown_requirement
from pdsec_checks.judging.selection import supports
from pdsec_checks.model import MappingName
from pdsec_checks.suite.items import Labels
from tests.support.findings import catalogue, controls

MARKED = {
    name: {
        (each.name, each.kwargs["id"])
        for each in Labels.of(control, catalogue(), MappingName.SPECIFIED).markers
    }
    for name, control in controls().items()
}
"""Control → what ``-m`` finds it by."""


def chosen(wanted: str) -> set[str]:
    """Return the controls that ``--framework`` with this value leaves in."""
    return {name for name, each in controls().items() if supports(each, wanted, catalogue())}


@pytest.mark.parametrize("framework", ORDER)
def test_the_option_finds_what_the_marker_finds(framework: str) -> None:
    """``--framework fw:id`` and ``-m "fw(id=…)"`` agree on every id of both mappings."""
    ids = {
        each for mapping in MappingName for each in catalogue().requirement_ids(framework, mapping)
    }

    assert ids
    for each in ids:
        marked = {name for name, found in MARKED.items() if (framework, each) in found}
        assert chosen(f"{framework}:{each}") == marked != set()
        assert not list(unknown_requirement(framework, each, catalogue()))


@pytest.mark.parametrize("framework", ORDER)
def test_a_framework_is_found_by_either_mapping(framework: str) -> None:
    """``--framework fw`` and ``-m fw`` agree: what only one mapping has is found as well."""
    marked = {name for name, found in MARKED.items() if framework in {each for each, _ in found}}

    assert chosen(framework) == marked


def test_what_neither_mapping_has_is_refused() -> None:
    """An id that does not exist is named with those that do, of both mappings."""
    (said,) = unknown_requirement("soc2", "CC9.9", catalogue())

    assert "no control supports soc2 'CC9.9' in either mapping" in said
    assert all(each in said for each in ("CC3.1", "CC3.2"))
