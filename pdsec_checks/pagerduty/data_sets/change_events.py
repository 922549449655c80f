"""Change events: which services report their changes, found out with as few requests as it takes.

Source: operationIds ``listChangeEvents`` and ``listServiceChangeEvents``; both lists begin with the
newest event.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pdsec_checks.errors import MalformedRecordError, NotOnTapeError, UnavailableError
from pdsec_checks.model import Interval, Record, moment_text
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.amount import Amount, pages
from pdsec_checks.pagerduty.data_sets.data_set import (
    Asked,
    DataSet,
    Reading,
    path_of,
    span,
    why_unread,
)
from pdsec_checks.pagerduty.data_sets.fields import NAMED, REFERENCE, keep
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.resources import UNREAD, ById, ChangeEvent, Service

SECOND = timedelta(seconds=1)
"""What requests name moments by."""


def read_change_events(reading: Reading) -> list[Record]:
    """Read change events, newest first, until every service in service was named.

    Where fewer services are left than pages, each of them is asked for its own newest event. In
    the place of an event that could not be read stands the id of its service, with the reason.
    """
    search = Search(reading)
    windows = [search.window]
    while windows and search.unseen:
        windows += search.read(windows.pop())
    return paging.unique(search.records)


class Search:
    """The search for a change event of each service in service."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        services = ById(reading.views(Service, "services"))
        self._services = dict(services.items())
        self._owner = {
            integration: name
            for name, service in services.items()
            for integration in service.ids_in("integrations")[0]
        }
        self.unseen = {name for name, service in services.items() if not service.is_disabled}
        since = reading.as_of - timedelta(days=reading.baseline.change_event_days)
        self.window = Interval(since, reading.as_of)
        self.records: list[Record] = []
        self._progress = Progress(self.window)
        self._may_look_ahead = True
        self._halved_instead: dict[Interval, Interval] = {}

    def read(self, window: Interval) -> list[Interval]:
        """Read a span of time; return what is still to be read of it, the later part last.

        Raises:
            UnavailableError: A page was refused or malformed, or promised more and had none.
        """
        listing = self._listing(window)
        try:
            for number, part in enumerate(listing.pages_ahead(), start=1):
                events = self._events(part.records)
                shown = self._take(part.records, events)
                self._progress.go_on(events)
                if not self.unseen:
                    return []
                is_cheaper = not part.is_last and self._is_cheaper_singly(shown)
                if is_cheaper and self._goes_on_for(listing, number) and self._ask_singly():
                    return []
        except paging.TruncatedError:
            return self._rest_of(window)
        except NotOnTapeError:
            if window not in self._halved_instead:
                raise
            return _halves(self._halved_instead[window])  # as an earlier version did it
        return []

    def _listing(self, window: Interval) -> paging.Listing:
        return paging.Listing(
            self._reading.source,
            "/change_events",
            "change_events",
            span(*window),
            goes_on=paging.may_have_more,
        )

    def _events(self, records: Iterable[Record]) -> list[ChangeEvent]:
        return [ChangeEvent(event, kept=self._reading.source.kept) for event in records]

    def _take(self, records: list[Record], events: list[ChangeEvent]) -> int:
        """Keep events; return how many services they are the first to name."""
        before = len(self.unseen)
        self.records += records
        self.unseen -= _named(events, self._owner)
        return before - len(self.unseen)

    def _is_cheaper_singly(self, shown: int) -> bool:
        """Tell whether it likely takes fewer requests to ask the services that are left.

        A further page is worth it as long as one shows two services or more.
        """
        left = len(self.unseen)
        return min(shown, left) <= 1 and left < self._progress.pages_left

    def _goes_on_for(self, listing: paging.Listing, number: int) -> bool:
        """Tell whether as many pages as services are certainly left behind page *number*.

        The last of those pages is looked at; it may show a service, too. That is a guess, for
        which there must be room. One in vain is enough: the estimate is no good.
        """
        start = (number + len(self.unseen)) * listing.size
        source = listing.source
        if not self._may_look_ahead or start >= paging.CAP:
            return False
        if not (source.is_taped or source.guesses(1)):
            return False
        try:
            part = listing.part(start)
        except UnavailableError as error:
            self._may_look_ahead = isinstance(error, NotOnTapeError)
            return False
        self._may_look_ahead = bool(part.records)
        self._take(part.records, self._events(part.records))
        return bool(part.records)

    def _ask_singly(self) -> bool:
        """Ask each service that is left; tell whether they are done with.

        A recording of an earlier version has the further pages in their place.
        """
        left = [service for name, service in self._services.items() if name in self.unseen]
        self._reading.source.expect(len(left))
        found = threads.each(self._newest_of, left, self._reading.source.concurrency)
        if left and all(each is None for each in found):
            self._may_look_ahead = False
            return False
        for service, events in zip(left, found, strict=True):
            self.records += [_not_recorded(service)] if events is None else events
        self.unseen.clear()
        return True

    def _newest_of(self, service: Service) -> list[Record] | None:
        """Return at most one event of a service, its newest; None where a tape does not know."""
        try:
            path = f"{path_of('/services', service.record)}/change_events"
            answer = self._reading.source.get(path, limit=1, **span(*self.window))
            found = paging.sample(path, answer, "change_events")[:1]
            self._check_window(path, found)
        except NotOnTapeError:
            return None
        except UnavailableError as error:
            return [{"id": service.id, UNREAD: why_unread(error)}]
        return found

    def _check_window(self, path: str, found: list[Record]) -> None:
        """Make sure that the events of an answer lie in the time that was asked for.

        Raises:
            UnavailableError: One is older: whoever answered did not look at the time.
        """
        for event in self._events(found):
            if (time := event.shown_time) and time < self.window.start - SECOND:
                raise UnavailableError(
                    path,
                    f"PagerDuty was asked for events since {moment_text(self.window.start)} and "
                    f"sent one of {moment_text(time)}",
                )

    def _rest_of(self, window: Interval) -> list[Interval]:
        """Return what is left of a span that holds more events than PagerDuty hands out."""
        oldest = self._progress.oldest
        if oldest is None or oldest + SECOND >= window.end:
            return _halves(window)
        end = (oldest + SECOND).replace(microsecond=0)
        rest = Interval(window.start, end)
        self._halved_instead[rest] = window
        return [rest]


class Progress:
    """How far the pages of change events have come in the time that is searched."""

    def __init__(self, window: Interval) -> None:
        self._window = window
        self._pages = 0
        self._newest: datetime = window.end
        self._is_in_order = True
        self._oldest: datetime | None = None

    def go_on(self, page: list[ChangeEvent]) -> None:
        """Take note of the next page."""
        self._pages += 1
        times = [event.shown_time for event in page]
        known = [time for time in times if time is not None]
        self._is_in_order &= len(known) == len(times) and known == sorted(known, reverse=True)
        if known:
            self._is_in_order &= self._oldest is None or known[0] <= self._newest
            self._newest, self._oldest = known[0], known[-1]

    @property
    def oldest(self) -> datetime | None:
        """The moment of the oldest event so far; None where they did not come newest first."""
        return self._oldest if self._is_in_order else None

    @property
    def pages_left(self) -> float:
        """How many pages are left where events are as frequent as so far; 0 where nobody knows."""
        if self.oldest is None:
            return 0.0
        covered = max(self._window.end - self.oldest, SECOND)
        return self._pages * ((self.oldest - self._window.start) / covered)


def _not_recorded(service: Service) -> Record:
    """Return what stands in the place of an event that a recording does not tell."""
    path = f"/services/{service.id}/change_events"
    error = UnavailableError(path, "the recording does not hold this request")
    return {"id": service.id, UNREAD: why_unread(error)}


def _named(events: list[ChangeEvent], owner: dict[str, str]) -> set[str]:
    """Return the services that change events name."""
    named: set[str] = set()
    for event in events:
        named |= event.ids_in("services")[0]
        try:
            named.add(owner.get(event.integration_id or "", ""))
        except MalformedRecordError:
            continue  # the control says so for the services that nothing else names
    return named


def _halves(window: Interval) -> list[Interval]:
    """Return both halves of a window, the later one last so that it is read first."""
    length = (window.end - window.start) // 2
    if length < SECOND:
        raise paging.TruncatedError("/change_events", [])
    middle = (window.start + length).replace(microsecond=0)
    return [Interval(window.start, middle), Interval(middle, window.end)]


CHANGE_EVENTS = DataSet(
    name="change_events",
    path="/change_events",
    scopes=("change_events.read",),
    read=read_change_events,
    kept=NAMED | keep("timestamp", services=REFERENCE, integration=REFERENCE),
    amount=Amount(
        "1 for each 100 events until every service was named, or 1 for each service left if fewer",
        lambda size: pages(size.services),
    ),
    asked=Asked.IN_SPANS,
    after=("services",),
    is_chain=True,
)
