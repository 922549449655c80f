"""What each reader came for stands on the last screen of the script of their first hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator import accounts, run
from tests.support.processes import Ended, shell

HERE = Path(__file__).parent
SCREEN = 60
"""Lines of a tall terminal."""
CAME_FOR = {
    "security_engineer": (
        "PARTIAL: ",
        "FIX FIRST",
        "1. PD-05 [critical] service 'Gift Cards'",
        "If nothing is done: Incidents of this service notify nobody.",
        "Fix: ",
        "wrote reports/inspection.html: HTML page",
    ),
    "sre_lead": ("PD-18", "nothing was sent", "User Icon > My Profile"),
    "auditor": (
        "Score: ",
        "Formula: passing = pass",
        "as of 2026-11-23T09:00:00Z (recording)",
        "checks need a person",
        "wrote evidence/oscal-assessment-results.json",
    ),
    "ci_owner": ("[known] service 'Gift Cards'", "APPEARED (5)", "5 appeared, 0 worse, 0 resolved"),
    "pytest_expert": (
        "1. PD-05 [critical] service 'Gift Cards'",
        "4 failed, 47 deselected",
        'name="PD-05 test_service_has_escalation_policy[PQMGH6WN]',
    ),
}
"""Reader → what must be in sight at the end."""


def travel(folder: Path, reader: str, **variables: str) -> Ended:
    """Run the script of a reader in an empty folder; all that is printed is on one screen."""
    script = (HERE / f"{reader}.sh").read_text(encoding="utf-8")
    return shell(folder, f"exec 2>&1\nset -u\n{script}", **variables)


def test_every_reader_has_a_script() -> None:
    """No script is left out here."""
    assert {path.stem for path in HERE.glob("*.sh")} == set(CAME_FOR)


@pytest.mark.parametrize("reader", CAME_FOR)
def test_last_screen_shows_what_the_reader_came_for(tmp_path: Path, reader: str) -> None:
    """The script ends as it says, and the last lines hold the answer."""
    with run(accounts.demo) as simulator:
        ended = travel(
            tmp_path,
            reader,
            PAGERDUTY_API_KEY=simulator.api_key,
            PAGERDUTY_BASE_URL=simulator.url,
        )

    assert ended.code == 0, ended.text
    screen = "\n".join(ended.out.splitlines()[-SCREEN:])
    assert [each for each in CAME_FOR[reader] if each not in screen] == []
