"""The garbage collector looks less often while controls are judged, and as before afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import output
from pdsec_checks.baseline import Baseline
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import Account, Unreadable, View
from pdsec_checks.suite.collector import NEW_OBJECTS, Collector
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.fails import snapshot_of
from tests.support.judged import CONTROLS, NOTHING

OWN = (777, 11, 12)


@pytest.fixture(autouse=True)
def own_thresholds() -> Iterator[None]:
    """Let the collector have thresholds that nobody else sets."""
    kept = gc.get_threshold()
    gc.set_threshold(*OWN)
    yield
    gc.unfreeze()
    gc.set_threshold(*kept)


def test_looks_less_often_until_the_run_ends() -> None:
    """It has the run's threshold, leaves out what is there, and has its own again at the end."""
    collector = Collector()

    collector.pytest_configure()
    assert gc.get_threshold() == (NEW_OBJECTS, *OWN[1:])
    assert gc.get_freeze_count() > 0
    collector.pytest_unconfigure()
    assert gc.get_threshold() == OWN
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("threshold", [0, NEW_OBJECTS + 1])
def test_what_somebody_chose_stays(threshold: int) -> None:
    """A collector that is switched off, or looks even less often, is left so."""
    gc.set_threshold(threshold, *OWN[1:])
    collector = Collector()

    collector.pytest_configure()
    assert gc.get_threshold()[0] == threshold
    assert bool(gc.get_freeze_count()) == bool(threshold)
    collector.pytest_unconfigure()
    assert gc.get_threshold()[0] == threshold


@pytest.mark.parametrize("arguments", [["--controls", "PD-99"], ["--controls", "PD-05"]])
def test_an_inspection_leaves_the_collector_as_it_was(tmp_path: Path, arguments: list[str]) -> None:
    """Whoever calls an inspection gets back the collector, also where it could not begin."""
    run_command(tmp_path, "inspect", "--replay", "demo", *arguments)

    assert gc.get_threshold() == OWN
    assert gc.get_freeze_count() == 0


def alive() -> int:
    """Return how many records, and accounts, of any run are still there."""
    gc.unfreeze()
    gc.collect()
    return sum(isinstance(each, Snapshot | View) for each in gc.get_objects())


def test_what_was_read_goes_without_a_search() -> None:
    """Nothing of what cases judged is left once an inspection lets go of it, or empty views."""
    snapshot = snapshot_of("demo")
    inspection = Inspection(replace(snapshot, data=dict(snapshot.data)), Baseline())
    findings = engine.judged(CONTROLS.values(), inspection, NOTHING)
    judged = [weakref.ref(each) for found in inspection.listed.values() for each in found]
    judged = [each for each in judged if not isinstance(each(), Account | Unreadable)]
    gc.collect()
    gc.disable()
    try:
        inspection.let_go()
        left = [each() for each in judged]
        assert [each for each in left if each is not None and vars(each)] == []
    finally:
        gc.enable()
    assert len(judged) > 50
    assert findings


def test_reports_are_written_without_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the first report is written, no record of the account is left."""
    before, found = alive(), []
    deliver = output.deliver

    def delivered(*arguments: Any, **options: Any) -> None:
        found.append(alive())
        deliver(*arguments, **options)

    monkeypatch.setattr(output, "deliver", delivered)
    run_pytest(tmp_path, "--pd-replay=demo", "--pd-json=r.json", "--pd-html=r.html")

    assert found == [before, before]
    assert (tmp_path / "r.json").stat().st_size > 100_000
