"""The controls that ship with the package, read off their test functions; no pytest run."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

from pdsec_checks import controls as package
from pdsec_checks.judging.controls import describe
from pdsec_checks.model import Control, Severity


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
