"""The sections of the page: what a control is about, in the words of the trade."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pdsec_checks.catalogue.controls import shipped_families
from pdsec_checks.model import Control

OWN = "Your own controls"
TITLES = {
    "authentication": "People and access",
    "access_control": "People and access",
    "oncall_coverage": "Who is on call",
    "incident_response": "Escalation and response",
    "service_configuration": "Services and alerts",
    "integration_security": "Integrations and webhooks",
    "audit_logging": "Audit and history",
}
"""Family of controls (the file ``test_….py`` that they stand in) → what it is called.

A family that is not listed is called by the name of its file.
"""


@dataclass(frozen=True, slots=True)
class Topic:
    """One section of controls."""

    title: str

    @property
    def id(self) -> str:
        """The anchor, and the value in the address of a filtered page."""
        return re.sub(r"[^a-z]+", "-", self.title.lower())


def topic_of(control: Control) -> Topic:
    """Return what a control is about; all controls of an organisation share a topic."""
    family = shipped_families().get(control.id)
    if family is None:
        return Topic(OWN)
    return Topic(TITLES.get(family) or family.replace("_", " ").capitalize())


def by_topic(controls: Iterable[Control]) -> dict[Topic, list[Control]]:
    """Return controls under their topics, both in the given order."""
    found: dict[Topic, list[Control]] = {}
    for control in controls:
        found.setdefault(topic_of(control), []).append(control)
    return found
