"""Finds the configuration file and reads its TOML; what the keys mean is told in ``schema``.

Light on purpose: the plugin asks for the file in every pytest run that has one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from msgspec import Struct

from pdsec_checks.configuration.options import CONFIG_FILE
from pdsec_checks.errors import UsageError

PYPROJECT = "pyproject.toml"
TABLE = "[tool.pdsec]"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters but tabs and line breaks, which a reason of several lines has."""


class ConfigText(Struct, frozen=True):
    """A configuration file as it stands, or none."""

    plain: dict[str, Any]
    path: Path | None
    """None when there is no file."""

    @property
    def name(self) -> str:
        """What error messages call the file."""
        if self.path is None:
            return CONFIG_FILE
        return f"{self.path} {TABLE}" if self.path.name == PYPROJECT else str(self.path)

    def beside(self, path: str) -> Path:
        """Return a path of the file, which counts from the file's own folder."""
        return (self.path.parent if self.path else Path()) / path


def find_config(path: Path | None, folder: Path | None) -> ConfigText:
    """Return the file at *path*, else the one of *folder*, else an empty one.

    Where *folder* is None, none is looked for: the folder is not trusted.

    Raises:
        UsageError: A file that was asked for is missing, *folder* has two, or one is no TOML.
    """
    if path:
        if not path.is_file():
            raise UsageError(f"--config {path}: there is no such file")
        plain = read_table(path)
        if plain is None:
            raise UsageError(f"--config {path}: it has no table {TABLE}")
        return ConfigText(plain, path)
    if folder is None:
        return ConfigText({}, None)
    own, project = folder / CONFIG_FILE, folder / PYPROJECT
    table = read_table(project) if may_hold_table(project) else None
    if own.is_file():
        if table is not None:
            raise UsageError(
                f"{own} and {project} {TABLE}: both configure the inspection; keep one, or name "
                "the one to use with --config"
            )
        return ConfigText(read_table(own) or {}, own)
    return ConfigText({}, None) if table is None else ConfigText(table, project)


def may_hold_table(project: Path) -> bool:
    """Tell cheaply whether a ``pyproject.toml`` can have our table: most have not."""
    try:
        return b"pdsec" in project.read_bytes()
    except OSError:
        return False


def read_table(file: Path) -> dict[str, Any] | None:
    """Return the keys of a file; of a ``pyproject.toml`` those of our table, None without it.

    Raises:
        UsageError: It cannot be read, or is no TOML.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: {error}") from None
    plain = tables_in(text, str(file))
    if file.name != PYPROJECT:
        check_characters(plain, str(file))
        return plain
    tool = plain.get("tool")
    table = tool.get("pdsec") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{file} {TABLE}: it must be a table")
    check_characters(table, f"{file} {TABLE}")
    return table


def tables_in(text: str, where: str) -> dict[str, Any]:
    """Return what a text in TOML says; errors call it *where*.

    Raises:
        UsageError: It is no TOML.
    """
    import tomllib  # only where there is a file

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UsageError(f"{where}: it is nested too deep to be a configuration") from None
    except ValueError as error:  # also a number with thousands of digits
        raise UsageError(f"{where}: {error}") from None


def check_characters(plain: Any, where: str) -> None:
    """Let no value hold a character that ends a path, or steers a terminal.

    Raises:
        UsageError: A key or a value has one; the message names it by its code.
    """
    if isinstance(plain, str):
        if found := CONTROL.search(plain):
            code = f"U+{ord(found[0]):04X}"
            raise UsageError(f"{where}: it contains the control character {code}; remove it")
    elif isinstance(plain, dict):
        for key, value in plain.items():
            check_characters(key, f"{where}: a key")
            check_characters(value, f"{where}.{key}" if ": " in where else f"{where}: {key}")
    elif isinstance(plain, list):
        for number, value in enumerate(plain):
            check_characters(value, f"{where}[{number}]")


def at_home(path: str, where: str) -> Path:
    """Return *path*, in which ``~`` stands for the home folder; errors call it *where*.

    Raises:
        UsageError: There is no home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(
            f"{where} {path}: there is no home folder to put in place of ~; set HOME, or write "
            "the whole path"
        ) from None
