"""Signatures by OpenSSH: ``ssh-keygen -Y``, which anybody can check without this tool.

No key is read here. OpenSSH reads the file, asks the agent or the FIDO key, and asks on the
terminal for what it needs. Sources: ssh-keygen(1), sections "ALLOWED SIGNERS" and "-Y"; the release
notes of OpenSSH 8.1 (``-Y``) and 8.8 (``verify-time``). A time of ``verify-time``, ``valid-after``
and ``valid-before`` without a ``Z``, which only 9.1 and later know, is one of the time zone; here
that zone is UTC, so a file of signers means the same on every machine.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pdsec_checks import output
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence import ssh_signature
from pdsec_checks.evidence.programs import (
    Ended,
    check_is_file,
    environment,
    path_of,
    private_folder,
    run,
    said,
)
from pdsec_checks.evidence.ssh_signature import SignatureError
from pdsec_checks.resources.text import printable

NAMESPACE = "pdsec-evidence"
"""What our signatures are for; one made for anything else, such as a commit, is none of ours."""
IDENTITY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@:/=%~-]{0,254}", re.ASCII)
"""Who signs: one word without a pattern's ``*?!,``, since it also stands in a file of signers."""
TERMINAL = "/dev/tty"
TOUCH = "Confirm user presence"
"""How OpenSSH begins to ask for a touch of a FIDO key."""
TOO_OLD = re.compile(
    r"(unknown|illegal|invalid) option|unrecognized option|Unsupported operation", re.IGNORECASE
)
NO_OPENSSH = "install OpenSSH 8.8 or later (Debian: apt-get install openssh-client)"
LIMITS = re.compile(r"key (?:is not yet valid|has expired): .* valid-(after|before) (\S+)")
CERTIFICATE = re.compile(
    r"certificate not authorized: Certificate invalid: (expired|not yet valid)"
)
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
GOOD = re.compile(r"^Good .* key (SHA256:\S+)\s*$", re.MULTILINE)


def sign(content: bytes, key: Path) -> bytes:
    """Return the armored signature of *content*, as ``ssh-keygen -Y sign`` makes it.

    *key* is the file of a private key; or of a public key or a certificate, whose private key is
    beside it, in the agent, or in a FIDO key. A passphrase or a PIN is asked for on the terminal.

    Raises:
        UsageError: There is no signature; the text says why, and the way out.
    """
    program = path_of("ssh-keygen", NO_OPENSSH)
    if not os.path.exists(f"{key}.pub"):  # noqa: PTH110 - a public key is enough, with an agent
        check_is_file(key, "a key such as ~/.ssh/id_ed25519")
    with private_folder() as folder:
        file = folder / "content"
        file.write_bytes(content)
        command = [program, "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(file)]
        code, errors = _asking(command)
        made = file.with_suffix(".sig")
        if code or not made.is_file():
            raise UsageError(f"{key}: {_why_unsigned(errors)}")
        return made.read_bytes()


def _asking(command: list[str]) -> tuple[int, str]:
    """Run a program that may ask somebody; return its exit code and its messages.

    Its standard input is the terminal or nothing, never what is signed: OpenSSH would take the
    first line of that for the passphrase.
    """
    told: list[str] = []
    with (
        _terminal() as keyboard,
        subprocess.Popen(  # noqa: S603 - no shell, and the words are ours
            command,
            stdin=keyboard,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as process,
    ):
        for line in process.stderr or ():
            told.append(said(line))
            if told[-1].startswith(TOUCH):
                output.say(told[-1])
    return process.returncode, "".join(told)


@contextmanager
def _terminal() -> Iterator[int]:
    """Lend the terminal of this process, or nothing where it has none."""
    try:
        number = os.open(TERMINAL, os.O_RDWR)
    except OSError:
        yield subprocess.DEVNULL
        return
    try:
        yield number
    finally:
        os.close(number)


def _has_terminal() -> bool:
    with _terminal() as keyboard:
        return keyboard != subprocess.DEVNULL


def _why_unsigned(errors: str) -> str:
    """Return why ``ssh-keygen -Y sign`` made no signature, by what it printed, and the way out."""
    if "too open" in errors:
        return "other users may read this key, so OpenSSH does not use it: chmod 600 the file"
    if "incorrect passphrase" in errors and not _has_terminal():
        return (
            "the key has a passphrase, and there is no terminal to ask for it: add the key to an "
            "agent (ssh-add) and name the public key, or sign with a key made for this machine"
        )
    for pattern, why in UNSIGNED.items():
        if re.search(pattern, errors):
            return why
    return f"OpenSSH does not sign with this key: {_last_line(errors)}"


UNSIGNED = {
    TOO_OLD.pattern: "this OpenSSH is too old to sign a file: install 8.8 or later",
    "incorrect passphrase": "the passphrase is wrong: try again, or add the key to an agent",
    "agent refused|refused by agent": (
        "the agent refuses to sign with this key: it is locked, or nobody confirmed the use"
    ),
    "device not found": (
        "the FIDO key that holds this key is not here: plug it in, and touch it when it blinks"
    ),
    "No private key found|Couldn't load identity": (
        "the private key is neither beside this file nor in the agent: ssh-add it, and see with "
        "'ssh-add -l' that SSH_AUTH_SOCK leads to the agent"
    ),
    "Couldn't load public key|invalid format|error in libcrypto": (
        "this holds no key that OpenSSH can read: name a file that ssh-keygen made"
    ),
}
"""What OpenSSH prints → why there is no signature, and the way out."""


def _last_line(errors: str) -> str:
    lines = [line for line in errors.splitlines() if line.strip()]
    return printable(lines[-1].strip()) if lines else "it does not say why"


def fingerprint_of(signature: bytes) -> str:
    """Return ``SHA256:…`` of the key that a signature says it is by; nothing is verified.

    Raises:
        SignatureError: It is no signature by OpenSSH.
    """
    return ssh_signature.read(signature).fingerprint


def fingerprint_of_key(key: Path) -> str:
    """Return ``SHA256:…`` of a key before it signs, which no passphrase is needed for.

    *key* is the file of a private or a public key, as for ``sign``.

    Raises:
        UsageError: There is none, or it says nothing of itself before it is unlocked.
    """
    program = path_of("ssh-keygen", NO_OPENSSH)
    if not os.path.exists(f"{key}.pub"):  # noqa: PTH110 - a public key is enough, with an agent
        check_is_file(key, "a key such as ~/.ssh/id_ed25519")
    ended = run([program, "-l", "-E", "sha256", "-f", str(key)], b"")
    found = FINGERPRINT.search(ended.out)
    if ended.code or not found:
        raise UsageError(
            f"{printable(str(key))}: this holds no key that OpenSSH can read; name a file that "
            "ssh-keygen made, and keep its .pub beside it"
        )
    return found[0]


def checked_identity(identity: str) -> str:
    """Return an identity that a file of signers can name, and that is no pattern for others.

    Raises:
        UsageError: It is none.
    """
    if not IDENTITY.fullmatch(identity):
        raise UsageError(
            f"identity {printable(identity)!r}: write one word such as audit@example.com, of "
            "letters, digits and _ . + @ : / = % ~ -, that begins with a letter, a digit or _"
        )
    return identity


@dataclass(frozen=True)
class _Question:
    """What is asked of ``ssh-keygen`` about one signature."""

    program: str
    content: bytes
    signature: Path
    signers: Path
    identity: str
    at: str
    revoked: Path | None

    def about(self, operation: str, *options: str) -> Ended:
        """Return the answer to an operation of ``-Y``, in UTC."""
        command = [self.program, "-Y", operation, "-s", str(self.signature), *options]
        return run(command, self.content, TZ="UTC0")

    def verified(self) -> Ended:
        """Return whether identity, key, date and content fit together, whoever was revoked."""
        return self.about("verify", *self.names, *self.claims)

    def unrevoked(self, *options: str) -> Ended:
        """Return the same, and whether the key still counts."""
        listed = ("-r", str(self.revoked)) if self.revoked else ()
        return self.about("verify", *self.names, *self.claims, *listed, *options)

    def is_of_content(self) -> bool:
        """Tell whether the signature is one of the content, whoever signed it."""
        return self.about("check-novalidate", "-n", NAMESPACE).code == 0

    def principals(self) -> list[str]:
        """Return the identities or patterns that the file of signers has for the key."""
        return self.about("find-principals", *self.names).out.split()

    @property
    def names(self) -> list[str]:
        """The options that say whom the file of signers trusts at the time."""
        return ["-f", str(self.signers), f"-Overify-time={self.at}"]

    @property
    def claims(self) -> list[str]:
        """The options that say who should have signed, and for what."""
        return ["-I", self.identity, "-n", NAMESPACE]


def check(
    content: bytes,
    signature: bytes,
    signers: Path,
    identity: str,
    at: datetime,
    revoked: Path | None = None,
) -> str:
    """Return the fingerprint of the key that signed *content*, where all of it is in order.

    Args:
        content: What was signed.
        signature: The armored signature.
        signers: The file of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS").
        identity: Who must have signed.
        at: When the key must have been valid; it is aware of its time zone.
        revoked: The keys that count no more: a KRL, or public keys, one a line.

    Raises:
        SignatureError: Content, key, identity, namespace, date or signature are not in order.
        UsageError: OpenSSH or a file is not there, or *identity* is none.
    """
    read = ssh_signature.read(signature)
    if read.namespace != NAMESPACE:
        raise SignatureError(
            f"the signature is for {printable(read.namespace)!r}, not for {NAMESPACE!r}: it was "
            "made for something else"
        )
    checked_identity(identity)
    check_is_file(signers, "a file of allowed signers")
    if revoked:
        check_is_file(revoked, "a list of revoked keys")
    program = path_of("ssh-keygen", NO_OPENSSH)
    with private_folder() as folder:
        file = folder / "signature"
        file.write_bytes(signature)
        question = _Question(program, content, file, signers, identity, _time(at), revoked)
        ended = question.unrevoked()
        good = GOOD.search(ended.out)
        if ended.code or not good or good[1] != read.fingerprint:
            raise _error(question, ended.err, read.fingerprint, at)
    return read.fingerprint


def _time(at: datetime) -> str:
    """Return a moment as ``verify-time`` wants it, in UTC.

    Raises:
        SignatureError: OpenSSH, which is from 1999, cannot have signed then.
    """
    if not 1999 <= at.year < 9999:  # noqa: PLR2004 - said above; no zone leads out of these years
        raise SignatureError(f"nobody signed anything on {at:%Y-%m-%d}: the date is made up")
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}"


def _error(question: _Question, errors: str, key: str, at: datetime) -> Exception:
    """Return why OpenSSH does not call a signature good."""
    if TOO_OLD.search(errors):
        return UsageError(
            "this OpenSSH is too old to check a signature as of its date: install 8.8 or later"
        )
    if not question.is_of_content():
        return SignatureError(
            "the signature is not one of this content: it was changed after it was signed, or the "
            "signature belongs to another one"
        )
    if question.verified().code == 0:
        return _revoked(question, key)
    return SignatureError(_why_not(question, errors, key, at))


def _revoked(question: _Question, key: str) -> Exception:
    """Return that a key was revoked, or that the list of such keys is none."""
    if "check_revoked: invalid format" in question.unrevoked("-vvv").err:
        return UsageError(
            f"{question.revoked}: this is neither a KRL nor a list of public keys; "
            "make one with ssh-keygen -k -f FILE KEY.pub"
        )
    return SignatureError(f"the key {key} was revoked, so its signatures count no more")


def _why_not(question: _Question, errors: str, key: str, at: datetime) -> str:
    """Return why the file of signers does not vouch for a key: date, purpose, or person."""
    signers = question.signers
    moment = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if limit := LIMITS.search(errors):
        return (
            f"the key {key} did not count for {question.identity} at {moment}: {signers} says "
            f"valid-{limit[1]} {limit[2]}"
        )
    if limit := CERTIFICATE.search(errors):
        return f"the certificate of the key {key} was {limit[1]} at {moment}"
    if "not permitted for use in signature namespace" in errors:
        return (
            f"{signers} lets the key {key} of {question.identity} sign other things, not "
            f"{NAMESPACE!r}: see its namespaces="
        )
    others = printable(", ".join(question.principals()))
    if others:
        return f"the key {key} belongs to {others} in {signers}, not to {question.identity}"
    return (
        f"no line of {signers} knows the key {key}: somebody else signed than {question.identity}, "
        "or the list is out of date"
    )
