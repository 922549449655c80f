"""Every kind of fault at every path, once and lasting, on three accounts.

``tests/support/promises.py`` says what each may do; ``docs/reliability.md`` shows the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from http import HTTPStatus

import pytest

from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Status, overall
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.http import client, connections
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from tests.simulator import Fault, fault_kinds
from tests.simulator.faults import KINDS
from tests.support import reading
from tests.support.promises import PROMISES, Effect, Promise
from tests.support.reading import Undisturbed, Verdicts

pytestmark = pytest.mark.no_cover  # some thousand readings, and no line that others do not try
NEEDS = {control.id: closure(control.needs) for control in shipped_controls()}
PATHS = {DATA_SETS[name].path for name in reading.READABLE}
TRIES = 2
"""How often each request is sent, so that what lasts soon ends."""
EVERYWHERE = next(each for each in PROMISES if each.options.get("status") == HTTPStatus.FORBIDDEN)
"""The loss with which those controls are tried as well that do not need what is lost."""
FEW = [EVERYWHERE, *reading.sampled(PROMISES, 8)]
"""The promises that are tried where somebody waits."""
FEW_PAGES = 5 * paging.PAGE
"""Records after which PagerDuty hands out no more of a list, here."""
LARGEST_ANSWER = 2 * 2**20
"""Bytes after decompression that are refused, here."""
MADE_UP = "PX0"
"""How the ids of records begin that a fault adds."""
OF_RECORDS = {"drop", "null", "wrong_type"}
"""Kinds that break single fields, which ``test_no_false_pass.py`` walks through."""
OF_WAITING = {"silent"}
"""Kinds that take a minute in which nothing is done."""
OF_TIME = {"drip"}
"""Kinds of a single request, which ``tests/pagerduty/http`` holds."""


@pytest.fixture(
    scope="module", params=["demo_compliant", reading.in_ci("demo"), reading.in_ci("leavers")]
)
def undisturbed(request: pytest.FixtureRequest) -> Iterator[Undisturbed]:
    """Serve one account, read and judged once."""
    with reading.undisturbed(request.param) as served:
        yield served


@pytest.fixture(scope="module", autouse=True)
def low_caps() -> Iterator[None]:
    """Let lists end after few pages, and answers be refused early; others read the real caps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "CAP", FEW_PAGES)
        patch.setattr(fault_kinds, "CAP", FEW_PAGES)
        for module in (client, connections):
            patch.setattr(module, "LARGEST_ANSWER", LARGEST_ANSWER)
        yield


UNSEEN = {("unrendered", "/audit/records", "PD-42"), ("endless", "/users", "PD-37")}
"""Fault, path and the control for which it is not to be told from the truth. Whoever drops the span
of time answers about the last day, and where nothing happened then, every span looks as empty as
one in which nobody was promoted. Administrators who are made up look like any."""


def struck(undisturbed: Undisturbed, path: str, promise: Promise, times: int | None) -> Snapshot:
    """Return the account as it is read where *promise* holds at one path; the rest stays."""
    faults = undisturbed.simulator.faults
    pattern = path.replace("{id}", "*")
    faults[:] = [Fault(pattern, promise.kind, times=times, **promise.options)]
    hit = {name for name in reading.READABLE if DATA_SETS[name].path == path}
    affected = [name for name in reading.READABLE if hit & closure([name])]
    try:
        again = reading.read(
            undisturbed.simulator,
            affected,
            tries=TRIES,
            timeout=promise.seconds,
            budget=reading.HurriedBudget,
        )
    finally:
        faults.clear()
    found = {name: again.data[name] for name in affected}
    return replace(undisturbed.snapshot, data={**undisturbed.snapshot.data, **found})


def broken_promises(
    undisturbed: Undisturbed, path: str, promise: Promise, times: int | None
) -> Iterator[str]:
    """Yield what a fault at one path does that it must not do."""
    effect = promise.once if times else promise.lasting
    hit = {name for name in reading.READABLE if DATA_SETS[name].path == path}
    touched = NEEDS if promise is EVERYWHERE else [name for name in NEEDS if hit & NEEDS[name]]
    touched = [name for name in touched if (promise.kind, path, name) not in UNSEEN]
    before = {case: each for case, each in undisturbed.verdicts.items() if case[0] in touched}
    snapshot = struck(undisturbed, path, promise, times)
    is_same = snapshot == undisturbed.snapshot
    after = before if is_same else reading.judge(snapshot, touched)
    for case, status in after.items():
        is_new = case[2].startswith(MADE_UP)
        if status is Status.PASS is not before.get(case) and not is_new:
            yield f"{case} turned to pass"
    for control in touched:
        if worst(after, control) is Status.PASS is not worst(before, control):
            yield f"{control} passes, or has no case"
    spared = {case: each for case, each in before.items() if not hit & NEEDS[case[0]]}
    if not spared.items() <= after.items():
        yield "it changed what does not need it"
    if effect is Effect.NONE and after != before:
        yield f"not the same: {sorted(after.items() ^ before.items())}"
    is_lost = any(isinstance(snapshot.data[name], Unavailable) for name in hit)
    if effect is Effect.LOST and not is_lost and "{id}" not in path and was_asked(undisturbed, hit):
        yield "it was not lost"


def was_asked(undisturbed: Undisturbed, names: Collection[str]) -> bool:
    """Tell whether the account is one for which one of these data sets is asked for."""
    return any(
        undisturbed.snapshot.data[name] or not DATA_SETS[name].amount.may_be_spared
        for name in names
    )


def worst(verdicts: Verdicts, control: str) -> Status:
    """Return the status of a control as a whole; one without a case would look like a pass."""
    found = [status for (name, _, _), status in verdicts.items() if name == control]
    return overall(found) if found else Status.PASS


@pytest.mark.parametrize(
    "promise",
    [
        reading.in_ci(each, name=each.name)
        if each.kind in OF_WAITING or each not in FEW
        else pytest.param(each, id=each.name)
        for each in PROMISES
    ],
)
def test_promise_is_kept_at_every_path(undisturbed: Undisturbed, promise: Promise) -> None:
    """What a fault costs is what is promised, and never the truth."""
    found = [
        f"{path}, {'once' if times else 'lasting'}: {each}"
        for path in sorted(PATHS)
        for times in (1, None)
        for each in broken_promises(undisturbed, path, promise, times)
    ]

    assert not found


def test_every_kind_has_a_promise() -> None:
    """No kind of the simulator is left out, but those that other tests hold."""
    assert {promise.kind for promise in PROMISES} == KINDS.keys() - OF_RECORDS - OF_TIME
