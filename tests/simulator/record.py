"""Records the demo accounts that ship with the package, with the tool's own recorder.

``python -m tests.simulator.record`` writes ``cassettes/``; with ``--check`` it compares, and
exits with 1 when a file is not what it would write. The accounts are made up, so nothing is
replaced by pseudonyms.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pdsec_checks.configuration.credentials import Credential
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.pagerduty.access.credential import identify, name_of
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator import Fault, run
from tests.simulator.account import Account
from tests.simulator.accounts import NAMED

AS_OF = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The moment at which the demo accounts stand still."""
FOLDER = Path(__file__).parents[2] / "cassettes"


def record(
    account: Account, path: Path, faults: Sequence[Fault] = (), as_of: datetime = AS_OF
) -> None:
    """Record an account as of a moment, served with *faults*, to *path*."""
    with run(account, faults=faults) as simulator:
        flags = {"pd_base_url": simulator.url, "pd_api_key": simulator.api_key}
        settings = load_settings(flags | {"pd_no_redact": True, "pd_include_analytics": True}, {})
        assert isinstance(settings.reading.credential, Credential)
        client = Client(settings.reading.base_url, settings.reading.credential)
        kind = name_of(identify(client, settings), settings)  # asked before, as a run does
        with recording.recorded(client, path, settings) as recorder:
            snapshot = read_account(client, DATA_SETS, as_of, settings.decided.baseline)
            recorder.describe(replace(snapshot, credential=kind))


def main(arguments: list[str]) -> int:
    """Write the recordings, or compare them with ``--check``."""
    stale = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in recording.SHIPPED:
            kept = FOLDER / f"{name}.yaml"
            fresh = Path(folder) / kept.name
            record(NAMED[name.replace("-", "_")](AS_OF), fresh)
            if kept.exists() and kept.read_bytes() == fresh.read_bytes():
                continue
            stale += 1
            if "--check" in arguments:
                sys.stdout.write(f"out of date: cassettes/{kept.name}; run {__spec__.name}\n")
            else:
                kept.write_bytes(fresh.read_bytes())
    return int(stale > 0 and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
