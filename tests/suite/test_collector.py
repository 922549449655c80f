"""The garbage collector looks less often while controls are judged, and as before afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import output
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import View
from pdsec_checks.suite import reporter
from pdsec_checks.suite.collector import NEW_OBJECTS, Collector, free
from tests.support.calls import run_command, run_pytest

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


class Owner:
    """Two of them that hold each other are freed by the collector alone."""

    other: Owner


def a_pair() -> weakref.ref[Owner]:
    """Return what tells whether two objects that nobody else holds are still there."""
    first, second = Owner(), Owner()
    first.other, second.other = second, first
    return weakref.ref(first)


def test_what_was_left_out_is_freed_on_demand() -> None:
    """Objects that were frozen and that nobody needs any more are gone; others stay left out."""
    pair = a_pair()
    gc.freeze()

    gc.collect()
    assert pair() is not None
    free()
    assert pair() is None
    assert gc.get_freeze_count() > 0


def test_a_collector_that_is_switched_off_frees_nothing() -> None:
    """Somebody wants no search at all."""
    gc.set_threshold(0, *OWN[1:])
    pair = a_pair()

    free()
    assert pair() is not None


def alive() -> int:
    """Return how many records, and accounts, of any run are still there."""
    gc.unfreeze()
    gc.collect()
    return sum(isinstance(each, Snapshot | View) for each in gc.get_objects())


@pytest.mark.parametrize("many", [1, 1_000_000])
def test_reports_are_written_without_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """When the first report is written, no record of the account is left, however many findings."""
    before, found = alive(), []
    deliver = output.deliver

    def delivered(*arguments: Any, **options: Any) -> None:
        found.append(alive())
        deliver(*arguments, **options)

    monkeypatch.setattr(reporter, "MANY", many)
    monkeypatch.setattr(output, "deliver", delivered)
    run_pytest(tmp_path, "--pd-replay=demo", "--pd-json=r.json", "--pd-html=r.html")

    assert found == [before, before]
    assert (tmp_path / "r.json").stat().st_size > 100_000
