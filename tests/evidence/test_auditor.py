"""An auditor without this tool: unpacks a sealed bundle, and does what its ``VERIFY.md`` says."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.auditor import commands_in, run
from tests.support.authority import Authority, serving
from tests.support.calls import run_command
from tests.support.processes import Ended
from tests.support.ssh_keys import IDENTITY, Keys, signer, signers

FORMATS = "json,html"
NEVER_LISTED = ["SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.sig.tsr"]
AT = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory, keys: Keys, authority: Authority) -> Path:
    """A bundle of the demo account, as the command seals it, with a time stamp."""
    folder = tmp_path_factory.mktemp("sealed")
    (folder / "pdsec.toml").write_text('severity = "high"\n', "utf-8")
    run_command(folder, "--replay=demo", f"--format={FORMATS}", "--output=reports")
    reports = [f"--report={each}" for each in sorted((folder / "reports").iterdir())]
    who = (f"--key={keys.key()}", f"--identity={IDENTITY}", f"--at={AT.isoformat()}")
    with serving(authority.reply) as served:
        ended = run_command(
            folder, "evidence", "seal", "--recording=demo", *reports, *who,
            f"--tsa={served.url}", "--output=evidence.zip",
        )  # fmt: skip
    assert ended.code == 0, ended.text
    return folder / "evidence.zip"


@pytest.fixture
def bundle(sealed: Path, tmp_path: Path, keys: Keys, authority: Authority) -> Path:
    """The folder into which an auditor unpacked it, beside what they have from elsewhere."""
    dates = f'valid-after="{AT:%Y%m%d}093015",valid-before="{AT:%Y%m%d}093016"'
    signers(tmp_path / "allowed_signers", signer(keys.key(), options=dates))
    shutil.copy(authority.root, tmp_path / "tsa-ca.crt")
    with zipfile.ZipFile(sealed) as archive:
        archive.extractall(tmp_path / "evidence")
    return tmp_path / "evidence"


def audited(folder: Path) -> list[Ended]:
    """Run the commands of the page in the bundle, in a time zone far from ours."""
    page = (folder / "VERIFY.md").read_text("utf-8")
    return run(folder, commands_in(page), TZ="WST-14")


def test_an_auditor_succeeds_with_what_the_bundle_says(bundle: Path) -> None:
    """The key counts for a second alone, so the command has exactly the moment of the signature."""
    sums, unlisted, signature, stamp, time = ended = audited(bundle)

    assert [each.code for each in ended] == [0] * 5, [each.text for each in ended]
    assert all(line.endswith(": OK") for line in sums.out.splitlines())
    assert unlisted.out.split() == NEVER_LISTED
    assert signature.out.startswith(f'Good "pdsec-evidence" signature for {IDENTITY} with ')
    assert "Verification: OK" in stamp.text
    assert "Time stamp: " in time.out


def test_the_page_names_every_file(bundle: Path) -> None:
    """What is unpacked is what the table lists."""
    page = (bundle / "VERIFY.md").read_text("utf-8")
    names = [f"{each.relative_to(bundle)}" for each in bundle.rglob("*") if each.is_file()]

    assert [name for name in names if f"| `{name}` | " not in page] == []


def edit_the_report(folder: Path) -> None:
    """Let a fail pass."""
    report = next((folder / "reports").glob("*.json"))
    report.write_text(report.read_text("utf-8").replace('"fail"', '"pass"'), "utf-8")


def add_a_report(folder: Path) -> None:
    """Add a report that nobody signed."""
    (folder / "reports" / "summary.html").write_text("all is well", "utf-8")


def remove_the_recording(folder: Path) -> None:
    """Leave out what the reports could be held against."""
    next(folder.glob("recording.*")).unlink()


def put_in_own_signers(folder: Path) -> None:
    """Bring the list of signers along, which the auditor must not use."""
    shutil.copy(folder.parent / "allowed_signers", folder)
    (folder.parent / "allowed_signers").write_text("", "utf-8")


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (edit_the_report, {0}),
        (add_a_report, {1}),
        (remove_the_recording, {0}),
        (put_in_own_signers, {1, 2}),
    ],
)
def test_an_auditor_notices(
    bundle: Path, change: Callable[[Path], None], noticed: set[int]
) -> None:
    """The commands whose result is another one are those about what was changed."""
    before = audited(bundle)
    change(bundle)
    after = audited(bundle)
    differ = {
        number
        for number, (old, new) in enumerate(zip(before, after, strict=True))
        if (old.code, old.out) != (new.code, new.out)
    }

    assert differ == noticed
