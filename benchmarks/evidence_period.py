"""What it costs to verify the daily bundles of a period, and to report on all of it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fit import fitted
from benchmarks.inspecting import FINISHED
from benchmarks.markdown import megabytes, seconds, table, times
from benchmarks.measured import FailedError, measure
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.serving import MEDIUM, SMALL, environment, served
from pdsec_checks.evidence.bundle import packed, read_bundle
from pdsec_checks.evidence.locker import name_of
from pdsec_checks.evidence.signing import sign
from tests.support.lockers import bundle_files, shifted
from tests.support.ssh_keys import Keys, signer, signers

DAYS = (60, 120, 365)
"""Bundles of each locker, a day after another; the last is a year."""
QUICK = (4, 8)
FORMATS = "html,csv,oscal,json,markdown"
SECONDS_AT_MOST, PEAK_AT_MOST = 60.0, 500_000_000
"""What a year of an account of 500 users may take."""
RECORDING = "recording.yaml.gz"
HASHES = (
    "import hashlib, pathlib, sys\n"
    "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.zip')):\n"
    "    hashlib.sha256(path.read_bytes()).hexdigest()"
)
"""A program that only reads the bundles and hashes them: less is no verification."""


@dataclass(frozen=True)
class Inspected:
    """One inspection, which every bundle holds, shifted to its day."""

    report: dict[str, Any]
    others: Mapping[str, bytes]
    """Its recording and its page."""

    @property
    def as_of(self) -> datetime:
        """The moment of the account."""
        return datetime.fromisoformat(self.report["as_of"])


def run(unit: str, plan: Plan) -> list[Row]:
    """Inspect an account once, and report on lockers of growing length."""
    del unit  # there is one
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        plan.say("evidence: one inspection, recorded")
        found = inspected(path, quick=plan.quick)
        return list(measured(found, path, plan))


def inspected(folder: Path, *, quick: bool) -> Inspected:
    """Inspect the account, and return what is to be sealed."""
    with served(SMALL if quick else MEDIUM) as simulator:
        command = ["-m", "pdsec_checks", f"--record={folder / RECORDING}"]
        outputs = ["--format=json,html", f"--output={folder / 'out'}/"]
        measure([*command, *outputs], environment(simulator), codes=FINISHED)
    page, report = (folder / "out" / f"inspection.{each}" for each in ("html", "json"))
    return Inspected(
        json.loads(report.read_text("utf-8")),
        {
            RECORDING: (folder / RECORDING).read_bytes(),
            "reports/inspection.html": page.read_bytes(),
        },
    )


def measured(found: Inspected, folder: Path, plan: Plan) -> Iterator[Row]:
    """Yield what each locker took, by our command and by hashing alone."""
    keys = Keys(folder)
    key = keys.key()
    allowed = signers(folder / "allowed_signers", signer(key))
    for days in QUICK if plan.quick else DAYS:
        plan.say(f"evidence: {days} bundles")
        locker = folder / f"locker-{days}"
        fill(locker, found, days, partial(sign, key=key))
        first = (found.as_of - timedelta(days=days - 1)).date()
        asked = [f"--from={first}", f"--to={found.as_of.date()}", f"--allowed-signers={allowed}"]
        outputs = [f"--format={FORMATS}", f"--output={folder / 'period'}/"]
        command = ["-m", "pdsec_checks", "evidence", "period", str(locker)]
        done = measure([*command, *asked, *outputs], codes=FINISHED)
        check(folder / "period" / "period.json", days)
        hashed = measure(["-c", HASHES, str(locker)])
        yield {
            "days": days,
            "users": users_in(found.report),
            "checks": len(found.report["findings"]),
            "bytes": sum(each.stat().st_size for each in locker.glob("*.zip")),
            "seconds": done.seconds,
            "cpu": done.cpu,
            "peak": done.peak,
            "hashing": hashed.seconds,
        }
        shutil.rmtree(locker)


def fill(locker: Path, found: Inspected, days: int, signed: Callable[[bytes], bytes]) -> None:
    """Write a locker of daily bundles, the last of which is that of the inspection itself."""
    locker.mkdir()
    previous = None
    for number in range(days):
        at = found.as_of - timedelta(days=days - 1 - number)
        report = shifted(found.report, at)
        files = bundle_files(at, report, previous, others=found.others, signed=signed)
        path = locker / name_of(at)
        path.write_bytes(packed(files))
        previous = read_bundle(path).sums_digest


def check(path: Path, days: int) -> None:
    """Make sure that every bundle counted.

    Raises:
        FailedError: One did not.
    """
    counts = json.loads(path.read_text("utf-8"))["days"]
    if (counts["expected"], counts["with_evidence"]) != (days, days):
        raise FailedError(f"of {days} bundles {counts['with_evidence']} count as evidence")


def users_in(report: Mapping[str, Any]) -> int:
    """Return how many users a report has checks of."""
    found = {each["resource"]["id"] for each in report["findings"] if is_of_user(each)}
    return len(found)


def is_of_user(finding: Mapping[str, Any]) -> bool:
    """Tell whether a check is about a user."""
    kind: str = finding["resource"]["type"]
    return kind == "user"


def render(rows: list[Row]) -> str:
    """Return the lockers with what each took, beside what was promised and hashing alone."""
    head = (
        "daily bundles",
        "size",
        "verified and reported",
        "computing",
        "peak memory",
        "hashed alone",
    )
    lines = [
        (
            f"{row['days']:,}",
            megabytes(row["bytes"]),
            seconds(row["seconds"]),
            seconds(row["cpu"]),
            megabytes(row["peak"]),
            seconds(row["hashing"]),
        )
        for row in rows
    ]
    users, checks = rows[-1]["users"], rows[-1]["checks"]
    title = f"### Evidence on a period: an account of {users:,} users, {checks:,} checks a day"
    return "\n\n".join([title, table(head, lines), sentence(rows)])


def sentence(rows: list[Row]) -> str:
    """Return what was promised, and how the cost grows."""
    longest = rows[-1]
    curve = fitted([(row["days"], row["cpu"]) for row in rows])
    promised = ""
    if longest["days"] == DAYS[-1]:
        promised = (
            f"Promised for a year are at most {seconds(SECONDS_AT_MOST)} and "
            f"{megabytes(PEAK_AT_MOST)}: measured are {seconds(longest['cpu'])} of computing "
            f"({longest['cpu'] / SECONDS_AT_MOST:.0%}) and {megabytes(longest['peak'])} "
            f"({longest['peak'] / PEAK_AT_MOST:.0%}). "
        )
    return (
        f"{promised}Each bundle is read, its sums, its signature and its place in the chain are "
        f"checked, and all formats are written: {times(longest['seconds'], longest['hashing'])} "
        f"what it takes to hash the files. Computing grows with the days to the power of "
        f"**{curve.exponent:.2f}**; 1 is linear. Memory is that of one bundle and of the report."
    )


BENCHMARK = Benchmark("evidence", ("evidence",), run, render)
