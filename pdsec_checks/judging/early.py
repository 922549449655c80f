"""Judges what is complete while the rest of an account is still being read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.finding import Finding
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.cases import Case
from pdsec_checks.judging.controls import Judgeable
from pdsec_checks.judging.engine import cases_of, findings_of
from pdsec_checks.pagerduty.arriving import ArrivingSnapshot, NotReadYetError
from pdsec_checks.pagerduty.data_sets.table import closure
from pdsec_checks.pagerduty.snapshot import Snapshot


@dataclass(frozen=True)
class Judged:
    """The cases of a control, and what it says about each, by the id of the case."""

    cases: list[Case]
    findings: dict[str, list[Finding]]


class EarlyJudge:
    """Calls the controls whose data sets have all arrived, as the engine would call them later.

    It says nothing by what has not arrived: a control that looks beyond its own data sets, at what
    others read anyway, waits for that as well. What goes by PagerDuty's clock or by the account's
    address is left to the run where these turn out otherwise in the end.
    """

    def __init__(self, controls: Iterable[Judgeable], settings: Settings) -> None:
        self._left = [
            (each, closure(each.control.needs))
            for each in controls
            if not (each.control.is_own or each.undeclared)
        ]
        self._settings = settings
        self._judged: dict[str, Judged] = {}
        self._inspection: Inspection | None = None
        self._hosts: set[str | None] = set()

    def work(self, arrived: ArrivingSnapshot) -> bool:
        """Judge one control of which everything has arrived; tell whether there was one.

        There is none until a record tells the account's address, which cases go by.
        """
        if arrived.web_host is None:
            return False
        for number, (control, needs) in enumerate(self._left):
            if needs <= arrived.data.keys():
                del self._left[number]
                try:
                    with suppress(Exception):  # the run meets it again, and says so
                        self._judge(control, arrived)
                except NotReadYetError as error:
                    self._left.append((control, needs | {error.name}))
                return True
        return False

    def _judge(self, control: Judgeable, arrived: ArrivingSnapshot) -> None:
        inspection = self._inspection
        if inspection is None:
            inspection = Inspection(arrived, arrived.baseline(self._settings.decided.baseline))
        self._inspection = None  # what stopped half way is not used again
        host = arrived.web_host
        found = cases_of(control, inspection, self._settings)
        findings = {
            each.id: findings_of(control, each, inspection, control.nodeid_of(each.id))
            for each in found
        }
        self._inspection = inspection
        self._hosts.add(host)
        self._judged[control.control.id] = Judged(found, findings)

    def inspection_of(self, snapshot: Snapshot, baseline: Baseline) -> Inspection:
        """Return the inspection of the account that was read, with what was made of it so far."""
        if snapshot.clock or not self._hosts <= {snapshot.web_host}:
            self._judged.clear()
            self._inspection = None
        if self._inspection is None:
            return Inspection(snapshot, baseline)
        self._inspection.snapshot, self._inspection.baseline = snapshot, baseline
        return self._inspection

    def cases(self, control_id: str) -> list[Case] | None:
        """Return the cases of a control; None where it was not judged."""
        judged = self._judged.get(control_id)
        return judged.cases if judged else None

    def pop(self, control_id: str, case_id: str) -> list[Finding] | None:
        """Return once what a control says about a case; None where it was not judged."""
        judged = self._judged.get(control_id)
        return judged.findings.pop(case_id, None) if judged else None
