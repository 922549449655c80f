"""What a control can say besides pass and fail, in pytest's own terms: as a skip."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from pdsec_checks.model import Status

Skipped: type[BaseException] = pytest.skip.Exception  # a nested name, which mypy cannot follow


class Undecided(Skipped):  # type: ignore[valid-type,misc]  # the same
    """Ends a case without pass or fail; pytest counts it as skipped.

    Attributes:
        status: ``manual`` or ``not_applicable``.
        reason: The sentence that reports print.
        evidence: What the API did show, as plain JSON.
    """

    def __init__(self, status: Status, reason: str, evidence: dict[str, Any]) -> None:
        label = "MANUAL" if status is Status.MANUAL else "not applicable"
        super().__init__(f"{label}: {reason}", _use_item_location=True)
        self.status = status
        self.reason = reason
        self.evidence = evidence


def not_applicable(reason: str, **evidence: Any) -> NoReturn:
    """End the case: the control does not speak about this resource, or there is none."""
    raise Undecided(Status.NOT_APPLICABLE, reason, evidence)


def manual(reason: str, **evidence: Any) -> NoReturn:
    """End the case: the API cannot show it; *reason* says what a person must look at."""
    raise Undecided(Status.MANUAL, reason, evidence)
