"""Every way in says what is wrong with the network: exit code 4, one sentence, nothing written."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from pdsec_checks.pagerduty.access import logins, oauth
from tests.accounts.files import accounts_toml
from tests.simulator import API_KEY, Simulator, accounts, run
from tests.support import browser
from tests.support.calls import run_command, run_pytest
from tests.support.networks import (
    HOST,
    Authority,
    Proxy,
    answering,
    company,
    forwarding,
    listening,
    over_tls,
)
from tests.support.processes import Ended

APP = {
    "PAGERDUTY_CLIENT_ID": "id",
    "PAGERDUTY_CLIENT_SECRET": "hush",
    "PAGERDUTY_SUBDOMAIN": "acme",
}
Variables = dict[str, str]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Found the company's certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def network(authority: Authority) -> Iterator[int]:
    """Be in a company's network; return the port at which PagerDuty answers there."""
    with company() as patch, listening(over_tls(authority.certificate(), answering())) as port:
        patch.setattr(oauth, "time", SimpleNamespace(sleep=lambda _: None))
        yield port


def here(port: int, **variables: str) -> Variables:
    """Return the environment of somebody in the network."""
    return {
        "PAGERDUTY_BASE_URL": f"https://{HOST}:{port}",
        "PAGERDUTY_OAUTH_TOKEN_URL": f"https://{HOST}:{port}/oauth/token",
        **variables,
    }


def by_inspect(folder: Path, env: Variables) -> Ended:
    """Inspect with a key."""
    return run_command(
        folder, "--output=inspection.json", PAGERDUTY_API_KEY="key", simulator=None, **env
    )


def by_pytest(folder: Path, env: Variables) -> Ended:
    """Inspect with pytest."""
    return run_pytest(
        folder, "--pd-json=inspection.json", PAGERDUTY_API_KEY="key", simulator=None, **env
    )


def by_record(folder: Path, env: Variables) -> Ended:
    """Record with a key."""
    return run_command(folder, "--record=tape.yaml", PAGERDUTY_API_KEY="key", simulator=None, **env)


def by_doctor(folder: Path, env: Variables) -> Ended:
    """Ask the doctor."""
    return run_command(folder, "doctor", PAGERDUTY_API_KEY="key", simulator=None, **env)


def by_app(folder: Path, env: Variables) -> Ended:
    """Inspect as an OAuth client."""
    return run_command(folder, "--output=inspection.json", simulator=None, **APP, **env)


def by_login(folder: Path, env: Variables) -> Ended:
    """Log in; the browser comes back with a code."""

    def visit(address: str) -> bool:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        browser.visit(f"{asked['redirect_uri']}?code=code&state={asked['state']}")
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webbrowser, "open", visit)
        patch.setattr(logins, "check", lambda: None)
        return run_command(folder, "login", "--client-id=id", "--port=0", simulator=None, **env)


def by_accounts(folder: Path, env: Variables) -> Ended:
    """Inspect an account of several."""
    entry = {"name": "acme", "api_key_env": "PAGERDUTY_ACME", "base_url": env["PAGERDUTY_BASE_URL"]}
    file = accounts_toml(folder, entry)
    return run_command(folder, f"--accounts={file}", PAGERDUTY_ACME="key", simulator=None, **env)


WAYS_IN: tuple[Callable[[Path, Variables], Ended], ...] = (
    by_inspect,
    by_pytest,
    by_record,
    by_doctor,
    by_app,
    by_login,
    by_accounts,
)
TROUBLES: dict[str, tuple[Variables, str]] = {
    "file of certificates": (
        {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"},
        "the file of certificates that REQUESTS_CA_BUNDLE names cannot be read, or holds none",
    ),
    "unknown certificate": ({}, f"the certificate of {HOST} is signed by nobody whom this"),
    "address of a proxy": (
        {"HTTPS_PROXY": "http://user:hush@"},
        "HTTPS_PROXY is not the address of a proxy: write http://HOST:PORT",
    ),
}


@pytest.mark.parametrize("way_in", WAYS_IN)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_with_the_network_is_one_sentence(
    network: int, tmp_path: Path, way_in: Callable[[Path, Variables], Ended], trouble: str
) -> None:
    """The cause, the variable and the way out, whichever way somebody comes in."""
    variables, said = TROUBLES[trouble]
    ended = way_in(tmp_path, here(network, **variables))

    text = " ".join(ended.text.split())
    assert ended.code == 4, ended.text
    assert said in text
    assert text.count(said) == 1 or way_in is by_accounts  # each row of its table says why
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    assert "hush" not in text
    assert {path.name for path in tmp_path.iterdir()} <= {"accounts.toml"}


@pytest.fixture
def inspected(authority: Authority) -> Iterator[tuple[Simulator, Variables]]:
    """Serve a small account behind a proxy that inspects TLS, and return how to get there."""
    with run(accounts.small) as simulator:
        inside = over_tls(authority.certificate(), forwarding(urlsplit(simulator.url).port or 0))
        with company(), listening(inside) as port, listening(Proxy(port)) as proxy:
            yield (
                simulator,
                {
                    "PAGERDUTY_API_KEY": API_KEY,
                    "PAGERDUTY_BASE_URL": f"https://{HOST}",
                    "HTTPS_PROXY": f"http://127.0.0.1:{proxy}",
                    "SSL_CERT_FILE": str(authority.file),
                },
            )


@pytest.mark.parametrize("arguments", [[], ["--record=tape.yaml"]])
def test_an_inspection_behind_a_proxy_is_like_any_other(
    inspected: tuple[Simulator, Variables], tmp_path: Path, arguments: list[str]
) -> None:
    """Through the proxy, past an inspected TLS: the same findings, recorded or not."""
    simulator, env = inspected
    behind = run_command(tmp_path, "--output=inspection.json", *arguments, simulator=None, **env)
    assert behind.code != 4, behind.text
    found = behind.verdicts
    direct = run_command(tmp_path, "--output=inspection.json", simulator=simulator)

    assert behind.code == direct.code, behind.text
    assert found == direct.verdicts
    if arguments:
        replayed = run_command(tmp_path, "--replay=tape.yaml", "--output=inspection.json")
        assert replayed.verdicts == found
