"""What is wrong with a resource, in words that carry which of a control's causes it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class Problem(str):
    """The end of a sentence about a resource: ``has no rules``.

    Attributes:
        cause: Which of the control's causes it is, as in ``Remediation no-rules:``.
    """

    __slots__ = ("cause",)
    cause: str

    def __new__(cls, text: str, cause: str) -> Self:
        """Return *text* with its cause."""
        made = super().__new__(cls, text)
        made.cause = cause
        return made


def shared_cause(problems: Iterable[Problem], otherwise: str) -> str:
    """Return the cause that all *problems* have; *otherwise* where they differ, or are none."""
    causes = {each.cause for each in problems}
    return causes.pop() if len(causes) == 1 else otherwise
