"""What ``SECURITY.md`` says about trust: whose files may run code, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.additions import CONTROL, write_additions
from tests.support.calls import run_command

MARK = "it ran"
HARMFUL = f"""\
interactions: []
metadata:
  pagerduty-sec-inspector: !!python/object/apply:os.mkdir ["{MARK}"]
version: 1
"""


@pytest.mark.parametrize("words", [["--replay"], ["recordings", "show"]])
def test_a_recording_is_data(tmp_path: Path, words: list[str]) -> None:
    """A YAML tag that would make a Python object is refused; nothing of it runs."""
    (tmp_path / "tape.yaml").write_text(HARMFUL, encoding="utf-8")
    ended = run_command(tmp_path, *words, "tape.yaml")

    assert (ended.code, "not a recording that can be read" in ended.err) == (4, True)
    assert not (tmp_path / MARK).exists()


READING = ("config check", "config show", "controls", "controls show ACME-01", "frameworks")


@pytest.mark.parametrize("line", READING)
def test_own_controls_are_read_without_being_run(tmp_path: Path, line: str) -> None:
    """What only looks at the configuration imports nothing from the folder of own controls."""
    running(tmp_path)
    ended = run_command(tmp_path, *line.split())

    assert ended.code == 0, ended.text
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("line", ["--replay demo-compliant --controls 5", "--plan"])
def test_an_inspection_runs_own_controls(tmp_path: Path, line: str) -> None:
    """Whoever names a folder of controls runs what is in it, chosen or not."""
    running(tmp_path)
    ended = run_command(tmp_path, *line.split(), PAGERDUTY_API_KEY="not-used")

    assert ended.code == 0, ended.text
    assert (tmp_path / MARK).exists()


def running(folder: Path) -> None:
    """Write an own control that leaves a mark when it is imported."""
    mark = f"import pathlib\n\npathlib.Path({MARK!r}).touch()\n"
    write_additions(folder, control=CONTROL.replace("import pytest\n", f"{mark}import pytest\n", 1))
