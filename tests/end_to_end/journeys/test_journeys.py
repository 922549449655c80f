"""What each reader came for stands on the last screen of the script of their first hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator import accounts, run
from tests.simulator.record import AS_OF, record
from tests.support import reading
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
        "Read with: account key, from api.pagerduty.com",
        "Score: ",
        "Formula: passing = pass",
        "as of 2026-11-23T09:00:00Z (recording)",
        "checks need a person",
        "wrote evidence/oscal-assessment-results.json",
    ),
    "ci_owner": (
        "Failing: 1 new, 1 worse, 4 known",
        "[new] service 'Stock Forecast'",
        "APPEARED (1): ",
        "WORSE (1): ",
        "(worse: privileged users: 6 before, 7 now (new: ",
        "1 appeared, 1 worse, 0 resolved, 4 unchanged",
    ),
    "pytest_expert": (
        "1. PD-05 [critical] service 'Gift Cards'",
        " deselected",
        'name="PD-05 test_service_has_escalation_policy[PQMGH6WN]',
    ),
}
"""Reader → what must be in sight at the end."""


def last_week(file: Path) -> None:
    """Record the account of the simulator before one service and one more admin went astray."""
    account = accounts.demo(AS_OF)
    admin = next(each for each in account.users if each["role"] == "admin")
    admin["role"] = "user"
    stray = next(each for each in account.services if each["summary"] == "Stock Forecast")
    stray["escalation_policy"] = account.services[-1]["escalation_policy"]
    record(account, file)


def travel(folder: Path, reader: str, **variables: str) -> Ended:
    """Run the script of a reader in an empty folder; all that is printed is on one screen."""
    script = (HERE / f"{reader}.sh").read_text(encoding="utf-8")
    return shell(folder, f"exec 2>&1\nset -u\n{script}", **variables)


def test_every_reader_has_a_script() -> None:
    """No script is left out here."""
    assert {path.stem for path in HERE.glob("*.sh")} == set(CAME_FOR)


@pytest.mark.parametrize("reader", reading.left_to_ci(CAME_FOR, {"pytest_expert"}))
def test_last_screen_shows_what_the_reader_came_for(tmp_path: Path, reader: str) -> None:
    """The script ends as it says, and the last lines hold the answer."""
    last_week(tmp_path / "last-week.yaml")
    with run(accounts.demo) as simulator:
        ended = travel(
            tmp_path,
            reader,
            LAST_WEEK="last-week.yaml",
            PAGERDUTY_API_KEY=simulator.api_key,
            PAGERDUTY_BASE_URL=simulator.url,
        )

    assert ended.code == 0, ended.text
    screen = "\n".join(ended.out.splitlines()[-SCREEN:])
    assert [each for each in CAME_FOR[reader] if each not in screen] == []


@pytest.mark.parametrize("reader", CAME_FOR)
def test_no_exit_code_is_that_of_an_earlier_command(reader: str) -> None:
    """Each command whose exit code is kept starts from 0 and is tested: a later 0 is seen."""
    lines = (HERE / f"{reader}.sh").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    kept = [number for number, line in enumerate(lines) if "code=$?" in line]

    assert [lines[number - 1] for number in kept] == ["code=0"] * len(kept)
    assert all(lines[number + 1].startswith('test "$code" -eq ') for number in kept)


def test_what_was_red_before_is_no_part_of_what_changed(tmp_path: Path) -> None:
    """The comparison that ends the way of the CI owner names no fail of last week."""
    last_week(tmp_path / "last-week.yaml")
    with run(accounts.demo) as simulator:
        ended = travel(
            tmp_path,
            "ci_owner",
            LAST_WEEK="last-week.yaml",
            PAGERDUTY_API_KEY=simulator.api_key,
            PAGERDUTY_BASE_URL=simulator.url,
        )

    _, compared = ended.out.split("APPEARED (1): ")
    assert "Gift Cards" not in compared
