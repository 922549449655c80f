"""``diff``: what appeared and what was resolved, and never a claim that nobody can back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pdsec_checks import cli
from pdsec_checks.analysis.changes import Actor, Change
from pdsec_checks.catalogue.scope import InForce, Scope
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import DEFICIENT, Severity, Status
from pdsec_checks.reports import json_report
from pdsec_checks.reports.differences import RED, Kind, kind_of
from pdsec_checks.reports.report import Report
from pdsec_checks.resources.roster import RosterFacts
from tests.simulator import Fault, accounts, builders, run
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.findings import (
    HOSTILE,
    a_finding,
    a_report,
    a_resource,
    an_account_finding,
)
from tests.support.judged import NOW
from tests.support.processes import environment

YESTERDAY = NOW - timedelta(days=1)
Diff = Callable[..., int]


def a_case(status: Status, name: str = "P1", control: str = "PD-05") -> Finding:
    """Return the finding of a service."""
    return a_finding(control, status, a_resource(f"shop {name}", name))


def at(report: Report, as_of: datetime, **changed: Any) -> Report:
    """Return a report of another moment."""
    return replace(report, run=replace(report.run, as_of=as_of, **changed))


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    """Write two reports, the first a day older, and compare them."""

    def compare(old: Report, new: Report, *flags: str) -> int:
        files = [str(tmp_path / name) for name in ("old.json", "new.json")]
        for file, report in zip(files, (at(old, YESTERDAY, changes=[]), new), strict=True):
            Path(file).write_text(json_report.render(report), encoding="utf-8")
        return cli.main(["diff", *files, *flags])

    return compare


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """Return the resources of each kind from the JSON that was printed."""
    plain = json.loads(capsys.readouterr().out)
    found = {kind.value: [each["resource"]["id"] for each in plain[kind]] for kind in Kind}
    return {kind: ids for kind, ids in found.items() if ids}


STATUSES = [*Status, None]


@pytest.mark.parametrize("was", STATUSES)
def test_only_a_pass_resolves_and_every_new_fail_appeared(was: Status | None) -> None:
    """Whatever it was, a fail that was none appeared; only a fail that passes is resolved."""
    found = {now: kind_of(was, now, looked_before=True, looked=False) for now in STATUSES}

    if was not in DEFICIENT:
        assert found[Status.FAIL] in RED
        assert Kind.RESOLVED not in found.values()
        assert found[None] is None
        return
    assert found == {
        Status.FAIL: Kind.UNCHANGED if was is Status.FAIL else Kind.NO_LONGER_WAIVED,
        Status.PASS: Kind.RESOLVED,
        Status.ERROR: Kind.NOT_JUDGED,
        Status.MANUAL: Kind.CHANGED,
        Status.WAIVED: Kind.CHANGED if was is Status.FAIL else Kind.UNCHANGED,
        Status.NOT_APPLICABLE: Kind.CHANGED,
        None: Kind.NOT_INSPECTED,
    }
    assert kind_of(was, None, looked_before=True, looked=True) is Kind.GONE


@pytest.mark.parametrize(
    ("was", "looked_before", "kind"),
    [
        (Status.PASS, False, Kind.APPEARED),
        (Status.NOT_APPLICABLE, False, Kind.APPEARED),
        (None, True, Kind.APPEARED),
        (None, False, Kind.NEWLY_JUDGED),
        (Status.ERROR, True, Kind.NEWLY_JUDGED),
        (Status.MANUAL, True, Kind.NEWLY_JUDGED),
        (Status.WAIVED, True, Kind.NO_LONGER_WAIVED),
    ],
)
def test_only_what_certainly_did_not_fail_appeared(
    was: Status | None, *, looked_before: bool, kind: Kind
) -> None:
    """A waived fail failed; of an error, or of what nobody looked at, nobody knows."""
    assert kind_of(was, Status.FAIL, looked_before=looked_before, looked=True) is kind


def test_a_fail_whose_waiver_expired_did_not_appear(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """It failed before as well; it is red, as in a run with the older report as its baseline."""
    assert diff(a_report(a_case(Status.WAIVED)), a_report(a_case(Status.FAIL))) == 1

    said = capsys.readouterr().out
    assert "\nNO LONGER WAIVED (1): failed before as well, but was accepted; no waiver" in said
    assert "0 appeared, 0 worse, 1 no longer waived" in said


@pytest.mark.parametrize("was", [Status.PASS, Status.FAIL, Status.WAIVED, None])
def test_what_cannot_be_judged_any_more_ends_with_six(
    diff: Diff, capsys: pytest.CaptureFixture[str], was: Status | None
) -> None:
    """A check that became an error is listed, and is no green light."""
    old = [a_case(Status.PASS, "P2"), *([a_case(was)] if was else [])]
    new = a_report(a_case(Status.PASS, "P2"), a_case(Status.ERROR))

    assert diff(a_report(*old), new) == 6
    assert "\nNOT JUDGED (1): could not be judged; the older" in capsys.readouterr().out
    assert diff(new, new) == 0


def test_a_control_that_was_not_selected_any_more_ends_with_six(diff: Diff) -> None:
    """Where the newer run judged less, nothing new is no good news, even if all passed before."""
    both = a_case(Status.PASS), a_case(Status.PASS, control="PD-22")

    assert diff(a_report(*both), a_report(both[0])) == 6
    assert diff(a_report(both[0]), a_report(*both)) == 0


def test_a_new_fail_counts_before_what_is_not_judged(diff: Diff) -> None:
    """Of the two exit codes it is the worse one, as in an inspection."""
    old = a_report(a_case(Status.PASS), a_case(Status.PASS, "P2"))

    assert diff(old, a_report(a_case(Status.FAIL), a_case(Status.ERROR, "P2"))) == 1


def test_what_passes_or_does_not_apply_is_listed_only_when_it_changed() -> None:
    """A new service that passes is no news; an error is, new or not."""
    quiet = (Status.PASS, Status.NOT_APPLICABLE)

    def kind(was: Status | None, now: Status) -> Kind | None:
        return kind_of(was, now, looked_before=True, looked=True)

    assert {kind(was, now) for now in quiet for was in (now, None)} == {None}
    assert kind(None, Status.ERROR) is Kind.NOT_JUDGED
    assert kind(Status.PASS, Status.MANUAL) is Kind.CHANGED
    assert kind(Status.ERROR, Status.ERROR) is Kind.UNCHANGED


def test_each_finding_has_its_place(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """Appeared, resolved, gone, changed, unchanged: each finding is in one list, or in none."""
    old = [a_case(Status.FAIL, name) for name in ("PFIXED", "PGONE", "PSAME")]
    new = [a_case(Status.PASS, "PFIXED"), a_case(Status.FAIL, "PSAME"), a_case(Status.FAIL, "PNEW")]
    old += [a_case(Status.PASS, "PMANUAL"), a_case(Status.PASS, "PFINE")]
    new += [a_case(Status.MANUAL, "PMANUAL"), a_case(Status.PASS, "PFINE")]
    code = diff(a_report(*old), a_report(*new), "--format=json")

    assert code == 1
    assert listed(capsys) == {
        "appeared": ["PNEW"],
        "resolved": ["PFIXED"],
        "gone": ["PGONE"],
        "changed": ["PMANUAL"],
        "unchanged": ["PSAME"],
    }


def graded(*owners: str) -> Report:
    """Return a report about an account with these owners."""
    return a_report(replace(an_account_finding("PD-03", Status.FAIL), evidence={"owners": owners}))


def test_a_fail_that_got_worse_is_listed(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with 1, as what appeared does, and says by what it is worse."""
    assert diff(graded("PA", "PB"), graded("PA", "PB", "PC")) == 1

    said = capsys.readouterr().out
    assert "\nWORSE (1): failed before, and is worse now\nPD-03 [high] " in said
    assert "(worse: owners: 2 before, 3 now (new: PC)) (fail)\n" in said
    assert said.endswith("\n0 appeared, 1 worse, 0 resolved\n")


def test_json_says_by_what_a_fail_got_worse(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """Figure, what it was and is, and what is new in a list."""
    assert diff(graded("PA", "PB"), graded("PA", "PC"), "--format=json") == 1

    (found,) = json.loads(capsys.readouterr().out)["worse"]
    assert found["worse"] == [{"figure": "owners", "was": 2, "now": 2, "added": ["PC"]}]


def test_a_fail_that_got_better_is_unchanged(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """One owner less is still a fail, and no news."""
    assert diff(graded("PA", "PB", "PC"), graded("PA", "PB"), "--format=json") == 0
    assert listed(capsys) == {"unchanged": ["account"]}


def test_without_a_change_there_is_one_line(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """What stayed the same is a number, and ``--all`` lists it."""
    report = a_report(a_case(Status.FAIL), a_case(Status.MANUAL, "P2"))
    assert diff(report, report) == 0
    assert capsys.readouterr().out == (
        "acme at https://api.pagerduty.com, from 2026-11-22T09:00:00Z to 2026-11-23T09:00:00Z: "
        "nothing changed (2 findings as before)\n"
    )

    assert diff(report, report, "--all") == 0
    assert "\nUNCHANGED (2): the same status as before\nPD-05" in capsys.readouterr().out


def test_without_a_change_a_warning_is_said_all_the_same(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other thresholds may be why nothing changed."""
    report = a_report(a_case(Status.FAIL))
    diff(report, replace(report, run=replace(report.run, baseline={"api_key_max_age": 900})))

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(": no verdict changed (1 finding as before)")
    assert second.startswith("WARNING: api_key_max_age was 90 and is 900")


def test_what_did_not_change_is_no_part_of_the_changes(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside what appeared, the rest is counted in the last line."""
    diff(a_report(a_case(Status.FAIL)), a_report(a_case(Status.FAIL), a_case(Status.FAIL, "P2")))

    said = capsys.readouterr().out
    assert "UNCHANGED" not in said
    assert said.endswith(", 1 unchanged\n")


def unselected() -> Report:
    """Return a report that judged another control."""
    return a_report(a_case(Status.PASS, control="PD-22"))


def restricted() -> Report:
    """Return a report about a single other resource."""
    return replace(a_report(a_case(Status.PASS, "P2")), restricted=True)


def stopped() -> Report:
    """Return the report of a run that was stopped."""
    return a_report(a_case(Status.PASS, "P2"), complete=False)


def unreadable() -> Report:
    """Return a report whose control has an error in place of its resources."""
    return a_report(an_account_finding("PD-05", Status.ERROR))


@pytest.mark.parametrize(
    ("new", "note"),
    [
        (unselected, "the newer run did not judge PD-05"),
        (restricted, "the newer run judged only some resources"),
        (stopped, "the newer run was stopped before every check was judged"),
        (unreadable, ""),
    ],
)
def test_what_was_not_looked_at_is_neither_resolved_nor_gone(
    diff: Diff, capsys: pytest.CaptureFixture[str], new: Callable[[], Report], note: str
) -> None:
    """A fail that the newer run could not see is called not inspected, and a note says why."""
    assert diff(a_report(a_case(Status.FAIL)), new()) == 6

    said = capsys.readouterr().out
    assert "NOT INSPECTED (1): failed before; the newer run did not, or could not, look" in said
    assert "RESOLVED" not in said
    assert "GONE" not in said
    assert note in said


def test_a_report_without_word_of_its_extent_proves_nothing_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report of an earlier version does not say whether it judged everything."""
    old = at(a_report(a_case(Status.FAIL)), YESTERDAY)
    plain = json_report.to_plain(a_report(a_case(Status.PASS, "P2")))
    del plain["restricted"]
    (tmp_path / "old.json").write_text(json_report.render(old))
    (tmp_path / "new.json").write_text(json.dumps(plain))
    cli.main(["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json"), "--format=json"])

    assert listed(capsys) == {"not_inspected": ["P1"]}


def test_each_difference_has_who_changed_the_resource(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the changes that the newer report holds, those since the older one are shown."""
    ann = Actor("user", "PANN", "Ann")
    changes = [
        Change("P1", NOW - timedelta(hours=1), "update", "browser", ann),
        Change("P1", NOW - timedelta(hours=2), "update", "api_token"),
        Change("P1", NOW - timedelta(days=3), "create", "browser", ann),
        Change("P2", NOW, "update", "browser", ann),
    ]
    report = a_report(a_case(Status.FAIL))
    new = replace(report, run=replace(report.run, changes=changes))
    diff(a_report(a_case(Status.PASS)), new)

    assert capsys.readouterr().out.splitlines()[2:6] == [
        "APPEARED (1): fails now; it passed, did not apply or was not there before",
        "PD-05 [critical] service 'shop P1' (P1) is an example (was pass, is fail)",
        "    2026-11-23T08:00:00Z update by user 'Ann' (PANN) through browser",
        "    2026-11-23T07:00:00Z update by somebody through api_token",
    ]


def test_a_resolved_fail_says_what_was_wrong(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence of the fail is repeated, not that of the pass."""
    old = replace(a_case(Status.FAIL), message="shop has no policy")
    diff(a_report(old), a_report(a_case(Status.PASS)))

    assert "PD-05 [critical] shop has no policy (was fail, is pass)" in capsys.readouterr().out


def test_other_thresholds_are_noted(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """A verdict may change because somebody moved the threshold; that is said first."""
    report = a_report(a_case(Status.FAIL))
    new = replace(report, run=replace(report.run, baseline={"api_key_max_age": 900}))
    diff(report, new)

    assert capsys.readouterr().out.splitlines()[1] == (
        "WARNING: api_key_max_age was 90 and is 900: a verdict may have changed for that alone"
    )


def scoped(**changed: Any) -> Report:
    """Return a report whose run was set up differently."""
    report = a_report(a_case(Status.FAIL))
    return replace(report, run=replace(report.run, scope=replace(report.run.scope, **changed)))


FOREVER = InForce("PD-05", "P9", "2027-03-31", "head of operations", "retired")
SETTINGS: dict[str, tuple[Any, str]] = {
    "controls_set": ("extended", "the set of controls was core and is extended"),
    "severity": (Severity.HIGH, "the least severity that was selected was low and is high"),
    "frameworks": (("soc2:CC7.3",), "the framework asked about was none and is soc2:CC7.3"),
    "resources": (("a*", "b"), "the pattern of resources was none and is a*, b"),
    "roster": (
        RosterFacts("ab" * 32, 7, 1),
        f"the personnel list was none and is that with SHA-256 {'ab' * 32}",
    ),
    "credential": ("user key", "the credential was account key and is user key"),
    "waivers": (
        (FOREVER,),
        "waivers of the newer run that the older one did not have: PD-05 on P9 until 2027-03-31",
    ),
    "attestations": (
        (FOREVER,),
        "attestations of the newer run that the older one did not have: PD-05 on P9 until",
    ),
}
"""Field of the scope → another value of it, and what is said then."""
ELSEWHERE = {"selected", "not_selected", "without_resource", "changed", "severities"}
"""The fields that other notes tell: controls, thresholds, severities."""


def test_no_field_of_a_scope_is_forgotten() -> None:
    """A new setting of a run is compared here, or by another note."""
    assert {each.name for each in fields(Scope)} == SETTINGS.keys() | ELSEWHERE


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_differs_is_noted(
    diff: Diff, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Whoever reads that nothing changed must know that the question did."""
    value, said = SETTINGS[name]
    diff(scoped(), scoped(**{name: value}))

    assert f"\nWARNING: {said}" in capsys.readouterr().out


def test_a_waiver_that_is_gone_is_noted(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """It may be why a fail is red again."""
    diff(scoped(waivers=(FOREVER,)), scoped())

    assert (
        "\nWARNING: waivers of the older run that the newer one did not have: PD-05 on P9 until"
        in capsys.readouterr().out
    )


def test_a_severity_that_differs_is_noted(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """It moves a fail out of a gate by severity, though nothing changed in the account."""
    report = a_report(a_case(Status.FAIL))
    lower = replace(report.run.controls[0], severity=Severity.LOW)
    diff(report, replace(report, run=replace(report.run, controls=[lower])))

    assert capsys.readouterr().out.splitlines()[1:] == [
        "WARNING: the severity of PD-05 was critical and is low"
    ]


def test_another_address_is_noted(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """Host and region of an account that moved are settings as well."""
    report = a_report(a_case(Status.FAIL))
    moved = replace(report, run=replace(report.run, base_url="https://api.eu.pagerduty.com"))
    diff(report, moved, "--baseline-account-renamed")

    assert capsys.readouterr().out.splitlines()[1:] == [
        "WARNING: the host that was asked was api.pagerduty.com and is api.eu.pagerduty.com",
        "WARNING: the region was us and is eu",
    ]


def test_a_report_without_its_settings_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence about the settings would read as if they were the same."""
    report = a_report(a_case(Status.FAIL))
    plain = json_report.to_plain(at(report, YESTERDAY))
    del plain["scope"]
    (tmp_path / "old.json").write_text(json.dumps(plain))
    (tmp_path / "new.json").write_text(json_report.render(report))
    cli.main(["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")])

    assert "WARNING: the older report does not say how its run was set up" in (
        capsys.readouterr().out
    )


def test_what_the_older_run_did_not_judge_is_noted(
    diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fail of a control or resource that nobody looked at before appeared, and a note says so."""
    old = replace(a_report(a_case(Status.FAIL, control="PD-22")), restricted=True)
    new = a_report(a_case(Status.FAIL, control="PD-22"), a_case(Status.FAIL))

    assert diff(old, new) == 1
    said = capsys.readouterr().out
    assert "\nNEWLY JUDGED (1): fails now; whether it failed before" in said
    assert said.splitlines()[1:3] == [
        "WARNING: the older run did not judge PD-05: each fail of it is newly judged",
        (
            "WARNING: the older run may have judged only some resources: a fail of others is "
            "newly judged"
        ),
    ]


def test_a_hostile_name_steers_no_terminal(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    """Names come from the account; the text is printable whatever they hold."""
    new = [
        a_finding(resource=a_resource(name, f"P{n}"), message=f"{name} fails")
        for n, name in enumerate(HOSTILE)
    ]
    diff(a_report(a_case(Status.PASS)), a_report(*new))

    assert all(text.isprintable() for text in capsys.readouterr().out.splitlines())


def another_account() -> Report:
    """Return a report about somebody else."""
    return a_report(a_case(Status.FAIL), subdomain="umbrella")


def older() -> Report:
    """Return a report from before the other one."""
    return at(a_report(a_case(Status.FAIL)), YESTERDAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (another_account, "the report is about the account acme at https://api.pagerduty.com, and"),
        (older, "the second report is the older one (as of 2026-11-21T09:00:00Z, the first"),
    ],
)
def test_reports_that_do_not_belong_together_end_with_four(
    diff: Diff, capsys: pytest.CaptureFixture[str], new: Callable[[], Report], said: str
) -> None:
    """Two accounts, or the wrong order: the message names both files."""
    assert diff(a_report(a_case(Status.FAIL)), new()) == 4

    error = capsys.readouterr().err
    assert said in error
    assert "new.json: " in error


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), ("{}", "no JSON report of pagerduty-sec-inspector")],
)
def test_a_file_that_is_no_report_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    """The message has the file; the exit code is 4."""
    file = tmp_path / "report.json"
    if content:
        file.write_text(content)

    assert cli.main(["diff", str(file), str(file)]) == 4
    assert said in capsys.readouterr().err


def test_an_account_that_was_renamed_can_be_compared(diff: Diff) -> None:
    """``--baseline-account-renamed`` says so, as it does for an inspection."""
    assert diff(a_report(a_case(Status.FAIL)), another_account()) == 4
    assert diff(a_report(a_case(Status.FAIL)), another_account(), "--baseline-account-renamed") == 0


def test_a_redacted_recording_and_a_live_run_can_be_compared(diff: Diff) -> None:
    """The pseudonym of the account says nothing, so that the address of the API decides."""
    recorded = a_report(a_case(Status.FAIL), subdomain="0123456789")
    recorded = replace(recorded, run=replace(recorded.run, source="recording"))

    assert diff(recorded, a_report(a_case(Status.FAIL))) == 0


def test_two_runs_and_a_change_in_between(tmp_path: Path) -> None:
    """A service loses its timeout, and the diff names the key that took it."""
    flags = ("--controls=13,22", "--quiet")
    with run(accounts.demo) as simulator:
        run_command(tmp_path, *flags, "--output=old.json", simulator=simulator)
    account, port = simulator.account, urlsplit(simulator.url).port
    service = next(each for each in account.services if each["acknowledgement_timeout"])
    service["acknowledgement_timeout"] = None
    change = builders.an_audit_record(
        datetime.now(UTC).isoformat(timespec="seconds"),
        method="api_token",
        truncated_token="abcd",
        actor=builders.an_api_key("Night shift", id="PNIGHT"),
        root=service,
    )
    account.audit_records.append(change)
    with run(account, port=port or 0) as simulator:
        run_command(tmp_path, *flags, "--output=new.json", simulator=simulator)
    ended = run_command(tmp_path, "diff", "old.json", "new.json")

    assert ended.code == 1
    assert f"({service['id']}) never triggers an acknowledged incident again" in ended.out
    assert "(was pass, is fail)" in ended.out
    assert "update by api key 'Night shift' (PNIGHT) through api_token" in ended.out


def test_a_refused_list_is_no_progress(tmp_path: Path) -> None:
    """When the newer run may not read the services, their fails are not called resolved."""
    flags = ("--controls=22", "--quiet")
    with run(accounts.demo) as simulator:
        run_command(tmp_path, *flags, "--output=old.json", simulator=simulator)
        simulator.faults.append(Fault("/services", "status", status=403))
        run_command(tmp_path, *flags, "--output=new.json", simulator=simulator)
    ended = run_command(tmp_path, "diff", "old.json", "new.json")

    assert ended.code == 6
    assert "0 worse, 1 not judged, 0 resolved, 3 not inspected" in ended.out


def test_output_that_goes_nowhere_is_an_error(tmp_path: Path) -> None:
    """A full disk behind standard output is exit code 4, not silence."""
    (tmp_path / "report.json").write_text(json_report.render(a_report(a_case(Status.FAIL))))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pdsec_checks", "diff", "report.json", "report.json"],
            cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip

    assert done.returncode == 4
    assert "cannot write standard output: No space left on device" in done.stderr


def carrying(report: Report) -> Report:
    """Return a report that carries the fail of one service on."""
    fail = a_case(Status.FAIL)
    return replace(report, carried=[CarriedFail(fail, YESTERDAY, "HTTP 403")])


UNLISTED = an_account_finding("PD-05", Status.ERROR)


@pytest.mark.parametrize(
    ("now", "kind", "code"),
    [
        (a_case(Status.FAIL), Kind.UNCHANGED, 0),
        (a_case(Status.PASS), Kind.RESOLVED, 0),
        (a_case(Status.PASS, "P2"), Kind.GONE, 0),
        (UNLISTED, Kind.UNCHANGED, 0),
    ],
)
def test_what_the_older_report_carried_was_a_fail(
    diff: Diff, capsys: pytest.CaptureFixture[str], now: Finding, kind: Kind, code: int
) -> None:
    """It is no news when it fails again, as a run beside that report says; a pass resolves it."""
    assert diff(carrying(a_report(UNLISTED)), a_report(now), "--format=json") == code

    told = json.loads(capsys.readouterr().out)
    assert [each for each in Kind if told[each] and told[each][0]["control"] == "PD-05"] == [kind]
