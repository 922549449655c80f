"""What the tests of the sub-commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.helpers import Command


@pytest.fixture
def command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Return the command, in an empty folder."""
    return Command(tmp_path, capsys, monkeypatch)
