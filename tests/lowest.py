"""Prints the lowest versions that ``pyproject.toml`` allows, as requirements for pip."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest(project: Path = PROJECT) -> Iterator[str]:
    """Yield ``name==version`` for each dependency of the package.

    Raises:
        ValueError: One has no lower bound, or a bound of another kind.
    """
    for each in tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]:
        name, bound, version = each.partition(">=")
        if not bound or not version.replace(".", "").isdecimal():
            raise ValueError(f"{each}: only a lower bound can be tried; write name>=version")
        yield f"{name}=={version}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lowest()) + "\n")
