"""What nobody foresaw costs what it was for, with its place, and never the rest of the run."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from pdsec_checks import inspection as inspections
from pdsec_checks import reports
from pdsec_checks.accounts import gather
from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.finding import UNKNOWN_REACH, Finding
from pdsec_checks.fixes.fix import Fix
from pdsec_checks.fixes.registry import RECIPES
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging import engine, waivers
from pdsec_checks.judging.controls import Judgeable
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.http import threads
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.reports import json_report, terminal
from pdsec_checks.reports.report import RunInfo
from pdsec_checks.reports.side_by_side import document
from pdsec_checks.suite.run import Run
from tests.accounts.files import accounts_toml
from tests.controls.test_causes import NOT_IN_DEMO
from tests.simulator import Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.changed import replace
from tests.support.fails import snapshot_of as demo_snapshot
from tests.support.findings import core_ids
from tests.support.judged import CONTROLS, NOTHING, NOW
from tests.support.processes import Ended
from tests.support.shown import shown_in

BREAKS: dict[str, Exception] = {
    "deep": RecursionError("maximum recursion depth exceeded"),
    "date": OverflowError("date value out of range"),
    "surrogate": UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
    "thread": RuntimeError("can't start new thread"),
    "number": ValueError("Out of range float values are not JSON compliant"),
    "memory": MemoryError(),
    "mistake": AttributeError("'NoneType' object has no attribute 'somebody'"),
}
ANY = pytest.mark.parametrize("error", BREAKS.values(), ids=BREAKS)
PLACE = "in test_unforeseen.py:"


def breaking(error: Exception) -> Callable[..., NoReturn]:
    """Return a function that ends with *error*, whatever it is called with."""

    def break_off(*_: object, **__: object) -> NoReturn:
        raise type(error)(*error.args)

    return break_off


@pytest.fixture(scope="module")
def small() -> Iterator[Simulator]:
    """Serve a small account."""
    with run(accounts.small(NOW)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def whole(small: Simulator) -> dict[str, Any]:
    """Return what is read of it when nothing breaks."""
    return reading.read(small).data


def break_reader(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    """Let the reader of one data set end with *error*."""
    broken = replace(DATA_SETS[name], read=breaking(error))
    monkeypatch.setitem(DATA_SETS, name, broken)


# Readers


@pytest.mark.parametrize("name", reading.READABLE)
def test_a_reader_that_breaks_costs_its_data_set(
    small: Simulator, whole: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other data set is read as ever, but for those that are made from it."""
    break_reader(monkeypatch, name, BREAKS["deep"])
    found = reading.read(small).data

    lost = found.pop(name)
    assert isinstance(lost, Unavailable)
    assert lost.path == DATA_SETS[name].path
    assert f"reading it broke: RecursionError {PLACE}" in lost.reason
    for other, records in found.items():
        if name in closure([other]):
            assert isinstance(records, Unavailable)
        elif name != "audit_api_token":  # its records save the oldest one a request of its own
            assert records == whole[other], other


@ANY
def test_whatever_breaks_a_reader_is_an_error_with_its_place(
    small: Simulator, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controls of the data set say the kind of exception and where; nothing of its text."""
    break_reader(monkeypatch, "users", error)
    snapshot = reading.read(small)
    found = engine.judged(CONTROLS.values(), Inspection(snapshot, Baseline()), NOTHING)

    for each in found:
        if "users" in CONTROLS[each.control].control.needs:
            assert each.status == "error", each
            assert f"{type(error).__name__} {PLACE}" in each.message
            assert "somebody" not in each.message
    assert {each.status.value for each in found} > {"pass", "error"}


def test_no_more_threads_costs_time_alone(
    small: Simulator, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container at its limit of threads has the account read one request after another."""
    monkeypatch.setattr(threads, "IDLE", deque())
    monkeypatch.setattr(threading.Thread, "start", breaking(BREAKS["thread"]))

    assert reading.read(small).data == whole


def test_ctrl_c_ends_what_runs_for_want_of_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised at once, and is no result that somebody may never ask for."""
    monkeypatch.setattr(threads, "IDLE", deque())
    monkeypatch.setattr(threading.Thread, "start", breaking(BREAKS["thread"]))

    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        threads.start(interrupted, "reader")
    assert isinstance(threads.start(breaking(BREAKS["date"]), "x").exception(), OverflowError)


# Controls


def judged(small: Simulator, *controls: Judgeable) -> list[Finding]:
    """Judge the account by all controls, with *controls* in place of those of their id."""
    known = CONTROLS | {each.control.id: each for each in controls}
    inspection = Inspection(snapshot_of(small), Baseline())
    return engine.judged(known.values(), inspection, NOTHING)


@cache
def snapshot_of(simulator: Simulator) -> Snapshot:
    """Return what is read of an account, once for all tests of judging."""
    return reading.read(simulator)


@pytest.fixture(scope="module")
def verdicts(small: Simulator) -> list[Finding]:
    """Return what all controls say when nothing breaks."""
    return judged(small)


def rest(findings: list[Finding], *controls: str) -> list[Finding]:
    """Return the findings of all other controls; how many services stand behind them may change."""
    kept = (each for each in findings if each.control not in controls)
    return [replace(each, behind=UNKNOWN_REACH) for each in kept]


@ANY
def test_a_control_that_breaks_costs_itself(
    small: Simulator, verdicts: list[Finding], error: Exception
) -> None:
    """Each of its resources has an error; all other verdicts stay."""

    def control(service: object) -> NoReturn:
        breaking(error)(service)

    found = judged(small, replace(CONTROLS["PD-05"], function=control))
    own = [each for each in found if each.control == "PD-05"]

    assert len(own) == len(small.account.services)
    assert {each.status for each in own} == {"error"}
    assert all(f"{type(error).__name__} {PLACE}" in each.message for each in own)
    assert rest(found, "PD-05") == rest(verdicts, "PD-05")


@ANY
@pytest.mark.parametrize(
    ("table", "name"), [("SHARED", "policies_by_id"), ("RESOURCES", "service")]
)
def test_an_argument_that_breaks_costs_the_controls_that_ask_for_it(
    small: Simulator,
    verdicts: list[Finding],
    table: str,
    name: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is made of the data for several controls may break as well."""
    registry = getattr(inspections, table)
    monkeypatch.setitem(registry, name, replace(registry[name], build=breaking(error)))
    after = judged(small)
    asking = {each for each, control in CONTROLS.items() if name in control.arguments}
    hurt = {each.control for each in after if f"{type(error).__name__} {PLACE}" in each.message}

    assert asking <= hurt
    assert {each.status.value for each in after if each.control in hurt} == {"error"}
    assert rest(after, *hurt) == rest(verdicts, *hurt)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), {1, 2}, object(), b"bytes", {("a", "b"): 1}],
    ids=["nan", "infinite", "set", "object", "bytes", "key"],
)
@pytest.mark.parametrize(("is_right", "status"), [(True, "error"), (False, "fail")])
def test_evidence_that_no_report_can_hold_costs_its_finding(
    small: Simulator, value: Any, *, is_right: bool, status: str
) -> None:
    """A control cannot be believed that hands on what is no JSON; a fail stays one without it."""

    def control(service: object, evidence: dict[str, Any]) -> None:
        evidence["found"] = value
        assert is_right, f"{service} is wrong"

    found = judged(small, replace(CONTROLS["PD-05"], function=control))
    own = [each for each in found if each.control == "PD-05"]

    assert {each.status for each in own} == {status}
    assert all(each.evidence == {} for each in own)
    assert all(("not plain JSON" in each.message) is is_right for each in own)


@ANY
def test_decisions_that_break_cost_their_finding(
    small: Simulator, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding that nobody can tell waived or not is an error."""
    monkeypatch.setattr(waivers, "apply", breaking(error))
    found = judged(small)

    assert {each.status for each in found} == {"error"}
    assert all(f"{type(error).__name__} {PLACE}" in each.message for each in found)


# Fixes


def judged_demo() -> list[Finding]:
    """Judge the demo account, in which nearly every control fails, by all of them."""
    return engine.judged(CONTROLS.values(), Inspection(demo_snapshot("demo"), Baseline()), NOTHING)


@ANY
def test_a_fix_that_breaks_costs_itself(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fail stays the fail that it is; its fix says the kind of exception and its place."""
    before = judged_demo()
    for name, recipe in RECIPES.items():
        monkeypatch.setitem(RECIPES, name, replace(recipe, make=breaking(error)))
    after = judged_demo()

    assert [replace(each, fix=None) for each in after] == [
        replace(each, fix=None) for each in before
    ]
    failed = {each.control for each in after if each.status == "fail"}
    assert failed == CONTROLS.keys() - NOT_IN_DEMO
    for each in after:
        if each.status == "fail":
            fix = msgspec.convert(each.fix, Fix)
            assert (fix.gen, fix.requests, fix.terraform) == ("text", [], [])
            assert f"{type(error).__name__} {PLACE}" in fix.note
            assert "somebody" not in fix.note
        else:
            assert each.fix is None


def test_a_fix_that_breaks_leaves_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends as ever, and ``fixes`` prints the way by hand and what broke."""
    recipe = replace(RECIPES["PD-05"], make=breaking(BREAKS["mistake"]))
    monkeypatch.setitem(RECIPES, "PD-05", recipe)
    ended = run_command(tmp_path, "fixes", "--replay=demo", "--controls=5", "--quiet")

    assert ended.code == 0, ended.text
    assert ended.out.count("by hand") == ended.out.count("PD-05 ") == 2
    assert "Services > Service Directory > the service > Settings" in ended.out
    assert f"no request can be written: AttributeError {PLACE}" in ended.out


# Reports


def inspect_demo(folder: Path, *flags: str) -> Ended:
    """Inspect the demo account by one control, into a report of each format."""
    formats = ",".join(REPORT_FORMATS)
    arguments = ("--replay=demo", "--controls=5", f"--format={formats}", f"--output={folder}/")
    return run_command(folder, *arguments, *flags)


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of each report."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the reports of a run in which nothing breaks."""
    folder = tmp_path_factory.mktemp("sound")
    assert inspect_demo(folder).code == 1
    return files(folder)


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_a_report_that_breaks_costs_itself(
    tmp_path: Path, sound: dict[str, bytes], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named with its place, its older file stays, the others are written, the code is 4."""
    old = tmp_path / REPORT_FORMATS[name]
    old.write_text("older", encoding="utf-8")
    real = reports.pieces

    def pieces(wanted: str, report: Any, **more: Any) -> Iterator[str | bytes]:
        for number, piece in enumerate(real(wanted, report, **more)):
            if wanted == name:
                yield piece[: len(piece) // 2]
                raise list(BREAKS.values())[number % len(BREAKS)]
            yield piece

    monkeypatch.setattr(reports, "pieces", pieces)
    ended = inspect_demo(tmp_path)

    assert ended.code == 4, ended.text
    assert f"cannot write {old}: the report failed: RecursionError {PLACE}" in ended.err
    assert files(tmp_path) == sound | {old.name: b"older"}
    assert "Judged " in ended.err


@ANY
def test_whatever_breaks_a_report_is_named(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kind of exception and its place stand on standard error, and nothing of its text."""
    monkeypatch.setattr(json_report, "pieces", breaking(error))
    ended = run_command(tmp_path, "--replay=demo", "--controls=5", "--output=inspection.json")

    assert ended.code == 4, ended.text
    assert f"cannot write inspection.json: the report failed: {type(error).__name__}" in ended.err
    assert "somebody" not in ended.text


@pytest.mark.parametrize("run_it", [run_command, run_pytest])
def test_a_summary_that_breaks_costs_itself(
    tmp_path: Path, run_it: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal says so, and every report is written, with the exit code of the verdicts."""
    monkeypatch.setattr(terminal, "render", breaking(BREAKS["mistake"]))
    given = ("--replay=demo", "--controls=5", "--output=inspection.json")
    if run_it is run_pytest:
        given = ("--pd-replay=demo", "--pd-controls=5", "--pd-json=inspection.json")
    ended = run_it(tmp_path, *given)

    assert ended.code == 1, ended.text
    assert f"the summary failed: AttributeError {PLACE}" in ended.text
    assert ended.report["complete"] is True


@pytest.mark.parametrize("run_it", [run_command, run_pytest])
def test_what_no_boundary_holds_ends_with_3(
    tmp_path: Path, run_it: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks after the verdicts and before the reports never looks like a failed control."""
    monkeypatch.setattr(Run, "info", property(breaking(BREAKS["mistake"])))
    prefix = "--pd-" if run_it is run_pytest else "--"
    ended = run_it(tmp_path, f"{prefix}replay=demo", f"{prefix}controls=5")

    assert ended.code == 3, ended.text
    assert f"an internal error ended the inspection: AttributeError {PLACE}" in ended.err
    assert "Traceback" not in ended.text


@pytest.mark.parametrize("run_it", [run_command, run_pytest])
def test_what_breaks_while_controls_are_collected_ends_with_3(
    tmp_path: Path, run_it: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says it as well, although pytest prints nothing in it."""
    monkeypatch.setattr(Run, "begin", breaking(BREAKS["thread"]))
    prefix = "--pd-" if run_it is run_pytest else "--"
    ended = run_it(tmp_path, f"{prefix}replay=demo")

    assert ended.code == 3, ended.text
    assert f"an internal error ended the inspection: RuntimeError {PLACE}" in ended.text


@pytest.mark.parametrize("words", [("controls",), ("config", "check"), ("diff", "a", "b"), ()])
def test_a_command_that_breaks_ends_with_3(
    tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python itself would end with 1, as if a control had failed."""
    monkeypatch.setattr("argparse.ArgumentParser.parse_args", breaking(BREAKS["mistake"]))
    ended = run_command(tmp_path, *words)

    assert ended.code == 3
    assert f"an internal error ended the command: AttributeError {PLACE}" in ended.err
    assert "somebody" not in ended.text


def test_what_changed_is_left_out_where_it_breaks(
    small: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No verdict rests on who changed what, so it costs no report."""
    monkeypatch.setattr("pdsec_checks.reports.report.latest_changes", breaking(BREAKS["date"]))
    info = RunInfo.of(snapshot_of(small), [], NOTHING, {})

    assert info.changes == []
    assert [text for text in info.notices if f"OverflowError {PLACE}" in text]


# Several accounts


def inspect_two(folder: Path) -> Ended:
    """Inspect two accounts into reports side by side and of each."""
    file = accounts_toml(
        folder, {"name": "one", "replay": "demo"}, {"name": "two", "replay": "demo-compliant"}
    )
    return run_command(
        folder, f"--accounts={file}", "--controls=5", "--format=json,csv", "--output=reports/"
    )


def test_an_own_report_that_breaks_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account keeps its column and its other reports."""
    monkeypatch.setattr("pdsec_checks.reports.csv_report.render", breaking(BREAKS["surrogate"]))
    ended = inspect_two(tmp_path)
    folder = tmp_path / "reports"

    assert ended.code == 4, ended.text
    assert f"one: the csv report failed: UnicodeEncodeError {PLACE}" in ended.err
    plain = json.loads((folder / "accounts.json").read_text("utf-8"))
    assert [each["status"] for each in plain["accounts"]] == ["fail", "pass"]
    assert (folder / "accounts" / "two" / REPORT_FORMATS["json"]).exists()


def test_a_document_of_all_accounts_that_breaks_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reports of each account, and the page, are written all the same."""
    monkeypatch.setattr(document, "render", breaking(BREAKS["deep"]))
    ended = inspect_two(tmp_path)
    folder = tmp_path / "reports"

    assert ended.code == 4, ended.text
    assert "accounts.json: the report failed: RecursionError" in ended.err
    assert (folder / gather.FILES["html"]).exists()
    assert (folder / "accounts" / "one" / REPORT_FORMATS["csv"]).exists()


# What PagerDuty may answer


def nested(levels: int) -> list[Any]:
    """Return a list so many levels deep."""
    found: list[Any] = []
    for _ in range(levels - 1):
        found = [found]
    return found


Lie = Callable[[str, Any], None]


def with_surrogates(path: str, answer: Any) -> None:
    """Cut an emoji in half in each name and summary, and in the ids of webhooks."""
    for record in records_of(answer):
        record |= {name: "half \ud83d" for name in ("name", "summary") if name in record}
        if path == "/webhook_subscriptions":
            record["id"] = "P\ud83d"


def with_depth(path: str, answer: Any) -> None:
    """Nest a field of each record as deep as JSON can be read, and no deeper."""
    for record in records_of(answer):
        record["status" if path == "/services" else "type"] = nested(494)


def with_dates(path: str, answer: Any) -> None:
    """Let everything happen on the first or on the last day that there is."""
    first, last = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"
    for record in records_of(answer):
        ends = {"created_at": first, "execution_time": last, "start": first, "end": last}
        record |= {name: moment for name, moment in ends.items() if name in record}
    for schedule in answer.get("schedules", []) if path == "/schedules" else []:
        for layer in schedule["schedule_layers"]:
            layer |= {"start": first, "end": last}


def with_numbers(_: str, answer: Any) -> None:
    """Count without an end."""
    for record in records_of(answer):
        numbers = {"auto_resolve_timeout": float("nan"), "num_loops": float("inf")}
        numbers |= {"acknowledgement_timeout": 10**400, "total_incident_count": float("nan")}
        record |= {name: number for name, number in numbers.items() if name in record}


def records_of(answer: Any) -> Iterator[dict[str, Any]]:
    """Yield each record of an answer."""
    for value in answer.values():
        yield from (
            (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()
        )


LIES = [with_surrogates, with_depth, with_dates, with_numbers]


@pytest.mark.parametrize("lie", LIES, ids=[each.__name__ for each in LIES])
def test_no_answer_ends_the_run(
    small: Simulator, tmp_path: Path, lie: Lie, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every control has a verdict or an error, and every format is written and can be read."""
    for name in ("get", "post_analytics"):
        monkeypatch.setattr(Client, name, lying(getattr(Client, name), lie))
    formats = ",".join(REPORT_FORMATS)
    flags = ("--include-analytics", f"--format={formats}", f"--output={tmp_path}/")
    ended = run_command(tmp_path, *flags, simulator=small)

    assert ended.code in {0, 1, 6}, ended.text
    assert ended.report["complete"] is True
    assert {each["id"] for each in ended.report["controls"]} == set(core_ids())
    assert set(files(tmp_path)) == set(REPORT_FORMATS.values())
    for name in files(tmp_path):
        text = shown_in(tmp_path / name)
        if name.endswith(".json"):
            json.loads(text, parse_constant=breaking(BREAKS["number"]))


def lying(ask: Callable[..., Any], lie: Lie) -> Callable[..., Any]:
    """Return *ask* with its answers changed by *lie*, as they come out of JSON."""

    def ask_and_lie(self: Client, path: str, *given: Any, **params: Any) -> Any:
        answer = ask(self, path, *given, **params)
        lie(path, answer)
        return json.loads(json.dumps(answer))

    return ask_and_lie
