"""Secrets of the account, and the key itself, stay where they are."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.simulator import Fault, Simulator, accounts, run
from tests.simulator.accounts.secret import PREFIX
from tests.support.calls import run_command, run_pytest
from tests.support.processes import Ended

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
            yield path.name, content.decode("utf-8", "replace")


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


@pytest.mark.parametrize("kind", ["status", "error_as_text", "html", "invalid_json", "reset"])
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
