"""An account that still names people who have left, and things that are gone."""

from __future__ import annotations

from datetime import datetime

from tests.simulator import builders
from tests.simulator.account import Account
from tests.simulator.records import ABSENT, Record, ago, iso
from tests.simulator.spans import DAY


def leavers(now: datetime) -> Account:
    """Return two people on call, and a third one who was deleted and stands everywhere.

    What the official document makes optional is left out: the end of a layer, the events of a
    rotation, the rotations of a schedule. One thing of each kind is gone since it was listed.
    """
    owner = builders.a_user("Olive Owner", "owner")
    ada = builders.a_user("Ada Quill")
    ben = builders.a_user("Ben Okoro", "limited_user", deleted_at=None)
    dora = builders.a_deleted_user(deleted_at=ago(now, 275))
    primary = builders.a_layer_schedule(
        "Primary",
        layers=[
            builders.a_layer([ada, dora, ben], turn_seconds=86400, end=ABSENT),
            builders.a_layer([dora], name="Last year", end=ago(now, 300)),
        ],
        overrides=[builders.an_override(dora, iso(now + 5 * DAY), iso(now + 6 * DAY))],
    )
    nights = builders.a_layer_schedule("Nights", [dora])
    shifts = builders.a_shift_schedule("Backup shifts", [ben, dora, None, ada])
    empty = schedules_without_shifts()
    closed = builders.a_shift_schedule("Closed shifts", [ada])
    selling_on_call = builders.a_policy("Selling", [primary, dora], [shifts], [owner])
    archive_on_call = builders.a_policy("Archive", [nights], [dora])
    shop = builders.a_service("Shop", selling_on_call)
    archive = builders.a_service("Archive", archive_on_call)
    selling, renting = (builders.a_business_service(name) for name in ("Selling", "Renting"))
    return Account(
        now,
        users=[owner, ada, ben],
        services=[shop, archive],
        escalation_policies=[
            selling_on_call,
            archive_on_call,
            builders.a_policy("Later", [*empty, closed], [ben]),
        ],
        schedules=[primary, nights],
        shift_schedules=[shifts, *empty, closed],
        business_services=[selling, renting],
        dependencies=[builders.a_dependency(shop, selling)],
        gone={archive["id"], renting["id"], closed["id"]},
    )


def schedules_without_shifts() -> list[Record]:
    """Return a shift-based schedule whose rotation has no events, and one without rotations."""
    without_events = builders.a_rotation(id="PIDLE", events=ABSENT)
    return [
        builders.a_shift_schedule("Idle shifts", rotations=[without_events]),
        builders.a_shift_schedule("Planned shifts", rotations=ABSENT),
    ]
