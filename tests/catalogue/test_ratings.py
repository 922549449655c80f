"""The fits of the current mapping follow the rule of ``docs/frameworks.md``, but for its table."""

from __future__ import annotations

import re

import pytest

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.catalogue.frameworks import UNFIT, Edition
from pdsec_checks.model import Fit
from tests.support.findings import catalogue
from tests.support.processes import ROOT

Place = tuple[str, str, str]
"""Framework, control and id."""
RENUMBERED = {
    "4.1": "4.2.1",
    "6.4.5": "6.5.1",
    "7.1.1": "7.2.1",
    "7.1.2": "7.2.2",
    "7.2": "7.3.3",
    "8.1.1": "8.2.1",
    "8.1.3": "8.2.5",
    "8.1.4": "8.2.6",
    "8.2.1": "8.3.2",
    "8.2.4": "8.3.9",
    "10.1": "10.2.1",
    "10.7": "10.5.1",
    "2.4": "12.5.1",
}
"""PCI DSS 3.2.1 → the same requirement in 4.0.1, as its file gives it in the reasons."""
RATED = {f"PD-{number:02}" for number in range(1, 26)}
"""The controls that the document is about: a later one has its own reason beside its ids."""
TEXT = (ROOT / "docs" / "frameworks.md").read_text("utf-8")


def by_control(edition: Edition, renumbered: dict[str, str]) -> dict[str, dict[str, Fit]]:
    """Return for each control its ids and their fits, in the numbers of the current edition."""
    found: dict[str, dict[str, Fit]] = {}
    for support in edition.requirements:
        name = support.requirement.id
        for control in RATED & support.controls.keys():
            fit = support.controls[control]
            assert fit is not None
            found.setdefault(control, {})[renumbered.get(name, name)] = fit
    return found


def by_hand() -> dict[Place, tuple[str, int]]:
    """Return the ratings of the table in the document, each with the rule that it departs from."""
    rows = re.findall(
        r"^\| (\w+) \| (PD-\d\d) \| (\S+) \| (\w+) \| By rule (\d) ", TEXT, re.MULTILINE
    )
    return {
        (framework, control, name): (fit, int(rule)) for framework, control, name, fit, rule in rows
    }


def ruled(
    control: str,
    name: str,
    specified: dict[str, dict[str, Fit]],
    current: dict[str, dict[str, Fit]],
) -> tuple[Fit, int]:
    """Return the fit that the rule gives an id of the current mapping, and the rule's number."""
    before, now = specified.get(control, {}), current[control]
    if name in before:
        return (Fit.BROAD if before[name] in UNFIT else before[name]), 1
    if any(fit not in UNFIT for fit in before.values()):
        return Fit.GOOD, 3
    if len(now) > 1:
        return Fit.BROAD, 4
    others = {found[name] for each, found in current.items() if each != control and name in found}
    return (Fit.BROAD if others == {Fit.BROAD} else Fit.GOOD), 2


@pytest.mark.parametrize("framework", ORDER)
def test_fits_follow_the_rule_or_stand_in_the_table(framework: str) -> None:
    """What the rule gives is what the file has; each departure is in the table, and no other."""
    known = catalogue().frameworks[framework]
    specified = by_control(known.specified, RENUMBERED if framework == "pci_dss" else {})
    current = by_control(known.current, {})
    departures: dict[Place, tuple[str, int]] = {}
    for control, ids in current.items():
        for name, fit in ids.items():
            wanted, rule = ruled(control, name, specified, current)
            if fit is not wanted:
                departures[framework, control, name] = (fit.value, rule)

    assert departures == {
        place: found for place, found in by_hand().items() if place[0] == framework
    }


def test_the_renumbering_is_that_of_the_file() -> None:
    """Where the reasons of PCI DSS say that an id was renumbered, the test goes by the same."""
    reasons = " ".join(catalogue().frameworks["pci_dss"].reasons.values())
    said = dict(re.findall(r"Renumbered: (\S+) of 3\.2\.1 is (\S+) in 4\.0\.1", reasons))

    assert said
    assert said.items() <= RENUMBERED.items()


def test_no_current_fit_is_poor_or_wrong() -> None:
    """The document says that the current mapping can be cited as it stands."""
    fits = {
        fit
        for framework in catalogue().frameworks.values()
        for support in framework.current.requirements
        for fit in support.controls.values()
    }

    assert fits == {Fit.GOOD, Fit.BROAD}
