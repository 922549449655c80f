"""Reads what a control says about itself: its docstring, its markers, its arguments."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pdsec_checks import controls as package
from pdsec_checks import fixtures as _declares  # noqa: F401 - fills the registries
from pdsec_checks.catalogue.controls import SECTIONS, parse_docstring
from pdsec_checks.errors import UsageError
from pdsec_checks.inspection import RESOURCES, SHARED
from pdsec_checks.model import Control, Severity


def describe(control_id: str, severity: Severity, function: Callable[..., Any]) -> Control:
    """Return the metadata of a control.

    Raises:
        UsageError: Its docstring lacks the requirement, the rationale or the remediation.
    """
    title, sections = parse_docstring(inspect.getdoc(function) or "")
    for section in SECTIONS[:2]:
        if not title or not sections[section]:
            raise UsageError(
                f"control {control_id} ({function.__name__}): the docstring needs a first "
                f"sentence and the paragraphs {SECTIONS[0]}: and {SECTIONS[1]}:"
            )
    return Control(
        id=control_id,
        title=title,
        severity=severity,
        rationale=sections["Rationale"],
        remediation=sections["Remediation"],
        limits=sections["Limits"],
        needs=data_sets(inspect.signature(function).parameters),
    )


def data_sets(arguments: Iterable[str]) -> tuple[str, ...]:
    """Return the data sets that a control with these arguments reads, in order."""
    needed: set[str] = set()
    for name in arguments:
        provider = SHARED.get(name) or RESOURCES.get(name)
        needed |= set(provider.data_sets if provider else ())
    return tuple(sorted(needed))


def resource_argument(control_id: str, arguments: Iterable[str]) -> str:
    """Return the one argument that stands for a resource.

    Raises:
        UsageError: There is none, or more than one.
    """
    found = [name for name in arguments if name in RESOURCES]
    if len(found) != 1:
        raise UsageError(
            f"control {control_id}: exactly one argument must name a resource "
            f"({', '.join(sorted(RESOURCES))}), not {len(found)}"
        )
    return found[0]


def shipped_controls() -> list[Control]:
    """Return every control of the package, by id."""
    found = [
        describe(marks["control"].args[0], severity_of(marks), function)
        for function, marks in marked_functions()
    ]
    return sorted(found, key=lambda control: control.id)


def severity_of(marks: dict[str, Any]) -> Severity:
    """Return the severity among a function's markers, by name."""
    return next(severity for severity in Severity if severity in marks)


def marked_functions() -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Yield every control function of the package with its markers, by name."""
    for module in pkgutil.iter_modules(package.__path__):
        namespace = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        for function in namespace.values():
            marks = {mark.name: mark for mark in getattr(function, "pytestmark", ())}
            if "control" in marks:
                yield function, marks
