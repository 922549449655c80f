"""Incident workflows, extensions and webhooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult

from pdsec_checks.errors import MalformedRecordError
from pdsec_checks.resources.text import split_url
from pdsec_checks.resources.view import View


class Endpoint(View):
    """Something outside that PagerDuty sends webhooks to."""

    def read_url(self) -> str:
        """Return the destination as it is configured."""
        raise NotImplementedError

    @property
    def destination(self) -> SplitResult | None:
        """The parsed destination; None when no host can be made out."""
        parts = split_url(self.read_url())
        return parts if parts and parts.hostname else None

    @property
    def has_url(self) -> bool:
        """Whether it has an address to send to, or does not say so as it is no object."""
        return True

    @property
    def settings(self) -> Any:
        """What is configured besides the address; None where it has no settings."""
        return None

    @property
    def header_names(self) -> list[str]:
        """The names of the headers of one's own that deliveries carry."""
        return []


SAID_BY_EXTENSIONS = frozenset({"endpoint_url", "extension_schema"})
"""What an extension must have one of to be more than its address; it always has the second."""


class Extension(Endpoint):
    """One extension of a service (operationId ``listExtensions``)."""

    kind = "extension"

    @property
    def has_url(self) -> bool:
        """Whether it sends anything to a configured URL, or does not say: it has no details."""
        is_hollow = self.is_reference or not self.record.keys() & SAID_BY_EXTENSIONS
        return is_hollow or self.get("endpoint_url") is not None

    def read_url(self) -> str:
        return self.read("endpoint_url", str)

    @property
    def settings(self) -> Any:
        """What is configured besides the address; None where it has no settings.

        Raises:
            MalformedRecordError: They are neither an object nor a list.
        """
        found = self.read_optional("config", Any)
        if found is None or isinstance(found, dict | list):
            return found
        raise MalformedRecordError(f"{self}: field 'config' is malformed: it is no object")

    @property
    def is_configured(self) -> bool:
        """Whether it has an address or settings, or does not say."""
        return self.has_url or bool(self.get("config"))

    @property
    def schema(self) -> View:
        """What kind of extension it is."""
        return self.part("extension_schema")


class ExtensionDetails(View):
    """What the list of extensions leaves out of one (operationId ``getExtension``)."""

    kind = "extension"

    def is_stopped_at(self, extension: Extension) -> bool:
        """Tell whether PagerDuty stopped *extension*, whose details these are, for the time being.

        Raises:
            InspectionError: Its look-up failed, or does not say so.
        """
        stopped: bool = View(self.record, str(extension), self.kept).read(
            "temporarily_disabled", bool
        )
        return stopped


class WebhookSubscription(Endpoint):
    """One v3 webhook subscription (operationId ``listWebhookSubscriptions``)."""

    kind = "webhook_subscription"

    @property
    def name(self) -> str:
        """The description, else the host that it sends to: a subscription has no name."""
        description = self.record.get("description")
        if isinstance(description, str) and description.strip():
            return description
        method = self.record.get("delivery_method")
        url = method.get("url") if isinstance(method, dict) else None
        parts = split_url(url) if isinstance(url, str) else None  # an error would ask for the name
        return str(parts.hostname or "") if parts else ""

    def read_url(self) -> str:
        return self.part("delivery_method").read("url", str)

    @property
    def is_active(self) -> bool:
        """Whether it is switched on; one that does not say so is, by PagerDuty's document."""
        return bool(self.read_optional("active", bool, default=True))

    @property
    def is_stopped(self) -> bool:
        """Whether PagerDuty stopped it for the time being, as deliveries failed."""
        return bool(self.part("delivery_method").read("temporarily_disabled", bool))

    @property
    def header_names(self) -> list[str]:
        """The names of the headers of one's own that deliveries carry, as far as it says.

        PagerDuty's document: their values are redacted in answers.
        """
        method = self.part("delivery_method")
        headers = method.get("custom_headers")
        if not isinstance(headers, list):
            return []
        names = [each.shown("name", str) for each in method.nested("custom_headers")]
        return sorted(filter(None, names))


class IncidentWorkflow(View):
    """One incident workflow (operationId ``listIncidentWorkflows``)."""

    kind = "incident_workflow"

    @property
    def is_enabled(self) -> bool:
        """Whether it can run; a workflow that does not say so can."""
        return bool(self.read_optional("is_enabled", bool, default=True))


class WorkflowTrigger(View):
    """What starts an incident workflow (operationId ``listIncidentWorkflowTriggers``)."""

    kind = "trigger"

    @property
    def workflow_id(self) -> str:
        """The workflow it starts."""
        return self.part("workflow").read("id", str)

    @property
    def covers_all_services(self) -> bool:
        """Whether it listens to every service of the account."""
        return bool(self.read_optional("is_subscribed_to_all_services", bool, default=False))
