"""A period as Markdown, with as much detail as a job summary takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pdsec_checks.model import counted, moment_text
from pdsec_checks.reports.markdown import LIMIT, MARGIN, escaped
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import Day, Days, Lapse, Period
from pdsec_checks.reports.period.span import Span
from pdsec_checks.reports.text import ended

COUNTED = (
    *("expected", "with evidence", "without evidence", "held", "share held"),
    *("exceptions", "not judged", "longest stretch without evidence"),
)
SHOWN = (1_000, 100, 10, 0)
"""How many exceptions, and how many events, are shown; the first step that fits is taken."""


def render(period: Period, *, limit: int = LIMIT - MARGIN) -> str:
    """Return the period as Markdown of at most *limit* bytes, with as much detail as fits.

    What is missing, and the table of controls, are always there.
    """
    top = [*head(period), *controls(period)]
    for shown in SHOWN:
        found = [*exceptions(period, shown), *requirements(period), *events(period, shown)]
        text = "\n".join([*top, *found, *again(period, shown)]) + "\n"
        if len(text.encode()) <= limit:
            return text
    return "\n".join([*top, "", "Details are in the other formats."]) + "\n"


def head(period: Period) -> Iterator[str]:
    """Yield the heading, what is missing before all else, and how days are counted."""
    yield f"## {words.TITLE}: {period.span.text}"
    yield from ("", f"**{escaped(ended(words.capital(words.headline(period))))}**", "")
    yield f"{escaped(ended(words.capital(words.about(period))))} {escaped(ended(words.RULE))}"
    if period.signer:
        yield from ("", escaped(ended(words.capital(words.signatures(period)))))
    yield from section("What is missing", map(words.capital, words.missing(period)))
    yield from section("What to know", map(words.capital, words.notes(period)))


def section(title: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield a list below a heading; nothing where it would be empty."""
    found = [f"- {escaped(ended(text))}" for text in texts]
    if found:
        yield from ("", f"### {title}", "", *found)


def controls(period: Period) -> Iterator[str]:
    """Yield the table of controls, where there are some."""
    rows = [(f"{each.id} {each.title}", each.days) for each in period.controls]
    if not rows:
        return
    yield from ("", "### Controls", "")
    yield from table("control", COUNTED, rows, period.span)


def table(
    first: str, columns: Sequence[str], rows: Iterable[tuple[str, Days]], span: Span
) -> Iterator[str]:
    """Yield a table of what intervals say."""
    yield f"| {first} | {' | '.join(columns)} |"
    yield f"|---|{'---:|' * len(columns)}"
    for name, days in rows:
        numbers = (days.expected, days.evidenced, days.without, held(days), words.share(days))
        others = (days.count(Day.EXCEPTION), days.count(Day.NOT_JUDGED))
        gap = words.stretch(span, days.longest_gap)
        yield f"| {escaped(name)} | {' | '.join(map(str, (*numbers, *others, gap)))} |"


def held(days: Days) -> str:
    """Return on how many intervals it held, with those apart that count only as such."""
    apart = [
        f"{days.count(day)} {name}"
        for day, name in ((Day.WAIVED, "waived"), (Day.NOT_APPLICABLE, "n/a"))
        if days.count(day)
    ]
    return f"{days.held} ({', '.join(apart)})" if apart else str(days.held)


def exceptions(period: Period, shown: int) -> Iterator[str]:
    """Yield what failed, and then what was accepted whenever it failed."""
    for title, found in (("Exceptions", period.exceptions), ("Waived", period.accepted)):
        texts = [entry(each) for each in found[:shown]]
        if rest := len(found) - len(texts):
            texts.append(f"and {rest} more")
        yield from section(title, texts)


def entry(lapse: Lapse) -> str:
    """Return one failing check as a sentence."""
    return f"{lapse.control} ({lapse.severity}) {lapse.message}: {words.told(lapse)}"


def requirements(period: Period) -> Iterator[str]:
    """Yield a table of requirements for each framework, folded."""
    if period.requirements:
        yield from ("", "### Requirements", "")
        yield "Controls support a requirement; no number says that it is met."
    columns = [{"held": "supported", "share held": "share supported"}.get(e, e) for e in COUNTED]
    for (framework, edition), found in groupby(
        period.requirements, key=lambda each: (each.framework, each.edition)
    ):
        rows = [(f"{each.id} {each.title}", each.days) for each in found]
        title = escaped(f"{framework} {edition}: {counted(len(rows), 'requirement')}")
        yield from ("", f"<details><summary>{title}</summary>", "")
        yield from table("requirement", columns, rows, period.span)
        yield from ("", "</details>")


def events(period: Period, shown: int) -> Iterator[str]:
    """Yield what besides the account changed within the period."""
    found = period.events
    texts = [f"{moment_text(each.at)}: {each.text}" for each in found[:shown]]
    rest = len(found) - len(texts)
    yield from section("What else changed", [*texts, *([f"and {rest} more"] if rest else [])])


def again(period: Period, shown: int) -> Iterator[str]:
    """Yield what the installed version judges otherwise, where somebody asked."""
    if period.rejudged is None:
        return
    texts = words.again(period)
    rest = len(texts) - len(texts[:shown])
    title = f"Judged again with version {period.version}"
    yield from section(title, [*texts[:shown], *([f"and {rest} more"] if rest else [])])
