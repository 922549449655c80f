"""HDF: what Heimdall makes of a control never turns green without every case."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports import hdf
from pdsec_checks.reports.report import Report
from tests.support import findings as factory
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource
from tests.support.hdf_rules import RULES, heimdall, mixed


def the_controls(report: Report) -> dict[str, dict[str, Any]]:
    """Return the rendered controls by id."""
    (profile,) = json.loads(hdf.render(report))["profiles"]
    return {control["id"]: control for control in profile["controls"]}


@pytest.mark.parametrize(
    "report",
    [
        a_report(*factory.six_findings(), unread=[factory.refused_audit_trail()]),
        a_report(*factory.hostile_findings(), subdomain=None),
        a_report(a_finding(), frameworks=False),
        a_report(
            a_finding("PD-01", Status.PASS, attestation=factory.ATTESTATION),
            selected=sorted(factory.controls()),
        ),
    ],
    ids=["six statuses", "hostile names", "no frameworks", "stopped"],
)
def test_follows_the_schema(report: Report) -> None:
    """The document is valid ``inspec exec`` JSON."""
    schema = factory.read_schema("hdf-exec-json.schema.json")

    assert not factory.errors_against(schema, json.loads(hdf.render(report)))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.PASS], "Passed"),
        ([Status.FAIL], "Failed"),
        ([Status.ERROR], "Profile Error"),
        ([Status.MANUAL], "Not Reviewed"),
        ([Status.NOT_APPLICABLE], "Not Applicable"),
        ([Status.WAIVED], "Not Applicable"),
        ([Status.PASS, Status.NOT_APPLICABLE], "Passed"),
        ([Status.PASS, Status.MANUAL], "Not Reviewed"),
        ([Status.PASS, Status.WAIVED], "Not Applicable"),
        ([Status.PASS, Status.ERROR], "Profile Error"),
        ([Status.FAIL, Status.WAIVED], "Failed"),
        ([Status.FAIL, Status.MANUAL, Status.PASS], "Failed"),
        ([Status.MANUAL, Status.WAIVED, Status.PASS], "Not Reviewed"),
    ],
)
def test_heimdall_shows_the_verdict(statuses: list[Status], expected: str) -> None:
    """Each mixture of cases folds into the status that it deserves."""
    (control,) = the_controls(mixed(*statuses)).values()

    assert heimdall(control) == expected


@given(st.lists(st.sampled_from(list(Status)), min_size=1, max_size=6))
def test_nothing_unjudged_turns_green(statuses: list[Status]) -> None:
    """Every program shows what we say, and Passed exactly when every case that applies passed."""
    report = mixed(*statuses)
    (control,) = the_controls(report).values()

    status = report.status_of(report.controls[0])
    all_passed = set(statuses) <= {Status.PASS, Status.NOT_APPLICABLE} and Status.PASS in statuses
    assert (heimdall(control) == "Passed") is all_passed
    assert [rule(control) for rule, _ in RULES] == [shown[status] for _, shown in RULES]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.PASS], "Not Reviewed"),
        ([Status.PASS, Status.NOT_APPLICABLE], "Not Reviewed"),
        ([Status.PASS, Status.FAIL], "Failed"),
        ([Status.PASS, Status.ERROR], "Profile Error"),
    ],
)
def test_a_control_of_which_some_resources_were_left_out_is_never_passed(
    statuses: list[Status], expected: str
) -> None:
    """The pass of one service says nothing of the others; it is named in text."""
    (control,) = the_controls(replace(mixed(*statuses), restricted=True)).values()

    assert heimdall(control) == expected
    assert "P0" in json.dumps(control["results"])


def test_the_account_is_judged_whole_whatever_was_left_out() -> None:
    """A control about the account as a whole has one resource, and that was looked at."""
    report = a_report(factory.an_account_finding("PD-01", Status.PASS))
    (control,) = the_controls(replace(report, restricted=True)).values()

    assert heimdall(control) == "Passed"


def test_an_attestation_vouches_for_no_control_that_was_judged_in_part() -> None:
    """The block says passed for all of the control."""
    finding = a_finding("PD-06", Status.PASS, attestation=factory.ATTESTATION)
    (whole,) = the_controls(a_report(finding)).values()
    (part,) = the_controls(replace(a_report(finding), restricted=True)).values()

    assert "attestation_data" in whole
    assert "attestation_data" not in part


def test_passes_beside_manual_cases_are_listed_in_text() -> None:
    """Where a person must look, the passed resources are named, but not as passed results."""
    (control,) = the_controls(mixed(Status.PASS, Status.MANUAL)).values()

    assert {result["status"] for result in control["results"]} == {"skipped"}
    assert "service/P0" in control["results"][-1]["skip_message"]


def test_a_failing_control_stays_failing_beside_what_was_not_judged() -> None:
    """The fail is what counts; the case without a verdict is skipped, and says why."""
    (control,) = the_controls(mixed(Status.FAIL, Status.ERROR, Status.PASS)).values()

    assert [each["status"] for each in control["results"]] == ["failed", "skipped", "passed"]
    assert control["results"][1]["skip_message"].startswith("could not be judged: service 'p1'")


def test_no_pass_stands_beside_an_error() -> None:
    """A checklist would close the control: the pass is named in text."""
    (control,) = the_controls(mixed(Status.PASS, Status.ERROR)).values()

    assert [each["status"] for each in control["results"]] == ["error", "skipped"]
    assert control["results"][0]["backtrace"] == [control["results"][0]["message"]]
    assert control["results"][1]["skip_message"].endswith(": service/P0")


def test_what_does_not_apply_stays_out_where_something_else_does() -> None:
    """It is a tag and a text of the control; alone it is what the control consists of."""
    (beside,) = the_controls(mixed(Status.PASS, Status.NOT_APPLICABLE)).values()
    (alone,) = the_controls(mixed(Status.NOT_APPLICABLE)).values()
    told = {each["label"]: each["data"] for each in beside["descriptions"]}

    assert [each["status"] for each in beside["results"]] == ["passed"]
    assert beside["tags"]["not_applicable"] == ["service/P1"]
    assert told["not applicable"] == "service 'p1' (P1) is an example"
    assert [each["status"] for each in alone["results"]] == ["skipped"]
    assert "not_applicable" not in alone["tags"]


def test_says_how_a_control_is_judged() -> None:
    """The check says what must hold, of what, and what is read; the code is that of the control."""
    controls = the_controls(a_report(a_finding("PD-05"), a_finding("PD-02")))
    checks = {
        name: next(each["data"] for each in control["descriptions"] if each["label"] == "check")
        for name, control in controls.items()
    }

    assert checks["PD-05"].endswith(
        " Each service is judged by itself, by what PagerDuty's REST API answers to GET /services, "
        "/escalation_policies. Anything else is a fail; what cannot be read is not judged."
    )
    assert "The account is judged as a whole, by what" in checks["PD-02"]
    assert controls["PD-05"]["code"].startswith('@pytest.mark.control("PD-05")\n')
    assert 'cause="no-rules")' in controls["PD-05"]["code"]


def test_each_result_leads_to_its_resource() -> None:
    """Two results of a control never read alike: Security Hub tells them apart by this text."""
    twins = [
        replace(a_finding("PD-06", resource=a_resource("twin", name)), message="it ends in silence")
        for name in ("P1", "P2")
    ]
    (control,) = the_controls(a_report(*twins)).values()

    assert [each["code_desc"] for each in control["results"]] == [
        f"it ends in silence (service/{name}, https://acme.pagerduty.com/service-directory/{name})"
        for name in ("P1", "P2")
    ]


def test_ccis_come_from_the_catalogue() -> None:
    """A control has the CCIs of the STIG rules that it can be cited for, and else none."""
    controls = the_controls(a_report(a_finding("PD-14"), a_finding("PD-05")))

    assert controls["PD-14"]["tags"]["cci"] == ["CCI-002418", "CCI-002421"]
    assert "cci" not in controls["PD-05"]["tags"]


def test_a_control_that_was_never_reached_has_an_error() -> None:
    """Every control has a result, even one that an interrupted run did not judge."""
    controls = the_controls(a_report(a_finding("PD-05"), selected=["PD-05", "PD-06"]))

    assert [result["status"] for result in controls["PD-06"]["results"]] == ["error"]


def test_waivers_keep_reason_owner_and_day() -> None:
    """The waiver travels whole, and does not hide another resource's failure."""
    (alone,) = the_controls(mixed(Status.WAIVED)).values()
    (beside,) = the_controls(mixed(Status.WAIVED, Status.FAIL)).values()

    assert alone["waiver_data"]["justification"] == (
        "service/P0: Accepted by head of operations until 2027-03-31: retired service"
    )
    assert alone["waiver_data"]["expiration_date"] == "2027-03-31"
    assert alone["waiver_data"]["skipped_due_to_waiver"] is True
    assert beside["waiver_data"]["skipped_due_to_waiver"] is False


def test_attestations_keep_who_when_and_what() -> None:
    """The attestation travels whole; how often it is due is the length of its validity."""
    finding = a_finding("PD-01", Status.PASS, attestation=factory.ATTESTATION)
    (control,) = the_controls(a_report(finding)).values()

    data = control["attestation_data"]
    assert (data["updated"], data["updated_by"]) == ("2026-10-01", "head of security")
    assert (data["frequency"], data["status"]) == ("364d", "passed")
    assert factory.ATTESTATION["statement"] in data["explanation"]
    assert "Attested by" in control["results"][0]["message"]


@pytest.mark.parametrize("end", ["", ".", "!", "?"])
def test_what_is_wrong_and_what_to_do_are_two_sentences(end: str) -> None:
    """A message ends where the remedy begins, whether or not it has a full stop of its own."""
    fail = replace(a_finding(), message=f"90 days are allowed{end}")
    manual = replace(a_finding("PD-12", Status.MANUAL), message=f"nobody can tell{end}", cause="x")
    results = {
        name: control["results"][0]
        for name, control in the_controls(a_report(fail, manual)).items()
    }

    assert f"90 days are allowed{end or '.'} Fix: " in results["PD-05"]["message"]
    assert f"nobody can tell{end or '.'} To do: " in results["PD-12"]["skip_message"]


def test_nist_tags_come_from_fedramp() -> None:
    """Heimdall's tree gets NIST ids alone; other requirements keep framework and edition."""
    (control,) = the_controls(a_report(a_finding("PD-02"))).values()

    assert control["tags"]["nist"] == ["AC-6", "AC-6(5)"]
    assert control["tags"]["soc2"] == ["soc2 2017 CC6.3"]
    assert control["tags"]["severity"] == "critical"


def test_severity_is_impact() -> None:
    """The impact follows the severity, and is 0 where nothing applies."""
    controls = the_controls(
        a_report(
            *(a_finding(name) for name in ("PD-05", "PD-06", "PD-22", "PD-23")),
            a_finding("PD-04", Status.NOT_APPLICABLE),
        )
    )

    assert {name: control["impact"] for name, control in controls.items()} == {
        "PD-05": 0.9,
        "PD-06": 0.7,
        "PD-22": 0.5,
        "PD-23": 0.3,
        "PD-04": 0.0,
    }


SCOPE = (
    "Scope: all 1 control of the core set, all their resources. Read with: account key, from "
    "api.pagerduty.com (region us), by pagerduty-sec-inspector 1.2.3; run …."
)
ORIGIN = "Source: live, as of 2026-11-23T09:00:00Z."


def test_the_summary_says_what_was_not_read() -> None:
    """The profile names unread data, or says that there is none."""
    unread = a_report(
        factory.an_account_finding("PD-11", Status.ERROR), unread=[factory.refused_audit_trail()]
    )

    summaries = [
        json.loads(hdf.render(report))["profiles"][0]["summary"].replace(report.run_id, "…")
        for report in (unread, a_report(a_finding(), notices=("the waiver expired",)))
    ]

    assert summaries == [
        f"{SCOPE} {ORIGIN} Not read: /audit/records: HTTP 403 (needed by PD-11).",
        f"{SCOPE} {ORIGIN} All data was read. the waiver expired.",
    ]


def test_names_steer_no_terminal() -> None:
    """No text has a control character or a mark of writing direction."""
    document = json.loads(hdf.render(a_report(*factory.hostile_findings())))

    texts = list(factory.strings_in(document))
    assert not any(char in text for text in texts for char in factory.FORBIDDEN)


@settings(max_examples=30, deadline=None)
@given(factory.shuffled_pairs())
def test_the_order_of_findings_changes_nothing(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings in another order give the same bytes, and valid UTF-8."""
    first, second = (hdf.render(a_report(*each)) for each in pair)

    assert first == second
    assert first.encode()
