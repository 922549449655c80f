"""Small accounts as they were met in the field, each with its right outcome."""

from tests.cases import lists, people, records
from tests.cases.case import Case

CASES: tuple[Case, ...] = (*people.CASES, *records.CASES, *lists.CASES)

__all__ = ["CASES", "Case"]
