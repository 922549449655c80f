"""Logging in: through the browser and back, kept in the keyring, refreshed, forgotten."""

from __future__ import annotations

import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pdsec_checks import NAME
from pdsec_checks.commands import login
from pdsec_checks.errors import CredentialError, UsageError
from pdsec_checks.pagerduty.access import logins, sign_in
from tests.simulator import CLIENT_ID, CLIENT_SECRET, Fault, Simulator, accounts, run
from tests.support import browser
from tests.support.credentials import (
    form_of,
    nobody,
    run_as,
    token_requests,
    with_keyring,
)
from tests.support.interrupts import unnoticed_ctrl_c
from tests.support.processes import (
    COMMAND,
    PATIENCE,
    ROOT,
    Ended,
    environment,
    finished,
    started,
    until,
)

BROWSER = f"{sys.executable} {ROOT}/tests/support/browser.py %s"
LOGIN = ("login", "--client-id", CLIENT_ID, "--port", "0")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Serve a small account; an owner sits at the browser."""
    with run(accounts.small) as served:
        yield served


def at_home(simulator: Simulator, folder: Path) -> dict[str, str]:
    """Return the environment of a laptop with a browser and a keyring."""
    return nobody(simulator) | with_keyring(folder) | {"BROWSER": BROWSER}


def log_in(simulator: Simulator, folder: Path, *arguments: str, **changes: str) -> Ended:
    """Log in, on a laptop."""
    return run_as(at_home(simulator, folder) | changes, folder, *LOGIN, *arguments)


def kept(folder: Path) -> dict[str, Any]:
    """Return the entry of the keyring."""
    (entry,) = json.loads((folder / "keyring.json").read_text("utf-8")).values()
    plain: dict[str, Any] = json.loads(entry)
    return plain


def secrets_of(simulator: Simulator) -> list[str]:
    """Return every token that was handed out."""
    return [*simulator.credentials.tokens, *simulator.credentials._refresh_tokens]


def test_a_login_is_kept_and_used(simulator: Simulator, tmp_path: Path) -> None:
    """After a login an inspection needs nothing in the environment."""
    ended = log_in(simulator, tmp_path)
    status = run_as(at_home(simulator, tmp_path), tmp_path, "login", "--status")
    report = run_as(
        at_home(simulator, tmp_path), tmp_path, "--controls=22", "--output=inspection.json"
    )

    assert ended.code == status.code == report.code == 0, ended.text + status.text + report.text
    assert f"logged in to {simulator.url} as a user (role owner)" in ended.out
    assert f"logged in to {simulator.url} with the app {CLIENT_ID}" in status.out
    assert "refreshed when it ends" in status.out
    assert "scopes: abilities.read " in status.out
    assert report.report["source"] == "live"
    everything = ended.text + status.text + report.text
    assert not [secret for secret in secrets_of(simulator) if secret in everything]


def test_a_login_proves_that_it_is_itself(simulator: Simulator, tmp_path: Path) -> None:
    """The address holds a challenge, a state and the scopes; the exchange holds the verifier."""
    log_in(simulator, tmp_path, PAGERDUTY_CLIENT_SECRET=CLIENT_SECRET)

    visit = next(each for each in simulator.requests if each.path == "/oauth/authorize")
    asked = {name: values[0] for name, values in visit.parameters.items()}
    form = form_of(token_requests(simulator)[0])
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 32
    assert len(form["code_verifier"]) >= 43
    assert form["code_verifier"] not in visit.query
    assert "analytics.write" not in asked["scope"].split()
    assert form["redirect_uri"] == asked["redirect_uri"]
    assert form["client_secret"] == CLIENT_SECRET


def test_a_variable_that_comes_before_the_login_is_named(
    simulator: Simulator, tmp_path: Path
) -> None:
    """Whoever logs in with a key in the environment learns that the key is what counts."""
    ended = log_in(simulator, tmp_path, PAGERDUTY_API_KEY="key", PAGERDUTY_CLIENT_ID=CLIENT_ID)

    assert ended.code == 0, ended.text
    assert "unset PAGERDUTY_API_KEY, PAGERDUTY_CLIENT_ID: what is in the" in ended.out


def test_scopes_that_were_not_granted_are_named(simulator: Simulator, tmp_path: Path) -> None:
    """A scope that the app may not have is named with the controls that it costs."""
    simulator.credentials.client_scopes -= {"oncalls.read"}
    ended = log_in(simulator, tmp_path)

    assert "was not granted oncalls.read, which PD-18 needs" in ended.out


def test_a_login_without_any_scope_is_none(simulator: Simulator, tmp_path: Path) -> None:
    """PagerDuty leaves unknown scopes out in silence; we say so, and keep nothing."""
    ended = log_in(simulator, tmp_path, "--scope", "read")

    assert ended.code == 4
    assert "granted none of the scopes asked for (read)" in ended.err
    assert not (tmp_path / "keyring.json").exists()


def test_a_classic_scope_covers_everything(simulator: Simulator, tmp_path: Path) -> None:
    """``read`` lets read whatever the user may; no other scope is missed."""
    simulator.credentials.client_scopes |= {"read"}
    ended = log_in(simulator, tmp_path, "--scope", "read")

    assert "was not granted" not in ended.out
    assert "scopes: openid read" in ended.out


def test_a_token_for_another_region_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    """A token that the API does not take is not kept."""
    simulator.faults.append(Fault("/users/me", "status", status=401))
    ended = log_in(simulator, tmp_path)

    assert ended.code == 4
    assert f"the new token does not work at {simulator.url}: /users/me: HTTP 401" in ended.err
    assert "belongs to this region" in ended.err
    assert not (tmp_path / "keyring.json").exists()


def test_a_user_who_says_no_is_not_logged_in(simulator: Simulator, tmp_path: Path) -> None:
    """What PagerDuty answers in place of a code is told."""
    simulator.credentials.visitor = None
    ended = log_in(simulator, tmp_path)

    assert ended.code == 4
    assert "did not log you in: access_denied, The user said no." in ended.err


def test_a_login_is_forgotten(simulator: Simulator, tmp_path: Path) -> None:
    """``login --forget`` leaves nothing in the keyring."""
    log_in(simulator, tmp_path)
    env = at_home(simulator, tmp_path)
    ended = run_as(env, tmp_path, "login", "--forget")
    again = run_as(env, tmp_path, "login", "--forget")
    status = run_as(env, tmp_path, "login", "--status")
    report = run_as(env, tmp_path, "--controls=22")

    assert "logged out of" in ended.out
    assert (tmp_path / "keyring.json").read_text() == "{}"
    assert "nobody was logged in" in again.out
    assert status.code == report.code == 4
    assert f"nobody is logged in to {simulator.url}" in status.err
    assert "no PagerDuty credential" in report.err


def test_a_login_is_refreshed_during_a_run(simulator: Simulator, tmp_path: Path) -> None:
    """A token that ends is replaced once, and the keyring holds the new ones."""
    log_in(simulator, tmp_path)
    before = kept(tmp_path)["grant"]
    simulator.credentials.good_for = 12
    env = at_home(simulator, tmp_path)
    ended = run_as(env, tmp_path, "--controls=4,7,22", "--output=inspection.json")
    after = kept(tmp_path)["grant"]

    assert "error" not in set(ended.verdicts.values()), ended.text
    assert [form_of(each)["grant_type"] for each in token_requests(simulator)] == [
        "authorization_code"
    ] + ["refresh_token"] * (len(token_requests(simulator)) - 1)
    assert after["access_token"] in simulator.credentials.tokens
    assert (after == before) is (len(token_requests(simulator)) == 1)


def test_a_token_that_is_about_to_end_is_refreshed_first(
    simulator: Simulator, tmp_path: Path
) -> None:
    """No request is wasted on a token whose time is over."""
    log_in(simulator, tmp_path, PAGERDUTY_CLIENT_SECRET=CLIENT_SECRET)
    let_end(tmp_path)
    old = kept(tmp_path)["grant"]["access_token"]
    simulator.forget()
    ended = run_as(at_home(simulator, tmp_path), tmp_path, "--controls=22", "--quiet")

    assert ended.code == 0, ended.text
    assert [form_of(each)["grant_type"] for each in token_requests(simulator)] == ["refresh_token"]
    assert form_of(token_requests(simulator)[0])["client_secret"] == CLIENT_SECRET
    assert all(old not in each.headers.get("authorization", "") for each in simulator.requests)


def let_end(folder: Path) -> None:
    """Let the access token in the keyring have ended long ago."""
    file = folder / "keyring.json"
    (name,) = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({name: json.dumps(kept(folder) | {"expires": 1.0})}), "utf-8")


def test_a_login_that_was_withdrawn_ends_with_four(simulator: Simulator, tmp_path: Path) -> None:
    """A refresh token that is no good any more asks for a new login."""
    log_in(simulator, tmp_path)
    let_end(tmp_path)
    simulator.credentials.revoke_refresh_tokens()
    ended = run_as(at_home(simulator, tmp_path), tmp_path, "--controls=22")

    assert ended.code == 4
    assert "invalid_grant (log in again: pagerduty-sec-inspector login)" in ended.err


@contextmanager
def waiting(simulator: Simulator, folder: Path, *arguments: str) -> Iterator[tuple[Any, str]]:
    """Start a login that prints its address, and yield the process and the address."""
    command = [*COMMAND, *LOGIN, "--no-browser", *arguments]
    env = environment(None, **at_home(simulator, folder))
    with started(folder, command, env) as process:
        assert process.stdout
        assert "open this address" in process.stdout.readline()
        yield process, process.stdout.readline().strip()


def redirect_of(address: str) -> str:
    """Return where the browser is sent back to."""
    return parse_qs(urlsplit(address).query)["redirect_uri"][0]


def test_without_a_browser_the_address_is_printed(simulator: Simulator, tmp_path: Path) -> None:
    """``--no-browser`` prints the address, and waits for whoever opens it; other pages are 404."""
    with waiting(simulator, tmp_path) as (process, address):
        with pytest.raises(HTTPError, match="404"):
            browser.visit(redirect_of(address).replace("/callback", "/favicon.ico"))
        page = browser.visit(address)
        out, err = process.communicate(timeout=PATIENCE)

    assert "go back to the terminal" in page
    assert process.returncode == 0, err
    assert "logged in to" in out


@pytest.mark.parametrize("answer", [{"code": "x", "state": "guessed"}, {"code": "x"}])
def test_an_answer_to_somebody_else_is_refused(
    simulator: Simulator, tmp_path: Path, answer: dict[str, str]
) -> None:
    """A redirect with another state ends the login, and its code is not used."""
    with waiting(simulator, tmp_path) as (process, address):
        browser.visit(f"{redirect_of(address)}?{urlencode(answer)}")
        _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 4
    assert "the answer to another login: start again" in err
    assert not token_requests(simulator)


def test_the_last_answer_counts() -> None:
    """A browser in the terminal holds the login up until its user, having refused, agrees."""
    with sign_in.listener(0) as server:
        for answer in ("error=access_denied", "code=x"):
            browser.visit(f"http://127.0.0.1:{server.server_port}{sign_in.CALLBACK}?{answer}")
        until(lambda: server.query == "code=x")

        assert sign_in.await_redirect(server, PATIENCE) == "code=x"


def test_ctrl_c_ends_the_wait_for_the_tokens(simulator: Simulator) -> None:
    """Whoever has agreed in the browser, and gets no answer, need not wait for the time limit."""
    simulator.faults.append(Fault("/oauth/token", "silent"))
    attempt = sign_in.SignIn.begin(CLIENT_ID, None, f"{simulator.url}/oauth/token", ["openid"])

    def visit(address: str) -> None:
        browser.visit(address)

    with (
        pytest.raises(KeyboardInterrupt),
        unnoticed_ctrl_c(lambda: bool(token_requests(simulator))),
    ):
        sign_in.sign_in(attempt, 0, PATIENCE, visit, 3600.0)


def test_ctrl_c_ends_a_login_that_gets_no_answer(simulator: Simulator, tmp_path: Path) -> None:
    """Nothing is kept of it; it says so in a line, and exits as what was interrupted."""
    simulator.faults.append(Fault("/users/me", "silent"))
    env = environment(None, **at_home(simulator, tmp_path))
    with started(tmp_path, [*COMMAND, *LOGIN], env) as process:
        until(lambda: any(each.path == "/users/me" for each in simulator.requests))
        process.send_signal(signal.SIGINT)
        ended = finished(process, tmp_path)

    assert ended.code == 2, ended.text
    assert ended.err.endswith("INTERRUPTED: the command was stopped before its end\n")
    assert "Traceback" not in ended.err
    assert not (tmp_path / "keyring.json").exists()


def test_nobody_waits_for_ever(simulator: Simulator, tmp_path: Path) -> None:
    """A login that nobody finishes ends, and says how to go on."""
    with waiting(simulator, tmp_path, "--wait", "300ms") as (process, _):
        _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 4
    assert "nobody came back from the browser within 0.3 s" in err


def test_a_port_that_is_taken_is_named(simulator: Simulator, tmp_path: Path) -> None:
    """The message names the port, the option, and what the app must be told."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = log_in(simulator, tmp_path, "--port", str(port))

    assert ended.code == 4
    assert f"port {port} of this machine: Address already in use" in ended.err
    assert "--port" in ended.err


@pytest.mark.parametrize("where", ["fail", "null"])
def test_a_machine_without_a_keyring_keeps_no_login(
    simulator: Simulator, tmp_path: Path, where: str
) -> None:
    """Nobody is sent to the browser for a login that could not be kept."""
    ended = log_in(simulator, tmp_path, PYTHON_KEYRING_BACKEND=f"keyring.backends.{where}.Keyring")

    assert ended.code == 4
    assert "no keyring that keeps a token safe" in ended.err
    assert not simulator.requests


def test_a_locked_keyring_is_no_missing_credential(simulator: Simulator, tmp_path: Path) -> None:
    """A keyring that does not open is told as that."""
    (tmp_path / "keyring.json").write_text('{"locked": "yes"}')
    ended = run_as(at_home(simulator, tmp_path), tmp_path, "--controls=22")

    assert ended.code == 4
    assert "the keyring of this machine does not open: the user did not unlock it" in ended.err


def test_an_entry_of_something_else_is_told(simulator: Simulator, tmp_path: Path) -> None:
    """What is in the keyring under our name and is no login asks for a new one."""
    name = f"{NAME} {simulator.url}"
    (tmp_path / "keyring.json").write_text(json.dumps({name: "hush"}))
    ended = run_as(at_home(simulator, tmp_path), tmp_path, "login", "--status")

    assert ended.code == 4
    assert f"the keyring's entry for {simulator.url} is not of this version" in ended.err
    assert "hush" not in ended.text


def test_an_app_must_be_named(simulator: Simulator, tmp_path: Path) -> None:
    """Without a client id there is no login."""
    ended = run_as(at_home(simulator, tmp_path), tmp_path, "login")

    assert ended.code == 4
    assert "--client-id: which app do you log in with?" in ended.err


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package keyring there is no login, and the message says what to install."""
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(CredentialError, match=r"pip install 'pagerduty-sec-inspector\[login\]'"):
        logins.check()
    monkeypatch.setattr(logins, "find_spec", lambda _: None)
    assert logins.load("https://api.pagerduty.com") is None


@pytest.mark.parametrize("asked", ["--status", "--forget"])
@pytest.mark.parametrize(
    "flag", ["--client-id=x", "--scope=read", "--no-browser", "--port=1024", "--wait=1m"]
)
def test_flags_about_logging_in_need_a_login(asked: str, flag: str) -> None:
    """Beside ``--status`` or ``--forget`` they would say nothing."""
    given = login.parser().parse_args([asked, flag])

    with pytest.raises(UsageError, match=f"^{asked} and {flag.partition('=')[0]}: nobody logs in"):
        login.run(given)


def test_every_flag_about_logging_in_is_known() -> None:
    """A new flag of `login` is about logging in, or about the connection that all actions use."""
    flags = {name for each in login.parser()._actions for name in each.option_strings}
    others = {"-h", "--help", "--status", "--forget", "--base-url", "--region", "--timeout"}

    assert flags == {*login.LOGGING_IN, *others, "--isolated", "--config"}
