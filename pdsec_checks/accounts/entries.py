"""``accounts.toml``: which accounts a run inspects, and where each one's credential is.

A key never stands in the file: an entry names the environment variable or the file that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from msgspec import Struct

from pdsec_checks.configuration.file import at_home, check_characters, tables_in
from pdsec_checks.configuration.options import INVENTORY, WHERE_CONFIGURED
from pdsec_checks.configuration.schema import convert
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.errors import UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
"""Strict, so that a key that somebody pastes here is not taken for a name, nor repeated."""
IN_CLEAR = ("api_key", "key", "token", "secret", "client_secret", "password")
SOURCES = ("api_key_env", "api_key_file", "token_env", "replay")
OURS = "PAGERDUTY_"
GRANULARITY = "control"
"""One case a control: with many accounts, pytest's price for each resource adds up."""
ONE_ACCOUNT = {
    "pd_api_key": "each account has its own key: api_key_env or api_key_file in its entry",
    "pd_api_key_file": "each account has its own key: api_key_env or api_key_file in its entry",
    "pd_base_url": "each account has an address of its own: base_url in its entry",
    "pd_region": "each account has a region of its own: region in its entry",
    "pd_email": "each account has a user of its own: email in the file that its config names",
    "pd_account": "each account has a name of its own: account in the file that its config names",
    "pd_replay": "a recording is of one account: replay in its entry",
    "pd_record": "a recording holds one account: record each in a run of its own, without accounts",
    "pd_no_redact": "a recording holds one account, and none is made with several",
    "pd_force": "a recording holds one account, and none is made with several",
    "pd_plan": "a plan is of one account: plan each in a run of its own, without accounts",
    "pd_baseline": "an earlier report is about one account: baseline_report in the file that its "
    "config names",
    "pd_last_report": "the report of a last run is about one account: name the folder with that of "
    "each by accounts-last-reports",
    "pd_baseline_account_renamed": "an earlier report is about one account: "
    "baseline_account_renamed in the file that its config names",
    "pd_show": "the summary of several accounts lists no findings; each account's own reports do",
}
"""Options that make no sense for several accounts, and what does."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[accounts]]`` table."""

    name: str
    """Shown in reports and node ids; the folder of the account's own reports."""
    region: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    """The environment variable that holds an API key."""
    api_key_file: str | None = None
    """A file that holds nothing but an API key."""
    token_env: str | None = None
    """The environment variable that holds an OAuth access token."""
    config: str | None = None
    """The account's own configuration file: thresholds, waivers, attestations."""
    replay: str | None = None
    """A recording in place of a live account: a file, ``demo`` or ``demo-compliant``."""


class AccountsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``accounts.toml`` may hold."""

    accounts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class ListedAccount:
    """One account of the run."""

    entry: Entry
    where: str
    """The file and the entry, for messages."""
    folder: Path
    """What its relative paths start from."""

    @property
    def name(self) -> str:
        """Its name in reports."""
        return self.entry.name

    def path(self, text: str) -> Path:
        """Return a path of the entry, relative to the file that it stands in.

        Raises:
            UsageError: It begins with ``~``, and there is no home folder.
        """
        return self.folder / at_home(text, f"{self.where}: the path")

    def problem(self, env: Mapping[str, str]) -> str | None:
        """Return why the credential cannot be had here; None when it can.

        The message never repeats a value: it might be a key.
        """
        for key in ("api_key_env", "token_env"):
            name = getattr(self.entry, key)
            if name and not env.get(name, "").strip():
                return f"{self.where}: {key}: the environment variable {name} is not set; export it"
        if self.entry.api_key_file:
            return self._problem_with_file(self.path(self.entry.api_key_file))
        return None

    def _problem_with_file(self, file: Path) -> str | None:
        try:
            content = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            return f"{self.where}: api_key_file {file}: {reason}"
        return None if content.strip() else f"{self.where}: api_key_file {file}: it is empty"

    def settings(self, flags: Mapping[str, Any], env: Mapping[str, str], folder: Path) -> Settings:
        """Return what the inspection of this account is told.

        *flags* (by ``Option.dest``) hold for all accounts. Of the environment nothing counts that
        is about one account: a key that lies around must not meet the wrong one.

        Raises:
            UsageError: The entry, or the configuration file that it names, is not valid.
        """
        entry = self.entry
        own = {**flags, "pd_region": entry.region, "pd_base_url": entry.base_url}
        own |= {"pd_api_key": None, "pd_api_key_file": None}
        if entry.replay:
            local = self.path(entry.replay)
            own["pd_replay"] = str(local) if local.exists() else entry.replay
        if entry.config:
            own["pd_config"] = str(self.path(entry.config))
        others = {name: value for name, value in env.items() if not name.startswith(OURS)}
        try:
            settings = load_settings(own, others | self._credential(env), folder)
        except UsageError as error:
            raise UsageError(f"{self.where}: {error}") from None
        if settings.recording.replay and not entry.replay:
            raise UsageError(
                f"{self.where}: {settings.recording.replay_from}: the account has a credential, "
                "and a recording would be judged in its place; write replay into its entry, "
                "without a credential, or remove it from the file"
            )
        return self._as_one_of_many(settings)

    def _as_one_of_many(self, settings: Settings) -> Settings:
        """Return the settings with what differs where there are many accounts."""
        inventory = settings.inventory
        if not self.entry.config or inventory == Path(INVENTORY):  # that of all accounts
            own_file = inventory.parent / self.entry.name / inventory.name
            settings = replace(settings, inventory=own_file)
        if self.entry.base_url:
            named_by = f"{self.where}: base_url"
            settings = replace(settings, reading=replace(settings.reading, address_from=named_by))
        if "granularity" in settings.explicit:
            return settings
        return replace(settings, selection=replace(settings.selection, granularity=GRANULARITY))

    def _credential(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return the one variable of ours that holds the credential of this account."""
        entry = self.entry
        if entry.token_env:
            return {"PAGERDUTY_TOKEN": env.get(entry.token_env, "")}
        if entry.api_key_env:
            return {"PAGERDUTY_API_KEY": env.get(entry.api_key_env, "")}
        if entry.api_key_file:
            text = self.path(entry.api_key_file).read_text(encoding="utf-8")
            return {"PAGERDUTY_API_KEY": text.strip()}
        return {}


def read_text(path: Path) -> str:
    """Return the content of a file of accounts.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"--accounts {path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"--accounts {path}: {error}") from None


def read_accounts(path: Path, text: str, allowed: Collection[str] = ()) -> list[ListedAccount]:
    """Return the accounts that the *text* of the file *path* names, in its order.

    *allowed* are the variables that it may name, besides ``PAGERDUTY_*``.

    Raises:
        UsageError: It is not valid; the message names the entry and the way out.
    """
    plain = tables_in(text, f"--accounts {path}")
    check_characters(plain, str(path))
    tables = convert(plain, AccountsFile, str(path)).accounts
    if not tables:
        raise UsageError(
            f'{path}: it names no account; write [[accounts]] with name = "…" and api_key_env = "…"'
        )
    found = [one(table, number, path) for number, table in enumerate(tables)]
    for account in found:
        check_variable(account, allowed)
    check_names(found)
    return found


def one(table: dict[str, Any], number: int, path: Path) -> ListedAccount:
    """Return one account.

    Raises:
        UsageError: Its entry is not valid.
    """
    name = table.get("name")
    where = f"{path}: accounts[{number}]" + (f" ({name})" if is_name(name) else "")
    for key in IN_CLEAR:
        if key in table:
            raise UsageError(
                f"{where}: {key}: a secret does not belong in this file; keep it in an "
                'environment variable and write api_key_env = "NAME_OF_THE_VARIABLE"'
            )
    entry = convert(table, Entry, where)
    if not is_name(name):
        raise UsageError(
            f"{where}: name: wanted are letters, digits, '.', '_' and '-', at most 64, a letter "
            "or digit first"
        )
    check_source(entry, where)
    return ListedAccount(entry, where, path.parent)


def is_name(name: object) -> bool:
    """Tell whether *name* may stand in a node id and be the name of a folder."""
    return isinstance(name, str) and bool(NAME.fullmatch(name))


def check_source(entry: Entry, where: str) -> None:
    """Make sure that an entry says in one way where its data come from.

    Raises:
        UsageError: It does not.
    """
    given = [key for key in SOURCES if getattr(entry, key)]
    if len(given) != 1:
        found = f"it has {' and '.join(given)}" if given else "it has none"
        raise UsageError(f"{where}: exactly one of {', '.join(SOURCES)} is needed; {found}")
    for key in ("api_key_env", "token_env"):
        variable = getattr(entry, key)
        if variable and not VARIABLE.fullmatch(variable):
            raise UsageError(
                f"{where}: {key}: not the name of an environment variable (capital letters, "
                "digits and _); the key itself does not belong in this file"
            )


def check_variable(account: ListedAccount, allowed: Collection[str]) -> None:
    """Refuse a variable that nobody meant for this tool: an entry could send it anywhere.

    Raises:
        UsageError: Its name does not begin with ``PAGERDUTY_``, and is not among the *allowed*.
    """
    for key in ("api_key_env", "token_env"):
        variable = getattr(account.entry, key)
        if variable and not variable.startswith(OURS) and variable not in allowed:
            raise UsageError(
                f"{account.where}: {key}: {variable} does not begin with {OURS}, and whoever "
                "writes this file decides where its content is sent; rename the variable, or "
                f"allow it: --pd-allow-env {variable}"
            )


def check_names(accounts: list[ListedAccount]) -> None:
    """Make sure that no two accounts share a name, whatever its case: names become folders.

    Raises:
        UsageError: Two do.
    """
    seen: dict[str, ListedAccount] = {}
    for account in accounts:
        before = seen.setdefault(account.name.casefold(), account)
        if before is not account:
            raise UsageError(
                f"{account.where}: the name is taken already by {before.where}; give it another"
            )


def check_options(flags: Mapping[str, Any]) -> None:
    """Refuse an option that is about one account.

    Raises:
        UsageError: One was given.
    """
    if flags.get("pd_inventory") not in {None, WHERE_CONFIGURED}:
        raise UsageError(
            "--accounts and --inventory=PATH: an inventory is of one account; write --inventory "
            "alone, for pagerduty/NAME/inventory.txt or the inventory in the file that its config "
            "names"
        )
    for dest, way_out in ONE_ACCOUNT.items():
        if flags.get(dest):
            option = dest.removeprefix("pd_").replace("_", "-")
            raise UsageError(f"--accounts and --{option}: {way_out}")
