"""The inspection as its users run it, from the account to the exit code."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator import Fault, Simulator, accounts, run
from tests.support import processes, reading
from tests.support.calls import run_command, run_pytest
from tests.support.findings import core_ids
from tests.support.processes import ROOT

JSON = "--pd-json=inspection.json"
INCIDENT_RESPONSE = str(ROOT / "pdsec_checks" / "controls" / "test_incident_response.py")


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    """Serve the demo account."""
    with run(accounts.demo) as simulator:
        yield simulator


@pytest.fixture
def demo(served: Simulator) -> Simulator:
    """Return the demo account without faults and without a memory of requests."""
    served.faults.clear()
    served.forget()
    return served


def test_every_control_finds_its_trouble_in_the_demo_account(
    demo: Simulator, tmp_path: Path
) -> None:
    """The demo account fails every control, and the run exits with 1."""
    ended = run_pytest(tmp_path, JSON, simulator=demo)

    assert ended.code == 1, ended.text
    failing = {control for (control, _), status in ended.verdicts.items() if status == "fail"}
    assert failing == set(core_ids())


def test_no_control_fails_the_compliant_account(tmp_path: Path) -> None:
    """The compliant account fails nothing, and the run exits with 0."""
    with run(accounts.demo_compliant) as simulator:
        ended = run_pytest(tmp_path, JSON, simulator=simulator)

    assert ended.code == 0, ended.text
    assert set(ended.verdicts.values()) == {"pass", "manual", "not_applicable"}


def test_each_data_set_is_read_once(demo: Simulator, tmp_path: Path) -> None:
    """No request is sent twice, however many controls need its answer."""
    run_pytest(tmp_path, simulator=demo)

    asked = Counter((request.path, request.query) for request in demo.requests)
    assert max(asked.values()) == 1
    assert {request.method for request in demo.requests} == {"GET"}


def test_workers_share_one_reading_of_the_account(demo: Simulator, tmp_path: Path) -> None:
    """With two workers the account is still read once, and the verdicts are the same."""
    alone = run_pytest(tmp_path, JSON, simulator=demo)
    asked = len(demo.requests)
    demo.forget()
    shared = run_pytest(tmp_path, JSON, "-n", "2", simulator=demo)

    assert len(demo.requests) == asked
    assert shared.verdicts == alone.verdicts
    assert shared.code == alone.code == 1


@pytest.mark.parametrize(
    ("arguments", "controls"),
    [
        (["-m", "critical"], {"PD-01", "PD-02", "PD-05"}),
        (["-m", "critical and fedramp"], {"PD-01", "PD-02", "PD-05"}),
        (["-m", "fedramp(id='AC-6(1)')"], {"PD-02"}),
        (["-m", "fedramp(id='AC-6(5)')"], {"PD-02", "PD-03"}),
        (["-m", "fedramp(id='AC-6(1)')", "--pd-mapping=current"], {"PD-02"}),
        (["-m", "fedramp(id='RA-9')"], {"PD-21"}),
        (["-m", "soc2 and low"], {"PD-19", "PD-20", "PD-23", "PD-25"}),
        (["-k", "PD-22"], {"PD-22"}),
        (["-k", "acknowledgement"], {"PD-22"}),
        (["--pd-controls", "5,22,PD-07"], {"PD-05", "PD-07", "PD-22"}),
        (["--pd-controls=22,23", "--pd-skip-controls=23"], {"PD-22"}),
        (["--pd-severity", "critical"], {"PD-01", "PD-02", "PD-05"}),
        (["--pd-framework", "soc2:CC3.1"], {"PD-21"}),
        (["--pd-framework=soc2:CC3.2", "--pd-mapping=current"], {"PD-21"}),
        (["--pd-framework=soc2:CC3.2"], {"PD-21"}),
    ],
)
def test_a_selection_runs_these_controls(
    tmp_path: Path, arguments: list[str], controls: set[str]
) -> None:
    """Pytest's own selection and ours agree on what runs."""
    ended = run_pytest(tmp_path, JSON, "--pd-replay=demo", *arguments)

    assert {control for control, _ in ended.verdicts} == controls
    assert [control["id"] for control in ended.report["controls"]] == sorted(controls)


def test_only_what_the_selection_needs_is_read(demo: Simulator, tmp_path: Path) -> None:
    """A run of PD-22 asks for the services and whose credential it is, and for nothing else."""
    run_pytest(tmp_path, "--pd-controls", "22", simulator=demo)

    assert {request.path for request in demo.requests} == {"/services", "/users/me"}


def test_listing_controls_needs_neither_key_nor_network(tmp_path: Path) -> None:
    """``--co`` lists one placeholder a control, offline."""
    ended = run_pytest(tmp_path, "--co", "-q")

    assert ended.code == 0
    assert ended.out.count("[*]") == len(core_ids())


def test_a_resource_can_be_chosen_by_name_or_id(tmp_path: Path) -> None:
    """``--pd-resource`` keeps the resources whose name or id matches."""
    by_name = run_pytest(tmp_path, JSON, "--pd-replay=demo", "--pd-resource=gift*", "-k", "PD-05")
    chosen = {resource for _, resource in by_name.verdicts}
    by_id = run_pytest(
        tmp_path, JSON, "--pd-replay=demo", f"--pd-resource={next(iter(chosen))}", "-k", "PD-05"
    )

    assert len(chosen) == 1
    assert by_id.verdicts == by_name.verdicts == {("PD-05", next(iter(chosen))): "fail"}


def test_a_selection_of_resources_selects_among_controls(tmp_path: Path) -> None:
    """A control without a resource that matches is not selected; that is no verdict."""
    ended = run_pytest(
        tmp_path, JSON, "--pd-replay=demo", "--pd-controls=5,6,PD-07", "--pd-resource=Gift*"
    )

    assert ended.code == 1, ended.text
    assert ended.verdicts == {
        ("PD-05", "P225PTZK"): "fail",
    }


@pytest.mark.parametrize(
    "arguments", [[], reading.in_ci(["-n", "2"]), ["--pd-granularity=control"]]
)
def test_a_pattern_that_matches_nothing_ends_the_run(tmp_path: Path, arguments: list[str]) -> None:
    """A misspelt resource is a usage error, never an empty green run."""
    ended = run_pytest(
        tmp_path, "--pd-replay=demo", "--pd-controls=5,22", "--pd-resource=Nowhere", *arguments
    )

    assert ended.code == 4, ended.text
    assert "no resource of the selected controls is Nowhere" in ended.text


FOREIGN = """
import pytest

@pytest.fixture
def user(): return "ours"

@pytest.mark.control
def test_bare(user): assert user == "ours"

@pytest.mark.control("valve", 3)
def test_other_arguments(): pass

@pytest.mark.control("valve")
def test_other_words(): pass

@pytest.mark.critical
def test_severity_of_their_own(): pass
"""


@reading.alone_and_with("-n", "2")
def test_the_plugin_is_inert_in_other_projects(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Fixtures and markers of our names mean in another project what that project says."""
    (tmp_path / "test_theirs.py").write_text(FOREIGN)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers"]
    ended = processes.run_process(tmp_path, [*command, *workers], None, {})

    assert ended.code == 0, ended.text
    assert "4 passed" in ended.out
    assert "PagerDuty" not in ended.out


def test_a_node_id_names_one_resource(tmp_path: Path) -> None:
    """A node id runs the case of its resource, and no other."""
    name = "test_service_has_escalation_policy[P225PTZK]"
    ended = run_pytest(tmp_path, "--pd-replay=demo", JSON, target=f"{INCIDENT_RESPONSE}::{name}")

    assert ended.verdicts == {("PD-05", "P225PTZK"): "fail"}


def test_a_node_id_of_no_resource_ends_the_run(tmp_path: Path) -> None:
    """A node id whose resource the account does not have is a usage error."""
    name = "test_service_has_escalation_policy[PNOBODY]"
    ended = run_pytest(tmp_path, "--pd-replay=demo", target=f"{INCIDENT_RESPONSE}::{name}")

    assert ended.code == 4
    assert "PD-05 has no resource PNOBODY in this account" in ended.err


def test_a_single_resource_can_be_deselected(tmp_path: Path) -> None:
    """``--deselect`` works for cases that exist only once the account was read."""
    name = f"{INCIDENT_RESPONSE}::test_service_has_escalation_policy"
    ended = run_pytest(tmp_path, "--pd-replay=demo", JSON, "--rootdir", str(ROOT), target=name)
    again = run_pytest(
        tmp_path,
        "--pd-replay=demo",
        "--pd-json=fewer.json",
        "--rootdir",
        str(ROOT),
        "--deselect",
        f"{Path(name).relative_to(ROOT)}[P225PTZK]",
        target=name,
    )

    fewer = json.loads((again.folder / "fewer.json").read_text("utf-8"))["findings"]
    assert len(fewer) == len(ended.verdicts) - 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["-m", "critcal"], "critical, high, medium, low, extended, fedramp"),
        (["-m", "soc2(id='CC99')"], "CC6.1"),
        (["--pd-controls", "98"], "PD-25"),
        (["--pd-controls", "all"], "such as 5 or PD-05"),
        (["--pd-framework", "soc3"], "soc2"),
        (["--pd-severity", "urgent"], "critical"),
        (["--pd-mapping", "mine"], "specified"),
        (["--pd-timeout", "soon"], "30s"),
        (["--pd-concurrency", "0"], "a whole number from 1 to 100"),
        (["--pd-api-key-max-age", "-1"], "a whole number of days from 1 to 3650"),
        (["--pd-base-url", "http://api.pagerduty.com"], "https"),
        (["--pd-replay", "nowhere.yaml"], "demo"),
        (["--pd-config", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_a_misspelt_option_ends_the_run_and_names_what_is_valid(
    tmp_path: Path, arguments: list[str], named: str
) -> None:
    """A misspelt value is exit code 4 and names the valid ones, never an empty green run."""
    replay = [] if "--pd-replay" in arguments else ["--pd-replay=demo"]
    ended = run_pytest(tmp_path, *replay, *arguments)

    assert ended.code == 4, ended.text
    assert named in ended.err


@reading.alone_and_with("-n", "2")
def test_without_a_credential_both_ways_on_are_named(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """Without a key and without a recording the run exits with 4 and says both ways on."""
    ended = run_pytest(tmp_path, *workers)

    assert ended.code == 4
    assert "PAGERDUTY_API_KEY" in ended.text
    assert "--pd-replay demo" in ended.text


def test_a_selection_without_a_control_is_no_success(tmp_path: Path) -> None:
    """A selection that holds no control exits with 5."""
    assert run_pytest(tmp_path, "--pd-replay=demo", "-m", "critical and low").code == 5


@pytest.mark.parametrize("arguments", [[], reading.in_ci(["-n", "2"]), ["--pd-record=tape.yaml"]])
def test_a_refused_credential_ends_the_run(
    demo: Simulator, tmp_path: Path, arguments: list[str]
) -> None:
    """A wrong key: exit code 4, one sentence, two requests, and an earlier report as it was."""
    (tmp_path / "inspection.json").write_text("earlier", encoding="utf-8")
    demo.forget()
    ended = run_pytest(tmp_path, JSON, *arguments, simulator=demo, PAGERDUTY_API_KEY="wrong")

    assert ended.code == 4
    assert "PagerDuty refuses the credential: HTTP 401, " in ended.text
    assert ended.text.count("HTTP 401") == 1
    assert "(check that the credential is valid and belongs to this region)" in ended.text
    assert "wrong" not in ended.text
    assert "KeyboardInterrupt" not in ended.text
    assert len(demo.requests) <= 2
    assert (tmp_path / "inspection.json").read_text("utf-8") == "earlier"
    assert {path.name for path in tmp_path.iterdir()} == {"inspection.json"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "the key may read nothing of what the selected controls need (HTTP 403 for every"),
        (402, "the account's plan includes nothing of what the selected controls need (HTTP 402"),
    ],
)
def test_a_key_or_a_plan_that_opens_nothing_ends_the_run(
    tmp_path: Path, status: int, said: str
) -> None:
    """Where every path is refused nothing is judged: one sentence, no report."""
    with run(accounts.demo, faults=[Fault("*", "status", status=status)]) as simulator:
        ended = run_command(tmp_path, "--output=inspection.json", simulator=simulator)

    assert ended.code == 4
    assert (ended.err.count(said), ended.err.count(str(status))) == (1, 1)
    assert not list(tmp_path.iterdir())


def test_what_was_refused_is_told_once_something_was_read(tmp_path: Path) -> None:
    """The lines of the reading keep their order, refusals included."""
    with run(accounts.small, faults=[Fault("/teams", "status", status=403)]) as simulator:
        ended = run_command(tmp_path, "--controls=4,22", "--output=i.json", simulator=simulator)

    told = [line.split(":")[0] for line in ended.err.splitlines() if line.startswith("read ")]
    assert told == ["read abilities", "read teams", "read users", "read services"]
    assert "read teams: unavailable: HTTP 403" in ended.err


def test_a_key_that_ends_during_the_run_costs_what_was_not_read(tmp_path: Path) -> None:
    """What was read before is judged; the rest is an error that names the status."""
    ended_key = Fault("/services", "status", status=401)
    with run(accounts.demo, faults=[ended_key]) as simulator:
        ended = run_pytest(tmp_path, JSON, "--pd-controls=1,22", simulator=simulator)

    assert ended.code != 4
    assert {status for (control, _), status in ended.verdicts.items() if control == "PD-22"} == {
        "error"
    }
    assert {status for (control, _), status in ended.verdicts.items() if control == "PD-01"} <= {
        "pass",
        "fail",
    }


def test_an_unreachable_pagerduty_ends_the_run(tmp_path: Path) -> None:
    """Where nobody listens the run exits with 4 and names the address."""
    ended = run_pytest(
        tmp_path,
        "-k",
        "PD-22",
        PAGERDUTY_API_KEY="key",
        PAGERDUTY_BASE_URL="http://127.0.0.1:9",
    )

    assert ended.code == 4
    assert "cannot be reached at http://127.0.0.1:9" in ended.text


def test_something_unreadable_alone_exits_with_six(tmp_path: Path) -> None:
    """Nothing fails, but one endpoint is refused: exit code 6, and the summary says why."""
    with run(accounts.demo_compliant) as simulator:
        simulator.faults.append(Fault("/extensions", "status", status=403))
        ended = run_pytest(tmp_path, JSON, simulator=simulator)

    assert ended.code == 6
    assert {case for case, status in ended.verdicts.items() if status == "error"} == {
        ("PD-14", "account"),
        ("PD-15", "account"),
    }
    assert "WARNING: Not read: /extensions: HTTP 403" in ended.out


def test_strict_counts_what_needs_a_person(tmp_path: Path) -> None:
    """``--pd-strict`` turns a manual case into exit code 6."""
    arguments = ["--pd-replay=demo-compliant", "-k", "PD-24"]

    assert run_pytest(tmp_path, *arguments).code == 0
    assert run_pytest(tmp_path, *arguments, "--pd-strict").code == 6


def test_failures_and_errors_differ_in_junit(demo: Simulator, tmp_path: Path) -> None:
    """JUnit has failures, errors, and control, severity, resource and requirements."""
    demo.faults.append(Fault("/teams", "status", status=403))
    run_pytest(tmp_path, "--junitxml=junit.xml", "--pd-controls=4,22", simulator=demo)
    cases = ET.parse(tmp_path / "junit.xml").getroot().iter("testcase")  # noqa: S314 - our own
    found = {case.get("name", ""): case for case in cases}

    errors = [name for name, case in found.items() if case.find("error") is not None]
    failures = [name for name, case in found.items() if case.find("failure") is not None]
    assert errors
    assert all(name.startswith("PD-04 test_user_belongs_to_a_team[") for name in errors)
    assert all(name.startswith("PD-22 test_service_has_acknowledgement") for name in failures)
    properties = {
        (each.get("name"), each.get("value")) for each in found[failures[0]].iter("property")
    }
    assert {
        ("control", "PD-22"),
        ("severity", "medium"),
        ("resource.type", "service"),
        ("resource.id", failures[0].split("[")[1].rstrip("]")),
        ("requirement", "soc2:CC7.3"),
    } <= properties


def test_pytest_reports_work_beside_ours(tmp_path: Path) -> None:
    """pytest-html and pytest-json-report write their reports of the same run."""
    ended = run_pytest(
        tmp_path,
        "--pd-replay=demo",
        "-k",
        "PD-05",
        "--html=report.html",
        "--self-contained-html",
        "--json-report",
        "--json-report-file=pytest.json",
    )

    assert ended.code == 1, ended.text
    assert "Gift Cards" in (tmp_path / "report.html").read_text("utf-8")
    assert json.loads((tmp_path / "pytest.json").read_text("utf-8"))["summary"]["failed"] == 2


def test_the_terminal_says_what_to_fix_without_a_traceback(tmp_path: Path) -> None:
    """Each failing case is one sentence, with the remedy, the totals and the account."""
    ended = run_pytest(tmp_path, "--pd-replay=demo", "-m", "critical")

    assert "service 'Gift Cards' (P225PTZK) has no escalation policy" in ended.out
    assert "Fix: Choose a policy under Services > Service Directory" in ended.out
    assert "Help: https://support.pagerduty.com/main/docs/escalation-policies" in ended.out
    assert "Judged " in ended.out
    assert "as of 2026-11-23T09:00:00Z (recording)" in ended.out
    assert "Traceback" not in ended.text
    assert "assert " not in ended.out


def test_a_report_file_that_exists_does_not_move_the_run(tmp_path: Path) -> None:
    """An existing file after a ``--pd-`` option stays that option's, with a space too."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = elsewhere / "inspection.json"
    target.write_text("old")
    folder = tmp_path / "here"
    folder.mkdir()
    ended = run_pytest(folder, "--pd-replay=demo", "-k", "PD-22", "--pd-json", str(target))

    assert ended.code == 1, ended.text
    assert json.loads(target.read_text("utf-8"))["schema_version"] == "1"


def test_only_the_failed_resources_run_again(tmp_path: Path) -> None:
    """``--lf`` runs the resources that failed, and no other."""
    arguments = ["--pd-replay=demo", JSON, "-k", "PD-22", "-p", "cacheprovider"]
    first = run_pytest(tmp_path, *arguments).verdicts
    again = run_pytest(tmp_path, *arguments, "--lf").verdicts

    failed = {case for case, status in first.items() if status == "fail"}
    assert failed < set(first)
    assert set(again) == failed


@pytest.mark.parametrize("granularity", [reading.in_ci("resource"), "control"])
def test_every_resource_is_reported_whatever_the_granularity(
    tmp_path: Path, granularity: str
) -> None:
    """One case a control or one a resource: the findings are the same."""
    auto = run_pytest(tmp_path, JSON, "--pd-replay=demo").verdicts
    ended = run_pytest(tmp_path, JSON, "--pd-replay=demo", f"--pd-granularity={granularity}")

    assert ended.verdicts == auto
    assert ended.code == 1


def test_analytics_colour_service_findings(tmp_path: Path) -> None:
    """``--pd-include-analytics`` adds incident figures to service findings and the report."""
    ended = run_pytest(
        tmp_path, JSON, "--pd-replay=demo", "--pd-include-analytics", "--pd-controls=22"
    )

    assert any("last_30_days" in finding["evidence"] for finding in ended.report["findings"])
    assert ended.report["analytics"]


def test_refused_analytics_change_no_verdict(demo: Simulator, tmp_path: Path) -> None:
    """A key that may not read analytics gives one warning, and the same verdicts."""
    before = run_pytest(tmp_path, JSON, "--pd-controls=22", simulator=demo)
    demo.faults.append(Fault("/analytics/*", "status", status=403))
    ended = run_pytest(tmp_path, JSON, "--pd-controls=22", "--pd-include-analytics", simulator=demo)

    assert ended.verdicts == before.verdicts
    assert ended.code == before.code
    assert ended.out.count("WARNING: Not read: /analytics/") == 1


CONFIGURATION = """
[[waivers]]
control = "5"
resource = "P225PTZK"
reason = "gift cards end with the year"
approved_by = "head of operations"
expires = 2026-12-20

[[waivers]]
control = "PD-22"
resource = "PNOBODY"
reason = "a service of the past"
approved_by = "head of operations"
expires = 2027-01-31

[[attestations]]
control = "PD-13"
resource = "{key}"
who = "head of IT"
when = 2026-11-01
until = 2027-05-01
statement = "rotated in October; seen in the web interface"
"""


def test_people_decide_about_findings_until_a_day(tmp_path: Path) -> None:
    """A waiver and an attestation of ``pdsec.toml`` count, and one that does nothing is named."""
    arguments = ["--pd-replay=demo", JSON, "--pd-controls=5,13,22"]
    before = run_pytest(tmp_path, *arguments).verdicts
    key = next(key for (_, key), status in before.items() if status == "manual")
    (tmp_path / "pdsec.toml").write_text(CONFIGURATION.replace("{key}", key))
    ended = run_pytest(tmp_path, *arguments, "-v")

    changed = {case for case in before if before[case] != ended.verdicts[case]}
    assert changed == {("PD-05", "P225PTZK"), ("PD-13", key)}
    assert ended.verdicts["PD-05", "P225PTZK"] == "waived"
    assert ended.verdicts["PD-13", key] == "pass"
    assert "WAIVED (waived until 2026-12-20: gift cards end with the year)" in ended.out
    assert "WARNING: the waiver for PD-22 on PNOBODY matches nothing; remove it" in ended.out


def test_a_waiver_for_no_control_ends_the_run(tmp_path: Path) -> None:
    """A waiver of a control that does not exist would never be missed; it is a usage error."""
    (tmp_path / "pdsec.toml").write_text(CONFIGURATION.replace('"PD-22"', '"PD-99"'))
    ended = run_pytest(tmp_path, "--pd-replay=demo")

    assert ended.code == 4
    assert "there is no control PD-99" in ended.err
