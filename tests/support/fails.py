"""Fails with their fixes: those of whole accounts, and of each way to fail that these lack."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.finding import Finding
from pdsec_checks.fixes.fix import CHOICE
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.facts import remedy_of
from pdsec_checks.reports.fixes.document import Document, entries
from tests.controls.helpers import computed, held, rendered
from tests.controls.test_causes import CAUSES, asking
from tests.simulator import Account, accounts, builders, run
from tests.simulator.records import Record, refer
from tests.support import reading
from tests.support.findings import controls
from tests.support.judged import NOW, a_snapshot, inspect, refused
from tests.support.rich_account import a_rich_account

ACCOUNTS = ("demo", "hostile", "leavers", "rich", "secrets")
"""Accounts whose fails have fixes; a hostile one has names that want to break out."""
BASE_URL = "https://api.pagerduty.com"


@cache
def snapshot_of(name: str) -> Snapshot:
    """Return one of the ``ACCOUNTS`` as it is read; one that is hostile fails all over."""
    account = a_rich_account() if name == "rich" else accounts.NAMED[name](NOW)
    if name == "hostile":
        break_names(account)
    with run(account) as simulator:
        return reading.read(simulator, DATA_SETS)


def break_names(account: Account) -> None:
    """Let everything with a hostile name fail, so that its name is in a fix."""
    for user in account.users:
        user |= {"teams": [], "notification_rules": [], "role": "admin"}
    for policy in account.escalation_policies:
        del policy["escalation_rules"][1:]
    for schedule in account.schedules:
        for layer in schedule["schedule_layers"]:
            del layer["users"][1:]
            layer["restrictions"] = [builders.a_restriction()]
    for service in account.services:
        service |= {"acknowledgement_timeout": None, "auto_resolve_timeout": 0}
    for subscription in account.webhook_subscriptions:
        subscription["delivery_method"]["url"] = "http://plain.example/hook"


@cache
def fails(name: str) -> tuple[Finding, ...]:
    """Return every fail of one of the ``ACCOUNTS``, each with its fix."""
    found = inspect(snapshot_of(name), *shipped_ids())
    return tuple(each for each in found if each.status is Status.FAIL)


@cache
def more_fails() -> tuple[Finding, ...]:
    """Return fails of every way to fail that none of the ``ACCOUNTS`` has."""
    found = (each for control, snapshot in ways_to_fail() for each in inspect(snapshot, control))
    return tuple(each for each in found if each.status is Status.FAIL)


def ways_to_fail() -> Iterator[tuple[str, Snapshot]]:
    """Yield control and account of what is rare."""
    ada, ben = builders.a_user("Ada", id="PADA"), builders.a_user("Ben", id="PBEN")
    mute = builders.a_user("Cy", id="PCY", contact_methods=[], notification_rules=[])
    left = {**refer("user", "PLEFT"), "deleted_at": "2026-09-01T10:00:00Z"}
    robin = builders.a_policy("Robin", [ada], id="PROBIN")
    robin["escalation_rules"][0]["escalation_rule_assignment_strategy"] = {"type": "round_robin"}
    empty = builders.a_policy("Empty", id="PEMPTY")
    alone = builders.a_policy("Alone", id="PALONE")
    alone["escalation_rules"] = [
        {"id": "PRULE", "escalation_delay_in_minutes": 5, "targets": [left]}
    ]
    ended = builders.a_layer([ada], end="2025-01-01T00:00:00Z")
    over = builders.a_layer_schedule("Over", layers=[ended], id="POVER")
    uses = builders.a_policy("Uses", [over], [ada], id="PUSES")
    service = builders.a_service("Shop", "PEMPTY", id="PSHOP")
    everybody = [ada, ben, mute]
    policies = [robin, empty, alone, uses]
    yield "PD-05", a_snapshot(services=[service], escalation_policies=policies)
    yield "PD-06", a_snapshot(escalation_policies=policies, users=everybody)
    yield "PD-07", a_snapshot(escalation_policies=policies, users=everybody)
    yield "PD-09", a_snapshot(escalation_policies=[uses], schedules=[over], users=everybody)
    yield "PD-10", a_snapshot(services=[service], incident_workflows=refused(402))
    yield "PD-17", a_snapshot(users=everybody)
    yield "PD-18", a_snapshot(oncalls=[{"user": left}], users=everybody)
    layer, nobody = builders.a_layer([ada, ben]), builders.a_layer([], name="Nobody")
    layer["users"].append({"user": left})
    events = [builders.an_event([ada, left], id="EVENT")]
    for schedule in (
        held(rendered((24, 48), id="PDAYS", schedule_layers=[layer]), left),
        rendered(id="PNOBODY", schedule_layers=[nobody]),
        held(computed((24, 48), rotations=[builders.a_rotation(*events)]), left),
    ):
        yield "PD-08", used(schedule, everybody)


def used(schedule: Record, users: list[Record]) -> Snapshot:
    """Return an account whose one policy uses a schedule of either kind."""
    layered, shifted = (
        [schedule] if schedule["type"] == kind else [] for kind in ("schedule", "schedule_v3")
    )
    uses = builders.a_policy("Uses", [schedule], id="PUSES")
    return a_snapshot(
        escalation_policies=[uses], schedules=layered, shift_schedules=shifted, users=users
    )


@cache
def fails_by_cause() -> tuple[Finding, ...]:
    """Return the fails of each cause that a control tells apart."""
    found = (each for (control, _), row in CAUSES.items() for each in asking(control, row))
    return tuple(each for each in found if each.status is Status.FAIL)


@cache
def every_fail() -> tuple[Finding, ...]:
    """Return the fails of all accounts, the rare ones, and one of each cause at least."""
    of_accounts = tuple(each for name in ACCOUNTS for each in fails(name))
    return of_accounts + more_fails() + fails_by_cause()


def a_document(*findings: Finding) -> Document:
    """Return the fixes of these fails, as the command writes them."""
    found = [(each, remedy_of(controls()[each.control], each).sentence) for each in findings]
    return Document(entries(found), "acme", BASE_URL, "2026-11-23T09:00:00Z")


def choices_in(text: str) -> list[str]:
    """Return what a text leaves to choose."""
    return [word.strip('",.:;()[]{}') for word in text.split() if CHOICE in word]
