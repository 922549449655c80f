"""The promise: absence of data never looks like compliance."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import closure
from tests.support import reading
from tests.support.breaking import SETTINGS, Break, breaks
from tests.support.changed import replace
from tests.support.findings import core_ids
from tests.support.radius import Radius
from tests.support.reading import Undisturbed
from tests.support.unforeseen import no_unforeseen_exception

__all__ = ["no_unforeseen_exception"]

pytestmark = pytest.mark.no_cover  # a thousand accounts, and no line that others do not try
NEEDS = {control.id: closure(control.needs) for control in shipped_controls()}
READ = reading.READABLE


@pytest.fixture(scope="module", params=["demo", reading.in_ci("demo_compliant")])
def undisturbed(request: pytest.FixtureRequest) -> Iterator[Undisturbed]:
    """Serve one of the two demo accounts, read and judged once."""
    with reading.undisturbed(request.param) as served:
        if request.param == "demo_compliant":
            core = core_ids()
            failing = {case[0] for case, each in served.verdicts.items() if each is Status.FAIL}
            assert failing.isdisjoint(core)
        yield served


def fields(record: Any, depth: int = 8) -> Iterator[tuple[str, ...]]:
    """Yield the path of every field of a record, lists entered without an index."""
    if isinstance(record, list):
        for each in record:
            yield from fields(each, depth)
    elif isinstance(record, dict) and depth:
        for name, value in record.items():
            yield (name,)
            yield from ((name, *rest) for rest in fields(value, depth - 1))


def spoil(record: Any, path: tuple[str, ...], spoiler: Callable[[Any, str], None]) -> None:
    """Apply *spoiler* to every field at *path*."""
    if isinstance(record, list):
        for each in record:
            spoil(each, path, spoiler)
    elif isinstance(record, dict) and path[0] in record:
        if len(path) == 1:
            spoiler(record, path[0])
        else:
            spoil(record[path[0]], path[1:], spoiler)


def drop(record: dict[str, Any], name: str) -> None:
    """Take the field away."""
    del record[name]


def nullify(record: dict[str, Any], name: str) -> None:
    """Put a null in its place."""
    record[name] = None


def retype(record: dict[str, Any], name: str) -> None:
    """Put a value of a type in its place that the field never has."""
    record[name] = {"surprise": [1]} if isinstance(record[name], str | list) else "surprise"


def misspell(record: dict[str, Any], name: str) -> None:
    """Put a text in place of a text that PagerDuty does not document."""
    if isinstance(record[name], str):
        record[name] = "surprise"


def empty(record: dict[str, Any], name: str) -> None:
    """Put an empty text in place of a text."""
    if isinstance(record[name], str):
        record[name] = ""


MEANT = {
    # A null says that a shift, a layer or an event does not end.
    ("schedules", "end", nullify),
    ("shift_schedules", "end_time", nullify),
    ("shift_schedules", "effective_until", nullify),
    # The rulebook itself says what the absence means.
    ("extensions", "config", drop),
    ("extensions", "config", nullify),
    ("incident_workflows", "is_enabled", drop),
    ("webhook_subscriptions", "active", drop),
    ("users", "enabled", drop),
    ("users", "blacklisted", drop),
}
"""Losses that carry a meaning: PagerDuty or the rulebook defines it."""


FEW_FIELDS = 6
"""Fields of a data set that are tried in each way where somebody waits."""
OF_OTHERS = {("audit_users", "name"), ("audit_users", "type")}
"""Texts of which another one stands for another field that changed, or another kind of thing."""
MADE_BY_READERS = {("id",), ("relationships",), ("oauth_delegations",)}
"""Fields without which a reader refuses the whole list, so that no record lacks them."""


@pytest.mark.parametrize("spoiler", [drop, nullify, retype, misspell, empty])
@pytest.mark.parametrize("name", READ)
def test_losing_a_field_never_gives_a_pass(
    undisturbed: Undisturbed, name: str, spoiler: Callable[[Any, str], None]
) -> None:
    """A field that is dropped, nulled or of another type turns nothing to pass."""
    records = undisturbed.snapshot.records(name)
    controls = [control for control in shipped_ids() if name in NEEDS[control]]
    before = {case: status for case, status in undisturbed.verdicts.items() if case[0] in controls}
    for path in reading.sampled(sorted(set(fields(records))), FEW_FIELDS):
        if (name, path[-1], spoiler) in MEANT or path in MADE_BY_READERS:
            continue
        if (name, *path[:-1])[:2] == SETTINGS:
            continue  # the connected product says which settings there are
        if path[-1] == "id" and spoiler in {misspell, empty}:
            continue  # another id is another resource
        if (name, path[-1]) in OF_OTHERS and spoiler is misspell:
            continue
        spoiled = copy.deepcopy(records)
        spoil(spoiled, path, spoiler)
        data = {**undisturbed.snapshot.data, name: spoiled}
        after = reading.judge(replace(undisturbed.snapshot, data=data), controls)
        turned = {
            case
            for case, status in after.items()
            if status is Status.PASS and before.get(case) is not Status.PASS
        }
        assert not turned, path
        assert {control for control, _, _ in after} == set(controls), path


# One broken record costs what it could change, and nothing else

BREAKABLE = [name for name in READ if name != "abilities"]
"""The data sets whose entries are records."""
BY_DUTY = {"PD-30"}
"""The controls that judge whom others name: an error of those may stand for a row."""
FEW = 40
"""Breaks of one data set that are tried where nobody waits for all of them."""
FEW_BREAKS = 8
"""The same where somebody waits."""


@pytest.fixture(scope="module")
def radius(undisturbed: Undisturbed) -> Radius:
    """Return what breaks in one of the two demo accounts."""
    return Radius(undisturbed.snapshot)


def chosen(found: list[Break]) -> list[Break]:
    """Return some breaks, evenly spread, or all where the variable EVERY_BREAK is 1."""
    if os.environ.get("EVERY_BREAK") == "1" or len(found) <= FEW:
        return found
    return list(reading.sampled(reading.spread(found, FEW), FEW_BREAKS))


@pytest.mark.parametrize("name", BREAKABLE)
def test_broken_record_costs_only_what_it_could_change(radius: Radius, name: str) -> None:
    """One broken record gives no pass, changes no case but its own, and hides no provable fail.

    Which cases a record could change follows from who names whom in the account. A fail is
    provable without a record where it stays one whatever the record might have been.
    """
    before = radius.judge(name)
    fails = {case for case, status in before.items() if status is Status.FAIL}
    for found in chosen(list(breaks(name, radius.data[name]))):
        after = radius.judge(name, found)
        changed = {case for case in before | after if before.get(case) is not after.get(case)}

        assert not {case for case in changed if after.get(case) is Status.PASS}, found
        assert not radius.beyond(found, changed), found
        erring = {case[0] for case, status in after.items() if status is Status.ERROR}
        replaced = erring & BY_DUTY
        lost = {case for case in fails - after.keys() if case[0] not in replaced}
        assert found.may_lose_rows or not lost, found
        left = {after[case] for case in fails & after.keys()}
        assert left <= {Status.FAIL, Status.ERROR}, found
        assert not radius.provable(found, fails & changed), found
