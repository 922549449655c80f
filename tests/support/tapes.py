"""Records simulated accounts and replays the recordings, without a process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.configuration.credentials import Credential
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator import Simulator
from tests.support import reading
from tests.support.reading import Verdicts


def tape(
    simulator: Simulator,
    path: Path,
    controls: Iterable[str] = shipped_ids(),
    names: Iterable[str] = reading.READABLE,
    **flags: object,
) -> Verdicts:
    """Record data sets of a simulated account, and return the verdicts of the live reading."""
    made = {"pd_api_key": simulator.api_key, "pd_base_url": simulator.url, **flags}
    settings = load_settings(made, {}, path.parent)
    assert isinstance(settings.reading.credential, Credential)
    client = Client(settings.reading.base_url, settings.reading.credential, timeout=120.0)
    as_of = simulator.account.as_of
    with recording.recorded(client, path, settings) as recorder:
        snapshot = read_account(client, names, as_of, settings.decided.baseline)
        recorder.describe(snapshot)
    return reading.judge(snapshot, controls)


def replayed(path: Path, controls: Iterable[str] = shipped_ids()) -> Verdicts:
    """Return the verdicts of a recording, whatever it holds."""
    settings = load_settings({}, {}, path.parent)
    with recording.replayed(str(path)) as (client, header):
        baseline = recording.thresholds(settings, header)
        snapshot = read_account(client, header.data_sets, header.as_of, baseline)
    return reading.judge(snapshot, controls)
