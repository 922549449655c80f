"""The verdict of a requirement: one rule, the same in every format, that never flatters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks import reports
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import (
    Catalogue,
    Edition,
    Framework,
    MappedRequirement,
    Support,
)
from pdsec_checks.model import Fit, MappingName, Requirement, Status
from pdsec_checks.reports import facts, markdown, terminal
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.requirement_rows import RULE, RequirementRow, Supporter, Verdict
from tests.support.changed import replace
from tests.support.findings import a_finding, a_report, many_findings

PAGING = Requirement("acme", "4.2", "2026", "Paging")
FITS = [Fit.GOOD, Fit.BROAD, None]
UNFIT = [Fit.POOR, Fit.WRONG]


def a_row(
    *supporters: tuple[Status | None, Fit | None], is_whole: bool = True, status: str = "present"
) -> RequirementRow:
    """Return a requirement whose controls have these statuses and fits."""
    requirement = replace(PAGING, status=status)
    found = (
        Supporter(f"PD-{number:02}", given_status, MappedRequirement(requirement, fit), "")
        for number, (given_status, fit) in enumerate(supporters, 1)
    )
    return RequirementRow(requirement, tuple(found), is_whole)


def any_row() -> st.SearchStrategy[RequirementRow]:
    """Return a strategy for requirements of up to five controls, one of them selected."""
    status = st.sampled_from([*Status, None])
    supporters = st.lists(
        st.tuples(status, st.sampled_from([*Fit, None])), min_size=1, max_size=5
    ).filter(lambda found: any(each for each, _ in found))
    statuses = st.sampled_from(["present", "unverified", "withdrawn", "absent"])
    return st.builds(
        lambda found, whole, gone: a_row(*found, is_whole=whole, status=gone),
        supporters,
        st.booleans(),
        statuses,
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (a_row((Status.PASS, Fit.GOOD), (Status.PASS, None)), "supported by 2 of 2 controls"),
        (a_row((Status.PASS, Fit.BROAD)), "supported by 1 control"),
        (
            a_row((Status.PASS, None), (Status.NOT_APPLICABLE, None)),
            "supported by 1 of 2 controls",
        ),
        (
            a_row((Status.PASS, None), (Status.PASS, Fit.POOR)),
            "supported by 1 of 2 controls (poor fit: PD-02)",
        ),
        (a_row((Status.PASS, None), (Status.FAIL, None)), "failing: 1 of 2 controls"),
        (
            a_row((Status.PASS, None), (Status.FAIL, Fit.WRONG)),
            "failing: 1 of 2 controls (wrong fit: PD-02)",
        ),
        (a_row((Status.MANUAL, None), (Status.ERROR, None)), "not judged: 1 of 2 controls"),
        (a_row((Status.MANUAL, None), (Status.PASS, None)), "needs a person: 1 of 2 controls"),
        (a_row((Status.PASS, None), (Status.WAIVED, None)), "waived: 1 of 2 controls"),
        (a_row((Status.NOT_APPLICABLE, None)), "not applicable: 1 control"),
        (
            a_row((Status.PASS, None), (None, Fit.POOR)),
            "incomplete: 1 of 2 controls not selected (poor fit: PD-02; not selected: PD-02)",
        ),
        (a_row((Status.PASS, None), is_whole=False), "incomplete: not all was judged"),
        (
            a_row((Status.NOT_APPLICABLE, None), (Status.PASS, Fit.WRONG)),
            "no support: wrong fit (wrong fit: PD-02)",
        ),
        (a_row((Status.PASS, Fit.GOOD), status="absent"), "no support: absent (absent: PD-01)"),
    ],
)
def test_a_verdict_in_words(row: RequirementRow, said: str) -> None:
    """A requirement says how many controls its verdict rests on, and what does not count."""
    assert row.said == said


@given(any_row())
def test_supported_means_that_everything_was_judged_and_suits(row: RequirementRow) -> None:
    """Nothing left out, not judged, waived or failing ever reads as supported; nor a bad fit."""
    statuses = [each.status for each in row.supporters]
    suits = [each for each in row.supporters if each.mapped.is_citable]

    is_clear = row.is_whole and {*statuses} <= {Status.PASS, Status.NOT_APPLICABLE}
    assert (row.verdict is Verdict.SUPPORTED) == (
        is_clear and any(each.status is Status.PASS for each in suits)
    )
    assert row.words.startswith(row.verdict)
    assert ("supported" in row.said) is (row.verdict is Verdict.SUPPORTED)


@given(any_row())
def test_what_does_not_count_stands_beside_the_verdict(row: RequirementRow) -> None:
    """Each control that does not suit, and each that was not selected, is named."""
    for each in row.supporters:
        is_named = each.control in row.beside
        assert is_named is (each.status is None or not each.mapped.is_citable)


@given(any_row(), st.sampled_from(UNFIT), st.sampled_from([Status.PASS, Status.NOT_APPLICABLE]))
def test_a_control_that_does_not_suit_never_helps(
    row: RequirementRow, fit: Fit, status: Status
) -> None:
    """One more control of a poor or wrong fit leaves a requirement that is not supported so."""
    added = Supporter("PD-99", status, MappedRequirement(row.requirement, fit), "")
    more = replace(row, supporters=(*row.supporters, added))

    assert (more.verdict is Verdict.SUPPORTED) is (row.verdict is Verdict.SUPPORTED)


def a_catalogue() -> Catalogue:
    """Return one framework whose only requirement has three controls, one of a poor fit."""
    controls = {"PD-05": Fit.GOOD, "PD-06": Fit.POOR, "PD-07": None}
    edition = Edition("2026", "", (Support(PAGING, controls),))
    acme = Framework("acme", "Acme", "Acme policy", "", "", "", "", "", edition, edition, {})
    return Catalogue({"acme": acme})


def a_report_of(*controls: str, restricted: bool = False, complete: bool = True) -> Report:
    """Return a report in which these controls pass, and which chose the framework."""
    made = a_report(*(a_finding(each, Status.PASS) for each in controls), complete=complete)
    run = replace(made.run, scope=replace(made.run.scope, frameworks=("acme",)))
    return replace(made, run=run, catalogue=a_catalogue(), restricted=restricted)


REPORTS = {
    "supported": a_report_of("PD-05", "PD-06", "PD-07"),
    "not selected": a_report_of("PD-05", "PD-06"),
    "resources": a_report_of("PD-05", "PD-06", "PD-07", restricted=True),
    "stopped": a_report_of("PD-05", "PD-06", "PD-07", complete=False),
}


def words_in(name: str, report: Report) -> list[str]:
    """Return what a format, or the summary, says of the only requirement: verdicts, in words."""
    text = terminal.render(report) if name == "terminal" else reports.render(name, report)
    return READERS[name](text)


def json_verdicts(text: str) -> list[str]:
    """Return those of the first control, in both mappings."""
    first = json.loads(text)["controls"][0]
    return [each["verdict"] for each in first["requirements"] + first["current_requirements"]]


def ocsf_verdicts(text: str) -> list[str]:
    """Return those of the first event."""
    return [*json.loads(text.splitlines()[0])["unmapped"]["requirement_verdicts"].values()]


def hdf_verdicts(text: str) -> list[str]:
    """Return those of the first control."""
    tags = json.loads(text)["profiles"][0]["controls"][0]["tags"]
    return [each.partition(": ")[2] for each in tags["requirement_verdicts"]]


def oscal_props(text: str) -> list[dict[str, Any]]:
    """Return the properties of the first finding; a control judged in part has none."""
    findings = json.loads(text)["assessment-results"]["results"][0].get("findings", [{"props": []}])
    found: list[dict[str, Any]] = findings[0]["props"]
    return found


READERS: dict[str, Callable[[str], list[str]]] = {
    "terminal": lambda text: re.findall(r"acme 4\.2  Paging: ([^;]*);", text),
    "markdown": lambda text: re.findall(r"Paging \| ([^|(]*?) [|(]", text),
    "html": lambda text: re.findall(r'rowspan="\d+"><span class="badge.*?</svg>([^<]*)<', text),
    "json": json_verdicts,
    "oscal": lambda text: [each["remarks"] for each in oscal_props(text) if "remarks" in each],
    "ocsf": ocsf_verdicts,
    "hdf": hdf_verdicts,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", REPORTS)
def test_every_format_has_the_same_verdict(name: str, kind: str) -> None:
    """Where anything was left out no format calls a requirement supported; else all do."""
    found = words_in(name, REPORTS[kind])

    assert found or (name, kind) == ("oscal", "resources")
    wanted = "supported" if kind == "supported" else "incomplete"
    assert {re.split(" by|:| \\(", each)[0] for each in found} <= {wanted}


def test_the_counts_follow_the_verdicts() -> None:
    """The table of frameworks counts a requirement as supported only where it reads so."""
    counts = {kind: report.frameworks["acme"] for kind, report in REPORTS.items()}

    assert [each["supported"] for each in counts.values()] == [1, 0, 0, 0]
    assert [each["incomplete"] for each in counts.values()] == [0, 1, 1, 1]


@pytest.mark.parametrize("mapping", MappingName)
def test_every_citation_of_a_control_has_its_row(mapping: MappingName) -> None:
    """Whatever a control supports, the run has a verdict of it."""
    for control in shipped_ids():
        report = a_report(a_finding(control))
        known = facts.verdicts(report, mapping)
        for each in report.catalogue.requirements(control, mapping):
            assert known[each.requirement].verdict is Verdict.FAILING


def test_the_rule_stands_where_the_verdicts_do() -> None:
    """Summary, Markdown and page state the rule beside the verdicts."""
    report = REPORTS["supported"]
    texts = [
        terminal.render(report),
        *(reports.render(each, report) for each in ("markdown", "html")),
    ]

    assert all(RULE in text for text in texts)


def test_markdown_folds_what_nobody_chose_and_what_is_long() -> None:
    """A framework that was chosen is unfolded while it is short; each says how it stands."""
    chosen = REPORTS["not selected"]
    given = a_report(*(a_finding(each, Status.PASS) for each in shipped_ids()))
    long = replace(given, run=replace(given.run, scope=replace(given.run.scope, frameworks=ORDER)))

    short = [
        name
        for name in ORDER
        if len(given.catalogue.requirement_ids(name, given.mapping)) <= markdown.UNFOLDED
    ]

    assert short
    folds = {
        "chosen": (chosen, "<details open>", 1),
        "not chosen": (given, "<details>", len(ORDER)),
        "long": (long, "<details open>", len(short)),
    }
    for report, opening, count in folds.values():
        assert reports.render("markdown", report).count(f"\n{opening}\n") == count
    many = with_requirements(chosen, markdown.UNFOLDED + 1)
    assert "\n<details>\n<summary><b>Acme 2026</b>: 21 requirements: 21 incomplete<" in (
        reports.render("markdown", many)
    )


def with_requirements(report: Report, count: int) -> Report:
    """Return a report whose framework has that many requirements."""
    (support,) = a_catalogue().frameworks["acme"].specified.requirements
    supports = tuple(
        replace(support, requirement=replace(PAGING, id=f"4.{number}")) for number in range(count)
    )
    edition = Edition("2026", "", supports)
    acme = replace(a_catalogue().frameworks["acme"], specified=edition, current=edition)
    return replace(report, catalogue=Catalogue({"acme": acme}))


@pytest.mark.parametrize("limit", [2_000, 15_000, 100_000])
def test_markdown_drops_requirements_before_it_gets_too_long(limit: int) -> None:
    """Where both do not fit the findings stay, and the text is within its limit."""
    given = a_report(*many_findings(50), *(a_finding(each) for each in shipped_ids()[:20]))

    text = markdown.render(given, limit=limit)

    assert len(text.encode()) <= max(limit, 10_000)  # headline and what to fix first always stay
    assert ("Requirements by framework" in text) is (limit == 100_000)
    assert ("### Failing" in text) is (limit > 2_000)
