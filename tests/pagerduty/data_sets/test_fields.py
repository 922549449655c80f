"""What is kept of an answer: enough for every verdict, and nothing that makes one up."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.data_sets.fields import keep, prune, without_secrets
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import split_url
from pdsec_checks.resources.kept import ALL
from tests.simulator import Account, accounts, run
from tests.simulator.accounts.secret import PREFIX
from tests.support import reading
from tests.support.calls import run_pytest
from tests.support.judged import NOW, inspect

ACCOUNTS = ("demo", "demo_compliant", "hostile", "secrets", "large")
WANTED = keep("id", teams=keep("id"))


def findings(snapshot: Snapshot) -> list[Finding]:
    """Return everything that a snapshot gives rise to: verdict, sentence, evidence, address."""
    return inspect(snapshot, *shipped_ids())


@pytest.mark.parametrize("name", reading.left_to_ci(ACCOUNTS, {"large"}))
def test_pruned_records_give_the_same_findings(name: str) -> None:
    """No finding of any account depends on a field that is not kept."""
    build: Callable[[datetime], Account] = accounts.NAMED[name]
    with run(build(NOW)) as simulator:
        pruned = reading.read(simulator, DATA_SETS)
        whole = reading.read(simulator, DATA_SETS, whole=True)

    assert findings(pruned) == findings(whole)
    assert pruned.data != whole.data
    assert pruned.kept.keys() == DATA_SETS.keys()
    assert whole.kept == {}
    assert pruned.web_host == whole.web_host


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        ({"id": "P1", "name": "Ann", "teams": []}, {"id": "P1", "teams": []}),
        ({"id": "P1"}, {"id": "P1"}),
        ({"name": "Ann"}, {}),
        ({"id": None, "teams": None}, {"id": None, "teams": None}),
        ({"id": ["x"], "teams": "x"}, {"id": ["x"], "teams": "x"}),
        ({"teams": [{"id": "T", "self": "x"}, 5]}, {"teams": [{"id": "T"}, 5]}),
        ({"teams": {"id": "T", "self": "x"}}, {"teams": {"id": "T"}}),
    ],
)
def test_missing_and_malformed_fields_stay_as_they_are(record: Any, kept: Any) -> None:
    """What PagerDuty left out is not there, and a value of a wrong type is still wrong."""
    answer = {"users": [record], "more": False, "total": None}

    assert prune(answer, WANTED) == {"users": [kept], "more": False, "total": None}


@pytest.mark.parametrize("value", ["text", None, 5, ["P1"], [None]])
def test_collection_of_another_type_stays_as_it_is(value: Any) -> None:
    """A reader sees what PagerDuty sent in place of a list of records."""
    assert prune({"users": value}, WANTED) == {"users": value}


def test_all_fields_can_be_kept() -> None:
    """A run with controls of the user's own keeps records whole."""
    answer = {"users": [{"id": "P1", "description": {"any": ["thing"]}}]}

    assert prune(answer, ALL) == answer


def test_a_control_of_the_users_own_sees_whole_records(tmp_path: Path) -> None:
    """A control that does not ship with the package may read any field of a record."""
    (tmp_path / "test_own.py").write_text(
        "import pytest\n"
        "from pdsec_checks.resources import Service\n"
        "@pytest.mark.control('ACME-01')\n"
        "@pytest.mark.low\n"
        "def test_service_has_a_time(service: Service) -> None:\n"
        '    """Every service says when it had its last incident.\n\n'
        '    Rationale: to try it.\n    Remediation: none.\n    """\n'
        "    service.read('last_incident_timestamp', str | None)\n"
    )
    report = tmp_path / "inspection.json"
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", f"--pd-json={report}", target=str(tmp_path / "test_own.py")
    )

    assert ended.code == 0, ended.text
    assert set(ended.verdicts.values()) == {"pass"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://chat.example", "https://chat.example"),
        ("https://chat.example/", "https://chat.example/"),
        ("https://chat.example:8443/T0/B0/x", "https://chat.example:8443/hidden"),
        ("HTTP://u:p@[::1]:80/a?b=c#d", "http://hidden@[::1]:80/hidden?hidden#hidden"),
        ("//chat.example/x", "//chat.example/hidden"),
        ("chat.example/x", "hidden"),
        ("https://[::1/x", "hidden"),
        (" ", ""),
        ("", ""),
    ],
)
def test_of_a_webhook_s_address_only_what_is_judged_is_kept(url: str, kept: str) -> None:
    """Scheme, host and port stay; of the rest only whether there is any."""
    before, after = split_url(url), split_url(without_secrets(url))

    assert without_secrets(url) == kept
    if before and before.hostname:
        assert after
        assert (after.scheme, after.hostname, after.port) == (
            before.scheme, before.hostname, before.port
        )  # fmt: skip


def test_what_workers_share_holds_no_secret(tmp_path: Path) -> None:
    """Keys, headers, addresses of webhooks, people and calendars are not in the shared file."""
    with run(accounts.secrets(NOW)) as simulator:
        reading.read(simulator).write(tmp_path / "snapshot.json.gz")
    shared = gzip.decompress((tmp_path / "snapshot.json.gz").read_bytes()).decode()

    assert "https://" in shared
    assert PREFIX not in shared
