"""The engine alone, and the pytest suite that stands on it, say the same of every account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.judging.controls import shipped
from pdsec_checks.pagerduty.reading import replay
from pdsec_checks.reports.ranking import ranked
from tests.simulator import Fault
from tests.simulator.accounts import NAMED
from tests.simulator.record import AS_OF, record
from tests.support import reading
from tests.support.calls import run_command
from tests.support.findings import as_judged, core_ids

ACCOUNTS = reading.left_to_ci(sorted(NAMED.keys() - {"huge"}), {"large", "leavers", "secrets"})
"""The huge one has the resources of the large one, twenty times."""
PATHS = (
    *("/abilities", "/users", "/teams", "/services", "/escalation_policies", "/schedules"),
    *("/v3/schedules", "/oncalls", "/incident_workflows", "/audit/records", "/priorities"),
    *("/extensions", "/webhook_subscriptions", "/business_services", "/change_events"),
)


def by_engine(tape: Path, *controls: str) -> list[dict[str, Any]]:
    """Return the findings of the engine, ranked as they stand in a JSON report."""
    settings = load_settings({"pd_replay": str(tape)}, {}, tape.parent)
    names = controls or core_ids()
    chosen = [each for each in shipped() if each.control.id in names]
    snapshot = replay(settings, [each.control for each in chosen])
    inspection = Inspection(snapshot, snapshot.baseline(settings.decided.baseline))
    found = engine.judged(chosen, inspection, settings)
    in_order = sorted(found, key=lambda finding: finding.sort_key)
    return [each.to_json() for each in ranked(in_order, [each.control for each in chosen])]


def by_suite(tape: Path) -> list[dict[str, Any]]:
    """Return the findings of the command's JSON report; a node id is pytest's own."""
    ended = run_command(tape.parent, f"--replay={tape}", "--output=inspection.json")
    findings: list[dict[str, Any]] = ended.report["findings"]
    return [each | {"nodeid": ""} for each in as_judged(findings)]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_is_judged_alike(tmp_path: Path, name: str) -> None:
    """Status, message, evidence, rank and reach of every resource are those of the engine."""
    tape = tmp_path / "tape.yaml"
    record(NAMED[name](AS_OF), tape)

    assert by_suite(tape) == by_engine(tape)


@pytest.mark.parametrize("refused", [PATHS, PATHS[::2], PATHS[1::2]])
def test_an_account_that_refuses_is_judged_alike(tmp_path: Path, refused: tuple[str, ...]) -> None:
    """Where several lists are missing at once, both name the same one."""
    tape = tmp_path / "tape.yaml"
    faults = [Fault(path, "status", status=403) for path in refused]
    record(NAMED["demo"](AS_OF), tape, faults)

    assert by_suite(tape) == by_engine(tape)


def test_plans_without_features_are_judged_alike(tmp_path: Path) -> None:
    """A fail that is certain stays one in both, whatever else cannot be read."""
    tape = tmp_path / "tape.yaml"
    bought = [Fault(path, "status", status=402) for path in ("/incident_workflows", "/priorities")]
    record(NAMED["demo"](AS_OF), tape, [*bought, Fault("/business_services", "status", status=403)])

    assert by_suite(tape) == by_engine(tape)
