"""What is tried again, how often, after which pause: of PagerDuty and of its token endpoint."""

from __future__ import annotations

import random
from http import HTTPStatus

import requests
import urllib3

from pdsec_checks.pagerduty.http.budget import LONGEST_PAUSE

RETRIED = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError)
FAULTS = (*TIMEOUTS, requests.ConnectionError, urllib3.exceptions.HTTPError)
FAULTS_ALLOWED = 3
"""How often one request is tried again after a server error, a broken connection or answer."""
BACKOFF = 0.5
"""Seconds before the first retry; doubles from one to the next."""


def pause(tries: int, backoff: float) -> float:
    """Seconds before the next try: doubling, with jitter so that threads spread."""
    exact: float = backoff * 2 ** (tries - 1)
    return min(exact, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311
