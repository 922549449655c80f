"""``controls`` and ``frameworks`` say of an id that nobody should cite why, and what to cite."""

from __future__ import annotations

import json

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.catalogue.framework_files import ORDER
from tests.commands.helpers import Command
from tests.support.citations import doubtful, ids_instead, passages, untold
from tests.support.findings import catalogue
from tests.support.processes import ROOT


@pytest.mark.parametrize("control", shipped_ids())
def test_controls_show_and_its_page_say_it(control: str, command: Command) -> None:
    """``controls show`` and the page of a control have the rating and the way out."""
    said = " ".join(command("controls", "show", control).out.split())
    page = (ROOT / "docs" / "controls" / f"{control}.md").read_text("utf-8")

    for mapped in doubtful(control).values():
        doubt, each = catalogue().doubt(control, mapped), mapped.requirement
        assert f"{each.title} ({doubt})" in said
        title = each.title.replace("|", "&#124;")
        assert f"| {each.id} | {title} | {doubt} |" in page


@pytest.mark.parametrize("framework", ORDER)
def test_frameworks_show_says_it(framework: str, command: Command) -> None:
    """``frameworks show`` has behind each control whether not to cite it, and what instead."""
    said = " ".join(command("frameworks", "show", framework).out.split())
    plain = json.loads(command("frameworks", "show", framework, "--format", "json").out)
    instead = {each["id"]: each["instead"] for each in plain["requirements"] if each["specified"]}

    for control in shipped_ids():
        for mapped in doubtful(control).values():
            if mapped.requirement.framework == framework:
                assert f"{control} ({catalogue().doubt(control, mapped)})" in said
                assert instead[mapped.requirement.id][control] == ids_instead(control, mapped)


def test_no_document_of_controls_names_an_id_without_saying_so(command: Command) -> None:
    """What scripts read of ``controls`` has the rating and the way out where it has the id."""
    every = {each["id"]: each for each in json.loads(command("controls", "--format", "json").out)}

    assert set(every) == {*shipped_ids()}
    for control, listed in every.items():
        shown = json.loads(command("controls", "show", control, "--format", "json").out)
        for plain in (listed, shown):
            assert [
                untold(each, control) for each in passages(plain) if untold(each, control)
            ] == []
            assert {each["id"] for each in plain["requirements"]} >= {
                mapped.requirement.id for mapped in doubtful(control).values()
            }
