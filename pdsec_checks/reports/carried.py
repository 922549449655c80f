"""Carries fails on that a run cannot judge any more: unreadable is not fixed.

Programs that remember findings, such as code scanning, close what the next report lacks. What
failed in an earlier report and has no verdict now is therefore told once more, as what it is:
``report.carried``. It counts in no summary and in no exit code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

from pdsec_checks.model import ACCOUNT, UNJUDGED, CarriedFail, Finding, counted, is_named
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.report import RunInfo


def carried_fails(
    earlier: EarlierReport, run: RunInfo, findings: Iterable[Finding], picked: Sequence[str] = ()
) -> list[CarriedFail]:
    """Return the fails of an earlier report that a run can neither confirm nor rule out, in order.

    The check of such a fail has no verdict now; or it is missing, and its control has an error, or
    needs a person, that stands for more than one resource: the list was not read, or the run was
    stopped. A resource that a list read to its end no longer holds is gone, and is not carried.
    Neither is what the run was not asked about: no program closes it, since each selection has a
    category of its own.

    Args:
        earlier: The earlier report; what it carried itself is carried on, with its own date.
        run: What is known of this run.
        findings: All findings of this run, with an error for each control that it did not reach.
        picked: How pytest was told to judge single cases (``Report.picked``).
    """
    now = {each.address: each for each in findings}
    doubts: dict[str, list[Finding]] = {control.id: [] for control in run.controls}
    for each in now.values():
        if each.status in UNJUDGED and each.control in doubts:
            doubts[each.control].append(each)
    found = [
        CarriedFail(fail, failed_on, doubt.message)
        for fail, failed_on in earlier.fails()
        if is_asked_for(fail, run, picked) and (doubt := doubt_about(fail, now, doubts))
    ]
    return sorted(found, key=lambda each: each.finding.sort_key)


def doubt_about(
    fail: Finding, now: Mapping[str, Finding], doubts: Mapping[str, Sequence[Finding]]
) -> Finding | None:
    """Return the finding because of which nobody can tell whether *fail* still is one; or None.

    Args:
        fail: A fail of an earlier report.
        now: Address → finding of this run.
        doubts: Control → its findings of this run that have no verdict; not selected: no entry.
    """
    found = now.get(fail.address)
    if found is not None:
        return found if found.status in UNJUDGED else None
    if fail.resource.type == ACCOUNT:  # its resources are judged one by one now
        return None
    others = (
        each for each in doubts.get(fail.control, ()) if each.resource.type != fail.resource.type
    )
    return min(
        others, key=lambda each: (each.resource.type != ACCOUNT, each.sort_key), default=None
    )


def is_asked_for(fail: Finding, run: RunInfo, picked: Sequence[str]) -> bool:
    """Tell whether a run with such a selection looks at the check of *fail*, where it is there."""
    resource = fail.resource
    if resource.type != ACCOUNT and not is_named(run.scope.resources, resource.id, resource.name):
        return False
    case = PurePath(fail.nodeid).name
    named = {each for each in picked if not each.startswith("--")}
    if "--lf" in picked or f"--deselect={case}" in picked:
        return False
    return not named or bool(named & {case, f"{fail.control}[{resource.id}]"})


def notice(carried: Collection[CarriedFail]) -> Iterator[str]:
    """Yield what the operator should know about fails that were carried; nothing without one."""
    if carried:
        yield (
            f"{counted(len(carried), 'fail')} of earlier runs could not be judged now: neither "
            "fixed nor counted, and still open in SARIF, OCSF and DefectDojo"
        )
