"""Each trouble of the demo account is found by its own control, and by no other."""

from __future__ import annotations

import pytest

from pdsec_checks.model import Status
from tests.simulator import accounts, run
from tests.support import reading
from tests.support.judged import NOW


@pytest.mark.parametrize("control", sorted(accounts.TROUBLES))
def test_one_trouble_fails_one_control(control: str) -> None:
    """The compliant account with one trouble fails the control of that trouble alone."""
    with run(accounts.troubled(NOW, control)) as simulator:
        verdicts = reading.judge(reading.read(simulator))

    assert {name for (name, _, _), status in verdicts.items() if status is Status.FAIL} == {control}
    assert Status.ERROR not in verdicts.values()
