"""Credentials: API keys, OAuth tokens, and what each may do."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from tests.simulator.messages import Answer, Received, RefusedError, json_answer

API_KEY = "u+simulator-account-key"
READ_ONLY_KEY = "u+simulator-read-only-key"
USER_KEY = "u+simulator-user-"
"""Followed by a user's id: that user's own API key."""
CLIENT_ID = "simulator-client"
CLIENT_SECRET = "simulator-client-secret"
CODE_LIFETIME = timedelta(seconds=30)
TOKEN_LIFETIME = timedelta(days=1)
READ_SCOPES = frozenset(
    {
        "abilities.read",
        "users.read",
        "users:contact_methods.read",
        "licenses.read",
        "oauth_delegations.read",
        "teams.read",
        "services.read",
        "escalation_policies.read",
        "schedules.read",
        "oncalls.read",
        "incident_workflows.read",
        "audit_records.read",
        "extensions.read",
        "extension_schemas.read",
        "webhook_subscriptions.read",
        "priorities.read",
        "incidents.read",
        "change_events.read",
        "event_orchestrations.read",
        "session_configurations.read",
    }
)


@dataclass(frozen=True, slots=True)
class Credential:
    """Who asks."""

    secret: str
    read_only: bool = False
    user_id: str | None = None
    """None when the credential belongs to the account or to an app."""
    scopes: frozenset[str] | None = None
    """None when the credential is not limited to scopes."""
    expires: datetime | None = None

    def needs_scope(self, scope: str | None) -> None:
        """Refuse a token that was not granted *scope*.

        Raises:
            RefusedError: It was not.
        """
        if scope and self.scopes is not None and scope not in self.scopes:
            raise RefusedError(403, "Token missing required scopes", required_scopes=[scope])


def unauthorized() -> RefusedError:
    """Return the 401 of a credential that is missing, malformed, unknown or expired."""
    return RefusedError(401, "Authentication failed", 2006, "The API key or token is not valid.")


class Credentials:
    """The credentials that a simulated account accepts, and its OAuth server."""

    def __init__(
        self, subdomain: str, user_ids: Iterable[str], scopes: frozenset[str] = READ_SCOPES
    ) -> None:
        self.subdomain = subdomain
        self.user_ids = list(user_ids)
        self.client_scopes = scopes
        self.keys = {
            API_KEY: Credential(API_KEY),
            READ_ONLY_KEY: Credential(READ_ONLY_KEY, read_only=True),
        }
        self.keys |= {
            USER_KEY + user_id: Credential(USER_KEY + user_id, user_id=user_id)
            for user_id in self.user_ids
        }
        self.tokens: dict[str, Credential] = {}
        self.good_for: int | None = None
        """How many requests a token is good for; None for all of its lifetime."""
        self.visitor = next(iter(self.user_ids), None)
        """The user whose browser visits the authorization page."""
        self._used: Counter[str] = Counter()
        self._codes: dict[str, Code] = {}
        self._refresh_tokens: dict[str, Credential] = {}

    def identify(self, header: str | None, now: datetime) -> Credential:
        """Return whose ``Authorization`` header this is.

        Raises:
            RefusedError: Nobody's.
        """
        scheme, _, secret = (header or "").partition(" ")
        if scheme == "Token" and secret.startswith("token="):
            credential = self.keys.get(secret.removeprefix("token="))
        else:
            credential = self.tokens.get(secret) if scheme == "Bearer" else None
            self._used[secret] += 1
        if credential is None or self._is_over(credential, now):
            raise unauthorized()
        return credential

    def _is_over(self, credential: Credential, now: datetime) -> bool:
        if credential.expires is None:
            return False
        spent = self.good_for is not None and self._used[credential.secret] > self.good_for
        return spent or credential.expires <= now

    def revoke_refresh_tokens(self) -> None:
        """Let no refresh token be good any longer, as when the user withdraws the consent."""
        self._refresh_tokens.clear()

    def issue(
        self, *scopes: str, user_id: str | None = None, expires: datetime | None = None
    ) -> str:
        """Return a new access token that is good for *scopes* only."""
        token = f"pdus+simulator-{secrets.token_hex(8)}"
        self.tokens[token] = Credential(
            token, user_id=user_id, scopes=frozenset(scopes), expires=expires
        )
        return token

    # OAuth

    def authorize(self, request: Received, now: datetime) -> Answer:
        """Answer the browser's visit: straight back with a code, nobody is asked."""
        asked = dict(parse_qsl(request.raw_query))
        if asked.get("client_id") != CLIENT_ID or "redirect_uri" not in asked:
            return oauth_error("invalid_client", 401)
        if self.visitor is None:
            return _back(asked, error="access_denied", error_description="The user said no.")
        code = secrets.token_urlsafe(16)
        self._codes[code] = Code(
            asked["redirect_uri"],
            asked.get("code_challenge"),
            self._granted(asked.get("scope", "")),
            now + CODE_LIFETIME,
        )
        return _back(asked, code=code)

    def token(self, request: Received, now: datetime) -> Answer:
        """Answer a request to the token endpoint."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if form.get("client_id") != CLIENT_ID:
            return oauth_error("invalid_client", 401)
        if form.get("client_secret", CLIENT_SECRET) != CLIENT_SECRET:
            return oauth_error("invalid_client", 401)
        match form.get("grant_type"):
            case "client_credentials":
                return self._client_credentials(form, now)
            case "authorization_code":
                return self._authorization_code(form, now)
            case "refresh_token":
                return self._refresh(form, now)
        return oauth_error("unsupported_grant_type")

    def _granted(self, scope: str) -> frozenset[str]:
        return frozenset(scope.split()) & self.client_scopes

    def _client_credentials(self, form: dict[str, str], now: datetime) -> Answer:
        asked = form.get("scope", "").split()
        accounts = {f"as_account-{region}.{self.subdomain}" for region in ("us", "eu")}
        if "client_secret" not in form:
            return oauth_error("invalid_client", 401)
        if not accounts & set(asked):
            return oauth_error("invalid_request", description="Invalid scope")
        return self._tokens(self._granted(form["scope"]), now)

    def _authorization_code(self, form: dict[str, str], now: datetime) -> Answer:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or not code.is_redeemed_by(form, now):
            return oauth_error("invalid_grant")
        return self._tokens(code.scopes | {"openid"}, now, user_id=self.visitor)

    def _refresh(self, form: dict[str, str], now: datetime) -> Answer:
        known = self._refresh_tokens.pop(form.get("refresh_token", ""), None)
        if known is None or known.scopes is None:
            return oauth_error("invalid_grant")
        return self._tokens(known.scopes, now, user_id=known.user_id)

    def _tokens(
        self, scopes: frozenset[str], now: datetime, *, user_id: str | None = None
    ) -> Answer:
        """Answer a token; only a user's comes with a refresh token."""
        token = self.issue(*scopes, user_id=user_id, expires=now + TOKEN_LIFETIME)
        content = {
            "access_token": token,
            "scope": " ".join(sorted(scopes)),
            "token_type": "bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        }
        if user_id is not None:
            content["refresh_token"] = f"pdrs+simulator-{secrets.token_hex(8)}"
            self._refresh_tokens[str(content["refresh_token"])] = self.tokens[token]
        return json_answer(content)


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code on its way back to the client."""

    redirect_uri: str
    challenge: str | None
    scopes: frozenset[str]
    expires: datetime

    def is_redeemed_by(self, form: dict[str, str], now: datetime) -> bool:
        """Tell whether *form* comes in time from the client that asked for the code."""
        verifier = form.get("code_verifier", "").encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        return (
            now < self.expires
            and form.get("redirect_uri") == self.redirect_uri
            and self.challenge in {None, digest}
        )


def _back(asked: dict[str, str], **answer: str) -> Answer:
    """Send the browser back to the client with an answer."""
    if "state" in asked:
        answer["state"] = asked["state"]
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    location = f"{asked['redirect_uri']}{separator}{urlencode(answer)}"
    return Answer(302, b"", {"location": location})


def oauth_error(error: str, status: int = 400, description: str | None = None) -> Answer:
    """Return an error in OAuth's own form."""
    content = {"error": error}
    if description:
        content["error_description"] = description
    return json_answer(content, status)
