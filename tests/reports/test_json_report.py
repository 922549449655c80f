"""The JSON report, version 1."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.baseline import Baseline
from pdsec_checks.finding import Finding
from pdsec_checks.model import MappingName, Severity, Status
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.reports import json_report
from pdsec_checks.reports.report import Report, RunInfo, UnreadDataSet
from pdsec_checks.reports.requirement_rows import Verdict
from tests.support.changed import replace
from tests.support.example_report import (
    COST,
    MANY,
    POLICY,
    TIMEOUT,
    UNREAD,
    a_finding,
    a_report,
)
from tests.support.judged import NOTHING, NOW


def plain(report: Report) -> dict[str, Any]:
    """Return what the report's text says."""
    found: dict[str, Any] = json.loads(json_report.render(report))
    return found


def test_report_says_what_it_is_and_of_what() -> None:
    """Version, tool, moment, account, source and thresholds stand at the top."""
    found = plain(a_report())

    assert found["schema_version"] == "1"
    assert found["tool"] == {"name": "pagerduty-sec-inspector", "version": "1.2.3"}
    assert found["as_of"] == "2026-11-23T09:00:00Z"
    assert found["account"] == {
        "name": "acme",
        "base_url": "https://api.pagerduty.com",
        "subdomain": "acme",
    }
    assert (found["source"], found["mapping"]) == ("live", "specified")
    assert found["baseline"] == {"min_admins": 3}


def test_summary_counts_every_status() -> None:
    """All six statuses are counted, in all and per severity that has a finding."""
    summary = plain(a_report(MANY))["summary"]

    assert summary["status"] == {
        "pass": 1,
        "fail": 1,
        "manual": 1,
        "error": 1,
        "not_applicable": 1,
        "waived": 1,
    }
    assert list(summary["severity"]) == ["critical", "medium"]
    assert summary["severity"]["medium"] == {
        **dict.fromkeys(summary["status"], 0),
        "error": 1,
        "manual": 1,
        "waived": 1,
    }
    assert (summary["judged"], summary["to_judge"]) == (3, 5)


@pytest.mark.parametrize(
    ("statuses", "counted"),
    [
        ((Status.PASS, Status.WAIVED), "waived"),
        ((Status.PASS, Status.FAIL), "failing"),
        ((Status.FAIL, Status.ERROR), "failing"),
        ((Status.PASS, Status.ERROR), "not_judged"),
        ((Status.MANUAL, Status.ERROR), "not_judged"),
        ((Status.MANUAL, Status.PASS), "needs_a_person"),
        ((Status.NOT_APPLICABLE, Status.PASS), "incomplete"),
        ((Status.PASS, Status.PASS), "incomplete"),
    ],
)
def test_frameworks_count_what_became_of_their_requirements(
    statuses: tuple[Status, Status], counted: str
) -> None:
    """A requirement fails with one of its controls; else one that is open leaves it open.

    What nobody could read, and what only a person can tell, are two counts.

    Others of its controls were not selected, so that it is not supported whatever these found.
    """
    findings = [
        a_finding(status=status, control=control)
        for status, control in zip(statuses, (POLICY, TIMEOUT), strict=True)
    ]

    cis = plain(a_report(findings))["summary"]["framework"]["cis"]

    assert cis == {
        "requirements": 1,
        **{each.replace(" ", "_"): int(each.replace(" ", "_") == counted) for each in Verdict},
    }


@pytest.mark.parametrize("mapping", MappingName)
def test_control_lists_requirements_of_its_mapping_and_the_current_ones(
    mapping: MappingName,
) -> None:
    """Each requirement carries its edition; the current ids stand beside the chosen ones."""
    entry = plain(a_report([a_finding()], mapping=mapping))["controls"][0]

    assert (entry["id"], entry["severity"], entry["status"]) == ("PD-05", "critical", "fail")
    assert entry["remediation"] == POLICY.remediation
    for requirement in (*entry["requirements"], *entry["current_requirements"]):
        assert {"framework", "id", "edition", "title"} <= set(requirement)
    assert {each["framework"] for each in entry["requirements"]} >= {"soc2", "fedramp"}
    same = entry["requirements"] == entry["current_requirements"]
    assert same is (mapping is MappingName.CURRENT)


def test_withdrawn_requirement_says_so() -> None:
    """An id that its edition does not have, or no longer, carries that status."""
    wanted = [a_finding(control=control) for control in (POLICY, TIMEOUT)]
    entries = plain(a_report(wanted))["controls"]

    statuses = {each.get("status") for entry in entries for each in entry["requirements"]}
    assert statuses <= {None, "withdrawn", "absent", "unverified"}
    assert "present" not in statuses


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "error"),
        ([Status.PASS, Status.FAIL, Status.ERROR], "fail"),
        ([Status.PASS, Status.ERROR, Status.MANUAL], "error"),
        ([Status.PASS, Status.MANUAL, Status.WAIVED], "manual"),
        ([Status.PASS, Status.WAIVED], "waived"),
        ([Status.NOT_APPLICABLE, Status.PASS], "pass"),
        ([Status.NOT_APPLICABLE], "not_applicable"),
    ],
)
def test_status_of_a_control_is_the_worst_of_its_findings(
    statuses: list[Status], expected: str
) -> None:
    """A control without any finding was not judged, which is an error."""
    findings = [a_finding(f"PS{number}", status) for number, status in enumerate(statuses)]

    assert plain(a_report(findings))["controls"][0]["status"] == expected


def test_finding_is_complete() -> None:
    """A finding carries its resource, message, evidence, fingerprint and node id."""
    (found,) = plain(a_report([a_finding(evidence={"loops": 2})]))["findings"]

    assert found == {
        "control": "PD-05",
        "severity": "critical",
        "status": "fail",
        "resource": {
            "type": "service",
            "id": "PS1",
            "name": "shop",
            "url": "https://acme.pagerduty.com/services/PS1",
        },
        "message": "service 'shop' (PS1) has no escalation policy",
        "evidence": {"loops": 2},
        "fingerprint": a_finding(status=Status.PASS, message="other").fingerprint,
        "nodeid": "node",
        "remedy": "Assign a policy.",
        "rank": 1,
        "reach": None,
        "open_since": "2026-11-23T09:00:00Z",
    }


@given(st.permutations(MANY))
def test_order_of_findings_does_not_matter(findings: list[Finding]) -> None:
    """The same findings in any order give the same bytes, controls and resources by id."""
    text = json_report.render(a_report(findings))

    assert text == json_report.render(a_report(MANY))
    addresses = [(each["control"], each["resource"]["id"]) for each in json.loads(text)["findings"]]
    assert addresses == sorted(addresses)


def test_unread_data_sets_are_listed_with_the_controls_that_need_them() -> None:
    """What could not be read is part of the report."""
    assert plain(a_report(unread=[UNREAD]))["unread"] == [
        {
            "data_set": "users",
            "path": "/users",
            "status": 403,
            "reason": "HTTP 403",
            "controls": ["PD-01"],
        }
    ]


def test_run_is_taken_from_its_snapshot() -> None:
    """What reports say about a run comes from what was read, refusals and figures included."""
    snapshot = Snapshot(
        NOW,
        "https://api.pagerduty.com",
        data={
            "services": Unavailable("/services", "HTTP 403", 403),
            "teams": [],
            "analytics": [{"service_id": "PS1", "total_incident_count": 3}],
        },
        thresholds={"schedule_coverage_days": 7},
    )

    decided = replace(NOTHING.decided, baseline=Baseline(min_admins=5))
    run = RunInfo.of(snapshot, [POLICY, TIMEOUT], replace(NOTHING, decided=decided), {})

    assert run.unread == [UnreadDataSet("services", "/services", "HTTP 403", 403, ["PD-05"])]
    assert (run.baseline["schedule_coverage_days"], run.baseline["min_admins"]) == (7, 5)
    assert run.analytics == {"PS1": {"incidents": 3, "mean_seconds_to_first_ack": None}}
    assert run.refusal is None


def test_cost_is_that_of_a_live_account_only() -> None:
    """A replay leaves out what would change from run to run."""
    live = plain(a_report(requests=COST))

    assert live["requests"] == {"total": 75, "retries": 2, "rate_limited": 1, "seconds": 4.25}
    assert "requests" not in plain(a_report(requests=None))


@pytest.mark.parametrize("figures", [{}, {"PS1": {"incidents": 3}}])
def test_analytics_are_there_when_they_were_asked_for(figures: dict[str, Any]) -> None:
    """Figures that were read and empty are not the same as figures that nobody wanted."""
    assert plain(a_report(analytics=figures))["analytics"] == figures
    assert "analytics" not in plain(a_report())


@pytest.mark.parametrize("complete", [True, False])
def test_interrupted_run_says_so(complete: bool) -> None:  # noqa: FBT001 - given
    """A report of a run that was stopped cannot be taken for a whole one."""
    assert plain(a_report(complete=complete))["complete"] is complete


@given(st.text())
def test_any_name_can_be_written_and_read_again(name: str) -> None:
    """Names come back as they were, whatever they hold."""
    text = json_report.render(a_report([a_finding(name=name)]))

    assert json.loads(text.encode())["findings"][0]["resource"]["name"] == name


@pytest.mark.parametrize("name", ["half an emoji: \ud83d", "\udc00"])
def test_name_that_is_no_text_does_not_stop_the_report(name: str) -> None:
    """JSON can carry half a character, which no file can; the report is written all the same."""
    text = json_report.render(a_report([a_finding(name=name, message=name)]))

    assert json.loads(text.encode())["findings"]


@given(st.sampled_from(MANY))
def test_finding_survives_the_way_between_processes(finding: Finding) -> None:
    """What a worker sends as JSON is the same finding for the controller."""
    finding = replace(finding, reason="/users: HTTP 403")

    assert Finding.unpacked(json.loads(json.dumps(finding.packed()))) == finding
    assert "reason" not in finding.to_json()


def test_severities_weigh_from_four_to_one() -> None:
    """The worst severity weighs the most."""
    assert [severity.weight for severity in Severity] == [4, 3, 2, 1]
