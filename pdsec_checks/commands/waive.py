"""``pagerduty-sec-inspector waive``: accept a fail until a given day."""

from __future__ import annotations

import argparse

from pdsec_checks import NAME
from pdsec_checks.commands import deciding
from pdsec_checks.commands.console import Parser, sub_parser

EXAMPLES = f"""examples:
  {NAME} waive PD-22 PABC123 --until 2027-03-31 --reason "retired in spring"
  {NAME} waive PD-13 'PUSER1:*' --until 2027-01-31 \\
      --reason "keys move to the new vault in January" --approved-by "head of IT"
  {NAME} waive PD-22 PABC123 --until 2027-03-31 --reason "retired in spring" \\
      --report inspection.json
      refused where that report has no such fail

A waiver is valid from today. How long it may last depends on the severity of the control; the table
max_waiver_days of the configuration file sets the limits.
"""


def parser() -> Parser:
    """Return the parser of ``waive``."""
    made = sub_parser("waive", "Accept a fail until a given day: write a waiver.", EXAMPLES)
    made.add_argument("control", help="such as PD-05")
    made.add_argument(
        "resource",
        help="its id, a pattern of ids, or account; with "
        "--report also the fingerprint of a finding",
    )
    made.add_argument("--reason", required=True, metavar="TEXT", help="why it is accepted")
    made.add_argument(
        "--approved-by", metavar="WHO", help="who accepts it (default: your login name)"
    )
    made.add_argument(
        "--when",
        metavar="DAY",
        help="day on which it was accepted, and from which it counts (default: today)",
    )
    deciding.add_shared_flags(made)
    return made


def run(given: argparse.Namespace) -> int:
    """Write a waiver into the configuration file."""
    from pdsec_checks.configuration.decisions import Waiver  # msgspec is not needed for --help

    approved_by = deciding.login_name() if given.approved_by is None else given.approved_by
    waiver = Waiver(
        control=deciding.control(given.control),
        resource=given.resource,
        reason=deciding.words(given.reason, "--reason"),
        approved_by=deciding.words(approved_by, "--approved-by"),
        expires=deciding.day(given.until, "--until"),
        accepted=deciding.day(given.when, "--when") if given.when else deciding.today(),
    )
    return deciding.decide(waiver, given)
