"""Nothing stays in the package that only its own tests use."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import pdsec_checks

PACKAGE = Path(pdsec_checks.__file__).parent
ROOT = PACKAGE.parent
USERS = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.jinja"), ROOT / "docs" / "generate.py"]
"""The files whose words count as a use; tests and benchmarks do not."""
CALLED_BY_NAME = re.compile(r"pytest_|test_|__")
"""What pytest and Python call by its name."""
KEEPS_MODULES = "FAMILIES"
"""A name that only keeps the modules imported whose functions declare themselves."""


@cache
def words() -> Counter[str]:
    """Return how often each word stands in the files of the package."""
    return Counter(word for path in USERS for word in re.findall(r"\w+", path.read_text("utf-8")))


def names_of(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module declares.

    A function or a class with a decorator is handed to somebody there.
    """
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        is_handed_on = isinstance(statement, ast.FunctionDef) and statement.decorator_list
        yield from () if is_handed_on else (statement.name,)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (each.id for each in targets if isinstance(each, ast.Name))


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_each_name_of_a_module_is_used_somewhere(path: Path) -> None:
    """A function, a class or a constant that the package itself never names again is dead."""
    declared = [name for each in ast.parse(path.read_text("utf-8")).body for name in names_of(each)]
    unused = [name for name in declared if words()[name] < 2 and name != KEEPS_MODULES]

    assert [name for name in unused if not CALLED_BY_NAME.match(name)] == []
