"""One account among many: judged by the same engine as an account alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pdsec_checks.accounts.ahead import Job, Readers
from pdsec_checks.catalogue.controls import left_out
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import InspectionError, UsageError, unforeseen
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.finding import Finding
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.engine import judged, nothing_applied
from pdsec_checks.judging.waivers import notices
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports import content, fix_first, scope, score_words
from pdsec_checks.reports.carried import beside_last, notice
from pdsec_checks.reports.earlier import comparable_scores
from pdsec_checks.reports.json_report import to_plain
from pdsec_checks.reports.json_text import dump
from pdsec_checks.reports.report import Report, RunInfo, exit_code
from pdsec_checks.reports.ring.inspected import CONTROL as RING_CONTROL
from pdsec_checks.reports.ring.inspected import inspected_headline
from pdsec_checks.reports.ring.making import section_of
from pdsec_checks.reports.ring.section import RingSection
from pdsec_checks.reports.sarif_places import Places
from pdsec_checks.reports.side_by_side.document import AccountResult
from pdsec_checks.suite.places import former_inventory, places_of, renewed_inventory


def inspect(job: Job, readers: Readers, typed: Callable[[str], str] = str) -> AccountResult:
    """Judge an account that was read ahead, and return what the reports say about it.

    *typed* returns a message with the flags as the user typed them.

    Raises:
        KeyboardInterrupt: The user, or SIGTERM, ended the run; the account is in no report.
    """

    def unread(code: ExitCode, problem: str) -> AccountResult:
        return AccountResult.unread(job.name, code, typed(problem), job.heads)

    if job.problem is not None:
        return unread(ExitCode.USAGE_ERROR, job.problem)
    if not job.controls:
        return unread(ExitCode.NOTHING_SELECTED, "the account's own settings select no control")
    try:
        return result_of(job, report_of(job, readers.snapshot(job)))
    except InspectionError as error:
        return unread(ExitCode.USAGE_ERROR, str(error))
    except Exception as error:  # noqa: BLE001 - the other accounts are judged all the same
        return unread(
            ExitCode.INTERNAL_ERROR,
            f"an internal error ended the inspection ({unforeseen(error)}); "
            "inspect this account alone to see it",
        )


def result_of(job: Job, report: Report) -> AccountResult:
    """Return what the reports over all accounts say about one that was judged."""
    plain = to_plain(report)
    former = former_inventory(job.settings, Path())
    inventory, problems = own_inventory(report, job, former)
    text = "".join(inventory.values()) or former
    places = places_of(job.settings, Path(), text)
    reports, unwritten = own_reports(report, plain, job, places)
    code = exit_code(report, datetime.now(UTC), strict=job.settings.decided.strict)
    return AccountResult.of(
        name=job.name,
        code=code,
        problem=report.run.refusal or unsaid(code, report, job.settings),
        inspection=plain,
        reports=reports,
        unwritten=(*problems, *unwritten),
        fix_first=fix_first.fields(report),
        departures=scope.departures(report),
        score=score_words.brief_sentences(report),
        ring=inspected_headline(report),
        carried=notice(report.carried),
        identity=report.run.account,
        inventory=inventory,
    )


def report_of(job: Job, snapshot: Snapshot) -> Report:
    """Return the report about an account that was read.

    Raises:
        UsageError: It is not the account of the earlier report, or lacks a resource asked for.
    """
    settings, earlier = job.settings, job.before.baseline
    job.before.check(settings.decided, snapshot)
    inspection = Inspection(snapshot, snapshot.baseline(settings.decided.baseline))
    known_fails = earlier.failing if earlier else None
    findings = judged(job.controls, inspection, settings, known_fails)
    picked = sorted(f"{each.control.id}[{case}]" for each in job.controls for case in each.wanted)
    restricted = bool(settings.selection.resources or picked)
    run = RunInfo.of(snapshot, [each.control for each in job.controls], settings, job.written)
    if settings.selection.resources:  # a control none of whose resources was asked for has none
        run = run.narrowed({each.control for each in findings})
    catalogue = job.catalogue.without(left_out(settings.selection))
    uncertain = earlier.cautions(run) if earlier else ()
    report = Report(
        run=run,
        findings=findings,
        catalogue=catalogue,
        mapping=settings.selection.mapping,
        notices=[
            *run.notices,
            *uncertain,
            *nothing_applied(findings),
            *notices(findings, settings.decided.decisions, run.as_of, restricted=restricted),
        ],
        evidence_max_age=settings.decided.evidence_max_age,
        restricted=restricted,
        picked=picked,
        earlier_as_of=earlier.as_of if earlier else None,
        earlier_scores=comparable_scores(earlier, run, catalogue, settings.selection.mapping),
        remediation_days=settings.decided.remediation_days,
        ring=ring_section(job, inspection, findings),
    )
    return beside_last(report, job.before.last)


def ring_section(
    job: Job, inspection: Inspection, findings: Iterable[Finding]
) -> RingSection | None:
    """Return what the account's page shows of whom incidents would call; None without a page."""
    judged_services = {each.resource.id for each in findings if each.control == RING_CONTROL}
    if "html" not in job.formats or not judged_services:
        return None
    return section_of(inspection, judged_services)


def unsaid(code: ExitCode, report: Report, settings: Settings) -> str | None:
    """Return why an inspection does not end well, where no finding says it."""
    counts = report.counts
    is_said = counts[Status.ERROR] or (settings.decided.strict and counts[Status.MANUAL])
    if code is ExitCode.NOT_JUDGED and not is_said:
        allowed = settings.decided.evidence_max_age
        return f"the recording is older than evidence_max_age = {allowed} allows"
    return None


def own_inventory(report: Report, job: Job, former: str) -> tuple[dict[str, str], list[str]]:
    """Return the file of an account's inventory with its text, and why there is none to write.

    *former* is the one that there is.
    """
    settings = job.settings
    if not settings.writes_inventory or report.run.refusal:
        return {}, []
    try:
        return {str(settings.inventory): renewed_inventory(report, settings, former)}, []
    except UsageError as error:
        return {}, [f"{job.name}: {error}"]


def own_reports(
    report: Report, plain: dict[str, Any], job: Job, places: Places
) -> tuple[dict[str, str | bytes], list[str]]:
    """Return what an account's own reports hold by format, and why some could not be made.

    *plain* is the JSON one, *places* are those at which SARIF and JUnit point.
    """
    made: dict[str, str | bytes] = {}
    unwritten = []
    for name in job.formats:
        try:
            is_made = name == "json"
            made[name] = dump(plain) if is_made else content(name, report, places=places)
        except Exception as error:  # noqa: BLE001 - it costs this report alone
            unwritten.append(f"{job.name}: the {name} report failed: {unforeseen(error)}")
    return made, unwritten
