"""The garbage collector looks less often while controls are judged, and as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.suite.collector import NEW_OBJECTS, Collector
from tests.support.calls import run_command

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
