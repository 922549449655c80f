"""The hooks of the plugin that stand in ``plugin.py`` itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdsec_checks import plugin

FOLDERS = sorted(each for each in plugin.PACKAGE.iterdir() if each.is_dir())


@pytest.mark.parametrize("folder", [pytest.param(each, id=each.name) for each in FOLDERS])
def test_no_folder_with_a_control_is_left_out(folder: Path) -> None:
    """Of the package pytest walks through what holds controls, and through nothing else."""
    holds_controls = any(folder.rglob("test_*.py"))

    assert plugin.pytest_ignore_collect(folder) is (None if holds_controls else True)


@pytest.mark.parametrize("path", ["reports", "tests/pdsec_checks/reports", "controls"])
def test_folders_of_others_are_left_alone(tmp_path: Path, path: str) -> None:
    """Whatever they are called."""
    assert plugin.pytest_ignore_collect(tmp_path / path) is None
