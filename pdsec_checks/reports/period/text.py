"""A period as lines of plain text, safe to print on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from pdsec_checks.model import moment_text
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import ControlDays, Day, Lapse, Period
from pdsec_checks.reports.text import line, printable

HEAD = ("control", "expected", "evidence", "without", "held", "share", "exceptions", "not judged")


def render(period: Period) -> str:
    """Return the period as text: what is missing stands first."""
    return "\n".join(map(printable, lines(period))) + "\n"


def lines(period: Period) -> Iterator[str]:
    """Yield the lines."""
    yield words.about(period)
    yield words.headline(period)
    if period.signer:
        yield words.signatures(period)
    for title, texts in sections(period):
        if texts:
            yield from ("", title, *(f"  {each}" for each in texts))
    if period.controls:
        yield from ("", *table(period))
    yield from ("", f"{words.RULE}.")


def sections(period: Period) -> Iterator[tuple[str, list[str]]]:
    """Yield the lists with their headings, empty ones too."""
    yield "MISSING", list(words.missing(period))
    yield "TO KNOW", list(words.notes(period))
    yield "EXCEPTIONS", list(map(entry, period.exceptions))
    yield "WAIVED", list(map(entry, period.accepted))
    yield "WHAT ELSE CHANGED", [f"{moment_text(each.at)} {each.text}" for each in period.events]
    yield "SEALED LATE", [f"{each.name}: {words.sealed(each)}" for each in period.late]
    if period.rejudged is not None:
        yield f"JUDGED AGAIN WITH VERSION {period.version}", words.again(period)


def entry(lapse: Lapse) -> str:
    """Return one failing check as a line."""
    return line(f"{lapse.control} [{lapse.severity}] {lapse.message}: {words.told(lapse)}")


def table(period: Period) -> Iterator[str]:
    """Yield the controls, a line each, in columns."""
    rows = [HEAD, *map(cells, period.controls)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    for first, *others in rows:
        rest = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *rest])


def cells(control: ControlDays) -> tuple[str, ...]:
    """Return the cells of a control."""
    days = control.days
    numbers = (days.expected, days.evidenced, days.without, days.held)
    others = (days.count(Day.EXCEPTION), days.count(Day.NOT_JUDGED))
    return (control.id, *map(str, numbers), words.share(days), *map(str, others))
