"""The hooks of the plugin that stand in ``plugin.py`` itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdsec_checks import plugin
from pdsec_checks.catalogue.controls import SHIPPED

IN_PACKAGE = sorted(SHIPPED.parent.iterdir())


@pytest.mark.parametrize("path", [pytest.param(each, id=each.name) for each in IN_PACKAGE])
def test_nothing_with_a_control_is_left_out(path: Path) -> None:
    """Of the package pytest walks through what holds controls, and through nothing else."""
    holds_controls = any(path.rglob("test_*.py"))

    assert plugin.pytest_ignore_collect(path) is (None if holds_controls else True)


@pytest.mark.parametrize("path", ["reports", "tests/pdsec_checks/reports", "controls"])
def test_folders_of_others_are_left_alone(tmp_path: Path, path: str) -> None:
    """Whatever they are called."""
    assert plugin.pytest_ignore_collect(tmp_path / path) is None
