"""A period as OSCAL 1.2.1 assessment results, from its first to its last second.

As in the results of one run, only what is certain has a finding: a control that failed within the
period, waived or not, is *not satisfied*; one is *satisfied* only if there is evidence on each
expected interval, and it held on each. All others have an observation with the numbers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from pdsec_checks import NAME
from pdsec_checks.model import moment_text
from pdsec_checks.reports import json_text
from pdsec_checks.reports.oscal import (
    OSCAL_VERSION,
    assets,
    end_of,
    markup,
    objective,
    objective_id,
    prop,
    props,
)
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import ControlDays, Day, Days, Lapse, Outcome, Period
from pdsec_checks.reports.period.span import Span
from pdsec_checks.reports.report import NAMESPACE
from pdsec_checks.reports.text import ended

STATUSES = {
    Outcome.OPEN: "open",
    Outcome.WAIVED: "deviation-approved",
    Outcome.GONE: "closed",
    Outcome.RESOLVED: "closed",
}
"""What became of an exception → the status of its risk."""


class Ids:
    """UUIDs that the same evidence gets again."""

    def __init__(self, period: Period) -> None:
        where = period.account
        account = f"{where.base_url} {where.subdomain}" if where else "no account"
        self.base = uuid5(UUID(str(NAMESPACE)), f"{account} period {period.span.text}")
        self.tool = self.of("component", NAME)
        self.platform = self.of("assessment-platform", NAME)

    def of(self, *names: str) -> str:
        """Return the id of something in the document."""
        return str(uuid5(self.base, "/".join(names)))

    def subject(self, lapse: Lapse) -> str:
        """Return the id of a resource."""
        return self.of("inventory-item", lapse.resource.type, lapse.resource.id)

    def lapse(self, kind: str, lapse: Lapse) -> str:
        """Return the id of something about a failing check."""
        address = (lapse.control, lapse.resource.type, lapse.resource.id)
        return self.of(kind, *address, moment_text(lapse.first_seen))


def render(period: Period) -> str:
    """Return the period as OSCAL JSON."""
    ids = Ids(period)
    return json_text.dump(
        {
            "assessment-results": {
                "uuid": ids.of("assessment-results"),
                "metadata": metadata(period),
                "import-ap": {"href": f"#{ids.of('assessment-plan')}"},
                **json_text.filled({"local-definitions": definitions(period)}),
                "results": [result(period, ids)],
                "back-matter": {"resources": [plan(period, ids)]},
            }
        }
    )


def metadata(period: Period) -> dict[str, Any]:
    """Return title and versions; the remarks say what is missing, and how days are counted."""
    latest = moment_text(last_moment(period))
    said = [words.headline(period), words.signatures(period), words.RULE]
    said += [*words.missing(period), *words.notes(period)]
    return {
        "title": markup(f"PagerDuty, {words.account(period)}: {words.TITLE}"),
        "last-modified": latest,
        "version": latest,
        "oscal-version": OSCAL_VERSION,
        "props": props(
            ("tool", NAME),
            ("tool-version", period.version),
            ("every", period.span.every_text),
            ("signer", period.signer),
            *counted(period.days, period.span),
        ),
        "remarks": " ".join(markup(ended(text)) for text in dict.fromkeys(said)),
    }


def last_moment(period: Period) -> datetime:
    """Return the moment of the latest bundle of the period; its end where there is none."""
    return max((each.as_of for each in period.bundles), default=period.span.end)


def counted(days: Days, span: Span) -> list[tuple[str, str]]:
    """Return how many intervals have evidence, and the longest stretch without, as properties."""
    return [
        ("days-expected", str(days.expected)),
        ("days-with-evidence", str(days.evidenced)),
        ("days-without-evidence", str(days.without)),
        ("longest-without-evidence", words.stretch(span, days.longest_gap)),
    ]


def numbers(days: Days, span: Span) -> list[dict[str, str]]:
    """Return everything that is counted, as properties."""
    return props(
        *counted(days, span),
        ("days-held", str(days.held)),
        ("share-held", words.share(days)),
        ("days-held-waived", str(days.count(Day.WAIVED))),
        ("days-held-not-applicable", str(days.count(Day.NOT_APPLICABLE))),
        ("days-exception", str(days.count(Day.EXCEPTION))),
        ("days-not-judged", str(days.count(Day.NOT_JUDGED))),
    )


def definitions(period: Period) -> dict[str, Any]:
    """Return what each control demands."""
    return json_text.filled(
        {
            "objectives-and-methods": [
                objective(each.id, each.description or each.title or each.id)
                for each in period.controls
            ]
        }
    )


def plan(period: Period, ids: Ids) -> dict[str, Any]:
    """Return the plan that the results import: when evidence is expected."""
    return {
        "uuid": ids.of("assessment-plan"),
        "title": "Assessment plan",
        "description": markup(
            f"Seal the evidence of an inspection {period.span.every_words} from "
            f"{period.span.text}, and judge each control by it."
        ),
    }


def result(period: Period, ids: Ids) -> dict[str, Any]:
    """Return the one result: what was seen of each control, and of each check that failed."""
    span = period.span
    settled = [each for each in period.controls if state(each.days)]
    return json_text.filled(
        {
            "uuid": ids.of("result"),
            "title": markup(f"{words.TITLE}: {span.text}"),
            "description": markup(ended(words.headline(period))),
            "start": moment_text(span.start),
            "end": moment_text(span.end - timedelta(seconds=1)),
            "props": requirement_props(period),
            "local-definitions": json_text.filled(
                {
                    "inventory-items": inventory(period, ids),
                    "assessment-assets": assets(period.version, ids),
                }
            ),
            "reviewed-controls": reviewed(period),
            "observations": [
                *(control_observation(period, each, ids) for each in period.controls),
                *(lapse_observation(each, ids) for each in period.lapses),
            ],
            "risks": [risk(each, ids) for each in period.lapses],
            "findings": [finding(period, each, ids) for each in settled],
            "remarks": " ".join(
                markup(ended(f"{moment_text(each.at)}: {each.text}")) for each in period.events
            ),
        }
    )


def state(days: Days) -> tuple[str, str] | None:
    """Return state and reason of a control; None where the period says neither.

    A waived fail is one in OSCAL, which knows no third state.
    """
    if days.count(Day.EXCEPTION) or days.count(Day.WAIVED):
        return "not-satisfied", "fail"
    is_whole = not days.without and not days.count(Day.NOT_JUDGED)
    return ("satisfied", "pass") if is_whole and days.count(Day.HELD) else None


def requirement_props(period: Period) -> list[dict[str, str]]:
    """Return a property for each requirement with its numbers, of the class of its framework."""
    found = []
    for each in period.requirements:
        days = each.days
        value = (
            f"{each.edition} {each.id}: supported on {days.held} of {days.evidenced} with "
            f"evidence, exception on {days.count(Day.EXCEPTION)}, not judged on "
            f"{days.count(Day.NOT_JUDGED)}, without evidence on {days.without} of {days.expected}"
        )
        found.append(prop("requirement", value, each.framework))
    return found


def reviewed(period: Period) -> dict[str, Any]:
    """Return the controls that the evidence is about; without any, that nobody knows of one."""
    names = [each.id for each in period.controls]
    selected: dict[str, Any] = {"include-controls": [{"control-id": each} for each in names]}
    if not names:
        said = "No evidence of the period holds, so that no control was assessed."
        selected = {"description": said, "include-all": {}}
    objectives = [{"objective-id": objective_id(name)} for name in names]
    return json_text.filled(
        {
            "control-selections": [selected],
            "control-objective-selections": [{"include-objectives": objectives}] if names else [],
            "remarks": markup(ended(words.RULE)),
        }
    )


def inventory(period: Period, ids: Ids) -> list[dict[str, Any]]:
    """Return the resources that failed within the period, each once."""
    found = {ids.subject(each): each.resource for each in period.lapses}
    return [
        {
            "uuid": uuid,
            "description": markup(resource.name or resource.id) or "without a name",
            "props": props(("asset-type", resource.type), ("asset-id", resource.id)),
        }
        for uuid, resource in sorted(found.items())
    ]


def origin(ids: Ids) -> list[dict[str, Any]]:
    """Return who says so: this tool."""
    return [{"actors": [{"type": "tool", "actor-uuid": ids.tool}]}]


def control_observation(period: Period, control: ControlDays, ids: Ids) -> dict[str, Any]:
    """Return what was seen of a control: the numbers of its days."""
    days = control.days
    return {
        "uuid": ids.of("observation", control.id),
        "title": markup(f"{control.id}: {control.title}"),
        "description": markup(
            f"{control.id} held on {days.held} of {period.span.counted(days.evidenced)} with "
            f"evidence; there is none on {days.without} of {days.expected}."
        ),
        "props": [*props(("severity", control.severity)), *numbers(days, period.span)],
        "methods": ["EXAMINE"],
        "types": ["control-objective"],
        "origins": origin(ids),
        "collected": moment_text(last_moment(period)),
    }


def lapse_observation(lapse: Lapse, ids: Ids) -> dict[str, Any]:
    """Return what was seen of a check that failed."""
    return {
        "uuid": ids.lapse("observation", lapse),
        "title": markup(f"{lapse.control}: {lapse.resource.type} {lapse.resource.id}"),
        "description": markup(ended(f"{lapse.message}: {words.told(lapse)}")),
        "props": props(
            ("severity", lapse.severity.value),
            ("outcome", lapse.outcome.value),
            ("first-seen", moment_text(lapse.first_seen)),
            ("last-seen", moment_text(lapse.last_seen)),
            ("failing-since", moment_text(lapse.failing_since)),
            ("ended", moment_text(lapse.ended) if lapse.ended else ""),
            *(("changed-by", text) for text in words.changes(lapse)),
            *(("waived", words.accepted(each)) for each in lapse.waived),
        ),
        "methods": ["TEST"],
        "types": ["finding"],
        "origins": origin(ids),
        "subjects": [{"subject-uuid": ids.subject(lapse), "type": "inventory-item"}],
        "collected": moment_text(lapse.last_seen),
    }


def risk(lapse: Lapse, ids: Ids) -> dict[str, Any]:
    """Return the risk of a check that failed, with what became of it."""
    until = lapse.waived[-1].until if lapse.outcome is Outcome.WAIVED else ""
    return json_text.filled(
        {
            "uuid": ids.lapse("risk", lapse),
            "title": markup(f"{lapse.control}: {lapse.resource.type} {lapse.resource.id}"),
            "description": markup(ended(lapse.message)),
            "statement": markup(ended(words.told(lapse))),
            "status": STATUSES[lapse.outcome],
            "props": props(("severity", lapse.severity.value)),
            "deadline": end_of(until) if until else None,
            "related-observations": [{"observation-uuid": ids.lapse("observation", lapse)}],
        }
    )


def finding(period: Period, control: ControlDays, ids: Ids) -> dict[str, Any]:
    """Return the finding of a control that has a state."""
    found = state(control.days)
    assert found is not None
    lapses = [each for each in period.lapses if each.control == control.id]
    seen = [ids.of("observation", control.id), *(ids.lapse("observation", e) for e in lapses)]
    return json_text.filled(
        {
            "uuid": ids.of("finding", control.id),
            "title": markup(f"{control.id}: {control.title}"),
            "description": markup(control.description or control.title or control.id),
            "props": props(("severity", control.severity)),
            "origins": origin(ids),
            "target": {
                "type": "objective-id",
                "target-id": objective_id(control.id),
                "status": {"state": found[0], "reason": found[1]},
            },
            "related-observations": [{"observation-uuid": each} for each in seen],
            "related-risks": [{"risk-uuid": ids.lapse("risk", each)} for each in lapses],
        }
    )
