"""Reference documents that live beside the repository, not in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"


def shared_file(name: str) -> Path:
    """Return the path of a reference document.

    Without the document the test is skipped; on CI, where it must be there, it fails.
    """
    path = REFERENCE / name
    if not path.is_file():
        reason = f"a reference document is not beside the repository ({name})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def junit_schema() -> Any:
    """Return the schema by which the xUnit plugin of Jenkins reads JUnit's XML, or skip."""
    import xmlschema  # half a second, for the few tests that need it

    return xmlschema.XMLSchema(str(shared_file("schemas/junit-10.jenkins-xunit-plugin.xsd")))
