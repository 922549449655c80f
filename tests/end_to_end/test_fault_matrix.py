"""Every kind of fault at every path, once and lasting, on three accounts.

``tests/support/promises.py`` says what each may do; ``docs/reliability.md`` shows the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Status, overall
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from tests.simulator import Fault, Simulator, accounts, run
from tests.simulator.faults import KINDS
from tests.support import reading
from tests.support.promises import PROMISES, Effect, Promise
from tests.support.reading import Verdicts

pytestmark = pytest.mark.no_cover  # some thousand readings, and no line that others do not try
NEEDS = {control.id: closure(control.needs) for control in shipped_controls()}
PATHS = {DATA_SETS[name].path for name in reading.READABLE}
TRIES = 2
OF_RECORDS = {"drop", "null", "wrong_type"}
"""Kinds that break single fields, which ``test_no_false_pass.py`` walks through."""
OF_TIME = {"drip"}
"""Kinds of a single request, which ``tests/pagerduty/http`` holds."""


@dataclass
class Undisturbed:
    """One account as it is: the simulator that serves it, what was read, the verdicts."""

    simulator: Simulator
    snapshot: Snapshot
    verdicts: Verdicts


@pytest.fixture(scope="module", params=["demo", "demo_compliant", "leavers"])
def undisturbed(request: pytest.FixtureRequest) -> Iterator[Undisturbed]:
    """Serve one account, read and judged once."""
    with run(accounts.NAMED[request.param]) as simulator:
        snapshot = reading.read(simulator)
        yield Undisturbed(simulator, snapshot, reading.judge(snapshot))


def struck(undisturbed: Undisturbed, path: str, promise: Promise, times: int | None) -> Snapshot:
    """Return the account as it is read where *promise* holds at one path; the rest stays."""
    faults = undisturbed.simulator.faults
    pattern = path.replace("{id}", "*")
    faults[:] = [Fault(pattern, promise.kind, times=times, **promise.options)]
    hit = {name for name in reading.READABLE if DATA_SETS[name].path == path}
    affected = [name for name in reading.READABLE if hit & closure([name])]
    try:
        again = reading.read(
            undisturbed.simulator, affected, tries=TRIES, timeout=promise.seconds
        )
    finally:
        faults.clear()
    found = {name: again.data[name] for name in affected}
    return replace(undisturbed.snapshot, data={**undisturbed.snapshot.data, **found})


def broken_promises(undisturbed: Undisturbed, path: str, snapshot: Snapshot, effect: Effect) -> list[str]:
    """Return what a reading under a fault has done that it must not do."""
    before = undisturbed.verdicts
    hit = {name for name in reading.READABLE if DATA_SETS[name].path == path}
    touched = [control for control, needed in NEEDS.items() if hit & needed]
    after = reading.judge(snapshot, touched)
    found = [
        f"{case} turned to pass"
        for case, status in after.items()
        if status is Status.PASS and before.get(case) is not Status.PASS
    ]
    found += [f"{control} has no finding" for control in touched if not worst(after, control)]
    found += [
        f"{control} passes as a whole"
        for control in touched
        if worst(after, control) is Status.PASS and worst(before, control) is not Status.PASS
    ]
    lost = {name for name in hit if isinstance(snapshot.data[name], Unavailable)}
    spared = {case: status for case, status in before.items() if case[0] in touched}
    if effect is Effect.NONE and after != spared:
        found.append(f"not the same: {sorted(set(after.items()) ^ set(spared.items()))[:3]}")
    if effect is Effect.LOST and not lost and not hit & FOLLOWING:
        found.append("it was not lost")
    return found


FOLLOWING = {name for name in reading.READABLE if "{id}" in DATA_SETS[name].path}
"""Data sets of one request a resource, of which a single one may be missing."""


def worst(verdicts: Verdicts, control: str) -> Status | None:
    """Return the status of a control as a whole; None where it has no finding."""
    found = [status for (name, _, _), status in verdicts.items() if name == control]
    return overall(found) if found else None


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_promise_is_kept_at_every_path(undisturbed: Undisturbed, promise: Promise) -> None:
    """What a fault costs is what is promised, and never the truth."""
    found = []
    for path in sorted(PATHS):
        for times, effect in ((1, promise.once), (None, promise.lasting)):
            snapshot = struck(undisturbed, path, promise, times)
            how = "once" if times else "lasting"
            found += [
                f"{path}, {how}: {each}"
                for each in broken_promises(undisturbed, path, snapshot, effect)
            ]

    assert not found


def test_every_kind_has_a_promise() -> None:
    """No kind of the simulator is left out, but those that other tests hold."""
    assert {promise.kind for promise in PROMISES} == KINDS.keys() - OF_RECORDS - OF_TIME
