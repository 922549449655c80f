"""Some services, counted, with what nobody can tell about them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Reach


class Group(Struct):
    """Some services, counted; those that are out of service are left out."""

    services: int = 0
    critical: int = 0
    doubt: InspectionError | None = None
    """Why there may be more services; None when there are not."""
    critical_doubt: InspectionError | None = None
    """Why more of them may be critical; None when they are not."""

    @property
    def may_have_any(self) -> bool:
        """Whether there is a service in it, or may be one."""
        return bool(self.services or self.doubt)

    def add(self, other: Group) -> None:
        """Count the services of another group, which has none of these, as well."""
        self.services += other.services
        self.critical += other.critical
        self.doubt = self.doubt or other.doubt
        self.critical_doubt = self.critical_doubt or other.critical_doubt

    @property
    def reach(self) -> Reach:
        """The same as a report tells it."""
        why, why_critical = (str(each or "") for each in (self.doubt, self.critical_doubt))
        if self.doubt and not self.services:
            return Reach(why=why)
        return Reach(self.services, self.critical, why, why_critical)


def together(groups: Iterable[Group]) -> Group:
    """Return groups that share no service as one."""
    found = Group()
    for each in groups:
        found.add(each)
    return found
