"""``VERIFY.md``: an auditor runs what it prints, with the programs of the machine."""

from __future__ import annotations

import hashlib
import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pdsec_checks import __version__
from pdsec_checks.evidence.signing import sign
from pdsec_checks.evidence.time_stamp import query_of
from pdsec_checks.evidence.verify_text import verify_text
from tests.support import calls
from tests.support.auditor import commands_in, run
from tests.support.authority import Authority
from tests.support.processes import ROOT, Ended
from tests.support.ssh_keys import IDENTITY, Keys, fingerprint, signer, signers

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
    files = FILES | {"VERIFY.md": page(fingerprint(keys.key())).encode()}
    for name, content in sorted(files.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    sums = "".join(lines).encode()
    signature = sign(sums, keys.key())
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "SHA256SUMS.sig").write_bytes(signature)
    (folder / "SHA256SUMS.sig.tsr").write_bytes(authority.reply(query_of(signature)))
    signers(tmp_path / "allowed_signers", signer(keys.key()))
    (tmp_path / "tsa-ca.crt").write_bytes(authority.root.read_bytes())
    return folder


def page(key: str = "SHA256:AAAA", *, stamped: bool = True) -> str:
    """Return the page of the bundle."""
    recording, configuration = "recording.yaml.gz", "config.toml"
    return verify_text(IDENTITY, key, SEALED, stamped, recording, REPORTS, configuration)


def audited(folder: Path, zone: str = "UTC") -> list[Ended]:
    """Run the commands of the page in the bundle."""
    return run(folder, commands_in((folder / "VERIFY.md").read_text("utf-8")), TZ=zone)


@pytest.mark.parametrize("zone", ["UTC", "WST-14", "XYZ12"])
def test_an_auditor_succeeds_with_what_the_page_prints(bundle: Path, zone: str) -> None:
    """Wherever the machine is, each command ends well and prints what the page says."""
    page = (bundle / "VERIFY.md").read_text("utf-8")
    sums, unlisted, signature, stamp, time = ended = audited(bundle, zone)

    assert [each.code for each in ended] == [0] * 5, [each.text for each in ended]
    assert sums.out.splitlines() == [f"{name}: OK" for name in sorted([*FILES, "VERIFY.md"])]
    names = unlisted.out.split()
    assert names == ["SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.sig.tsr"]
    assert f"must print `{names[0]}`, `{names[1]}` and `{names[2]}`, and nothing else." in page
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
    assert "must print `SHA256SUMS` and `SHA256SUMS.sig`, and nothing else." in text
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


def test_the_order_of_the_reports_is_no_matter() -> None:
    """The same files give the same page."""
    reports = list(reversed(REPORTS))
    again = verify_text(
        IDENTITY, "SHA256:AAAA", SEALED, True, "recording.yaml.gz", reports, "config.toml"
    )

    assert again == page()


def test_names_are_quoted_in_the_commands() -> None:
    """A file with a space in its name is one word; the version is the one that wrote the page."""
    recording, configuration = "my recording.yaml", "my config.toml"
    text = verify_text(IDENTITY, "SHA256:A", SEALED, False, recording, [], configuration)
    install, _, replay = commands_in(text, "shell")

    assert install == f"python3 -m pip install pagerduty-sec-inspector=={__version__}"
    assert shlex.split(replay)[2:] == [recording, "--isolated", "--config", configuration]


def test_what_is_not_in_a_bundle_is_not_on_the_page() -> None:
    """Without a configuration there is none to read with care."""
    text = verify_text(
        IDENTITY,
        "SHA256:AAAA",
        SEALED,
        False,
        "recording.yaml",
        ["reports/report.html"],
    )
    _, whole, replay = commands_in(text, "shell")

    assert replay == "pagerduty-sec-inspector --replay recording.yaml --isolated"
    assert "config.toml" not in text
    assert whole.endswith("evidence verify BUNDLE.zip --allowed-signers ../allowed_signers")


def test_the_recording_can_be_inspected_as_printed(tmp_path: Path) -> None:
    """The last command finds in the recording what the inspection found."""
    shutil.copy(ROOT / "cassettes" / "demo.yaml", tmp_path / "recording.yaml")
    (tmp_path / "config.toml").write_text('severity = "high"\n', "utf-8")
    (tmp_path / "pdsec.toml").write_text("this is not read", "utf-8")
    text = verify_text(IDENTITY, "SHA256:A", SEALED, False, "recording.yaml", [], "config.toml")
    ended = calls.run_command(tmp_path, *shlex.split(commands_in(text, "shell")[-1])[1:])

    assert ended.code == 1, ended.text
    assert "PD-05" in ended.out
