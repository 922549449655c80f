"""``doctor``: what a credential can read, told in one request to each endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.clocks import skew
from pdsec_checks.pagerduty.data_sets.data_set import Asked
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.simulator import READ_ONLY_KEY, Fault, Simulator, accounts, run
from tests.support.credentials import a_bearer, a_user, an_app, nobody, run_as
from tests.support.interrupts import unnoticed_ctrl_c
from tests.support.judged import NOW
from tests.support.processes import Ended

ENDPOINTS = len({each.path for each in DATA_SETS.values() if each.asked is not Asked.BY_POST})
MOST = ENDPOINTS + 1
"""One request for each endpoint, and one that asks whose the credential is."""


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Serve the demo account."""
    with run(accounts.demo) as served:
        yield served


def with_key(simulator: Simulator, **changes: str) -> dict[str, str]:
    """Return the environment of somebody with the account's key."""
    return nobody(simulator) | {"PAGERDUTY_API_KEY": simulator.api_key, **changes}


def doctor(folder: Path, env: dict[str, str], *arguments: str) -> tuple[Ended, dict[str, Any]]:
    """Run the doctor, and return how it ended and its JSON."""
    ended = run_as(env, folder, "doctor", "--format=json", *arguments)
    plain: dict[str, Any] = json.loads(ended.out)
    assert plain["exit_code"] == ended.code
    return ended, plain


def by_path(plain: dict[str, Any]) -> dict[str, str]:
    """Return what came of each endpoint."""
    return {each["path"]: each["access"] for each in plain["endpoints"]}


def test_a_good_key_reads_everything(simulator: Simulator, tmp_path: Path) -> None:
    """Exit code 0, GET requests only, and no more than one to each endpoint and ``/users/me``."""
    _, plain = doctor(tmp_path, with_key(simulator))

    assert set(by_path(plain).values()) == {"readable"}
    assert plain["exit_code"] == 0
    assert plain["credential"] == {
        "kind": "API key",
        "belongs_to": "account",
        "role": None,
        "can_write": None,
        "write_scopes": [],
    }
    assert plain["requests"] == len(simulator.requests) <= MOST
    assert {each.method for each in simulator.requests} == {"GET"}


def test_every_control_is_covered(simulator: Simulator, tmp_path: Path) -> None:
    """Whatever a control reads is tried."""
    _, plain = doctor(tmp_path, with_key(simulator))
    covered = {control for each in plain["endpoints"] for control in each["controls"]}

    assert covered == {control.id for control in shipped_controls()}


SETS = {
    "core": sorted({*shipped_ids()} - shipped_extended()),
    "extended": sorted(shipped_extended()),
}


def test_says_which_controls_of_each_set_it_can_read(simulator: Simulator, tmp_path: Path) -> None:
    """With a good key they are all readable, core and extended, and the numbers are in words."""
    _, plain = doctor(tmp_path, with_key(simulator))
    ended = run_as(with_key(simulator), tmp_path, "doctor")

    assert plain["controls_sets"] == {
        name: {"readable": ids, "unreadable": []} for name, ids in SETS.items()
    }
    for name, ids in SETS.items():
        said = f"{name} set: what {len(ids)} of {len(ids)} controls need can be read\n"
        assert said in ended.out


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 402},
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 503},
        {"kind": "reset"},
    ],
)
def test_names_the_further_controls_that_a_refusal_costs(
    simulator: Simulator, tmp_path: Path, fault: dict[str, Any]
) -> None:
    """What only the extended set reads costs it alone, and its controls are named."""
    simulator.faults.append(Fault("/maintenance_windows", **fault))
    _, plain = doctor(tmp_path, with_key(simulator))
    ended = run_as(with_key(simulator), tmp_path, "doctor")

    lost = sorted(each.id for each in shipped_controls() if "maintenance_windows" in each.needs)
    kept = [each for each in SETS["extended"] if each not in lost]
    assert lost
    assert plain["controls_sets"]["extended"] == {"readable": kept, "unreadable": lost}
    assert plain["controls_sets"]["core"] == {"readable": SETS["core"], "unreadable": []}
    said = f"extended set: what {len(kept)} of {len(SETS['extended'])} controls need can be read"
    assert f"{said}; not for {', '.join(lost)}\n" in ended.out


def test_a_key_that_is_refused_reads_for_no_control(simulator: Simulator, tmp_path: Path) -> None:
    """What was not tried is not readable: no set looks as if it could be judged."""
    _, plain = doctor(tmp_path, with_key(simulator, PAGERDUTY_API_KEY="hush"))

    assert plain["controls_sets"] == {
        name: {"readable": [], "unreadable": ids} for name, ids in SETS.items()
    }


def test_people_get_it_in_words(simulator: Simulator, tmp_path: Path) -> None:
    """Each endpoint has a line; a key's right to write cannot be told, and that is said."""
    ended = run_as(with_key(simulator), tmp_path, "doctor")

    assert "credential  API key of the account" in ended.out
    assert "writing     unknown" in ended.out
    assert "clock       agrees with PagerDuty's" in ended.out
    assert "  readable        /users\n" in ended.out
    assert f"{ENDPOINTS} of {ENDPOINTS} endpoints can be read; {MOST} requests" in ended.out


@pytest.mark.parametrize(
    ("fault", "access"),
    [
        ({"kind": "status", "status": 402}, "not_in_plan"),
        ({"kind": "status", "status": 403}, "forbidden"),
        ({"kind": "status", "status": 404}, "feature_off"),
        ({"kind": "status", "status": 503}, "failed"),
        ({"kind": "rate_limited_bare"}, "failed"),
        ({"kind": "reset"}, "failed"),
        ({"kind": "invalid_json"}, "failed"),
    ],
)
def test_a_refusal_names_what_it_costs(
    simulator: Simulator, tmp_path: Path, fault: dict[str, Any], access: str
) -> None:
    """One endpoint that is not readable is exit code 6, with the reason and the controls."""
    simulator.faults.append(Fault("/audit/records", **fault))
    _, plain = doctor(tmp_path, with_key(simulator))

    (refused,) = [each for each in plain["endpoints"] if each["access"] != "readable"]
    assert (refused["path"], refused["access"]) == ("/audit/records", access)
    assert refused["controls"] == ["PD-11", "PD-12", "PD-13", "PD-42"]
    assert refused["reason"]
    assert plain["exit_code"] == 6
    assert len(simulator.requests) <= MOST


def test_a_refusal_in_words(simulator: Simulator, tmp_path: Path) -> None:
    """The line has what happened, why, and what it costs."""
    simulator.faults.append(Fault("/teams", "status", status=402))
    ended = run_as(with_key(simulator), tmp_path, "doctor")

    assert (
        "  not in the plan /teams  HTTP 402, Required abilities are unavailable; needed by PD-04"
        in ended.out
    )


@pytest.mark.parametrize("account", [accounts.empty, accounts.small])
def test_what_is_not_there_is_not_missed(account: Any, tmp_path: Path) -> None:
    """No business services to ask about, and no shift-based schedules, are no trouble."""
    simulated = account(NOW)
    simulated.business_services.clear()
    simulated.off["/v3/schedules"] = 404
    simulated.session_configurations.clear()
    simulated.orchestrations.clear()
    simulated.extensions.clear()
    with run(simulated) as simulator:
        _, plain = doctor(tmp_path, with_key(simulator))

    assert by_path(plain)["/service_dependencies/business_services/{id}"] == "nothing_there"
    assert by_path(plain)["/v3/schedules"] == "nothing_there"
    assert by_path(plain)["/session_configurations"] == "nothing_there"
    assert by_path(plain)["/extensions/{id}"] == "nothing_there"
    assert by_path(plain)["/event_orchestrations/{id}/unrouted"] == "nothing_there"
    assert plain["exit_code"] == 0


def test_what_hangs_on_a_refused_list_is_not_tried(simulator: Simulator, tmp_path: Path) -> None:
    """Without the list there is no id to ask for: that is not the same as nothing there."""
    simulator.faults.append(Fault("/services", "status", status=403))
    _, plain = doctor(tmp_path, with_key(simulator))

    (single,) = [each for each in plain["endpoints"] if "technical" in each["path"]]
    assert (single["access"], single["reason"]) == ("not_tried", "/services is not readable")
    assert plain["exit_code"] == 6


def test_a_key_that_is_refused_is_not_tried_everywhere(
    simulator: Simulator, tmp_path: Path
) -> None:
    """A 401 is exit code 4 after one request."""
    ended, plain = doctor(tmp_path, with_key(simulator, PAGERDUTY_API_KEY="hush"))

    assert ended.code == 4
    assert by_path(plain)["/abilities"] == "credential_refused"
    assert by_path(plain)["/users"] == "not_tried"
    assert plain["credential"]["belongs_to"] == "unknown"
    assert len(simulator.requests) == 1
    assert "hush" not in ended.text


def test_an_address_that_nobody_answers(simulator: Simulator, tmp_path: Path) -> None:
    """An account out of reach is exit code 4, and says so."""
    env = with_key(simulator, PAGERDUTY_BASE_URL="http://127.0.0.1:9")
    ended = run_as(env, tmp_path, "doctor")

    assert ended.code == 4
    assert "no answer       /abilities  cannot connect to 127.0.0.1" in ended.out
    assert "not tried       /users  PagerDuty cannot be reached" in ended.out
    assert "clock       unknown" in ended.out
    assert f"0 of {ENDPOINTS} endpoints can be read" in ended.out


def test_the_address_of_europe(tmp_path: Path) -> None:
    """``--region eu`` asks the European address."""
    env = {"PAGERDUTY_API_KEY": "hush", "HTTPS_PROXY": "http://127.0.0.1:9"}
    _, plain = doctor(tmp_path, env, "--region=eu")

    assert plain["base_url"] == "https://api.eu.pagerduty.com"
    assert plain["exit_code"] == 4


def test_without_a_credential_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    """No credential is a usage error that names the variable."""
    ended = run_as({}, tmp_path, "doctor")

    assert ended.code == 4
    assert "set PAGERDUTY_API_KEY" in ended.err
    assert "replay" not in ended.err, "doctor asks the account, and takes no recording"


def test_a_token_with_few_scopes(simulator: Simulator, tmp_path: Path) -> None:
    """A token at hand shows what it lacks by its refusals."""
    ended, plain = doctor(tmp_path, a_bearer(simulator, "services.read", "users.read"))

    assert ended.code == 6
    assert by_path(plain)["/services"] == "readable"
    assert by_path(plain)["/oncalls"] == "forbidden"
    assert plain["missing_scopes"]["oncalls.read"] == ["PD-18"]
    assert "services.read" not in plain["missing_scopes"]
    assert plain["credential"]["kind"] == "bearer token"


def test_an_app_knows_its_scopes(simulator: Simulator, tmp_path: Path) -> None:
    """The granted scopes tell what is missing, and that nothing can be written."""
    simulator.credentials.client_scopes -= {"priorities.read", "users:contact_methods.read"}
    _, plain = doctor(tmp_path, an_app(simulator))

    assert plain["credential"]["kind"] == "OAuth client"
    assert plain["credential"]["belongs_to"] == "app"
    assert plain["credential"]["can_write"] is False
    assert plain["missing_scopes"]["priorities.read"] == ["PD-20"]
    assert "PD-17" in plain["missing_scopes"]["users:contact_methods.read"]
    assert len(simulator.requests) <= MOST


def test_a_token_that_can_write_is_told(simulator: Simulator, tmp_path: Path) -> None:
    """Scopes that write are named; nothing here needs them."""
    granted = simulator.credentials._granted
    simulator.credentials._granted = lambda scope: granted(scope) | {"users.write"}  # type: ignore[method-assign]
    ended = run_as(an_app(simulator), tmp_path, "doctor")

    assert "writing     possible (users.write): nothing here needs that" in ended.out


def test_a_token_that_ends_meanwhile_is_replaced(simulator: Simulator, tmp_path: Path) -> None:
    """That takes a second token, and the refused request once more."""
    simulator.credentials.good_for = MOST // 2 + 1
    _, plain = doctor(tmp_path, an_app(simulator))

    assert plain["exit_code"] == 0
    assert len(simulator.requests) <= MOST + 2


def test_a_users_key(simulator: Simulator, tmp_path: Path) -> None:
    """A user's role, and what the limited view costs, are told."""
    env = a_user(simulator, "user")
    ended = run_as(env, tmp_path, "doctor")

    assert ended.code == 6
    assert "credential  API key of a user (role user)" in ended.out
    assert "WARNING: the credential belongs to a user (role user): what PD-01, PD-02" in ended.out
    assert "forbidden       /audit/records" in ended.out


def test_a_read_only_key_is_enough(simulator: Simulator, tmp_path: Path) -> None:
    """Nothing that the doctor does needs more than reading."""
    _, plain = doctor(tmp_path, with_key(simulator, PAGERDUTY_API_KEY=READ_ONLY_KEY))

    assert plain["exit_code"] == 0


@pytest.mark.parametrize(("minutes", "side"), [(5, "behind"), (-5, "ahead of")])
def test_a_clock_that_is_wrong(
    simulator: Simulator, tmp_path: Path, minutes: int, side: str
) -> None:
    """A clock that differs by minutes is told, with the direction."""
    simulator.skew = timedelta(minutes=minutes)
    ended = run_as(with_key(simulator), tmp_path, "doctor")
    _, plain = doctor(tmp_path, with_key(simulator))

    assert "clock       WARNING: " in ended.out
    assert f" s {side} PagerDuty's: correct it" in ended.out
    assert abs(plain["clock_skew_seconds"] - minutes * 60) < 60


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT"])
def test_an_answer_without_a_moment_says_nothing_of_the_clock(date: str) -> None:
    """A ``Date`` header that is missing or broken is no skew."""
    assert skew(date, NOW) is None


def test_a_key_on_the_command_line_is_warned_about(simulator: Simulator, tmp_path: Path) -> None:
    """As in an inspection."""
    ended = run_as(nobody(simulator), tmp_path, "doctor", f"--api-key={simulator.api_key}")

    assert ended.code == 0, ended.text
    assert "other users of this machine can see a key" in ended.err
    assert simulator.api_key not in ended.text


def test_ctrl_c_ends_the_wait_for_an_answer(tmp_path: Path) -> None:
    """In a sentence, and with the exit code of what was interrupted."""
    with (
        run(accounts.small, faults=[Fault("*", "silent")]) as simulator,
        unnoticed_ctrl_c(lambda: bool(simulator.requests)),
    ):
        ended = run_as(with_key(simulator), tmp_path, "doctor", "--timeout=1h")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "INTERRUPTED: the command was stopped before its end\n"
