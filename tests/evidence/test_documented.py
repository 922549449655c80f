"""``docs/evidence.md``: what it prints for OpenSSH and OpenSSL works, as it stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.signing import check, sign
from pdsec_checks.evidence.ssh_signature import SignatureError
from tests.support import auditor
from tests.support.authority import NEW_KEY, openssl
from tests.support.processes import ROOT
from tests.support.ssh_keys import IDENTITY, agent, fingerprint

PAGE = (ROOT / "docs" / "evidence.md").read_text("utf-8")
RECIPE = re.compile(r"^<!-- (\w+) -->\n```sh\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
RECIPES = {found[1]: found[2] for found in RECIPE.finditer(PAGE)}
CONTENT = b"a list of digests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a key and a list of signers, made as the page says."""
    follow(tmp_path, "key", "signers")
    return tmp_path


def follow(folder: Path, *names: str) -> None:
    """Run recipes of the page."""
    for ended in auditor.run(folder, [RECIPES[name] for name in names]):
        assert ended.code == 0, ended.text


def test_every_recipe_is_tried() -> None:
    """A new one wants a test."""
    assert set(RECIPES) == {"key", "signers", "certificate", "revoked", "cms"}


def test_the_list_of_signers_knows_the_key(folder: Path) -> None:
    """From the day that it names on."""
    signature = sign(CONTENT, folder / "evidence_key")
    known = folder / "allowed_signers"
    first = datetime(2026, 1, 1, tzinfo=UTC)

    assert check(CONTENT, signature, known, IDENTITY, first) == fingerprint(
        folder / "evidence_key.pub"
    )
    with pytest.raises(SignatureError, match="valid-after 2026-01-01"):
        check(CONTENT, signature, known, IDENTITY, first.replace(year=2025))


def test_a_certificate_is_known_by_its_authority(folder: Path) -> None:
    """Today, since it is made for the days around."""
    follow(folder, "certificate")
    signature = sign(CONTENT, folder / "evidence_key-cert.pub")

    assert check(CONTENT, signature, folder / "certified_signers", IDENTITY, datetime.now(UTC))


def test_a_revoked_key_counts_no_more(folder: Path) -> None:
    """By the list that the page makes, and by the public key alone."""
    follow(folder, "revoked")
    signature = sign(CONTENT, folder / "evidence_key")
    for name in ("revoked.krl", "evidence_key.pub"):
        with pytest.raises(SignatureError, match="was revoked"):
            check(
                CONTENT,
                signature,
                folder / "allowed_signers",
                IDENTITY,
                datetime(2026, 6, 1, tzinfo=UTC),
                folder / name,
            )


def test_an_agent_takes_the_key_of_a_pipeline_from_a_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is never a file: ``ssh-add -`` reads it, and the public key names it."""
    key = (folder / "evidence_key").read_text("utf-8")
    (folder / "evidence_key").unlink()
    (command,) = re.findall(r"^ssh-add - .*$", PAGE, re.MULTILINE)
    with agent() as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        (ended,) = auditor.run(folder, [command], EVIDENCE_KEY=key.strip(), SSH_AUTH_SOCK=socket)
        assert ended.code == 0, ended.text
        assert sign(CONTENT, folder / "evidence_key.pub")
    monkeypatch.delenv("SSH_AUTH_SOCK")
    with pytest.raises(UsageError, match="neither beside this file nor in the agent"):
        sign(CONTENT, folder / "evidence_key.pub")


def test_a_company_signs_with_its_own_certificates(tmp_path: Path) -> None:
    """And notices a change."""
    (tmp_path / "SHA256SUMS").write_bytes(CONTENT)
    made = ("-keyout", str(tmp_path / "signer.key"), "-out", str(tmp_path / "signer.crt"))
    openssl("req", "-x509", *NEW_KEY, *made, "-subj", "/CN=Signer", "-days", "10")
    (tmp_path / "company-ca.crt").write_bytes((tmp_path / "signer.crt").read_bytes())
    follow(tmp_path, "cms")
    (tmp_path / "SHA256SUMS").write_bytes(b"another list")
    (ended,) = auditor.run(tmp_path, [RECIPES["cms"].splitlines()[1]])

    assert ended.code != 0
