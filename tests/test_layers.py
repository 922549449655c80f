"""Layers: who may import whom, held against the source."""

from __future__ import annotations

import ast
import graphlib
import sys
from functools import cache
from pathlib import Path

import pytest

import pdsec_checks

ROOT = Path(pdsec_checks.__file__).parent
LAYERS = (
    ("__main__",),
    ("cli",),
    ("plugin", "commands"),
    ("evidence",),
    ("accounts",),
    ("suite",),
    ("judging", "reports"),
    ("controls", "fixtures", "fixes"),
    ("inspection",),
    ("catalogue", "pagerduty"),
    ("configuration",),
    ("analysis", "outcomes"),
    ("baseline", "resources"),
    ("finding",),
    ("errors", "exit_codes", "garbage", "model", "output"),
    ("colours",),
)
"""Top to bottom; parts beside each other do not import each other."""
FOR_CONTROLS = {"analysis", "resources", "outcomes", "model", "errors", "baseline"}
HOMES = {
    "pytest": {"plugin", "suite", "accounts", "controls", "outcomes", "commands"},
    "_pytest": set[str](),
    "xdist": set[str](),
    "requests": {"pagerduty"},
    "truststore": {"pagerduty"},
    "keyring": {"pagerduty"},
    "vcr": {"pagerduty"},
    "yaml": {"catalogue", "pagerduty"},
    "jinja2": {"reports"},
    "xlsxwriter": {"reports"},
    "shtab": {"commands"},
    "rich": {"suite"},
    "filelock": {"suite", "evidence"},
    "tomlkit": {"configuration"},
}
"""Third-party package → the parts of ours that may import it."""
RECORDS = {"msgspec.Struct", "msgspec.field", "msgspec.structs.replace"}
"""What makes and changes records: all that analysis may have of msgspec."""


def module_name(path: Path) -> str:
    """Return the dotted name of a source file."""
    parts = ("pdsec_checks", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Return the dotted names that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            assert node.module is not None
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part(name: str) -> str:
    """Return the first part of ours in a dotted name; the package itself has none."""
    own, _, rest = name.partition(".")
    assert own == "pdsec_checks"
    return rest.partition(".")[0]


def module_of(name: str) -> str:
    """Return the module of ours that an imported name is, or stands in."""
    return name if name in FILES else name.rpartition(".")[0]


FILES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
MODULES = pytest.mark.parametrize("module", [each for each in FILES if part(each)])


@cache
def sources() -> dict[str, set[str]]:
    """Return the names that each module of ours imports."""
    return {module: imports(path) for module, path in FILES.items()}


@cache
def imported() -> dict[str, set[str]]:
    """Return the modules of ours that each module of ours imports."""
    return {
        module: {module_of(name) for name in names if name.startswith("pdsec_checks.")}
        - {module, "pdsec_checks"}
        for module, names in sources().items()
    }


@cache
def own() -> dict[str, set[str]]:
    """Return the parts of ours that each module of ours imports."""
    return {module: {part(name) for name in names} for module, names in imported().items()}


def layer(name: str) -> int:
    """Return the layer of one of our parts, counted from the top."""
    found = [number for number, names in enumerate(LAYERS) if name in names]
    assert len(found) == 1, f"put {name!r} into a layer"
    return found[0]


@MODULES
def test_every_module_has_a_layer(module: str) -> None:
    """A new module says in this file where it belongs."""
    assert layer(part(module)) in range(len(LAYERS))


@MODULES
def test_imports_point_downwards(module: str) -> None:
    """A module imports its own folder, and what is in lower layers: nothing above or beside."""
    here = part(module)

    assert {name for name in own()[module] - {here} if layer(name) <= layer(here)} == set()


def test_the_package_itself_imports_nothing_of_ours() -> None:
    """Whatever ``__init__`` imported, every module would import: a cycle that no order shows."""
    assert not any(name.startswith("pdsec_checks") for name in sources()["pdsec_checks"])


def test_there_is_no_cycle() -> None:
    """Modules can be put into an order in which each imports only those before it."""
    order = list(graphlib.TopologicalSorter(imported()).static_order())

    assert set(order) == {*FILES} | {each for found in imported().values() for each in found}


def test_a_cycle_would_be_seen() -> None:
    """Imports inside functions, and those for annotations alone, count as any other."""
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(
            imported() | {"pdsec_checks.model": {"pdsec_checks.plugin"}}
        ).prepare()


@pytest.mark.parametrize("module", [each for each in FILES if part(each) == "controls"])
def test_controls_know_only_what_a_control_needs(module: str) -> None:
    """A control sees judgement, resources and thresholds, and nothing of how they come."""
    assert own()[module] <= FOR_CONTROLS


@pytest.mark.parametrize("package", HOMES)
def test_third_party_package_lives_in_one_layer(package: str) -> None:
    """What depends on a package that may change is found in one place."""
    users = {
        part(module)
        for module, names in sources().items()
        if any(name.split(".")[0] == package for name in names)
    }

    assert users <= HOMES[package]


def test_one_command_alone_starts_pytest() -> None:
    """All other sub-commands work without it."""
    users = {
        module
        for module, names in sources().items()
        if part(module) == "commands" and any(name.split(".")[0] == "pytest" for name in names)
    }

    assert users == {"pdsec_checks.commands.inspect"}


@MODULES
def test_nobody_imports_the_plugin_or_a_conftest(module: str) -> None:
    """Both are pytest's to load."""
    assert not any("conftest" in name for name in sources()[module])
    assert "plugin" not in own()[module]


@pytest.mark.parametrize("module", [each for each in FILES if part(each) == "analysis"])
def test_judgement_needs_neither_clock_nor_files(module: str) -> None:
    """Analysis is computation: it imports nothing that reads, waits or connects.

    msgspec makes its records, and nothing else there.
    """
    outside = {name.split(".")[0] for name in sources()[module]} - {"pdsec_checks"}
    of_msgspec = {name for name in sources()[module] if name.split(".")[0] == "msgspec"}

    assert of_msgspec <= RECORDS
    assert outside - {"msgspec"} <= set(sys.stdlib_module_names)
    assert not outside & {"os", "pathlib", "time", "socket", "subprocess", "random", "threading"}
