"""What somebody reads on a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.ring.text import as_text
from tests.controls.test_ring import LOW, ROW_1, ROW_2, ROW_4, ROW_6, SCH_A, SCH_B
from tests.simulator.builders import ALWAYS_HIGH, a_service
from tests.simulator.records import Record
from tests.support.judged import refused
from tests.support.phones import (
    STRANGER,
    VAGUE,
    A,
    B,
    G,
    S,
    account,
    nightly,
    policy,
    rota,
    someone,
)
from tests.support.questions import asked

GONE = policy((A, 30))
UNKNOWN = rota("SU", (STRANGER, (0, 24)))
MOMENT = ("--resource", "Checkout", "--at")


def test_table_of_dead_windows() -> None:
    """When, how long, why: the first ones, and how to see all."""
    said = as_text(asked(account(ROW_6, SCH_A, SCH_B)))

    assert (
        "Checkout (PSVC) · policy Platform (PPOL) · dead 479.5 h of 719.5 h\n"
        "  Mon 2026-11-23 08:00 \N{EN DASH} Tue 2026-11-24 00:00 UTC  16.0 h  "
        "no incident is opened: nobody is on call on any level\n"
    ) in said


def other(policy_of: Record) -> list[Record]:
    """Return two services under a policy."""
    high: dict[str, Any] = {"incident_urgency_rule": ALWAYS_HIGH, "auto_resolve_timeout": None}
    return [a_service(name, policy_of, id=f"P{name}", **high) for name in ("ONE", "TWO")]


def test_of_several_services_only_the_first_windows_are_shown() -> None:
    """One screen is enough: the rest is counted, and one service shows all of its own."""
    snapshot = account(ROW_6, SCH_A, SCH_B, data={"services": other(ROW_6)})
    many, one = as_text(asked(snapshot)), as_text(asked(snapshot, "--resource", "PONE"))

    assert "  … and 27 more windows: --resource PONE shows all" in many
    assert "more windows" not in one
    assert one.count("16.0 h") == 29


def test_local_time_stands_beside_utc() -> None:
    """With a time zone every window is told twice."""
    said = as_text(asked(account(ROW_6, SCH_A, SCH_B), "--time-zone", "America/New_York"))

    assert (
        "Mon 2026-11-23 08:00 \N{EN DASH} Tue 2026-11-24 00:00 UTC "
        "(Mon 2026-11-23 03:00\N{EN DASH}19:00 America/New_York)"
    ) in said


def test_silent_people_are_named() -> None:
    """Who is on call and never rung stands below the service, with the reason."""
    assert "  silent: User S (PS) is told of high urgency by e-mail only\n" in as_text(
        asked(account(ROW_4))
    )


def test_walk() -> None:
    """The form of a walk: after how long, which level, whom it calls, what comes of it."""
    rules = policy((SCH_A, 30), (S, 30), (B, 30))
    said = as_text(asked(account(rules, SCH_A), *MOMENT, "2026-11-23T09:10Z")).splitlines()

    assert said[0] == (
        "Checkout (PSVC) · policy Platform (PPOL) · incident at 2026-11-23T09:10Z, high urgency"
    )
    assert [" ".join(each.split()) for each in said[1:]] == [
        "0 min level 1 SA: nobody on call until 2026-11-24T00:00Z skipped at once",
        "0 min level 2 User S (PS): told of high urgency by e-mail only silent, holds 30 min",
        "30 min level 3 User B (PB): phone call at once rings at 30 min",
        "first ring 30 min (limit 15) · second person never",
    ]


def test_walk_names_the_schedule_of_a_person() -> None:
    """Whoever is called by a schedule stands behind it."""
    said = as_text(asked(account(ROW_6, SCH_A, SCH_B), *MOMENT, "2026-11-23T03:00Z"))

    assert "SA, User A (PA): phone call at once  rings at 0 min" in said
    assert "second person 30 min (limit 30)" in said


@pytest.mark.parametrize(
    ("moment", "ending"),
    [
        ("2026-11-23T12:00Z", "no incident is opened: nobody is on call on any level"),
        ("2026-11-23T07:00Z", "first ring 0 min (limit 15) · second person 30 min (limit 30)"),
    ],
)
def test_walk_ends_with_what_it_comes_to(moment: str, ending: str) -> None:
    """The last line is the answer."""
    said = as_text(asked(account(ROW_6, SCH_A, SCH_B), *MOMENT, moment))

    assert said.splitlines()[-1] == ending


def test_walk_in_maintenance() -> None:
    """In maintenance nobody is called, and that is all."""
    data = {"maintenance_windows": nightly(8, 12)}
    said = as_text(asked(account(ROW_1, data=data), *MOMENT, "2026-11-23T09:00Z"))

    assert said.splitlines()[1:] == [
        "no incident: the service is in maintenance until Mon 2026-11-23 12:00 UTC"
    ]


def test_moment_without_an_offset_is_local() -> None:
    """A moment is of the time zone that was asked for."""
    flags = (*MOMENT, "2026-11-23T04:10", "--time-zone", "America/New_York")
    said = as_text(asked(account(ROW_1), *flags))

    assert "incident at 2026-11-23T09:10Z" in said
    assert "that is Mon 2026-11-23 04:10 America/New_York" in said


def test_what_is_not_judged_is_listed_with_its_reason() -> None:
    """What decides and cannot be read has a row."""
    unknown = rota("SU", (STRANGER, (0, 24)))
    said = as_text(asked(account(policy((unknown, 30)), unknown)))

    assert "NOT JUDGED\n  Checkout (PSVC): " in said
    assert "PX" in said


def test_a_service_is_named_once_where_its_record_is_broken() -> None:
    """Its reason names it elsewhere; here its line does."""
    snapshot = account(ROW_1)
    broken = snapshot.records("services")[0] | {"status": None}
    said = as_text(asked(replace(snapshot, data={**snapshot.data, "services": [broken]})))

    assert "NOT JUDGED\n  Checkout (PSVC): field 'status' is malformed" in said


def test_unread_services_are_said() -> None:
    """A list that was refused is no empty one."""
    said = as_text(asked(account(ROW_1, data={"services": refused(403)})))

    assert said.startswith("The list of services could not be read")
    assert "NOT JUDGED\n  every service: /services: HTTP 403" in said


def test_assumptions_come_first() -> None:
    """Nobody takes the answer to *what if* for the account's."""
    flags = ("--without-user", "PA", "--silent-user", "user b", "--without-schedule", "SA")
    said = as_text(asked(account(ROW_6, SCH_A, SCH_B), *flags)).splitlines()

    assert said[:3] == [
        "WHAT IF: user User A (PA) is taken to be deleted",
        "WHAT IF: user User B (PB) is taken not to react",
        "WHAT IF: schedule SA is taken to be deleted",
    ]


def test_blast_radius_lists_each_kind() -> None:
    """People, devices, schedules, policies: hours, services, names before ids."""
    said = as_text(asked(account(policy((SCH_A, 30)), SCH_A), "--blast-radius"))

    assert "WITHOUT THIS PERSON\n  240.0 h  1 service  User A (PA)\n" in said
    assert "WITHOUT THIS DEVICE\n  240.0 h  1 service  every phone call\n" in said
    assert "WITHOUT THIS SCHEDULE\n  240.0 h  1 service  SA\n" in said
    assert "WITHOUT THIS POLICY\n  240.0 h  1 service  Platform (PPOL)\n" in said


def test_nothing_to_lose_is_said() -> None:
    """A kind that darkens nothing says so."""
    said = as_text(asked(account(policy((A, B, 30))), "--blast-radius", "--load"))

    assert "WITHOUT THIS PERSON\n  nothing" in said
    assert "WHO CARRIES ALONE\n  nobody" in said


def test_load() -> None:
    """How long, how many nights, who, and the longest stretch."""
    said = as_text(asked(account(ROW_1), "--load"))

    assert "  719.5 h  31 nights  User A (PA)  1 service  longest 719.5 h: Mon 2026-11-23" in said


def test_doubts_keep_a_service_out_of_blast_radius_and_load() -> None:
    """Where something is unknown no figure is given, and the service is listed as not judged."""
    unknown = rota("SU", (STRANGER, (0, 24)))
    answer = asked(account(policy((A, 30), (unknown, 30)), unknown), "--blast-radius", "--load")

    assert (answer.losses, answer.loads) == ([], [])
    assert "NOT JUDGED\n  Checkout (PSVC): " in as_text(answer)


def test_notice_about_maintenance_that_cannot_be_read() -> None:
    """Hours may be too many where maintenance is unknown; that is said."""
    answer = asked(account(ROW_2, data={"maintenance_windows": refused(403)}), "--load")

    assert "NOTE: maintenance windows could not be read" in as_text(answer)


def walk(snapshot: Snapshot, moment: str = "2026-11-23T03:00Z") -> str:
    """Return the walk of the one service."""
    return as_text(asked(snapshot, *MOMENT, moment))


@pytest.mark.parametrize("unknown", [UNKNOWN, VAGUE])
def test_walk_never_lets_an_unknown_person_look_as_if_they_rang(unknown: Record) -> None:
    """Whoever is unknown may ring; the last line says at best, and why."""
    said = walk(account(policy((unknown, 30), (S, 5)), *([UNKNOWN] if unknown is UNKNOWN else [])))

    assert "not judged: may ring at 0 min" in said
    assert "\nat best first ring 0 min (limit 15) · second person never\nnot judged: " in said


def test_walk_says_where_an_unknown_person_makes_no_difference() -> None:
    """Behind somebody who is rung it does not matter who follows."""
    said = walk(account(policy((A, 5), (UNKNOWN, 5)), UNKNOWN))

    assert "\nit makes no difference: " in said


def test_walk_names_empty_targets() -> None:
    """Somebody who was deleted, a rule without targets, and a schedule that stays empty."""
    empty = rota("SE")
    said = " ".join(walk(account(policy((G, 5), (5,), (empty, 5), (A, 5)), empty)).split())

    assert "PG: does not exist any more skipped at once" in said
    assert "level 2 it names nobody skipped at once" in said
    assert "SE: nobody on call skipped at once" in said
    assert "level 4 User A (PA): phone call at once rings at 0 min" in said


def test_walk_says_that_turns_are_taken() -> None:
    """Under round robin nobody knows who is called."""
    said = walk(account(policy((A, S, 15, "RR"), (B, 15))))

    assert "rings at 0 min, if it is their turn" in said
    assert "silent, holds 15 min, if it is their turn" in said


def test_walk_of_low_urgency() -> None:
    """Low urgency stays with whoever has it, and is not judged."""
    said = walk(account(ROW_4, **LOW))

    assert "incident at 2026-11-23T03:00Z, low urgency" in said
    assert "keeps the incident: low urgency never escalates" in said
    assert said.splitlines()[-1] == "low urgency: it rings nobody by design, and is not judged"


@pytest.mark.parametrize(
    ("rules", "named", "why"),
    [
        (None, "no escalation policy", "the service has no escalation policy"),
        (
            GONE,
            "policy PPOL, which does not exist",
            "its escalation policy PPOL does not exist",
        ),
    ],
)
def test_walk_without_a_policy(rules: Record | None, named: str, why: str) -> None:
    """A service without a policy has nobody to call, and the walk says that this is why."""
    said = walk(account(rules, data={"escalation_policies": []}))

    assert f"Checkout (PSVC) · {named} · incident" in said
    assert said.splitlines()[-1] == f"no incident is opened: {why}"


def test_walk_ends_where_the_incident_resolves_itself() -> None:
    """No level is looked at after that; the last line says so where it changes something."""
    rules = policy((S, 30), (B, 30))
    short, whole = (walk(account(rules, auto_resolve_timeout=each)) for each in (900, 14400))

    assert "User B" not in short
    assert short.splitlines()[-1] == (
        "first ring never (limit 15) · second person never · resolves itself after 15 min"
    )
    assert whole.splitlines()[-1] == "first ring 30 min (limit 15) · second person never"


def test_walk_that_rings_nobody_for_a_day_is_cut() -> None:
    """One screen of it is enough; the number of the other rows is told."""
    rules = policy(*[(S, 1)] * 10, loops=9)

    assert "… 40 more" in walk(account(rules))


def test_walks_of_several_services() -> None:
    """Each selected service has its own walk."""
    snapshot = account(ROW_1, data={"services": other(ROW_1)})
    said = as_text(asked(snapshot, "--resource", "*", "--at", "2026-11-23T03:00Z"))

    assert said.count("first ring 0 min") == 2
    assert "\n\nTWO (PTWO) · " in said


def test_long_tables_are_cut_and_counted() -> None:
    """Ten rows of each table, ten services that are not judged; the rest is counted."""
    people = [someone("A", 0) | {"id": f"P{number}"} for number in range(12)]
    policies = [policy((each, 5)) | {"id": f"PPOL{each['id']}"} for each in people]
    high: dict[str, Any] = {"incident_urgency_rule": ALWAYS_HIGH, "auto_resolve_timeout": None}
    services: list[Record] = [
        a_service(f"Shop {number}", each, id=f"PS{number}", **high)
        for number, each in enumerate(policies)
    ]
    broken = [
        a_service(f"Broken {number}", policies[0], id=f"PB{number}", status="maintenance")
        for number in range(12)
    ]
    data = {"services": [*services, *broken], "users": people, "escalation_policies": policies}
    said = as_text(asked(account(policies[0], data=data), "--blast-radius", "--load"))

    assert said.count("  … and 2 more: --format json lists all") == 3
    assert "  … and 2 more services: --format json lists all" in said


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (None, "the service has no escalation policy"),
        (GONE, "its escalation policy PPOL does not exist"),
    ],
)
def test_lost_for_want_of_a_policy(rules: Record | None, said: str) -> None:
    """Which of both it is stands in the row."""
    snapshot = account(rules, data={"escalation_policies": []})

    assert f"no incident is opened: {said}" in as_text(asked(snapshot))
