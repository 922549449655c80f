"""What the report formats share: what a report says, stable addresses, one order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from pdsec_checks import NAME
from pdsec_checks.catalogue.frameworks import MappedRequirement
from pdsec_checks.finding import CarriedFail, Finding, ResourceRef
from pdsec_checks.model import (
    ACCOUNT,
    DEFICIENT,
    WORST_FIRST,
    Control,
    MappingName,
    Novelty,
    Requirement,
    Status,
    moment_text,
)
from pdsec_checks.reports.report import Report, RunInfo
from pdsec_checks.reports.requirement_rows import RequirementRow
from pdsec_checks.reports.text import harmless, line

HELP = "https://support.pagerduty.com/main/docs"
"""The index of PagerDuty's own pages."""
FIND_OUT = (
    "Nobody can tell whether anything is wrong: the message says why. Resolve that, and "
    f"inspect again; {NAME} doctor tells what a credential can read."
)
"""What to do about an error, whatever its control asks for."""
HARMLESS = ":/?#@!$&+,;=%~"
"""What may stand in a link besides letters, digits, ``_``, ``.`` and ``-``."""
PLAIN_LINK = re.compile(rf"https://[A-Za-z0-9_.{HARMLESS}-]*")
"""A link that quoting would leave as it is; nearly all are."""
REMEDY_HEADINGS = {Status.FAIL: "Fix", Status.MANUAL: "To do"}
"""The statuses whose remedies people read beside the findings, and what stands before one."""


class Waived(NamedTuple):
    """Who accepted a finding, why, and up to and including which day."""

    reason: str
    approved_by: str
    expires: str

    @property
    def sentence(self) -> str:
        """The waiver in words."""
        return f"Accepted by {self.approved_by} until {self.expires}: {self.reason}"


class Attested(NamedTuple):
    """Who vouches for what the API cannot show, from when, up to and including which day."""

    who: str
    when: str
    until: str
    statement: str

    @property
    def sentence(self) -> str:
        """The attestation in words."""
        return f"Attested by {self.who} on {self.when}, until {self.until}: {self.statement}"


def waiver_of(finding: Finding) -> Waived | None:
    """Return the waiver that a waived finding rests on."""
    found = finding.evidence.get("waiver") if finding.status is Status.WAIVED else None
    return Waived(**{key: line(found[key]) for key in Waived._fields}) if found else None


def attestation_of(finding: Finding) -> Attested | None:
    """Return the attestation that a pass rests on; None when the API itself showed it."""
    found = finding.evidence.get("attestation") if finding.status is Status.PASS else None
    return Attested(**{key: line(found[key]) for key in Attested._fields}) if found else None


def sentence_of(finding: Finding) -> str:
    """Return what a finding says, as one line that is never empty."""
    return line(finding.marked) or f"{address(finding.resource)}: {finding.status.value}"


def account_of(run: RunInfo) -> str:
    """Return the name of the account, or the host of the API where it is not known."""
    return line(run.account or run.subdomain or urlsplit(run.base_url).hostname or "") or ACCOUNT


def origin_fields(report: Report) -> dict[str, Any]:
    """Return where the evidence comes from, as of when, and for a recording until when it counts.

    No field is an age in days: a replay writes the same bytes on every day.
    """
    run, until = report.run, report.evidence_until
    found: dict[str, Any] = {"source": line(run.source), "as_of": moment_text(run.as_of)}
    if run.is_replay:
        found["redacted"] = run.redacted
        found["evidence_until"] = moment_text(until) if until else None
    return found


def origin(report: Report) -> str:
    """Return the same as one sentence."""
    fields = origin_fields(report)
    parts = [f"Source: {fields['source']}, as of {fields['as_of']}"]
    if report.run.is_replay:
        parts.append("its age counts from then")
    if report.evidence_until:
        parts.append(f"too old after {fields['evidence_until']}")
    if report.run.redacted:
        parts.append("names and addresses are pseudonyms")
    return "; ".join(parts)


def address(resource: ResourceRef) -> str:
    """Return type and id, as in ``service/PABC123``."""
    return f"{line(resource.type)}/{line(resource.id)}"


def known_as(resource: ResourceRef) -> str:
    """Return name and address, as in ``Checkout (service/PABC123)``, no two of which are alike."""
    name = line(resource.name)
    where = ACCOUNT if resource.id == ACCOUNT else address(resource)
    return f"{name} ({where})" if name else where


def teams(finding: Finding) -> list[str]:
    """Return the names of the teams that the resource of a finding belongs to; ids without one."""
    return [line(str(each)) for each in finding.resource.teams]


def owned_by(finding: Finding) -> str:
    """Return the same in words: ``team Payments``; empty where no team is known."""
    found = teams(finding)
    return f"team{'s' if len(found) > 1 else ''} {', '.join(found)}" if found else ""


def link(resource: ResourceRef) -> str | None:
    """Return the https address in PagerDuty, without a character that means something to a format.

    None when there is none.
    """
    if PLAIN_LINK.fullmatch(resource.url or ""):
        return resource.url
    url = quote(resource.url or "", safe=HARMLESS, errors="replace")
    return url if url.startswith("https://") else None


def help_page(control: Control) -> str:
    """Return a page about what *control* judges; PagerDuty's index where it names none."""
    return control.help or HELP


class Remedy(NamedTuple):
    """What to do about a finding, and PagerDuty's own page about it; either may be empty."""

    text: str
    help_url: str = ""

    @property
    def sentence(self) -> str:
        """Both as one line, empty when there is nothing to do."""
        return line(f"{self.text} ({self.help_url})" if self.help_url else self.text)

    @property
    def fields(self) -> dict[str, str]:
        """Both as plain JSON, as far as they are known."""
        known = {"remedy": line(self.text), "help_url": self.help_url}
        return {name: value for name, value in known.items() if value}


NOTHING = Remedy("")
"""What there is to do where nothing is to be done."""


def remedy_of(control: Control, finding: Finding) -> Remedy:
    """Return the remedy of a finding's cause; nothing where nothing is to be done.

    Where only a person can tell, the general remedy of the control might be the wrong one: one
    without a cause has none.
    """
    if finding.status is Status.ERROR:
        return Remedy(FIND_OUT)
    is_asking = finding.status in DEFICIENT or (finding.status is Status.MANUAL and finding.cause)
    if not is_asking:
        return NOTHING
    return Remedy(control.remedy(finding.cause), control.help_url(finding.cause))


def remedies_of(control: Control, findings: Iterable[Finding]) -> list[Remedy]:
    """Return the remedies of a control's fails, waived ones too, each once and in its order."""
    failing = (each for each in findings if each.status in DEFICIENT)
    return [remedy_of(control, found[0]) for found in by_cause(control, failing).values()]


def by_cause(control: Control, findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by their cause, the causes as the control declares them.

    Those without a cause, or with one that the control does not declare, share a remedy.
    """
    found: dict[str, list[Finding]] = {each.id: [] for each in control.causes}
    for finding in findings:
        found.setdefault(finding.cause if finding.cause in found else "", []).append(finding)
    return {cause: chosen for cause, chosen in found.items() if chosen}


class Shortened(NamedTuple):
    """The findings of one cause in a list that is not to become too long."""

    first: Finding
    """The first of all of them: one remedy is that of all."""
    shown: list[Finding]
    rest: int
    """How many are not shown."""


def shortened(control: Control, findings: Iterable[Finding], limit: int) -> Iterator[Shortened]:
    """Yield the findings of a control by their cause, of all causes together *limit* to show."""
    left = limit
    for found in by_cause(control, findings).values():
        shown = found[:left]
        left -= len(shown)
        yield Shortened(found[0], shown, len(found) - len(shown))


def chosen(
    report: Report, status: Status, novelty: Novelty | None = None
) -> list[tuple[Control, list[Finding]]]:
    """Return the controls that have findings of a status with these, the most severe first.

    With a *novelty* only those that compare like that with the earlier report; a fail that was
    not compared is new.
    """

    def is_wanted(finding: Finding) -> bool:
        return finding.status is status and novelty in {None, finding.novelty or Novelty.NEW}

    found = [
        (control, [*filter(is_wanted, report.by_control[control.id])])
        for control in report.controls
    ]
    found = [(control, findings) for control, findings in found if findings]
    return sorted(found, key=lambda pair: -pair[0].severity.weight)


def pairs(report: Report) -> list[tuple[Control, Finding]]:
    """Return every finding with its control, in the fixed order."""
    found = report.by_control
    return [(control, each) for control in report.controls for each in found[control.id]]


def carried(report: Report) -> list[CarriedFail]:
    """Return the fails that a run carried on from an earlier one, the most severe first."""
    return sorted(
        report.carried, key=lambda each: (-each.finding.severity.weight, each.finding.sort_key)
    )


def verdict(report: Report) -> str:
    """Return how many fail by severity, and beside them all that has no verdict.

    What was not judged never reads as fine, and is told beside fails as well: where these are
    known, it is what turns a pipeline red.
    """
    not_judged, for_a_person = without_verdict(report)
    if failing := by_severity(report):
        compared = f" ({report.compared})" if report.earlier_as_of else ""
        return ", ".join([f"failing {failing}{compared}", *not_judged, *for_a_person])
    _, asked = report.judged
    fine = "nothing fails" if asked else "nothing to judge"
    if not report.complete:
        fine = "stopped early, nothing fails so far"
    return ", ".join([*not_judged, fine, *for_a_person])


def without_verdict(report: Report) -> tuple[list[str], list[str]]:
    """Return how many checks were not judged, and how many need a person; nothing for none."""
    errors, manual = report.counts[Status.ERROR], report.counts[Status.MANUAL]
    return (
        [f"{errors:,} not judged"] if errors else [],
        [f"{manual:,} for a person"] if manual else [],
    )


def by_severity(report: Report) -> str:
    """Return how many fail at each severity that has one; empty where nothing fails."""
    return ", ".join(
        f"{counts[Status.FAIL]:,} {severity}"
        for severity, counts in report.counts_by_severity.items()
        if counts[Status.FAIL]
    )


def compared(report: Report) -> str:
    """Return how the fails compare with the earlier report; empty where there was none."""
    if report.earlier_as_of is None:
        return ""
    return f"{report.compared} (beside the report as of {moment_text(report.earlier_as_of)})"


def worse_than_before(finding: Finding) -> list[dict[str, Any]]:
    """Return by what a fail is worse than in the earlier report, as harmless plain JSON."""
    found: list[dict[str, Any]] = harmless([each.to_json() for each in finding.worse])
    return found


def news_first(finding: Finding) -> int:
    """Return the sort key that puts new fails before worse ones, and known ones last."""
    return list(Novelty).index(finding.novelty) if finding.novelty else 0


def worst_first(pair: tuple[Control, Finding]) -> tuple[int, int, int, tuple[str, str, str]]:
    """Return the sort key that puts the most severe first, failures before doubts, new first."""
    _, finding = pair
    rank = WORST_FIRST.index(finding.status)
    return (-finding.severity.weight, rank, news_first(finding), finding.sort_key)


def requirements_of(
    report: Report, control: Control, mapping: MappingName | None = None
) -> list[MappedRequirement]:
    """Return the requirements that a control supports, by default in the mapping of the run."""
    return report.catalogue.requirements(control.id, mapping or report.mapping)


def verdicts(report: Report, mapping: MappingName) -> dict[Requirement, RequirementRow]:
    """Return what a run says of each requirement that its controls support in one mapping."""
    return report.rows_by_requirement[mapping]


def specified_labels(report: Report, control: Control) -> list[str]:
    """Return what stands beside the current ids of a format that programs cite from.

    Nothing where the run goes by the current mapping.
    """
    if report.mapping is not MappingName.SPECIFIED:
        return []
    return [label(report, control, each) for each in requirements_of(report, control)]


def label(report: Report, control: Control, mapped: MappedRequirement) -> str:
    """Return framework, edition and id, as in ``soc2 2017 CC7.3``; never an id without edition.

    One that nobody should cite says so, and what to cite.
    """
    requirement = mapped.requirement
    status = "" if requirement.status == "present" else requirement.status
    said = report.catalogue.doubt(control.id, mapped) or status
    parts = (requirement.framework, requirement.edition, requirement.id, said and f"({said})")
    return line(" ".join(part for part in parts if part))


def caveats(report: Report) -> list[str]:
    """Return one sentence for each thing that keeps the run from having seen everything."""
    return [*broken_off(report), *map(line, not_read(report))]


def broken_off(report: Report) -> list[str]:
    """Return why the run did not come to its end; nothing where it did."""
    found = []
    if report.run.refusal:
        found.append(f"PagerDuty refused the credential: {report.run.refusal}")
    if not report.complete:
        found.append("The run was stopped before every check was judged")
    return [line(text) for text in found]


def not_read(report: Report) -> list[str]:
    """Return one sentence for each path that could not be read, with what that cost."""
    return [each.sentence for each in report.unread]


def by_reason(errors: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return errors by their reason, which many resources may share."""
    found: dict[str, list[Finding]] = {}
    for each in errors:
        found.setdefault(each.reason or each.message, []).append(each)
    return found


def notices(report: Report) -> list[str]:
    """Return what the operator should know about waivers and attestations."""
    return [line(text) for text in report.notices]
