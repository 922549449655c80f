"""Makes sure that a verdict ``error`` is one that the package foresaw."""

from __future__ import annotations

import pytest

from pdsec_checks import errors


@pytest.fixture(autouse=True)
def no_unforeseen_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test in which a control ends with anything but a verdict or an InspectionError."""

    def complain(error: BaseException) -> str:
        raise RuntimeError("a control crashed") from error

    monkeypatch.setattr(errors, "where", complain)
