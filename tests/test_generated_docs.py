"""The documentation that repeats the code is generated, and up to date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_to_a_file(page: Path) -> None:
    """A page names no file that was moved or is gone."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [each for each in targets if not (page.parent / each).exists()] == []
