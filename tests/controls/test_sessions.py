"""PD-40: do web sessions end by themselves?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.analysis.sessions import earliest_creation
from pdsec_checks.finding import Finding
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets import paging
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.resources import Service
from tests.controls.helpers import WRONG, altered, only
from tests.simulator import Account, Fault, accounts, run
from tests.simulator.builders import a_service, an_integration
from tests.simulator.records import ABSENT
from tests.support import reading
from tests.support.judged import CONTROLS, NOW, a_snapshot, refused
from tests.support.pseudonyms import redact_answers

MINUTE, HOUR, DAY = 60, 3600, 86_400
IDLE, ABSOLUTE = "idle_session_ttl", "absolute_session_ttl"


def limits(idle: Any = 30 * MINUTE, session: Any = 12 * HOUR, kind: Any = "web") -> Record:
    """Return one session configuration."""
    return {"type": kind, IDLE: idle, ABSOLUTE: session}


def judged(*configurations: Any, **thresholds: Any) -> Finding:
    """Return the finding of an account with these session configurations."""
    return only(a_snapshot(session_configurations=list(configurations)), "PD-40", **thresholds)


def status(*configurations: Any, **thresholds: Any) -> str:
    """Return the status of the same."""
    return judged(*configurations, **thresholds).status.value


@pytest.mark.parametrize(
    ("idle", "session", "expected"),
    [
        (30 * MINUTE, 12 * HOUR, "pass"),
        (MINUTE, 10 * MINUTE, "pass"),
        (30 * MINUTE + 1, 12 * HOUR, "fail"),
        (30 * MINUTE, 12 * HOUR + 1, "fail"),
        (DAY, 210 * DAY, "fail"),
    ],
)
def test_web_sessions_end_in_time(idle: int, session: int, expected: str) -> None:
    """Both limits count, to the second; each alone is enough to fail."""
    found = judged(limits(idle, session))

    assert found.status.value == expected
    assert found.cause == ("long" if expected == "fail" else "")


def test_limits_are_those_of_the_baseline() -> None:
    """``max_web_idle_minutes`` and ``max_web_session_hours`` say how long is too long."""
    assert status(limits(16 * MINUTE), max_web_idle_minutes=15) == "fail"
    assert status(limits(15 * MINUTE), max_web_idle_minutes=15) == "pass"
    assert status(limits(session=2 * HOUR), max_web_session_hours=1) == "fail"
    assert status(limits(HOUR, DAY), max_web_idle_minutes=60, max_web_session_hours=24) == "pass"


def test_message_and_evidence_have_what_is_too_long() -> None:
    """In minutes and hours, with the limit."""
    found = judged(limits(45 * MINUTE, DAY))

    assert "for 45 minutes without activity (the limit is 30 minutes)" in found.message
    assert "and for 24 hours in all (the limit is 12 hours)" in found.message
    assert found.evidence == {"web_idle_minutes": 45, "web_session_hours": 24}
    assert "in all" not in judged(limits(45 * MINUTE)).message
    assert "for more than 12 hours in all" in judged(limits(session=12 * HOUR + 1)).message


def test_mobile_sessions_are_evidence_only() -> None:
    """However long they are; the remedy never asks for shorter ones."""
    mobile = limits(DAY, 210 * DAY, "mobile")
    found = judged(limits(), mobile)

    assert found.status.value == "pass"
    assert found.evidence["mobile_idle_minutes"] == 1440
    assert found.evidence["mobile_session_hours"] == 5040
    for broken in (altered(mobile, IDLE, None), altered(mobile, ABSOLUTE, ABSENT)):
        assert "mobile_idle_minutes" not in judged(limits(), broken).evidence


def test_fix_never_touches_mobile_sessions() -> None:
    """The request is about web sessions, and lengthens none of them."""
    fix = judged(limits(45 * MINUTE, HOUR), limits(DAY, DAY, "mobile")).fix
    assert fix is not None
    (request,) = fix["requests"]

    assert request["path"] == "/session_configurations?type=web"
    assert request["body"] == {"session_configuration": {IDLE: 30 * MINUTE, ABSOLUTE: HOUR}}


@pytest.mark.parametrize("configurations", [[], [limits(kind="mobile")]])
def test_without_limits_for_the_web_a_person_must_look(configurations: list[Record]) -> None:
    """What PagerDuty's default is for this account the API does not show."""
    found = judged(*configurations)

    assert (found.status.value, found.cause) == ("manual", "unset")
    assert "2026-03-02" in found.message


@pytest.mark.parametrize(
    ("code", "expected"),
    [(404, "manual"), (401, "error"), (402, "error"), (403, "error"), (500, "error")],
)
def test_404_alone_says_that_nothing_is_configured(code: int, expected: str) -> None:
    """Whatever else is answered, nobody knows."""
    found = only(a_snapshot(session_configurations=refused(code)), "PD-40")

    assert found.status.value == expected


def test_404_of_another_path_says_nothing() -> None:
    """Only the endpoint itself can say that it has nothing."""
    found = only(a_snapshot(session_configurations=refused(404, "/gateway")), "PD-40")

    assert found.status.value == "error"


@pytest.mark.parametrize("value", [ABSENT, None, WRONG, "1800", True, 0, -1])
@pytest.mark.parametrize("field", [IDLE, ABSOLUTE])
def test_limit_that_is_missing_or_no_limit_is_an_error(field: str, value: Any) -> None:
    """One limit without the other says nothing, nor does one below what PagerDuty allows."""
    assert status(altered(limits(), field, value)) == "error"
    assert status(altered(limits(DAY, 210 * DAY), field, value)) == "error"


@pytest.mark.parametrize("kind", [ABSENT, None, WRONG, "desktop", "WEB"])
def test_configuration_of_an_unknown_kind_may_be_the_one_of_the_web(kind: Any) -> None:
    """It makes a pass an error, and hides no fail."""
    unknown = altered(limits(), "type", kind)

    assert status(unknown) == "error"
    assert status(limits(), unknown) == "error"
    assert status(limits(HOUR), unknown) == "fail"


@pytest.mark.parametrize("entry", [None, "surprise", {}])
def test_entry_that_is_no_configuration_is_an_error(entry: Any) -> None:
    """It may be that of the web."""
    records = paging.rows("/path", {"session_configurations": [entry]}, "session_configurations")

    assert status(*records) == "error"
    assert status(limits(), *records) == "error"


def test_of_two_configurations_the_longer_one_counts() -> None:
    """Whichever of them holds."""
    assert status(limits(), limits(HOUR)) == "fail"
    assert status(limits(HOUR), limits()) == "fail"


# Since when the account may be there


OLD, NEW = "2021-05-04T03:02:01Z", "2026-04-01T00:00:00Z"


def test_earliest_moment_of_services_and_integrations_is_evidence() -> None:
    """Accounts from before March 2026 have no short default; this shows how old one is at least."""
    integration = an_integration(service="PSHOP", created_at=OLD)
    services = [a_service("Shop", id="PSHOP", created_at=NEW, integrations=[integration])]

    found = only(a_snapshot(session_configurations=refused(404), services=services), "PD-40")

    assert found.evidence == {"account_made": OLD}


@pytest.mark.parametrize(
    ("services", "says"),
    [(refused(), "the services were not read"), ([], "no service says")],
)
def test_age_that_nothing_shows_is_unknown(services: Any, says: str) -> None:
    """Services are read for other controls, and not for this one."""
    found = only(a_snapshot(session_configurations=refused(404), services=services), "PD-40")

    assert found.evidence == {"account_made": f"unknown: {says}"}
    assert closure(CONTROLS["PD-40"].control.needs) == {"session_configurations"}


@pytest.mark.parametrize("broken", ["yesterday", WRONG, None, ABSENT])
def test_what_does_not_say_when_it_was_made_shows_nothing(broken: Any) -> None:
    """Others beside it do; a broken list of integrations costs only itself."""
    services = [
        altered(a_service("Shop", integrations=[]), "created_at", broken),
        altered(a_service("Blog", created_at=NEW), "integrations", WRONG),
    ]

    found = earliest_creation(map(Service, services))
    assert found is not None
    assert found.isoformat() == "2026-04-01T00:00:00+00:00"


# Reading


def configured(*configurations: Record) -> Account:
    """Return an account with these session configurations."""
    account = accounts.small(NOW)
    account.session_configurations = list(configurations)
    return account


def test_it_takes_one_request() -> None:
    """The whole control is one answer."""
    with run(configured(limits())) as simulator:
        snapshot = reading.read(simulator, closure(CONTROLS["PD-40"].control.needs))
        assert [each.path for each in simulator.requests] == ["/session_configurations"]

    assert only(snapshot, "PD-40").status.value == "pass"


def test_account_without_configuration_is_read_as_such() -> None:
    """PagerDuty answers 404, and a person must look."""
    with run(configured()) as simulator:
        snapshot = reading.read(simulator, ["session_configurations"])

    assert only(snapshot, "PD-40").status.value == "manual"


@pytest.mark.parametrize("kind", ["cut", "empty", "missing_collection", "wrong_collection"])
def test_answer_without_a_list_is_an_error(kind: str) -> None:
    """An answer that cannot be read is no answer."""
    with run(configured(limits()), faults=[Fault("/session_configurations", kind)]) as simulator:
        snapshot = reading.read(simulator, ["session_configurations"])

    assert only(snapshot, "PD-40").status.value == "error"


@pytest.mark.parametrize(
    ("configurations", "expected"),
    [([limits()], "pass"), ([limits(HOUR, DAY)], "fail"), ([], "manual")],
)
def test_pseudonyms_change_no_row(
    configurations: list[Record], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds survive in a recording that leaves the house."""
    with run(configured(*configurations)) as simulator:
        redact_answers(monkeypatch)
        snapshot = reading.read(simulator, DATA_SETS)

    assert only(snapshot, "PD-40").status.value == expected
