"""What is kept of the records of a data set, so that a view can tell *dropped* from *not sent*.

Reading keeps only the fields that the shipped controls use. A control that uses another one
would find nothing there, and take that for PagerDuty's answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pdsec_checks.errors import NotKeptError

Fields = dict[str, Any]
"""Name of a field → the fields to keep in it, of each entry where it is a list; {} for all."""
ALL: Fields = {}


@dataclass(frozen=True, slots=True)
class Kept:
    """The fields that are kept of a record, or of a part of one.

    All records of a data set share it, so that it costs a view nothing but to know it.
    """

    fields: Fields
    data_set: str = ""
    file: str = ""
    """Where the fields are written down."""
    inside: str = ""
    """The fields that lead to this part of a record, each with a dot behind it."""
    _parts: dict[str, Kept] = field(default_factory=dict, compare=False, repr=False)

    def check(self, name: str) -> None:
        """Make sure that the field *name* is missing because PagerDuty did not send it.

        Raises:
            NotKeptError: It was dropped, if it was ever there.
        """
        if self.fields and name not in self.fields:
            raise NotKeptError(self.data_set, self.inside + name, self.file)

    def part(self, name: str) -> Kept:
        """Return what is kept of the field *name*."""
        if not self.fields:
            return self
        if name not in self._parts:
            fields, inside = self.fields.get(name, ALL), f"{self.inside}{name}."
            self._parts[name] = Kept(fields, self.data_set, self.file, inside)
        return self._parts[name]


WHOLE = Kept(ALL)
"""That of a record which was never pruned."""
