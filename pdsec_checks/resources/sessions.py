"""How long sessions of users last."""

from __future__ import annotations

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources.view import View

WEB, MOBILE = "web", "mobile"
SHORTEST_IDLE, SHORTEST_SESSION = 60, 600
"""The least that PagerDuty's document allows, in seconds: below it nobody knows what is meant."""


class SessionConfiguration(View):
    """The limits of sessions of one kind (operationId ``getSessionConfigurations``)."""

    nameless = "a session configuration"

    @property
    def kind_of_session(self) -> str:
        """``web`` or ``mobile``."""
        return self.read_one_of("type", {WEB, MOBILE})

    @property
    def idle_seconds(self) -> int:
        """After how many seconds without activity a session ends."""
        return self._seconds("idle_session_ttl", SHORTEST_IDLE)

    @property
    def session_seconds(self) -> int:
        """How many seconds after the login a session ends, whatever the activity."""
        return self._seconds("absolute_session_ttl", SHORTEST_SESSION)

    def _seconds(self, name: str, least: int) -> int:
        found: int = self.read(name, int)
        if found < least:
            raise MalformedRecordError(
                f"{self}: field {name!r} is {found}, and PagerDuty allows no less than {least}"
            )
        return found
