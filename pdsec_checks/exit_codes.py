"""The exit codes of both ways in, once."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """How an inspection ends; the first six are pytest's own codes with our meaning."""

    PASSED = 0
    """Nothing failed (pass, manual, not applicable, waived), or only what a baseline knows."""
    FAILED = 1
    """A control failed; beside a baseline, one that is new or worse there."""
    INTERRUPTED = 2
    """Ctrl-C or SIGTERM; the reports hold what was judged."""
    INTERNAL_ERROR = 3
    USAGE_ERROR = 4
    """Usage, configuration, credential or connection."""
    NOTHING_SELECTED = 5
    """The selection holds no control."""
    NOT_JUDGED = 6
    """Nothing new failed, but something could not be judged, or the recording is too old."""


ENDED_WELL = frozenset({ExitCode.PASSED, ExitCode.FAILED})
"""How pytest ends a run that came to its end."""
