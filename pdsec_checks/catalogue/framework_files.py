"""Which requirements of which frameworks each control supports: ``frameworks/*.yaml``.

The names of the files are the names of the markers, so that marker names are known
without reading a file. PyYAML, and what a file becomes, are loaded with the first one that is
read: every run of pytest asks for the names.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pdsec_checks
from pdsec_checks.catalogue.consequences import CLASS_OF
from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Fit, Requirement, Severity

if TYPE_CHECKING:
    from yaml import Node

    from pdsec_checks.catalogue.frameworks import Catalogue, Edition, Framework, Support

ORDER = ("fedramp", "cmmc", "soc2", "cis", "pci_dss", "stig", "irap", "ismap", "sscf")
"""The shipped frameworks, as reports order them; others follow."""
TAKEN = frozenset(
    {"control", "filterwarnings", "parametrize", "skip", "skipif", "usefixtures", "xfail"}
    | {"xdist_group", *Severity}
)
"""Markers that mean something else."""
TITLES = ("own words", "official", "official, shortened")
CCI = re.compile(r"CCI-[0-9]{6}")
STATUSES = ("present", "withdrawn", "absent", "unverified")
ABOUT = ("short", "publisher", "source", "licence", "titles", "note", "reasons")
ONE_EDITION = ("edition", "version", "requirements")
TWO_EDITIONS = ("specified", "current")


class FrameworkFileError(UsageError, ValueError):
    """A framework file that cannot be used; the text names file, line and way out."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path = path
        self.line = line


def load_catalogue(
    extra: Iterable[Path] = (), known_controls: Collection[str] | None = None
) -> Catalogue:
    """Read the shipped framework files and the user's own; None: there are no own controls.

    Raises:
        FrameworkFileError: A file cannot be used.
    """
    from pdsec_checks.catalogue.frameworks import Catalogue  # where files are read

    known = frozenset(shipped_ids() if known_controls is None else known_controls)
    folder = shipped_folder()
    loaded = (
        load_shipped(path, known) if path.parent == folder else load_framework(path, known)
        for path in framework_files(extra)
    )
    return Catalogue({framework.id: framework for framework in loaded})


@cache
def load_shipped(path: Path, known_controls: frozenset[str]) -> Framework:
    """Read a file of the package, without its rows for controls of the product that are to come.

    Files of the package stay as they are while it runs, so each is read once.

    Raises:
        FrameworkFileError: The file cannot be used.
    """
    to_come = CLASS_OF.keys() - known_controls
    return load_framework(path, {*known_controls, *to_come}).without(to_come)


def framework_files(extra: Iterable[Path] = ()) -> list[Path]:
    """Return the shipped files and the user's own, in the order of reports; read none.

    Raises:
        FrameworkFileError: A name cannot be a marker, or two files have the same name.
    """
    by_id: dict[str, Path] = {}
    for path in (*shipped_folder().glob("*.yaml"), *map(Path, extra)):
        if problem := problem_with_id(path.stem):
            raise FrameworkFileError(path, 1, f"{problem}; give the file another name")
        if path.stem in by_id:
            text = f"{by_id[path.stem]} is the framework {path.stem!r} already; rename this file"
            raise FrameworkFileError(path, 1, text)
        by_id[path.stem] = path
    return [by_id[name] for name in sorted(by_id, key=report_order)]


def shipped_folder() -> Path:
    """Return where the shipped files are: inside a wheel, or beside the package in a checkout."""
    package = Path(pdsec_checks.__file__).parent
    packed = package / "_frameworks"
    return packed if packed.is_dir() else package.parent / "frameworks"


def problem_with_id(name: str) -> str | None:
    """Say why *name* cannot be a marker; None if it can."""
    if name in TAKEN:
        return f"{name!r} is the name of another marker"
    if name.startswith("_") or not name.isidentifier() or keyword.iskeyword(name):
        return (
            f"{name!r} cannot be a marker: use letters, digits and underscores, "
            "begin with a letter, and avoid Python keywords"
        )
    return None


def report_order(framework: str) -> tuple[int, str]:
    """Return the sort key of a framework id: the shipped ones first, then by name."""
    return (ORDER.index(framework) if framework in ORDER else len(ORDER), framework)


def load_framework(path: Path, known_controls: Collection[str] | None = None) -> Framework:
    """Read one framework file.

    Raises:
        FrameworkFileError: The file cannot be used.
    """
    from pdsec_checks.catalogue.frameworks import Framework  # where files are read

    root = Value(path, "the file", 1, compose(path))
    fields = root.fields(("id", "title"), (*ABOUT, *ONE_EDITION, *TWO_EDITIONS))
    known = shipped_ids() if known_controls is None else known_controls
    scope = Scope(read_id(fields["id"]), known)
    specified, current = read_editions(root, fields, scope)
    return Framework(
        id=scope.framework,
        short=optional_text(fields, "short") or scope.framework,
        title=fields["title"].text(),
        publisher=optional_text(fields, "publisher"),
        source=optional_text(fields, "source"),
        licence=optional_text(fields, "licence"),
        titles=fields["titles"].choice(TITLES) if "titles" in fields else "",
        note=optional_text(fields, "note"),
        specified=specified,
        current=current,
        reasons=read_reasons(fields["reasons"], scope) if "reasons" in fields else {},
    )


class Scope(NamedTuple):
    """What the parts of a file must agree with."""

    framework: str
    known_controls: Collection[str]


def read_id(value: Value) -> str:
    """Return the id of a framework, which is also the name of its file and of a marker."""
    name = value.text()
    if problem := problem_with_id(name):
        raise value.refuse(f"{problem}; choose another id")
    if name != value.path.stem:
        text = f"the id {name!r} is not the name of the file; name the file '{name}.yaml'"
        raise value.refuse(f"{text}, or write 'id: {value.path.stem}'")
    return name


def read_editions(root: Value, fields: Fields, scope: Scope) -> tuple[Edition, Edition]:
    """Return the specified and the current edition; one that stands alone is both."""
    if not any(key in fields for key in TWO_EDITIONS):
        root.require(fields, ("requirements",))
        edition = read_edition(fields, scope)
        return edition, edition
    root.require(fields, TWO_EDITIONS)
    for key in ONE_EDITION:
        if key in fields:
            text = f"{key!r} stands beside 'specified' and 'current'; move it into both"
            raise fields[key].refuse(text)
    specified, current = (
        read_edition(fields[key].fields(("edition", "requirements"), ("version",)), scope)
        for key in TWO_EDITIONS
    )
    return specified, current


def read_edition(fields: Fields, scope: Scope) -> Edition:
    """Read one mapping. An id may stand in it once."""
    from pdsec_checks.catalogue.frameworks import Edition, natural_order  # where files are read

    label = optional_text(fields, "edition")
    lines: dict[str, int] = {}
    found: list[Support] = []
    for entry in fields["requirements"].items():
        support = read_requirement(entry, label, scope)
        name = support.requirement.id
        if name in lines:
            text = f"requirement {name!r} stands in line {lines[name]} already; join the two"
            raise entry.refuse(text)
        lines[name] = entry.line
        found.append(support)
    found.sort(key=lambda support: natural_order(support.requirement.id))
    return Edition(label, optional_text(fields, "version"), tuple(found))


def read_requirement(entry: Value, edition: str, scope: Scope) -> Support:
    """Read one entry of ``requirements``."""
    from pdsec_checks.catalogue.frameworks import Support  # where files are read

    fields = entry.fields(("id", "title", "controls"), ("status", "note", "cci"))
    requirement = Requirement(
        framework=scope.framework,
        id=fields["id"].text(),
        edition=edition,
        title=fields["title"].text(),
        status=fields["status"].choice(STATUSES) if "status" in fields else "present",
        note=optional_text(fields, "note"),
        cci=read_cci(fields["cci"]) if "cci" in fields else (),
    )
    return Support(requirement, read_controls(fields["controls"], scope))


def read_cci(value: Value) -> tuple[str, ...]:
    """Read the ids of DISA's Control Correlation Identifiers: ``[CCI-000167]``."""
    found = value.items()
    for item in found:
        if not CCI.fullmatch(item.text()):
            raise item.refuse(f"{item.text()!r} is no CCI; write six digits, as in CCI-000167")
    return tuple(dict.fromkeys(item.text() for item in found))


def read_controls(value: Value, scope: Scope) -> dict[str, Fit | None]:
    """Read ``[PD-25]``, or ``{PD-25: good}`` where the fit is known."""
    if value.node.id == "mapping":
        return {
            key.choice(scope.known_controls): Fit(fit.choice(tuple(Fit)))
            for key, fit in value.pairs()
        }
    found: dict[str, Fit | None] = {}
    for item in value.items():
        control = item.choice(scope.known_controls)
        if control in found:
            raise item.refuse(f"{control!r} is listed twice; keep one")
        found[control] = None
    return found


def read_reasons(value: Value, scope: Scope) -> dict[str, str]:
    """Read the reasons, one a control."""
    return {key.choice(scope.known_controls): reason.text() for key, reason in value.pairs()}


def optional_text(fields: Fields, key: str) -> str:
    """Return the text under *key*; empty when there is no such key."""
    return fields[key].text() if key in fields else ""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a file, with its name and its line. Each reading refuses other types."""

    path: Path
    name: str
    line: int
    node: Any
    """A ``yaml.Node``; the type stubs do not know its ``id``."""

    def refuse(self, problem: str) -> FrameworkFileError:
        """Return the error that says *problem* about this place."""
        return FrameworkFileError(self.path, self.line, problem)

    def raw(self) -> str:
        """Return the characters of a single value as they stand in the file."""
        if self.node.id != "scalar":
            raise self.refuse(f"{self.name!r} is a {self.node.id}; write a single value")
        return str(self.node.value)

    def text(self) -> str:
        """Return a text. A number is none: 8.10 would become 8.1."""
        raw = self.raw()
        if not raw.strip():
            raise self.refuse(f"{self.name!r} is empty; fill it in")
        kind = self.node.tag.removeprefix("tag:yaml.org,2002:")
        if kind != "str":
            raise self.refuse(f'{self.name!r} is a YAML {kind}; put it in quotes: "{raw}"')
        return raw

    def choice(self, valid: Collection[str]) -> str:
        """Return one of the *valid* words."""
        raw = self.raw()
        if raw not in valid:
            words = ", ".join(sorted(valid))
            raise self.refuse(f"{raw!r} under {self.name!r} is unknown; valid are {words}")
        return raw

    def parts(self, kind: str, wanted: str) -> list[Any]:
        """Return the nodes of a collection of this *kind*, which has at least one."""
        if self.node.id != kind:
            raise self.refuse(f"{self.name!r} must be {wanted}")
        if not self.node.value:
            raise self.refuse(f"{self.name!r} is empty; name at least one, or leave it out")
        return list(self.node.value)

    def items(self) -> list[Value]:
        """Return the entries of a list."""
        nodes = self.parts("sequence", "a list: [a, b], or lines that begin with '- '")
        return [Value(self.path, self.name, line_of(node), node) for node in nodes]

    def pairs(self) -> list[tuple[Value, Value]]:
        """Return the keys and values of a mapping. A value's line is that of its key."""
        found: dict[str, tuple[Value, Value]] = {}
        for key_node, node in self.parts("mapping", "a mapping: lines such as 'key: value'"):
            key = Value(self.path, self.name, line_of(key_node), key_node)
            name = key.raw()
            if name in found:
                raise key.refuse(f"{name!r} is listed twice; keep one")
            found[name] = (key, Value(self.path, name, key.line, node))
        return list(found.values())

    def fields(self, required: Iterable[str], optional: Iterable[str]) -> Fields:
        """Return the values of a mapping whose keys are fixed."""
        known = [*required, *optional]
        found: Fields = {}
        for key, value in self.pairs():
            if value.name not in known:
                raise key.refuse(f"unknown key {value.name!r}; {nearest(value.name, known)}")
            found[value.name] = value
        self.require(found, required)
        return found

    def require(self, fields: Fields, required: Iterable[str]) -> None:
        """Refuse a mapping that lacks a *required* key."""
        for key in required:
            if key not in fields:
                line = line_of(self.node)
                raise FrameworkFileError(self.path, line, f"the key {key!r} is missing; add it")


Fields = dict[str, Value]


def nearest(word: str, valid: list[str]) -> str:
    """Say which of the *valid* words was probably meant."""
    near = difflib.get_close_matches(word, valid, n=1)
    return f"did you mean {near[0]!r}?" if near else f"valid are {', '.join(valid)}"


def line_of(node: Node) -> int:
    """Return the line in which *node* begins, counted from 1."""
    return node.start_mark.line + 1


@cache
def composed(data: bytes) -> Node | None:
    """Return the YAML document in *data*, once for all the accounts of a run."""
    import yaml  # the same

    node: Node | None = yaml.compose(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return node


def compose(path: Path) -> Node:
    """Return the YAML document of a file, with the place of every value.

    Raises:
        FrameworkFileError: There is no such file, it is empty, or it is not YAML.
    """
    import yaml  # here, because runs that only need the marker names never read a file

    try:
        data = path.read_bytes()
        node = composed(data)
    except OSError as error:
        raise FrameworkFileError(path, 1, f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        text = f"is not valid YAML: {error.problem}; correct this line or the one above"
        raise FrameworkFileError(path, mark.line + 1 if mark else 1, text) from error
    except yaml.reader.ReaderError as error:
        line = data.count(b"\n", 0, error.position) + 1
        text = f"is not valid YAML: {error.reason}; save the file as plain UTF-8 text"
        raise FrameworkFileError(path, line, text) from error
    if node is None:
        raise FrameworkFileError(path, 1, "is empty; it needs 'id', 'title' and 'requirements'")
    return node
