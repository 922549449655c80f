"""Which set of controls a run judges: the core one, unless somebody asks for more."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids
from tests.support.calls import run_command, run_pytest

EXTENDED = sorted(shipped_extended())
CORE = sorted(set(shipped_ids()) - shipped_extended())
DEMO = "--replay=demo"
REPORT = "--output=inspection.json"


def test_the_core_set_has_25_controls() -> None:
    """The default set is the 25 that the product began with."""
    assert [f"PD-{number:02d}" for number in range(1, 26)] == CORE
    assert EXTENDED


@pytest.mark.parametrize(
    ("told", "selected", "named"),
    [
        ([], CORE, "core"),
        (["--controls-set=core"], CORE, "core"),
        (["--controls-set=extended"], sorted([*CORE, *EXTENDED]), "extended"),
        (["--controls=26"], ["PD-26"], "core"),
        (["--controls=5,PD-27"], ["PD-05", "PD-27"], "core"),
        (
            ["--controls-set=extended", "--skip-controls=26"],
            sorted({*CORE, *EXTENDED} - {"PD-26"}),
            "extended",
        ),
    ],
)
def test_a_run_judges_the_set_and_what_is_named(
    tmp_path: Path, told: list[str], selected: list[str], named: str
) -> None:
    """A named control needs no set, and the report says which set ran."""
    scope = run_command(tmp_path, DEMO, REPORT, "--quiet", *told).report["scope"]

    assert scope["selected"] == selected
    assert scope["controls_set"] == named
    known = {*CORE, *(EXTENDED if named == "extended" else selected)}
    assert sorted([*scope["selected"], *scope["not_selected"]]) == sorted(known)


@pytest.mark.parametrize(
    ("told", "selected"),
    [
        (["-m", "extended"], EXTENDED),
        (["-k", "PD-27"], ["PD-27"]),
        (["--pd-controls-set=extended", "-m", "not extended"], CORE),
        (["-m", "not extended"], CORE),
    ],
)
def test_pytest_selects_by_marker_and_by_name(
    tmp_path: Path, told: list[str], selected: list[str]
) -> None:
    """Who asks pytest for the extended controls, or for one by its id, gets them."""
    ran = run_pytest(tmp_path, "--pd-replay=demo", "--pd-json=inspection.json", *told)

    assert ran.report["scope"]["selected"] == selected


def test_the_file_chooses_the_set(tmp_path: Path) -> None:
    """``controls_set`` stands in the configuration as well."""
    (tmp_path / "pdsec.toml").write_text('controls_set = "extended"\n', encoding="utf-8")

    scope = run_command(tmp_path, DEMO, REPORT, "--quiet").report["scope"]

    assert scope["controls_set"] == "extended"
    assert set(EXTENDED) <= set(scope["selected"])


def test_a_requirement_waits_for_no_control_that_nobody_asked_for(tmp_path: Path) -> None:
    """An extended control that the set leaves out makes no requirement incomplete."""
    told = [DEMO, REPORT, "--quiet"]
    core = run_command(tmp_path, *told).report
    assert not any(each["incomplete"] for each in core["summary"]["framework"].values())
    assert not core["scope"]["partial"]
    assert "max_minutes_to_first_person" not in core["baseline"]

    extended = run_command(tmp_path, *told, "--controls-set=extended").report
    assert not any(each["incomplete"] for each in extended["summary"]["framework"].values())
    assert extended["baseline"]["max_minutes_to_first_person"] == 15


def test_a_set_that_there_is_not_is_refused(tmp_path: Path) -> None:
    """The message names the sets."""
    (tmp_path / "pdsec.toml").write_text('controls_set = "all"\n', encoding="utf-8")

    ran = run_command(tmp_path, DEMO)

    assert ran.code == 4
    assert "controls_set: 'all' is not one of core, extended" in ran.err


def test_a_second_person_before_the_first_is_a_contradiction(tmp_path: Path) -> None:
    """Two thresholds that cannot both hold are refused, with the way out."""
    (tmp_path / "pdsec.toml").write_text(
        "[baseline]\nmax_minutes_to_first_person = 40\n", encoding="utf-8"
    )

    ran = run_command(tmp_path, DEMO)

    assert ran.code == 4
    assert "max_minutes_to_second_person (30) is below max_minutes_to_first_person (40)" in (
        ran.err
    )


TOPICS = ["will the phone ring", *(["webhooks alive"] if "PD-32" in EXTENDED else []), "leavers"]
TEXT = f"further controls ({', '.join(TOPICS)} …): --controls-set extended"


def test_default_run_ends_with_what_else_there_is(tmp_path: Path) -> None:
    """It counts the controls beyond the core set, and names the flag as its user types it."""
    shown = run_command(tmp_path, DEMO, REPORT).err
    by_pytest = run_pytest(tmp_path, "--pd-replay=demo").out

    assert f"{len(EXTENDED)} {TEXT}" in shown.splitlines()
    assert f"{len(EXTENDED)} {TEXT.replace('--', '--pd-')}" in by_pytest.splitlines()


@pytest.mark.parametrize(
    "told", [["--controls-set=extended"], ["--controls=5"], ["--severity=high"], ["--quiet"]]
)
def test_nobody_is_told_who_chose_or_wants_no_word(tmp_path: Path, told: list[str]) -> None:
    """It stands neither in a run over chosen controls nor in a quiet one."""
    ended = run_command(tmp_path, DEMO, REPORT, *told)

    assert "further control" not in ended.err + ended.out


def test_no_report_holds_it(tmp_path: Path) -> None:
    """It is for whoever sits there, not for programs."""
    ended = run_command(tmp_path, DEMO, "--format=json,markdown,html,sarif", "--output=made")

    assert TEXT in ended.err
    for file in (tmp_path / "made").iterdir():
        assert "further control" not in file.read_text(encoding="utf-8")
