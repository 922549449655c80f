"""What one broken record of an account changes, and what it may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import Record, Status
from pdsec_checks.pagerduty.data_sets.table import closure
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.support import reading
from tests.support.blast import ANY, Case, References
from tests.support.breaking import Break
from tests.support.completions import completions
from tests.support.reading import Verdicts

NEEDS = {control.id: closure(control.needs) for control in shipped_controls()}
PEOPLE = {
    *("PD-06", "PD-07", "PD-08", "PD-09", "PD-18"),
    *("PD-26", "PD-27", "PD-28", "PD-29", "PD-30", "PD-38"),
}
"""What also goes by who was deleted, wherever that is seen."""
NAMES_PEOPLE = {"users", "escalation_policies", "schedules", "shift_schedules", "oncalls"}
ENDS = ("supporting_service", "dependent_service")


class Radius:
    """One account: what is judged of it, whole and broken."""

    def __init__(self, snapshot: Snapshot) -> None:
        days = timedelta(days=Baseline().schedule_coverage_days)
        self._snapshot = snapshot
        self._data: dict[str, Any] = with_all_lookups(snapshot.data)
        self._references = References(self._data, (snapshot.as_of, snapshot.as_of + days))

    @property
    def data(self) -> dict[str, Any]:
        """The records of the whole account."""
        return self._data

    def judge(self, name: str, found: Break | None = None) -> Verdicts:
        """Return the verdicts that the data set *name* has a part in."""
        changed = {} if found is None else {name: found.applied_to(self._data[name])}
        return self._judged({**self._data, **changed}, name)

    def _judged(self, data: dict[str, Any], name: str) -> Verdicts:
        controls = {each for each, needed in NEEDS.items() if name in needed}
        controls |= PEOPLE if name in NAMES_PEOPLE else set()
        return reading.judge(replace(self._snapshot, data=data), sorted(controls))

    def beyond(self, found: Break, changed: set[Case]) -> set[Case]:
        """Return the cases that the account's own references do not let a break change."""
        if not changed:
            return set()
        record = self._data[found.name][found.number]
        cases = self._references.may_change(found.name, record, loses_identity=found.loses_identity)
        return {each for each in changed if each not in cases and (*each[:2], ANY) not in cases}

    def provable(self, found: Break, fails: set[Case]) -> set[Case]:
        """Return the fails that stay so without what is broken, and with it at its best."""
        left = set(fails)
        for data in completions(found, self._references) if left else ():
            after = self._judged(data, found.name)
            left = {case for case in left if after.get(case) is Status.FAIL}
        return left


def with_all_lookups(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with a look-up of each service, as if no business service showed any.

    A reader looks up a service that a broken edge does not show; here nobody reads again.
    """
    lookups = data["technical_service_dependencies"]
    edges = [
        edge
        for each in [*data["business_service_dependencies"], *lookups]
        for edge in each["relationships"]
    ]
    known = {each["id"] for each in lookups}
    more = [
        {"id": each["id"], "relationships": [edge for edge in edges if stands_on(each, edge)]}
        for each in data["services"]
        if each["id"] not in known and each["status"] != "disabled"
    ]
    return {**data, "technical_service_dependencies": [*lookups, *more]}


def stands_on(service: Record, edge: Record) -> bool:
    """Tell whether a service is at one end of an edge."""
    return service["id"] in {edge[end]["id"] for end in ENDS}
