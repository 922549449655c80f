"""Maintenance: which services a window mutes, and for how long with those that follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from msgspec import Struct

from pdsec_checks.analysis.coverage import hours, in_utc, length
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.model import Interval
from pdsec_checks.resources import ById, MaintenanceWindow, Service


class Muted(Struct, frozen=True):
    """What a window mutes."""

    services: Sequence[Service]
    """Those in service that it surely names, by id."""
    unknown: InspectionError | None
    """Why there may be more; None where there are not."""


class Chain(Struct, frozen=True):
    """Windows of one service that touch or overlap."""

    windows: Sequence[MaintenanceWindow]
    """In the order in which they start."""
    span: Interval

    @property
    def length(self) -> timedelta:
        """How long the service is muted without a break."""
        return length(self.span)

    @property
    def hours(self) -> float:
        """The same, in hours to two decimals."""
        return hours(self.span)


class Windows(Struct, frozen=True):
    """The open maintenance windows of one account."""

    windows: Sequence[MaintenanceWindow]
    services: Callable[[], ById[Service]]
    """Returns every service by id, or raises why they cannot be read."""

    def muted_by(self, window: MaintenanceWindow) -> Muted:
        """Return what a window mutes; a service that is gone, or disabled, it does not.

        Raises:
            InspectionError: The services cannot be read.
        """
        ids, problem = window.service_ids
        unknown: InspectionError | None = problem
        services = self.services()
        found: list[Service] = []
        for each in sorted(ids):
            try:
                service = services.find(each)
                if service is not None and service.in_service:
                    found.append(service)
            except InspectionError as error:
                unknown = unknown or error
        return Muted(found, unknown)

    def concerns_anybody(self, window: MaintenanceWindow) -> bool:
        """Tell whether a window mutes a service in service, or may do so."""
        try:
            muted = self.muted_by(window)
        except InspectionError:
            return True
        return bool(muted.services) or muted.unknown is not None

    def chain(self, window: MaintenanceWindow, service: Service) -> Chain:
        """Return the windows that surely mute a service without a break around *window*.

        Raises:
            MalformedRecordError: It does not say when the window runs.
        """
        span = in_utc(window.span)
        found = [(span, window)]
        left = [each for each in self._of(service) if each[1] is not window]
        while joined := [each for each in left if touch(each[0], span)]:
            found += joined
            left = [each for each in left if each not in joined]
            starts, ends = zip(*(each for each, _ in found), strict=True)
            span = Interval(min(starts), max(ends))
        found.sort(key=lambda each: (each[0], each[1].record.get("id", "")))
        return Chain([each for _, each in found], span)

    def _of(self, service: Service) -> list[tuple[Interval, MaintenanceWindow]]:
        found: list[tuple[Interval, MaintenanceWindow]] = []
        for each in self.windows:
            try:
                if service.id in each.service_ids[0]:
                    found.append((in_utc(each.span), each))
            except MalformedRecordError:
                continue  # doubt says so
        return found

    def doubt(self, services: Iterable[Service]) -> InspectionError | None:
        """Return why one of *services* may be muted for longer; None where it is not."""
        wanted = {each.id for each in services}
        for each in self.windows:
            ids, problem = each.service_ids
            if problem is not None:
                return problem
            if ids & wanted:
                try:
                    _ = each.span
                except MalformedRecordError as error:
                    return error
        return None


def touch(one: Interval, other: Interval) -> bool:
    """Tell whether two spans overlap, or one begins where the other ends."""
    return one.start <= other.end and other.start <= one.end
