"""``pagerduty-sec-inspector frameworks``: which requirements the controls support."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdsec_checks import NAME
from pdsec_checks.commands.console import (
    ACTIONS,
    Parser,
    answer,
    did_you_mean,
    sub_parser,
    wrapped,
)
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import MappingName
from pdsec_checks.output import tell

if TYPE_CHECKING:
    from pdsec_checks.catalogue.frameworks import Catalogue, Framework, Support
    from pdsec_checks.catalogue.organisation import Organisation

EXAMPLES = f"""examples:
  {NAME} frameworks
  {NAME} frameworks show soc2
  {NAME} frameworks show pci_dss --format json
  {NAME} frameworks --format oscal > mapping.json
"""
HEADING = "framework editions               requirements  title"
MAPPINGS = (
    "Editions and requirements are those of the specified mapping / of the current mapping, where "
    "the two differ. A report counts the requirements of its own mapping (--mapping), as far as a "
    "selected control supports them."
)
FOOTNOTE = "A control supports a requirement; none of them says that one is satisfied."


def parser() -> Parser:
    """Return the parser of ``frameworks``."""
    description = "List the frameworks, or show one requirement by requirement."
    made = sub_parser("frameworks", description, EXAMPLES)
    made.add_argument("action", nargs="?", choices=["list", "show"], default="list", help=ACTIONS)
    made.add_argument("framework", nargs="?", metavar="NAME", help="with show: such as soc2")
    made.add_argument(
        "--format", choices=["text", "json", "oscal"], default="text",
        help="default: text; oscal: an OSCAL mapping of the controls, in the editions in force",
    )  # fmt: skip
    made.add_argument("--config", type=Path, metavar="PATH", help="configuration file")
    return made


def run(given: argparse.Namespace) -> int:
    """Print all frameworks, or one."""
    from pdsec_checks.catalogue.organisation import Organisation
    from pdsec_checks.commands.controls import write_json

    if (given.action == "show") != bool(given.framework):
        parser().error("show needs a framework, such as soc2; list needs none")
    here = Organisation.of(given.config, Path.cwd())
    name = given.framework
    chosen = [named(here.catalogue, name)] if name else list(here.catalogue.frameworks.values())
    if given.format == "oscal":
        answer(in_oscal(chosen, here))
    elif given.format == "json":
        write_json([to_json(each, here.catalogue) for each in chosen], single=bool(name))
    elif name:
        unmapped = without_requirement(chosen[0], [control.id for control in here.controls])
        tell("\n".join([*page(chosen[0], here.catalogue), *unmapped]) + "\n")
    else:
        tell(f"{HEADING}\n")
        tell("".join(f"{row(framework)}\n" for framework in chosen))
        tell(f"\n{wrapped(MAPPINGS)}\n")
    return ExitCode.PASSED


def in_oscal(chosen: list[Framework], here: Organisation) -> str:
    """Return the mapping to these frameworks as OSCAL JSON.

    Raises:
        UsageError: There is nothing to map.
    """
    from pdsec_checks.reports.oscal_catalog import mapping

    names = [each.id for each in here.controls]
    try:
        return mapping(names, chosen, here.catalogue, datetime.now(UTC))
    except ValueError as error:
        shown = ", ".join(each.id for each in chosen)
        raise UsageError(
            f"{shown}: {error} in its current edition; name another framework"
        ) from None


def named(catalogue: Catalogue, name: str) -> Framework:
    """Return one framework.

    Raises:
        UsageError: There is none of this name.
    """
    from pdsec_checks.catalogue.names import no_framework  # not needed for --help

    if name in catalogue.frameworks:
        return catalogue.frameworks[name]
    guess = did_you_mean(name, iter(catalogue.frameworks))
    raise UsageError(no_framework(name, catalogue.frameworks, guess))


def row(framework: Framework) -> str:
    """Return the line of one framework: its editions, its requirements, its title.

    The two mappings have other requirements: both together would be in no report.
    """
    both = framework.specified, framework.current
    editions = dict.fromkeys(each.label for each in both)
    counts = dict.fromkeys(str(len(each.requirements)) for each in both)
    numbers = " / ".join(counts)
    return f"{framework.id:<9} {' / '.join(editions):<21} {numbers:>13}  {framework.title}"


def rows(framework: Framework) -> list[tuple[Support | None, Support | None]]:
    """Return each requirement in the specified and in the current mapping, in natural order.

    One of both is None where a mapping does not have it. An id that means another thing in
    the other edition is two requirements.
    """
    from pdsec_checks.catalogue.frameworks import natural_order

    found: dict[tuple[str, str], list[Support | None]] = {}
    for index, mapping in enumerate(MappingName):
        for support in framework.edition(mapping).requirements:
            key = (support.requirement.id, support.requirement.title)
            found.setdefault(key, [None, None])[index] = support
    ordered = sorted(found.items(), key=lambda item: natural_order(item[0][0]))
    return [(pair[0], pair[1]) for _, pair in ordered]


def page(framework: Framework, catalogue: Catalogue) -> Iterator[str]:
    """Yield a framework requirement by requirement."""
    from pdsec_checks.reports.requirement_rows import RULE

    yield wrapped(framework.title, 12, framework.id)
    for name in ("publisher", "source", "licence", "titles", "note"):
        if text := getattr(framework, name):
            yield wrapped(text, 12, name)
    labels = [column(framework, mapping) for mapping in MappingName]
    indent = max(map(len, labels)) + 4
    for pair in rows(framework):
        requirement = next(support.requirement for support in pair if support)
        status = "" if requirement.status == "present" else f" ({requirement.status})"
        yield ""
        yield wrapped(f"{requirement.title}{status}", 12, requirement.id + " ")
        for label, support in zip(labels, pair, strict=True):
            yield wrapped(controls_of(support, catalogue), indent, f"  {label}")
    yield from ("", wrapped(f"{FOOTNOTE} {RULE}."))


def column(framework: Framework, mapping: MappingName) -> str:
    """Return what stands before the controls of one mapping."""
    label = framework.edition(mapping).label
    return f"{mapping} ({label})" if label else mapping.value


def controls_of(support: Support | None, catalogue: Catalogue) -> str:
    """Return the controls that support a requirement, each with its fit, and what to cite."""
    if support is None:
        return "no control"
    rated = (
        (control, catalogue.doubt(control, support.seen_by(control)) or support.controls[control])
        for control in sorted(support.controls)
    )
    return ", ".join(f"{control} ({said})" if said else control for control, said in rated)


def without_requirement(framework: Framework, controls: list[str]) -> Iterator[str]:
    """Yield the controls that support no requirement of a framework."""
    for mapping in MappingName:
        supports = framework.edition(mapping).requirements
        used = {control for support in supports for control in support.controls}
        rest = [control for control in controls if control not in used]
        if rest:
            yield wrapped(f"{column(framework, mapping)}: nothing for {', '.join(rest)}")


def to_json(framework: Framework, catalogue: Catalogue) -> dict[str, Any]:
    """Return a framework as JSON: per mapping its edition, per requirement the controls of both."""
    return {
        "id": framework.id,
        "title": framework.title,
        "publisher": framework.publisher,
        "source": framework.source,
        "licence": framework.licence,
        "note": framework.note,
        "editions": {
            mapping.value: {
                "edition": framework.edition(mapping).label,
                "version": framework.edition(mapping).version,
            }
            for mapping in MappingName
        },
        "requirements": [requirement_json(pair, catalogue) for pair in rows(framework)],
    }


def requirement_json(
    pair: tuple[Support | None, Support | None], catalogue: Catalogue
) -> dict[str, Any]:
    """Return a requirement as JSON; no control is an empty object.

    ``instead`` has for each control for which nobody should cite it the ids to cite.
    """
    requirement = next(support.requirement for support in pair if support)
    return {
        "id": requirement.id,
        "title": requirement.title,
        "status": requirement.status,
        "note": requirement.note,
        **{
            mapping.value: dict(sorted(support.controls.items())) if support else {}
            for mapping, support in zip(MappingName, pair, strict=True)
        },
        "instead": {
            control: [each.id for each in catalogue.instead(control, seen)]
            for support in filter(None, pair)
            for control in sorted(support.controls)
            if not (seen := support.seen_by(control)).is_citable
        },
    }
