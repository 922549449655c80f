"""Reads the files at which SARIF results point, and writes the inventory among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.output import in_repository
from pdsec_checks.reports import inventory
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.sarif_places import Entry, Places

HEADER = re.compile(r"\s*\[\[\s*(?:tool\s*\.\s*pdsec\s*\.\s*)?waivers\s*\]\]")
"""The first line of a waiver in a configuration file."""


def former_inventory(settings: Settings, folder: Path) -> str:
    """Return the text of the inventory; empty where there is none, or none that can be read."""
    return text_of(folder / settings.inventory)


def text_of(path: Path) -> str:
    """Return the text of a file, whatever its ends of lines; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def places_of(settings: Settings, folder: Path, text: str) -> Places:
    """Return where the results of a run point.

    Args:
        settings: Those of the run.
        folder: The working folder, from which relative paths start.
        text: The inventory as it stands, or will stand when the run is over.
    """
    waivers = tuple(waivers_in(settings, folder))
    if settings.sarif_location:
        return Places(settings.sarif_location, is_inventory=False, waivers=waivers)
    return Places.on(text, in_repository(folder, settings.inventory), waivers)


def waivers_in(settings: Settings, folder: Path) -> Iterator[Entry]:
    """Yield each waiver of the configuration file with the line at which it begins.

    Nothing where a line cannot be told, as in a list of inline tables.
    """
    path = settings.config_path
    waivers = settings.decided.decisions.waivers
    lines = text_of(folder / path).split("\n") if path and waivers else []
    starts = [number for number, each in enumerate(lines, 1) if HEADER.match(each)]
    if path and len(starts) == len(waivers):
        name = in_repository(folder, path)
        yield from map(lambda each, start: Entry(each, name, start), waivers, starts)


def renewed_inventory(report: Report, settings: Settings, former: str) -> str:
    """Return the text of the inventory after a run.

    Raises:
        UsageError: The inventory that is there is another account's.
    """
    other = inventory.other_account(report, former)
    if other:
        raise UsageError(
            f"{settings.inventory}: this is the inventory of {other!r}, and {report.run.account!r} "
            "was inspected; name another file for it: --pd-inventory=PATH, or inventory in its "
            "configuration (where the account was renamed, remove the first line)"
        )
    return inventory.renewed(report, former)
