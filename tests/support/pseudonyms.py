"""Reads accounts as a recording with pseudonyms holds them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pdsec_checks.model import Record
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings.redaction import Redactor


def redact_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every answer of PagerDuty be what a recording keeps of it."""
    ask, redactor = Client.get, Redactor(b"key")

    def answer(self: Client, path: str, **params: Any) -> Record:
        plain = json.dumps(ask(self, path, **params)).encode()
        found: Record = json.loads(redactor.body(plain))
        return found

    monkeypatch.setattr(Client, "get", answer)
