"""Options, environment and configuration file, merged into one frozen Settings.

A flag wins over the environment, the environment over the file, the file over the default.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import UsageError
from pdsec_checks.model import MappingName, Severity
from pdsec_checks.options import CONFIG_FILE, OPTIONS, Option, control_id
from pdsec_checks.resources import split_url

BASE_URLS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}


T = TypeVar("T")


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    """A fail that somebody accepted until a day."""

    control: str
    resource: str
    reason: str
    approved_by: str
    expires: date
    """The last day on which it counts (UTC)."""


class Attestation(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person confirms where the API cannot show it."""

    control: str
    who: str
    when: date
    until: date
    """The last day on which it counts (UTC)."""
    statement: str
    resource: str = "account"


@dataclass(frozen=True)
class Settings:
    """Everything that one inspection may be told. Secrets stay out of its repr."""

    credential: Credential | None
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
    waivers: tuple[Waiver, ...] = ()
    attestations: tuple[Attestation, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """What the ``Authorization`` header carries."""

    scheme: str
    secret: str

    @property
    def header(self) -> str:
        """The value of the ``Authorization`` header."""
        return f"{self.scheme}{self.secret}"

    def __repr__(self) -> str:
        return "Credential(…)"


def api_key(secret: str) -> Credential:
    """Return the credential of an account or user API key."""
    return Credential("Token token=", secret)


def bearer(secret: str) -> Credential:
    """Return the credential of an OAuth access token."""
    return Credential("Bearer ", secret)


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
    baseline: dict[str, Any] = msgspec.field(default_factory=dict)
    waivers: tuple[dict[str, Any], ...] = ()
    attestations: tuple[dict[str, Any], ...] = ()


def convert(plain: Any, kind: type[Any], where: str) -> Any:
    """Return *plain* as a *kind* of struct.

    Raises:
        UsageError: A key is unknown (the nearest valid one is named) or a value is wrong.
    """
    known = [each.name for each in msgspec.structs.fields(kind)]
    for key in plain:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            way_out = f"did you mean {near[0]!r}?" if near else f"valid are {', '.join(known)}"
            raise UsageError(f"{where}: unknown key {key!r}; {way_out}")
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        wrong, _, path = str(error).partition(" - at `$")
        raise UsageError(f"{where}{path.rstrip('`')}: {wrong}") from None


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


def read_config(path: Path | None, folder: Path) -> tuple[ConfigFile, str]:
    """Return the configuration file and its name; an empty one when there is none.

    Raises:
        UsageError: A file that was asked for is missing, or one is not valid.
    """
    file = path or folder / CONFIG_FILE
    if not file.is_file():
        if path:
            raise UsageError(f"--config {path}: there is no such file")
        return ConfigFile(), CONFIG_FILE
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file}: {error}") from None
    return convert(plain, ConfigFile, str(file)), str(file)


def check_base_url(url: str) -> str:
    """Return *url* without a trailing slash.

    Raises:
        UsageError: It is not an address alone, or neither https nor on this machine.
    """
    parts = split_url(url)
    if not parts or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise UsageError(
            "base URL: not an address such as https://api.pagerduty.com, without user, query "
            "and fragment"
        )
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return url.strip().rstrip("/")
    raise UsageError(
        f"base URL {parts.scheme}://{parts.hostname}: the key would travel unencrypted; use "
        "https (plain http is accepted only for addresses of this machine)"
    )


def is_loopback(host: str) -> bool:
    """Tell whether *host* is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Sources:
    """Looks an option up: flag, environment, file, default."""

    def __init__(
        self, flags: Mapping[str, Any], env: Mapping[str, str], file: ConfigFile, file_name: str
    ) -> None:
        self.flags, self.env, self.file, self.file_name = flags, env, file, file_name
        self.explicit: set[str] = set()

    def value(self, option: Option) -> Any:
        """Return the value of *option*.

        Raises:
            UsageError: A text does not parse; it names the option and where it stood.
        """
        flag = self.flags.get(option.dest)
        if flag not in (None, [], False):
            return self._found(option, flag, f"--pd-{option.name}")
        if option.env and self.env.get(option.env):
            return self._found(option, self.env[option.env], option.env)
        from_file = getattr(self.file, option.key, None)
        if from_file is not None:
            return self._found(option, from_file, f"{self.file_name}: {option.key}")
        return option.default

    def _found(self, option: Option, value: Any, where: str) -> Any:
        self.explicit.add(option.key)
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
    env = os.environ if env is None else env
    path = flags.get("pd_config")
    file, file_name = read_config(Path(path) if path else None, folder or Path.cwd())
    sources = Sources(flags, env, file, file_name)
    found = {option.key: sources.value(option) for option in OPTIONS}
    thresholds = dict(file.baseline)
    thresholds |= {
        option.key: found[option.key]
        for option in OPTIONS
        if option.in_baseline and found[option.key] is not None
    }
    return Settings(
        credential=credential_from(found["api_key"], env),
        base_url=check_base_url(found["base_url"] or BASE_URLS[found["region"]]),
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
        baseline=convert(thresholds, Baseline, f"{file_name}: baseline"),
        explicit=frozenset(sources.explicit | thresholds.keys()),
        waivers=entries(file.waivers, Waiver, f"{file_name}: waivers"),
        attestations=entries(file.attestations, Attestation, f"{file_name}: attestations"),
    )


def credential_from(key: str | None, env: Mapping[str, str]) -> Credential | None:
    """Return the credential at hand: an API key, else a bearer token, else None.

    Raises:
        UsageError: It has characters that no key has, such as a line break inside.
    """
    if key and key.strip():
        return api_key(fit_for_header(key.strip(), "API key"))
    token = env.get("PAGERDUTY_TOKEN", "").strip()
    return bearer(fit_for_header(token, "PAGERDUTY_TOKEN")) if token else None


def fit_for_header(secret: str, what: str) -> str:
    """Return *secret*; the error says what is wrong and never repeats it."""
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise UsageError(
            f"{what}: it holds a space, a line break or a character that no key has; copy it again"
        )
    return secret
