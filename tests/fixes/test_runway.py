"""Fixes of what runs out, lasts too long or is unused: exact ends, and nothing that could harm."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.fixes.fix import Fix, Gen
from tests.controls.helpers import ADA, BEN, hour, rendered
from tests.controls.test_maintenance import account, muting
from tests.fixes.test_table import fix_in, only_fix
from tests.simulator.builders import a_layer, a_layer_schedule, a_shift_schedule, an_event
from tests.simulator.records import Record
from tests.support.fails import used
from tests.support.judged import a_snapshot, inspect

DAY = 24


def runway(schedule: Record) -> Fix:
    """Return the fix of a schedule that runs out."""
    return only_fix(used(schedule, [ADA, BEN]), "PD-29")


def test_layer_that_ends_last_goes_on() -> None:
    """All layers stand in the request, and only the last one has lost its end."""
    first, last = (a_layer([ADA], id=f"P{n}", end=hour(n * DAY)) for n in (1, 2))
    fix = runway(a_layer_schedule("Rota", layers=[first, last], id="PROTA"))

    (request,) = fix.requests
    assert request.body is not None
    layers = request.body["schedule"]["schedule_layers"]
    assert [each.get("end") for each in layers] == [hour(DAY), None]
    assert fix.gen is Gen.COMPLETE


def test_event_that_ends_last_goes_on() -> None:
    """Of an event that has begun only ``effective_until`` can be changed."""
    ends = [an_event([ADA], id=f"E{n}", effective_until=hour(n * DAY)) for n in (1, 2)]
    fix = runway(a_shift_schedule("Rota", events=ends, id="PROTA"))

    (request,) = fix.requests
    assert request.path.endswith("/events/E2")
    assert request.body == {"event": {"effective_until": None}}


@pytest.mark.parametrize(
    "fields",
    [
        {"recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261201"]},
        {"recurrence": []},
        {"effective_until": hour(-DAY)},
    ],
)
def test_event_that_nobody_can_change_needs_another(fields: dict[str, Any]) -> None:
    """One that is over, or ends by its own recurrence, is text."""
    fix = runway(a_shift_schedule("Rota", events=[an_event([ADA], **fields)], id="PROTA"))

    assert (fix.gen, fix.requests) == (Gen.TEXT, [])
    assert "add an event" in fix.note


def test_window_ends_when_it_may_last_no_longer() -> None:
    """The request has the services of the window, and the latest end that is allowed."""
    fix = only_fix(account(muting(0, 30, "PSHOP", "PBLOG")), "PD-35")

    (request,) = fix.requests
    assert request.body is not None
    sent = request.body["maintenance_window"]
    assert (sent["start_time"], sent["end_time"]) == (hour(0), hour(24))
    assert [each["id"] for each in sent["services"]] == ["PBLOG", "PSHOP"]
    assert fix.gen is Gen.COMPLETE


def test_window_that_lasted_too_long_already_ends_now() -> None:
    """So does one that is short, and too long only with the windows that it touches."""
    over = only_fix(account(muting(-30, 1)), "PD-35")
    chain = inspect(account(muting(0, 20, id="PONE"), muting(20, 40, id="PTWO")), "PD-35")

    for fix in (over, *map(fix_in, chain)):
        (request,) = fix.requests
        assert (request.method, request.body) == ("DELETE", None)
        assert request.check


def test_what_nobody_uses_is_deleted_once_somebody_has_looked() -> None:
    """The request is a comment until then; a shift-based schedule has no documented one."""
    layered = only_fix(a_snapshot(schedules=[rendered(id="PROTA")]), "PD-39")
    shifted = only_fix(a_snapshot(shift_schedules=[a_shift_schedule("Rota", id="PROTA")]), "PD-39")

    (request,) = layered.requests
    assert (request.method, request.path) == ("DELETE", "/schedules/PROTA")
    assert request.check
    assert shifted.requests == []
