"""Calls the command in this process, for what needs neither pytest nor an account."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from pdsec_checks import cli


class Said(NamedTuple):
    """What a call of the command came to."""

    code: int
    out: str
    err: str


class Command:
    """The command, called from a folder of its own without an environment of ours."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self._capsys = capsys
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "100")
        for name in ("API_KEY", "TOKEN", "REGION", "BASE_URL", "USER_EMAIL", "REPLAY"):
            monkeypatch.delenv(f"PAGERDUTY_{name}", raising=False)

    def __call__(self, *arguments: str) -> Said:
        """Run the command to its end."""
        try:
            code = cli.main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Said(code, *self._capsys.readouterr())
