"""The snapshot: what was read, what was not and why, and its file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import UnavailableError
from pdsec_checks.pagerduty.snapshot import Cost, Snapshot, Unavailable
from pdsec_checks.resources import UNREAD

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REFUSED = Unavailable("/users", "HTTP 403", 403)


def a_snapshot(**data: list[Any] | Unavailable) -> Snapshot:
    """Return a snapshot of these data sets."""
    return Snapshot(NOW, "https://api.pagerduty.com", data=data)


def test_data_set_is_handed_out_as_it_is() -> None:
    """Everybody gets the same list."""
    records = [{"id": "PU1"}]
    snapshot = a_snapshot(users=records)

    assert snapshot.records("users") is records
    assert snapshot.has("users")


@pytest.mark.parametrize(("name", "status"), [("users", 403), ("teams", None)])
def test_missing_data_set_is_an_error_and_never_empty(name: str, status: int | None) -> None:
    """What was refused, and what nobody read, cannot be mistaken for an empty list."""
    snapshot = a_snapshot(users=REFUSED)

    assert not snapshot.has(name)
    with pytest.raises(UnavailableError) as caught:
        snapshot.records(name)
    assert caught.value.status == status


def test_reason_survives_being_kept() -> None:
    """An error that is kept and raised again says the same."""
    error = UnavailableError("/users", "HTTP 403", 403)

    kept = Unavailable.because(error)

    assert kept == REFUSED
    assert str(kept) == str(kept.error()) == str(error)


def test_unavailable_data_sets_come_by_name() -> None:
    """Reports list them in a fixed order."""
    snapshot = a_snapshot(users=REFUSED, teams=[], abilities=REFUSED)

    assert [name for name, _ in snapshot.unavailable] == ["abilities", "users"]


def unavailable(status: int | None, path: str = "/path") -> Unavailable:
    """Return a data set that could not be read."""
    return Unavailable(path, "why", status)


@pytest.mark.parametrize(
    ("statuses", "unreachable", "refusal"),
    [
        ([401, 401], False, "PagerDuty refuses the credential: why (check that"),
        ([None, None], True, "PagerDuty cannot be reached at https://api.pagerduty.com: why"),
        ([401, 401], True, "PagerDuty cannot be reached at https://api.pagerduty.com: why"),
        ([403, 403], False, "the key may read nothing of what"),
        ([402, 402], False, "the account's plan includes nothing of what"),
        ([402, 403], False, "the key may read nothing of what"),
        ([401, 403], False, None),
        ([403, 404], False, None),
        ([None, None], False, None),
        ([403], False, None),
        ([], True, None),
    ],
)
def test_refusal_is_for_everything_at_once(
    statuses: list[int | None],
    unreachable: bool,  # noqa: FBT001 - given
    refusal: str | None,
) -> None:
    """Only when nothing could be read, for one and the same reason, the run has no point."""
    sets = {f"set{n}": unavailable(status, f"/{n}") for n, status in enumerate(statuses)}
    snapshot = a_snapshot(**sets)
    snapshot.unreachable = unreachable

    assert (snapshot.refusal or "").startswith(refusal or "")
    assert bool(snapshot.refusal) is bool(refusal)


@pytest.mark.parametrize("status", [402, 403])
def test_one_path_that_is_refused_speaks_for_itself_alone(status: int) -> None:
    """Data sets of one path say nothing of the key or the plan as a whole."""
    snapshot = a_snapshot(audit_latest=unavailable(status), audit_oldest=unavailable(status))

    assert snapshot.refusal is None


def test_a_part_that_is_refused_is_a_refusal_of_its_data_set() -> None:
    """One record whose rest is forbidden is enough, and one that is gone is none."""
    part = {"path": "/p", "reason": "no", "status": 403}
    snapshot = a_snapshot(
        users=unavailable(403),
        teams=unavailable(404),
        services=[{"id": "P1"}, {"id": "P2", UNREAD: part}],
        schedules=[{"id": "P1", UNREAD: {**part, "status": 404}}],
    )

    assert {name for name in snapshot.data if snapshot.is_refused(name)} == {"services", "users"}


def test_one_list_that_could_be_read_is_no_refusal() -> None:
    """A credential that reads anything is valid."""
    assert a_snapshot(users=unavailable(401), teams=[]).refusal is None


@pytest.mark.parametrize(
    ("url", "subdomain"),
    [
        ("https://acme.pagerduty.com/users/PU1", "acme"),
        ("https://acme.eu.pagerduty.com/users/PU1", "acme"),
        ("https://pagerduty.com.example.com/users/PU1", None),
        ("https://[acme", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_subdomain_is_that_of_a_web_address(url: object, subdomain: str | None) -> None:
    """An address of PagerDuty names the account; one that is none names nothing."""
    assert a_snapshot(users=[{"id": "PU1", "html_url": url}]).subdomain == subdomain


def test_subdomain_comes_from_the_first_record_that_has_one() -> None:
    """Refused data sets and records without an address are passed over."""
    url = "https://acme.pagerduty.com/services/PS2"
    services = [{"id": "PS1"}, {"id": "PS2", "html_url": url}]

    assert a_snapshot(users=REFUSED, services=services).subdomain == "acme"


def test_what_shaped_the_reading_replaces_what_is_wanted() -> None:
    """Thresholds that decided what was asked for belong to the snapshot; others are free."""
    snapshot = a_snapshot()
    snapshot.thresholds = {"schedule_coverage_days": 7}

    found = snapshot.baseline(Baseline(schedule_coverage_days=30, min_admins=5))

    assert found == Baseline(schedule_coverage_days=7, min_admins=5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DATA = st.lists(JSON, max_size=3) | st.builds(
    Unavailable, st.text(), st.text(), st.none() | st.integers(400, 599)
)


@given(st.dictionaries(st.text(), DATA, max_size=3), st.booleans())
def test_file_holds_the_whole_snapshot(
    tmp_path_factory: pytest.TempPathFactory,
    data: dict[str, list[Any] | Unavailable],
    live: bool,  # noqa: FBT001 - drawn
) -> None:
    """Other workers load exactly what one of them wrote."""
    snapshot = a_snapshot(**data)
    snapshot.requests = Cost(7, 1, 0, 0.5) if live else None
    snapshot.thresholds = {"change_event_days": 90}
    snapshot.unreachable = not live
    file = tmp_path_factory.mktemp("run") / "snapshot.json.gz"

    snapshot.write(file)

    assert Snapshot.load(file) == snapshot
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_failed_write_leaves_no_half_snapshot(tmp_path: Path) -> None:
    """A worker never finds a file that is not whole."""
    file = tmp_path / "snapshot.json.gz"

    with pytest.raises(TypeError):
        a_snapshot(users=[object()]).write(file)

    assert not file.exists()
