"""Own frameworks, own controls and own severities, through both ways in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pdsec_checks.catalogue.controls import SHIPPED
from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.support import reading
from tests.support.additions import CONFIG, CONTROL, write_additions
from tests.support.calls import run_command, run_pytest
from tests.support.processes import ROOT, Ended
from tests.support.shown import shown_in

REPORT = "--output=inspection.json"
PYTEST_REPORT = "--pd-json=inspection.json"


def judged(ended: Ended) -> dict[str, str]:
    """Return the severity of each control in the report."""
    return {each["id"]: each["severity"] for each in ended.report["controls"]}


@reading.alone_and_with("-n", "2")
def test_own_control_is_judged_wherever_all_of_ours_are(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """An own control stands in the report beside ours, with its own framework."""
    write_additions(tmp_path)
    ended = run_pytest(tmp_path, "--pd-replay=demo", "-m", "acme", PYTEST_REPORT, *workers)

    assert judged(ended) == {"ACME-01": "high", "PD-22": "medium"}, ended.text
    own = ended.report["controls"][0]["requirements"]
    assert [(each["framework"], each["id"]) for each in own] == [("acme", "4.2")]


def test_own_controls_stand_in_every_format_of_the_command(tmp_path: Path) -> None:
    """The command finds the folder by itself, and every report names the control."""
    write_additions(tmp_path, control=CONTROL.replace("assert ", "assert not "))
    formats = f"--format={','.join(REPORT_FORMATS)}"
    ended = run_command(
        tmp_path, "--replay=demo", "--controls=acme-1", formats, "--output=reports/"
    )

    assert ended.code == 1, ended.text
    reports = {path: shown_in(path) for path in tmp_path.glob("reports/*")}
    assert len(reports) == len(REPORT_FORMATS)
    assert [path.name for path, text in reports.items() if "ACME-01" not in text] == []


def test_own_framework_selects(tmp_path: Path) -> None:
    """``--framework`` knows an own framework and its requirements."""
    write_additions(tmp_path)
    ended = run_command(tmp_path, "--replay=demo", "--framework=acme:4.2", REPORT)

    assert set(judged(ended)) == {"ACME-01", "PD-22"}
    wrong = run_command(tmp_path, "--replay=demo", "--framework=acme:4.3")
    assert wrong.code == 4
    assert "no control supports acme '4.3'" in wrong.err


def test_named_test_files_stay_alone(tmp_path: Path) -> None:
    """Who names one file of ours does not get the own controls as well."""
    write_additions(tmp_path)
    file = SHIPPED / "test_authentication.py"
    ended = run_pytest(tmp_path, "--pd-replay=demo", PYTEST_REPORT, target=str(file))

    assert set(judged(ended)) == {"PD-01"}


def test_own_frameworks_are_markers(tmp_path: Path) -> None:
    """``pytest --markers`` names the own framework, without a control in sight."""
    write_additions(tmp_path)
    ended = run_pytest(tmp_path, "--markers")

    assert "@pytest.mark.acme(id)" in ended.out


def test_severity_of_the_configuration_counts_everywhere(tmp_path: Path) -> None:
    """An own severity replaces ours for ``-m``, for the minimum severity and in reports."""
    (tmp_path / "pdsec.toml").write_text('[severities]\nPD-25 = "critical"\n5 = "low"\n')

    ended = run_command(
        tmp_path, "--replay=demo", "--severity=critical", "--controls=5,25,1", REPORT
    )
    assert judged(ended) == {"PD-01": "critical", "PD-25": "critical"}
    assert {finding["severity"] for finding in ended.report["findings"]} == {"critical"}

    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "-m", "low", "--pd-controls=5,25", PYTEST_REPORT
    )
    assert judged(ended) == {"PD-05": "low"}


def test_pyproject_configures_as_well(tmp_path: Path) -> None:
    """The table ``[tool.pdsec]`` of ``pyproject.toml`` configures."""
    (tmp_path / "pyproject.toml").write_text('[tool.pdsec]\ncontrols = ["PD-22"]\n')
    ended = run_command(tmp_path, "--replay=demo", "--format=sarif")

    run = json.loads(ended.out)["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["PD-22"]


WRONG = {
    "no import": (CONFIG, "import nosuch\n" + CONTROL, "test_acme.py cannot be imported: .*nosuch"),
    "no Python": (CONFIG, "def", r"test_acme.py:1: is not valid Python"),
    "our id": (CONFIG, CONTROL.replace("ACME-01", "PD-05"), "PD-05 is reserved for the product"),
    "no rationale": (CONFIG, CONTROL.replace("Rationale", "Reason"), "ACME-01 .*the paragraphs"),
    "no resource": (
        CONFIG,
        CONTROL.replace("service: S", "thing: S"),
        "exactly one argument",
    ),
    "no folder": ("controls_path = 'own'", CONTROL, "controls_path: there is no folder .*own"),
    "no framework": ("frameworks = ['x.yaml']", CONTROL, "frameworks: there is no file .*x.yaml"),
    "shipped name": ("frameworks = ['soc2']", CONTROL, r"write framework = \['soc2'\]"),
    "severity": ("[severities]\nPD-99 = 'low'", CONTROL, "severities: there is no control PD-99"),
}


@pytest.mark.parametrize(("config", "control", "said"), WRONG.values(), ids=WRONG)
def test_wrong_addition_ends_the_run(tmp_path: Path, config: str, control: str, said: str) -> None:
    """What cannot be added is named, and nothing is judged without it."""
    write_additions(tmp_path, config, control)
    ended = run_command(tmp_path, "--replay=demo", REPORT)

    assert ended.code == 4, ended.text
    assert re.search(said, ended.err), ended.err
    assert not (tmp_path / "inspection.json").exists()


def test_control_ids_are_unique_wherever_they_come_from(tmp_path: Path) -> None:
    """Two tests with one id, one of them named on pytest's command line, are refused."""
    write_additions(tmp_path)
    (tmp_path / "test_other.py").write_text(CONTROL, encoding="utf-8")
    ended = run_pytest(tmp_path, "test_other.py", "--pd-replay=demo", "--pd-controls=ACME-01")

    assert ended.code == 4, ended.text
    assert "control ACME-01" in ended.text
    assert "share this id; choose another" in ended.text


def test_reserved_id_is_refused_wherever_the_control_comes_from(tmp_path: Path) -> None:
    """An id that a later version may give away is none for a control on pytest's command line."""
    (tmp_path / "test_acme.py").write_text(CONTROL.replace("ACME-01", "PD-77"), encoding="utf-8")
    ended = run_pytest(tmp_path, "--pd-replay=demo", target="test_acme.py")

    assert ended.code == 4, ended.text
    assert "test_acme.py: PD-77 is reserved for the product" in ended.text


def test_broken_configuration_is_nothing_to_a_run_without_controls(tmp_path: Path) -> None:
    """A project's own tests run, whatever its ``pdsec.toml`` says."""
    (tmp_path / "pdsec.toml").write_text("not toml")
    (tmp_path / "test_theirs.py").write_text("def test_it() -> None:\n    assert True\n")
    ended = run_pytest(tmp_path, target="test_theirs.py")

    assert ended.code == 0, ended.text


def test_badly_named_framework_waits_for_a_control(tmp_path: Path) -> None:
    """A framework file that cannot be a marker is refused where controls are judged only."""
    write_additions(tmp_path, 'frameworks = ["acme-2.yaml"]')
    (tmp_path / "acme.yaml").rename(tmp_path / "acme-2.yaml")

    assert run_pytest(tmp_path, "--markers").code == 0
    ended = run_command(tmp_path, "--replay=demo")
    assert (ended.code, "give the file another name" in ended.err) == (4, True)


def test_documentation_shows_what_works(tmp_path: Path) -> None:
    """The framework and the control of ``docs/own-controls.md`` are taken as they stand there."""
    text = (ROOT / "docs" / "own-controls.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL))
    write_additions(tmp_path, control=blocks["controls/test_acme.py"])
    (tmp_path / "acme.yaml").write_text(blocks["acme.yaml"], encoding="utf-8")
    ended = run_command(tmp_path, "--replay=demo", "--framework=acme:4.2", REPORT)

    assert set(judged(ended)) == {"ACME-01", "PD-05", "PD-08"}, ended.text
    assert run_command(tmp_path, "config", "check").code == 0


@reading.alone_and_with("-n", "2")
def test_documentation_shows_how_a_cause_is_named(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """The control of ``docs/own-controls.md`` with two causes gives each its remedy and page."""
    text = (ROOT / "docs" / "own-controls.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL))
    control = blocks["controls/test_acme_texts.py"].replace("= 500", "= 30")
    write_additions(tmp_path, control=control.replace("ACME-02", "ACME-01"))
    ended = run_pytest(tmp_path, "--pd-replay=demo", "-m", "acme", PYTEST_REPORT, *workers)
    found = [each for each in ended.report["findings"] if each["control"] == "ACME-01"]

    failing = {(each.get("cause"), each["remedy"].split()[0], each["help_url"])
               for each in found if each["status"] == "fail"}  # fmt: skip
    assert failing == {("long-text", "Move", "https://wiki.acme.example/runbooks")}, ended.text
    assert "    Fix: Move the description to the runbook" in ended.out


def test_documentation_shows_how_a_fail_gets_worse(tmp_path: Path) -> None:
    """The control of ``docs/own-controls.md`` is worse for one more person, and says whom."""
    text = (ROOT / "docs" / "own-controls.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL))
    control = blocks["controls/test_acme_standby.py"].replace("<= 2", "<= 0")
    write_additions(tmp_path, control=control.replace("ACME-03", "ACME-01"))
    flags = ("--replay=demo", "--controls=ACME-01")
    earlier = run_command(tmp_path, *flags, "--output=inspection.json").report
    (found,) = earlier["findings"]
    *kept, last = found["evidence"]["people_in_no_team"]
    found["evidence"]["people_in_no_team"] = kept
    (tmp_path / "earlier.json").write_text(json.dumps(earlier), encoding="utf-8")
    ended = run_command(tmp_path, *flags, "--baseline=earlier.json", REPORT)

    assert ended.code == 1
    (worse,) = ended.report["findings"][0]["worse"]
    assert worse == {
        "figure": "people_in_no_team", "was": len(kept), "now": len(kept) + 1, "added": [last],
    }  # fmt: skip


def test_a_cause_without_a_remedy_is_refused_by_name(tmp_path: Path) -> None:
    """A misspelt cause would have the remedy of another one, so it ends the run with 4."""
    ending = 'if not service.name:\n        fail("no name", cause="no-nmae")\n    assert '
    write_additions(tmp_path, control=CONTROL.replace("assert ", ending))
    ended = run_command(tmp_path, "--replay=demo", REPORT)

    assert ended.code == 4
    assert "ends with the cause 'no-nmae', and its docstring has no" in ended.err


@reading.only_in_ci
def test_half_a_character_in_a_message_ends_no_run_of_workers(tmp_path: Path) -> None:
    """What no encoding can write is a question mark, with workers as without."""
    asserted = 'service.read("description", str | None), f"{service} has no description"'
    half = CONTROL.replace(asserted, 'not service.name, f"{service} has \\ud83d"')
    write_additions(tmp_path, control=half)
    given = ("--pd-replay=demo", "--pd-controls=ACME-01", "--junitxml=junit.xml")
    alone, shared = (
        run_pytest(tmp_path, *given, f"--pd-json={name}.json", *workers)
        for name, workers in (("alone", []), ("shared", ["-n", "2"]))
    )

    assert (alone.code, shared.code) == (1, 1), shared.text
    assert "has ?" in (tmp_path / "shared.json").read_text("utf-8")
    assert (tmp_path / "shared.json").read_bytes() == (tmp_path / "alone.json").read_bytes()
