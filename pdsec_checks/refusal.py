"""How a run ends that cannot begin: exit code 4 and the reason, with or without workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pdsec_checks.errors import InspectionError

PROBLEM = pytest.StashKey[str]()
"""The first thing that was found wrong while tests were collected."""
REFUSED = "refused.txt"


@contextmanager
def usage_errors(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """End the run with exit code 4 for what is wrong in the block, or was before.

    A worker cannot end a run: it leaves the reason to the controller, and runs nothing.
    """
    try:
        yield
    except InspectionError as error:
        config.stash.setdefault(PROBLEM, str(error))
    problem = config.stash.get(PROBLEM, None)
    if problem is None:
        return
    folder = shared_folder(config)
    if folder is None:
        raise pytest.UsageError(problem)
    (folder / REFUSED).write_text(problem, encoding="utf-8")
    items.clear()


def shared_folder(config: pytest.Config) -> Path | None:
    """Return where the workers of an xdist run share the account; None without xdist."""
    given = getattr(config, "workerinput", {}).get("pdsec_folder")
    return Path(given) if given else None
