"""Options, environment and configuration file, merged into one frozen Settings.

A flag wins over the environment, the environment over the file, the file over the default.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.credentials import (
    TOKEN_URL,
    Credential,
    OAuthClient,
    credential_from,
)
from pdsec_checks.configuration.decisions import (
    NOTHING_DECIDED,
    Attestation,
    Decisions,
    MaxDays,
    Waiver,
    WaiverDays,
)
from pdsec_checks.configuration.file import ConfigText, find_config
from pdsec_checks.configuration.options import OPTIONS, Option, control_id
from pdsec_checks.errors import UsageError
from pdsec_checks.model import MappingName, Severity
from pdsec_checks.resources import split_url

BASE_URLS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}


T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Everything that one inspection may be told. Secrets stay out of its repr."""

    credential: Credential | OAuthClient | None
    """None when there is none but perhaps a login."""
    base_url: str
    email: str | None
    controls: tuple[str, ...]
    skip_controls: tuple[str, ...]
    severity: Severity
    frameworks: tuple[str, ...]
    resources: tuple[str, ...]
    mapping: MappingName
    granularity: str
    strict: bool
    include_analytics: bool
    concurrency: int
    timeout: float
    """Seconds for each request."""
    plan: bool
    """Whether to say what would be asked, and ask nothing."""
    record: Path | None
    force: bool
    """Whether a recording may replace a file."""
    sarif_location: str | None
    """The file at which SARIF results point; None: the configuration file, else README.md."""
    evidence_max_age: int | None
    """Days after which a recording is too old to gate on."""
    redact: bool
    """Whether a recording holds pseudonyms in place of private texts."""
    replay: str | None
    baseline: Baseline
    explicit: frozenset[str]
    """The names that a flag, the environment or the file set."""
    config_path: Path | None = None
    """The configuration file; None when there is none."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Control → the severity that this organisation gives it."""
    framework_files: tuple[Path, ...] = ()
    """The organisation's own frameworks, beside those that ship."""
    controls_path: Path | None = None
    """The folder of the organisation's own controls."""
    decisions: Decisions = NOTHING_DECIDED
    """What people decided about findings."""
    baseline_report: Path | None = None
    """The JSON report whose fails are known; the thresholds are ``baseline``."""
    baseline_named_by: str = ""
    """What errors call the option that names it, or the key of the file."""


class ConfigFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``pdsec.toml`` may hold."""

    email: str | None = None
    base_url: str | None = None
    region: str | None = None
    controls: tuple[str | int, ...] | None = None
    skip_controls: tuple[str | int, ...] | None = None
    severity: str | None = None
    framework: tuple[str, ...] | None = None
    resource: tuple[str, ...] | None = None
    mapping: str | None = None
    granularity: str | None = None
    strict: bool | None = None
    include_analytics: bool | None = None
    concurrency: Annotated[int, Meta(ge=1)] | None = None
    timeout: str | int | float | None = None
    replay: str | None = None
    sarif_location: str | None = None
    evidence_max_age: Annotated[int, Meta(ge=1)] | None = None
    frameworks: tuple[str, ...] = ()
    controls_path: str | None = None
    severities: dict[str, str] = msgspec.field(default_factory=dict)
    baseline: dict[str, Any] = msgspec.field(default_factory=dict)
    waivers: tuple[dict[str, Any], ...] = ()
    attestations: tuple[dict[str, Any], ...] = ()
    max_waiver_days: dict[str, Any] = msgspec.field(default_factory=dict)
    max_attestation_days: dict[str, Any] = msgspec.field(default_factory=dict)
    baseline_report: str | None = None


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
            yield f"{at(where, key)}{place.rstrip('`')}: {wrong}"


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


def read_config(path: Path | None, folder: Path) -> tuple[ConfigFile, ConfigText]:
    """Return what the configuration file says, and the file; an empty one when there is none.

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
            raise UsageError(f"{at(where, key)}: {control} stands twice; keep one")
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


def check_base_url(url: str, what: str = "base URL") -> str:
    """Return *url* without a trailing slash; *what* is its name in an error.

    Raises:
        UsageError: It is not an address alone, or neither https nor on this machine.
    """
    parts = split_url(url)
    if not parts or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise UsageError(
            f"{what}: not an address such as https://api.pagerduty.com, without user, query "
            "and fragment"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return url.strip().rstrip("/")
    raise UsageError(
        f"{what} {parts.scheme}://{parts.hostname}: the key would travel unencrypted; use "
        "https (plain http is accepted only for addresses of this machine)"
    )


def token_url_of(env: Mapping[str, str]) -> str:
    """Return the address of the token endpoint.

    Raises:
        UsageError: It is none, or would be asked in clear.
    """
    name = "PAGERDUTY_OAUTH_TOKEN_URL"
    return check_base_url(env.get(name) or TOKEN_URL, name)


def region_of(base_url: str, configured: str) -> str:
    """Return the service region of an address; as *configured* where it is not PagerDuty's own."""
    regions = {url: region for region, url in BASE_URLS.items()}
    return regions.get(base_url, configured)


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Sources:
    """Looks an option up: flag, environment, file, default."""

    def __init__(
        self, flags: Mapping[str, Any], env: Mapping[str, str], file: ConfigFile, text: ConfigText
    ) -> None:
        self.flags, self.env, self.file, self.text = flags, env, file, text
        self.origins: dict[str, str] = {}
        """Option key → where its value comes from; without those that have their default."""

    @classmethod
    def gather(
        cls,
        flags: Mapping[str, Any],
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Sources:
        """Return the flags, the environment and the file of an inspection.

        Raises:
            UsageError: The file is not valid.
        """
        path = flags.get("pd_config")
        file, text = read_config(Path(path) if path else None, folder or Path.cwd())
        return cls(flags, os.environ if env is None else env, file, text)

    def value(self, option: Option) -> Any:
        """Return the value of *option*.

        Raises:
            UsageError: A text does not parse; it names the option and where it stood.
        """
        flag = self.flags.get(option.dest)
        if flag not in (None, [], False):
            self.origins[option.key] = f"flag --{option.name}"
            return self._found(option, flag, f"--pd-{option.name}")
        if option.env and self.env.get(option.env):
            self.origins[option.key] = f"environment {option.env}"
            return self._found(option, self.env[option.env], option.env)
        from_file = getattr(self.file, option.key, None)
        if from_file is not None:
            self.origins[option.key] = self.text.name
            if option.parse is Path:
                from_file = self.text.beside(from_file)
            return self._found(option, from_file, f"{self.text.name}: {option.key}")
        return option.default

    def named_by(self, key: str, flag: str) -> str:
        """Return what an error about a value calls it: its key in the file, else its *flag*."""
        is_from_file = self.origins.get(key) == self.text.name
        return f"{self.text.name}: {key}" if is_from_file else flag

    def _found(self, option: Option, value: Any, where: str) -> Any:
        if option.choices and value not in option.choices:
            raise UsageError(f"{where}: {value!r} is not one of {', '.join(option.choices)}")
        if option.is_flag:
            return bool(value)
        if option.repeatable:
            return tuple(value)
        if isinstance(value, tuple):
            value = ",".join(str(each) for each in value)
        try:
            return option.parse(str(value))
        except ValueError as error:
            raise UsageError(f"{where}: {value!r} is not valid; wanted: {error}") from None


def load_settings(
    flags: Mapping[str, Any],
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Merge flags (by ``Option.dest``), environment, configuration file and defaults.

    Raises:
        UsageError: Something in them is not valid; the message says what, where and
            what would be.
    """
    sources = Sources.gather(flags, env, folder)
    env, file, text = sources.env, sources.file, sources.text
    found = {option.key: sources.value(option) for option in OPTIONS}
    thresholds = dict(file.baseline)
    thresholds |= {
        option.key: found[option.key]
        for option in OPTIONS
        if option.in_baseline and found[option.key] is not None
    }
    base_url = check_base_url(found["base_url"] or BASE_URLS[found["region"]])
    return Settings(
        credential=credential_from(
            flags, env, region_of(base_url, found["region"]), token_url_of(env)
        ),
        base_url=base_url,
        email=found["email"],
        controls=found["controls"],
        skip_controls=found["skip_controls"],
        severity=found["severity"],
        frameworks=found["framework"],
        resources=found["resource"],
        mapping=found["mapping"],
        granularity=found["granularity"],
        strict=found["strict"],
        include_analytics=found["include_analytics"],
        concurrency=found["concurrency"],
        timeout=found["timeout"],
        plan=found["plan"],
        record=found["record"],
        force=found["force"],
        sarif_location=found["sarif_location"],
        evidence_max_age=found["evidence_max_age"],
        redact=not found["no_redact"],
        replay=found["replay"],
        baseline=convert(thresholds, Baseline, f"{text.name}: baseline"),
        explicit=frozenset(sources.origins.keys() | thresholds.keys()),
        config_path=text.path,
        severities=own_severities(file.severities, f"{text.name}: severities"),
        framework_files=tuple(framework_path(name, text) for name in file.frameworks),
        controls_path=controls_folder(file.controls_path, text),
        decisions=decisions_from(file, text.name),
        baseline_report=found["baseline_report"],
        baseline_named_by=sources.named_by("baseline_report", "--pd-baseline"),
    )


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
