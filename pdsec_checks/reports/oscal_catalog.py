"""The controls as an OSCAL 1.2.1 catalog, and their mapping to the frameworks.

Assessment results and POA&M refer to controls and objectives by the ids of this catalog, so that a
GRC tool which has imported it resolves them. A mapping says that a control and a requirement
overlap (``intersects-with``), never that one satisfies the other: our controls support
requirements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

import msgspec

from pdsec_checks import NAME, TITLE, __version__
from pdsec_checks.catalogue.controls import WrittenControl
from pdsec_checks.catalogue.frameworks import Catalogue, Framework, MappedRequirement
from pdsec_checks.model import Severity, moment_text
from pdsec_checks.reports import json_text
from pdsec_checks.reports.oscal import OSCAL_VERSION, PROPERTIES, markup, objective_id, prop, props
from pdsec_checks.reports.report import NAMESPACE
from pdsec_checks.reports.text import line

NIST = (
    "https://raw.githubusercontent.com/usnistgov/oscal-content/main/nist.gov/SP800-53/rev5/json/"
    "NIST_SP-800-53_rev5_catalog.json"
)
"""NIST's own OSCAL catalog of SP 800-53 Rev 5, from which FedRAMP chooses its baselines."""
NIST_ID = re.compile(r"([A-Z]{2}-[0-9]+)(?:\(([0-9]+)\))?")
"""A control of NIST, with its enhancement: ``AC-6(5)`` is ``ac-6.5`` in the catalog."""
NIST_EDITION = "Rev 5"


def catalog(
    controls: Sequence[WrittenControl], severities: Mapping[str, Severity], now: datetime
) -> str:
    """Return an OSCAL catalog as JSON text.

    Args:
        controls: What it holds, by id.
        severities: Control → the severity of the configuration, where that sets one.
        now: The moment (aware) at which the catalog is written.
    """
    groups: dict[str, list[WrittenControl]] = {}
    for each in controls:
        groups.setdefault(each.path.stem.removeprefix("test_"), []).append(each)
    body = {
        "groups": [
            {
                "id": f"family-{token(name)}",
                "title": markup(name.replace("_", " ").capitalize()) or "Controls",
                "controls": [
                    control_entry(each, severities.get(each.id, each.severity)) for each in found
                ],
            }
            for name, found in sorted(groups.items())
        ]
    }
    return document("catalog", "controls", body, now)


def document(kind: str, title: str, body: Mapping[str, Any], now: datetime) -> str:
    """Return an OSCAL document as JSON text: the same content has the same UUID on every day."""
    content = msgspec.json.encode(body, order="deterministic").decode()
    head = {
        "uuid": str(uuid5(NAMESPACE, f"{kind} {__version__} {content}")),
        "metadata": {
            "title": f"{TITLE}: {title}",
            "last-modified": moment_text(now),
            "version": __version__,
            "oscal-version": OSCAL_VERSION,
            "props": props(("tool", NAME), ("tool-version", __version__)),
        },
    }
    return json_text.dump({kind: head | dict(body)})


def token(text: str) -> str:
    """Return *text* as an OSCAL token, behind something that begins with a letter."""
    return re.sub(r"[^\w.\-]", "_", text)


def control_entry(control: WrittenControl, severity: Severity) -> dict[str, Any]:
    """Return one control: what it demands, why, how to get there, and what the API cannot show."""
    prose = markup(control.description)
    return json_text.filled(
        {
            "id": control.id,
            "class": "PagerDuty",
            "title": markup(control.title),
            "props": [
                {"name": "label", "value": control.id},
                prop("severity", severity.value),
                prop("consequence", control.consequence.value),
            ],
            "links": [{"href": control.help, "rel": "reference"}] if control.help else [],
            "parts": [
                {"id": f"{control.id}_smt", "name": "statement", "prose": prose},
                {"id": f"{control.id}_gdn", "name": "guidance", "prose": markup(control.rationale)},
                own_part(control, "remediation", control.remediation),
                *([own_part(control, "limits", control.limits)] if control.limits else []),
                {
                    "id": objective_id(control.id),
                    "name": "assessment-objective",
                    "prose": prose,
                    "links": [{"href": f"#{control.id}_smt", "rel": "assessment-for"}],
                },
            ],
        }
    )


def own_part(control: WrittenControl, name: str, text: str) -> dict[str, str]:
    """Return a part for which OSCAL has no name."""
    return {"id": f"{control.id}_{name}", "name": name, "ns": PROPERTIES, "prose": markup(text)}


def mapping(
    controls: Sequence[str], frameworks: Sequence[Framework], catalogue: Catalogue, now: datetime
) -> str:
    """Return an OSCAL mapping collection as JSON text: the controls in the editions in force.

    What nobody should cite is in no mapping. FedRAMP's requirements are those of NIST's own
    catalog; of the others OSCAL knows title and edition.

    Args:
        controls: The ids of all controls there are.
        frameworks: Those to map to.
        catalogue: All frameworks.
        now: The moment (aware) at which the mapping is written.

    Raises:
        ValueError: No control can be cited for any of these frameworks.
    """
    found = [
        (framework, maps)
        for framework in frameworks
        if (maps := maps_to(framework, controls, catalogue))
    ]
    if not found:
        raise ValueError("no control can be cited for a requirement")
    own = uuid_of("catalog")
    body = {
        "provenance": {
            "method": "human",
            "matching-rationale": "functional",
            "status": "complete",
            "mapping-description": "Which requirements each control supports. A control supports "
            "a requirement; none of them says that one is satisfied.",
        },
        "mappings": [mapping_to(framework, maps, controls, f"#{own}") for framework, maps in found],
        "back-matter": {
            "resources": [
                {
                    "uuid": own,
                    "title": f"{TITLE}: controls",
                    "description": f"Written by: {NAME} controls --format oscal",
                },
                *(resource(framework) for framework, _ in found),
            ]
        },
    }
    return document("mapping-collection", "mapping of the controls", body, now)


def maps_to(
    framework: Framework, controls: Sequence[str], catalogue: Catalogue
) -> list[tuple[str, MappedRequirement]]:
    """Return each control with each requirement of a framework that it can be cited for."""
    return [
        (control, mapped)
        for control in controls
        for mapped in catalogue.citable(control)
        if mapped.requirement.framework == framework.id
    ]


def mapping_to(
    framework: Framework,
    maps: Sequence[tuple[str, MappedRequirement]],
    controls: Sequence[str],
    source: str,
) -> dict[str, Any]:
    """Return the mapping to one framework; the controls that have no part in it are its gap."""
    unmapped = sorted(set(controls) - {control for control, _ in maps})
    gap = {"uuid": uuid_of("gap", framework.id), "unmapped-controls": [{"with-ids": unmapped}]}
    return json_text.filled(
        {
            "uuid": uuid_of("mapping", framework.id),
            "source-resource": {"type": "catalog", "href": source},
            "target-resource": {"type": "catalog", "href": target(framework)},
            "maps": [entry(framework, control, mapped) for control, mapped in maps],
            "props": props(("framework", framework.id), ("edition", framework.current.label)),
            "mapping-description": markup(framework.title),
            "source-gap-summary": gap if unmapped else None,
        }
    )


def entry(framework: Framework, control: str, mapped: MappedRequirement) -> dict[str, Any]:
    """Return one control and one requirement, with how well the two suit each other."""
    requirement = mapped.requirement
    known = [("fit", mapped.fit or ""), ("title", requirement.title)]
    if requirement.status != "present":
        known.append(("status", requirement.status))
    return json_text.filled(
        {
            "uuid": uuid_of("map", framework.id, control, requirement.id),
            "relationship": "intersects-with",
            "sources": [{"type": "control", "id-ref": control}],
            "targets": [{"type": "control", "id-ref": target_id(framework, requirement.id)}],
            "props": props(("requirement", requirement.id), *known),
            "remarks": markup(requirement.note),
        }
    )


def is_of_nist(framework: Framework) -> bool:
    """Tell whether the requirements of a framework are controls of NIST SP 800-53 Rev 5."""
    return framework.id == "fedramp" and framework.current.label == NIST_EDITION


def target(framework: Framework) -> str:
    """Return where the requirements are: in NIST's catalog, or a resource of the document."""
    return NIST if is_of_nist(framework) else f"#{uuid_of('framework', framework.id)}"


def target_id(framework: Framework, requirement: str) -> str:
    """Return the id of a requirement in the resource that holds it."""
    found = NIST_ID.fullmatch(requirement) if is_of_nist(framework) else None
    if not found:
        return line(requirement)
    return ".".join(filter(None, (found[1].lower(), found[2])))


def resource(framework: Framework) -> dict[str, Any]:
    """Return what a framework is, for readers who have no catalog of it."""
    return json_text.filled(
        {
            "uuid": uuid_of("framework", framework.id),
            "title": markup(framework.title),
            "description": markup(
                " ".join(filter(None, (framework.current.version, framework.source)))
            ),
            "props": props(("publisher", framework.publisher), ("licence", framework.licence)),
            "rlinks": [{"href": NIST}] if is_of_nist(framework) else None,
        }
    )


def uuid_of(*names: str) -> str:
    """Return the UUID of a part, the same in every version."""
    return str(uuid5(NAMESPACE, "/".join(("mapping-collection", *names))))
