"""Each trouble of the demo account is found by its own control, and by no other.

What no control of the core set can see are two policies: PD-26 and PD-27 follow whom they call.
"""

from __future__ import annotations

import pytest

from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids
from pdsec_checks.model import Status
from tests.simulator import accounts, run
from tests.support import reading
from tests.support.judged import NOW, inspect

CORE = [each for each in shipped_ids() if each not in shipped_extended()]
RING = ("PD-26", "PD-27")


@pytest.mark.parametrize("control", reading.sampled(sorted(accounts.TROUBLES), 8))
def test_one_trouble_fails_one_control(control: str) -> None:
    """The compliant account with one trouble fails that control, and no other of the core set."""
    with run(accounts.troubled(NOW, control)) as simulator:
        verdicts = reading.judge(reading.read(simulator), sorted({*CORE, control}))

    assert {name for (name, _, _), status in verdicts.items() if status is Status.FAIL} == {control}
    assert Status.ERROR not in verdicts.values()


def who_rings(name: str) -> dict[str, set[str]]:
    """Return the services of an account that fail PD-26 and PD-27, or cannot be judged."""
    with run(accounts.NAMED[name](NOW)) as simulator:
        snapshot = reading.read(simulator)
    return {
        control: {
            found.resource.name
            for found in inspect(snapshot, control)
            if found.status in {Status.FAIL, Status.ERROR}
        }
        for control in RING
    }


def test_compliant_account_rings_at_every_moment() -> None:
    """No incident of the coming month rings nobody, or one person alone."""
    found = who_rings("demo_compliant")

    assert found == {"PD-26": set(), "PD-27": set()}


def test_demo_tells_what_no_other_control_sees() -> None:
    """A policy whose levels are all silent by day, and one person on both levels of another."""
    found = who_rings("demo")

    assert "Warehouse Picking" in found["PD-26"]
    assert "DNS and CDN" in found["PD-27"] - found["PD-26"]
