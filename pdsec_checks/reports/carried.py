"""Carries fails on that a run cannot judge any more: unreadable is not fixed.

Programs that remember findings, such as code scanning, close what the next report lacks. What
failed in an earlier report and has no verdict now is therefore told once more, as what it is:
``report.carried``. It counts in no summary and in no exit code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from msgspec import structs

from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.configuration.decisions import is_for
from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import ACCOUNT, NEEDING_SOMEBODY, UNJUDGED, Status, counted, is_named
from pdsec_checks.reports.earlier import EarlierReport
from pdsec_checks.reports.open_since import open_since
from pdsec_checks.reports.report import LastRun, Report, RunInfo

STOPPED = "the run was stopped before every check was judged"
LEFT_OUT = "the run did not look at it"


def beside_last(report: Report, last: EarlierReport | None) -> Report:
    """Return a report with what became of the last one's findings; as it is where there is none."""
    if last is None:
        return report
    carried = carried_fails(last, report)
    return replace(
        report,
        carried=carried,
        handed_on=handed_on(last, report, carried),
        last=LastRun(statuses_in(last), gone(last, report)),
        open_since=open_since(last, report.run, report.findings),
        notices=[*report.notices, *notice(carried)],
    )


def statuses_in(last: EarlierReport) -> dict[str, Status]:
    """Return the status of each check that the last report knew of, by address."""
    handed_on, carried = (
        {each.finding.address: Status.FAIL for each in fails}
        for fails in (last.handed_on, last.carried)
    )
    return handed_on | {each.address: each.status for each in last.findings} | carried


def gone(last: EarlierReport, report: Report) -> list[Finding]:
    """Return the findings of the last report that the account has no check for any more, in order.

    Only a run over all resources of its controls can tell.
    """
    if report.restricted or not report.complete:
        return []
    now, doubts = verdicts_in(report.run, report.findings)
    before = {each.finding.address: each.finding for each in last.handed_on}
    before |= {each.address: each for each in last.findings if each.status in NEEDING_SOMEBODY}
    before |= {each.finding.address: each.finding for each in last.carried}
    found = (
        as_told(each, last, report)
        for name, each in before.items()
        if name not in now and each.control in doubts and not doubt_about(each, now, doubts)
    )
    return sorted(found, key=lambda each: each.sort_key)


def carried_fails(last: EarlierReport, report: Report) -> list[CarriedFail]:
    """Return the fails of the last report that a run can neither confirm nor rule out, in order.

    The check of such a fail has no verdict now; or it is missing, and the run was stopped, or its
    control has an error, or needs a person, that stands for more than one resource: the list was
    not read. A resource that a list read to its end no longer holds is gone, and is not carried.
    Neither is what the run was not asked about: no program closes it, since each selection has a
    category of its own; :func:`handed_on` keeps it for the next run. What the last report carried
    itself is carried on, with its own date.
    """
    now, doubts = verdicts_in(report.run, report.findings)
    found = [
        CarriedFail(decided(as_told(fail, last, report), report), failed_on, why)
        for fail, failed_on in last.remembered()
        if is_asked_for(fail, report.run, report.picked)
        and (why := why_unjudged(fail, report, now, doubts))
    ]
    return sorted(found, key=lambda each: each.finding.sort_key)


def handed_on(
    last: EarlierReport, report: Report, carried: Iterable[CarriedFail]
) -> list[CarriedFail]:
    """Return the fails of the last report that a run did not look at, in order.

    No format but JSON has them: they are there so that the run after this one, which may look at
    more, still knows of them. *carried* is what the report carries on.
    """
    now, _ = verdicts_in(report.run, report.findings)
    told = {name for name, each in now.items() if each.status not in UNJUDGED}
    told |= {each.finding.address for each in carried}
    found = (
        CarriedFail(as_told(fail, last, report), failed_on, LEFT_OUT)
        for fail, failed_on in last.remembered()
        if fail.address not in told and is_left_out(fail, report)
    )
    return sorted(found, key=lambda each: each.finding.sort_key)


def is_left_out(fail: Finding, report: Report) -> bool:
    """Tell whether a run without a verdict on *fail* may have left its check out.

    A run over everything leaves out the extended set, unless it was asked for it; a control that
    it does not know otherwise was removed.
    """
    is_whole = report.complete and not report.restricted
    if is_whole and fail.control in report.run.scope.selected:
        return False
    return report.is_partial or fail.control in shipped_extended()


def decided(fail: Finding, report: Report) -> Finding:
    """Return a fail as waived where a waiver of today covers it, and else as a fail."""
    evidence = {name: value for name, value in fail.evidence.items() if name != "waiver"}
    for each in report.run.scope.waivers:
        if each.control == fail.control and is_for(each.resource, fail.resource.id):
            waiver = {"reason": each.why, "approved_by": each.by, "expires": each.until}
            return structs.replace(
                fail, status=Status.WAIVED, evidence=evidence | {"waiver": waiver}
            )
    return structs.replace(fail, status=Status.FAIL, evidence=evidence)


def as_told(finding: Finding, last: EarlierReport, report: Report) -> Finding:
    """Return a finding of the last report for this one.

    A report of pseudonyms shall not tell what they stand for: of a finding that has names it has
    type and id.
    """
    found = of_account(finding, report.run)
    if not report.run.redacted or last.recording.redacted:
        return found
    resource = structs.replace(found.resource, name=found.resource.id, url=None)
    message = f"{resource.type.replace('_', ' ')} {resource.id}"
    return structs.replace(found, resource=resource, message=message, evidence={}, fix=None)


def of_account(fail: Finding, run: RunInfo) -> Finding:
    """Return a fail with the name that the run has for its account: it stays the same finding.

    A report of an earlier version, or of a run that could not learn the name, has none.
    """
    if fail.resource.type != ACCOUNT or not run.account:
        return fail
    return structs.replace(fail, account=run.account)


def why_unjudged(
    fail: Finding,
    report: Report,
    now: Mapping[str, Finding],
    doubts: Mapping[str, Sequence[Finding]],
) -> str | None:
    """Return why nobody can tell whether *fail* still is one; None where somebody can."""
    if doubt := doubt_about(fail, now, doubts):
        return doubt.message
    is_missing = fail.control in doubts and fail.address not in now
    return STOPPED if is_missing and not report.complete else None


def verdicts_in(
    run: RunInfo, findings: Iterable[Finding]
) -> tuple[dict[str, Finding], dict[str, list[Finding]]]:
    """Return findings by address, and of each selected control those without a verdict."""
    now = {each.address: each for each in findings}
    doubts: dict[str, list[Finding]] = {control.id: [] for control in run.controls}
    for each in now.values():
        if each.status in UNJUDGED:
            doubts[each.control].append(each)
    return now, doubts


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
            "fixed nor counted, but listed in the action plan, xlsx, HTML and Markdown, and kept "
            "in JSON, SARIF, OCSF, the POA&M and DefectDojo"
        )
