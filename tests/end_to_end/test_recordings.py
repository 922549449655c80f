"""Recordings: complete, replayed without a network, and safe to hand out."""

from __future__ import annotations

import _socket
import gzip
import http.client
import json
import socket
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import urllib3
import yaml

from pdsec_checks import NAME
from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids
from pdsec_checks.configuration.credentials import Credential
from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.errors import NotOnTapeError, UsageError
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.tape import open_tape, use
from tests.simulator import Fault, accounts, builders, faults, record, run
from tests.simulator.messages import Answer
from tests.simulator.records import ago
from tests.support import processes, reading
from tests.support.calls import run_command, run_pytest
from tests.support.judged import NOW
from tests.support.shown import shown_in
from tests.support.tapes import ENDINGS, plain_of, tape, unsealed

JSON = "--pd-json=inspection.json"
REPORT = "--output=inspection.json"
LONG_WINDOW = "--schedule-coverage-days=90"
HIDDEN = {"PD-34", "PD-36", "PD-45"}
"""What goes by what a recording with pseudonyms does not have: hosts, and addresses of people."""
ACCOUNTS = [*sorted(accounts.NAMED.keys() - {"large", "huge"}), reading.HUGE]
"""All but ``large``: a larger one has a test of its own."""


@pytest.mark.parametrize("name", reading.sampled(ACCOUNTS, 4))
def test_a_redacted_recording_gives_the_verdicts_of_the_live_run(tmp_path: Path, name: str) -> None:
    """Pseudonyms change no verdict of any control, whatever the account.

    Only what goes by hosts and addresses, which are gone, is an error.
    """
    flags = ("--controls-set=extended", REPORT, "--quiet")
    with run(accounts.NAMED[name]) as simulator:
        recorded = run_command(tmp_path, "--record=tape.json.gz", *flags, simulator=simulator)
        live = recorded.verdicts
    later = run_command(tmp_path, "--replay=tape.json.gz", *flags)
    replayed = later.verdicts

    assert later.code == recorded.code
    assert {case: replayed[case] for case in replayed if case[0] not in HIDDEN} == {
        case: live[case] for case in live if case[0] not in HIDDEN
    }
    assert {replayed[case] for case in replayed if case[0] in HIDDEN} <= {"error", "not_applicable"}
    assert {case[0] for case in replayed} >= HIDDEN
    assert later.report["recording"]["redacted"] is True


@pytest.mark.parametrize("more", [[], ["--no-redact"]], ids=["pseudonyms", "as it is"])
def test_a_recording_knows_by_which_credential_it_was_made(tmp_path: Path, more: list[str]) -> None:
    """The scope of a replay names the kind of credential of the day, as the live run did."""
    with run(accounts.small) as simulator:
        live = run_command(
            tmp_path, "--record=tape.json.gz", REPORT, "--quiet", *more, simulator=simulator
        ).report
    later = run_command(tmp_path, "--replay=tape.json.gz", REPORT, "--quiet").report

    assert live["scope"]["credential"] == later["scope"]["credential"] == "account key"
    assert live["scope"]["run"] != later["scope"]["run"]


@pytest.mark.parametrize("more", [[], ["--no-redact"]], ids=["pseudonyms", "as it is"])
def test_every_report_of_a_run_names_its_recording(tmp_path: Path, more: list[str]) -> None:
    """The run that recorded and each replay carry the id and the digest that the header has."""
    every = (f"--format={','.join(REPORT_FORMATS)}", "--controls=PD-22", "--quiet", *more)
    with run(accounts.small) as simulator:
        run_command(tmp_path, "--record=tape.json.gz", *every, "--output=l/", simulator=simulator)
        run_command(tmp_path, *every[:3], "--output=none/", simulator=simulator)
    run_command(tmp_path, "--replay=tape.json.gz", *every[:3], "--output=r/")
    header = recording.requests_on(str(tmp_path / "tape.json.gz"))[0]
    scopes = [
        json.loads((tmp_path / each / "inspection.json").read_text("utf-8"))["scope"]
        for each in ("l", "r", "none")
    ]

    assert scopes[0]["recording"] == scopes[1]["recording"]
    assert scopes[1]["recording"] == {"run": header.run, "digest": header.digest}
    assert scopes[2]["recording"] is None
    assert UUID(header.run).version == 5
    for name, file in REPORT_FORMATS.items():
        for folder, there in (("l", True), ("r", True), ("none", False)):
            text = shown_in(tmp_path / folder / file).replace("&#8203;", "")
            assert (header.run in text) is there, name
            assert (header.digest in text) is there, name


def test_accounts_side_by_side_name_their_recordings(tmp_path: Path) -> None:
    """Each account has its own."""
    entries = [f'[[accounts]]\nname = "{each}"\nreplay = "{each}"\n' for each in recording.SHIPPED]
    (tmp_path / "accounts.toml").write_text("".join(entries))
    run_command(tmp_path, "--accounts=accounts.toml", "--format=json", "--output=out/", "--quiet")
    found = json.loads((tmp_path / "out" / "accounts.json").read_text("utf-8"))["accounts"]
    headers = [recording.requests_on(each["name"])[0] for each in found]

    assert [each["scope"]["recording"] for each in found] == [
        {"run": header.run, "digest": header.digest} for header in headers
    ]
    assert len({each.run for each in headers}) == len(found) == 2


@reading.only_in_ci
def test_workers_know_the_recording(tmp_path: Path) -> None:
    """Under xdist its id and digest come from the worker that recorded, or replayed."""
    with run(accounts.small) as simulator:
        arguments = ("-n", "2", "-k", "PD-22", JSON)
        live = run_pytest(tmp_path, *arguments, "--pd-record=tape.json", simulator=simulator)
        told = live.report["scope"]["recording"]
    later = run_pytest(tmp_path, *arguments, "--pd-replay=tape.json").report["scope"]

    assert told["digest"]
    assert later["recording"] == told


@reading.only_in_ci
@pytest.mark.no_cover  # the same lines as with a small one, a thousand times
def test_ten_megabytes_of_a_thousand_requests_replay_whole(tmp_path: Path) -> None:
    """A large recording loses nothing, and every report can be made from it."""
    size = {"users": 500, "services": 1_300, "layer_schedules": 140, "business_services": 1_000}
    made = accounts.sized(datetime.now(UTC), **size)
    with run(made) as simulator:
        live = run_command(
            tmp_path, "--record=tape.json", REPORT, "--quiet", LONG_WINDOW, simulator=simulator
        )
        asked = [each.path for each in simulator.requests if each.path != "/users/me"]
        verdicts = live.verdicts
    every = f"--format={','.join(REPORT_FORMATS)}"
    later = run_command(tmp_path, "--replay=tape.json", "--quiet", every, "--output=.")

    assert len(asked) > 1_000
    assert (tmp_path / "tape.json").stat().st_size > 10_000_000
    assert sorted(recording.requests_on(str(tmp_path / "tape.json"))[1]) == sorted(asked)
    assert (later.code, later.verdicts) == (live.code, verdicts)
    assert later.report["recording"]["redacted"] is True
    assert all((tmp_path / file).stat().st_size for file in REPORT_FORMATS.values())


@pytest.mark.parametrize("suffix", ENDINGS)
def test_every_interaction_is_on_the_tape(tmp_path: Path, suffix: str) -> None:
    """Ten requests at once are all recorded, whatever the format."""
    path = tmp_path / f"tape{suffix}"
    with run(accounts.demo) as simulator:
        tape(simulator, path)
        asked = sorted(request.path for request in simulator.requests)

    _, recorded = recording.requests_on(str(path))
    assert sorted(recorded) == asked


def test_workers_record_one_tape(tmp_path: Path) -> None:
    """Under xdist the worker that reads the account records all of it."""
    with run(accounts.demo) as simulator:
        run_pytest(tmp_path, "-n", "2", "--pd-record=tape.yaml", simulator=simulator)
        asked = [each.path for each in simulator.requests if each.path != "/users/me"]

    assert sorted(recording.requests_on(str(tmp_path / "tape.yaml"))[1]) == sorted(asked)


def test_a_replay_needs_neither_key_nor_network(tmp_path: Path) -> None:
    """The account may be gone: its recording gives the verdicts of the day."""
    with run(accounts.demo) as simulator:
        live = run_pytest(tmp_path, JSON, "--pd-record=tape.yaml.gz", simulator=simulator)
        verdicts, as_of = live.verdicts, live.report["as_of"]
    later = run_pytest(tmp_path, JSON, "--pd-replay=tape.yaml.gz")

    assert later.verdicts == verdicts
    assert later.report["as_of"] == as_of
    assert later.report["source"] == "recording"
    assert "requests" not in later.report


def send_datagram() -> None:
    """Send without a connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", 9))


def connect_bare_socket() -> None:
    """Connect below the module that everybody patches."""
    bare = _socket.socket()
    try:
        bare.connect(("127.0.0.1", 9))
    finally:
        bare.close()


@pytest.mark.parametrize(
    "reach_out",
    [
        lambda: socket.create_connection(("127.0.0.1", 9)),
        send_datagram,
        connect_bare_socket,
        lambda: socket.getaddrinfo("localhost", 80),
        lambda: socket.gethostbyname("localhost"),
    ],
    ids=["connection", "datagram", "bare socket", "look-up", "old look-up"],
)
def test_a_replay_opens_no_socket(reach_out: Callable[[], object]) -> None:
    """While a recording is open every connection of the process is refused, whoever tries."""
    with recording.replayed("demo"), pytest.raises(OSError, match="opens no connection"):
        reach_out()

    with run(accounts.small(NOW)) as simulator:  # and afterwards connections work again
        assert reading.read(simulator, ["users"]).has("users")


SPY = """
import sys

def spy(event, arguments):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}:
        sys.stderr.write(f"REACHED OUT: {event} {arguments}\\n")

sys.addaudithook(spy)
"""


def test_the_whole_command_sends_no_packet(tmp_path: Path) -> None:
    """From its first line to its last report a replay neither connects nor looks a name up."""
    (tmp_path / "sitecustomize.py").write_text(SPY)
    every = f"--format={','.join(REPORT_FORMATS)}"
    ended = processes.run_command(
        tmp_path, "--replay=demo", every, "--output=reports/", PYTHONPATH=str(tmp_path)
    )

    assert ended.code == 1, ended.text
    assert "REACHED OUT" not in ended.err
    with run(accounts.small) as simulator:  # the spy would have told
        live = processes.run_command(
            tmp_path, "--controls=22", REPORT, simulator=simulator, PYTHONPATH=str(tmp_path)
        )
    assert "REACHED OUT" in live.err


def test_a_request_that_is_not_on_the_tape_is_named() -> None:
    """What was never recorded is an error with its path, not an empty answer."""
    with (
        recording.replayed("demo") as (client, _),
        pytest.raises(NotOnTapeError, match="/licenses: the recording does not hold"),
    ):
        client.get("/licenses")


def test_a_partial_recording_gives_errors_for_the_rest(tmp_path: Path) -> None:
    """Controls whose data was not recorded are errors; the recorded ones keep their verdict."""
    with run(accounts.demo_compliant) as simulator:
        run_pytest(tmp_path, "-m", "critical", "--pd-record=tape.yaml", simulator=simulator)
    ended = run_command(tmp_path, REPORT, "--replay=tape.yaml", "--quiet")

    assert ended.code == 6
    status = {each["id"]: each["status"] for each in ended.report["controls"]}
    assert status["PD-05"] == "pass"
    assert status["PD-14"] == "error"
    assert set(status) == set(shipped_ids()) - shipped_extended()


def ranked(report: dict[str, Any], controls: set[str]) -> list[tuple[str, str, int]]:
    """Return control, resource and reach of what needs somebody, by rank."""
    found = [each for each in report["findings"] if "rank" in each and each["control"] in controls]
    found.sort(key=lambda each: each["rank"])
    return [(each["control"], each["resource"]["id"], each["reach"]) for each in found]


@pytest.mark.parametrize("selection", ["--severity=high", "--controls=7,8,18", "--controls=PD-11"])
def test_a_selection_of_a_recording_is_ranked_like_the_whole(
    tmp_path: Path, selection: str
) -> None:
    """The recording shows what stands behind a resource, whatever the selected controls need."""
    whole = run_command(tmp_path, "--replay=demo", REPORT, "--quiet").report
    part = run_command(tmp_path, "--replay=demo", selection, REPORT, "--quiet").report
    selected = set(part["scope"]["selected"])

    found = ranked(part, selected)
    assert found == ranked(whole, selected)
    assert all(reach is not None for _, _, reach in found)


def test_what_is_read_for_the_rank_alone_is_missed_by_nobody(tmp_path: Path) -> None:
    """Services that a recording lacks leave the rank open; no selected control needed them."""
    with run(accounts.demo(NOW), faults=[Fault("/services", "status", status=403)]) as simulator:
        tape(simulator, tmp_path / "tape.yaml")
    report = run_command(
        tmp_path, "--replay=tape.yaml", "--controls=PD-01", REPORT, "--quiet"
    ).report

    assert report["unread"] == []
    (found,) = report["findings"]
    assert (found["status"], found["rank"], found["reach"]) == ("fail", 1, None)


def test_thresholds_that_shaped_the_requests_cannot_change(tmp_path: Path) -> None:
    """Another coverage window would need other requests; the recorded value is named."""
    ended = run_pytest(tmp_path, "--pd-replay=demo", "--pd-schedule-coverage-days=7")

    assert ended.code == 4
    assert "the recording was made with 30" in ended.err


def test_thresholds_that_only_judge_may_change(tmp_path: Path) -> None:
    """A stricter key age needs no other requests."""
    ended = run_pytest(tmp_path, JSON, "--pd-replay=demo", "--pd-api-key-max-age=30", "-k", "PD-13")

    assert ended.report["baseline"]["api_key_max_age"] == 30


def test_critical_services_stay_critical_under_their_pseudonym(tmp_path: Path) -> None:
    """A name pattern is resolved while recording: on the tape the names are gone."""
    (tmp_path / "pdsec.toml").write_text('[baseline]\ncritical_services = ["Gift*"]\n')
    with run(accounts.demo) as simulator:
        run_pytest(tmp_path, JSON, "-k", "PD-10", "--pd-record=tape.yaml", simulator=simulator)
    live = json.loads((tmp_path / "inspection.json").read_text("utf-8"))["findings"]
    kept = run_pytest(tmp_path, JSON, "-k", "PD-10", "--pd-replay=tape.yaml")
    told, with_pattern = kept.out, kept.report["findings"]
    (tmp_path / "pdsec.toml").unlink()
    later = run_pytest(tmp_path, JSON, "-k", "PD-10", "--pd-replay=tape.yaml").report["findings"]

    expected = [(each["resource"]["id"], each["status"]) for each in live]
    assert [(each["resource"]["id"], each["status"]) for each in later] == expected
    assert [(each["resource"]["id"], each["status"]) for each in with_pattern] == expected
    assert "names are pseudonyms in this recording, so Gift* counts as when it was made" in told


def test_an_existing_recording_is_kept(tmp_path: Path) -> None:
    """A recording replaces a file only when it is told to."""
    (tmp_path / "tape.yaml").write_text("precious")
    with run(accounts.small) as simulator:
        arguments = ["-k", "PD-22", "--pd-record=tape.yaml"]
        refused = run_pytest(tmp_path, *arguments, simulator=simulator)
        kept = (tmp_path / "tape.yaml").read_text()
        forced = run_pytest(tmp_path, *arguments, "--pd-force", simulator=simulator)

    assert refused.code == 4
    assert "--pd-force replaces it" in refused.err
    assert kept == "precious"
    assert forced.code == 0, forced.text
    assert recording.requests_on(str(tmp_path / "tape.yaml"))[1] == ["/services"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tape.txt", None, "a recording ends in .yaml"),
        ("tape.yaml", "interactions: [", "not a recording that can be read"),
        ("tape.yaml", "interactions: []\nversion: 1\n", "not a recording of this tool"),
        ("tape.json.gz", "no gzip", "not a recording that can be read"),
        (".yaml", None, "a recording ends in .yaml"),
        ("tape\udcff.yaml", None, "the name of a recording is UTF-8"),
        ("tape.yaml", "a: !!python/object/apply:os.getcwd []", "not a recording that can be read"),
    ],
)
def test_what_is_no_recording_is_refused(
    tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    """A broken or foreign file is a usage error that says what is wrong."""
    if content is None:
        with pytest.raises(UsageError, match=said), run(accounts.small) as simulator:
            tape(simulator, tmp_path / name)
        return
    (tmp_path / name).write_text(content)

    with pytest.raises(UsageError, match=said):
        recording.requests_on(str(tmp_path / name))


def test_a_name_that_is_no_text_is_refused() -> None:
    """A file can have any bytes for a name; the content of a recording knows its own in UTF-8."""
    with pytest.raises(UsageError, match="the name of a recording is UTF-8; rename the file"):
        recording.requests_on("tape\udcff.yaml")


@pytest.mark.parametrize(
    ("named_by", "said"),
    [
        ((), "ERROR: gone.yaml: there is no such file"),
        (("--replay=gone.yaml",), "ERROR: --replay gone.yaml: there is no such file"),
        (("--config=replay.toml",), "replay.toml: replay gone.yaml: there is no such file"),
    ],
)
def test_a_recording_that_is_missing_is_named_as_it_was_given(
    tmp_path: Path, named_by: tuple[str, ...], said: str
) -> None:
    """An argument, a flag and a key of a file: the message names what the user wrote."""
    (tmp_path / "replay.toml").write_text('replay = "gone.yaml"\n')
    ended = run_command(tmp_path, *(named_by or ("recordings", "show", "gone.yaml")))

    assert ended.code == 4
    assert said in ended.err


def broken(change: Callable[[dict[str, Any]], object], name: str = "demo") -> str:
    """Return a shipped recording as JSON after a change that no digest gives away."""
    plain = unsealed(plain_of(recording.shipped(name)))
    change(plain)
    return json.dumps(plain, default=str)


HEAD = NAME


@pytest.mark.parametrize(
    "change",
    [
        lambda tape: tape["metadata"][HEAD].update(as_of="2026-11-23T09:00:00"),
        lambda tape: tape["metadata"][HEAD].update(base_url="http://[::1"),
        lambda tape: tape["metadata"][HEAD].update(base_url="http://far.example"),
        lambda tape: tape["metadata"][HEAD].update(thresholds={"foo": 1}),
        lambda tape: tape["metadata"][HEAD]["thresholds"].update(schedule_coverage_days=10**9),
        lambda tape: tape["interactions"][0].update(response={}),
        lambda tape: tape["interactions"][0]["response"].update(headers=None),
        lambda tape: tape["interactions"][0]["response"].update(body={}),
        lambda tape: tape["interactions"][0]["response"].update(status={"message": "OK"}),
        lambda tape: tape["interactions"].append("no interaction"),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("arguments", [["--replay=tape.json"], ["recordings", "show", "tape.json"]])
def test_what_a_recording_promises_is_checked(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], arguments: list[str]
) -> None:
    """A header or an answer that somebody broke ends with 4 and a sentence, not a traceback."""
    (tmp_path / "tape.json").write_text(broken(change))
    ended = run_command(tmp_path, *arguments)

    assert ended.code == 4, ended.text
    assert "not a recording" in ended.err
    assert "Traceback" not in ended.text


def test_a_recording_without_an_answer_is_an_error_of_its_control(tmp_path: Path) -> None:
    """Half a recording says what it lacks; nothing in it passes for want of an answer."""
    (tmp_path / "tape.json").write_text(broken(lambda tape: tape["interactions"].__delitem__(0)))
    shown = run_command(tmp_path, "recordings", "show", "tape.json")
    judged = run_command(tmp_path, "--replay=tape.json", REPORT, "--quiet").report["controls"]

    assert "PD-01  abilities (the recording does not hold this request" in shown.out
    assert next(each["status"] for each in judged if each["id"] == "PD-01") == "error"


def test_what_shows_a_recording_steers_no_terminal(tmp_path: Path) -> None:
    """The header may come from anybody: what it holds is printed as text."""
    evil = lambda tape: tape["metadata"][HEAD].update(account="\x1b[31mevil\nas of")  # noqa: E731
    (tmp_path / "tape.json").write_text(broken(evil))
    ended = run_command(tmp_path, "recordings", "show", "tape.json")

    assert "\x1b" not in ended.out
    assert len([line for line in ended.out.splitlines() if line.startswith("as of")]) == 1


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("", "a recording ends in"),
        ("folder.yaml", "Is a directory"),
        ("file/tape.yaml", "file/tape.yaml"),
    ],
)
def test_a_recording_that_cannot_be_written_is_refused_before_reading(
    tmp_path: Path, target: str, said: str
) -> None:
    """An unset shell variable, a folder, a path below a file: nothing is read for nothing."""
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "file").write_text("")
    with run(accounts.small) as simulator:
        ended = run_command(tmp_path, f"--record={target}", simulator=simulator)
        asked = [each.path for each in simulator.requests if each.path != "/users/me"]

    assert ended.code == 4
    assert said in ended.err
    assert asked == []


def test_a_full_disk_costs_the_recording_and_not_the_reports(tmp_path: Path) -> None:
    """What was read is reported, although the recording could not be written: exit code 4."""
    (tmp_path / "full.py").write_text(
        "import errno\nfrom pdsec_checks.pagerduty.recordings import tape\n"
        "def whole(path, mode):\n"
        "    raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "tape.whole = whole\n"
    )
    with run(accounts.small) as simulator:
        ended = processes.run_pytest(
            tmp_path,
            *("-p", "full", JSON, "--pd-record=tape.yaml", "--pd-controls=22"),
            simulator=simulator,
            PYTHONPATH=str(tmp_path),
        )

    assert ended.code == 4
    assert "--pd-record tape.yaml: No space left on device" in ended.err
    assert ended.report["summary"]["status"]["pass"] > 0
    assert not (tmp_path / "tape.yaml").exists()


@pytest.mark.parametrize("trouble", ["wrong key", "nobody there"])
def test_a_recording_of_nothing_replaces_nothing(tmp_path: Path, trouble: str) -> None:
    """``--force`` with a refused key, or without a network, keeps the recording that there is."""
    (tmp_path / "tape.yaml").write_text("precious")
    with run(accounts.small) as simulator:
        changes = {
            "wrong key": {"PAGERDUTY_API_KEY": "wrong"},
            "nobody there": {"PAGERDUTY_BASE_URL": "http://127.0.0.1:9"},
        }[trouble]
        ended = run_command(
            tmp_path,
            *("--record=tape.yaml", "--force", "--controls=22", "--quiet"),
            simulator=simulator,
            **changes,
        )

    assert ended.code == 4
    assert "--record tape.yaml: nothing to record: PagerDuty" in ended.err
    assert (tmp_path / "tape.yaml").read_text() == "precious"


def test_a_recording_from_the_future_says_so(tmp_path: Path) -> None:
    """A date that cannot be right is told, and is no fresh evidence."""
    late = lambda tape: tape["metadata"][HEAD].update(as_of="2126-11-23T09:00:00Z")  # noqa: E731
    (tmp_path / "tape.json").write_text(broken(late, "demo-compliant"))
    ended = run_pytest(
        tmp_path, "--pd-replay=tape.json", "--pd-controls=3", "--pd-evidence-max-age=30"
    )

    assert ended.code == 6, ended.text
    assert "dated in the future" in ended.out


def record_until_interrupted(client: Client, path: Path, settings: Settings) -> None:
    """Record one answer, and press Ctrl-C."""
    with recording.recorded(client, path, settings):
        client.get("/users")
        raise KeyboardInterrupt


def test_an_interrupted_recording_leaves_no_file(tmp_path: Path) -> None:
    """A recording is whole or not there."""
    with run(accounts.small) as simulator:
        settings = load_settings(
            {"pd_api_key": simulator.api_key, "pd_base_url": simulator.url}, {}, tmp_path
        )
        assert isinstance(settings.reading.credential, Credential)
        client = Client(settings.reading.base_url, settings.reading.credential)
        with pytest.raises(KeyboardInterrupt):
            record_until_interrupted(client, tmp_path / "tape.yaml", settings)

    assert not list(tmp_path.iterdir())


def test_a_recording_has_the_connections_of_its_client_only(tmp_path: Path) -> None:
    """What else a process sends meanwhile is not recorded, and no class of others is replaced."""
    theirs = (http.client.HTTPConnection, urllib3.HTTPConnectionPool.ConnectionCls)
    with run(accounts.small) as simulator:
        settings = load_settings(
            {"pd_api_key": simulator.api_key, "pd_base_url": simulator.url}, {}, tmp_path
        )
        assert isinstance(settings.reading.credential, Credential)
        client, other = (
            Client(settings.reading.base_url, settings.reading.credential) for _ in range(2)
        )
        with open_tape(tmp_path / "tape.yaml", "all") as opened:
            use(opened, client)
            other.get("/users")
            assert (http.client.HTTPConnection, urllib3.HTTPConnectionPool.ConnectionCls) == theirs
            client.get("/services")

    assert [urlsplit(each.uri).path for each in opened.requests] == ["/services"]


def test_the_same_person_is_the_same_pseudonym(tmp_path: Path) -> None:
    """Names, references and audit actors of one user agree, and differ between recordings."""
    with run(accounts.demo) as simulator:
        tape(simulator, tmp_path / "one.json")
        tape(simulator, tmp_path / "two.json")
        person = simulator.account.users[0]
    one = (tmp_path / "one.json").read_text("utf-8")
    two = (tmp_path / "two.json").read_text("utf-8")

    assert person["name"] not in one
    assert person["email"] not in one
    assert pseudonyms(one, person["id"]) != pseudonyms(two, person["id"])
    assert len(pseudonyms(one, person["id"])) == 1


def pseudonyms(text: str, user_id: str) -> set[str]:
    """Return every name that a recording gives to one user."""
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            if value.get("id") == user_id and str(value.get("type")).startswith("user"):
                found.update(str(value[key]) for key in ("name", "summary") if value.get(key))
            for each in value.values():
                walk(each)

    for interaction in json.loads(text)["interactions"]:
        walk(json.loads(interaction["response"]["body"]["string"]))
    return found


def test_a_recording_in_clear_is_announced(tmp_path: Path) -> None:
    """``--pd-no-redact`` says what the file will hold, even in a quiet run."""
    with run(accounts.small) as simulator:
        ended = run_pytest(
            tmp_path,
            *("-k", "PD-22", "--pd-record=t.yaml", "--pd-no-redact", "--pd-quiet", "-q"),
            simulator=simulator,
        )
        name = simulator.account.services[0]["name"]

    assert "WARNING: t.yaml will hold as they are: names, e-mail addresses" in ended.err
    assert name in (tmp_path / "t.yaml").read_text("utf-8")
    assert simulator.api_key not in (tmp_path / "t.yaml").read_text("utf-8")


def test_old_evidence_does_not_gate(tmp_path: Path) -> None:
    """A recording older than ``evidence_max_age`` is said to be, and exits with 6."""
    with run(accounts.demo_compliant(record.AS_OF.replace(year=2025))) as simulator:
        tape(simulator, tmp_path / "tape.yaml")
    fresh = run_pytest(tmp_path, "--pd-replay=tape.yaml", "-k", "PD-22")
    stale = run_pytest(tmp_path, "--pd-replay=tape.yaml", "-k", "PD-22", "--pd-evidence-max-age=30")

    assert fresh.code == 0, fresh.text
    assert "days old" in fresh.out
    assert "WARNING" not in fresh.out
    assert stale.code == 6
    assert "evidence_max_age = 30 allows it until 2025-12-23T09:00:00Z" in stale.out


def test_a_recording_tells_what_it_holds_and_lacks(tmp_path: Path) -> None:
    """``recordings show`` prints the header, the requests, and what is missing for whom."""
    with run(accounts.small) as simulator:
        run_pytest(tmp_path, "-k", "PD-22", "--pd-record=tape.yaml.gz", simulator=simulator)
    ended = run_command(tmp_path, "recordings", "show", "tape.yaml.gz")

    assert ended.code == 0
    assert "as of " in ended.out
    assert "schedule_coverage_days = 30" in ended.out
    assert "1  /services" in ended.out
    assert "PD-14  extensions (not asked for), webhook_subscriptions (not asked for)" in ended.out
    assert "include_analytics = false" in ended.out
    assert "PD-22 " not in ended.out


def test_a_recording_tells_what_was_refused(tmp_path: Path) -> None:
    """What PagerDuty would not hand out while recording is named with its status."""
    refused = [Fault("/audit/records", "status", status=403)]
    with run(accounts.small, faults=refused) as simulator:
        run_command(tmp_path, "--record=tape.yaml", "--controls=11", "--quiet", simulator=simulator)
    ended = run_command(tmp_path, "recordings", "show", "tape.yaml")

    assert "PD-11  audit_latest (HTTP 403, Access Denied)" in ended.out


def test_a_recording_names_its_account_by_pseudonym(tmp_path: Path) -> None:
    """The header has the account's name as the links in the answers have it."""
    with run(accounts.small) as simulator:
        ended = run_command(tmp_path, "--record=tape.json", "--quiet", REPORT, simulator=simulator)
        live = ended.report["account"]["subdomain"]
    header, _ = recording.requests_on(str(tmp_path / "tape.json"))
    later = run_command(tmp_path, "--replay=tape.json", "--quiet", REPORT)

    assert header.account == later.report["account"]["subdomain"]
    assert live not in (tmp_path / "tape.json").read_text("utf-8")


SAID = "Ada Quill may not read this"
"""What an error answer says, and a recording with pseudonyms must not."""


def said(error: object, status: int = 403) -> Answer:
    """Return an error of PagerDuty, or of whoever answers in its place."""
    return Answer(status, json.dumps(error).encode())


@pytest.mark.parametrize(
    "answer",
    [
        said({"error": {"message": SAID}}),
        said({"error": SAID}, 402),
        said({"message": "no", "errors": [SAID]}, 500),
        said({"error": {"message": "no", "required_scopes": SAID}}, 404),
        said({"user": {"role": SAID}}, 200),
        Answer(302, b"", {"location": f"https://{SAID.replace(' ', '-')}.example"}),
    ],
    ids=range(6),
)
def test_no_header_of_a_recording_repeats_what_pagerduty_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    """What is said of the credential stays without the words of the answer about it."""
    monkeypatch.setitem(faults.KINDS, "said", lambda _: answer)
    with run(accounts.small, faults=[Fault("/users/me", "said")]) as simulator:
        arguments = ["--controls=22", REPORT, "--timeout=60s"]
        monkeypatch.setattr(Client, "backoff", 0.0)
        plain = run_command(tmp_path, *arguments, simulator=simulator).report["notices"]
        run_command(tmp_path, *arguments, "--record=tape.json", simulator=simulator)
    notices = json.loads((tmp_path / "tape.json").read_text("utf-8"))["metadata"][NAME]["notices"]

    words = SAID.lower().replace("-", " ")
    assert words in plain[0].lower().replace("-", " ")
    assert words not in (tmp_path / "tape.json").read_text("utf-8").lower().replace("-", " ")
    assert len(notices) == len(plain) == 1
    later = run_command(tmp_path, "--replay=tape.json", REPORT)
    assert later.report["notices"] == notices


def test_cursors_become_pseudonyms_that_still_lead_on(tmp_path: Path) -> None:
    """A cursor may hold anything: neither an answer nor an address on the tape repeats one."""
    made = accounts.demo(datetime.now(UTC))
    actor = made.users[0]
    made.audit_records += [
        builders.an_audit_record(
            ago(made.as_of, number / 24),
            id=f"PDMANY{number:06}",
            method="api_token",
            truncated_token="9f3c",
            actor=actor,
        )
        for number in range(1, 260)
    ]
    with run(made) as simulator:
        ended = run_command(
            tmp_path, "--record=tape.json", "--controls=13", "--quiet", REPORT, simulator=simulator
        )
        queries = [parse_qs(request.query) for request in simulator.requests]
        cursors = {each["cursor"][0] for each in queries if "cursor" in each}
        live = ended.verdicts
    later = run_command(tmp_path, "--replay=tape.json", "--controls=13", "--quiet", REPORT)

    assert cursors
    assert not [each for each in cursors if each in (tmp_path / "tape.json").read_text("utf-8")]
    assert later.verdicts == live


def test_only_its_owner_may_read_a_new_recording(tmp_path: Path) -> None:
    """Whoever recorded it decides to whom it goes."""
    with run(accounts.small) as simulator:
        run_command(tmp_path, "--record=tape.yaml", "--controls=22", "--quiet", simulator=simulator)

    assert stat.S_IMODE((tmp_path / "tape.yaml").stat().st_mode) == 0o600


def test_incident_figures_that_were_not_recorded_are_refused(tmp_path: Path) -> None:
    """``--include-analytics`` would need another request than was recorded."""
    with run(accounts.small) as simulator:
        run_command(tmp_path, "--record=tape.yaml", "--controls=22", "--quiet", simulator=simulator)
    ended = run_command(tmp_path, "--replay=tape.yaml", "--include-analytics")

    assert ended.code == 4
    assert "include_analytics = true: the recording was made without it" in ended.err


def test_showing_no_recording_is_a_usage_error(tmp_path: Path) -> None:
    """``recordings show`` of what is not there exits with 4 and names the shipped ones."""
    ended = run_command(tmp_path, "recordings", "show", "nowhere.yaml")

    assert ended.code == 4
    assert "demo and demo-compliant come with the package" in ended.err


def test_the_shipped_recordings_are_what_the_simulator_makes() -> None:
    """The demo recordings are byte for byte what the documented command writes."""
    assert record.main(["--check"]) == 0


def test_a_recording_is_a_cassette_of_vcrpy(tmp_path: Path) -> None:
    """Anybody can read a recording: it is vcrpy's own format, gzipped or not."""
    with run(accounts.small) as simulator:
        tape(simulator, tmp_path / "tape.yaml.gz")
    plain = yaml.safe_load(gzip.decompress((tmp_path / "tape.yaml.gz").read_bytes()))

    assert plain["version"] == 1
    assert {each["request"]["method"] for each in plain["interactions"]} == {"GET"}
    assert all(not each["request"]["headers"] for each in plain["interactions"])
