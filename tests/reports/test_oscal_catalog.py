"""OSCAL catalog and mapping: ids of the results resolve, and nothing claims that one satisfies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import WrittenControl, shipped_ids, shipped_sources
from pdsec_checks.model import Severity
from pdsec_checks.reports import render
from pdsec_checks.reports.oscal_catalog import NIST, catalog, mapping
from tests.support import findings as factory
from tests.support import trestle
from tests.support.changed import replace
from tests.support.judged import NOW


def the_catalog(*controls: WrittenControl) -> dict[str, Any]:
    """Return the catalog of these controls, by default of all that ship."""
    text = catalog(controls or shipped_sources(), {}, NOW)
    found: dict[str, Any] = json.loads(text)["catalog"]
    return found


@cache
def the_mapping() -> dict[str, Any]:
    """Return the mapping of all controls to all frameworks."""
    shipped = factory.catalogue()
    text = mapping(shipped_ids(), list(shipped.frameworks.values()), shipped, NOW)
    found: dict[str, Any] = json.loads(text)["mapping-collection"]
    return found


def maps(framework: str) -> list[dict[str, Any]]:
    """Return the entries of the mapping to one framework."""
    (found,) = (
        each
        for each in the_mapping()["mappings"]
        if {"framework": framework}.items()
        <= {prop["name"]: prop["value"] for prop in each["props"]}.items()
    )
    entries: list[dict[str, Any]] = found["maps"]
    return entries


def every(key: str, value: Any) -> Iterator[str]:
    """Yield each text that stands under a key, however deep."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name == key and isinstance(each, str):
                yield each
            yield from every(key, each)
    for each in value if isinstance(value, list) else ():
        yield from every(key, each)


@pytest.mark.parametrize("name", ["oscal", "poam"])
def test_ids_of_the_results_resolve_in_the_catalog(name: str) -> None:
    """Every control and objective that a report refers to is in the catalog."""
    document = json.loads(render(name, factory.a_report(*factory.six_findings())))
    there = set(every("id", the_catalog()))

    keys = ("control-id", "objective-id", "target-id")
    referred = {each for key in keys for each in every(key, document)}
    assert referred
    assert referred <= there


def test_no_id_of_the_catalog_stands_twice() -> None:
    """Controls, groups and parts share one set of ids."""
    ids = list(every("id", the_catalog()))

    assert len(ids) == len(set(ids))


def test_a_control_is_whole_in_the_catalog() -> None:
    """Statement, reason, remedy, limits and objective are its parts, in their own words."""
    (control,) = (each for each in shipped_sources() if each.id == "PD-12")
    (group,) = the_catalog(control)["groups"]
    (entry,) = group["controls"]
    parts = {each["name"]: each["prose"] for each in entry["parts"]}

    assert group["id"] == f"family-{control.path.stem.removeprefix('test_')}"
    assert list(parts) == ["statement", "guidance", "remediation", "limits", "assessment-objective"]
    assert parts["assessment-objective"] == parts["statement"]
    assert {"name": "label", "value": "PD-12"} in entry["props"]


def test_own_controls_and_severities_are_in_the_catalog() -> None:
    """A file name that is no OSCAL token makes one, and the configured severity counts."""
    (own,) = (
        replace(each, id="ACME-01", path=Path("own/test_1 own.py"))
        for each in shipped_sources()
        if each.id == "PD-05"
    )
    (group,) = json.loads(catalog([own], {"ACME-01": Severity.LOW}, NOW))["catalog"]["groups"]

    assert group["id"] == "family-1_own"
    severity = {each["name"]: each["value"] for each in group["controls"][0]["props"]}["severity"]
    assert severity == "low"


def test_the_same_content_has_the_same_uuid() -> None:
    """A day later only the date differs; other content is another document."""
    first, later = the_catalog(), json.loads(catalog(shipped_sources(), {}, NOW + timedelta(1)))
    other = the_catalog(shipped_sources()[0])

    assert later["catalog"]["metadata"].pop("last-modified") == "2026-11-24T09:00:00Z"
    assert first["metadata"].pop("last-modified") == "2026-11-23T09:00:00Z"
    assert later["catalog"] == first
    assert other["uuid"] != first["uuid"]


def test_no_mapping_says_that_a_requirement_is_satisfied() -> None:
    """A control and a requirement overlap, and no more."""
    assert set(every("relationship", the_mapping())) == {"intersects-with"}


def test_only_what_can_be_cited_is_mapped() -> None:
    """Each pair is one of the current mapping, without poor and wrong fits."""
    found = {
        (framework, entry["sources"][0]["id-ref"], requirement_of(entry))
        for framework in factory.catalogue().frameworks
        for entry in maps(framework)
    }

    assert found == {
        (mapped.requirement.framework, control, mapped.requirement.id)
        for control in shipped_ids()
        for mapped in factory.catalogue().citable(control)
    }


def requirement_of(entry: dict[str, Any]) -> str:
    """Return the requirement of an entry as its framework writes it."""
    found: str = next(each["value"] for each in entry["props"] if each["name"] == "requirement")
    return found


def test_fedramp_is_mapped_to_the_catalog_of_nist() -> None:
    """Its ids are those of NIST's own OSCAL catalog."""
    (target,) = (
        each["target-resource"]["href"]
        for each in the_mapping()["mappings"]
        if each["maps"] == maps("fedramp")
    )
    ids = {requirement_of(each): each["targets"][0]["id-ref"] for each in maps("fedramp")}

    assert target == NIST
    assert (ids["AC-6"], ids["AC-6(5)"], ids["SC-8(1)"]) == ("ac-6", "ac-6.5", "sc-8.1")


def test_references_of_the_mapping_lead_somewhere() -> None:
    """Each resource of a mapping that is not on the web is in the document."""
    there = {f"#{each['uuid']}" for each in the_mapping()["back-matter"]["resources"]}

    hrefs = {
        each[side]["href"]
        for each in the_mapping()["mappings"]
        for side in ("source-resource", "target-resource")
    }
    assert hrefs - there == {NIST}


def test_controls_without_a_requirement_are_the_gap() -> None:
    """A control that a framework has no use for is named."""
    for each in the_mapping()["mappings"]:
        mapped = {entry["sources"][0]["id-ref"] for entry in each["maps"]}
        (gap,) = each.get("source-gap-summary", {}).get("unmapped-controls", [{"with-ids": []}])

        assert sorted(mapped | set(gap["with-ids"])) == sorted(shipped_ids())
        assert not mapped & set(gap["with-ids"])


def test_nothing_to_map_is_an_error() -> None:
    """A mapping of nothing would look like one that was made."""
    shipped = factory.catalogue()

    with pytest.raises(ValueError, match="no control can be cited"):
        mapping(["PD-98"], list(shipped.frameworks.values()), shipped, NOW)


def test_trestle_reads_all_our_oscal(tmp_path: Path) -> None:
    """compliance-trestle reads every document by its own models, and loses nothing of it."""
    report = factory.a_report(*factory.six_findings(), unread=[factory.refused_audit_trail()])
    shipped = factory.catalogue()
    texts = (
        catalog(shipped_sources(), {}, NOW),
        mapping(shipped_ids(), list(shipped.frameworks.values()), shipped, NOW),
        render("oscal", report),
        render("poam", report),
    )

    found = trestle.read(*texts, folder=tmp_path)

    for text, read in zip(texts, found, strict=True):
        assert sorted(every("uuid", read)) == sorted(every("uuid", json.loads(text)))
