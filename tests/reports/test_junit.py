"""The JUnit report: what Jenkins and GitLab make of it, and that no doubt reads as a pass."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports import render
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.sarif_places import Places
from tests.support.changed import replace
from tests.support.findings import (
    FORBIDDEN,
    a_finding,
    a_report,
    a_resource,
    an_account_finding,
    hostile_findings,
    refused_audit_trail,
    six_findings,
)
from tests.support.shared_files import junit_schema
from tests.support.whole_report import whole_report


def suite(report: Report, places: Places | None = None) -> ET.Element:
    """Return the suite of a report."""
    (found,) = ET.fromstring(render("junit", report, places=places))  # noqa: S314 - we wrote it
    return found


def case(report: Report) -> ET.Element:
    """Return the only case of a report."""
    (found,) = suite(report).iter("testcase")
    return found


@pytest.mark.parametrize(
    "report",
    [
        whole_report(),
        a_report(*six_findings(), unread=[refused_audit_trail()], notices=("<look> & see",)),
        a_report(*hostile_findings()),
        a_report(),
    ],
    ids=["demo", "six", "hostile", "empty"],
)
def test_it_follows_the_schema_of_the_xunit_plugin(report: Report) -> None:
    """``junit-10.xsd`` accepts it as it is: no properties or file of a case."""
    junit_schema().validate(render("junit", report))


def test_no_two_cases_share_class_and_name() -> None:
    """GitLab keeps the first of those that do: resources of one name differ by their id."""
    same = [a_finding(resource=a_resource("Checkout", f"P{n}")) for n in range(3)]
    names = [(each.get("classname"), each.get("name")) for each in suite(a_report(*same))
             .iter("testcase")]  # fmt: skip

    assert names == [("acme.PD-05", f"PD-05 Checkout (service/P{n})") for n in range(3)]
    demo = [(each.get("classname"), each.get("name")) for each in suite(whole_report())
            .iter("testcase")]  # fmt: skip
    assert len({*demo}) == len(demo) > 300


def test_the_account_keeps_cases_of_several_apart() -> None:
    """Two files of one job are two accounts for whoever goes by the class."""
    here, there = (case(a_report(a_finding(), subdomain=name)) for name in ("acme", "umbrella"))

    assert (here.get("classname"), there.get("classname")) == ("acme.PD-05", "umbrella.PD-05")


def test_the_account_itself_needs_no_id() -> None:
    """A case about the account is named by it, and by its type alone where it has no name."""
    assert case(a_report(an_account_finding("PD-01", Status.MANUAL))).get("name") == "PD-01 account"


@pytest.mark.parametrize(
    ("status", "tag", "said"),
    [
        (Status.FAIL, "failure", "service 'Checkout'"),
        (Status.ERROR, "error", "service 'Checkout'"),
        (Status.MANUAL, "skipped", "Needs a person: service 'Checkout'"),
        (Status.NOT_APPLICABLE, "skipped", "Does not apply: service 'Checkout'"),
        (Status.WAIVED, "skipped", "Waived: service 'Checkout'"),
    ],
)
def test_a_case_says_how_it_ended(status: Status, tag: str, said: str) -> None:
    """What has no verdict never looks like a pass, and says why in its message."""
    (found,) = case(a_report(a_finding(status=status)))

    assert (found.tag, found.get("type")) == (tag, status.value)
    assert found.get("message", "").startswith(said)
    assert said in (found.text or "")


def test_a_pass_has_no_element() -> None:
    """Every reader takes a case without one for passed."""
    assert [*case(a_report(a_finding("PD-06", Status.PASS)))] == []


def test_a_waiver_is_the_reason() -> None:
    """Who accepted it until when stands in the message of the skipped case."""
    (found,) = case(a_report(a_finding(status=Status.WAIVED)))

    assert "Accepted by head of operations until 2027-03-31" in found.get("message", "")


def test_a_known_fail_is_skipped() -> None:
    """It does not make the run red, as with pytest's own report."""
    known = replace(a_finding(), known=True)
    report = replace(a_report(known), earlier_as_of=a_report(known).run.as_of)
    (found,) = case(report)

    assert (found.tag, found.get("type")) == ("skipped", "known")
    assert suite(report).get("failures") == "0"


def test_the_suite_counts_its_cases() -> None:
    """The numbers of the suite are those of its elements, and its file is the user's."""
    found = suite(a_report(*six_findings()), places=Places("ops/pdsec.toml"))

    assert {name: found.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "3",
    }
    assert found.get("file") == "ops/pdsec.toml"


def test_what_was_not_read_stands_in_the_suite() -> None:
    """Caveats and notices are its standard error."""
    report = a_report(
        an_account_finding("PD-11", Status.ERROR),
        unread=[refused_audit_trail()],
        notices=("mind the clock",),
    )
    said = suite(report).findtext("system-err") or ""

    assert "Not read: /audit/records: HTTP 403 (needed by PD-11)." in said
    assert "mind the clock." in said


def test_hostile_names_stay_text() -> None:
    """Markup is escaped, and what XML cannot say is replaced."""
    odd = a_finding(resource=a_resource("\uffff<b>", "PODD"))
    text = render("junit", a_report(*hostile_findings(), odd))

    assert not [char for char in FORBIDDEN if char in text]
    names = [each.get("name") for each in ET.fromstring(text).iter("testcase")]  # noqa: S314
    assert "PD-05 \ufffd<b> (service/PODD)" in names
