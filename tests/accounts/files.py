"""Writes ``accounts.toml`` for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def accounts_toml(folder: Path, *entries: dict[str, Any]) -> Path:
    """Write a file with these entries into *folder* and return it."""
    path = folder / "accounts.toml"
    tables = [
        "[[accounts]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in each.items())
        for each in entries
    ]
    path.write_text("\n".join(tables), encoding="utf-8")
    return path
