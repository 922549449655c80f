"""The table of options: what a user may set, and how a text becomes a value.

Light on purpose: pytest loads it in every run of every project where the package is
installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pdsec_checks.model import (
    CORE,
    EXTENDED,
    LONGEST_PERIOD,
    LONGEST_WINDOW,
    MOST_AT_ONCE,
    MappingName,
    Severity,
)

CONFIG_FILE = "pdsec.toml"
INVENTORY = "pagerduty/inventory.txt"
WHERE_CONFIGURED = "."
"""What ``--inventory`` means alone: the file that the configuration names, or the usual one."""
LONGEST_TIMEOUT = 86_400.0
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(text: str) -> float:
    """Return the seconds of a duration such as ``30s``, ``500ms``, ``2m`` or ``45``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text.strip())
    seconds = float(match[1]) * UNITS[match[2] or "s"] if match else 0.0
    if not 0 < seconds <= LONGEST_TIMEOUT:
        raise ValueError("a duration above zero, such as 30s, 500ms or 2m, and of a day at most")
    return seconds


def up_to(most: int, what: str = "a whole number") -> Callable[[str], int]:
    """Return what reads a whole number from 1 to *most*; an error calls it *what*."""

    def read(text: str) -> int:
        number = int(text) if re.fullmatch(r"\s*0*\d{1,9}\s*", text, re.ASCII) else 0
        if not 1 <= number <= most:
            raise ValueError(f"{what} from 1 to {most}")
        return number

    return read


days = up_to(LONGEST_PERIOD, "a whole number of days")
coverage_days = up_to(LONGEST_WINDOW, "a whole number of days")
at_once = up_to(MOST_AT_ONCE)


def file_mode(text: str) -> int:
    """Return the permissions of a file that its owner can read and write, given as ``640``."""
    if not re.fullmatch(r"0?[67][0-7]{2}", text.strip()):
        raise ValueError("permissions such as 600, 640 or 644, with which you can read and write")
    return int(text, 8)


def control_id(text: str) -> str:
    """Return ``PD-05`` for ``5``, ``05``, ``pd-5`` and ``PD-05``."""
    match = re.fullmatch(r"(?:([A-Za-z]+)-?)?(\d{1,9})", text.strip())
    if not match:
        raise ValueError("control ids such as 5 or PD-05, separated by commas")
    return f"{(match[1] or 'PD').upper()}-{int(match[2]):02d}"


def control_ids(text: str) -> tuple[str, ...]:
    """Return the control ids of a list such as ``5,6,PD-07``."""
    return tuple(control_id(part) for part in text.split(",") if part.strip())


def flags_of_command(text: str) -> str:
    """Return *text* with the flags as the command has them: pytest's begin with ``--pd-``.

    A text that names both ways in has ``(pytest)`` behind the first, which stays as it is.
    """
    return re.sub(r"--pd-(?!\S+ \S+ \(pytest\))", "--", text)


def account_name(text: str) -> str:
    """Return the name of an account: no character of it means something in a path or an id."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text.strip()):
        raise ValueError("letters, digits, '.', '_' and '-', at most 63, a letter or digit first")
    return text.strip()


class Written(NamedTuple):
    """A name that somebody wrote down."""

    where: str
    """What an error calls the place."""
    name: str


@dataclass(frozen=True)
class Option:
    """One thing a user may set: its flag, its environment variable, its key in the file."""

    name: str
    help: str
    parse: Callable[[str], Any] = str
    default: Any = None
    metavar: str | None = None
    env: str | None = None
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    is_flag: bool = False
    is_secret: bool = False
    in_baseline: bool = False
    alone: str = ""
    """What its flag means without a value; empty where it must have one."""
    file_key: str = ""
    """Its key in the configuration file, where the name means something else there."""

    @property
    def dest(self) -> str:
        """The attribute that pytest's options namespace carries it under."""
        return f"pd_{self.name.replace('-', '_')}"

    @property
    def key(self) -> str:
        """Its key in the configuration file and in Settings."""
        return self.file_key or self.name.replace("-", "_")


OPTIONS = (
    Option("api-key", "API key; better kept in the environment", metavar="KEY",
           env="PAGERDUTY_API_KEY", is_secret=True),
    Option("api-key-file", "file that holds the API key, or - for standard input",
           metavar="PATH", env="PAGERDUTY_API_KEY_FILE"),
    Option("email", "address sent as From where PagerDuty asks for one", metavar="ADDRESS",
           env="PAGERDUTY_USER_EMAIL"),
    Option("base-url", "API address; plain http only on this machine", metavar="URL",
           env="PAGERDUTY_BASE_URL"),
    Option("region", "service region", choices=("us", "eu"), default="us",
           env="PAGERDUTY_REGION"),
    Option("account", "name of the account in fingerprints and categories (default: its "
           "subdomain)", account_name, None, "NAME"),
    Option("controls", "only these controls, such as 5,6,PD-07", control_ids, (), "IDS"),
    Option("skip-controls", "all controls except these", control_ids, (), "IDS"),
    Option("controls-set", "core (PD-01 to PD-25), or extended, which adds whether the phone will "
           "ring; a control that is named needs no set", default=CORE, choices=(CORE, EXTENDED)),
    Option("severity", "only controls of this severity or worse", Severity, Severity.LOW,
           choices=tuple(each.value for each in Severity)),
    Option("framework", "only controls that support a framework or a requirement, such as soc2 or "
           "soc2:CC7.3", str, (), "NAME[:ID]", repeatable=True),
    Option("resource", "only resources whose id or name matches", str, (), "GLOB",
           repeatable=True),
    Option("mapping", "framework mapping: as published, or corrected for the editions in force",
           MappingName, MappingName.SPECIFIED, choices=tuple(each.value for each in MappingName)),
    Option("granularity", "one test for each resource, one for each control, or depending on size",
           default="auto", choices=("auto", "resource", "control")),
    Option("strict", "exit with 6 if something needs a person's judgement", is_flag=True,
           default=False),
    Option("include-analytics", "add incident figures of the last 30 days", is_flag=True,
           default=False),
    Option("api-key-max-age", "days until an API key must be replaced (default: 90)", days,
           metavar="DAYS", in_baseline=True),
    Option("schedule-coverage-days", "length of the coverage window (default: 30)", coverage_days,
           metavar="DAYS", in_baseline=True),
    Option("concurrency", "number of concurrent requests", at_once, 10, "N"),
    Option("timeout", "time allowed for one request", duration, 30.0, "30s"),
    Option("max-time", "time allowed for the whole run; what has not been read by then is an error",
           duration, None, "10m"),
    Option("plan", "print the requests that a run would make and how long they would take; make "
           "none", is_flag=True, default=False),
    Option("record", "record everything that is read in this file", Path, None, "PATH"),
    Option("no-redact", "keep names, addresses and keys in the recording as they are",
           is_flag=True, default=False),
    Option("force", "overwrite an existing recording", is_flag=True, default=False),
    Option("replay", "inspect a recording: a file, or 'demo' or 'demo-compliant'", str, None,
           "PATH", env="PAGERDUTY_REPLAY"),
    Option("inventory", "write which resources there are, one a line, into a file of the "
           f"repository, whose lines SARIF results point to (default: {INVENTORY})", Path, None,
           "PATH", alone=WHERE_CONFIGURED),
    Option("sarif-location", "another file of the repository that SARIF results point to (default: "
           "the inventory)", str, None, "PATH"),
    Option("evidence-max-age", "days after which a recording is too old to pass a gate", days,
           None, "DAYS"),
    Option("roster", "CSV file of the people who belong to the company, by mail address: users who "
           "are not on it have left (PD-45)", Path, None, "PEOPLE.csv"),
    Option("baseline", "earlier JSON report: its fails are known, and only those that are new or "
           "worse make the exit code 1", Path, None, "REPORT.json",
           file_key="baseline_report"),
    Option("last-report", "JSON report of the last run: what failed there and cannot be judged now "
           "stays open in SARIF, OCSF and the like (default: the baseline)", Path, None,
           "REPORT.json"),
    Option("baseline-account-renamed", "the earlier report is about this account, under another "
           "subdomain or address", is_flag=True, default=False),
    Option("show", "also list the known fails, which the summary otherwise only counts",
           choices=("known",)),
    Option("report-mode", "permissions of the reports, such as 640 (default: those of the file "
           "that is replaced, else 600)", file_mode, None, "MODE"),
    Option("quiet", "print neither progress nor summary; only write the reports", is_flag=True,
           default=False),
    Option("isolated", "ignore the configuration of the working folder, and its controls and "
           "frameworks; a file named with --config is still read", is_flag=True, default=False),
    Option("config", f"configuration file (default: {CONFIG_FILE}, if there is one)", Path, None,
           "PATH"),
)  # fmt: skip

ACCOUNT_OPTIONS = (
    Option("accounts", "inspect every account in this file, and report them side by side", Path,
           None, "PATH"),
    Option("accounts-at-once", "accounts to read at the same time, by all workers together",
           at_once, 8, "N"),
    Option("allow-env", "variable that the accounts file may use although its name does not begin "
            "with PAGERDUTY_", str, (), "NAME", repeatable=True),
    Option("accounts-last-reports", "folder with the last report of each account, "
           "NAME/inspection.json: what failed there and cannot be judged now stays open in SARIF, "
           "OCSF and the like", Path, None, "FOLDER"),
)  # fmt: skip
"""What only a run over several accounts is told; a configuration file is about one."""
ACCOUNT_REPORT_OPTIONS = (
    Option("accounts-output", "folder for the reports side by side and those of each account",
           Path, None, "FOLDER"),
    Option("accounts-format", "formats of each account's own reports (default: json,html)",
           metavar="NAMES", default="json,html"),
)  # fmt: skip
"""The same for pytest; the command has ``--output`` and ``--format``."""

REPORT_FORMATS = {
    "json": "inspection.json",
    "csv": "inspection.csv",
    "html": "inspection.html",
    "sarif": "inspection.sarif",
    "markdown": "inspection.md",
    "action-plan": "action-plan.csv",
    "oscal": "oscal-assessment-results.json",
    "poam": "oscal-poam.json",
    "ocsf": "inspection.ocsf.jsonl",
    "hdf": "inspection.hdf.json",
    "junit": "inspection.junit.xml",
    "xlsx": "inspection.xlsx",
    "defectdojo": "inspection.defectdojo.json",
    "prometheus": "inspection.prom",
    "slack": "inspection.slack.json",
}
"""Format → its file in a folder of reports; each has a pytest option ``--pd-FORMAT PATH``."""


def report_dest(name: str) -> str:
    """Return the attribute that pytest's options namespace carries the path of a format under."""
    return f"pd_report_{name.replace('-', '_')}"


REPORT_KINDS = {
    "json": "JSON report",
    "csv": "checks as CSV",
    "html": "HTML page",
    "sarif": "SARIF for code scanning",
    "markdown": "summary in Markdown",
    "action-plan": "action plan as CSV",
    "oscal": "OSCAL assessment results",
    "poam": "OSCAL plan of action and milestones",
    "ocsf": "OCSF events",
    "hdf": "HDF results",
    "junit": "JUnit results",
    "xlsx": "Excel workbook",
    "defectdojo": "findings for DefectDojo",
    "prometheus": "figures for Prometheus",
    "slack": "message for Slack",
}
"""Format → what its file is called where a run names what it wrote."""
INVENTORY_KIND = "inventory of resources"
"""What the inventory is called there."""
BINARY = frozenset({"xlsx"})
"""The formats that are no text."""
SIDE_BY_SIDE = ("json", "html", "markdown")
"""The formats that hold several accounts."""
