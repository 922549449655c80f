"""Evidence on the page: words for every key, names for ids, and nothing left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pdsec_checks
from pdsec_checks.analysis.analytics import FIGURES
from pdsec_checks.reports.html.evidence import ENUMERATED, WORDS, Entry, Person, entries, short
from pdsec_checks.reports.html.page import render
from tests.support.findings import ATTESTATION, WAIVER, a_finding, a_report
from tests.support.whole_report import whole_report

PACKAGE = Path(pdsec_checks.__file__).parent
ENDS = {"fail", "manual", "not_applicable"}
COUNTED = ENUMERATED | {"changed", "services_by_urgency_rule"}
"""The keys whose values count by words that are no keys."""
ADDED = {"last_30_days", "waiver", "attestation", *FIGURES, *WAIVER, *ATTESTATION}
"""What an inspection adds to the evidence of whatever control."""
ADA = {
    "id": "PADA",
    "name": "Ada",
    "role": "limited_user",
    "url": "https://a.pagerduty.com/users/1",
}


def written() -> set[str]:
    """Return each key that the source of a shipped control, or of its analysis, puts in."""
    found: set[str] = set()
    for path in (
        PACKAGE / "fixtures.py",
        *PACKAGE.glob("controls/*.py"),
        *PACKAGE.glob("analysis/**/*.py"),
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found |= set(keys_at(node))
    return found


def keys_at(node: ast.AST) -> Iterator[str]:
    """Yield the keys of ``evidence["key"]``, ``fail(…, key=…)`` and what ``as_evidence`` makes."""
    match node:
        case ast.Subscript(value=ast.Name(id="evidence"), slice=ast.Constant(value=str(key))):
            yield key
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in ENDS:
            yield from (each.arg for each in keywords if each.arg and each.arg != "cause")
        case ast.FunctionDef(name=name) if name.endswith("as_evidence"):
            for each in ast.walk(node):
                if isinstance(each, ast.Dict):
                    yield from (
                        str(key.value) for key in each.keys if isinstance(key, ast.Constant)
                    )


def met(evidence: dict[str, Any]) -> Iterator[str]:
    """Yield each key in evidence, those in it included."""
    for key, value in evidence.items():
        yield key
        inner = value if isinstance(value, list) else [value]
        if key not in COUNTED:
            yield from (name for each in inner if isinstance(each, dict) for name in met(each))


def test_every_key_of_a_shipped_control_has_words() -> None:
    """What a control writes, and what an account makes it write, is in the dictionary."""
    seen = {key for each in whole_report().findings for key in met(each.evidence)}

    assert len(written()) > 20
    assert (written() | seen | ADDED) - WORDS.keys() == set()


def test_no_words_are_kept_in_vain() -> None:
    """A key that nothing writes any more leaves the dictionary."""
    assert WORDS.keys() - written() - ADDED == set()


def test_no_raw_key_is_on_the_page() -> None:
    """Of a whole account no evidence shows a name with an underscore."""
    for each in whole_report().findings:
        for entry in entries(each.evidence):
            assert "_" not in entry.label + entry.text, (each.control, entry)


def test_a_key_of_an_own_control_loses_its_underscores() -> None:
    """Nobody need enter a key to have it read well."""
    assert entries({"days_since_review": 3}) == [Entry("days since review", "3")]


def test_ids_stand_as_the_names_that_the_evidence_has_for_them() -> None:
    """Who is meant is named once, with the role in the words of the web app, and linked."""
    found = entries({"owners": ["PADA"], "people": [ADA]})

    ada = Person("Ada", "https://a.pagerduty.com/users/1", "responder")
    assert found == [Entry("owners", people=(ada,))]
    page = render(a_report(a_finding(owners=["PADA"], people=[ADA])))
    assert (
        '<li><a href="https://a.pagerduty.com/users/1">Ada</a> <small>responder</small></li>'
        in page
    )


def test_people_beside_other_ids_are_not_lost() -> None:
    """A list of ids with an unknown one stays as it is, and so do the people."""
    found = entries({"owners": ["PADA", "PBEN"], "people": [ADA]})

    assert [each.label for each in found] == ["owners", "people"]
    assert found[0].text == "PADA, PBEN"
    assert found[1].people[0].name == "Ada"


@pytest.mark.parametrize("people", ["Ada", [7], [{"id": "P"}], [ADA | {"phone": "1"}], []])
def test_what_else_is_called_people_is_shown_as_it_is(people: Any) -> None:
    """An own control may use the word as it likes."""
    (found,) = entries({"people": people})

    assert found.label == "people"
    assert found.people == ()
    assert found.text


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("ends_in_silence", True, "yes"),
        ("ends_in_silence", False, "no"),
        ("oldest_record_days", None, "not told"),
        ("hours", 48.0, "48"),
        ("hours", 1.5, "1.5"),
        ("first_use", "2026-05-07T09:00Z", "Thu 2026-05-07 09:00 UTC"),
        ("contact_methods", ["email_contact_method", "x_contact"], "e-mail, x_contact"),
        ("users_by_role", {"admin": 5, "odd": 1}, "global admin: 5\nodd: 1"),
        ("gaps", [{"on_call": ["Ada", "Ben"]}], "on call, and counted as nobody: Ada, Ben"),
        ("gaps", [{"start": "2026-11-28T09:00:00Z", "hours": 2.0}],
         "from: Sat 2026-11-28 09:00 UTC, hours: 2"),
    ],
)  # fmt: skip
def test_values_are_words(key: str, value: Any, text: str) -> None:
    """Flags, moments, whole numbers and words of the API are written as people read them."""
    (found,) = entries({key: value})

    assert found.text == text


def test_long_or_linked_evidence_is_no_line() -> None:
    """A row holds only what is short and has no link."""
    assert short(entries({"levels": 2, "allowed": 3})) == (
        "levels that notify different people: 2; allowed: 3"
    )
    assert short(entries({"owners": ["PADA"], "people": [ADA]})) == ""
    assert short(entries({"found": {"a": {"b": 1}}})) == ""
    assert short(entries({"note": "x" * 101})) == ""
