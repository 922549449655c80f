"""Every fail has a fix, which says how much of it is written, and holds nothing secret."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.finding import Finding
from pdsec_checks.fixes.fix import CHOICE, Fix
from pdsec_checks.fixes.registry import RECIPES
from pdsec_checks.fixes.table import fix_of, plain_fix
from pdsec_checks.inspection import Inspection
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.simulator.accounts.secret import PREFIX
from tests.simulator.builders import (
    a_policy,
    a_service,
    a_user,
    a_webhook_subscription,
    an_extension,
)
from tests.support.changed import replace
from tests.support.fails import ACCOUNTS, every_fail, fails, more_fails, snapshot_of
from tests.support.findings import a_finding, a_resource, strings_in
from tests.support.judged import a_snapshot, inspect

DEMO = {
    "text": {"PD-01", "PD-03", "PD-11", "PD-12", "PD-13", "PD-16", "PD-20", "PD-24"},
    "choice": {
        *("PD-02", "PD-04", "PD-05", "PD-06", "PD-07", "PD-08", "PD-09", "PD-10", "PD-14"),
        *("PD-15", "PD-16", "PD-18", "PD-19", "PD-21", "PD-25"),
    },
    "complete": {"PD-17", "PD-22", "PD-23"},
}
"""How much is written → the controls with such a fix in the demo account."""


def fix_in(finding: Finding) -> Fix:
    """Return the fix of a fail."""
    return msgspec.convert(finding.fix, Fix)


def only_fix(snapshot: Snapshot, control: str, **thresholds: Any) -> Fix:
    """Return the fix of the one fail of a control."""
    (finding,) = [
        each for each in inspect(snapshot, control, **thresholds) if each.status is Status.FAIL
    ]
    return fix_in(finding)


def test_every_shipped_control_has_a_recipe() -> None:
    """A new control is one function more, and this names the control that lacks it."""
    assert sorted(RECIPES) == sorted(shipped_ids())


@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_fail_has_a_fix(name: str) -> None:
    """No fail of any account is left alone, and each fix can be read back as it was written."""
    assert fails(name)
    for finding in fails(name):
        fix = fix_in(finding)
        assert fix.to_json() == finding.fix


def test_nothing_but_a_fail_has_a_fix() -> None:
    """What passes, needs a person or could not be judged is not to be fixed by a request."""
    found = inspect(snapshot_of("demo"), *shipped_ids())

    assert {each.status for each in found if each.fix} == {Status.FAIL}


def test_fixes_say_how_much_of_them_is_written() -> None:
    """In the demo account, where every control fails, each fix is of the kind that it can be."""
    known = set().union(*DEMO.values())
    found: dict[str, set[str]] = {kind: set() for kind in DEMO}
    for finding in fails("demo"):
        found[fix_in(finding).gen.value] |= {finding.control} & known

    assert found == DEMO


def test_kind_follows_from_what_is_left_to_choose() -> None:
    """A complete fix has a request and no choice, a text no request."""
    for finding in every_fail():
        fix = fix_in(finding)
        written = json.dumps(msgspec.to_builtins([fix.requests, fix.terraform]))
        if CHOICE in written:
            assert fix.gen == "choice", finding
        else:
            assert fix.gen == ("complete" if fix.requests else "text"), finding


@pytest.mark.parametrize("name", ACCOUNTS)
def test_no_fix_holds_what_must_not_leave(name: str) -> None:
    """No key, address of a webhook, mail address or pattern of a mail filter is in a fix."""
    texts = [text for finding in fails(name) for text in strings_in(finding.fix)]

    assert not [text for text in texts if PREFIX in text or "token=" in text]
    assert not [text for text in texts if "@" in text and ".example" in text]


def test_account_of_pseudonyms_has_no_fixes() -> None:
    """A fix for names that nobody has would fit nothing that exists."""
    redacted = replace(snapshot_of("demo"), redacted=True)
    found = inspect(redacted, *shipped_ids())

    assert Status.FAIL in {each.status for each in found}
    assert not [each for each in found if each.fix]


def test_control_of_ones_own_has_no_fix() -> None:
    """Its remediation is all that anybody knows."""
    finding = replace(a_finding(), control="ACME-01")

    assert plain_fix(finding, Inspection(snapshot_of("demo"), Baseline())) is None


def test_unreadable_record_leaves_the_text_and_the_reason() -> None:
    """A fail stays a fail, and its fix says what could not be read."""
    policy = a_policy("Shop", [a_user("Ada")], id="PSHOP") | {"num_loops": "often"}
    fix = only_fix(a_snapshot(escalation_policies=[policy]), "PD-06")

    assert fix.gen == "text"
    assert "num_loops" in fix.note


def test_record_that_was_not_read_leaves_the_text() -> None:
    """A finding about something that the account lacks has a fix that says so."""
    finding = a_finding("PD-22", resource=a_resource("Gone", "PGONE"))
    fix = fix_of(finding, Inspection(snapshot_of("demo"), Baseline()))

    assert (fix.gen, fix.note) == ("text", "no request can be written: no service PGONE was read")


def test_kinds_that_share_an_id_are_told_apart() -> None:
    """PD-14: an extension and a subscription of one id have each a fix of its own kind."""
    twins = a_snapshot(
        extensions=[an_extension("Twin", id="PTWIN", endpoint_url="http://twin.example")],
        webhook_subscriptions=[a_webhook_subscription("Twin", "http://twin.example", id="PTWIN")],
    )
    found = {each.resource.type: fix_in(each) for each in inspect(twins, "PD-14")}

    assert {kind: fix.requests[-1].path for kind, fix in found.items()} == {
        "extension": "/extensions/PTWIN",
        "webhook_subscription": "/webhook_subscriptions/PTWIN",
    }


@pytest.mark.parametrize("strategy", [{"type": {}}, {"type": []}, [], "round_robin", None])
def test_strategy_of_any_kind_stops_no_verdict(strategy: Any) -> None:
    """What PagerDuty sends there is of several kinds, and never a reason to end a run."""
    policy = a_policy("Shop", [a_user("Ada")], id="PSHOP")
    policy["escalation_rules"][0]["escalation_rule_assignment_strategy"] = strategy
    fix = only_fix(a_snapshot(escalation_policies=[policy]), "PD-06")

    assert fix.gen == "choice"


def test_id_that_fits_into_no_path_leaves_the_text() -> None:
    """A request never goes where an id would lead it."""
    service = a_service("Shop", id="../users", acknowledgement_timeout=None)
    fix = only_fix(a_snapshot(services=[service]), "PD-22")

    assert (fix.gen, fix.requests) == ("text", [])
    assert "'../users' cannot be part of a path" in fix.note


def test_verdict_about_the_account_leaves_the_text() -> None:
    """Where the plan lacks workflows no request to a service ends that."""
    (fix,) = [fix_in(each) for each in more_fails() if each.control == "PD-10"]

    assert (fix.gen, fix.requests, fix.terraform) == ("text", [], [])


def test_fix_travels_between_processes() -> None:
    """A worker of pytest-xdist hands a finding on with its fix."""
    for finding in fails("demo"):
        assert Finding.unpacked(json.loads(json.dumps(finding.packed()))) == finding


def test_admins_are_named_one_by_one() -> None:
    """PD-02: each admin has a request of its own, the owner none; the role is left to choose."""
    users = [a_user(f"User {each}", "admin", id=f"PU{each}") for each in range(4)]
    fix = only_fix(a_snapshot(users=[a_user("Owner", "owner", id="POWNER"), *users]), "PD-02")

    assert [each.path for each in fix.requests] == [f"/users/PU{each}" for each in range(4)]
    assert {each.body["user"]["role"] for each in fix.requests if each.body} == {"CHOOSE_A_ROLE"}
    assert "to leave 3" in fix.note
