"""PD-42: has somebody looked at every grant of a privileged role?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks import NAME
from pdsec_checks.analysis.audit_trail import AUDIT_WINDOW
from pdsec_checks.baseline import Baseline
from pdsec_checks.configuration.credentials import api_key
from pdsec_checks.finding import Finding
from pdsec_checks.model import Record
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.recordings.recording import shipped
from pdsec_checks.pagerduty.recordings.redaction import Redactor
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.pagerduty.take_snapshot import read_account
from pdsec_checks.resources import NO_OBJECT
from tests.controls.helpers import ADA, BEN, NO_RECORDS, OWNER, WRONG, altered, before, only
from tests.simulator import Account, Fault, Simulator, accounts, run
from tests.simulator.builders import a_contact_method, a_service, an_audit_record
from tests.simulator.records import ABSENT, reference
from tests.support import reading
from tests.support.calls import run_command
from tests.support.judged import NOW, a_snapshot, refused, verdicts
from tests.support.pseudonyms import redact_answers
from tests.support.tapes import plain_of, unsealed, write_plain

DEMO = ("--replay=demo", "--controls=42", "--output=inspection.json", "--quiet")
SHOP = a_service("Shop", id="PSHOP")
ROLE: Record = {"name": "role", "before_value": "user", "value": "admin"}


def change(*fields: Record, days: float = 5, root: Record = ADA, **more: Any) -> Record:
    """Return how fields of a user were changed."""
    given: dict[str, Any] = {"id": "PDGRANT", "actor": OWNER, **more}
    return an_audit_record(before(days), root=root, fields_changed=fields, **given)


def judged(*changes: Record) -> Finding:
    """Return the one finding of an account with these changes of users."""
    return only(a_snapshot(audit_users=list(changes)), "PD-42")


def found(*fields: Record, **more: Any) -> str:
    """Return the verdict about one change."""
    return judged(change(*fields, **more)).status.value


def test_a_grant_is_a_row_that_says_who_gave_what_to_whom_when_and_how() -> None:
    """The record is the resource; a person must show the decision."""
    finding = judged(change(ROLE))

    assert (finding.resource.type, finding.resource.id) == ("role_grant", "PDGRANT")
    assert (finding.resource.name, finding.status.value) == ("Ada Quill", "manual")
    assert finding.cause == "granted"
    assert finding.message == (
        "audit record of user 'Ada Quill' (PADA) gave the role admin in place of user on "
        "2026-11-18T09:00Z, by 'Olga Owner' (POWNER), method browser: show who decided that"
    )
    assert finding.evidence == {
        "review_days": 90,
        "role": "admin",
        "role_before": "user",
        "who": "'Olga Owner' (POWNER)",
        "whom": "'Ada Quill' (PADA)",
        "when": "2026-11-18T09:00Z",
        "method": "browser",
    }


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (ROLE, "manual"),
        (ROLE | {"value": "owner"}, "manual"),
        (ROLE | {"value": "Admin"}, "manual"),
        (ROLE | {"before_value": "owner"}, "manual"),
        (ROLE | {"before_value": None}, "manual"),
        ({"name": "role", "value": "admin"}, "manual"),
        (ROLE | {"name": "Role"}, "manual"),
        (ROLE | {"name": "base_role"}, "manual"),
        (ROLE | {"before_value": "ADMIN"}, "pass"),
        (ROLE | {"before_value": "admin", "value": "user"}, "pass"),
        (ROLE | {"value": "limited_user"}, "pass"),
        (ROLE | {"name": "team_role", "value": "manager"}, "pass"),
        (ROLE | {"name": "job_title"}, "pass"),
        (ROLE | {"name": "roles"}, "pass"),
    ],
)
def test_roles_count_by_field_and_value(field: Record, expected: str) -> None:
    """A field named role, or one that ends in it, became admin or owner, and was not before."""
    assert found(field) == expected
    assert found({"name": "name", "value": "Ada"}, field) == expected


@pytest.mark.parametrize("field", [ROLE | {"value": None}, ROLE | {"value": "emperor"}])
def test_a_role_that_is_not_shown_or_not_known_is_for_a_person(field: Record) -> None:
    """Nobody can tell whether it is a privileged one."""
    finding = judged(change(field))

    assert (finding.status.value, finding.cause) == ("manual", "not-shown")


@pytest.mark.parametrize("fields", [ABSENT, None, []])
def test_a_change_that_is_not_shown_is_for_a_person(fields: Any) -> None:
    """A record of a user without fields may have given anything."""
    finding = judged(altered(change(ROLE), "details.fields", fields))

    assert (finding.status.value, finding.cause) == ("manual", "not-shown")
    assert "does not show what changed on 2026-11-18" in finding.message
    assert (finding.evidence["role"], finding.evidence["whom"]) == (None, "'Ada Quill' (PADA)")


@pytest.mark.parametrize("details", [ABSENT, None])
def test_a_record_without_details_is_for_a_person(details: Any) -> None:
    """It names the user as what was changed, and nothing of the change."""
    finding = judged(altered(change(ROLE), "details", details))

    assert (finding.status.value, finding.resource.name) == ("manual", "Ada Quill")


def test_a_new_user_is_no_grant_where_the_role_is_shown() -> None:
    """Somebody may be made as an admin; a record that shows no role leaves it open."""
    name = {"name": "name", "value": "Ada"}

    assert found(name, {"name": "role", "value": "admin"}, action="create") == "manual"
    assert found(name, {"name": "role", "value": "user"}, action="create") == "pass"
    assert found(name, action="create") == "manual"
    assert found(name, {"name": "team_role", "value": "manager"}, action="create") == "manual"
    assert found(name, action="update") == "pass"


@pytest.mark.parametrize(("action", "expected"), [("delete", "pass"), ("upsert", "manual")])
def test_only_a_deletion_gives_nothing(action: str, expected: str) -> None:
    """Create and update count, and so does what PagerDuty does not document."""
    assert found(ROLE, action=action) == expected


def test_parts_of_a_user_and_other_resources_are_nobodys_role() -> None:
    """Contact methods, rules and teams may have a field of that name, or no fields at all."""
    method = reference(a_contact_method())
    rule = {"id": "PRULE", "type": "assignment_notification_rule_reference"}
    for part in (method, rule):
        assert judged(altered(change(ROLE), "details.resource", part)).status.value == "pass"
        bare = altered(change(), "details", {"resource": part, "fields": None})
        assert judged(bare).status.value == "pass"
    service = altered(change(root=SHOP), "details", None)
    assert judged(service).status.value == "pass"
    whole = altered(change(ROLE), "details.resource", ADA)
    assert judged(whole).status.value == "manual"


@pytest.mark.parametrize("actors", [None, [], ABSENT])
def test_whoever_did_it_may_be_unknown(actors: Any) -> None:
    """PagerDuty may leave out the actors; an identity provider is none."""
    record = altered(change(ROLE, method="identity_provider"), "actors", actors)

    assert "by somebody whom it does not name, method identity_provider" in judged(record).message


def test_no_grant_is_a_pass_of_the_account() -> None:
    """Nobody became an administrator, and the evidence says for how long that was looked at."""
    for changes in ([], [change({"name": "name", "value": "Ada"})]):
        finding = only(a_snapshot(audit_users=changes), "PD-42", audit_review_days=30)
        assert (finding.resource.id, finding.status.value) == ("account", "pass")
        assert finding.evidence == {"review_days": 30}


def test_each_record_is_a_row() -> None:
    """Two grants of one person are two decisions."""
    changes = [change(ROLE, id=f"PDR{number}", root=ADA) for number in range(2)]
    changes.append(change(ROLE, id="PDBEN", root=BEN))

    assert verdicts(a_snapshot(audit_users=changes), "PD-42") == dict.fromkeys(
        ("PDBEN", "PDR0", "PDR1"), "manual"
    )


def test_no_plan_is_a_fail_and_a_refusal_an_error() -> None:
    """A plan without an audit trail shows nobody who decided; a refused list shows nothing."""
    finding = only(a_snapshot(audit_users=refused(402)), "PD-42")
    assert (finding.resource.id, finding.status.value) == ("account", "fail")
    assert finding.cause == "no-plan"
    for status in (401, 403, 404, 500, None):
        assert only(a_snapshot(audit_users=refused(status)), "PD-42").status.value == "error"


@pytest.mark.parametrize(
    "path",
    [
        *("id", "action", "execution_time", "method", "method.type"),
        *("details.resource", "details.resource.type", "details.fields.0.name"),
    ],
)
@pytest.mark.parametrize("value", [ABSENT, None, WRONG])
def test_a_record_that_cannot_be_read_is_an_error(path: str, value: Any) -> None:
    """Whoever leaves out what the document guarantees proves nothing."""
    finding = judged(altered(change(ROLE), path, value))

    assert finding.status.value == "error"
    assert finding.resource.id == ("account" if path == "id" else "PDGRANT")


@pytest.mark.parametrize("value", [ABSENT, None, WRONG])
def test_a_record_without_details_needs_its_root(value: Any) -> None:
    """Nothing else says that it is about a user."""
    bare = altered(change(ROLE), "details", None)

    for path in ("root_resource", "root_resource.type"):
        assert judged(altered(bare, path, value)).status.value == "error"
    assert judged(altered(change(ROLE), "root_resource", value)).status.value == "manual"


@pytest.mark.parametrize("path", ["details.resource.type", "details.fields.0.name"])
def test_an_empty_text_says_nothing(path: str) -> None:
    """It is no other resource, and no other field."""
    assert judged(altered(change(ROLE), path, "")).status.value == "error"


@pytest.mark.parametrize("path", ["details", "details.fields", "actors"])
def test_a_part_of_another_type_is_an_error(path: str) -> None:
    """A null is allowed there, and nothing else."""
    assert judged(altered(change(ROLE), path, WRONG)).status.value == "error"


@pytest.mark.parametrize("entry", NO_RECORDS)
def test_a_broken_field_hides_no_grant_and_gives_no_pass(entry: Any) -> None:
    """What is certain stays so; what is left is not judged."""
    certain = altered(change(ROLE, {"name": "name"}), "details.fields.1", entry)
    open_to_doubt = altered(change({"name": "name"}, {"name": "x"}), "details.fields.1", entry)

    assert judged(certain).status.value == "manual"
    assert judged(open_to_doubt).status.value == "error"


@pytest.mark.parametrize("entry", NO_RECORDS)
def test_a_broken_record_is_an_error_beside_the_others(entry: Any) -> None:
    """It stands for the account, which then does not pass."""
    broken = entry if isinstance(entry, dict) else {NO_OBJECT: True}
    rows = verdicts(a_snapshot(audit_users=[broken, change(ROLE)]), "PD-42")

    assert rows == {"account": "error", "PDGRANT": "manual"}


# Reading


def a_shop(*changes: Record) -> Account:
    """Return a small account with these audit records."""
    account = accounts.small(NOW)
    account.audit_records = list(changes)
    return account


def read(simulator: Simulator, days: int = 90) -> Snapshot:
    """Read the changes of users that are reviewed."""
    client = Client(simulator.url, api_key(simulator.api_key))
    client.faults_allowed = 0
    baseline = Baseline(audit_review_days=days)
    return read_account(client, ["audit_users"], NOW, baseline)


@pytest.mark.parametrize(("days", "requests"), [(90, 3), (31, 1), (32, 2), (1, 1), (365, 12)])
def test_what_is_reviewed_is_asked_for_in_windows(days: int, requests: int) -> None:
    """Each asks for changes of users, and for no more than 31 days."""
    with run(a_shop()) as simulator:
        snapshot = read(simulator, days)
        asked = [each.parameters for each in simulator.requests]

    assert snapshot.data == {"audit_users": []}
    assert len(asked) == requests
    assert {tuple(each["root_resource_types[]"]) for each in asked} == {("users",)}
    assert {"actions[]", "method_type"}.isdisjoint(name for each in asked for name in each)
    starts = min(each["since"][0] for each in asked)
    assert starts == (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_changes_of_users_in_the_days_that_are_reviewed_are_read() -> None:
    """Older ones, and those of other resources, are not."""
    old, new = change(ROLE, days=91, id="PDOLD"), change(ROLE, days=89, id="PDNEW")
    with run(a_shop(old, new, change(ROLE, root=accounts.small(NOW).services[0]))) as simulator:
        snapshot = read(simulator)

    assert verdicts(snapshot, "PD-42") == {"PDNEW": "manual"}


def test_many_changes_are_read_page_by_page() -> None:
    """The grant on the second page of a window is found."""
    others = [change({"name": "name"}, id=f"PD{number}", days=2) for number in range(100)]
    with run(a_shop(*others, change(ROLE, days=3))) as simulator:
        snapshot = read(simulator)
        assert len(simulator.requests) == 4

    assert verdicts(snapshot, "PD-42") == {"PDGRANT": "manual"}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/audit/records", "status", status=403),
        Fault("/audit/records", "status", status=403, times=1, after=1),
        Fault("/audit/records", "invalid_json"),
    ],
)
def test_a_window_that_is_refused_leaves_nothing_judged(fault: Fault) -> None:
    """One of three is enough: the grant may lie in it."""
    with run(a_shop(change(ROLE)), faults=[fault]) as simulator:
        assert set(verdicts(read(simulator), "PD-42").values()) == {"error"}


def test_a_plan_without_audit_trail_fails_when_it_is_read() -> None:
    """PagerDuty answers 402 there."""
    with run(a_shop().without_abilities("audit_trail")) as simulator:
        assert verdicts(read(simulator), "PD-42") == {"account": "fail"}


def test_a_record_of_another_time_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ignores the window did not look at it."""
    record = change(days=AUDIT_WINDOW.days * 4)
    monkeypatch.setattr(Client, "get", lambda *_, **__: {"records": [record], "next_cursor": None})
    client = Client("http://localhost", api_key("u+any"))
    snapshot = read_account(client, ["audit_users"], NOW, Baseline())

    assert "and sent a record of" in str(snapshot.data["audit_users"])


def test_of_other_fields_only_the_names_are_kept() -> None:
    """Mail addresses and numbers stay on the way; roles and records that are broken do not."""
    mail = {"name": "email", "before_value": "a@old.example", "value": "a@new.example"}
    bare = altered(change(id="PDBARE"), "details.fields", None)
    with run(a_shop(change(mail, ROLE), bare)) as simulator:
        kept = read(simulator).records("audit_users")
        whole = reading.read(simulator, ["audit_users"], whole=True).records("audit_users")

    assert "example" not in str(kept)
    assert "a@old.example" in str(whole)
    (full,) = [each for each in kept if each["id"] == "PDGRANT"]
    assert full["details"]["fields"] == [{"name": "email"}, ROLE]


# Recordings


def grants_of_all_kinds() -> list[Record]:
    """Return changes that are grants, may be, are none, or cannot be read."""
    fields: list[Record] = [
        ROLE,
        ROLE | {"value": None},
        ROLE | {"value": "emperor"},
        ROLE | {"before_value": "Admin"},
        ROLE | {"name": "team_role", "value": "manager"},
        ROLE | {"name": "Ada's role_role"},
        {"name": "email", "value": "a@b.example"},
        {"value": "admin"},
        ROLE | {"value": 7},
    ]
    changes = [change(each, id=f"PDR{number}") for number, each in enumerate(fields)]
    spoiled: list[tuple[str, Any]] = [
        ("details.fields", []),
        ("details.fields", None),
        ("details.fields", ["x"]),
        ("details", None),
        ("details", "x"),
        ("details", {}),
    ]
    broken = [
        altered(change(id=f"PDX{number}"), path, value)
        for number, (path, value) in enumerate(spoiled)
    ]
    made = [change({"name": "name", "value": "Ada"}, id="PDMADE", action="create")]
    method = {"id": "PMETHOD", "type": "sms_contact_method_reference"}
    part = altered(change(ROLE, id="PDPART"), "details.resource", method)
    return [*changes, *broken, *made, part]


def test_pseudonyms_change_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of fields and roles survive; values of other fields do not."""
    with run(a_shop(*grants_of_all_kinds())) as simulator:
        plain = verdicts(read(simulator), "PD-42")
        redact_answers(monkeypatch)
        snapshot = read(simulator)

    assert verdicts(snapshot, "PD-42") == plain
    assert set(plain.values()) == {"manual", "error"}
    assert len(plain) == 13
    assert "Ada" not in str(snapshot.records("audit_users"))


def test_pseudonyms_stand_for_everything_private() -> None:
    """Of a changed field only its name and roles are left."""
    mail = {"name": "email", "before_value": "a@old.example", "value": "Quill", "description": "x"}
    body = Redactor(b"key").body(
        str(change(mail, ROLE)).replace("'", '"').replace("None", "null").encode()
    )

    assert b"old.example" not in body
    assert b"Quill" not in body
    assert b'"name": "role", "value": "admin", "before_value": "user"' in body


def test_demo_has_a_grant(tmp_path: Path) -> None:
    """The recording that ships with the package shows one, for people to look at."""
    (row,) = run_command(tmp_path, *DEMO).report["findings"]

    assert (row["status"], row["resource"]["name"]) == ("manual", "Ingrid Dahl")
    assert row["reach"] > 1


def test_an_attestation_vouches_for_a_grant(tmp_path: Path) -> None:
    """Whoever shows the decision turns the row into a pass."""
    (row,) = run_command(tmp_path, *DEMO).report["findings"]
    (tmp_path / "pdsec.toml").write_text(
        "[[attestations]]\n"
        f'control = "PD-42"\nresource = "{row["resource"]["id"]}"\n'
        'statement = "decided by the change board"\nwho = "head of operations"\n'
        "when = 2026-11-20\nuntil = 2027-03-31\n"
    )

    (vouched,) = run_command(tmp_path, *DEMO).report["findings"]

    assert (row["status"], vouched["status"]) == ("manual", "pass")


def test_a_recording_from_before_is_judged_as_far_as_it_goes(tmp_path: Path) -> None:
    """It does not say how many days were reviewed, and holds no changes of users."""
    old = unsealed(plain_of(shipped("demo")))
    del old["metadata"][NAME]["thresholds"]["audit_review_days"]
    for each in old["interactions"]:
        each["request"]["uri"] = each["request"]["uri"].replace("root_resource_types", "other")
    write_plain(tmp_path / "old.yaml", old)
    told = ("--replay=old.yaml", "--controls=2,42", "--output=inspection.json", "--quiet")

    rows = run_command(tmp_path, *told).report["findings"]

    assert [(each["control"], each["status"]) for each in rows] == [
        ("PD-02", "fail"),
        ("PD-42", "error"),
    ]
    assert "the recording does not hold this request" in rows[1]["message"]
