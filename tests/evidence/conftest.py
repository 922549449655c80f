"""What the tests of evidence share: keys, made once."""

from __future__ import annotations

import pytest

from tests.support.ssh_keys import Keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys that stay for all tests of a worker."""
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the agent and the settings of whoever runs the tests out of it."""
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "TZ"):
        monkeypatch.delenv(name, raising=False)
