"""Everything else."""

from __future__ import annotations

from tests.simulator.messages import Call, RefusedError, forbidden, not_found
from tests.simulator.records import Record


def refuse_unknown(call: Call) -> Record:
    """Answer any other path."""
    if call.request.method not in {"GET", "HEAD"}:
        if call.credential.read_only:
            raise forbidden("This API key is read-only.")
        raise RefusedError(405, "Method Not Allowed", 2100, "The simulator only reads.")
    raise not_found("There is nothing at this path.")
