"""Flags that contradict each other, or are nothing without another: said before anything is read.

What a file or the environment sets is a preference for whichever run it fits, so only flags can
contradict each other; what one of them needs may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from pdsec_checks.configuration.addresses import BASE_URLS
from pdsec_checks.configuration.options import (
    ACCOUNT_OPTIONS,
    ACCOUNT_REPORT_OPTIONS,
    OPTIONS,
    REPORT_FORMATS,
)
from pdsec_checks.errors import UsageError

NOT_GIVEN: tuple[object, ...] = (None, False, [], "")


class Need(NamedTuple):
    """What a flag cannot do without."""

    option: str
    what: str
    """What the flag is about, as the end of a sentence."""
    value: str
    """What is to be given with the option."""


RECORDING = Need("record", "a recording", "PATH")
EARLIER = Need("baseline", "an earlier report", "REPORT.json")
SEVERAL = Need("accounts", "several accounts", "PATH")
NEEDS = {
    "force": RECORDING,
    "no-redact": RECORDING,
    "show": EARLIER,
    "baseline-account-renamed": EARLIER,
} | {each.name: SEVERAL for each in (*ACCOUNT_OPTIONS, *ACCOUNT_REPORT_OPTIONS)}
"""Flag → the option that it means nothing without."""
del NEEDS["accounts"]

NO_PLAN = "a plan reads and writes nothing; leave one of them out"
PAIRS = {
    ("replay", "base-url"): "a replay asks no address for anything; leave one of them out",
    ("replay", "region"): "a replay asks no region for anything; leave one of them out",
    ("plan", "record"): NO_PLAN,
    ("show", "quiet"): "the summary that would list the known fails is silenced; leave one of "
    "them out",
}
"""Two flags of which one takes back what the other asks for, and why."""


def check_flags(flags: Mapping[str, Any], found: Collection[str]) -> None:
    """Make sure that the flags of a run do not contradict each other.

    Args:
        flags: What was given, by ``Option.dest``; reports as ``pd_report_FORMAT``.
        found: The keys (``Option.key``) of the options that a flag, a variable or a file sets.

    Raises:
        UsageError: Two of them contradict each other, or one lacks what it is about.
    """
    for problem in problems(flags, found):
        raise UsageError(problem)


def problems(flags: Mapping[str, Any], found: Collection[str]) -> Iterator[str]:
    """Yield a sentence with the way out for each contradiction."""
    for (one, other), why in PAIRS.items():
        if is_given(flags, one) and is_given(flags, other):
            yield f"--pd-{one} and --pd-{other}: {why}"
    keys = {option.name: option.key for option in (*OPTIONS, *ACCOUNT_OPTIONS)}
    for name, need in NEEDS.items():
        is_there = keys[need.option] in found or is_given(flags, need.option)
        if is_given(flags, name) and not is_there:
            yield (
                f"--pd-{name}: it is about {need.what}; add --pd-{need.option} {need.value}, or "
                "leave it out"
            )
    yield from wrong_region(flags)
    yield from planned_reports(flags)


def wrong_region(flags: Mapping[str, Any]) -> Iterator[str]:
    """Yield why an address of PagerDuty's own and a region do not go together."""
    regions = {url: region for region, url in BASE_URLS.items()}
    address, region = flags.get("pd_base_url"), flags.get("pd_region")
    its_own = regions.get(str(address).rstrip("/"))
    if region and its_own and its_own != region:
        yield (
            f"--pd-base-url {address} and --pd-region {region}: that address is of the region "
            f"{its_own}; leave one of them out"
        )


def planned_reports(flags: Mapping[str, Any]) -> Iterator[str]:
    """Yield which reports cannot come of a plan; the command always names standard output."""
    for name in REPORT_FORMATS if flags.get("pd_plan") else ():
        if flags.get(f"pd_report_{name.replace('-', '_')}") not in (*NOT_GIVEN, "-"):
            yield f"--pd-plan and --pd-{name}: {NO_PLAN}"


def is_given(flags: Mapping[str, Any], name: str) -> bool:
    """Tell whether the flag of an option was given."""
    return flags.get(f"pd_{name.replace('-', '_')}") not in NOT_GIVEN
