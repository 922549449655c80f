"""What ``pdsec.toml`` may hold, and what is wrong with one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from pdsec_checks.baseline import Days
from pdsec_checks.configuration.decisions import (
    Attestation,
    Decisions,
    MaxDays,
    Waiver,
    WaiverDays,
)
from pdsec_checks.configuration.file import ConfigText, find_config
from pdsec_checks.configuration.options import control_id
from pdsec_checks.errors import UsageError
from pdsec_checks.model import MOST_AT_ONCE, Severity

T = TypeVar("T")
AtOnce = Annotated[
    int,
    Meta(ge=1, le=MOST_AT_ONCE, description=f"a whole number from 1 to {MOST_AT_ONCE}"),
]
LONGEST_SHOWN = 40
"""Characters of a wrong value that an error repeats."""


class ConfigFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``pdsec.toml`` may hold."""

    email: str | None = None
    base_url: str | None = None
    region: str | None = None
    account: str | None = None
    controls: tuple[str | int, ...] | None = None
    skip_controls: tuple[str | int, ...] | None = None
    severity: str | None = None
    framework: tuple[str, ...] | None = None
    resource: tuple[str, ...] | None = None
    controls_set: str | None = None
    mapping: str | None = None
    granularity: str | None = None
    strict: bool | None = None
    include_analytics: bool | None = None
    concurrency: AtOnce | None = None
    timeout: str | int | float | None = None
    max_time: str | int | float | None = None
    replay: str | None = None
    inventory: str | None = None
    sarif_location: str | None = None
    report_mode: str | None = None
    evidence_max_age: Days | None = None
    frameworks: tuple[str, ...] = ()
    controls_path: str | None = None
    severities: dict[str, str] = msgspec.field(default_factory=dict)
    baseline: dict[str, Any] = msgspec.field(default_factory=dict)
    waivers: tuple[dict[str, Any], ...] = ()
    attestations: tuple[dict[str, Any], ...] = ()
    max_waiver_days: dict[str, Any] = msgspec.field(default_factory=dict)
    max_attestation_days: dict[str, Any] = msgspec.field(default_factory=dict)
    remediation_days: dict[str, Any] = msgspec.field(default_factory=dict)
    roster: str | None = None
    baseline_report: str | None = None
    last_report: str | None = None
    baseline_account_renamed: bool | None = None


def convert(plain: Any, kind: type[Any], where: str) -> Any:
    """Return *plain* as a *kind* of struct.

    Raises:
        UsageError: A key is unknown (the nearest valid one is named) or a value is wrong.
    """
    for problem in problems_in(plain, kind, where):
        raise UsageError(problem)
    return msgspec.convert(plain, kind)


def problems_in(plain: dict[str, Any], kind: type[Any], where: str) -> Iterator[str]:
    """Yield what keeps *plain* from being a *kind* of struct, key by key."""
    fields = {each.name: each for each in msgspec.structs.fields(kind)}
    for key in plain:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            way_out = f"did you mean {near[0]!r}?" if near else f"valid are {', '.join(fields)}"
            yield f"{where}: unknown key {key!r}; {way_out}"
    for key, declared in fields.items():
        if key not in plain:
            if declared.required:
                yield f"{where}: the key {key!r} is missing; add it"
            continue
        try:
            msgspec.convert(plain[key], declared.type)
        except msgspec.ValidationError as error:
            wrong, _, place = str(error).partition(" - at `$")
            if wanted := allowed_by(declared.type):
                shown = shortened(repr(plain[key]))
                wrong = f"{shown} is not valid; wanted: {wanted}"
            yield f"{at(where, key)}{place.rstrip('`')}: {wrong}"


def allowed_by(kind: Any) -> str:
    """Return in words what a type allows, where its declaration says so."""
    said = [each.description for each in getattr(kind, "__metadata__", ()) if each.description]
    return "".join(said) or "".join(map(allowed_by, get_args(kind)))


def shortened(text: str) -> str:
    """Return as much of a wrong value as an error repeats."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def at(where: str, key: str) -> str:
    """Return the address of a key: ``pdsec.toml: baseline`` and ``pdsec.toml: baseline.key``."""
    return f"{where}.{key}" if ": " in where else f"{where}: {key}"


def entries(plain: tuple[dict[str, Any], ...], kind: type[T], where: str) -> tuple[T, ...]:
    """Return each entry of a list of tables as a *kind* of struct, or say which is wrong."""
    named = ((f"{where}[{number}]", entry) for number, entry in enumerate(plain))
    return tuple(convert(with_control_id(entry, place), kind, place) for place, entry in named)


def with_control_id(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """Return an entry with its control as ``PD-05``, however it was written."""
    if "control" not in entry:
        return entry
    try:
        return {**entry, "control": control_id(str(entry["control"]))}
    except ValueError as error:
        raise UsageError(f"{where}.control: {entry['control']!r}; wanted: {error}") from None


def read_config(path: Path | None, folder: Path | None) -> tuple[ConfigFile, ConfigText]:
    """Return what the configuration file says, and the file; an empty one when there is none.

    *path* and *folder* are those of ``find_config``.

    Raises:
        UsageError: A file that was asked for is missing, or one is not valid.
    """
    text = find_config(path, folder)
    return convert(text.plain, ConfigFile, text.name), text


def own_severities(plain: Mapping[str, str], where: str) -> dict[str, Severity]:
    """Return the severities that the file gives to controls, by control id.

    Raises:
        UsageError: A key is no control id, or a value no severity.
    """
    found: dict[str, Severity] = {}
    for key, value in plain.items():
        control = with_control_id({"control": key}, at(where, key))["control"]
        if value not in list(Severity):
            valid = ", ".join(Severity)
            raise UsageError(f"{at(where, key)}: {value!r} is not one of {valid}")
        if control in found:
            raise UsageError(f"{at(where, key)}: {control} is listed twice; keep one")
        found[control] = Severity(value)
    return found


def framework_path(name: str, text: ConfigText) -> Path:
    """Return the path of a framework file that the configuration names.

    Raises:
        UsageError: There is no such file.
    """
    path = text.beside(name)
    if not path.is_file():
        raise UsageError(
            f"{text.name}: frameworks: there is no file {path}; to choose among the frameworks "
            f"that there are, write framework = [{name!r}]"
        )
    return path


def controls_folder(name: str | None, text: ConfigText) -> Path | None:
    """Return the folder of the organisation's own controls; None where there is none.

    Raises:
        UsageError: It is named and does not exist.
    """
    if name is None:
        return None
    path = text.beside(name)
    if not path.is_dir():
        raise UsageError(f"{text.name}: controls_path: there is no folder {path}")
    return path


def decisions_from(file: ConfigFile, file_name: str) -> Decisions:
    """Return the waivers and attestations of a configuration file, with their limits.

    Raises:
        UsageError: One of them is not valid.
    """
    limits = f"{file_name}: max_attestation_days"
    return Decisions(
        waivers=entries(file.waivers, Waiver, f"{file_name}: waivers"),
        attestations=entries(file.attestations, Attestation, f"{file_name}: attestations"),
        waiver_days=convert(file.max_waiver_days, WaiverDays, f"{file_name}: max_waiver_days"),
        attestation_days=convert(file.max_attestation_days, MaxDays, limits),
    )
