"""What was kept of a record: a view tells a field that was dropped from one that never came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pdsec_checks.errors import MalformedRecordError, NotKeptError
from pdsec_checks.resources import Service, User, View
from pdsec_checks.resources.kept import WHOLE, Kept

USERS = Kept(
    {"id": {}, "role": {}, "contact_methods": {"id": {}, "type": {}}, "teams": {}}, "users", "x.py"
)
METHOD = {"id": "PC1", "type": "phone_contact_method"}


def a_user(kept: Kept = USERS, **fields: Any) -> User:
    """Return a user of whose record *kept* was kept."""
    return User({"id": "PU1", "name": "Ann", **fields}, kept=kept)


READ: dict[str, Callable[[User], Any]] = {
    "required": lambda user: user.is_pending,
    "optional": lambda user: user.created_via_sso,
    "as it came": lambda user: user.get("time_zone"),
    "moment": lambda user: user.moment("last_seen"),
    "list": lambda user: user.notification_rules,
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_dropped_field_names_the_file_to_edit(read: Callable[[User], Any]) -> None:
    """Absence of what nobody kept says nothing, not even that it was optional."""
    with pytest.raises(NotKeptError, match=r"of users is not kept \(add it in x\.py\)$"):
        read(a_user())


def test_dropped_part_of_a_field_is_named_with_its_way() -> None:
    """A field inside another one is found in the table by all its names."""
    (method,) = a_user(contact_methods=[METHOD]).contact_methods

    with pytest.raises(NotKeptError, match=r"^the field 'contact_methods\.enabled' of users"):
        _ = method.is_usable


def test_kept_field_that_is_missing_was_not_sent() -> None:
    """What is in the table is missing because PagerDuty left it out, whoever made the record."""
    with pytest.raises(MalformedRecordError, match="PagerDuty sent no field 'role'"):
        _ = a_user().role


@pytest.mark.parametrize("kept", [WHOLE, Kept({})])
def test_whole_record_lacks_only_what_was_not_sent(kept: Kept) -> None:
    """Records that were never pruned have every field that came, and so have their parts."""
    user = a_user(kept, contact_methods=[METHOD])

    with pytest.raises(MalformedRecordError, match="PagerDuty sent no field 'role'"):
        _ = user.role
    assert user.created_via_sso is None
    assert user.contact_methods[0].is_usable


def test_what_is_kept_whole_has_parts_that_are_kept_whole() -> None:
    """A table that says nothing about the inside of a field keeps all of it."""
    (team,) = a_user(teams=[{"id": "PT1"}]).nested("teams")

    assert team.get("name") is None


def test_what_is_kept_of_a_part_is_found_once() -> None:
    """The parts of all records share one table, so that a view costs no more for it."""
    assert USERS.part("contact_methods") is USERS.part("contact_methods")
    assert WHOLE.part("contact_methods") is WHOLE


def test_present_field_is_read_whatever_is_kept() -> None:
    """The table is asked only about what a record lacks."""
    assert a_user(created_via_sso=True).created_via_sso is True


def test_nothing_that_bears_with_a_broken_record_bears_with_a_dropped_field() -> None:
    """A mistake of ours is no peculiarity of the account."""
    assert not issubclass(NotKeptError, MalformedRecordError)


def test_integration_knows_what_was_kept_of_it() -> None:
    """The integrations of a service stand in the table of its fields."""
    kept = Kept({"integrations": {"id": {}}}, "services", "x.py")
    service = Service({"id": "PS1", "integrations": [{"id": "PI1"}]}, kept=kept)

    with pytest.raises(NotKeptError, match=r"'integrations\.type' of services"):
        _ = service.integrations[0].type


def test_missing_name_is_no_name() -> None:
    """What a record is called by decides nothing, so its absence needs no error."""
    assert View({"id": "P1"}, kept=USERS).name == ""
