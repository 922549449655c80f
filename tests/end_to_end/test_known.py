"""An earlier report as the baseline: what failed then is known, and only new fails count."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import reports
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.model import Status, Worsening, overall
from pdsec_checks.reports import terminal
from pdsec_checks.suite.judging import outcome_of
from tests.reports.test_report_schema import SCHEMA
from tests.simulator import Fault, accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource, errors_against
from tests.support.processes import Ended
from tests.support.shown import shown

REPLAY = ("--replay=demo", "--controls=5,13,22")
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of three controls of the demo account, six of whose cases fail."""
    ended = run_command(
        tmp_path_factory.mktemp("earlier"), *REPLAY, "--quiet", "--output=inspection.json"
    )
    assert ended.code == 1
    return ended.report


def put(folder: Path, report: Any) -> str:
    """Write a report to be the baseline, and return the flag that names it."""
    (folder / "earlier.json").write_text(json.dumps(report), encoding="utf-8")
    return "--baseline=earlier.json"


def without(report: dict[str, Any], control: str) -> dict[str, Any]:
    """Return a report that knows no fail of one control."""
    kept = [
        each
        for each in report["findings"]
        if each["control"] != control or each["status"] != "fail"
    ]
    return {**report, "findings": kept}


def known(ended: Ended) -> dict[str, set[bool | None]]:
    """Return what the report says of the fails of each control."""
    found: dict[str, set[bool | None]] = {}
    for each in ended.report["findings"]:
        if each["status"] == "fail":
            found.setdefault(each["control"], set()).add(each.get("known"))
    return found


def test_a_run_whose_fails_are_all_known_ends_with_zero(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """Nothing new failed; what is known stays a fail in the report, a number on the terminal."""
    ended = run_command(tmp_path, *REPLAY, put(tmp_path, earlier), "--output=inspection.json")

    assert ended.code == 0, ended.text
    assert known(ended) == {"PD-05": {True}, "PD-13": {True}, "PD-22": {True}}
    assert ended.report["summary"]["status"]["fail"] == 6
    assert "6 known: --show known lists what failed before and got no worse\n" in ended.err
    assert "TO FIX" not in ended.err
    assert "has no acknowledgement timeout" not in ended.err.partition("FIX FIRST")[0]
    assert (
        "Failing: 0 new, 0 worse, 6 known (beside the report as of 2026-11-23T09:00:00Z).\n"
        in ended.err
    )


def test_what_is_known_is_listed_where_that_is_asked_for(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """``--show known`` lists it below what is new."""
    flag = put(tmp_path, without(earlier, "PD-22"))
    ended = run_command(tmp_path, *REPLAY, flag, "--show=known", "--output=inspection.json")

    assert ended.code == 1
    assert ended.err.index("\nNEW (3)\n") < ended.err.index("\nKNOWN (3)\n")
    assert "has no acknowledgement timeout\n" in ended.err
    assert ended.err.count(" (known)\n") == 3
    assert "--show" not in ended.err


def test_pytest_names_its_own_flag(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """Whoever runs pytest is told of the option that pytest has."""
    put(tmp_path, earlier)
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "--pd-controls=5,13,22", "--pd-baseline=earlier.json"
    )

    assert ended.code == 0
    assert "6 known: --pd-show known lists" in ended.out


def test_one_new_fail_ends_the_run_with_one(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """A control and resource that did not fail then is new, whatever else is known."""
    flag = put(tmp_path, without(earlier, "PD-22"))
    ended = run_command(tmp_path, *REPLAY, flag, "--output=inspection.json")

    assert ended.code == 1
    assert known(ended) == {"PD-05": {True}, "PD-13": {True}, "PD-22": {False}}
    assert ended.report["baseline_report"] == {
        "as_of": "2026-11-23T09:00:00Z",
        "new": 3,
        "worse": 0,
        "known": 3,
    }
    assert errors_against(SCHEMA, ended.report) == []


def test_the_last_screen_of_a_red_build_says_why_it_is_red(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """What is new stands before known fails whose consequence is worse, and these are marked."""
    flag = put(tmp_path, without(earlier, "PD-22"))
    ended = run_command(tmp_path, *REPLAY, flag, "--output=inspection.json")
    last = ended.err.partition("FIX FIRST\n")[2]

    assert re.findall(r"^\d\. (PD-\d+ \[\w+\] \[\w+\])", last, re.MULTILINE) == [
        *["PD-22 [medium] [new]"] * 2,
        *["PD-05 [critical] [known]"] * 2,
        "PD-13 [high] [known]",
    ]
    assert ended.err.index("\nNEW (3)\n") < ended.err.index("\n3 known: --show known lists")


def test_a_report_that_was_compared_can_be_compared_with(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """What was known yesterday is known tomorrow: such a report is a baseline itself."""
    run_command(tmp_path, *REPLAY, put(tmp_path, earlier), "--quiet", "--output=next.json")
    ended = run_command(tmp_path, *REPLAY, "--quiet", "--baseline=next.json", "--output=x.json")

    assert ended.code == 0


def test_the_file_may_name_the_earlier_report(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """``baseline_report`` in the configuration file does the same; ``baseline`` is thresholds."""
    put(tmp_path, earlier)
    (tmp_path / "pdsec.toml").write_text('baseline_report = "earlier.json"\n')

    assert run_command(tmp_path, *REPLAY, "--quiet", "--output=x.json").code == 0


def test_the_earlier_report_stands_beside_the_file_that_names_it(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """It counts from the folder of the file, wherever the run is started."""
    settings = tmp_path / "settings"
    settings.mkdir()
    put(settings, earlier)
    (settings / "pdsec.toml").write_text('baseline_report = "earlier.json"\n')
    flags = ("--config=settings/pdsec.toml", "--quiet")

    assert run_command(tmp_path, *REPLAY, *flags, "--output=x.json").code == 0
    ended = run_command(tmp_path, *REPLAY, *flags, "--output=settings/earlier.json")
    assert ended.code == 4
    named = "settings/pdsec.toml: baseline_report settings/earlier.json: "
    assert f"{named}the json report would replace it" in ended.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, "pdsec.toml: baseline_report {folder}/earlier.json: No such file"),
        (
            "other",
            (
                "pdsec.toml: baseline_report: the report is about the account umbrella at "
                "https://api.pagerduty.com, and not about fernhill-demo at "
                "https://api.pagerduty.com; where it is the same account, which got another name "
                "or address, say so with baseline_account_renamed = true"
            ),
        ),
    ],
)
def test_what_is_wrong_with_the_baseline_names_the_key_of_the_file(
    tmp_path: Path, earlier: dict[str, Any], change: str | None, said: str
) -> None:
    """A flag that nobody typed is not mentioned."""
    (tmp_path / "pdsec.toml").write_text('baseline_report = "earlier.json"\n')
    if change:
        changed = json.loads(json.dumps(earlier))
        other_account(changed)
        put(tmp_path, changed)
    ended = run_command(tmp_path, *REPLAY, "--output=x.json")

    assert ended.code == 4
    assert said.format(folder=tmp_path) in ended.err
    assert "--baseline" not in ended.err


def healthier(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report in which the fails of PD-02 and PD-08 were less bad."""
    changed: dict[str, Any] = json.loads(json.dumps(report))
    for finding in changed["findings"]:
        if finding["control"] == "PD-02":
            finding["evidence"]["privileged_users"].pop()
        if finding["control"] == "PD-08" and finding["status"] == "fail":
            finding["evidence"]["gap_hours_a_week"] = 0.1
    return changed


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of three controls, the fails of two of which can get worse."""
    folder = tmp_path_factory.mktemp("graded")
    flags = ("--replay=demo", "--controls=2,8,22", "--quiet", "--output=inspection.json")
    return run_command(folder, *flags).report


def test_a_known_fail_that_got_worse_ends_the_run_with_one(
    tmp_path: Path, graded: dict[str, Any]
) -> None:
    """It stands below what is new, says by what it is worse, and counts as new."""
    flag = put(tmp_path, healthier(graded))
    ended = run_command(
        tmp_path, "--replay=demo", "--controls=2,8,22", flag, "--output=inspection.json"
    )
    worse = [each for each in ended.report["findings"] if "worse" in each]

    assert ended.code == 1
    assert {each["control"] for each in worse} == {"PD-02", "PD-08"}
    assert all(each["known"] is False for each in worse)
    assert ended.report["baseline_report"]["new"] == 0
    assert ended.report["baseline_report"]["worse"] == len(worse)
    assert f"\nWORSE ({len(worse)})\nPD-02 [critical]" in ended.err
    assert "(worse: privileged users: " in ended.err
    assert "NEW" not in ended.err
    assert errors_against(SCHEMA, ended.report) == []
    assert run_command(
        tmp_path, "--replay=demo", "--controls=2,8,22", "--quiet",
        "--baseline=inspection.json", "--output=next.json",
    ).code == 0  # fmt: skip


def test_pytest_shows_what_got_worse_as_a_failure(tmp_path: Path, graded: dict[str, Any]) -> None:
    """JUnit has a failure with the reason, with workers as without."""
    put(tmp_path, healthier(graded))
    arguments = ("--pd-replay=demo", "--pd-controls=2,8,22", "--pd-baseline=earlier.json")
    alone = run_pytest(tmp_path, *arguments, "--pd-json=alone.json", "--junitxml=junit.xml")
    shared = run_pytest(tmp_path, *arguments, "--pd-json=shared.json", "-n", "2")
    tree = ET.parse(tmp_path / "junit.xml")  # noqa: S314 - written by pytest just now
    failures = [each.text or "" for each in tree.iterfind(".//failure")]

    assert (alone.code, shared.code) == (1, 1)
    assert failures
    assert all("(worse: " in text for text in failures)
    assert (tmp_path / "alone.json").read_bytes() == (tmp_path / "shared.json").read_bytes()


def test_a_report_without_the_figures_is_said_to_be_one(
    tmp_path: Path, graded: dict[str, Any]
) -> None:
    """A report of an earlier version cannot tell what got worse: that is a warning, not news."""
    older = json.loads(json.dumps(graded))
    for control in older["controls"]:
        del control["worse_when"]
    for finding in older["findings"]:
        finding["evidence"].pop("gap_hours_a_week", None)
    flags = ("--replay=demo", "--controls=2,8,22", put(tmp_path, older), "--output=inspection.json")
    ended = run_command(tmp_path, *flags)

    assert ended.code == 0
    assert ended.err.count("so that nobody can tell whether a known fail got worse") == 1
    assert "WARNING: the earlier report does not hold gap_hours_a_week of PD-08" in ended.err


def test_a_live_run_is_the_baseline_of_its_recording(tmp_path: Path) -> None:
    """A recording names another address and a pseudonym; ids tell that it is the same account."""
    flags = ("--controls=5,8,22", "--quiet")
    with run(accounts.demo) as simulator:
        live = run_command(
            tmp_path, *flags, "--record=tape.yaml", "--output=live.json", simulator=simulator
        )
    replayed = run_command(
        tmp_path, *flags, "--replay=tape.yaml", "--baseline=live.json", "--output=again.json"
    )

    assert (live.code, replayed.code) == (1, 0), replayed.text
    assert run_command(tmp_path, "diff", "live.json", "again.json").code == 0


def test_an_account_that_was_renamed_is_still_the_same(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """With the flag, or the key of the file, another subdomain is no other account."""
    renamed = json.loads(json.dumps(earlier))
    other_account(renamed)
    flags = (*REPLAY, put(tmp_path, renamed), "--quiet", "--output=x.json")

    assert run_command(tmp_path, *flags).code == 4
    assert run_command(tmp_path, *flags, "--baseline-account-renamed").code == 0
    (tmp_path / "pdsec.toml").write_text("baseline_account_renamed = true\n")
    assert run_command(tmp_path, *flags).code == 0


def test_another_account_is_not_a_renamed_one(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """Who shares not one user, service, policy or schedule is somebody else, whatever the flag."""
    other = json.loads(json.dumps(earlier))
    other_account(other)
    other_region(other)
    flags = (*REPLAY, put(tmp_path, other), "--baseline-account-renamed", "--output=x.json")
    ended = run_command(tmp_path, *flags)

    assert ended.code == 4
    assert "not one of its users, services, policies and schedules is there" in ended.err


def test_a_waiver_that_ended_makes_a_fail_new(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """What was waived then and fails now is no known fail."""
    waived = json.loads(json.dumps(earlier))
    for finding in waived["findings"]:
        if finding["control"] == "PD-05" and finding["status"] == "fail":
            finding["status"] = "waived"
    ended = run_command(tmp_path, *REPLAY, put(tmp_path, waived), "--output=inspection.json")

    assert ended.code == 1
    assert known(ended)["PD-05"] == {False}


def test_an_error_is_never_known(tmp_path: Path) -> None:
    """What could not be judged in either run ends with 6; a known fail does not hide it."""
    flags = ("--controls=5,13,22", "--quiet", "--output=inspection.json")
    with run(accounts.demo) as simulator:
        simulator.faults.append(Fault("/escalation_policies", "status", status=403))
        first = run_command(tmp_path, *flags, simulator=simulator)
        again = run_command(tmp_path, *flags, put(tmp_path, first.report), simulator=simulator)

    assert (first.code, again.code) == (1, 6)
    assert known(again) == {"PD-13": {True}, "PD-22": {True}}
    errors = [each for each in again.report["findings"] if each["status"] == "error"]
    assert errors
    assert not [each for each in errors if "known" in each]


@reading.only_in_ci
def test_workers_know_the_earlier_report(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """With xdist the marks, the report and the exit code are the same."""
    put(tmp_path, without(earlier, "PD-22"))
    arguments = ["--pd-replay=demo", "--pd-controls=5,13,22", "--pd-baseline", "earlier.json"]
    alone = run_pytest(tmp_path, *arguments, "--pd-json=alone.json")
    shared = run_pytest(tmp_path, *arguments, "--pd-json=shared.json", "-n", "2")

    assert (alone.code, shared.code) == (1, 1)
    assert (tmp_path / "alone.json").read_bytes() == (tmp_path / "shared.json").read_bytes()


@pytest.mark.parametrize("granularity", ["resource", "control"])
def test_pytest_expects_what_is_known(
    tmp_path: Path, earlier: dict[str, Any], granularity: str
) -> None:
    """A known fail is xfailed in JUnit, with its reason, and shown by its own name."""
    put(tmp_path, without(earlier, "PD-22"))
    ended = run_pytest(
        tmp_path,
        "--pd-replay=demo",
        "--pd-controls=5,22",
        "--pd-baseline=earlier.json",
        f"--pd-granularity={granularity}",
        "--junitxml=junit.xml",
        "-v",
    )

    tree = ET.parse(tmp_path / "junit.xml")  # noqa: S314 - written by pytest just now
    expected = [each.get("message") for each in tree.iterfind(".//skipped[@type='pytest.xfail']")]
    failed = [each for each in tree.iter("testcase") if each.find("failure") is not None]
    assert set(expected) == {"known from the earlier report"}
    assert failed
    assert all("test_service_configuration" in str(each.get("classname")) for each in failed)
    assert "KNOWN (known from the earlier report)" in ended.out
    assert ended.code == 1


def test_a_case_of_many_resources_is_red_for_what_is_new_or_unjudged() -> None:
    """Known fails beside a new one do not make the case green."""
    old, new = replace(a_finding(), known=True), replace(a_finding(), known=False)
    error = a_finding(status=Status.ERROR)

    assert overall(map(outcome_of, [old, new])) is Status.FAIL
    assert overall(map(outcome_of, [old, error])) is Status.ERROR
    assert overall(map(outcome_of, [old, a_finding(status=Status.PASS)])) is Status.WAIVED


def other_version(report: dict[str, Any]) -> None:
    """Make it a report of a version to come."""
    report["schema_version"] = "2"


def other_account(report: dict[str, Any]) -> None:
    """Make it a report about somebody else."""
    report["account"]["subdomain"] = "umbrella"


def other_region(report: dict[str, Any]) -> None:
    """Make it a report about an account elsewhere, which has resources of its own."""
    report["account"]["base_url"] = "https://api.eu.pagerduty.com"
    for finding in report["findings"]:
        finding["resource"]["id"] = f"EU{finding['resource']['id']}"


def other_tool(report: dict[str, Any]) -> None:
    """Make it a report of another tool."""
    report["tool"] = {"name": "trivy"}


def several_accounts(report: dict[str, Any]) -> None:
    """Make it a report of several accounts side by side."""
    report["kind"] = "accounts"


def damage(report: dict[str, Any]) -> None:
    """Give a finding a status that does not exist."""
    report["findings"][0]["status"] = "fine"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            other_version,
            "the report has schema version '2', and this version of the tool reads '1'",
        ),
        (
            other_account,
            (
                "and not about fernhill-demo at https://api.pagerduty.com; where it is the same "
                "account, which got another name or address, say so with --baseline-account-renamed"
            ),
        ),
        (
            other_region,
            (
                "fernhill-demo at https://api.eu.pagerduty.com, and not about fernhill-demo at "
                "https://api.pagerduty.com: not one of its users, services, policies and "
                "schedules is there"
            ),
        ),
        (other_tool, "this is no JSON report of pagerduty-sec-inspector; write one with"),
        (several_accounts, "the report holds several accounts side by side; name that of one"),
        (damage, "the report is damaged: Invalid enum value 'fine' - at `$.findings[0].status`"),
    ],
)
def test_a_baseline_that_is_none_ends_with_four(
    tmp_path: Path, earlier: dict[str, Any], change: Change, said: str
) -> None:
    """The message names option and file, and what is wrong; no report is written."""
    changed = json.loads(json.dumps(earlier))
    change(changed)
    ended = run_command(tmp_path, *REPLAY, put(tmp_path, changed), "--output=inspection.json")

    assert ended.code == 4
    assert said in ended.err
    assert "--baseline" in ended.err
    assert not (tmp_path / "inspection.json").exists()


@pytest.mark.parametrize(
    "flags",
    [
        ("--output=earlier.json",),
        ("--output=./earlier.json", "--format=html"),
        ("--output=link.json",),
    ],
)
def test_a_report_does_not_replace_the_baseline(
    tmp_path: Path, earlier: dict[str, Any], flags: tuple[str, ...]
) -> None:
    """Each run would forgive the fails of the one before; the file is as it was."""
    flag = put(tmp_path, earlier)
    (tmp_path / "link.json").symlink_to("earlier.json")
    before = (tmp_path / "earlier.json").read_bytes()
    ended = run_command(tmp_path, *REPLAY, flag, *flags)

    assert ended.code == 4
    assert "--baseline earlier.json: the " in ended.err
    assert "each run would forgive the fails of the one before" in ended.err
    assert (tmp_path / "earlier.json").read_bytes() == before


def test_a_folder_of_reports_may_not_hold_the_baseline(
    tmp_path: Path, earlier: dict[str, Any]
) -> None:
    """Among the names that a folder gives to reports, one can be that of the baseline."""
    (tmp_path / "inspection.json").write_text(json.dumps(earlier), encoding="utf-8")
    flags = ("--baseline=inspection.json", "--format=json,html", "--output=./")
    ended = run_command(tmp_path, *REPLAY, *flags)

    assert ended.code == 4
    assert "--baseline inspection.json: the json report would replace it" in ended.err
    assert ended.report == earlier


@reading.alone_and_with("-n", "2")
def test_pytest_does_not_replace_the_baseline_either(
    tmp_path: Path, earlier: dict[str, Any], workers: tuple[str, ...]
) -> None:
    """With and without xdist, ``--pd-json`` may not name the file of ``--pd-baseline``."""
    put(tmp_path, earlier)
    flags = ("--pd-replay=demo", "--pd-baseline=earlier.json", "--pd-json=earlier.json")
    ended = run_pytest(tmp_path, *flags, *workers)

    assert ended.code == 4
    assert "--pd-baseline earlier.json: the json report would replace it" in ended.text
    assert json.loads((tmp_path / "earlier.json").read_text("utf-8")) == earlier


@reading.only_in_ci
def test_another_account_is_noticed_by_workers(tmp_path: Path, earlier: dict[str, Any]) -> None:
    """With xdist the account is known to the workers only; the run ends with 4 all the same."""
    changed = json.loads(json.dumps(earlier))
    other_account(changed)
    put(tmp_path, changed)
    ended = run_pytest(tmp_path, "--pd-replay=demo", "--pd-baseline=earlier.json", "-n", "2")

    assert ended.code == 4
    assert "about the account umbrella" in ended.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        (b"not JSON", "this is no JSON report"),
        (b"[]", "this is no JSON report"),
        (b'"\xff"', "this is no JSON report"),
    ],
)
def test_a_file_that_is_no_report_ends_with_four(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """A file that is missing, or anything but a report, is named before the account is read."""
    if content is not None:
        (tmp_path / "earlier.json").write_bytes(content)
    ended = run_command(tmp_path, *REPLAY, "--baseline=earlier.json")

    assert ended.code == 4
    assert "--baseline earlier.json: " in ended.err
    assert said in ended.err


def test_every_format_shows_what_is_known() -> None:
    """Each format marks a known and a worse fail in the way of its readers, and no other one."""
    old = replace(a_finding(resource=a_resource("old", "POLD")), known=True)
    new = replace(a_finding(resource=a_resource("new", "PNEW")), known=False)
    worse = replace(
        a_finding(resource=a_resource("sick", "PSICK")),
        known=False,
        worse=(Worsening("levels", 2, 1), Worsening("owners", 1, 2, ("PANN",))),
    )
    said = "(worse: levels: 2 before, 1 now; owners: 1 before, 2 now (new: PANN))"
    report = replace(a_report(old, new, worse), earlier_as_of=a_report(old).run.as_of)
    text = {name: shown(name, report) for name in REPORT_FORMATS}

    states = {
        each["partialFingerprints"]["controlAndResource/v1"]: each["baselineState"]
        for each in json.loads(text["sarif"])["runs"][0]["results"]
    }
    assert states == {
        old.fingerprint: "unchanged",
        new.fingerprint: "new",
        worse.fingerprint: "updated",
    }
    for name in ("csv", "action-plan"):
        marked = {
            row["resource_id"]: row["message"].endswith(" (known)")
            for row in csv.DictReader(text[name].splitlines())
        }
        assert marked == {"POLD": True, "PNEW": False, "PSICK": False}, name
    events = [json.loads(line)["unmapped"] for line in text["ocsf"].splitlines()]
    assert [each["known"] for each in events] == [False, True, False]
    assert [each["worse"] for each in events if "worse" in each] == [
        [
            {"figure": "levels", "was": 2, "now": 1, "added": []},
            {"figure": "owners", "was": 1, "now": 2, "added": ["PANN"]},
        ]
    ]
    for state in ("known", "new", "worse"):
        assert len(re.findall(rf'<tr[^>]* data-novelty="{state}"', text["html"])) == 1
    assert "<b>1 new, 1 worse, 1 known</b>: what fails, beside the report as of" in text["html"]
    assert "failing 3 critical (1 new, 1 worse, 1 known)" in text["markdown"]
    for name in ("markdown", "oscal", "poam", "hdf", "xlsx", "defectdojo"):
        assert text[name].replace("\\", "").count("(known)") > 0, name
    others = {"json", "html", "prometheus", "slack"}
    for name in {*REPORT_FORMATS} - others:
        assert said in text[name].replace("\\", ""), name
    assert text["junit"].count('<skipped type="known" message="Known from the') == 1
    assert 'failures="2"' in text["junit"]
    for state in ("known", "new", "worse"):
        assert f'novelty="{state}"}} 1' in text["prometheus"]
    assert "*NEW*\\n• PD-05" in text["slack"]
    assert "*WORSE*\\n• PD-05" in text["slack"]
    assert '"name": "known"' in text["oscal"]
    assert '"name": "worse"' in text["oscal"]
    assert errors_against(SCHEMA, json.loads(text["json"])) == []


def test_new_fails_come_first_where_not_all_are_shown() -> None:
    """The terminal and Markdown cut long lists; what is new is not what they leave out."""
    old = [
        replace(a_finding(resource=a_resource(f"s{n}", f"P{n:03}")), known=True) for n in range(80)
    ]
    new = replace(a_finding(resource=a_resource("zebra", "PZZZ")), known=False)
    report = replace(a_report(*old, new), earlier_as_of=a_report(new).run.as_of)

    assert "service 'zebra'" in terminal.render(report)
    assert "service 'zebra'" in reports.render("markdown", report).partition("Failing, known")[0]
    assert "service 'zebra'" in reports.render("action-plan", report).splitlines()[1]


def test_a_run_without_a_baseline_says_nothing_of_it(earlier: dict[str, Any]) -> None:
    """Without ``--baseline`` no finding is called known or new."""
    assert "baseline_report" not in earlier
    assert not [each for each in earlier["findings"] if "known" in each]
    assert "baselineState" not in reports.render("sarif", a_report(a_finding()))
