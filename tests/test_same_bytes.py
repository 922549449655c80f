"""A recording gives the same bytes for ever, whatever the machine, the clock and the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import run_pytest

REPORTS = ("inspection.json", "inspection.csv")


def reports(folder: Path, *arguments: str, **variables: str) -> dict[str, bytes]:
    """Replay the demo account in *folder*, and return what was written."""
    folder.mkdir()
    run_pytest(
        folder,
        "--pd-replay=demo",
        *(f"--pd-{Path(name).suffix[1:]}={name}" for name in REPORTS),
        *arguments,
        simulator=None,
        target="",
        **variables,
    )
    return {name: (folder / name).read_bytes() for name in REPORTS}


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["-n", "2"], {}),
        ([], {"TZ": "Australia/Sydney", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
        ([], {"TZ": "America/Lima", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}),
    ],
)
def test_a_replay_writes_the_same_bytes(
    tmp_path: Path, arguments: list[str], variables: dict[str, str]
) -> None:
    """Workers, time zone, locale and hash seed leave no trace in JSON and CSV."""
    expected = reports(tmp_path / "plain")

    assert reports(tmp_path / "other", *arguments, **variables) == expected
