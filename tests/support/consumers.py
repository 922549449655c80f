"""Rows of the table in ``docs/consumers.md``: what other programs show of our reports."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from tests.support.processes import ROOT

FOLDER = ROOT / "tests" / "consumers"
RECORDED = FOLDER / "recorded"
"""A file a consumer: its rows as they were when it was last tried."""


@dataclass(frozen=True)
class Row:
    """What one program shows of one of our reports, as a number."""

    consumer: str
    version: str = field(compare=False)
    """That of the program which was tried; ``rule`` where its written rule was followed."""
    format: str
    """The name of the format, as ``--format`` has it."""
    account: str
    """What was inspected, and how that went: ``demo, /services refused``."""
    shows: str
    """What is counted, in the words of the program: ``closed as fixed``."""
    ours: int
    """The count that follows from our findings."""
    theirs: int
    """The count that the program shows."""
    settles: bool = False
    """Whether it means passed or fixed: there must never be more of it than we say."""
    why: str = ""
    """Why the two counts differ, where they do."""


def names() -> list[str]:
    """Return the consumers: the modules that have rows."""
    found = (path.stem for path in FOLDER.glob("*.py"))
    return sorted(name for name in found if not name.startswith(("_", "test_")))


def rows(name: str) -> list[Row]:
    """Return the rows of a consumer, tried now.

    Raises:
        pytest.skip.Exception: The program is not installed.
    """
    tried: Callable[[], list[Row]] = importlib.import_module(f"tests.consumers.{name}").rows
    return tried()


def recorded(name: str) -> list[Row]:
    """Return the rows of a consumer as they were recorded; none where they never were."""
    path = RECORDED / f"{name}.json"
    return [Row(**each) for each in json.loads(path.read_text("utf-8"))] if path.exists() else []


def record(name: str, found: list[Row]) -> None:
    """Write the rows of a consumer to where the documentation is generated from."""
    text = json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False)
    (RECORDED / f"{name}.json").write_text(f"{text}\n", "utf-8")
