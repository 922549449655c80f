"""MITRE's SAF, given our HDF, says of each control what we say; Heimdall's viewer folds alike."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports import hdf
from tests.support import hdf_rules, reading, saf
from tests.support.findings import controls

pytestmark = reading.only_in_ci  # SAF takes seconds to start, six times

XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"


@cache
def ours() -> dict[str, Status]:
    """Return the status of each control of the mixtures."""
    report = hdf_rules.mixtures()
    return {control.id: report.status_of(control) for control in report.controls}


def counts() -> Counter[str]:
    """Return how many controls should have each of Heimdall's statuses."""
    return Counter(hdf_rules.HEIMDALL[each] for each in ours().values())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all that SAF makes of the mixtures; it takes seconds to start."""
    found = tmp_path_factory.mktemp("saf")
    (found / "report.json").write_text(hdf.render(hdf_rules.mixtures()), encoding="utf-8")
    to_asff = ("-a", "123456789012", "-r", "us-east-1", "-t", "acme")
    codes = saf.run(
        [
            ("view", "summary", "-i", "report.json", "--format", "json", "-o", "summary.json"),
            ("convert", "hdf2ckl", "-i", "report.json", "-o", "report.ckl"),
            ("convert", "hdf2xccdf", "-i", "report.json", "-o", "report.xml"),
            ("convert", "hdf2asff", "-i", "report.json", "-o", "asff", *to_asff),
            threshold(off=0),
            threshold(off=1),
        ],
        found,
    )
    (found / "codes.json").write_text(json.dumps(codes), encoding="utf-8")
    return found


def threshold(off: int) -> tuple[str, ...]:
    """Return the command that accepts our numbers, or asks for as many more fails as *off*."""
    found = counts()
    limits = {
        "passed.total.max": found["Passed"],
        "error.total.min": found["Profile Error"],
        "skipped.total.min": found["Not Reviewed"],
        "failed.total.min": found["Failed"] + off,
    }
    inline = ", ".join(f"{{{name}: {limit}}}" for name, limit in limits.items())
    return ("validate", "threshold", "-i", "report.json", "-I", inline)


def parsed(path: Path) -> ET.Element:
    """Return the XML that SAF wrote."""
    return ET.fromstring(path.read_bytes())  # noqa: S314 - our own report, by a known program


def test_the_summary_counts_what_we_count(folder: Path) -> None:
    """``saf view summary`` has our number of controls for each status, and their share."""
    (found,) = json.loads((folder / "summary.json").read_text("utf-8"))

    expected = counts()
    names = {
        "passed": "Passed",
        "failed": "Failed",
        "error": "Profile Error",
        "skipped": "Not Reviewed",
        "no_impact": "Not Applicable",
    }
    assert {name: found[name]["total"] for name in names} == {
        name: expected[shown] for name, shown in names.items()
    }
    applying = sum(expected.values()) - expected["Not Applicable"]
    assert found["compliance"] == round(100 * expected["Passed"] / applying)


def test_a_threshold_is_met_by_our_numbers_alone(folder: Path) -> None:
    """``saf validate threshold`` accepts our number of fails as the least, and refuses one more."""
    codes = json.loads((folder / "codes.json").read_text("utf-8"))

    assert codes == [0, 0, 0, 0, 0, 1]


def test_a_checklist_has_our_verdicts(folder: Path) -> None:
    """``saf convert hdf2ckl`` opens what fails, and closes only what passes."""
    root = parsed(folder / "report.ckl")

    found = {one_of(each, "Vuln_Num"): each.findtext("STATUS", "") for each in root.iter("VULN")}
    assert found == {name: hdf_rules.CHECKLIST[status] for name, status in ours().items()}


def test_a_checklist_cites_the_ccis_of_the_catalogue(folder: Path) -> None:
    """What the catalogue lists replaces what SAF would derive from the NIST ids."""
    root = parsed(folder / "report.ckl")

    cited = {one_of(each, "Vuln_Num"): all_of(each, "CCI_REF") for each in root.iter("VULN")}
    assert cited["PD-12"] == ["CCI-000167"]
    assert cited["PD-25"] == ["CCI-001813", "CCI-001814"]


def all_of(vulnerability: ET.Element, name: str) -> list[str]:
    """Return the values that a control of a checklist has under one name."""
    return [
        each.findtext("ATTRIBUTE_DATA", "")
        for each in vulnerability.iter("STIG_DATA")
        if each.findtext("VULN_ATTRIBUTE") == name
    ]


def one_of(vulnerability: ET.Element, name: str) -> str:
    """Return the only value that a control of a checklist has under a name."""
    (value,) = all_of(vulnerability, name)
    return value


def test_xccdf_has_our_verdicts_and_texts(folder: Path) -> None:
    """``saf convert hdf2xccdf`` knows each verdict, how it is judged, and the code that does."""
    root = parsed(folder / "report.xml")

    found = {
        each.get("idref", ""): each.findtext(f"{XCCDF}result")
        for each in root.iter(f"{XCCDF}rule-result")
    }
    text = (folder / "report.xml").read_text("utf-8")
    assert found == {
        f"xccdf_hdf_rule_{name}_rule": hdf_rules.XCCDF[status] for name, status in ours().items()
    }
    assert "is judged by itself, by what PagerDuty" in text
    assert f"def {controls()['PD-06'].code.partition('def ')[2].partition('(')[0]}(" in text


def test_security_hub_gets_each_result(folder: Path) -> None:
    """``saf convert hdf2asff`` writes no PASSED for a control that has no verdict, and our code."""
    found: dict[str, set[str]] = {}
    for each in json.loads((folder / "asff" / "asff.json").read_text("utf-8")):
        if "Compliance" in each:
            found.setdefault(control_of(each), set()).add(each["Compliance"]["Status"])

    assert {name: worst(statuses) for name, statuses in found.items()} == {
        name: hdf_rules.ASFF[status] for name, status in ours().items()
    }


def control_of(finding: dict[str, Any]) -> str:
    """Return the control that a finding in ASFF is about."""
    found: str = finding["Id"].split("/")[-3]
    return found


def worst(statuses: set[str]) -> str:
    """Return the worst of several results in ASFF."""
    return next(
        each for each in ("NOT_AVAILABLE", "FAILED", "WARNING", "PASSED") if each in statuses
    )
