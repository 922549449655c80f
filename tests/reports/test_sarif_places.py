"""Each SARIF result has a place of its own, which no new file, waiver or name moves."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.configuration.decisions import Waiver
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports import inventory, sarif, sarif_places
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.sarif_places import BEHIND, Entry, Places
from tests.support.changed import replace
from tests.support.code_scanning import (
    alert,
    dismissed,
    line_hashes,
    partly_waived,
    place,
    results,
    warnings,
)
from tests.support.findings import WAIVER, a_finding, a_report, a_resource, errors_against
from tests.support.shared_files import shared_file

PATH = "pagerduty/inventory.txt"


def logged(report: Report, places: Places | None = None) -> dict[str, Any]:
    """Return the log of a report."""
    found: dict[str, Any] = json.loads(sarif.render(report, places=places))
    return found


def checkout(folder: Path, text: str) -> Path:
    """Return a checkout with this inventory."""
    (folder / "pagerduty").mkdir(exist_ok=True)
    (folder / PATH).write_text(text, "utf-8")
    return folder


def services(*ids: str, status: Status = Status.FAIL) -> list[Finding]:
    """Return a finding about each service."""
    return [a_finding("PD-05", status, a_resource(f"Shop {each}", each)) for each in ids]


PUBLISHED = {
    "": ["c129715d7a2bc9a3:1"],
    " a\nb\n  \t\tc\n d": [
        *("271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"),
    ],
}
"""Text → the hashes of its lines in the tests of codeql-action (``src/fingerprints.test.ts``)."""


@pytest.mark.parametrize("text", PUBLISHED)
def test_the_published_rule_is_followed_as_published(text: str) -> None:
    """The rule in the tests is that of the action; ends of lines make no difference."""
    assert [*line_hashes(text).values()] == PUBLISHED[text]
    assert line_hashes(text.replace("\n", "\r\n")) == line_hashes(text)


def test_a_result_points_at_the_line_of_its_resource() -> None:
    """Several controls about one resource share the line, and no two resources do."""
    report = a_report(*services("PA", "PB"), a_finding("PD-25", resource=a_resource("x", "PA")))
    text = inventory.renewed(report)

    lines = {
        (each["ruleId"], each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]): (
            text.split("\n")[place(each)[1] - 1].split()[:2]
        )
        for each in results(logged(report, Places.on(text)))
    }

    assert lines == {
        ("PD-05", "service/PA"): ["service", "PA"],
        ("PD-05", "service/PB"): ["service", "PB"],
        ("PD-25", "service/PA"): ["service", "PA"],
    }


def test_upload_sarif_has_nothing_to_warn_of(tmp_path: Path) -> None:
    """What it calculates for the line of each result is what the result says."""
    report = partly_waived()
    text = inventory.renewed(report)
    log = logged(report, Places.on(text))

    assert warnings(log, tmp_path) == []
    assert warnings(log, checkout(tmp_path, text)) == []


def test_a_warning_would_be_seen(tmp_path: Path) -> None:
    """Other lines than those of an inventory have other fingerprints."""
    report = a_report(*services("PA", "PB"))
    log = logged(report, Places.on(inventory.renewed(report)))

    assert len(warnings(log, checkout(tmp_path, "one\ntwo\nthree\n"))) == 2


def test_an_inventory_that_comes_and_a_new_name_move_no_alert() -> None:
    """Rule, path and fingerprint are all that GitHub goes by, and stay as they were."""
    before = a_report(*services("PA", "PB"))
    text = inventory.renewed(before)
    renamed = [replace(each, resource=a_resource("Other", each.resource.id)) for each in
               before.findings]  # fmt: skip
    after = a_report(*services("P0"), *renamed)

    def identities(log: dict[str, Any]) -> set[tuple[str, str, str]]:
        return {
            (each["ruleId"], place(each)[0], each["partialFingerprints"]["primaryLocationLineHash"])
            for each in results(log)
        }

    first = identities(logged(before))
    assert len(first) == 2
    assert identities(logged(before, Places.on(text))) == first
    assert identities(logged(after, Places.on(inventory.renewed(after, text)))) > first


@pytest.mark.parametrize("kind", ["none", "inventory", "stale", "another file"])
def test_what_was_waived_is_dismissed_and_nothing_else(kind: str) -> None:
    """``dismiss-alerts`` looks at rule and place: no waived result shares one with another."""
    report = partly_waived()
    text = inventory.renewed(report)
    known = Places.on(text)
    found = {
        "none": None,
        "inventory": known,
        "stale": Places.on("\n".join(text.split("\n")[:9]) + "\n"),
        "another file": Places("README.md", is_inventory=False),
    }

    log = logged(report, found[kind])

    alerts = [alert(each) for each in results(log)]
    assert len(set(alerts)) == len(alerts)
    dismissals = dismissed(log)
    assert len(dismissals) == report.counts[Status.WAIVED] > 0
    assert {each["properties"]["status"] for each in dismissals} == {"waived"}


def test_a_stale_inventory_is_said_and_its_lines_are_not_taken_for_others(tmp_path: Path) -> None:
    """A resource that it lacks has a line behind the last one, and a note says what to do."""
    text = inventory.renewed(a_report(*services("PA", "PC")))
    log = logged(a_report(*services("PA", "PB", "PC")), Places.on(text))

    numbers = {each["message"]["text"].split("'")[1]: place(each)[1] for each in results(log)}
    behind = numbers.pop("Shop PB")
    assert numbers == {"Shop PA": 2, "Shop PC": 3}
    assert behind > BEHIND
    assert warnings(log, checkout(tmp_path, text)) == []
    (note,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "note"
    assert note["message"]["text"].startswith(f"{PATH} lacks 1 resource of this report")


@settings(max_examples=30)
@given(st.sets(st.text("ABC", min_size=1, max_size=5), min_size=1), st.randoms())
def test_a_resource_that_comes_or_goes_moves_no_other(ids: set[str], chance: Random) -> None:
    """Without an inventory a place follows from type and id: GitLab knows a finding by its line."""
    some = sorted(chance.sample(sorted(ids), chance.randint(1, len(ids))))
    before, after = (logged(a_report(*services(*each)), None) for each in (sorted(ids), some))

    assert {place(each) for each in results(after)} <= {place(each) for each in results(before)}


def test_lines_behind_an_inventory_are_never_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two resources would have one line, the second has the next."""
    monkeypatch.setattr(sarif_places, "SPREAD", 2)
    keys = [("service", f"P{number}") for number in range(9)]

    assert len(set(sarif_places.lines_behind(keys).values())) == len(keys)


def test_a_suppression_points_at_its_waiver() -> None:
    """The result stays at its resource; the waiver that says the same is one step away."""
    finding = a_finding("PD-05", Status.WAIVED, a_resource("Shop", "PA"))
    last = date(2027, 3, 31)
    entries = [
        Entry(Waiver("PD-06", "PA", "retired service", "head of operations", last), "p.toml", 1),
        Entry(Waiver("PD-05", "PB", "retired service", "head of operations", last), "p.toml", 2),
        Entry(Waiver("PD-05", "PA", "another reason", "head of operations", last), "p.toml", 3),
        Entry(Waiver("PD-05", "P*", WAIVER["reason"], WAIVER["approved_by"], last), "p.toml", 4),
    ]
    log = logged(a_report(finding), Places(waivers=entries))

    (result,) = results(log)
    (suppression,) = result["suppressions"]
    physical = suppression["location"]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "p.toml"
    assert physical["region"]["startLine"] == 4
    assert place(result)[0] == PATH
    schema = json.loads(shared_file("schemas/sarif-2.1.0.schema.json").read_text("utf-8"))
    assert not errors_against(schema, log)


def test_two_accounts_share_no_line() -> None:
    """What is found about an account as a whole has another fingerprint in each."""
    found = {
        inventory.line_hash(inventory.key_of(replace(of_account, account=name)))
        for name in ("acme", "acme.eu", "umbrella", "")
        for of_account in [a_finding("PD-11", resource=replace(a_resource(), type="account"))]
    }

    assert len(found) == 4
