"""Every format holds the same findings with the same statuses, for every test account.

How a status reads in each format (``-``: not in it; it is in the others):

======== ============ ============== ============== ============== ============== ==============
format   pass         fail           manual         error          not_applicable waived
======== ============ ============== ============== ============== ============== ==============
json     by its name in ``status``; csv, xlsx, html and the properties of oscal the same
sarif    -            kind fail      "Needs a ..."  "Could not..." -              suppression
markdown counted      Failing        Needs a person Could not be   counted        Waived
action   -            fail           manual         error          -              -
oscal    satisfied    not-satisfied  no finding     no finding     no finding     not-satisfied
poam     -            risk open      "needs a ..."  "could not..." -              risk approved
ocsf     Pass         Fail, New      Manual         Error          Not Applicable Fail, Suppressed
hdf      passed       failed         skipped        error          skipped        skipped
junit    no element   failure        skipped        error          skipped        skipped
dojo     -            its severity   Info, a tag    Info, a tag    -              risk_accepted
======== ============ ============== ============== ============== ============== ==============

OSCAL states are of whole controls, by the worst status of their findings; the other rows are of
single findings. In HDF an error of a control that fails is skipped as well, and what does not apply
is a tag where something else does. SARIF has pass and not_applicable on request.

Accounts that the other tests use are tried format by format; those with one trouble each and the
largest ones are tried in one go each, so that they are read only once. ``wide`` has more resources
of each frequent kind than any limit of a report; ``huge`` (64,000 findings) takes minutes, and CI
alone tries it, but for the workbook, which takes as long again. Prometheus has counts alone, and
Slack a choice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple

import pytest

from pdsec_checks import reports
from pdsec_checks.catalogue.controls import shipped_ids, shipped_severities
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.finding import Finding
from pdsec_checks.model import MappingName, Status, overall
from pdsec_checks.reports import facts, sarif
from pdsec_checks.reports.report import Report, RunInfo
from pdsec_checks.reports.text import clipped
from tests.simulator import Fault, accounts, run
from tests.simulator.account import Account
from tests.simulator.accounts import sized
from tests.support import reading, reading_back
from tests.support.changed import replace
from tests.support.findings import ATTESTATION, WAIVER, catalogue, controls
from tests.support.judged import NOTHING, NOW, inspect
from tests.support.reading_back import Case, Cases, expected, letters

ACCOUNTS = sorted({*accounts.NAMED} - {"huge"})
LEFT_TO_CI = {"demo_compliant", "large", "leavers", "secrets", "small"}
"""What is large, or differs from the others in what no format tells apart."""
CASES = pytest.mark.parametrize(
    "name",
    [
        *reading.left_to_ci(ACCOUNTS, LEFT_TO_CI),
        *("refused", "decided", "unread"),
    ],
)
ALL = frozenset(Status)
ASKING = {Status.FAIL, Status.ERROR, Status.MANUAL}
FORMATS: dict[str, tuple[Callable[[Any], Cases], Iterable[Status]]] = {
    "json": (reading_back.from_json, ALL),
    "csv": (reading_back.from_csv, ALL),
    "sarif": (reading_back.from_sarif, ASKING | {Status.WAIVED}),
    "action-plan": (reading_back.from_csv, ASKING),
    "oscal": (reading_back.from_oscal, ALL),
    "poam": (reading_back.from_poam, ASKING | {Status.WAIVED}),
    "ocsf": (reading_back.from_ocsf, ALL),
    "html": (reading_back.from_html, ALL),
    "hdf": (reading_back.from_hdf, ALL),
    "markdown": (reading_back.from_markdown, ASKING | {Status.WAIVED}),
    "junit": (reading_back.from_junit, ALL),
    "xlsx": (reading_back.from_xlsx, ALL),
    "defectdojo": (reading_back.from_defectdojo, ASKING | {Status.WAIVED}),
}
"""Format → what reads it back, and the statuses that it lists."""
CITED = {
    "hdf": reading_back.cited_in_hdf,
    "ocsf": reading_back.cited_in_ocsf,
    "oscal": reading_back.cited_in_oscal,
}
"""Format → what reads the requirements of each control back."""
WITHOUT_TYPES = {"html", "hdf"}
"""The formats that have the id of a resource alone."""


def made(name: str) -> Callable[[datetime], Account]:
    """Return what makes a named account, or the retailer's with the trouble of one control."""
    if name in accounts.NAMED:
        return accounts.NAMED[name]
    if name == "wide":
        return partial(sized, users=1_100, services=1_100, policies=1_100)
    return lambda now: accounts.troubled(now, name)


def findings_of(name: str, *faults: Fault) -> tuple[RunInfo, list[Finding]]:
    """Read an account over HTTP, and judge it by all controls."""
    with run(made(name)(NOW)) as simulator:
        simulator.faults.extend(faults)
        snapshot = reading.read(simulator)
    info = RunInfo.of(snapshot, list(controls().values()), NOTHING, shipped_severities())
    return info, inspect(snapshot, *shipped_ids())


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
    known = "demo" if name in {"decided", *faults} else name
    info, findings = findings_of(known, *faults.get(name, []))
    if name == "decided":
        findings = decided(findings)
    return Report(info, findings, catalogue(), MappingName.SPECIFIED, version="1.2.3")


def test_every_format_is_read_back() -> None:
    """A new format gets its place in this file."""
    assert set(REPORT_FORMATS) == {*FORMATS, "prometheus", "slack"}


def test_the_accounts_have_every_status() -> None:
    """Together the accounts show all six statuses, so that no mapping goes untried."""
    seen = {each.status for name in ("decided", "refused") for each in report(name).findings}

    assert seen == ALL


THE_REST = letters("more; the other reports list them all")
"""What Markdown says of the findings of a control beyond those that it lists."""


def said(finding: Finding) -> Case:
    """Return what Markdown has of a finding: its sentence, and who accepted it until when."""
    waived = facts.waiver_of(finding)
    sentence = clipped(facts.sentence_of(finding), 1_000)
    parts = (sentence, waived.sentence if waived else "", facts.owned_by(finding))
    return Case(finding.control, letters(" ".join(parts)), finding.status)


def wanted(format_name: str, given: Report) -> Cases:
    """Return what a format has to hold."""
    _, statuses = FORMATS[format_name]
    if format_name == "markdown":
        return Cases(said(each) for each in given.ordered if each.status in statuses)
    return expected(given.findings, statuses, types=format_name not in WITHOUT_TYPES)


def held(format_name: str, given: Report) -> Cases:
    """Return what a format holds."""
    read, _ = FORMATS[format_name]
    return read(reports.content(format_name, given))


@CASES
def test_prometheus_counts_the_findings(name: str) -> None:
    """Each control has a sample for each status, and together they are all findings."""
    given = report(name)
    counted = Counter((each.control, each.status) for each in given.findings)

    assert reading_back.from_prometheus(reports.render("prometheus", given)) == {
        (control.id, status): counted[control.id, status]
        for control in given.controls
        for status in Status
    }


@CASES
def test_formats_for_programs_cite_the_same_requirements(name: str) -> None:
    """HDF, OCSF and OSCAL name the same requirements for each control that they list."""
    given = report(name)
    current = {
        control.id: sorted(facts.label(given, control, each) for each in cited)
        for control in given.controls
        for cited in [given.catalogue.citable(control.id)]
    }

    for format_name, read in CITED.items():
        found = read(reports.render(format_name, given))
        assert found == {control: current[control] for control in found}, format_name
        assert found or format_name == "oscal"


@CASES
@pytest.mark.parametrize("format_name", FORMATS)
def test_format_holds_the_findings(name: str, format_name: str) -> None:
    """The format has each finding of its statuses once, and nothing else."""
    given = report(name)

    assert held(format_name, given) == wanted(format_name, given)


@pytest.mark.no_cover  # thousands of findings in every format, and no line of one more
@pytest.mark.parametrize(
    "name", [*reading.sampled([*accounts.TROUBLES], 3), reading.in_ci("wide"), reading.HUGE]
)
def test_every_format_holds_the_findings(name: str) -> None:
    """Accounts with a single trouble, and the largest one, are the same in every format too."""
    given = report.__wrapped__(name)  # not kept: each is used once

    assert given.counts[Status.PASS]
    cut = {"markdown", "sarif"}
    for format_name in FORMATS.keys() - cut - ({"xlsx"} if name == "huge" else set()):
        assert held(format_name, given) == wanted(format_name, given), format_name
    assert is_as_much_as_fits(held("sarif", given), wanted("sarif", given))
    in_full, all_there = with_the_rest(held("markdown", given)), wanted("markdown", given)
    assert in_full.shown <= all_there
    assert in_full.numbers == Counter((each.control, each.status) for each in all_there.elements())


def is_as_much_as_fits(found: Cases, everything: Cases) -> bool:
    """Tell whether SARIF has all results, or as many of them as code scanning takes."""
    return found <= everything and found.total() == min(everything.total(), sarif.RESULTS_KEPT)


class Shown(NamedTuple):
    """What Markdown has of findings of which a control may have more than a page takes."""

    shown: Cases
    numbers: Counter[tuple[str, Status]]
    """By control and status, those counted that stand in the other reports."""


def with_the_rest(found: Cases) -> Shown:
    """Return what is listed, and how many there are with those of which only the number is said."""
    more = {each for each in found if each.resource.endswith(THE_REST)}
    numbers = Counter((each.control, each.status) for each in found.elements() if each not in more)
    for each in more:
        count = re.match(r"\d+", each.resource)
        assert count is not None
        numbers[each.control, each.status] += int(count[0])
    return Shown(Cases({each: found[each] for each in found.keys() - more}), numbers)


@CASES
def test_sarif_holds_everything_on_request(name: str) -> None:
    """With ``everything`` SARIF has pass and not_applicable as well, up to as many as it takes."""
    given = report(name)

    found = reading_back.from_sarif(sarif.render(given, everything=True))
    assert is_as_much_as_fits(found, expected(given.findings, ALL, types=True))


@CASES
def test_markdown_counts_the_findings(name: str) -> None:
    """The table of the Markdown report has all six statuses."""
    given = report(name)
    text = reports.render("markdown", given)

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
