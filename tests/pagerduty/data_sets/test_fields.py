"""What is kept of an answer: enough for every verdict, and nothing that makes one up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.model import Finding
from pdsec_checks.pagerduty.data_sets.fields import keep, prune
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources.kept import ALL
from tests.simulator import Account, accounts, run
from tests.support import reading
from tests.support.calls import run_pytest
from tests.support.judged import NOW, inspect

ACCOUNTS = ("demo", "demo_compliant", "hostile", "secrets", "large")
WANTED = keep("id", teams=keep("id"))


def findings(snapshot: Snapshot) -> list[Finding]:
    """Return everything that a snapshot gives rise to: verdict, sentence, evidence, address."""
    return [finding for control in shipped_ids() for finding in inspect(snapshot, control)]


@pytest.mark.parametrize("name", ACCOUNTS)
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
