"""Every report says what was looked at, and PARTIAL in its headline where something was not."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue.scope import Changed, InForce, Scope
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import render, scope, terminal
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.spreadsheet import BOM
from pdsec_checks.resources.roster import RosterFacts
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.example_report import MANY, POLICY, TIMEOUT, a_finding, a_report
from tests.support.findings import FORBIDDEN, HOSTILE, strings_in
from tests.support.shown import shown, shown_in

WAIVER = InForce("PD-22", "PS2", "2026-12-20", "head of operations", "retired service")
CHOSEN = Scope(
    selected=("PD-05", "PD-22"),
    not_selected=("PD-01", "PD-06"),
    severity=Severity.MEDIUM,
    frameworks=("soc2",),
    resources=("Checkout*",),
    changed=(Changed("max_admin_percent", 100, 10),),
    severities=(Changed("PD-22", "medium", "high"),),
    waivers=(WAIVER,),
    attestations=(replace(WAIVER, control="PD-05"),),
    credential="account key",
    roster=RosterFacts("ab" * 32, 212, 3),
)
SAID = (
    "2 of 4 controls",
    "severity medium or worse",
    "framework soc2",
    "only resources Checkout",
    "PD-01, PD-06",
    "max_admin_percent = 100 (default 10)",
    "PD-22 = medium (default high)",
    "PD-22 on PS2 until 2026-12-20",
    "PD-05 on PS2 until 2026-12-20",
    f"212 people and 3 services, SHA-256 {'ab' * 32}",
    "account key, from api.pagerduty.com (region us)",
    "pagerduty-sec-inspector 1.2.3",
)
"""What a partial run must say, as people read it."""
PEOPLE = {
    "html",
    "markdown",
    "csv",
    "action-plan",
    "sarif",
    "oscal",
    "poam",
    "hdf",
    "junit",
    "xlsx",
    "defectdojo",
    "prometheus",
    "slack",
}
"""The formats that say it in sentences; JSON and OCSF have fields."""
FIELDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "json": lambda found: found["scope"],
    "sarif": lambda found: found["runs"][0]["properties"]["scope"],
    "ocsf": lambda found: found["unmapped"]["scope"],
    "hdf": lambda found: next(
        each["options"]["value"]
        for each in found["profiles"][0]["attributes"]
        if each["name"] == "scope"
    ),
}
"""Where the formats for programs hold the scope as it stands in JSON."""
HEADLINES: dict[str, Callable[[str], str]] = {
    "json": lambda text: str(json.loads(text)["scope"]["partial"]).replace("True", "PARTIAL"),
    "csv": lambda text: next(csv.DictReader(io.StringIO(text)))["scope"],
    "html": lambda text: re.findall("<title>.*|<h1>.*", text)[0],
    "sarif": lambda text: json.loads(text)["runs"][0]["automationDetails"]["description"]["text"],
    "markdown": lambda text: text.splitlines()[0],
    "action-plan": lambda text: next(csv.DictReader(io.StringIO(text.removeprefix(BOM))))["scope"],
    "oscal": lambda text: json.loads(text)["assessment-results"]["metadata"]["title"],
    "poam": lambda text: json.loads(text)["plan-of-action-and-milestones"]["metadata"]["title"],
    "ocsf": lambda text: str(json.loads(text.splitlines()[0])["metadata"].get("labels")),
    "hdf": lambda text: json.loads(text)["profiles"][0]["title"],
    "junit": lambda text: re.findall("<testsuite name=.*", text)[0],
    "xlsx": lambda text: text.splitlines()[1],
    "defectdojo": lambda text: json.loads(text)["description"].splitlines()[0],
    "prometheus": lambda text: "PARTIAL" * int(re.findall("_partial{.*} ([01])", text)[0]),
    "slack": lambda text: json.loads(text)["blocks"][0]["text"]["text"],
}


def a_partial_report(**changes: Any) -> Report:
    """Return a report of a run that was told to leave much out."""
    report = replace(a_report(MANY, scope=CHOSEN), restricted=True)
    return replace(report, **changes)


def plain(text: str) -> str:
    """Return a report without what its format escapes with."""
    return re.sub(r"</?span[^>]*>", "", text).replace("\\", "").replace("&#8203;", "")


def test_controls_without_such_resources_are_told_from_those_left_out() -> None:
    """The severity did not leave them out, but the pattern, which none of their resources has."""
    idle = replace(CHOSEN, without_resource=("PD-01", "PD-06"))
    text = scope.looked_at(a_partial_report(run=replace(a_report(MANY).run, scope=idle)))

    assert "only resources Checkout* (none of them for 2 further controls)" in text


def test_every_format_has_a_headline() -> None:
    """A new format gets its place in this file."""
    assert set(HEADLINES) == set(REPORT_FORMATS)
    assert set(REPORT_FORMATS) == PEOPLE | set(FIELDS)


@pytest.mark.parametrize("name", REPORT_FORMATS)
@pytest.mark.parametrize(
    "report",
    [
        a_partial_report(),
        a_report(MANY, scope=Scope(("PD-05", "PD-22"), ("PD-01",))),
        replace(a_report(MANY), restricted=True),
        a_report(MANY, complete=False),
    ],
    ids=["all of it", "controls", "resources", "stopped"],
)
def test_headline_of_a_run_that_left_something_out_says_so(name: str, report: Report) -> None:
    """A control, a resource or the rest of a stopped run: each makes the report PARTIAL."""
    assert "PARTIAL" in HEADLINES[name](shown(name, report))


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_a_whole_run_is_not_called_partial(name: str) -> None:
    """The word means something because it stands nowhere else; errors have their own."""
    assert "PARTIAL" not in shown(name, a_report(MANY))


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_every_fact_stands_in_the_formats_for_people(name: str) -> None:
    """Selection, changed thresholds and severities, decisions, credential, host and version."""
    text = plain(shown(name, a_partial_report()))

    assert [each for each in SAID if each not in text] == []


def test_every_fact_stands_on_the_terminal_first_and_last() -> None:
    """What was looked at comes before what was found, and the word again beside the totals."""
    text = terminal.render(a_partial_report())

    assert [each for each in SAID if each not in text] == []
    assert text.startswith("PARTIAL: 2 of 4 controls of the core set (severity medium or worse, ")
    assert "\nPARTIAL: Judged 3 of 5 checks in 2 controls" in text


@pytest.mark.parametrize("name", FIELDS)
def test_programs_find_the_scope_as_fields(name: str) -> None:
    """The fields are those of JSON; each event of OCSF has the decisions about its control."""
    report = a_partial_report()
    text = render(name, report)
    found = FIELDS[name](json.loads(text.splitlines()[0] if name == "ocsf" else text))

    wanted = scope.fields(report)
    if name == "ocsf":
        wanted["waivers"] = []  # the first event is about PD-05
    assert found == wanted


def test_each_decision_stands_in_the_events_of_its_control() -> None:
    """No event repeats the lists of other controls, and no decision is lost."""
    events = [json.loads(each) for each in render("ocsf", a_partial_report()).splitlines()]
    scopes = {each["compliance"]["control"]: each["unmapped"]["scope"] for each in events}

    assert [each["resource"] for each in scopes["PD-22"]["waivers"]] == ["PS2"]
    assert [each["resource"] for each in scopes["PD-05"]["attestations"]] == ["PS2"]
    assert (scopes["PD-05"]["waivers"], scopes["PD-22"]["attestations"]) == ([], [])


OURS = ("ACME-01", "ACME-02")


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (Scope(("PD-05", "PD-22")), "all 2 controls of the core set"),
        (
            Scope(("ACME-01", "PD-05", "PD-22")),
            "all 3 controls (2 of the core set and 1 of your own)",
        ),
        (
            Scope(("PD-05",), OURS, severity=Severity.CRITICAL),
            "1 of 3 controls (1 of the core set and 0 of your own; severity critical)",
        ),
        (Scope(OURS, ("PD-05",)), "2 of 3 controls (0 of the core set and 2 of your own)"),
    ],
)
def test_controls_of_ones_own_are_not_of_the_core_set(chosen: Scope, said: str) -> None:
    """They join the product's, and are counted apart."""
    assert said in scope.looked_at(a_report(MANY, scope=chosen))


@pytest.mark.parametrize("name", ["oscal", "poam"])
def test_oscal_holds_the_scope_as_properties(name: str) -> None:
    """Each value is a property of the class scope, and nothing but false and true are words."""
    (document,) = json.loads(render(name, a_partial_report())).values()
    found: dict[str, list[str]] = {}
    for each in document["metadata"]["props"]:
        if each.get("class") == "scope":
            found.setdefault(each["name"], []).append(each["value"])

    assert found["selected"] == ["PD-05", "PD-22"]
    assert found["not-selected"] == ["PD-01", "PD-06"]
    assert (found["partial"], found["credential"]) == (["true"], ["account key"])
    assert json.loads(found["changed"][0]) == {
        "name": "max_admin_percent", "value": 100, "default": 10,
    }  # fmt: skip


def test_oscal_excludes_what_was_not_selected() -> None:
    """The controls that were reviewed, and those that were not, stand where OSCAL has them."""
    document = json.loads(render("oscal", a_partial_report()))["assessment-results"]
    (chosen,) = document["results"][0]["reviewed-controls"]["control-selections"]

    assert [each["control-id"] for each in chosen["include-controls"]] == ["PD-05", "PD-22"]
    assert [each["control-id"] for each in chosen["exclude-controls"]] == ["PD-01", "PD-06"]


def test_json_has_every_field_that_users_rely_on() -> None:
    """Values, defaults and kinds are those of the run, host and region those of its address."""
    found = scope.fields(a_partial_report())

    assert found.pop("run")
    assert found == {
        "controls_set": "core",
        "selected": ["PD-05", "PD-22"],
        "not_selected": ["PD-01", "PD-06"],
        "severity": "medium",
        "frameworks": ["soc2"],
        "resources": ["Checkout*"],
        "partial": True,
        "left_out": ["2 of 4 controls", "all resources but Checkout*"],
        "changed": [{"name": "max_admin_percent", "value": 100, "default": 10}],
        "severities": {"PD-22": "medium"},
        "waivers": [
            {
                "control": "PD-22",
                "resource": "PS2",
                "until": "2026-12-20",
                "by": "head of operations",
                "why": "retired service",
            }
        ],
        "attestations": [
            {
                "control": "PD-05",
                "resource": "PS2",
                "until": "2026-12-20",
                "by": "head of operations",
                "why": "retired service",
            }
        ],
        "roster": {"sha256": "ab" * 32, "people": 212, "services": 3},
        "credential": "account key",
        "host": "api.pagerduty.com",
        "region": "us",
        "through": None,
        "recording": None,
    }


@pytest.mark.parametrize(
    ("base_url", "place"),
    [
        ("https://api.eu.pagerduty.com", ("api.eu.pagerduty.com", "eu")),
        ("https://gateway.example.com/pagerduty", ("gateway.example.com", None)),
        ("http://localhost", ("localhost", None)),
    ],
)
def test_region_is_that_of_the_address(base_url: str, place: tuple[str, str | None]) -> None:
    """A gateway tells no region, and none is made up."""
    assert scope.place(a_report(MANY, base_url=base_url)) == place


def test_long_lists_of_decisions_are_cut_in_sentences_alone() -> None:
    """A hundred waivers are a number on the terminal, and all of them in JSON."""
    many = tuple(replace(WAIVER, resource=f"P{number}") for number in range(100))
    report = a_report(MANY, scope=replace(CHOSEN, waivers=many))

    assert "and 90 more" in terminal.render(report)
    assert len(scope.fields(report)["waivers"]) == 100


def test_an_empty_plan_of_a_partial_run_has_a_row_that_says_so() -> None:
    """Nothing to do in a part of the account is not nothing to do."""
    passing = [a_finding(status=Status.PASS)]
    whole = a_report(passing, controls=(POLICY,))
    partial = replace(whole, restricted=True)

    (row,) = csv.DictReader(io.StringIO(render("action-plan", partial).removeprefix(BOM)))
    assert row["scope"].startswith("PARTIAL: ")
    assert not list(csv.DictReader(io.StringIO(render("action-plan", whole).removeprefix(BOM))))


@pytest.mark.parametrize("name", [*REPORT_FORMATS, "terminal"])
def test_patterns_and_thresholds_steer_nothing(name: str) -> None:
    """What people type as a pattern, or write as a threshold, is harmless wherever it is shown."""
    chosen = replace(
        CHOSEN, resources=HOSTILE, changed=(Changed("critical_services", list(HOSTILE), []),)
    )
    report = replace(a_report(MANY, scope=chosen), restricted=True)
    text = terminal.render(report) if name == "terminal" else shown(name, report)
    parts = [text]
    if text.startswith("{"):
        parts = [each for line in lines(text) for each in strings_in(json.loads(line))]

    assert not [char for char in FORBIDDEN for each in parts if char in each.removeprefix(BOM)]
    assert name not in {"html", "markdown"} or "<script>alert" not in text


def lines(text: str) -> list[str]:
    """Return the documents in a report: one, or one a line."""
    return [text] if text.startswith("{\n") else text.splitlines()


def test_the_run_is_named_by_what_it_was_told_and_found() -> None:
    """The same report has the same id; another scope, setting, moment or finding another one."""
    report = a_report(MANY)
    others = [
        a_partial_report(),
        a_report(MANY[:-1]),
        a_report([replace(MANY[0], message="another one"), *MANY[1:]]),
        a_report(MANY, baseline={"min_admins": 4}),
        a_report(MANY, subdomain="umbrella"),
        a_report(MANY, as_of=report.run.as_of.replace(minute=1)),
        a_report(MANY, controls=(POLICY, replace(TIMEOUT, id="PD-22")), complete=False),
    ]

    assert a_report(MANY[::-1]).run_id == report.run_id
    assert len({report.run_id, *(each.run_id for each in others)}) == len(others) + 1


def folder_of(tmp_path: Path, *arguments: str) -> dict[str, str]:
    """Return the reports of a replay of the demo account, by format."""
    formats = ",".join(REPORT_FORMATS)
    run_command(
        tmp_path, "--replay", "demo", "--format", formats, "--output", "reports/", *arguments
    )
    return {name: shown_in(tmp_path / "reports" / file) for name, file in REPORT_FORMATS.items()}


def test_what_was_not_selected_is_in_no_report_as_not_applicable(tmp_path: Path) -> None:
    """Users, schedules and policies were not asked for: their controls are not selected."""
    found = folder_of(tmp_path, "--resource", "Checkout*")
    report = json.loads(found["json"])

    judged = {each["id"] for each in report["controls"]}
    assert {each["resource"]["type"] for each in report["findings"]} <= {"service", "account"}
    assert "PD-01" not in judged
    assert set(report["scope"]["not_selected"]).isdisjoint(judged)
    assert len(judged) + len(report["scope"]["not_selected"]) == 25
    assert {"PD-05"} < judged
    for name, text in found.items():
        assert "PARTIAL" in HEADLINES[name](text), name


@reading.only_in_ci
def test_workers_tell_the_same_scope(tmp_path: Path) -> None:
    """The scope comes from the worker that read the account, dropped controls included."""
    files = ("out.json", "out.sarif")
    arguments = ("--pd-replay=demo", "--pd-resource=Checkout*", *(f"--pd-{each}={path}"
                 for each, path in zip(("json", "sarif"), files, strict=True)))  # fmt: skip
    texts = []
    for more in ((), ("-n", "2")):
        run_pytest(tmp_path, *arguments, *more)
        texts.append([(tmp_path / each).read_text("utf-8") for each in files])

    assert texts[0] == texts[1]
    assert json.loads(texts[1][0])["scope"]["not_selected"]


def test_cases_that_pytest_picks_are_a_selection(tmp_path: Path) -> None:
    """Code scanning closes no alert because of `--deselect`: each has a category of its own."""
    control = "controls/test_incident_response.py::test_service_has_escalation_policy"
    found = set()
    for case in ("P225PTZK", "P4HPMKSE"):
        left_out = f"--deselect={control}[{case}]"
        run_pytest(
            tmp_path, "--pd-replay=demo", "--pd-controls=5", "--pd-sarif=out.sarif", left_out
        )
        run = json.loads((tmp_path / "out.sarif").read_text("utf-8"))["runs"][0]
        found.add(run["automationDetails"]["id"])

    assert len(found) == 2


def test_accounts_side_by_side_say_which_is_partial(tmp_path: Path) -> None:
    """An account whose settings leave something out is PARTIAL, also beside whole ones."""
    (tmp_path / "part.toml").write_text('resource = ["Checkout*"]\n')
    (tmp_path / "accounts.toml").write_text(
        '[[accounts]]\nname = "part"\nreplay = "demo"\nconfig = "part.toml"\n'
        '[[accounts]]\nname = "whole"\nreplay = "demo-compliant"\n'
    )
    ended = run_command(tmp_path, "--accounts", "accounts.toml", "--format", "json,html",
                        "--output", "reports/")  # fmt: skip
    document = json.loads((tmp_path / "reports" / "accounts.json").read_text("utf-8"))
    page = (tmp_path / "reports" / "accounts.html").read_text("utf-8")
    part, whole = document["accounts"]

    assert document["partial"] is True
    assert (part["scope"]["partial"], whole["scope"]["partial"]) == (True, False)
    assert "PD-01" in part["scope"]["not_selected"]
    assert {each["accounts"]["part"] for each in document["controls"] if each["id"] == "PD-01"} == {
        None
    }
    assert "PARTIAL: left out" in ended.err
    assert "<title>PARTIAL: " in page
