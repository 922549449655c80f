"""Secrets of the account, and the key itself, stay where they are."""

from __future__ import annotations

import gzip
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from pdsec_checks.errors import without_locals
from tests.simulator import CLIENT_SECRET, Fault, Simulator, accounts, faults, run
from tests.simulator.accounts.secret import PREFIX
from tests.simulator.auth import Credential
from tests.simulator.faults import Struck
from tests.simulator.messages import Answer
from tests.support import processes, reading
from tests.support.calls import run_command, run_pytest
from tests.support.credentials import an_app
from tests.support.processes import Ended
from tests.support.shown import shown_in

EVERYTHING = (
    "-vv",
    "-rA",
    "--tb=long",
    "--showlocals",
    "-o",
    "log_cli=true",
    "--log-level=DEBUG",
    *(f"--pd-{name}={file}" for name, file in REPORT_FORMATS.items()),
    "--junitxml=junit.xml",
    "--html=report.html",
    "--self-contained-html",
    "--json-report",
)


@pytest.fixture(scope="module")
def careless() -> Iterator[Simulator]:
    """Serve an account with a recognisable secret in every field that may hold one."""
    with run(accounts.secrets) as simulator:
        yield simulator


def written(ended: Ended) -> Iterator[tuple[str, str]]:
    """Yield everything that a run printed or wrote, with its name."""
    yield "the terminal", ended.text
    for path in sorted(ended.folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            is_packed = path.suffix == ".xlsx"
            yield path.name, shown_in(path) if is_packed else content.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-n", "2"],
        ["--pd-record=tape.yaml.gz"],
        ["--pd-record=tape.json"],
        ["--pd-granularity=control"],
    ],
)
def test_no_output_holds_a_secret(
    careless: Simulator, tmp_path: Path, arguments: list[str]
) -> None:
    """No report, log, traceback, recording or node id repeats a secret or the key."""
    ended = run_pytest(tmp_path, *EVERYTHING, *arguments, simulator=careless)

    assert ended.code in {0, 1, 6}, ended.text
    assert (tmp_path / "inspection.json").exists()
    for name, text in written(ended):
        assert PREFIX not in text, name
        assert careless.api_key not in text, name


def test_the_command_keeps_the_key_to_itself(careless: Simulator, tmp_path: Path) -> None:
    """A key on the command line is warned about, and appears nowhere after that."""
    ended = run_command(
        tmp_path,
        f"--api-key={careless.api_key}",
        "--verbose",
        "--output=inspection.json",
        simulator=careless,
        PAGERDUTY_API_KEY="",
    )

    assert "other users of this machine can see a key" in ended.err
    for name, text in written(ended):
        assert careless.api_key not in text, name
        assert PREFIX not in text, name


@pytest.mark.parametrize(
    "kind", ["status", *map(reading.in_ci, ("error_as_text", "html", "invalid_json")), "reset"]
)
def test_errors_repeat_no_secret(careless: Simulator, tmp_path: Path, kind: str) -> None:
    """Whatever goes wrong, the message does not hold the key."""
    careless.faults[:] = [Fault("*", kind, status=401)]
    try:
        ended = run_pytest(tmp_path, *EVERYTHING, "-k", "PD-22", simulator=careless)
    finally:
        careless.faults.clear()

    assert ended.code in {4, 6}, ended.text
    for name, text in written(ended):
        assert careless.api_key not in text, name


ECHOES = [
    lambda key: {"x-request-id": key},
    lambda key: {"x-request-id": key.removeprefix("u+")},
    lambda key: {"x-request-id": f"id-{key[2:].upper()}.1"},
    lambda key: {"x-request-id": f"{key[2:10]}_{key[10:]}"},
    lambda key: {"date": f"Mon, 23 Nov 2026 09:00:00 GMT ({key})"},
    lambda key: {"date": key, "x-key": key},
    lambda key: {"content-type": f"application/json; charset={key}"},
]
"""Headers by which a server says again what it was sent."""


@pytest.mark.parametrize("echo", ECHOES, ids=range(len(ECHOES)))
@pytest.mark.parametrize(
    "more", [[], reading.in_ci(["--pd-no-redact"])], ids=["pseudonyms", "as it is"]
)
def test_what_a_server_echoes_is_in_no_recording(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    echo: Callable[[str], dict[str, str]],
    more: list[str],
) -> None:
    """A header that shows the key, or half of it, in whatever case, is not kept."""
    key = "u+Xk29QmZw7LpRt4VbN8"

    def echoing(call: Struck) -> Answer:
        call.answer.headers |= echo(key)
        call.answer.content_type = call.answer.headers.pop("content-type", "application/json")
        return call.answer

    monkeypatch.setitem(faults.KINDS, "echo", echoing)
    with run(accounts.small, faults=[Fault("*", "echo")]) as simulator:
        simulator.credentials.keys[key] = Credential(key)
        ended = run_pytest(
            tmp_path,
            *("--pd-record=tape.yaml", "-k", "PD-22", *more),
            simulator=simulator,
            PAGERDUTY_API_KEY=key,
        )

    assert ended.code == 0, ended.text
    text = (tmp_path / "tape.yaml").read_text("utf-8").casefold()
    assert key[2:].casefold() not in text
    assert key[10:].casefold() not in text
    assert key[2:10].casefold() not in text


# Tracebacks and logs of whoever looks for a fault


DEBUGGING = ("-vv", "-l", "--full-trace", "--debug", "-o", "log_cli=true", "--log-level=DEBUG")
FAULTY = (
    "requests.adapters.HTTPAdapter.send",
    "urllib3.connectionpool.HTTPConnectionPool.urlopen",
    "http.client.HTTPConnection.send",
    "http.client.HTTPConnection.getresponse",
    "pdsec_checks.pagerduty.http.client.Client._parse",
    "pdsec_checks.configuration.settings.how_to_read",
    "pdsec_checks.configuration.credentials.fit_for_header",
    "pdsec_checks.configuration.settings.decisions_from",
    "pdsec_checks.pagerduty.take_snapshot.read_account",
)
"""Functions that have a secret at hand, or whose callers have."""


def broken(*_: object, **__: object) -> None:
    """Fail as nobody foresaw."""
    raise RuntimeError("nobody foresaw this")


def as_variable(simulator: Simulator) -> tuple[list[str], dict[str, str], str]:
    """Return arguments and environment with a key in a variable, and the key."""
    return [], {"PAGERDUTY_API_KEY": simulator.api_key}, simulator.api_key


def as_flag(simulator: Simulator) -> tuple[list[str], dict[str, str], str]:
    """Return the same with a key among the arguments."""
    return [f"--pd-api-key={simulator.api_key}"], {}, simulator.api_key


def as_app(simulator: Simulator) -> tuple[list[str], dict[str, str], str]:
    """Return the same for an OAuth client, and its secret."""
    return [], an_app(simulator), CLIENT_SECRET


@pytest.mark.parametrize(
    ("place", "given"),
    [
        *((place, as_variable) for place in FAULTY),
        *(reading.in_ci(place, given) for place in FAULTY[5:7] for given in (as_flag, as_app)),
        reading.in_ci(FAULTY[0], as_app),
    ],
)
def test_a_traceback_with_variables_shows_no_secret(
    careless: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    given: Callable[[Simulator], tuple[list[str], dict[str, str], str]],
) -> None:
    """Whatever breaks while a secret is at hand: the lines are shown, and the secret is not."""
    arguments, variables, secret = given(careless)
    monkeypatch.setattr(place, broken)
    ended = run_pytest(
        tmp_path,
        *(*DEBUGGING, "-k", "PD-22", *arguments),
        simulator=None,
        **{"PAGERDUTY_BASE_URL": careless.url, **variables},
    )

    assert "RuntimeError" in ended.text
    for name, text in written(ended):
        assert secret not in text, name
        assert PREFIX not in text, name


@pytest.mark.parametrize(
    ("form", "more"),
    [
        (["--pd-api-key={}"], []),
        (["--pd-api-key", "{}"], ["--pd-json", "inspection.json"]),
        reading.in_ci(["--pd-api-key={}"], ["-n", "2"]),
    ],
)
def test_a_key_among_the_arguments_is_in_no_log(
    careless: Simulator, tmp_path: Path, form: list[str], more: list[str]
) -> None:
    """``--debug`` writes the arguments down; the key is taken out of them, and used."""
    (tmp_path / "inspection.json").touch()
    flags = [text.format(careless.api_key) for text in form]
    inspect = processes.run_pytest if "-n" in more else run_pytest
    ended = inspect(
        tmp_path,
        *(*DEBUGGING, "-k", "PD-22", *flags, f"--pd-base-url={careless.url}", *more),
        PAGERDUTY_API_KEY_FILE="not-used",
    )

    assert ended.code == 0, ended.text
    assert ended.err.count("other users of this machine can see a key") == 1
    assert (tmp_path / "pytestdebug.log").exists()
    for name, text in written(ended):
        assert careless.api_key not in text, name


def test_a_key_and_a_file_for_it_are_one_too_many(tmp_path: Path) -> None:
    """The key is taken early; that there are two is said all the same."""
    ended = run_pytest(tmp_path, "--pd-api-key=k", "--pd-api-key-file=f")

    assert ended.code == 4
    assert "--pd-api-key and --pd-api-key-file: only one key can be used" in ended.err


def test_what_is_behind_an_error_is_emptied_as_well() -> None:
    """The cause of an error, and what it was raised in place of, show no variable either."""

    def lowest(secret: str) -> None:
        raise ValueError(len(secret))

    def lower(secret: str) -> None:
        try:
            lowest(secret)
        except ValueError as error:
            raise KeyError(1) from error

    def low(secret: str) -> None:
        try:
            lower(secret)
        except KeyError:
            raise IndexError(2) from None

    with pytest.raises(IndexError) as raised, without_locals():
        low("hush")
    error: BaseException | None = raised.value
    seen = []
    while error is not None:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        seen += [frame.f_code.co_name for frame in frames]
        assert not [frame for frame in frames[1:] if "hush" in repr(frame.f_locals)]
        error = error.__context__

    assert {"low", "lower", "lowest"} <= set(seen)
