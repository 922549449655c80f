"""The inventory: one line a resource, which nothing but the resource itself moves or removes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import ACCOUNT, Status
from pdsec_checks.reports import inventory
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.code_scanning import line_hashes
from tests.support.findings import HOSTILE, a_finding, a_report, a_resource, an_account_finding


def report(*findings: Finding, account: str = "acme", **run: Any) -> Report:
    """Return a whole report of an account with this name."""
    made = a_report(*findings)
    return replace(made, run=replace(made.run, account=account, **run))


def service(identity: str, name: str = "Shop", status: Status = Status.PASS) -> Finding:
    """Return what a control says about a service."""
    return a_finding("PD-05", status, a_resource(name, identity))


def words(text: str) -> list[str]:
    """Return type and id of each line."""
    return [" ".join(each.split()[:2]) for each in text.splitlines()]


def test_one_line_a_resource_the_account_first_by_type_and_id() -> None:
    """Several controls about one resource make one line, and the order of findings none."""
    user = a_finding("PD-04", resource=ResourceRef("user", "PU", "Ada Quill"))
    found = [service("PB"), user, service("PA"), a_finding("PD-25", resource=a_resource("x", "PA"))]

    text = inventory.renewed(report(*found))

    assert words(text) == ["account acme", "service PA", "service PB", "user PU"]
    assert inventory.renewed(report(*reversed(found))) == text
    assert text.splitlines()[3] == f"user PU {'.' * 94} Ada Quill"


def test_a_new_name_changes_its_own_line_alone() -> None:
    """Neither the other lines nor the beginning of its own, of which the fingerprint is made."""
    before = inventory.renewed(report(service("PA", "Alpha"), service("PB")))
    after = inventory.renewed(report(service("PA", "Zulu"), service("PB")), before)

    changed = [pair for pair in zip(before.split("\n"), after.split("\n"), strict=True)
               if pair[0] != pair[1]]  # fmt: skip
    assert len(changed) == 1
    assert line_hashes(before) == line_hashes(after)


@given(st.text(), st.text(), st.text())
@settings(max_examples=60)
def test_the_fingerprint_is_that_of_the_line(kind: str, identity: str, name: str) -> None:
    """Whatever type, id and name are, the rule of upload-sarif gives what is said without it."""
    resource = ResourceRef(kind, identity, name)
    key = inventory.key_of(a_finding(resource=resource))
    text = f"{inventory.line_of(key, name)}\n"

    assert text.count("\n") == 1
    assert line_hashes(text)[1] == inventory.line_hash(key)
    assert inventory.line_numbers(text) == {key: 1}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_a_line_of_its_own(name: str) -> None:
    """A name from the account can neither end a line nor steer a terminal."""
    text = inventory.renewed(report(service("PA", name)))

    assert words(text) == ["account acme", "service PA"]
    assert text.replace("\n", "").isprintable()


def test_what_is_gone_loses_its_line() -> None:
    """A whole run that saw every service, and not this one, knows that it is gone."""
    former = inventory.renewed(report(service("PA"), service("PB")))

    assert words(inventory.renewed(report(service("PB")), former)) == ["account acme", "service PB"]


def test_the_last_of_a_type_loses_its_line_where_a_control_says_that_there_is_none() -> None:
    """Not applicable is an answer, unlike an error."""
    former = inventory.renewed(report(service("PA")))
    none = report(an_account_finding("PD-05", Status.NOT_APPLICABLE))

    assert words(inventory.renewed(none, former)) == ["account acme"]


UNSEEN = {
    "list unread": report(an_account_finding("PD-05", Status.ERROR)),
    "list unread, another control saw some": report(
        an_account_finding("PD-05", Status.ERROR),
        a_finding("PD-25", resource=a_resource("x", "PB")),
    ),
    "not selected": report(an_account_finding("PD-11", Status.PASS)),
    "other resources": replace(report(service("PB")), restricted=True),
    "stopped": replace(report(service("PB")), complete=False),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_was_not_seen_keeps_its_line(name: str) -> None:
    """Absence of data does not look like a resource that was deleted."""
    former = inventory.renewed(report(service("PA", "kept")))

    text = inventory.renewed(UNSEEN[name], former)

    assert former.splitlines()[1] in text.splitlines()
    assert text.splitlines() == sorted(text.splitlines())


def test_a_type_that_no_control_judged_keeps_its_lines() -> None:
    """An inventory of all controls outlives a run over the core ones."""
    former = inventory.renewed(report(service("PA"))) + inventory.line_of(("team", "PT"), "Tills")

    assert words(inventory.renewed(report(service("PA")), former))[-1] == "team PT"


def test_a_pseudonym_replaces_no_name_and_is_none() -> None:
    """A recording with pseudonyms keeps the names that are there, and adds lines without one."""
    former = inventory.renewed(report(service("PA", "Checkout")))
    text = inventory.renewed(
        report(service("PA", "x1"), service("PB", "x2"), redacted=True), former
    )

    assert text.splitlines()[1].endswith(" Checkout")
    assert text.splitlines()[2].endswith("...")


def test_an_account_without_a_name_keeps_the_line_that_has_one() -> None:
    """A run that could not learn the name neither loses it nor adds a second account."""
    former = inventory.renewed(report(service("PA")))

    assert inventory.renewed(report(service("PA"), account=""), former) == former
    assert words(inventory.renewed(report(account="")))[0] == "account account"
    named = inventory.renewed(report(service("PA")), inventory.line_of((ACCOUNT, ACCOUNT)))
    assert words(named)[0] == "account acme"


@pytest.mark.parametrize(
    ("former", "account", "found"),
    [
        ("", "acme", None),
        (inventory.line_of((ACCOUNT, "acme")), "acme", None),
        (inventory.line_of((ACCOUNT, "umbrella")), "acme", "umbrella"),
        (inventory.line_of((ACCOUNT, "umbrella")), "", None),
        (inventory.line_of((ACCOUNT, ACCOUNT)), "acme", None),
    ],
)
def test_the_inventory_of_another_account_is_recognised(
    former: str, account: str, found: str | None
) -> None:
    """By its first line, as far as both names are known."""
    assert inventory.other_account(report(service("PA"), account=account), former) == found


def test_lines_that_are_none_are_passed_over() -> None:
    """After a merge by hand no line is lost: what is none is left out, the first of two counts."""
    line = inventory.line_of(("service", "PA"), "Shop")
    text = f"<<<<<<< ours\r\n{line}\r\n=======\n{line} 2\n>>>>>>> theirs\n\nservice PB Shop\n"

    assert inventory.line_numbers(text) == {("service", "PA"): 2}
    assert words(inventory.renewed(report(service("PA")), text)) == ["account acme", "service PA"]
