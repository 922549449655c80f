"""What a ``-m`` expression names: markers, and the frameworks that somebody asks about.

pytest compiles such an expression as Python and keeps to itself what it means, so that it is read
here a second time, as https://docs.pytest.org/en/stable/how-to/mark.html describes it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import replace

from pdsec_checks.configuration.settings import Settings
from pdsec_checks.model import EXTENDED


def names_in(expression: str) -> Iterator[tuple[str, str | None]]:
    """Yield the markers of an expression, each with the id that it is asked for.

    An expression that does not parse yields nothing: pytest explains that better.
    """
    tree = parsed(expression)
    if tree is None:
        return
    called = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func)
            yield node.func.id, id_of(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node not in called:
            yield node.id, None


def parsed(expression: str) -> ast.expr | None:
    """Return an expression as Python reads it; None where it cannot."""
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return None


def id_of(node: ast.Call) -> str | None:
    """Return the id that a marker is asked for, as in ``soc2(id='CC7.3')``; None without one."""
    wanted = [word.value.value for word in node.keywords
              if word.arg == "id" and isinstance(word.value, ast.Constant)]  # fmt: skip
    return str(wanted[0]) if wanted else None


def with_marked_set(settings: Settings, expression: str) -> Settings:
    """Return *settings* with the extended set where ``-m`` asks for its marker."""
    tree = parsed(expression)
    if tree is None or EXTENDED not in wanted(tree, {EXTENDED}):
        return settings
    return replace(settings, selection=replace(settings.selection, controls_set=EXTENDED))


def with_marked_frameworks(settings: Settings, expression: str, known: Collection[str]) -> Settings:
    """Return *settings* that know which of the frameworks *known* ``-m`` asks about."""
    settings = with_marked_set(settings, expression)
    marked = tuple(dict.fromkeys(asked_about(expression, known)))
    return replace(settings, selection=replace(settings.selection, marked_frameworks=marked))


def asked_about(expression: str, known: Collection[str]) -> list[str]:
    """Return the frameworks, or requirements, that whatever an expression chooses is chosen for.

    ``soc2 and critical`` asks about SOC 2. ``soc2 or critical`` chooses controls for another reason
    as well, and ``not soc2`` asks about all the others: both are about no framework.
    """
    tree = parsed(expression)
    if tree is None or holds_without(tree, known) is not False:
        return []
    return list(wanted(tree, known))


def holds_without(node: ast.expr, known: Collection[str]) -> bool | None:
    """Tell whether an expression chooses a control that supports none of the frameworks *known*.

    None where other markers decide.
    """
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = holds_without(operand, known)
            return None if found is None else not found
        case ast.BoolOp(op=op, values=values):
            decisive = isinstance(op, ast.Or)
            parts = {holds_without(each, known) for each in values}
            return decisive if decisive in parts else None if None in parts else not decisive
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name in known:
            return False
    return None


def wanted(node: ast.expr, known: Collection[str], *, negated: bool = False) -> Iterator[str]:
    """Yield the frameworks, or requirements, that an expression names and does not exclude."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from wanted(operand, known, negated=not negated)
        case ast.BoolOp(values=values):
            for each in values:
                yield from wanted(each, known, negated=negated)
        case ast.Name(id=name) if name in known and not negated:
            yield name
        case ast.Call(func=ast.Name(id=name)) if name in known and not negated:
            requirement = id_of(node)
            yield f"{name}:{requirement}" if requirement else name
