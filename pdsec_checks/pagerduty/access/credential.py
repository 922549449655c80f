"""What a credential may see, and which controls that costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from pdsec_checks import NAME
from pdsec_checks.configuration.addresses import DOMAIN
from pdsec_checks.configuration.credentials import Authorization, OAuthClient, bearer
from pdsec_checks.configuration.settings import Settings
from pdsec_checks.errors import CredentialError, UnavailableError
from pdsec_checks.model import Control
from pdsec_checks.pagerduty.access import logins
from pdsec_checks.pagerduty.access.oauth import EVERYTHING, AccessToken, Grant, app_token
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import ROLES, printable, web_host

FULL_VIEW = frozenset({"owner", "admin"})
"""The roles of users who see the whole account and its audit trail."""
SAME_FOR_ALL = frozenset({"abilities", "priorities"})
"""What every user of an account sees alike."""
AUDIT = frozenset(name for name, each in DATA_SETS.items() if each.path == "/audit/records")
READ_SCOPES = frozenset(
    scope for each in DATA_SETS.values() for scope in each.scopes if scope.endswith(".read")
)
"""What all controls take. Analytics would need a scope that can write."""
NO_CREDENTIAL = (
    "no PagerDuty credential: set PAGERDUTY_API_KEY to a read-only account key, or log in with "
    f"{NAME} login"
)


class NoCredentialError(CredentialError):
    """There is no credential at all; who can do without one says how."""


@dataclass(frozen=True)
class Identity:
    """Whom a credential belongs to."""

    kind: str
    """``app``, ``user``, ``account`` (or an app whose token was given), or ``unknown``."""
    role: str | None = None
    """The role of the user, where it is one's."""
    reason: str = ""
    """Why it is unknown."""
    host: str | None = None
    """The host of the web pages of its account; None where it does not tell."""

    @property
    def is_limited(self) -> bool:
        """Whether it may see only a part of the account."""
        return self.kind == "user" and self.role not in FULL_VIEW


def scopes_of(names: Iterable[str]) -> set[str]:
    """Return the OAuth scopes that reading the data sets *names* takes, and no other."""
    return {scope for name in closure(names) for scope in DATA_SETS[name].scopes}


def authorize(settings: Settings, scopes: Collection[str]) -> Authorization:
    """Return what the client sends: the key or token at hand, an app's token, or a login's.

    Raises:
        NoCredentialError: There is none.
        CredentialError: PagerDuty gives no token for it.
    """
    credential = settings.reading.credential
    if isinstance(credential, OAuthClient):
        return app_token(credential, scopes, settings.reading.timeout)
    if credential is not None:
        return credential
    login = logins.load(settings.reading.base_url)
    if login is None:
        raise NoCredentialError(NO_CREDENTIAL)
    return logins.user_token(settings.reading.base_url, login, settings.reading.timeout)


def missing_scopes(authorization: Authorization, asked: Iterable[str]) -> list[str]:
    """Return the scopes that were asked for and not granted, where that is known."""
    if not isinstance(authorization, AccessToken):
        return []
    return not_granted(authorization.grant, asked)


def not_granted(grant: Grant, asked: Iterable[str]) -> list[str]:
    """Return the scopes of *asked* that *grant* lacks; a classic one covers them all."""
    return [] if grant.scopes & EVERYTHING else sorted(set(asked) - grant.scopes)


def owner(settings: Settings, grant: Grant) -> str:
    """Return whom a fresh token belongs to.

    Raises:
        CredentialError: PagerDuty does not take it at this address.
    """
    found = identify(Client(settings.reading.base_url, bearer(grant.access_token)), settings)
    if found.kind != "user":
        why = found.reason or "it belongs to no user"
        raise CredentialError(f"the new token does not work at {settings.reading.base_url}: {why}")
    return f"as a user (role {found.role})"


def identify(client: Client, settings: Settings) -> Identity:
    """Ask PagerDuty whom the credential belongs to (operationId ``getCurrentUser``).

    The header of a recording holds what is said of that. Where the recording has pseudonyms, no
    text of the answer is repeated but the name of a role.
    """
    keeps_words = settings.recording.keeps_words
    if isinstance(settings.reading.credential, OAuthClient):
        return Identity("app", host=host_of(settings.reading.credential))
    try:
        user = client.get("/users/me").get("user")
    except UnavailableError as error:
        if error.status == HTTPStatus.BAD_REQUEST:  # the answer to a key that is no user's
            return Identity("account")
        return Identity("unknown", reason=str(error if keeps_words else without_words(error)))
    role = user.get("role") if isinstance(user, dict) else None
    is_shown = role in ROLES or (keeps_words and isinstance(role, str))
    host = web_host(str(user.get("html_url") or "")) if isinstance(user, dict) else None
    return Identity("user", printable(str(role)) if is_shown else "unknown", host=host)


def host_of(app: OAuthClient) -> str | None:
    """Return the host of the web pages of an app's account; None where its name cannot be one."""
    in_region = "" if app.region == "us" else f"{app.region}."
    return web_host(f"https://{app.subdomain}.{in_region}{DOMAIN}")


def without_words(error: UnavailableError) -> UnavailableError:
    """Return the error without what PagerDuty, or whoever answered in its place, says."""
    what = f"HTTP {error.status}" if error.status else "no usable answer"
    return UnavailableError(error.path, what, error.status)


def controls_reading(names: Collection[str], controls: Iterable[Control]) -> list[str]:
    """Return the ids of the controls that need one of the data sets *names*, in order."""
    return sorted(control.id for control in controls if closure(control.needs) & set(names))


def costs_of_scope(scope: str, controls: Iterable[Control]) -> list[str]:
    """Return the ids of the controls that cannot be judged without *scope*."""
    names = [name for name, each in DATA_SETS.items() if scope in each.scopes]
    return controls_reading(names, controls)


def scope_notice(scope: str, controls: Iterable[Control]) -> str:
    """Return what an operator should know about a scope that was not granted."""
    return ungranted(scope, costs_of_scope(scope, controls))


def ungranted(scope: str, controls: Sequence[str]) -> str:
    """Return that a scope was not granted, and which *controls* cannot be judged without it."""
    needing = ", ".join(controls) or "no selected control"
    verb = "need" if len(controls) > 1 else "needs"
    return f"the access token was not granted {scope}, which {needing} {verb}"


def view_notice(identity: Identity, controls: Sequence[Control]) -> str | None:
    """Return what an operator should know about a user's view; None when it is the whole one."""
    if identity.kind == "unknown":
        return f"whether the credential sees the whole account is unknown: {identity.reason}"
    if not identity.is_limited:
        return None
    refused = controls_reading(AUDIT, controls)
    seen = controls_reading(DATA_SETS.keys() - SAME_FOR_ALL - AUDIT, controls)
    parts = []
    if seen:
        parts.append(f"what {', '.join(seen)} say is only about what this user may see")
    if refused:
        parts.append(f"{', '.join(refused)}: only an owner, an admin or the account reads that")
    return f"the credential belongs to a user (role {identity.role}): {'; '.join(parts)}"


def scope_notices(
    authorization: Authorization,
    asked: Iterable[str],
    controls: Sequence[Control],
    snapshot: Snapshot,
) -> tuple[str, ...]:
    """Return what reports should say about scopes that were not granted.

    A scope costs a control only where a data set that takes it could not be read, in whole or in
    part: PagerDuty may answer all the same.
    """
    return tuple(
        ungranted(scope, costs)
        for scope in missing_scopes(authorization, asked)
        if (costs := controls_reading(unread_for(scope, snapshot), controls))
    )


def unread_for(scope: str, snapshot: Snapshot) -> set[str]:
    """Return the data sets that take *scope* and of which something was refused."""
    return {
        name
        for name, each in DATA_SETS.items()
        if scope in each.scopes and name in snapshot.data and snapshot.is_refused(name)
    }


def name_of(identity: Identity, settings: Settings) -> str:
    """Return the kind of a credential in a word or two, such as ``account key``."""
    credential = settings.reading.credential
    if isinstance(credential, OAuthClient):
        return "OAuth client"
    if credential is None:
        return "login of a user"
    if credential.is_key:
        return {"user": "user key", "account": "account key"}.get(identity.kind, "API key")
    return "token of a user" if identity.kind == "user" else "OAuth token"
