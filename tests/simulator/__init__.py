"""A PagerDuty account on a loopback port, for tests and for trying things out."""

from tests.simulator.account import Account
from tests.simulator.auth import API_KEY, CLIENT_ID, CLIENT_SECRET, READ_ONLY_KEY, USER_KEY
from tests.simulator.faults import Fault
from tests.simulator.messages import Received
from tests.simulator.records import ABSENT, SUBDOMAIN, Record
from tests.simulator.server import run
from tests.simulator.state import Simulator

__all__ = [
    "ABSENT",
    "API_KEY",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "READ_ONLY_KEY",
    "SUBDOMAIN",
    "USER_KEY",
    "Account",
    "Fault",
    "Received",
    "Record",
    "Simulator",
    "run",
]
