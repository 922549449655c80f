"""The section of the report's page about whom incidents would call."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.html import page
from pdsec_checks.reports.ring import making
from pdsec_checks.reports.ring.making import section_of
from pdsec_checks.reports.ring.section import RingSection
from tests.controls.test_ring import ROW_2, ROW_4, ROW_6, SCH_A, SCH_B
from tests.reports.ring.test_html import EVIL, UNKNOWN, Tags, evil
from tests.simulator.builders import ALWAYS_HIGH, a_policy, a_service
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.judged import inspect, refused
from tests.support.phones import A, S, account, policy
from tests.support.questions import inspection_of


def section(snapshot: Snapshot, *services: str) -> RingSection:
    """Return the section about some services; about the one there is, unless some are named."""
    return section_of(inspection_of(snapshot), services or ("PSVC",))


def page_of(snapshot: Snapshot) -> str:
    """Return the page of an inspection by PD-26."""
    report = a_report(*inspect(snapshot, "PD-26"))
    return page.render(replace(report, ring=section(snapshot)))


def test_section_of_a_service_with_dead_windows() -> None:
    """It has the days of its policy, the windows, and the walk of the worst moment."""
    (drawn,) = section(account(ROW_6, SCH_A, SCH_B)).policies

    assert (drawn.name, drawn.services) == ("Platform (PPOL)", ("Checkout (PSVC)",))
    assert len(drawn.days) == 30
    assert len(drawn.windows) + drawn.more_windows == 30
    assert drawn.walk.title.endswith("incident at 2026-11-23T08:00Z, high urgency")
    assert drawn.walk.ending == "no incident is opened: nobody is on call on any level"


def test_service_that_rings_has_no_strip() -> None:
    """Blast radius and load are told of it all the same."""
    found = section(account(ROW_2))
    *_, (heading, rows, _) = found.losses

    assert found.policies == ()
    assert heading == "Without one escalation policy"
    assert rows == (("Platform (PPOL)", "719.5 h", "1 service"),)
    assert found.problem == ""


def test_service_that_was_not_judged_is_not_in_it() -> None:
    """A run over some services shows these alone."""
    found = section(account(ROW_6, SCH_A, SCH_B), "PANOTHER")

    assert (found.policies, found.loads) == ((), ())


def test_what_is_not_known_is_in_neither_table() -> None:
    """A service whose policy has somebody unknown is named with the reason."""
    found = section(account(policy((A, 5), (UNKNOWN, 5)), UNKNOWN))

    assert [name for name, _ in found.not_counted] == ["Checkout (PSVC)"]
    assert all(not rows for _, rows, _ in found.losses)


def test_more_policies_than_can_be_drawn_have_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page stays quick to open; the most dead hours are drawn."""
    monkeypatch.setattr(making, "DRAWN", 1)
    silent = a_policy("Silent", [S], id="PSILENT")
    services = [
        a_service("One", ROW_6, id="PONE", incident_urgency_rule=ALWAYS_HIGH),
        a_service("Two", silent, id="PTWO", incident_urgency_rule=ALWAYS_HIGH),
    ]
    data = {"services": services, "escalation_policies": [ROW_6, silent]}
    found = section(account(ROW_6, SCH_A, SCH_B, data=data), "PONE", "PTWO")

    assert [each.name for each in found.policies] == ["Silent (PSILENT)"]
    assert [(each.name, each.services) for each in found.undrawn] == [("Platform (PPOL)", 1)]


@pytest.mark.parametrize("rows", [0, 1])
def test_long_tables_say_how_much_is_left(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """What is not shown is counted, never dropped in silence."""
    monkeypatch.setattr(making, "LISTED", rows)
    monkeypatch.setattr(making, "WINDOWS", rows)
    found = section(account(ROW_6, SCH_A, SCH_B))
    (drawn,) = found.policies

    assert len(drawn.windows) + drawn.more_windows == 30
    assert len(found.loads) + found.more_loads == 1
    assert [len(shown) + more for _, shown, more in found.losses] == [1, 1, 0, 1]


def test_list_that_could_not_be_read_is_said() -> None:
    """It costs the section, and says so there."""
    found = section(account(ROW_2, data={"services": refused(403)}))

    assert "HTTP 403" in found.problem


def test_what_breaks_costs_the_section_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No verdict rests on it, so no inspection ends for it."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(making, "losses", broken)
    snapshot = account(ROW_6, SCH_A, SCH_B)

    assert "ZeroDivisionError" in section(snapshot).problem
    assert "The days could not be drawn" in page_of(snapshot)


def test_section_travels_between_processes() -> None:
    """What a worker leaves is what the process that reports reads."""
    found = section(account(ROW_6, SCH_A, SCH_B))

    assert msgspec.json.decode(msgspec.json.encode(found), type=RingSection) == found


def test_page_has_the_section() -> None:
    """Five bands in colour and pattern, a title on each rectangle, and tables that say the same."""
    text = page_of(account(ROW_4))
    tags = Tags(text)
    strips = [each for tag, each in tags.found if tag == "svg" and each.get("class") == "strip"]

    assert [each["aria-label"] for each in strips]
    assert all("the table of windows says the same" in str(each["aria-label"]) for each in strips)
    assert "first ring 30 min (limit 15)" in tags.text
    assert "the first ring comes after up to 30 min" in tags.text
    assert text.count("<h4>Without one") == 4
    assert "Who carries alone" in tags.text
    assert {"p-late", "p-never"} <= {each.get("id") for tag, each in tags.found if tag == "pattern"}


def test_page_without_the_section_is_as_before() -> None:
    """Nothing of it is on the page where PD-26 was not judged, not even a style."""
    text = page.render(a_report())

    assert 'id="ring"' not in text
    assert "band-lost" not in text


def test_hostile_names_are_text() -> None:
    """Names of services, policies, schedules and people cannot become markup."""
    schedule = evil(SCH_A)
    snapshot = account(evil(policy((schedule, 30))), schedule)
    for name in ("services", "users"):
        records: Any = snapshot.data[name]
        snapshot.data[name] = [evil(each) for each in records]
    text = page_of(snapshot)

    assert EVIL not in text
    assert "\u202e" not in text
    assert "alert(1)" in Tags(text).text
