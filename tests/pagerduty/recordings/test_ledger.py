"""The ledger of a recording: what was asked, and the digest of what was answered."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from pdsec_checks import NAME
from pdsec_checks.errors import UsageError
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.ledger import ledger_of
from tests.simulator import Fault, accounts, run
from tests.simulator.record import AS_OF
from tests.support.tapes import plain_of, tape, unsealed, write_plain

DEMO = recording.shipped("demo")


def test_each_interaction_has_a_line_in_the_order_of_the_file() -> None:
    """Method, address, status, and of the body its length and digest, as anybody works them out."""
    entries = [json.loads(line) for line in ledger_of(DEMO).splitlines()]
    interactions = plain_of(DEMO)["interactions"]

    assert len(entries) == len(interactions) == 81
    for entry, each in zip(entries, interactions, strict=True):
        sent, body = each["request"]["body"], each["response"]["body"]["string"].encode()
        assert entry == {
            "method": each["request"]["method"],
            "path": each["request"]["uri"].removeprefix("https://api.pagerduty.com"),
            "sent": sha256(sent.encode()).hexdigest() if sent else None,
            "status": 200,
            "bytes": len(body),
            "sha256": sha256(body).hexdigest(),
            "content_type": "application/json; charset=utf-8",
            "date": "Mon, 23 Nov 2026 09:00:00 GMT",
            "request_id": each["response"]["headers"]["x-request-id"][0],
        }
    assert [each["method"] for each in entries if each["sent"]] == ["POST"]


def test_the_chain_is_worked_out_from_the_ledger_alone() -> None:
    """Whoever has the ledger and the header's digest gets the digest of the whole, with SHA-256."""
    header = plain_of(DEMO)["metadata"][NAME]
    link = header["header_digest"]
    for line in ledger_of(DEMO).splitlines():
        link = sha256(f"{link}\n{line}".encode()).hexdigest()

    assert link == header["digest"]


def test_what_a_server_did_not_send_is_null(tmp_path: Path) -> None:
    """A broken answer, or one of a recording from before, has neither date nor id."""
    cut = [Fault("/services", "cut", times=1)]
    with run(accounts.small(AS_OF), faults=cut) as simulator:
        tape(simulator, tmp_path / "tape.json", names=["services", "users"])
    write_plain(tmp_path / "old.json", old := unsealed(plain_of(tmp_path / "tape.json")))
    for each in old["interactions"]:
        each["response"]["headers"] = {"Content-Type": ["application/json"]}
    write_plain(tmp_path / "older.json", old)
    entries = [json.loads(line) for line in ledger_of(tmp_path / "older.json").splitlines()]

    assert ledger_of(tmp_path / "old.json") == ledger_of(tmp_path / "tape.json")
    assert {(each["date"], each["request_id"]) for each in entries} == {(None, None)}
    assert {each["content_type"] for each in entries} == {"application/json"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.yaml", "there is no such file"),
        (".", "this is a folder"),
        ("edited.json", "edited since it was recorded"),
        ("other.json", "not a recording"),
    ],
)
def test_what_is_no_recording_has_no_ledger(tmp_path: Path, name: str, said: str) -> None:
    """The errors are those of a replay."""
    plain = plain_of(DEMO)
    del plain["interactions"][5]
    write_plain(tmp_path / "edited.json", plain)
    (tmp_path / "other.json").write_text("{}")

    with pytest.raises(UsageError, match=said):
        ledger_of(tmp_path / name)
