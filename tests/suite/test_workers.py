"""The folder that workers share: kept while its maker lives, removed by whoever finds it later."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from pdsec_checks.suite.stopping import Workers
from pdsec_checks.suite.workers import (
    BEGUN,
    NEW,
    OWNER,
    REFUSED,
    SNAPSHOT,
    SharedFolder,
    end_worker_of,
    leave,
    sweep,
    sweep_all,
)
from tests.support.calls import run_pytest
from tests.support.judged import a_snapshot


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let temporary folders be made in a folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(folder: Path, name: str, *, age: float = 2 * NEW) -> Path:
    """Make a shared folder whose maker is no more."""
    path = folder / name
    path.mkdir()
    (path / OWNER).touch()
    (path / "snapshot.json.gz").touch()
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def test_what_a_run_left_behind_is_removed(temporary: Path) -> None:
    """The folder of a run that nobody could stop in time goes with the next run."""
    left_behind(temporary, "pdsec-old")
    sweep_all()

    assert list(temporary.iterdir()) == []


def test_what_is_in_use_stays(temporary: Path) -> None:
    """A folder whose maker lives is left alone, however old it is; the maker removes it."""
    shared = SharedFolder()
    os.utime(shared.path, (0, 0))
    sweep_all()
    sweep(shared.path)

    assert list(temporary.iterdir()) == [shared.path]
    shared.remove()
    assert list(temporary.iterdir()) == []


def test_what_may_be_somebody_s_stays(temporary: Path) -> None:
    """A folder that was only just made, one without an owner, a link and a file are not ours."""
    kept = [left_behind(temporary, "pdsec-new", age=0), temporary / "pdsec-other"]
    kept[1].mkdir()
    (temporary / "elsewhere").mkdir()
    kept += [temporary / "elsewhere", temporary / "pdsec-link", temporary / "pdsec-file"]
    kept[3].symlink_to(left_behind(kept[2], "target"))
    kept[4].touch()
    for each in kept[1:]:
        os.utime(each, (0, 0), follow_symlinks=False)
    sweep_all()

    assert sorted(temporary.iterdir()) == sorted(kept)
    assert (kept[3] / OWNER).exists()


def test_a_folder_knows_who_works_in_it(temporary: Path) -> None:
    """A worker that collected a control leaves the id of its process."""
    shared, unused = SharedFolder(), SharedFolder()
    (shared.path / f"{BEGUN}17").touch()

    assert {shared.path.parent, unused.path.parent} == {temporary}
    assert (shared.is_used, unused.is_used) == (True, False)
    assert list(shared.workers) == [17]
    shared.remove()


def test_a_late_worker_brings_no_folder_back(temporary: Path) -> None:
    """What a worker writes once the run is over, a note or the account, is written nowhere."""
    shared = SharedFolder()
    shared.remove()
    leave(shared.path / REFUSED, "too late")
    with pytest.raises(FileNotFoundError):
        a_snapshot().write(shared.path / SNAPSHOT)

    assert list(temporary.iterdir()) == []


def test_a_worker_removes_what_was_made_anew(temporary: Path) -> None:
    """The lock on the account makes its folder, also one that another worker has removed."""
    shared = SharedFolder()
    end_worker_of(shared.path)
    assert shared.path.exists()

    shared.remove()
    shared.path.mkdir()
    (shared.path / "account.lock").touch()
    end_worker_of(shared.path)

    assert list(temporary.iterdir()) == []


def test_a_run_that_is_stopped_before_it_is_an_inspection_leaves_nothing(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM ends it as ever, once the folder that its workers would have shared is gone."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    workers = Workers(SharedFolder(), lambda: False)
    workers._stop(signal.SIGTERM, None)

    assert sent == [(os.getpid(), signal.SIGTERM)]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("option", ["--pd-json", "--pd-replay", "--pd-resource", "--junitxml"])
def test_workers_are_told_no_name_that_is_no_text(tmp_path: Path, option: str) -> None:
    """An argument with bytes that are no UTF-8 cannot be sent to them: one sentence says so."""
    ended = run_pytest(tmp_path, f"{option}=name\udcff", "-n", "1")

    assert ended.code == 4
    assert f"{option}=name\\udcff: workers cannot be told a name that is no UTF-8" in ended.err
