"""PD-32: are webhooks switched on, and has PagerDuty not stopped any?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.resources import UNREAD
from tests.controls.helpers import WRONG, altered, inspect_by_id, only
from tests.simulator import Account, Fault, accounts, run
from tests.simulator.builders import a_webhook_subscription, an_extension
from tests.simulator.records import ABSENT
from tests.support import reading
from tests.support.judged import CONTROLS, NOW, a_snapshot, inspect, refused, verdicts
from tests.support.pseudonyms import redact_answers

HOOK = a_webhook_subscription(id="PHOOK")
FLAG = "delivery_method.temporarily_disabled"
FORBIDDEN: Record = {
    "id": "PEXT",
    UNREAD: {"path": "/extensions/PEXT", "reason": "x", "status": 403},
}
NEEDS = closure(CONTROLS["PD-32"].control.needs)


def judged(subscription: Record) -> Finding:
    """Return the finding of an account with one webhook subscription."""
    return only(a_snapshot(webhook_subscriptions=[subscription]), "PD-32")


def looked_up(*details: Record) -> Finding:
    """Return the finding of an account with one extension, of which look-ups showed *details*."""
    extension = an_extension(id="PEXT", endpoint_url="https://a.example")
    return only(a_snapshot(extensions=[extension], extension_details=list(details)), "PD-32")


@pytest.mark.parametrize(
    ("active", "stopped", "status", "cause"),
    [
        (True, False, "pass", ""),
        (ABSENT, False, "pass", ""),
        (True, True, "fail", "stopped-subscription"),
        (ABSENT, True, "fail", "stopped-subscription"),
        (False, False, "fail", "switched-off"),
        (False, True, "fail", "switched-off"),
        (False, ABSENT, "fail", "switched-off"),
        (False, WRONG, "fail", "switched-off"),
        (True, ABSENT, "error", ""),
        (True, None, "error", ""),
        (True, WRONG, "error", ""),
        (None, False, "error", ""),
        (WRONG, False, "error", ""),
        (WRONG, True, "fail", "stopped-subscription"),
    ],
)
def test_subscription_is_on_and_not_stopped(
    active: Any, stopped: Any, status: str, cause: str
) -> None:
    """Without ``active`` it is on, without the other flag nobody knows; what is known counts."""
    found = judged(altered(altered(HOOK, FLAG, stopped), "active", active))

    assert (found.status.value, found.cause) == (status, cause)


@pytest.mark.parametrize("method", [ABSENT, None, "surprise"])
def test_subscription_without_a_delivery_method_is_an_error(method: Any) -> None:
    """Nobody knows whether it is delivered; that it is switched off is known all the same."""
    broken = altered(HOOK, "delivery_method", method)

    assert judged(broken).status.value == "error"
    assert judged(altered(broken, "active", False)).cause == "switched-off"


@pytest.mark.parametrize(
    ("details", "status"),
    [
        ([{"id": "PEXT", "temporarily_disabled": False}], "pass"),
        ([{"id": "PEXT", "temporarily_disabled": True}], "fail"),
        ([{"id": "PEXT"}], "error"),
        ([{"id": "PEXT", "temporarily_disabled": None}], "error"),
        ([{"id": "PEXT", "temporarily_disabled": "no"}], "error"),
        ([{"id": "POTHER", "temporarily_disabled": False}], "error"),
        ([], "error"),
        ([FORBIDDEN], "error"),
    ],
)
def test_extension_is_judged_by_its_look_up(details: list[Record], status: str) -> None:
    """The flag of its own look-up decides; where that is missing or refused, nobody knows."""
    found = looked_up(*details)

    assert (found.resource.type, found.resource.id) == ("extension", "PEXT")
    assert found.status.value == status


def test_error_of_a_look_up_names_the_extension_or_the_path() -> None:
    """Whoever reads it knows which extension is meant, and what was refused."""
    assert "extension 'Service desk' (PEXT)" in looked_up({"id": "PEXT"}).message
    assert "/extensions/PEXT" in looked_up(FORBIDDEN).message


def test_messages_say_what_happened() -> None:
    """Switched off by somebody, or stopped by PagerDuty, which drops what comes meanwhile."""
    assert judged(altered(HOOK, "active", False)).message.endswith("is switched off")
    stopped = judged(altered(HOOK, FLAG, True)).message
    assert "stopped for the time being" in stopped
    assert "lost" in stopped


@pytest.mark.parametrize("stopped", [False, True])
def test_evidence_says_that_it_is_the_state_of_a_moment(stopped: bool) -> None:  # noqa: FBT001
    """A minute later it may be another one, whether it passes or fails."""
    found = judged(altered(HOOK, FLAG, stopped))

    assert found.evidence["state"] == "as it was at the moment of reading"


def test_extension_without_a_url_has_no_row() -> None:
    """It sends nothing; where nothing sends, one row says so."""
    silent = an_extension(id="PEXT", endpoint_url=None)

    assert verdicts(a_snapshot(extensions=[silent]), "PD-32") == {"account": "not_applicable"}
    assert verdicts(a_snapshot(), "PD-32") == {"account": "not_applicable"}


@pytest.mark.parametrize("name", ["extensions", "webhook_subscriptions"])
def test_refused_list_is_an_error(name: str) -> None:
    """Nobody passes on a list that was refused."""
    data: dict[str, Any] = {name: refused()}

    assert only(a_snapshot(**data), "PD-32").status.value == "error"


def test_refused_look_ups_cost_extensions_alone() -> None:
    """Subscriptions say themselves whether they are delivered."""
    extension = an_extension(id="PEXT", endpoint_url="https://a.example")
    snapshot = a_snapshot(
        extensions=[extension], webhook_subscriptions=[HOOK], extension_details=refused()
    )

    assert verdicts(snapshot, "PD-32") == {"PEXT": "error", "PHOOK": "pass"}


# Reading


def sending() -> Account:
    """Return an account with webhooks of every verdict."""
    account = accounts.small(NOW)
    account.extensions = [
        an_extension(name, id=f"P{name.upper()}", endpoint_url=f"https://{name}.example", **more)
        for name, more in {
            "on": {},
            "stopped": {"temporarily_disabled": True},
            "silent": {"temporarily_disabled": ABSENT},
        }.items()
    ]
    account.extensions.append(an_extension("None", id="PNONE", endpoint_url=None))
    account.webhook_subscriptions = [
        HOOK,
        a_webhook_subscription(id="POFF", active=False),
        altered(a_webhook_subscription(id="PGIVENUP"), FLAG, True),
        altered(a_webhook_subscription(id="PUNSAID"), FLAG, ABSENT),
    ]
    return account


EXPECTED = {
    "PON": "pass",
    "PSTOPPED": "fail",
    "PSILENT": "error",
    "PHOOK": "pass",
    "POFF": "fail",
    "PGIVENUP": "fail",
    "PUNSAID": "error",
}


def test_each_extension_with_a_url_is_looked_up_once() -> None:
    """The list never shows the flag, so that it is asked for of each; one without URL is spared."""
    with run(sending()) as simulator:
        snapshot = reading.read(simulator, NEEDS)
        asked = [each for each in simulator.requests if each.path.startswith("/extensions/")]

    assert sorted(each.path for each in asked) == [
        "/extensions/PON",
        "/extensions/PSILENT",
        "/extensions/PSTOPPED",
    ]
    assert {tuple(each.parameters["include[]"]) for each in asked} == {("temporarily_disabled",)}
    assert "temporarily_disabled" not in str(snapshot.records("extensions"))
    assert verdicts(snapshot, "PD-32") == EXPECTED


def test_nobody_else_asks_for_the_details() -> None:
    """What the other controls read of extensions is the list alone."""
    others = {name for name, each in CONTROLS.items() if "extension_details" in each.control.needs}

    assert others == {"PD-32"}
    assert "extension_details" not in closure(["extensions"])


@pytest.mark.parametrize("whole", [False, True])
def test_look_ups_keep_no_address(whole: bool) -> None:  # noqa: FBT001
    """The answer repeats address and settings of the extension; only the flag stays."""
    with run(sending()) as simulator:
        snapshot = reading.read(simulator, NEEDS, whole=whole)

    details = snapshot.records("extension_details")
    assert {name for each in details for name in each} == {"id", "temporarily_disabled"}


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_refused_look_up_costs_its_own_extension(status: int) -> None:
    """The others are judged; the error says what was answered."""
    fault = Fault("/extensions/PON", "status", status=status)
    with run(sending(), faults=[fault]) as simulator:
        found = inspect_by_id(reading.read(simulator, NEEDS), "PD-32")

    assert {name: each.status.value for name, each in found.items()} == {**EXPECTED, "PON": "error"}
    assert f"HTTP {status}" in found["PON"].message


def test_refused_list_of_extensions_is_one_error() -> None:
    """Without the list nobody knows what to look up."""
    with run(sending(), faults=[Fault("/extensions", "status", status=403)]) as simulator:
        snapshot = reading.read(simulator, NEEDS)

    (found,) = inspect(snapshot, "PD-32")
    assert (found.resource.id, found.status.value) == ("account", "error")


def test_list_that_is_cut_is_one_error() -> None:
    """A list that ends too early says nothing about the rest."""
    with run(sending(), faults=[Fault("/webhook_subscriptions", "cut")]) as simulator:
        snapshot = reading.read(simulator, NEEDS)

    assert verdicts(snapshot, "PD-32") == {"account": "error"}


def test_pseudonyms_change_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags survive in a recording that leaves the house."""
    with run(sending()) as simulator:
        redact_answers(monkeypatch)
        snapshot = reading.read(simulator, DATA_SETS)

    assert verdicts(snapshot, "PD-32") == EXPECTED
