"""Whether PagerDuty rendered a schedule, and what is asked for where it did not."""

from __future__ import annotations

from typing import Any, cast

import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import UnavailableError
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets.data_set import Reading
from pdsec_checks.pagerduty.data_sets.schedules import (
    SCHEDULES,
    is_rendered,
    read_schedules,
    read_shift_schedules,
)
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.http.outlook import Outlook
from pdsec_checks.pagerduty.http.turns import Lane
from pdsec_checks.resources import UNREAD
from pdsec_checks.resources.kept import WHOLE
from tests.support.judged import NOW

ENTRY = {"start": "2026-11-23T09:00:00Z", "end": None, "user": {"id": "PADA"}}
LISTED: Record = {"id": "PONE", "type": "schedule", "name": "One", "schedule_layers": []}
RENDERED: Record = {
    **LISTED,
    "final_schedule": {"rendered_schedule_entries": [ENTRY], "rendered_coverage_percentage": 100},
}


class Answers:
    """A client that answers from a table, path by path, and remembers what was asked."""

    concurrency = 2

    def __init__(self, answers: dict[str, Record | UnavailableError]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.outlook = Outlook()

    def get(self, path: str, **params: Any) -> Record:
        """Return the answer of a path, or raise why there is none."""
        self.asked.append((path, params))
        answer = self.answers[path]
        if isinstance(answer, UnavailableError):
            raise answer
        return answer


def a_reading(client: Answers) -> Reading:
    """Return what a reader may use, with a client that answers from a table."""
    source = Source(cast("Client", client), 2, Lane(), WHOLE)
    return Reading(source, NOW, Baseline(), lambda _: [], SCHEDULES_ALONE)


SCHEDULES_ALONE = frozenset({SCHEDULES.name})


def refusal(path: str, status: int | None) -> UnavailableError:
    """Return why PagerDuty does not answer."""
    return UnavailableError(path, f"HTTP {status}", status)


@pytest.mark.parametrize(
    ("final", "expected"),
    [
        (RENDERED["final_schedule"], True),
        ({"rendered_schedule_entries": [ENTRY]}, True),
        ({"rendered_schedule_entries": [ENTRY], "rendered_coverage_percentage": None}, True),
        ({"rendered_schedule_entries": [], "rendered_coverage_percentage": 0}, True),
        ({"rendered_schedule_entries": [], "rendered_coverage_percentage": 0.0}, True),
        ({"rendered_schedule_entries": [], "rendered_coverage_percentage": None}, False),
        ({"rendered_schedule_entries": []}, False),
        ({"rendered_coverage_percentage": 0}, False),
        ({}, False),
        (None, False),
        ([], False),
    ],
)
def test_schedule_is_rendered_with_entries_or_a_percentage(
    final: Any,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Neither entries nor a percentage: no window was honoured, which is not nobody on call."""
    assert is_rendered({**LISTED, "final_schedule": final}) is expected


@pytest.mark.parametrize("missing", ["final_schedule", "schedule_layers"])
def test_schedule_without_a_part_was_not_rendered(missing: str) -> None:
    """A list that honours no ``include[]`` leaves the layers or the shifts out."""
    assert not is_rendered({name: each for name, each in RENDERED.items() if name != missing})


def read_one(
    single: Record | UnavailableError, *, listed: Record = LISTED
) -> tuple[Record, Answers]:
    """Return a schedule that the list did not render, and what was asked for it."""
    client = Answers(
        {"/schedules": {"schedules": [listed], "more": False}, "/schedules/PONE": single}
    )
    (record,) = read_schedules(a_reading(client))
    return record, client


def test_schedule_that_came_unrendered_is_asked_for_singly_in_the_window() -> None:
    """The single request names the same window as that for the list."""
    record, client = read_one({"schedule": RENDERED})

    assert record == RENDERED
    (_, listing), (path, single) = client.asked
    assert path == "/schedules/PONE"
    window = {name: listing[name] for name in ("since", "until", "time_zone")}
    assert single == window


@pytest.mark.parametrize("final", [None, {}, {"rendered_schedule_entries": []}])
def test_schedule_that_is_not_rendered_singly_either_stays_so(final: Any) -> None:
    """It is asked for once, and nothing is made up: a control says that it is unrendered."""
    unrendered = {**LISTED, "final_schedule": final}

    record, client = read_one({"schedule": unrendered}, listed=unrendered)

    assert not is_rendered(record)
    assert len(client.asked) == 2


@pytest.mark.parametrize("status", [401, 403, 429, 500, None])
def test_refused_single_request_leaves_the_shifts_unread(status: int | None) -> None:
    """What the list knew stays, but for the shifts: those are unread, not none."""
    listed = {**LISTED, "final_schedule": {"rendered_schedule_entries": []}}

    record, _ = read_one(refusal("/schedules/PONE", status), listed=listed)

    assert "final_schedule" not in record
    assert record["schedule_layers"] == []
    assert record[UNREAD] == {
        "path": "/schedules/PONE",
        "reason": f"HTTP {status}",
        "status": status,
    }


def test_schedule_that_is_gone_has_nobody() -> None:
    """A schedule that was deleted after the list had named it has neither layers nor shifts."""
    record, _ = read_one(refusal("/schedules/PONE", 404))

    assert is_rendered(record)
    assert record["final_schedule"]["rendered_schedule_entries"] == []


def test_id_that_would_lead_elsewhere_is_asked_for_nowhere() -> None:
    """An id that is no PagerDuty id makes no path of its own."""
    client = Answers({"/schedules": {"schedules": [{**LISTED, "id": "../users"}], "more": False}})

    (record,) = read_schedules(a_reading(client))

    assert "cannot be part of a path" in record[UNREAD]["reason"]
    assert [path for path, _ in client.asked] == ["/schedules"]


@pytest.mark.parametrize("answer", [{}, {"schedule": None}, {"schedule": []}])
def test_single_answer_without_a_schedule_is_none(answer: Record) -> None:
    """An answer of another form leaves a shift-based schedule unread."""
    client = Answers(
        {
            "/v3/schedules": {"schedules": [{"id": "PONE", "summary": "One"}], "more": False},
            "/v3/schedules/PONE": answer,
        }
    )

    (record,) = read_shift_schedules(a_reading(client))

    assert record["summary"] == "One"
    assert "no object 'schedule'" in record[UNREAD]["reason"]
