"""Credentials: each kind through the command, which one wins, what is said of a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.configuration.credentials import Credential, OAuthClient
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.errors import UsageError
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.simulator import CLIENT_SECRET, SUBDOMAIN, Fault, Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.credentials import (
    a_bearer,
    a_user,
    an_app,
    form_of,
    nobody,
    run_as,
    token_requests,
)
from tests.support.processes import COMMAND, PYTEST, Ended, pytest_arguments, run_process

CONTROLS = (*PYTEST, *pytest_arguments([]))
OUTPUT = ("--output", "inspection.json", "--quiet")
CLIENT = {
    "PAGERDUTY_CLIENT_ID": "id",
    "PAGERDUTY_CLIENT_SECRET": "hush",
    "PAGERDUTY_SUBDOMAIN": "acme",
}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Serve a small account."""
    with run(accounts.small) as served:
        yield served


# Which one wins


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    """Write a key to a file."""
    (tmp_path / "key").write_text("from-file\n", encoding="utf-8")
    return str(tmp_path / "key")


def found(tmp_path: Path, env: dict[str, str], **flags: Any) -> str | None:
    """Return the credential that an environment and flags lead to."""
    settings = load_settings({f"pd_{name}": each for name, each in flags.items()}, env, tmp_path)
    credential = settings.reading.credential
    if isinstance(credential, OAuthClient):
        return f"app {credential.client_id}"
    return credential.header.reveal() if isinstance(credential, Credential) else None


def test_a_flag_comes_before_a_variable_and_a_key_before_a_token(
    tmp_path: Path, key_file: str
) -> None:
    """Each kind is taken only where none before it is there."""
    env = {
        "PAGERDUTY_API_KEY": "from-env",
        "PAGERDUTY_TOKEN": "token",
        **CLIENT,
    }

    assert found(tmp_path, env, api_key="flag") == "Token token=flag"
    assert found(tmp_path, env, api_key_file=key_file) == "Token token=from-file"
    assert found(tmp_path, env) == "Token token=from-env"
    env["PAGERDUTY_API_KEY"] = ""
    assert found(tmp_path, env | {"PAGERDUTY_API_KEY_FILE": key_file}) == "Token token=from-file"
    assert found(tmp_path, env) == "Bearer token"
    assert found(tmp_path, CLIENT) == "app id"
    assert found(tmp_path, {"PAGERDUTY_SUBDOMAIN": "acme"}) is None


@pytest.mark.parametrize("name", CLIENT)
def test_an_incomplete_oauth_client_names_what_is_missing(tmp_path: Path, name: str) -> None:
    """An OAuth client without one of its three variables is a usage error that names it."""
    with pytest.raises(UsageError, match=f"^{name}: not set, although PAGERDUTY_CLIENT_") as caught:
        found(tmp_path, CLIENT | {name: " "})

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("region", "base_url", "wanted"),
    [
        ("us", None, "us"),
        ("eu", None, "eu"),
        ("us", "https://api.eu.pagerduty.com", "eu"),
        ("eu", "https://api.pagerduty.com", "us"),
        ("eu", "https://gateway.example", "eu"),
    ],
)
def test_the_region_of_an_app_is_that_of_the_address(
    tmp_path: Path, region: str, base_url: str | None, wanted: str
) -> None:
    """PagerDuty's own addresses tell the region; elsewhere it is as configured."""
    env = CLIENT | {"PAGERDUTY_REGION": region}
    credential = load_settings({"pd_base_url": base_url}, env, tmp_path).reading.credential

    assert isinstance(credential, OAuthClient)
    assert credential.region == wanted
    assert "hush" not in repr(credential)


def test_the_token_address_must_not_be_in_clear(tmp_path: Path) -> None:
    """A token endpoint that would be asked without encryption is refused by its name."""
    env = CLIENT | {"PAGERDUTY_OAUTH_TOKEN_URL": "http://identity.example/oauth/token"}

    with pytest.raises(UsageError, match=r"^PAGERDUTY_OAUTH_TOKEN_URL http://identity.example"):
        found(tmp_path, env)


# Keys from files and from standard input


@pytest.mark.parametrize(
    ("flags", "env", "said"),
    [
        ({"api_key": "a", "api_key_file": "b"}, {}, "--pd-api-key and --pd-api-key-file: only"),
        (
            {},
            {"PAGERDUTY_API_KEY": "a", "PAGERDUTY_API_KEY_FILE": "b"},
            "PAGERDUTY_API_KEY and PAGERDUTY_API_KEY_FILE: only one key can be used",
        ),
        ({"api_key": "-"}, {}, "--pd-api-key -: to read the key from standard input, use"),
        ({"api_key_file": "absent"}, {}, "API key file absent: No such file or directory"),
        ({}, {"PAGERDUTY_API_KEY_FILE": "absent"}, "API key file absent: No such file"),
    ],
)
def test_a_key_that_cannot_be_read_is_a_usage_error(
    tmp_path: Path, flags: dict[str, str], env: dict[str, str], said: str
) -> None:
    """The message names the option or the file."""
    with pytest.raises(UsageError, match=f"^{said}"):
        found(tmp_path, env, **flags)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b" \n", "it is empty"), (b"\xff\xfe\x00", "not a text"), (b"one\ntwo", "a line break")],
)
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """A file must hold one key, and nothing of it is repeated."""
    file = tmp_path / "key"
    file.write_bytes(content)

    with pytest.raises(UsageError, match=rf"^API key file {file}: .*{said}"):
        found(tmp_path, {}, api_key_file=str(file))


@pytest.mark.parametrize(
    "line",
    [
        [*COMMAND, "--controls", "22", "--api-key-file", "-", *OUTPUT],
        [*CONTROLS, "-k", "PD-22", "--pd-json=inspection.json", "--pd-api-key-file=-"],
        reading.in_ci(
            [*CONTROLS, "-k", "PD-22", "-n2", "--pd-json=inspection.json", "--pd-api-key-file=-"]
        ),
    ],
    ids=["command", "pytest", "pytest with workers"],
)
def test_a_key_comes_from_standard_input(
    simulator: Simulator, tmp_path: Path, line: list[str]
) -> None:
    """``--api-key-file -`` reads it once, also for workers, and nobody prints it."""
    ended = run_process(tmp_path, line, None, nobody(simulator), f"{simulator.api_key}\n")

    assert ended.code == 0, ended.text
    assert ended.report["source"] == "live"
    assert simulator.api_key not in ended.text


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_an_empty_standard_input_is_a_usage_error(
    simulator: Simulator, tmp_path: Path, workers: list[str]
) -> None:
    """Pytest ends with 4 and says what is missing."""
    line = [*CONTROLS, "--pd-api-key-file=-", *workers]
    ended = run_process(tmp_path, line, None, nobody(simulator), "")

    assert ended.code == 4
    assert "API key file -: it is empty" in ended.err


def test_a_key_file_is_read_by_the_command(simulator: Simulator, tmp_path: Path) -> None:
    """``--api-key-file PATH`` needs no variable."""
    (tmp_path / "key").write_text(simulator.api_key)
    ended = run_as(nobody(simulator), tmp_path, "--controls=22", "--api-key-file=key", *OUTPUT)

    assert ended.code == 0, ended.text


def test_pytest_warns_of_a_key_among_its_arguments(simulator: Simulator, tmp_path: Path) -> None:
    """``--pd-api-key`` works, with a warning, and the key is not repeated."""
    given = ("-k", "PD-22", f"--pd-api-key={simulator.api_key}")
    ended = run_pytest(tmp_path, *given, simulator=None, target="", **nobody(simulator))

    assert ended.code == 0, ended.text
    assert "other users of this machine can see a key" in ended.err
    assert simulator.api_key not in ended.text


def test_the_command_takes_one_key(tmp_path: Path) -> None:
    """``--api-key`` and ``--api-key-file`` exclude each other."""
    ended = run_command(tmp_path, "--api-key=hush", "--api-key-file=key")

    assert ended.code == 4
    assert "--api-key and --api-key-file: only one key can be used" in ended.err


# OAuth clients


def test_an_app_asks_for_exactly_the_scopes_it_needs(simulator: Simulator, tmp_path: Path) -> None:
    """The token is for the account, and for what the selected controls read, no more."""
    ended = run_as(an_app(simulator), tmp_path, "--controls=18,22", *OUTPUT)

    (asked,) = token_requests(simulator)
    assert ended.code in {0, 1}, ended.text
    assert form_of(asked)["scope"].split() == [
        f"as_account-us.{SUBDOMAIN}",
        "oncalls.read",
        "services.read",
        "users.read",
        "users:contact_methods.read",
    ]
    assert ended.report["notices"] == []


def test_an_app_in_europe_asks_for_its_region(simulator: Simulator, tmp_path: Path) -> None:
    """``PAGERDUTY_REGION`` decides which account the token is for."""
    env = an_app(simulator, PAGERDUTY_REGION="eu")
    run_as(env, tmp_path, "--controls=22", *OUTPUT)

    assert form_of(token_requests(simulator)[0])["scope"].startswith(f"as_account-eu.{SUBDOMAIN} ")


def test_a_scope_that_was_not_granted_is_named(simulator: Simulator, tmp_path: Path) -> None:
    """Reports name the scope and the controls that it costs; these are errors."""
    simulator.credentials.client_scopes -= {"audit_records.read"}
    ended = run_as(an_app(simulator), tmp_path, "--controls=11,12,22", *OUTPUT)

    assert ended.report["notices"] == [
        "the access token was not granted audit_records.read, which PD-11, PD-12 need"
    ]
    assert {ended.verdicts[control, "account"] for control in ("PD-11", "PD-12")} == {"error"}


def test_a_scope_costs_only_what_pagerduty_refused(simulator: Simulator, tmp_path: Path) -> None:
    """A scope that is missing, and a list that can be read all the same: nothing is said."""
    simulator.credentials.client_scopes -= {"users:contact_methods.read"}
    ended = run_as(an_app(simulator), tmp_path, "--controls=1,22", *OUTPUT)

    assert ended.report["notices"] == []
    assert "error" not in set(ended.verdicts.values())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PAGERDUTY_SUBDOMAIN": "other"}, "invalid_request, Invalid scope (check PAGERDUTY_SUBD"),
        (
            {"PAGERDUTY_CLIENT_SECRET": "wrong-hush"},
            "HTTP 401, invalid_client (check PAGERDUTY_CLIENT_ID and PAGERDUTY_CLIENT_SECRET)",
        ),
        (
            {"PAGERDUTY_OAUTH_TOKEN_URL": "http://127.0.0.1:9/oauth/token"},
            "http://127.0.0.1:9/oauth/token gave no access token: cannot connect to 127.0.0.1",
        ),
    ],
)
def test_an_app_that_gets_no_token_ends_with_four(
    simulator: Simulator, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    """The message says what the identity server said, and what to look at."""
    ended = run_as(an_app(simulator, **changes), tmp_path, "--controls=22")

    assert ended.code == 4
    assert said in ended.err
    assert "hush" not in ended.text
    assert CLIENT_SECRET not in ended.text


def full_run(folder: Path, simulator: Simulator, *arguments: str, **changes: str) -> Ended:
    """Run all controls with an app's token."""
    return run_as(an_app(simulator, **changes), folder, *OUTPUT, *arguments)


def test_a_token_that_ends_during_the_run_is_replaced_once(tmp_path: Path) -> None:
    """Ten threads that are refused get one new token, and every control its data."""
    with run(accounts.demo) as simulator:
        simulator.credentials.good_for = 45
        ended = full_run(tmp_path, simulator, "--record=tape.yaml")
        replayed = run_command(tmp_path, "--replay=tape.yaml", *OUTPUT)
        tokens = simulator.credentials.tokens

    assert ended.code == replayed.code == 1, ended.text
    assert len(token_requests(simulator)) == 2
    assert "error" not in set(replayed.verdicts.values())
    tape = (tmp_path / "tape.yaml").read_text("utf-8")
    assert not [secret for secret in (*tokens, CLIENT_SECRET, "oauth/token") if secret in tape]


def test_a_token_that_is_refused_again_is_an_error(tmp_path: Path) -> None:
    """There is one replacement; after that the controls are errors that say why."""
    with run(accounts.demo) as simulator:
        simulator.credentials.good_for = 5
        ended = full_run(tmp_path, simulator)

    assert len(token_requests(simulator)) == 2
    assert "error" in set(ended.verdicts.values())
    messages = " ".join(finding["message"] for finding in ended.report["findings"])
    assert "HTTP 401, and the new access token was refused as well" in messages


def test_a_token_that_cannot_be_replaced_is_an_error(tmp_path: Path) -> None:
    """What the identity server says stands in the findings, without a secret."""
    with run(
        accounts.demo, faults=[Fault("/oauth/token", "status", after=1, status=400)]
    ) as simulator:
        simulator.credentials.good_for = 5
        ended = full_run(tmp_path, simulator)

    text = (tmp_path / "inspection.json").read_text("utf-8")
    assert len(token_requests(simulator)) == 2
    assert "/oauth/token refuses an access token: HTTP 400" in text
    assert CLIENT_SECRET not in text + ended.text


@reading.only_in_ci
def test_workers_get_by_with_one_token(simulator: Simulator, tmp_path: Path) -> None:
    """Under xdist one worker reads the account, and only that one asks for a token."""
    given = ("-n", "2", "--pd-json=inspection.json")
    ended = run_pytest(tmp_path, *given, simulator=None, target="", **an_app(simulator))

    assert ended.report["source"] == "live"
    assert len(token_requests(simulator)) == 1


def test_nothing_shows_a_token(simulator: Simulator, tmp_path: Path) -> None:
    """``--verbose`` and the reports hold neither the client's secret nor its token."""
    formats = ("--format=json,html,sarif", "--output=reports/")
    ended = run_as(an_app(simulator), tmp_path, "--verbose", *formats)

    written = [path.read_text("utf-8") for path in (tmp_path / "reports").iterdir()]
    assert "test session starts" in ended.out
    assert len(written) == 3
    for text in (ended.text, *written):
        assert not [each for each in (CLIENT_SECRET, *simulator.credentials.tokens) if each in text]


# Bearer tokens and users


def test_a_token_at_hand_is_used_as_it_is(simulator: Simulator, tmp_path: Path) -> None:
    """``PAGERDUTY_TOKEN`` needs no identity server; a 401 is not tried twice."""
    env = a_bearer(simulator, "services.read")
    ended = run_as(env, tmp_path, "--controls=22", *OUTPUT)
    refused = run_as(env | {"PAGERDUTY_TOKEN": "old"}, tmp_path, "--controls=22")

    assert ended.code == 0, ended.text
    assert refused.code == 4
    assert "PagerDuty refuses the credential" in refused.err
    assert not token_requests(simulator)


def test_a_users_limited_view_is_told_in_every_report(simulator: Simulator, tmp_path: Path) -> None:
    """A key of a user who is no admin: reports name the controls that it weakens."""
    hidden = simulator.account.services[0]["id"]
    env = a_user(simulator, "user")
    simulator.account.hidden[env["PAGERDUTY_API_KEY"].removeprefix("u+simulator-user-")] = {hidden}
    ended = run_as(env, tmp_path, "--controls=1,11,22", "--output=inspection.json")

    notice = (
        "the credential belongs to a user (role user): what PD-01, PD-22 say is only about what "
        "this user may see; PD-11: only an owner, an admin or the account reads that"
    )
    assert ended.report["notices"] == [notice]
    assert notice in " ".join(ended.err.split())
    assert ("PD-22", hidden) not in ended.verdicts
    assert ended.verdicts["PD-11", "account"] == "error"


def test_the_view_of_a_recording_is_told_as_well(simulator: Simulator, tmp_path: Path) -> None:
    """Whoever judges a recording learns that it was made with a limited view."""
    env = a_user(simulator, "user")
    live = run_as(env, tmp_path, "--controls=22", "--record=tape.yaml", *OUTPUT)
    notices = live.report["notices"]
    replayed = run_command(tmp_path, "--controls=22", "--replay=tape.yaml", *OUTPUT)

    assert notices
    assert replayed.report["notices"] == notices


def test_an_owners_key_sees_everything(simulator: Simulator, tmp_path: Path) -> None:
    """There is nothing to warn of."""
    ended = run_as(a_user(simulator, "owner"), tmp_path, "--controls=22", *OUTPUT)

    assert ended.report["notices"] == []


def test_a_view_that_cannot_be_told_is_said_so(tmp_path: Path) -> None:
    """Where ``/users/me`` fails, nothing is assumed about the credential."""
    with run(accounts.small, faults=[Fault("/users/me", "status", status=403)]) as simulator:
        ended = run_command(tmp_path, "--controls=22", *OUTPUT, simulator=simulator)

    assert ended.report["notices"][0].startswith(
        "whether the credential sees the whole account is unknown: /users/me: HTTP 403"
    )


def test_every_data_set_has_its_scopes() -> None:
    """No data set is read without asking for a scope, and only analytics can write."""
    writing = {name for name, each in DATA_SETS.items() if any("write" in s for s in each.scopes)}

    assert all(each.scopes for each in DATA_SETS.values())
    assert writing == {"analytics"}
