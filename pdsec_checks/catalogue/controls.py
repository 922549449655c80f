"""The controls of a folder, read off their source without importing it.

Importing controls imports pytest and everything that judges; whoever only lists them, or wants
their ids before pytest collects them, needs neither.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pdsec_checks
from pdsec_checks.catalogue.consequences import consequence_of
from pdsec_checks.configuration.options import control_id
from pdsec_checks.errors import UsageError
from pdsec_checks.model import EXTENDED, RESERVED, Cause, Control, Figure, Severity

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Selection

C = TypeVar("C", bound=Control)
SHIPPED = Path(pdsec_checks.__file__).parent / "controls"
CONTROL_ID = re.compile(r"[A-Z]{2,}-\d{2,}")
EXAMPLE = 'control("ACME-01")'
NEEDED = ("Rationale", "Remediation")
DESCRIPTION = "Description"
"""What stands between the title and the first named paragraph."""
SECTIONS = (DESCRIPTION, *NEEDED, "Limits", "Help", "Worse", "Consequence")
"""The paragraphs of a docstring; ``Help`` is an address, ``Worse`` a list, ``Consequence`` begins
with the words of one, the others are sentences."""
FIGURE = re.compile(r"(more|less) ([a-z][a-z0-9_]*)")
"""What makes a fail worse: ``more privileged_users``."""
BLOCKS = (ast.stmt, ast.excepthandler, ast.match_case)
"""What functions can stand in."""
CAUSE = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
HEADING = re.compile(
    rf"^(Rationale|Limits|Worse|Consequence|(?:Remediation|Help)(?: {CAUSE})?): ", re.MULTILINE
)
"""Where a paragraph begins; one about a single cause names it: ``Remediation no-ability:``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenControl(Control):
    """One control as it stands in its file; what it reads and judges nobody looked up."""

    arguments: tuple[str, ...]
    path: Path
    is_extended: bool = False
    """Whether it belongs to the extended set; one of an organisation's own belongs to none."""


def shipped_sources() -> list[WrittenControl]:
    """Return every control of the package, by id."""
    return read_folder(SHIPPED)


@cache
def _shipped() -> tuple[WrittenControl, ...]:
    return tuple(shipped_sources())


def shipped_severities() -> Mapping[str, Severity]:
    """Return the package's controls, in order, with their severity; the files are read once."""
    return {source.id: source.severity for source in _shipped()}


@cache
def shipped_extended() -> frozenset[str]:
    """Return the package's controls that only the extended set has; the files are read once."""
    return frozenset(source.id for source in _shipped() if source.is_extended)


def left_out(selection: Selection) -> frozenset[str]:
    """Return the controls that the chosen set leaves out: nobody asked for them."""
    return frozenset(name for name in shipped_extended() if selection.leaves_out(name))


@cache
def shipped_families() -> Mapping[str, str]:
    """Return the family of each of the package's controls: the file that it stands in.

    ``test_access_control.py`` is the family ``access_control``; the files are read once.
    """
    return {source.id: source.path.stem.removeprefix("test_") for source in _shipped()}


@cache
def shipped_ids() -> tuple[str, ...]:
    """Return the ids of the package's controls, in order; their files are read once."""
    return tuple(shipped_severities())


def own_sources(folder: Path) -> list[WrittenControl]:
    """Return the controls of an organisation's own folder, by id.

    Raises:
        UsageError: It cannot be used, or one of its controls has an id that is reserved.
    """
    found = read_folder(folder)
    for source in found:
        check_own_id(source.id, source.path)
    return found


def check_own_id(name: str, path: Path) -> None:
    """Keep an own control from an id that a later version of the product may give away.

    Raises:
        UsageError: It has one.
    """
    if RESERVED.fullmatch(name):
        raise UsageError(
            f"{path}: {name} is reserved for the product, as PD-01 to PD-99 are; choose another id"
        )


def read_folder(folder: Path) -> list[WrittenControl]:
    """Return the controls of every ``test_*.py`` below *folder*, by id.

    Raises:
        UsageError: A file is no Python, two controls have one id, or there is no control.
    """
    found: dict[str, WrittenControl] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for source in read_module(path):
            if source.id in found:
                raise UsageError(
                    f"{path}: {source.id} is in {found[source.id].path} already; choose another id"
                )
            found[source.id] = source
    if not found:
        raise UsageError(
            f"{folder}: there is no control in it; a control is a test function in a file "
            f"test_*.py with the marker {EXAMPLE}"
        )
    return sorted(found.values(), key=lambda source: source.id)


def read_module(path: Path) -> Iterator[WrittenControl]:
    """Yield the controls of one file.

    Raises:
        UsageError: It cannot be read, or is no Python.
    """
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise UsageError(f"{path}:{line}: is not valid Python: {error}") from None
    for function in functions_in(tree):
        if function.name.startswith("test"):
            yield read_function(function, path)


def functions_in(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the functions below *node*, wherever one can stand: in no expression."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        if isinstance(child, BLOCKS):
            yield from functions_in(child)


def read_function(function: ast.FunctionDef, path: Path) -> WrittenControl:
    """Return the control that a test function is.

    Raises:
        UsageError: It is none, its id is malformed, it has no severity, it ends with a cause
            that has no remedy, it gets worse by a figure that it does not hand over, or its
            consequence is none.
    """
    where = f"{path}:{function.lineno}: {function.name}"
    markers = dict(map(marker, function.decorator_list))
    if "control" not in markers:
        raise UsageError(f"{where} is no control: give it the marker {EXAMPLE}")
    name = markers["control"]
    if not CONTROL_ID.fullmatch(name) or control_id(name) != name:
        raise UsageError(f"{where}: {name!r} is no control id; write it like {EXAMPLE}")
    severities = [each for each in Severity if each in markers]
    if len(severities) != 1:
        raise UsageError(f"{where}: exactly one marker of {', '.join(Severity)} is needed")
    found = control_from(
        WrittenControl,
        name,
        severities[0],
        ast.get_docstring(function) or "",
        where,
        arguments=tuple(argument.arg for argument in function.args.args),
        path=path,
        is_extended=EXTENDED in markers,
    )
    for cause in sorted(causes_named(function) - {each.id for each in found.causes}):
        raise UsageError(
            f"{where} ends with the cause {cause!r}, and its docstring has no paragraph "
            f"'Remediation {cause}:'"
        )
    check_handed_over(found.figures, function, where)
    return found


def control_from(
    kind: type[C], name: str, severity: Severity, docstring: str, where: str, **more: Any
) -> C:
    """Return a control from its id, its severity and its docstring.

    *more* are the fields that only this *kind* of control has.

    Raises:
        UsageError: It gets worse by what is no figure, or its consequence is none; *where* names
            the control.
    """
    title, sections = parse_docstring(docstring)
    consequence, if_ignored = consequence_of(name, sections["Consequence"], where)
    return kind(
        id=name,
        title=title,
        severity=severity,
        description=sections[DESCRIPTION],
        rationale=sections["Rationale"],
        remediation=sections["Remediation"],
        limits=sections["Limits"],
        help=sections["Help"],
        causes=causes_in(sections),
        figures=figures_in(sections, where),
        consequence=consequence,
        if_ignored=if_ignored,
        **more,
    )


def marker(decorator: ast.expr) -> tuple[str, str]:
    """Return the name of a ``pytest.mark`` decorator and its first argument, where it is a text."""
    argument = ""
    if isinstance(decorator, ast.Call):
        if decorator.args and isinstance(decorator.args[0], ast.Constant):
            argument = str(decorator.args[0].value)
        decorator = decorator.func
    return (decorator.attr if isinstance(decorator, ast.Attribute) else ""), argument


def causes_named(function: ast.FunctionDef) -> set[str]:
    """Return the causes that a control names itself; those of its arguments are not among them."""
    return {
        str(word.value.value)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        for word in call.keywords
        if word.arg == "cause" and isinstance(word.value, ast.Constant)
    }


def parse_docstring(docstring: str) -> tuple[str, dict[str, str]]:
    """Return the title, and the text of each other paragraph ("" where missing).

    A docstring that says no more than its title is described by it.
    """
    first, _, rest = docstring.partition("\n\n")
    title = " ".join(first.split()).rstrip(".")
    found = dict.fromkeys(SECTIONS, "")
    described, *parts = HEADING.split(rest)
    found[DESCRIPTION] = " ".join(described.split()) or (title and f"{title}.")
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        text = " ".join(body.split())
        is_sentence = not name.startswith(("Help", "Worse"))
        found[name] = text[:1].upper() + text[1:] if is_sentence else text
    return title, found


def causes_in(sections: Mapping[str, str]) -> tuple[Cause, ...]:
    """Return the causes that the paragraphs of a docstring tell apart, in its order."""
    named = (name.partition(" ") for name in sections)
    return tuple(
        Cause(cause, sections[f"{name} {cause}"], sections.get(f"Help {cause}", ""))
        for name, _, cause in named
        if cause and name == "Remediation"
    )


def figures_in(sections: Mapping[str, str], where: str) -> tuple[Figure, ...]:
    """Return by what a control gets worse: ``Worse: more privileged_users, less levels``.

    Raises:
        UsageError: The paragraph says anything else; *where* names the control.
    """
    listed = sections["Worse"].removesuffix(".")
    found = [FIGURE.fullmatch(part.strip()) for part in listed.split(",")] if listed else []
    if not all(found):
        raise UsageError(
            f"{where}: the paragraph Worse: names figures of the evidence, as in "
            "'more privileged_users, less levels'"
        )
    return tuple(Figure(each[2], more=each[1] == "more") for each in found if each)


def check_handed_over(figures: Collection[Figure], function: ast.FunctionDef, where: str) -> None:
    """Make sure that a control itself names each figure by which it gets worse.

    A misspelt one would never be worse.

    Raises:
        UsageError: It names one only in its docstring.
    """
    named = keys_named(function) if figures else set()
    for each in figures:
        if each.name not in named:
            raise UsageError(
                f"{where} gets worse by {each.direction} {each.name}, and hands over no such "
                f'figure: set evidence["{each.name}"], or end with fail(..., {each.name}=...)'
            )


def keys_named(function: ast.FunctionDef) -> set[str]:
    """Return the texts and the keywords of calls in a function; its evidence is among them."""
    inner = [node for statement in function.body for node in ast.walk(statement)]
    texts = {str(node.value) for node in inner if isinstance(node, ast.Constant)}
    return texts | {str(node.arg) for node in inner if isinstance(node, ast.keyword)}
