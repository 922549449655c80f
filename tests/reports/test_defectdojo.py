"""Findings for DefectDojo: what its parser takes, and what its memory does with them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from pdsec_checks.finding import Team
from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.carried import beside_last
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report
from tests.consumers.defectdojo import HASHED, IDENTIFIED, imported, known_by
from tests.support.changed import replace
from tests.support.findings import (
    FORBIDDEN,
    a_finding,
    a_report,
    a_resource,
    hostile_findings,
    six_findings,
    strings_in,
)
from tests.support.whole_report import next_report, whole_report


def entry(report: Report) -> dict[str, Any]:
    """Return the only finding of a report."""
    (found,) = imported(render("defectdojo", report))
    return found


def test_the_parser_takes_every_finding() -> None:
    """No key is one that it does not know, whatever the names of resources."""
    for report in (whole_report(), a_report(*six_findings()), a_report(*hostile_findings())):
        found = imported(render("defectdojo", report))
        assert found
        assert max(len(each["title"]) for each in found) <= 500


def test_a_fail_has_what_a_team_needs() -> None:
    """Severity, what was found, impact, mitigation, references, ids and the team."""
    resource = replace(a_resource(), teams=(Team("PT1", "Payments, EU"), Team("PT2")))
    found = entry(a_report(replace(a_finding(resource=resource), cause="no-policy")))

    assert found["title"] == "PD-05 Services have an escalation policy: Checkout (service/PABC123)"
    assert (found["severity"], found["active"], found["verified"]) == ("Critical", True, True)
    assert found["steps_to_reproduce"] == "service 'Checkout' (PABC123) is an example."
    assert found["impact"] == "Incidents of this service notify nobody."
    assert found["mitigation"]
    assert found["references"].splitlines()[0] == resource.url
    assert "soc2 2017 CC7.3" in found["references"]
    assert found["vuln_id_from_tool"] == "PD-05"
    assert found["tags"] == ["account:acme", "resource:service", "team:Payments-EU", "team:PT2"]


def test_a_waived_fail_is_an_accepted_risk() -> None:
    """It is inactive, with who accepted it and until when it is to be dealt with."""
    found = entry(a_report(a_finding(status=Status.WAIVED)))

    assert (found["risk_accepted"], found["active"]) == (True, False)
    assert found["planned_remediation_date"] == "2027-03-31"
    assert "Accepted by head of operations" in found["steps_to_reproduce"]


@pytest.mark.parametrize(
    ("status", "tag"), [(Status.ERROR, "not-judged"), (Status.MANUAL, "needs-a-person")]
)
def test_a_doubt_ranks_as_no_vulnerability(status: Status, tag: str) -> None:
    """It is open and has a tag that says why, but no severity and no impact."""
    found = entry(a_report(a_finding(status=status)))

    assert (found["severity"], found["active"], found["verified"]) == ("Info", True, False)
    assert tag in found["tags"]
    assert "impact" not in found


@pytest.mark.parametrize("keys", [HASHED, IDENTIFIED])
@pytest.mark.parametrize("status", [Status.ERROR, Status.MANUAL, Status.WAIVED])
def test_another_verdict_is_the_same_finding(status: Status, keys: tuple[str, ...]) -> None:
    """A fail that can no longer be judged is known again, by hash as by id: it stays open."""
    fail = a_finding(message="service 'Checkout' (PABC123) has 3 problems", problems=3)
    later = a_finding(status=status, message="service 'Checkout' (PABC123) is something else")
    before, after = (imported(render("defectdojo", a_report(each))) for each in (fail, later))

    assert known_by(before, keys) == known_by(after, keys)


def test_two_accounts_are_no_duplicates() -> None:
    """The id of a finding about the account itself has the account in it."""
    found = {entry(a_report(a_finding(), subdomain=name))["unique_id_from_tool"]
             for name in ("acme", "umbrella")}  # fmt: skip

    assert len(found) == 2


def test_a_fail_behind_an_unreadable_list_stays_open() -> None:
    """It is carried on with its severity, and says that it could not be judged."""
    report = next_report("/services")
    found = imported(render("defectdojo", report))
    carried = [each for each in found if "failed on 2026-11-23" in each["steps_to_reproduce"]]

    assert len(carried) == len(report.carried) > 0
    assert {each["active"] for each in carried} == {True}
    assert {each["verified"] for each in carried} == {False}
    assert "Info" not in {each["severity"] for each in carried}
    assert all("not-judged" in each["tags"] for each in carried)
    assert {each["date"] for each in carried} == {"2026-11-23"}
    ids = [each["unique_id_from_tool"] for each in found]
    assert len({*ids}) == len(ids)


def test_a_carried_fail_keeps_its_day_and_its_deadline() -> None:
    """The date is that of its last verdict, and no further run moves the deadline on."""
    failed = a_report(a_finding())
    moment = failed.run.as_of - timedelta(days=3)
    earlier = replace(failed, run=replace(failed.run, as_of=moment))
    last = msgspec.json.decode(render("json", earlier), type=EarlierReport)
    found = entry(beside_last(a_report(a_finding(status=Status.ERROR)), last))

    assert (found["date"], found["planned_remediation_date"]) == ("2026-11-20", "2026-12-05")


@pytest.mark.parametrize(
    ("status", "due"),
    [(Status.FAIL, "2026-12-08"), (Status.ERROR, "2026-12-08"), (Status.MANUAL, "2026-12-08")],
)
def test_whatever_is_open_has_a_deadline(status: Status, due: str) -> None:
    """It is that of the action plan; a waived one has the last day of its waiver."""
    assert entry(a_report(a_finding(status=status)))["planned_remediation_date"] == due


def test_no_text_steers_anything() -> None:
    """Hostile names are harmless lines."""
    text = render("defectdojo", a_report(*hostile_findings()))

    parts = [*strings_in(json.loads(text))]
    assert not [char for char in FORBIDDEN for each in parts if char in each]
