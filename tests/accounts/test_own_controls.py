"""Own controls in a run over several accounts, and how often each account is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.accounts.files import accounts_toml
from tests.simulator import Simulator, accounts, run
from tests.support import reading
from tests.support.additions import CONTROL, write_additions
from tests.support.calls import run_command, run_pytest
from tests.support.processes import Ended

DEMO = {"name": "acme", "replay": "demo-compliant"}


@pytest.fixture(scope="module")
def eight() -> Iterator[list[Simulator]]:
    """Serve eight accounts."""
    with ExitStack() as stack:
        yield [stack.enter_context(run(accounts.demo_compliant)) for _ in range(8)]


def rows(ended: Ended) -> dict[str, str]:
    """Return the status of each control of the account."""
    found: list[dict[str, Any]] = json.loads(ended.out)["controls"]
    return {each["id"]: each["accounts"]["acme"]["status"] for each in found}


def test_the_command_reads_no_conftest_for_several_accounts_either(tmp_path: Path) -> None:
    """A ``conftest.py`` beside own controls takes no control away, as with a single account."""
    write_additions(tmp_path)
    (tmp_path / "controls" / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n"
        "    items[:] = [item for item in items if 'acme' not in str(item.path)]\n",
        encoding="utf-8",
    )
    path = accounts_toml(tmp_path, DEMO)
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=PD-22,ACME-01")

    assert rows(ended) == {"ACME-01": "pass", "PD-22": "pass"}, ended.text


def test_no_controls_are_taken_from_the_working_folder(tmp_path: Path) -> None:
    """``--config`` says which own controls there are; others with the same id are not met."""
    write_additions(tmp_path)
    (tmp_path / "other").mkdir()
    write_additions(tmp_path / "other")
    path = accounts_toml(tmp_path, DEMO)
    ended = run_command(
        tmp_path, "--config=other/pdsec.toml", f"--accounts={path}", "--controls=PD-22,ACME-01"
    )

    assert rows(ended) == {"ACME-01": "pass", "PD-22": "pass"}, ended.text


def test_a_test_beside_a_control_runs_once(tmp_path: Path) -> None:
    """A file may hold ordinary tests: they run once, and are of no account."""
    text = f"{CONTROL}\n\ndef test_plain() -> None:\n    assert True\n"
    (tmp_path / "test_mine.py").write_text(text, encoding="utf-8")
    path = accounts_toml(tmp_path, DEMO)
    ended = run_pytest(
        tmp_path, f"--pd-accounts={path}", "--pd-json=out.json", target="test_mine.py"
    )
    plain = json.loads((tmp_path / "out.json").read_text("utf-8"))

    assert ended.code == 0, ended.text
    assert "2 passed" in ended.out
    assert [each["id"] for each in plain["controls"]] == ["ACME-01"]


def test_own_controls_that_an_account_adds_read_every_field(tmp_path: Path) -> None:
    """What was read ahead for our controls lacks fields that an own control may look at."""
    own = 'controls_path = "../controls"\nseverity = "critical"\n'
    write_additions(tmp_path)
    (tmp_path / "eu").mkdir()
    (tmp_path / "eu" / "eu.toml").write_text(f'{own}[severities]\nACME-01 = "critical"\n')
    path = accounts_toml(tmp_path, {**DEMO, "config": "eu/eu.toml"})
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=PD-01,ACME-01")

    assert rows(ended)["ACME-01"] == "pass", ended.text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(service: Service)", "(service: Service, tmp_path: object)", "asks for tmp_path"),
        ("@pytest.mark.high", "@pytest.mark.high\n@pytest.mark.skip", "has the marker skip"),
    ],
)
def test_what_only_pytest_can_do_is_refused_by_name(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Several accounts are judged without pytest: a control that needs it is not judged wrongly."""
    write_additions(tmp_path, control=CONTROL.replace(old, new))
    path = accounts_toml(tmp_path, DEMO)
    ended = run_command(tmp_path, f"--accounts={path}", "--controls=ACME-01")

    assert ended.code == 4, ended.text
    assert f"test_acme.py: control ACME-01 {said}" in ended.err


@pytest.mark.parametrize("arguments", [[], reading.in_ci(["-n2"]), ["-n2", "--dist=loadgroup"]])
def test_each_account_is_read_once(
    tmp_path: Path, eight: list[Simulator], arguments: list[str]
) -> None:
    """However xdist deals accounts out, no two processes read the same one."""
    for simulator in eight:
        simulator.forget()
    path = accounts_toml(
        tmp_path,
        *(
            {"name": f"acme-{number}", "base_url": each.url, "api_key_env": "PAGERDUTY_ACME_KEY"}
            for number, each in enumerate(eight)
        ),
    )
    ended = run_pytest(
        tmp_path,
        f"--pd-accounts={path}",
        "-ksso",
        *arguments,
        PAGERDUTY_ACME_KEY=eight[0].api_key,
    )

    assert ended.code in {0, 1}, ended.text
    assert [sum(request.path == "/abilities" for request in each.requests) for each in eight] == [
        1
    ] * 8
