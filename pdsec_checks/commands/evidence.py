"""``pagerduty-sec-inspector evidence``: seals recordings and reports, and verifies them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pdsec_checks import NAME
from pdsec_checks.commands import evidence_period
from pdsec_checks.commands.console import Parser, answer, sub_parser
from pdsec_checks.commands.evidence_period import add_period
from pdsec_checks.configuration.options import CONFIG_FILE, duration
from pdsec_checks.errors import UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import YEARS
from pdsec_checks.output import say, tell, wrote

if TYPE_CHECKING:
    from pdsec_checks.evidence.bundle import Bundle
    from pdsec_checks.evidence.seal import Sealed, ToSeal

EXAMPLES = f"""examples:
  {NAME} evidence seal --recording acme.yaml.gz --report inspection.json --report inspection.html \\
      --key ~/.ssh/id_ed25519 --identity audit@example.com --output evidence.zip
  {NAME} evidence verify evidence.zip --allowed-signers allowed_signers
  {NAME} evidence add locker/ --recording acme.yaml.gz --report inspection.json \\
      --key ~/.ssh/id_ed25519 --identity audit@example.com
  {NAME} evidence period locker/ --from 2026-01-01 --to 2026-12-31 \\
      --allowed-signers allowed_signers --format html,csv,oscal,json,markdown --output period/

exit codes of verify:
  0 verified   1 something differs   2 interrupted   4 usage
  6 only in part: no list of signers, no certificate of the time stamp authority, another version
  of the tool, or a report that cannot be made again

exit codes of period:
  0 evidence whenever it is expected, and nothing failed   2 interrupted   4 usage
  1 an exception in the period, or, with --rejudge, a report that its own recording refutes
  6 neither, but evidence is missing or does not hold, a control was not judged, or signatures or
  time stamps were not checked: no list of signers, no certificate of the time stamp authority
"""
WHOSE = "as which the list of allowed signers knows the key, such as audit@example.com"


def parser() -> Parser:
    """Return the parser of ``evidence``."""
    made = sub_parser("evidence", "Seal evidence, verify it, and keep it.", EXAMPLES)
    actions = made.add_subparsers(dest="action", required=True, metavar="seal|verify|add|period")
    seal = actions.add_parser("seal", help="sign a recording and the reports on it")
    add_what_to_seal(seal, required=True)
    seal.add_argument(
        "--previous", metavar="BUNDLE", type=Path, help="the bundle before, which this one follows"
    )
    seal.add_argument(
        "--output",
        "--out",
        metavar="FILE",
        type=Path,
        help="the bundle to write (default: evidence-DATE.zip, by the moment of the account)",
    )
    verify = actions.add_parser("verify", help="check bundles: files, signature, reports, chain")
    verify.add_argument(
        "bundles", metavar="BUNDLE", type=Path, nargs="+", help="bundles, oldest first, or a locker"
    )
    add_trusted(verify)
    verify.add_argument(
        "--without-judging",
        action="store_true",
        help="do not judge the recording again; the result is then one in part",
    )
    verify.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )
    add = actions.add_parser("add", help="append a bundle to a locker, sealed here or given")
    add.add_argument("locker", metavar="DIR", type=Path, help="the folder of bundles")
    add.add_argument("bundle", metavar="BUNDLE", type=Path, nargs="?", help="a sealed bundle")
    add_what_to_seal(add, required=False)
    add_period(actions, add_trusted)
    return made


def add_what_to_seal(made: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the flags that say what is sealed, by whom."""
    made.add_argument("--recording", metavar="FILE", required=required, help="the recording")
    made.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        required=required,
        help="a report on it, repeatable; one of them is the JSON report",
    )
    made.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help=f"the configuration of the run (default: {CONFIG_FILE}, if there is one)",
    )
    made.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        required=required,
        help="the SSH key to sign with; a public key where an agent has the private one",
    )
    made.add_argument("--identity", metavar="WHO", required=required, help=WHOSE)
    made.add_argument(
        "--tsa", metavar="URL", help="also have the signature time-stamped there (RFC 3161)"
    )
    made.add_argument(
        "--timeout", metavar="30s", type=duration, default=30.0, help="for its answer"
    )
    made.add_argument(
        "--at",
        metavar="MOMENT",
        type=moment,
        help="the moment of the signature: ISO 8601, in UTC where it has no offset (default: now)",
    )


def add_trusted(made: argparse.ArgumentParser) -> None:
    """Add the flags that name what comes from elsewhere than the bundle."""
    made.add_argument("--allowed-signers", metavar="FILE", type=Path, help="who may sign, by key")
    made.add_argument("--identity", metavar="WHO", help="who must have signed")
    made.add_argument("--revoked", metavar="FILE", type=Path, help="keys that count no more (KRL)")
    made.add_argument(
        "--tsa-ca", metavar="FILE", type=Path, help="certificates of the time stamp authority"
    )


def moment(text: str) -> datetime:
    """Return a moment (UTC, whole seconds); a day alone begins.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment; wanted: one such as 2026-11-29T09:00Z"
        ) from None
    if found.year not in YEARS:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment at which anybody signs")
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def run(given: argparse.Namespace) -> int:
    """Run one of the actions."""
    actions = {"seal": seal, "verify": verify, "add": add, "period": evidence_period.run}
    return actions[given.action](given)


def seal(given: argparse.Namespace) -> int:
    """Write a sealed bundle.

    Raises:
        UsageError: Something cannot be sealed, or the bundle cannot be written.
    """
    from pdsec_checks.evidence.bundle import read_bundle  # vcrpy is slow to import
    from pdsec_checks.evidence.seal import write_new

    previous = read_bundle(given.previous).sums_digest if given.previous else None
    sealed = sealed_by(given, previous)
    path = given.output or Path(f"evidence-{sealed.as_of:%Y-%m-%d}.zip")
    write_new(path, sealed.content)
    tell(wrote(path, "the sealed bundle; VERIFY.md in it says how to check it"))
    return ExitCode.PASSED


def sealed_by(given: argparse.Namespace, previous: str | None) -> Sealed:
    """Return the bundle that the flags ask for, after saying what nobody will be able to check.

    Raises:
        UsageError: Something cannot be sealed.
    """
    from pdsec_checks.evidence.seal import seal as seal_now

    sealed = seal_now(asked_by(given, previous))
    for note in sealed.notes:
        say(f"WARNING: {note}\n")
    return sealed


def asked_by(given: argparse.Namespace, previous: str | None) -> ToSeal:
    """Return what the flags ask to have sealed."""
    from pdsec_checks.evidence.seal import ToSeal

    here = Path(CONFIG_FILE)
    return ToSeal(
        recording=given.recording,
        reports=given.report,
        key=given.key.expanduser(),
        identity=given.identity,
        sealed_at=given.at or datetime.now(UTC).replace(microsecond=0),
        config=given.config or (here if here.is_file() else None),
        authority=given.tsa,
        timeout=given.timeout,
        previous=previous,
    )


def verify(given: argparse.Namespace) -> int:
    """Print what came of verifying bundles.

    Raises:
        UsageError: A file cannot be read, or what is trusted is not what it should be.
    """
    from pdsec_checks.evidence import chain  # vcrpy is slow to import
    from pdsec_checks.evidence.verify import Trusted, code_of, to_json, to_text, verified

    if given.allowed_signers is None and (given.identity or given.revoked):
        flag = "--identity" if given.identity else "--revoked"
        raise UsageError(f"{flag}: it needs the list of signers; name it by --allowed-signers")
    trusted = Trusted(given.allowed_signers, given.identity, given.revoked, given.tsa_ca)
    paths, linked = chain.bundles_of(given.bundles)
    found = [verified(path, trusted, judges=not given.without_judging) for path in paths]
    answer((to_json if given.format == "json" else to_text)(found, linked))
    return code_of([*(check for each in found for check in each.checks), *linked])


def add(given: argparse.Namespace) -> int:
    """Append a bundle to a locker, and say what is wrong with those before it.

    A broken chain keeps nobody from sealing what comes: the days to come need their evidence.

    Raises:
        UsageError: Flags are missing, or the bundle is not the locker's next one.
    """
    from pdsec_checks.evidence import locker

    wanted = ("recording", "report", "key", "identity")
    named = [f"--{each}" for each in wanted if getattr(given, each)]
    if given.bundle and named:
        raise UsageError(f"evidence add: {given.bundle} and {named[0]}: name one of them")
    if not given.bundle and (
        lacking := [f"--{each}" for each in wanted if not getattr(given, each)]
    ):
        raise UsageError(f"evidence add: name a sealed bundle, or {', '.join(lacking)}")
    if given.bundle:
        path = locker.add(given.locker, given.bundle)
    else:
        path = locker.append(given.locker, lambda last: sealed_after(given, last), "evidence add")
    tell(wrote(path, "the newest bundle of the locker"))
    for problem in locker.chain_of(given.locker).problems:
        say(f"WARNING: {given.locker}: {problem}\n")
    return ExitCode.PASSED


def sealed_after(given: argparse.Namespace, last: Bundle | None) -> Bundle:
    """Return the bundle that the flags ask for, which follows *last*.

    Raises:
        UsageError: Something cannot be sealed.
    """
    from pdsec_checks.evidence.bundle import Bundle

    sealed = sealed_by(given, last.sums_digest if last else None)
    return Bundle(Path(given.recording), sealed.files)
