"""Windows of time: what the audit trail, incidents, changes and on-calls cover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.simulator import Account, accounts, builders
from tests.simulator.account import in_window, newest_first
from tests.simulator.records import ago, iso
from tests.simulator_tests.conftest import NOW, Reader, Serve


def ids(records: list[dict[str, str]]) -> list[str]:
    """Return the ids of *records*."""
    return [record["id"] for record in records]


@pytest.fixture
def trail(serve: Serve) -> Reader:
    """Return a reader of an audit trail of known ages."""
    user, key = builders.a_user(), builders.an_api_key()
    team, service = builders.a_team(), builders.a_service()
    return serve(
        Account(
            NOW,
            users=[user],
            audit_records=[
                builders.an_audit_record(ago(NOW, 400), id="TOO-OLD"),
                builders.an_audit_record(ago(NOW, 364), id="OLD", root=team),
                builders.an_audit_record(ago(NOW, 20), id="TEAM", root=team, actor=user),
                builders.an_audit_record(
                    ago(NOW, 10), id="KEY", method="api_token", truncated_token="4f2a", actor=key
                ),
                builders.an_audit_record(
                    ago(NOW, 0.5), id="NEW", root=service, action="create", actor=user
                ),
            ],
        )
    )


def test_the_audit_trail_shows_a_day_unless_asked(trail: Reader) -> None:
    """Without a window only the last 24 hours are read."""
    assert ids(trail.get("/audit/records")["records"]) == ["NEW"]


def test_the_audit_trail_comes_newest_first(trail: Reader) -> None:
    """Records of a window come in reverse order."""
    page = trail.get("/audit/records", since=ago(NOW, 31), until=iso(NOW))

    assert ids(page["records"]) == ["NEW", "KEY", "TEAM"]


def test_an_audit_window_is_no_longer_than_31_days(trail: Reader) -> None:
    """A longer window is refused with 400; so is one that ends before it starts."""
    assert trail.refusal("/audit/records", since=ago(NOW, 31.1), until=iso(NOW))[0] == 400
    assert trail.refusal("/audit/records", since=iso(NOW), until=ago(NOW, 1))[0] == 400


def test_the_audit_trail_keeps_twelve_months(trail: Reader) -> None:
    """Older records cannot be read, whatever the window."""
    assert (
        ids(trail.get("/audit/records", since=ago(NOW, 410), until=ago(NOW, 380))["records"]) == []
    )
    page = trail.get("/audit/records", since=ago(NOW, 370), until=ago(NOW, 350))
    assert ids(page["records"]) == ["OLD"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("method_type=api_token", ["KEY"]),
        ("method_truncated_token=4f2a", ["KEY"]),
        ("actions[]=create", ["NEW"]),
        ("actions[]=create&actions[]=update", ["NEW", "KEY", "TEAM"]),
        ("root_resource_types[]=teams", ["TEAM"]),
        ("root_resource_types[]=teams&root_resource_types[]=services", ["NEW", "KEY", "TEAM"]),
        ("actor_type=api_key_reference", ["KEY"]),
        (f"actor_type=user_reference&actor_id={builders.a_user()['id']}", ["NEW", "TEAM"]),
        ("actor_type=user_reference&actor_id=PNOBODY", []),
    ],
)
def test_the_audit_trail_is_filtered(trail: Reader, query: str, found: list[str]) -> None:
    """Method, token, action, root resource and actor narrow the trail down."""
    window = f"since={ago(NOW, 31)}&until={iso(NOW)}"

    assert ids(trail.get(f"/audit/records?{window}&{query}")["records"]) == found


def test_an_actor_needs_a_type(trail: Reader) -> None:
    """An actor id alone is refused with 400."""
    assert trail.refusal("/audit/records", actor_id="PUSER")[0] == 400


def test_incidents_are_those_of_a_month_unless_asked(serve: Serve) -> None:
    """The default is a month, the longest range half a year, ``date_range=all`` is all."""
    service = builders.a_service()
    reader = serve(
        Account(
            NOW,
            services=[service],
            incidents=[
                builders.an_incident(service, ago(NOW, age), id=f"A{age}") for age in (3, 60, 300)
            ],
        )
    )

    assert ids(reader.get("/incidents")["incidents"]) == ["A3"]
    assert ids(reader.get("/incidents", since=ago(NOW, 90))["incidents"]) == ["A3", "A60"]
    assert len(reader.get("/incidents", date_range="all")["incidents"]) == 3
    assert reader.refusal("/incidents", since=ago(NOW, 200))[0] == 400


@pytest.mark.parametrize(
    "since", ["2026-11-01T00:00:00+00:00", "2026-11-01T00:00:00", "2026-11-01", "yesterday"]
)
def test_change_events_insist_on_utc(serve: Serve, since: str) -> None:
    """Any timestamp but one that ends in Z is refused with 400."""
    assert serve(accounts.small).refusal("/change_events", since=since)[0] == 400


def test_change_events_lie_in_the_window(serve: Serve) -> None:
    """Since and until narrow the list down; a service has its own."""
    account = accounts.demo_compliant(NOW)
    reader = serve(account)
    since, until = NOW - timedelta(days=30), NOW - timedelta(days=20)
    events = reader.get("/change_events", since=iso(since), until=iso(until), limit=100)
    service = builders.a_service("Product Search")["id"]

    assert events["change_events"]
    assert {each["timestamp"] for each in events["change_events"]} <= {
        each["timestamp"]
        for each in account.change_events
        if iso(since) <= each["timestamp"] <= iso(until)
    }
    own = reader.get(f"/services/{service}/change_events")["change_events"]
    assert [each["summary"] for each in own] == ["Deployed Product Search"] * 3


# Who is on call


@pytest.fixture
def rota(serve: Serve) -> Reader:
    """Return a reader of a policy with a daily rota of two, then a user."""
    ada, ben, eve = (builders.a_user(name, id=name) for name in ("ADA", "BEN", "EVE"))
    layer = builders.a_layer([ada, ben], start="2026-11-01T09:00:00Z", turn_seconds=86400)
    schedule = builders.a_layer_schedule(id="ROTA", layers=[layer], time_zone="UTC")
    shifts = builders.a_shift_schedule(id="SHIFTS", users=[eve])
    policy = builders.a_policy("On call", [schedule], [ben], [shifts], id="POLICY")
    other = builders.a_policy("Other", [ada], id="OTHER")
    return serve(
        Account(
            NOW,
            users=[ada, ben, eve],
            schedules=[schedule],
            shift_schedules=[shifts],
            escalation_policies=[policy, other],
        )
    )


def who(reader: Reader, **params: object) -> list[tuple[str, int, str | None]]:
    """Return user, level and start of who is on call."""
    rows = reader.get("/oncalls", **params)["oncalls"]
    return sorted((row["user"]["id"], row["escalation_level"], row["start"]) for row in rows)


def test_on_call_means_now_unless_asked(rota: Reader) -> None:
    """One row for each policy and level: the shift that runs now, or no times for a user."""
    rows = {
        (row["escalation_policy"]["id"], row["escalation_level"]): row
        for row in rota.get("/oncalls")["oncalls"]
    }

    assert len(rows) == 4
    assert rows["POLICY", 1]["user"]["id"] == "ADA"
    assert rows["POLICY", 1]["schedule"]["type"] == "schedule_reference"
    assert rows["POLICY", 1]["start"] == "2026-11-23T09:00:00Z"
    assert rows["POLICY", 1]["end"] == "2026-11-24T09:00:00Z"
    assert rows["POLICY", 2] | {"escalation_policy": None, "user": None} == {
        "escalation_policy": None,
        "escalation_level": 2,
        "user": None,
        "schedule": None,
        "start": None,
        "end": None,
    }
    assert rows["POLICY", 3]["schedule"]["type"] == "schedule_v3_reference"


def test_shifts_that_touch_the_window_come_whole(rota: Reader) -> None:
    """A window lists every shift that overlaps it, with its true start."""
    params = {"since": "2026-11-24T08:00:00Z", "until": "2026-11-25T10:00:00Z"}

    assert who(rota, **params, **{"schedule_ids[]": "ROTA"}) == [
        ("ADA", 1, "2026-11-23T09:00:00Z"),
        ("ADA", 1, "2026-11-25T09:00:00Z"),
        ("BEN", 1, "2026-11-24T09:00:00Z"),
    ]
    assert who(rota, **params, **{"schedule_ids[]": "ROTA", "earliest": "true"}) == [
        ("ADA", 1, "2026-11-23T09:00:00Z"),
        ("BEN", 1, "2026-11-24T09:00:00Z"),
    ]


def test_on_calls_are_filtered(rota: Reader) -> None:
    """Users and policies narrow the list down."""
    assert who(rota, **{"user_ids[]": "BEN"}) == [("BEN", 2, None)]
    assert who(rota, **{"escalation_policy_ids[]": "OTHER"}) == [("ADA", 1, None)]


def test_on_calls_reach_90_days_ahead(rota: Reader) -> None:
    """Shifts beyond 90 days are left out; a window that ends before it starts is refused."""
    far = iso(NOW + timedelta(days=365))
    starts = [row[2] for row in who(rota, until=far, limit=100, **{"schedule_ids[]": "ROTA"})]

    assert max(start for start in starts if start) <= iso(NOW + timedelta(days=90))
    assert len(starts) == 90
    assert rota.refusal("/oncalls", since=far, until=iso(NOW))[0] == 400


def test_on_calls_are_expanded_on_demand(rota: Reader) -> None:
    """Users, schedules and policies come in full when they are included."""
    include = {"include[]": ["users", "schedules", "escalation_policies"]}
    row = next(
        row
        for row in rota.get("/oncalls", **include)["oncalls"]
        if row["schedule"] and row["schedule"]["id"] == "ROTA"
    )

    assert row["user"]["email"]
    assert row["schedule"]["time_zone"] == "UTC"
    assert row["escalation_policy"]["escalation_rules"]


def test_a_window_holds_both_of_its_ends() -> None:
    """What happened at the first or the last moment of a window is part of it."""
    records = [{"id": str(day), "at": f"2026-11-{day:02}T00:00:00Z"} for day in (3, 1, 2, 2, 4)]
    dated = newest_first(records, "at")
    second, third = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3))

    def within(since: datetime | None, until: datetime | None) -> list[str]:
        return ids([record for _, record in in_window(dated, since, until)])

    assert within(None, None) == ["4", "3", "2", "2", "1"]
    assert within(second, third) == ["3", "2", "2"]
    assert within(second, None) == ["4", "3", "2", "2"]
    assert within(None, second) == ["2", "2", "1"]
    assert within(third, second) == []
