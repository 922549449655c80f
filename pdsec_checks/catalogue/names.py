"""Names that somebody wrote down and that do not exist, each with those that do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from pdsec_checks.catalogue.frameworks import Catalogue, natural_order
from pdsec_checks.configuration.options import Written
from pdsec_checks.model import MappingName


def unknown_controls(written: Iterable[Written], known: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each control that somebody wrote down and that does not exist."""
    for each in written:
        if each.name not in known:
            yield f"{each.where}: {no_control(each.name, known)}"


def unknown_frameworks(written: Iterable[Written], catalogue: Catalogue) -> Iterator[str]:
    """Yield the same for ``framework`` and ``framework:requirement``."""
    for each in written:
        framework, _, requirement = each.name.partition(":")
        for problem in unknown_requirement(framework, requirement or None, catalogue):
            yield f"{each.where}: {problem}"


def unknown_requirement(
    framework: str, requirement: str | None, catalogue: Catalogue
) -> Iterator[str]:
    """Yield what is wrong with a framework and, where there is one, with its requirement.

    The ids of both mappings are known.
    """
    if framework not in catalogue.frameworks:
        yield no_framework(framework, catalogue.frameworks)
        return
    ids = {each for name in MappingName for each in catalogue.requirement_ids(framework, name)}
    known = sorted(ids, key=natural_order)
    if requirement is not None and requirement not in known:
        yield (
            f"no control supports {framework} {requirement!r} in either mapping; "
            f"valid: {', '.join(known)}"
        )


def no_control(name: str, known: Iterable[str]) -> str:
    """Return the sentence that a control does not exist."""
    return f"there is no control {name}; valid: {', '.join(sorted(known))}"


def no_framework(name: str, known: Iterable[str], guess: str = "") -> str:
    """Return the same about a framework; a good *guess* spares the list of all."""
    way_out = guess or f"; valid: {', '.join(known)}"
    return f"there is no framework {name!r}{way_out}"
