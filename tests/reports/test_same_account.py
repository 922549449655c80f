"""Which inspections are about one account: by name, by address, and by what lasts in it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.reports.same_account import Identity, check_account
from tests.support.judged import a_snapshot, refused

US, EU = "https://api.pagerduty.com", "https://api.eu.pagerduty.com"
GATEWAY = "https://gateway.acme.example"
OURS = {"service": frozenset({"PA", "PB"})}
THEIRS = {"service": frozenset({"PC"})}
USERS = {"user": frozenset({"PD"})}
SAME, RENAMED, OTHER = "the same", "renamed or another", "another"


def an_account(
    name: str | None = "acme",
    address: str = US,
    ids: Mapping[str, frozenset[str]] | None = None,
    *,
    whole: bool = True,
) -> Identity:
    """Return what is known of an account; without *ids* it has ours."""
    return Identity(address, name, OURS if ids is None else ids, is_whole=whole)


def verdict(earlier: Identity, now: Identity) -> str:
    """Return what two inspections are about, as a user would have to say it."""

    def is_accepted(*, renamed: bool) -> bool:
        try:
            check_account("--baseline", earlier, now, renamed=renamed, renamed_by="--renamed")
        except UsageError:
            return False
        return True

    if is_accepted(renamed=False):
        return SAME
    return RENAMED if is_accepted(renamed=True) else OTHER


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [
        (an_account(), an_account(), SAME),
        (an_account(), an_account(ids=THEIRS), SAME),
        (an_account(), an_account(None), SAME),
        (an_account(), an_account(None, GATEWAY), SAME),
        (an_account(), an_account("acme", GATEWAY), SAME),
        (an_account(), an_account("acme", GATEWAY, {}), RENAMED),
        (an_account(), an_account("umbrella"), RENAMED),
        (an_account(), an_account("umbrella", ids=USERS), RENAMED),
        (an_account(), an_account("umbrella", EU), RENAMED),
        (an_account(), an_account("umbrella", ids=THEIRS), OTHER),
        (an_account(), an_account("umbrella", ids=THEIRS, whole=False), RENAMED),
        (an_account(), an_account(None, ids=THEIRS), OTHER),
        (an_account(None), an_account(None, ids=THEIRS), OTHER),
        (an_account(None), an_account(None, ids=USERS), SAME),
        (an_account(None), an_account(None, EU, USERS), RENAMED),
    ],
)
def test_name_address_and_ids_decide_together(
    earlier: Identity, now: Identity, expected: str
) -> None:
    """One address and name, or resources of both under no other name, are the same account."""
    assert verdict(earlier, now) == expected
    assert verdict(now, earlier) == expected


ABOUT_ACME = f"--baseline: the report is about the account acme at {US}, and not about"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (
            an_account("umbrella"),
            (
                f"umbrella at {US}; where it is the same account, which got another name or "
                "address, say so with --renamed"
            ),
        ),
        (
            an_account(None, EU, THEIRS),
            (
                f"the one at {EU}: not one of its users, services, policies and schedules is "
                "there; name a report about this account"
            ),
        ),
    ],
)
def test_the_message_names_both_and_the_way_out(now: Identity, said: str) -> None:
    """Only what can be a renamed account is told how to say so."""
    with pytest.raises(UsageError) as raised:
        check_account("--baseline", an_account(), now, renamed=False, renamed_by="--renamed")

    assert str(raised.value) == f"{ABOUT_ACME} {said}"


def test_an_account_that_was_read_is_known_by_what_lasts() -> None:
    """Ids of what was refused are not known, and those of keys and webhooks change."""
    snapshot = a_snapshot(
        users=[{"id": "PU"}, {}], services=refused(), webhook_subscriptions=[{"id": "PW"}]
    )

    assert Identity.of_snapshot(snapshot).ids == {
        "user": frozenset({"PU"}),
        "escalation_policy": frozenset(),
        "schedule": frozenset(),
    }
