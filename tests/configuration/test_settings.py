"""Settings: which source wins, and what is said about a wrong one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.addresses import check_base_url, is_loopback
from pdsec_checks.configuration.credentials import (
    Credential,
    OAuthClient,
    Secret,
    api_key,
    bearer,
)
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.configuration.schema import ConfigFile, convert
from pdsec_checks.configuration.settings import Settings, TimeLimit, left_to_read, load_settings
from pdsec_checks.errors import UsageError
from pdsec_checks.model import MappingName, Severity

Load = Callable[..., Settings]
WAIVER = """
[[waivers]]
control = "PD-05"
resource = "PBBBBBB"
reason = "retired"
approved_by = "head of operations"
expires = 2027-03-31
"""
ATTESTATION = """
[[attestations]]
control = "PD-01"
who = "Ann"
when = 2026-11-01
until = 2027-11-01
statement = "seen in the identity provider"
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load settings from flags, an environment and the text of a file, and nothing else."""

    def load_from(file: str = "", env: dict[str, str] | None = None, **flags: Any) -> Settings:
        if file:
            (tmp_path / "pdsec.toml").write_text(file, encoding="utf-8")
        dests = {f"pd_{name}": value for name, value in flags.items()}
        return load_settings(dests, env or {}, tmp_path)

    return load_from


def test_defaults_need_no_source(load: Load) -> None:
    """Without flags, environment and file everything has the product's default."""
    settings = load()

    assert settings.reading.credential is None
    assert settings.reading.base_url == "https://api.pagerduty.com"
    assert settings.selection.severity is Severity.LOW
    assert settings.selection.mapping is MappingName.SPECIFIED
    assert (settings.reading.concurrency, settings.reading.timeout) == (10, 30.0)
    assert (
        settings.selection.controls,
        settings.selection.chosen_frameworks,
        settings.decided.decisions.waivers,
    ) == (
        (),
        (),
        (),
    )
    assert settings.decided.baseline == Baseline()
    assert settings.explicit == frozenset()


EMAIL_IN_FILE, EMAIL_IN_ENV = 'email = "file"', {"PAGERDUTY_USER_EMAIL": "env"}


@pytest.mark.parametrize(
    ("file", "env", "flags", "expected"),
    [
        (EMAIL_IN_FILE, EMAIL_IN_ENV, {"email": "flag"}, "flag"),
        (EMAIL_IN_FILE, EMAIL_IN_ENV, {"email": None}, "env"),
        (EMAIL_IN_FILE, {}, {}, "file"),
        (EMAIL_IN_FILE, {"PAGERDUTY_USER_EMAIL": ""}, {}, "file"),
        ("", {}, {}, None),
    ],
)
def test_flag_wins_over_environment_over_file_over_default(
    load: Load, file: str, env: dict[str, str], flags: dict[str, Any], expected: str | None
) -> None:
    """Each source counts where those before it are silent; an empty variable is silent."""
    settings = load(file, env, **flags)

    assert settings.reading.email == expected
    assert ("email" in settings.explicit) is (expected is not None)


FILE_WINS = {
    "text": ("sarif_location = 'a'", "sarif_location", "b", "a", "b"),
    "choice": ("granularity = 'control'", "granularity", "resource", "control", "resource"),
    "word": ("severity = 'high'", "severity", "critical", Severity.HIGH, Severity.CRITICAL),
    "mapping": ("mapping = 'current'", "mapping", "specified", "current", "specified"),
    "number": ("concurrency = 3", "concurrency", "4", 3, 4),
    "duration": ("timeout = '5s'", "timeout", "6s", 5.0, 6.0),
    "days": ("evidence_max_age = 5", "evidence_max_age", "6", 5, 6),
    "controls": ("controls = [5]", "controls", "6,7", ("PD-05",), ("PD-06", "PD-07")),
    "others": ("skip_controls = [5]", "skip_controls", "6", ("PD-05",), ("PD-06",)),
    "switch": ("include_analytics = false", "include_analytics", True, False, True),
}


@pytest.mark.parametrize(
    ("file", "key", "flag", "from_file", "from_flag"), FILE_WINS.values(), ids=FILE_WINS
)
def test_file_wins_over_default_and_flag_over_file(
    load: Load, file: str, key: str, flag: Any, from_file: Any, from_flag: Any
) -> None:
    """Whatever kind of value it is, the file replaces the default, and the flag the file."""
    assert setting(load(file), key) == from_file
    assert setting(load(file, **{key: flag}), key) == from_flag


def setting(settings: Settings, name: str) -> Any:
    """Return one setting, in whichever part of them it stands."""
    parts = (settings, settings.selection, settings.reading, settings.recording, settings.decided)
    (found,) = (getattr(part, name) for part in parts if hasattr(part, name))
    return found


VARIABLES = {
    "choice": ("PAGERDUTY_REGION", "region", "us", "eu", "us", "base_url"),
    "address": ("PAGERDUTY_BASE_URL", "base_url", "https://a", "https://b", "https://c", None),
    "path": ("PAGERDUTY_REPLAY", "replay", "a.yaml", "b.yaml", "c.yaml", None),
    "text": ("PAGERDUTY_USER_EMAIL", "email", "a@a", "b@b", "c@c", None),
}


@pytest.mark.parametrize(
    ("variable", "key", "in_file", "in_env", "flag", "shown_in"), VARIABLES.values(), ids=VARIABLES
)
def test_environment_wins_over_file_and_flag_over_both(
    load: Load, variable: str, key: str, in_file: str, in_env: str, flag: str, shown_in: str | None
) -> None:
    """Every option with a variable follows one order: flag, environment, file."""
    file, env = f"{key} = '{in_file}'", {variable: in_env}

    def found(settings: Settings) -> str:
        value = str(setting(settings, shown_in or key))
        regions = {"https://api.pagerduty.com": "us", "https://api.eu.pagerduty.com": "eu"}
        return regions.get(value, value)

    assert found(load(file)) == in_file
    assert found(load(file, env)) == in_env
    assert found(load(file, env, **{key: flag})) == flag


def test_every_option_with_a_variable_is_in_that_order() -> None:
    """A new variable gets its test above; a secret, or where one lies, has no place in the file."""
    of_file = {each.name for each in msgspec.structs.fields(ConfigFile)}
    variables = {option.env for option in OPTIONS if option.env and option.key in of_file}

    assert variables == {row[0] for row in VARIABLES.values()}


def test_repeatable_flag_that_was_not_given_leaves_the_file(load: Load) -> None:
    """An empty list of flags does not hide what the file says; a given one replaces it."""
    file = 'framework = ["soc2"]\nresource = ["P*"]'

    settings = load(file, framework=[], resource=["Q*", "R*"])

    assert settings.selection.chosen_frameworks == ("soc2",)
    assert settings.selection.resources == ("Q*", "R*")


def test_switch_in_the_file_holds_without_the_flag(load: Load) -> None:
    """A flag that was not given does not switch off what the file switches on."""
    assert load("strict = true", strict=False).decided.strict is True


def test_file_may_list_controls_as_numbers_or_ids(load: Load) -> None:
    """The file's lists of controls read like the flag's."""
    settings = load('controls = [5, "PD-06", "7"]\nskip_controls = ["pd-6"]')

    assert settings.selection.controls == ("PD-05", "PD-06", "PD-07")
    assert settings.selection.skip_controls == ("PD-06",)


@pytest.mark.parametrize(("value", "seconds"), [('"500ms"', 0.5), ("20", 20.0), ("1.5", 1.5)])
def test_file_may_give_the_timeout_as_a_number(load: Load, value: str, seconds: float) -> None:
    """A number in the file is in seconds."""
    assert load(f"timeout = {value}").reading.timeout == seconds


def test_thresholds_come_from_the_file_and_flags_replace_them(load: Load) -> None:
    """The baseline is a table of the file; two of its thresholds have flags."""
    file = "[baseline]\nmin_admins = 5\napi_key_max_age = 30\nschedule_coverage_days = 7"

    settings = load(file, api_key_max_age="60")

    assert settings.decided.baseline == Baseline(
        min_admins=5, api_key_max_age=60, schedule_coverage_days=7
    )
    assert {"min_admins", "api_key_max_age", "schedule_coverage_days"} <= settings.explicit


def test_the_length_of_decisions_can_be_set(load: Load) -> None:
    """A limit in the file replaces the default of its severity, and no other."""
    settings = load("[max_waiver_days]\ncritical = 60\n[max_attestation_days]\nlow = 7")

    decisions = settings.decided.decisions
    assert [decisions.allowed("waiver", each) for each in Severity] == [60, 90, 365, 365]
    assert [decisions.allowed("attestation", each) for each in Severity] == [365, 365, 365, 7]


def test_the_days_for_fixing_can_be_set(load: Load) -> None:
    """A number in the file replaces the default of its severity, and no other."""
    allowed = load("[remediation_days]\nhigh = 7").decided.remediation_days

    assert [allowed.of(each) for each in Severity] == [15, 7, 90, 180]


def test_waivers_and_attestations_come_from_the_file(load: Load) -> None:
    """Both are read with their dates; an attestation is about the account unless it says so."""
    settings = load(WAIVER + ATTESTATION)

    assert settings.decided.decisions.waivers[0].expires.isoformat() == "2027-03-31"
    assert settings.decided.decisions.attestations[0].resource == "account"


def test_additions_come_from_the_file_with_paths_from_its_folder(
    load: Load, tmp_path: Path
) -> None:
    """Own frameworks, controls and severities are read; a path counts from the file's folder."""
    (tmp_path / "acme.yaml").touch()
    (tmp_path / "own").mkdir()
    file = "frameworks = ['acme.yaml']\ncontrols_path = 'own'\n[severities]\n25 = 'critical'"

    settings = load(file)

    assert settings.framework_files == (tmp_path / "acme.yaml",)
    assert settings.controls_path == tmp_path / "own"
    assert settings.decided.severities == {"PD-25": Severity.CRITICAL}
    assert settings.config_path == tmp_path / "pdsec.toml"


def test_pyproject_is_read_where_it_has_our_table(tmp_path: Path) -> None:
    """``[tool.pdsec]`` is the same file in another place."""
    (tmp_path / "pyproject.toml").write_text("[tool.pdsec]\nconcurrency = 4", encoding="utf-8")

    assert load_settings({}, {}, tmp_path).reading.concurrency == 4


def test_pyproject_of_others_plays_no_part(tmp_path: Path) -> None:
    """A ``pyproject.toml`` without our table is not ours, and may even be broken."""
    for text in ("[tool.other]\npdsec = 1", "tool = 1", "not toml"):
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        assert load_settings({}, {}, tmp_path).config_path is None


def test_two_configurations_in_one_folder_are_refused(load: Load, tmp_path: Path) -> None:
    """Neither wins in silence; ``--config`` chooses."""
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool.pdsec]\nconcurrency = 4", encoding="utf-8")

    with pytest.raises(UsageError, match=r"pdsec.toml and .*pyproject.toml .*: .*--config"):
        load("concurrency = 3")
    assert load(config=str(project)).reading.concurrency == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.pdsec]\nseverty = 'high'", r"pyproject.toml \[tool.pdsec\]: .*mean 'severity'"),
        ("[tool]\npdsec = 1", r"pyproject.toml \[tool.pdsec\]: it must be a table"),
        ("[tool.pdsec", "pyproject.toml: Expected ']'"),
    ],
)
def test_wrong_table_is_named_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    """What is wrong in ``pyproject.toml`` is said with the table's name."""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=message):
        load_settings({}, {}, tmp_path)


@pytest.mark.parametrize("text", ["", "tool = 1"])
def test_named_pyproject_needs_the_table(load: Load, tmp_path: Path, text: str) -> None:
    """A ``pyproject.toml`` that was asked for and says nothing is an error, not the defaults."""
    file = tmp_path / "pyproject.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=r"it has no table \[tool.pdsec\]"):
        load(config=str(file))


def test_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Editors on Windows put one there."""
    (tmp_path / "pdsec.toml").write_text("concurrency = 4", encoding="utf-8-sig")

    assert load_settings({}, {}, tmp_path).reading.concurrency == 4


def test_named_file_replaces_the_one_of_the_folder(load: Load, tmp_path: Path) -> None:
    """``--config`` names the only file that is read."""
    other = tmp_path / "other.toml"
    other.write_text("concurrency = 2", encoding="utf-8")

    assert load("concurrency = 3", config=str(other)).reading.concurrency == 2


def test_environment_and_folder_of_the_process_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where nothing else is given, the process's environment and folder count."""
    (tmp_path / "pdsec.toml").write_text("concurrency = 3", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAGERDUTY_USER_EMAIL", "env")

    settings = load_settings({})

    assert (settings.reading.concurrency, settings.reading.email) == (3, "env")


WRONG_FLAGS = [
    ({"controls": "PD-x"}, "--pd-controls: 'PD-x' .* such as 5 or PD-05"),
    ({"severity": "hihg"}, "--pd-severity: 'hihg' is not one of critical, high, medium, low"),
    ({"mapping": "new"}, "--pd-mapping: 'new' is not one of specified, current"),
    ({"granularity": "all"}, "--pd-granularity: 'all' is not one of auto, resource, control"),
    ({"concurrency": "0"}, "--pd-concurrency: '0' .* a whole number from 1 to 100"),
    ({"timeout": "soon"}, "--pd-timeout: 'soon' .* such as 30s"),
    ({"max_time": "soon"}, "--pd-max-time: 'soon' .* such as 30s"),
    (
        {"api_key_max_age": "-1"},
        "--pd-api-key-max-age: '-1' .* whole number of days from 1 to 3650",
    ),
    ({"schedule_coverage_days": "91"}, "--pd-schedule-coverage-days: .*90"),
    ({"config": "missing.toml"}, "--config missing.toml: there is no such file"),
]


@pytest.mark.parametrize(("flags", "message"), WRONG_FLAGS, ids=[wrong for _, wrong in WRONG_FLAGS])
def test_wrong_flag_is_named_with_what_would_be_right(
    load: Load, flags: dict[str, str], message: str
) -> None:
    """The message names the flag, its value, and what is valid."""
    with pytest.raises(UsageError, match=message):
        load(**flags)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"PAGERDUTY_REGION": "uk"}, "^PAGERDUTY_REGION: 'uk' is not one of us, eu"),
        ({"PAGERDUTY_BASE_URL": "http://example.com"}, "base URL http://example.com: .*use https"),
    ],
)
def test_wrong_variable_is_named_with_what_would_be_right(
    load: Load, env: dict[str, str], message: str
) -> None:
    """The message names the variable, or the value itself, and what is valid."""
    with pytest.raises(UsageError, match=message):
        load(env=env)


WRONG_FILES = [
    ("severty = 'high'", "unknown key 'severty'; did you mean 'severity'?"),
    ("zzz = 1", "unknown key 'zzz'; valid are email, base_url, .*, attestations"),
    ("[baseline]\nmin_admin = 3", "baseline: unknown key 'min_admin'; did you mean 'min_admins'?"),
    ("[baseline]\nmin_admins = -1", "baseline.min_admins: -1 is .*from 0 to 10000"),
    (
        "[baseline]\nschedule_coverage_days = 91",
        "baseline.schedule_coverage_days: 91 is .*from 1 to 90",
    ),
    ("concurrency = 0", "concurrency: 0 is .*from 1 to 100"),
    ("concurrency = true", "concurrency"),
    ("region = 'uk'", "region: 'uk' is not one of us, eu"),
    ("controls = ['PD-x']", "controls: 'PD-x' .* such as 5 or PD-05"),
    ("timeout = 0", "timeout: 0 .* such as 30s"),
    ("max_time = 'never'", "max_time: 'never' .* such as 30s"),
    ("severity = 'hihg'", "severity"),
    ("not toml", "line 1"),
    (WAIVER.replace("2027-03-31", '"soon"'), r"waivers\[0\].expires"),
    (WAIVER.replace('approved_by = "head of operations"', ""), "approved_by"),
    (WAIVER.replace('"retired"', '""'), r"waivers\[0\].reason: .*length >= 1"),
    (f"{WAIVER}accepted = 2026-02-30", "Invalid"),
    ("[max_waiver_days]\ncritical = 0", "max_waiver_days.critical: 0 is .*from 1 to 3650"),
    ("[max_waiver_days]\nhihg = 1", "max_waiver_days: unknown key 'hihg'; .* 'high'"),
    ("[max_attestation_days]\nlow = 9999", "max_attestation_days.low: 9999 is .*from 1 to 3650"),
    (WAIVER.replace("approved_by", "aproved_by"), "'aproved_by'; did you mean 'approved_by'?"),
    ("frameworks = 'a.yaml'", "frameworks: Expected `array`, got `str`"),
    ("frameworks = [1]", r"frameworks\[0\]: Expected `str`, got `int`"),
    ("frameworks = ['a.yaml']", "frameworks: there is no file .*a.yaml; .*framework = "),
    ("controls_path = 'own'", "controls_path: there is no folder .*own"),
    ("[severities]\nPD-25 = 'hihg'", "severities.PD-25: 'hihg' is not one of critical, high"),
    ("[severities]\nPD-x = 'high'", "severities.PD-x.control: 'PD-x'; wanted: control ids"),
    (
        "[severities]\n5 = 'high'\nPD-05 = 'low'",
        "severities.PD-05: PD-05 is listed twice; keep one",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG_FILES, ids=[wrong for _, wrong in WRONG_FILES])
def test_wrong_file_is_named_with_the_key_and_the_way_out(
    load: Load, tmp_path: Path, text: str, message: str
) -> None:
    """The message names the file and the key; an unknown key gets the nearest valid one."""
    with pytest.raises(UsageError, match=message) as caught:
        load(text)

    assert str(caught.value).startswith(str(tmp_path / "pdsec.toml"))


@pytest.mark.parametrize("key", ["severity", "mapping", "granularity"])
def test_wrong_choice_in_the_file_names_the_valid_ones(load: Load, key: str) -> None:
    """A misspelt value in the file is answered with the valid ones, as a flag's is."""
    with pytest.raises(UsageError, match=f"{key}.*(critical, high|specified, current|auto, res)"):
        load(f'{key} = "wrong"')


def test_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    """A file that cannot be decoded is a usage error like any other."""
    (tmp_path / "pdsec.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError, match=r"pdsec\.toml: .*decode"):
        load_settings({}, {}, tmp_path)


def test_file_keeps_no_secret(load: Load) -> None:
    """An API key in the file is refused, and not repeated."""
    with pytest.raises(UsageError, match="unknown key 'api_key'") as caught:
        load('api_key = "hush"')

    assert "hush" not in str(caught.value)


@given(st.dictionaries(st.text(max_size=20), st.none(), min_size=1))
def test_unknown_keys_are_never_ignored(plain: dict[str, None]) -> None:
    """Whatever key the baseline does not have, the message repeats it."""
    if set(plain) <= set(Baseline.__struct_fields__):
        return
    with pytest.raises(UsageError, match="unknown key") as caught:
        convert(plain, Baseline, "file")

    assert any(repr(key) in str(caught.value) for key in plain)


@pytest.mark.parametrize(
    ("flags", "env", "expected"),
    [
        ({}, {"PAGERDUTY_REGION": "eu"}, "https://api.eu.pagerduty.com"),
        ({"region": "eu"}, {"PAGERDUTY_BASE_URL": "https://proxy"}, "https://proxy"),
        ({"base_url": " https://proxy:8443/pd/ "}, {}, "https://proxy:8443/pd"),
        ({"base_url": "http://127.0.0.1:8000/"}, {}, "http://127.0.0.1:8000"),
        ({"base_url": "http://localhost:8000"}, {}, "http://localhost:8000"),
        ({"base_url": "http://[::1]:8000"}, {}, "http://[::1]:8000"),
        ({"base_url": "HTTPS://proxy"}, {}, "HTTPS://proxy"),
    ],
)
def test_base_url_follows_the_region_unless_it_is_given(
    load: Load, flags: dict[str, str], env: dict[str, str], expected: str
) -> None:
    """A given address wins over the region's; the trailing slash goes."""
    assert load(env=env, **flags).reading.base_url == expected


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "ftp://localhost"],
)
def test_key_does_not_travel_unencrypted(url: str) -> None:
    """Plain http and other schemes are refused for every host but this machine."""
    with pytest.raises(UsageError, match="use https"):
        check_base_url(url)


@given(st.text() | st.tuples(st.sampled_from(["http://", "https://"]), st.text()).map("".join))
@example("https://[::1")
@example("https://host:port")
@example("https://[]")
def test_base_url_is_usable_or_refused(url: str) -> None:
    """Every text is either an address with a host and a port, or a usage error."""
    try:
        found = check_base_url(url)
    except UsageError:
        return
    parts = urlsplit(found)
    assert parts.hostname
    assert parts.port is None or parts.port >= 0
    assert parts.scheme == "https" or is_loopback(parts.hostname)


@pytest.mark.parametrize("url", ["https://host?a=b", "https://host/#top", "https://me:pw@host"])
def test_base_url_is_an_address_and_nothing_else(url: str) -> None:
    """A query, a fragment or a password would break or leak with every request."""
    with pytest.raises(UsageError, match="base URL") as caught:
        check_base_url(url)

    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("flag", "env", "header"),
    [
        ("key", {}, "Token token=key"),
        (" key\n", {}, "Token token=key"),
        (None, {"PAGERDUTY_API_KEY": "key"}, "Token token=key"),
        (None, {"PAGERDUTY_TOKEN": "jwt"}, "Bearer jwt"),
        (None, {"PAGERDUTY_API_KEY": "key", "PAGERDUTY_TOKEN": "jwt"}, "Token token=key"),
        (None, {"PAGERDUTY_API_KEY": "  ", "PAGERDUTY_TOKEN": " jwt "}, "Bearer jwt"),
    ],
)
def test_api_key_is_taken_before_a_token(
    load: Load, flag: str | None, env: dict[str, str], header: str
) -> None:
    """An API key comes first, a bearer token second; space around either goes."""
    credential = load(env=env, api_key=flag).reading.credential

    assert isinstance(credential, Credential)
    assert credential.header.reveal() == header


@pytest.mark.parametrize("env", [{}, {"PAGERDUTY_API_KEY": " "}, {"PAGERDUTY_TOKEN": "\n"}])
def test_blank_secret_is_no_credential(load: Load, env: dict[str, str]) -> None:
    """A variable that holds only space is as good as none."""
    assert load(env=env).reading.credential is None


@pytest.mark.parametrize("secret", ["hush\nhush", "hush\r\nhush", "hush\N{EURO SIGN}"])
def test_secret_that_no_header_can_carry_is_a_usage_error(load: Load, secret: str) -> None:
    """A key with a line break or a letter that HTTP has not is refused, and not repeated."""
    with pytest.raises(UsageError, match=r"(?i)key") as caught:
        load(env={"PAGERDUTY_API_KEY": secret})

    assert secret not in str(caught.value)


SECRETS = (
    Secret("hush"),
    api_key("hush"),
    api_key("hush").header,
    bearer("hush"),
    bearer("hush").header,
    OAuthClient("id", Secret("hush"), "acme", "us", "https://identity.example"),
)


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_what_holds_a_secret_does_not_show_it(secret: object) -> None:
    """Neither its text nor its representation holds it, at whatever depth; no file takes it."""
    shown = (str(secret), repr(secret), f"{secret}", format(secret), repr([{"key": secret}]))

    assert not [text for text in shown if "hush" in text]
    with pytest.raises(TypeError, match="a secret is not written anywhere"):
        pickle.dumps(secret)


def test_secrets_compare_by_what_they_hold() -> None:
    """A token that was replaced is told from the one before."""
    assert api_key("hush").header == api_key("hush").header
    assert hash(Secret("hush")) == hash(Secret("hush"))
    assert Secret("hush") != Secret("other")
    assert Secret("hush") != "hush"


def test_settings_do_not_show_the_secret(load: Load) -> None:
    """Settings can be printed: the credential inside keeps its secret."""
    assert "hush" not in repr(load(api_key="hush"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_addresses_of_this_machine(host: str) -> None:
    """The loopback network and its name are this machine."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["example.com", "0.0.0.0", "10.0.0.1", "localhost.example.com"])
def test_addresses_of_others(host: str) -> None:
    """Everything else is another machine, or may be."""
    assert not is_loopback(host)


def test_a_run_may_be_limited(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time counts from when the settings were read; four fifths of it are for reading."""
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    limit = load("max_time = '10m'").reading.limit

    assert limit == TimeLimit(600.0, 100.0)
    assert str(limit) == "max_time = 600 s"
    assert (left_to_read(limit), limit.is_over) == (480.0, False)
    monkeypatch.setattr("time.monotonic", lambda: 699.0)
    assert (left_to_read(limit), limit.is_over) == (0.0, False)
    monkeypatch.setattr("time.monotonic", lambda: 700.0)
    assert limit.is_over


def test_a_run_has_no_limit_by_default(load: Load) -> None:
    """Nothing ends a large account's reading but its end."""
    assert left_to_read(load().reading.limit) is None
