"""The benchmarks compare like with like, fit rightly, and write what they measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import (
    __main__ as command,
)
from benchmarks import accounts as many
from benchmarks import (
    beside_plain,
    document,
    evidence_period,
    inspecting,
    limited,
    measured,
    memory,
    reading,
    results,
    ringing,
    scaling,
    serving,
    size_tables,
    sizes,
    stages,
    start,
)
from benchmarks.fit import fitted
from benchmarks.measured import FailedError
from benchmarks.official import LoopbackClient
from benchmarks.plain import __main__ as plain_command
from benchmarks.plain.judging import judge
from benchmarks.plain.reading import read
from benchmarks.registry import Benchmark, Plan, Row
from benchmarks.relations import relations
from benchmarks.rotas import Rotas
from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.take_snapshot import read_account
from tests.simulator import Account, accounts, run
from tests.support.judged import CONTROLS, NOW, inspect, verdicts
from tests.support.reading import IS_CI, TAKES_LONG, only_in_ci

TINY = serving.SMALL
SAID: list[str] = []
PLAN = Plan(SAID.append, quick=True, longest=2.0)


# Reading


@pytest.mark.parametrize("account", [accounts.small, accounts.demo, TINY])
def test_every_way_reads_the_same(account: Callable[..., Account]) -> None:
    """The official client, in bulk and object by object, reads what we read, id by id."""
    with run(account(NOW)) as simulator:
        found = {
            name: relations(way(simulator.url, simulator.api_key, NOW))
            for name, way in reading.WAYS.items()
        }

    ours = found.pop("ours")
    assert ours["users"]
    assert ours["rendered_shifts"]
    for name, theirs in found.items():
        assert {key: theirs[key] ^ ours[key] for key in ours} == {key: set() for key in ours}, name


def test_an_official_client_asks_more_object_by_object() -> None:
    """In bulk it needs as many requests as we do; object by object several for each user."""
    asked = {}
    with run(TINY(NOW)) as simulator:
        for name, way in reading.WAYS.items():
            simulator.forget()
            way(simulator.url, simulator.api_key, NOW)
            asked[name] = len(simulator.requests)

    assert asked["ours"] == asked["ours-one-by-one"] <= asked["official-bulk"]
    assert asked["official-singly"] > asked["official-bulk"] + 2 * 50


def test_the_official_client_speaks_http_to_this_machine_alone() -> None:
    """Only the loopback address is let past its demand for https."""
    assert LoopbackClient("key", base_url="http://127.0.0.1:8080").url == "http://127.0.0.1:8080"
    with pytest.raises(ValueError, match=r"api\.pagerduty\.com is not on this machine"):
        LoopbackClient("key", base_url="http://api.pagerduty.com")


def test_a_way_prints_its_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A way of reading can be run as a process that says how much it read."""
    with run(accounts.small(NOW)) as simulator:
        monkeypatch.setenv("PAGERDUTY_API_KEY", simulator.api_key)
        reading.main(["official-bulk", simulator.url, NOW.isoformat()])

    counts = json.loads(capsys.readouterr().out)
    assert counts["users"] == 3
    assert counts["incident_workflow_triggers"] == 1


# Beside a plain reader


@pytest.mark.parametrize("account", [accounts.small, accounts.demo, accounts.demo_compliant, TINY])
def test_a_plain_reader_judges_as_we_do(account: Callable[..., Account]) -> None:
    """It says the same of each resource of each control of the core set."""
    with run(account(NOW)) as simulator:
        client = Client(simulator.url, api_key(simulator.api_key), timeout=60.0)
        snapshot = read_account(client, reading.READ, NOW, Baseline())
        rows = judge(read(simulator.url, simulator.api_key, NOW), NOW)

    core = CONTROLS.keys() - shipped_extended()
    found = inspect(snapshot, *sorted(core))
    ours = Counter((each.control, each.resource.id, each.status.value) for each in found)
    assert beside_plain.plain_of(rows) == ours
    assert {each["control"] for each in rows} == core


@only_in_ci
def test_both_are_measured_stage_by_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages of both add up to what they computed, and their ratio is in the table."""
    monkeypatch.setitem(beside_plain.ACCOUNTS, "plain-large", accounts.demo)
    rows = beside_plain.run("plain-large", PLAN)
    text = beside_plain.render([row | {"cpu": 3.0 - number} for number, row in enumerate(rows)])

    for row in rows:
        assert sum(row["computing"].values()) == pytest.approx(row["cpu"])
        assert set(row["computing"]) == set(beside_plain.STAGES)
        assert all(row["computing"][name] > 0 for name in ("start", "read", "judge", "report"))
    assert "| large, inspection | " in text
    assert "| 3.0 s | **1.50** | 1.6 |" in text
    assert "| 2.0 s | 1 |  |" in text
    assert f"Large, {rows[0]['checks']} checks with the same verdicts" in text


def test_a_plain_reader_that_judges_otherwise_is_no_measurement() -> None:
    """The complaint says of whom a verdict is that the other one has not."""
    ours = beside_plain.plain_of([{"control": "PD-05", "resource": "PA", "status": "fail"}])
    plain = beside_plain.plain_of([{"control": "PD-05", "resource": "PA", "status": "pass"}])

    beside_plain.same_verdicts(ours, ours)
    with pytest.raises(FailedError) as raised:
        beside_plain.same_verdicts(ours, plain)
    for said in ("1 only of the inspection", "'fail'", "1 only of the plain reader", "'pass'"):
        assert said in str(raised.value)


def test_a_plain_reader_writes_its_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can be run as a process that says what its stages took."""
    with run(accounts.small(NOW)) as simulator:
        monkeypatch.setenv("PAGERDUTY_API_KEY", simulator.api_key)
        plain_command.main([simulator.url, NOW.isoformat(), str(tmp_path / "rows.json")])

    assert set(json.loads(capsys.readouterr().out)) == {"read", "judge", "report"}
    assert len(json.loads((tmp_path / "rows.json").read_text())) == 40


# Measuring


def test_a_process_is_measured() -> None:
    """Seconds, computing, peak memory and output of a command come back, whatever we hold."""
    ballast = bytearray(100_000_000)
    lean = measured.measure(["-c", "print('here')"])
    fat = measured.measure(["-c", "bytearray(80_000_000)"])

    assert len(ballast) > lean.peak
    assert lean.out == "here\n"
    assert lean.cpu > 0
    assert lean.seconds > 0
    assert fat.peak > lean.peak + 40_000_000


def test_a_process_that_fails_is_no_measurement() -> None:
    """An exit code that was not expected is an error with what the process said."""
    with pytest.raises(FailedError, match=r"ended with 3(.|\n)*no such account"):
        measured.measure(["-c", "import sys; sys.exit(print('no such account') or 3)"])
    assert measured.measure(["-c", "raise SystemExit(6)"], codes=(0, 6)).code == 6


def test_a_users_environment_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and pytest settings of whoever measures stay outside; bytecode is written."""
    monkeypatch.setenv("PAGERDUTY_API_KEY", "private")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    script = "import os; print([n for n in os.environ if n.startswith(('PAGERDUTY', 'PYTEST'))])"

    assert measured.measure(["-c", script]).out == "[]\n"
    assert measured.measure(["-c", "import sys; print(sys.dont_write_bytecode)"]).out == "False\n"


@only_in_ci
def test_an_inspection_is_measured_stage_by_stage() -> None:
    """The stages add up to the whole, and each of them took time."""
    with serving.served(accounts.demo) as simulator:
        row = inspecting.inspected(simulator)

    assert row["cases"] > 100
    assert row["requests"] == len(simulator.requests) > 20
    assert set(row["stages"]) == set(size_tables.STAGES)
    assert all(seconds > 0 for seconds in row["stages"].values())
    assert sum(row["stages"].values()) == pytest.approx(row["seconds"])
    assert 0 < scaling.judging(row) <= row["cpu"]


def test_the_clock_leaves_pytest_as_it_was(tmp_path: Path) -> None:
    """Timing a command that cannot start changes neither its exit code nor pytest."""
    before = pytest.main

    assert stages.main([str(tmp_path / "s.json"), "recordings", "show", str(tmp_path)]) == 4
    assert pytest.main is before
    assert json.loads((tmp_path / "s.json").read_text())["seconds"]["judge"] == 0


# Comparing


@pytest.fixture(scope="module")
def compared() -> list[Row]:
    """Measure a tiny account in every way; whatever would take seconds is computed."""
    if not IS_CI:
        pytest.skip(TAKES_LONG)
    return sizes.compared("small", accounts.small, PLAN)


def test_every_way_is_measured_at_both_latencies(compared: list[Row]) -> None:
    """An inspection and every way of reading have a row each, without and with latency."""
    found = {(row["way"], row["latency"]) for row in compared}
    ways = ("inspection", *reading.WAYS)

    assert found == {(way, latency) for way in ways for latency in sizes.LATENCIES}


def test_what_takes_too_long_is_computed_and_said_to_be(compared: list[Row]) -> None:
    """A serial way's time with latency is its time without and the latency of its requests."""
    now, later = (size_tables.of(compared, "small", "official-singly", each) for each in (0.0, 0.1))

    assert not now["computed"]
    assert later["computed"]
    assert later["seconds"] == now["seconds"] + later["requests"] * 0.1
    assert "≈" in size_tables.line("small", "official-singly", compared)[4]


def test_what_is_concurrent_is_always_measured(compared: list[Row]) -> None:
    """Our own figures are never computed."""
    for way in ("inspection", "ours"):
        assert not size_tables.of(compared, "small", way, 0.1)["computed"]


def test_the_tables_hold_what_was_measured(compared: list[Row]) -> None:
    """Every way and the stages are rendered."""
    text = size_tables.render(compared)
    requests = size_tables.of(compared, "small", "official-singly", 0.0)["requests"]

    assert f"| reading, official client, object by object | {requests} |" in text
    assert "| small, 100 ms |" in text
    assert "### Small: 3 users, 2 services" in text


def test_ways_that_differ_are_an_error() -> None:
    """A comparison of readers that did not read the same is refused."""
    rows: list[Row] = [
        {"way": "ours", "relations": {"users": 3}},
        {"way": "official-bulk", "relations": {"users": 2}},
    ]
    with pytest.raises(FailedError, match="did not read the same"):
        sizes.same_relations(rows)


def test_a_short_measurement_is_repeated() -> None:
    """Of a few short measurements the least is kept; a long one is enough."""
    short, long = [3.0, 1.0, 2.0], [20.0, 1.0]
    plan = Plan(SAID.append, quick=False, longest=2.0)

    assert sizes.least(lambda: {"seconds": short.pop(0)}, plan) == {"seconds": 1.0}
    assert sizes.least(lambda: {"seconds": long.pop(0)}, plan) == {"seconds": 20.0}
    assert sizes.least(lambda: {"seconds": long.pop(0)}, PLAN) == {"seconds": 1.0}


@pytest.mark.parametrize(
    ("account", "latency", "expected"),
    [("large", 0.0, 30.0), ("large", 0.1, 38.0), ("medium", 0.1, 17.0), ("small", 0.1, None)],
)
def test_the_limit_follows_the_network_floor(
    account: str, latency: float, expected: float | None
) -> None:
    """With latency an inspection may take 1.3 times the floor and some seconds."""
    row = {"account": account, "latency": latency, "requests": 1000}

    assert size_tables.limit(row) == expected


def test_the_large_account_has_its_promises_listed(compared: list[Row]) -> None:
    """The seconds of the large account stand beside what was promised."""
    text = size_tables.promises([row | {"account": "large"} for row in compared])

    assert text.count("\n| large account") == 2
    assert "| 30.0 s |" in text


@only_in_ci
def test_every_report_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peak of an inspection with all reports stands beside what was promised."""
    monkeypatch.setattr(memory, "MEDIUM", TINY)
    texts, every = memory.run("memory", PLAN)
    text = memory.render([texts | {"peak": 150_000_000}, every | {"peak": 330_000_000}])

    assert texts["peak"] > 10_000_000
    assert every["reports"] == texts["reports"] + 1
    assert f"| {texts['reports']}, no workbook | " in text
    assert "| 300 MB | 150 MB | 50% |" in text
    assert f"| {every['reports']} | " in text
    assert "| 300 MB | 330 MB | 110% |" in text


def test_a_case_has_its_promise_listed(compared: list[Row]) -> None:
    """What judging a case of the medium account takes stands beside what pytest takes."""
    now = compared[0] | {"account": "medium", "cases": 1_000}
    text = size_tables.promises([now | {"computing": {"judge": 0.25}}])

    assert "| medium account, judging a case | 0.50 ms | 0.25 ms | 50% |" in text


# The curve


def test_the_fit_finds_the_exponent() -> None:
    """Points on a power law give it back; scattered ones its least squares."""
    exact = fitted([(x, 3 * x**1.5) for x in (10, 100, 1000)])
    rough = fitted([(1, 1), (10, 20), (100, 100)])

    assert exact.factor == pytest.approx(3)
    assert exact.exponent == pytest.approx(1.5)
    assert exact(4) == pytest.approx(24)
    assert rough.exponent == pytest.approx(1)
    assert rough.factor == pytest.approx(2000 ** (1 / 3) / 10)


@pytest.mark.parametrize("points", [[], [(5, 1)], [(5, 1), (5, 2)]])
def test_one_size_has_no_curve(points: list[tuple[float, float]]) -> None:
    """A curve needs two different sizes."""
    with pytest.raises(ValueError, match="two points"):
        fitted(points)


def grown(exponent: float = 1.0) -> list[Row]:
    """Return rows of growing accounts whose judging costs cases to the power of *exponent*."""
    return [
        {
            "granularity": granularity,
            "cases": cases,
            "computing": {"expand": 0.0, "judge": cases**exponent / 1000, "report": 0.0},
            "peak": 10**8,
        }
        for cases in (1000, 10_000, 100_000)
        for granularity in (*scaling.GRANULARITIES, scaling.ALONE)
    ]


def test_growth_is_rendered_with_its_exponent() -> None:
    """Points and exponents stand in the page."""
    text = scaling.render(grown(1.25))

    assert "| 100,000 | auto |" in text
    assert text.count("power of **1.25**") == 2
    assert "last step alone to the power of 1.25" in text


def test_an_account_of_the_curve_grows_with_its_share() -> None:
    """A hundredth of the curve's account is inspected at both granularities."""
    account = scaling.account(0.01)(NOW)

    assert (len(account.users), len(account.services)) == (98, 98)
    assert len(scaling.account(0.001)(NOW).teams) == 1


@only_in_ci
def test_the_curve_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of the curve is one inspection for each granularity, and as many empty cases."""
    monkeypatch.setattr(scaling, "QUICK", (0.002,))
    rows = scaling.run("scaling", PLAN)

    assert [row["granularity"] for row in rows] == [*scaling.GRANULARITIES, scaling.ALONE]
    assert rows[0]["cases"] == rows[1]["cases"] == rows[2]["cases"] > 100
    assert all(row["computing"]["judge"] > 0 for row in rows)


# Will the phone ring?


def test_the_analysis_of_all_moments_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each account is judged in a process of its own, by both controls, and says what that took."""
    monkeypatch.setattr(ringing, "QUICK", ((6, 2),))
    (row,) = ringing.run("ring", PLAN)

    assert (row["policies"], row["services"], row["schedules"]) == (6, 20, 3)
    assert row["stretches"] > row["policies"]
    assert 0 < row["analysis"] <= ringing.computing(row)
    assert row["walk"] > 0
    assert row["peak"] > 10_000_000


def test_the_made_up_account_is_the_same_each_time() -> None:
    """Two runs measure one account; it has services that pass and that fail, and muted time."""
    one, two = (Rotas(NOW, 30, 5).snapshot() for _ in range(2))

    assert one.data == two.data
    assert {"pass", "fail", "not_applicable"} == set(verdicts(one, "PD-26").values())
    assert any(each.evidence["muted_hours"] for each in inspect(one, "PD-26"))


def test_an_analysis_that_differs_from_the_walk_is_no_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Figures of an analysis that is quick and wrong stand in no table."""
    monkeypatch.setattr(ringing, "worst", lambda *_: -1)

    with pytest.raises(FailedError, match="by the sweep"):
        ringing.main(["6", "2"])


def rung(**changes: float) -> Row:
    """Return a row of an account of 1,500 policies, with *changes*."""
    plain = {"policies": 1500, "days": 30, "services": 5000, "schedules": 800, "shifts": 24000}
    took = {"stretches": 99000, "analysis": 2.0, "evidence": 1.0, "walk": 2e-5, "peak": 150_000_000}
    return {**plain, **took, **changes}


def test_what_the_analysis_takes_stands_beside_what_was_promised() -> None:
    """The page shows seconds, memory, growth, and what single walks would take."""
    half = rung(policies=750, analysis=1, evidence=0.5)
    text = ringing.render([half, rung(), rung(days=90, shifts=72000, analysis=5)])

    assert "| 24,000 | 30 | 1,500 | 5,000 | 99,000 | 2.0 s | 1.0 s | 150 MB |" in text
    assert "measured are 3.0 s (50%) and 150 MB (50%)" in text
    assert "to the power of **1.00**" in text
    assert "90 days take 2.0 times what 30 days take, for 3.0 times the shifts" in text
    assert "takes 20 µs" in text
    assert "would take 648 times as long" in text


def test_a_small_account_has_no_promise_to_keep() -> None:
    """What was promised of a large account is not said of the ones of a quick run."""
    rows = [rung(policies=20), rung(policies=40), rung(policies=20, days=90)]

    assert "Promised" not in ringing.render(rows)


# Evidence on a period


@only_in_ci
def test_lockers_of_growing_length_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """One inspection is sealed for each day; every bundle counts, and hashing stands beside it."""
    monkeypatch.setattr(evidence_period, "QUICK", (2, 3))
    monkeypatch.setattr(evidence_period, "SMALL", accounts.small)
    rows = evidence_period.run("evidence", PLAN)

    assert [row["days"] for row in rows] == [2, 3]
    assert rows[0]["bytes"] * 3 == pytest.approx(rows[1]["bytes"] * 2, rel=0.01)
    assert {row["users"] for row in rows} == {3}
    for row in rows:
        assert row["cpu"] > 0
        assert row["hashing"] > 0
        assert row["peak"] > 10_000_000


def test_a_bundle_that_does_not_count_is_no_measurement(tmp_path: Path) -> None:
    """Figures of a locker that was not verified whole stand in no table."""
    path = tmp_path / "period.json"
    path.write_text('{"days": {"expected": 3, "with_evidence": 2}}', "utf-8")

    with pytest.raises(FailedError, match="of 3 bundles 2 count as evidence"):
        evidence_period.check(path, 3)


def locker_row(days: int) -> Row:
    """Return a row of a locker, of which each day takes the same."""
    took = {"seconds": days * 0.1, "cpu": days * 0.05, "peak": 125_000_000, "hashing": days * 0.01}
    return {"days": days, "users": 500, "checks": 3_219, "bytes": days * 4_000_000, **took}


def test_what_a_year_takes_stands_beside_what_was_promised() -> None:
    """The page shows seconds, memory, growth and what hashing alone would take."""
    text = evidence_period.render([locker_row(each) for each in evidence_period.DAYS])

    assert "| 365 | 1,460 MB | 36.5 s | 18.2 s | 125 MB | 3.6 s |" in text
    assert "measured are 18.2 s of computing (30%) and 125 MB (25%)" in text
    assert "10.0 times what it takes to hash the files" in text
    assert "to the power of **1.00**" in text
    assert "Promised" not in evidence_period.render([locker_row(each) for each in (4, 8)])


# Many accounts, and none


@only_in_ci
def test_inspections_under_the_rate_limit_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our requests stand beside those of the plain reader, with the windows that they need."""
    monkeypatch.setattr(limited, "ACCOUNTS", {"medium": TINY})
    monkeypatch.setattr(limited, "LATENCY", 0.001)
    (row,) = limited.run("limited", PLAN)

    assert row["requests"] - 1 <= row["plain"]  # one is about the credential
    assert f"| medium | {row['requests']} | {row['plain']} | 1 |" in limited.render([row])


@pytest.mark.parametrize(
    ("requests", "floor", "allowed"), [(200, 2.0, 14.0), (960, 9.6, 21.6), (961, 60.0, 72.0)]
)
def test_floor_is_the_network_or_the_waiting(requests: int, floor: float, allowed: float) -> None:
    """Whatever is longer; what was promised lies a little above."""
    row = {"account": "large", "requests": requests}

    assert limited.floor(row) == pytest.approx(floor)
    assert limited.limit(row) == pytest.approx(allowed)


@only_in_ci
def test_many_accounts_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way inspects the same accounts, and each says how many times faster it is."""
    monkeypatch.setattr(many, "FEW", 2)
    monkeypatch.setattr(many, "AT_ONCE", 2)
    rows = many.run("accounts", PLAN)
    text = many.render([row | {"wall": 8.0 / number} for number, row in enumerate(rows, 1)])

    assert [row["way"] for row in rows][:2] == [many.EACH, "one run, one account at a time"]
    assert all(row["processor"] > 0 for row in rows)
    assert "### 2 accounts of 50 users" in text
    assert f"| one run, 2 workers | 1.6 s | {rows[-1]['processor']:.1f} s | 5.0 times | 2.5" in text
    assert "the best of these ways is 5.0 times faster" in text


def test_an_account_that_was_not_read_is_no_measurement(tmp_path: Path) -> None:
    """A fast run that read nothing fails instead of standing in the table."""
    (tmp_path / "all").mkdir()
    summary = {"status": {"error": 1}}
    plain = {"complete": True, "accounts": [{}], "summary": summary}
    (tmp_path / "all" / "accounts.json").write_text(json.dumps(plain), encoding="utf-8")

    with pytest.raises(FailedError, match="not every account was read"):
        many.check(tmp_path, 1)


@only_in_ci
def test_starts_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cheapest of a few starts computed stands beside what was promised."""
    monkeypatch.setattr(start, "REPEATS", 1)
    rows = start.run("start", PLAN)
    text = start.render([row | {"cpu": 0.28} for row in rows])
    cpu = {row["command"]: row["cpu"] for row in rows}

    assert list(cpu) == ["--help", "--version", "controls", "--plan", "--replay demo"]
    assert 0.01 < cpu["--help"] < cpu["--plan"] < cpu["--replay demo"]
    assert "| `pagerduty-sec-inspector --help` | 0.4 s | 0.28 s | 70% |" in text
    assert "| `pagerduty-sec-inspector --plan` | 0.35 s | 0.28 s | 80% |" in text


# Writing


def test_the_page_is_filled_between_its_markers() -> None:
    """Figures replace older ones; what people wrote around them stays."""
    page = f"words\n{document.BEGIN}\nold\n{document.END}\nmore\n"
    filled = document.filled(page, "new")

    assert filled == f"words\n{document.BEGIN}\n\nnew\n\n{document.END}\nmore\n"
    assert document.filled(filled, "new") == filled
    with pytest.raises(ValueError, match="needs the markers"):
        document.filled("no markers", "new")


def test_the_page_is_that_of_the_results() -> None:
    """The committed figures are those of the committed results."""
    page = document.PAGE.read_text("utf-8")
    known = results.load()

    assert known
    assert document.filled(page, document.figures(command.BENCHMARKS, known)) == page


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Put a benchmark of two units in place of ours, and return what it measured."""
    done: list[str] = []

    def measure(unit: str, plan: Plan) -> list[Row]:
        assert plan.quick
        if unit == "broken":
            raise FailedError("it fell over")
        if unit == "long":
            raise KeyboardInterrupt
        done.append(unit)
        return [{"unit": unit}]

    made = Benchmark(
        "toy", ("whole", "broken", "long"), measure, lambda rows: f"{len(rows)} measured"
    )
    monkeypatch.setattr(command, "BENCHMARKS", (made,))
    monkeypatch.setattr(command, "UNITS", dict.fromkeys(made.units, made))
    page = tmp_path / "performance.md"
    page.write_text(f"{document.BEGIN}\n{document.END}\n")
    for function, file in (
        (results.load, tmp_path / "results.json"),
        (results.save, tmp_path / "results.json"),
        (document.write, page),
    ):
        defaults = (*(function.__defaults__ or ())[:-1], file)
        monkeypatch.setattr(function, "__defaults__", defaults)
    return done


def test_a_failing_unit_keeps_the_others(
    toy: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured is kept and written; the exit code tells of what was not."""
    assert command.main(["--quick", "--only", "broken, whole"]) == 1

    assert toy == ["whole"]
    assert "ERROR: broken: it fell over" in capsys.readouterr().err
    assert list(results.load()) == ["whole"]
    assert "1 measured" in (tmp_path / "performance.md").read_text()


def test_a_run_goes_on_where_it_was(toy: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What was measured with the same source is not measured twice, unless that is asked for."""
    for _ in range(2):
        assert command.main(["--quick", "--only", "whole"]) == 0
    assert toy == ["whole"]
    assert "--again measures anew" in capsys.readouterr().err

    assert command.main(["--quick", "--only", "whole", "--again"]) == 0
    assert toy == ["whole", "whole"]
    assert command.main(["--render"]) == 0
    assert toy == ["whole", "whole"]


def test_an_interrupted_run_keeps_what_it_has(
    toy: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends the run with what was whole by then, and the way on."""
    assert command.main(["--quick", "--only", "whole,long,whole"]) == 130

    assert toy == ["whole"]
    assert list(results.load()) == ["whole"]
    assert "the same command goes on" in capsys.readouterr().err


def test_another_source_is_measured_anew(tmp_path: Path) -> None:
    """Figures of an older source do not stand for this one."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "a.py").write_text("1")
    before = results.fingerprint(tmp_path)
    (tmp_path / "benchmarks" / "a.py").write_text("2")
    made = results.made(quick=True)

    assert results.fingerprint(tmp_path) != before
    assert results.is_current(results.unit([], made), made | {"load": 99})
    assert not results.is_current(results.unit([], made | {"source": before}), made)


def test_a_unit_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the valid ones."""
    with pytest.raises(SystemExit):
        command.main(["--only", "tiny"])

    said = capsys.readouterr().err
    assert f"'tiny' is not one of {', '.join(command.UNITS)}" in said
