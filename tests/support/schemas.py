"""The schemas of CI services and code forges that check-jsonschema brings."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.processes import ROOT, Ended, run_process

OPTIONS = {
    "vendor.azure-pipelines": (
        *("--data-transform", "azure-pipelines"),
        *("--regex-variant", "nonunicode"),  # it has escapes that Unicode's variant refuses
    )
}
"""Schema → what check-jsonschema must be told to read it."""


def check(schema: str, *paths: Path) -> Ended:
    """Validate files against one of the built-in schemas."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    command += OPTIONS.get(schema, ())
    return run_process(ROOT, [*command, *map(str, paths)], None, {})
