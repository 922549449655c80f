"""Reading many accounts ahead: first come, first served, and no more at once than told."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from pdsec_checks.accounts import ahead
from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.judging.controls import shipped
from tests.support.judged import a_snapshot

JOB = Job("1", load_settings({"pd_replay": "demo"}, {}), load_catalogue(), tuple(shipped()[:1]))
JOBS = [replace(JOB, name=str(each), settings=replace(JOB.settings)) for each in range(1, 9)]
"""Each has settings of its own to know it by."""


@pytest.mark.parametrize("at_once", [1, 3])
def test_accounts_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """An account that takes an hour holds up those behind it, and none before it."""
    named = {id(job.settings): job.name for job in JOBS}
    begun: list[str] = []
    inside: list[int] = []
    may_end = threading.Event()
    lock = threading.Lock()

    def slow(settings: Any, *_: object) -> Any:
        with lock:
            begun.append(named[id(settings)])
            inside.append(len(begun) - ended[0])
        may_end.wait()
        with lock:
            ended[0] += 1
        return a_snapshot()

    ended = [0]
    monkeypatch.setattr(ahead, "read", slow)
    readers = Readers(at_once)
    for job in JOBS:
        readers.start(job)
    may_end.set()
    for job in JOBS:
        readers.snapshot(job)

    assert max(inside) <= at_once
    assert sorted(begun) == [job.name for job in JOBS]
    if at_once == 1:
        assert begun == sorted(begun)
