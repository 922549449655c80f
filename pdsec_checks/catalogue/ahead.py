"""What the package ships, read ahead: by whoever changes it, not anew by every run.

Reading the shipped controls and frameworks off their sources took every start 40 ms. So what they
say stands in ``read_ahead/*.json`` too, beside the digest of what was read. Where the sources are
others by now, that counts for nothing and they are read: such a start is slower, and never wrong.
``docs/generate.py`` writes the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
FOLDER = Path(__file__).parent / "read_ahead"


@dataclass(frozen=True)
class Ahead(Generic[T]):
    """What sources say, and which."""

    digest: str
    said: T


def file_of(name: str) -> Path:
    """Return where it stands what the sources called *name* say."""
    return FOLDER / f"{name}.json"


def known(name: str, sources: Iterable[Path], kind: type[T]) -> T | None:
    """Return what *sources* say; None where nobody read these ahead, or as another *kind*.

    Paths in it are those of the sources.
    """
    import msgspec  # only now: every run of pytest imports this module, and few read anything

    paths = {path.name: path for path in sources}
    try:
        found = Ahead[kind]  # type: ignore[valid-type]  # a type that is an argument
        data = file_of(name).read_bytes()
        ahead = msgspec.json.decode(data, type=found, dec_hook=lambda _, file: paths[file])
        return ahead.said if ahead.digest == digest(paths.values()) else None
    except (OSError, KeyError, msgspec.MsgspecError):
        return None


def written(sources: Iterable[Path], said: Any) -> str:
    """Return the file from which :func:`known` reads what *sources* say."""
    import msgspec  # the same

    plain = msgspec.json.encode(Ahead(digest(sources), said), enc_hook=lambda path: path.name)
    return msgspec.json.format(plain, indent=1).decode() + "\n"


def digest(sources: Iterable[Path]) -> str:
    """Return the SHA-256 of the names and the contents of *sources*.

    Raises:
        OSError: One cannot be read.
    """
    found = sha256()
    for path in sources:
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode() + content)
    return found.hexdigest()
