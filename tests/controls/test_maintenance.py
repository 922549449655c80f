"""PD-35: no service in service is muted for long, by one maintenance window or by several."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.controls.helpers import ADA, altered, hour, inspect_by_id, only
from tests.simulator.builders import a_maintenance_window, a_service
from tests.simulator.records import ABSENT, Record
from tests.support.judged import a_snapshot, inspect, refused, verdicts

SHOP, BLOG = a_service("Shop", id="PSHOP"), a_service("Blog", id="PBLOG")
OLD = a_service("Old", id="POLD", status="disabled")


def muting(start: float, end: float, *services: str, id: str = "PWINDOW", **fields: Any) -> Record:  # noqa: A002
    """Return a window from and to so many hours after as_of, by default of one service."""
    return a_maintenance_window(services or ("PSHOP",), hour(start), hour(end), id=id, **fields)


def account(*windows: Record, **data: Any) -> Snapshot:
    """Return an account with these windows, two services in service and a disabled one."""
    return a_snapshot(
        **{"services": [SHOP, BLOG, OLD], "maintenance_windows": list(windows), **data}
    )


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (0, 24, "pass"),
        (0, 24.001, "fail"),
        (-30, 1, "fail"),
        (-1, 22, "pass"),
        (500, 525, "fail"),
    ],
)
def test_window_of_more_than_a_day_fails(start: float, end: float, status: str) -> None:
    """Its whole length counts, that which is over too, whenever it is."""
    assert only(account(muting(start, end)), "PD-35").status == status


def test_hours_are_those_of_the_baseline() -> None:
    """``max_maintenance_hours`` says how long a window may be."""
    assert only(account(muting(0, 3)), "PD-35", max_maintenance_hours=2).status == "fail"
    assert only(account(muting(0, 30)), "PD-35", max_maintenance_hours=30).status == "pass"


@pytest.mark.parametrize(
    ("second", "status"),
    [((20, 40), "fail"), ((10, 30), "fail"), ((20.01, 40), "pass"), ((5, 10), "pass")],
)
def test_windows_that_touch_or_overlap_are_one(second: tuple[float, float], status: str) -> None:
    """A chain is judged as a whole, on each window that belongs to it."""
    found = verdicts(account(muting(0, 20, id="PONE"), muting(*second, id="PTWO")), "PD-35")

    assert found == {"PONE": status, "PTWO": status}


def test_chain_is_that_of_one_service() -> None:
    """Windows of several services follow one another for nobody."""
    windows = (muting(0, 20, "PSHOP", id="PONE"), muting(20, 40, "PBLOG", id="PTWO"))
    both = muting(20, 40, "PSHOP", "PBLOG", id="PTWO")

    assert set(verdicts(account(*windows), "PD-35").values()) == {"pass"}
    assert verdicts(account(windows[0], both), "PD-35") == {"PONE": "fail", "PTWO": "fail"}


def test_a_chain_of_many_reaches_from_end_to_end() -> None:
    """The last of three is in the chain of the first, in whatever order they come."""
    three = [muting(20 * n, 20 * n + 20, id=f"P{n}") for n in (2, 0, 1)]
    found = inspect_by_id(account(*three, muting(100, 101, id="PFAR")), "PD-35")

    assert {name: each.status.value for name, each in found.items()} == {
        **dict.fromkeys(("P0", "P1", "P2"), "fail"),
        "PFAR": "pass",
    }
    assert found["P0"].evidence["chain"] == ["P0", "P1", "P2"]
    assert found["P0"].evidence["chain_hours"] == 60


def test_evidence_says_what_who_and_why() -> None:
    """Services in service, hours, chain, who made it, and what they wrote."""
    window = muting(0, 30, "PSHOP", "POLD", "PGONE", description="Database upgrade")
    window["created_by"] = {"id": "PADA", "type": "user_reference"}
    found: Finding = only(account(window), "PD-35")

    assert found.evidence == {
        "services": ["PSHOP"],
        "hours": 30,
        "created_by": "PADA",
        "description": "Database upgrade",
        "chain_hours": 30,
        "chain": ["PWINDOW"],
    }
    assert found.message.endswith("mutes 1 service for 30 hours; the limit is 24 hours")


def test_message_counts_what_is_muted_for_too_long() -> None:
    """Of two services only one has a second window behind the first."""
    windows = (muting(0, 20, "PSHOP", "PBLOG", id="PONE"), muting(20, 40, "PSHOP", id="PTWO"))
    found = inspect_by_id(account(*windows), "PD-35")["PONE"]

    assert found.message.endswith(
        "with those that it touches mutes 1 service for 40 hours; the limit is 24 hours"
    )


def test_a_second_more_is_more_than_the_limit() -> None:
    """Hours that are rounded to the limit do not say that it is kept."""
    found = only(account(muting(0, 24 + 1 / 3600)), "PD-35")

    assert found.status == "fail"
    assert found.message.endswith("for more than 24 hours; the limit is 24 hours")


@pytest.mark.parametrize("services", [("POLD",), ("PGONE",)])
def test_window_of_no_service_in_service_has_no_row(services: tuple[str, ...]) -> None:
    """It mutes nobody; where there is no other, the account has one row that says so."""
    none, other = muting(0, 90, *services), muting(0, 1, id="POTHER")

    assert verdicts(account(none), "PD-35") == {"account": "not_applicable"}
    assert verdicts(account(), "PD-35") == {"account": "not_applicable"}
    assert verdicts(account(none, other), "PD-35") == {"POTHER": "pass"}


@pytest.mark.parametrize("value", [ABSENT, None, 3.5, "someday"])
@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_window_at_an_unknown_hour_is_an_error(field: str, value: Any) -> None:
    """It may last for ever; another one of its service passes no more, one that fails fails."""
    broken = altered(muting(0, 1, id="PBROKEN"), field, value)
    short, long = muting(50, 51, id="PSHORT"), muting(100, 130, id="PLONG")
    blog = muting(0, 1, "PBLOG", id="PBLOGS")

    assert verdicts(account(broken, short, long, blog), "PD-35") == {
        "PBROKEN": "error",
        "PSHORT": "error",
        "PLONG": "fail",
        "PBLOGS": "pass",
    }


def test_window_that_ends_before_it_starts_is_an_error() -> None:
    """Nobody can tell what it mutes."""
    assert only(account(muting(5, 1)), "PD-35").status == "error"


@pytest.mark.parametrize("value", [ABSENT, None, 3.5, [{"type": "service_reference"}]])
def test_window_that_hides_its_services_may_mute_any(value: Any) -> None:
    """It is an error, and so is what would pass beside it."""
    broken = altered(muting(0, 1, id="PBROKEN"), "services", value)

    assert verdicts(account(broken, muting(0, 90, id="PLONG"), muting(0, 1, id="PSHORT")),
                    "PD-35") == {"PBROKEN": "error", "PLONG": "fail", "PSHORT": "fail"}  # fmt: skip
    assert verdicts(account(broken, muting(0, 1, id="PSHORT")), "PD-35")["PSHORT"] == "error"


def test_service_of_unknown_status_may_be_muted() -> None:
    """A window that names it alone is an error; one that surely mutes another for long fails."""
    vague = altered(SHOP, "status", "surprise")
    one, both = muting(0, 1), muting(0, 90, "PSHOP", "PBLOG")

    assert only(account(one, services=[vague, BLOG]), "PD-35").status == "error"
    assert only(account(both, services=[vague, BLOG]), "PD-35").status == "fail"


@pytest.mark.parametrize("code", [403, 503])
def test_refused_lists_are_errors(code: int) -> None:
    """Without services each window has an error row, without windows the account."""
    windows = (muting(0, 1, id="PONE"), muting(0, 90, id="PTWO"))

    assert verdicts(account(*windows, services=refused(code)), "PD-35") == {
        "PONE": "error",
        "PTWO": "error",
    }
    assert verdicts(account(maintenance_windows=refused(code)), "PD-35") == {"account": "error"}


def test_creator_that_is_not_shown_costs_nothing() -> None:
    """Evidence lacks who made it."""
    window = muting(0, 1) | {"created_by": None, "description": None}
    (found,) = inspect(account(window, users=[ADA]), "PD-35")

    assert (found.status, found.evidence["created_by"]) == ("pass", None)
