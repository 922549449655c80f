"""How a snapshot comes about: what was read is never lost to what is asked beside it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from pdsec_checks.configuration.credentials import Credential, OAuthClient, Secret, api_key
from pdsec_checks.configuration.settings import TimeLimit
from pdsec_checks.errors import CredentialError
from pdsec_checks.pagerduty.access.credential import Identity
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.reading import UNKNOWN_VIEW, authorize, check_recordable, remarked
from pdsec_checks.pagerduty.recordings.tape import NotWrittenError
from pdsec_checks.pagerduty.snapshot import Cost
from pdsec_checks.pagerduty.take_snapshot import ReadingStopped
from tests.support.judged import NOTHING, a_snapshot

OVER = TimeLimit(seconds=1, began=-1_000_000)
"""A limit that was over before anybody could ask."""


def test_what_was_not_read_in_time_is_not_recorded() -> None:
    """Half a recording would be taken for a whole one."""
    late = replace(a_snapshot(abilities=[]), late="max_time = 1 s")

    with pytest.raises(NotWrittenError) as raised:
        check_recordable(late, Path("tape.yaml"))

    assert str(raised.value) == (
        "--pd-record tape.yaml: not written, as the account was not read in time (max_time = 1 s)"
    )


def test_a_credential_that_nobody_told_of_in_time_is_named() -> None:
    """The reports say what is unknown."""
    client = Client("http://127.0.0.1:9", api_key("hush"))
    settings = replace(NOTHING, reading=replace(NOTHING.reading, limit=OVER))
    snapshot = replace(a_snapshot(abilities=[]), requests=Cost(1, 0, 0, 0.5))

    read = remarked(snapshot, client, Future(), settings, [])

    assert f"{UNKNOWN_VIEW} (max_time = 1 s)" in read.notices


def test_ctrl_c_before_the_credential_is_known_loses_nothing() -> None:
    """What was read goes on to the reports, although nobody learnt what the credential may see."""
    snapshot = a_snapshot(abilities=[])
    client = Client("http://127.0.0.1:9", api_key("hush"))

    whose: Future[Identity] = Future()
    whose.set_exception(KeyboardInterrupt())

    with pytest.raises(ReadingStopped) as stopped:
        remarked(snapshot, client, whose, NOTHING, [])

    assert stopped.value.snapshot is snapshot


APP = OAuthClient("id", Secret("hush"), "acme", "us", "http://127.0.0.1:9/oauth/token")


@pytest.mark.parametrize("given", [api_key("hush"), APP, None], ids=["key", "app", "login"])
def test_a_time_that_was_over_at_once_is_no_matter_of_tokens(
    given: Credential | OAuthClient | None,
) -> None:
    """Whatever the credential, nothing was read in time, and a key needs no token at all."""
    settings = replace(NOTHING, reading=replace(NOTHING.reading, credential=given, limit=OVER))

    with pytest.raises(CredentialError) as raised:
        authorize(settings, set())

    assert str(raised.value) == (
        "nothing was read in time (max_time = 1 s): allow more time, or read less at once"
    )
