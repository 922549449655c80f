"""The tables of small, medium and large accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.markdown import megabytes, seconds, table, times
from benchmarks.registry import Row

SECTION = {
    "inspection": "**inspection**: read, judge, four reports",
    "ours": "**reading**, ours, 10 at a time",
    "ours-one-by-one": "reading, ours, one at a time",
    "official-bulk": "reading, official client, in bulk",
    "official-singly": "reading, official client, object by object",
}
NOW, LATER = 0.0, 0.1
"""The two latencies, in seconds."""
CONCURRENCY = 10
SERIAL = frozenset({"ours-one-by-one", "official-bulk", "official-singly"})
"""The ways that send one request after another, whose time with latency can be computed."""
STAGES = ("start", "read", "expand", "judge", "report")
PER_MINUTE = 960
"""Requests that PagerDuty allows one key ("REST API Rate Limits")."""
SHARE = 1.3
ALLOWED = {("medium", LATER): 4.0, ("large", LATER): 25.0}
"""Seconds that an inspection may take beyond ``SHARE`` times the network floor."""
AT_ONCE = {("large", NOW): 30.0}
"""Seconds that an inspection may take without latency."""
CASE = {"medium": 0.0005}
"""Seconds of computing that judging a case may take: what pytest takes for one."""


def render(rows: list[Row]) -> str:
    """Return every table about accounts of different size."""
    accounts = list(dict.fromkeys(row["account"] for row in rows))
    parts = [part for account in accounts for part in comparison(account, rows)]
    parts += ["### How far a computed figure is off", checked(rows)]
    parts += ["### Where the time goes", stages(rows)]
    parts += ["### What was promised", promises(rows)]
    return "\n\n".join(parts)


def checked(rows: list[Row]) -> str:
    """Return computed beside measured seconds, for the serial ways that were measured."""
    found = []
    for row in rows:
        if row["way"] in SERIAL and row["latency"] == LATER and not row["computed"]:
            computed = with_latency(of(rows, row["account"], row["way"], NOW), LATER)
            name = f"{row['account']}, {SECTION[row['way']]}"
            off = f"{computed / row['seconds'] - 1:+.0%}"
            found.append((name, seconds(computed), seconds(row["seconds"]), off))
    return table(("at 100 ms", "computed", "measured", "off by"), found)


def with_latency(base: Row, latency: float) -> float:
    """Return the seconds that a serial way takes when every answer comes later."""
    return float(base["seconds"] + base["requests"] * latency)


def of(rows: list[Row], account: str, way: str, latency: float) -> Row:
    """Return the row of one measurement."""
    return next(
        row
        for row in rows
        if (row["account"], row["way"], row.get("latency")) == (account, way, latency)
    )


def comparison(account: str, rows: list[Row]) -> Iterator[str]:
    """Yield title and table of one account: all ways side by side."""
    counts = of(rows, account, "ours", NOW)["relations"]
    people, services = counts["users"], counts["services"]
    yield f"### {account.capitalize()}: {people:,} users, {services:,} services"
    head = ("", "requests", "minutes", "at 0 ms", "at 100 ms", "computing", "peak memory")
    yield table(head, [line(account, way, rows) for way in SECTION])
    yield ratios(account, rows)


def line(account: str, way: str, rows: list[Row]) -> tuple[str, ...]:
    """Return the figures of one way."""
    now, later = of(rows, account, way, NOW), of(rows, account, way, LATER)
    return (
        SECTION[way],
        f"{now['requests']:,}",
        f"{now['requests'] / PER_MINUTE:.1f}",
        seconds(now["seconds"]),
        seconds(later["seconds"], computed=later["computed"]),
        seconds(now["cpu"]),
        megabytes(now["peak"]),
    )


def ratios(account: str, rows: list[Row]) -> str:
    """Say how many times as long the official client takes, in one line for each way."""
    whole, ours = (of(rows, account, way, LATER) for way in ("inspection", "ours"))
    sentences = []
    for way, how in (("official-bulk", "in bulk"), ("official-singly", "object by object")):
        other = of(rows, account, way, LATER)
        sentences.append(
            f"- The official client {how}: **{times(other['seconds'], ours['seconds'])}** our "
            f"reading at 100 ms, {times(other['seconds'], whole['seconds'])} our whole "
            f"inspection, {times(other['requests'], ours['requests'])} our requests."
        )
    return "\n".join(sentences)


def inspections(rows: list[Row]) -> list[Row]:
    """Return the rows of whole inspections."""
    return [row for row in rows if row["way"] == "inspection"]


def stages(rows: list[Row]) -> str:
    """Return the seconds of each stage of each inspection."""
    head = ("account, latency", "cases", *STAGES, "total")
    return table(
        head,
        [
            (
                f"{row['account']}, {row['latency'] * 1000:.0f} ms",
                f"{row['cases']:,}",
                *(seconds(row["stages"][name]) for name in STAGES),
                seconds(row["seconds"]),
            )
            for row in inspections(rows)
        ],
    )


def floor(row: Row) -> float:
    """Return the seconds that the network alone takes: nothing can be quicker."""
    return float(row["requests"] * row["latency"] / CONCURRENCY)


def limit(row: Row) -> float | None:
    """Return the seconds that an inspection may take; None where nothing was promised."""
    key = (row["account"], row["latency"])
    if key in AT_ONCE:
        return AT_ONCE[key]
    return floor(row) * SHARE + ALLOWED[key] if key in ALLOWED else None


def promises(rows: list[Row]) -> str:
    """Return what was promised beside what was measured, and the share of the one in the other."""
    found = []
    for row in inspections(rows):
        name = f"{row['account']} account"
        if (most := limit(row)) is not None:
            what = f"{name}, {row['latency'] * 1000:.0f} ms (floor {floor(row):.1f} s)"
            found.append(promise(what, most, row["seconds"], seconds))
        if row["account"] in CASE and row["latency"] == NOW:
            each = row["computing"]["judge"] / row["cases"]
            found.append(promise(f"{name}, judging a case", CASE[row["account"]], each, a_case))
    return table(("an inspection", "at most", "measured", "share"), found)


def promise(
    what: str, most: float, measured: float, written: Callable[[Any], str]
) -> tuple[str, ...]:
    """Return the line of one promise."""
    return what, written(most), written(measured), f"{measured / most:.0%}"


def a_case(each: float) -> str:
    """Return the seconds of one case as milliseconds."""
    return f"{each * 1000:.2f} ms"
