"""The published JSON Schema: the contract of the JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pdsec_checks.reports import json_report
from pdsec_checks.reports.json_report import SCHEMA_VERSION
from tests.reports.test_agreement import CASES, report
from tests.simulator import accounts, run
from tests.support.calls import run_pytest
from tests.support.findings import (
    a_report,
    errors_against,
    hostile_findings,
    refused_audit_trail,
    six_findings,
)
from tests.support.processes import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "report.schema.json").read_text("utf-8"))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every subschema that describes named fields."""
    match schema:
        case dict():
            if isinstance(schema.get("properties"), dict) and "if" not in schema:
                yield schema
            for key, each in schema.items():
                if key not in {"if", "then"}:
                    yield from objects(each)
        case list():
            for each in schema:
                yield from objects(each)


def some_report() -> dict[str, Any]:
    """Return a report with one finding of each status."""
    return json_report.to_plain(a_report(*six_findings(), unread=[refused_audit_trail()]))


def test_the_schema_is_one() -> None:
    """The file is a valid schema of the dialect that it names, for the version that we write."""
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_every_field_is_described() -> None:
    """Whoever reads the schema needs no other document."""
    fields = [
        (name, each) for found in objects(SCHEMA) for name, each in found["properties"].items()
    ]

    assert fields
    assert [name for name, each in fields if not each.get("description")] == []


def descriptions(schema: Any) -> Iterator[str]:
    """Yield what a schema says in words, whatever its depth."""
    match schema:
        case dict():
            if isinstance(schema.get("description"), str):
                yield schema["description"]
            yield from (text for each in schema.values() for text in descriptions(each))
        case list():
            yield from (text for each in schema for text in descriptions(each))


def test_counts_of_every_status_are_counts_of_checks() -> None:
    """A finding needs somebody: passes, and what does not apply, are called checks."""
    counting = [SCHEMA["properties"]["summary"], SCHEMA["$defs"]["counts"]]
    said = [text for part in counting for text in descriptions(part)]

    assert any("Checks with the status pass" in text for text in said)
    assert [text for text in said if "finding" in text.lower()] == []


@CASES
def test_every_account_gives_a_valid_report(name: str) -> None:
    """The report of each test account is what the schema says."""
    assert errors_against(SCHEMA, json.loads(json_report.render(report(name)))) == []


def test_a_hostile_name_is_no_matter_for_the_schema() -> None:
    """A report stays valid whatever the names in it hold."""
    text = json_report.render(a_report(*hostile_findings(), complete=False))

    assert errors_against(SCHEMA, json.loads(text)) == []


@pytest.mark.parametrize("demo", ["demo", "demo-compliant"])
def test_a_recording_gives_a_valid_report(
    demo: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What a run with analytics over a recording writes is valid, node ids included."""
    folder = tmp_path_factory.mktemp(demo)
    ended = run_pytest(
        folder, f"--pd-replay={demo}", "--pd-include-analytics", "--pd-json=inspection.json"
    )

    assert errors_against(SCHEMA, ended.report) == []
    assert "analytics" in ended.report


def test_a_live_account_gives_a_valid_report(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a run over a live account writes is valid, with what reading cost."""
    with run(accounts.small) as simulator:
        ended = run_pytest(
            tmp_path_factory.mktemp("live"), "--pd-json=inspection.json", simulator=simulator
        )

    assert errors_against(SCHEMA, ended.report) == []
    assert ended.report["source"] == "live"
    assert "requests" in ended.report


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema_version",), "2"),
        (("as_of",), "yesterday"),
        (("extra",), 1),
        (("summary", "status", "satisfied"), 1),
        (("controls", 0, "status"), "satisfied"),
        (("findings", 0, "status"), "passed"),
        (("findings", 0, "fingerprint"), "abc"),
        (("findings", 0, "resource", "id"), ""),
        (("unread", 0, "status"), "403"),
    ],
)
def test_what_is_no_report_is_refused(place: tuple[str | int, ...], value: Any) -> None:
    """The schema notices a field that is wrong or that nobody knows."""
    changed = some_report()
    assert errors_against(SCHEMA, changed) == []
    inner: Any = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value

    assert errors_against(SCHEMA, changed)


@pytest.mark.parametrize("field", sorted(SCHEMA["required"]))
def test_no_promised_field_is_missing(field: str) -> None:
    """A report without a field that the schema promises is refused."""
    changed = some_report()
    del changed[field]

    assert errors_against(SCHEMA, changed)


def test_a_waived_finding_says_who_accepted_it() -> None:
    """A waived finding without its waiver is refused."""
    changed = some_report()
    for finding in changed["findings"]:
        finding["evidence"].pop("waiver", None)

    assert errors_against(SCHEMA, changed)
