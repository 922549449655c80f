"""``pagerduty-sec-inspector doctor``: what the credential can read, and what the rest costs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pdsec_checks import NAME
from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.commands.flags import add_connection, secret_from_flag, warn_of_address
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import CORE, EXTENDED, counted

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings
    from pdsec_checks.pagerduty.diagnosis import Diagnosis, Probe

EPILOG = f"""It sends one request to each endpoint, all of them GET, and changes nothing.

examples:
  {NAME} doctor
  {NAME} doctor --region eu --format json

exit codes:
  0 everything can be read   2 interrupted   4 none can, or there is no credential
  6 some endpoints cannot
"""
KINDS = {
    "account": "of the account",
    "app": "of an app",
    "user": "of a user",
    "unknown": "of an unknown owner",
}
WORDS = {
    "readable": "readable",
    "nothing_there": "nothing there",
    "forbidden": "forbidden",
    "not_in_plan": "not in the plan",
    "feature_off": "off or retired",
    "credential_refused": "refused",
    "failed": "no answer",
    "not_tried": "not tried",
}


def parser() -> Parser:
    """Return the parser of ``doctor``."""
    made = sub_parser(
        "doctor",
        "Show what the credential can read, and which controls need the rest.",
        EPILOG,
    )
    made.add_argument("--format", choices=["text", "json"], default="text", help="(default: text)")
    add_connection(
        made, "api-key", "api-key-file", "base-url", "region", "timeout", "isolated", "config"
    )
    return made


def run(given: argparse.Namespace) -> int:
    """Print the diagnosis."""
    from pdsec_checks.configuration.settings import load_settings

    secret_from_flag(given)
    settings = load_settings(vars(given))
    warn_of_address(settings)
    diagnosis = examine(settings)
    sys.stdout.write(as_json(diagnosis) if given.format == "json" else as_text(diagnosis))
    return exit_code(diagnosis)


def examine(settings: Settings) -> Diagnosis:
    """Find out what the credential of *settings* can read.

    Raises:
        CredentialError: There is none, or PagerDuty gives no token for it.
    """
    from pdsec_checks.judging.controls import shipped_controls
    from pdsec_checks.pagerduty import diagnosis, take_snapshot
    from pdsec_checks.pagerduty.access import credential  # requests is slow to import
    from pdsec_checks.pagerduty.http import threads
    from pdsec_checks.pagerduty.http.client import Client

    def asked() -> Diagnosis:
        authorization = credential.authorize(settings, credential.READ_SCOPES)
        client = Client(settings.reading.base_url, authorization, timeout=settings.reading.timeout)
        return diagnosis.diagnose(
            client, authorization, settings, shipped_controls(), take_snapshot.now()
        )

    return threads.result_of(asked, "doctor")


def exit_code(diagnosis: Diagnosis) -> ExitCode:
    """Return how it ends: well when everything is readable, as a usage error when nothing is."""
    if not diagnosis.readable:
        return ExitCode.USAGE_ERROR
    return ExitCode.NOT_JUDGED if diagnosis.unreadable else ExitCode.PASSED


def as_json(diagnosis: Diagnosis) -> str:
    """Return the diagnosis for programs."""
    skew = diagnosis.skew
    plain: dict[str, Any] = {
        "schema_version": "1",
        "base_url": diagnosis.base_url,
        "credential": {
            "kind": diagnosis.kind,
            "belongs_to": diagnosis.identity.kind,
            "role": diagnosis.identity.role,
            "can_write": diagnosis.can_write,
            "write_scopes": diagnosis.write_scopes,
        },
        "clock_skew_seconds": None if skew is None else round(skew.total_seconds()),
        "endpoints": [asdict(each) for each in diagnosis.endpoints],
        "missing_scopes": diagnosis.missing_scopes,
        "controls_sets": by_set(diagnosis),
        "notices": [diagnosis.notice] if diagnosis.notice else [],
        "requests": diagnosis.requests,
        "exit_code": exit_code(diagnosis),
    }
    return json.dumps(plain, indent=2) + "\n"


def as_text(diagnosis: Diagnosis) -> str:
    """Return the diagnosis for people."""
    return "\n".join(lines(diagnosis)) + "\n"


def lines(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield the lines of the diagnosis."""
    yield f"address     {diagnosis.base_url}"
    yield f"credential  {diagnosis.kind} {whose(diagnosis)}"
    yield f"writing     {writing(diagnosis)}"
    yield f"clock       {clock(diagnosis)}"
    yield ""
    for endpoint in diagnosis.endpoints:
        yield endpoint_line(endpoint)
    yield ""
    for scope, controls in diagnosis.missing_scopes.items():
        yield f"missing scope {scope}: {unjudged(controls)}"
    for name, found in by_set(diagnosis).items():
        yield set_line(name, found)
    if diagnosis.notice:
        yield f"WARNING: {diagnosis.notice}"
    tried = len(diagnosis.readable) + len(diagnosis.unreadable)
    readable = f"{len(diagnosis.readable)} of {counted(tried, 'endpoint')} can be read"
    yield f"{readable}; {counted(diagnosis.requests, 'request')}"


def by_set(diagnosis: Diagnosis) -> dict[str, dict[str, list[str]]]:
    """Return for each set of controls those whose endpoints can all be read, and the others."""
    from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids

    lost = {control for each in diagnosis.unreadable for control in each.controls}
    known = shipped_ids()
    sets = {CORE: set(known) - shipped_extended(), EXTENDED: shipped_extended()}
    return {
        name: {
            "readable": [each for each in known if each in controls - lost],
            "unreadable": [each for each in known if each in controls & lost],
        }
        for name, controls in sets.items()
    }


def set_line(name: str, found: Mapping[str, Sequence[str]]) -> str:
    """Return how many controls of a set have all that they need, and which have not."""
    total = len(found["readable"]) + len(found["unreadable"])
    without = f"; not for {', '.join(found['unreadable'])}" if found["unreadable"] else ""
    return (
        f"{name} set: what {len(found['readable'])} of {counted(total, 'control')} need can be "
        f"read{without}"
    )


def whose(diagnosis: Diagnosis) -> str:
    """Return whom the credential belongs to."""
    identity = diagnosis.identity
    role = f" (role {identity.role})" if identity.role else ""
    reason = f" ({identity.reason})" if identity.reason else ""
    return f"{KINDS[identity.kind]}{role}{reason}"


def writing(diagnosis: Diagnosis) -> str:
    """Return whether the credential can write."""
    if diagnosis.can_write:
        scopes = ", ".join(diagnosis.write_scopes)
        return f"possible ({scopes}): nothing here needs that; remove those scopes"
    if diagnosis.can_write is None:
        return "unknown: PagerDuty does not say whether a key or token is read-only"
    return "not possible: no scope that was granted allows it"


def clock(diagnosis: Diagnosis) -> str:
    """Return how far PagerDuty's clock and ours differ."""
    if diagnosis.skew is None:
        return "unknown: no answer named the time"
    seconds = round(diagnosis.skew.total_seconds())
    if not diagnosis.is_skewed:
        return "agrees with PagerDuty's"
    side = "behind" if seconds > 0 else "ahead of"
    return (
        f"WARNING: {abs(seconds)} s {side} PagerDuty's: correct it, because shifts and audit "
        "windows depend on it"
    )


def endpoint_line(endpoint: Probe) -> str:
    """Return what came of one endpoint."""
    said = f"  {WORDS[endpoint.access.value]:<16}{endpoint.path}"
    if not endpoint.reason:
        return said
    return f"{said}  {endpoint.reason}; {unjudged(endpoint.controls)}"


def unjudged(controls: Sequence[str]) -> str:
    """Return which controls cannot be judged without a scope or an endpoint."""
    return f"needed by {', '.join(controls) or 'no control'}"
