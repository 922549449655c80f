"""The HTML report: one file that explains itself, opens anywhere and loads nothing.

Names in it come from the account and may be hostile. Jinja2 escapes every one of them, and the
page's own Content-Security-Policy allows only the style and the script that are part of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import islice

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pdsec_checks import NAME, TITLE
from pdsec_checks.model import WORST_FIRST, Status, moment_text
from pdsec_checks.reports import facts, fix_first, scope, spreadsheet
from pdsec_checks.reports.facts import REMEDY_HEADINGS
from pdsec_checks.reports.html import evidence
from pdsec_checks.reports.html.timeline import WIDTH
from pdsec_checks.reports.html.view import NAMED_UP_TO, ReportPage
from pdsec_checks.reports.html.words import (
    STATUS_MEANINGS,
    STATUS_WORDS,
    anchor,
    edition_name,
    https,
    is_deep,
    moment,
    pretty,
    printable,
    wording,
)
from pdsec_checks.reports.report import Report
from pdsec_checks.reports.requirement_rows import RULE
from pdsec_checks.reports.ring import drawing
from pdsec_checks.reports.ring.inspected import CONTROL, QUESTION
from pdsec_checks.reports.score import FORMULA, percent
from pdsec_checks.reports.statuses import CARRIED

LINES = 200
"""Policies that are not drawn and have a line each; more would make a page that is slow to open."""
AT_ONCE = 10_000
"""Bits of the template that are handed on at once."""
USUAL = " complies"
"""The end of the message of a pass about which there is nothing else to say."""
CSV_VALUE = spreadsheet.VALUE.pattern.replace(r"\d", r"\p{Nd}").replace(r"\D", r"\P{Nd}")
"""What a spreadsheet takes for a value, as a script writes it: digits of every script count."""


def render(report: Report) -> str:
    """Return the report as one HTML document."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """Yield the same bit by bit."""
    ring_style = part("ring.css") if report.ring else ""
    style = part("report.css") + ring_style + running_header(report)
    script = part("report.js")
    made = (
        environment()
        .get_template("report.html.jinja")
        .generate(
            view=ReportPage(report),
            report=report,
            fix_first=fix_first,
            run=report.run,
            drawing=drawing,
            RING_CONTROL=CONTROL,
            policy=content_security_policy(style, script),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
        )
    )
    while piece := "".join(islice(made, AT_ONCE)):
        yield piece


def running_header(report: Report) -> str:
    """Return the rule that repeats on each printed page whose inspection it is, and as of when.

    Only the page knows; letters and digits apart, each character is written by its number, so
    that no name ends the text.
    """
    text = f"{facts.account_of(report.run)}, as of {moment(report.run.as_of)}"
    said = scope.headed(report, text)
    written = "".join(each if each.isalnum() else f"\\{ord(each):x} " for each in said)
    return (
        f'@page {{ @top-left {{ content: "{written}"; }} @top-right {{ content: "{TITLE}"; }} }}\n'
    )


@cache
def environment() -> Environment:
    """Return what the templates share; they are compiled once."""
    made = Environment(
        loader=PackageLoader("pdsec_checks.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        anchor=anchor,
        https=https,
        moment=moment,
        wording=wording,
        pretty=pretty,
        stamp=moment_text,
        entries=evidence.entries,
        short=evidence.short,
        edition_name=edition_name,
        percent=percent,
    )
    made.tests["deep"] = is_deep
    made.globals.update(
        FORMULA=FORMULA,
        PARTIAL=scope.PARTIAL,
        LEFT_OUT=scope.LEFT_OUT,
        headed=scope.headed,
        NAME=NAME,
        TITLE=TITLE,
        STATUSES=WORST_FIRST,
        STATUS_WORDS=STATUS_WORDS,
        STATUS_MEANINGS=STATUS_MEANINGS,
        QUESTION=QUESTION,
        RULE=RULE,
        Status=Status,
        REMEDY_HEADINGS=REMEDY_HEADINGS,
        NAMED_UP_TO=NAMED_UP_TO,
        CARRIED=CARRIED,
        LINES=LINES,
        WIDTH=WIDTH,
        USUAL=USUAL,
        CSV_COLUMNS=spreadsheet.COLUMNS,
        CSV_VALUE=CSV_VALUE,
    )
    return made


def part(name: str) -> str:
    """Return a file that the page carries; line ends are the ones a browser hashes."""
    file = resources.files("pdsec_checks.reports.html") / "templates" / name
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


def content_security_policy(style: str, script: str) -> str:
    """Return the policy that allows these two texts, and nothing else at all."""
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def digest(text: str) -> str:
    """Return the hash by which a policy names an inline block."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
