"""SARIF: what code scanning accepts, shows, and can tell apart."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.catalogue.scope import Changed
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.finding import CarriedFail, Finding, Team
from pdsec_checks.model import MappingName, Status
from pdsec_checks.reports import sarif
from pdsec_checks.reports.report import Report, exit_code
from pdsec_checks.reports.sarif_places import Places
from tests.support import findings as factory
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, a_resource, any_findings
from tests.support.judged import NOW
from tests.support.multitool import objections


def the_run(report: Report, **options: Any) -> dict[str, Any]:
    """Return the one run of the rendered log."""
    log = json.loads(sarif.render(report, **options))
    (run,) = log["runs"]
    found: dict[str, Any] = run
    return found


REPORTS = {
    "six statuses": lambda: a_report(*factory.six_findings()),
    "hostile names": lambda: a_report(
        *factory.hostile_findings(), unread=[factory.refused_audit_trail()]
    ),
    "every control, stopped": lambda: a_report(
        *factory.six_findings(),
        selected=sorted(factory.controls()),
        complete=False,
        refusal="HTTP 401",
        subdomain=None,
        mapping=MappingName.CURRENT,
    ),
    "no frameworks": lambda: a_report(a_finding(), frameworks=False, notices=("x expired",)),
    "carried fails": lambda: replace(
        a_report(
            a_finding("PD-05", Status.ERROR), factory.an_account_finding("PD-22", Status.ERROR)
        ),
        carried=[
            CarriedFail(each, NOW - timedelta(days=1), "HTTP 403")
            for each in (a_finding("PD-05"), *factory.hostile_fails("PD-22"))
        ],
    ),
    "nothing to report": lambda: a_report(a_finding("PD-06", Status.PASS)),
}


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("name", REPORTS)
def test_follows_the_schema(name: str, everything: bool) -> None:  # noqa: FBT001
    """The log is valid SARIF 2.1.0 for every status, name and ending of a run."""
    log = json.loads(sarif.render(REPORTS[name](), everything=everything))

    assert not factory.errors_against(factory.read_schema("sarif-2.1.0.schema.json"), log)


@pytest.mark.parametrize("name", REPORTS)
def test_satisfies_the_rules_of_github(name: str, tmp_path: Path) -> None:
    """Microsoft's Multitool has nothing to say about the log under GitHub's rules."""
    log = tmp_path / "report.sarif"
    log.write_text(sarif.render(REPORTS[name](), everything=True), "utf-8")

    assert objections(log, tmp_path) == []


def test_rules_hold_every_selected_control() -> None:
    """A control has its rule, with help and severity, whether or not it has a result."""
    run = the_run(a_report(a_finding("PD-06", Status.PASS), selected=["PD-05", "PD-06", "PD-14"]))

    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules if "/" not in rule["id"]] == ["PD-05", "PD-06", "PD-14"]
    for rule in rules:
        assert rule["help"]["text"]
        assert "does not satisfy them" in rule["help"]["markdown"]
        assert rule["helpUri"].startswith("https://support.pagerduty.com/")
        assert rule["properties"]["precision"] == "high"
        assert len(rule["properties"]["tags"]) <= 10


@pytest.mark.parametrize(
    ("control", "expected"),
    [("PD-05", "9.5"), ("PD-06", "8.0"), ("PD-22", "5.0"), ("PD-23", "2.0")],
)
def test_security_severity_falls_into_githubs_bands(control: str, expected: str) -> None:
    """Critical, high, medium and low become the numbers that GitHub reads as the same words."""
    (rule,) = the_run(a_report(a_finding(control)))["tool"]["driver"]["rules"]

    assert rule["properties"]["security-severity"] == expected
    assert "security" in rule["properties"]["tags"]


@pytest.mark.parametrize(
    ("status", "rule_id", "tag", "level"),
    [
        (Status.MANUAL, "PD-05/needs-a-person", "needs-a-person", "note"),
        (Status.ERROR, "PD-05/not-judged", "not-judged", "warning"),
    ],
)
def test_what_has_no_verdict_ranks_as_no_vulnerability(
    status: Status, rule_id: str, tag: str, level: str
) -> None:
    """It has a rule of its own without a security severity, beside that of its control."""
    run = the_run(a_report(a_finding("PD-05", status)))
    (result,) = run["results"]
    whole, rule = run["tool"]["driver"]["rules"]

    assert (whole["id"], rule["id"], result["ruleId"]) == ("PD-05", rule_id, rule_id)
    assert (result["ruleIndex"], result["level"]) == (1, level)
    assert tag in rule["properties"]["tags"]
    assert "security" not in rule["properties"]["tags"]
    assert "security-severity" not in rule["properties"]
    assert rule["defaultConfiguration"]["level"] == level
    assert rule["relationships"] == whole["relationships"]


@given(findings=any_findings())
def test_exactly_what_fails_has_a_security_severity(findings: list[Finding]) -> None:
    """Waived fails as well; whatever a result is about, its rule is the one that it names."""
    run = the_run(a_report(*findings))
    rules = run["tool"]["driver"]["rules"]

    for each in run["results"]:
        rule = rules[each["ruleIndex"]]
        assert rule["id"] == each["ruleId"]
        is_fail = each["properties"]["status"] in {"fail", "waived"}
        assert ("security-severity" in rule["properties"]) is is_fail


def test_results_are_what_is_not_settled() -> None:
    """Fail, error, manual and waived have a result; pass and not applicable have none."""
    results = the_run(a_report(*factory.six_findings()))["results"]

    assert {each["properties"]["status"]: each["level"] for each in results} == {
        "fail": "error",
        "error": "warning",
        "manual": "note",
        "waived": "warning",
    }
    assert {each["kind"] for each in results} == {"fail"}


def test_everything_adds_the_settled_ones() -> None:
    """On request a pass and a not-applicable case are results of a kind that is no alert."""
    results = the_run(a_report(*factory.six_findings()), everything=True)["results"]

    kinds = {each["properties"]["status"]: (each["kind"], each["level"]) for each in results}
    assert kinds["pass"] == ("pass", "none")
    assert kinds["not_applicable"] == ("notApplicable", "none")


def test_a_waiver_is_a_suppression() -> None:
    """A waived finding carries who accepted it, until when, and why; no other one does."""
    results = the_run(a_report(*factory.six_findings()))["results"]

    suppressed = [each for each in results if "suppressions" in each]
    assert [each["properties"]["status"] for each in suppressed] == ["waived"]
    assert suppressed[0]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "Accepted by head of operations until 2027-03-31: retired service",
        }
    ]


def test_every_result_has_a_file_and_a_resource() -> None:
    """A result points at a file of the repository and at the resource in PagerDuty."""
    finding = a_finding(resource=a_resource("Checkout", "PABC123"))
    (result,) = the_run(a_report(finding), places=Places("conf/pd sec.txt"))["results"]

    (where,) = result["locations"]
    assert where["physicalLocation"]["artifactLocation"] == {"uri": "conf/pd%20sec.txt"}
    assert set(where["physicalLocation"]["region"]) == {
        "startLine",
        "startColumn",
        "endLine",
        "endColumn",
    }
    assert where["logicalLocations"] == [
        {"name": "Checkout", "fullyQualifiedName": "service/PABC123", "kind": "resource"}
    ]
    assert "https://acme.pagerduty.com/service-directory/PABC123" in result["message"]["text"]


@pytest.mark.parametrize(
    ("location", "uri"),
    [
        ("README.md", "README.md"),
        ("./pdsec.toml", "pdsec.toml"),
        ("/etc/pdsec.toml", "etc/pdsec.toml"),
        ("C:\\conf\\pdsec.toml", "C%3A/conf/pdsec.toml"),
        ("https://example.com/x", "https%3A/example.com/x"),
        ("", "pagerduty/inventory.txt"),
    ],
)
def test_the_location_is_always_a_relative_uri(location: str, uri: str) -> None:
    """Whatever path the caller names, the file is one that code scanning does not refuse."""
    (result,) = the_run(a_report(a_finding()), places=Places(location))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_fingerprints_outlive_name_message_and_verdict() -> None:
    """A renamed resource whose fail was waived keeps its fingerprint."""
    first = a_finding(resource=a_resource("old"))
    second = a_finding(status=Status.WAIVED, resource=a_resource("new"), message="worse")

    prints = [
        the_run(a_report(each))["results"][0]["partialFingerprints"] for each in (first, second)
    ]

    assert prints[0] == prints[1]
    assert prints[0]["controlAndResource/v1"] == first.fingerprint


def test_a_doubt_is_another_finding_than_the_fail_that_it_becomes() -> None:
    """Where all fingerprints together are the id, the fail does not go on as harmless as it was."""
    verdicts = (Status.FAIL, Status.WAIVED, Status.ERROR, Status.MANUAL)
    fail, waived, error, manual = (
        the_run(a_report(a_finding(status=each)))["results"][0]["partialFingerprints"]
        for each in verdicts
    )

    assert fail == waived
    assert fail not in (error, manual)
    assert error != manual


TILL = replace(a_resource("Till", "PTILL"), teams=(Team("PT1", "Payments"),))
FAIL = a_finding(resource=TILL)
CARRIED = CarriedFail(FAIL, NOW - timedelta(days=2), "HTTP 403")


def alert_of(result: dict[str, Any]) -> tuple[str, str, str]:
    """Return what code scanning knows an alert by, and how bad it is."""
    prints = result["partialFingerprints"]
    return result["ruleId"], prints["primaryLocationLineHash"], result["level"]


@pytest.mark.parametrize(
    "now",
    [
        a_finding(status=Status.ERROR, resource=FAIL.resource),
        a_finding(status=Status.MANUAL, resource=FAIL.resource),
        factory.an_account_finding("PD-05", Status.ERROR),
    ],
    ids=["unreadable", "for a person", "not listed"],
)
def test_a_carried_fail_stays_the_same_alert(now: Finding) -> None:
    """It has rule, fingerprint and level of the fail, and says that nobody can tell any more."""
    (failed,) = the_run(a_report(FAIL))["results"]
    report = replace(a_report(now), carried=[CARRIED])
    results = the_run(report)["results"]
    (found,) = [each for each in results if each.get("baselineState")]

    assert alert_of(found) == alert_of(failed)
    assert found["locations"] == failed["locations"]
    assert found["baselineState"] == "unchanged"
    assert found["message"]["text"] == (
        "Could not be judged: failed on 2026-11-21: service 'Till' (PTILL) is an example "
        "(https://acme.pagerduty.com/service-directory/PTILL). Now: HTTP 403."
    )
    assert found["properties"]["failedOn"] == "2026-11-21T09:00:00Z"
    assert found["properties"]["status"] != "fail"
    assert found["properties"]["teams"] == ["Payments"]
    assert len(results) == (1 if now.resource == FAIL.resource else 2)


def test_carried_fails_are_kept_before_doubts() -> None:
    """Where there are more results than GitHub keeps, what failed is not what is dropped."""
    doubts = [
        a_finding("PD-23", Status.ERROR, a_resource(resource_id=f"P{number:06}"))
        for number in range(5_000)
    ]
    run = the_run(replace(a_report(*doubts, a_finding("PD-05")), carried=[CARRIED]))

    assert len(run["results"]) == 5_000
    assert [each["ruleId"] for each in run["results"]].count("PD-05") == 2


@pytest.mark.parametrize(
    ("subdomain", "expected"),
    [
        ("acme", "pagerduty-sec-inspector/acme/"),
        (None, "pagerduty-sec-inspector/api.pagerduty.com/"),
        ("a/b c", "pagerduty-sec-inspector/a-b-c/"),
    ],
)
def test_each_account_has_its_own_category(subdomain: str | None, expected: str) -> None:
    """The upload of one account never replaces the alerts of another."""
    run = the_run(a_report(a_finding(), subdomain=subdomain))

    assert run["automationDetails"]["id"] == expected


def category_of(report: Report) -> str:
    """Return what code scanning takes for the category: all before the last slash."""
    identity: str = the_run(report)["automationDetails"]["id"]
    return identity.rpartition("/")[0]


def selecting(*findings: Finding, scope: dict[str, Any] | None = None, **fields: Any) -> Report:
    """Return a report whose scope, or who itself, has other fields."""
    report = a_report(*(findings or [a_finding()]))
    changed = replace(report.run.scope, **(scope or {}))
    return replace(report, run=replace(report.run, scope=changed), **fields)


SELECTIONS = {
    "everything": selecting(),
    "controls": selecting(scope={"not_selected": ("PD-06",)}),
    "other controls": selecting(a_finding("PD-06"), scope={"not_selected": ("PD-05",)}),
    "resources": selecting(scope={"resources": ("Checkout*",)}, restricted=True),
    "other resources": selecting(scope={"resources": ("Till*",)}, restricted=True),
    "more resources": selecting(scope={"resources": ("Checkout*", "Till*")}, restricted=True),
    "cases": selecting(restricted=True, picked=("test_x.py::test_y[PABC123]",)),
    "other cases": selecting(restricted=True, picked=("test_x.py::test_y[PABC124]",)),
    "stopped": selecting(complete=False),
}


def test_no_selection_replaces_the_alerts_of_another_one() -> None:
    """What was merely not selected is not closed: each selection has a category of its own."""
    found = {name: category_of(report) for name, report in SELECTIONS.items()}

    assert len(set(found.values())) == len(found)
    assert found.pop("everything") == "pagerduty-sec-inspector/acme"
    for name, each in found.items():
        assert each.startswith("pagerduty-sec-inspector/acme/partial-"), name


@pytest.mark.parametrize("name", SELECTIONS)
def test_the_same_selection_replaces_its_own_alerts(name: str) -> None:
    """On another day, with other findings, thresholds and severities, the category is the same."""
    report = SELECTIONS[name]
    control = report.controls[0].id
    changed = Changed(control, "low", "critical")
    scope = replace(report.run.scope, severities=(changed,), changed=(changed,))
    later = replace(
        report,
        run=replace(report.run, scope=scope, as_of=report.run.as_of + timedelta(days=1)),
        findings=[a_finding(control, Status.PASS), a_finding(control, resource=a_resource("B"))],
    )

    assert category_of(later) == category_of(report)


def test_a_control_that_finds_no_resource_today_changes_no_category() -> None:
    """With `--resource` the account decides which controls are left; the selection is as it was."""
    report = selecting(
        a_finding("PD-05"),
        a_finding("PD-06"),
        scope={"resources": ("Checkout*",)},
        restricted=True,
    )
    without = replace(
        report, run=report.run.narrowed({"PD-05"}), findings=[a_finding("PD-05", Status.PASS)]
    )

    assert without.run.scope.selected == ("PD-05",)
    assert category_of(without) == category_of(report)


def test_frameworks_are_taxonomies() -> None:
    """Rules relate to the requirements of the mapping in use, each in a declared taxonomy."""
    run = the_run(a_report(a_finding("PD-05"), mapping=MappingName.CURRENT))

    taxa = {
        (taxonomy["name"], taxon["id"])
        for taxonomy in run["taxonomies"]
        for taxon in taxonomy["taxa"]
    }
    (rule,) = run["tool"]["driver"]["rules"]
    related = {
        (each["target"]["toolComponent"]["name"], each["target"]["id"])
        for each in rule["relationships"]
    }
    assert ("soc2", "CC7.4") in related
    assert related == taxa
    for each in rule["relationships"]:
        component = each["target"]["toolComponent"]
        assert run["taxonomies"][component["index"]]["guid"] == component["guid"]


def test_a_run_that_judged_everything_was_successful() -> None:
    """The execution counts as successful, whatever fails and needs a person."""
    found = [each for each in factory.six_findings() if each.status is not Status.ERROR]
    (invocation,) = the_run(a_report(*found))["invocations"]

    assert invocation["executionSuccessful"] is True
    assert "toolExecutionNotifications" not in invocation


UNREADABLE = [factory.an_account_finding(each, Status.ERROR) for each in ("PD-11", "PD-12")]
"""What a refused audit trail makes of the controls that need it."""


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (
            a_report(*UNREADABLE, unread=[factory.refused_audit_trail()]),
            "Not read: /audit/records: HTTP 403 (needed by PD-11, PD-12).",
        ),
        (
            a_report(a_finding(), complete=False),
            "The run was stopped before every check was judged.",
        ),
        (
            a_report(a_finding("PD-05", Status.ERROR), refusal="HTTP 401"),
            "PagerDuty refused the credential: HTTP 401.",
        ),
    ],
    ids=["unread", "stopped", "refused"],
)
def test_what_was_not_read_is_a_notification(report: Report, text: str) -> None:
    """An unread data set, a refusal or a stop makes the execution unsuccessful, and says why."""
    (invocation,) = the_run(report)["invocations"]

    assert invocation["executionSuccessful"] is False
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == [text]


def test_what_nothing_needed_is_a_note() -> None:
    """A plan without a feature costs no verdict: the execution was successful, as the exit says."""
    lacking = replace(factory.refused_audit_trail(), reason="HTTP 402: not in the plan", status=402)
    report = a_report(a_finding("PD-05", Status.PASS), unread=[lacking])
    (invocation,) = the_run(report)["invocations"]
    (note,) = invocation["toolExecutionNotifications"]

    assert invocation["executionSuccessful"] is True
    assert (note["level"], note["message"]["text"]) == (
        "note",
        "Not read: /audit/records: HTTP 402: not in the plan (no verdict changes).",
    )
    assert exit_code(report, NOW, strict=False) is ExitCode.PASSED


@given(findings=any_findings(), complete=st.booleans())
def test_the_execution_is_successful_where_nothing_is_an_error(
    *, findings: list[Finding], complete: bool
) -> None:
    """SARIF and the exit code never contradict each other about what could not be judged."""
    report = a_report(*findings, complete=complete)
    (invocation,) = the_run(report)["invocations"]
    errors = any(each.status is Status.ERROR for each in findings)

    assert invocation["executionSuccessful"] is (complete and not errors)
    if exit_code(report, NOW, strict=False) is ExitCode.NOT_JUDGED:
        assert invocation["executionSuccessful"] is False


def test_a_useless_waiver_is_a_warning() -> None:
    """A notice about waivers is a notification that leaves the execution successful."""
    (invocation,) = the_run(a_report(a_finding(), notices=("the waiver expired",)))["invocations"]

    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert (notification["level"], notification["message"]["text"]) == (
        "warning",
        "the waiver expired.",
    )


def test_keeps_the_most_severe_five_thousand() -> None:
    """Beyond what GitHub keeps the least severe results go first, and a notification says so."""
    critical = a_finding("PD-05", Status.MANUAL, a_resource(resource_id="PZZZ"))
    run = the_run(a_report(*factory.many_findings(5_003, "PD-23"), critical))

    assert len(run["results"]) == 5_000
    assert [each["ruleId"] for each in run["results"]].count("PD-05/needs-a-person") == 1
    (invocation,) = run["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("4 less severe results are not in this file")
    assert invocation["executionSuccessful"] is True


def test_passes_never_push_out_what_is_open() -> None:
    """With everything asked for, a critical pass gives way to a low failure."""
    passes = [
        a_finding("PD-05", Status.PASS, a_resource(resource_id=f"P{number:06}"))
        for number in range(5_000)
    ]
    run = the_run(a_report(*passes, a_finding("PD-23")), everything=True)

    assert [each["ruleId"] for each in run["results"]].count("PD-23") == 1


def test_messages_have_nothing_left_to_expand() -> None:
    """A name cannot place a link or a placeholder into a message."""
    finding = a_finding(message="'{0} [here](https://evil.example)' is open")
    (result,) = the_run(a_report(finding))["results"]

    assert result["message"]["text"].startswith("'{ 0 } [here] (https://evil.example)' is open (")


def test_texts_are_bounded() -> None:
    """A message of any length is cut, and still names the resource's address."""
    (result,) = the_run(a_report(a_finding(message="x" * 100_000)))["results"]

    assert len(result["message"]["text"]) < 2_200
    assert (
        "x… (https://acme.pagerduty.com/service-directory/PABC123). Fix: "
        in (result["message"]["text"])
    )


def test_no_text_is_empty_or_hostile() -> None:
    """No text is empty, which counts as missing, and none can steer a terminal."""
    run = the_run(a_report(*factory.hostile_findings()), everything=True)

    texts = list(factory.strings_in(run))
    assert all(text.strip() for text in texts)
    assert not any(char in text for text in texts for char in factory.FORBIDDEN)


def test_a_control_that_was_never_reached_has_a_result() -> None:
    """A control without a finding is shown as not judged, not as clean."""
    results = the_run(a_report(a_finding("PD-05"), selected=["PD-05", "PD-06"], complete=False))

    unreached = results["results"][1]
    assert unreached["ruleId"] == "PD-06/not-judged"
    assert unreached["properties"]["status"] == "error"
    assert "before this control was reached" in unreached["message"]["text"]


@settings(max_examples=30, deadline=None)
@given(factory.shuffled_pairs())
def test_the_order_of_findings_changes_nothing(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings in another order give the same bytes, and valid UTF-8."""
    first, second = (sarif.render(a_report(*each), everything=True) for each in pair)

    assert first == second
    assert first.encode()
