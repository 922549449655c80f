"""The OSCAL 1.2.1 plan of action and milestones (POA&M): what is to be done, and until when.

An item stands for each control that fails, and for each that nobody could judge or that needs a
person: absence of data never looks like compliance. What failed in the last report and cannot be
judged now keeps its risk, open and with its deadline.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from pdsec_checks.finding import CarriedFail, Finding
from pdsec_checks.model import UNJUDGED, Control, Status, counted, moment_text
from pdsec_checks.reports import facts, json_text, scope
from pdsec_checks.reports.oscal import (
    Ids,
    assets,
    end_of,
    help_links,
    inventory,
    is_deficient,
    many,
    markup,
    metadata,
    observation,
    observed,
    origin_of,
    props,
    rated,
    related,
    requirement_props,
    risk,
    some,
    target_finding,
)
from pdsec_checks.reports.report import Report

DOUBTS = {
    Status.ERROR: "could not be judged",
    Status.MANUAL: "needs a person",
}
"""What an item says of a control that has findings of this status, and none that fails."""


def render(report: Report) -> Iterator[str]:
    """Yield the plan of action and milestones as OSCAL JSON, bit by bit.

    OSCAL asks for at least one item: when there is nothing to do, the one item says so.
    """
    ids = Ids(report)
    pairs = facts.pairs(report)
    failing = [pair for pair in pairs if is_deficient(pair[1])]
    doubtful = [pair for pair in pairs if pair[1].status in UNJUDGED]
    carried = [
        (control, each) for control in report.controls for each in carried_of(report, control)
    ]
    seen = [*failing, *doubtful, *((control, each.finding) for control, each in carried)]
    doubts = [
        (control, found) for control in report.controls if (found := doubts_of(report, control))
    ]
    controls = list(dict.fromkeys(control for control, _ in failing))
    plan: dict[str, Any] = {
        "uuid": ids.of_run("poam"),
        "metadata": metadata(report, "plan of action and milestones"),
        "system-id": {"id": facts.account_of(report.run)},
        "local-definitions": json_text.filled(
            {
                "inventory-items": many(inventory(seen, ids)),
                "assessment-assets": assets(report.version, ids),
            }
        ),
        "observations": many(
            chain(
                (observation(report, each, ids) for _, each in (*failing, *doubtful)),
                (carried_observation(each, ids) for _, each in carried),
            )
        ),
        "risks": many(
            chain(
                (risk(report, control, each, ids) for control, each in failing),
                (carried_risk(report, control, each, ids) for control, each in carried),
                (doubt_risk(report, control, found, ids) for control, found in doubts),
            )
        ),
        "findings": some(target_finding(report, control, ids) for control in controls),
        "poam-items": some(
            chain(
                (failing_item(report, control, ids) for control in controls),
                (doubt_item(report, control, found, ids) for control, found in doubts),
            )
        )
        or [nothing_to_do(report, ids)],
    }
    yield from json_text.streamed({"plan-of-action-and-milestones": json_text.filled(plan)})
    yield "\n"


def doubts_of(report: Report, control: Control) -> list[Finding]:
    """Return the findings of a control that nobody has judged, the errors before the others.

    Both kinds are one item where the control has both.
    """
    found = [each for each in report.by_control[control.id] if each.status in UNJUDGED]
    return sorted(found, key=lambda each: each.status is not Status.ERROR)


def carried_of(report: Report, control: Control) -> list[CarriedFail]:
    """Return the fails of a control that the last report had, and nobody can judge now."""
    return [each for each in report.carried if each.finding.control == control.id]


def failing_item(report: Report, control: Control, ids: Ids) -> dict[str, Any]:
    """Return what to do about a failing control: the remedies of its causes."""
    remedies = facts.remedies_of(control, report.by_control[control.id])
    return {
        "uuid": ids.lasting("poam-item", control.id),
        "title": f"{control.id}: {markup(control.title)}",
        "description": markup(" ".join(each.text for each in remedies)),
        **help_links(remedies),
        "props": requirement_props(report, control),
        "origins": [origin_of(None, ids)],
        "related-findings": [{"finding-uuid": ids.of_run("finding", control.id)}],
    } | related(report, control, ids)


def doubt_item(
    report: Report, control: Control, found: Sequence[Finding], ids: Ids
) -> dict[str, Any]:
    """Return what to do about a control of which some checks have no verdict."""
    carried = carried_of(report, control)
    risks = [ids.lasting("risk", "doubt", control.id)]
    risks += [ids.lasting("risk", each.finding.fingerprint) for each in carried]
    return {
        "uuid": ids.lasting("poam-item", "doubt", control.id),
        "title": f"{control.id}: {markup(control.title)}: {DOUBTS[found[0].status]}",
        "description": markup(advice(report, control, found)),
        "props": requirement_props(report, control),
        "origins": [origin_of(None, ids)],
        "related-observations": [
            *observed(list(found), ids),
            *({"observation-uuid": carried_id(each, ids)} for each in carried),
        ],
        "related-risks": [{"risk-uuid": each} for each in risks],
    }


def advice(report: Report, control: Control, found: Sequence[Finding]) -> str:
    """Return how many checks of a control have no verdict, why, and what to do about that."""
    checks = len(report.by_control[control.id])
    counts = [
        f"{number} of {counted(checks, 'check')} {words}"
        for status, words in (
            (Status.ERROR, "could not be judged"),
            (Status.MANUAL, "can only be judged by a person"),
        )
        if (number := sum(each.status is status for each in found))
    ]
    remedies = dict.fromkeys(facts.remedy_of(control, each).text for each in found)
    told = [f"{'; '.join(counts)}.", f"{facts.sentence_of(found[0])}.", *remedies]
    return " ".join(filter(None, told))


def doubt_risk(
    report: Report, control: Control, found: Sequence[Finding], ids: Ids
) -> dict[str, Any]:
    """Return the risk that a control fails unseen; the oldest doubt sets the deadline."""
    first = min(found, key=report.since)
    return {
        "uuid": ids.lasting("risk", "doubt", control.id),
        "title": f"{control.id}: {DOUBTS[found[0].status]}",
        "description": "Nobody knows whether the control holds: "
        f"{markup(facts.sentence_of(found[0]))}",
        **rated(control, first, ids),
        "status": "investigating",
        "deadline": end_of(report.due(first).isoformat()),
        "related-observations": observed(list(found), ids),
    }


def carried_id(carried: CarriedFail, ids: Ids) -> str:
    """Return the id of what the last report said of a fail."""
    return ids.of_run("observation", "carried", carried.finding.fingerprint)


def carried_observation(carried: CarriedFail, ids: Ids) -> dict[str, Any]:
    """Return what was seen of a fail when it could last be judged."""
    finding = carried.finding
    return {
        "uuid": carried_id(carried, ids),
        "title": f"{finding.control}: {markup(facts.address(finding.resource))}",
        "description": markup(carried.sentence),
        "props": props(
            ("status", finding.status.value),
            ("severity", finding.severity.value),
            ("fingerprint", finding.fingerprint),
            ("carried", "true"),
        ),
        "methods": ["TEST"],
        "types": ["control-objective", "historic"],
        "origins": [origin_of(None, ids)],
        "subjects": [{"subject-uuid": ids.subject(finding.resource), "type": "inventory-item"}],
        "collected": moment_text(carried.failed_on),
        "remarks": markup(f"Not judged in this run: {carried.why}"),
    }


def carried_risk(
    report: Report, control: Control, carried: CarriedFail, ids: Ids
) -> dict[str, Any]:
    """Return the risk of a fail that cannot be judged now: the one it had, open or accepted."""
    finding = carried.finding
    waived = facts.waiver_of(finding)
    return {
        "uuid": ids.lasting("risk", finding.fingerprint),
        "title": f"{control.id}: {markup(facts.address(finding.resource))}",
        "description": markup(carried.sentence),
        **rated(control, finding, ids),
        "status": "deviation-approved" if waived else "open",
        "deadline": end_of(waived.expires if waived else report.due(finding).isoformat()),
        "related-observations": [{"observation-uuid": carried_id(carried, ids)}],
    }


def nothing_to_do(report: Report, ids: Ids) -> dict[str, Any]:
    """Return the item that stands for none: every check was judged, and none fails."""
    judged, asked = report.judged
    fine = facts.verdict(report)
    return {
        "uuid": ids.of_run("poam-item"),
        "title": scope.headed(report, f"{fine[:1].upper()}{fine[1:]}"),
        "description": f"Judged {judged} of {counted(asked, 'check')}, and none failed."
        if asked
        else "No control applies to anything in the account.",
    }
