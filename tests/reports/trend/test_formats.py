"""What each format makes of names that mean something to it."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from pdsec_checks.model import Status
from pdsec_checks.reports.trend.document import Trend
from pdsec_checks.reports.trend.html import LISTED, as_html
from pdsec_checks.reports.trend.markdown import as_markdown
from pdsec_checks.reports.trend.plain import as_json
from pdsec_checks.reports.trend.spreadsheet import as_csv
from pdsec_checks.reports.trend.svg import as_svg
from pdsec_checks.reports.trend.terminal import ENTRIES, as_text
from tests.support.changed import replace
from tests.support.findings import FORBIDDEN, HOSTILE, a_finding, a_report, a_resource
from tests.support.trends import daily, statuses, trend

PASS, FAIL = Status.PASS, Status.FAIL
WRITERS: dict[str, Callable[[Trend], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "svg": as_svg,
    "html": as_html,
    "json": as_json,
    "csv": as_csv,
}


class Tags(HTMLParser):
    """Collects the elements of a page, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(name: str) -> Trend:
    """Return a trend whose account, version, files, resources and problems are called *name*."""
    reports = []
    for status in (PASS, FAIL, PASS):
        found = a_finding("PD-05", status, a_resource(name, "P1"), f"service {name} is an example")
        report = a_report(found, subdomain=name, complete=status is PASS)
        reports.append(replace(report, version=f"{name} {status}"))
    said = f"{name}.json: {name}"
    shown = trend(*daily(*reports), unreadable=(said,), left_out=(said,))
    runs = [replace(each, name=name) for each in shown.runs]
    return replace(shown, runs=runs)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format_", WRITERS)
def test_hostile_name_steers_nothing(format_: str, name: str) -> None:
    """No control character, no turned writing direction, no half a character is in any format."""
    text = WRITERS[format_](hostile(name))

    assert not set(FORBIDDEN) & set(text)
    assert "\x1b" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_is_no_markup(name: str) -> None:
    """Page and picture are well-formed, without a script; the name is text."""
    shown = hostile(name)
    page, picture = as_html(shown), as_svg(shown)
    ET.fromstring(picture)  # noqa: S314 - our own text

    tags = {tag for tag, _ in Tags(page).found}
    assert not tags & {"script", "img", "iframe", "a.b"}
    assert "<script" not in picture
    if "script" in name:
        assert "alert(1)" in Tags(page).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_is_no_formula_and_no_row(name: str) -> None:
    """CSV has one row a run, and no cell that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(as_csv(hostile(name)))))

    assert len(rows) == 4
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows[1:] for cell in row):
        assert not cell.startswith(("=cmd", "+", "@", "\t", "\r"))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_breaks_no_table(name: str) -> None:
    """Each row of the Markdown table has as many cells as its head; nothing is a link of theirs."""
    text = as_markdown(hostile(name), "trend.svg")
    table = [line for line in text.splitlines() if line.startswith("| ")]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table}

    assert len(table) == 4
    assert len(cells) == 1
    assert "](https://" not in text
    assert "<script" not in text


def test_json_is_harmless_and_whole() -> None:
    """Programs get lists of new and resolved fails, as ``diff`` prints them."""
    found = json.loads(as_json(hostile(HOSTILE[1])))
    (new,) = found["runs"][1]["step"]["new"]

    assert new["resource"]["name"] == HOSTILE[1]
    assert new["was"]["status"] == "pass"
    assert new["now"]["status"] == "fail"
    assert found["unreadable"] == found["left_out"] == [f"{HOSTILE[1]}.json: {HOSTILE[1]}"]


def test_page_runs_nothing_and_loads_nothing() -> None:
    """Its own policy allows the style alone; there is no script, style attribute or address."""
    text = as_html(trend(*daily(statuses(PASS, FAIL), statuses(PASS, PASS))))
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (policy,) = [
        each["content"]
        for tag, each in Tags(text).found
        if tag == "meta" and each.get("http-equiv") == "Content-Security-Policy"
    ]

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"\sstyle=|\son\w+=|(src|href)=\"https?://", text)


def test_what_could_not_be_read_stands_in_every_text() -> None:
    """A report that is missing is never missing silently."""
    shown = trend(
        statuses(PASS), unreadable=("broken.json: damaged",), left_out=("b is no report",)
    )

    for write in (as_text, as_markdown, as_json, as_html):
        text = write(shown)
        assert "broken.json: damaged" in text
        assert "b is no report" in text
    assert "1 report could not be read or trusted" in as_html(shown)
    assert "could not be read" not in as_html(trend(statuses(PASS)))


def test_long_lists_of_fails_are_cut_and_counted() -> None:
    """Terminal, Markdown and page name the first fails, and how many there are beside them."""
    old, new = ([status] * (LISTED + 5) for status in (PASS, FAIL))
    shown = trend(*daily(statuses(*old), statuses(*new)))
    text, markdown, page = as_text(shown), as_markdown(shown), as_html(shown)

    assert f"NEW SINCE 2026-11-23 09:00 UTC ({LISTED + 5})" in text
    assert text.count("\nPD-05 [critical] ") == markdown.count("\n- PD-05 ") == ENTRIES
    assert f"and {LISTED + 5 - ENTRIES} more, in --format json" in text
    assert f"- and {LISTED + 5 - ENTRIES} more" in markdown
    assert page.count("<li>PD-05 [critical] ") == LISTED
    assert "and 5 more, in the JSON document" in page


def test_resolved_fails_are_named() -> None:
    """Each text says which fails were resolved, with what was wrong."""
    shown = trend(*daily(statuses(FAIL), statuses(PASS)))

    assert "RESOLVED SINCE 2026-11-23 09:00 UTC (1)\nPD-05 [critical] service" in as_text(shown)
    assert "### Resolved since 2026-11-23 09:00 UTC (1)\n\n- PD-05" in as_markdown(shown)
    assert "1 resolved fail</p>" in as_html(shown)


def test_picture_is_linked_where_there_is_one() -> None:
    """Markdown in a file names the picture beside it; on standard output there is none."""
    shown = trend(statuses(PASS))

    assert "](my%20trend.svg)" in as_markdown(shown, "my trend.svg")
    assert "![" not in as_markdown(shown)


def test_same_reports_give_the_same_bytes() -> None:
    """Nothing in any format depends on the clock."""
    reports = daily(statuses(PASS, FAIL), statuses(FAIL, PASS))

    for write in WRITERS.values():
        assert write(trend(*reports)) == write(trend(*reports))
