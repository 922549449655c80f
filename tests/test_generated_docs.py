"""The documentation that repeats the code is generated, and up to date."""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from pdsec_checks.commands.inspect import parser
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import MappingName, Requirement
from tests.support.processes import ROOT

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"\]\((?!https?:|#|\.\./\.\./)([^)#\s]+)")
"""To a file of the repository; what is two folders above it is one of GitHub's own pages."""


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """Load ``docs/generate.py``."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_is_up_to_date(generate: ModuleType) -> None:
    """Tables, lists and every control page are what the generator writes."""
    assert generate.main(["--check"]) == 0


@pytest.mark.parametrize("between", ["", "old\n", "old\nrows\n"])
def test_the_table_replaces_whatever_was_there(generate: ModuleType, between: str) -> None:
    """An empty block is filled like any other, and filling it twice changes nothing."""
    text = f"a\n<!-- controls -->\n{between}<!-- /controls -->\nb\n"
    filled = generate.filled(text, "controls", "| table |")

    assert filled == "a\n<!-- controls -->\n| table |\n<!-- /controls -->\nb\n"
    assert generate.filled(filled, "controls", "| table |") == filled


def test_a_file_without_the_markers_is_an_error(generate: ModuleType) -> None:
    """A generator that finds no place to write says so."""
    with pytest.raises(ValueError, match="needs the markers"):
        generate.filled("no markers", "controls", "| table |")


def cells(row: str) -> list[str]:
    """Return the cells of a table's row, as GitHub reads them."""
    return [unescape(each.strip()) for each in row.split("|")[1:-1]]


@pytest.mark.parametrize("text", ["a | b", "a||b", "|", "two\nlines", "a \\| b"])
def test_no_text_adds_a_cell_to_a_table(generate: ModuleType, text: str) -> None:
    """Bars and line ends of titles, names and ids are text, wherever a table repeats them."""
    control = replace(shipped_controls()[0], title=text)
    requirement = Requirement("soc2", text, text, text)
    mapped = SimpleNamespace(requirement=requirement, rating="good")
    catalogue = SimpleNamespace(requirements=lambda *_: [mapped], doubt=lambda *_: "")
    one_line = text.replace("\n", " ")

    row = cells(generate.table([control]).splitlines()[-1])
    assert row[1:] == [control.severity, "core", one_line]
    section = generate.requirements(control, catalogue, MappingName.SPECIFIED, "as specified")
    assert cells(section[4]) == ["soc2", one_line, one_line, one_line, "good"]
    assert len(cells(generate.row(text, text))) == 2


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_rows_of_each_table_have_as_many_cells_as_its_head(page: Path) -> None:
    """GitHub drops what is beyond the cells of the head, and says nothing."""
    widths: list[int] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        widths = [*widths, len(cells(line))] if line.startswith("|") else []
        assert len(set(widths)) <= 1, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_to_a_file(page: Path) -> None:
    """A page names no file that was moved or is gone."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [each for each in targets if not (page.parent / each).exists()] == []


def variables_read() -> set[str]:
    """Return the names of all variables of ours that stand in the code as a text of their own."""
    trees = (ast.parse(path.read_bytes()) for path in (ROOT / "pdsec_checks").rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = (node.value for node in nodes if isinstance(node.value, str))
    return {text for text in texts if re.fullmatch(r"PAGERDUTY_[A-Z_]*[A-Z]", text)}


def test_every_variable_that_is_read_is_documented() -> None:
    """README has each of them, and so has the help of the command."""
    readme, help_text = (ROOT / "README.md").read_text("utf-8"), parser().format_help()
    read = variables_read()

    assert {"PAGERDUTY_API_KEY", "PAGERDUTY_OAUTH_TOKEN_URL", "PAGERDUTY_USER_EMAIL"} <= read
    assert {name for name in read if not re.search(rf"{name}\b", readme)} == set()
    assert {name for name in read if not re.search(rf"{name}\b", help_text)} == set()
