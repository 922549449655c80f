"""Environments with one kind of credential each, for the real command."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.simulator import CLIENT_ID, CLIENT_SECRET, SUBDOMAIN, USER_KEY, Received, Simulator
from tests.support import calls, processes
from tests.support.processes import ROOT, Ended

KEYRING = "PYTHON_KEYRING_BACKEND"


def run_as(env: dict[str, str], folder: Path, *arguments: str) -> Ended:
    """Run the command in *folder*, with no variable of ours but those of *env*.

    The package keyring chooses its backend once, so a keyring needs a process of its own.
    """
    if KEYRING in env:
        return processes.run_command(folder, *arguments, simulator=None, **env)
    return calls.run_command(folder, *arguments, simulator=None, **env)


def nobody(simulator: Simulator) -> dict[str, str]:
    """Return the environment of somebody who knows the account, and has no credential."""
    return {
        "PAGERDUTY_BASE_URL": simulator.url,
        "PAGERDUTY_OAUTH_TOKEN_URL": f"{simulator.url}/oauth/token",
    }


def an_app(simulator: Simulator, **changes: str) -> dict[str, str]:
    """Return the environment of an OAuth client."""
    return nobody(simulator) | {
        "PAGERDUTY_CLIENT_ID": CLIENT_ID,
        "PAGERDUTY_CLIENT_SECRET": CLIENT_SECRET,
        "PAGERDUTY_SUBDOMAIN": SUBDOMAIN,
        **changes,
    }


def a_bearer(simulator: Simulator, *scopes: str) -> dict[str, str]:
    """Return the environment of somebody who has an access token for *scopes*."""
    return nobody(simulator) | {"PAGERDUTY_TOKEN": simulator.credentials.issue(*scopes)}


def a_user(simulator: Simulator, role: str) -> dict[str, str]:
    """Return the environment of the first user who has *role*, with a key of their own."""
    user = next(each for each in simulator.account.users if each["role"] == role)
    return nobody(simulator) | {"PAGERDUTY_API_KEY": USER_KEY + user["id"]}


def with_keyring(folder: Path) -> dict[str, str]:
    """Return the environment of a machine whose keyring is a file of the test."""
    return {
        "PYTHONPATH": str(ROOT),
        KEYRING: "tests.support.file_keyring.FileKeyring",
        "KEYRING_PROPERTY_PATH": str(folder / "keyring.json"),
    }


def token_requests(simulator: Simulator) -> list[Received]:
    """Return the requests for a token, in their order."""
    return [each for each in simulator.requests if each.path == "/oauth/token"]


def form_of(request: Received) -> dict[str, Any]:
    """Return the form that a request carried."""
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
