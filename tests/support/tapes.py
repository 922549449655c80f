"""Records simulated accounts and replays the recordings, without a process."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from vcr.request import Request

from pdsec_checks import NAME
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.configuration.credentials import Credential
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings import bounds, chain, recording
from pdsec_checks.pagerduty.recordings.tape import SUFFIXES
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator import Simulator
from tests.support import reading
from tests.support.reading import Verdicts

ENDINGS = reading.left_to_ci(SUFFIXES, {".json", ".yaml.gz"})
"""Each ending of a recording's name; two show every format and both ways of compression."""


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


def plain_of(path: Path) -> dict[str, Any]:
    """Return a recording as the plain data that anybody can edit."""
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    plain: dict[str, Any] = yaml.load(text, Loader=bounds.Loader)  # noqa: S506 - a safe one
    return plain


def write_plain(path: Path, plain: dict[str, Any]) -> None:
    """Write an edited recording in the format of its name; JSON is YAML that is quick to write."""
    text = json.dumps(plain, ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def unsealed(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a recording as versions without digests wrote it."""
    found = deepcopy(plain)
    for name in (*recording.OF_THE_TAPE, "host", "region", "through"):
        found["metadata"][NAME].pop(name, None)
    for each in found["interactions"]:
        if isinstance(each, dict):
            each["response"].pop(chain.LINK, None)
    return found


def resealed(plain: dict[str, Any]) -> dict[str, Any]:
    """Return an edited recording with the digests worked out anew, as whoever knows how could."""
    found = unsealed(plain)
    header = found["metadata"][NAME]
    pairs = [
        (
            Request(**each["request"]),
            {**each["response"], "body": {"string": each["response"]["body"]["string"].encode()}},
        )
        for each in found["interactions"]
    ]
    chain.seal(header, pairs)
    for each, (_, answer) in zip(found["interactions"], pairs, strict=True):
        each["response"][chain.LINK] = answer[chain.LINK]
    return found
