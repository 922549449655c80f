"""The command's flags for several accounts, and pytest's arguments for them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from pdsec_checks.commands.console import Parser
from pdsec_checks.configuration.options import ACCOUNT_OPTIONS, SIDE_BY_SIDE
from pdsec_checks.model import MOST_AT_ONCE


def add_options(made: Parser) -> None:
    """Add the flags of a run over several accounts, below a heading of their own."""
    from pdsec_checks.commands.flags import add_option  # it imports this module

    group = made.add_argument_group("several accounts")
    for option in ACCOUNT_OPTIONS:
        add_option(group, option)
    group.add_argument(
        "--workers", type=int, metavar="N", help="processes that share the accounts (pytest-xdist)"
    )
    group.add_argument(
        "--tx", action="append", metavar="SPEC", help="a worker elsewhere, as pytest-xdist names it"
    )


def refuse(made: Parser, given: argparse.Namespace, formats: Sequence[str]) -> None:
    """End with a usage error where flags contradict each other.

    Raises:
        UsageError: One of them is about a single account.
    """
    if not given.pd_accounts:
        for flag in ("workers", "tx"):
            if getattr(given, flag) is not None:
                made.error(
                    f"--{flag}: workers share several accounts (--accounts PATH); one account is "
                    "read by threads, see --concurrency"
                )
        return
    from pdsec_checks.accounts.entries import check_options  # heavy: only where there are accounts

    check_options(vars(given))
    if given.workers is not None and not 1 <= given.workers <= MOST_AT_ONCE:
        made.error(f"--workers: a whole number from 1 to {MOST_AT_ONCE}")
    if given.workers and given.tx:
        made.error("--workers and --tx: --tx says how many workers there are; choose one")
    if not is_folder(given.output, formats):
        alone = [name for name in formats if name not in SIDE_BY_SIDE]
        if alone:
            made.error(
                f"--format {alone[0]}: this report is about one account; name a folder for those "
                "of each account with --output FOLDER/"
            )


def is_folder(output: str | None, formats: Sequence[str]) -> bool:
    """Tell whether the reports go to a folder: several always do."""
    if output in {None, "-"}:
        return False
    return len(formats) > 1 or output.endswith("/") or Path(output).is_dir()


def report_arguments(formats: Sequence[str], output: str | None) -> Iterator[str]:
    """Yield pytest's arguments for the reports: side by side, and each account's own."""
    if is_folder(output, formats):
        yield f"--pd-accounts-output={output}"
        yield f"--pd-accounts-format={','.join(formats)}"
    elif formats:
        yield f"--pd-{formats[0]}={output or '-'}"


def target_arguments(given: argparse.Namespace, folder: str) -> Iterator[str]:
    """Yield pytest's arguments for the controls; for workers elsewhere a name, not a path."""
    if given.tx:
        yield from ("--pyargs", "pdsec_checks.controls")
    else:
        yield folder


def worker_arguments(given: argparse.Namespace) -> Iterator[str]:
    """Yield xdist's arguments: it distributes the accounts, one group at a time."""
    if given.workers:
        yield from ("-n", str(given.workers))
    for spec in given.tx or ():
        yield f"--tx={spec}"
    if given.workers or given.tx:
        yield from ("-p", "xdist.plugin", "--dist=loadgroup")
