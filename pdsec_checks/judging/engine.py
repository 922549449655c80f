"""Controls, a snapshot and settings in; findings out. The only judge there is.

The pytest suite judges case by case, because each case is one of pytest's items; a run over many
accounts and the tests of the tool judge whole accounts. All of them stand on these functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec.structs import replace

from pdsec_checks.analysis.deterioration import worsened
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import InspectionError, unforeseen
from pdsec_checks.finding import Finding, Reach, ResourceRef
from pdsec_checks.fixes.table import broken_fix, plain_fix
from pdsec_checks.inspection import SHARED, Inspection
from pdsec_checks.judging import waivers
from pdsec_checks.judging.cases import Case, cases, check_found, only
from pdsec_checks.judging.controls import Judgeable
from pdsec_checks.judging.links import without_links
from pdsec_checks.judging.verdict import finding_of, verdict_of
from pdsec_checks.model import ACCOUNT, TO_DO, Control, Status, counted
from pdsec_checks.outcomes import Skipped
from pdsec_checks.resources import Service

KnownFails: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The address of each fail of an earlier report about the account → its evidence there."""


def judged(
    controls: Iterable[Judgeable],
    inspection: Inspection,
    settings: Settings,
    known_fails: KnownFails | None = None,
) -> list[Finding]:
    """Return what each control says about each of its resources, as the people in charge see it.

    *known_fails* are those of an earlier report; None where there is none.

    Raises:
        UsageError: The settings, or a control, ask for a resource that the account lacks.
    """
    found = [(control, cases_of(control, inspection, settings)) for control in controls]
    is_found = any(case.outcome is None for _, each in found for case in each)
    check_found(settings.selection.resources, is_found=is_found)
    return [
        settled(finding, control.control, inspection, settings, known_fails)
        for control, each in found
        for case in each
        for finding in findings_of(control, case, inspection, control.nodeid_of(case.id))
    ]


def cases_of(control: Judgeable, inspection: Inspection, settings: Settings) -> list[Case]:
    """Return the cases of a control that the settings, and whoever asked for ids, leave in.

    Raises:
        UsageError: The account lacks a resource that was asked for by id.
    """
    found = cases(
        control.resource,
        control.arguments,
        inspection,
        settings.selection.resources,
        settings.selection.granularity,
    )
    return only(found, control.wanted, control.control.id) if control.wanted else found


def findings_of(
    control: Judgeable, case: Case, inspection: Inspection, nodeid: str
) -> list[Finding]:
    """Return what a control says about each resource of a case, with its *nodeid*."""
    try:
        arguments = {name: inspection.provide(name) for name in control.arguments if name in SHARED}
    except (InspectionError, Skipped, AssertionError) as error:
        return ended_early(control.control, case, error, nodeid)
    return ended(control, case, arguments, nodeid)


def ended(
    control: Judgeable, case: Case, arguments: Mapping[str, Any], nodeid: str
) -> list[Finding]:
    """Return the findings of a case, with its *nodeid*, whose shared arguments are at hand."""
    if case.outcome is None:
        shared = {name: arguments.get(name) for name in control.arguments}
        return [verdict_of(control, each, shared, nodeid) for each in case.resources]
    return [
        finding_of(control.control, each, case.outcome, nodeid=nodeid) for each in case.resources
    ]


def ended_early(control: Control, case: Case, error: BaseException, nodeid: str) -> list[Finding]:
    """Return the findings of a case, with its *nodeid*, for which an argument is missing.

    A fail that is certain all the same stays one.
    """
    is_certain = isinstance(case.outcome, AssertionError)
    why = case.outcome if is_certain else error
    return [finding_of(control, each, why, nodeid=nodeid) for each in case.resources]


def settled(
    finding: Finding,
    control: Control,
    inspection: Inspection,
    settings: Settings,
    known_fails: KnownFails | None = None,
) -> Finding:
    """Return a finding of a control as the people in charge see it, with its fix and its reach.

    What breaks while that is found out makes it an error. One of a recording with pseudonyms has
    no link: nothing is where it would lead.
    """
    try:
        found = compared(decided(finding, inspection, settings), control, known_fails)
        found = with_fix(found, inspection)
    except Exception as error:  # noqa: BLE001 - it costs this finding alone
        reason = f"its waiver or attestation could not be applied: {unforeseen(error)}"
        message = f"{finding.message}; {reason}"
        found = replace(finding, status=Status.ERROR, message=message, reason=reason)
    found = of_account(with_reach(found, inspection), inspection, settings)
    return without_links(found) if inspection.snapshot.redacted else found


def with_fix(finding: Finding, inspection: Inspection) -> Finding:
    """Return a fail with its fix; one whose fix breaks stays what it is."""
    if finding.status is not Status.FAIL:
        return finding
    try:
        return replace(finding, fix=plain_fix(finding, inspection))
    except Exception as error:  # noqa: BLE001 - it costs this fix alone
        return replace(finding, fix=broken_fix(unforeseen(error)))


def with_reach(finding: Finding, inspection: Inspection) -> Finding:
    """Return a finding that needs somebody with the services that stand behind its resource."""
    if finding.status not in TO_DO:
        return finding
    try:
        behind = inspection.provide("services_behind")
        found = behind.of(finding.resource.type, finding.resource.id)
    except Exception as error:  # noqa: BLE001 - it costs this number alone
        found = Reach(why=f"counting them failed: {unforeseen(error)}")
    return replace(finding, behind=found)


def of_account(finding: Finding, inspection: Inspection, settings: Settings) -> Finding:
    """Return a finding about the whole account with the name of that."""
    if finding.resource.type != ACCOUNT:
        return finding
    return replace(finding, account=inspection.snapshot.account(settings.reading.account))


def decided(finding: Finding, inspection: Inspection, settings: Settings) -> Finding:
    """Return a finding with the figures of its service, waived or attested."""
    is_service = finding.resource.type == Service.kind
    if is_service and (figures := inspection.figures.get(finding.resource.id)):
        finding = replace(finding, evidence={**finding.evidence, "last_30_days": figures})
    if not inspection.snapshot.clock:  # nobody can tell whether a decision still counts
        finding = waivers.apply(finding, settings.decided.decisions, inspection.as_of)
    return finding


def compared(finding: Finding, control: Control, known_fails: KnownFails | None) -> Finding:
    """Return a fail as new, as known, or as worse than it was."""
    if known_fails is None or finding.status is not Status.FAIL:
        return finding
    earlier = known_fails.get(finding.address)
    if earlier is None:
        return replace(finding, known=False)
    worse = worsened(control.figures, earlier, finding.evidence)
    return replace(finding, known=not worse, worse=worse)


def nothing_applied(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a sentence where no control applied to anything: nothing fails, and nothing is known.

    Such a run ends with 0, as each that has no fail does; it must not do so in silence.
    """
    statuses = {finding.status for finding in findings}
    if statuses == {Status.NOT_APPLICABLE}:
        yield (
            "nothing was judged: no selected control applied to anything that was looked at, so "
            "that exit code 0 says nothing about the account"
        )


def not_reached(
    controls: Iterable[Control],
    account_name: str,
    findings: Sequence[Finding],
    expected: Mapping[str, int],
    identity: str = "",
) -> list[Finding]:
    """Return an error for each control that a stopped run did not judge to its end.

    Without it the resources that were judged would speak for those that were not. *identity* tells
    the account from others.
    """
    judged = Counter(finding.control for finding in findings)
    account = ResourceRef(ACCOUNT, ACCOUNT, account_name)
    return [
        Finding(
            control.id,
            control.severity,
            Status.ERROR,
            account,
            f"the run ended after {judged[control.id]} of {counted(wanted, 'check')} of this "
            "control"
            if wanted
            else "the run ended before this control was reached",
            account=identity,
        )
        for control in controls
        if judged[control.id] < max(wanted := expected.get(control.id, 0), 1)
    ]
