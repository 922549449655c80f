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

from pdsec_checks import __version__
from pdsec_checks.accounts import command as several
from pdsec_checks.commands import COMMANDS
from pdsec_checks.commands.console import PROGRAM, Parser
from pdsec_checks.options import ACCOUNT_OPTIONS, OPTIONS, REPORT_FORMATS, Option

PACKAGE = Path(__file__).parent.parent
OVERVIEW = "\n".join(f"  {name:<14} {purpose}" for name, purpose in COMMANDS.items())
EXAMPLES = f"""sub-commands, each with its own --help:
{OVERVIEW}

examples:
  {PROGRAM} --replay demo --format html --output demo.html
  {PROGRAM} --severity high --format json,csv --output reports/
  {PROGRAM} --controls 5,6,PD-07 --framework soc2:CC7.3

exit codes:
  0 nothing failed   1 a control failed   2 interrupted   3 internal error
  4 usage, configuration, credential or connection   5 no control selected
  6 nothing failed, but something could not be judged
"""


def parser() -> Parser:
    """Return the parser of the command's flags."""
    made = Parser(
        prog=PROGRAM,
        description="Inspect the security and the on-call reliability of a PagerDuty account.",
        epilog=EXAMPLES,
    )
    made.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    made.add_argument("-v", "--verbose", action="store_true", help="show pytest's own output")
    made.add_argument(
        "--format",
        default="json",
        metavar="NAMES",
        help=f"reports to write, separated by commas: {', '.join(REPORT_FORMATS)} (default: json)",
    )
    made.add_argument(
        "--output",
        metavar="PATH",
        help="a file or - for one format, a folder for several (default: standard output)",
    )
    for option in (*OPTIONS, *ACCOUNT_OPTIONS):
        add_option(made, option)
    made.add_argument(
        "--workers", type=int, metavar="N", help="processes that share the accounts (pytest-xdist)"
    )
    made.add_argument(
        "--tx", action="append", metavar="SPEC", help="a worker elsewhere, as pytest-xdist names it"
    )
    return made


def add_option(made: Parser, option: Option) -> None:
    """Add the flag of one option; its value is checked where the plugin reads it."""
    text = f"{option.help} [{option.env}]" if option.env else option.help
    flag = f"--{option.name}"
    if option.is_flag:
        made.add_argument(flag, dest=option.dest, action="store_true", help=text)
    elif option.choices:
        made.add_argument(flag, dest=option.dest, choices=option.choices, help=text)
    else:
        action = "append" if option.repeatable else "store"
        made.add_argument(flag, dest=option.dest, action=action, metavar=option.metavar, help=text)


def run(given: argparse.Namespace) -> int:
    """Run one inspection."""
    made = parser()
    formats = [name.strip() for name in given.format.split(",") if name.strip()]
    for name in formats:
        if name not in REPORT_FORMATS:
            made.error(f"--format: {name!r} is not one of {', '.join(REPORT_FORMATS)}")
    several.refuse(made, given, formats)
    if len(formats) > 1 and given.output in {None, "-"}:
        made.error("--format: several reports need a folder; name it with --output")
    if given.verbose and given.output in {None, "-"}:
        made.error("--verbose: pytest's output needs standard output; name --output PATH")
    if given.pd_api_key:
        sys.stderr.write(
            f"{PROGRAM}: warning: other users of this machine can see a key on the command "
            "line; set PAGERDUTY_API_KEY instead\n"
        )
        os.environ["PAGERDUTY_API_KEY"] = given.pd_api_key
    os.environ.pop("PYTEST_ADDOPTS", None)
    import pytest  # only now: --help and --version need no pytest

    reports = several.report_arguments if given.pd_accounts else report_arguments
    return int(pytest.main([*run_arguments(given), *reports(formats, given.output)]))


def run_arguments(given: argparse.Namespace) -> Iterator[str]:
    """Yield pytest's arguments: the controls, our configuration, our options."""
    yield from several.target_arguments(given, str(PACKAGE / "controls"))
    yield from (f"--rootdir={PACKAGE}", f"--config-file={PACKAGE / 'controls.toml'}")
    yield from ("-p", "no:cacheprovider")
    if not given.verbose:
        yield from ("-p", "no:terminal")
    yield from several.worker_arguments(given)
    for option in (*OPTIONS, *ACCOUNT_OPTIONS):
        value = getattr(given, option.dest)
        if value and not option.is_secret:
            for each in value if option.repeatable else [value]:
                yield f"--pd-{option.name}" if option.is_flag else f"--pd-{option.name}={each}"


def report_arguments(formats: Sequence[str], output: str | None) -> Iterator[str]:
    """Yield pytest's arguments for the reports."""
    is_folder = output is not None and (output.endswith("/") or Path(output).is_dir())
    if len(formats) == 1 and not is_folder:
        yield f"--pd-{formats[0]}={output or '-'}"
        return
    for name in formats:
        yield f"--pd-{name}={Path(str(output)) / REPORT_FORMATS[name]}"
