"""Which account was read, whatever was selected: the name that keeps it apart from others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pdsec_checks.configuration.addresses import DOMAIN, region_of
from pdsec_checks.configuration.settings import Settings, TimeLimit, left_to_read
from pdsec_checks.errors import UnavailableError, unforeseen
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import web_host

if TYPE_CHECKING:
    from pdsec_checks.pagerduty.http.client import Client

PATH = "/users"
"""A list that is empty in no account: somebody owns it."""


def is_to_be_asked(snapshot: Snapshot, settings: Settings) -> bool:
    """Tell whether one request would tell a name that nothing else has told."""
    is_known = settings.reading.account or snapshot.web_host
    return not (is_known or snapshot.refusal or snapshot.late)


def ask(client: Client, limit: TimeLimit | None) -> tuple[str | None, str]:
    """Return the host of the account's web pages, and why nobody can tell where that is None.

    One request for one user (operationId ``listUsers``), whose ``html_url`` shows it.
    """
    asked = threads.start(lambda: client.get(PATH, limit=1), "account-name")
    if not threads.wait([asked], left_to_read(limit)):
        return None, f"{PATH}: no answer in time ({limit})"
    try:
        users = asked.result().get("users")
    except UnavailableError as error:
        return None, f"{PATH}: HTTP {error.status}" if error.status else f"{PATH}: no valid answer"
    except Exception as error:  # noqa: BLE001 - it costs the name alone
        return None, f"the question failed: {unforeseen(error)}"
    first = users[0] if isinstance(users, list) and users else None
    url = first.get("html_url") if isinstance(first, dict) else None
    host = web_host(url) if isinstance(url, str) else None
    return host, "" if host else f"{PATH}: the answer shows no address of the account"


def recorded_host(name: str, base_url: str, region: str) -> str | None:
    """Return the host of the web pages of an account that a recording names; None without one.

    *region* is the one that the recording names where its address is not PagerDuty's own.
    """
    in_region = "" if region_of(base_url, region or "us") == "us" else "eu."
    return web_host(f"https://{name}.{in_region}{DOMAIN}") if name else None


def notices(snapshot: Snapshot, settings: Settings, why: str) -> Iterator[str]:
    """Yield what to know of the account's name: that nobody knows it, or that there are two.

    *why* is why nothing told it.
    """
    configured, own = settings.reading.account, snapshot.account(None)
    if configured and own and configured != own:
        yield (
            f"{settings.named_by['account']}: PagerDuty calls the account {own!r}, and reports go "
            f"by {configured!r}; where it is another account, its findings look like those of "
            f"{configured!r}"
        )
    if not (configured or own or snapshot.redacted or snapshot.refusal or snapshot.late):
        yield (
            f"nothing tells which account this is ({why}): what is found about the account as a "
            'whole looks like that of any other account; name it: account = "NAME" in pdsec.toml'
        )
