"""``accounts.toml``: what an entry says, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.accounts.entries import ListedAccount, check_options, read_accounts, read_text
from pdsec_checks.configuration.credentials import api_key, bearer
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.errors import UsageError
from tests.accounts.files import accounts_toml

FLAGS = {option.dest: None for option in OPTIONS}
SECRET = "u+AbCdEfGhIjKlMnOp"  # made up


def an_account(folder: Path, **entry: Any) -> ListedAccount:
    """Return one account; a recording, unless the entry says where else its data come from."""
    sources = {"api_key_env", "api_key_file", "token_env", "replay"}
    default = {} if sources & entry.keys() else {"replay": "demo"}
    return read(accounts_toml(folder, {"name": "acme", **default, **entry}))[0]


def read(path: Path) -> list[ListedAccount]:
    """Return the accounts of a file."""
    return read_accounts(path, read_text(path))


def refusal(folder: Path, *entries: dict[str, Any]) -> str:
    """Return why a file with these entries is refused."""
    with pytest.raises(UsageError) as raised:
        read(accounts_toml(folder, *entries))
    return str(raised.value)


def test_accounts_keep_the_order_of_the_file(tmp_path: Path) -> None:
    """The columns of the reports stand as the file has them."""
    path = accounts_toml(tmp_path, *({"name": name, "replay": "demo"} for name in "cab"))

    assert [account.name for account in read(path)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"replay": "demo"}, "accounts[0]: the key 'name' is missing"),
        ({"name": "a b", "replay": "demo"}, "accounts[0]: name: wanted are letters, digits"),
        ({"name": "../up", "replay": "demo"}, "accounts[0]: name: wanted are letters, digits"),
        ({"name": 7, "replay": "demo"}, "accounts[0].name: Expected `str`, got `int`"),
        ({"name": "acme"}, "accounts[0] (acme): exactly one of api_key_env, api_key_file"),
        (
            {"name": "acme", "replay": "demo", "api_key_env": "KEY"},
            "is needed; it has api_key_env and replay",
        ),
        (
            {"name": "acme", "replay": "demo", "regoin": "eu"},
            "accounts[0] (acme): unknown key 'regoin'; did you mean 'region'?",
        ),
        ({"name": "acme", "api_key": SECRET}, 'write api_key_env = "NAME_OF_THE_VARIABLE"'),
        ({"name": "acme", "api_key_env": SECRET}, "not the name of an environment variable"),
        ({"name": "acme", "token_env": "lower"}, "token_env: not the name of an environment"),
    ],
)
def test_a_wrong_entry_is_named_with_the_way_out(
    tmp_path: Path, entry: dict[str, Any], said: str
) -> None:
    """The message names file and entry, says what is wanted, and never repeats a key."""
    message = refusal(tmp_path, entry)

    assert message.startswith(f"{tmp_path / 'accounts.toml'}: accounts[0]")
    assert said in message
    assert SECRET not in message


def test_two_accounts_may_not_share_a_name(tmp_path: Path) -> None:
    """Names that differ in case only would share a folder of reports."""
    message = refusal(
        tmp_path, {"name": "acme", "replay": "demo"}, {"name": "ACME", "replay": "demo"}
    )

    assert "accounts[1] (ACME): the name is taken already by" in message
    assert "accounts[0] (acme); give it another" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it names no account; write [[accounts]]"),
        ("[[accounts", "Expected"),
        ("[[account]]\nname = 'a'\n", "unknown key 'account'; did you mean 'accounts'?"),
        ("accounts = 3\n", "accounts: Expected `array`, got `int`"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """An empty file, broken TOML and other keys are told what would be right."""
    path = tmp_path / "accounts.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as raised:
        read(path)

    assert str(path) in str(raised.value)
    assert said in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """``--accounts`` with a file that is not there says so."""
    with pytest.raises(UsageError, match=r"--accounts .*nowhere.toml: there is no such file"):
        read(tmp_path / "nowhere.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """``--accounts`` with a folder says that it is one."""
    with pytest.raises(UsageError, match="Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize("env", [{}, {"PAGERDUTY_ACME_KEY": ""}, {"PAGERDUTY_ACME_KEY": "  "}])
@pytest.mark.parametrize("key", ["api_key_env", "token_env"])
def test_a_variable_that_is_not_set_is_named(tmp_path: Path, key: str, env: dict[str, str]) -> None:
    """A credential that the environment lacks is named before any account is asked."""
    problem = an_account(tmp_path, **{key: "PAGERDUTY_ACME_KEY"}).problem(env)

    assert problem is not None
    assert problem.endswith(
        f"{key}: the environment variable PAGERDUTY_ACME_KEY is not set; export it"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file or directory"), (b"  \n", "it is empty"), (b"\xff\xfe", "it is no text")],
)
def test_a_key_file_without_a_key_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    """A key file is looked for beside the file of accounts; one without a key is named."""
    if content is not None:
        (tmp_path / "acme.key").write_bytes(content)

    problem = an_account(tmp_path, api_key_file="acme.key").problem({})

    assert problem is not None
    assert f"api_key_file {tmp_path / 'acme.key'}: {said}" in problem


def test_each_account_has_its_own_credential(tmp_path: Path) -> None:
    """A key comes from the entry's variable or file, a token from its variable."""
    (tmp_path / "acme.key").write_text("from-file\n", encoding="utf-8")
    env = {"PAGERDUTY_ACME": "from-env"}
    found = [
        an_account(tmp_path, **entry).settings(FLAGS, env, tmp_path).reading.credential
        for entry in (
            {"api_key_env": "PAGERDUTY_ACME"},
            {"api_key_file": "acme.key"},
            {"token_env": "PAGERDUTY_ACME"},
        )
    ]

    assert found == [api_key("from-env"), api_key("from-file"), bearer("from-env")]


def test_what_lies_in_the_environment_meets_no_account(tmp_path: Path) -> None:
    """A key, an address or a recording that is set for a single run counts for none of many."""
    env = {
        "PAGERDUTY_ACME": "mine",
        "PAGERDUTY_API_KEY": "another",
        "PAGERDUTY_BASE_URL": "https://elsewhere.example",
        "PAGERDUTY_REPLAY": "demo",
        "PAGERDUTY_REGION": "eu",
        "PAGERDUTY_TOKEN": "another",
    }
    settings = an_account(tmp_path, api_key_env="PAGERDUTY_ACME").settings(FLAGS, env, tmp_path)

    assert settings.reading.credential == api_key("mine")
    assert settings.reading.base_url == "https://api.pagerduty.com"
    assert settings.recording.replay is None


def test_an_account_has_its_own_region_address_and_configuration(tmp_path: Path) -> None:
    """Region, address and thresholds are the entry's; the file is looked for beside it."""
    (tmp_path / "eu.toml").write_text('severity = "high"\n[baseline]\nmin_admins = 7\n')
    eu = an_account(tmp_path, region="eu", config="eu.toml").settings(FLAGS, {}, tmp_path)
    local = an_account(tmp_path, base_url="http://127.0.0.1:1").settings(FLAGS, {}, tmp_path)

    assert eu.reading.base_url == "https://api.eu.pagerduty.com"
    assert (eu.decided.baseline.min_admins, eu.selection.severity) == (7, "high")
    assert local.reading.base_url == "http://127.0.0.1:1"


def test_a_recording_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    """A relative path starts at the file of accounts; another name is one that ships."""
    (tmp_path / "acme.yaml.gz").touch()
    own = an_account(tmp_path, replay="acme.yaml.gz").settings(FLAGS, {}, Path("/"))
    shipped = an_account(tmp_path, replay="demo").settings(FLAGS, {}, Path("/"))

    assert own.recording.replay == str(tmp_path / "acme.yaml.gz")
    assert shipped.recording.replay == "demo"


def test_many_accounts_are_judged_one_case_a_control(tmp_path: Path) -> None:
    """One case a resource would add up with many accounts; who wants it says so."""
    account = an_account(tmp_path)
    asked = account.settings({**FLAGS, "pd_granularity": "resource"}, {}, tmp_path)

    assert account.settings(FLAGS, {}, tmp_path).selection.granularity == "control"
    assert asked.selection.granularity == "resource"


@pytest.mark.parametrize("key", ["api_key_env", "token_env"])
def test_a_variable_of_somebody_else_is_sent_nowhere(tmp_path: Path, key: str) -> None:
    """A file cannot pick any secret of the environment; the user may allow a variable by name."""
    path = accounts_toml(tmp_path, {"name": "acme", key: "AWS_SECRET_ACCESS_KEY"})
    with pytest.raises(UsageError) as raised:
        read(path)
    (allowed,) = read_accounts(path, read_text(path), ["AWS_SECRET_ACCESS_KEY"])

    assert "accounts[0] (acme): " in str(raised.value)
    assert f"{key}: AWS_SECRET_ACCESS_KEY does not begin with PAGERDUTY_" in str(raised.value)
    assert str(raised.value).endswith("allow it: --pd-allow-env AWS_SECRET_ACCESS_KEY")
    assert getattr(allowed.entry, key) == "AWS_SECRET_ACCESS_KEY"


def test_a_configuration_puts_no_recording_in_place_of_an_account(tmp_path: Path) -> None:
    """Whoever has a key wants the account: a file that names a recording is refused."""
    (tmp_path / "pdsec.toml").write_text('replay = "demo-compliant"\n', encoding="utf-8")
    account = an_account(tmp_path, api_key_env="PAGERDUTY_ACME")

    with pytest.raises(UsageError, match=r"pdsec\.toml: replay: the account has a credential"):
        account.settings(FLAGS, {"PAGERDUTY_ACME": "k"}, tmp_path)
    assert an_account(tmp_path).settings(FLAGS, {}, tmp_path).recording.replay == "demo"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"region": "mars"}, "'mars' is not one of us, eu"),
        ({"base_url": "http://pagerduty.example"}, "the key would travel unencrypted"),
        ({"config": "missing.toml"}, "missing.toml: there is no such file"),
    ],
)
def test_a_wrong_value_names_its_entry(tmp_path: Path, entry: dict[str, str], said: str) -> None:
    """What a single run would say of a value, is said with the entry in front."""
    with pytest.raises(UsageError) as raised:
        an_account(tmp_path, **entry).settings(FLAGS, {}, tmp_path)

    assert "accounts[0] (acme): " in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "option",
    ["api-key", "base-url", "region", "email", "replay", "record", "plan", "baseline"],
)
def test_options_about_one_account_are_refused(option: str) -> None:
    """An option that makes no sense for several accounts says what does."""
    with pytest.raises(UsageError, match=f"--accounts and --{option}: .*(entry|config|run)"):
        check_options({f"pd_{option.replace('-', '_')}": "x"})
