"""The JUnit report: a test suite of the run, a case a check, for CI systems.

It follows ``junit-10.xsd``, by which Jenkins' xUnit plugin judges a file: a case has no properties
and no file there, the suite has both. GitLab keeps the first of several cases that share class
and name, so these have the account, the control and the id of the resource in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from pdsec_checks import TITLE
from pdsec_checks.finding import Finding
from pdsec_checks.model import Control, Status, moment_text
from pdsec_checks.reports import facts, fix_first, scope, score_words
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.sarif_places import Places
from pdsec_checks.reports.text import ended, for_xml, line

ELEMENTS = {Status.FAIL: "failure", Status.ERROR: "error", Status.PASS: ""}
"""Status → the element of its case; the others are skipped, with their reason."""
WHY_SKIPPED = {
    Status.MANUAL: "Needs a person",
    Status.WAIVED: "Waived",
    Status.NOT_APPLICABLE: "Does not apply",
    Status.FAIL: "Known from the earlier report",
}
"""What stands before the reason of a case that is skipped."""


def render(report: Report, *, places: Places | None = None) -> Iterator[str]:
    """Yield the report as JUnit XML, case by case.

    *places* name the file of the user's repository that stands for the account.
    """
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    yield f"<testsuite{attributes(suite(report, places or Places()))}>\n<properties>\n"
    for name, value in properties(report):
        yield f"<property{attributes({'name': name, 'value': value})}/>\n"
    yield "</properties>\n"
    for control, finding in facts.pairs(report):
        yield case(report, control, finding)
    said = [*scope.sentences(report), *score_words.sentences(report), facts.origin(report)]
    yield f"<system-out>{text(as_lines(said))}</system-out>\n"
    known = [*facts.caveats(report), *facts.notices(report)]
    if known:
        yield f"<system-err>{text(as_lines(known))}</system-err>\n"
    yield "</testsuite>\n</testsuites>\n"


def suite(report: Report, places: Places) -> dict[str, str]:
    """Return the attributes of the suite."""
    elements = [element(each) for each in report.findings]
    return {
        "name": scope.headed(report, f"{TITLE}: {facts.account_of(report.run)}"),
        "tests": str(len(elements)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
        "timestamp": moment_text(report.run.as_of),
        "file": line(places.path),
    }


def properties(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what the suite says of the run, and the notices, a property each."""
    yield from about_suite(report)
    yield from (("notice", each) for each in facts.notices(report))


def about_suite(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what a JUnit file says of the whole run, a property each: JUnit knows no lists."""
    yield "scope", scope.told(report)
    yield "score", score_words.told(report)
    for name, value in {**facts.origin_fields(report), **scope.fields(report)}.items():
        plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"inspection.{name}", line(plain)


def case(report: Report, control: Control, finding: Finding) -> str:
    """Return the case of a finding."""
    named = attributes(
        {"classname": f"{facts.account_of(report.run)}.{control.id}", "name": name_of(finding)}
    )
    tag = element(finding)
    if not tag:
        return f"<testcase{named}/>\n"
    why = attributes({"type": kind(finding), "message": message(finding)})
    return f"<testcase{named}><{tag}{why}>{text(details(control, finding))}</{tag}></testcase>\n"


def name_of(finding: Finding) -> str:
    """Return the name of a case: control, resource, and what no other resource shares."""
    return f"{finding.control} {facts.known_as(finding.resource)}"


def element(finding: Finding) -> str:
    """Return the element that says how a case ended; empty where it passed.

    A known fail is skipped, as pytest shows it: it does not make the run red.
    """
    return "skipped" if finding.known else ELEMENTS.get(finding.status, "skipped")


def kind(finding: Finding) -> str:
    """Return the status, ``known`` for a fail that is in the earlier report."""
    return "known" if finding.known else finding.status.value


def message(finding: Finding) -> str:
    """Return what was found; what was not judged, or skipped, says why in front."""
    said = facts.sentence_of(finding)
    if element(finding) != "skipped":
        return said
    waived = facts.waiver_of(finding)
    reason = f"{said} ({waived.sentence})" if waived else said
    return f"{WHY_SKIPPED[finding.status]}: {reason}"


def details(control: Control, finding: Finding) -> str:
    """Return what a reader of one case must know, line by line."""
    remedy = facts.remedy_of(control, finding)
    heading = facts.REMEDY_HEADINGS.get(finding.status, "To do")
    told = {
        "": ended(message(finding)),
        "Severity": finding.severity.value,
        "Owner": facts.owned_by(finding),
        "If nothing is done": fix_first.Item(control, finding).consequence
        if finding.status is Status.FAIL
        else "",
        heading: remedy.sentence,
        "Open": facts.link(finding.resource) or "",
    }
    return "\n".join(f"{name}: {said}" if name else said for name, said in told.items() if said)


def as_lines(sentences: list[str]) -> str:
    """Return sentences, a line each."""
    return "\n".join(ended(each) for each in sentences)


def attributes(values: dict[str, str]) -> str:
    """Return the attributes of an element, with a blank before each."""
    return "".join(f" {name}={quoteattr(for_xml(value))}" for name, value in values.items())


def text(value: str) -> str:
    """Return the text of an element."""
    return escape(for_xml(value))
