"""What surrounds the plugin in a pytest run: Python's and pytest's own options and variables."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pdsec_checks import plugin
from tests.support import processes, reading
from tests.support.additions import CONTROL, write_additions
from tests.support.calls import run_command, run_pytest
from tests.support.processes import ROOT, environment, run_process

NEEDED = "add -p pdsec_checks.plugin, or unset PYTEST_DISABLE_PLUGIN_AUTOLOAD"
NO_CACHE = ("-p", "no:cacheprovider")
OPTIMIZED = "run it without -O and -OO, and unset PYTHONOPTIMIZE"


@pytest.mark.parametrize("level", ["-O", reading.in_ci("-OO")])
@pytest.mark.parametrize("way", ["pdsec_checks --replay=demo", "pytest --pd-replay=demo"])
def test_python_that_drops_assertions_is_refused(level: str, way: str) -> None:
    """No verdict may hang on what -O leaves: one sentence, before anything is read."""
    command = [sys.executable, level, "-m", *way.split(), *NO_CACHE[: 2 * way.startswith("pytest")]]
    ended = run_process(ROOT, command, None, {})

    assert ended.code == 4, ended.text
    assert ended.err.count(OPTIMIZED) == 1
    assert "read " not in ended.out


@pytest.mark.parametrize("where", [["--pyargs", "pdsec_checks"], []])
def test_controls_without_the_plugin_name_the_option_to_add(where: list[str]) -> None:
    """Pytest that loads no plugins by itself ends with 4 and one sentence, not 25 errors."""
    command = [sys.executable, "-m", "pytest", *NO_CACHE, *where]
    ended = run_process(ROOT, command, None, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})

    assert ended.code == 4, ended.text
    assert NEEDED in ended.err
    assert ended.text.count(NEEDED) == 1


def test_the_option_is_enough(tmp_path: Path) -> None:
    """With ``-p pdsec_checks.plugin`` the controls run, whatever pytest loads by itself."""
    arguments = ("-p", plugin.__name__, "--pd-replay=demo", "--pd-controls=5")
    ended = processes.run_pytest(tmp_path, *arguments, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

    assert ended.code == 1, ended.text


def test_a_suite_without_controls_starts_light(tmp_path: Path) -> None:
    """Other projects pay for options and markers, and not for what reads and judges."""
    unused = {
        "msgspec",
        "yaml",
        "requests",
        "vcr",
        "pdsec_checks.resources",
        "pdsec_checks.fixtures",
    }
    suite = tmp_path / "test_somebody_elses.py"
    suite.write_text(f"import sys\ndef test_it(): assert not {unused!r} & set(sys.modules)\n")
    command = [*processes.PYTEST, *NO_CACHE, "-p", plugin.__name__, str(suite)]
    ended = run_process(tmp_path, command, None, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})

    assert ended.code == 0, ended.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("PYTEST_PLUGINS", "nowhere"), ("PYTEST_ADDOPTS", "--nowhere"), ("PYTEST_DEBUG", "1")],
)
def test_the_command_ignores_what_steers_pytest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A variable that is meant for the user's own pytest runs changes nothing."""
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(processes, "OURS", ("PAGERDUTY_",))
    ended = run_command(tmp_path, "--replay=demo", "--controls=5", "--quiet")

    assert (ended.code, ended.err) == (1, "")


@reading.alone_and_with("-n", "2")
def test_last_failed_counts_what_it_runs(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """A control without a fail is not selected; one that has some is complete without the rest."""
    write_additions(tmp_path)
    command = [*processes.PYTEST, "--pyargs", "pdsec_checks", "--pd-replay=demo"]
    chosen = ["--pd-controls=5,ACME-01", "--pd-json=inspection.json"]
    for again in ([], ["--lf", *workers]):
        ended = run_process(tmp_path, [*command, *chosen, *again], None, {})

    assert ended.code == 1, ended.text
    assert ended.report["complete"] is True
    assert "Judged 2 of 2 checks in 1 control;" in ended.text
    assert [control["id"] for control in ended.report["controls"]] == ["PD-05"]
    assert set(ended.verdicts.values()) == {"fail"}


def test_all_cases_of_a_control_may_be_deselected(tmp_path: Path) -> None:
    """``--deselect`` of what a control would judge is no judgement that is missing."""
    write_additions(tmp_path)
    gone = "--deselect=controls/test_acme.py::test_service_has_description[P"
    arguments = ("--pd-replay=demo", "--pd-controls=5,ACME-01", "--pd-json=inspection.json")
    ended = run_pytest(tmp_path, *arguments, gone)

    assert ended.code == 1, ended.text
    assert ended.report["complete"] is True
    assert [control["id"] for control in ended.report["controls"]] == ["PD-05"]


def test_stepwise_is_refused(tmp_path: Path) -> None:
    """``--stepwise`` would judge the first fail for ever; the message names two ways out."""
    command = [*processes.PYTEST, "--pyargs", "pdsec_checks", "--pd-replay=demo", "--sw"]
    ended = run_process(tmp_path, command, None, environment())

    assert ended.code == 4, ended.text
    assert "run what failed with --lf, or stop at a fail with -x" in ended.err


@pytest.mark.parametrize(
    ("was", "becomes", "code", "said"),
    [
        ("service: Service)", "service: Service, basline: int)", 6,
         "there is no fixture 'basline'; did you mean 'baseline' by 'basline'?"),
        ("service: Service)", "service: Service, clock: int)", 6, "there is no fixture 'clock'"),
        ("service: Service)", "servce: Service)", 4, "; did you mean 'service' by 'servce'?"),
    ],
)  # fmt: skip
def test_a_misspelt_argument_of_an_own_control_is_named(
    tmp_path: Path, was: str, becomes: str, code: int, said: str
) -> None:
    """An argument that there is not is named, and so is the one that was meant."""
    write_additions(tmp_path, control=CONTROL.replace(was, becomes))
    ended = run_command(tmp_path, "--replay=demo", "--controls=ACME-01", "--output=x.json")

    assert ended.code == code, ended.text
    assert said in ended.err
