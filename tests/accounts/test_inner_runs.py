"""What the inspection of one account among many finds again, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.accounts import inspecting
from pdsec_checks.accounts.ahead import Job, Readers, covers
from pdsec_checks.accounts.inspecting import Outer
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Control, Status
from tests.accounts.files import accounts_toml
from tests.simulator import Simulator, accounts, run
from tests.support.additions import CONTROL, write_additions
from tests.support.processes import Ended, run_command, run_pytest

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


def test_the_command_reads_no_conftest_in_inner_runs_either(tmp_path: Path) -> None:
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


def test_an_inner_run_takes_no_controls_from_the_working_folder(tmp_path: Path) -> None:
    """``--config`` says which own controls there are; others with the same id are not met."""
    write_additions(tmp_path)
    (tmp_path / "other").mkdir()
    write_additions(tmp_path / "other")
    path = accounts_toml(tmp_path, DEMO)
    ended = run_command(
        tmp_path, "--config=other/pdsec.toml", f"--accounts={path}", "--controls=PD-22,ACME-01"
    )

    assert rows(ended) == {"ACME-01": "pass", "PD-22": "pass"}, ended.text


def test_a_test_beside_a_control_is_left_to_the_outer_run(tmp_path: Path) -> None:
    """A file may hold ordinary tests: the inner runs, which collect whole files, pass them by."""
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


def test_a_control_that_is_not_found_again_is_an_error(pytestconfig: pytest.Config) -> None:
    """A control that the outer run selected does not go missing in silence."""
    gone = f"{inspecting.PACKAGE / 'controls' / 'test_authentication.py'}::test_gone"
    plugin = pytestconfig.pluginmanager.get_plugin("pdsec_checks.plugin")
    outer = Outer([gone], [], (), plugin, reads_conftest=False, typed=str)
    job = Job("acme", load_settings({"pd_replay": "demo"}, {}), ())
    result = inspecting.inspect(job, Readers(1), outer)

    assert result.status is Status.ERROR
    assert result.problem == f"not found again for this account: {gone}"


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
    ("read_for", "judged"), [(["PD-01", "PD-22"], ["PD-22"]), (["ACME-01"], ["PD-22", "ACME-01"])]
)
def test_what_was_read_for_more_covers_less(read_for: list[str], judged: list[str]) -> None:
    """An account that leaves controls out is not read again; whole records do for any control."""
    assert covers(controls(read_for), controls(judged))


@pytest.mark.parametrize(("read_for", "judged"), [(["PD-22"], ["PD-01"]), (["PD-22"], ["ACME-01"])])
def test_what_was_read_for_others_is_not_enough(read_for: list[str], judged: list[str]) -> None:
    """A data set may be missing, or fields that no shipped control looks at."""
    assert not covers(controls(read_for), controls(judged))


def controls(ids: list[str]) -> list[Control]:
    """Return controls; ``ACME-01`` is an organisation's that reads what PD-22 does."""
    known = {each.id: each for each in shipped_controls()}
    known["ACME-01"] = replace(known["PD-22"], id="ACME-01")
    return [known[each] for each in ids]


@pytest.mark.parametrize("arguments", [[], ["-n2"], ["-n2", "--dist=loadgroup"]])
def test_each_account_is_read_once(
    tmp_path: Path, eight: list[Simulator], arguments: list[str]
) -> None:
    """However xdist deals accounts out, no two processes read the same one."""
    for simulator in eight:
        simulator.forget()
    path = accounts_toml(
        tmp_path,
        *(
            {"name": f"acme-{number}", "base_url": each.url, "api_key_env": "ACME_KEY"}
            for number, each in enumerate(eight)
        ),
    )
    ended = run_pytest(
        tmp_path,
        f"--pd-accounts={path}",
        "-ksso",
        *arguments,
        ACME_KEY=eight[0].api_key,
    )

    assert ended.code in {0, 1}, ended.text
    assert [sum(request.path == "/abilities" for request in each.requests) for each in eight] == [
        1
    ] * 8
