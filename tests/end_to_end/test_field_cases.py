"""Accounts as they were met in the field have their right outcome, live and from a recording."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.data_sets.table import closure
from tests.cases import CASES, Case, people
from tests.simulator import run
from tests.support import reading
from tests.support.judged import NOW, inspect
from tests.support.tapes import replayed, tape

NEEDS = {control.id: closure(control.needs) for control in shipped_controls()}
EACH = pytest.mark.parametrize("case", CASES, ids=str)


def told(finding: Finding) -> str:
    """Return everything that a finding says."""
    return f"{finding.message} {json.dumps(dict(finding.evidence), default=str)}"


@EACH
def test_case_has_its_right_outcome(case: Case) -> None:
    """Every row of the controls has its status, in words that are true, at no great cost."""
    with run(case.build(NOW), faults=case.faults) as simulator:
        snapshot = reading.read(simulator)
        asked = Counter(request.path for request in simulator.requests)
    findings = {control: inspect(snapshot, control) for control in case.outcome}
    texts = {control: " ".join(map(told, found)) for control, found in findings.items()}

    assert {
        control: {finding.resource.id: finding.status.value for finding in found}
        for control, found in findings.items()
    } == case.outcome
    assert {control for control, part in case.says.items() if part not in texts[control]} == set()
    if case.never_says:
        assert case.never_says not in " ".join(texts.values())
    for path, most in case.most_requests.items():
        assert 1 <= asked[path] <= most


@pytest.mark.parametrize("flags", [{}, {"pd_no_redact": True}], ids=["redacted", "plain"])
@EACH
def test_recording_of_a_case_has_the_same_verdicts(
    case: Case, flags: dict[str, bool], tmp_path: Path
) -> None:
    """What was deleted, gone or broken is so on a tape that holds what the controls need."""
    path, controls = tmp_path / "tape.json", case.outcome.keys()
    needed = set().union(*(NEEDS[control] for control in controls))
    with run(case.build(NOW), faults=case.faults) as simulator:
        live = tape(simulator, path, controls, needed, **flags)

    assert replayed(path, controls) == live
    assert {
        (control, identity): status.value for (control, _, identity), status in live.items()
    } == {
        (control, identity): status
        for control, rows in case.outcome.items()
        for identity, status in rows.items()
    }


def deletions(value: Any) -> set[str | None]:
    """Return what the fields ``deleted_at`` hold, at any depth."""
    if isinstance(value, list):
        return set().union(*map(deletions, value))
    if not isinstance(value, dict):
        return set()
    found = {value["deleted_at"]} if "deleted_at" in value else set()
    return found.union(*map(deletions, value.values()))


@pytest.mark.parametrize(
    ("build", "kept"),
    [(people.only_member_was_deleted, "2024-02-21"), (people.null_is_no_deletion, None)],
)
def test_tape_tells_who_was_deleted(build: Any, kept: str | None, tmp_path: Path) -> None:
    """Without names, the day of a deletion stays, and a null stays a null."""
    with run(build(NOW)) as simulator:
        tape(simulator, tmp_path / "tape.json")
    text = (tmp_path / "tape.json").read_text("utf-8")
    bodies = [each["response"]["body"]["string"] for each in json.loads(text)["interactions"]]

    assert deletions([json.loads(body) for body in bodies]) == {kept}
    assert "Dora" not in text
