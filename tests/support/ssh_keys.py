"""Keys, certificates, agents and files of signers, made by OpenSSH itself.

FIDO keys want hardware to sign; of them only the public half is made here.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import environment, started, until
from tests.support.programs import required

IDENTITY = "audit@example.com"
FIDO = "sk-ssh-ed25519@openssh.com"


def openssh(*words: str, **variables: str) -> str:
    """Run a program of OpenSSH; return what it prints."""
    done = subprocess.run(
        [required(words[0]), *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment(None, **variables),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Keys:
    """Keys in a folder, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, name: str = "id", *kind: str, passphrase: str = "") -> Path:
        """Return the file of a private key; the public one is beside it."""
        path = self.folder / name
        if not path.exists():
            made = kind or ("ed25519",)
            openssh("ssh-keygen", "-q", "-N", passphrase, "-C", "", "-f", str(path), "-t", *made)
        return path

    def fido(self) -> Path:
        """Return the file of the public half of a FIDO key, for which there is no private one."""
        path = self.folder / "fido.pub"
        fields = [FIDO.encode(), bytes(range(32)), b"ssh:"]
        blob = b"".join(string(each) for each in fields)
        path.write_text(f"{FIDO} {base64.b64encode(blob).decode()}\n", encoding="utf-8")
        return path

    def certificate(self, public: Path, principal: str = IDENTITY, valid: str = "always") -> Path:
        """Return a certificate that the key ``ca`` signs for a public key; times are UTC."""
        name = f"{public.stem}-{principal}-{valid.replace(':', '-')}"
        copy = self.folder / f"{name}.pub"
        copy.write_bytes(public.read_bytes())
        private = public.with_suffix("")
        if private.exists():
            shutil.copy(private, copy.with_suffix(""))
        words = ["-q", "-s", str(self.key("ca")), "-I", "a person", "-n", principal]
        validity = "always:forever" if valid == "always" else valid
        openssh("ssh-keygen", *words, "-V", validity, str(copy), TZ="UTC")
        return self.folder / f"{name}-cert.pub"


def public(key: Path) -> str:
    """Return the public key as a line has it, without its comment."""
    path = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    return " ".join(path.read_text("utf-8").split()[:2])


def fingerprint(key: Path) -> str:
    """Return the fingerprint of a key, as OpenSSH prints it."""
    return openssh("ssh-keygen", "-lf", str(key)).split()[1]


def signers(file: Path, *lines: str) -> Path:
    """Write a file of allowed signers."""
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def signer(key: Path, identity: str = IDENTITY, options: str = "") -> str:
    """Return a line of such a file."""
    return " ".join(filter(None, (identity, options, public(key))))


def string(content: bytes) -> bytes:
    """Return a string as SSH encodes it."""
    return len(content).to_bytes(4, "big") + content


def armored(blob: bytes) -> bytes:
    """Return a signature in its armor."""
    text = base64.b64encode(blob).decode()
    lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n".encode()


@contextmanager
def agent(*keys: Path) -> Iterator[str]:
    """Run an agent that holds keys; yield its socket, for ``SSH_AUTH_SOCK``."""
    with tempfile.TemporaryDirectory(prefix="a") as folder:  # the name of a socket is short
        socket = os.path.join(folder, "s")  # noqa: PTH118 - it is text all the way
        command = [required("ssh-agent"), "-D", "-a", socket]
        with started(Path(folder), command, environment()):
            until(lambda: os.path.exists(socket))  # noqa: PTH110
            for key in keys:
                openssh("ssh-add", "-q", str(key), SSH_AUTH_SOCK=socket)
            yield socket
