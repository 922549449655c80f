"""Reports follow from a recording: judged again, they are the same; a forged one is named."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.again import Again, judged_again, told_by
from pdsec_checks.evidence.follows import Checked, Result, against, checked
from pdsec_checks.model import Status, overall
from pdsec_checks.pagerduty.recordings.recording import shipped
from pdsec_checks.reports.json_text import dump
from tests.simulator import accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.judged import NOW
from tests.support.processes import ROOT

JSON = "reports/inspection.json"
DEMO = shipped("demo")
SOME = ("json", "csv", "html", "oscal")
REPOSITORY = {f"reports/{REPORT_FORMATS[name]}" for name in ("sarif", "junit")}


def reports_in(folder: Path) -> dict[str, bytes]:
    """Return the reports of a folder as a bundle names them."""
    return {f"reports/{each.name}": each.read_bytes() for each in sorted(folder.iterdir())}


def reported(folder: Path, *flags: str, formats: Iterable[str] = SOME) -> dict[str, bytes]:
    """Return reports of a replay."""
    ended = run_command(
        folder,
        "--replay=demo",
        f"--format={','.join(formats)}",
        "--output=out",
        *flags,
    )
    assert ended.code in {0, 1, 6}, ended.text
    return reports_in(folder / "out")


def open_results(found: list[Checked]) -> dict[str, Result]:
    """Return what is not good, by report."""
    return {each.what: each.result for each in found if each.result is not Result.GOOD}


@pytest.mark.parametrize(
    "flags",
    [
        ["--severity=high", "--framework=soc2"],
        reading.in_ci(["--controls=5,6", "--strict"]),
        ["--skip-controls=5"],
        ["--resource=Checkout*"],
        reading.in_ci(["--resource=Checkout", "--controls=PD-05"]),
        reading.in_ci(["--include-analytics"]),
        ["--mapping=current", "--granularity=control", "--api-key-max-age=30"],
        reading.in_ci(["--granularity=resource"]),
    ],
    ids=" ".join,
)
def test_whatever_was_selected_is_judged_again(tmp_path: Path, flags: list[str]) -> None:
    """The JSON report says how the run was set up."""
    found = checked(DEMO, reported(tmp_path, *flags), JSON, None)

    assert len(found) == len(SOME)
    assert open_results(found) == {}


def test_every_report_of_a_replay_is_made_again_to_the_byte(tmp_path: Path) -> None:
    """In whichever format."""
    found = checked(
        DEMO, reported(tmp_path, "--controls-set=extended", formats=REPORT_FORMATS), JSON, None
    )

    assert len(found) == len(REPORT_FORMATS)
    assert open_results(found) == {}


def test_configuration_of_the_run_is_gone_by(tmp_path: Path) -> None:
    """Thresholds, severities, waivers and attestations stand in it; files that it names do not."""
    config = (
        'roster = "people.csv"\n'
        '[baseline]\nmax_admin_percent = 100\n[severities]\nPD-05 = "low"\n'
        '[[waivers]]\ncontrol = "PD-22"\nresource = "*"\nreason = "accepted"\n'
        'approved_by = "ciso@example.com"\nexpires = 2026-12-24\n'
    )
    (tmp_path / "pdsec.toml").write_text(config, encoding="utf-8")
    (tmp_path / "people.csv").write_text("email\nada@example.com\n", encoding="utf-8")
    reports = reported(tmp_path, formats=(*SOME, "sarif"))

    assert open_results(checked(DEMO, reports, JSON, config.encode())).keys() <= REPOSITORY

    without = checked(DEMO, reports, JSON, None)
    assert {each.result for each in without} == {Result.PART}
    assert "the bundle holds no config.toml with them" in without[0].how


@pytest.mark.parametrize("flags", [[], ["--controls=4,22"], ["--severity=critical"]], ids=" ".join)
def test_live_run_that_recorded_is_made_again_too(tmp_path: Path, flags: list[str]) -> None:
    """Its requests are in its JSON report; all else is in the recording."""
    with run(accounts.small(NOW)) as simulator:
        ended = run_command(
            tmp_path,
            *flags,
            "--record=tape.yaml.gz",
            "--no-redact",
            f"--format={','.join(SOME)}",
            "--output=out",
            "--quiet",
            simulator=simulator,
        )
    assert ended.code in {0, 1, 6}, ended.text
    found = checked(tmp_path / "tape.yaml.gz", reports_in(tmp_path / "out"), JSON, None)

    assert open_results(found) == {}


def test_names_that_a_recording_hides_are_no_difference(tmp_path: Path) -> None:
    """The statuses of all checks are compared, and the rest is said to be open."""
    with run(accounts.small(NOW)) as simulator:
        run_command(
            tmp_path,
            "--record=tape.yaml",
            "--format=json,csv",
            "--output=out",
            "--quiet",
            simulator=simulator,
        )
    reports = reports_in(tmp_path / "out")
    found = checked(tmp_path / "tape.yaml", reports, JSON, None)

    assert [each.result for each in found] == [Result.PART, Result.PART]
    assert "every check is the same" in found[0].how
    assert "seal the reports of a replay" in found[0].how

    forged = forge(reports, lambda plain: flip(plain["findings"][0]))
    assert checked(tmp_path / "tape.yaml", forged, JSON, None)[0].result is Result.BAD


def forge(
    reports: dict[str, bytes], change: Callable[[dict[str, Any]], None], *, adds_up: bool = True
) -> dict[str, bytes]:
    """Return the reports with another JSON report, whose sums are those of its checks."""
    plain = json.loads(reports[JSON])
    change(plain)
    if adds_up:
        sum_up(plain)
    return {**reports, JSON: dump(plain).encode()}


def sum_up(plain: dict[str, Any]) -> None:
    """Count the checks of a report, and give each control the worst of them."""
    found: dict[str, list[Status]] = {}
    for each in plain["findings"]:
        found.setdefault(each["control"], []).append(Status(each["status"]))
    counts = Counter(each["status"] for each in plain["findings"])
    plain["summary"]["status"] = {each.value: counts[each.value] for each in Status}
    for each in plain["controls"]:
        each["status"] = overall(found[each["id"]]).value


def flip(finding: dict[str, Any]) -> None:
    """Give a finding another status."""
    finding["status"] = "fail" if finding["status"] != "fail" else "pass"


@cache
def demo_again() -> Again:
    """Return the demo account, judged again once for this file."""
    return judged_again(DEMO, told_by(of_demo()[JSON], JSON), None)


@cache
def of_demo() -> dict[str, bytes]:
    """Return the JSON report on the demo account, judged once for this file."""
    with tempfile.TemporaryDirectory() as folder:
        ended = run_command(Path(folder), "--replay=demo", "--format=json", "--output=out.json")
        assert ended.code == 1, ended.text
        return {JSON: (Path(folder) / "out.json").read_bytes()}


@given(st.data())
def test_any_verdict_that_was_changed_is_named(data: st.DataObject) -> None:
    """Whatever check it is, and whatever is claimed of it."""
    plain = json.loads(of_demo()[JSON])
    number = data.draw(st.integers(0, len(plain["findings"]) - 1))
    was = plain["findings"][number]
    claimed = data.draw(st.sampled_from([each for each in Status if each != was["status"]]))

    forged = forge(of_demo(), lambda now: now["findings"][number].update(status=claimed.value))
    (found,) = against(demo_again(), forged, JSON)

    assert found.differs
    assert f"{was['control']} on {was['resource']['id']}, {claimed} and now" in found.how


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain["findings"].pop(),
        lambda plain: plain["findings"][0].update(message="all is well"),
        lambda plain: plain["summary"]["severity"]["low"].update(fail=0),
        lambda plain: plain["account"].update(subdomain="somebody-else"),
        lambda plain: plain["controls"][0].update(title="Nothing"),
        lambda plain: plain.update(extra="words"),
    ],
    ids=["row", "message", "sum", "account", "control", "part"],
)
def test_no_part_of_a_report_can_be_changed(change: Callable[[dict[str, Any]], None]) -> None:
    """Not a row, not a sum, not a name."""
    (found,) = against(demo_again(), forge(of_demo(), change), JSON)

    assert found.differs


def test_report_in_another_format_that_says_something_else(tmp_path: Path) -> None:
    """An HTML page that was edited is named, though the JSON report is right."""
    reports = reported(tmp_path)
    page = f"reports/{REPORT_FORMATS['html']}"
    edited = reports[page].replace(b"Fail", b"Pass")
    found = checked(DEMO, {**reports, page: edited}, JSON, None)

    assert open_results(found) == {page: Result.BAD}


def test_name_that_is_no_report_of_ours_is_not_checked() -> None:
    """A minute of a meeting may be sealed as well; nobody can say that it follows."""
    found = checked(DEMO, {**of_demo(), "reports/minutes.txt": b"we met"}, JSON, None)

    assert open_results(found) == {"reports/minutes.txt": Result.PART}


def test_places_in_a_repository_are_not_in_a_bundle() -> None:
    """A SARIF that points at an inventory is not called a forgery."""
    name = f"reports/{REPORT_FORMATS['sarif']}"
    found = checked(DEMO, {**of_demo(), name: b"{}"}, JSON, None)

    assert open_results(found) == {name: Result.PART}


def test_report_of_another_version_is_compared_by_its_checks() -> None:
    """It cannot be made to the byte, and says so; a verdict that differs is no forgery then."""
    other = forge(of_demo(), lambda plain: plain["tool"].update(version="0.0.9"))
    (same,) = checked(DEMO, other, JSON, None)
    (changed,) = checked(DEMO, forge(other, lambda plain: flip(plain["findings"][0])), JSON, None)

    assert same.result is changed.result is Result.PART
    assert "every check is the same; version 0.0.9 made it" in same.how
    assert "1 check judged otherwise" in changed.how


def test_single_checks_that_pytest_was_told_to_judge(tmp_path: Path) -> None:
    """No report names them, so only those are compared."""
    picked = next(
        str(ROOT / "pdsec_checks" / each["nodeid"])
        for each in json.loads(of_demo()[JSON])["findings"]
        if each["control"] == "PD-05"
    )
    ended = run_pytest(tmp_path, "--pd-replay=demo", "--pd-json=out.json", target=picked)
    report = (tmp_path / "out.json").read_bytes()
    assert ended.code in {0, 1}, ended.text
    (found,) = checked(DEMO, {JSON: report}, JSON, None)

    assert found.result is Result.PART
    assert "every check is the same; single checks were chosen" in found.how


def test_framework_of_an_organisation_is_in_no_bundle() -> None:
    """The checks are compared; the requirements cannot be."""

    def add(plain: dict[str, Any]) -> None:
        plain["controls"][0]["requirements"].append({"framework": "acme", "id": "1"})

    forged = forge(of_demo(), add)
    (found,) = checked(DEMO, forged, JSON, b'frameworks = ["acme.yaml"]\n')

    assert found.result is Result.PART
    assert "every check is the same; the run had frameworks of the organisation's own" in found.how


def test_controls_that_were_left_out_beside_those_without_a_resource(tmp_path: Path) -> None:
    """No report tells the ones from the others: the checks are the same, and that is said."""
    reports = reported(tmp_path, "--resource=Checkout", "--skip-controls=5")
    found = checked(DEMO, reports, JSON, None)[0]

    assert found.result is Result.PART
    assert "every check is the same; which controls were asked for" in found.how


def all_is_well(plain: dict[str, Any]) -> None:
    """Let nothing fail."""
    for each in plain["findings"]:
        if each["status"] == "fail":
            each["status"] = "pass"


EXCUSES: dict[str, Callable[[dict[str, Any]], None]] = {
    "another version": lambda plain: plain["tool"].update(version="0.0.9"),
    "a run that was stopped": lambda plain: plain.update(complete=False),
    "a waiver": lambda plain: plain["scope"]["waivers"].append({"control": "PD-05"}),
    "an attestation": lambda plain: plain["scope"]["attestations"].append({"control": "PD-05"}),
    "a personnel list": lambda plain: plain["scope"].update(roster={"sha256": "0"}),
    "a severity": lambda plain: plain["scope"]["severities"].update({"PD-05": "low"}),
}


@pytest.mark.parametrize("excuse", EXCUSES)
def test_no_excuse_makes_a_fail_a_pass(excuse: str) -> None:
    """What is missing explains only the checks that it can explain."""
    forged = forge(forge(of_demo(), all_is_well), EXCUSES[excuse])
    (found,) = against(demo_again(), forged, JSON)

    assert found.is_otherwise
    assert "judged otherwise" in found.how


def test_sums_of_a_report_are_held_against_its_checks() -> None:
    """Also where the report cannot be the same to the byte."""

    def change(plain: dict[str, Any]) -> None:
        plain["tool"]["version"] = "0.0.9"
        plain["controls"][4]["status"] = "not_applicable"

    (found,) = against(demo_again(), forge(of_demo(), change, adds_up=False), JSON)

    assert (found.result, found.how) == (Result.BAD, "its sums are not those of its checks")


def test_control_of_an_organisation_cannot_be_judged_again() -> None:
    """A bundle has no code; the others are compared all the same."""

    def add(plain: dict[str, Any]) -> None:
        own = {**plain["findings"][0], "control": "ACME-1"}
        plain["findings"].append(own)
        plain["scope"]["selected"].append("ACME-1")

    (found,) = checked(DEMO, forge(of_demo(), add), JSON, None)

    assert found.result is Result.PART
    assert "ACME-1 of the organisation's own are not judged again" in found.how


@pytest.mark.parametrize("content", [b"{}", b"[" * 100_000, b"\xff"])
def test_report_that_cannot_be_read(content: bytes) -> None:
    """The error names it."""
    with pytest.raises(UsageError, match=r"reports/inspection\.json: the report is damaged"):
        checked(DEMO, {JSON: content}, JSON, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain["scope"].update(recording="a text"),
        lambda plain: plain.update(requests={"total": 1}),
    ],
    ids=["recording", "requests"],
)
def test_report_with_a_part_of_another_kind(change: Callable[[dict[str, Any]], None]) -> None:
    """It is refused as a whole, and nothing breaks later."""
    with pytest.raises(UsageError, match="the report is damaged"):
        checked(DEMO, forge(of_demo(), change), JSON, None)
