"""Report files: whole or not at all, and an error says which one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pdsec_checks.output import repository_file, whole, write


@pytest.fixture
def umask() -> Iterator[None]:
    """Keep new files to their owner."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    """The file is UTF-8, with the line ends of the text, in a folder made for it."""
    path = tmp_path / "new" / "folder" / "report.csv"

    write(path, "a;é\r\nb\n")

    assert path.read_bytes() == "a;é\r\nb\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_older_report_is_replaced(tmp_path: Path) -> None:
    """A shorter report leaves nothing of a longer one."""
    path = tmp_path / "report.json"
    path.write_text("a long report", encoding="utf-8")

    write(path, "new")

    assert path.read_text(encoding="utf-8") == "new"


def full_disk(*_: object) -> None:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_half_a_character_does_not_stop_a_report(tmp_path: Path) -> None:
    """A lone surrogate, which no encoding has, becomes a question mark."""
    write(tmp_path / "report.json", "half an emoji: \ud83d")

    assert (tmp_path / "report.json").read_text(encoding="utf-8") == "half an emoji: ?"


def test_failed_write_leaves_the_older_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that cannot be written whole does not touch what is there."""
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full_disk)
        with pytest.raises(OSError, match="No space left") as caught:
            write(path, "new")

    assert caught.value.filename == str(path)

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_error_names_the_report_when_its_folder_is_a_file(tmp_path: Path) -> None:
    """The exception carries the path that was asked for, not that of a temporary file."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "report.json"

    with pytest.raises(OSError, match=r"report\.json") as caught:
        write(path, "text")

    assert caught.value.filename == str(path)
    assert caught.value.strerror


def test_error_names_the_report_when_it_is_a_folder(tmp_path: Path) -> None:
    """A folder is not replaced by a report, and nothing is left beside it."""
    path = tmp_path / "report.json"
    path.mkdir()

    with pytest.raises(OSError, match=r"report\.json") as caught:
        write(path, "text")

    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("umask")
def test_report_is_no_more_readable_than_the_user_wants(tmp_path: Path) -> None:
    """Findings are nobody else's business where the user's umask says so."""
    path = tmp_path / "report.json"

    write(path, "text")

    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("marker", [".git", None])
def test_file_is_named_from_the_root_of_its_repository(tmp_path: Path, marker: str | None) -> None:
    """A run in a folder of a repository names files as code scanning sees them."""
    folder = tmp_path / "ops" / "pagerduty"
    folder.mkdir(parents=True)
    if marker:
        (tmp_path / marker).mkdir()
    (folder / "pdsec.toml").write_text("", encoding="utf-8")

    found = repository_file(folder, "pdsec.toml", "README.md")
    assert found == ("ops/pagerduty/pdsec.toml" if marker else "pdsec.toml")


def test_file_outside_the_repository_is_not_taken(tmp_path: Path) -> None:
    """A file that the repository does not have is passed over for the next one."""
    (tmp_path / "pdsec.toml").write_text("", encoding="utf-8")
    folder = tmp_path / "repository"
    folder.mkdir()

    assert repository_file(folder, str(tmp_path / "pdsec.toml"), "README.md") == "README.md"
    assert repository_file(folder, "../pdsec.toml", "README.md") == "README.md"


def test_pieces_are_written_one_after_the_other(tmp_path: Path) -> None:
    """A large report comes in pieces, and is the same file as its text would be."""
    write(tmp_path / "report.json", iter(["a;é", "", "\r\nb\n"]))

    assert (tmp_path / "report.json").read_bytes() == "a;é\r\nb\n".encode()


def test_pieces_that_end_in_an_error_leave_no_report(tmp_path: Path) -> None:
    """Half a report is none: the older one stays, and no part of the new one beside it."""
    path = tmp_path / "report.json"
    path.write_text("whole", encoding="utf-8")

    def broken() -> Iterator[str]:
        yield "half"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write(path, broken())
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]
    assert path.read_text(encoding="utf-8") == "whole"


def test_private_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A recording is nobody else's business, whatever the user's umask says."""
    path = tmp_path / "tape.yaml"

    with whole(path, private=True) as file:
        file.write(b"secret")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"secret"
