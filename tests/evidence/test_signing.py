"""Signatures by the real OpenSSH: good ones, and a sentence for each way not to be good."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import ssh_signature
from pdsec_checks.evidence.signing import check, fingerprint_of, sign
from pdsec_checks.evidence.ssh_signature import SignatureError
from tests.support.processes import ROOT, environment, finished, started
from tests.support.ssh_keys import (
    IDENTITY,
    Keys,
    agent,
    armored,
    fingerprint,
    openssh,
    public,
    signer,
    signers,
    string,
)
from tests.support.terminals import chunks

CONTENT = b"6f5902ac  recording.yaml.gz\n"
AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
KINDS = [("ed25519",), ("ecdsa", "-b", "256"), ("ecdsa", "-b", "521"), ("rsa", "-b", "2048")]
PASSPHRASE = "correct horse"


@pytest.fixture(scope="session")
def signature(keys: Keys) -> bytes:
    """The signature of CONTENT by the key ``id``."""
    return sign(CONTENT, keys.key())


@pytest.fixture
def known(keys: Keys, tmp_path: Path) -> Path:
    """A file of signers that knows the key ``id``."""
    return signers(tmp_path / "allowed signers", signer(keys.key()))


def problem(
    signature: bytes,
    signers: Path,
    content: bytes = CONTENT,
    identity: str = IDENTITY,
    at: datetime = AT,
    revoked: Path | None = None,
) -> str:
    """Return why a signature is refused."""
    with pytest.raises(SignatureError) as caught:
        check(content, signature, signers, identity, at, revoked)
    return str(caught.value)


def refusal(content: bytes, key: Path) -> str:
    """Return why nothing is signed."""
    with pytest.raises(UsageError) as caught:
        sign(content, key)
    return str(caught.value)


# What is good


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_a_signature_is_good_for_its_signer(
    keys: Keys, tmp_path: Path, kind: tuple[str, ...]
) -> None:
    """Whatever kind of key signed, the fingerprint is the one that OpenSSH prints for it."""
    key = keys.key("-".join(kind), *kind)
    made = sign(CONTENT, key)

    found = check(CONTENT, made, signers(tmp_path / "signers", signer(key)), IDENTITY, AT)

    assert found == fingerprint_of(made) == fingerprint(key)


def test_the_public_key_is_enough_where_an_agent_has_the_private_one(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the agent knows the private key."""
    alone = tmp_path / "public only.pub"
    alone.write_text(public(keys.key()), encoding="utf-8")
    with agent(keys.key()) as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        made = sign(CONTENT, alone)

    assert fingerprint_of(made) == fingerprint(keys.key())


def test_an_agent_spares_the_passphrase(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key with a passphrase that the agent holds is asked of the agent."""
    locked = keys.key("locked", passphrase=PASSPHRASE)
    ask = tmp_path / "ask"
    ask.write_text(f"#!/bin/sh\necho {PASSPHRASE}\n", encoding="utf-8")
    ask.chmod(0o700)
    with agent() as socket:
        asked = {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
        openssh("ssh-add", "-q", str(locked), SSH_AUTH_SOCK=socket, **asked)
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        made = sign(CONTENT, locked)

    assert fingerprint_of(made) == fingerprint(locked)


def test_a_certificate_signs_for_the_name_in_it(keys: Keys, tmp_path: Path) -> None:
    """The auditor knows the authority alone; the fingerprint is that of the key in it."""
    made = sign(CONTENT, keys.certificate(keys.key().with_suffix(".pub")))
    known = signers(tmp_path / "signers", signer(keys.key("ca"), "*", "cert-authority"))

    assert check(CONTENT, made, known, IDENTITY, AT) == fingerprint(keys.key())


def test_any_content_can_be_signed(keys: Keys, known: Path) -> None:
    """Nothing, megabytes, and bytes that are no text."""
    for content in (b"", bytes(range(256)) * 20_000, b"\n\n-----BEGIN"):
        assert check(content, sign(content, keys.key()), known, IDENTITY, AT)


def test_names_are_no_words_of_a_shell(keys: Keys, tmp_path: Path) -> None:
    """Spaces, quotes, dollars and a dash at the beginning are letters of a file's name."""
    folder = tmp_path / "-n; touch 'x' $(y) & ü"
    folder.mkdir()
    key = folder / "-Y sign"
    key.write_bytes(keys.key().read_bytes())
    key.chmod(0o600)
    known = signers(folder / "*", signer(keys.key()))

    assert check(CONTENT, sign(CONTENT, key), known, IDENTITY, AT)
    assert sorted(each.name for each in folder.iterdir()) == ["*", "-Y sign"]


def test_a_name_that_begins_with_a_dash_is_a_name(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is named from its own folder."""
    monkeypatch.chdir(tmp_path)
    Path("-k").write_bytes(keys.key().read_bytes())
    Path("-k").chmod(0o600)
    signers(Path("-s"), signer(keys.key()))

    assert check(CONTENT, sign(CONTENT, Path("-k")), Path("-s"), IDENTITY, AT)


def test_no_program_gets_the_credentials_of_the_account(
    keys: Keys, fake: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What asks for a passphrase, or stands in for OpenSSH, never learns the API key."""
    monkeypatch.setenv("PAGERDUTY_API_KEY", "secret")
    monkeypatch.setenv("PAGERDUTY_CLIENT_SECRET", "secret")
    fake("ssh-keygen", f"env > '{tmp_path}/env'; exit 1")
    refusal(CONTENT, keys.key())

    told = (tmp_path / "env").read_text("utf-8")
    assert "PATH=" in told
    assert "secret" not in told


# What is not


def test_changed_content_is_named(signature: bytes, known: Path) -> None:
    """One letter more, and it is another content."""
    assert problem(signature, known, CONTENT + b" ").startswith(
        "the signature is not one of this content: it was changed after it was signed"
    )


def test_another_key_is_named(keys: Keys, signature: bytes, tmp_path: Path) -> None:
    """A signer with the right name and another key did not sign."""
    known = signers(tmp_path / "signers", signer(keys.key("other")))

    assert problem(signature, known) == (
        f"no line of {known} knows the key {fingerprint(keys.key())}: somebody else signed than "
        "audit@example.com, or the list is out of date"
    )


def test_another_identity_is_named(keys: Keys, signature: bytes, known: Path) -> None:
    """A known key is not another person's."""
    assert problem(signature, known, identity="ceo@example.com") == (
        f"the key {fingerprint(keys.key())} belongs to audit@example.com in {known}, not to "
        "ceo@example.com"
    )


def test_another_namespace_is_named(keys: Keys, known: Path, tmp_path: Path) -> None:
    """A signature of a commit, or of a file, is no evidence, though the key is right."""
    file = tmp_path / "content"
    file.write_bytes(CONTENT)
    openssh("ssh-keygen", "-q", "-Y", "sign", "-f", str(keys.key()), "-n", "git", str(file))

    assert problem(file.with_suffix(".sig").read_bytes(), known) == (
        "the signature is for 'git', not for 'pdsec-evidence': it was made for something else"
    )


def test_a_signer_for_other_things_is_named(keys: Keys, signature: bytes, tmp_path: Path) -> None:
    """A list may trust a key for commits alone."""
    known = signers(tmp_path / "signers", signer(keys.key(), options='namespaces="git"'))

    assert "sign other things, not 'pdsec-evidence'" in problem(signature, known)


@pytest.mark.parametrize("zone", ["UTC", "WST-14", "XYZ12"])
def test_dates_are_those_of_utc(
    keys: Keys, signature: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """The first and the last second of a key are the same wherever they are checked."""
    monkeypatch.setenv("TZ", zone)
    dates = 'valid-after="20260101",valid-before="20260201"'
    known = signers(tmp_path / "signers", signer(keys.key(), options=dates))
    first = datetime(2026, 1, 1, tzinfo=UTC)
    last = datetime(2026, 2, 1, tzinfo=UTC)

    for good in (first, last):
        assert check(CONTENT, signature, known, IDENTITY, good)
    assert problem(signature, known, at=first.replace(year=2025, month=12, day=31)).endswith(
        f"at 2025-12-31 00:00:00 UTC: {known} says valid-after 2026-01-01T00:00:00"
    )
    assert problem(signature, known, at=last.replace(second=1)).endswith(
        f"at 2026-02-01 00:00:01 UTC: {known} says valid-before 2026-02-01T00:00:00"
    )


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2025, 12, 31, tzinfo=UTC), "not yet valid at 2025-12-31 00:00:00 UTC"),
        (datetime(2026, 3, 1, tzinfo=UTC), "expired at 2026-03-01 00:00:00 UTC"),
    ],
)
def test_dates_of_a_certificate_count(keys: Keys, tmp_path: Path, at: datetime, said: str) -> None:
    """A certificate that lives for a month signs for that month."""
    month = keys.certificate(keys.key().with_suffix(".pub"), valid="20260101:20260201")
    made = sign(CONTENT, month)
    known = signers(tmp_path / "signers", signer(keys.key("ca"), "*", "cert-authority"))

    assert check(CONTENT, made, known, IDENTITY, AT)
    assert problem(made, known, at=at) == (
        f"the certificate of the key {fingerprint(keys.key())} was {said}"
    )


def test_a_certificate_is_nobody_elses(keys: Keys, tmp_path: Path) -> None:
    """The name in a certificate is who signed."""
    made = sign(CONTENT, keys.certificate(keys.key().with_suffix(".pub")))
    known = signers(tmp_path / "signers", signer(keys.key("ca"), "*", "cert-authority"))

    assert problem(made, known, identity="ceo@example.com").endswith(
        f"belongs to {IDENTITY} in {known}, not to ceo@example.com"
    )


@pytest.mark.parametrize("is_krl", [True, False], ids=["KRL", "public keys"])
def test_a_revoked_key_counts_no_more(
    keys: Keys, signature: bytes, known: Path, tmp_path: Path, *, is_krl: bool
) -> None:
    """Whichever way the list is written; a list of other keys changes nothing."""
    lists = []
    for name in ("id", "other"):
        file = tmp_path / f"revoked {name}"
        if is_krl:
            openssh("ssh-keygen", "-q", "-k", "-f", str(file), f"{keys.key(name)}.pub")
        else:
            file.write_text(public(keys.key(name)), encoding="utf-8")
        lists.append(file)

    assert problem(signature, known, revoked=lists[0]) == (
        f"the key {fingerprint(keys.key())} was revoked, so its signatures count no more"
    )
    assert check(CONTENT, signature, known, IDENTITY, AT, lists[1])


def test_a_broken_list_of_revoked_keys_is_no_verdict(
    signature: bytes, known: Path, tmp_path: Path
) -> None:
    """What cannot be read revokes nobody, and lets nobody through."""
    broken = tmp_path / "krl"
    broken.write_text("garbage\n", encoding="utf-8")

    with pytest.raises(UsageError, match="neither a KRL nor a list of public keys"):
        check(CONTENT, signature, known, IDENTITY, AT, broken)


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_date_that_cannot_be_is_refused(signature: bytes, known: Path, year: int) -> None:
    """A date is read from a bundle, so it may be anything."""
    assert "the date is made up" in problem(signature, known, at=AT.replace(year=year))


def test_a_list_of_nobody_vouches_for_nobody(signature: bytes, tmp_path: Path) -> None:
    """An empty list, and one that is none."""
    for text in ("", "\x00\xff garbage\n" * 10, "*\n", f"{IDENTITY} ssh-ed25519 AAAA\n"):
        known = signers(tmp_path / "signers", text)

        assert problem(signature, known).startswith(f"no line of {known} knows the key")


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "-audit",
        "a b",
        "a\nb",
        "*",
        "?@example.com",
        "!a",
        "a,b",
        '"a"',
        "a\x00",
        "ü",
        "a" * 256,
    ],
)
def test_an_identity_is_one_plain_word(signature: bytes, known: Path, identity: str) -> None:
    """A pattern would be everybody, and in a file of signers further words mean something else."""
    with pytest.raises(UsageError, match="write one word such as audit@") as caught:
        check(CONTENT, signature, known, identity, AT)
    assert str(caught.value).isprintable()


def test_files_that_cannot_be_read_are_named(signature: bytes, known: Path, tmp_path: Path) -> None:
    """A folder, a name that is nothing, and a name that is none."""
    for file, why in (
        (tmp_path, "this is a folder"),
        (tmp_path / "nothing", "there is no such file"),
        (Path("a\0b"), "there is no such file"),
    ):
        with pytest.raises(UsageError, match=f"{why}; name a file of allowed signers"):
            check(CONTENT, signature, file, IDENTITY, AT)
        with pytest.raises(UsageError, match=f"{why}; name a list of revoked keys"):
            check(CONTENT, signature, known, IDENTITY, AT, file)


# Signatures that are none


def test_every_signature_that_was_cut_is_refused(signature: bytes) -> None:
    """Wherever the text ends too early, it is no signature; a newline at its end may lack."""
    for length in range(len(signature) - 1):
        with pytest.raises(SignatureError, match="the signature is"):
            fingerprint_of(signature[:length])
    assert fingerprint_of(signature[:-1]) == fingerprint_of(signature)


def test_every_blob_that_was_cut_is_refused(signature: bytes) -> None:
    """Nor is it one where its armor is whole."""
    blob = base64.b64decode(b"".join(signature.splitlines()[1:-1]))
    for wrong in [*(blob[:length] for length in range(1, len(blob))), blob + b"x"]:
        with pytest.raises(SignatureError, match="the signature is damaged"):
            fingerprint_of(armored(wrong))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"", "not one by OpenSSH"),
        (b"a" * 100_000_000, "100000000 bytes, more than OpenSSH ever writes"),
        (b"-----BEGIN PGP SIGNATURE-----\n", "not one by OpenSSH"),
        (armored(b"OTHERS\0\0\0\x01"), "it does not begin as one"),
        (armored(b"SSHSIG\0\0\0\x02"), "its format has another version"),
        (armored(b"SSHSIG\0\0\0\x01\xff\xff\xff\xff"), "it ends too early"),
        (armored(b"SSHSIG\0\0\0\x01" + string(string(b"ssh-new")) + string(b"") * 4), "'ssh-new'"),
        (armored(b"SSHSIG").replace(b"U1NI", b"U1N="), "damaged"),
    ],
    ids=["empty", "huge", "another", "magic", "version", "length", "type", "base64"],
)
def test_what_is_no_signature_is_refused(known: Path, wrong: bytes, said: str) -> None:
    """Each for its reason, before any program sees it."""
    assert said in problem(wrong, known)


def test_two_signatures_are_none(signature: bytes, known: Path) -> None:
    """OpenSSH would look at the first, and somebody else at the second."""
    for wrong in (signature * 2, signature + b"and this", b"this and " + signature):
        assert "and nothing else" in problem(wrong, known)


def test_other_ends_of_lines_are_named(signature: bytes, known: Path) -> None:
    """OpenSSH refuses a signature that went through an editor of Windows, so an auditor's would."""
    assert "the ends of lines of Unix" in problem(signature.replace(b"\n", b"\r\n"), known)


@pytest.mark.parametrize("has_certificate", [False, True])
def test_the_fingerprint_of_a_fido_key_is_that_of_openssh(
    keys: Keys, *, has_certificate: bool
) -> None:
    """Of its public half, and of a certificate for it: signing with one wants the hardware."""
    file = keys.certificate(keys.fido()) if has_certificate else keys.fido()
    key = base64.b64decode(public(file).split()[1])
    parts = (key, b"pdsec-evidence", b"", b"sha512", b"")
    blob = b"SSHSIG\0\0\0\x01" + b"".join(string(each) for each in parts)

    assert ssh_signature.read(armored(blob)).fingerprint == fingerprint(file)


# Keys that do not sign


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nothing, a folder, and what is no key."""
    other = tmp_path / "notes.txt"
    other.write_text("no key", encoding="utf-8")
    other.chmod(0o600)

    assert refusal(b"", tmp_path / "nothing").endswith(
        "nothing: there is no such file; name a key such as ~/.ssh/id_ed25519"
    )
    assert "this is a folder" in refusal(b"", tmp_path)
    assert refusal(b"", other).startswith(f"{other}: this holds no key that OpenSSH can read")


def test_a_key_that_others_may_read_is_refused(keys: Keys, tmp_path: Path) -> None:
    """OpenSSH does not use it, and says how to close it."""
    key = tmp_path / "open"
    key.write_bytes(keys.key().read_bytes())
    key.chmod(0o644)

    assert refusal(b"", key).startswith(f"{key}: other users may read this key")


def test_a_key_that_no_agent_has_is_named(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an agent, with one that is gone, and with one that has other keys."""
    lonely = tmp_path / "lonely.pub"
    lonely.write_text(public(keys.key()), encoding="utf-8")
    why = f"{lonely}: the private key is neither beside this file nor in the agent: ssh-add it"

    assert refusal(b"", lonely).startswith(why)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    assert refusal(b"", lonely).startswith(why)
    with agent(keys.key("other")) as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        assert refusal(b"", lonely).startswith(why)


def test_an_agent_that_refuses_is_named(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that wants its use confirmed, where nobody can confirm it."""
    lonely = tmp_path / "lonely.pub"
    lonely.write_text(public(keys.key()), encoding="utf-8")
    with agent() as socket:
        openssh("ssh-add", "-q", "-c", str(keys.key()), SSH_AUTH_SOCK=socket)
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)

        assert "the agent refuses to sign with this key" in refusal(b"", lonely)


def test_without_openssh_there_is_no_signature(
    keys: Keys, signature: bytes, known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is one made nor checked; the text says what to install."""
    key = keys.key()
    monkeypatch.setenv("PATH", str(tmp_path))

    assert refusal(b"", key).startswith(
        "ssh-keygen is not installed on this machine: install OpenSSH 8.8 or later"
    )
    with pytest.raises(UsageError, match="ssh-keygen is not installed"):
        check(CONTENT, signature, known, IDENTITY, AT)


@pytest.mark.parametrize(
    "said", ["ssh-keygen: unknown option -- Y", "ssh-keygen: illegal option -- Y"]
)
def test_an_old_openssh_is_named(
    keys: Keys, signature: bytes, known: Path, fake: Callable[[str, str], None], said: str
) -> None:
    """OpenSSH before 8.1 signs no files, as it says on Linux and on macOS."""
    fake("ssh-keygen", f"echo '{said}' >&2; exit 1")

    assert "this OpenSSH is too old to sign a file" in refusal(b"", keys.key())
    with pytest.raises(UsageError, match="too old to check a signature as of its date"):
        check(CONTENT, signature, known, IDENTITY, AT)


def test_an_openssh_that_knows_no_dates_is_named(
    signature: bytes, known: Path, fake: Callable[[str, str], None]
) -> None:
    """OpenSSH before 8.8 checks no signature as of a date."""
    fake("ssh-keygen", """echo 'Invalid option "verify-time=20260115120000"' >&2; exit 255""")

    with pytest.raises(UsageError, match="too old to check a signature as of its date"):
        check(CONTENT, signature, known, IDENTITY, AT)


def test_what_openssh_says_otherwise_is_passed_on(
    keys: Keys, fake: Callable[[str, str], None]
) -> None:
    """A reason that nobody foresaw is repeated, on one line; silence is called so."""
    fake("ssh-keygen", "printf 'first\\nthe moon is \\033[31mfull\\n\\n' >&2; exit 3")
    assert refusal(b"", keys.key()).endswith(
        r"OpenSSH does not sign with this key: the moon is \x1b[31mfull"
    )

    fake("ssh-keygen", "exit 0")
    assert refusal(b"", keys.key()).endswith("it does not say why")


def test_a_program_that_says_good_of_another_key_is_not_believed(
    signature: bytes, known: Path, fake: Callable[[str, str], None]
) -> None:
    """The fingerprint that is printed is the one in the signature."""
    fake(
        "ssh-keygen", "echo 'Good \"pdsec-evidence\" signature for x with ED25519 key SHA256:AAAA'"
    )

    with pytest.raises(SignatureError):
        check(CONTENT, signature, known, IDENTITY, AT)


def test_a_request_to_touch_is_shown(
    keys: Keys, fake: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever must touch a FIDO key reads so; the rest of what OpenSSH prints is for us."""
    fake(
        "ssh-keygen",
        "printf 'Signing file content\\nConfirm user presence for key ED25519-SK\\n' >&2; exit 1",
    )
    refusal(b"", keys.key())

    assert capsys.readouterr().err == "Confirm user presence for key ED25519-SK\n"


# Passphrases, in sessions of their own

SIGNS = """
import fcntl, sys, termios
from pathlib import Path
from pdsec_checks.evidence.signing import sign
if sys.stdin.isatty():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
try:
    sys.stdout.write(sign(b"content", Path(sys.argv[1])).decode())
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def test_without_a_terminal_a_passphrase_is_a_refusal(keys: Keys, tmp_path: Path) -> None:
    """Nobody is asked, nothing waits, and what is to be signed is not taken for it."""
    key = keys.key("locked", passphrase=PASSPHRASE)
    command = [sys.executable, "-c", SIGNS, str(key)]
    with started(ROOT, command, environment(), start_new_session=True, stdin=-1) as process:
        ended = finished(process, tmp_path, f"{PASSPHRASE}\n")

    assert ended.code == 1
    assert ended.err.startswith(
        f"UsageError: {key}: the key has a passphrase, and there is no terminal to ask for it: "
        "add the key to an agent"
    )


@pytest.fixture
def typed(keys: Keys) -> Iterator[Callable[[str], tuple[str, str, str]]]:
    """Sign with the locked key in a terminal, type something when asked; return all texts."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a matter of Unix")
    ours, theirs = pty.openpty()
    key = keys.key("locked", passphrase=PASSPHRASE)

    def sign_and_type(text: str) -> tuple[str, str, str]:
        command = [sys.executable, "-c", SIGNS, str(key)]
        env = environment(None, DISPLAY=":0")  # a desktop, where no program asks
        with started(ROOT, command, env, stdin=theirs, start_new_session=True) as process:
            os.close(theirs)
            shown, asked = b"", False
            for chunk in chunks(ours):
                shown += chunk
                if not asked and b"passphrase" in shown:
                    asked = bool(os.write(ours, text.encode()))
            ended = finished(process, Path())
        return ended.out, ended.err, shown.decode()

    yield sign_and_type
    os.close(ours)


def test_a_passphrase_is_asked_for_on_the_terminal(
    keys: Keys, typed: Callable[[str], tuple[str, str, str]]
) -> None:
    """Also on a desktop; it is not shown, and the key signs."""
    out, err, shown = typed(f"{PASSPHRASE}\n")

    assert err == ""
    assert "Enter passphrase" in shown
    assert PASSPHRASE not in shown
    assert fingerprint_of(out.encode()) == fingerprint(keys.key("locked", passphrase=PASSPHRASE))


def test_a_wrong_passphrase_is_a_refusal(typed: Callable[[str], tuple[str, str, str]]) -> None:
    """The way out is to try again; the passphrase is repeated nowhere."""
    _, err, _ = typed("wrong guess\n")

    assert "the passphrase is wrong: try again, or add the key to an agent" in err
    assert "wrong guess" not in err


# The machine


def test_no_room_for_temporary_files_is_a_refusal(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text names the variable."""
    key = keys.key()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    assert refusal(b"", key) == (
        "no temporary folder can be made (No such file or directory): set TMPDIR to a folder with "
        "room"
    )


def test_a_file_of_somebody_else_is_named(
    signature: bytes, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, for whom nothing is closed."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="it cannot be read; name a file of allowed signers that"):
        check(CONTENT, signature, known, IDENTITY, AT)
