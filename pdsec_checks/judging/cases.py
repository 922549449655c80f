"""The cases of a control: one for each resource, or one that says why there are none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.errors import InspectionError, MalformedRecordError, UnforeseenError, UsageError
from pdsec_checks.inspection import RESOURCES, SHARED, Inspection
from pdsec_checks.model import ACCOUNT, is_named
from pdsec_checks.outcomes import Undecided, not_applicable
from pdsec_checks.resources import Account, Unreadable, View

GROUP = "all"
"""The id of a case that stands for all resources of a control."""
RESERVED = frozenset({"*", GROUP, ACCOUNT})
"""Ids that mean something else in a node id, a waiver or a report; PagerDuty has none of them."""
GROUP_FROM = 1_000
"""Resources of one control from which on ``auto`` judges them in one case."""
Outcome = Undecided | AssertionError | InspectionError


class Case(Struct, frozen=True):
    """What one pytest item judges.

    Attributes:
        id: The last part of the node id.
        resources: Mostly one; all of the control in a grouped case.
        outcome: Set when the verdict is known before anything is judged.
    """

    id: str
    resources: Sequence[View]
    outcome: Outcome | None = None

    @property
    def is_group(self) -> bool:
        """Whether one item judges many resources."""
        return self.id == GROUP


def cases(
    resource_name: str,
    arguments: Iterable[str],
    inspection: Inspection,
    patterns: Sequence[str] = (),
    granularity: str = "auto",
) -> list[Case]:
    """Return the cases of a control with these arguments, sorted by resource id.

    *patterns* keep the resources whose id or name matches one of them. A control of which none
    does has no case: it was not selected. One that fails the whole account keeps its case.
    """
    account = Account(inspection.snapshot.web_host)
    plural = RESOURCES[resource_name].plural
    try:
        resources = listed(resource_name, inspection, account)
        chosen = [each for each in resources if matches(each, patterns)] if patterns else resources
        raised = _raised_by_shared(arguments, inspection)
        _check_certain(raised)
        if resources and not chosen:
            return []
        _check_undecided(raised)
        if not resources:
            not_applicable(f"{account} has no {plural}")
    except (InspectionError, Undecided, AssertionError) as outcome:
        return [Case(ACCOUNT, [account], outcome)]
    except Exception as error:  # noqa: BLE001 - it costs this control alone
        return [Case(ACCOUNT, [account], UnforeseenError.of(f"the list of {plural}", error))]
    if granularity == "control" or (granularity == "auto" and len(chosen) > GROUP_FROM):
        return [Case(GROUP, chosen)]
    return [Case(case_id, [each]) for case_id, each in _ids(chosen)]


def listed(resource_name: str, inspection: Inspection, account: Account) -> list[View]:
    """Return the resources that an argument stands for, by id; every control has the same list."""
    if resource_name not in inspection.listed:
        found = (told_apart(each, account) for each in inspection.provide(resource_name))
        inspection.listed[resource_name] = sorted(merged(found), key=lambda each: each.id)
    return inspection.listed[resource_name]


def told_apart(resource: View, account: Account) -> View:
    """Return *resource*; one that no id tells apart stands for the account, with the reason."""
    if resource.id not in RESERVED or isinstance(resource, Account | Unreadable):
        return resource
    why = MalformedRecordError(f"{resource} has an invalid id: {resource.id!r}")
    return Unreadable(account, why)


def merged(resources: Iterable[View]) -> list[View]:
    """Return the resources, with one stand-in for all unreadable records of one owner."""
    readable: list[View] = []
    broken: dict[tuple[str, str], list[Unreadable]] = {}
    for each in resources:
        if isinstance(each, Unreadable):
            broken.setdefault((each.ref.type, each.ref.id), []).append(each)
        else:
            readable.append(each)
    alone = (Unreadable(found[0].owner, combined(each.error for each in found))
             for found in broken.values())  # fmt: skip
    return [*readable, *alone]


def only(found: Sequence[Case], wanted: Collection[str], control_id: str) -> list[Case]:
    """Return the cases with the *wanted* ids.

    Raises:
        UsageError: There is none with one of them.
    """
    if unknown := set(wanted) - {case.id for case in found}:
        raise UsageError(
            f"{control_id} has no resource {', '.join(sorted(unknown))} in this account"
        )
    return [case for case in found if case.id in wanted]


def check_found(patterns: Sequence[str], *, is_found: bool) -> None:
    """Refuse *patterns* when no resource of any selected control was found that matches one.

    Raises:
        UsageError: There is none.
    """
    if patterns and not is_found:
        raise UsageError(
            f"--pd-resource: no resource of the selected controls is {', '.join(patterns)}"
        )


def _raised_by_shared(arguments: Iterable[str], inspection: Inspection) -> list[Outcome]:
    """Return what the shared arguments raise in place of their value."""
    raised: list[Outcome] = []
    for name in arguments:
        if name in SHARED:
            try:
                inspection.provide(name)
            except (InspectionError, Undecided, AssertionError) as outcome:
                raised.append(outcome)
    return raised


def _check_certain(raised: Iterable[Outcome]) -> None:
    """Raise the fail of the whole account, whatever else cannot be read and whoever was chosen."""
    for each in raised:
        if isinstance(each, AssertionError):
            raise each


def _check_undecided(raised: Sequence[Outcome]) -> None:
    """Raise why nothing can be decided for the whole account.

    A list that cannot be read is no such verdict: each resource gets an error of its own.
    """
    if raised and all(isinstance(each, Undecided) for each in raised):
        raise raised[0]


def matches(resource: View, patterns: Sequence[str]) -> bool:
    """Tell whether one of *patterns* is the resource's id or name, or matches it."""
    return is_named(patterns, resource.id, resource.name)


def _ids(resources: Iterable[View]) -> list[tuple[str, View]]:
    """Pair each resource with its id; two kinds that share an id are told apart by the kind."""
    found: dict[str, View] = {}
    for each in resources:
        found[each.id if each.id not in found else f"{each.id}-{each.kind}"] = each
    return list(found.items())
