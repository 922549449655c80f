"""A control from its function: what it says about itself, what it reads, what it judges."""

from __future__ import annotations

import difflib
import importlib
import inspect
import linecache
import pkgutil
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import takewhile
from typing import Any

from pdsec_checks import controls as package
from pdsec_checks import fixtures as _declares  # noqa: F401 - fills the registries
from pdsec_checks.catalogue.controls import NEEDED, control_from, parse_docstring
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import UsageError
from pdsec_checks.inspection import RESOURCES, SHARED
from pdsec_checks.model import Control, Severity

EVIDENCE = "evidence"
"""The argument by which a control hands on what the API showed; a new dictionary for each call."""
OPTIMIZED = (
    "Python runs with -O, which drops assertions, and an assertion is how a control says fail: "
    "run it without -O and -OO, and unset PYTHONOPTIMIZE"
)


@dataclass(frozen=True)
class Judgeable:
    """A control that can be called."""

    control: Control
    function: Callable[..., None]
    nodeid: str = ""
    """How pytest addresses the function; a case adds its id in brackets."""
    wanted: frozenset[str] = frozenset()
    """The ids of the cases that were asked for; none for all of them."""

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments."""
        return parameters_of(self.function)

    @cached_property
    def resource(self) -> str:
        """The argument that stands for a resource."""
        return resource_argument(self.control.id, self.arguments)

    def nodeid_of(self, case: str) -> str:
        """Return how pytest addresses the case with an id; empty where it does not."""
        return f"{self.nodeid}[{case}]" if self.nodeid else ""

    @property
    def undeclared(self) -> list[str]:
        """The arguments that only pytest could provide: a fixture of a ``conftest.py``."""
        declared = {*SHARED, *RESOURCES, EVIDENCE}
        return [name for name in self.arguments if name not in declared]


@cache
def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's arguments; an account has many cases of one control."""
    return tuple(inspect.signature(function).parameters)


def describe(control_id: str, severity: Severity, function: Callable[..., Any]) -> Control:
    """Return the metadata of a control.

    Raises:
        UsageError: Its docstring lacks the requirement, the rationale or the remediation, has
            help that is no address, help about a cause without its remedy, or a list of figures
            or a consequence that is none; or Python drops assertions.
    """
    if sys.flags.optimize:
        raise UsageError(OPTIMIZED)
    docstring = inspect.getdoc(function) or ""
    where = f"control {control_id} ({function.__name__})"
    check_paragraphs(docstring, where)
    arguments = parameters_of(function)
    return control_from(
        Control,
        control_id,
        severity,
        docstring,
        where,
        needs=data_sets(arguments),
        resource=type_judged(arguments),
        code=source_of(function),
    )


def source_of(function: Callable[..., Any]) -> str:
    """Return the source of a function, decorators included; empty where its file cannot be read.

    ``inspect.getsource`` takes 200 ms for all controls, which every run would wait for.
    """
    code = function.__code__
    lines = linecache.getlines(code.co_filename)
    last = max(end or start or 0 for start, end, _, _ in code.co_positions())
    rest = takewhile(lambda line: line.strip() and line[0].isspace(), lines[last:])
    body = lines[code.co_firstlineno - 1 : last]
    return textwrap.dedent("".join([*body, *rest]))  # Python compiles no bracket that closes


def check_paragraphs(docstring: str, where: str) -> None:
    """Make sure that reports have what they say about a control; *where* names it.

    Raises:
        UsageError: The title or a paragraph is missing, or a page is none.
    """
    title, sections = parse_docstring(docstring)
    if not title or not all(sections[name] for name in NEEDED):
        raise UsageError(
            f"{where}: the docstring needs a title and the paragraphs {': and '.join(NEEDED)}:"
        )
    check_help(sections, where)


def type_judged(arguments: Iterable[str]) -> str:
    """Return the type of resource that a control judges; empty where nobody can tell which."""
    found = [name for name in arguments if name in RESOURCES]
    return found[0] if len(found) == 1 else ""


def check_help(sections: Mapping[str, str], where: str) -> None:
    """Make sure that reports can link to each page, and have something to say beside it.

    Raises:
        UsageError: One is no address, or is about a cause that has no remedy.
    """
    for name in (each for each in sections if each.startswith("Help")):
        remedy = name.replace("Help", "Remediation")
        if not re.fullmatch(r"(https://\S+)?", sections[name]):
            raise UsageError(f"{where}: the paragraph {name}: is one https address, and no more")
        if not sections.get(remedy):
            raise UsageError(f"{where}: the paragraph {name}: needs a paragraph {remedy}: too")


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
    named = list(arguments)
    found = [name for name in named if name in RESOURCES]
    if len(found) != 1:
        guesses = "".join(map(misspelt, named))
        raise UsageError(
            f"control {control_id}: exactly one argument must name a resource "
            f"({', '.join(sorted(RESOURCES))}), not {len(found)}{guesses}"
        )
    return found[0]


def misspelt(name: str) -> str:
    """Return what an argument that there is not was meant to be; nothing where nobody can say."""
    declared = [*SHARED, *RESOURCES, EVIDENCE]
    near = [] if name in declared else difflib.get_close_matches(name, declared, n=1)
    return f"; did you mean {near[0]!r} by {name!r}?" if near else ""


def shipped_controls() -> list[Control]:
    """Return every control of the package, by id."""
    return [each.control for each in shipped()]


def shipped() -> list[Judgeable]:
    """Return every control of the package with its function, by id."""
    found = [
        Judgeable(describe(marks["control"].args[0], severity_of(marks), function), function)
        for function, marks in marked_functions()
    ]
    return sorted(found, key=lambda each: each.control.id)


def with_severity(control: Judgeable, settings: Settings) -> Judgeable:
    """Return a control with the severity that an account's own settings give it."""
    severity = settings.decided.severities.get(control.control.id, control.control.severity)
    return replace(control, control=replace(control.control, severity=severity))


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
