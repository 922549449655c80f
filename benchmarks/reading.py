"""The ways of reading an account, each to be measured in a process of its own.

``python -m benchmarks.reading WAY URL AS_OF`` reads, and prints how much of each relation it has
read as JSON; the key is in ``PAGERDUTY_API_KEY``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from benchmarks.relations import Found, relations
from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.take_snapshot import read_account

Way = Callable[[str, str, datetime], Found]
OF_CORE = {
    name
    for control in shipped_controls()
    if control.id not in shipped_extended()
    for name in closure(control.needs)
}
READ = tuple(name for name in DATA_SETS if name in OF_CORE)
"""What an inspection reads that was told nothing: no figures, and nothing of the extended set."""


def read_ours(url: str, key: str, as_of: datetime, concurrency: int = 10) -> Found:
    """Read an account as an inspection does."""
    client = Client(url, api_key(key), timeout=60.0, concurrency=concurrency)
    snapshot = read_account(client, READ, as_of, Baseline(), concurrency=concurrency, whole=True)
    return {name: snapshot.records(name) for name in READ}


def read_in_bulk(url: str, key: str, as_of: datetime) -> Found:
    """Read with the official client in bulk."""
    from benchmarks import official  # not needed for our own way, whose memory is measured

    return official.read_in_bulk(url, key, as_of)


def read_singly(url: str, key: str, as_of: datetime) -> Found:
    """Read with the official client object by object."""
    from benchmarks import official  # as above

    return official.read_singly(url, key, as_of)


WAYS: dict[str, Way] = {
    "ours": read_ours,
    "ours-one-by-one": partial(read_ours, concurrency=1),
    "official-bulk": read_in_bulk,
    "official-singly": read_singly,
}


def main(arguments: Sequence[str]) -> None:
    """Read in one way and print the counts."""
    way, url, as_of = arguments
    found = WAYS[way](url, os.environ["PAGERDUTY_API_KEY"], datetime.fromisoformat(as_of))
    counts = {name: len(ids) for name, ids in sorted(relations(found).items())}
    sys.stdout.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
