"""How a run ends that cannot begin: exit code 4 and the reason, with or without workers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.errors import InspectionError, UsageError

PROBLEM = pytest.StashKey[str]()
"""The first thing that was found wrong while tests were collected."""
REFUSED = "refused.txt"
EXPECTED = "expected.json"
COMMAND = "pdsec_checks.commands.inspect"
"""The plugin by which a run knows that the command started it."""


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
    if folder is not None:
        (folder / REFUSED).write_text(problem, encoding="utf-8")
    elif hasattr(config, "workeroutput"):  # a worker on another machine
        config.workeroutput[REFUSED] = problem
    else:
        raise pytest.UsageError(as_typed(config, problem))
    items.clear()


def as_typed(config: pytest.Config, problem: str) -> str:
    """Return *problem* with the flags as their user typed them: the command's have no ``pd-``.

    One that names both ways in has ``(pytest)`` behind the first, and stays as it is.
    """
    if not is_of_command(config):
        return problem
    return re.sub(r"--pd-(?!\S+ \S+ \(pytest\))", "--", problem)


def is_of_command(config: pytest.Config) -> bool:
    """Tell whether the command started this run, or the run that this worker is of."""
    told = getattr(config, "workerinput", {}).get(COMMAND)
    return bool(told or config.pluginmanager.hasplugin(COMMAND))


def leave_expected(config: pytest.Config, expected: Mapping[str, int]) -> None:
    """Tell the controller how many findings each control must have; all workers agree."""
    folder = shared_folder(config)
    if folder is not None:
        partial = folder / f"{EXPECTED}.{os.getpid()}"
        partial.write_text(json.dumps(expected), encoding="utf-8")
        partial.replace(folder / EXPECTED)


def shared_folder(config: pytest.Config) -> Path | None:
    """Return where the workers of an xdist run share the account; None without xdist."""
    given = getattr(config, "workerinput", {}).get("pdsec_folder")
    return Path(given) if given else None


def check_baseline_is_kept(config: pytest.Config, baseline: Path, where: str) -> None:
    """Let no report of this run replace the one that it goes by; *where* names that one.

    Raises:
        UsageError: One would, whatever its format.
    """
    for name in REPORT_FORMATS:
        path = config.getoption(f"pd_report_{name.replace('-', '_')}")
        if path and path != "-" and Path(path).resolve() == baseline.resolve():
            raise UsageError(
                f"{where} {baseline}: the {name} report would replace it, and each run would "
                "forgive the fails of the one before; write to another file"
            )


def check_standard_output(config: pytest.Config) -> None:
    """Let a report have standard output only where nothing else is printed there.

    Raises:
        pytest.UsageError: Two reports, or a report and pytest's own output, would share it.
    """
    asked = [
        f"--pd-{name}"
        for name in REPORT_FORMATS
        if config.getoption(f"pd_report_{name.replace('-', '_')}") == "-"
    ]
    if len(asked) > 1:
        raise pytest.UsageError(f"{' and '.join(asked)} cannot share standard output: name files")
    if asked and config.pluginmanager.hasplugin("terminal"):
        raise pytest.UsageError(
            f"{asked[0]}=-: pytest prints on standard output as well; "
            "name a file, or silence it by -p no:terminal"
        )
