"""PD-36: do users sign in with addresses of the company?"""

from __future__ import annotations

from typing import Any

import pytest

from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from tests.controls.helpers import altered, only
from tests.simulator import accounts, run
from tests.simulator.builders import a_user
from tests.simulator.records import ABSENT
from tests.support import reading
from tests.support.calls import run_command
from tests.support.judged import NOW, a_snapshot, inspect, refused, verdicts
from tests.support.pseudonyms import redact_answers

COMPANY = ("acme.example", "*.acme.example")


def judged(email: Any, *domains: str, **fields: Any) -> str:
    """Return the verdict of a user with this address."""
    user = altered(a_user("Ada Quill", id="PADA", **fields), "email", email)
    return only(a_snapshot(users=[user]), "PD-36", email_domains=domains).status.value


@pytest.mark.parametrize(
    ("email", "domains", "expected"),
    [
        ("ada@acme.example", ("acme.example",), "pass"),
        ("ada@ACME.example", ("acme.example",), "pass"),
        ("ada@acme.example", ("ACME.Example",), "pass"),
        ("ada@acme.example", ("other.example", "acme.example"), "pass"),
        ("ada@mail.acme.example", ("acme.example",), "fail"),
        ("ada@mail.acme.example", ("*.acme.example",), "pass"),
        ("ada@a.b.acme.example", ("*.acme.example",), "pass"),
        ("ada@acme.example", ("*.acme.example",), "fail"),
        ("ada@notacme.example", ("*.acme.example", "acme.example"), "fail"),
        ("ada@gmail.com", COMPANY, "fail"),
        ("ada@acme.example.evil.example", COMPANY, "fail"),
        ('"a@acme.example"@gmail.com', COMPANY, "fail"),
        ("ada@münchen.example", ("xn--mnchen-3ya.example",), "pass"),
        ("ada@xn--mnchen-3ya.example", ("*.example",), "pass"),
        ("ada@mail.example.invalid", ("mail.example.invalid",), "pass"),
        ("ada@0123456789.example.invalid", ("0123456789.example.invalid",), "error"),
    ],
)
def test_domain_is_listed_or_not(email: str, domains: tuple[str, ...], expected: str) -> None:
    """Domains are exact, or ``*.`` for any depth below and not for itself; case is nothing."""
    assert judged(email, *domains) == expected


@pytest.mark.parametrize("email", [ABSENT, None, 5, "", "ada", "ada@", "@acme.example", "@"])
def test_missing_or_malformed_address_is_an_error(email: Any) -> None:
    """Nobody belongs to the company by an address that is not there."""
    assert judged(email, *COMPANY) == "error"


@pytest.mark.parametrize(
    "fields", [{"invitation_sent": True}, {"role": "read_only_user"}, {"role": "owner"}]
)
def test_pending_users_and_stakeholders_are_judged(fields: dict[str, Any]) -> None:
    """An invitation to a private address is the finding, whoever is invited."""
    assert judged("ada@gmail.com", *COMPANY, **fields) == "fail"
    assert judged("ada@acme.example", *COMPANY, **fields) == "pass"


def test_the_finding_names_the_domain_and_never_the_address() -> None:
    """What stands before the @ is in no message and no evidence."""
    user = a_user("Ada Quill", id="PADA", email="private.name@gmail.com")

    found = only(a_snapshot(users=[user]), "PD-36", email_domains=COMPANY)

    assert found.evidence == {"domain": "gmail.com"}
    assert "gmail.com" in found.message
    assert "private.name" not in repr(found)


def test_without_a_list_one_row_counts_users_by_domain() -> None:
    """The evidence of the one manual row can be copied into the configuration."""
    emails = ["a@acme.example", "b@ACME.example", "c@gmail.com"]
    users = [a_user(f"User {each}", id=f"P{each[0].upper()}", email=each) for each in emails]
    lost = altered(a_user("Lost", id="PLOST"), "email", None)

    found = only(a_snapshot(users=[*users, lost]), "PD-36")

    assert (found.resource.id, found.status.value) == ("account", "manual")
    assert found.evidence["users_by_domain"] == {"acme.example": 2, "gmail.com": 1, "unknown": 1}


def test_nothing_there_and_unreadable() -> None:
    """No user is nothing to judge, a refused list an error, with a list of domains and without."""
    for thresholds in ({}, {"email_domains": COMPANY}):
        given: dict[str, Any] = thresholds
        assert only(a_snapshot(), "PD-36", **given).status.value == "not_applicable"
        assert only(a_snapshot(users=refused()), "PD-36", **given).status.value == "error"


def test_recording_with_pseudonyms_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its domains are gone, so that it belongs to no company, and shows nothing to list."""
    with run(accounts.demo_compliant(NOW)) as simulator:
        redact_answers(monkeypatch)
        snapshot = reading.read(simulator, ("users",))

    found = inspect(snapshot, "PD-36", email_domains=("fernhill-demo.example", "*.example.invalid"))

    assert {each.status.value for each in found} == {"error"}
    assert len(found) == len(snapshot.records("users"))
    assert "pseudonyms" in found[0].message
    assert only(snapshot, "PD-36").status.value == "error"


def test_of_an_address_only_the_domain_is_kept() -> None:
    """What is read holds no local part, and gives the verdicts of the whole record."""
    with run(accounts.demo(NOW)) as simulator:
        kept = reading.read(simulator, ("users",))
        whole = reading.read(simulator, DATA_SETS, whole=True)

    assert {each["email"].partition("@")[0] for each in kept.records("users")} == {"hidden"}
    domains = ("fernhill-demo.example",)
    assert verdicts(kept, "PD-36", email_domains=domains) == verdicts(
        whole, "PD-36", email_domains=domains
    )


@pytest.mark.parametrize("text", ["ada@acme.example", "*", "a b", "https://acme.example", "*acme"])
def test_what_is_no_domain_is_refused(tmp_path: Any, text: str) -> None:
    """A pattern that could match nothing, or anything, is named with what is wanted."""
    (tmp_path / "pdsec.toml").write_text(f'[baseline]\nemail_domains = ["{text}"]\n')

    ran = run_command(tmp_path, "--replay=demo", "--controls=36")

    assert ran.code == 4
    assert "email_domains" in ran.err
