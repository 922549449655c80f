"""Views of made-up records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pdsec_checks.model import Interval
from pdsec_checks.resources import Service, User

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW = Interval(NOW, NOW + timedelta(days=30))


def a_service(**fields: Any) -> Service:
    """Return a service with these fields."""
    return Service({"id": "PS1", "name": "shop", **fields})


def a_user(**fields: Any) -> User:
    """Return a user with these fields."""
    return User({"id": "PU1", "name": "Ann", **fields})
