"""Which of the package's controls can end as ``manual`` at all, read off their source."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pdsec_checks.catalogue.controls import SHIPPED, WrittenControl, read_function

FIXTURES = SHIPPED.parent / "fixtures.py"
ENDING = "manual"
"""The function of ``pdsec_checks.outcomes`` that ends a case so."""


def can_be_manual(control: WrittenControl) -> bool:
    """Tell whether a control, what it calls beside it, or its arguments can ask for a person.

    Of an organisation's own control nobody knows: what it calls may be anywhere.
    """
    if control.path.parent != SHIPPED:
        return True
    known = {**functions(FIXTURES), **functions(control.path)}
    function = next(
        each
        for each in functions(control.path).values()
        if each.name.startswith("test") and read_function(each, control.path).id == control.id
    )
    return reaches(function.name, known, set())


def reaches(name: str, known: Mapping[str, ast.FunctionDef], seen: set[str]) -> bool:
    """Tell whether a function names ``manual``, itself or through others in *known*."""
    if name == ENDING:
        return True
    if name in seen or name not in known:
        return False
    seen.add(name)
    return any(reaches(each, known, seen) for each in names_in(known[name]))


def names_in(function: ast.FunctionDef) -> set[str]:
    """Return every name in a function: arguments, what it calls, and texts such as ``"service"``.

    A fixture asks for another one by such a text.
    """
    found = {each.arg for each in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


@cache
def functions(path: Path) -> Mapping[str, ast.FunctionDef]:
    """Return the functions of a module, by name."""
    body = ast.parse(path.read_bytes(), filename=str(path)).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
