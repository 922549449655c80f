"""``pagerduty-sec-inspector diff``: what changed between two reports."""

from __future__ import annotations

import argparse
from pathlib import Path

from pdsec_checks import NAME
from pdsec_checks.commands.console import Parser, answer, sub_parser
from pdsec_checks.commands.flags import add_connection
from pdsec_checks.exit_codes import ExitCode

EXAMPLES = f"""examples:
  {NAME} diff monday.json today.json
  {NAME} diff monday.json today.json --all
  {NAME} diff monday.json today.json --format json

exit codes:
  0 nothing new, nothing worse   1 a fail is new, or worse than before   2 interrupted
  4 usage   6 nothing new, but what was judged before is not judged now
"""


def parser() -> Parser:
    """Return the parser of ``diff``."""
    made = sub_parser("diff", "Show what changed between two JSON reports.", EXAMPLES)
    made.add_argument("old", metavar="OLD", type=Path, help="the older report")
    made.add_argument("new", metavar="NEW", type=Path, help="the newer report")
    made.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )
    made.add_argument(
        "--all", action="store_true", help="also list what did not change; JSON always does"
    )
    add_connection(made, "baseline-account-renamed")
    return made


def run(given: argparse.Namespace) -> int:
    """Print what changed; it is a failure where a fail is new, or got worse.

    Where nothing is, but something is not judged any more, it ends as an inspection does.
    """
    from pdsec_checks.reports.differences import compare, to_json, to_text  # heavy
    from pdsec_checks.reports.earlier import read_report

    old, new = read_report(given.old, "diff"), read_report(given.new, "diff")
    renamed = given.pd_baseline_account_renamed
    comparison = compare(old, new, f"diff {given.old} {given.new}", renamed=renamed)
    is_json = given.format == "json"
    answer(to_json(comparison) if is_json else to_text(comparison, everything=given.all))
    if comparison.is_worse:
        return ExitCode.FAILED
    return ExitCode.NOT_JUDGED if comparison.sees_less else ExitCode.PASSED
