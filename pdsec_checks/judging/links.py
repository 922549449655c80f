"""Findings without links: in a recording with pseudonyms they lead to what does not exist."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from pdsec_checks.finding import Finding
from pdsec_checks.resources import web_host


def without_links(finding: Finding) -> Finding:
    """Return a finding that names no page of PagerDuty's web interface, in no field."""
    evidence: dict[str, Any] = unlinked(finding.evidence)
    fix = finding.fix and unlinked(finding.fix)
    if finding.resource.url is None and evidence == finding.evidence and fix == finding.fix:
        return finding
    return replace(
        finding, resource=replace(finding.resource, url=None), evidence=evidence, fix=fix
    )


def unlinked(value: Any) -> Any:
    """Return plain JSON without the entries that are such an address."""
    match value:
        case dict():
            return {key: unlinked(each) for key, each in value.items() if not is_link(each)}
        case list():
            return [unlinked(each) for each in value if not is_link(each)]
    return value


def is_link(value: Any) -> bool:
    """Tell whether a value is the address of a page of PagerDuty's web interface.

    PagerDuty's own manual stays: it is the same for every account.
    """
    host = web_host(value) if isinstance(value, str) else None
    return host is not None and host != "support.pagerduty.com"
