"""What every format says of a period, in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pdsec_checks.model import counted, moment_text
from pdsec_checks.reports.differences import sentence
from pdsec_checks.reports.period.document import (
    Acceptance,
    BundleLine,
    Day,
    Days,
    Lapse,
    Outcome,
    Period,
    Stamp,
)
from pdsec_checks.reports.period.span import Span
from pdsec_checks.reports.scope import PARTIAL, headed
from pdsec_checks.reports.text import line

TITLE = "Evidence on a period"
RULE = (
    "A day without evidence is never a good day: shares are of the days with evidence, and the "
    "number of days without stands beside them. A day on which a control could not be judged, or "
    "needed a person who did not vouch, counts neither as held nor as failed. Waived fails and "
    "controls that apply to nothing count as held, and are told apart"
)
"""How days are counted; without a full stop."""
DAY_WORDS = {
    Day.HELD: "held",
    Day.WAIVED: "held, with waived fails",
    Day.NOT_APPLICABLE: "nothing that it applies to",
    Day.EXCEPTION: "exception",
    Day.NOT_JUDGED: "not judged",
    Day.NO_EVIDENCE: "no evidence",
}
"""What a day says, as people read it, in the order of a legend."""
NAMED = 20
"""Stretches, or bundles, that a list names; JSON has them all."""
UNSIGNED = "signatures were not checked: give --allowed-signers FILE to know who sealed this"
NOT_REJUDGED = (
    "reports were not compared with their recordings: --rejudge judges each recording again, and "
    "so does evidence verify"
)
"""What a period says of itself, unless somebody asked for more."""


def headline(period: Period) -> str:
    """Return what came of the period, as one clause without a full stop."""
    days, span = period.days, period.span
    found = [
        f"evidence on {days.evidenced} of {span.counted(days.expected)}, none on {days.without}"
    ]
    if period.exceptions:
        still = sum(each.outcome is Outcome.OPEN for each in period.exceptions)
        found.append(f"{counted(len(period.exceptions), 'exception')}, {still} open at the end")
    elif days.evidenced:
        found.append("no exception in the evidence there is")
    if period.accepted:
        found.append(f"{counted(len(period.accepted), 'waived fail')}")
    if period.unjudged:
        found.append(f"{counted(len(period.unjudged), 'control')} not judged on every day")
    return headed(period, "; ".join(found))


def capital(text: str) -> str:
    """Return *text* as the beginning of a sentence; a name of a file stays as it is."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text


def account(period: Period) -> str:
    """Return the account of the period, as a clause that is never empty."""
    if period.account is None:
        return "an account that no evidence names"
    name = period.account.subdomain or "without a name"
    return line(f"account {name} at {period.account.base_url}")


def about(period: Period) -> str:
    """Return which account and period it is about, without a full stop."""
    expected = f"evidence is expected {period.span.every_words}, in UTC"
    return f"{account(period)}, {period.span.text}, both days included; {expected}"


def signatures(period: Period) -> str:
    """Return whether signatures were checked, without a full stop."""
    if not period.signer:
        return UNSIGNED
    return line(f"a bundle counts only if it is signed by {period.signer}")


def share(days: Days) -> str:
    """Return the share of the days with evidence on which it held, rounded down."""
    if not days.evidenced:
        return "none known"
    return f"{days.held * 1000 // days.evidenced / 10:.1f} %"


def stretch(span: Span, found: tuple[int, int] | None) -> str:
    """Return a stretch of intervals and how many it has; ``none`` where there is none."""
    if found is None:
        return "none"
    return f"{span.label(*found)} ({span.counted(found[1] - found[0] + 1)})"


def stretches(span: Span, found: Sequence[tuple[int, int]]) -> str:
    """Return stretches in a row, the first of many and the number of the others."""
    named = [stretch(span, each) for each in found[:NAMED]]
    if rest := len(found) - len(named):
        named.append(f"and {rest} more")
    return ", ".join(named)


def missing(period: Period) -> Iterator[str]:
    """Yield what is missing, says nothing or was not checked, a clause each without a full stop."""
    yield from without_evidence(period)
    yield from left_out(period)
    yield from unjudged(period)
    if not period.signer:
        yield UNSIGNED
    if period.unstamped:
        count = counted(len(period.unstamped), "bundle")
        yield (
            f"the time stamps of {count} were not checked: give --tsa-ca FILE to know when they "
            "were sealed"
        )


def without_evidence(period: Period) -> Iterator[str]:
    """Yield on which days there is no evidence, what does not hold, and what is wrong."""
    days, span = period.days, period.span
    if days.without:
        gaps = stretches(span, days.stretches(Day.NO_EVIDENCE))
        yield f"no evidence on {days.without} of {span.counted(days.expected)}: {gaps}"
    for bundle in period.refused:
        yield line(f"{bundle.name} counts as no evidence: {bundle.problem}")
    yield from map(line, period.problems)


def left_out(period: Period) -> Iterator[str]:
    """Yield which controls were looked at less often than there is evidence, or never."""
    days, span = period.days, period.span
    for each in period.incomplete:
        if each.days.without > days.without:
            yield (
                f"{each.id} was looked at on {each.days.evidenced} of "
                f"{span.counted(each.days.expected)}, less often than there is evidence"
            )
    if period.not_selected:
        names = line(", ".join(period.not_selected))
        yield f"{PARTIAL}: not selected in any run of the period: {names}"


def unjudged(period: Period) -> Iterator[str]:
    """Yield which controls could not be judged on some day with evidence."""
    span = period.span
    for each in period.unjudged:
        count = each.days.count(Day.NOT_JUDGED)
        yield (
            f"{each.id} was not judged on {count} of {span.counted(each.days.evidenced)} with "
            f"evidence: {stretches(span, each.days.stretches(Day.NOT_JUDGED))}"
        )


def notes(period: Period) -> Iterator[str]:
    """Yield what a reader should know before relying on it, a clause each without a full stop."""
    if period.rejudged is None:
        yield NOT_REJUDGED
    if period.late:
        yield (
            f"sealed more than {period.span.interval_words} after the account was read, by "
            f"{whose_word(period.late)}: {len(period.late)} of "
            f"{counted(len(period.bundles), 'bundle')}"
        )


def whose_word(bundles: Sequence[BundleLine]) -> str:
    """Return by whose word it is known when bundles were sealed."""
    proven = sum(each.stamp is Stamp.CHECKED for each in bundles)
    if not proven:
        return "the signer's own word"
    if proven == len(bundles):
        return "their time stamps"
    return f"the time stamps of {proven} and the signer's own word on the others"


def sealed(bundle: BundleLine) -> str:
    """Return when a bundle was sealed, and by whose word."""
    if bundle.sealed_at is None:
        return "unknown"
    how = "time stamp" if bundle.stamp is Stamp.CHECKED else "the signer's own word"
    return f"{moment_text(bundle.sealed_at)} ({how})"


def again(period: Period) -> list[str]:
    """Return what the installed version judges otherwise, a clause each; never nothing."""
    found = [
        line(f"{each.bundle}, sealed by version {each.sealed_by}: {text}")
        for each in period.rejudged or ()
        for text in each.differences
    ]
    if found:
        return found
    if not period.rejudged:
        return ["there was no recording to judge again"]
    return [f"{counted(len(period.rejudged), 'recording')}: the verdicts are the same"]


def outcome(lapse: Lapse) -> str:
    """Return what became of a failing check, as a clause."""
    match lapse.outcome:
        case Outcome.OPEN:
            return "open at the end of the period"
        case Outcome.WAIVED:
            return "waived at the end of the period"
    assert lapse.ended is not None
    how = "resolved" if lapse.outcome is Outcome.RESOLVED else "gone: the account has no such check"
    return f"{how}, seen {moment_text(lapse.ended)}"


def changes(lapse: Lapse) -> list[str]:
    """Return who changed the resource before that, a clause each, the newest first."""
    return [line(sentence(each)) for each in lapse.changes]


def accepted(waiver: Acceptance) -> str:
    """Return by whom a fail was accepted, from when until when, as one clause."""
    by = f" by {waiver.by}" if waiver.by else ""
    until = f" until {waiver.until}" if waiver.until else ""
    why = f": {waiver.why}" if waiver.why else ""
    return line(f"waived{by} from {moment_text(waiver.since)}{until}{why}")


def seen(lapse: Lapse) -> str:
    """Return when a fail was first and last seen, and since when it is known to have failed."""
    found = f"first seen {moment_text(lapse.first_seen)}, last seen {moment_text(lapse.last_seen)}"
    if lapse.failing_since < lapse.first_seen:
        found += f", failing since {moment_text(lapse.failing_since)}"
    return found


def told(lapse: Lapse) -> str:
    """Return all there is to say of a lapse but its message, as one line without a full stop."""
    parts = [seen(lapse), outcome(lapse), *changes(lapse), *map(accepted, lapse.waived)]
    return "; ".join(parts)
