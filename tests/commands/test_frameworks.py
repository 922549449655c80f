"""``frameworks``: the list, and one framework requirement by requirement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.model import MappingName
from tests.commands.helpers import Command
from tests.support.additions import write_additions
from tests.support.calls import run_command
from tests.support.processes import ROOT


def used(name: str, mapping: MappingName) -> list[dict[str, Any]]:
    """Return the requirements in the file of a framework that a control supports."""
    plain = yaml.safe_load((ROOT / "frameworks" / f"{name}.yaml").read_text("utf-8"))
    return [each for each in plain.get(mapping.value, plain)["requirements"] if each["controls"]]


def test_list_has_a_line_for_each_framework(command: Command) -> None:
    """Name, editions of both mappings, number of requirements and title."""
    said = command("frameworks")

    assert said.code == 0
    lines = said.out.partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == ["framework", *ORDER]
    specified, current = (len(used("pci_dss", mapping)) for mapping in MappingName)
    counts = f"{specified} / {current}"
    assert f"pci_dss   3.2.1 / 4.0.1 {counts:>21}  Payment Card Industry" in lines[5]


def test_list_says_why_a_report_may_count_fewer(command: Command, tmp_path: Path) -> None:
    """The numbers are those of each mapping, and a report goes by one of them."""
    said = command("frameworks").out
    whole = ("--controls-set=extended", "--output=inspection.json")
    report = run_command(tmp_path, "--replay=demo", *whole).report

    for name in ORDER:
        counted = report["summary"]["framework"][name]["requirements"]
        assert counted == len(used(name, MappingName.SPECIFIED))
    assert "requirements of its own mapping (--mapping)" in " ".join(said.split())


def test_show_goes_requirement_by_requirement(command: Command) -> None:
    """Both mappings stand side by side, with edition and fit; what has no control says so."""
    out = command("frameworks", "show", "soc2").out

    assert "licence     Copyright AICPA" in out
    assert (
        "CC3.1       Clear objectives as the basis for risk assessment\n"
        "  specified (2017)  PD-21 (poor: current 2017 CC3.2 and CC6.1)\n"
        "  current (2017)    no control\n"
    ) in out
    assert (
        "CC3.2       Identification and analysis of risks\n"
        "  specified (2017)  no control\n"
        "  current (2017)    PD-21 (broad)\n"
    ) in out
    assert "none of them says that one is satisfied" in out


def test_requirements_that_do_not_exist_say_so(command: Command) -> None:
    """An id that the edition does not have, or has withdrawn, is marked."""
    shown = [command("frameworks", "show", name).out for name in ORDER]

    assert any("(absent)" in out for out in shown)
    assert any("(unverified)" in out for out in shown)


def test_json_has_the_same_for_programs(command: Command) -> None:
    """``--format json`` is a list, or one object with ``show``."""
    listed = json.loads(command("frameworks", "--format=json").out)
    shown = json.loads(command("frameworks", "show", "soc2", "--format=json").out)

    assert [each["id"] for each in listed] == list(ORDER)
    assert shown in listed
    assert shown["editions"]["current"]["edition"] == "2017"
    first = shown["requirements"][0]
    assert (first["id"], first["specified"], first["current"]) == ("CC3.1", {"PD-21": "poor"}, {})


def test_oscal_is_a_mapping(command: Command) -> None:
    """``--format oscal`` maps to all frameworks, or to the one that is shown."""
    listed = json.loads(command("frameworks", "--format=oscal").out)["mapping-collection"]
    shown = json.loads(command("frameworks", "show", "soc2", "--format=oscal").out)

    assert len(listed["mappings"]) == len(ORDER)
    assert [each["mapping-description"] for each in shown["mapping-collection"]["mappings"]] == [
        "SOC 2, Trust Services Criteria (common criteria of the Security category)"
    ]


def test_a_framework_without_anything_to_cite_is_no_mapping(command: Command) -> None:
    """An empty mapping is refused, with the way out."""
    (command.folder / "acme.yaml").write_text(
        "id: acme\ntitle: Acme\nrequirements:\n  - {id: A, title: a, controls: {PD-05: wrong}}\n"
    )
    (command.folder / "pdsec.toml").write_text("frameworks = ['acme.yaml']")

    ended = command("frameworks", "show", "acme", "--format=oscal")

    assert ended.code == 4
    assert "acme: no control can be cited for a requirement in its current edition" in ended.err


def test_own_framework_is_shown_with_what_it_leaves_out(command: Command) -> None:
    """An own framework may have no edition; controls without a requirement of it are named."""
    write_additions(command.folder)
    out = command("frameworks", "show", "acme").out

    assert "4.2         Paging\n  specified  ACME-01, PD-22\n" in out
    assert "current: nothing for PD-01, PD-02" in out
    assert "acme " in command("frameworks").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show"], "show needs a framework, such as soc2; list needs none"),
        (["show", "sok2"], "there is no framework 'sok2'; did you mean 'soc2'?"),
        (["show", "xyz"], "there is no framework 'xyz'; valid: fedramp, cmmc"),
    ],
)
def test_wrong_words_end_with_four(command: Command, arguments: list[str], said: str) -> None:
    """The message names what would be right."""
    ended = command("frameworks", *arguments)

    assert (ended.code, ended.out) == (4, "")
    assert said in ended.err
