"""``pagerduty-sec-inspector diff``: what changed between two reports."""

from __future__ import annotations

import argparse
from pathlib import Path

from pdsec_checks import NAME
from pdsec_checks.commands.console import Parser, answer, sub_parser
from pdsec_checks.exit_codes import ExitCode

EXAMPLES = f"""examples:
  {NAME} diff monday.json today.json
  {NAME} diff monday.json today.json --format json

exit codes: 0 nothing appeared   1 something fails that did not fail before   4 usage
"""


def parser() -> Parser:
    """Return the parser of ``diff``."""
    made = sub_parser("diff", "Tell what changed between two JSON reports.", EXAMPLES)
    made.add_argument("old", metavar="OLD", type=Path, help="the older report")
    made.add_argument("new", metavar="NEW", type=Path, help="the newer report")
    made.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )
    return made


def run(given: argparse.Namespace) -> int:
    """Print what changed; it is a failure where something appeared."""
    from pdsec_checks.reports.differences import Kind, compare, to_json, to_text  # heavy
    from pdsec_checks.reports.earlier import read_report

    old, new = read_report(given.old, "diff"), read_report(given.new, "diff")
    comparison = compare(old, new, f"diff {given.old} {given.new}")
    answer(to_json(comparison) if given.format == "json" else to_text(comparison))
    return ExitCode.FAILED if comparison.of(Kind.APPEARED) else ExitCode.PASSED
