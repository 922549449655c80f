"""``waive`` and ``attest`` with ``--report``: refused is what the next run would call unmatched."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration.decisions import Attestation, Waiver
from pdsec_checks.errors import UsageError
from pdsec_checks.finding import ResourceRef
from pdsec_checks.judging.matching import check_matches
from pdsec_checks.model import Status
from tests.commands.helpers import Command
from tests.support.calls import run_command
from tests.support.findings import a_finding

SOON = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
READ_ON = "2026-11-23"
"""The day on which the shipped recordings were made."""
DAYS = ("--when", READ_ON, "--until", SOON)
WHY = {
    "waive": (*DAYS, "--reason", "retired in spring", "--approved-by", "Ann"),
    "attest": (*DAYS, "--who", "Ann", "--statement", "seen"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the JSON report of the demo account."""
    folder = tmp_path_factory.mktemp("demo")
    run_command(folder, "--replay=demo", "--controls=1,5,13,22", "--quiet", "--output=demo.json")
    return folder / "demo.json"


def of(report: Path, control: str, status: str) -> dict[str, Any]:
    """Return the first finding of a control with a status."""
    findings = json.loads(report.read_text("utf-8"))["findings"]
    found: dict[str, Any] = next(
        each for each in findings if (each["control"], each["status"]) == (control, status)
    )
    return found


def decide(command: Command, report: Path, name: str, control: str, resource: str) -> str:
    """Return what standard error says of an entry; nothing where it was written."""
    said = command(name, control, resource, *WHY[name], f"--report={report}")
    assert (said.code, said.err == "") in {(0, True), (4, False)}
    assert (command.folder / "pdsec.toml").exists() == (said.code == 0)
    return said.err


@pytest.mark.parametrize(
    ("name", "control", "status"), [("waive", "PD-22", "fail"), ("attest", "PD-13", "manual")]
)
def test_an_entry_that_begins_after_the_recording_is_warned_about(
    command: Command, report: Path, name: str, control: str, status: str
) -> None:
    """A replay goes by the day of its recording, on which such an entry does not count yet."""
    resource = of(report, control, status)["resource"]["id"]
    words = WHY[name][2:]  # without --when: from today on
    said = command(name, control, resource, *words, f"--report={report}")

    assert said.code == 0
    assert f"WARNING: the recording shows the account on {READ_ON}" in said.err
    assert f"add --when {READ_ON}" in said.err


def test_a_fail_of_the_report_may_be_waived(command: Command, report: Path) -> None:
    """By its id."""
    failing = of(report, "PD-22", "fail")["resource"]["id"]

    assert decide(command, report, "waive", "22", failing) == ""


def test_a_fingerprint_stands_for_its_resource(command: Command, report: Path) -> None:
    """As a link of the page has it, or as far as ``fixes`` prints it; the file holds the id."""
    finding = of(report, "PD-22", "fail")
    for text in (f"#{finding['fingerprint']}", finding["fingerprint"][:12]):
        (command.folder / "pdsec.toml").unlink(missing_ok=True)
        assert decide(command, report, "waive", "PD-22", text) == ""
        (entry,) = tomllib.loads((command.folder / "pdsec.toml").read_text("utf-8"))["waivers"]
        assert entry["resource"] == finding["resource"]["id"]


def test_what_is_not_in_the_report_is_refused(command: Command, report: Path) -> None:
    """A control, a resource or a fingerprint, each with the nearest that there is."""
    failing = of(report, "PD-22", "fail")
    near = failing["resource"]["id"]
    passing = of(report, "PD-22", "pass")["resource"]["id"]
    begin = f"ERROR: --report {report}: "

    def said(name: str, control: str, resource: str) -> str:
        return decide(command, report, name, control, resource)

    assert said("waive", "23", near) == (
        f"{begin}PD-23: the report did not judge this control; nearest: PD-22, PD-13, PD-05\n"
    )
    wrong = f"{near[:-1]}_"
    assert said("waive", "22", wrong).startswith(
        f"{begin}{wrong}: PD-22 fails for no such resource in the report; nearest: {near}"
    )
    assert said("waive", "22", "PX_*").startswith(f"{begin}PX_*: PD-22 fails for no such resource")
    assert said("waive", "22", passing) == (
        f"{begin}{passing}: PD-22 passes there in the report, so there is nothing to waive\n"
    )
    other = failing["fingerprint"]
    assert f"#{other}: this is the fingerprint of PD-22 on {near}, not of PD-05" in said(
        "waive", "5", f"#{other}"
    )
    nobody = "0" * 32
    assert f"{nobody}: no finding of the report has this fingerprint; nearest: " in said(
        "waive", "5", nobody
    )
    assert "; 'attest' vouches for what the API cannot show" in said(
        "waive", "13", of(report, "PD-13", "manual")["resource"]["id"]
    )


def test_a_file_that_is_no_report_is_refused(command: Command) -> None:
    """It is named, with how to write one."""
    said = command("waive", "22", "PABC123", *WHY["waive"], "--report=none.json")

    assert (said.code, said.err) == (4, "ERROR: --report none.json: No such file or directory\n")


def entries(report: dict[str, Any], first: date) -> Iterator[Waiver | Attestation]:
    """Yield a waiver and an attestation for every case that a report has."""
    last = first + timedelta(days=29)
    for each in report["findings"]:
        case = {"control": each["control"], "resource": each["resource"]["id"]}
        yield Waiver(reason="r", approved_by="a", expires=last, accepted=first, **case)
        yield Attestation(who="w", when=first, until=last, statement="s", **case)


def refused(entry: Waiver | Attestation, findings: list[Any]) -> bool:
    """Tell whether a report with these findings has nothing for an entry."""
    try:
        check_matches(entry, findings)
    except UsageError:
        return True
    return False


def test_refused_is_exactly_what_the_next_run_calls_unmatched(tmp_path: Path) -> None:
    """A waiver and an attestation for each case of the demo account, tried both ways."""
    from pdsec_checks.reports.earlier import read_report

    given = ("--replay=demo", "--controls=1,5,13,22,24", "--quiet", "--output=inspection.json")
    before = run_command(tmp_path, *given).report
    first = datetime.fromisoformat(before["as_of"]).date()
    findings = read_report(tmp_path / "inspection.json", "test").findings
    tried = list(entries(before, first))
    lines = [
        f"[[{'waivers' if each.kind == 'waiver' else 'attestations'}]]\n"
        + "".join(
            f"{key} = {value if isinstance(value, date) else json.dumps(value)}\n"
            for key, value in {name: getattr(each, name) for name in each.__struct_fields__}.items()
        )
        for each in tried
    ]
    (tmp_path / "pdsec.toml").write_text("".join(lines), encoding="utf-8")
    notices = run_command(tmp_path, *given).report["notices"]

    unmatched = {
        f"the {each.kind} for {each.control} on {each.resource} matches nothing; remove it"
        for each in tried
        if refused(each, findings)
    }
    assert 0 < len(unmatched) < len(tried)
    assert {each for each in notices if "matches nothing" in each} == unmatched


def test_a_pattern_over_all_of_a_critical_control_is_refused() -> None:
    """The run would say that it covers every resource, those of tomorrow too."""
    found = [
        a_finding("PD-05", resource=ResourceRef("service", f"PAB{each}", "Shop"))
        for each in range(3)
    ]
    wide = Waiver("PD-05", "PAB*", "r", "a", date(2027, 1, 1))

    with pytest.raises(UsageError, match=r"PAB\*: this covers every resource of PD-05"):
        check_matches(wide, found)
    check_matches(Waiver("PD-05", "PAB1", "r", "a", date(2027, 1, 1)), found)


def test_what_could_not_be_judged_may_be_waived() -> None:
    """Where a control has an error nobody knows what the next run finds, so nothing is refused."""
    unread = a_finding(control="PD-22", status=Status.ERROR)

    check_matches(Waiver("PD-22", "PNEW", "r", "a", date(2027, 1, 1)), [unread])
