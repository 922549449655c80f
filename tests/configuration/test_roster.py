"""Personnel lists: what a CSV says of whom, and what is refused without repeating a cell."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration import roster as rosters
from pdsec_checks.configuration.roster import Roster, read_roster, roster_from
from pdsec_checks.errors import UsageError
from pdsec_checks.resources.roster import MARK
from tests.support.rosters import a_roster

SECRET = "mallory.secret"
"""A local part that nothing may repeat."""


def told(roster: Roster, email: Any) -> Any:
    """Return what a list says of a user with this address."""
    return roster.marked({"id": "PADA", "email": email})[MARK]


def is_on(roster: Roster, email: str) -> bool:
    """Tell whether a list has an address."""
    return told(roster, email) is not None


def refusal(content: bytes) -> str:
    """Return why a list is refused."""
    with pytest.raises(UsageError) as raised:
        roster_from(content, "people.csv")
    assert SECRET not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "email\nada@acme.example\n",
        "email\r\nada@acme.example\r\n",
        "\ufeffemail\nada@acme.example\n",
        "Email , Name\n Ada@ACME.example ,Ada Quill\n",
        "name;EMAIL;team\nQuill, Ada;ada@acme.example;Shop\n",
        '"email","aliases"\n"ada@acme.example",""\n',
        '\ufeff"email";aliases\r\nada@acme.example;\r\n',
        "aliases,email\nada@acme.example,other@acme.example\n",
        'email;aliases\nother@acme.example;"old@acme.example; ADA@acme.example"\n',
        "email,aliases\n,ada@acme.example\n",
        "email\n\nother@acme.example\n\nada@acme.example",
    ],
)
def test_whoever_is_in_the_file_is_on_the_list(text: str) -> None:
    """Case, blanks, a byte order mark, either separator and further columns are nothing."""
    roster = roster_from(text.encode(), "people.csv")

    assert is_on(roster, "ada@acme.example")
    assert is_on(roster, " Ada@Acme.Example")
    assert not is_on(roster, "ada@acme.example.evil.example")
    assert not is_on(roster, "ben@acme.example")
    assert not is_on(roster, "acme.example")


def test_letters_that_only_look_alike_are_others() -> None:
    """Two mailboxes are never taken for one."""
    assert not is_on(a_roster("strasse@acme.example"), "straße@acme.example")


def test_domains_are_compared_in_one_form() -> None:
    """The same domain may be written in Unicode or in ASCII."""
    assert is_on(a_roster("ada@münchen.example"), "ada@xn--mnchen-3ya.example")


@pytest.mark.parametrize(
    ("rows", "until"),
    [
        (["a@x.example,,2026-01-31"], "2026-01-31"),
        (["a@x.example,,"], None),
        (["a@x.example,,2026-01-31", "a@x.example,,2026-03-31"], "2026-03-31"),
        (["a@x.example,,2026-03-31", "A@x.example,,2026-01-31"], "2026-03-31"),
        (["a@x.example,,2026-01-31", "a@x.example,,"], None),
        (["a@x.example,,", "a@x.example,,2026-01-31"], None),
        (["a@x.example,,2026-01-31", "b@x.example,a@x.example,"], None),
        (
            [
                "c@x.example,,2026-01-31",
                "a@x.example,,2026-01-30",
                "b@x.example,c@x.example;a@x.example,",
            ],
            None,
        ),
    ],
)
def test_of_several_rows_for_one_person_the_kindest_counts(
    rows: list[str], until: str | None
) -> None:
    """Rows that share an address are one person's, by whatever column, and count once."""
    roster = a_roster(*rows, columns="email,aliases,until")

    assert told(roster, "a@x.example")["until"] == until
    assert roster.facts.people == 1


def test_services_are_counted_apart() -> None:
    """An account that is no person's belongs like one; one row that says person makes it one."""
    rows = ["a@x.example,", "bot@x.example,Service", "b@x.example,service", "b@x.example,person"]
    roster = a_roster(*rows, columns="email,kind")

    assert (roster.facts.people, roster.facts.services) == (2, 1)
    assert told(roster, "bot@x.example")["kind"] == "service"
    assert told(roster, "b@x.example")["kind"] == "person"


def test_people_without_an_account_are_those_who_belong_today() -> None:
    """Neither a leaver nor a service lacks one; where the users are unknown, so is their number."""
    rows = ["a@x.example,,", "b@x.example,2026-11-22,", "c@x.example,2026-11-23,"]
    roster = a_roster(*rows, "bot@x.example,,service", columns="email,until,kind")
    users = [roster.marked({"email": "A@x.example"}), {"email": None}, None]

    assert roster.facts_about(users, date(2026, 11, 23)).without_account == 1
    assert roster.facts_about(users, date(2026, 11, 24)).without_account == 0
    assert roster.facts_about("refused", date(2026, 11, 23)).without_account is None


@pytest.mark.parametrize("email", [None, 5, {"a": 1}])
def test_a_user_without_an_address_is_not_compared(email: Any) -> None:
    """The record stays as it is."""
    assert a_roster("a@x.example").marked({"email": email}) == {"email": email}


def test_nothing_that_leaves_the_list_holds_an_address() -> None:
    """Neither its repr, nor that of an entry, nor what it says of a user; its digest is there."""
    content = f"email,aliases\n{SECRET}@acme.example,other@acme.example\n".encode()
    roster = roster_from(content, "people.csv")
    facts = roster.facts_about([], date(2026, 11, 23))
    said = repr([roster, facts, told(roster, f"{SECRET}@acme.example"), *vars(roster)["_entries"]])

    assert facts.sha256 == sha256(content).hexdigest()
    assert "acme.example" not in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (b"\xef\xbb\xbf", "does not name one column 'email'"),
        (f"{SECRET}@acme.example\n".encode(), "does not name one column 'email'"),
        (f"mail,name\n{SECRET}@acme.example,Mallory\n".encode(), "does not name one column"),
        (f"email,Email\n{SECRET}@acme.example,\n".encode(), "does not name one column 'email'"),
        (b"email\n", "it names nobody"),
        (b"email,name\n,Ada\n", "it names nobody"),
        (f"email\n{SECRET}\n".encode(), "line 2: an address has nothing"),
        (f"email\n{SECRET}@\n".encode(), "line 2: an address has nothing"),
        (f"email,aliases\na@x.example,{SECRET}\n".encode(), "line 2: an address has nothing"),
        (f"email\na@x.example\n{SECRET}@x.example,b\n".encode(), "line 3 has more cells"),
        (f"email;aliases\n{SECRET}@x.example;b@x.example;c@x.example\n".encode(), "double quotes"),
        (f"email,until\n{SECRET}@x.example,31.12.2026\n".encode(), "line 2: 'until' is no date"),
        (f"email,until\n{SECRET}@x.example,2026-13-01\n".encode(), "line 2: 'until' is no date"),
        (f"email,until\n{SECRET}@x.example,2026-W01-1\n".encode(), "line 2: 'until' is no date"),
        (f"email,kind\n{SECRET}@x.example,robot\n".encode(), "neither person nor service"),
        (f'email\n"{SECRET}@x.example\n'.encode(), "is no CSV"),
        (f"email\n{SECRET}@x.example\n".encode("utf-16"), "it is not UTF-8"),
        (b"email\nm\xfcller@x.example\n", "it is not UTF-8"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, said: str) -> None:
    """One sentence names file and line, and never repeats a cell: nobody seems to have left."""
    found = refusal(content)

    assert said in found
    assert found.startswith("people.csv: ")
    assert "\n" not in found


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.csv", "there is no such file"), (".", "Is a directory"), ("a\0b", "it is no path")],
)
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, name: str, said: str) -> None:
    """The option, the path and the way out."""
    with pytest.raises(UsageError, match=rf"^--pd-roster .*: {said}; name a CSV"):
        read_roster(tmp_path / name, "--pd-roster")


def test_what_is_larger_than_any_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte less is read."""
    path = tmp_path / "people.csv"
    path.write_text("email\na@x.example\n")
    monkeypatch.setattr(rosters, "LARGEST", path.stat().st_size)
    assert read_roster(path, "--pd-roster").facts.people == 1

    monkeypatch.setattr(rosters, "LARGEST", path.stat().st_size - 1)
    with pytest.raises(UsageError, match="it is larger than"):
        read_roster(path, "--pd-roster")
