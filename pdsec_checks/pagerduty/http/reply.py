"""One answer as it came: whose it is, and whether it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from pdsec_checks.pagerduty.http.decoding import decoded
from pdsec_checks.pagerduty.http.patience import RETRIED

REDIRECTS = range(300, 400)
NO_JSON: Final = object()
"""What a body is that is not valid JSON."""
BESIDES = frozenset({"response_metadata", "filters"})
"""Objects that an answer may hold besides its records."""


@dataclass(frozen=True)
class Reply:
    """An answer to one request."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    """The body, decompressed."""

    @cached_property
    def is_foreign(self) -> bool:
        """Whether somebody else answers in PagerDuty's place, whose API sends JSON alone.

        A network that wants a sign-in, or a proxy, sends a redirect or a page. A page that tells of
        trouble may be of PagerDuty's own gateway.
        """
        if self.status in REDIRECTS or self.status == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED:
            return True
        if self.status in RETRIED or self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return False
        is_html = self.headers.get("content-type", "").startswith("text/html")
        return is_html or self.content[:80].lstrip().startswith(b"<")

    @cached_property
    def json(self) -> Any:
        """What the body holds; ``NO_JSON`` where it is none."""
        try:
            return decoded(self.content)
        except (ValueError, RecursionError):
            return NO_JSON

    @property
    def has_records(self) -> bool:
        """Whether there is a list, or an object, in the body: every answer of the API has one.

        One that is empty, cut short, or has a null in the list's place was lost on the way.
        """
        if not isinstance(self.json, dict):
            return False
        held = (value for name, value in self.json.items() if name not in BESIDES)
        return any(isinstance(value, list | dict) for value in held)
