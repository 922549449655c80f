"""Views of records: a broken field breaks what needs it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import MalformedRecordError, UnavailableError
from pdsec_checks.finding import ResourceRef
from pdsec_checks.resources import (
    NAME_LENGTH,
    UNREAD,
    Account,
    ApiKey,
    ById,
    ChangeEvent,
    EscalationPolicy,
    LayerSchedule,
    Service,
    Unreadable,
    User,
    View,
    parse_moment,
)
from tests.resources.views import NOW, WINDOW, a_service, a_user


def test_missing_field_is_named_with_its_resource() -> None:
    """A field that PagerDuty documents and did not send is an error that names both."""
    with pytest.raises(MalformedRecordError) as caught:
        _ = a_service().auto_resolve_timeout

    assert str(caught.value) == (
        "service 'shop' (PS1): PagerDuty sent no field 'auto_resolve_timeout'"
    )


@pytest.mark.parametrize("kind", [str, int, bool, dict, list])
def test_a_field_that_may_be_null_has_its_type_or_none(kind: type) -> None:
    """It comes as it was sent; only one that may be left out may also be missing."""
    view = View({"id": "P1", "given": kind(), "null": None, "other": 1.5})

    assert view.read_or_null("given", kind) is view.read_if_any("given", kind) is view.get("given")
    assert view.read_or_null("null", kind) is view.read_if_any("null", kind) is None
    assert view.read_if_any("absent", kind) is None
    with pytest.raises(MalformedRecordError, match="sent no field 'absent'"):
        view.read_or_null("absent", kind)
    for read in (view.read, view.read_or_null, view.read_if_any):
        with pytest.raises(MalformedRecordError, match="field 'other' is malformed"):
            read("other", kind)


def test_a_truth_value_is_no_number() -> None:
    """Types that Python takes for each other are told apart."""
    view = View({"id": "P1", "flag": True, "count": 1})

    assert view.read("flag", bool) is True
    for name, kind in (("flag", int), ("count", bool), ("count", str)):
        with pytest.raises(MalformedRecordError, match=f"field '{name}' is malformed"):
            view.read(name, kind)


def test_a_part_is_named_by_where_it_stands() -> None:
    """However deep it is, a message names the record that it belongs to, and the way to it."""
    policy = EscalationPolicy(
        {"id": "P1", "name": "Shop", "escalation_rules": [{"targets": [{"type": "user"}]}]}
    )
    (target,) = policy.rules[0].targets

    assert str(target) == "escalation policy 'Shop' (P1): an escalation rule: a target"
    assert str(target.view_of("x", {})) == f"{target}: x"


def test_a_record_has_one_address_for_all_who_judge_it() -> None:
    """Findings of several controls about one record share what reports print of it."""
    service = a_service()

    assert service.ref is service.ref
    assert service.ref == ResourceRef("service", service.id, service.name, service.url)


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("acknowledgement_timeout", -1, lambda each: each.acknowledgement_timeout),
        ("acknowledgement_timeout", True, lambda each: each.acknowledgement_timeout),
        ("status", None, lambda each: each.in_service),
        ("status", 1, lambda each: each.in_service),
        ("escalation_policy", "PE1", lambda each: each.escalation_policy_id),
        ("escalation_policy", {"name": "x"}, lambda each: each.escalation_policy_id),
        ("integrations", None, lambda each: each.integrations),
        ("acknowledgement_timeout", "1800", lambda each: each.acknowledgement_timeout),
        ("auto_resolve_timeout", 1.5, lambda each: each.auto_resolve_timeout),
    ],
)
def test_field_of_another_type_is_named_with_its_resource(
    field: str, value: object, read: Any
) -> None:
    """A null or another type where PagerDuty documents one is an error, never a guess."""
    with pytest.raises(MalformedRecordError, match=rf"^service 'shop' \(PS1\): .*{field}"):
        read(a_service(**{field: value}))


def test_broken_field_leaves_the_others_readable() -> None:
    """Fields are checked when they are read, one at a time."""
    service = a_service(status=5, auto_resolve_timeout=None, acknowledgement_timeout=0)

    assert service.auto_resolve_timeout is None
    assert service.acknowledgement_timeout == 0
    with pytest.raises(MalformedRecordError):
        _ = service.in_service


def test_error_does_not_repeat_the_payload() -> None:
    """A malformed value is described by its type; what it holds may be private."""
    with pytest.raises(MalformedRecordError) as caught:
        _ = a_user(role={"secret": "hush"}).role

    assert "hush" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_field_that_could_not_be_read_says_why() -> None:
    """What a reader could not fetch is unavailable, not malformed."""
    why = {"path": "/schedules/PK1", "reason": "HTTP 500", "status": 500}
    schedule = LayerSchedule({"id": "PK1", "name": "rota", UNREAD: why})

    with pytest.raises(UnavailableError, match=r"^/schedules/PK1: HTTP 500"):
        schedule.shifts(WINDOW)
    assert schedule.name == "rota"


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"name": "a", "summary": "b"}, "a"),
        ({"name": None, "summary": "b"}, "b"),
        ({"name": 5}, ""),
        ({}, ""),
    ],
)
def test_name_is_the_name_or_the_summary(record: dict[str, Any], name: str) -> None:
    """References have only a summary; a record without either has an empty name."""
    assert View(record).name == name


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://acme.pagerduty.com/services/PS1", "https://acme.pagerduty.com/services/PS1"),
        (
            "https://acme.eu.pagerduty.com/services/PS1?a=b#c",
            "https://acme.eu.pagerduty.com/services/PS1?a=b#c",
        ),
        ("https://acme.pagerduty.com", "https://acme.pagerduty.com"),
        ("http://acme.pagerduty.com/services/PS1", None),
        ("https://pagerduty.com.example.com/services/PS1", None),
        ("https://acmepagerduty.com/services/PS1", None),
        ("https://example.com/acme.pagerduty.com", None),
        ("https://acme.pagerduty.com@example.com/", None),
        ("https://acme.pagerduty.com:pass@example.com/", None),
        ("https://ann:pass@acme.pagerduty.com/services/PS1", None),
        ("https://acme.pagerduty.com:8443/services/PS1", None),
        ("https://example.com\\.pagerduty.com/services/PS1", None),
        ("https://acme.pagerduty.com\\@example.com/", None),
        ("https://acme.pagerduty.com/a\\b", None),
        ("https://example.com#.pagerduty.com/", None),
        ("https://example.com?.pagerduty.com/", None),
        ("https://acme.pagerduty.com/a b", None),
        ("https://acme.pagerduty.com/\n", None),
        ("https://acme\t.pagerduty.com/", None),
        ("https://acm\u00e9.pagerduty.com/", None),
        ("javascript:alert(1)", None),
        (5, None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(url: object, expected: str | None) -> None:
    """Reports link to pages of PagerDuty's own domain, and to nothing that looks like one."""
    assert a_service(html_url=url).url == expected


def test_reference_holds_what_reports_print() -> None:
    """A resource's address is its type, id, name and link."""
    assert a_service().ref == ResourceRef("service", "PS1", "shop", None)


@given(st.text(), st.text(min_size=1))
def test_messages_are_printable_whatever_the_record_says(name: str, record_id: str) -> None:
    """Control characters of names and ids come out escaped."""
    text = str(Service({"id": record_id, "name": name}))

    assert text.isprintable()


@given(st.text(min_size=NAME_LENGTH + 1))
def test_messages_shorten_long_names(name: str) -> None:
    """A message repeats the beginning of a long name, and says that there is more."""
    text = str(a_service(name=name))

    assert text == f"service {name[:NAME_LENGTH] + '…'!r} (PS1)"


def test_representation_is_no_payload() -> None:
    """What a traceback prints of a resource is its name and id."""
    assert repr(a_user(email="ann@example.com")) == "user 'Ann' (PU1)"


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (EscalationPolicy({"id": "PE1", "summary": "main"}), "escalation policy 'main' (PE1)"),
        (ApiKey("PK1", "abcd", "ci", is_key=True), "API key 'ci' (PK1:abcd)"),
        (ApiKey("PU1", "abcd", "Ann"), "API key '…abcd of Ann' (PU1:abcd)"),
        (ApiKey("PK1", "abcd", is_key=True), "API key '…abcd of PK1' (PK1:abcd)"),
        (Account("acme"), "account 'acme'"),
        (Account(), "the account"),
    ],
)
def test_kinds_are_named_in_words(view: View, text: str) -> None:
    """Messages name a resource as an operator would."""
    assert f"{view} {view!r}" == f"{text} {text}"


@pytest.mark.parametrize(
    ("host", "name", "url"),
    [
        ("acme.pagerduty.com", "acme", "https://acme.pagerduty.com"),
        ("acme.eu.pagerduty.com", "acme", "https://acme.eu.pagerduty.com"),
        (None, "", None),
    ],
)
def test_account_links_to_its_web_pages(host: str | None, name: str, url: str | None) -> None:
    """The account is called by its subdomain, and links to the host of its region."""
    assert Account(host).ref == ResourceRef("account", "account", name, url)


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00Z", "2026-11-23T10:00:00+01:00"])
def test_timestamps_have_an_offset(text: str) -> None:
    """A timestamp is an instant, however its offset is written."""
    assert parse_moment(text) == NOW


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00", "2026-11-23", "soon", ""])
def test_timestamp_without_an_offset_is_none(text: str) -> None:
    """A local time is no instant, and is refused with the field's name."""
    with pytest.raises(MalformedRecordError, match="'created_at'"):
        a_service(created_at=text).moment("created_at")


def test_null_timestamp_is_allowed_only_where_it_may_be() -> None:
    """A null is none where the field may be empty, and malformed elsewhere."""
    service = a_service(created_at=None)

    assert service.moment("created_at", optional=True) is None
    with pytest.raises(MalformedRecordError, match="'created_at'"):
        service.moment("created_at")


@pytest.mark.parametrize(
    ("services", "ids"),
    [([{"id": "PS1"}, {}], {"PS1"}), ([None, {"id": "PS1"}], {"PS1"}), ("PS1", set()), (5, set())],
)
def test_ids_of_a_list_are_told_as_far_as_they_can_be(services: object, ids: set[str]) -> None:
    """An entry without an id hides no other one, and the list says that it is not whole."""
    found, problem = ChangeEvent({"id": "C1", "summary": "deploy", "services": services}).ids_in(
        "services"
    )

    assert found == ids
    assert "'deploy'" in str(problem)


def test_records_by_id_know_whether_one_had_none() -> None:
    """Where a record came without an id, none is surely missing from the list."""
    whole, broken = ById([a_user()]), ById([a_user(), User({"name": "Ben"}), User({})])

    assert whole.find("PU1") is not None
    assert whole.find("PU9") is None
    assert broken.find("PU1") is not None
    with pytest.raises(MalformedRecordError, match="'id'"):
        broken.find("PU9")


def test_what_stands_for_a_broken_record_has_the_address_of_its_owner() -> None:
    """A row that has no id of its own is found in a report by what it belongs to."""
    row = Unreadable(a_service(), MalformedRecordError("an integration has no id"))

    assert row.ref == a_service().ref
    assert (row.name, str(row), repr(row)) == ("shop", str(a_service()), str(a_service()))
