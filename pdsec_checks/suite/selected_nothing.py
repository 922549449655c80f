"""Why a run selects no control, said before anything is read, with the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from pdsec_checks.configuration.settings import Selection
from pdsec_checks.model import Severity

NAMED = 5
"""Controls that a sentence lists; of more it gives the number."""
RESOURCES = "pytest applies it before the account is known, so choose resources with --pd-resource"


def sentence(config: pytest.Config, selection: Selection) -> str:
    """Return one sentence that names what was asked for, and what to do instead."""
    asked = [*_ours(selection), *_of_pytest(config)]
    said = f"no control is selected: {' and '.join(asked) or 'the paths'} left none over"
    return f"{said}; {_way_out(config)}"


def _ours(selection: Selection) -> Iterator[str]:
    if selection.controls:
        yield f"--pd-controls {_listed(selection.controls)}"
    if selection.skip_controls:
        yield f"--pd-skip-controls {_listed(selection.skip_controls)}"
    if selection.severity is not Severity.LOW:
        yield f"--pd-severity {selection.severity}"
    yield from (f"--pd-framework {each}" for each in selection.chosen_frameworks)


def _of_pytest(config: pytest.Config) -> Iterator[str]:
    option = config.option
    if option.markexpr:
        yield f"-m {option.markexpr!r}"
    if option.keyword:
        yield f"-k {option.keyword!r}"
    if getattr(option, "lf", False):
        yield "--lf"
    yield from (f"--deselect {each}" for each in option.deselect or ())


def _listed(controls: Sequence[str]) -> str:
    return ",".join(controls) if len(controls) <= NAMED else f"with {len(controls)} controls"


def _way_out(config: pytest.Config) -> str:
    keyword = config.option.keyword
    if keyword:
        is_name = re.fullmatch(r"[\w-]+", keyword)
        return f"-k: {RESOURCES} '{f'*{keyword}*' if is_name else 'NAME*'}'"
    if getattr(config.option, "lf", False):
        return f"--lf: {RESOURCES} 'NAME*', or leave --lf out"
    return "leave one of them out, or ask for more"
