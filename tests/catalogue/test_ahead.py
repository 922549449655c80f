"""What is read ahead is what the sources say, and counts only for these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue import ahead, controls, framework_files
from pdsec_checks.catalogue.consequences import CLASS_OF
from pdsec_checks.catalogue.controls import SHIPPED, WrittenControl
from pdsec_checks.catalogue.frameworks import Framework

Sources = Callable[[], list[Path]]
READ_AHEAD: dict[str, tuple[Sources, Any]] = {
    "controls": (controls.sources_ahead, list[WrittenControl]),
    "frameworks": (framework_files.sources_ahead, list[Framework]),
}


@pytest.mark.parametrize("name", READ_AHEAD)
def test_what_is_read_ahead_is_that_of_these_sources(name: str) -> None:
    """A run finds what it needs; ``python docs/generate.py`` makes it so after a change."""
    sources, kind = READ_AHEAD[name]

    assert ahead.known(name, sources(), kind)


def test_controls_are_what_their_files_say() -> None:
    """Each control is the same as read off its source, its file included."""
    assert controls.shipped_sources() == controls.read_folder(SHIPPED)


def test_frameworks_are_what_their_files_say() -> None:
    """Each framework is the same as read from its YAML, in the same order."""
    known = {*CLASS_OF, *controls.shipped_ids()}
    files = framework_files.framework_files()
    read = [framework_files.load_framework(each, known) for each in files]

    assert framework_files.load_shipped(known) == read


def test_without_it_the_sources_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package that lost the files says the same, only later."""
    before = controls.shipped_sources(), framework_files.load_catalogue()
    monkeypatch.setattr(ahead, "FOLDER", tmp_path)

    for name, (sources, kind) in READ_AHEAD.items():
        said = ahead.known(name, sources(), kind)
        assert said is None
    assert (controls.shipped_sources(), framework_files.load_catalogue()) == before


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a source of which is read ahead where it stands, under its number."""
    monkeypatch.setattr(ahead, "FOLDER", tmp_path / "read_ahead")
    ahead.FOLDER.mkdir()
    path = tmp_path / "a.yaml"
    path.write_text("1", encoding="utf-8")
    ahead.file_of("numbers").write_text(ahead.written([path], {"one": path}), encoding="utf-8")
    return path


def test_it_is_read_with_the_paths_of_its_sources(source: Path) -> None:
    """A path is written as the name of its file, wherever the package is installed."""
    assert ahead.known("numbers", [source], dict[str, Path]) == {"one": source}
    assert str(source.parent) not in ahead.file_of("numbers").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["2", "1 ", ""])
def test_an_edited_source_is_read_itself(source: Path, content: str) -> None:
    """What was read of a source that says something else by now counts for nothing."""
    source.write_text(content, encoding="utf-8")

    assert ahead.known("numbers", [source], dict[str, Path]) is None


def test_another_source_is_read_itself(source: Path) -> None:
    """One more, one less and one of another name are other sources."""
    other = source.with_name("b.yaml")
    other.write_text("1", encoding="utf-8")

    for sources in ([], [other], [source, other], [source, source.with_name("gone.yaml")]):
        assert ahead.known("numbers", sources, dict[str, Path]) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"digest": 1}', '{"digest": "", "said": {}}'])
def test_what_is_no_answer_counts_for_nothing(source: Path, text: str) -> None:
    """A file that is broken, or of another version, is as good as none."""
    ahead.file_of("numbers").write_text(text, encoding="utf-8")

    assert ahead.known("numbers", [source], dict[str, Path]) is None
    assert ahead.known("letters", [source], dict[str, Path]) is None


def test_another_kind_counts_for_nothing(source: Path) -> None:
    """What was read by code that knew other fields is read anew."""
    assert ahead.known("numbers", [source], dict[str, int]) is None
