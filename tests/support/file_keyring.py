"""A keyring in a file, so that processes of a test share one. It keeps clear text."""

from __future__ import annotations

import json
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps entries in the JSON file that ``KEYRING_PROPERTY_PATH`` names."""

    priority = 5
    path = ""

    def _entries(self) -> dict[str, str]:
        file = Path(self.path)
        if not file.exists():
            return {}
        entries: dict[str, str] = json.loads(file.read_text("utf-8"))
        if entries.get("locked"):
            raise KeyringLocked("the user did not unlock it")
        return entries

    def get_password(self, service: str, username: str) -> str | None:
        return self._entries().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        entries = self._entries() | {f"{service} {username}": password}
        Path(self.path).write_text(json.dumps(entries), "utf-8")

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        if entries.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("there is none")
        Path(self.path).write_text(json.dumps(entries), "utf-8")
