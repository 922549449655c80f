"""Event orchestrations: which service the events of a router go to."""

from __future__ import annotations

from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.resources.view import View

UNROUTED = "unrouted"
"""Where a router sends an event in place of a service."""


class EventOrchestration(View):
    """One global event orchestration (operationId ``listEventOrchestrations``)."""

    kind = "event_orchestration"


class RouterRule(View):
    """One rule of a router."""

    def is_enabled(self) -> bool:
        """Tell whether events are held against it: a rule that does not say so is not disabled."""
        return not self.read_optional("disabled", bool, default=False)

    def looked_up_by(self) -> str | None:
        """Return by what an event itself names its service; None where it does not."""
        actions = self.part("actions")
        found = actions.read_if_any("dynamic_route_to", dict)
        if found is None:
            return None
        return actions.view_of("dynamic_route_to", found).shown("lookup_by", str) or "unknown"

    @property
    def names_a_route(self) -> bool:
        """Whether it names where events go to, whatever that is."""
        return self.part("actions").get("route_to") is not None

    def route(self) -> str:
        """Return the id of the service that events go to, or ``unrouted``.

        Raises:
            MalformedRecordError: It does not say.
        """
        found: str = self.part("actions").read("route_to", str)
        if not found:
            raise MalformedRecordError(f"{self}: field 'route_to' is empty")
        return found


class Router(View):
    """The router of one event orchestration (operationId ``getOrchPathRouter``)."""

    kind = "event_orchestration"

    def rules(self) -> tuple[list[RouterRule], InspectionError | None]:
        """Return the rules of all sets, and why there may be others; None where there are not.

        PagerDuty's document: there is one set at least, which may have no rules.
        """
        found: list[RouterRule] = []
        try:
            sets = list(self.nested("sets"))
            for each in sets:
                found += each.nested("rules", RouterRule, "a rule of its router")
        except (MalformedRecordError, UnavailableError) as error:
            return found, error
        empty = MalformedRecordError(f"{self}: field 'sets' is empty")
        return found, None if sets else empty

    def catch_all(self) -> str:
        """Return the id of the service that everything else goes to, or ``unrouted``.

        PagerDuty's document: where it names none, that is ``unrouted``.

        Raises:
            MalformedRecordError: There is no catch-all at all, or it is broken.
        """
        catch_all = self.part("catch_all")
        actions = catch_all.read_if_any("actions", dict)
        if actions is None:
            return UNROUTED
        found = catch_all.view_of("actions", actions).read_if_any("route_to", str)
        return found or UNROUTED


class Unrouted(View):
    """What becomes of unrouted events (operationId ``getOrchPathUnrouted``)."""

    kind = "event_orchestration"

    def is_suppressed(self) -> bool:
        """Tell whether its alerts are suppressed; where it does not say so, they are.

        PagerDuty's knowledge base: the default catch-all never creates an incident.
        """
        found = self.read_if_any("catch_all", dict)
        if found is None:
            return True
        catch_all = self.view_of("catch_all", found)
        actions = catch_all.read_if_any("actions", dict)
        if actions is None:
            return True
        suppress = catch_all.view_of("actions", actions).read_optional("suppress", bool | None)
        return suppress is not False
