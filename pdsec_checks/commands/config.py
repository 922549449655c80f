"""``pagerduty-sec-inspector config``: writes, shows, checks and suggests the configuration."""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks import NAME, configuration
from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.commands.deciding import can_match, today
from pdsec_checks.commands.flags import add_connection, add_options
from pdsec_checks.configuration.options import CONFIG_FILE
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.output import say, tell, write, wrote

if TYPE_CHECKING:
    from pdsec_checks.configuration.decisions import Decision

TEMPLATE = Path(configuration.__file__).parent / CONFIG_FILE
LONGEST_VALUE = 40
"""Characters of a value up to which the columns stay in line."""
EXAMPLES = f"""examples:
  {NAME} config init
  {NAME} config show --severity high
      the merged settings, and whether flag, environment, file or default sets each
  {NAME} config check
      every problem of the file, not only the first, and what a run will warn of
  {NAME} config suggest > suggested.toml
      the hosts of webhooks and the domains of users that the account has, as lists to choose from
"""
READING = (
    *("api-key", "api-key-file", "email", "base-url", "region", "concurrency", "timeout"),
    *("max-time", "replay", "quiet", "isolated", "config"),
)
"""The options of an inspection that ``suggest`` takes."""
SUGGESTING = """It reads what PD-34, PD-36 and PD-44 read, all of it with GET, and changes
nothing: copy what you know into the configuration. Of a mail address only the domain is printed.

exit codes:
  0 the lists are complete   2 interrupted   4 usage, configuration, credential or connection
  6 something could not be read, or listed; the comments say what
"""


def parser() -> Parser:
    """Return the parser of ``config``."""
    made = sub_parser("config", "Write, show, check or suggest the configuration.", EXAMPLES)
    actions = made.add_subparsers(dest="action", required=True, metavar="init|show|check|suggest")
    init = actions.add_parser("init", help=f"write a {CONFIG_FILE} with every key explained")
    init.add_argument("--force", action="store_true", help=f"overwrite an existing {CONFIG_FILE}")
    show = actions.add_parser(
        "show",
        help="print the merged settings, and where each comes from; takes the flags of inspect",
        usage=f"{NAME} config show [flag ...]",
    )
    add_options(show)
    check = actions.add_parser("check", help="list everything that is wrong with a configuration")
    check.add_argument(
        "path", nargs="*", type=Path, help=f"files (default: {CONFIG_FILE}, or pyproject.toml)"
    )
    check.add_argument(
        "--config", action="append", default=[], type=Path, metavar="PATH", help="the same as PATH"
    )
    suggest = actions.add_parser(
        "suggest",
        help="print lists that only you can fill, with what the account has, as TOML",
        epilog=SUGGESTING,
    )
    add_connection(suggest, *READING)
    return made


def run(given: argparse.Namespace) -> int:
    """Run one of the actions."""
    if given.action == "init":
        return init(Path.cwd(), force=given.force)
    if given.action == "suggest":
        from pdsec_checks.commands import suggest  # reads an account

        return suggest.run(given)
    return show(given) if given.action == "show" else check([*given.path, *given.config])


def init(folder: Path, *, force: bool) -> int:
    """Write a configuration in which every key is explained and none is set.

    Raises:
        UsageError: There is one already, or it cannot be written.
    """
    from pdsec_checks.configuration.file import find_config

    file = folder / CONFIG_FILE
    if file.exists() and not force:
        raise UsageError(f"{file} is there already; --force replaces it")
    if not file.exists() and (found := find_config(None, folder)).path:
        raise UsageError(f"{found.name} already configures the inspection; use that")
    try:
        write(file, TEMPLATE.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    tell(wrote(file, "every key with its explanation; remove the # of those that you want"))
    return ExitCode.PASSED


def show(given: argparse.Namespace) -> int:
    """Print the merged settings."""
    from pdsec_checks.configuration.explain import explain

    lines = explain(vars(given))
    keys = max(len(line.key) for line in lines)
    values = max(min(len(line.value), LONGEST_VALUE) for line in lines)
    for line in lines:
        tell(f"{line.key:<{keys}}  {line.value:<{values}}  {line.origin}\n")
    return ExitCode.PASSED


def check(paths: list[Path]) -> int:
    """Print every problem of the files, and what a run would warn of; 4 when there is a problem."""
    files: list[Path | None] = [*paths] or [None]
    found = {path: problems(path) for path in files}
    warned = [text for path, wrong in found.items() if not wrong for text in warnings(path)]
    for problem in itertools.chain.from_iterable(found.values()):
        say(f"ERROR: {problem}\n")
    for text in warned:
        say(f"WARNING: {text}\n")
    if any(found.values()):
        return ExitCode.USAGE_ERROR
    said = "a run can use it, and will warn of this" if warned else "nothing is wrong"
    sys.stdout.write(f"{said}\n")
    return ExitCode.PASSED


def problems(path: Path | None) -> list[str]:
    """Return what is wrong with one file; that it cannot be read hides no problem of another."""
    from pdsec_checks.catalogue.config_check import problems_of

    try:
        return problems_of(path, Path.cwd()) or earlier_report(path)
    except UsageError as error:
        return [str(error)]


def warnings(path: Path | None) -> list[str]:
    """Return what a run with a file that has no problem will warn of, whatever the account holds.

    That is its address, its recording, and each waiver or attestation that needs somebody.
    """
    from pdsec_checks.catalogue.organisation import Organisation
    from pdsec_checks.configuration.settings import load_settings
    from pdsec_checks.judging.waivers import foreseen

    settings = load_settings({"pd_config": path}, {}, Path.cwd())
    here = Organisation.of(path, Path.cwd())
    severities = {each.id: here.severity(each) for each in here.controls}

    def is_possible(entry: Decision) -> bool:
        return can_match(entry, here.control(entry.control))

    said = (settings.reading.address_notice, settings.replay_notice)
    decisions = settings.decided.decisions
    return [*filter(None, said), *foreseen(decisions, severities, today(), is_possible)]


def earlier_report(path: Path | None) -> list[str]:
    """Return nothing, once the reports that the file names were read: baseline, last run.

    Raises:
        UsageError: A run could not read it either.
    """
    from pdsec_checks.configuration.schema import read_config
    from pdsec_checks.reports.earlier import read_report  # slow to import

    file, text = read_config(path, Path.cwd())
    named = {"baseline_report": file.baseline_report, "last_report": file.last_report}
    for key, path_there in named.items():
        if path_there:
            read_report(text.beside(path_there), f"{text.name}: {key}")
    return []
