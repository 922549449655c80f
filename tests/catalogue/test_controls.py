"""Controls read off their source: the same as those that are imported, and strict with others'."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pdsec_checks.catalogue.controls import own_sources, read_folder, shipped_ids, shipped_sources
from pdsec_checks.errors import UsageError
from pdsec_checks.judging.controls import data_sets, shipped_controls
from pdsec_checks.model import Figure
from tests.support.additions import CONTROL


def test_source_says_what_the_imported_control_says() -> None:
    """Text, severity and arguments read from the source are those of the imported functions."""
    read = [
        (each.id, each.title, each.severity, each.rationale, each.remediation, each.limits,
         each.help, each.causes, each.figures, data_sets(each.arguments))
        for each in shipped_sources()
    ]  # fmt: skip
    imported = [
        (each.id, each.title, each.severity, each.rationale, each.remediation, each.limits,
         each.help, each.causes, each.figures, each.needs)
        for each in shipped_controls()
    ]  # fmt: skip

    assert read == imported
    assert [each.id for each in shipped_controls()] == list(shipped_ids())


def test_controls_are_read_when_somebody_asks_for_them() -> None:
    """The plugin, which every run of pytest loads, reads no control; a run reads them once."""
    code = (
        "import sys, pdsec_checks.plugin; from pdsec_checks.catalogue.controls import shipped_ids;"
        "sys.exit(shipped_ids.cache_info().misses)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert shipped_ids() is shipped_ids()


def test_controls_are_found_in_sub_folders(tmp_path: Path) -> None:
    """Every ``test_*.py`` below the folder counts; other files do not."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "test_a.py").write_text(CONTROL)
    (tmp_path / "helpers.py").write_text("def test_nothing(): pass")

    assert [each.id for each in own_sources(tmp_path)] == ["ACME-01"]


REFUSED = {
    "no marker": (CONTROL.replace('@pytest.mark.control("ACME-01")', ""), "is no control: give it"),
    "small letters": (CONTROL.replace("ACME-01", "acme-01"), "'acme-01' is no control id"),
    "one digit": (CONTROL.replace("ACME-01", "ACME-1"), "'ACME-1' is no control id; write it like"),
    "leading zero": (CONTROL.replace("ACME-01", "ACME-001"), "'ACME-001' is no control id"),
    "no id": (CONTROL.replace('("ACME-01")', ""), "'' is no control id"),
    "no severity": (CONTROL.replace("@pytest.mark.high", ""), "exactly one marker of critical"),
    "two": (CONTROL.replace("mark.high", "mark.high\n@pytest.mark.low"), "exactly one marker of"),
    "in a class": ("class TestAcme:\n    def test_it(self): ...", "test_it is no control"),
    "no Python": ("def", "test_a.py:1: is not valid Python"),
    "null": ("\0", "test_a.py:1: is not valid Python"),
    "ours": (CONTROL.replace("ACME-01", "PD-05"), "PD-05 is reserved for the product"),
    "later": (CONTROL.replace("ACME-01", "PD-99"), "PD-99 is reserved .*; choose another id"),
    "unknown cause": (
        CONTROL.replace("assert", 'fail("none", cause="no-text")\n    assert'),
        "cause 'no-text', and its docstring has no paragraph 'Remediation no-text:'",
    ),
    "no figures": (
        CONTROL.replace("Limits: ", "Worse: when there are more"),
        "the paragraph Worse: names figures of the evidence, as in 'more privileged_users",
    ),
    "figures without commas": (
        CONTROL.replace("Limits: ", "Worse: more words less lines"),
        "the paragraph Worse: names figures of the evidence",
    ),
    "misspelt figure": (
        CONTROL.replace("Limits: ", "Worse: less letters\n    Limits: ").replace(
            "assert ", 'evidence["leters"] = 1\n    assert '
        ),
        r'test_service_has_description gets worse by less letters, .* set evidence\["letters"\]',
    ),
    "nothing": ("", "there is no control in it; a control is a test function"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_control_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A test that is no control would be judged by nobody, so it is an error that names it."""
    (tmp_path / "test_a.py").write_text(text)

    with pytest.raises(UsageError, match=said):
        own_sources(tmp_path)


HANDED_OVER = {
    "evidence": 'evidence["letters"] = 1\n    assert ',
    "fail": 'fail("no text", cause="", letters=1)\n    assert ',
}


@pytest.mark.parametrize("text", HANDED_OVER.values(), ids=HANDED_OVER)
def test_figures_are_read_in_their_order(tmp_path: Path, text: str) -> None:
    """A figure counts that is in the evidence, or is handed to ``fail``."""
    control = CONTROL.replace("Limits: ", "Worse: less letters,\n    more letters.\n    Limits: ")
    control = control.replace("assert ", text).replace('cause="", ', "")
    (tmp_path / "test_a.py").write_text(control)
    (found,) = own_sources(tmp_path)

    assert found.figures == (Figure("letters", more=False), Figure("letters", more=True))
    assert found.limits == "Nobody can tell whether the description is any good."


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    """Both files are named."""
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(CONTROL)

    with pytest.raises(UsageError, match=r"test_b.py: ACME-01 is in .*test_a.py already"):
        read_folder(tmp_path)


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder in the place of a file is an error, not a control less."""
    (tmp_path / "test_a.py").mkdir()

    with pytest.raises(UsageError, match=r"test_a.py: cannot be read: "):
        read_folder(tmp_path)
