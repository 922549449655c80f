"""What is judged while an account is read is what a run would say after it was read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdsec_checks.baseline import Baseline
from pdsec_checks.finding import Finding
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine
from pdsec_checks.judging.controls import Judgeable, shipped
from pdsec_checks.judging.early import EarlyJudge
from pdsec_checks.pagerduty import take_snapshot
from pdsec_checks.pagerduty.arriving import ArrivingSnapshot, NotReadYetError
from pdsec_checks.pagerduty.data_sets.data_set import Reading
from pdsec_checks.pagerduty.data_sets.table import closure
from pdsec_checks.pagerduty.snapshot import TELLING, Snapshot
from tests.simulator import Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.judged import NOTHING, NOW, refused
from tests.support.processes import until

NAMES = ("demo", "leavers", *(reading.in_ci(each) for each in ("demo_compliant", "hostile")))


@cache
def whole(name: str) -> Snapshot:
    """Return a test account as it was read."""
    with run(accounts.NAMED[name](NOW)) as simulator:
        return reading.read(simulator)


def controls() -> list[Judgeable]:
    """Return every control that ships, addressed as pytest does."""
    return [replace(each, nodeid=each.control.id) for each in shipped()]


def judged_early(
    snapshot: Snapshot, arrivals: Collection[Collection[str]]
) -> tuple[EarlyJudge, int]:
    """Let data sets arrive in groups, and judge after each; return how many controls were."""
    judge = EarlyJudge(controls(), NOTHING)
    arrived = ArrivingSnapshot.of(snapshot, snapshot.data)
    for group in arrivals:
        arrived.take({name: snapshot.records(name) for name in group if snapshot.has(name)})
        while judge.work(arrived):
            pass
    return judge, sum(judge.cases(each.control.id) is not None for each in controls())


def early_findings(judge: EarlyJudge, snapshot: Snapshot) -> list[Finding]:
    """Return what a run says that goes by what was judged early."""
    inspection = judge.inspection_of(snapshot, Baseline())
    found = []
    for control in controls():
        cases = judge.cases(control.control.id)
        if cases is None:
            cases = engine.cases_of(control, inspection, NOTHING)
        for case in cases:
            findings = judge.pop(control.control.id, case.id)
            if findings is None:
                nodeid = control.nodeid_of(case.id)
                findings = engine.findings_of(control, case, inspection, nodeid)
            found += [
                engine.settled(each, control.control, inspection, NOTHING) for each in findings
            ]
    return found


@cache
def later_findings(name: str) -> list[Finding]:
    """Return what a run says of a test account that judges after it was read."""
    return engine.judged(controls(), Inspection(whole(name), Baseline()), NOTHING)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_findings_are_the_same_in_whatever_order_data_sets_arrive(
    name: str, data: st.DataObject
) -> None:
    """Whatever arrives first, and however much of it at once."""
    snapshot = whole(name)
    order = data.draw(st.permutations(sorted(snapshot.data)))
    ends = data.draw(st.lists(st.integers(0, len(order)), max_size=6).map(sorted))
    groups = [order[start:end] for start, end in zip([0, *ends], [*ends, len(order)], strict=True)]
    judge, _ = judged_early(snapshot, groups[:-1])

    assert early_findings(judge, snapshot) == later_findings(name)


def test_every_control_is_judged_once_everything_is_there() -> None:
    """Those that look beyond their own data sets wait for what others read anyway."""
    snapshot = whole("demo")
    _, all_of_them = judged_early(snapshot, [snapshot.data])
    services, some = judged_early(snapshot, [{"services", "users", "escalation_policies"}])
    _, at_last = judged_early(snapshot, [{each} for each in snapshot.data])

    assert all_of_them == at_last == len(controls())
    assert services.cases("PD-05") is not None
    assert services.cases("PD-07") is None  # goes by who was deleted, wherever that is seen
    assert 0 < some < all_of_them


def test_what_could_not_be_read_is_not_judged_early() -> None:
    """A control without its data set is the run's."""
    unread = {"webhook_subscriptions": refused(path="/webhook_subscriptions")}
    snapshot = replace(whole("demo"), data={**whole("demo").data, **unread})
    judge, count = judged_early(snapshot, [snapshot.data])

    assert count
    for control in controls():
        if "webhook_subscriptions" in closure(control.control.needs):
            assert judge.cases(control.control.id) is None


def judged_of(snapshot: Snapshot) -> EarlyJudge:
    """Return who judged everything of an account early, services first."""
    judge, count = judged_early(snapshot, [{"services"}, snapshot.data])
    assert count
    return judge


@pytest.mark.parametrize(
    "change",
    [{"clock": "the clocks differ by an hour"}, {"told_host": "other.pagerduty.com", "data": {}}],
    ids=["clock", "host"],
)
def test_what_turns_out_otherwise_is_judged_anew(change: dict[str, Any]) -> None:
    """Nothing that went by PagerDuty's clock, or by the account's address, stays."""
    judge = judged_of(whole("demo"))
    snapshot = replace(whole("demo"), **change)
    inspection = judge.inspection_of(snapshot, Baseline())

    assert inspection.snapshot is snapshot
    assert [judge.cases(each.control.id) for each in controls()] == [None] * len(controls())


def test_nothing_is_judged_before_the_address_is_known() -> None:
    """What was judged without it would be judged anew."""
    snapshot = whole("demo")
    first = {name for name in snapshot.data if name not in TELLING}
    judge, count = judged_early(snapshot, [first, TELLING])

    assert count == len(controls())
    assert judge.inspection_of(snapshot, Baseline()).provide("users")
    assert judge.cases("PD-14")
    assert judged_early(snapshot, [first])[1] == 0


def test_the_run_goes_on_with_what_was_made() -> None:
    """The same objects, over the whole account; a case is handed out once."""
    judge = judged_of(whole("demo"))
    (case, *_) = judge.cases("PD-05") or []
    inspection = judge.inspection_of(whole("demo"), Baseline())

    assert case.resources[0] in inspection.provide("service")
    assert judge.pop("PD-05", case.id)
    assert judge.pop("PD-05", case.id) is None


# What is still being read


@pytest.mark.parametrize(
    "ask",
    [
        lambda arriving: arriving.records("users"),
        lambda arriving: arriving.has("users"),
        lambda arriving: arriving.is_refused("users"),
        lambda arriving: "users" in arriving.data,
        lambda arriving: arriving.data["users"],
        lambda arriving: arriving.data.get("users"),
    ],
    ids=["records", "has", "is_refused", "in", "index", "get"],
)
def test_what_has_not_arrived_is_no_absence(ask: Callable[[ArrivingSnapshot], Any]) -> None:
    """No question gets the answer that there is nothing; one about what nobody reads does."""
    arriving = ArrivingSnapshot.of(whole("demo"), {"users", "services"})
    with pytest.raises(NotReadYetError):
        ask(arriving)

    assert not arriving.has("teams")
    assert "teams" not in arriving.data
    assert arriving.data.get("teams") is None
    with pytest.raises(KeyError):
        arriving.data["teams"]
    arriving.take({"users": []})
    assert arriving.has("users")


# In a run


def inspected(folder: Path, simulator: Simulator) -> dict[tuple[str, str], Any]:
    """Inspect an account; return each finding of the report by control and resource."""
    folder.mkdir()
    ended = run_command(folder, "--output=inspection.json", "--quiet", simulator=simulator)
    assert ended.code == 1, ended.text
    return {(each["control"], each["resource"]["id"]): each for each in ended.report["findings"]}


WITHOUT_USERS = {"PD-05", "PD-14", "PD-22"}
"""Some of the controls that need no user."""


def test_a_run_judges_while_users_are_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the users are there others are judged; the report is that of a run that waits."""
    judged: list[str] = []
    late: set[str] = set()
    taken: dict[str, bool] = {}
    original, findings_of, pop = EarlyJudge._judge, engine.findings_of, EarlyJudge.pop
    read = take_snapshot._read

    def held(name: str, how: Reading) -> list[Any]:
        if name == "users":
            until(lambda: set(judged) >= WITHOUT_USERS)
        return read(name, how)

    def noted(self: EarlyJudge, control: Judgeable, arrived: ArrivingSnapshot) -> None:
        original(self, control, arrived)
        judged.append(control.control.id)

    def noted_late(control: Judgeable, *others: Any) -> list[Finding]:
        late.add(control.control.id)
        return findings_of(control, *others)

    def noted_pop(self: EarlyJudge, control_id: str, case_id: str) -> list[Finding] | None:
        found = pop(self, control_id, case_id)
        taken[control_id] = found is not None
        return found

    moment = take_snapshot.now()
    monkeypatch.setattr(take_snapshot, "now", lambda: moment)
    monkeypatch.setattr(take_snapshot, "_read", held)
    with run(accounts.demo(moment)) as simulator:
        monkeypatch.setattr(EarlyJudge, "_judge", noted)
        monkeypatch.setattr(EarlyJudge, "pop", noted_pop)
        monkeypatch.setattr(engine, "findings_of", noted_late)
        early_report = inspected(tmp_path / "early", simulator)
        monkeypatch.setattr(engine, "findings_of", findings_of)
        monkeypatch.setattr(EarlyJudge, "pop", pop)
        monkeypatch.setattr(EarlyJudge, "work", lambda _self, _arrived: False)
        monkeypatch.setattr(EarlyJudge, "_judge", original)
        late_report = inspected(tmp_path / "late", simulator)

    assert set(judged) >= WITHOUT_USERS
    assert late == {each for each, was_early in taken.items() if not was_early}
    assert taken.keys() == {control for control, _ in early_report}
    assert early_report == late_report
