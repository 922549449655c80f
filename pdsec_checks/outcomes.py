"""How a control ends when an assertion does not say enough: with a cause, or undecided."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from pdsec_checks.model import Status

Skipped: type[BaseException] = pytest.skip.Exception  # a nested name, which mypy cannot follow


class FailedError(AssertionError):
    """Ends a case as a fail; pytest shows it as the failed assertion that it is.

    Attributes:
        cause: Which of the control's causes it is, as in ``Remediation no-policy:``.
        evidence: What the API showed, as plain JSON.
    """

    def __init__(self, reason: str, cause: str, evidence: dict[str, Any]) -> None:
        super().__init__(reason)
        self.cause = cause
        self.evidence = evidence


class Undecided(Skipped):  # type: ignore[valid-type,misc]  # the same
    """Ends a case without pass or fail; pytest counts it as skipped.

    Attributes:
        status: ``manual`` or ``not_applicable``.
        reason: The sentence that reports print.
        cause: Which of the control's causes a person must look into; empty where it has one.
        evidence: What the API did show, as plain JSON.
    """

    def __init__(
        self, status: Status, reason: str, evidence: dict[str, Any], cause: str = ""
    ) -> None:
        label = "MANUAL" if status is Status.MANUAL else "not applicable"
        super().__init__(f"{label}: {reason}", _use_item_location=True)
        self.status = status
        self.reason = reason
        self.evidence = evidence
        self.cause = cause


def fail(reason: str, *, cause: str, **evidence: Any) -> NoReturn:
    """End the case: it does not hold, and *cause* says which of the control's remedies helps.

    A control with one remedy has no cause to name: it asserts.
    """
    raise FailedError(reason, cause, evidence)


def not_applicable(reason: str, **evidence: Any) -> NoReturn:
    """End the case: the control does not speak about this resource, or there is none."""
    raise Undecided(Status.NOT_APPLICABLE, reason, evidence)


def manual(reason: str, *, cause: str = "", **evidence: Any) -> NoReturn:
    """End the case: the API cannot show it; *reason* says what a person must look at.

    *cause* is which of the control's remedies helps where the person finds it wanting.
    """
    raise Undecided(Status.MANUAL, reason, evidence, cause)
