"""Framework files: what they map, and what is refused before a run can be misled by it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import pdsec_checks
from pdsec_checks.catalogue import framework_files as framework_files_module
from pdsec_checks.catalogue.consequences import CLASS_OF
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.catalogue.framework_files import (
    ORDER,
    STATUSES,
    FrameworkFileError,
    framework_files,
    load_catalogue,
    load_framework,
    shipped_folder,
)
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Fit, MappingName, Requirement

PUBLISHED = tuple(name for name in ORDER if name != "sscf")
"""The frameworks of the product's published table, which the reference data is about."""
SPECIFIED, CURRENT = MappingName.SPECIFIED, MappingName.CURRENT
REPOSITORY = Path(__file__).parents[2]
OWN = """\
id: acme
title: Acme security policy
edition: "2026"
requirements:
  - id: "4.10"
    title: Reviewed changes
    controls: [PD-25]
  - id: "4.2"
    title: Paging
    note: asked for by the board
    status: unverified
    controls: {PD-08: poor, PD-05: good}
"""
SPLIT = """\
id: acme
title: Acme security policy
specified:
  edition: "1"
  requirements:
    - id: "a"
      title: A
      controls: {PD-01: wrong}
current:
  edition: "2"
  version: second edition
  requirements:
    - id: "b"
      title: B
      controls: [PD-01]
reasons:
  PD-01: a is gone
"""

Write = Callable[..., Path]


def shared(name: str) -> Path:
    """Return a file of the reference data beside the checkout; skip where there is none."""
    path = REPOSITORY.parent / "shared" / name
    if not path.exists():
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing(f"{name} is not beside the checkout")
    return path


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    """Return the catalogue of a run without framework files of its own."""
    return load_catalogue()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a framework file and return where it is."""

    def write_file(text: str | bytes = OWN, name: str = "acme.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def ids(found: Catalogue, framework: str, control: str, mapping: MappingName) -> list[str]:
    """Return the ids of one framework that *control* supports."""
    return [
        mapped.requirement.id
        for mapped in found.requirements(control, mapping)
        if mapped.requirement.framework == framework
    ]


def test_ships_nine_frameworks_in_the_order_of_reports(shipped: Catalogue) -> None:
    """The nine shipped frameworks come in the order in which reports show them."""
    assert tuple(shipped.frameworks) == ORDER
    assert [path.stem for path in framework_files()] == list(ORDER)


@pytest.mark.parametrize("framework", PUBLISHED)
def test_shipped_mappings_are_those_of_the_reference(shipped: Catalogue, framework: str) -> None:
    """Every control has exactly the ids and the fit of the reference, in both mappings."""
    reference = yaml.safe_load(shared(f"reference/frameworks/{framework}.yaml").read_bytes())

    for number in reference["controls"]:
        control = f"PD-{number:02d}"
        specified = ids(shipped, framework, control, SPECIFIED)
        current = ids(shipped, framework, control, CURRENT)
        fits = {
            mapped.fit
            for mapped in shipped.requirements(control, SPECIFIED)
            if mapped.requirement.framework == framework
        }
        assert sorted(specified) == sorted(reference["controls"][number]), control
        assert sorted(current) == sorted(reference["current_controls"][number]), control
        assert fits == {Fit(reference["fit"][number])}, control


@pytest.mark.parametrize("framework", PUBLISHED)
def test_shipped_requirements_are_those_of_the_reference(
    shipped: Catalogue, framework: str
) -> None:
    """Titles and statuses are those of the reference, in the edition of the mapping."""
    reference = yaml.safe_load(shared(f"reference/frameworks/{framework}.yaml").read_bytes())
    entries = reference["requirements"]
    renumbered = reference.get("current_requirements")

    for requirement in requirements(shipped, framework, SPECIFIED):
        entry = entries[requirement.id]
        assert (requirement.title, requirement.status) == (entry["title"], entry["status"])
    for requirement in requirements(shipped, framework, CURRENT):
        entry = (renumbered or entries)[requirement.id]
        status = "present" if renumbered else entry["status"]
        assert (requirement.title, requirement.status) == (entry["title"], status)


def requirements(found: Catalogue, framework: str, mapping: MappingName) -> list[Requirement]:
    """Return the requirements of one edition."""
    edition = found.frameworks[framework].edition(mapping)
    return [support.requirement for support in edition.requirements]


def ids_of_the_table() -> dict[str, set[str]]:
    """Return what the rulebook gives each control in SSCF, by control."""
    text = shared("extended.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \|(?:[^|\n]*\|){8} ([^|\n]*) \|$", text, re.MULTILINE)
    (first,) = re.findall(r"The 25: (.*); others —", text)
    rows += [
        (number, names)
        for controls, names in (each.split(" → ") for each in first.split("; "))
        for number in numbers_of(controls)
    ]
    return {f"PD-{number}": set(full_ids(names)) for number, names in rows}


def numbers_of(text: str) -> list[str]:
    """Return the numbers of controls in a text such as ``PD-02, PD-04`` or ``PD-14 to 16``."""
    low, to, high = text.removeprefix("PD-").partition(" to ")
    return (
        [str(each) for each in range(int(low), int(high) + 1)] if to else re.findall("[0-9]+", text)
    )


def full_ids(text: str) -> list[str]:
    """Return whole ids of a text such as ``IAM-SaaS-14, 05`` or ``LOG-01``; of ``—`` none."""
    found: list[str] = []
    for each in re.findall(r"[A-Z0-9][\w-]*", text):
        family, _, number = each.rpartition("-")
        family = family.removesuffix("-SaaS") or found[-1].partition("-")[0]
        found.append(f"{family}-SaaS-{number}")
    return found


def test_capabilities_of_the_vendor_are_those_of_the_table() -> None:
    """Every control there is, or is to come, has the ids of the rulebook's table in SSCF."""
    framework = load_framework(shipped_folder() / "sscf.yaml", {*CLASS_OF, *shipped_ids()})
    found: dict[str, set[str]] = {control: set() for control in CLASS_OF}
    for support in framework.specified.requirements:
        for control in support.controls.keys() & found.keys():
            found[control].add(support.requirement.id)

    table = ids_of_the_table()
    assert {each for each in found if found[each]} == {each for each in table if table[each]}
    assert {each: table.get(each, set()) for each in found} == found


def test_a_capability_of_the_vendor_is_used_and_never_more(shipped: Catalogue) -> None:
    """SSCF demands something of PagerDuty: each fit is broad, and each title says what it means."""
    framework = shipped.frameworks["sscf"]
    fits = {fit for each in framework.specified.requirements for fit in each.controls.values()}
    titles = [each.requirement.title for each in framework.specified.requirements]

    assert fits == {Fit.BROAD}
    assert all(each.startswith("Uses a capability of the platform: ") for each in titles)
    assert framework.specified == framework.current
    assert framework.titles == "own words"


def test_row_of_a_control_that_is_to_come_costs_nothing(write: Write) -> None:
    """A shipped file may name a control of the product that is not there; an own one may not."""
    known = {*shipped_ids()} - {"PD-12", "PD-25"}

    found = load_catalogue(known_controls=known)

    assert found.requirements("PD-25", SPECIFIED) == found.requirements("PD-25", CURRENT) == []
    assert "LOG-SaaS-04" not in found.requirement_ids("sscf", SPECIFIED)
    assert "LOG-SaaS-02" in found.requirement_ids("sscf", SPECIFIED)
    assert "PD-25" not in found.frameworks["fedramp"].reasons
    with pytest.raises(FrameworkFileError, match=r"'PD-25' under 'controls' is unknown"):
        load_catalogue([write()], known)


def test_shipped_file_may_not_name_what_the_product_never_has(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt control is refused in a shipped file as well."""
    path = write(changed("[PD-25]", "[PD-98]"))
    monkeypatch.setattr(framework_files_module, "shipped_folder", lambda: path.parent)

    with pytest.raises(FrameworkFileError, match=r"'PD-98' under 'controls' is unknown"):
        load_catalogue()


@pytest.mark.parametrize("framework", ORDER)
def test_every_correction_has_a_reason(shipped: Catalogue, framework: str) -> None:
    """A control whose ids differ between the mappings has a reason that says why."""
    differing = {
        control
        for control in shipped_ids()
        if ids(shipped, framework, control, SPECIFIED) != ids(shipped, framework, control, CURRENT)
    }

    assert differing <= shipped.frameworks[framework].reasons.keys()


def test_ids_of_shipped_files_are_quoted() -> None:
    """Every id in a shipped file stands in quotes, as an example to copy from."""
    unquoted = [
        line
        for path in framework_files()
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*- id: [^\"]", line)
    ]

    assert unquoted == []


@pytest.mark.parametrize(
    ("framework", "labels"),
    {
        "fedramp": ("Rev 5", "Rev 5"),
        "cmmc": ("2.13", "2.13"),
        "soc2": ("2017", "2017"),
        "cis": ("8", "8.1"),
        "pci_dss": ("3.2.1", "4.0.1"),
        "stig": ("V5R2", "V6R4"),
        "irap": ("December 2025", "December 2025"),
        "ismap": ("2013 numbering", "2013 numbering"),
        "sscf": ("1.0", "1.0"),
    }.items(),
)
def test_edition_is_known_for_both_mappings(
    shipped: Catalogue, framework: str, labels: tuple[str, str]
) -> None:
    """The short edition label differs between the mappings where the framework moved on."""
    assert (shipped.edition(framework, SPECIFIED), shipped.edition(framework, CURRENT)) == labels
    for mapping, label in zip((SPECIFIED, CURRENT), labels, strict=True):
        assert {r.edition for r in requirements(shipped, framework, mapping)} == {label}


def test_same_number_is_another_requirement_in_another_edition(shipped: Catalogue) -> None:
    """PCI DSS 8.3.1 has the title of its edition."""
    titles = {
        mapping: [r.title for r in requirements(shipped, "pci_dss", mapping) if r.id == "8.3.1"]
        for mapping in MappingName
    }

    assert titles[SPECIFIED] == [
        "MFA for administrators (non-console access to the cardholder environment)"
    ]
    assert titles[CURRENT] == ["All user access is authenticated"]


def test_says_that_an_id_is_withdrawn_absent_or_unverified(shipped: Catalogue) -> None:
    """Ids that are gone, never were or were not checked carry that status."""
    status = {
        (framework, requirement.id): requirement.status
        for framework in ORDER
        for requirement in requirements(shipped, framework, SPECIFIED)
    }

    assert status["irap", "ISM-0859"] == "withdrawn"
    assert status["ismap", "8.2.4"] == "absent"
    assert status["ismap", "16.1.1"] == "unverified"
    assert status["soc2", "CC7.3"] == "present"
    assert set(status.values()) <= set(STATUSES)


def test_a_control_may_support_nothing_in_a_framework(shipped: Catalogue) -> None:
    """PD-21 supports no requirement of the STIG in force, and the reason says so."""
    assert ids(shipped, "stig", "PD-21", CURRENT) == []
    assert "leave the cell empty" in shipped.frameworks["stig"].reasons["PD-21"]


def test_requirements_of_a_control_come_in_the_order_of_reports(shipped: Catalogue) -> None:
    """Requirements are ordered by framework, then by id in natural order, with their fit."""
    found = shipped.requirements("PD-18", CURRENT)
    known = shipped.requirements("PD-08", SPECIFIED)

    assert [(m.requirement.framework, m.requirement.id) for m in found] == [
        ("fedramp", "CP-2"),
        ("fedramp", "IR-4"),
        ("cmmc", "IR.L2-3.6.1"),
        ("soc2", "CC7.3"),
        ("soc2", "CC7.4"),
        ("cis", "17.2"),
        ("cis", "17.6"),
        ("pci_dss", "12.10.1"),
        ("pci_dss", "12.10.3"),
        ("stig", "APSC-DV-003340"),
        ("stig", "SRG-APP-000516"),
        ("irap", "ISM-0043"),
        ("ismap", "16.1.5"),
    ]
    assert {m.fit for m in found} == {Fit.GOOD, Fit.BROAD}
    assert [m.fit for m in known if m.requirement.framework == "soc2"] == [Fit.POOR]


def test_controls_of_a_requirement_depend_on_the_mapping(shipped: Catalogue) -> None:
    """SOC 2 CC3.1 is supported in the specified mapping only."""
    assert "PD-21" in shipped.controls_of("soc2", "CC3.1", SPECIFIED)
    with pytest.raises(KeyError, match=r"CC3\.1"):
        shipped.controls_of("soc2", "CC3.1", CURRENT)


def test_own_file_with_one_edition_is_both_mappings(write: Write) -> None:
    """A user's file without specified and current means the same in both mappings."""
    found = load_catalogue([write()])

    assert list(found.frameworks) == [*ORDER, "acme"]
    for mapping in MappingName:
        assert found.requirement_ids("acme", mapping) == ["4.2", "4.10"]
        assert found.controls_of("acme", "4.2", mapping) == ["PD-05", "PD-08"]
    assert found.requirements("PD-05", SPECIFIED)[-1].fit is Fit.GOOD
    assert found.requirements("PD-05", SPECIFIED)[-1].requirement == Requirement(
        "acme", "4.2", "2026", "Paging", "unverified", "asked for by the board"
    )


def test_own_file_may_have_two_editions(write: Write) -> None:
    """A user's file may tell the specified from the current mapping, with reasons."""
    framework = load_framework(write(SPLIT))

    assert framework.specified.requirements[0].controls == {"PD-01": Fit.WRONG}
    assert framework.current.requirements[0].controls == {"PD-01": None}
    assert framework.current.version == "second edition"
    assert framework.reasons == {"PD-01": "a is gone"}


@pytest.mark.parametrize(("line", "short"), [("short: Acme policy\n", "Acme policy"), ("", "acme")])
def test_framework_has_a_name_for_people(write: Write, line: str, short: str) -> None:
    """A file may say what people call the framework; its id does where it does not."""
    assert load_framework(write(line + OWN)).short == short


def test_own_files_follow_the_shipped_ones_by_name(write: Write) -> None:
    """The user's files come last, by name, whatever the order in which they were given."""
    files = framework_files([write(name="zebra.yaml"), write(name="acme.yml")])

    assert [path.stem for path in files] == [*ORDER, "acme", "zebra"]


def test_known_controls_may_be_given(write: Write) -> None:
    """An id is a control when the caller knows it, whatever the default."""
    path = write(OWN.replace("PD-25", "XX-1"))

    framework = load_framework(path, known_controls=["XX-1", "PD-05", "PD-08"])

    assert framework.specified.requirements[1].controls == {"XX-1": None}


def test_wheel_carries_the_files_in_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In an installed wheel the shipped files are those of ``_frameworks``."""
    packed = tmp_path / "_frameworks"
    packed.mkdir()
    (packed / "acme.yaml").write_text(OWN, encoding="utf-8")
    monkeypatch.setattr(pdsec_checks, "__file__", str(tmp_path / "__init__.py"))

    assert framework_files() == [packed / "acme.yaml"]


def test_marker_names_cost_no_yaml() -> None:
    """The names of the files are known without loading PyYAML."""
    code = (
        "import sys; from pdsec_checks.catalogue import framework_files;"
        "framework_files.framework_files(); sys.exit('yaml' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


def changed(old: str, new: str, base: str = OWN) -> str:
    """Return *base* with one passage replaced; the passage must be there."""
    assert old in base
    return base.replace(old, new, 1)


REFUSED: dict[str, tuple[str | bytes, int, str]] = {
    "unknown control": (changed("[PD-25]", "[PD-98]"), 7, "'PD-98' .*valid are PD-01, .*PD-25"),
    "unknown control with fit": (changed("PD-08: poor", "PD-8: poor"), 12, "'PD-8' .*valid are"),
    "number as control": (changed("[PD-25]", "[25]"), 7, "'25' under 'controls' is unknown"),
    "list as control": (changed("[PD-25]", "[[PD-25]]"), 7, "is a sequence; write a single value"),
    "control twice": (changed("[PD-25]", "[PD-25, PD-25]"), 7, "'PD-25' is listed twice; keep one"),
    "control twice with fit": (changed("PD-08", "PD-05"), 12, "'PD-05' is listed twice; keep one"),
    "no controls": (changed("[PD-25]", "[]"), 7, "'controls' is empty; name at least one"),
    "no controls with fit": (changed("[PD-25]", "{}"), 7, "'controls' is empty; name at least"),
    "text as controls": (changed("[PD-25]", "PD-25"), 7, "'controls' must be a list"),
    "bad fit": (changed("poor", "fair"), 12, "'fair' .*valid are broad, good, poor, wrong"),
    "bad status": (changed("unverified", "gone"), 11, "'gone' .*valid are absent, present"),
    "bad titles": (changed("edition:", "titles: ours\nedition:"), 3, "'ours' .*valid are official"),
    "bad cci": (
        changed("status:", "cci: [CCI-167]\n    status:"),
        11,
        "'CCI-167' is no CCI; write",
    ),
    "cci as text": (changed("status:", "cci: CCI-000167\n    status:"), 11, "'cci' must be a list"),
    "duplicate requirement": (changed('"4.2"', '"4.10"'), 8, r"'4\.10' stands in line 5 already"),
    "unquoted float id": (changed('"4.10"', "8.10"), 5, r'a YAML float; .*quotes: "8\.10"'),
    "unquoted int edition": (changed('"2026"', "2026"), 3, 'a YAML int; .*quotes: "2026"'),
    "unquoted date": (changed('"2026"', "2026-01-31"), 3, "a YAML timestamp"),
    "unquoted yes": (changed("Paging", "Yes"), 9, 'a YAML bool; .*quotes: "Yes"'),
    "empty title": (changed("Paging", ""), 9, "'title' is empty; fill it in"),
    "mapping as title": (changed("Paging", "{a: b}"), 9, "'title' is a mapping; write a single"),
    "custom tag": (changed("Paging", "!!python/name:os.system x"), 9, "python/name:os.system"),
    "misspelt key": (changed("edition", "editon"), 3, "'editon'; did you mean 'edition'"),
    "misspelt inner key": (changed("note", "notes"), 10, "'notes'; did you mean 'note'"),
    "misspelt edition": (changed("specified", "specifed", SPLIT), 3, "did you mean 'specified'"),
    "foreign key": (changed("note", "xyz"), 10, "'xyz'; valid are id, title, controls, status"),
    "key twice": (
        changed("edition:", "title: b\nedition:"),
        3,
        "'title' is listed twice; keep one",
    ),
    "missing title": (changed("title: Acme security policy\n", ""), 1, "'title' is missing"),
    "missing controls": (changed("    controls: [PD-25]\n", ""), 5, "'controls' is missing; add"),
    "missing requirements": ("\n\nid: acme\ntitle: t\n", 3, "'requirements' is missing; add it"),
    "missing current": (SPLIT[: SPLIT.index("current")], 1, "'current' is missing; add it"),
    "missing edition": (changed('  edition: "1"\n', "", SPLIT), 4, "'edition' is missing; add"),
    "both shapes": (SPLIT + "version: v\n", 18, "'version' stands beside .*move it into both"),
    "text as requirement": (changed("- id", "- text\n  - id"), 5, "must be a mapping: lines such"),
    "mapping as requirements": ("id: acme\ntitle: t\nrequirements: {}\n", 3, "must be a list"),
    "unknown control in reasons": (SPLIT + "  PD-99: x\n", 18, "'PD-99' .*valid are PD-01"),
    "list as reasons": (SPLIT[: SPLIT.index("  PD-01: a")] + "- x\n", 16, "must be a mapping"),
    "other id": (changed("acme", "acne"), 1, "'acne' .*name the file 'acne.yaml', or write"),
    "empty": ("", 1, "is empty; it needs 'id', 'title' and 'requirements'"),
    "list": ("- id: acme\n", 1, "'the file' must be a mapping"),
    "two documents": (OWN + "---\n" + OWN, 13, "is not valid YAML: .*; correct this line"),
    "bad YAML": (changed("[PD-25]", "[PD-25"), 8, "is not valid YAML: .*; correct this line"),
    "bad indentation": (changed("    title: P", "   title: P"), 9, "is not valid YAML"),
    "not UTF-8": (OWN.replace("Paging", "Pagïng").encode("latin-1"), 9, "save the file as .*UTF-8"),
    "control character": (changed("Paging", "Pa\x07ging"), 9, "is not valid YAML"),
}


@pytest.mark.parametrize(("text", "line", "problem"), REFUSED.values(), ids=REFUSED)
def test_refuses_a_file_and_says_where(
    write: Write, text: str | bytes, line: int, problem: str
) -> None:
    """A framework file that is not right is refused with file, line and way out."""
    path = write(text)

    with pytest.raises(FrameworkFileError) as caught:
        load_framework(path)

    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert re.search(problem, str(caught.value))
    assert (caught.value.path, caught.value.line) == (path, line)


@pytest.mark.parametrize("name", ["pci-dss", "2fa", "class", "None", "_own", "high", "skip", "a b"])
def test_refuses_a_name_that_cannot_be_a_marker(write: Write, name: str) -> None:
    """A file whose name pytest cannot use as a marker is refused, by its name and by its id."""
    path = write(changed("acme", name), name=f"{name}.yaml")

    with pytest.raises(FrameworkFileError, match=f"{name}.yaml:1: .*give the file another name"):
        framework_files([path])
    with pytest.raises(FrameworkFileError, match=f"{name}.yaml:1: "):
        load_framework(path)


def test_refuses_two_files_with_the_same_id(write: Write) -> None:
    """Two files with one id are refused, also when one of them is shipped."""
    first, second = write(), write(name="other/acme.yaml")
    shadow = write(changed("acme", "soc2"), name="soc2.yaml")

    with pytest.raises(FrameworkFileError, match=r"other.acme\.yaml:1: .*acme.* rename this file"):
        load_catalogue([first, second])
    with pytest.raises(FrameworkFileError, match=r"soc2\.yaml:1: .*soc2\.yaml is the framework"):
        load_catalogue([shadow])


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that does not exist is a usage error that names it."""
    with pytest.raises(UsageError, match=r"acme\.yaml:1: cannot be read: No such file"):
        load_catalogue([tmp_path / "acme.yaml"])


def test_refuses_the_same_things_without_the_c_parser(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where PyYAML was built without libyaml, files and errors are the same."""
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)

    assert load_framework(write()).id == "acme"
    with pytest.raises(FrameworkFileError, match=r"acme\.yaml:8: is not valid YAML"):
        load_framework(write(changed("[PD-25]", "[PD-25")))


def test_framework_is_what_its_file_says(shipped: Catalogue) -> None:
    """Publisher, source, licence and notes of a framework are at hand for the documentation."""
    stig: Any = shipped.frameworks["stig"]

    assert stig.publisher == "Defense Information Systems Agency (DISA)"
    assert stig.source.endswith("https://public.cyber.mil/stigs/")
    assert stig.licence == "US Government work, public domain in the United States"
    assert stig.titles == "official, shortened"
    assert stig.note.startswith("SRG-APP-nnnnnn is an SRG requirement")
