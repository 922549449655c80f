"""``ring``: what it asks of PagerDuty, what it refuses, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pdsec_checks.commands import ring as command_module
from pdsec_checks.configuration.options import OPTIONS
from pdsec_checks.errors import InspectionError, UsageError
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.commands.helpers import Command
from tests.controls.test_ring import LOW, ROW_1, ROW_2, ROW_4, ROW_6, SCH_A, SCH_B
from tests.simulator import Fault, accounts, run
from tests.support.calls import run_command
from tests.support.judged import refused
from tests.support.phones import EVERYBODY, STRANGER, account, nightly, policy, rota, someone
from tests.support.questions import asked

DEMO = ("ring", "--replay", "demo")
UNKNOWN = rota("SU", (STRANGER, (0, 24)))
DOUBTFUL = account(policy((UNKNOWN, 30)), UNKNOWN)


def test_demo_is_answered_on_one_screen(command: Command) -> None:
    """The demo account: a headline, the services with dead windows, why; exit code 1."""
    said = command(*DEMO)

    assert said.code == ExitCode.FAILED
    assert "services have a moment in the next 30 days" in said.out
    assert "Warehouse Picking (PH2LWNZC) · policy Warehouse (PR74OL7L) · dead " in said.out
    assert len(said.out.splitlines()) <= 40
    assert said.err == ""


def test_account_without_a_dead_window_ends_well(command: Command) -> None:
    """The other demo account rings at every moment; exit code 0."""
    said = command("ring", "--replay", "demo-compliant")

    assert said.code == ExitCode.PASSED
    assert said.out.startswith("Every moment of the next 30 days reaches a person")


@pytest.mark.parametrize(("format_", "start"), [("json", "{"), ("html", "<!doctype html>")])
def test_answer_goes_to_a_file(command: Command, format_: str, start: str) -> None:
    """A file holds the answer, standard error names it, standard output stays empty."""
    said = command(*DEMO, "--format", format_, "--output", "ring.out")

    assert (said.code, said.out) == (ExitCode.FAILED, "")
    assert said.err.startswith("wrote ring.out: whether the phone will ring")
    assert (command.folder / "ring.out").read_text("utf-8").lstrip().startswith(start)


def test_file_that_cannot_be_written_is_a_usage_error(command: Command) -> None:
    """A folder in the way is named."""
    said = command(*DEMO, "--output", ".")

    assert said.code == ExitCode.USAGE_ERROR
    assert "cannot write" in said.err


def test_live_account_is_read_with_what_the_control_needs(tmp_path: Path) -> None:
    """It reads what PD-26 reads, with GET; the key is in nothing that it prints."""
    wanted = next(each for each in shipped_controls() if each.id == "PD-26").needs
    paths = {DATA_SETS[name].path for name in closure(wanted)}
    with run(accounts.demo) as simulator:
        ended = run_command(tmp_path, "ring", "--format", "json", simulator=simulator)
        asked_for = {each.path for each in simulator.requests}
        key = simulator.api_key

    assert ended.code == ExitCode.FAILED
    assert {each.method for each in simulator.requests} == {"GET"}
    assert paths <= asked_for
    assert "/incidents" not in asked_for
    assert "/audit/records" not in asked_for
    assert json.loads(ended.out)["source"] == "live"
    assert key not in ended.out + ended.err
    assert "read users: " in ended.err


def test_live_and_recorded_say_the_same(tmp_path: Path, command: Command) -> None:
    """The demo account served over HTTP has the dead windows of its recording."""
    with run(accounts.demo) as simulator:
        ended = run_command(tmp_path, "ring", "--format=json", "--quiet", simulator=simulator)
    recorded = command(*DEMO, "--format", "json")
    live, replayed = json.loads(ended.out), json.loads(recorded.out)

    assert ended.err == ""
    assert {each["id"]: each["standing"] for each in live["services"]} == {
        each["id"]: each["standing"] for each in replayed["services"]
    }


@pytest.mark.parametrize("path", ["/users", "/escalation_policies", "/services"])
def test_refused_list_is_not_judged(tmp_path: Path, path: str) -> None:
    """A list that decides and was refused: no service rings, exit code 6, the reason is there."""
    fault = Fault(path, "status", status=403)
    with run(accounts.demo_compliant, faults=[fault]) as simulator:
        ended = run_command(tmp_path, "ring", "--quiet", simulator=simulator)

    assert ended.code == ExitCode.NOT_JUDGED
    assert "Every moment" not in ended.out
    assert "NOT JUDGED" in ended.out
    assert "HTTP 403" in ended.out


def test_no_credential_is_a_usage_error(command: Command) -> None:
    """Without a key and without a recording there is nothing to ask."""
    said = command("ring")

    assert said.code == ExitCode.USAGE_ERROR
    assert "no PagerDuty credential" in said.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--without-user", "Adda"), "--without-user: there is no user 'Adda'; nearest: "),
        (("--silent-user", "PNONE"), "--silent-user: there is no user 'PNONE'; nearest: "),
        (("--without-schedule", "S"), "--without-schedule: there is no schedule 'S'; nearest: "),
        (("--resource", "Chekout"), "--resource: no service is 'Chekout'; nearest: Checkout"),
        (("--resource", "PSVC", "--at", "noon"), "--at: 'noon' is not valid; wanted: a moment"),
        (("--resource", "PSVC", "--at", "2026-11-22T23:59Z"), "cannot be judged, only from Mon"),
        (("--resource", "PSVC", "--at", "2026-12-22T23:30Z"), "--schedule-coverage-days reads"),
    ],
)
def test_what_is_not_there_is_refused(flags: tuple[str, ...], said: str) -> None:
    """A name or a moment that does not exist is an error that offers the way out."""
    with pytest.raises(UsageError) as error:
        asked(account(ROW_6, SCH_A, SCH_B), *flags)

    assert said in str(error.value)


def test_name_of_several_people_is_refused() -> None:
    """A name that two people have says nothing; their ids are offered."""
    twin = someone("A", 0) | {"id": "PTWIN"}
    snapshot = account(ROW_1, data={"users": [*EVERYBODY, twin]})

    with pytest.raises(UsageError, match="2 users are named 'user a'; use an id: PA, PTWIN"):
        asked(snapshot, "--without-user", "user a")
    assert asked(snapshot, "--without-user", "PTWIN").what_if.without_users[0].id == "PTWIN"


def test_name_cannot_be_looked_up_in_an_unread_list() -> None:
    """Who is there is unknown where the list was refused: that is said, and nothing guessed."""
    snapshot = account(ROW_1, data={"users": refused(403)})

    with pytest.raises(InspectionError, match="HTTP 403"):
        asked(snapshot, "--without-user", "PA")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--at", "2026-11-24T09:00Z"), "--at: whose incident?"),
        (("--at", "2026-11-24T09:00Z", "--resource", "x", "--load"), "--at and --load: "),
        (("--at", "2026-11-24T09:00Z", "--resource", "x", "--blast-radius"), "leave one of them"),
        (("--base-url", "https://api.eu.pagerduty.com"), "--replay and --base-url: "),
        (("--within", "0"), "wanted: a whole number of minutes from 1 to 1440"),
        (("--within", "soon"), "wanted: a whole number of minutes from 1 to 1440"),
        (("--time-zone", "Mars"), "'Mars' is no time zone; wanted: a name such as Europe/Paris"),
    ],
)
def test_flags_that_say_nothing_are_refused(
    command: Command, flags: tuple[str, ...], said: str
) -> None:
    """What cannot work is said before anything is read."""
    ended = command(*DEMO, *flags)

    assert ended.code == ExitCode.USAGE_ERROR
    assert said in ended.err


@pytest.mark.parametrize(
    ("snapshot", "flags", "code"),
    [
        (account(ROW_2), (), 0),
        (account(ROW_4), (), 1),
        (DOUBTFUL, (), 6),
        (account(ROW_1, status="disabled"), (), 0),
        (account(ROW_4, **LOW), (), 0),
        (account(ROW_1, data={"services": refused(403)}), (), 6),
        (account(ROW_4), ("--resource", "*", "--blast-radius"), 1),
        (account(ROW_4, data={"maintenance_windows": refused(403)}), (), 6),
        (account(ROW_4), ("--within", "30"), 0),
        (account(ROW_2), ("--silent-user", "PA"), 1),
        (account(ROW_2), ("--without-user", "PA"), 0),
        (account(ROW_6, SCH_A, SCH_B), ("--without-schedule", "SA"), 1),
    ],
)
def test_exit_code(snapshot: Snapshot, flags: tuple[str, ...], code: int) -> None:
    """0 where all rings, 1 where a service has a dead window, 6 where nobody can tell."""
    assert asked(snapshot, *flags).exit_code == code


@pytest.mark.parametrize(("moment", "code"), [("2026-11-23T03:00Z", 0), ("2026-11-23T12:00Z", 1)])
def test_exit_code_of_a_moment(moment: str, code: int) -> None:
    """With --at it is about that moment, whatever happens at others."""
    snapshot = account(ROW_6, SCH_A, SCH_B)

    assert asked(snapshot, "--resource", "PSVC", "--at", moment).exit_code == code


def test_exit_code_of_a_moment_that_nobody_can_judge() -> None:
    """A walk that hangs on what is unknown ends with 6, as one that cannot be made."""
    flags = ("--resource", "PSVC", "--at", "2026-11-23T03:00Z")
    broken = account(ROW_1, incident_urgency_rule="high")
    muted = account(ROW_4, data={"maintenance_windows": nightly(2, 4)})

    assert asked(DOUBTFUL, *flags).exit_code == ExitCode.NOT_JUDGED
    assert asked(broken, *flags).exit_code == ExitCode.NOT_JUDGED
    assert asked(muted, *flags).exit_code == ExitCode.PASSED


def test_disabled_service_has_no_incident_to_walk() -> None:
    """Where no selected service opens incidents there is nothing to show."""
    with pytest.raises(UsageError, match="all of them are disabled"):
        asked(account(ROW_1, status="disabled"), "--resource", "*", "--at", "2026-11-23T03:00Z")


def test_within_counts_for_the_second_person_too() -> None:
    """Nobody can be the second before the first: a longer limit lifts the other one."""
    limits = asked(account(ROW_2), "--within", "45").ring.limits

    assert (limits.first_person, limits.second_person) == (45, 45)
    assert asked(account(ROW_2), "--within", "5").ring.limits.second_person == 30


def test_ctrl_c_ends_without_a_verdict(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted reading is no answer: exit code 2."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pdsec_checks.pagerduty.reading.read", interrupted)
    said = command(*DEMO)

    assert (said.code, said.out) == (ExitCode.INTERRUPTED, "")
    assert said.err == "INTERRUPTED: the command was stopped before its end\n"


def test_options_of_a_reading_are_those_of_an_inspection() -> None:
    """Each name exists, and each has its flag."""
    names = {each.name for each in OPTIONS}
    flags = set(command_module.parser().flags())

    assert set(command_module.READING) <= names
    assert {f"--{each}" for each in command_module.READING} <= flags


def test_configuration_records_nothing(command: Command) -> None:
    """A configuration for inspections makes no recording here, and reads no figures."""
    (command.folder / "pdsec.toml").write_text(
        "include_analytics = true\n[baseline]\nmax_minutes_to_first_person = 5\n"
    )
    said = command("ring", "--replay", "demo", "--format", "json")

    assert json.loads(said.out)["limits"]["first_person_minutes"] == 5


def test_service_that_cannot_be_told_apart_has_no_walk() -> None:
    """A record without an id has no walk, which is not judged."""
    (service,) = account(ROW_1).records("services")
    nameless = {name: value for name, value in service.items() if name != "id"}
    answer = asked(
        account(ROW_1, data={"services": [nameless]}), "--resource=*", "--at=2026-11-23T03:00Z"
    )

    assert answer.exit_code == ExitCode.NOT_JUDGED


def test_quiet_names_no_file(command: Command) -> None:
    """With --quiet only the exit code speaks."""
    said = command(*DEMO, "--output", "ring.txt", "--quiet")

    assert (said.code, said.out, said.err) == (ExitCode.FAILED, "", "")
    assert (command.folder / "ring.txt").exists()


def test_bar_shows_the_reading_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody sits in front of it there is a bar, and above it only what went wrong."""
    monkeypatch.setattr("pdsec_checks.suite.narrator.is_watched", lambda _: True)
    fault = Fault("/maintenance_windows", "status", status=403)
    with run(accounts.demo_compliant, faults=[fault]) as simulator:
        ended = run_command(tmp_path, "ring", simulator=simulator)

    assert ended.code == ExitCode.PASSED
    assert "read maintenance windows: unavailable: HTTP 403" in ended.err
    assert "read users: " not in ended.err
    assert "NOTE: maintenance windows could not be read" in ended.out


def test_warnings_are_said_however_quiet(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential that a replay does not use is told."""
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+key-of-somebody")
    said = command("ring", "--replay", "demo-compliant", "--quiet")

    assert said.err == (
        "WARNING: --replay demo-compliant: a recording is judged, not the account; "
        "the credential is not used\n"
    )
