"""Whose it is: the teams of a resource stand with each of its findings, for whoever reads them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import pytest

from pdsec_checks.analysis.relations import OWNED, relations_in
from pdsec_checks.finding import ResourceRef, Team
from pdsec_checks.model import ACCOUNT
from pdsec_checks.reports import facts, render
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report
from tests.reports.test_report_schema import SCHEMA
from tests.simulator import accounts, run
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource, errors_against
from tests.support.judged import NOW
from tests.support.shown import shown
from tests.support.whole_report import next_report, whole_report

PAYMENTS = {"id": "PT1", "type": "team_reference", "summary": "Payments"}
NAMELESS = {"id": "PT2", "type": "team_reference"}


def owned(*teams: dict[str, Any], **data: Any) -> Report:
    """Return a report on a service of these teams."""
    records = {"services": [{"id": "PABC123", "name": "Checkout", "teams": list(teams)}], **data}
    report = a_report(a_finding())
    return replace(report, run=replace(report.run, relations=relations_in(records)))


@pytest.mark.parametrize("data_set", OWNED)
def test_every_kind_of_owned_resource_names_its_teams(data_set: str) -> None:
    """Services, policies, both kinds of schedules and users, from the records that were read."""
    found = relations_in({data_set: [{"id": "PX", "teams": [PAYMENTS]}]})

    assert found.teams_of("PX") == (Team("PT1", "Payments"),)


def test_the_list_of_teams_names_what_a_reference_does_not() -> None:
    """A reference without a summary has its name from the list, where that was read."""
    report = owned(NAMELESS, teams=[{"id": "PT2", "name": "Platform"}])
    (finding,) = report.ordered

    assert facts.teams(finding) == ["Platform"]
    assert facts.teams(owned(NAMELESS).ordered[0]) == ["PT2"]


def test_json_holds_the_teams_of_the_resource() -> None:
    """By id, each with its name; a resource without a team has no such key."""
    report = json.loads(render("json", owned(PAYMENTS, NAMELESS)))
    (finding,) = report["findings"]

    assert errors_against(SCHEMA, report) == []
    assert finding["resource"]["teams"] == [
        {"id": "PT1", "name": "Payments"},
        {"id": "PT2", "name": ""},
    ]
    assert "teams" not in json.loads(render("json", owned()))["findings"][0]["resource"]


def test_the_account_and_what_an_own_control_invents_have_none() -> None:
    """Only what a record says; nothing of another resource with the same name."""
    report = owned(PAYMENTS)
    own = a_finding(resource=ResourceRef("badge_reader", "PABC999", "Checkout"))
    account = a_finding(resource=ResourceRef(ACCOUNT, ACCOUNT, "acme"))
    found = replace(report, findings=[own, account])

    assert [each.resource.teams for each in found.ordered] == [(), ()]


@pytest.mark.parametrize(
    "name", ["csv", "action-plan", "xlsx", "markdown", "junit", "slack", "html", "sarif", "hdf"]
)
def test_whoever_looks_for_an_owner_finds_the_team(name: str) -> None:
    """Each format for people names it."""
    assert "Payments" in shown(name, owned(PAYMENTS))
    assert "Payments" not in shown(name, owned())


def test_rows_have_a_column_for_it() -> None:
    """In the action plan it stands before the owner, whom the team tells; and the CSV has it."""
    text = render("action-plan", owned(PAYMENTS, NAMELESS)).removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    names = [*row]

    assert row["teams"] == "Payments; PT2"
    assert names.index("teams") + 1 == names.index("owner")
    header = render("csv", owned()).splitlines()[0]
    assert ",ismap_fit,teams," in header


def test_programs_find_it_in_sarif_and_defectdojo() -> None:
    """As a property and as a tag."""
    report = owned(PAYMENTS)
    (result,) = json.loads(render("sarif", report))["runs"][0]["results"]
    (finding,) = json.loads(render("defectdojo", report))["findings"]

    assert result["properties"]["teams"] == ["Payments"]
    assert "team:Payments" in finding["tags"]


def test_ocsf_and_oscal_name_it() -> None:
    """Beside what OCSF has no place for, and as a property of the resource in results and POA&M."""
    report = owned(PAYMENTS, NAMELESS)
    (event,) = map(json.loads, render("ocsf", report).splitlines())

    assert event["unmapped"]["teams"] == ["Payments", "PT2"]
    for name in ("oscal", "poam"):
        assert [each["value"] for each in team_props(json.loads(render(name, report)))] == [
            "Payments",
            "PT2",
        ]


def team_props(document: Any) -> list[dict[str, str]]:
    """Return the properties of an OSCAL document that name a team."""
    if isinstance(document, list):
        return [found for each in document for found in team_props(each)]
    if not isinstance(document, dict):
        return []
    own = [document] if document.get("name") == "team" else []
    return [*own, *team_props([*document.values()])]


def test_markdown_names_it_behind_the_finding() -> None:
    """A name that means something to Markdown is escaped."""
    report = owned({**PAYMENTS, "summary": "*R|D*"})

    assert r"(team \*R\|D\*)" in render("markdown", report)


def test_a_carried_fail_keeps_the_teams_of_its_last_report() -> None:
    """Where the list of services cannot be read, nothing but the last report names them."""
    report = next_report("/services")
    services = [each.finding for each in report.carried if each.finding.resource.type == "service"]

    assert services
    assert any(each.resource.teams for each in services)


def test_an_earlier_report_without_teams_is_read() -> None:
    """One of an earlier version lacks them."""
    plain = json.loads(render("json", whole_report()))
    for each in plain["findings"]:
        each["resource"].pop("teams", None)

    found = msgspec.json.decode(json.dumps(plain).encode(), type=EarlierReport)
    assert {each.resource.teams for each in found.findings} == {()}


def test_equal_resources_may_differ_in_teams() -> None:
    """A resource is known again by its address, whoever looks after it."""
    assert replace(a_resource(), teams=(Team("PT1"),)) == a_resource()


def test_a_recording_has_pseudonyms_for_teams(tmp_path: Any) -> None:
    """The name of a team is a name: what leaves the house says who it is to nobody."""
    with run(accounts.NAMED["demo"](NOW)) as simulator:
        names = {each["name"] for each in simulator.account.teams}
        live = run_command(tmp_path, "--record=tape.json", "--output=a.json", simulator=simulator)
    replayed = run_command(tmp_path, "--replay=tape.json", "--output=inspection.json")

    def told(report: dict[str, Any]) -> set[str]:
        found = (each["resource"].get("teams", ()) for each in report["findings"])
        return {team["name"] for teams in found for team in teams}

    assert live.code == 1
    assert told(json.loads((tmp_path / "a.json").read_text("utf-8"))) <= names
    assert told(replayed.report)
    assert not told(replayed.report) & names
