"""GitHub's ``upload-sarif``, ``dismiss-alerts`` and CODEOWNERS, by their published source."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from pdsec_checks.model import Status
from pdsec_checks.reports import inventory, render
from pdsec_checks.reports.sarif_places import Places
from tests.support.code_scanning import dismissed, owners, partly_waived, place, results, warnings
from tests.support.consumers import Row

VERSION, FORMAT = "rule", "sarif"
CODEOWNERS = "* @acme/everybody\n/pagerduty/ @acme/sre\n"


def rows() -> list[Row]:
    """Return what becomes of the demo account with and without its inventory."""
    report = partly_waived()
    text = inventory.renewed(report)
    return [
        *told(json.loads(render(FORMAT, report)), "demo, some fails waived", ""),
        *told(
            json.loads(render(FORMAT, report, places=Places.on(text))),
            "demo, some fails waived, with inventory",
            text,
        ),
    ]


def told(log: dict[str, Any], account: str, text: str) -> list[Row]:
    """Return the rows of one log; *text* is the inventory of the checkout, empty for none."""
    report = partly_waived()
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder)
        if text:
            (checkout / "pagerduty").mkdir()
            (checkout / "pagerduty/inventory.txt").write_text(text, "utf-8")
        warned = warnings(log, checkout)
    found = [*results(log)]
    owned = [each for each in found if owners(CODEOWNERS, place(each)[0]) == ["@acme/sre"]]
    waived = report.counts[Status.WAIVED]
    return [
        row("upload-sarif", account, "warnings of a fingerprint", 0, len(warned)),
        row("dismiss-alerts", account, "dismissed alerts", waived, len(dismissed(log)), True),
        row("CODEOWNERS", account, "alerts with the owner of /pagerduty/", len(found), len(owned)),
    ]


def row(name: str, account: str, shows: str, ours: int, theirs: int, settles: bool = False) -> Row:  # noqa: FBT001, FBT002
    """Return one row of the table."""
    return Row(f"GitHub {name}", VERSION, FORMAT, account, shows, ours, theirs, settles)
