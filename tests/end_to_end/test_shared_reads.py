"""What one control reads saves another one its requests, and changes no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pdsec_checks.pagerduty.data_sets.history import AUDIT_API_TOKEN
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator import Account, Fault, Received, builders, run
from tests.simulator.accounts import sized
from tests.simulator.records import ago
from tests.support import reading
from tests.support.calls import run_command
from tests.support.judged import NOW, verdicts

OLDEST = "audit_oldest"
KEY_USE = AUDIT_API_TOKEN.name
BOTH = (OLDEST, KEY_USE, "services")
ALONE = (OLDEST, "services")
SITUATIONS: dict[str, dict[str, Sequence[int]]] = {
    "old key use": {"keys": (350, 20), "others": (10,)},
    "key use in a younger window": {"keys": (100,), "others": (200, 5)},
    "key use older than all else": {"keys": (120,), "others": (60,)},
    "only key use": {"keys": (40,), "others": ()},
    "no key use": {"keys": (), "others": (340,)},
    "nothing": {"keys": (), "others": ()},
}
"""Ages in days of what API keys did, and of what people did."""


def an_account(keys: Sequence[int], others: Sequence[int]) -> Account:
    """Return an account whose audit trail has records of these ages."""
    company = sized(NOW, users=3, services=2, policies=1, audit_records=0, change_events=0)
    company.audit_records = [
        builders.an_audit_record(ago(NOW, days), method=method)
        for method, ages in (("api_token", keys), ("browser", others))
        for days in ages
    ]
    return company


def read(company: Account, names: Sequence[str], *faults: Fault) -> tuple[Snapshot, list[Received]]:
    """Read data sets; also return the requests for single audit records."""
    with run(company, faults=faults) as simulator:
        snapshot = reading.read(simulator, names)
        return snapshot, [each for each in simulator.requests if "limit=1&" in each.query]


@pytest.mark.parametrize("required", [365, 300, 90])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_sharing_changes_no_verdict(situation: str, required: int) -> None:
    """PD-12 says the same whether key use was read as well or not, and never asks more."""
    company = an_account(**SITUATIONS[situation])
    shared, few = read(company, BOTH)
    alone, many = read(company, ALONE)

    both = [
        verdicts(each, "PD-12", audit_retention_days=required)["account"]
        for each in (shared, alone)
    ]
    assert both[0] == both[1]
    assert len(few) <= len(many)


def test_old_key_use_answers_for_the_whole_trail() -> None:
    """A key that was used eleven months ago shows that records are kept: nothing else is asked."""
    _, asked = read(an_account(**SITUATIONS["old key use"]), BOTH)

    assert asked == []


def test_only_what_lies_before_is_asked_for() -> None:
    """Key use of 100 days ago: the windows before it are tried, oldest first, the later not."""
    snapshot, asked = read(an_account(keys=(100,), others=(5,)), BOTH)

    assert len(asked) == 8
    assert [each["method"]["type"] for each in snapshot.records(OLDEST)] == ["api_token"]


@pytest.mark.parametrize("kind", ["status", "truncated_json"])
def test_key_use_that_cannot_be_read_costs_the_other_control_nothing(kind: str) -> None:
    """Where PD-13 has no evidence, PD-12 reads its own."""
    refused = Fault("/audit/records", kind, status=403, query="method_type=api_token")
    snapshot, _ = read(an_account(keys=(), others=(340,)), BOTH, refused)

    assert not snapshot.has(KEY_USE)
    assert verdicts(snapshot, "PD-12") == {"account": "pass"}


def test_malformed_key_use_is_left_to_its_own_control() -> None:
    """A record without a moment shares nothing."""
    broken = Fault("/audit/records", "drop", field="execution_time", query="method_type=api_token")
    snapshot, asked = read(an_account(keys=(350,), others=()), BOTH, broken)

    assert len(asked) >= 1
    assert verdicts(snapshot, "PD-12") == {"account": "pass"}


def test_replay_of_one_control_asks_what_was_recorded_for_all(tmp_path: Path) -> None:
    """A recording of all controls answers PD-12 alone, with the same verdict and evidence.

    Its rank is among the checks of the run.
    """
    found = []
    for selection in ("--controls=12", "--controls=12,13"):
        arguments = (selection, "--replay=demo", "--output=inspection.json")
        ended = run_command(tmp_path, *arguments)
        found.append([each for each in ended.report["findings"] if each["control"] == "PD-12"])

    assert [each.pop("rank") for each in found[0]] == [1]
    assert [each.pop("rank") for each in found[1]] == [2]
    assert found[0] == found[1]
    assert [each["status"] for each in found[0]] != ["error"]
