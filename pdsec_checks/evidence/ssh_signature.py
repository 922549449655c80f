"""What an SSH signature says of itself: its namespace and its key; nothing is verified here.

Source: OpenSSH's PROTOCOL.sshsig (the armor and the blob), PROTOCOL.certkeys and PROTOCOL.u2f (the
keys), RFC 4251 section 5 (the encoding of strings).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from pdsec_checks.errors import InspectionError

LARGEST = 2**16
"""Bytes of a signature in its armor; RSA keys of 16,384 bits with a certificate make 15,000."""
ARMOR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?"
)
"""As OpenSSH itself reads it, which wants these ends of lines."""
MAGIC = b"SSHSIG"
VERSION = 1
LENGTH = 4
"""Bytes of a number, which the version is and the length of a string."""
CERTIFICATE = "-cert-v01@openssh.com"
FIELDS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ssh-dss": 4,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519": 2,
    "sk-ecdsa-sha2-nistp256": 3,
}
"""Type of key, without ``@openssh.com`` → how many strings its public key has."""


class SignatureError(InspectionError):
    """A signature does not prove what it should; the text says why."""


@dataclass(frozen=True)
class SshSignature:
    """What a signature says of itself."""

    namespace: str
    fingerprint: str
    """That of the public key, as ``ssh-keygen -l`` prints it; of a certificate, that of its key."""


def read(signature: bytes) -> SshSignature:
    """Read an armored signature.

    Raises:
        SignatureError: It is none, or not exactly one.
    """
    if len(signature) > LARGEST:
        raise SignatureError(
            f"the signature has {len(signature)} bytes, more than OpenSSH ever writes: it is none"
        )
    armored = ARMOR.fullmatch(signature)
    if not armored:
        raise SignatureError(
            "the signature is not one by OpenSSH: that is one block from 'BEGIN SSH SIGNATURE' to "
            "'END SSH SIGNATURE', with the ends of lines of Unix, and nothing else"
        )
    try:
        blob = Strings(base64.b64decode(b"".join(armored[1].split()), validate=True))
        return _parts(blob)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"the signature is damaged: {error}") from None


def _parts(blob: Strings) -> SshSignature:
    """Return what the blob of a signature holds; ValueError where it is none."""
    if blob.take(len(MAGIC)) != MAGIC:
        raise ValueError("it does not begin as one")
    if blob.number() != VERSION:
        raise ValueError("its format has another version")
    key, namespace, _reserved, _algorithm, _signature = (blob.string() for _ in range(5))
    blob.end()
    return SshSignature(namespace.decode(errors="backslashreplace"), _fingerprint(key))


def _fingerprint(key: bytes) -> str:
    """Return the fingerprint of a public key; ValueError where it is none."""
    digest = base64.b64encode(hashlib.sha256(_plain(key)).digest()).rstrip(b"=")
    return f"SHA256:{digest.decode()}"


def _plain(key: bytes) -> bytes:
    """Return a public key without the certificate around it; ValueError where it is none."""
    strings = Strings(key)
    kind = strings.string().decode("ascii", errors="backslashreplace")
    is_certificate = kind.endswith(CERTIFICATE)
    name = kind.removesuffix(CERTIFICATE).removesuffix("@openssh.com")
    if name not in FIELDS:
        raise ValueError(f"its key is of an unknown type {kind[:80]!r}")
    if is_certificate:
        strings.string()  # the nonce
        plain = f"{name}@openssh.com" if name.startswith("sk-") else name
        fields = [plain.encode(), *(strings.string() for _ in range(FIELDS[name]))]
        return b"".join(len(each).to_bytes(LENGTH, "big") + each for each in fields)
    for _ in range(FIELDS[name]):
        strings.string()
    strings.end()
    return key


class Strings:
    """Reads the encoding of SSH from its beginning; each method raises ValueError at its end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next *count* bytes."""
        taken = self._content[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("it ends too early")
        self._at += count
        return taken

    def number(self) -> int:
        """Return the next number."""
        return int.from_bytes(self.take(LENGTH), "big")

    def string(self) -> bytes:
        """Return the next string."""
        return self.take(self.number())

    def end(self) -> None:
        """Let nothing follow."""
        if self._at != len(self._content):
            raise ValueError("something follows its end")
