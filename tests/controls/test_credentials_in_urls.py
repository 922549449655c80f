"""PD-33: credentials in the addresses of webhooks and in the settings of extensions."""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.controls.helpers import only
from tests.simulator import Account, accounts, run
from tests.simulator.builders import a_webhook_subscription, an_extension
from tests.simulator.records import ABSENT, Record
from tests.support import reading
from tests.support.judged import NOW, a_snapshot, refused, verdicts
from tests.support.pseudonyms import redact_answers

HOST = "https://hooks.acme.example/in"
LONG = "abcdefgh12345678"
NAMES = [
    *("api_key", "apikey", "api-key", "token", "access_token", "auth", "authorization"),
    *("secret", "client_secret", "signature", "sig", "password", "passwd", "pwd"),
]
SLACK_URL = "https://hooks.slack.com/services/T0/B0/XXXX"
BEARERS = [
    SLACK_URL,
    "https://acme.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4",
    "https://outlook.office.com/webhook/1",
    "https://discord.com/api/webhooks/1/abc",
    "https://discordapp.com/api/webhooks/1/abc",
    "https://prod-1.westeurope.logic.azure.com/workflows/1?sig=abc",
]


def subscribed(url: Any, **fields: Any) -> dict[str, Any]:
    """Return an account with one webhook subscription."""
    return {"webhook_subscriptions": [a_webhook_subscription(url=url, id="PSUB", **fields)]}


def extended(url: Any, config: Any) -> dict[str, Any]:
    """Return an account with one extension."""
    return {"extensions": [an_extension(id="PEXT", endpoint_url=url, config=config)]}


def judged(data: dict[str, Any]) -> str:
    """Return the verdict of the one endpoint of an account."""
    return only(a_snapshot(**data), "PD-33").status.value


@pytest.mark.parametrize("name", NAMES)
def test_parameter_that_is_called_a_credential_fails(name: str) -> None:
    """Each name counts whatever its case, with whatever value; evidence has the name alone."""
    for url in (f"{HOST}?a=b&{name}=s3cr3t", f"{HOST}?{name.upper()}=s3cr3t"):
        for data in (subscribed(url), extended(url, {})):
            found = only(a_snapshot(**data), "PD-33")
            assert found.status.value == "fail"
            assert found.evidence["parameters"] == [name]
            assert "s3cr3t" not in str(found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("token=", "pass"),
        ("token", "pass"),
        ("tokens=abc", "pass"),
        ("my_token=abc", "pass"),
        ("x=token=abc", "pass"),
        ("", "pass"),
        ("key=OPS", "pass"),
        (f"key={LONG[1:]}", "pass"),
        (f"key={LONG}", "fail"),
        (f"CODE={LONG}", "fail"),
        (f"code={LONG[1:]}", "pass"),
        ("tok%65n=abc", "fail"),
        ("api%5Fkey=abc", "fail"),
        ("a=1;token=abc", "fail"),
        ("token=a&token=", "fail"),
    ],
)
def test_whole_names_with_a_value_count(query: str, expected: str) -> None:
    """Names are percent-decoded and taken whole; ``key`` and ``code`` count from 16 characters."""
    assert judged(subscribed(f"{HOST}?{query}")) == expected
    assert judged(extended(f"{HOST}?{query}", {})) == expected


@pytest.mark.parametrize("user", ["ada:pw@", "ada@", ":pw@"])
def test_user_in_the_address_fails(user: str) -> None:
    """A user or a password before the host is a credential."""
    found = only(a_snapshot(**subscribed(f"https://{user}hooks.acme.example/in")), "PD-33")

    assert found.status.value == "fail"
    assert "pw" not in found.message
    assert "a user or a password" in found.message


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"snow_password": "x"}, "fail"),
        ({"SNOW_Password": "x"}, "fail"),
        ({"a": {"b": [{"access_token": "x"}]}}, "fail"),
        ({"tokens": {"api-key": "x"}}, "fail"),
        ({"secret": ["", "x"]}, "fail"),
        ({"snow_password": ""}, "pass"),
        ({"snow_password": "******"}, "pass"),
        ({"snow_password": None}, "pass"),
        ({"snow_password": True}, "pass"),
        ({"password_hint": "x"}, "pass"),
        ({"key": LONG}, "pass"),
        ({"url": f"{HOST}?token=abc"}, "pass"),
        ({"basic_auth": "enabled"}, "pass"),
        ({"basic_auth": "YWRhOnB3"}, "fail"),
        ({"auth": "basic"}, "pass"),
        ({"authorization": "Bearer x"}, "fail"),
        ({"use_oauth": "no"}, "pass"),
        ({}, "pass"),
        (None, "pass"),
        ("text", "error"),
    ],
)
def test_settings_of_an_extension(config: Any, expected: str) -> None:
    """A text under a name that ends like a credential's counts, at any depth, unless masked."""
    assert judged(extended(HOST, config)) == expected


def test_evidence_names_the_setting_and_never_its_value() -> None:
    """The finding says where to look, and is no copy of the credential."""
    found = only(a_snapshot(**extended(HOST, {"a": {"snow_password": "s3cr3t"}})), "PD-33")

    assert found.evidence["settings"] == ["snow_password"]
    assert "s3cr3t" not in str(found)


def test_each_place_is_named() -> None:
    """A user, a parameter and a setting of one extension are three things to mend."""
    data = extended("https://u:p@acme.example/?token=x", {"snow_password": "x"})
    found = only(a_snapshot(**data), "PD-33")

    assert found.message.endswith(
        "has a user or a password in its address and has a credential in its address, in the "
        "parameter token and has a credential in its settings, in snow_password"
    )


@pytest.mark.parametrize("record", [{"id": "PEXT", "type": "extension_reference"}, {"id": "PEXT"}])
@pytest.mark.parametrize("control", ["PD-14", "PD-32", "PD-33", "PD-34"])
def test_extension_without_its_details_is_an_error(record: Record, control: str) -> None:
    """It may send anything anywhere: it never vanishes."""
    snapshot = a_snapshot(extensions=[record])

    assert verdicts(snapshot, control, webhook_hosts=("acme.example",)) == {"PEXT": "error"}


def test_extension_without_url_is_judged_for_its_settings() -> None:
    """It has a row where it has settings, and none where it has neither."""
    assert judged(extended(None, {"restrict": "any"})) == "pass"
    assert judged(extended(None, {"token": "x"})) == "fail"
    assert verdicts(a_snapshot(**extended(None, {})), "PD-33") == {"account": "not_applicable"}


@pytest.mark.parametrize("url", BEARERS)
def test_addresses_that_are_secrets_by_design_pass(url: str) -> None:
    """They pass, and the evidence says that whoever knows them can post there."""
    found = only(a_snapshot(**subscribed(url)), "PD-33")

    assert found.status.value == "pass"
    assert found.evidence["bearer_url"] is True


def test_a_bearer_address_may_hold_another_credential() -> None:
    """What its maker did not put there is one, and other addresses are no bearers."""
    assert judged(subscribed(f"{SLACK_URL}?token=abc")) == "fail"
    assert "bearer_url" not in only(a_snapshot(**subscribed(HOST)), "PD-33").evidence
    assert judged(subscribed("https://hooks.slack.com.evil.example/?sig=x")) == "fail"


@pytest.mark.parametrize("url", ["no address", "https://", "http://[::1", "", ABSENT, None, 5])
def test_address_that_cannot_be_parsed_is_an_error(url: Any) -> None:
    """What cannot be looked through does not pass; what is found elsewhere still fails."""
    broken = a_webhook_subscription(url=HOST, id="PSUB")
    if url is ABSENT:
        del broken["delivery_method"]["url"]
    else:
        broken["delivery_method"]["url"] = url

    assert judged({"webhook_subscriptions": [broken]}) == "error"
    if isinstance(url, str):
        assert judged(extended(url, {})) == "error"
        assert judged(extended(url, {"token": "x"})) == "fail"


def test_names_of_headers_are_fine() -> None:
    """A header's name is no credential, and its value is hidden by PagerDuty."""
    record = a_webhook_subscription(url=HOST, id="PSUB")
    record["delivery_method"]["custom_headers"] = [
        {"name": "Authorization", "value": "-- redacted --"}
    ]

    found = only(a_snapshot(webhook_subscriptions=[record]), "PD-33")

    assert found.status.value == "pass"
    assert found.evidence["custom_headers"] == ["Authorization"]


@pytest.mark.parametrize("name", ["extensions", "webhook_subscriptions"])
def test_refused_list_is_an_error(name: str) -> None:
    """Nobody passes on a list that was refused."""
    data: dict[str, Any] = {name: refused()}

    assert only(a_snapshot(**data), "PD-33").status.value == "error"


def some() -> Account:
    """Return an account with endpoints of every verdict that a reader may meet."""
    account = accounts.demo_compliant(NOW)
    account.extensions += [
        an_extension("Basic", id="PEXT1", endpoint_url="https://ada:pw@snow.example/x", config={}),
        an_extension("Settings", id="PEXT2", endpoint_url=None, config={"snow_password": "pw"}),
        an_extension("Masked", id="PEXT3", endpoint_url=None, config={"snow_password": "**"}),
        an_extension("Broken", id="PEXT4", endpoint_url="no address", config={}),
        an_extension("Nothing", id="PEXT5", endpoint_url=None, config={}),
    ]
    urls = [HOST, f"{HOST}?key={LONG}", f"{HOST}?key=OPS", f"{HOST}?tok%65n=x", *BEARERS]
    account.webhook_subscriptions += [
        a_webhook_subscription(url=url, id=f"PSUB{number}") for number, url in enumerate(urls)
    ]
    return account


def test_what_is_read_and_what_is_recorded_give_the_same_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading drops values, a recording with pseudonyms names; the verdicts stay."""
    with run(some()) as simulator:
        whole = reading.read(simulator, DATA_SETS, whole=True)
        read = reading.read(simulator, DATA_SETS)
        redact_answers(monkeypatch)
        pseudonymous = reading.read(simulator, DATA_SETS)

    expected = verdicts(whole, "PD-33")
    assert {"pass", "fail", "error"} == set(expected.values())
    assert verdicts(read, "PD-33") == expected
    assert verdicts(pseudonymous, "PD-33") == expected


@pytest.mark.parametrize(
    "data",
    [
        subscribed("https://0123456789.example.invalid/9876543210"),
        extended("https://0123456789.example.invalid/9876543210", {}),
        extended(None, {"redacted": "0123456789"}),
        extended(HOST, {"redacted": "0123456789"}),
    ],
)
def test_recording_from_before_the_control_is_an_error(data: dict[str, Any]) -> None:
    """A pseudonym without a mark hides what stood there, and so complies with nothing."""
    found = only(a_snapshot(**data), "PD-33")

    assert found.status.value == "error"
    assert "record the account again" in found.message
