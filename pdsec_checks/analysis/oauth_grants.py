"""Third-party grants: which clients act with the rights of owners and global admins."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from pdsec_checks.errors import InspectionError, MalformedRecordError, UnavailableError
from pdsec_checks.resources import ById, OAuthDelegation, OAuthLookup, User


class Grants(Struct):
    """What one user, or several, gave access to."""

    known: list[tuple[User, OAuthDelegation]] = field(default_factory=list)
    """Those of third parties that are in force, as far as they can be read, with who gave them."""
    unknown: InspectionError | None = None
    """Why there may be more; None where there are not."""

    @property
    def clients(self) -> list[str]:
        """The clients that have access, each once."""
        return sorted({grant.client_id for _, grant in self.known})

    @property
    def grants_as_evidence(self) -> list[dict[str, str | None]]:
        """Who gave which client what, and for how long, as plain JSON in a fixed order."""
        found = [
            {
                "client_id": grant.client_id,
                "who": str(user),
                "scope": grant.shown("scope", str),
                "created_at": grant.shown("created_at", str),
                "expires_at": grant.shown("expires_at", str),
            }
            for user, grant in self.known
        ]
        return sorted(found, key=lambda each: [str(value) for value in each.values()])

    def add(self, user: User, delegations: Iterable[OAuthDelegation]) -> None:
        """Add those of a user that are in force; one that cannot be read leaves it open."""
        for each in delegations:
            try:
                if each.is_in_force and each.client_id:
                    self.known.append((user, each))
            except MalformedRecordError as error:
                self.unknown = error


class OAuthGrants:
    """What each owner and global admin gave access to."""

    def __init__(self, lookups: Iterable[OAuthLookup]) -> None:
        self._lookups = ById(lookups)

    def of(self, user: User) -> Grants:
        """Return what a user gave access to; what cannot be read is the reason in it.

        Raises:
            NotKeptError: A field that is needed is not kept.
        """
        grants = Grants()
        try:
            grants.add(user, self._delegations_of(user))
        except (UnavailableError, MalformedRecordError) as error:
            grants.unknown = error
        return grants

    def _delegations_of(self, user: User) -> list[OAuthDelegation]:
        lookup = self._lookups.find(user.id)
        if lookup is None:
            raise MalformedRecordError(f"{user}: nobody looked up what the user gave access to")
        return lookup.delegations
