"""No format prints an id that nobody should cite without saying so and what to cite instead."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pdsec_checks import reports
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import Catalogue, MappedRequirement
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.model import Fit, MappingName, Requirement
from pdsec_checks.reports import terminal
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.citations import current, doubtful, ids_instead, ordered, passages, untold
from tests.support.findings import a_finding, a_report, catalogue, controls, strings_in
from tests.support.reading_back import plain_cell
from tests.support.shown import shown

EVERY_CONTROL = pytest.mark.parametrize("control", shipped_ids())
EVERY_MAPPING = pytest.mark.parametrize("mapping", MappingName)


def a_report_on(control: str, mapping: MappingName = MappingName.SPECIFIED) -> Report:
    """Return a report in which one control fails."""
    return a_report(a_finding(control), mapping=mapping)


def is_told(text: str, control: str) -> Iterator[bool]:
    """Yield for each label of a doubtful id in *text* whether its rating and way out follow."""
    for (framework, edition, name), mapped in doubtful(control).items():
        label = re.escape(f"{framework} {edition} {name}") + r"(?![\w.(])"
        for found in re.finditer(label, text):
            after = text[found.end() :]
            told = re.match(r" \((?:poor|wrong|absent|withdrawn)[^()]*: current ", after)
            ids = ids_instead(control, mapped) or ["none"]
            yield (told is not None and all(each in after for each in ids)) or (
                (framework, edition, name) in current(control) and told is None
            )


def test_no_format_is_forgotten() -> None:
    """Each format is read by the tests of this file."""
    known = {*LABELLED, *DOCUMENTS, *TEXTS, *SILENT, "csv", "html"}
    assert known == {*REPORT_FORMATS, "terminal"}


TEXTS = ("markdown", "terminal", "action-plan", "xlsx")
"""What people read line by line."""
DOCUMENTS = ("json", "sarif", "oscal", "poam", "ocsf", "hdf", "defectdojo")
SILENT = ("junit", "prometheus", "slack")
"""The formats that name no requirement."""
"""The formats that are JSON."""
LABELLED = ("sarif", "oscal", "poam", "ocsf", "hdf", "action-plan", "defectdojo", "xlsx")
"""The formats that name a requirement by framework, edition and id in one text."""


@pytest.mark.parametrize("name", LABELLED)
def test_labels_say_what_not_to_cite(name: str) -> None:
    """Behind each id that is poor, wrong or absent stand its rating and the current ids."""
    told = []
    for control in shipped_ids():
        text = shown(name, a_report_on(control))
        lines = text.splitlines() if name in {"ocsf", *TEXTS} else [text]
        parts = [json.loads(each) for each in lines] if name not in TEXTS else lines
        told += [each for said in strings_in(parts) for each in is_told(said, control)]

    assert told
    assert all(told)


def a_report_that_shows_all(control: str) -> Report:
    """Return a report in which one control fails, and that was asked about every framework."""
    given = a_report_on(control)
    scope = replace(given.run.scope, frameworks=ORDER)
    return replace(given, run=replace(given.run, scope=scope))


@EVERY_CONTROL
@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_an_id_without_saying_so(name: str, control: str) -> None:
    """Wherever a doubtful id stands in a format for programs, the rest stands beside it."""
    text = reports.render(name, a_report_that_shows_all(control))
    found = [json.loads(each) for each in (text.splitlines() if name == "ocsf" else [text])]

    assert [untold(each, control) for each in passages(found) if untold(each, control)] == []


@EVERY_CONTROL
@pytest.mark.parametrize("name", TEXTS)
def test_no_line_names_an_id_without_saying_so(name: str, control: str) -> None:
    """Wherever a doubtful id stands in a text for people, the rest stands in its line."""
    given = a_report_that_shows_all(control)
    text = terminal.render(given) if name == "terminal" else shown(name, given)

    assert [untold(each, control) for each in text.splitlines() if untold(each, control)] == []
    if name != "action-plan":
        assert all(mapped.requirement.id in text for mapped in doubtful(control).values())


def test_a_passage_that_does_not_say_so_would_be_seen() -> None:
    """The tests above find an id that stands alone, or whose way out is missing."""
    assert untold("supports AC-6(1)", "PD-02") == ["AC-6(1)"]
    assert untold("AC-6(1) (poor: current Rev 5 AC-6)", "PD-02") == ["AC-6(1)"]
    assert untold("AC-6(1) (poor: current Rev 5 AC-6 and AC-6(5))", "PD-02") == []


@pytest.mark.parametrize("name", SILENT)
def test_other_formats_cite_nothing(name: str) -> None:
    """What has no room for the doubts about an id has no id."""
    ids = {mapped.requirement.id for each in shipped_ids() for mapped in doubtful(each).values()}
    text = reports.render(name, a_report_that_shows_all("PD-02"))

    assert [each for each in ids if re.search(rf"(?<![\w.]){re.escape(each)}(?![\w.])", text)] == []


@EVERY_CONTROL
def test_json_has_rating_and_way_out_in_the_entry(control: str) -> None:
    """An entry that nobody should cite has its fit or status, and the current ids."""
    entry = json.loads(reports.render("json", a_report_on(control)))["controls"][0]
    seen = {
        (each["framework"], each["edition"], each["id"]): each for each in entry["requirements"]
    }

    for where, mapped in doubtful(control).items():
        assert {seen[where].get("fit"), seen[where].get("status")} & {
            "poor",
            "wrong",
            "absent",
            "withdrawn",
        }
        assert seen[where]["current"] == ids_instead(control, mapped)
    assert {key for key, each in seen.items() if "current" in each} == set(doubtful(control))


@EVERY_CONTROL
@EVERY_MAPPING
def test_csv_rates_each_id_and_has_the_current_ones(control: str, mapping: MappingName) -> None:
    """``_fit`` has a rating for each id of a framework's column, ``_current`` what to cite."""
    text = reports.render("csv", a_report_on(control, mapping))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))

    for name in ORDER:
        known = {
            each.requirement.id: each.rating
            for each in catalogue().requirements(control, mapping)
            if each.requirement.framework == name
        }
        assert plain_cell(row[name]) == ";".join(known)
        assert row[f"{name}_fit"] == ";".join(known.values())
        assert {*filter(None, plain_cell(row[f"{name}_current"]).split(";"))} == {
            each for framework, _, each in current(control) if framework == name
        }


@EVERY_CONTROL
@EVERY_MAPPING
def test_html_says_the_fit_beside_each_id(control: str, mapping: MappingName) -> None:
    """Every id in the page of a control has its fit, and the current ids in the same row."""
    text = reports.render("html", a_report_on(control, mapping))
    shown = re.search(r'<table class="mapping">.*?</table>', text, re.DOTALL)
    assert shown
    rows = shown[0].split("<tr>")[2:]
    listed = [found for row in rows for found in re.findall(r"<li>.*?</li>", row, re.DOTALL)]

    assert listed
    assert all("fit: " in each for each in listed)
    for mapped in doubtful(control).values():
        (row,) = (each for each in rows if f'href="#f-{mapped.requirement.framework}"' in each)
        ids = re.findall(r'class="rid">([^<]+)<', row)
        assert {mapped.requirement.id, *ids_instead(control, mapped)} <= set(ids)
        assert re.search(r"fit: (poor|wrong)|>(absent|withdrawn)<", row)


@EVERY_CONTROL
def test_html_frameworks_say_the_fit_beside_each_control(control: str) -> None:
    """In the tables of frameworks each control has its fit, whatever the mapping."""
    text = reports.render("html", a_report_on(control))
    tables = re.findall(r'<table class="reqtable">.*?</table>', text, re.DOTALL)
    rows = [row for table in tables for row in re.split("<tbody[^>]*>", table)[1:]]

    assert rows
    assert all("fit: " in row.rpartition("<td>")[0] for row in rows)
    for mapped in doubtful(control).values():
        doubt = f"<b>{control}</b> {catalogue().doubt(control, mapped)}<"
        assert any(f'"rid">{mapped.requirement.id}<' in row and doubt in row for row in rows)


@pytest.mark.parametrize("mapping", MappingName)
def test_formats_for_programs_cite_the_current_ids(mapping: MappingName) -> None:
    """HDF, SARIF, OSCAL and OCSF have in their own fields what can be cited, and no other id."""
    for control in shipped_ids():
        given = a_report_on(control, mapping)
        wanted = {f"{' '.join(each)}" for each in current(control)}
        for cited in (hdf_labels(given), oscal_labels(given), ocsf_labels(given)):
            assert {each.removesuffix(" (unverified)") for each in cited} == wanted
        assert sarif_targets(given) == {(each[0], each[2]) for each in current(control)}
        assert hdf_tags(given)["nist"] == [
            each[2] for each in ordered(current(control)) if each[0] == "fedramp"
        ]


@pytest.mark.parametrize("mapping", MappingName)
def test_specified_ids_stand_beside_them(mapping: MappingName) -> None:
    """A run by the specified mapping has its ids as properties; one by the current has none."""
    given = a_report_on("PD-02", mapping)
    specified = [
        *hdf_tags(given).get("specified", []),
        *sarif_run(given)["tool"]["driver"]["rules"][0]["properties"].get("specified", []),
        *json.loads(reports.render("ocsf", given))["unmapped"].get("specified_requirements", []),
        *oscal_labels(given, "specified-requirement"),
    ]

    said = "fedramp Rev 5 AC-6(1) (poor: current Rev 5 AC-6 and AC-6(5))"
    assert specified.count(said) == (4 if mapping is MappingName.SPECIFIED else 0)
    assert bool(specified) is (mapping is MappingName.SPECIFIED)


def hdf_tags(given: Report) -> dict[str, Any]:
    """Return the tags of the only control."""
    tags: dict[str, Any] = json.loads(reports.render("hdf", given))["profiles"][0]["controls"][0][
        "tags"
    ]
    return tags


def hdf_labels(given: Report) -> list[str]:
    """Return the labels of all frameworks."""
    return [each for name in ORDER for each in hdf_tags(given).get(name, [])]


def oscal_labels(given: Report, name: str = "supports-requirement") -> list[str]:
    """Return the properties of one name of the only finding."""
    plain = json.loads(reports.render("oscal", given))["assessment-results"]["results"][0]
    return [each["value"] for each in plain["findings"][0]["props"] if each["name"] == name]


def ocsf_labels(given: Report) -> list[str]:
    """Return the requirements of the only event."""
    found: list[str] = json.loads(reports.render("ocsf", given))["compliance"]["requirements"]
    return found


def sarif_run(given: Report) -> dict[str, Any]:
    """Return the only run."""
    run: dict[str, Any] = json.loads(reports.render("sarif", given))["runs"][0]
    return run


def sarif_targets(given: Report) -> set[tuple[str, str]]:
    """Return framework and id of what the only rule refers to, all of which are taxa."""
    run = sarif_run(given)
    taxa = {each["guid"] for taxonomy in run["taxonomies"] for each in taxonomy["taxa"]}
    targets = [each["target"] for each in run["tool"]["driver"]["rules"][0]["relationships"]]
    assert {each["guid"] for each in targets} == taxa
    return {(each["toolComponent"]["name"], each["id"]) for each in targets}


def test_terminal_goes_through_the_chosen_frameworks_alone() -> None:
    """A run that names a framework lists its requirements, with what not to cite, and no other."""
    given = a_report(*map(a_finding, ("PD-02", "PD-05")))
    chosen = replace(given.run.scope, frameworks=("fedramp:AC-6(1)",))
    asked = terminal.render(replace(given, run=replace(given.run, scope=chosen)))

    assert (
        "  fedramp AC-6(1)  Least Privilege | Authorize Access to Security Functions: "
        "failing: 1 control; PD-02 fail (poor: current Rev 5 AC-6 and AC-6(5))\n"
    ) in asked
    assert "\nfedramp " in asked
    assert "\nsoc2 " not in asked
    assert "\nsoc2 " in terminal.render(given)


def test_html_has_the_chosen_frameworks_alone() -> None:
    """A run that names a framework shows its table, open, and that of no other."""
    given = a_report(a_finding("PD-02"))
    chosen = replace(given.run.scope, frameworks=("fedramp",))
    text = reports.render("html", replace(given, run=replace(given.run, scope=chosen)))

    assert re.findall(r'id="f-(\w+)"( open)?', text) == [("fedramp", " open")]
    assert set(re.findall(r'href="#f-(\w+)"', text)) == {"fedramp"}


@EVERY_MAPPING
def test_shipped_frameworks_rate_every_id(mapping: MappingName) -> None:
    """Both mappings say of each id how well it suits; no current one is poor, wrong or absent."""
    found = [each for name in controls() for each in catalogue().requirements(name, mapping)]

    assert found
    assert all(each.fit is not None for each in found)
    if mapping is MappingName.CURRENT:
        assert all(each.is_citable for each in found)


def test_an_id_that_stays_keeps_its_rating() -> None:
    """What suits a control as specified suits it alike where the edition in force has it too."""
    for control in shipped_ids():
        now = {
            (each.requirement.framework, each.requirement.id, each.requirement.title): each.fit
            for each in catalogue().requirements(control, MappingName.CURRENT)
        }
        for each in catalogue().requirements(control, MappingName.SPECIFIED):
            name = (each.requirement.framework, each.requirement.id, each.requirement.title)
            if each.is_citable and name in now:
                assert now[name] == each.fit


REQUIREMENT = Requirement("acme", "4.2", "7", "Paging")


@pytest.mark.parametrize(
    ("fit", "status", "rating", "is_citable"),
    [
        (None, "present", "", True),
        (Fit.GOOD, "present", "good", True),
        (Fit.BROAD, "unverified", "broad, unverified", True),
        (Fit.POOR, "present", "poor", False),
        (Fit.WRONG, "absent", "wrong, absent", False),
        (None, "withdrawn", "withdrawn", False),
    ],
)
def test_what_can_be_cited(fit: Fit | None, status: str, rating: str, is_citable: bool) -> None:  # noqa: FBT001 - a parameter
    """Neither a poor nor a wrong fit can be cited, nor an id that does not exist."""
    mapped = MappedRequirement(replace(REQUIREMENT, status=status), fit)

    assert (mapped.rating, mapped.is_citable) == (rating, is_citable)
    wanted = "" if is_citable else f"{rating}: current none"
    assert Catalogue({}).doubt("PD-01", mapped) == wanted
