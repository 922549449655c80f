"""The answer for programs: its schema, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import pdsec_checks
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.ring.document import as_json
from tests.controls.test_ring import ROW_1, ROW_4, ROW_6, SCH_A, SCH_B, TABLE
from tests.support.judged import refused
from tests.support.phones import STRANGER, A, S, account, policy, rota
from tests.support.questions import asked

ROOT = Path(pdsec_checks.__file__).parent.parent
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "ring.schema.json").read_text("utf-8"))
UNKNOWN = rota("SU", (STRANGER, (0, 24)))


def document(snapshot: Snapshot, *flags: str) -> dict[str, Any]:
    """Return the answer to some flags, held against the schema."""
    plain: dict[str, Any] = json.loads(as_json(asked(snapshot, *flags)))
    Draft202012Validator(SCHEMA).validate(plain)
    return plain


def test_schema_is_one() -> None:
    """The schema itself is valid."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("number", TABLE)
def test_every_row_of_the_truth_table_fits_the_schema(number: int) -> None:
    """With all there is to ask, and as a walk of one moment."""
    snapshot = TABLE[number].snapshot
    whole = document(snapshot, "--blast-radius", "--load", "--time-zone", "Asia/Kolkata")

    is_dead, is_unknown = TABLE[number].first == "fail", bool(whole["not_judged"])
    assert whole["exit_code"] == (1 if is_dead else 6 if is_unknown else 0)
    assert is_unknown or TABLE[number].first != "error"
    if not whole["summary"]["disabled"]:
        document(snapshot, "--resource", "Checkout", "--at", "2026-11-24T07:40:00Z")


def test_what_was_not_asked_for_is_null() -> None:
    """An empty list would say that nothing goes dark."""
    plain = document(account(ROW_1))

    assert (plain["incidents"], plain["blast_radius"], plain["load"]) == (None, None, None)


def test_dead_windows_are_those_of_the_control() -> None:
    """A service carries the evidence of PD-26, with local moments where they were asked for."""
    plain = document(account(ROW_6, SCH_A, SCH_B), "--time-zone", "Europe/Paris")
    (service,) = plain["services"]

    assert service["standing"] == "dead"
    assert service["evidence"]["dead_windows"][0] == {
        "start": "2026-11-23T08:00:00Z",
        "end": "2026-11-24T00:00:00Z",
        "hours": 16.0,
        "local": {"start": "2026-11-23T09:00:00+01:00", "end": "2026-11-24T01:00:00+01:00"},
        "why": "lost",
        "minutes": None,
    }


def test_walk_says_never_as_null() -> None:
    """Infinity is no JSON."""
    plain = document(account(policy((S, 30))), "--resource", "PSVC", "--at", "2026-11-23T09:00Z")
    (incident,) = plain["incidents"]

    assert (incident["first_ring_minutes"], incident["is_dead"]) == (None, True)
    assert incident["steps"][0]["targets"][0]["on_call"][0]["rings_at_minutes"] is None


def test_assumptions_are_recorded() -> None:
    """An answer to *what if* says so."""
    plain = document(account(ROW_4), "--without-user", "User B")

    assert plain["what_if"]["without_users"] == [{"id": "PB", "name": "User B"}]


def test_device_has_its_short_name() -> None:
    """Devices are called as in the configuration."""
    plain = document(account(policy((A, 30))), "--blast-radius")

    assert [each["id"] for each in plain["blast_radius"] if each["kind"] == "device"] == ["phone"]


def test_not_judged_has_its_reason() -> None:
    """A service that nobody can judge is listed with the reason, and makes the exit code 6."""
    plain = document(account(policy((UNKNOWN, 30)), UNKNOWN))

    assert plain["services"][0]["standing"] == "not_judged"
    assert "PX" in plain["not_judged"][0]["why"]
    assert plain["exit_code"] == 6


def test_unread_services_are_no_empty_list() -> None:
    """Why there are no services is told."""
    plain = document(account(ROW_1, data={"services": refused(403)}))

    assert "HTTP 403" in plain["unread"]
    assert plain["exit_code"] == 6


def test_same_answer_same_bytes() -> None:
    """Nothing in it hangs on the order of sets or on the clock."""
    texts = {as_json(asked(account(ROW_6, SCH_A, SCH_B), "--blast-radius")) for _ in range(2)}

    assert len(texts) == 1


def test_walk_says_what_is_unknown() -> None:
    """Nothing is said to ring at somebody of whom nothing is known."""
    flags = ("--resource", "PSVC", "--at", "2026-11-23T09:00Z")
    (incident,) = document(account(policy((UNKNOWN, 30)), UNKNOWN), *flags)["incidents"]
    (person,) = incident["steps"][0]["targets"][0]["on_call"]

    assert person["by"].startswith("unknown, ")
    assert incident["doubt"].startswith("not judged: ")
    assert incident["is_dead"] is None
