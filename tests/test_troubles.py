"""Each trouble of the demo account is found by its own control, and by no other."""

from __future__ import annotations

import pytest

from pdsec_checks.model import Status
from tests import account
from tests.harness import NOW
from tests.simulator import accounts, run


@pytest.mark.parametrize("control", sorted(accounts.TROUBLES))
def test_one_trouble_fails_one_control(control: str) -> None:
    """The compliant account with one trouble fails the control of that trouble alone."""
    with run(accounts.troubled(NOW, control)) as simulator:
        verdicts = account.judge(account.read(simulator))

    assert {name for (name, _, _), status in verdicts.items() if status is Status.FAIL} == {control}
    assert Status.ERROR not in verdicts.values()
