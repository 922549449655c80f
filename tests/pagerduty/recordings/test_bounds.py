"""Recordings come from others: what is beyond every bound is refused, before it costs anything."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pdsec_checks import NAME
from pdsec_checks.errors import UsageError
from pdsec_checks.pagerduty.recordings import bounds, recording
from pdsec_checks.pagerduty.recordings.tape import open_tape
from tests.simulator import accounts, run
from tests.simulator.fault_kinds import bomb
from tests.support.calls import run_command
from tests.support.tapes import plain_of, tape, unsealed

DEMO = recording.shipped("demo").read_text("utf-8")
SUFFIXES = pytest.mark.parametrize("suffix", ["yaml", "json", "yaml.gz", "json.gz"])


def demo() -> dict[str, Any]:
    """Return a recording that is fine, and that no digest keeps from being changed."""
    return unsealed(plain_of(recording.shipped("demo")))


def write(folder: Path, text: str, suffix: str = "yaml") -> str:
    """Write a recording, and return its path."""
    path = folder / f"tape.{suffix}"
    content = text.encode()
    path.write_bytes(gzip.compress(content) if suffix.endswith(".gz") else content)
    return str(path)


def refusal(path: str) -> str:
    """Return why a recording is refused."""
    with pytest.raises(UsageError) as raised:
        recording.requests_on(path)
    assert str(raised.value).startswith(f"{path}: not a recording")
    return str(raised.value)


@SUFFIXES
def test_what_is_larger_than_any_recording_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """A file counts with what it is once it is unpacked; one byte less is read."""
    text = json.dumps(demo(), default=str)
    path = write(tmp_path, text, suffix)
    monkeypatch.setattr(bounds, "LARGEST", len(text.encode()) - 1)
    assert f"it holds more than {bounds.LARGEST} bytes" in refusal(path)

    monkeypatch.setattr(bounds, "LARGEST", len(text.encode()))
    assert recording.requests_on(path)[1]


def test_a_bomb_in_gzip_is_unpacked_up_to_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file that would be huge costs no more than the bound."""
    monkeypatch.setattr(bounds, "LARGEST", 2**20)
    (tmp_path / "tape.yaml.gz").write_bytes(bomb())

    assert "it holds more than 1048576 bytes" in refusal(str(tmp_path / "tape.yaml.gz"))


def test_an_answer_in_gzip_is_not_unpacked(tmp_path: Path) -> None:
    """A header of a recording makes nothing unpack a body: ours have no such header."""
    plain = demo()
    plain["interactions"][0]["response"]["headers"]["Content-Encoding"] = ["gzip"]
    plain["interactions"][0]["response"]["body"]["string"] = bomb()
    path = write(tmp_path, yaml.dump(plain, Dumper=yaml.CSafeDumper))
    with open_tape(Path(path), "none") as opened:
        bodies = [answer["body"]["string"] for answer in opened.responses]

    assert bodies[0] == b"not recorded: no text"


@pytest.mark.parametrize(
    "text",
    [
        "- " * 200 + "x",
        "[" * 200 + "]" * 200,
        "".join(f"{' ' * level}a:\n" for level in range(5_000)),
        "a: &a [*a]",
        f"metadata: {'{a: ' * 20}1{'}' * 20}",
        "? " * 200 + "x",
    ],
)
def test_what_is_deeper_than_any_recording_is_refused(tmp_path: Path, text: str) -> None:
    """No nesting, not even one without end, reaches the end of the stack."""
    assert "more than 16 levels" in refusal(write(tmp_path, text))


@pytest.mark.parametrize("depth", [30, 100_000])
def test_json_that_is_too_deep_is_refused(tmp_path: Path, depth: int) -> None:
    """The same holds for the other format."""
    text = f"{'[' * depth}1{']' * depth}"

    assert "more than 16 levels" in refusal(write(tmp_path, text, "json"))


def test_aliases_count_as_often_as_they_are_used(tmp_path: Path) -> None:
    """Few lines of YAML that stand for gigabytes are refused before anybody writes them out."""
    text = "a0: &a0 [" + ", ".join(["x" * 100] * 10) + "]\n"
    for level in range(1, 9):
        text += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"

    assert "its aliases stand for more than" in refusal(write(tmp_path, text))


def test_aliases_within_the_bounds_are_read(tmp_path: Path) -> None:
    """A value that is there twice."""
    plain = demo()
    plain["interactions"] = [plain["interactions"][0]] * 3
    text = yaml.dump(plain, Dumper=yaml.CSafeDumper)

    assert "*id001" in text
    assert len(recording.requests_on(write(tmp_path, text))[1]) == 3


def test_more_interactions_than_any_account_takes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of requests is bounded by itself: small ones take time as well."""
    monkeypatch.setattr(bounds, "MOST_INTERACTIONS", 3)

    assert "more than 3 interactions" in refusal(write(tmp_path, DEMO))


@pytest.mark.parametrize("key", ["notices", "account", "surprise"])
def test_a_header_that_is_too_large_is_refused(tmp_path: Path, key: str) -> None:
    """Every report repeats what a recording says about itself, so that is short."""
    plain = demo()
    text = "x" * (bounds.LARGEST_HEADER + 1)
    plain["metadata"][NAME][key] = [text] if key == "notices" else text

    assert "its header holds more than" in refusal(write(tmp_path, json.dumps(plain), "json"))


@pytest.mark.parametrize("words", [["--replay"], ["recordings", "show"]])
def test_a_refusal_is_one_sentence_with_a_way_out(tmp_path: Path, words: list[str]) -> None:
    """The command ends with 4, the file and the bound."""
    write(tmp_path, "- " * 200 + "x")
    ended = run_command(tmp_path, *words, "tape.yaml")

    assert ended.code == 4
    assert ended.err.strip() == (
        "ERROR: tape.yaml: not a recording: it has more than 16 levels of lists and objects in "
        "each other (no recording of this tool is like that: ask whoever made it)"
    )


def test_what_no_replay_would_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording beyond the bound is refused when it is made, not when it is needed."""
    monkeypatch.setattr(bounds, "LARGEST", 1_000)
    with run(accounts.small) as simulator, pytest.raises(UsageError, match="no replay reads"):
        tape(simulator, tmp_path / "tape.yaml")

    assert list(tmp_path.iterdir()) == []
