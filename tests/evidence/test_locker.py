"""A locker takes the next bundle and no other one, and names everything that is wrong in it."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import locker
from pdsec_checks.evidence.bundle import Bundle, packed, read_bundle
from pdsec_checks.evidence.locker import LOCK, Chain, add, append, chain_of, last_of, name_of
from pdsec_checks.model import Status
from tests.support.lockers import (
    ACCOUNT,
    a_bundle,
    a_locker,
    bundle_files,
    check,
    day,
    sealed,
    write_bundle,
)

OTHER = sha256(b"another").hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a locker, which is not there yet."""
    return tmp_path / "locker"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Return a folder of bundles that are in no locker."""
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def names(chain: Chain) -> list[str]:
    """Return the names of the bundles that nothing is wrong with."""
    return [each.path.name for each in chain.links if not each.problems]


def files(folder: Path) -> list[str]:
    """Return what lies in a locker, but for its lock."""
    return sorted(each.name for each in folder.iterdir() if each.name != LOCK)


def test_bundles_are_added_in_their_order(folder: Path, inbox: Path) -> None:
    """The folder is made, each file is called by the moment of its account, and all is sound."""
    assert last_of(folder) is None
    first = a_bundle(inbox, 0, name="any.zip")
    second = a_bundle(inbox, 1, first)

    added = [add(folder, each.path) for each in (first, second)]

    assert [each.name for each in added] == [name_of(day(0)), name_of(day(1))]
    assert added[0].read_bytes() == first.path.read_bytes()
    assert added[0].stat().st_mode & 0o777 == 0o600
    chain = chain_of(folder)
    assert names(chain) == files(folder) == [name_of(day(0)), name_of(day(1))]
    assert chain.problems == []
    last = last_of(folder)
    assert last is not None
    assert last.sums_digest == second.sums_digest


def test_what_is_sealed_in_the_same_step_knows_its_predecessor(folder: Path) -> None:
    """Whoever seals gets the last bundle; what it gives back is checked."""
    asked: list[str | None] = []

    def seal(last: Bundle | None) -> Bundle:
        asked.append(last.sums_digest if last else None)
        report = sealed(day(len(asked)), [check(Status.PASS)])
        return Bundle(Path("new"), bundle_files(day(len(asked)), report, asked[-1]))

    first, _ = (append(folder, seal, "new") for _ in range(2))

    assert asked == [None, read_bundle(first).sums_digest]
    assert chain_of(folder).problems == []
    with pytest.raises(UsageError, match=r"new: it is about .* not later than the last bundle"):
        append(folder, lambda _: read_bundle(first), "new")


@pytest.mark.parametrize(
    ("number", "about", "said"),
    [
        (1, {"previous": None}, "it follows no bundle, and the last bundle of the locker is"),
        (1, {"previous": OTHER}, f"it follows SHA-256 {OTHER[:12]}…, and the last bundle"),
        (0, {}, "it is about 2026-11-02T06:00:00Z, which is not later than the last bundle"),
        (-1, {}, "which is not later than the last bundle"),
        (1, {"account": OTHER}, "it is about another account than evidence-2026-11-02T"),
    ],
)
def test_what_does_not_follow_is_refused(
    number: int, about: dict[str, Any], said: str, folder: Path, inbox: Path
) -> None:
    """Another predecessor, moment or account: one sentence, and the locker stays as it was."""
    (last,) = a_locker(folder, [0])
    before = files(folder)

    with pytest.raises(UsageError, match=said):
        add(folder, a_bundle(inbox, number, last, **about).path)

    assert files(folder) == before


def test_the_first_bundle_follows_none(folder: Path, inbox: Path) -> None:
    """An empty locker takes no bundle whose predecessor it lacks."""
    with pytest.raises(UsageError, match=r"the locker is empty; add that one first"):
        add(folder, a_bundle(inbox, 0, previous=OTHER).path)

    assert files(folder) == []


def test_a_damaged_bundle_is_not_added(folder: Path, inbox: Path) -> None:
    """What is no bundle, or not as it was sealed, never gets in."""
    found = bundle_files(day(0), sealed(day(0), [check(Status.FAIL)]))
    changed = packed(found | {"reports/report.json": sealed(day(0), [check(Status.PASS)])})
    for content, said in ((b"text", "not a bundle"), (changed, "was changed after")):
        (inbox / "bad.zip").write_bytes(content)
        with pytest.raises(UsageError, match=said):
            add(folder, inbox / "bad.zip")
    assert not folder.exists() or files(folder) == []


def test_nothing_follows_a_damaged_bundle(folder: Path, inbox: Path) -> None:
    """The last bundle must be whole, or nobody could tell what comes after it."""
    (last,) = a_locker(folder, [0])
    following = a_bundle(inbox, 1, last)
    last.path.write_bytes(b"no archive")

    with pytest.raises(UsageError, match=r"not a bundle.*nothing can follow it: put back a copy"):
        add(folder, following.path)


def test_nothing_is_ever_replaced(folder: Path, inbox: Path) -> None:
    """A file that has the name already stays, even if it is no file but a link to nowhere."""
    folder.mkdir()
    (folder / ".hidden").touch()
    taken = folder / name_of(day(0))
    bundle = a_bundle(inbox, 0)
    (first,) = a_locker(folder, [-1])
    taken.symlink_to(folder / "nowhere")

    with pytest.raises(UsageError, match="No such file"):
        add(folder, a_bundle(inbox, 0, first).path)
    taken.unlink()
    taken.mkdir()
    with pytest.raises(UsageError, match="there is such a file already"):
        add(folder, a_bundle(inbox, 0, first).path)

    assert bundle.path.exists()
    assert taken.is_dir()


def test_a_locker_that_nobody_can_write_to(folder: Path, inbox: Path) -> None:
    """A file in the place of the folder gets a sentence."""
    folder.write_text("here", "utf-8")

    with pytest.raises(UsageError, match="locker: File exists"):
        add(folder, a_bundle(inbox, 0).path)
    with pytest.raises(UsageError, match="there is no such folder"):
        chain_of(folder)


def test_somebody_else_who_appends_is_waited_for(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits in vain is told so, and nothing is added."""
    monkeypatch.setattr(locker, "PATIENCE", 0.01)
    folder.mkdir()
    bundle = a_bundle(inbox, 0)

    with (
        FileLock(folder / LOCK),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(UsageError, match="another process has been appending"),
    ):
        pool.submit(add, folder, bundle.path).result()

    assert files(folder) == []


def test_of_two_processes_one_appends(folder: Path, inbox: Path) -> None:
    """Two that want to follow the same bundle at once: the chain never forks."""
    (last,) = a_locker(folder, [0])
    paths = [a_bundle(inbox, number, last).path for number in (1, 2)]
    program = (
        "import sys; from pathlib import Path; from pdsec_checks.evidence.locker import add\n"
        "from pdsec_checks.errors import UsageError\n"
        "try: add(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except UsageError as error: sys.exit(str(error))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(folder), str(path)], stderr=-1)
        for path in paths
    ]
    ended = [(each.communicate()[1], each.returncode) for each in running]

    assert sorted(code for _, code in ended) == [0, 1], ended
    chain = chain_of(folder)
    assert len(chain.links) == 2
    assert chain.problems == []


# What is wrong with a locker


def test_a_missing_bundle_breaks_the_chain(folder: Path) -> None:
    """The bundle after it is named, and the others stay sound."""
    bundles = list(a_locker(folder, range(4)))
    bundles[1].path.unlink()

    chain = chain_of(folder)

    brief = f"SHA-256 {bundles[1].sums_digest[:12]}…"
    assert chain.problems == [f"{name_of(day(2))}: the bundle that it follows is missing ({brief})"]
    assert names(chain) == [name_of(day(0)), name_of(day(3))]


def test_a_locker_without_its_beginning_says_so(folder: Path) -> None:
    """The first bundle of all follows none; one that follows another is not the first."""
    bundles = list(a_locker(folder, range(2)))
    bundles[0].path.unlink()

    (problem,) = chain_of(folder).problems
    assert problem.startswith(f"{name_of(day(1))}: the bundle that it follows is missing")


def test_two_bundles_that_follow_the_same_one_are_both_named(folder: Path) -> None:
    """Nobody can tell which of the two was put in place of the other."""
    first, _ = list(a_locker(folder, range(2)))
    third = a_bundle(folder, 2, first)
    a_bundle(folder, 3, third)

    chain = chain_of(folder)

    zero, one, two = (name_of(day(number)) for number in range(3))
    assert chain.problems == [
        f"{one}: it follows {zero}, as does {two}: one is not of this chain",
        f"{two}: it follows {zero}, as does {one}: one is not of this chain",
    ]
    assert names(chain) == [name_of(day(0)), name_of(day(3))]


def test_bundles_in_another_order_are_named(folder: Path) -> None:
    """One that follows a later one, and a second one that follows none."""
    folder.mkdir()
    later = a_bundle(folder, 5)
    a_bundle(folder, 2, later)
    a_bundle(folder, 7)

    two, five, seven = (name_of(day(number)) for number in (2, 5, 7))
    assert chain_of(folder).problems == [
        f"{two}: it follows {five}, which is not the bundle before it",
        f"{five}: it follows no bundle, as only the first one may, and not {two}",
        f"{seven}: it follows no bundle, as only the first one may, and not {five}",
    ]


def test_what_is_no_bundle_is_named(folder: Path) -> None:
    """Foreign files, damaged bundles and wrong names; hidden files and folders are not."""
    bundles = list(a_locker(folder, range(3)))
    (folder / "notes.txt").write_text("hello", "utf-8")
    (folder / ".DS_Store").touch()
    (folder / "reports").mkdir()
    content = bytearray(bundles[1].path.read_bytes())
    content[content.index(b"a recording")] ^= 1
    bundles[1].path.write_bytes(content)
    bundles[2].path.rename(folder / name_of(day(9)))

    notes, damaged, *others = chain_of(folder).problems

    assert notes == "notes.txt: no bundle of a locker has such a name; move it elsewhere"
    assert damaged.startswith(f"{name_of(day(1))}: not a bundle: no archive, or a damaged one")
    assert f"it is about the moment of {name_of(day(2))}, and has another name" in others[0]
    assert "the bundle that it follows is missing" in others[1]


def test_a_bundle_that_was_changed_with_its_archive_is_named(folder: Path) -> None:
    """An archive that is whole and whose sums do not agree is no bundle."""
    (bundle,) = a_locker(folder, [0])
    changed = {**bundle.files, "reports/report.json": sealed(day(0), [check(Status.PASS, "PS9")])}
    bundle.path.write_bytes(packed(changed))

    (problem,) = chain_of(folder).problems
    assert problem.startswith(
        f"{name_of(day(0))}: reports/report.json was changed after the bundle was sealed"
    )


def test_another_account_is_named(folder: Path) -> None:
    """By its name; where a report has only a pseudonym, by the ids in it."""
    (first,) = a_locker(folder, [0])
    second = a_bundle(folder, 1, first, account=OTHER)
    report = sealed(day(2), [check(Status.PASS, "PELSE")])
    third = write_bundle(
        folder / name_of(day(2)), bundle_files(day(2), report, second.sums_digest, account="")
    )
    a_bundle(folder, 3, third, account="")

    text = f"it is about another account than {name_of(day(0))}"
    assert chain_of(folder).problems == [
        f"{name_of(day(1))}: {text}",
        f"{name_of(day(2))}: {text}: no user, service, policy or schedule is in both",
    ]
    assert first.statement.predicate.account == ACCOUNT


def test_a_folder_that_cannot_be_read_is_no_empty_locker(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may not look into a folder does not know of its last bundle."""
    list(a_locker(folder, [0]))

    def refuse(_: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UsageError, match="locker: Permission denied"):
        last_of(folder)


def test_a_full_disk_leaves_the_locker_as_it_was(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle that could not be written whole is not there."""
    bundle = a_bundle(inbox, 0)

    def fail(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(locker, "write", fail)
    with pytest.raises(UsageError, match=r"cannot write .*: No space left on device"):
        add(folder, bundle.path)
    assert files(folder) == []
