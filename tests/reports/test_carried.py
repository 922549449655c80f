"""Fails that nobody can judge any more: unreadable is not fixed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pdsec_checks.catalogue.scope import InForce
from pdsec_checks.finding import CarriedFail, Finding, ResourceRef
from pdsec_checks.model import ACCOUNT, DEFICIENT, Status
from pdsec_checks.reports import render
from pdsec_checks.reports.carried import beside_last, carried_fails
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import Report
from tests.reports.test_report_schema import SCHEMA
from tests.simulator import Fault, accounts
from tests.simulator import run as serve
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.findings import (
    a_finding,
    a_report,
    a_resource,
    an_account_finding,
    any_findings,
    errors_against,
)

DAY_BEFORE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def earlier(report: Report) -> EarlierReport:
    """Return a report as the next run reads it."""
    return msgspec.json.decode(render("json", report), type=EarlierReport)


def dated(report: Report, moment: datetime) -> Report:
    """Return a report as of a moment."""
    return replace(report, run=replace(report.run, as_of=moment))


def carried(old: Report, new: Report) -> list[CarriedFail]:
    """Return what a run carries on from an older report."""
    return carried_fails(earlier(old), new)


TILL = a_resource("Till", "PTILL")
FAILED = dated(a_report(a_finding("PD-05", resource=TILL)), DAY_BEFORE)
"""A report in which one service fails."""
OTHER = a_finding("PD-05", Status.PASS, a_resource("Shop", "PSHOP"))
UNLISTED = an_account_finding("PD-05", Status.ERROR)
"""What stands for all services where nobody could list them."""


@pytest.mark.parametrize(
    ("now", "count"),
    [
        ([a_finding("PD-05", Status.ERROR, TILL)], 1),
        ([a_finding("PD-05", Status.MANUAL, TILL)], 1),
        ([UNLISTED], 1),
        ([an_account_finding("PD-05", Status.MANUAL)], 1),
        ([OTHER, UNLISTED], 1),
        ([OTHER, a_finding("PD-05", Status.ERROR, ResourceRef("team", "PT", "Ops"))], 1),
        ([a_finding("PD-05", Status.PASS, TILL)], 0),
        ([a_finding("PD-05", Status.FAIL, TILL)], 0),
        ([a_finding("PD-05", Status.WAIVED, TILL)], 0),
        ([a_finding("PD-05", Status.NOT_APPLICABLE, TILL)], 0),
        ([an_account_finding("PD-05", Status.NOT_APPLICABLE)], 0),
        ([OTHER], 0),
        ([replace(OTHER, status=Status.ERROR)], 0),
        ([a_finding("PD-06", Status.ERROR)], 0),
    ],
    ids=[
        *("an error", "for a person", "not listed", "no list for this key", "listed in part"),
        *("an owner that cannot be read", "passes", "fails", "waived", "does not apply"),
        *("nothing there", "gone", "gone, and another one unreadable", "not selected"),
    ],
)
def test_a_fail_is_carried_exactly_where_nobody_can_tell(now: list[Finding], count: int) -> None:
    """What has a verdict, what the complete list lacks, and what nobody asked about is not."""
    assert len(carried(FAILED, a_report(*now))) == count


def test_a_stopped_run_carries_what_it_did_not_reach() -> None:
    """It has an error for each control that it did not judge to its end."""
    stopped = a_report(a_finding("PD-06", Status.PASS), selected=["PD-05", "PD-06"], complete=False)

    assert [each.finding.resource.id for each in carried(FAILED, stopped)] == ["PTILL"]


def test_a_stopped_run_is_sure_of_nothing_that_it_lacks() -> None:
    """A control that was judged in part may have come to its end or not."""
    stopped = a_report(OTHER, complete=False)

    (found,) = carried(FAILED, stopped)
    assert found.why == "the run was stopped before every check was judged"


def test_a_fail_of_the_whole_account_ends_where_its_resources_are_judged() -> None:
    """One of them may be unreadable: the account as a whole has its verdicts all the same."""
    old = a_report(an_account_finding("PD-05", Status.FAIL))

    assert carried(old, a_report(a_finding("PD-05", Status.ERROR, TILL))) == []


def restricted(*patterns: str, picked: Sequence[str] = ()) -> Report:
    """Return a report of a run over some resources that could not list them."""
    report = a_report(UNLISTED)
    scope = replace(report.run.scope, resources=patterns)
    return replace(
        report, run=replace(report.run, scope=scope), restricted=True, picked=tuple(picked)
    )


@pytest.mark.parametrize(
    ("new", "count"),
    [
        (restricted("Ti*"), 1),
        (restricted("PTILL"), 1),
        (restricted("Shop*"), 0),
        (restricted(picked=["test_x.py::test_PD-05[PTILL]"]), 1),
        (restricted(picked=["PD-05[PTILL]"]), 1),
        (restricted(picked=["test_x.py::test_PD-05[PSHOP]"]), 0),
        (restricted(picked=["--deselect=test_x.py::test_PD-05[PTILL]"]), 0),
        (restricted(picked=["--deselect=test_x.py::test_PD-05[PSHOP]"]), 1),
        (restricted(picked=["--lf"]), 0),
    ],
)
def test_what_the_run_was_not_asked_about_is_not_carried(new: Report, count: int) -> None:
    """Such a selection has a category of its own, which closes no alert of another one."""
    assert len(carried(FAILED, new)) == count


def test_a_carried_fail_says_when_it_failed_and_why_nobody_knows() -> None:
    """The day is that of the last verdict; fingerprint and severity are those of then."""
    (found,) = carried(FAILED, a_report(UNLISTED))

    assert found.sentence == (
        "could not be judged; failed on 2026-11-22: service 'Till' (PTILL) is an example"
    )
    assert found.why == UNLISTED.message
    assert found.finding.fingerprint == FAILED.findings[0].fingerprint
    assert found.finding.severity is FAILED.findings[0].severity


def test_a_carried_fail_is_carried_on_with_its_own_day() -> None:
    """However many runs cannot judge it, the report keeps it, and the day that it failed on."""
    second = replace(a_report(UNLISTED), carried=carried(FAILED, a_report(UNLISTED)))
    unreached = a_report(a_finding("PD-05", Status.ERROR, TILL))
    third = replace(unreached, carried=carried(second, unreached))

    (found,) = carried(third, a_report(UNLISTED))
    assert found.failed_on == DAY_BEFORE
    assert carried(third, a_report(a_finding("PD-05", Status.PASS, TILL))) == []


def test_a_carried_fail_counts_nowhere() -> None:
    """Summary, scores and what gates are those of the findings."""
    plain = a_report(UNLISTED)
    report = replace(plain, carried=carried(FAILED, plain))
    told, without = (json.loads(render("json", each)) for each in (report, plain))

    assert told.pop("carried")
    assert told == without
    assert report.gating == 0


@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(old=any_findings(), new=any_findings(), stopped=st.booleans())
def test_no_format_with_a_memory_loses_a_fail_without_a_verdict(
    *, old: list[Finding], new: list[Finding], stopped: bool
) -> None:
    """Whatever two runs find: each fail of the first is open in SARIF and OCSF, judged, or gone."""
    before = a_report(*old)
    selected = sorted({each.control for each in (*old, *new)})
    plain = a_report(*new, selected=selected, complete=not stopped)
    after = beside_last(plain, earlier(before))
    (run,) = json.loads(render("sarif", after))["runs"]
    alerts = {(each["ruleId"], fingerprint(each)) for each in run["results"]}
    events = [json.loads(each) for each in render("ocsf", after).splitlines()]
    told = {each["finding_info"]["uid"]: each["activity_name"] for each in events}
    now = {each.fingerprint: each.status for each in after.findings}

    assert after.counts == plain.counts
    assert after.last
    gone = {each.fingerprint for each in after.last.gone}
    for fail in (each for each in old if each.status in DEFICIENT):
        name = fail.fingerprint
        is_over = name in gone or now.get(name) in {Status.PASS, Status.NOT_APPLICABLE}
        assert ((fail.control, name) not in alerts) is is_over
        assert (told[name] == "Close") is is_over


def fingerprint(result: dict[str, Any]) -> str:
    """Return what code scanning tells a result of a rule by."""
    found: str = result["partialFingerprints"]["controlAndResource/v1"]
    return found


def test_a_carried_fail_that_fails_again_is_known() -> None:
    """The baseline has it: not having been judged in between makes no news of it."""
    second = replace(a_report(UNLISTED), carried=carried(FAILED, a_report(UNLISTED)))

    assert FAILED.findings[0].address in earlier(second).failing


def test_a_report_of_pseudonyms_tells_no_name_of_a_carried_fail() -> None:
    """The last report was live: of its fail only type and id are kept, and the evidence goes."""
    named = a_finding("PD-05", resource=TILL, owners=["Ada Quill"])
    new = a_report(UNLISTED)
    redacted = replace(new, run=replace(new.run, redacted=True))

    (found,) = carried(a_report(named), redacted)
    assert found.finding.fingerprint == named.fingerprint
    assert found.sentence.endswith(": service PTILL")
    for unlisted in (redacted, replace(redacted, findings=[OTHER])):  # carried, and gone
        told = beside_last(unlisted, earlier(a_report(named)))
        for name in ("json", "sarif", "ocsf"):
            assert "'Till'" not in render(name, told), name
            assert '"Till"' not in render(name, told), name
            assert "Quill" not in render(name, told), name


def with_waiver(report: Report, *resources: str) -> Report:
    """Return a report of a run in which a waiver of PD-05 was in force for these ids."""
    waivers = tuple(InForce("PD-05", each, "2027-03-31", "Ben", "retired") for each in resources)
    scope = replace(report.run.scope, waivers=waivers)
    return replace(report, run=replace(report.run, scope=scope))


@pytest.mark.parametrize("was", [Status.FAIL, Status.WAIVED])
@pytest.mark.parametrize(
    ("waived", "state"), [(["PTILL"], "Suppressed"), (["P*"], "Suppressed"), (["PSHOP"], "New")]
)
def test_a_carried_fail_is_waived_where_a_waiver_of_today_covers_it(
    was: Status, waived: list[str], state: str
) -> None:
    """Whether it was waived before or not: its alert stays, and the waiver counts as it stands."""
    new = with_waiver(a_report(UNLISTED), *waived)
    report = beside_last(new, earlier(a_report(a_finding("PD-05", was, TILL))))
    results = json.loads(render("sarif", report))["runs"][0]["results"]
    (result,) = [each for each in results if each["ruleId"] == "PD-05"]
    events = [json.loads(each) for each in render("ocsf", report).splitlines()]
    (event,) = [each for each in events if each["resources"][0]["uid"] == "PTILL"]

    assert bool(result.get("suppressions")) is (state == "Suppressed")
    assert (event["status"], event["compliance"]["status"]) == (state, "Error")
    assert bool(event.get("comment")) is (state == "Suppressed")


def test_a_carried_fail_about_the_account_keeps_its_place() -> None:
    """The account itself has one check, which is an error now."""
    old = a_report(an_account_finding("PD-01", Status.FAIL))
    (found,) = carried(old, a_report(an_account_finding("PD-01", Status.ERROR)))

    assert found.finding.resource.type == ACCOUNT


def test_a_run_carries_what_it_cannot_read(tmp_path: Path) -> None:
    """The last report changes neither summary nor exit code; the new report may replace it."""
    selected = ("--controls=5,22", "--output=inspection.json")
    with serve(accounts.NAMED["demo"]) as simulator:
        first = run_command(tmp_path, *selected, simulator=simulator)
        before = first.report
        simulator.faults.append(Fault("/services", "status", status=403))
        alone = run_command(
            tmp_path, *selected[:1], "--output=alone.json", simulator=simulator
        ).code
        for _ in range(2):
            ended = run_command(
                tmp_path, *selected, "--last-report=inspection.json", simulator=simulator
            )
            assert (ended.code, ended.report["summary"]["status"]["fail"]) == (6, 0)

    assert (first.code, alone) == (1, 6)
    found = ended.report["carried"]
    failed = {each["fingerprint"] for each in of_status(before, "fail")}
    assert {each["finding"]["fingerprint"] for each in found} == failed
    assert {each["failed_on"] for each in found} == {before["as_of"]}
    assert errors_against(SCHEMA, ended.report) == []
    assert f"WARNING: {len(failed)} fails of earlier runs could not be judged now: " in ended.err


def then(report: Report, last: Report) -> Report:
    """Return a report as it is written beside the one before."""
    return beside_last(report, earlier(last))


def kept(report: Report) -> list[tuple[str, str, datetime]]:
    """Return what a report hands on: control, id, and when it failed."""
    return [
        (each.finding.control, each.finding.resource.id, each.failed_on)
        for each in report.handed_on
    ]


WATCH = a_finding("PD-06", Status.PASS)
SECOND = a_finding("PD-06", resource=a_resource("Rota", "PROTA"))


def selective(*now: Finding, patterns: Sequence[str] = (), complete: bool = True) -> Report:
    """Return a report of a run over the controls of its findings, or over some resources."""
    report = a_report(*now, complete=complete)
    others = tuple({"PD-05", "PD-06", "PD-07"} - {each.control for each in now})
    scope = replace(report.run.scope, not_selected=others, resources=tuple(patterns))
    run = replace(report.run, scope=scope)
    return replace(report, run=run, restricted=bool(patterns))


@pytest.mark.parametrize(
    "between",
    [
        [selective(WATCH)],
        [selective(WATCH), selective(WATCH)],
        [selective(OTHER, patterns=["Shop"])],
        [selective(replace(OTHER, status=Status.ERROR), patterns=["Ti*"])],
        [selective(WATCH, complete=False)],
        [selective(WATCH), selective(UNLISTED)],
        [selective(WATCH), selective(UNLISTED), selective(WATCH)],
    ],
    ids=[
        *("another control", "twice", "another resource", "renamed meanwhile", "stopped"),
        *("then unreadable", "and not looked at again"),
    ],
)
def test_a_run_over_a_part_loses_no_fail(between: Sequence[Report]) -> None:
    """A full run, runs over parts, and one that cannot read the list: the fail is carried."""
    last = FAILED
    for each in between:
        last = then(each, last)

    (found,) = then(a_report(UNLISTED), last).carried
    assert (found.finding.resource.id, found.failed_on) == ("PTILL", DAY_BEFORE)


def test_what_a_run_left_out_is_in_json_alone() -> None:
    """It counts nowhere, and no program hears of it."""
    plain = selective(WATCH)
    report = then(plain, FAILED)

    assert kept(report) == [("PD-05", "PTILL", DAY_BEFORE)]
    assert report.carried == []
    assert list(report.notices) == list(plain.notices)
    for name in ("sarif", "ocsf", "defectdojo", "html", "markdown", "action-plan", "poam"):
        assert "PTILL" not in str(render(name, report)), name
    (told,) = json.loads(render("json", report))["handed_on"]
    assert (told["why"], told["finding"]["open_since"]) == (
        *("the run did not look at it", "2026-11-22T09:00:00Z"),
    )
    assert errors_against(SCHEMA, json.loads(render("json", report))) == []


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL, Status.WAIVED, Status.NOT_APPLICABLE])
def test_a_verdict_ends_what_was_handed_on(status: Status) -> None:
    """Whatever it is, the report of today has it."""
    last = then(selective(WATCH), FAILED)

    assert kept(then(a_report(a_finding("PD-05", status, TILL)), last)) == []


def test_a_whole_run_ends_what_is_gone_or_has_no_control() -> None:
    """A list that was read to its end lacks the resource; or the control was removed."""
    last = then(selective(a_finding("PD-07", Status.PASS)), a_report(*FAILED.findings, SECOND))

    assert [each[0] for each in kept(last)] == ["PD-05", "PD-06"]
    whole = then(a_report(OTHER), last)
    assert kept(whole) == []
    assert whole.last is not None
    assert [each.address for each in whole.last.gone] == [FAILED.findings[0].address]


def test_a_run_over_the_core_set_keeps_what_the_extended_set_found() -> None:
    """It is whole, and was not asked about those."""
    ring = a_finding("PD-26", resource=TILL)

    assert [each[0] for each in kept(then(a_report(OTHER), a_report(ring)))] == ["PD-26"]


def of_status(report: dict[str, Any], status: str) -> list[dict[str, Any]]:
    """Return the findings of one status in a JSON report."""
    return [each for each in report["findings"] if each["status"] == status]


def test_a_baseline_is_carried_on_where_no_last_report_is_named(tmp_path: Path) -> None:
    """What it knows and nobody can judge now is open; a last report wins over it."""
    with serve(accounts.NAMED["demo"]) as simulator:
        run_command(tmp_path, "--controls=5", "--output=base.json", simulator=simulator)
        simulator.faults.append(Fault("/services", "status", status=403))
        run_command(tmp_path, "--controls=5", "--output=last.json", simulator=simulator)
        options = ("--pd-controls=5", "--pd-baseline=base.json", "--pd-json=now.json")
        carrying = run_pytest(tmp_path, *options, simulator=simulator)
        found = json.loads((tmp_path / "now.json").read_text("utf-8"))
        run_pytest(tmp_path, *options, "--pd-last-report=last.json", simulator=simulator)
        without = json.loads((tmp_path / "now.json").read_text("utf-8"))

    assert carrying.code == 6
    assert found["carried"]
    assert "carried" not in without


def test_the_last_report_is_about_the_same_account(tmp_path: Path) -> None:
    """Another account's report is refused by the name of the option."""
    with serve(accounts.small) as simulator:
        run_command(tmp_path, "--controls=5", "--output=last.json", simulator=simulator)
    ended = run_command(tmp_path, "--replay=demo", "--last-report=last.json")

    assert ended.code == 4
    assert ended.err.startswith("ERROR: --last-report: the report is about the account ")
