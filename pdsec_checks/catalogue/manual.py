"""How the package's controls can end at all, read off their source.

Whether one can ask for a person, and whether one can say something of the account as a whole that
a waiver or an attestation could be about.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from pdsec_checks.catalogue.controls import SHIPPED, WrittenControl, read_function
from pdsec_checks.model import ACCOUNT

FIXTURES = SHIPPED.parent / "fixtures.py"
MANUAL = frozenset({"manual"})
"""The function of ``pdsec_checks.outcomes`` that ends a case so."""
FAIL = frozenset({"fail", "assert"})
"""The function, and the statement, that let one fail."""


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
    return reaches(function.name, known, MANUAL)


def can_be_about_account(control: WrittenControl, endings: Collection[str]) -> bool:
    """Tell whether a control can end so for the account as a whole.

    One that is about the account does. Any other has such a row only where one of its arguments
    ends all its cases at once: with :data:`FAIL` or :data:`MANUAL`. Of an organisation's own
    control nobody knows.
    """
    if control.path.parent != SHIPPED or ACCOUNT in control.arguments:
        return True
    known = functions(FIXTURES)
    return any(reaches(each, known, endings) for each in control.arguments)


def reaches(name: str, known: Mapping[str, ast.FunctionDef], endings: Collection[str]) -> bool:
    """Tell whether a function names one of *endings*, itself or through others in *known*."""
    seen: set[str] = set()
    left = [name]
    while left:
        each = left.pop()
        if each in endings:
            return True
        if each in known and each not in seen:
            seen.add(each)
            left += names_in(known[each])
    return False


def names_in(function: ast.FunctionDef) -> set[str]:
    """Return every name in a function: arguments, what it calls, and texts such as ``"service"``.

    A fixture asks for another one by such a text. One that asserts has the name ``assert``.
    """
    found = {each.arg for each in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Assert):
            found.add("assert")
    return found


@cache
def functions(path: Path) -> Mapping[str, ast.FunctionDef]:
    """Return the functions of a module, by name."""
    body = ast.parse(path.read_bytes(), filename=str(path)).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
