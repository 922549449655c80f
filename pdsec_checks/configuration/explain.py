"""The merged settings, value by value, each with where it comes from. No secret is among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pdsec_checks.configuration.credentials import OAuthClient
from pdsec_checks.configuration.decisions import MaxDays
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.configuration.settings import Origins, Settings, settings_from

DEFAULT = "default"
NO_SETTINGS = {"config", "quiet", "force", "plan", "isolated"}
"""Options of one call, not of an inspection."""


@dataclass(frozen=True)
class Line:
    """One setting."""

    key: str
    """As in the configuration file."""
    value: str
    origin: str
    """``flag …``, ``environment …``, the name of the file, or ``default``."""


def explain(
    flags: Mapping[str, Any],
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> list[Line]:
    """Return every setting, in the order of the options.

    Raises:
        UsageError: Something is not valid, as for an inspection.
    """
    origins = Origins.gather(flags, env, folder)
    settings = settings_from(origins)
    found = {option.key: origins.value(option) for option in OPTIONS}
    return [
        credential(settings),
        *plain_options(found, origins, settings),
        *thresholds(origins, settings),
        *additions(origins, settings),
    ]


def credential(settings: Settings) -> Line:
    """Return which kind of credential an inspection would use; the first one that is there."""
    match settings.reading.credential:
        case None:
            return Line("credential", "none, or a login", DEFAULT)
        case OAuthClient():
            return Line("credential", "OAuth client", "environment PAGERDUTY_CLIENT_ID …")
        case held:
            kind = "bearer token" if held.scheme.startswith("Bearer") else "API key"
            return Line("credential", kind, "flag, environment or file; not shown")


def plain_options(found: Mapping[str, Any], origins: Origins, settings: Settings) -> Iterator[Line]:
    """Yield the options that are no thresholds; of a secret only whether there is one."""
    for option in OPTIONS:
        if option.in_baseline or option.name in NO_SETTINGS:
            continue
        value = found[option.key]
        if option.key == "base_url":
            value = settings.reading.base_url  # which follows from the region where nobody sets it
        if option.is_secret:
            value = "set, not shown" if value else None
        yield Line(option.key, text_of(value), origins.places.get(option.key, DEFAULT))


def thresholds(origins: Origins, settings: Settings) -> Iterator[Line]:
    """Yield the baseline; a flag replaces what the file says."""
    for key, value in msgspec.structs.asdict(settings.decided.baseline).items():
        from_file = origins.text.name if key in origins.file.baseline else DEFAULT
        yield Line(f"baseline.{key}", text_of(value), origins.places.get(key, from_file))


def additions(origins: Origins, settings: Settings) -> Iterator[Line]:
    """Yield what only the file can say, where it says it."""
    name = origins.text.name
    severities = [
        f"{control} = {level}" for control, level in sorted(settings.decided.severities.items())
    ]
    said: dict[str, Any] = {
        "severities": severities,
        "frameworks": settings.framework_files,
        "controls_path": settings.controls_path,
        "waivers": len(settings.decided.decisions.waivers),
        "attestations": len(settings.decided.decisions.attestations),
    }
    for key, value in said.items():
        yield Line(key, text_of(value), name if value else DEFAULT)
    yield from limits("max_waiver_days", origins, settings.decided.decisions.waiver_days)
    yield from limits("max_attestation_days", origins, settings.decided.decisions.attestation_days)
    yield from limits("remediation_days", origins, settings.decided.remediation_days)


def limits(key: str, origins: Origins, days: MaxDays) -> Iterator[Line]:
    """Yield how long waivers, attestations or fails may last, by severity."""
    written = getattr(origins.file, key)
    for level, value in msgspec.structs.asdict(days).items():
        yield Line(
            f"{key}.{level}", text_of(value), origins.text.name if level in written else DEFAULT
        )


def text_of(value: Any) -> str:
    """Return a value as a person reads it."""
    match value:
        case None | () | []:
            return "-"
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return ", ".join(map(str, value))
    return str(value)
