"""What a run over several accounts was told on the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.accounts.entries import ListedAccount, check_options, read_accounts, read_text
from pdsec_checks.configuration.file import ConfigText
from pdsec_checks.configuration.needs import FILE, SARIF, check_needs, reports_in
from pdsec_checks.configuration.options import (
    ACCOUNT_OPTIONS,
    ACCOUNT_REPORT_OPTIONS,
    CONFIG_FILE,
    OPTIONS,
    REPORT_FORMATS,
    SIDE_BY_SIDE,
    report_dest,
)
from pdsec_checks.configuration.schema import ConfigFile
from pdsec_checks.configuration.settings import Origins, Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.suite.own_controls import Additions

REPORT_MODE = next(option for option in OPTIONS if option.name == "report-mode")
LAST_REPORTS = "--pd-accounts-last-reports"
TEXT = "pdsec_accounts"
"""What the controller calls the file of accounts that it sends to a worker of xdist."""


@dataclass(frozen=True)
class Given:
    """The accounts, and what is to be made of them."""

    accounts: list[ListedAccount]
    text: str
    """The file of accounts; it holds no secret."""
    at_once: int
    """How many accounts are read at the same time, by all workers together."""
    output: Path | None
    formats: tuple[str, ...]
    """The formats of each account's own reports; none where they go nowhere."""
    flags: dict[str, Any]
    """What was set for all accounts, by ``Option.dest``."""
    folder: Path
    """The working folder."""
    last_reports: Path | None
    """The folder with the last report of each account."""
    controls_path: Path | None
    """The folder of own controls; they are collected once, for all accounts."""
    report_mode: int | None
    """The permissions of reports; None: as the file that they replace, else for their owner."""

    @classmethod
    def of(cls, config: pytest.Config) -> Given:
        """Read the options and the file of accounts.

        Raises:
            UsageError: One of them is not valid.
        """
        flags, folder = dict(vars(config.option)), config.invocation_params.dir
        check_options(flags)
        origins = Origins(flags, {}, ConfigFile(), ConfigText({}, None))
        options = (*ACCOUNT_OPTIONS, *ACCOUNT_REPORT_OPTIONS)
        found = {option.key: origins.value(option) for option in options}
        output = found["accounts_output"]
        check_reports(flags)
        path = found["accounts"]
        # a worker may run where there is no such file
        text = getattr(config, "workerinput", {}).get(TEXT) or read_text(path)
        accounts = read_accounts(path, text, found["allow_env"])
        formats = format_names(found["accounts_format"]) if output else ()
        there = {key for key, value in found.items() if value} | {*reports_in(flags)}
        check_needs(flags, there | {*provided(accounts, formats)})
        return cls(
            accounts=accounts,
            text=text,
            at_once=found["accounts_at_once"],
            output=output,
            formats=formats,
            flags=flags,
            folder=folder,
            last_reports=existing(found["accounts_last_reports"]),
            controls_path=Additions.of(config).controls_path,
            report_mode=Origins.gather(flags, {}, folder).value(REPORT_MODE),
        )

    def settings(self, account: ListedAccount) -> Settings:
        """Return what the inspection of an account is told.

        Raises:
            UsageError: Its entry, or a file that it names, is not valid.
        """
        settings = account.settings(self.flags, os.environ, self.folder)
        self._check_own_controls(account, settings)
        return self._with_last_report(account, settings)

    def _with_last_report(self, account: ListedAccount, settings: Settings) -> Settings:
        """Return the settings with the last report of an account that names none of its own."""
        if self.last_reports is None or settings.decided.last_report:
            return settings
        file = self.last_reports / account.name / REPORT_FORMATS["json"]
        if not file.is_file():  # it was added, or was not judged yet
            return settings
        decided = replace(settings.decided, last_report=file, last_named_by=LAST_REPORTS)
        return replace(settings, decided=decided)

    def _check_own_controls(self, account: ListedAccount, settings: Settings) -> None:
        """Refuse own controls that nobody collects: they would be missing without a word."""
        own, common = settings.controls_path, self.controls_path
        if own and not (common and own.resolve() == common.resolve()):
            raise UsageError(
                f"{account.where}: {settings.config_path}: controls_path: own controls are the "
                f"same for all accounts; name the folder in {self.folder / CONFIG_FILE} instead"
            )


def existing(folder: Path | None) -> Path | None:
    """Return the folder of the last reports.

    Raises:
        UsageError: It is not there; every fail that cannot be judged now would seem to be fixed.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"{LAST_REPORTS} {folder}: there is no such folder; it is the folder accounts beside "
            "the accounts.json of the last run. Leave the flag out in a first run"
        )
    return folder


def provided(accounts: Iterable[ListedAccount], formats: Sequence[str]) -> Iterator[str]:
    """Yield what some account gives a meaning to: a recording, reports of its own in *formats*."""
    if any(account.entry.replay for account in accounts):
        yield "replay"
    if formats:
        yield FILE
    if "sarif" in formats:
        yield SARIF


def format_names(text: str) -> tuple[str, ...]:
    """Return the names of a list such as ``json,html``.

    Raises:
        UsageError: One of them is no format.
    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in REPORT_FORMATS:
            raise UsageError(
                f"--pd-accounts-format: {name!r} is not one of {', '.join(REPORT_FORMATS)}"
            )
    return names


def check_reports(flags: dict[str, Any]) -> None:
    """Refuse a report that can only be about one account.

    Raises:
        UsageError: One was asked for.
    """
    for name in REPORT_FORMATS:
        if name not in SIDE_BY_SIDE and flags.get(report_dest(name)):
            raise UsageError(
                f"--pd-{name}: this report is about one account; write it for each with "
                f"--pd-accounts-output FOLDER --pd-accounts-format {name}"
            )
