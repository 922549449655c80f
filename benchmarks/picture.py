"""Draws the figures: seconds of each way, and the curve of growing accounts, as one SVG.

Drawn by hand: a plotting library would be ten packages for two simple diagrams, and would write
another file with each of its versions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from benchmarks import scaling, size_tables
from benchmarks.markdown import seconds
from benchmarks.measured import ROOT
from benchmarks.registry import Row

FILE = ROOT / "docs" / "performance.svg"
WIDTH, MARGIN = 760, 20
LABELS = 230
"""Room for the names of ways."""
STEP, HALF = 20, 12
"""Height of a line, and where in it words stand."""
WAYS = {
    "inspection": "inspection, four reports",
    "ours": "reading, ours",
    "official-bulk": "official client, in bulk",
    "official-singly": "official client, object by object",
}
CURVE_HEIGHT = 240
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 14px }
.axis { stroke: #8c959f } .grid { stroke: #8c959f; stroke-opacity: .3 }
.ours { fill: #0969da } .other { fill: #9a6700 }
.auto { stroke: #0969da; fill: #0969da } .resource { stroke: #9a6700; fill: #9a6700 }
.curve { fill: none; stroke-width: 1.5; stroke-dasharray: 5 3 }
text.auto, text.resource { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .ours, .auto { fill: #58a6ff } .other, .resource { fill: #d29922 }
  .auto { stroke: #58a6ff } .resource { stroke: #d29922 }
}
"""


class Scale:
    """Places figures on a line by their logarithm.

    Args:
        values: What the line must hold, all above zero; it begins and ends at powers of ten.
        start: Where it begins, in pixels.
        end: Where it ends.
    """

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        logs = [math.log10(value) for value in values]
        self.low = math.floor(min(logs))
        self.high = max(math.ceil(max(logs)), self.low + 1)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self._start + share * (self._end - self._start), 1)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten on the line."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """Return a piece of text."""
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>'


def picture(sizes: list[Row], growth: list[Row]) -> str:
    """Return both diagrams, each where there is something to draw, as an SVG document."""
    body: list[str] = []
    height = MARGIN
    if sizes:
        height += draw_ways(sizes, height, body)
    if growth:
        height += draw_curves(growth, height, body)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="Seconds of each way of reading, and how judging grows with cases">'
    )
    return "\n".join([opening, f"<style>{STYLE}</style>", *body, "</svg>"]) + "\n"


def draw_ways(rows: list[Row], top: int, body: list[str]) -> int:
    """Draw a dot for each way at 100 ms latency, by account; return the height.

    Dots, because a bar over a logarithm has no honest beginning.
    """
    shown = [row for row in rows if row["way"] in WAYS and row["latency"] == size_tables.LATER]
    accounts = list(dict.fromkeys(row["account"] for row in shown))
    scale = Scale([row["seconds"] for row in shown], LABELS, WIDTH - MARGIN - 70)
    body.append(text(MARGIN, top, "Seconds at 100 ms latency", "title"))
    bottom = top + STEP * (1 + len(shown) + len(accounts))
    for tick in scale.ticks:
        body.append(line(scale(tick), top + STEP, scale(tick), bottom, "grid"))
        body.append(text(scale(tick), bottom + 16, f"{tick:,g} s", anchor="middle"))
    y = top + STEP
    for account in accounts:
        body.append(text(MARGIN, y + HALF, account, "title"))
        y += STEP
        for row in (each for each in shown if each["account"] == account):
            body += dot(row, y, scale)
            y += STEP
    return bottom - top + 3 * STEP


def dot(row: Row, y: float, scale: Scale) -> Iterator[str]:
    """Yield one dot with its name and its figure."""
    kind = "other" if row["way"].startswith("official") else "ours"
    x = scale(row["seconds"])
    yield text(LABELS - 12, y + HALF, WAYS[row["way"]], anchor="end")
    yield f'<circle cx="{x}" cy="{y + HALF - 4}" r="5" class="{kind}"/>'
    yield text(x + 10, y + HALF, seconds(row["seconds"], computed=row["computed"]))


def draw_curves(rows: list[Row], top: int, body: list[str]) -> int:
    """Draw seconds over cases, with the power law through them; return the height."""
    bottom, left = top + STEP + CURVE_HEIGHT, 80
    across = Scale([row["cases"] for row in rows], left, WIDTH - MARGIN - 120)
    up = Scale([scaling.judging(row) for row in rows], bottom, top + STEP)
    body.append(text(MARGIN, top, "Seconds of computing, by the number of cases", "title"))
    body += axes(across, up, left, bottom)
    for name, curve in scaling.curves(rows).items():
        measured = scaling.points(rows, name)
        first, last = measured[0][0], measured[-1][0]
        ends = [(across(x), up(curve(x))) for x in (first, last)]
        body.append(line(*ends[0], *ends[1], f"curve {name}"))
        body += (f'<circle cx="{across(x)}" cy="{up(y)}" r="4" class="{name}"/>'
                 for x, y in measured)  # fmt: skip
        words = f"{name}: n^{curve.exponent:.2f}"
        body.append(text(ends[1][0] + 10, ends[1][1] + 4, words, name))
    return bottom + 2 * STEP - top


def axes(across: Scale, up: Scale, left: float, bottom: float) -> Iterator[str]:
    """Yield both axes with their powers of ten."""
    right, top = across(across.ticks[-1]), up(up.ticks[-1])
    yield line(left, bottom, right, bottom, "axis")
    yield line(left, bottom, left, top, "axis")
    for tick in across.ticks:
        yield line(across(tick), bottom, across(tick), top, "grid")
        yield text(across(tick), bottom + 16, f"{tick:,.0f}", anchor="middle")
    for tick in up.ticks:
        yield line(left, up(tick), right, up(tick), "grid")
        yield text(left - 8, up(tick) + 4, f"{tick:g} s", anchor="end")


def write(sizes: list[Row], growth: list[Row], file: Path = FILE) -> None:
    """Write the picture."""
    file.write_text(picture(sizes, growth), encoding="utf-8")
