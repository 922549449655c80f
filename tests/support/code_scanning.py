"""What GitHub's own actions do with a SARIF file, by their published source.

``upload-sarif`` (https://github.com/github/codeql-action, ``src/fingerprints.ts``, version 3)
calculates a fingerprint for the line of each result whose file is there, and warns of one that the
result has already and that differs. ``dismiss-alerts``
(https://github.com/advanced-security/dismiss-alerts, ``src/main.ts``, version 2) dismisses what is
suppressed. CODEOWNERS follows *About code owners*, https://docs.github.com/en/repositories.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import WAIVER
from tests.support.whole_report import whole_report

BLOCK, FACTOR, WORD = 100, 37, 1 << 64
END = 0xFFFF
BLANKS = (ord(" "), ord("\t"))
LF, CR = ord("\n"), ord("\r")
Alert = tuple[str, str, int, int]
"""Rule, file, line and column: by what dismiss-alerts finds an alert again."""


def line_hashes(text: str) -> dict[int, str]:
    """Return the fingerprint of each line, from 1: of a hundred characters from its first on.

    Blanks do not count, ends of lines are all the same, and equal fingerprints are numbered.
    """
    units, starts = characters(text)
    padded = [*units, *[0] * BLOCK]
    counts: Counter[str] = Counter()
    found = {}
    for number, start in enumerate(starts, 1):
        value = 0
        for unit in padded[start : start + BLOCK]:
            value = (value * FACTOR + unit) % WORD
        counts[f"{value:x}"] += 1
        found[number] = f"{value:x}:{counts[f'{value:x}']}"
    return found


def characters(text: str) -> tuple[list[int], list[int]]:
    """Return the UTF-16 units that count, and at which of them the lines begin."""
    raw = text.encode("utf-16-be")
    units: list[int] = []
    starts: list[int] = []
    is_start, was_cr = True, False
    for unit in [*(high << 8 | low for high, low in zip(raw[::2], raw[1::2], strict=True)), END]:
        skipped = unit in BLANKS or (was_cr and unit == LF)
        was_cr = unit == CR and not skipped
        if skipped:
            continue
        if is_start:
            starts.append(len(units))
        units.append(LF if unit == CR else unit)
        is_start = units[-1] == LF
    return units, starts


def results(log: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every result of a log."""
    for run in log["runs"]:
        yield from run["results"]


def scored(text: str) -> Iterator[tuple[dict[str, Any], float | None]]:
    """Yield every result of a log, with its rule's ``security-severity``, or None."""
    (run,) = json.loads(text)["runs"]
    rules = {each["id"]: each["properties"] for each in run["tool"]["driver"]["rules"]}
    for each in run["results"]:
        found = rules[each["ruleId"]].get("security-severity")
        yield each, float(found) if found else None


def place(result: dict[str, Any]) -> tuple[str, int, int]:
    """Return file, line and column of the first location, which alone is looked at."""
    physical = result["locations"][0]["physicalLocation"]
    region = physical["region"]
    return physical["artifactLocation"]["uri"], region["startLine"], region["startColumn"]


def warnings(log: dict[str, Any], checkout: Path) -> list[str]:
    """Return what ``upload-sarif`` warns of, where the repository is checked out at *checkout*."""
    found = []
    for result in results(log):
        uri, number, _ = place(result)
        file = checkout / unquote(uri)
        calculated = line_hashes(file.read_text("utf-8")) if file.is_file() else {}
        given = result["partialFingerprints"]["primaryLocationLineHash"]
        if calculated.get(number, given) != given:
            found.append(f"{uri} line {number}: {calculated[number]}, not {given}")
    return found


def alert(result: dict[str, Any]) -> Alert:
    """Return by what ``dismiss-alerts`` finds the alert of a result."""
    return (result["ruleId"], *place(result))


def dismissed(log: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results whose alerts are dismissed: those at the place of a suppressed one."""
    suppressed = {alert(each) for each in results(log) if each.get("suppressions")}
    return [each for each in results(log) if alert(each) in suppressed]


def owners(codeowners: str, path: str) -> list[str]:
    """Return the owners of a path: those of the last pattern that it matches.

    A pattern that begins with a slash counts from the root, and a folder takes in all below it.
    """
    found: list[str] = []
    for each in codeowners.splitlines():
        pattern, *names = each.split("#")[0].split() or [""]
        anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
        wanted = pattern.strip("/")
        ends = (wanted, f"{wanted}/*") if anchored else (wanted, f"*/{wanted}", f"{wanted}/*")
        if pattern and any(fnmatchcase(path, end) for end in ends):
            found = names
    return found


@cache
def partly_waived() -> Report:
    """Return the report of the demo account, in which every third fail is waived."""
    report = whole_report()
    failing = [each for each in report.ordered if each.status is Status.FAIL]
    chosen = {each.address for each in failing[::3]}
    findings = [waived(each) if each.address in chosen else each for each in report.findings]
    return replace(report, findings=findings)


def waived(finding: Finding) -> Finding:
    """Return a fail as somebody accepted it."""
    evidence = {**finding.evidence, "waiver": WAIVER}
    return replace(finding, status=Status.WAIVED, evidence=evidence, fix=None)
