"""``config suggest``: what the account has, as lists that an inspection reads back."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest

from pdsec_checks.baseline import Baseline
from pdsec_checks.commands import suggest
from pdsec_checks.commands.suggest import HIDDEN, LISTS, Suggestion
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.pagerduty.snapshot import Snapshot
from tests.commands.helpers import Command
from tests.simulator import Account, Fault, Simulator, accounts, run
from tests.simulator.builders import (
    a_user,
    a_webhook_subscription,
    an_extension,
    an_oauth_delegation,
)
from tests.support.calls import run_command
from tests.support.credentials import a_user as a_user_key
from tests.support.credentials import nobody, run_as
from tests.support.judged import NOW, a_snapshot, inspect, refused
from tests.support.processes import Ended

HOSTS, DOMAINS = LISTS[:2]
CONTROLS = f"--controls={','.join(each.control for each in LISTS)}"
ODD = (
    'quo"te.example',
    "back\\slash.example",
    "back\\u0041.example",
    "hash#.example",
    "apos'trophe.example",
    "xn--mnchen-3ya.example",
    "ⅷ.example",
    "日本.example",
    f"{'long.' * 60}example",
    "2001:db8::1",
    "192.0.2.7",
    "under_score.example",
    "unknown",
    "{}.example",
)
"""Hosts that are none of the usual kind, and can stand in a list."""
UNLISTABLE = (
    "*.evil.example",
    "del\x7f.example",
    "right\u202eto-left.example",
    "next\x85line.example",
    "0123456789.example.invalid",
)
"""Hosts that no list can hold, or that would mean more there than themselves."""


def an_inspection(snapshot: Snapshot, **thresholds: Any) -> Inspection:
    """Return an account that was read, and what is configured already."""
    return Inspection(snapshot, Baseline(**thresholds))


def baseline_in(*found: Suggestion) -> dict[str, Any]:
    """Return the thresholds that a fragment sets, as TOML has them."""
    return tomllib.loads("\n".join(suggest.fragment(found)))


def hooks(*hosts: str) -> list[dict[str, Any]]:
    """Return a webhook for each host."""
    return [
        a_webhook_subscription(url=f"https://{in_url(host)}/in", id=f"PHOOK{number}")
        for number, host in enumerate(hosts)
    ]


def in_url(host: str) -> str:
    """Return a host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def suggest_live(folder: Any, simulator: Simulator, *flags: str) -> Ended:
    """Ask a simulated account."""
    return run_command(folder, "config", "suggest", "--quiet", *flags, simulator=simulator)


def a_company(_: Any = NOW) -> Account:
    """Return an account with two domains, webhooks to three hosts, and two OAuth clients."""
    mails = ["secret.name@acme.example", "b@ACME.example", "'c@x'@mail.example"]
    users = [a_user(f"User {each}", id=f"PU{each}", email=mail) for each, mail in enumerate(mails)]
    chief = users[0] | {"role": "owner"}
    grants = [an_oauth_delegation(chief, client) for client in ("PCHAT", "PWIKI")]
    extension = an_extension(endpoint_url="https://tickets.acme.example:8443/in")
    subscriptions = hooks("hooks.acme.example", "hooks.acme.example", "siem.example")
    return Account(
        NOW,
        users=[chief, *users[1:]],
        extensions=[extension],
        webhook_subscriptions=subscriptions,
        oauth_delegations={chief["id"]: grants},
    )


def test_what_is_suggested_is_read_back_and_passes(tmp_path: Any) -> None:
    """The fragment is a whole configuration, with which its controls pass in that account."""
    with run(a_company()) as simulator:
        said = suggest_live(tmp_path, simulator)
        (tmp_path / "pdsec.toml").write_text(said.out, encoding="utf-8")
        ended = run_command(
            *(tmp_path, "--controls=34,36,44", "--output=inspection.json"), simulator=simulator
        )

    plain = tomllib.loads(said.out)
    assert (said.code, said.err) == (ExitCode.PASSED, "")
    assert list(plain) == ["baseline"]
    assert plain["baseline"] == {
        "webhook_hosts": ["hooks.acme.example", "siem.example", "tickets.acme.example"],
        "email_domains": ["acme.example", "mail.example"],
        "oauth_clients": ["PCHAT", "PWIKI"],
    }
    statuses = {(each["control"], each["status"]) for each in ended.report["findings"]}
    assert statuses == {(each.control, "pass") for each in LISTS}


def test_says_how_often_and_that_nobody_vouches_for_it(tmp_path: Any) -> None:
    """The most frequent comes first, and the comment above says what listing means."""
    with run(a_company()) as simulator:
        said = suggest_live(tmp_path, simulator)

    text = " ".join(said.out.replace("\n#", " ").split())
    assert '"hooks.acme.example", # 2 webhooks "siem.example", # 1 webhook' in text
    assert ". Whatever is listed passes, and nobody has said yet" in text
    assert '"acme.example", # 2 users' in text


def test_what_stands_before_the_domain_is_nowhere(tmp_path: Any) -> None:
    """Of a mail address only the domain is printed, also where an address is odd."""
    with run(a_company()) as simulator:
        said = suggest_live(tmp_path, simulator)

    assert "@" not in said.out
    assert "secret" not in said.out + said.err
    assert "c@x" not in said.out


def test_reads_what_its_controls_read_and_nothing_else(tmp_path: Any) -> None:
    """It asks for what the controls of its lists need, and is a GET each time."""
    ids = {each.control for each in LISTS}
    needed = {name for each in shipped_controls() if each.id in ids for name in each.needs}
    with run(a_company()) as simulator:
        said = suggest_live(tmp_path, simulator)
        asked = {each.path for each in simulator.requests} - {"/users/me"}

    known = [DATA_SETS[name].path.replace("{id}", "*") for name in closure(needed)]
    assert {each.method for each in simulator.requests} == {"GET"}
    assert {path for path in asked if not any(fnmatchcase(path, each) for each in known)} == set()
    assert {"/users", "/extensions", "/webhook_subscriptions"} <= asked
    assert simulator.api_key not in said.out + said.err


def test_what_a_limited_view_hides_is_noted(tmp_path: Any) -> None:
    """With the key of somebody who sees a part of the account, the lists say that it is a part."""
    with run(a_company()) as simulator:
        env = a_user_key(simulator, "user")
        said = run_as(env, tmp_path, "config", "suggest", "--quiet")

    text = " ".join(said.out.replace("\n#", " ").split())
    assert "NOTE: the credential belongs to a user (role user): what PD-34, PD-36" in text
    assert tomllib.loads(said.out)


@pytest.mark.parametrize("host", ODD)
def test_odd_host_is_valid_toml_and_passes(host: str) -> None:
    """Whatever characters a host has, the list that holds it is read back and means it."""
    snapshot = a_snapshot(webhook_subscriptions=hooks(host))

    found = suggest.suggested(HOSTS, an_inspection(snapshot))

    plain = baseline_in(found)
    thresholds = msgspec.to_builtins(msgspec.convert(plain, Baseline))
    assert found.gap == ""
    assert len(plain["webhook_hosts"]) == 1
    (judged,) = inspect(snapshot, "PD-34", webhook_hosts=thresholds["webhook_hosts"])
    assert judged.status.value == "pass"


@pytest.mark.parametrize("host", UNLISTABLE)
def test_host_that_no_list_can_hold_is_counted(host: str) -> None:
    """It is never written, neither as an entry nor in a comment; that it is missing is said."""
    snapshot = a_snapshot(webhook_subscriptions=hooks(host, "siem.example"))

    found = suggest.suggested(HOSTS, an_inspection(snapshot))

    assert baseline_in(found) == {"webhook_hosts": ["siem.example"]}
    assert found.gap.startswith("1 webhook has none that could be listed: PD-34 ")
    assert host not in "\n".join(suggest.fragment([found]))


@pytest.mark.parametrize("email", [None, "ada", "ada@", "@", 'x@a b"c', "x@a:b", "x@*.example"])
def test_user_without_a_domain_to_list_is_counted(email: Any) -> None:
    """A broken or missing address suggests nothing."""
    users = [{**a_user("Ada", id="PADA"), "email": email}, a_user("Ben", id="PBEN", email="b@b.b")]

    found = suggest.suggested(DOMAINS, an_inspection(a_snapshot(users=users)))

    assert baseline_in(found) == {"email_domains": ["b.b"]}
    assert found.gap.startswith("1 user has none that could be listed: PD-36 ")


def test_record_without_an_id_is_counted() -> None:
    """One that cannot be read at all has no name either."""
    found = suggest.suggested(DOMAINS, an_inspection(a_snapshot(users=[{"email": "a@b.c"}])))

    assert (found.names, found.gap.partition(":")[0]) == (
        {},
        "1 user has none that could be listed",
    )


def test_several_without_a_name_are_counted_together() -> None:
    """The sentence agrees with its number."""
    found = suggest.suggested(
        HOSTS, an_inspection(a_snapshot(webhook_subscriptions=hooks(*UNLISTABLE)))
    )

    assert found.gap.startswith(f"{len(UNLISTABLE)} webhooks have none that could be listed")


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("/users", {"email_domains", "oauth_clients"}),
        ("/extensions", {"webhook_hosts"}),
        ("/webhook_subscriptions", {"webhook_hosts"}),
    ],
)
def test_refused_list_is_said_and_the_others_are_there(
    tmp_path: Any, path: str, lost: set[str]
) -> None:
    """A list that PagerDuty refuses suggests nothing; the reason is in both places; exit code 6."""
    with run(a_company(), faults=[Fault(path, "status", status=403)]) as simulator:
        said = suggest_live(tmp_path, simulator)

    assert said.code == ExitCode.NOT_JUDGED
    assert tomllib.loads(said.out)["baseline"].keys() == {each.key for each in LISTS} - lost
    assert said.out.count("# INCOMPLETE: ") == len(lost)
    warnings = [each for each in said.err.splitlines() if each.startswith("WARNING: ")]
    assert {each.split(": ")[1] for each in warnings} == lost
    assert all("HTTP 403" in each and path in each for each in warnings)


def test_what_one_administrator_gave_access_to_may_be_missing(tmp_path: Any) -> None:
    """A refused look-up costs its own grants: the list says that it may be longer; exit code 6."""
    account = a_company()
    other = a_user("Zoe Chief", "admin", id="PZOE", email="zoe@acme.example")
    account.users.append(other)
    refusing = Fault("/users/PZOE/oauth_delegations", "status", status=403)
    with run(account, faults=[refusing]) as simulator:
        said = suggest_live(tmp_path, simulator)

    assert said.code == ExitCode.NOT_JUDGED
    assert tomllib.loads(said.out)["baseline"]["oauth_clients"] == ["PCHAT", "PWIKI"]
    assert "WARNING: oauth_clients: 1 grant has none that could be listed: PD-44 " in said.err


def test_half_a_list_suggests_nothing(tmp_path: Any) -> None:
    """A list that breaks off is no list: what it showed until then is not suggested."""
    with run(accounts.demo, faults=[Fault("/users", "cut")]) as simulator:
        said = suggest_live(tmp_path, simulator)

    assert said.code == ExitCode.NOT_JUDGED
    assert "email_domains" not in tomllib.loads(said.out)["baseline"]


def test_recording_suggests_what_the_account_does(tmp_path: Any) -> None:
    """A recording without pseudonyms has the same lists as the account."""
    with run(a_company()) as simulator:
        live = suggest_live(tmp_path, simulator)
        flags = (CONTROLS, "--record=tape.yaml", "--no-redact")
        run_command(tmp_path, *flags, simulator=simulator)
    replayed = run_command(tmp_path, "config", "suggest", "--replay=tape.yaml", "--quiet")

    assert replayed.code == ExitCode.PASSED
    assert tomllib.loads(replayed.out) == tomllib.loads(live.out)


def test_pseudonyms_are_never_suggested(tmp_path: Any) -> None:
    """A recording with pseudonyms says what it does not show, and the way out; exit code 6."""
    with run(a_company()) as simulator:
        run_command(tmp_path, CONTROLS, "--record=tape.yaml", simulator=simulator)
    said = run_command(tmp_path, "config", "suggest", "--replay=tape.yaml", "--quiet")

    assert said.code == ExitCode.NOT_JUDGED
    assert tomllib.loads(said.out) == {"baseline": {"oauth_clients": ["PCHAT", "PWIKI"]}}
    assert "invalid" not in said.out
    assert [each for each in said.err.splitlines() if HIDDEN in each] == [
        f"WARNING: {each.key}: {HIDDEN}" for each in LISTS if not each.is_kept
    ]
    assert "# INCOMPLETE: a recording with pseudonyms" in said.out


def test_what_is_configured_stays() -> None:
    """The list takes the place of the one there is: its entries come first, then what they lack."""
    present = ("*.acme.example", "gone.example")
    snapshot = a_snapshot(webhook_subscriptions=hooks("a.acme.example", "acme.example"))

    found = suggest.suggested(HOSTS, an_inspection(snapshot, webhook_hosts=present))

    assert baseline_in(found) == {"webhook_hosts": [*present, "acme.example"]}
    assert '"gone.example",  # listed already' in "\n".join(suggest.fragment([found]))


@pytest.mark.parametrize(
    ("file", "text", "heading"),
    [
        ("pdsec.toml", "[baseline]\nmin_admins = 4", "[baseline]"),
        ("pyproject.toml", "[tool.pdsec]", "[tool.pdsec.baseline]"),
    ],
)
def test_heading_is_that_of_the_file_in_use(
    command: Command, file: str, text: str, heading: str
) -> None:
    """In ``pyproject.toml`` the table has another name; a folder that is not trusted has none."""
    (command.folder / file).write_text(text)

    trusted = command("config", "suggest", "--replay=demo", "--quiet").out.splitlines()
    isolated = command("config", "suggest", "--replay=demo", "--quiet", "--isolated").out

    assert heading in trusted
    assert "[baseline]" in isolated.splitlines()


def test_account_without_any_suggests_none() -> None:
    """Nothing to list is no list: an empty one would look like a decision."""
    found = [suggest.suggested(each, an_inspection(a_snapshot())) for each in LISTS]

    assert baseline_in(*found) == {}
    assert list(suggest.fragment(found)).count("# There are none.") == len(LISTS)
    assert [each.gap for each in found] == [""] * len(LISTS)


def test_reason_with_line_ends_stays_in_its_comment() -> None:
    """Text from elsewhere never ends a comment, so that it cannot become a setting."""
    snapshot = a_snapshot(users=refused(path='/users\nmin_admins = 99\n"\x07'))

    found = suggest.suggested(DOMAINS, an_inspection(snapshot))

    assert found.gap
    assert baseline_in(found) == {}


def test_every_list_is_one_of_the_configuration() -> None:
    """Each entry names a threshold that is unset by default, and the control that goes by it."""
    ids = {each.id for each in shipped_controls()}

    assert {each.control for each in LISTS} <= ids
    assert [getattr(Baseline(), each.key) for each in LISTS] == [()] * len(LISTS)


def test_interrupted_reading_suggests_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the account is read: one sentence, no list, exit code 2."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(suggest, "inspection_of", interrupted)
    said = command("config", "suggest", "--replay=demo")

    assert said == (
        ExitCode.INTERRUPTED,
        "",
        "INTERRUPTED: the command was stopped before its end\n",
    )


def test_no_credential_is_a_usage_error(command: Command) -> None:
    """Without an account and without a recording there is nothing to suggest from."""
    said = command("config", "suggest")

    assert (said.code, said.out) == (ExitCode.USAGE_ERROR, "")
    assert "--replay" in said.err


def test_a_key_on_the_command_line_is_warned_about(tmp_path: Any) -> None:
    """As in an inspection; it is in nothing that is printed."""
    with run(a_company()) as simulator:
        said = run_as(
            nobody(simulator), tmp_path, "config", "suggest", f"--api-key={simulator.api_key}"
        )

    assert said.code == ExitCode.PASSED
    assert "WARNING: " in said.err
    assert simulator.api_key not in said.out + said.err
