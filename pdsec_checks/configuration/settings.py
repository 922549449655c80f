"""Options, environment and configuration file, merged into one frozen Settings.

A flag wins over the environment, the environment over the file, the file over the default.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.addresses import (
    BASE_URLS,
    check_base_url,
    is_pagerduty,
    region_of,
    token_url_of,
)
from pdsec_checks.configuration.credentials import (
    Credential,
    OAuthClient,
    credential_from,
)
from pdsec_checks.configuration.decisions import (
    REMEDIATION_DAYS,
    Decisions,
    MaxDays,
    RemediationDays,
)
from pdsec_checks.configuration.file import ConfigText
from pdsec_checks.configuration.options import (
    INVENTORY,
    OPTIONS,
    WHERE_CONFIGURED,
    Option,
    Written,
)
from pdsec_checks.configuration.roster import Roster, read_roster
from pdsec_checks.configuration.schema import (
    ConfigFile,
    controls_folder,
    convert,
    decisions_from,
    framework_path,
    own_severities,
    read_config,
)
from pdsec_checks.errors import UsageError
from pdsec_checks.model import CORE, MappingName, Severity
from pdsec_checks.resources import printable


@dataclass(frozen=True)
class Selection:
    """Which controls are judged, of which resources."""

    controls: tuple[str, ...]
    skip_controls: tuple[str, ...]
    severity: Severity
    chosen_frameworks: tuple[str, ...]
    """``framework`` of the file, whose ``frameworks`` are files: see ``framework_files``."""
    resources: tuple[str, ...]
    mapping: MappingName
    granularity: str
    controls_set: str = CORE
    named_controls: frozenset[str] = frozenset()
    """Those that pytest's own options name, which need no set; known once they were collected."""
    marked_frameworks: tuple[str, ...] = ()
    """Those that ``-m`` asks about, which pytest applies; known once the frameworks were read."""

    def leaves_out(self, control: str) -> bool:
        """Tell whether a control of the extended set was not asked for, by its set or its id."""
        named = control in self.controls or control in self.named_controls
        return self.controls_set == CORE and not named

    @property
    def frameworks_asked_about(self) -> tuple[str, ...]:
        """The frameworks, or requirements, that reports are to show; empty: all."""
        return tuple(dict.fromkeys((*self.chosen_frameworks, *self.marked_frameworks)))


EARLIER_FLAG, LAST_FLAG = "--pd-baseline", "--pd-last-report"
READING_SHARE = 0.8
"""The part of a run's time that reading may take; judging and the reports have the rest."""


@dataclass(frozen=True)
class TimeLimit:
    """When a run must be over; it begins when its settings are read."""

    seconds: float
    began: float
    """Seconds of the monotonic clock."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be judged."""
        return time.monotonic() >= self.began + self.seconds

    @property
    def left_to_read(self) -> float:
        """The seconds that reading may still take; 0 when they are over."""
        return max(0.0, self.began + self.seconds * READING_SHARE - time.monotonic())

    def __str__(self) -> str:
        return f"max_time = {self.seconds:g} s"


def left_to_read(limit: TimeLimit | None) -> float | None:
    """Return the seconds that reading may still take; None where nothing limits it."""
    return limit.left_to_read if limit else None


@dataclass(frozen=True)
class HowToRead:
    """How the account is read."""

    credential: Credential | OAuthClient | None
    """None when there is none but perhaps a login."""
    base_url: str
    region: str
    """The service region that somebody named, ``us`` or ``eu``; empty where nobody did."""
    email: str | None
    include_analytics: bool
    concurrency: int
    timeout: float
    """Seconds for each request."""
    limit: TimeLimit | None
    """None when the run may take as long as it takes."""
    plan: bool
    """Whether to say what would be asked, and ask nothing."""
    address_from: str | None = None
    """The file, and the key in it, that names the address; None where no file does."""
    account: str | None = None
    """By what reports tell the account from others; None: by its subdomain."""
    roster: Roster | None = None
    """The personnel list that users are compared with; None where there is none."""

    @property
    def address_notice(self) -> str | None:
        """What is to be said of an address that a file names; None where it is PagerDuty's own."""
        if self.address_from is None or is_pagerduty(self.base_url):
            return None
        return (
            f"{self.address_from}: the credential is sent to {printable(self.base_url)}, which is "
            "no address of PagerDuty's"
        )


@dataclass(frozen=True)
class HowToRecord:
    """What is kept of the reading, or what is replayed in its place."""

    record: Path | None
    force: bool
    """Whether a recording may replace a file."""
    redact: bool
    """Whether a recording holds pseudonyms in place of private texts."""
    replay: str | None
    replay_from: str | None = None
    """The file, and the key in it, that names what is replayed; None where no file does."""
    untrusted: Path | None = None
    """The folder whose links must not lead a recording out of it; None: it is trusted."""

    @property
    def keeps_words(self) -> bool:
        """Whether notices may repeat what PagerDuty says: a recording with pseudonyms has them."""
        return self.record is None or not self.redact


@dataclass(frozen=True)
class Decided:
    """What people decided about verdicts."""

    baseline: Baseline
    severities: Mapping[str, Severity]
    """Control → the severity that this organisation gives it."""
    decisions: Decisions
    """Waivers and attestations."""
    strict: bool
    evidence_max_age: int | None
    """Days after which a recording is too old to gate on."""
    earlier_report: Path | None
    """The JSON report whose fails are known; the thresholds are ``baseline``."""
    earlier_named_by: str
    """What errors call the option that names it, or the key of the file."""
    is_renamed: bool = False
    """Whether that report may be about the account under another name or address."""
    remediation_days: MaxDays = REMEDIATION_DAYS
    """Within how many days what fails is to be fixed."""
    last_report: Path | None = None
    """The JSON report of the last run, whose fails are carried on; None: the earlier one."""
    last_named_by: str = LAST_FLAG
    """What errors call the option that names it, or the key of the file."""

    @staticmethod
    def renamed_by(where: str) -> str:
        """How a user says so: *where* the report is named, by a flag or in the file."""
        if where in {EARLIER_FLAG, LAST_FLAG}:
            return f"{EARLIER_FLAG}-account-renamed"
        return "baseline_account_renamed = true"


@dataclass(frozen=True)
class Settings:
    """Everything that one inspection may be told. Secrets stay out of its repr."""

    selection: Selection
    reading: HowToRead
    recording: HowToRecord
    decided: Decided
    explicit: frozenset[str]
    """The names that a flag, the environment or the file set."""
    sarif_location: str | None
    """The file at which SARIF results point; None: the inventory."""
    inventory: Path
    """The file with a line for each resource, whether or not it is there."""
    writes_inventory: bool
    report_mode: int | None
    """The permissions of reports; None: as the file that they replace, else for their owner."""
    shows_known: bool
    """Whether the summary lists what is known, in place of counting it."""
    config_path: Path | None
    """The configuration file; None when there is none."""
    framework_files: tuple[Path, ...]
    """The organisation's own frameworks, beside those that ship."""
    controls_path: Path | None
    """The folder of the organisation's own controls."""
    named_by: Mapping[str, str]
    """Key → what errors call it: the file with the key, or the flag that wins over it."""

    @property
    def replay_notice(self) -> str | None:
        """What is to be said of a replay; None where it was asked for and ignores no credential."""
        recording, is_ignored = self.recording, self.reading.credential is not None
        if not recording.replay or not (recording.replay_from or is_ignored):
            return None
        ignored = "; the credential is not used" if is_ignored else ""
        where = recording.replay_from or "--pd-replay"
        name = printable(recording.replay)
        return f"{where} {name}: a recording is judged, not the account{ignored}"

    @property
    def written_controls(self) -> Iterator[Written]:
        """The controls that somebody named, whether or not they exist."""
        decided = self.decided
        for key, names in (
            ("controls", self.selection.controls),
            ("skip_controls", self.selection.skip_controls),
            ("severities", decided.severities),
            ("waivers", [each.control for each in decided.decisions.waivers]),
            ("attestations", [each.control for each in decided.decisions.attestations]),
        ):
            yield from (Written(self.named_by[key], name) for name in names)

    @property
    def written_frameworks(self) -> Iterator[Written]:
        """The frameworks, with or without a requirement, that somebody named."""
        where = self.named_by["framework"]
        yield from (Written(where, name) for name in self.selection.chosen_frameworks)


class Origins:
    """Where settings come from: an option's flag, the environment, the file, its default."""

    def __init__(
        self, flags: Mapping[str, Any], env: Mapping[str, str], file: ConfigFile, text: ConfigText
    ) -> None:
        self.flags, self.env, self.file, self.text = flags, env, file, text
        self.untrusted: Path | None = None
        """The working folder where it is not trusted."""
        self.places: dict[str, str] = {}
        """Option key → where its value comes from; without those that have their default."""

    @classmethod
    def gather(
        cls,
        flags: Mapping[str, Any],
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Origins:
        """Return the flags, the environment and the file of an inspection.

        Raises:
            UsageError: The file is not valid.
        """
        path = flags.get("pd_config")
        here, is_isolated = folder or Path.cwd(), bool(flags.get("pd_isolated"))
        file, text = read_config(Path(path) if path else None, None if is_isolated else here)
        found = cls(flags, os.environ if env is None else env, file, text)
        found.untrusted = here if is_isolated else None
        return found

    def value(self, option: Option) -> Any:
        """Return the value of *option*.

        Raises:
            UsageError: A text does not parse; it names the option and where it stood.
        """
        flag = self.flags.get(option.dest)
        if flag not in (None, [], False):
            self.places[option.key] = f"flag --{option.name}"
            return self._found(option, flag, f"--pd-{option.name}")
        if option.env and self.env.get(option.env):
            self.places[option.key] = f"environment {option.env}"
            return self._found(option, self.env[option.env], option.env)
        from_file = getattr(self.file, option.key, None)
        if from_file is not None:
            self.places[option.key] = self.text.name
            if option.parse is Path:
                from_file = self.text.beside(from_file)
            return self._found(option, from_file, f"{self.text.name}: {option.key}")
        return option.default

    def named_by(self, key: str, flag: str) -> str:
        """Return what an error about a value calls it: its key in the file, else its *flag*."""
        return self.in_file(key) or flag

    def in_file(self, key: str) -> str | None:
        """Return the file and the key in it that set a value; None where something else did."""
        is_from_file = self.places.get(key) == self.text.name
        return f"{self.text.name}: {key}" if is_from_file else None

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
    return settings_from(Origins.gather(flags, env, folder))


def settings_from(origins: Origins) -> Settings:
    """Return the settings; *origins* then know where each of them came from.

    Raises:
        UsageError: As for ``load_settings``.
    """
    file, text = origins.file, origins.text
    found = {option.key: origins.value(option) for option in OPTIONS}
    thresholds = thresholds_in(found, file)
    baseline = convert(thresholds, Baseline, f"{text.name}: baseline")
    if baseline.contradiction:
        raise UsageError(f"{text.name}: baseline: {baseline.contradiction}")
    return Settings(
        selection=Selection(
            controls=found["controls"],
            skip_controls=found["skip_controls"],
            severity=found["severity"],
            chosen_frameworks=found["framework"],
            resources=found["resource"],
            mapping=found["mapping"],
            granularity=found["granularity"],
            controls_set=found["controls_set"],
        ),
        reading=how_to_read(found, origins),
        recording=HowToRecord(
            record=found["record"],
            force=found["force"],
            redact=not found["no_redact"],
            replay=found["replay"],
            replay_from=origins.in_file("replay"),
            untrusted=origins.untrusted,
        ),
        decided=Decided(
            baseline=baseline,
            severities=own_severities(file.severities, f"{text.name}: severities"),
            decisions=decisions_from(file, text.name),
            strict=found["strict"],
            evidence_max_age=found["evidence_max_age"],
            earlier_report=found["baseline_report"],
            earlier_named_by=origins.named_by("baseline_report", EARLIER_FLAG),
            is_renamed=found["baseline_account_renamed"],
            remediation_days=convert(
                file.remediation_days, RemediationDays, f"{text.name}: remediation_days"
            ),
            last_report=found["last_report"],
            last_named_by=origins.named_by("last_report", LAST_FLAG),
        ),
        explicit=frozenset(origins.places.keys() | thresholds.keys()),
        sarif_location=found["sarif_location"],
        inventory=inventory_in(found, origins),
        writes_inventory=flags_inventory(origins),
        report_mode=found["report_mode"],
        shows_known=found["show"] == "known",
        config_path=text.path,
        framework_files=tuple(framework_path(name, text) for name in file.frameworks),
        controls_path=controls_folder(file.controls_path, text),
        named_by={
            **{key: f"{text.name}: {key}" for key in ("severities", "waivers", "attestations")},
            **{each.key: origins.named_by(each.key, f"--pd-{each.name}") for each in OPTIONS},
        },
    )


def flags_inventory(origins: Origins) -> bool:
    """Tell whether the inventory is to be written: the file only says where it is."""
    return bool(origins.flags.get("pd_inventory"))


def inventory_in(found: Mapping[str, Any], origins: Origins) -> Path:
    """Return where the inventory is: as the flag says, else the file, else as usual."""
    given: Path | None = found["inventory"]
    if given is not None and given != Path(WHERE_CONFIGURED):
        return given
    named = origins.file.inventory
    return origins.text.beside(named) if named else Path(INVENTORY)


def thresholds_in(found: Mapping[str, Any], file: ConfigFile) -> dict[str, Any]:
    """Return the thresholds that were set: those of the file, and of options that win over it."""
    chosen = {option.key: found[option.key] for option in OPTIONS if option.in_baseline}
    return file.baseline | {name: value for name, value in chosen.items() if value is not None}


def how_to_read(found: Mapping[str, Any], origins: Origins) -> HowToRead:
    """Return how the account is read.

    Raises:
        UsageError: An address is none, or a credential or the personnel list is not as it must be.
    """
    flags, env = origins.flags, origins.env
    base_url = check_base_url(found["base_url"] or BASE_URLS[found["region"]])
    region = region_of(base_url, found["region"])
    return HowToRead(
        credential=credential_from(flags, env, region, token_url_of(env)),
        base_url=base_url,
        region=found["region"] if "region" in origins.places else "",
        email=found["email"],
        include_analytics=found["include_analytics"],
        concurrency=found["concurrency"],
        timeout=found["timeout"],
        limit=TimeLimit(found["max_time"], time.monotonic()) if found["max_time"] else None,
        plan=found["plan"],
        address_from=origins.in_file("base_url"),
        account=found["account"],
        roster=roster_in(found, origins),
    )


def roster_in(found: Mapping[str, Any], origins: Origins) -> Roster | None:
    """Return the personnel list; None where no flag and no file names one.

    Raises:
        UsageError: It is not as it must be.
    """
    path: Path | None = found["roster"]
    return read_roster(path, origins.named_by("roster", "--pd-roster")) if path else None
