"""Named accounts: each is a function of the moment for which it is made up."""

from collections.abc import Callable
from datetime import datetime

from tests.simulator.account import Account
from tests.simulator.accounts.basic import empty, small
from tests.simulator.accounts.hostile import hostile
from tests.simulator.accounts.leavers import leavers
from tests.simulator.accounts.retailer import demo_compliant
from tests.simulator.accounts.secret import secrets
from tests.simulator.accounts.sizes import huge, large, sized
from tests.simulator.accounts.troubles import TROUBLES, demo, troubled

NAMED: dict[str, Callable[[datetime], Account]] = {
    "demo": demo,
    "demo_compliant": demo_compliant,
    "empty": empty,
    "hostile": hostile,
    "huge": huge,
    "large": large,
    "leavers": leavers,
    "secrets": secrets,
    "small": small,
}

__all__ = [
    "NAMED",
    "TROUBLES",
    "demo",
    "demo_compliant",
    "empty",
    "hostile",
    "huge",
    "large",
    "leavers",
    "secrets",
    "sized",
    "small",
    "troubled",
]
