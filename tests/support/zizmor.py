"""zizmor, which finds what is insecure in workflows and actions; it is asked without a network."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.processes import run_process


class Objection(NamedTuple):
    """Something that zizmor would not leave as it is."""

    rule: str
    text: str
    """The place, as it stands in the file."""
    comment: str
    """What stands behind it."""


def zizmor() -> str:
    """Return the path of zizmor, or skip; on CI, where it must be there, fail."""
    path = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
    if path is None:
        reason = "zizmor is not installed: pip install zizmor"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def objections(folder: Path) -> list[Objection]:
    """Return what zizmor finds in the actions and workflows of a folder, comments heeded."""
    flags = ("--offline", "--no-progress", "--no-exit-codes", "--format", "json")
    ended = run_process(folder, [zizmor(), *flags, "."], None, {})
    assert ended.code == 0, ended.text
    found = []
    for each in json.loads(ended.out):
        if not each["ignored"]:
            places = (at for at in each["locations"] if at["symbolic"]["kind"] == "Primary")
            place = next(places)["concrete"]
            found.append(Objection(each["ident"], place["feature"], " ".join(place["comments"])))
    return found
