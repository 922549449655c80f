"""``VERIFY.md``: an auditor runs what it prints, with the programs of the machine."""

from __future__ import annotations

import hashlib
import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pdsec_checks import __version__
from pdsec_checks.evidence.signing import fingerprint_of, sign
from pdsec_checks.evidence.time_stamp import query_of
from pdsec_checks.evidence.verify_text import verify_text
from tests.support import calls
from tests.support.auditor import commands_in, run
from tests.support.authority import Authority
from tests.support.processes import ROOT, Ended
from tests.support.ssh_keys import IDENTITY, Keys, signer, signers

SEALED = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
FILES = {
    "recording.yaml.gz": b"\x1f\x8b recorded",
    "ledger.jsonl": b"{}\n",
    "statement.json": b"{}",
    "config.toml": b"[tool]\n",
    "reports/the report.json": b"{}",
    "reports/report.html": b"<p>",
}
REPORTS = [name for name in FILES if name.startswith("reports/")]


@pytest.fixture
def bundle(tmp_path: Path, keys: Keys, authority: Authority) -> Path:
    """The folder of an unpacked bundle, with its signers and its authority beside it."""
    folder = tmp_path / "e v"
    lines = []
    for name, content in sorted(FILES.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    sums = "".join(lines).encode()
    signature = sign(sums, keys.key())
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "SHA256SUMS.sig").write_bytes(signature)
    (folder / "SHA256SUMS.sig.tsr").write_bytes(authority.reply(query_of(signature)))
    (folder / "VERIFY.md").write_text(page(fingerprint_of(signature)), "utf-8")
    signers(tmp_path / "allowed_signers", signer(keys.key()))
    (tmp_path / "tsa-ca.crt").write_bytes(authority.root.read_bytes())
    return folder


def page(fingerprint: str = "SHA256:AAAA", *, stamped: bool = True) -> str:
    """Return the page of the bundle."""
    recording, configuration = "recording.yaml.gz", "config.toml"
    return verify_text(IDENTITY, fingerprint, SEALED, stamped, recording, REPORTS, configuration)


def audited(folder: Path, zone: str = "UTC") -> list[Ended]:
    """Run the commands of the page in the bundle."""
    return run(folder, commands_in((folder / "VERIFY.md").read_text("utf-8")), TZ=zone)


@pytest.mark.parametrize("zone", ["UTC", "WST-14", "XYZ12"])
def test_an_auditor_succeeds_with_what_the_page_prints(bundle: Path, zone: str) -> None:
    """Wherever the machine is, each command ends well and prints what the page says."""
    page = (bundle / "VERIFY.md").read_text("utf-8")
    sums, unlisted, signature, stamp, time = ended = audited(bundle, zone)

    assert [each.code for each in ended] == [0] * 5, [each.text for each in ended]
    assert sums.out.splitlines() == [f"{name}: OK" for name in sorted(FILES)]
    names = unlisted.out.split()
    assert names == ["SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.sig.tsr", "VERIFY.md"]
    assert f"must print {', '.join(f'`{name}`' for name in names[:3])} and `{names[3]}`," in page
    assert signature.out.replace("ED25519", "KEY-TYPE").strip() in page
    assert "Verification: OK" in stamp.text
    assert "Time stamp: " in time.out


def change_a_file(folder: Path, _keys: Keys) -> None:
    """Change a report."""
    (folder / "reports/report.html").write_bytes(b"<p>all is well")


def add_a_file(folder: Path, _keys: Keys) -> None:
    """Add a report."""
    (folder / "reports/better.html").write_bytes(b"<p>all is well")


def change_the_list(folder: Path, _keys: Keys) -> None:
    """Change a report, and its digest in the list."""
    change_a_file(folder, _keys)
    sums = folder / "SHA256SUMS"
    old, new = (hashlib.sha256(each).hexdigest() for each in (b"<p>", b"<p>all is well"))
    sums.write_text(sums.read_text("utf-8").replace(old, new), "utf-8")


def add_a_link(folder: Path, _keys: Keys) -> None:
    """Add a link to something outside."""
    (folder / "reports/link").symlink_to("/etc/hostname")


def sign_as_somebody_else(folder: Path, keys: Keys) -> None:
    """Sign with another key."""
    (folder / "SHA256SUMS.sig").write_bytes(
        sign((folder / "SHA256SUMS").read_bytes(), keys.key("other"))
    )


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        (change_a_file, {0}),
        (add_a_file, {1}),
        (change_the_list, {2}),
        (sign_as_somebody_else, {2, 3}),
    ],
)
def test_an_auditor_notices_a_forgery(
    bundle: Path, keys: Keys, change: Callable[[Path, Keys], None], noticed: set[int]
) -> None:
    """Exactly the commands fail, or print more, that are about what was forged."""
    before = audited(bundle)
    change(bundle, keys)
    after = audited(bundle)
    differ = {
        number
        for number, (old, new) in enumerate(zip(before, after, strict=True))
        if (old.code, old.out) != (new.code, new.out)
    }

    assert differ == noticed
    assert all(after[number].code for number in noticed - {1})


def test_the_page_has_nothing_of_a_stamp_without_one() -> None:
    """No command is printed that cannot work, and the page says that the date is a claim."""
    text = page(stamped=False)

    assert [each.split()[0] for each in commands_in(text)] == ["sha256sum", "find", "TZ=UTC0"]
    assert "openssl" not in text
    assert "tsr" not in text
    assert "signed on 2026-11-23 12:30:00 UTC is the word of the signer" in text
    assert "| No: this bundle has no time stamp (step 3). |" in text


@pytest.mark.parametrize("stamped", [True, False])
def test_the_page_is_whole(*, stamped: bool) -> None:
    """Nothing is left of the template, every file has its row, and every claim its verdict."""
    text = page(stamped=stamped)

    assert "$" not in text.replace('"$(cut', "")
    assert all(f"| `{name}` | " in text for name in FILES)
    assert text.index("```text\naudit@example.com namespaces=") < text.index("ssh-keygen -Y verify")
    claims = text[text.index("| claim |") :].strip().splitlines()[2:]
    assert len(claims) == 8
    assert all(claim.count("|") == 3 for claim in claims)
    assert "| The recording is what PagerDuty answered. | **No.**" in text


def test_the_page_is_the_same_for_the_same_bundle() -> None:
    """Neither the order of the reports nor the time zone of the date changes it."""
    zone = datetime.fromisoformat("2026-11-23T18:00:00+05:30").tzinfo
    reports = list(reversed(REPORTS))
    again = verify_text(
        IDENTITY,
        "SHA256:AAAA",
        SEALED.astimezone(zone),
        True,
        "recording.yaml.gz",
        reports,
        "config.toml",
    )

    assert again == page()
    assert SEALED + timedelta(0) == SEALED.astimezone(zone)


def test_names_are_quoted_in_the_commands() -> None:
    """A report with a space in its name is one word of the command that compares it."""
    install, replay, compare, _ = commands_in(page(), "shell")

    assert install == f"python3 -m pip install pagerduty-sec-inspector=={__version__}"
    assert replay.endswith("--isolated --config config.toml --format json --output ../again.json")
    assert compare == "pagerduty-sec-inspector diff 'reports/the report.json' ../again.json"


def test_what_is_not_in_a_bundle_is_not_on_the_page() -> None:
    """Without a configuration and a JSON report there is nothing to name and to compare."""
    text = verify_text(
        IDENTITY,
        "SHA256:AAAA",
        SEALED,
        False,
        "recording.yaml",
        ["reports/report.html"],
    )
    _, replay, whole = commands_in(text, "shell")

    assert replay.startswith("pagerduty-sec-inspector --replay recording.yaml --isolated --format")
    assert "config.toml" not in text
    assert whole.endswith("evidence verify BUNDLE.zip --allowed-signers ../allowed_signers")


def test_the_commands_that_judge_again_work(tmp_path: Path) -> None:
    """As printed: an inspection of the recording finds what the report of the bundle says."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    shutil.copy(ROOT / "cassettes" / "demo.yaml", folder / "recording.yaml")
    (folder / "config.toml").write_text('severity = "high"\n', "utf-8")
    given = ("--replay=recording.yaml", "--isolated", "--config=config.toml")
    calls.run_command(folder, *given, "--format=json", "--output=report.json")
    text = verify_text(
        IDENTITY,
        "SHA256:AAAA",
        SEALED,
        False,
        "recording.yaml",
        ["report.json"],
        "config.toml",
    )

    replay, compare = (
        calls.run_command(folder, *shlex.split(command)[1:])
        for command in commands_in(text, "shell")[1:3]
    )

    assert replay.code == 1, replay.text
    assert (tmp_path / "again.json").is_file()
    assert compare.code == 0, compare.text
    assert "nothing changed" in compare.out
