"""Several reports of one run: each whole or not at all, and an error names the path."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.support import processes
from tests.support.calls import run_command, run_pytest
from tests.support.findings import errors_against, read_schema
from tests.support.multitool import objections
from tests.support.processes import ROOT, Ended, run_process

FORMATS = ",".join(REPORT_FORMATS)
REPLAY = ("--replay", "demo")
SCHEMAS: dict[str, str | Path] = {
    "json": ROOT / "docs" / "report.schema.json",
    "sarif": "sarif-2.1.0.schema.json",
    "oscal": "oscal-1.2.1-assessment-results.schema.json",
    "poam": "oscal-1.2.1-poam.schema.json",
    "ocsf": "ocsf-1.8.0-compliance_finding.derived.schema.json",
    "hdf": "hdf-exec-json.schema.json",
}
DISK = 131_072
UNMEASURED = ("env", "-u", "COVERAGE_PROCESS_CONFIG", "-u", "COVERAGE_PROCESS_START")
"""Starts a process that leaves no data of coverage: on a full disk they are cut off, as is bytecode
that others would read."""
"""What a file may hold on the full disk: about half of the reports fit."""
FIT = {"markdown", "action-plan", "junit", "defectdojo", "prometheus", "slack"}


def names(folder: Path) -> set[str]:
    """Return the names of everything in a folder, hidden files included."""
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Write all formats in one run, into a folder that is not there yet."""
    folder = tmp_path_factory.mktemp("all")
    return run_command(folder, *REPLAY, "--format", FORMATS, "--output", "new/folder")


def test_one_command_writes_every_format(everything: Ended) -> None:
    """All formats come from one run, in a folder made for them, with nothing beside them."""
    folder = everything.folder / "new" / "folder"

    assert everything.code == 1, everything.text
    assert names(folder) == set(REPORT_FORMATS.values())
    assert all(path.stat().st_size for path in folder.iterdir())
    assert everything.out == ""


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_format_follows_its_schema(everything: Ended, name: str) -> None:
    """What the command writes of the demo account is valid for whoever reads it."""
    schema = SCHEMAS[name]
    known = read_schema(schema) if isinstance(schema, str) else json.loads(schema.read_text())
    text = (everything.folder / "new" / "folder" / REPORT_FORMATS[name]).read_text("utf-8")

    for document in text.splitlines() if name == "ocsf" else [text]:
        assert errors_against(known, json.loads(document)) == []


def test_code_scanning_has_no_objection(everything: Ended, tmp_path: Path) -> None:
    """Microsoft's Multitool has nothing to say about the demo's log under GitHub's rules."""
    log = everything.folder / "new" / "folder" / "inspection.sarif"

    assert objections(log, tmp_path) == []


@pytest.mark.parametrize("name", ["json", "csv", "html", "ocsf"])
def test_a_report_alone_is_the_same_as_among_others(everything: Ended, name: str) -> None:
    """Standard output holds the report that a run of all formats writes, and nothing else."""
    ended = run_command(everything.folder, *REPLAY, "--format", name, "--output", "-")

    written = (everything.folder / "new" / "folder" / REPORT_FORMATS[name]).read_bytes()
    assert ended.out == written.decode().replace("\r\n", "\n")
    assert "Judged " in ended.err


def test_standard_output_is_the_default(everything: Ended) -> None:
    """Without ``--output`` the one report goes to standard output."""
    ended = run_command(everything.folder, *REPLAY)

    assert json.loads(ended.out)["schema_version"] == "1"


def test_standard_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    """A report with letters that the terminal's encoding lacks is written all the same."""
    ended = processes.run_command(tmp_path, *REPLAY, "--format", "html", PYTHONIOENCODING="ascii")

    assert ended.code == 1, ended.err
    assert ended.out.endswith("</html>\n")


def test_pytest_writes_several_reports_too(tmp_path: Path) -> None:
    """Each format has an option of its own, and each its own path."""
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "--pd-json=a/inspection.json", "--pd-csv=b/c.csv", "-k=PD-22"
    )

    assert ended.code == 1, ended.text
    assert names(tmp_path / "a") == {"inspection.json"}
    assert names(tmp_path / "b") == {"c.csv"}


def test_several_reports_do_not_share_standard_output(tmp_path: Path) -> None:
    """Several formats need a folder: on one stream no program could read them."""
    ended = run_command(tmp_path, *REPLAY, "--format", "json,csv", "--output", "-")

    assert ended.code == 4
    assert "name it with --output" in ended.err


def test_pytest_leaves_standard_output_to_the_report(tmp_path: Path) -> None:
    """With pytest's own output silenced, standard output holds the report and nothing else."""
    ended = run_pytest(tmp_path, "--pd-replay=demo", "--pd-csv=-", "-k=PD-22", "-p", "no:terminal")

    assert ended.code == 1, ended.text
    assert ended.out.startswith("control,title,")
    assert {row["control"] for row in csv.DictReader(ended.out.splitlines())} == {"PD-22"}
    assert "Judged " in ended.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--pd-csv=-",), "--pd-csv=-: pytest prints on standard output as well; name a file"),
        (("--pd-csv=-", "--pd-json=-"), "--pd-json and --pd-csv cannot share standard output"),
    ],
)
def test_pytest_and_a_report_do_not_share_standard_output(
    tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    """A report among pytest's lines could be read by nobody: it is refused before the account."""
    ended = run_pytest(tmp_path, "--pd-replay=demo", *flags)

    assert ended.code == 4, ended.text
    assert said in ended.err


def test_full_device_is_reported_with_its_path(tmp_path: Path) -> None:
    """A report that finds no space ends the run with 4, and names the path."""
    ended = run_command(tmp_path, *REPLAY, "--output", "/dev/full")

    assert ended.code == 4
    assert "ERROR: cannot write /dev/full: No space left on device" in ended.err


def test_full_standard_output_is_reported(tmp_path: Path) -> None:
    """A shell's redirection to a full disk ends the run with 4 as well, not with Python's 120."""
    shell = f"{sys.executable} -m pdsec_checks --replay demo >/dev/full"
    ended = run_process(tmp_path, ["sh", "-c", shell], None, {})

    assert ended.code == 4, ended.err
    assert "ERROR: cannot write standard output: No space left on device" in ended.err


def test_disk_that_fills_up_leaves_whole_reports_only(tmp_path: Path) -> None:
    """What fits is written whole; what does not leaves nothing, and an older report in place."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "inspection.json").write_text("older", encoding="utf-8")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({DISK}, {DISK}))"
    call = "from pdsec_checks.cli import main; raise SystemExit(main())"
    start = [*UNMEASURED, sys.executable, "-B", "-c", f"{limit}; {call}"]
    command = [*start, *REPLAY, "--format", FORMATS, "--output", "reports"]
    ended = run_process(tmp_path, command, None, {})

    assert ended.code == 4, ended.text
    assert names(folder) == {REPORT_FORMATS[name] for name in FIT} | {"inspection.json"}
    assert (folder / "inspection.json").read_text(encoding="utf-8") == "older"
    for name in set(REPORT_FORMATS) - FIT:
        path = Path("reports", REPORT_FORMATS[name])
        assert f"ERROR: cannot write {path}: File too large" in ended.err
    assert "Judged " in ended.err


@pytest.fixture
def powerless() -> list[str]:
    """Return the start of a command that obeys the permissions of files, root or not."""
    if os.geteuid():
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root writes everywhere, and there is no setpriv to stop it")
    return [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override"]


def test_read_only_folder_is_reported_with_the_path(tmp_path: Path, powerless: list[str]) -> None:
    """A folder that nobody may write to ends the run with 4, one line for each report."""
    folder = tmp_path / "reports"
    folder.mkdir(mode=0o555)
    command = [*powerless, sys.executable, "-m", "pdsec_checks", *REPLAY]
    ended = run_process(
        tmp_path, [*command, "--format", "json,html", "--output", "reports"], None, {}
    )

    assert ended.code == 4, ended.text
    for name in ("inspection.json", "inspection.html"):
        assert f"ERROR: cannot write reports/{name}: Permission denied" in ended.err
    assert names(folder) == set()


def test_file_in_place_of_the_folder_is_reported_with_the_path(tmp_path: Path) -> None:
    """A folder that cannot be made is said before anything is read."""
    (tmp_path / "reports").write_text("", encoding="utf-8")
    ended = run_command(tmp_path, *REPLAY, "--format", "json,csv", "--output", "reports")

    assert ended.code == 4
    assert ended.err.startswith("ERROR: reports/inspection.json: reports is a file, where a folder")
    assert ended.out == ""


def location(ended: Ended) -> str:
    """Return the one file at which the results of a SARIF report on standard output point."""
    results = json.loads(ended.out)["runs"][0]["results"]
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in results]
    (uri,) = {place["uri"] for place in places}
    return str(uri)


@pytest.mark.parametrize(
    ("files", "flags", "expected"),
    [
        ([], (), "pagerduty/inventory.txt"),
        (["pdsec.toml"], (), "pagerduty/inventory.txt"),
        (["pdsec.toml", "strict.toml"], ("--config", "strict.toml"), "pagerduty/inventory.txt"),
        (["README.md", "pagerduty/inventory.txt"], (), "pagerduty/inventory.txt"),
        (["pdsec.toml"], ("--sarif-location", "ops/pager.toml"), "ops/pager.toml"),
    ],
)
def test_no_new_file_moves_an_alert(
    tmp_path: Path, files: list[str], flags: tuple[str, ...], expected: str
) -> None:
    """SARIF results point at the inventory, whatever files there are; only a flag moves them."""
    (tmp_path / "pagerduty").mkdir()
    for name in files:
        (tmp_path / name).write_text("", encoding="utf-8")
    ended = run_command(tmp_path, *REPLAY, "--format", "sarif", "--controls", "5", *flags)

    assert location(ended) == expected
