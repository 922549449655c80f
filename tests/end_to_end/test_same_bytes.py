"""A recording gives the same bytes for ever, whatever the machine, the clock and the workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.support import reading
from tests.support.processes import run_pytest

LATER = """
import time_machine

time_machine.travel("2031-02-03T04:05:06Z").start()
"""


def reports(folder: Path, *arguments: str, **variables: str) -> dict[str, bytes]:
    """Replay the demo account in *folder* with every report on, and return what was written."""
    folder.mkdir()
    (folder / "later.py").write_text(LATER)
    ended = run_pytest(
        folder,
        "--pd-replay=demo",
        *(f"--pd-{name}=reports/{file}" for name, file in REPORT_FORMATS.items()),
        *arguments,
        simulator=None,
        target="",
        **variables,
    )
    assert ended.code == 1, ended.text
    return {path.name: path.read_bytes() for path in (folder / "reports").iterdir()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the reports of a plain replay."""
    return reports(tmp_path_factory.mktemp("plain") / "folder")


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        pytest.param(
            ["-p", "later"],
            {"TZ": "Australia/Sydney", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
            id="later and elsewhere",
        ),
        reading.in_ci(
            ["-p", "later", "-n", "2"],
            {"TZ": "America/Lima", "PYTHONHASHSEED": "2"},
            name="and with workers",
        ),
    ],
)
def test_a_replay_writes_the_same_bytes(
    tmp_path: Path, expected: dict[str, bytes], arguments: list[str], variables: dict[str, str]
) -> None:
    """Workers, date, time zone, locale and hash seed leave no trace in any report."""
    folder = tmp_path / "folder"
    written = reports(folder, *arguments, **variables, PYTHONPATH=os.fspath(folder))

    assert set(written) == set(REPORT_FORMATS.values())
    assert [name for name in written if written[name] != expected[name]] == []
