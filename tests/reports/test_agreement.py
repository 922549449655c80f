"""Every format holds the same findings with the same statuses, for every test account.

How a status reads in each format (``-``: not in it; it is in the others):

======== ============ ============== ============== ============== ============== ==============
format   pass         fail           manual         error          not_applicable waived
======== ============ ============== ============== ============== ============== ==============
json     by its name in ``status``; csv, html and the properties of oscal the same
sarif    -            kind fail      "Needs a ..."  "Could not..." -              suppression
markdown counted      Failing        Needs a person Could not be   counted        Waived
action   -            fail           manual         error          -              -
oscal    satisfied    not-satisfied  no finding     no finding     no finding     not-satisfied
poam     -            risk open      -              -              -              risk approved
ocsf     Pass         Fail, New      Manual         Error          Not Applicable Fail, Suppressed
hdf      passed       failed         skipped        error          skipped        skipped
======== ============ ============== ============== ============== ============== ==============

OSCAL states are of whole controls, by the worst status of their findings; the other rows are of
single findings. SARIF has pass and not_applicable on request. The account ``huge`` is left out:
beyond 5,000 results and 1 MiB, SARIF and Markdown hold less on purpose, and say so.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from pdsec_checks import reports
from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue import CONTROLS
from pdsec_checks.model import Finding, MappingName, Status, overall
from pdsec_checks.options import REPORT_FORMATS
from pdsec_checks.reports import plain, sarif
from pdsec_checks.reports.model import Report, RunInfo
from tests import account
from tests.harness import inspect
from tests.reports import reading_back
from tests.reports.factory import ATTESTATION, WAIVER, catalogue, controls
from tests.reports.reading_back import Case, Cases, expected, letters
from tests.simulator import Fault, accounts, run

ACCOUNTS = sorted({*accounts.NAMED} - {"huge"})
CASES = pytest.mark.parametrize("name", [*ACCOUNTS, "refused", "decided", "unread"])
ALL = frozenset(Status)
JUDGED_BAD = {Status.FAIL, Status.WAIVED}
ASKING = {Status.FAIL, Status.ERROR, Status.MANUAL}
WITH_TYPES = {
    "json": (reading_back.from_json, ALL),
    "csv": (reading_back.from_csv, ALL),
    "sarif": (reading_back.from_sarif, ASKING | {Status.WAIVED}),
    "action-plan": (reading_back.from_csv, ASKING),
    "oscal": (reading_back.from_oscal, ALL),
    "poam": (reading_back.from_poam, JUDGED_BAD),
    "ocsf": (reading_back.from_ocsf, ALL),
}
BY_ID = {"html": reading_back.from_html, "hdf": reading_back.from_hdf}
READ_HERE = {*WITH_TYPES, *BY_ID, "markdown"}


def findings_of(name: str, *faults: Fault) -> tuple[RunInfo, list[Finding]]:
    """Read an account over HTTP, and judge it by all controls."""
    with run(accounts.NAMED[name]) as simulator:
        simulator.faults.extend(faults)
        snapshot = account.read(simulator)
    info = RunInfo.of(snapshot, list(controls().values()), Baseline())
    return info, [finding for control in CONTROLS for finding in inspect(snapshot, control)]


def decided(findings: list[Finding]) -> list[Finding]:
    """Return the findings with every other fail waived, and every other manual attested."""
    passed = {Status.FAIL: Status.WAIVED, Status.MANUAL: Status.PASS}
    notes = {Status.FAIL: {"waiver": WAIVER}, Status.MANUAL: {"attestation": ATTESTATION}}
    return [
        replace(each, status=passed[each.status], evidence=each.evidence | notes[each.status])
        if each.status in passed and number % 2
        else each
        for number, each in enumerate(findings)
    ]


@cache
def report(name: str) -> Report:
    """Return the report of a named account, or of the demo account under another condition."""
    faults = {
        "refused": [
            Fault("/teams", "status", status=403),
            Fault("/services", "status", status=403),
        ],
        "unread": [Fault("*", "status", status=403)],
    }
    known = name if name in accounts.NAMED else "demo"
    info, findings = findings_of(known, *faults.get(name, []))
    if name == "decided":
        findings = decided(findings)
    return Report(info, findings, catalogue(), MappingName.SPECIFIED, version="1.2.3")


def test_every_format_is_read_back() -> None:
    """A new format gets its place in this file."""
    assert set(REPORT_FORMATS) == READ_HERE


def test_the_accounts_have_every_status() -> None:
    """Together the accounts show all six statuses, so that no mapping goes untried."""
    seen = {each.status for name in ("decided", "refused") for each in report(name).findings}

    assert seen == ALL


@CASES
@pytest.mark.parametrize("format_name", WITH_TYPES)
def test_format_holds_the_findings(name: str, format_name: str) -> None:
    """The format has each finding of its statuses once, with type and id of the resource."""
    read, statuses = WITH_TYPES[format_name]
    given = report(name)

    assert read(reports.render(format_name, given)) == expected(
        given.findings, statuses, types=True
    )


@CASES
@pytest.mark.parametrize("format_name", BY_ID)
def test_format_holds_the_findings_by_id(name: str, format_name: str) -> None:
    """The format has each finding once, with the id of the resource."""
    given = report(name)

    assert BY_ID[format_name](reports.render(format_name, given)) == expected(
        given.findings, ALL, types=False
    )


@CASES
def test_sarif_holds_everything_on_request(name: str) -> None:
    """With ``everything`` SARIF has pass and not_applicable as well."""
    given = report(name)

    text = sarif.render(given, everything=True)
    assert reading_back.from_sarif(text) == expected(given.findings, ALL, types=True)


def said(finding: Finding) -> Case:
    """Return what Markdown has of a finding: its sentence, and who accepted it until when."""
    waived = plain.waiver_of(finding)
    sentence = plain.clipped(plain.sentence_of(finding), 1_000)
    text = f"{sentence} {waived.sentence}" if waived else sentence
    return Case(finding.control, letters(text), finding.status)


@CASES
def test_markdown_holds_the_findings(name: str) -> None:
    """Markdown has what needs attention as sentences, and all six statuses in its table."""
    given = report(name)
    text = reports.render("markdown", given)

    wanted = Cases(said(each) for each in given.findings if each.status in ASKING | JUDGED_BAD)
    assert reading_back.from_markdown(text) == wanted
    order = [*reading_back.HEADINGS.values(), Status.PASS, Status.NOT_APPLICABLE]
    assert reading_back.markdown_counts(text) == [given.counts[status] for status in order]


@CASES
def test_oscal_states_follow_from_the_findings(name: str) -> None:
    """A control is satisfied where all passed, not where one fails, and else has no state."""
    states = {
        Status.PASS: "satisfied",
        Status.FAIL: "not-satisfied",
        Status.WAIVED: "not-satisfied",
    }
    given = report(name)
    worst = {
        control: overall(each.status for each in found)
        for control, found in given.by_control.items()
    }

    assert reading_back.oscal_states(reports.render("oscal", given)) == {
        control: states[status] for control, status in worst.items() if status in states
    }
