"""The OSCAL 1.2.1 assessment results, and what the POA&M shares with them.

OSCAL knows *satisfied* and *not satisfied*. A control that has an error or needs a person, or that
passes on those of its resources which the run looked at, has neither: it gets observations with
remarks, and no finding. The target of a finding is our own
control, never a requirement of a framework.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from hashlib import sha1
from itertools import chain, islice
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid5

from pdsec_checks import NAME
from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import DEFICIENT, Control, MappingName, Status, counted, moment_text
from pdsec_checks.reports import facts, json_text, scope, score_words
from pdsec_checks.reports.json_text import Plain
from pdsec_checks.reports.report import NAMESPACE, Report
from pdsec_checks.reports.requirement_rows import RULE
from pdsec_checks.reports.score import NUMBERS
from pdsec_checks.reports.text import line

T = TypeVar("T")
MEANINGFUL = re.compile(r"[\\`*_{}\[\]<>#|~^$&!\"]")
"""What OSCAL's Markdown takes for more than a character."""
RECENT = 1_000
"""Texts that are known as Markdown; what is said of a control stands at each of its findings."""
VARIANT = {f"{digit:x}": "89ab"[digit & 3] for digit in range(16)}
"""A digit of a hash → the one in its place that says by which standard a UUID is made."""
OSCAL_VERSION = "1.2.1"
PROPERTIES = f"urn:{NAME}:oscal"
"""The namespace of our own properties."""
REMARKS = {
    Status.ERROR: "Not judged, so neither satisfied nor not satisfied: the message says why.",
    Status.MANUAL: "Needs a person, so neither satisfied nor not satisfied by the API alone.",
    Status.NOT_APPLICABLE: "The control does not apply to this subject.",
}
PART_REMARKS = (
    "Judged on only some of the control's resources, so that the control is neither satisfied nor "
    "not satisfied."
)
"""What stands at the pass of a control of which the run did not look at all resources."""
STATES = {
    Status.PASS: ("satisfied", "pass"),
    Status.FAIL: ("not-satisfied", "fail"),
    Status.WAIVED: ("not-satisfied", "fail"),
}
"""Overall status → state and reason of a finding; the others have no finding."""


def render_assessment_results(report: Report) -> Iterator[str]:
    """Yield the assessment results as OSCAL JSON: a large account's are a hundred megabytes."""
    ids = Ids(report)
    plan = ids.of_run("assessment-plan")
    yield from json_text.streamed(
        {
            "assessment-results": {
                "uuid": ids.of_run("assessment-results"),
                "metadata": metadata(report, "assessment results"),
                "import-ap": {"href": f"#{plan}"},
                "local-definitions": {
                    "objectives-and-methods": [
                        objective(control.id, control.description) for control in report.controls
                    ]
                },
                "results": [result(report, ids)],
                "back-matter": {"resources": [assessment_plan(report, plan)]},
            }
        }
    )
    yield "\n"


class HasTool(Protocol):
    """What gives ids to this tool and to what it runs on."""

    @property
    def tool(self) -> str:
        """The id of this tool."""
        ...

    @property
    def platform(self) -> str:
        """The id of what the tool runs on."""
        ...


class Ids:
    """UUIDs that a replay writes again.

    What a run saw has the run in its name; a risk, a resource and a POA&M item are the same ones
    in every run over the same account.
    """

    def __init__(self, report: Report) -> None:
        account = f"{report.run.base_url} {report.run.account or report.run.subdomain}"
        self._account = uuid5(NAMESPACE, account).bytes
        self._run = UUID(report.run_id).bytes

    def of_run(self, *names: str) -> str:
        """Return the id of something that this run saw or wrote."""
        return named(self._run, "/".join(names))

    def lasting(self, *names: str) -> str:
        """Return the id of something that outlives the run."""
        return named(self._account, "/".join(names))

    @cached_property
    def tool(self) -> str:
        """The id of this tool, the same in every run over the account."""
        return self.lasting("component", NAME)

    @property
    def platform(self) -> str:
        """The id of what the tool runs on."""
        return self.lasting("assessment-platform", NAME)

    def party(self, name: str) -> str:
        """Return the id of somebody who attested something."""
        return self.lasting("party", name)

    def subject(self, resource: ResourceRef) -> str:
        """Return the id of a resource."""
        return self.lasting("inventory-item", facts.address(resource))


def named(base: bytes, name: str) -> str:
    """Return the text of ``uuid5(base, name)``: a large account has hundreds of thousands."""
    found = sha1(base + name.encode(), usedforsecurity=False).hexdigest()
    last = f"{VARIANT[found[16]]}{found[17:20]}-{found[20:32]}"
    return f"{found[:8]}-{found[8:12]}-5{found[13:16]}-{last}"


def is_deficient(finding: Finding) -> bool:
    """Tell whether the API showed that the control does not hold, accepted or not."""
    return finding.status in DEFICIENT


@lru_cache(RECENT)
def markup(text: str) -> str:
    """Return *text* as one line of OSCAL's Markdown that shows it as it is."""
    return MEANINGFUL.sub(lambda found: f"\\{found[0]}", line(text))


def prop(name: str, value: str, kind: str | None = None) -> dict[str, str]:
    """Return a property in our own namespace."""
    found = {"name": name, "ns": PROPERTIES, "value": line(value)}
    return found | ({"class": kind} if kind else {})


def props(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Return properties without those that would be empty, which OSCAL refuses."""
    return [
        {"name": name, "ns": PROPERTIES, "value": text}
        for name, value in pairs
        if (text := line(value))
    ]


def metadata(report: Report, kind: str) -> dict[str, Any]:
    """Return title and versions; the remarks say what the reader must know about the run."""
    account = facts.account_of(report.run)
    known = [
        *scope.sentences(report),
        facts.origin(report),
        *facts.caveats(report),
        *facts.notices(report),
    ]
    origin = [
        (name.replace("_", "-"), str(value).lower() if isinstance(value, bool) else value or "")
        for name, value in facts.origin_fields(report).items()
    ]
    return json_text.filled(
        {
            "title": scope.headed(report, f"PagerDuty account {markup(account)}: {kind}"),
            "last-modified": moment_text(report.run.as_of),
            "version": moment_text(report.run.as_of),
            "oscal-version": OSCAL_VERSION,
            "parties": parties(report, Ids(report)),
            "props": [
                *props(("tool", NAME), ("tool-version", report.version), *origin),
                *scope_props(report),
                *score_props(report),
            ],
            "remarks": " ".join(f"{markup(text)}." for text in known),
        }
    )


def scope_props(report: Report) -> list[dict[str, str]]:
    """Return what the run looked at, a property for each value, of one class."""
    found = scope.fields(report)
    return [
        prop(name.replace("_", "-"), text, "scope")
        for name, value in found.items()
        for text in prop_texts(value)
        if line(text)
    ]


def prop_texts(value: Any) -> list[str]:
    """Return a value of the scope as the texts of properties: one for each entry of a list."""
    match value:
        case None:
            return []
        case str():
            return [value]
        case list():
            return [text for each in value for text in prop_texts(each)]
    return [json.dumps(value, ensure_ascii=False)]


def score_props(report: Report) -> list[dict[str, str]]:
    """Return the score and its change, a property for each number, of one class."""
    found = score_words.fields(report)
    return [
        prop("score-partial", str(found["partial"]).lower(), "score"),
        prop("score-formula", found["formula"], "score"),
        *shares("score", found),
        *shares("score-change", found.get("change", {})),
    ]


def shares(name: str, found: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield both numbers of everything and of each part, which is their group.

    One that is unknown has no property, as there is no null in OSCAL.
    """
    parts = {"all": found}
    for kind in ("severity", "framework"):
        parts |= {f"{kind}.{part}": each for part, each in found.get(kind, {}).items()}
    for group, numbers in parts.items():
        for share in NUMBERS:
            if numbers.get(share) is not None:
                yield prop(f"{name}-{share}", str(numbers[share]), "score") | {"group": group}


def objective(control: str, demanded: str) -> dict[str, Any]:
    """Return what a control demands, as an objective that findings can point at."""
    return {
        "control-id": control,
        "description": markup(demanded),
        "parts": [
            {
                "name": "assessment-objective",
                "id": objective_id(control),
                "prose": markup(demanded),
            }
        ],
    }


def objective_id(control: str) -> str:
    """Return the id of what a control demands, in results, POA&M and catalog."""
    return f"{control}_obj"


def assessment_plan(report: Report, uuid: str) -> dict[str, Any]:
    """Return the plan that the results import: which controls, by which thresholds."""
    thresholds = [(name, str(value)) for name, value in sorted(report.run.baseline.items())]
    return json_text.filled(
        {
            "uuid": uuid,
            "title": "Assessment plan",
            "description": f"Judge each resource of the account against {len(report.controls)} "
            "controls through PagerDuty's REST API; the properties hold the thresholds.",
            "props": props(("mapping", report.mapping.value), *thresholds),
        }
    )


def result(report: Report, ids: Ids) -> dict[str, Any]:
    """Return the one result: an observation for every finding, and what follows from them."""
    pairs = facts.pairs(report)
    judged, asked = report.judged
    deficient = [(control, finding) for control, finding in pairs if is_deficient(finding)]
    settled = [control for control in report.controls if is_settled(report, control)]
    return json_text.filled(
        {
            "uuid": ids.of_run("result"),
            "title": scope.headed(report, "Inspection"),
            "description": scope.headed(report, f"Judged {judged} of {counted(asked, 'check')}."),
            "start": moment_text(report.run.as_of),
            "end": moment_text(report.run.as_of),
            "props": props(("complete", str(report.complete).lower())),
            "local-definitions": {
                "inventory-items": Plain(inventory(pairs, ids)),
                "assessment-assets": assets(report.version, ids),
            },
            "reviewed-controls": reviewed(report),
            "observations": many(observation(report, each, ids) for _, each in pairs),
            "risks": many(risk(report, control, each, ids) for control, each in deficient),
            "findings": some(target_finding(report, each, ids) for each in settled),
        }
    )


def is_settled(report: Report, control: Control) -> bool:
    """Tell whether a control is satisfied or not: one that passes must have been judged whole."""
    status = report.status_of(control)
    in_part = status is Status.PASS and control.id in report.judged_in_part
    return status in STATES and not in_part


def some(entries: Iterator[T]) -> Iterator[T] | None:
    """Return *entries*, or None where there are none: OSCAL has no empty list.

    All but the first are made when they are asked for.
    """
    first = list(islice(entries, 1))
    return chain(first, entries) if first else None


def many(entries: Iterator[T]) -> Plain | None:
    """Return the same for entries that are small: many of them are written at once."""
    found = some(entries)
    return None if found is None else Plain(found)


def reviewed(report: Report) -> dict[str, Any]:
    """Return the selected controls, and those that were not."""
    names = [control.id for control in report.controls]
    others = report.run.scope.not_selected
    chosen = {
        "include-controls": [{"control-id": name} for name in names],
        "exclude-controls": [{"control-id": name} for name in others],
    }
    return {
        "control-selections": [json_text.filled(chosen)],
        "control-objective-selections": [
            {"include-objectives": [{"objective-id": objective_id(name)} for name in names]}
        ],
        "remarks": f"The command {NAME} controls --format oscal writes the catalog with these "
        "controls and objectives. Controls support the requirements named in the properties of "
        "findings, whose remarks have the verdict of the requirement; no finding says that a "
        f"requirement is satisfied. {RULE}.",
    }


def inventory(pairs: Iterable[tuple[Control, Finding]], ids: Ids) -> Iterator[dict[str, Any]]:
    """Yield the resources that observations are about, each once, with their teams."""
    found = {facts.address(finding.resource): finding for _, finding in pairs}
    for name, finding in sorted(found.items(), key=lambda pair: pair[0]):
        yield json_text.filled(
            {
                "uuid": ids.subject(finding.resource),
                "description": markup(finding.resource.name) or markup(name),
                "props": props(
                    ("asset-type", finding.resource.type),
                    ("asset-id", finding.resource.id),
                    *(("team", team) for team in facts.teams(finding)),
                ),
                "links": evidence_links(finding.resource),
            }
        )


def assets(version: str, ids: HasTool) -> dict[str, Any]:
    """Return what judged the account: this tool, to which origins refer."""
    return {
        "components": [
            {
                "uuid": ids.tool,
                "type": "software",
                "title": NAME,
                "description": "Judges a PagerDuty account through PagerDuty's REST API, which it "
                "only reads.",
                "props": props(("tool-version", version)),
                "status": {"state": "operational"},
            }
        ],
        "assessment-platforms": [
            {"uuid": ids.platform, "title": NAME, "uses-components": [{"component-uuid": ids.tool}]}
        ],
    }


def origin_of(attested: facts.Attested | None, ids: Ids) -> dict[str, Any]:
    """Return who says what a finding says: the tool, or the person who attested it."""
    if attested:
        return {"actors": [{"type": "party", "actor-uuid": ids.party(attested.who)}]}
    return {"actors": [{"type": "tool", "actor-uuid": ids.tool}]}


def parties(report: Report, ids: Ids) -> list[dict[str, str]]:
    """Return the people who attested something, each once."""
    names = {given.who for each in report.ordered if (given := facts.attestation_of(each))}
    return [
        {"uuid": ids.party(each), "type": "person", "name": each} for each in sorted(names) if each
    ]


def evidence_links(resource: ResourceRef) -> list[dict[str, str]]:
    """Return where a person sees the resource in PagerDuty."""
    url = facts.link(resource)
    return [{"href": url, "rel": "reference"}] if url else []


def observation(report: Report, finding: Finding, ids: Ids) -> dict[str, Any]:
    """Return what was seen of one resource."""
    attested, url = facts.attestation_of(finding), facts.link(finding.resource)
    return json_text.filled(
        {
            "uuid": ids.of_run("observation", finding.fingerprint),
            "title": f"{finding.control}: {markup(facts.address(finding.resource))}",
            "description": markup(facts.sentence_of(finding)),
            "props": props(
                ("status", finding.status.value),
                ("severity", finding.severity.value),
                ("fingerprint", finding.fingerprint),
                ("known", "" if finding.known is None else str(finding.known).lower()),
                ("worse", finding.worsened),
                ("cause", finding.cause),
            ),
            "methods": ["INTERVIEW" if attested else "TEST"],
            "types": ["control-objective"],
            "origins": [origin_of(attested, ids)],
            "subjects": [{"subject-uuid": ids.subject(finding.resource), "type": "inventory-item"}],
            "relevant-evidence": [{"href": url, "description": "In PagerDuty."}] if url else [],
            "collected": moment_text(report.run.as_of),
            "expires": end_of(attested.until) if attested else None,
            "remarks": remarks(report, finding, attested),
        }
    )


def remarks(report: Report, finding: Finding, attested: facts.Attested | None) -> str | None:
    """Return what must be known beside an observation; None where that is nothing."""
    said = attested or facts.waiver_of(finding)
    found = [markup(said.sentence)] if said else []
    if finding.status in REMARKS:
        found.append(REMARKS[finding.status])
    if finding.status is Status.PASS and finding.control in report.judged_in_part:
        found.append(PART_REMARKS)
    return " ".join(found) or None


def end_of(day: str) -> str:
    """Return the last second of a day; waivers and attestations count up to and including it."""
    return f"{day}T23:59:59Z"


def risk(report: Report, control: Control, finding: Finding, ids: Ids) -> dict[str, Any]:
    """Return the risk of a failing resource, with the day until which it is to be settled.

    That of an accepted one is the end of its waiver, that of any other one follows from the
    severity.
    """
    waived, remedy = facts.waiver_of(finding), facts.remedy_of(control, finding)
    described = markup(facts.sentence_of(finding))
    return {
        "uuid": ids.lasting("risk", finding.fingerprint),
        "title": f"{control.id}: {markup(facts.address(finding.resource))}",
        "description": f"{described} {markup(waived.sentence)}" if waived else described,
        **rated(control, finding, ids),
        "status": "deviation-approved" if waived else "open",
        "deadline": end_of(waived.expires if waived else report.due(finding).isoformat()),
        "remediations": [
            {
                "uuid": ids.lasting("remediation", finding.fingerprint),
                "lifecycle": "recommendation",
                "title": "How to fix it",
                "description": markup(remedy.text),
                **help_links([remedy]),
            }
        ],
        "related-observations": observed([finding], ids),
    }


def rated(control: Control, finding: Finding, ids: Ids) -> dict[str, Any]:
    """Return what a risk of a control means, how severe it is, and who says so."""
    origin = origin_of(None, ids)
    return {
        "statement": markup(control.rationale),
        "props": props(("severity", finding.severity.value)),
        "origins": [origin],
        "characterizations": [
            {
                "origin": origin,
                "facets": [
                    {"name": name, "system": PROPERTIES, "value": line(value)}
                    for name, value in (
                        ("severity", finding.severity.value),
                        ("consequence", control.consequence.value),
                    )
                ],
            }
        ],
    }


def help_links(remedies: Iterable[facts.Remedy]) -> dict[str, list[dict[str, str]]]:
    """Return references to the pages about remedies; no field where there is none."""
    pages = dict.fromkeys(each.help_url for each in remedies if each.help_url)
    return json_text.filled({"links": [{"href": page, "rel": "reference"} for page in pages]})


def observed(findings: list[Finding], ids: Ids) -> list[dict[str, str]]:
    """Return references to the observations of *findings*."""
    return [{"observation-uuid": ids.of_run("observation", each.fingerprint)} for each in findings]


def related(report: Report, control: Control, ids: Ids) -> dict[str, Any]:
    """Return references to the failing observations of a control, and to their risks."""
    deficient = [each for each in report.by_control[control.id] if is_deficient(each)]
    return json_text.filled(
        {
            "related-observations": observed(deficient, ids),
            "related-risks": [
                {"risk-uuid": ids.lasting("risk", each.fingerprint)} for each in deficient
            ],
        }
    )


def target_finding(report: Report, control: Control, ids: Ids) -> dict[str, Any]:
    """Return the finding of a control, which must be one of those that have a state.

    A control of the POA&M has a failing resource even where others need a person.
    """
    findings = report.by_control[control.id]
    status = Status.PASS if not any(map(is_deficient, findings)) else Status.FAIL
    state, reason = STATES[status]
    return {
        "uuid": ids.of_run("finding", control.id),
        "title": f"{control.id}: {markup(control.title)}",
        "description": markup(control.rationale),
        "props": requirement_props(report, control),
        "origins": [origin_of(None, ids)],
        "target": {
            "type": "objective-id",
            "target-id": objective_id(control.id),
            "status": {"state": state, "reason": reason},
        },
        "related-observations": observed(findings, ids),
    } | related(report, control, ids)


def requirement_props(report: Report, control: Control) -> list[dict[str, str]]:
    """Return severity, what to cite by framework, and what the run's mapping specifies.

    Each requirement has in its remarks the verdict of all its controls, of which this is one.
    """
    shown = [("supports-requirement", MappingName.CURRENT, report.catalogue.citable(control.id))]
    if report.mapping is MappingName.SPECIFIED:
        specified = facts.requirements_of(report, control)
        shown.append(("specified-requirement", MappingName.SPECIFIED, specified))
    found = [prop("severity", control.severity.value)]
    for name, mapping, requirements in shown:
        verdicts = facts.verdicts(report, mapping)
        for each in requirements:
            label = facts.label(report, control, each)
            remarks = {"remarks": markup(verdicts[each.requirement].said)}
            found.append(prop(name, label, each.requirement.framework) | remarks)
    return found
