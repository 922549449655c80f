"""Tells our controls from everybody else's tests."""

from __future__ import annotations

import pytest

from pdsec_checks.catalogue.controls import CONTROL_ID


def control_of(node: pytest.Item) -> str:
    """Return the control id that a test is marked with; nothing for somebody else's test.

    Another project may have a ``control`` marker of its own, with other arguments or none.
    """
    marker = node.get_closest_marker("control")
    if marker is None or len(marker.args) != 1 or not isinstance(marker.args[0], str):
        return ""
    return marker.args[0] if CONTROL_ID.fullmatch(marker.args[0]) else ""
