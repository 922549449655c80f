"""The frameworks of the SARIF report, as taxonomies that its rules refer to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pdsec_checks import NAME
from pdsec_checks.catalogue.frameworks import Framework
from pdsec_checks.model import Control, MappingName, Requirement
from pdsec_checks.reports import json_text
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.text import ended, line


class Taxonomies:
    """The frameworks that the selected controls support, in the editions in force."""

    def __init__(self, report: Report) -> None:
        self.report = report
        supported: dict[str, dict[str, str]] = {}
        for control in report.controls:
            for each in cited(report, control):
                supported.setdefault(each.framework, {})[each.id] = line(each.title)
        self.frameworks = {
            name: found for name, found in report.catalogue.frameworks.items() if name in supported
        }
        self.components = [
            self._component(self.frameworks[name], supported[name].items())
            for name in self.frameworks
        ]

    @property
    def references(self) -> list[dict[str, Any]]:
        """What the driver says about them."""
        return [self._reference(name) for name in self.frameworks]

    def relations(self, control: Control) -> list[dict[str, Any]]:
        """Return which requirements a rule supports."""
        return [
            {
                "target": {
                    "id": each.id,
                    "guid": taxon_guid(each.framework, each.edition, each.id),
                    "toolComponent": self._reference(each.framework),
                },
                "kinds": ["relevant"],
            }
            for each in cited(self.report, control)
        ]

    def _reference(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "index": list(self.frameworks).index(name),
            "guid": taxon_guid(name, self._edition(name)),
        }

    def _edition(self, name: str) -> str:
        return self.report.catalogue.edition(name, MappingName.CURRENT)

    def _component(self, framework: Framework, taxa: Iterable[tuple[str, str]]) -> dict[str, Any]:
        edition = self._edition(framework.id)
        return json_text.filled(
            {
                "name": framework.id,
                "fullName": line(f"{framework.title} {edition}"),
                "version": edition,
                "organization": framework.publisher,
                "guid": taxon_guid(framework.id, edition),
                "shortDescription": {"text": ended(line(framework.title))},
                "isComprehensive": False,
                "taxa": [
                    {
                        "id": name,
                        "guid": taxon_guid(framework.id, edition, name),
                        "shortDescription": {"text": ended(title)},
                    }
                    for name, title in sorted(taxa)
                ],
            }
        )


def cited(report: Report, control: Control) -> list[Requirement]:
    """Return the requirements to cite for a control."""
    return [each.requirement for each in report.catalogue.citable(control.id)]


def taxon_guid(*names: str) -> str:
    """Return the GUID of a framework or of one of its requirements; the same in every run."""
    return str(uuid5(NAMESPACE_URL, "/".join((NAME, "taxonomy", *names))))
