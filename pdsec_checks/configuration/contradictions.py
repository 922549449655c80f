"""Flags that contradict each other: said before anything is read.

What a file or the environment sets is a preference for whichever run it fits, so only flags can
contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pdsec_checks.configuration.addresses import BASE_URLS
from pdsec_checks.configuration.options import REPORT_FORMATS, report_dest
from pdsec_checks.errors import UsageError

NOT_GIVEN: tuple[object, ...] = (None, False, [], "")
NO_PLAN = "a plan reads and writes nothing; leave one of them out"
PAIRS = {
    ("replay", "base-url"): "a replay asks no address for anything; leave one of them out",
    ("replay", "region"): "a replay asks no region for anything; leave one of them out",
    ("plan", "record"): NO_PLAN,
    ("plan", "inventory"): NO_PLAN,
    ("show", "quiet"): "the summary that would list the known fails is silenced; leave one of "
    "them out",
}
"""Two flags of which one takes back what the other asks for, and why."""


def check_flags(flags: Mapping[str, Any]) -> None:
    """Make sure that the flags of a run do not contradict each other.

    Args:
        flags: What was given, by ``Option.dest``; reports as ``pd_report_FORMAT``.

    Raises:
        UsageError: Two of them contradict each other.
    """
    for problem in problems(flags):
        raise UsageError(problem)


def problems(flags: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence with the way out for each contradiction."""
    for (one, other), why in PAIRS.items():
        if is_given(flags, one) and is_given(flags, other):
            yield f"--pd-{one} and --pd-{other}: {why}"
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
        if flags.get(report_dest(name)) not in (*NOT_GIVEN, "-"):
            yield f"--pd-plan and --pd-{name}: {NO_PLAN}"


def is_given(flags: Mapping[str, Any], name: str) -> bool:
    """Tell whether the flag of an option was given."""
    return flags.get(f"pd_{name.replace('-', '_')}") not in NOT_GIVEN
