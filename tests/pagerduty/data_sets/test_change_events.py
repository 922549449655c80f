"""Change events: every service is judged as if all events were read, with fewer requests."""

from __future__ import annotations

import threading
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.analysis.services import ChangeLog
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError, NotOnTapeError, UnavailableError
from pdsec_checks.model import Record, moment_text
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.change_events import read_change_events
from pdsec_checks.pagerduty.data_sets.data_set import Reading
from pdsec_checks.pagerduty.data_sets.source import Source
from pdsec_checks.resources import ChangeEvent, Service
from pdsec_checks.resources.kept import WHOLE
from tests.simulator import Account, Fault, builders, run
from tests.simulator.accounts import sized
from tests.simulator.records import ago
from tests.support import reading, tapes
from tests.support.judged import NOW
from tests.support.processes import PATIENCE

SINCE = NOW - timedelta(days=Baseline().change_event_days)
Asked = tuple[str, int, int, str, str]
"""Path, limit, offset, since and until of one request."""


@dataclass
class Log:
    """A source that serves change events, the newest first, and remembers what was asked."""

    events: list[Record]
    free: int = 10**6
    """How many guesses there is room for."""
    is_taped: bool = False
    tape: Container[Asked] | None = None
    """What a recording answers; None where everything is answered."""
    concurrency: int = 4
    kept: Any = WHOLE
    asked: list[Asked] = field(default_factory=list)
    guessed: int = 0

    def expect(self, requests: int) -> None:
        """Take note of nothing."""

    def guesses(self, wanted: int) -> int:
        """Let as many guesses be free as there is room for."""
        granted = min(wanted, self.free)
        self.free -= granted
        self.guessed += granted
        return granted

    def get(self, path: str, *, limit: int, since: str, until: str, offset: int = 0) -> Record:
        """Return a page of all events, or of those of one service."""
        request = (path, limit, offset, since, until)
        if self.tape is not None and request not in self.tape:
            raise NotOnTapeError(path, "the recording does not hold this request")
        self.asked.append(request)
        if limit + offset > paging.CAP:
            raise UnavailableError(path, "HTTP 400", 400)
        found = [
            each
            for each in self.events
            if since <= each["timestamp"] < until
            and (path == "/change_events" or each["services"][0]["id"] in path)
        ]
        return {
            "change_events": found[offset : offset + limit],
            "more": offset + limit < len(found),
        }


def an_event(number: int, service: int, moment: datetime) -> Record:
    """Return an event of a service."""
    owner = {"id": f"PS{service:03}", "type": "service_reference"}
    return {"id": f"E{number}", "timestamp": moment_text(moment), "services": [owner]}


def a_log(owners: Sequence[int], days: float, **changes: Any) -> Log:
    """Return a log whose events, of these services, reach so many days back at equal distances."""
    step = timedelta(days=days) / max(len(owners), 1)
    events = [
        an_event(number, owner, NOW - timedelta(minutes=1) - step * number)
        for number, owner in enumerate(owners)
    ]
    return Log(events, **changes)


def read(log: Log, services: int) -> dict[str, bool | None]:
    """Return of each service whether an event names it; None where nobody can tell."""
    records = [{"id": f"PS{number:03}", "status": "active"} for number in range(services)]
    found = read_change_events(
        Reading(cast("Source", log), NOW, Baseline(), lambda _: list(records))
    )
    known = ChangeLog(map(ChangeEvent, found))
    return {record["id"]: judged(known, Service(record)) for record in records}


def judged(log: ChangeLog, service: Service) -> bool | None:
    """Return whether a log names a service; None where it cannot tell."""
    try:
        return log.names(service)
    except InspectionError:
        return None


def truth(log: Log, services: int) -> dict[str, bool]:
    """Return of each service whether an event of the time that counts names it."""
    named = {
        each["services"][0]["id"] for each in log.events if each["timestamp"] >= moment_text(SINCE)
    }
    return {f"PS{number:03}": f"PS{number:03}" in named for number in range(services)}


def plain_requests(log: Log, services: int) -> int:
    """Return what a reader takes that reads page by page until it has seen every service."""
    left = {f"PS{number:03}" for number in range(services)}
    events = [each for each in log.events if each["timestamp"] >= moment_text(SINCE)]
    for page in range(len(events) // paging.PAGE + 1):
        start = page * paging.PAGE
        left -= {each["services"][0]["id"] for each in events[start : start + paging.PAGE]}
        if not left or start + paging.PAGE >= len(events):
            return page + 1
    raise AssertionError("the last page ends the list")


@st.composite
def logs(draw: st.DrawFn) -> tuple[Log, int]:
    """Return a log of up to twenty pages, and how many services the account has."""
    services = draw(st.integers(1, 40))
    loud = draw(st.integers(0, services))
    count = draw(st.integers(0, 2_000)) if loud else 0
    shuffled = draw(st.randoms(use_true_random=False))
    rare = draw(st.integers(0, loud))
    owners = [
        shuffled.randrange(loud) if shuffled.random() < 0.02 else shuffled.randrange(rare or loud)
        for _ in range(count)
    ]
    days = draw(st.sampled_from((0.01, 1, 30, 89, 200)))
    return a_log(owners, days), services


@given(logs(), st.integers(0, 20), st.booleans())
@settings(max_examples=40)
def test_every_service_is_judged_as_by_a_plain_reader(
    drawn: tuple[Log, int],
    free: int,
    is_taped: bool,  # noqa: FBT001 - drawn
) -> None:
    """The verdicts are the same; nothing but guesses, for which there was room, comes on top."""
    log, services = drawn
    log.free, log.is_taped = free, is_taped

    assert read(log, services) == truth(log, services)
    allowed = 1 if is_taped else log.guessed
    assert len(log.asked) <= plain_requests(log, services) + allowed


@given(logs(), st.integers(0, 20))
@settings(max_examples=25)
def test_replay_asks_for_nothing_else(drawn: tuple[Log, int], free: int) -> None:
    """Whatever room there was when an account was recorded, its replay finds all that it needs."""
    log, services = drawn
    log.free, log.is_taped = free, True
    live = read(log, services)
    replayed = Log(log.events, is_taped=True, tape=frozenset(log.asked))

    assert read(replayed, services) == live


@given(logs(), st.sampled_from((500, 1_000)))
@settings(max_examples=25)
def test_recording_of_an_earlier_version_replays(drawn: tuple[Log, int], cap: int) -> None:
    """It holds whole spans of time, cut in half where they were too long, and no single service."""
    log, services = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "CAP", cap)
        log.is_taped, log.tape = True, EarlierTape()

        assert read(log, services) == truth(log, services)


class EarlierTape:
    """What an earlier version asked: pages of all the time, of its halves, of theirs and so on."""

    def __contains__(self, request: object) -> bool:
        path, _, _, *window = cast("Asked", request)
        since, until = SINCE, NOW
        while [moment_text(since), moment_text(until)] != window:
            middle = (since + (until - since) // 2).replace(microsecond=0)
            if window[1] <= moment_text(middle):
                until = middle
            elif window[0] >= moment_text(middle) and since < middle:
                since = middle
            else:
                return False
        return path == "/change_events"


@given(logs(), st.integers(0, 20))
@settings(max_examples=25)
def test_more_events_than_the_cap_are_read_to_the_end(drawn: tuple[Log, int], free: int) -> None:
    """What lies behind the cap is read on from the oldest event, and no event gets lost."""
    log, services = drawn
    log.free = free
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "CAP", 500)

        assert read(log, services) == truth(log, services)
    windows = len(log.events) // 400 + 1  # each span repeats a page at most
    assert len(log.asked) <= plain_requests(log, services) + log.guessed + windows


def test_few_silent_services_are_asked_alone() -> None:
    """Two of forty say nothing: two lookups and one look ahead take the place of 27 pages."""
    log = a_log([number % 38 for number in range(3_000)], 89, free=1)

    assert list(read(log, 40).values()) == [True] * 38 + [False] * 2
    assert [path for path, *_ in log.asked if path != "/change_events"] == [
        "/services/PS038/change_events",
        "/services/PS039/change_events",
    ]
    assert len(log.asked) == 1 + 1 + 1 + 2  # a page, one that shows nothing new, the look, two


def test_without_room_for_a_guess_nobody_looks_ahead() -> None:
    """No page is asked for that may not exist; pages are read to the end instead."""
    log = a_log([0] * 950, 60, free=0)

    assert read(log, 2) == {"PS000": True, "PS001": False}
    assert [offset for _, _, offset, *_ in log.asked] == list(range(0, 1_000, 100))


def test_look_ahead_in_vain_is_the_only_one() -> None:
    """Everything happened today: the estimate is no good, and pages are read to the end."""
    log = a_log([0] * 350, 0.5, is_taped=True)

    assert read(log, 8) == truth(log, 8)
    assert [path for path, *_ in log.asked] == ["/change_events"] * 5


@pytest.mark.parametrize("times", ["", "none"])
def test_events_out_of_order_are_read_page_by_page(times: str) -> None:
    """Where they do not come newest first, or say no time, nobody knows how many are left."""
    log = a_log([0] * 3_000, 89, free=0)
    served = log.get

    def get(path: str, **asked: Any) -> Record:
        answer = served(path, **asked)
        page = [{**each, "timestamp": times} if times else each for each in answer["change_events"]]
        return {**answer, "change_events": page[::-1]}

    log.get = get  # type: ignore[method-assign]  # as the other server does it
    log.free = 10**6
    log.is_taped = True

    assert read(log, 2) == {"PS000": True, "PS001": False}
    assert len(log.asked) == 30


def test_page_that_comes_late_is_not_waited_for() -> None:
    """Four pages are under way; the third shows the last service, and the fourth never comes."""
    log = a_log([0] * 250 + [1] + [0] * 2_000, 20)
    served, end = log.get, threading.Event()

    def get(path: str, *, offset: int = 0, **asked: Any) -> Record:
        if offset == 300:
            end.wait(PATIENCE)
        return served(path, offset=offset, **asked)

    log.get = get  # type: ignore[method-assign]  # as the other server does it
    try:
        assert read(log, 2) == {"PS000": True, "PS001": True}
        assert not end.is_set()
        assert 300 not in [offset for _, _, offset, *_ in log.asked]
    finally:
        end.set()


# Against the simulator


def with_silent(now: datetime, silent: int = 2, events: int = 2_500) -> Account:
    """Return an account with twenty services of which the first ones report no changes."""
    account = sized(now, users=2, services=20, policies=1, layer_schedules=1, change_events=0)
    loud = account.services[silent:]
    account.change_events = [
        builders.a_change_event(
            ago(now, 0.5 + 80 * number / events), [loud[number % len(loud)]], id=f"01C{number:06}"
        )
        for number in range(events)
    ]
    return account


NAMES = ["change_events"]


def statuses(verdicts: reading.Verdicts) -> dict[str, str]:
    """Return the status of PD-25 for each service."""
    return {name: str(status.value) for (_, _, name), status in verdicts.items()}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/services/PS00001/change_events", "status", status=403),
        Fault("/services/PS00001/change_events", "status", status=404),
        Fault("/services/PS00001/change_events", "status", status=402),
        Fault("/services/PS00001/change_events", "status", status=500),
        Fault("/services/PS00001/change_events", "cut"),
        Fault("/services/PS00001/change_events", "invalid_json"),
        Fault("/services/PS00001/change_events", "missing_collection"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_refused_lookup_costs_that_service_alone(fault: Fault) -> None:
    """It is an error of the service that was asked, never a pass and never a fail."""
    with run(with_silent(NOW), faults=[fault]) as simulator:
        found = statuses(reading.judge(reading.read(simulator, NAMES), ["PD-25"]))

    assert found.pop("PS00001") == "error"
    assert found.pop("PS00000") == "fail"
    assert set(found.values()) == {"pass"}


def test_event_from_before_the_time_that_counts_is_an_error() -> None:
    """Whoever ignores what was asked for shows nothing about the last 90 days.

    One service of two is answered as asked, so the lookups count.
    """
    log = a_log([number % 3 for number in range(3_000)], 89)
    served = log.get
    old = an_event(9_999, 3, SINCE - timedelta(days=1))

    def get(path: str, **asked: Any) -> Record:
        answer = served(path, **asked)
        is_ignored = path == "/services/PS003/change_events"
        return {**answer, "change_events": [old]} if is_ignored else answer

    log.get = get  # type: ignore[method-assign]  # as the other server does it

    assert list(read(log, 5).values()) == [True, True, True, None, False]


@pytest.mark.parametrize("redact", [False, True])
@pytest.mark.parametrize("status", [None, 403])
def test_single_lookups_are_on_the_tape(
    tmp_path: Path,
    status: int | None,
    redact: bool,  # noqa: FBT001 - a flag of the command
) -> None:
    """A recording holds them, with pseudonyms or without, and replays to the same verdicts."""
    faults = [Fault("/services/*/change_events", "status", status=status)] if status else []
    with run(with_silent(NOW), faults=faults) as simulator:
        path = tmp_path / "account.yaml"
        live = tapes.tape(simulator, path, ["PD-25"], ["services", *NAMES], pd_redact=redact)
        asked = [each.path for each in simulator.requests]

    pages = 1 + 1 + 1  # one, one that shows nothing new, and the look ahead
    further = 25 - 2 if status else 0  # nobody answers alone, so the pages do
    assert sum(path.endswith("/change_events") for path in asked) == pages + 2 + further
    assert tapes.replayed(path, ["PD-25"]) == live
    assert sorted(set(statuses(live).values())) == ["fail", "pass"]


@pytest.mark.parametrize("room", [0, 1, 5])
def test_guesses_never_push_a_run_over_its_rate_limit(room: int) -> None:
    """Where PagerDuty allows just what a plain reader takes, nothing is asked for in vain."""
    company = partial(with_silent, silent=0, events=1_250)(NOW)
    for event in company.change_events[:-1]:
        event["services"] = event["services"][:1]
    company.change_events[-1]["services"] = [{"id": "PS00000", "type": "service_reference"}]
    for event in company.change_events[:-1]:
        if event["services"][0]["id"] == "PS00000":
            event["services"] = [{"id": "PS00001", "type": "service_reference"}]
            event["integration"] = None
    plain = 1 + 13  # the services, and every page: the last event is the first of PS00000
    with run(company, rate_limit=plain + room) as simulator:
        snapshot = reading.read(simulator, NAMES)

    assert set(statuses(reading.judge(snapshot, ["PD-25"])).values()) == {"pass"}
    assert len(simulator.requests) <= plain + room
    assert snapshot.requests is not None
    assert snapshot.requests.rate_limited == 0
