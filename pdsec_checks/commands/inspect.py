"""``inspect``: flags in, one pytest run out.

The command has no logic of its own: every flag is one of the plugin's options. It keeps the
caller's pytest configuration out, and pytest's own output unless that is asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from pdsec_checks import NAME, __version__
from pdsec_checks.commands import COMMANDS
from pdsec_checks.commands import accounts_flags as several
from pdsec_checks.commands.console import Parser
from pdsec_checks.commands.flags import add_options, secret_from_flag
from pdsec_checks.configuration.options import (
    ACCOUNT_OPTIONS,
    OPTIONS,
    REPORT_FORMATS,
)
from pdsec_checks.garbage import rarely_searched
from pdsec_checks.suite.unused_parts import without

PACKAGE = Path(__file__).parent.parent
STEERING = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG")
"""Variables by which a user's own pytest runs are changed; none of them is about this one."""
PYTEST_CONFIG = Path(__file__).with_name("controls.toml")
NEW_OBJECTS = 100_000
"""How many more objects there are before Python looks for garbage again.

A start makes more than 50,000 until the controls are collected, as many again until a small account
is read, and keeps them: to look at them took 10 ms each time.
"""
OVERVIEW = "\n".join(f"  {name:<14} {purpose}" for name, purpose in COMMANDS.items())
DESCRIPTION = f"""Inspect the security and the on-call reliability of a PagerDuty account.

sub-commands, each with its own --help:
{OVERVIEW}"""
EXAMPLES = f"""examples:
  {NAME} --replay demo --format html --output demo.html
      without an account: see what an inspection of the demo account finds
  {NAME} --severity high --format json,csv --output reports/
      inspect the account of PAGERDUTY_API_KEY
  {NAME} --controls 5,6,PD-07 --resource 'Checkout*'
      only these controls, and only resources whose name matches
  {NAME} --framework soc2:CC7.3
      only the controls that support one requirement

variables without a flag:
  PAGERDUTY_TOKEN            a bearer token
  PAGERDUTY_CLIENT_ID, PAGERDUTY_CLIENT_SECRET, PAGERDUTY_SUBDOMAIN
                             an OAuth client
  PAGERDUTY_OAUTH_TOKEN_URL  the token endpoint, where it is not PagerDuty's own

exit codes:
  0 nothing failed   1 a control failed   2 interrupted   3 internal error
  4 usage, configuration, credential or connection   5 no control selected
  6 nothing new failed, but something could not be judged
  With --baseline only a fail that is new, or worse than before, makes it 1.
"""


def parser() -> Parser:
    """Return the parser of the command's flags."""
    made = Parser(
        prog=NAME,
        usage=f"{NAME} [sub-command] [flag ...]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
    )
    made.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    made.add_argument("-v", "--verbose", action="store_true", help="show pytest's own output")
    output = add_options(made)["output"]
    output.add_argument(
        "--format",
        metavar="NAMES",
        help=f"reports to write, separated by commas: {', '.join(REPORT_FORMATS)} (default: json; "
        "on a terminal, without --output, the summary alone)",
    )
    output.add_argument(
        "--output",
        metavar="PATH",
        help="a file or - for one format, a folder for several (default: standard output)",
    )
    several.add_options(made)
    return made


def run(given: argparse.Namespace, *also: ModuleType) -> int:
    """Run one inspection; *also* are further plugins of it."""
    made = parser()
    formats = formats_of(given)
    for name in formats:
        if name not in REPORT_FORMATS:
            made.error(f"--format: {name!r} is not one of {', '.join(REPORT_FORMATS)}")
    if not (formats or given.format is None):
        made.error(f"--format: name at least one of {', '.join(REPORT_FORMATS)}")
    several.refuse(made, given, formats)
    refuse_contradictions(made, given)
    if len(formats) > 1 and given.output in {None, "-"}:
        made.error("--format: several reports need a folder; name it with --output")
    if given.verbose and formats and given.output in {None, "-"}:
        made.error("--verbose: pytest's output needs standard output; name --output PATH")
    secret_from_flag(given)
    for name in STEERING:
        os.environ.pop(name, None)
    os.environ["PYTHONSAFEPATH"] = "1"  # workers would import what lies in the working folder
    reports = several.report_arguments if given.pd_accounts else report_arguments
    arguments = [*run_arguments(given), *reports(formats, given.output)]
    with rarely_searched(NEW_OBJECTS, from_now_on=False):
        import pytest  # only now: --help and --version need no pytest

        return int(pytest.main(arguments, plugins=[sys.modules[__name__], *also]))


def refuse_contradictions(made: Parser, given: argparse.Namespace) -> None:
    """End with a usage error where a flag of the command takes back what another asks for."""
    if given.verbose and given.pd_quiet:
        made.error(
            "--verbose and --quiet: one shows what the other silences; leave one of them out"
        )
    writes = [flag for flag in ("format", "output") if getattr(given, flag)]
    if given.pd_plan and writes:
        made.error(
            f"--plan and --{writes[0]}: a plan reads and writes nothing; leave one of them out"
        )


def formats_of(given: argparse.Namespace) -> list[str]:
    """Return the reports to write: none where somebody looks at a terminal, and named none."""
    if given.format is None and given.output is None and sys.stdout.isatty():
        return []
    named = "json" if given.format is None else given.format
    return [name.strip() for name in named.split(",") if name.strip()]


def run_arguments(given: argparse.Namespace) -> Iterator[str]:
    """Yield pytest's arguments: the controls, our configuration, our options."""
    yield from several.target_arguments(given, str(PACKAGE / "controls"))
    yield from (f"--rootdir={PACKAGE}", f"--config-file={PYTEST_CONFIG}")
    yield "--noconftest"
    yield from ("--disable-plugin-autoload", "-p", "pdsec_checks.plugin", *without())
    if not given.verbose:
        yield from ("-p", "no:terminal")
    yield from several.worker_arguments(given)
    for option in (*OPTIONS, *ACCOUNT_OPTIONS):
        value = getattr(given, option.dest)
        if value not in (None, False, []) and not option.is_secret:
            for each in value if option.repeatable else [value]:
                yield f"--pd-{option.name}" if option.is_flag else f"--pd-{option.name}={each}"


def report_arguments(formats: Sequence[str], output: str | None) -> Iterator[str]:
    """Yield pytest's arguments for the reports; none for a terminal that shows the summary."""
    if len(formats) == 1 and not several.is_folder(output, formats):
        yield f"--pd-{formats[0]}={output or '-'}"
        return
    for name in formats:
        yield f"--pd-{name}={Path(str(output)) / REPORT_FORMATS[name]}"
