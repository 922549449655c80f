"""The ledger of a recording: one line of JSON for each interaction, in the order of the file."""

from __future__ import annotations

from pathlib import Path

from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.chain import line_of
from pdsec_checks.pagerduty.recordings.tape import open_tape


def ledger_of(path: Path) -> str:
    """Return the ledger of a recording as JSON Lines.

    Each line has ``method``, ``path`` (with the query, as it is stored), ``sent`` (the SHA-256 of
    the request's body, or null), ``status``, ``bytes`` and ``sha256`` of the stored body as UTF-8,
    and ``content_type``, ``date`` and ``request_id`` of the answer, or null. The chain of digests
    in a recording is made of these lines. A recording without digests has a ledger as well.

    Raises:
        UsageError: There is no such recording, it is not one of ours, or it was edited.
    """
    with open_tape(recording.find(str(path)), "none") as tape:
        base_url = recording.header_of(tape, str(path)).base_url
        return "".join(f"{line_of(base_url, *each)}\n" for each in tape.data)
