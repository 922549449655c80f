"""How a snapshot comes about: what was read is never lost to what is asked beside it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import NoReturn

import pytest

from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.pagerduty.access.credential import Identity
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.reading import remarked
from pdsec_checks.pagerduty.take_snapshot import ReadingStopped
from tests.support.judged import NOTHING, a_snapshot


def interrupted(_: float | None) -> NoReturn:
    """Be interrupted, as a wait in the main thread is."""
    raise KeyboardInterrupt


def test_ctrl_c_before_the_credential_is_known_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was read goes on to the reports, although nobody learnt what the credential may see."""
    snapshot = a_snapshot(abilities=[])
    client = Client("http://127.0.0.1:9", api_key("hush"))

    whose: Future[Identity] = Future()
    monkeypatch.setattr(whose, "result", interrupted)

    with pytest.raises(ReadingStopped) as stopped:
        remarked(snapshot, client, whose, NOTHING, [])

    assert stopped.value.snapshot is snapshot
