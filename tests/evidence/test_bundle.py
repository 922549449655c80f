"""Bundles: the same files give the same bytes, and everything else is refused."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.evidence import bundle
from pdsec_checks.evidence.bundle import BundleError, packed, read_bundle, sums_of

LISTED = {
    "recording.yaml": b"interactions: []\n",
    "reports/inspection.json": b"{}\n",
    "ledger.jsonl": b"",
    "statement.json": b"{}\n",
    "VERIFY.md": b"# Verify\n",
}
SIGNATURE = {"SHA256SUMS.sig": b"-----BEGIN SSH SIGNATURE-----\n"}
FILES = {**LISTED, **SIGNATURE, "SHA256SUMS": sums_of(LISTED)}


def written(folder: Path, content: bytes) -> Path:
    """Write what may be a bundle."""
    path = folder / "evidence.zip"
    path.write_bytes(content)
    return path


def refusal(folder: Path, content: bytes) -> str:
    """Return the sentence with which an archive is refused."""
    with pytest.raises(BundleError) as refused:
        read_bundle(written(folder, content))
    return str(refused.value)


def test_bundle_is_read_back_as_it_was_packed(tmp_path: Path) -> None:
    """Every file has the bytes that it had, and the sums are what a chain names it by."""
    found = read_bundle(written(tmp_path, packed(FILES)))

    assert found.files == FILES
    assert found.sums_digest == sha256(FILES["SHA256SUMS"]).hexdigest()
    assert found.recording == "recording.yaml"
    assert found.reports == ["reports/inspection.json"]


@given(st.permutations(sorted(FILES)))
def test_same_files_give_the_same_bytes(order: list[str]) -> None:
    """Whatever their order, and whenever that is."""
    assert packed({name: FILES[name] for name in order}) == packed(FILES)


def test_every_file_is_stored_as_of_1980_for_any_reader() -> None:
    """Nothing of the machine that packed it is in it."""
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as archive:
        entries = archive.infolist()

    assert [each.filename for each in entries] == sorted(FILES)
    for each in entries:
        assert each.date_time == (1980, 1, 1, 0, 0, 0)
        assert each.compress_type == zipfile.ZIP_STORED
        assert each.extra == each.comment == b""
        assert stat.S_IMODE(each.external_attr >> 16) == 0o644


def test_sums_are_those_of_sha256sum() -> None:
    """Two blanks between digest and name, sorted by name."""
    assert sums_of({"b": b"", "a": b"x"}).decode() == (
        f"{sha256(b'x').hexdigest()}  a\n{sha256(b'').hexdigest()}  b\n"
    )


Hostile = Callable[[zipfile.ZipFile], None]


def with_link(archive: zipfile.ZipFile) -> None:
    """Add a link to a file of the machine that unpacks."""
    entry = zipfile.ZipInfo("reports/passwords.json", bundle.MADE)
    entry.create_system = bundle.UNIX
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def with_name(name: str) -> Hostile:
    """Add a file of a name."""

    def add(archive: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("placeholder", bundle.MADE)
        entry.filename = name
        entry.external_attr = bundle.PERMISSIONS
        archive.writestr(entry, b"x")

    return add


def with_bomb(archive: zipfile.ZipFile) -> None:
    """Add a file of a few bytes that would be ten megabytes."""
    entry = zipfile.ZipInfo("reports/zeros.json", bundle.MADE)
    entry.external_attr = bundle.PERMISSIONS
    archive.writestr(entry, bytes(10_000_000), zipfile.ZIP_DEFLATED)


def with_many(archive: zipfile.ZipFile) -> None:
    """Add more files than any bundle has."""
    for number in range(bundle.MOST_FILES):
        with_name(f"reports/{number}.json")(archive)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (with_link, "reports/passwords.json is a link"),
        (with_name("../evil"), "'../evil', which is no file of a bundle"),
        (with_name("/etc/cron.d/evil"), "'/etc/cron.d/evil', which is no file of a bundle"),
        (with_name("reports/../../evil"), "'reports/../../evil', which is no file"),
        (with_name("reports\\..\\evil"), "which is no file of a bundle"),
        (with_name("reports/"), "'reports/', which is no file of a bundle"),
        (with_name("reports/.hidden"), "'reports/.hidden', which is no file of a bundle"),
        (with_name("statement.json"), "holds statement.json twice"),
        (with_bomb, "reports/zeros.json is compressed"),
        (with_many, "files, as no bundle does"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archive_that_would_harm_whoever_unpacks_it(
    tmp_path: Path, added: Hostile, said: str
) -> None:
    """Paths that lead out, links, bombs: each is refused by name, and nothing is unpacked."""
    content = io.BytesIO(packed(FILES))
    with zipfile.ZipFile(content, "a") as archive:
        added(archive)

    assert said in refusal(tmp_path, content.getvalue())
    assert [each.name for each in tmp_path.iterdir()] == ["evidence.zip"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"recording.yaml": b"edited"}, "recording.yaml was changed after the bundle was sealed"),
        ({"reports/more.json": b"{}"}, "reports/more.json is not among its sums"),
        ({"config.toml": b""}, "config.toml is not among its sums"),
        ({"reports/inspection.json": None}, "reports/inspection.json is missing; its sums list it"),
        ({"VERIFY.md": None}, "not a bundle: VERIFY.md is missing"),
        ({"SHA256SUMS.sig": None}, "not a bundle: SHA256SUMS.sig is missing"),
        ({"recording.yaml": None}, "it holds 0 recordings; wanted: one"),
        ({"recording.json": b""}, "it holds 2 recordings; wanted: one"),
        ({"SHA256SUMS": b"nonsense\n"}, "SHA256SUMS is no list of sums"),
        ({"SHA256SUMS": FILES["SHA256SUMS"] * 2}, "SHA256SUMS is not sorted, or names a file"),
        ({"SHA256SUMS": FILES["SHA256SUMS"].rstrip()}, "SHA256SUMS is not sorted"),
        ({"SHA256SUMS": FILES["SHA256SUMS"].replace(b"\n", b"\r\n")}, "SHA256SUMS is n"),
    ],
)
def test_files_are_those_that_the_sums_list(
    tmp_path: Path, changed: dict[str, bytes | None], said: str
) -> None:
    """An extra one, a missing one, a changed one: each is named."""
    files = {name: content for name, content in {**FILES, **changed}.items() if content is not None}

    assert said in refusal(tmp_path, packed(files))


def test_bytes_that_no_file_accounts_for(tmp_path: Path) -> None:
    """Something before, after, or between the files is as good as a file that nobody listed."""
    content = packed(FILES)
    with_comment = io.BytesIO(content)
    with zipfile.ZipFile(with_comment, "a") as archive:
        archive.comment = b"hidden"

    for hostile in (b"MZ" + content, content + b"\n", with_comment.getvalue()):
        assert "packed by another program" in refusal(tmp_path, hostile) or "no archive" in refusal(
            tmp_path, hostile
        )


@given(st.data())
def test_no_byte_can_be_changed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The signature's own bytes and those of the archive's directory excepted none."""
    content = bytearray(packed(FILES))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = written(tmp_path_factory.getbasetemp(), bytes(content))

    try:
        found = read_bundle(path)
    except BundleError:
        return
    changed = {name for name in FILES if found.files.get(name) != FILES[name]}
    assert changed == {"SHA256SUMS.sig"}, "OpenSSH says what became of the signature"


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"{}", bytes(100)])
def test_what_is_no_archive_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    """A sentence, and no traceback."""
    assert "not a bundle" in refusal(tmp_path, content)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """The error names it."""
    with pytest.raises(BundleError, match=r"gone\.zip: No such file"):
        read_bundle(tmp_path / "gone.zip")
