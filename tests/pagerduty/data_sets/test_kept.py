"""What is kept: a field that is dropped is missed out loud, and none is kept in vain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from pdsec_checks.errors import NotKeptError
from pdsec_checks.finding import Finding
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Record, Status
from pdsec_checks.pagerduty.data_sets.fields import keep, pruned
from pdsec_checks.pagerduty.data_sets.people import ROW
from pdsec_checks.pagerduty.data_sets.services import SERVICES
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.report import RunInfo
from pdsec_checks.resources.kept import Fields, Kept
from tests.simulator import accounts, builders, run
from tests.simulator.records import refer
from tests.support import reading
from tests.support.changed import replace
from tests.support.judged import NOTHING, NOW, inspect
from tests.support.rich_account import a_rich_account

Path = tuple[str, ...]
Case = tuple[str, str, str]
"""(control, resource type, resource id)."""
NEEDS = {control.id: closure(control.needs) for control in shipped_controls()}
BESIDES = {"PD-01"}
"""What also looks at records that are read for other controls: who wrote to users."""
TABLES = list({id(each.kept): name for name, each in reversed(DATA_SETS.items())}.values())
"""One data set for each table of fields; several may share one."""
SPARE = {
    "teams": {"html_url"},  # names the account where nothing else does
    "oncalls": {*ROW} - {"user", "escalation_policy", "schedule"},  # tells rows apart
    # What an error calls the record by: none of these is broken here.
    "incident_workflows": {"name"},
    "incident_workflow_triggers": {"name"},
    "audit_api_token": {"name"},
    "audit_users": {"name", "method.truncated_token"},  # shared with those of keys
    "change_events": {"name", "timestamp"},  # tells how many pages are left
    "extensions": {"extension_schema.name"},  # judged where the schema has no key
    "services": {"scheduled_actions"},
    "maintenance_windows": {"html_url"},
}
"""Data set → fields that make no difference to this account, and why they are kept."""


@dataclass(frozen=True)
class Inspected:
    """What an inspection says: its verdicts, and what its reports hold besides."""

    findings: dict[Case, Finding]
    besides: RunInfo | str


def an_empty_schedule(kind: str) -> Record:
    """Return a schedule of one kind, on which nobody is on call, that shows who was deleted."""
    left = refer("user", f"PLEFT{kind.upper()}") | {"deleted_at": "2026-09-01"}
    final: Record = {"rendered_coverage_percentage": 0}
    if kind == "layers":
        final["rendered_schedule_entries"] = []
        layer = builders.a_layer(["PADA"], end="2027-01-01T00:00:00Z")
        schedule = builders.a_layer_schedule("Empty", layers=[layer], final_schedule=final)
    else:
        final["computed_shift_assignments"] = []
        schedule = builders.a_shift_schedule("Empty shifts", final_schedule=final)
    return schedule | {"users": [left]}


def more_records() -> dict[str, list[Record]]:
    """Return records in which the fields matter that make no difference to any other one."""
    empty = {kind: an_empty_schedule(kind) for kind in ("layers", "shifts")}
    policies = [
        builders.a_policy(f"Ends {kind}", [schedule], [refer("user", f"PLEFT{kind.upper()}")])
        for kind, schedule in empty.items()
    ]
    endless = builders.a_maintenance_window(
        [a_rich_account().services[4]], "2026-11-24T00:00:00Z", "never", description="Moving house"
    )
    return {
        "maintenance_windows": [endless],
        "schedules": [empty["layers"]],
        "shift_schedules": [empty["shifts"]],
        "escalation_policies": policies,
        "oncalls": [
            {"user": None, "escalation_policy": policies[0], "schedule": None},
            {"user": None, "escalation_policy": None, "schedule": empty["layers"]},
        ],
    }


@cache
def undisturbed() -> Snapshot:
    """Return the rich account as it is read."""
    with run(a_rich_account()) as simulator:
        snapshot = reading.read(simulator, DATA_SETS)
    for name, records in more_records().items():
        snapshot.records(name).extend(pruned(records, DATA_SETS[name].kept))
    return snapshot


def sharing(name: str) -> list[str]:
    """Return the data sets whose fields stand in the same table."""
    return [each for each in DATA_SETS if DATA_SETS[each].kept is DATA_SETS[name].kept]


def inspected(snapshot: Snapshot, names: list[str]) -> Inspected:
    """Judge what is judged by the data sets *names*."""
    controls = [each for each in NEEDS if each in BESIDES or not NEEDS[each].isdisjoint(names)]
    findings = inspect(snapshot, *controls)
    try:
        besides: RunInfo | str = RunInfo.of(snapshot, [], NOTHING, {})
    except NotKeptError as error:
        besides = str(error)
    by_case = {(each.control, each.resource.type, each.resource.id): each for each in findings}
    return Inspected(by_case, besides)


@cache
def before(name: str) -> Inspected:
    """Return what is said while everything is kept."""
    return inspected(undisturbed(), sharing(name))


@cache
def after(name: str) -> dict[str, Inspected]:
    """Return what is said without each of the fields of a table, by the field."""
    return {
        ".".join(path): inspected(without(path, sharing(name)), sharing(name))
        for path in paths(DATA_SETS[name].kept)
    }


def paths(fields: Fields) -> Iterator[Path]:
    """Yield the path of each field; ``name`` stands for ``summary`` too, which replaces it."""
    for name, inner in fields.items():
        if not (name == "summary" and "name" in fields):
            yield (name,)
            yield from ((name, *rest) for rest in paths(inner))


def reduced(fields: Fields, path: Path) -> Fields:
    """Return *fields* without the one at *path*."""
    name, *rest = path
    if rest:
        return {**fields, name: reduced(fields[name], tuple(rest))}
    gone = {"name", "summary"} if name == "name" else {name}
    left = {each: inner for each, inner in fields.items() if each not in gone}
    return left or keep("nothing")  # an empty table would keep everything


def without(path: Path, names: list[str]) -> Snapshot:
    """Return the account as it were read if the field at *path* were not kept."""
    snapshot = undisturbed()
    data, kept = dict(snapshot.data), dict(snapshot.kept)
    for name in names:
        fields = reduced(DATA_SETS[name].kept, path)
        data[name] = [pruned_again(record, fields) for record in snapshot.records(name)]
        kept[name] = Kept(fields, name, DATA_SETS[name].file)
    return replace(snapshot, data=data, kept=kept)


def pruned_again(record: Any, fields: Fields) -> Any:
    """Return a record with fewer fields; that of a lookup is what the answer held."""
    for name in ("relationships", "oauth_delegations"):
        if name in record:
            return {**record, name: pruned(record[name], fields)}
    return pruned(record, fields)


@pytest.mark.parametrize("name", reading.sampled(TABLES, 7))
def test_dropped_field_is_an_error_that_names_the_file(name: str) -> None:
    """No verdict changes but to an error that says where to add the field."""
    known = before(name).findings
    for field, found in after(name).items():
        for case, finding in found.findings.items():
            assert case in known or finding.status is Status.ERROR, (field, finding)
            if case in known and finding.status is known[case].status:
                continue
            assert finding.status is Status.ERROR, (field, finding)
            assert "is not kept (add it in pdsec_checks/pagerduty/data_sets/" in finding.message


@pytest.mark.parametrize("name", reading.sampled(TABLES, 14))
def test_dropped_field_is_never_called_one_that_was_not_sent(name: str) -> None:
    """What PagerDuty is said to leave out is what it left out."""
    said = {finding.message for finding in before(name).findings.values()}
    now = {each.message for found in after(name).values() for each in found.findings.values()}

    assert not [each for each in now - said if "PagerDuty sent no field" in each]


def test_field_that_a_reader_misses_is_named_by_what_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A data set that is read by the records of another one cannot be read without its fields."""
    fields = reduced(SERVICES.kept, ("status",))
    monkeypatch.setitem(DATA_SETS, SERVICES.name, replace(SERVICES, kept=fields))
    with run(accounts.small(NOW)) as simulator:
        snapshot = reading.read(simulator, ["change_events"])

    assert str(snapshot.data["change_events"]) == (
        "/change_events: the field 'status' of services is not kept "
        "(add it in pdsec_checks/pagerduty/data_sets/services.py)"
    )


@pytest.mark.parametrize("name", reading.sampled(TABLES, 14))
def test_nothing_is_kept_in_vain(name: str) -> None:
    """Every field makes a difference to a verdict or a report, or it is known why not."""
    vain = {field for field, found in after(name).items() if found == before(name)}

    assert vain - identities(name) == SPARE.get(name, set())


def identities(name: str) -> set[str]:
    """Return the fields that tell which record is meant: its id, and each type beside an id."""
    fields = {".".join(path) for path in paths(DATA_SETS[name].kept)}
    beside = {f"{each.removesuffix('id')}type" for each in fields if each.split(".")[-1] == "id"}
    return {"id"} | beside
