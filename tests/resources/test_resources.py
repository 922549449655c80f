"""Views of records: a broken field breaks what needs it, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.model import Interval, ResourceRef
from pdsec_checks.resources import (
    NAME_LENGTH,
    NO_OBJECT,
    UNREAD,
    Account,
    ApiKey,
    AuditRecord,
    ById,
    ChangeEvent,
    Dependency,
    EscalationPolicy,
    Extension,
    IncidentWorkflow,
    Integration,
    LayerSchedule,
    OnCall,
    Schedule,
    Service,
    ShiftSchedule,
    Target,
    Unreadable,
    User,
    View,
    WebhookSubscription,
    WorkflowTrigger,
    parse_moment,
)

HOOK = {"url": "https://chat.example/hook?token=1"}
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW = Interval(NOW, NOW + timedelta(days=30))


def a_service(**fields: Any) -> Service:
    """Return a service with these fields."""
    return Service({"id": "PS1", "name": "shop", **fields})


def a_user(**fields: Any) -> User:
    """Return a user with these fields."""
    return User({"id": "PU1", "name": "Ann", **fields})


def test_missing_field_is_named_with_its_resource() -> None:
    """A field that PagerDuty documents and did not send is an error that names both."""
    with pytest.raises(MalformedRecordError) as caught:
        _ = a_service().auto_resolve_timeout

    assert str(caught.value) == (
        "service 'shop' (PS1): PagerDuty sent no field 'auto_resolve_timeout'"
    )


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
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


def test_entry_that_is_no_object_costs_only_itself() -> None:
    """One integration that is no object is one that has no field; the others can be read."""
    first, second = a_service(integrations=["PI1", {"id": "PI2"}]).integrations

    assert second.id == "PI2"
    with pytest.raises(MalformedRecordError, match="is no object"):
        _ = first.id


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
        ("javascript:alert(1)", None),
        (5, None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(url: object, expected: str | None) -> None:
    """Reports link to https addresses and to nothing else."""
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
    ("role", "privileged", "stakeholder"),
    [
        ("owner", True, False),
        ("admin", True, False),
        ("user", False, False),
        ("limited_user", False, False),
        ("observer", False, False),
        ("read_only_user", False, True),
        ("read_only_limited_user", False, True),
    ],
)
def test_roles_are_privileged_or_stakeholders_or_neither(
    role: str,
    privileged: bool,  # noqa: FBT001 - the expected answer
    stakeholder: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Owners and administrators are privileged, the two read-only roles only watch."""
    user = a_user(role=role)

    assert (user.is_privileged, user.is_stakeholder) == (privileged, stakeholder)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, None), ({"created_via_sso": None}, None), ({"created_via_sso": False}, False)],
)
def test_origin_of_a_user_may_be_unknown(fields: dict[str, Any], expected: bool | None) -> None:  # noqa: FBT001 - the expected answer
    """A user without the field ``created_via_sso`` is unknown, not false."""
    assert a_user(**fields).created_via_sso is expected


def test_team_without_an_id_names_the_user() -> None:
    """A broken nested record is named by the record around it."""
    assert a_user(teams=[{"id": "PT1"}]).team_ids == ["PT1"]
    with pytest.raises(MalformedRecordError, match=r"^user 'Ann' \(PU1\): teams: .* 'id'"):
        _ = a_user(teams=[{}]).team_ids


def test_service_may_have_no_policy() -> None:
    """A service's policy is an id, or none where PagerDuty sent a null."""
    assert a_service(escalation_policy={"id": "PE1"}).escalation_policy_id == "PE1"
    assert a_service(escalation_policy=None).escalation_policy_id is None


@pytest.mark.parametrize(("status", "expected"), [("disabled", False), ("active", True)])
def test_only_disabled_services_are_out_of_service(
    status: str,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Every other status can open incidents."""
    assert a_service(status=status).in_service is expected


def test_urgency_rule_of_another_kind_is_refused_by_name() -> None:
    """An urgency that PagerDuty does not document cannot be judged."""
    rule = {"type": "constant", "urgency": "extreme"}

    with pytest.raises(MalformedRecordError, match=r"\(PS1\): urgency rule .*'extreme'"):
        _ = a_service(incident_urgency_rule=rule).urgency_rule


@pytest.mark.parametrize("fields", [{}, {"email_filters": None}, {"email_filters": []}])
def test_integration_may_have_no_filters(fields: dict[str, Any]) -> None:
    """No list of filters, a null and an empty list are the same."""
    assert Integration({"id": "PI1", **fields}, a_service()).email_filters == []


@pytest.mark.parametrize(
    ("kind", "is_user"),
    [
        ("user", True),
        ("user_reference", True),
        ("schedule_reference", False),
        ("schedule_v3_reference", False),
    ],
)
def test_targets_are_users_or_schedules(
    kind: str,
    is_user: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Both kinds of schedules and both forms of each type are known."""
    assert Target({"id": "P1", "type": kind}).is_user is is_user


def test_policy_reads_its_rules() -> None:
    """A policy's rules, their targets and its repetitions are typed."""
    rule = {"targets": [{"id": "PU1", "type": "user_reference"}]}
    policy = EscalationPolicy({"id": "PE1", "num_loops": 2, "escalation_rules": [rule, rule | {}]})

    assert policy.num_loops == 2
    assert [target.id for rule in policy.rules for target in rule.targets] == ["PU1", "PU1"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"description": "chat"}, "chat"),
        ({"description": "chat", "delivery_method": HOOK}, "chat"),
        ({"description": None, "delivery_method": HOOK}, "chat.example"),
        ({"description": " ", "delivery_method": HOOK}, "chat.example"),
        ({"delivery_method": HOOK}, "chat.example"),
        ({"name": "no", "description": None}, ""),
        ({"delivery_method": None}, ""),
        ({"delivery_method": {"url": 5}}, ""),
        ({"delivery_method": {"url": "https://"}}, ""),
        ({"delivery_method": {"url": "https://[::1"}}, ""),
    ],
)
def test_name_of_a_subscription_is_its_description_or_its_host(
    fields: dict[str, Any], name: str
) -> None:
    """A webhook subscription has no name; what it is for, or where it goes, tells it apart."""
    subscription = WebhookSubscription({"id": "PW1", **fields})

    assert subscription.name == name
    assert str(subscription) == f"webhook subscription {name!r} (PW1)"


@pytest.mark.parametrize("method", [None, "x", {}, {"url": None}, {"url": 5}])
def test_subscription_without_a_url_says_so_under_its_own_name(method: object) -> None:
    """The error of a subscription that cannot be read names it, and ends."""
    subscription = WebhookSubscription({"id": "PW1", "delivery_method": method})

    with pytest.raises(MalformedRecordError, match=r"^webhook subscription '' \(PW1\): "):
        _ = subscription.destination


def test_extension_may_have_no_url() -> None:
    """Only extensions with an address send anything."""
    assert Extension({"id": "PX1", "endpoint_url": ""}).has_url
    assert not Extension({"id": "PX1", "endpoint_url": None}).has_url
    assert not Extension({"id": "PX1"}).has_url
    assert Extension({NO_OBJECT: True}).has_url, "nobody knows whether it has none"


def a_layer_schedule(*entries: dict[str, Any]) -> Schedule:
    """Return a layer-based schedule with these rendered entries."""
    final = {"rendered_schedule_entries": list(entries), "rendered_coverage_percentage": 0}
    return LayerSchedule({"id": "PK1", "name": "rota", "final_schedule": final})


def a_shift_schedule(*entries: dict[str, Any]) -> Schedule:
    """Return a shift-based schedule with these computed assignments."""
    final = {"computed_shift_assignments": list(entries), "rendered_coverage_percentage": 0}
    return ShiftSchedule({"id": "PK1", "name": "rota", "final_schedule": final})


def held(schedule: Schedule) -> list[tuple[str | None, Interval | None]]:
    """Return who is on call when, as far as that can be told."""
    return [(each.user.id if each.user else None, each.span) for each in schedule.shifts(WINDOW)]


START, END = "2026-11-24T00:00:00Z", "2026-11-25T00:00:00+00:00"
SHIFT = Interval(parse_moment(START), parse_moment(END))
ANN, NOBODY = {"type": "user_member", "user_id": "PU1"}, {"type": "empty_member"}


@pytest.mark.parametrize(
    "schedule",
    [
        a_layer_schedule(
            {"start": START, "end": END, "user": {"id": "PU1"}},
            {"start": START, "end": END, "user": None},
            {"start": START, "end": END},
        ),
        a_shift_schedule(
            {"start_time": START, "end_time": END, "member": ANN},
            {"start_time": START, "end_time": END, "member": NOBODY},
        ),
    ],
)
def test_shift_is_an_entry_with_somebody_in_it(schedule: Schedule) -> None:
    """Both kinds of schedules leave out the entries that nobody has."""
    assert held(schedule) == [("PU1", SHIFT)]


def test_shift_without_an_end_lasts_as_long_as_the_window() -> None:
    """PagerDuty ends an open shift with a null."""
    schedule = a_layer_schedule({"start": START, "end": None, "user": {"id": "PU1"}})

    assert held(schedule) == [("PU1", Interval(SHIFT.start, WINDOW.end))]


@pytest.mark.parametrize(
    "entry",
    [
        {"start": END, "end": START, "user": {"id": "PU1"}},
        {"start": None, "end": END, "user": {"id": "PU1"}},
        {"start": START, "end": "later", "user": {"id": "PU1"}},
    ],
)
def test_broken_entry_names_its_schedule(entry: dict[str, Any]) -> None:
    """An entry that ends before it starts, or lacks a field, says so, and whose it is."""
    broken, whole = a_layer_schedule(
        entry, {"start": START, "end": END, "user": {"id": "PU2"}}
    ).shifts(WINDOW)

    assert str(broken.problem).startswith("schedule 'rota' (PK1): final_schedule")
    assert broken.user is not None
    assert (broken.user.id, broken.span) == ("PU1", None)
    assert whole.problem is None


@pytest.mark.parametrize("user", [5, {}, {"id": None}])
def test_entry_of_an_unknown_person_says_when(user: object) -> None:
    """Who is on call cannot be told, but that somebody may be, and when."""
    (shift,) = a_layer_schedule({"start": START, "end": END, "user": user}).shifts(WINDOW)

    assert (shift.user, shift.span) == (None, SHIFT)
    assert str(shift.problem).startswith("schedule 'rota' (PK1): final_schedule")


def test_unknown_kind_of_member_names_its_schedule() -> None:
    """A member that is neither a user nor empty cannot be judged."""
    entry = {"start_time": START, "end_time": END, "member": {"type": "robot"}}

    (shift,) = a_shift_schedule(entry).shifts(WINDOW)

    assert "'rota'" in str(shift.problem)
    assert "unknown kind of member 'robot'" in str(shift.problem)


@pytest.mark.parametrize("percentage", [{}, {"rendered_coverage_percentage": None}])
def test_schedule_without_entries_and_percentage_was_not_rendered(
    percentage: dict[str, None],
) -> None:
    """No entries and no percentage do not say that nobody is on call."""
    schedules = (
        LayerSchedule({"id": "PK1", "final_schedule": {"rendered_schedule_entries": []}}),
        ShiftSchedule({"id": "PK1", "final_schedule": {"computed_shift_assignments": []}}),
    )
    for schedule in schedules:
        schedule.record["final_schedule"] |= percentage
        with pytest.raises(MalformedRecordError, match="without the shifts of the window"):
            schedule.shifts(WINDOW)
        schedule.record["final_schedule"]["rendered_coverage_percentage"] = 0
        assert schedule.shifts(WINDOW) == []


@pytest.mark.parametrize(
    ("end", "counts"), [(None, True), ("2026-11-24T00:00:00Z", True), (NOW.isoformat(), False)]
)
def test_participants_still_take_turns(
    end: str | None,
    counts: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Layers and events that ended before the inspection, or with it, do not count."""
    layer = {"start": "2020-01-01T00:00:00Z", "end": end, "users": [{"user": {"id": "PU1"}}]}
    event = {"effective_until": end, "assignment_strategy": {"members": [ANN, NOBODY]}}
    schedules = (
        LayerSchedule({"id": "PK1", "schedule_layers": [layer]}),
        ShiftSchedule({"id": "PK1", "rotations": [{"events": [event]}]}),
    )

    for schedule in schedules:
        assert members(schedule) == (["PU1"] if counts else [])


def members(schedule: Schedule) -> list[str | None]:
    """Return the ids of those who take turns; None for each who cannot be told."""
    return [each.user.id if each.user else None for each in schedule.members(NOW)]


def test_deleted_members_are_members_who_say_so() -> None:
    """Whether somebody was deleted is for the judgement; the schedule only passes it on."""
    gone = {"deleted_at": START}
    schedules = (
        LayerSchedule(
            {"id": "PK1", "schedule_layers": [{"users": [{"user": {"id": "PU1", **gone}}]}]}
        ),
        ShiftSchedule(
            {
                "id": "PK1",
                "rotations": [
                    {"events": [{"assignment_strategy": {"members": [{**ANN, **gone}]}}]}
                ],
            }
        ),
    )

    for schedule in schedules:
        (member,) = schedule.members(NOW)
        assert member.user is not None
        assert member.user.deleted_on == "2026-11-24"


@pytest.mark.parametrize("record", [{}, {"rotations": []}, {"rotations": [{}]}])
def test_schedule_without_rotations_has_no_members(record: dict[str, Any]) -> None:
    """The official document lets rotations and their events be absent."""
    assert members(ShiftSchedule({"id": "PK1", **record})) == []


@pytest.mark.parametrize("rotations", [None, 5, {}])
def test_rotations_of_another_type_are_unknown(rotations: object) -> None:
    """What is no list of rotations tells of nobody."""
    with pytest.raises(MalformedRecordError, match=r"'rota' .*'rotations'"):
        ShiftSchedule({"id": "PK1", "name": "rota", "rotations": rotations}).members(NOW)


@pytest.mark.parametrize("broken", [None, 5, {"events": None}, {"events": 5}, {"events": [None]}])
def test_broken_rotation_is_any_number_of_people(broken: object) -> None:
    """What cannot be read of one rotation may be anybody, and hides nobody of another one."""
    whole = {"events": [{"assignment_strategy": {"members": [ANN]}}]}

    found = ShiftSchedule({"id": "PK1", "name": "rota", "rotations": [broken, whole]}).members(NOW)

    assert [(each.user is None, each.is_many) for each in found] == [(True, True), (False, False)]
    assert "'rota'" in str(found[0].problem)


def test_schedule_that_could_not_be_fetched_has_unknown_members() -> None:
    """A list holds references only; that one has no rotations says nothing."""
    why = {"path": "/v3/schedules/PK1", "reason": "HTTP 503", "status": 503}

    with pytest.raises(UnavailableError, match="HTTP 503"):
        ShiftSchedule({"id": "PK1", UNREAD: why}).members(NOW)


def test_kinds_of_schedules_must_answer() -> None:
    """A third kind of schedule would have to say who is on call."""
    with pytest.raises(NotImplementedError):
        Schedule({"id": "PK1"}).shifts(WINDOW)
    with pytest.raises(NotImplementedError):
        Schedule({"id": "PK1"}).members(NOW)


def test_row_of_who_is_on_call_has_a_user() -> None:
    """Rows have no id; the user is a reference."""
    row = OnCall({"user": {"id": "PU1", "summary": "Ann"}})

    assert str(row.user) == "user 'Ann' (PU1)"
    with pytest.raises(MalformedRecordError, match=r"^an on-call entry: .*'user'"):
        _ = OnCall({"user": None}).user


def test_audit_record_may_have_no_actor() -> None:
    """The first actor counts; PagerDuty may leave out all of them."""
    actors = [{"id": "PU1", "summary": "Ann"}, {"id": "PU2"}]

    first = AuditRecord({"id": "R1", "actors": actors}).actor

    assert first is not None
    assert first.id == "PU1"
    assert AuditRecord({"id": "R1"}).actor is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, True), ({"is_enabled": True}, True), ({"is_enabled": False}, False)],
)
def test_workflow_is_enabled_unless_it_says_not(
    fields: dict[str, Any],
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """A workflow without the field can run."""
    assert IncidentWorkflow({"id": "W1", **fields}).is_enabled is expected


def test_trigger_and_event_may_name_no_service() -> None:
    """No list of services, a null and an empty list are the same."""
    without: list[dict[str, Any]] = [{}, {"services": None}, {"services": []}]
    for empty in without:
        assert WorkflowTrigger({"id": "T1", **empty}).ids_in("services") == (set(), None)
        assert ChangeEvent({"id": "C1", **empty}).ids_in("services") == (set(), None)


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


@pytest.mark.parametrize(
    ("row", "owner"),
    [
        ({"escalation_policy": {"id": "PE1"}, "schedule": {"id": "PK1"}}, "PE1"),
        ({"escalation_policy": None, "schedule": {"id": "PK1"}}, "PK1"),
        ({"escalation_policy": {"id": 5}, "schedule": "PK1"}, None),
        ({}, None),
    ],
)
def test_on_call_row_belongs_to_a_policy_or_a_schedule(
    row: dict[str, Any], owner: str | None
) -> None:
    """A row has no id; what it names besides the user is where a person finds it."""
    found = OnCall(row).owner

    assert (found and found.id) == owner


@pytest.mark.parametrize(
    ("supporting", "dependent", "expected"),
    [
        ("service", "business_service", True),
        ("technical_service_reference", "business_service_reference", True),
        ("business_service", "business_service", False),
        ("service", "service", False),
    ],
)
def test_edge_may_carry_a_business_service(
    supporting: str,
    dependent: str,
    expected: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Only a technical service below a business service carries it."""
    edge = Dependency(
        {
            "supporting_service": {"id": "P1", "type": supporting},
            "dependent_service": {"id": "P2", "type": dependent},
        }
    )

    assert edge.supports_business is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(JSON, JSON)
def test_shifts_of_any_answer_are_shifts_or_an_error(final: Any, entry: Any) -> None:
    """Whatever PagerDuty sends, a schedule is readable or says that it is not."""
    answers = (final, {"rendered_schedule_entries": final}, {"rendered_schedule_entries": [entry]})
    for answer in answers:
        try:
            LayerSchedule({"id": "PK1", "final_schedule": answer}).shifts(WINDOW)
        except InspectionError:
            continue
        assert isinstance(answer, dict)
