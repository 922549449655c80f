"""``pagerduty-sec-inspector login``: log in through the browser; the keyring keeps the tokens."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pdsec_checks import NAME
from pdsec_checks.commands.console import Parser, sub_parser
from pdsec_checks.commands.flags import add_connection, warn_of_address
from pdsec_checks.configuration.options import duration
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import moment_text

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings
    from pdsec_checks.pagerduty.access.logins import Login

PORT = 8765
EPILOG = f"""Register an app in PagerDuty (Integrations > App Registration) with the redirect
address http://127.0.0.1:{PORT}/callback. A public app needs its client id only; one with scoped
OAuth has a secret as well: put it into PAGERDUTY_CLIENT_SECRET. Later runs use the login where
there is no key, no token and no OAuth client in the environment.

examples:
  {NAME} login --client-id 1a2b3c
  {NAME} login --client-id 1a2b3c --scope read --region eu
  {NAME} login --status
  {NAME} login --forget
"""
WINNING = ("PAGERDUTY_API_KEY", "PAGERDUTY_API_KEY_FILE", "PAGERDUTY_TOKEN",
           "PAGERDUTY_CLIENT_ID", "PAGERDUTY_CLIENT_SECRET")  # fmt: skip
"""The variables that come before a login."""
LOGGING_IN = ("--client-id", "--scope", "--no-browser", "--port", "--wait")
"""The flags that say how to log in."""


def parser() -> Parser:
    """Return the parser of ``login``."""
    made = sub_parser("login", "Log in to PagerDuty through the browser.", EPILOG)
    action = made.add_mutually_exclusive_group()
    action.add_argument("--status", action="store_true", help="show who is logged in, and where")
    action.add_argument("--forget", action="store_true", help="log out: delete the stored login")
    made.add_argument("--client-id", metavar="ID", help="the app's id [PAGERDUTY_CLIENT_ID]")
    made.add_argument(
        "--scope", metavar="SCOPES", help="scopes to request (default: what all controls need)"
    )
    made.add_argument("--no-browser", action="store_true", help="print the address to open")
    made.add_argument(
        "--port", type=int, default=PORT, help=f"local port for the redirect (default: {PORT})"
    )
    made.add_argument(
        "--wait", type=duration, default=180.0, metavar="3m", help="time to wait for you"
    )
    add_connection(made, "base-url", "region", "timeout", "isolated", "config")
    return made


def run(given: argparse.Namespace) -> int:
    """Log in, say who is logged in, or log out.

    Raises:
        UsageError: A flag about logging in is given, and nobody is to log in.
    """
    from pdsec_checks.configuration.settings import load_settings

    refuse_idle_flags(given)
    without_secrets = {name: value for name, value in os.environ.items() if name not in WINNING}
    settings = load_settings(vars(given), without_secrets)
    if given.status:
        text = status(settings)
    else:
        text = forget(settings) if given.forget else log_in(given, settings)
    sys.stdout.write(f"{text}\n")
    return ExitCode.PASSED


def refuse_idle_flags(given: argparse.Namespace) -> None:
    """Refuse a flag that is about logging in where nobody is to.

    Raises:
        UsageError: There is one.
    """
    from pdsec_checks.errors import UsageError

    if not (given.status or given.forget):
        return
    asked, made = "--status" if given.status else "--forget", parser()
    for flag in LOGGING_IN:
        name = flag.removeprefix("--").replace("-", "_")
        if getattr(given, name) != made.get_default(name):
            raise UsageError(f"{asked} and {flag}: nobody logs in; leave one of them out")


def status(settings: Settings) -> str:
    """Return who is logged in.

    Raises:
        CredentialError: Nobody is.
    """
    from pdsec_checks.errors import CredentialError
    from pdsec_checks.pagerduty.access import logins  # requests is slow to import

    login = logins.load(settings.reading.base_url)
    if login is None:
        raise CredentialError(f"nobody is logged in to {settings.reading.base_url}: {NAME} login")
    return (
        f"logged in to {settings.reading.base_url} with the app {login.client_id}\n{about(login)}"
    )


def about(login: Login) -> str:
    """Return what a login is good for, without a token."""
    ends = "unknown"
    if login.expires is not None:
        ends = moment_text(datetime.fromtimestamp(login.expires, UTC))
    renewal = "refreshed when it ends" if login.grant.refresh_token else "cannot be refreshed"
    return f"access token ends {ends}; {renewal}\nscopes: {login.grant.scope or 'unknown'}"


def forget(settings: Settings) -> str:
    """Drop the login, and say so."""
    from pdsec_checks.pagerduty.access import logins  # requests is slow to import

    if logins.forget(settings.reading.base_url):
        return f"logged out of {settings.reading.base_url}; nothing of it is left in the keyring"
    return f"nobody was logged in to {settings.reading.base_url}"


def log_in(given: argparse.Namespace, settings: Settings) -> str:
    """Log in through the browser, keep the login, and return what it is good for.

    Raises:
        CredentialError: It failed.
    """
    from pdsec_checks.configuration.addresses import token_url_of
    from pdsec_checks.errors import CredentialError, UsageError
    from pdsec_checks.pagerduty.access import credential, logins  # requests is slow to import
    from pdsec_checks.pagerduty.access.sign_in import SignIn, sign_in
    from pdsec_checks.pagerduty.http import threads

    client_id = given.client_id or os.environ.get("PAGERDUTY_CLIENT_ID")
    if not client_id:
        raise UsageError("--client-id: which app do you log in with? see login --help")
    logins.check()
    warn_of_address(settings)
    scopes = given.scope.split() if given.scope else sorted(credential.READ_SCOPES)
    secret = os.environ.get("PAGERDUTY_CLIENT_SECRET", "").strip() or None
    attempt = SignIn.begin(client_id, secret, token_url_of(os.environ), scopes)
    grant = sign_in(
        attempt,
        given.port,
        given.wait,
        lambda url: visit(url, given.no_browser),
        settings.reading.timeout,
    )
    if not grant.scopes & set(scopes):
        raise CredentialError(
            f"PagerDuty granted none of the scopes asked for ({' '.join(scopes)}): allow "
            "them in the registration of the app; a classic app knows --scope read"
        )
    login = logins.Login.of(client_id, secret, attempt.token_url, grant)
    who = threads.result_of(lambda: credential.owner(settings, grant), "owner")
    logins.save(settings.reading.base_url, login)
    return "\n".join(
        [f"logged in to {settings.reading.base_url} {who}", about(login), *remarks(login)]
    )


def visit(address: str, no_browser: bool) -> None:  # noqa: FBT001 - a flag of the command
    """Take the user to an address, or print it where no browser opens."""
    import webbrowser  # only now

    if no_browser or not webbrowser.open(address):
        sys.stdout.write(f"open this address in a browser of this machine:\n{address}\n")
    else:
        sys.stdout.write("waiting for the browser\n")
    sys.stdout.flush()


def remarks(login: Login) -> Iterator[str]:
    """Yield what is not as it should be: scopes that are missing, variables that win."""
    from pdsec_checks.judging.controls import shipped_controls
    from pdsec_checks.pagerduty.access import credential

    controls = shipped_controls()
    for scope in credential.not_granted(login.grant, credential.READ_SCOPES):
        yield credential.scope_notice(scope, controls)
    winning = [name for name in WINNING if os.environ.get(name)]
    if winning:
        yield f"unset {', '.join(winning)}: what is in the environment comes before a login"
