"""``pagerduty-sec-inspector controls``: what can be judged, and what each control is about."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdsec_checks import NAME
from pdsec_checks.commands.console import ACTIONS, Parser, answer, sub_parser, wrapped
from pdsec_checks.configuration.options import control_id
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import CORE, EXTENDED, MappingName, counted
from pdsec_checks.output import tell

if TYPE_CHECKING:
    from pdsec_checks.catalogue.controls import WrittenControl
    from pdsec_checks.catalogue.frameworks import MappedRequirement
    from pdsec_checks.catalogue.organisation import Organisation
    from pdsec_checks.pagerduty.data_sets.data_set import DataSet

EXAMPLES = f"""examples:
  {NAME} controls
  {NAME} controls show PD-08
  {NAME} controls --format json > controls.json
  {NAME} controls --format oscal > catalog.json
"""
MAPPINGS = {
    MappingName.SPECIFIED: "requirements, as specified",
    MappingName.CURRENT: "requirements, in the editions in force",
}


def parser() -> Parser:
    """Return the parser of ``controls``."""
    made = sub_parser("controls", "List the controls, or show everything about one.", EXAMPLES)
    made.add_argument("action", nargs="?", choices=["list", "show"], default="list", help=ACTIONS)
    made.add_argument("control", nargs="?", metavar="ID", help="with show: such as PD-08 or 8")
    made.add_argument(
        "--format", choices=["text", "json", "oscal"], default="text",
        help="default: text; oscal: an OSCAL catalog",
    )  # fmt: skip
    made.add_argument("--config", type=Path, metavar="PATH", help="configuration file")
    return made


def run(given: argparse.Namespace) -> int:
    """Print all controls, or one."""
    from pdsec_checks.catalogue.organisation import Organisation

    if (given.action == "show") != bool(given.control):
        parser().error("show needs a control, such as PD-08; list needs none")
    here = Organisation.of(given.config, Path.cwd())
    chosen = [here.control(checked_id(given.control))] if given.control else here.controls
    if given.format == "oscal":
        from pdsec_checks.reports.oscal_catalog import catalog

        answer(catalog(chosen, here.severities, datetime.now(UTC)))
    elif given.format == "json":
        write_json([to_json(control, here) for control in chosen], single=bool(given.control))
    elif given.control:
        tell("\n".join(page(chosen[0], here)) + "\n")
    else:
        tell("".join(f"{row(control, here)}\n" for control in chosen))
        tell(f"\n{wrapped(sets(chosen))}\n")
    return ExitCode.PASSED


def checked_id(text: str) -> str:
    """Return a control id however it was written.

    Raises:
        UsageError: It is none.
    """
    try:
        return control_id(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not valid; wanted: {error}") from None


def write_json(entries: list[dict[str, Any]], *, single: bool) -> None:
    """Print one object, or the list of them, as UTF-8 wherever it goes."""
    import json

    plain = entries[0] if single else entries
    answer(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")


def row(control: WrittenControl, here: Organisation) -> str:
    """Return the line of one control."""
    mark = f"  ({EXTENDED} set)" if control.is_extended else ""
    return f"{control.id:<8} {here.severity(control):<8}  {control.title}{mark}"


def set_of(control: WrittenControl) -> str | None:
    """Return the set that a control belongs to; None for one of an organisation's own."""
    from pdsec_checks.catalogue.controls import shipped_ids

    if control.id not in shipped_ids():
        return None
    return EXTENDED if control.is_extended else CORE


def sets(controls: Sequence[WrittenControl]) -> str:
    """Return how many of *controls* belong to each set, and what a run judges."""
    found = Counter(map(set_of, controls))
    own = f", and {counted(found[None], 'control')} of your own" if found[None] else ""
    return (
        f"A run judges the {CORE} set, which is {counted(found[CORE], 'control')}{own}. "
        f"--controls-set {EXTENDED} adds {found[EXTENDED]}; one that is named with --controls "
        "needs no set."
    )


def data_sets(control: WrittenControl) -> list[DataSet]:
    """Return what a control reads, in the order of the table."""
    from pdsec_checks.judging import controls  # imports pytest and everything that judges
    from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure

    needed = closure(controls.data_sets(control.arguments))
    return [DATA_SETS[name] for name in DATA_SETS if name in needed]


PARAGRAPHS = (
    *("description", "rationale", "consequence", "remediation"),
    *("causes", "limits", "help", "figures"),
)
"""What a control says of itself, in the order of its page."""


def page(control: WrittenControl, here: Organisation) -> Iterator[str]:
    """Yield everything there is about one control."""
    severity = here.severity(control)
    changed = "" if severity is control.severity else f" (by itself: {control.severity})"
    yield wrapped(control.title, 13, control.id)
    yield f"severity     {severity}{changed}"
    yield f"set          {set_of(control) or 'none: it is your own'}"
    for name in PARAGRAPHS:
        yield from paragraphs(name, control)
    yield from ("", "reads")
    for data_set in data_sets(control):
        yield f"  {data_set.path}  {' '.join(data_set.scopes)}"
    for mapping, heading in MAPPINGS.items():
        yield from ("", heading)
        yield from requirements(control, here, mapping)


def paragraphs(name: str, control: WrittenControl) -> Iterator[str]:
    """Yield what a control says of itself under one name; each cause has lines of its own."""
    found = getattr(control, name)
    match name:
        case "causes":
            texts = [f"{each.id}: {each.remedy} {each.help}" for each in found]
        case "consequence":
            texts = [f"{found}. {control.if_ignored}".strip()]
        case "figures":
            name, texts = "worse", [", ".join(f"{each.direction} {each.name}" for each in found)]
        case _:
            texts = [found]
    for number, text in enumerate(filter(None, texts)):
        yield from ("",) if not number else ()
        yield wrapped(text, 13, "" if number else name)


def requirements(
    control: WrittenControl, here: Organisation, mapping: MappingName
) -> Iterator[str]:
    """Yield the requirements that a control supports in one mapping."""
    for mapped in here.catalogue.requirements(control.id, mapping):
        each = mapped.requirement
        note = here.catalogue.doubt(control.id, mapped) or mapped.rating
        said = f" ({note})" if note else ""
        address = f"  {each.framework:<9} {each.edition:<15} {each.id}"
        yield wrapped(f"{each.title}{said}", max(45, len(address) + 2), address)


def to_json(control: WrittenControl, here: Organisation) -> dict[str, Any]:
    """Return a control as JSON; the names are those of the JSON report."""
    reads = data_sets(control)
    return {
        "id": control.id,
        "title": control.title,
        "description": control.description,
        "severity": here.severity(control).value,
        "extended": control.is_extended,
        "set": set_of(control),
        "rationale": control.rationale,
        "remediation": control.remediation,
        "limits": control.limits,
        "help_url": control.help,
        "consequence": control.consequence.value,
        "worse_when": {each.name: each.direction for each in control.figures},
        "causes": [
            {"cause": each.id, "remedy": each.remedy, "help_url": each.help or control.help}
            for each in control.causes
        ],
        "reads": [data_set.path for data_set in reads],
        "scopes": sorted({scope for data_set in reads for scope in data_set.scopes}),
        "requirements": mapped_json(control, here, MappingName.SPECIFIED),
        "current_requirements": mapped_json(control, here, MappingName.CURRENT),
    }


def instead_json(
    control: WrittenControl, here: Organisation, mapped: MappedRequirement
) -> dict[str, list[str]]:
    """Return the ids to cite in the place of one that nobody should cite."""
    if mapped.is_citable:
        return {}
    return {"current": [each.id for each in here.catalogue.instead(control.id, mapped)]}


def mapped_json(
    control: WrittenControl, here: Organisation, mapping: MappingName
) -> list[dict[str, Any]]:
    """Return the requirements of a control in one mapping as JSON."""
    return [
        {
            "framework": mapped.requirement.framework,
            "id": mapped.requirement.id,
            "edition": mapped.requirement.edition,
            "title": mapped.requirement.title,
            "status": mapped.requirement.status,
            "fit": mapped.fit,
            **instead_json(control, here, mapped),
        }
        for mapped in here.catalogue.requirements(control.id, mapping)
    ]
