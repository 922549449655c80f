"""What the report formats share: JSON text, whatever the account put into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.model import TO_DO, WORST_FIRST, Cause, Status
from pdsec_checks.reports import json_text, render
from pdsec_checks.reports.facts import HELP, help_page, shortened
from pdsec_checks.reports.json_text import AT_ONCE, Plain, dump, streamed
from pdsec_checks.reports.statuses import COLUMNS, SECTIONS
from tests.support.changed import replace
from tests.support.findings import a_finding, a_resource, controls
from tests.support.whole_report import whole_report

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
)


def test_a_control_without_help_has_the_index_of_pagerdutys_pages() -> None:
    """Every control links somewhere: to the page that its docstring names, or to all of them."""
    assert help_page(controls()["PD-05"]) == f"{HELP}/escalation-policies"
    assert help_page(replace(controls()["PD-05"], help="")) == HELP


@given(st.lists(st.sampled_from(["no-rules", "silent", ""]), max_size=9), st.integers(0, 9))
def test_a_shortened_list_names_each_cause_and_counts_what_it_leaves_out(
    causes: list[str], limit: int
) -> None:
    """All causes share one limit, none of them is left out, and nothing is lost in the count."""
    control = replace(
        controls()["PD-05"], causes=(Cause("silent", "Shout."), Cause("no-rules", "Add one."))
    )
    findings = [
        replace(a_finding(resource=a_resource(f"P{number}")), cause=cause)
        for number, cause in enumerate(causes)
    ]
    parts = [*shortened(control, findings, limit)]

    assert {each.first.cause for each in parts} == set(causes)
    assert all(each.shown[:1] in ([], [each.first]) for each in parts)
    assert sum(len(each.shown) for each in parts) == min(limit, len(causes))
    assert sum(len(each.shown) + each.rest for each in parts) == len(causes)


def test_tables_of_statuses_have_a_column_for_each() -> None:
    """What needs somebody stands first, in tables as in the sections below them."""
    assert set(COLUMNS) == set(Status)
    assert list(COLUMNS)[: len(TO_DO)] == list(TO_DO)
    assert [Status.FAIL, *SECTIONS] == [each for each in WORST_FIRST if each in {*TO_DO, *SECTIONS}]


@pytest.mark.parametrize(
    "value", [{}, {"a": []}, [[{}], 1.5, None, True], 'Zoë \u2028 \\ " \x00', {"b": {"c": "d"}}]
)
def test_dump_is_indented_json(value: Any) -> None:
    """The text is that of Python's own writer with two blanks a level, made in less time."""
    assert dump(value) == json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def test_dump_replaces_what_is_no_text() -> None:
    """A lone surrogate, which no encoding can write, becomes a question mark."""
    assert dump(["\ud800"]) == '[\n  "?"\n]\n'


def test_dump_survives_a_number_without_a_form() -> None:
    """A number too large for JSON spoils no report."""
    assert dump([1e999]) == "[\n  null\n]\n"
    assert dump(["\ud800", 1e999]) == '[\n  "?",\n  null\n]\n'


def test_dump_writes_a_number_in_one_form() -> None:
    """Whatever stands beside it, and whoever has to write it."""
    assert dump({"a": 1e16}).split() == ["{", '"a":', "1e16", "}"]
    assert dump({None: 1e16}).split() == ["{", '"null":', "1e16", "}"]


@pytest.mark.parametrize("name", ["json", "sarif", "oscal", "poam", "ocsf", "hdf", "defectdojo"])
def test_reports_are_made_of_what_json_has(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """No set, moment or record is among it, which would be written in some order, or form."""
    report = whole_report("demo")
    text = render(name, report)

    monkeypatch.setattr(json_text, "encoded", strictly)

    assert render(name, report) == text


def strictly(value: Any) -> bytes:
    """Return *value* as JSON, by an encoder that knows no other kinds of values."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def lazily(value: Any) -> Any:
    """Return *value* with an iterator for each list that is no part of another list's item."""
    if isinstance(value, dict):
        return {name: lazily(each) for name, each in value.items()}
    return iter(value) if isinstance(value, list) else value


@given(VALUES)
def test_what_is_streamed_is_what_is_dumped(value: Any) -> None:
    """Item by item the same bytes come out, empty lists and nested ones included."""
    assert "".join(streamed(lazily(value))) + "\n" == dump(value)


@given(st.lists(VALUES))
def test_what_is_streamed_many_at_once_is_what_is_dumped(items: list[Any]) -> None:
    """Items without iterators come out with the same bytes, wherever their list stands."""
    streams = streamed({"a": [Plain(items)], "b": Plain(items)})

    assert "".join(streams) + "\n" == dump({"a": [items], "b": items})


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1])
def test_a_long_list_has_no_seam(count: int) -> None:
    """Where one batch ends and the next one begins stands one comma."""
    items = [{"number": number} for number in range(count)]

    assert json.loads("".join(streamed({"items": Plain(items)}))) == {"items": items}
    assert "".join(streamed(Plain(items))) + "\n" == dump(items)


def test_a_streamed_list_is_never_held_whole() -> None:
    """The first item is written before the second one is made."""
    made = []

    def items() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            yield number

    pieces = streamed({"items": items()})
    while "0" not in next(pieces):
        pass

    assert made == [0]
