"""Report files: whole or not at all, and an error says which one."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pdsec_checks.output import (
    PRIVATE,
    deliver,
    destination,
    in_repository,
    may_follow,
    whole,
    write,
)


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
    """A run in a folder of a repository names files as code scanning sees them, there or not."""
    folder = tmp_path / "ops" / "pagerduty"
    folder.mkdir(parents=True)
    if marker:
        (tmp_path / marker).mkdir()

    found = in_repository(folder, Path("pdsec.toml"))
    assert found == ("ops/pagerduty/pdsec.toml" if marker else "pdsec.toml")
    assert in_repository(folder, folder / "pdsec.toml") == found


def test_file_outside_the_repository_is_a_name(tmp_path: Path) -> None:
    """No result points out of the repository, nor tells where on this machine a file is."""
    folder = tmp_path / "repository"
    folder.mkdir()

    assert in_repository(folder, tmp_path / "pdsec.toml") == "pdsec.toml"
    assert in_repository(folder, Path("../pdsec.toml")) == "pdsec.toml"


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

    with whole(path, mode=PRIVATE) as file:
        file.write(b"secret")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"secret"


def mode_of(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_report_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Reports name people: nobody else reads one, unless that was asked for."""
    deliver(str(tmp_path / "report.json"), "text")
    deliver(str(tmp_path / "shared.json"), "text", mode=0o644)

    assert mode_of(tmp_path / "report.json") == 0o600
    assert mode_of(tmp_path / "shared.json") == 0o644


@pytest.mark.parametrize("before", [0o600, 0o640, 0o664, 0o666])
def test_a_file_keeps_its_permissions(tmp_path: Path, before: int) -> None:
    """What replaces a file is readable for the same people; what was asked for wins."""
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(before)

    deliver(str(path), "new")
    assert (path.read_text("utf-8"), mode_of(path)) == ("new", before)
    deliver(str(path), "newer", mode=0o604)
    assert mode_of(path) == 0o604


def test_a_recording_is_private_whatever_it_replaces(tmp_path: Path) -> None:
    """Somebody opened the older file to all; the new one is for its owner again."""
    path = tmp_path / "tape.yaml"
    path.touch()
    path.chmod(0o666)
    with whole(path, mode=PRIVATE):
        pass

    assert mode_of(path) == 0o600


def test_an_unfinished_file_has_a_name_that_nobody_can_guess(tmp_path: Path) -> None:
    """Each has another one, long enough, made anew, and readable for its owner only."""
    path, seen = tmp_path / ("r" * 255), []
    for _ in range(2):
        with whole(path, mode=0o644) as file:
            file.write(b"half")
            (partial,) = set(tmp_path.iterdir()) - {path}
            seen.append((partial.name, mode_of(partial)))

    assert len({name for name, _ in seen}) == 2
    assert all(len(name) >= 32 and mode == 0o600 for name, mode in seen)
    assert mode_of(path) == 0o644


def test_an_unfinished_file_follows_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even whoever guessed the name, and laid a link there, gets nothing written through it."""
    monkeypatch.setattr(os, "urandom", bytes)
    (tmp_path / "precious").write_text("precious", encoding="utf-8")
    (tmp_path / f".pdsec-{bytes(16).hex()}").symlink_to(tmp_path / "precious")

    with pytest.raises(FileExistsError):
        write(tmp_path / "report.json", "text")
    assert (tmp_path / "precious").read_text("utf-8") == "precious"


def test_a_link_of_our_own_is_followed(tmp_path: Path) -> None:
    """A user whose newest report is a link keeps the link."""
    (tmp_path / "latest.json").symlink_to("today.json")
    write(tmp_path / "latest.json", "text")

    assert (tmp_path / "latest.json").is_symlink()
    assert (tmp_path / "today.json").read_text("utf-8") == "text"


@pytest.mark.parametrize(
    ("folder_mode", "folder_owner", "link_owner", "allowed"),
    [
        (0o1777, 0, 1000, True),  # one's own link in /tmp
        (0o1777, 0, 0, True),  # one of the folder's owner
        (0o1777, 0, 666, False),
        (0o1755, 0, 666, True),  # nobody else may make one here
        (0o0777, 0, 666, True),  # no protection of the system's either
    ],
)
def test_links_are_followed_as_the_system_follows_them(
    folder_mode: int, folder_owner: int, link_owner: int, *, allowed: bool
) -> None:
    """In a sticky folder for all, only a link of the user or of the folder's owner counts."""
    folder: Any = SimpleNamespace(st_mode=folder_mode, st_uid=folder_owner)
    link: Any = SimpleNamespace(st_uid=link_owner)

    assert may_follow(link, folder, 1000) is allowed


@pytest.mark.parametrize("name", ["report.json", "folder/report.json"])
def test_a_link_of_somebody_else_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A link on the way to a report that its user did not lay is refused, with its name."""
    (tmp_path / name.partition("/")[0]).symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr("pdsec_checks.output.may_follow", lambda *_: False)

    with pytest.raises(PermissionError, match=r"is a link of somebody else's"):
        destination(tmp_path / name)
    with pytest.raises(OSError, match=r"is a link of somebody else's"):
        write(tmp_path / name, "text")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["report.json", "out/report.json", "out/../report.json"])
def test_no_link_leads_a_report_out_of_an_untrusted_folder(tmp_path: Path, name: str) -> None:
    """A checkout that lays a link where a report will be gets nothing written behind it."""
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    checkout.mkdir()
    elsewhere.mkdir()
    (checkout / "out").symlink_to(elsewhere)
    (checkout / "report.json").symlink_to(elsewhere / "report.json")

    with pytest.raises(PermissionError, match="a link leads out of"):
        deliver(str(checkout / name), "text", untrusted=checkout)
    assert list(elsewhere.iterdir()) == []
    deliver(str(elsewhere / "report.json"), "text", untrusted=checkout)
    deliver(str(checkout / "new/report.json"), "text", untrusted=checkout)
    assert (elsewhere / "report.json").exists()
    assert (checkout / "new/report.json").exists()
