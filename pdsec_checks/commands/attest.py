"""``pagerduty-sec-inspector attest``: vouch for what the API cannot show, until a given day."""

from __future__ import annotations

import argparse

from pdsec_checks import NAME
from pdsec_checks.commands import deciding
from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.model import ACCOUNT

EXAMPLES = f"""examples:
  {NAME} attest PD-01 --until 2027-05-01 --who "head of IT" \\
      --statement "password login is switched off; seen in Account Settings"
  {NAME} attest PD-13 PUSER1:ab12 --until 2027-01-31 --who "head of IT" \\
      --statement "made in December; seen under API Access Keys"

An attestation turns "manual" into a pass, and affects neither a fail nor an error. The table
max_attestation_days of the configuration file sets how long it may last.
"""


def parser() -> Parser:
    """Return the parser of ``attest``."""
    made = sub_parser(
        "attest",
        "Vouch for what the API cannot show, until a given day: write an attestation.",
        EXAMPLES,
    )
    made.add_argument("control", help="such as PD-01")
    made.add_argument(
        "resource",
        nargs="?",
        default=ACCOUNT,
        help="its id, or a pattern of ids (default: account); with --report also the fingerprint "
        "of a finding",
    )
    made.add_argument("--who", required=True, metavar="WHO", help="who vouches for it")
    made.add_argument("--statement", required=True, metavar="TEXT", help="what was seen, and where")
    made.add_argument(
        "--when",
        metavar="DAY",
        help="day on which it was seen, and from which it is valid (default: today)",
    )
    deciding.add_shared_flags(made)
    return made


def run(given: argparse.Namespace) -> int:
    """Write an attestation into the configuration file."""
    from pdsec_checks.configuration.decisions import Attestation  # msgspec is not needed for --help

    attestation = Attestation(
        control=deciding.control(given.control),
        resource=given.resource,
        who=deciding.words(given.who, "--who"),
        when=deciding.day(given.when, "--when") if given.when else deciding.today(),
        until=deciding.day(given.until, "--until"),
        statement=deciding.words(given.statement, "--statement"),
    )
    return deciding.decide(attestation, given)
