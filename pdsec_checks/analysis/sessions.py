"""Sessions: whether they end by themselves, and since when the account may have its limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError, MalformedRecordError
from pdsec_checks.model import Record, counted
from pdsec_checks.resources import Service, SessionConfiguration, View
from pdsec_checks.resources.sessions import MOBILE, WEB

MINUTE, HOUR = 60, 3600


class Limits(Struct, frozen=True):
    """After how many seconds sessions of one kind end."""

    idle: int
    session: int

    @property
    def idle_minutes(self) -> float:
        """The limit without activity, in minutes to two decimals."""
        return round(self.idle / MINUTE, 2)

    @property
    def session_hours(self) -> float:
        """The limit from the login on, in hours to two decimals."""
        return round(self.session / HOUR, 2)


class Sessions(Struct, frozen=True):
    """What is configured for sessions of the account."""

    configurations: list[SessionConfiguration]

    def limits(self, kind: str) -> tuple[Limits | None, InspectionError | None]:
        """Return the limits of sessions of a kind, and why they may be longer; None where not.

        None for the limits where none are known. Of several the longest counts; one without a
        kind may be of any.
        """
        found: list[Limits] = []
        unknown: list[InspectionError] = []
        for each in self.configurations:
            try:
                if each.kind_of_session == kind:
                    found.append(Limits(each.idle_seconds, each.session_seconds))
            except MalformedRecordError as error:
                unknown.append(error)
        doubt = combined(unknown) if unknown else None
        if not found:
            return None, doubt
        longest = Limits(max(each.idle for each in found), max(each.session for each in found))
        return longest, doubt

    @property
    def web(self) -> tuple[Limits | None, InspectionError | None]:
        """Those of the web app."""
        return self.limits(WEB)

    @property
    def mobile(self) -> Limits | None:
        """Those of the mobile app, as far as they can be told."""
        return self.limits(MOBILE)[0]


def overlong(limits: Limits, baseline: Baseline) -> str:
    """Return in what sessions go on for too long, as a sentence says it; nothing if in nothing."""
    return " and ".join(excesses(limits, baseline))


def excesses(limits: Limits, baseline: Baseline) -> Iterator[str]:
    """Yield each limit that is above the one of the baseline."""
    minutes, hours = baseline.max_web_idle_minutes, baseline.max_web_session_hours
    if limits.idle > minutes * MINUTE:
        shown = f"{'more than ' * (limits.idle_minutes == minutes)}{limits.idle_minutes:g} minutes"
        yield f"for {shown} without activity (the limit is {counted(minutes, 'minute')})"
    if limits.session > hours * HOUR:
        shown = f"{'more than ' * (limits.session_hours == hours)}{limits.session_hours:g} hours"
        yield f"for {shown} in all (the limit is {counted(hours, 'hour')})"


def mobile_as_evidence(limits: Limits | None) -> Record:
    """Return the limits of the mobile app as plain JSON; nothing where there are none."""
    if limits is None:
        return {}
    return {
        "mobile_idle_minutes": limits.idle_minutes,
        "mobile_session_hours": limits.session_hours,
    }


def earliest_creation(services: Iterable[Service]) -> datetime | None:
    """Return when the oldest service or integration was made, as far as they say; None if nowhere.

    The account is as old as that at least.
    """
    made = (created_of(each) for service in services for each in with_integrations(service))
    return min(filter(None, made), default=None)


def with_integrations(service: Service) -> Iterator[View]:
    """Yield a service and those of its integrations that can be read."""
    yield service
    try:
        yield from service.integrations
    except MalformedRecordError:
        return


def created_of(thing: View) -> datetime | None:
    """Return when something was made; None where it does not say."""
    try:
        return thing.moment("created_at", optional=True, absent=True)
    except MalformedRecordError:
        return None
