"""Several accounts in one JSON document, version 1: rows controls, columns accounts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from pdsec_checks import NAME, __version__
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import WORST_FIRST, Severity, Status, counted, overall
from pdsec_checks.reports import scope
from pdsec_checks.reports.statuses import KNOWN, label
from pdsec_checks.reports.text import line

SCHEMA_VERSION = "1"
KIND = "accounts"
"""Tells this document from the report of one account."""
MESSAGES = 5
"""Findings that a cell quotes; the account's own report has them all."""
OWN_REPORTS = "accounts"
"""The folder beside the document with one folder for each account."""
SHOWN = (
    *("as_of", "account", "source", "complete", "scope"),
    *("summary", "unread", "notices", "requests"),
)
"""What the documents show of an account's own report, beside its cells."""
QUOTED = (Status.FAIL, Status.ERROR, Status.MANUAL)


@dataclass(frozen=True)
class ControlHead:
    """What a row says of its control."""

    id: str
    title: str
    severity: str


@dataclass(frozen=True)
class Cell:
    """What one control says about one account."""

    status: Status
    findings: dict[Status, int] = field(default_factory=dict)
    """How many checks have each status, the worst first; none where nothing was judged."""
    messages: Sequence[str] = ()
    """The worst findings, up to ``MESSAGES``."""
    first_error: str = ""
    """What the first finding that could not be judged says; fails may crowd it out above."""
    is_known: bool = False
    """Whether an earlier report has every fail of it, and none got worse."""

    @property
    def outcome(self) -> Status:
        """What a run goes by: as the status, but that known fails are accepted, as waived ones."""
        if not self.is_known:
            return self.status
        return overall({Status.WAIVED, *self.findings} - {Status.FAIL})

    @property
    def why_expected(self) -> str:
        """Why its fails are accepted; empty where it has none, or not all of them are."""
        if self.outcome is not Status.WAIVED:
            return ""
        return KNOWN if self.is_known else "waived"

    @property
    def sentence(self) -> str:
        """How many checks have which status, and the worst findings, a line each."""
        found = [f"{count} {label(status)}" for status, count in self.findings.items()]
        return "\n".join([*([", ".join(found)] if found else []), *self.messages])

    def to_json(self) -> dict[str, Any]:
        """Return the cell as plain JSON, for another process."""
        return {**self.shown(), "first_error": self.first_error, "is_known": self.is_known}

    def shown(self) -> dict[str, Any]:
        """Return the cell as the document has it."""
        return {
            "status": self.status.value,
            "findings": {status.value: count for status, count in self.findings.items()},
            "messages": list(self.messages),
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Cell:
        """Return the cell that :meth:`to_json` wrote."""
        findings = {Status(status): count for status, count in plain["findings"].items()}
        more = {name: plain[name] for name in ("messages", "first_error", "is_known")}
        return cls(Status(plain["status"]), findings, **more)


def nothing_to_fix() -> dict[str, Any]:
    """Return what to fix first in an account of which nothing is known."""
    return {"items": [], "remark": ""}


@dataclass(frozen=True)
class AccountResult:
    """What came of one account; plain enough to travel between processes."""

    name: str
    code: int
    """The exit code that an inspection of this account alone would have."""
    problem: str | None
    """Why there is no verdict, or not on everything."""
    controls: Sequence[ControlHead]
    """The controls that were selected, known even where nothing could be read."""
    cells: dict[str, Cell]
    """Control id → what it says; an account without a report is an error everywhere."""
    inspection: dict[str, Any] | None
    """The account's JSON report without its findings: a large account has many."""
    reports: dict[str, str | bytes] = field(default_factory=dict)
    """What its own reports hold, by format."""
    unwritten: tuple[str, ...] = ()
    """Why some of its own reports could not be made."""
    fix_first: dict[str, Any] = field(default_factory=nothing_to_fix)
    """What to fix first, ``items``, and what must be known beside it, ``remark``."""
    departures: tuple[str, ...] = ()
    """What people changed or decided in this account, in sentences without a full stop."""
    score: tuple[str, ...] = ()
    """Its score, and the change of it beside an earlier report, in the same way."""
    ring: str = ""
    """Whether the phone will ring, in a sentence or two; empty where PD-26 was not judged."""
    carried: tuple[str, ...] = ()
    """What is known of fails that nobody can judge any more, in the same way."""
    identity: str = ""
    """By what programs tell it from other accounts; empty where nobody knows."""
    inventory: dict[str, str] = field(default_factory=dict)
    """The file of its inventory → the text to write; empty where none is to be written."""

    @classmethod
    def unread(
        cls, name: str, code: int, problem: str, controls: Sequence[ControlHead]
    ) -> AccountResult:
        """Return the result of an account without a report: an error in every row."""
        unknown = Cell(Status.ERROR, {}, [problem])
        return cls(name, code, problem, controls, {each.id: unknown for each in controls}, None)

    @classmethod
    def of(
        cls,
        name: str,
        code: int,
        problem: str | None,
        inspection: dict[str, Any],
        reports: dict[str, str | bytes],
        unwritten: tuple[str, ...] = (),
        fix_first: dict[str, Any] | None = None,
        departures: Sequence[str] = (),
        score: Sequence[str] = (),
        ring: str = "",
        carried: Iterable[str] = (),
        identity: str = "",
        inventory: dict[str, str] | None = None,
    ) -> AccountResult:
        """Return the result of an account from its JSON report as plain objects."""
        by_control: dict[str, list[dict[str, Any]]] = {}
        for finding in inspection["findings"]:
            by_control.setdefault(finding["control"], []).append(finding)
        controls = inspection["controls"]
        return cls(
            name=name,
            code=code,
            problem=problem,
            controls=[
                ControlHead(each["id"], each["title"], each["severity"]) for each in controls
            ],
            cells={
                each["id"]: cell(Status(each["status"]), by_control.get(each["id"], []))
                for each in controls
            },
            inspection={name: inspection[name] for name in SHOWN if name in inspection},
            reports=reports,
            unwritten=unwritten,
            fix_first=fix_first or nothing_to_fix(),
            departures=tuple(departures),
            score=tuple(score),
            ring=ring,
            carried=tuple(carried),
            identity=identity,
            inventory=inventory or {},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON, for another process."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {
            "code": int(self.code),  # xdist carries plain numbers only
            "controls": [asdict(each) for each in self.controls],
            "cells": {control: each.to_json() for control, each in self.cells.items()},
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> AccountResult:
        """Return the result that :meth:`to_json` wrote."""
        heads = [ControlHead(**each) for each in plain["controls"]]
        cells = {control: Cell.from_json(each) for control, each in plain["cells"].items()}
        names = ("unwritten", "departures", "score", "carried")
        texts = {name: tuple(plain[name]) for name in names}
        return cls(**{**plain, **texts, "controls": heads, "cells": cells})

    @property
    def status(self) -> Status:
        """The worst status of its controls; an account without a verdict is an error."""
        found = [cell.status for cell in self.cells.values()]
        if self.inspection is None or not found:
            return Status.ERROR
        if not self.is_judged:
            found.append(Status.ERROR)
        return overall(found)

    @property
    def outcome(self) -> Status:
        """What a run goes by: as the status, but that known fails are accepted, as waived ones."""
        if self.status is not Status.FAIL:
            return self.status
        found = {each.outcome for each in self.cells.values()}
        return overall(found if self.is_judged else {*found, Status.ERROR})

    @property
    def why_expected(self) -> str:
        """Why what is deficient in it is accepted; empty where nothing is, or not all of it."""
        if self.outcome is not Status.WAIVED:
            return ""
        return "; ".join(sorted({cell.why_expected for cell in self.cells.values()} - {""}))

    @property
    def is_judged(self) -> bool:
        """Whether the account has a verdict, and nothing speaks against going by it."""
        return self.is_complete and not self.problem

    @property
    def is_complete(self) -> bool:
        """Whether every case of the account was judged."""
        return self.inspection is not None and self.inspection["complete"]

    @property
    def is_partial(self) -> bool:
        """Whether the inspection left something out of what could be looked at."""
        return self.inspection is not None and self.inspection["scope"]["partial"]

    @property
    def left_out(self) -> str:
        """What the inspection left out, as a list in words; empty where that is nothing."""
        return ", ".join(self.inspection["scope"]["left_out"]) if self.inspection else ""

    def severity(self, control: str) -> Severity:
        """Return the severity of a control that was selected here: the account's own counts.

        Raises:
            KeyError: It was not selected.
        """
        return self._severities[control]

    @cached_property
    def _severities(self) -> dict[str, Severity]:
        return {each.id: Severity(each.severity) for each in self.controls}

    @cached_property
    def unjudged(self) -> list[str]:
        """What could not be judged and why, a sentence each without a full stop; else nothing."""
        if self.inspection is None:
            return [self.problem or "nothing was read"]
        return [*reasons(self.inspection["unread"], self.cells), *self.carried]

    @property
    def is_readable(self) -> bool:
        """Whether anything at all could be read: the credential was good, and PagerDuty there."""
        return self.inspection is not None and self.code != ExitCode.USAGE_ERROR

    @property
    def counts(self) -> dict[Status, int]:
        """How many checks have each status; all zero where there is no report."""
        found = self.inspection["summary"]["status"] if self.inspection else {}
        return {status: found.get(status.value, 0) for status in Status}

    @property
    def sentence(self) -> str:
        """What came of the account, in one sentence."""
        if self.inspection is None:
            return f"account {self.name} could not be inspected: {self.problem}"
        counts = self.counts
        found = f"{counts[Status.FAIL]} fail, {counts[Status.ERROR]} error"
        found += f", {counts[Status.MANUAL]} manual" if counts[Status.MANUAL] else ""
        said = f"account {self.name}: {scope.headed(self, found)}"
        return f"{said}; {self.problem}" if self.problem else said


def reasons(unread: Sequence[dict[str, Any]], cells: dict[str, Cell]) -> Iterator[str]:
    """Yield why checks could not be judged, and how many of which controls; each reason once.

    *unread* says which data sets could not be read, and which controls need them.
    """
    found: dict[str, dict[str, int]] = {}
    for reason, control, number in causes(unread, cells):
        found.setdefault(reason, {})[control] = number
    for reason, numbers in found.items():
        checks = counted(sum(numbers.values()), "check")
        yield f"{reason} ({checks} of {', '.join(sorted(numbers))})"


def causes(
    unread: Sequence[dict[str, Any]], cells: dict[str, Cell]
) -> Iterator[tuple[str, str, int]]:
    """Yield the reason for the errors of each control, the control, and how many they are."""
    left = {control: each.findings.get(Status.ERROR, 0) for control, each in cells.items()}
    left = {control: number for control, number in left.items() if number}
    for each in unread:
        for control in each["controls"]:
            if control in left:
                yield f"{each['path']}: {each['reason']}", control, left.pop(control)
    for control, number in left.items():
        yield cells[control].first_error, control, number


def cell(status: Status, findings: Sequence[dict[str, Any]]) -> Cell:
    """Return what the findings of one control in one account come to."""
    found = Counter(Status(each["status"]) for each in findings)
    quoted = [
        each["message"] for wanted in QUOTED for each in findings if each["status"] == wanted.value
    ]
    errors = (each["message"] for each in findings if each["status"] == Status.ERROR.value)
    fails = [each for each in findings if each["status"] == Status.FAIL.value]
    return Cell(
        status,
        {each: found[each] for each in WORST_FIRST if found[each]},
        list(dict.fromkeys(quoted))[:MESSAGES],
        next(errors, ""),
        is_known=bool(fails) and all(each.get("known") for each in fails),
    )


@dataclass(frozen=True)
class SideBySide:
    """Several accounts, in the order of their file."""

    accounts: Sequence[AccountResult]
    formats: Sequence[str] = ()
    """The formats of each account's own reports, beside this document."""
    is_interrupted: bool = False
    version: str = __version__

    @property
    def twins(self) -> Iterator[str]:
        """Which entries are one account for other programs, a sentence each without a full stop."""
        by_identity: dict[str, list[str]] = {}
        for each in self.accounts:
            by_identity.setdefault(each.identity, []).append(each.name)
        for identity, names in by_identity.items():
            if identity and len(names) > 1:
                yield (
                    f"{', '.join(names)}: these are one account, {line(identity)}, and programs "
                    "that read their reports take one for the other: inspect it once, or give each "
                    "a name of its own, account in the file that its config names"
                )

    @cached_property
    def controls(self) -> list[ControlHead]:
        """The controls that any account was asked about, by id; of several severities the worst."""
        heads = [head for each in self.accounts for head in each.controls]
        heads.sort(key=lambda head: Severity(head.severity).weight)
        found = {head.id: head for head in heads}  # the last one stays
        return [head for _, head in sorted(found.items())]

    @property
    def is_complete(self) -> bool:
        """Whether every case of every account was judged."""
        return not self.is_interrupted and all(each.is_complete for each in self.accounts)

    @property
    def is_partial(self) -> bool:
        """Whether the inspection of an account left something out."""
        return any(each.is_partial for each in self.accounts)

    @property
    def read(self) -> list[AccountResult]:
        """The accounts that were read: only these were judged by anything."""
        return [each for each in self.accounts if each.inspection is not None]

    @property
    def judged_by(self) -> tuple[int, int]:
        """By how many controls an account was judged that was read: the fewest, and the most."""
        counts = [len(each.controls) for each in self.read]
        return min(counts, default=0), max(counts, default=0)

    @property
    def known_controls(self) -> int:
        """How many controls there are, as far as an account that was read tells."""
        known: set[str] = set()
        for account in self.read:
            known.update(each.id for each in account.controls)
            known.update(account.inspection["scope"]["not_selected"] if account.inspection else ())
        return len(known)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many accounts have each status."""
        counted = Counter(each.status for each in self.accounts)
        return {status: counted[status] for status in Status}

    def row(self, control: str) -> list[tuple[AccountResult, Cell | None]]:
        """Return each account with what a control says about it; None: not selected there."""
        return [(each, each.cells.get(control)) for each in self.accounts]

    def counts_of(self, control: str) -> dict[Status, int]:
        """Return in how many accounts a control has each status."""
        counted = Counter(cell.status for _, cell in self.row(control) if cell is not None)
        return {status: counted[status] for status in Status}

    def failing(self, severity: Severity | None = None) -> int:
        """Return how many controls fail in some account, those of one severity or all."""
        found = [self.failing_severity(head.id) for head in self.controls]
        return sum(each is not None and severity in {None, each} for each in found)

    def failing_severity(self, control: str) -> Severity | None:
        """Return the worst severity that a control has where it fails; None: it fails nowhere."""
        failing = [
            account.severity(control)
            for account, each in self.row(control)
            if each is not None and each.status is Status.FAIL
        ]
        return max(failing, key=lambda each: each.weight, default=None)

    def files(self, account: AccountResult) -> dict[str, str]:
        """Return an account's own reports by format, as paths beside this document."""
        kept = [name for name in REPORT_FORMATS if name in self.formats and account.inspection]
        return {name: f"{OWN_REPORTS}/{account.name}/{REPORT_FORMATS[name]}" for name in kept}


def render(document: SideBySide) -> str:
    """Return the document as JSON text."""
    text = json.dumps(to_plain(document), indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "replace").decode()  # a lone surrogate is no text


def to_plain(document: SideBySide) -> dict[str, Any]:
    """Return the document as plain objects."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": NAME, "version": document.version},
        "complete": document.is_complete,
        "partial": document.is_partial,
        "summary": {
            "accounts": len(document.accounts),
            "status": by_value(document.counts),
        },
        "accounts": [account_to_plain(document, each) for each in document.accounts],
        "controls": [control_to_plain(document, each) for each in document.controls],
    }


def by_value(counts: dict[Status, int]) -> dict[str, int]:
    """Return counts with plain keys."""
    return {status.value: count for status, count in counts.items()}


def account_to_plain(document: SideBySide, account: AccountResult) -> dict[str, Any]:
    """Return one entry of ``accounts``: a column."""
    report = account.inspection or {}
    plain = {
        "name": account.name,
        "status": account.status.value,
        "exit_code": account.code,
        "problem": account.problem,
        "complete": account.is_complete,
        "as_of": report.get("as_of"),
        "account": report.get("account"),
        "source": report.get("source"),
        "scope": report.get("scope"),
        "summary": report.get("summary"),
        "unread": report.get("unread", []),
        "notices": report.get("notices", []),
        "fix_first": account.fix_first["items"],
        "reports": document.files(account),
    }
    return plain | ({"requests": report["requests"]} if "requests" in report else {})


def control_to_plain(document: SideBySide, control: ControlHead) -> dict[str, Any]:
    """Return one entry of ``controls``: a row."""
    return {
        "id": control.id,
        "title": control.title,
        "severity": control.severity,
        "status": by_value(document.counts_of(control.id)),
        "accounts": {
            account.name: cell and cell.shown() for account, cell in document.row(control.id)
        },
    }
