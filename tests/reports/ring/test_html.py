"""The page: what stands on it, and what can never run in it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pdsec_checks.analysis.ring.strips import Band, Strip, StripPiece
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.ring.drawing import WIDTH, drawing
from pdsec_checks.reports.ring.html import RingPage, as_html
from pdsec_checks.reports.ring.picture import as_picture
from tests.controls.test_ring import ROW_1, ROW_2, ROW_4, ROW_6, SCH_A, SCH_B
from tests.simulator.records import Record
from tests.support.judged import refused
from tests.support.phones import STRANGER, account, policy, rota
from tests.support.questions import asked, at

EVIL = '"><script>alert(1)</script>\u202e'
UNKNOWN = rota("SU", (STRANGER, (0, 24)))


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


def page(snapshot: Snapshot, *flags: str) -> Tags:
    """Return the page of an answer."""
    return Tags(as_html(asked(snapshot, *flags)))


def evil(record: Record) -> Record:
    """Return a record with a hostile name."""
    return record | {"name": EVIL, "summary": EVIL}


def test_page_holds_the_whole_answer() -> None:
    """Headline, windows, strips, blast radius and load stand on one page."""
    found = page(account(ROW_6, SCH_A, SCH_B), "--blast-radius", "--load")
    ids = {attributes.get("id") for tag, attributes in found.found if tag == "section"}

    assert ids == {"dead", "radius", "load"}
    assert "1 of 1 service has a moment" in found.text
    assert "Checkout (PSVC)" in found.text
    assert [tag for tag, _ in found.found].count("svg") > 1


def test_page_of_a_walk() -> None:
    """The walk of one moment has a row for each step."""
    found = page(account(ROW_4), "--resource", "PSVC", "--at", "2026-11-23T09:00Z")

    assert "first ring 30 min (limit 15)" in found.text
    assert "silent, holds 30 min" in found.text


def test_not_judged_stands_on_the_page() -> None:
    """What decides and cannot be read has a row, and an unread list a sentence."""
    assert "Not judged" in page(account(policy((UNKNOWN, 30)), UNKNOWN)).text
    assert "HTTP 403" in page(account(ROW_1, data={"services": refused(403)})).text


@pytest.mark.parametrize(
    "flags", [("--blast-radius", "--load"), ("--resource", "*", "--at", "2026-11-23T09:00Z")]
)
def test_hostile_names_are_text(flags: tuple[str, ...]) -> None:
    """Names of services, policies, schedules and people cannot become markup."""
    schedule = evil(SCH_A)
    rules = evil(policy((schedule, 30)))
    snapshot = account(rules, schedule)
    for name in ("services", "users"):
        records: Any = snapshot.data[name]
        snapshot.data[name] = [evil(each) for each in records]
    text = as_html(asked(snapshot, *flags))

    assert "<script" not in text
    assert "\u202e" not in text
    assert "alert(1)" in Tags(text).text


def test_policy_allows_only_the_style_of_the_page() -> None:
    """The page runs nothing and loads nothing, by its own Content-Security-Policy."""
    text = as_html(asked(account(ROW_6, SCH_A, SCH_B)))
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    metas = [attributes for tag, attributes in Tags(text).found if tag == "meta"]
    (policy_text,) = [each["content"] for each in metas if "http-equiv" in each]

    assert policy_text == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"\sstyle=|\son\w+=|https?://", text)


def test_only_policies_that_fail_are_drawn() -> None:
    """An account without a dead window has no strip, however many policies it has."""
    assert not [each for each in page(account(ROW_2)).found if each[1].get("class") == "strip"]


def test_drawing_has_a_row_a_day_and_loses_nothing() -> None:
    """Pieces are cut at midnight; together they are as long as the strip."""
    strip = Strip(
        "PPOL",
        "Platform",
        (),
        (
            StripPiece(at(9), at(30), Band.QUICK),
            StripPiece(at(30), at(30.01), Band.LOST),
            StripPiece(at(30.01), at(60), Band.MUTED),
        ),
        is_dead=True,
    )
    found = drawing(strip, 15)

    assert [each.label for each in found.days] == [
        "Mon 2026-11-23",
        "Tue 2026-11-24",
        "Wed 2026-11-25",
    ]
    assert [[each.band for each in row.boxes] for row in found.days] == [
        ["quick"],
        ["quick", "lost", "muted"],
        ["muted"],
    ]
    for row in found.days[1:2]:
        assert row.boxes[0].x == 0
        for one, other in pairwise(row.boxes):
            assert other.x == pytest.approx(one.x + one.width, abs=0.15)
        assert row.boxes[-1].x + row.boxes[-1].width == pytest.approx(WIDTH, abs=0.01)
    assert found.days[1].boxes[1].title == (
        "Tue 2026-11-24 06:00\N{EN DASH}06:00:36 UTC: no incident is opened: nobody is on call"
    )


def test_picture_is_an_image_of_its_own() -> None:
    """It is well-formed, loads nothing, names the policy, and has a key of what it draws."""
    schedule = evil(SCH_A)
    snapshot = account(evil(policy((schedule, 30))), schedule)
    text = as_picture(RingPage(asked(snapshot)))
    root = ET.fromstring(text)  # noqa: S314 - our own text

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "alert(1)" in "".join(root.itertext())
    assert "nobody is on call" in text
    assert "in maintenance" not in text
    assert not re.search("href|src=|url\\((?!#)", text)
