"""``controls``: the list, and one control with all there is."""

from __future__ import annotations

import json

import pytest

from pdsec_checks.catalogue.controls import shipped_extended, shipped_ids
from tests.commands.helpers import Command
from tests.support.additions import CONFIG, write_additions
from tests.support.findings import core_ids


def test_list_has_a_line_for_each_control(command: Command) -> None:
    """Id, severity and requirement stand on one line, by id."""
    said = command("controls")

    assert (said.code, said.err) == (0, "")
    lines = said.out.partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == list(shipped_ids())
    assert lines[4] == ("PD-05    critical  Services have an escalation policy")
    assert command("controls", "list") == said


def test_list_tells_the_sets_apart(command: Command) -> None:
    """Controls of the extended set are marked, and both sets counted, own controls apart."""
    listed, _, sets = command("controls").out.partition("\n\n")
    marked = {line.split()[0] for line in listed.splitlines() if line.endswith("  (extended set)")}
    core, further = f"{len(core_ids())} controls", f"adds {len(shipped_extended())};"

    assert marked == shipped_extended()
    assert f"the core set, which is {core}. --controls-set extended {further}" in one_line(sets)
    write_additions(command.folder)
    sets = one_line(command("controls").out.partition("\n\n")[2])
    assert f"is {core}, and 1 control of your own. --controls-set extended {further}" in sets


def one_line(text: str) -> str:
    """Return a text without its line ends."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "shown", "plain"),
    [
        ("PD-25", "core", "core"),
        ("PD-26", "extended", "extended"),
        ("ACME-01", "none: it is your own", None),
    ],
)
def test_control_says_its_set(command: Command, name: str, shown: str, plain: str | None) -> None:
    """The page of a control and its JSON name the set, of which an own one has none."""
    write_additions(command.folder)
    page = command("controls", "show", name).out
    found = json.loads(command("controls", "show", name, "--format", "json").out)

    assert f"set          {shown}\n" in page
    assert found["set"] == plain


@pytest.mark.parametrize("name", ["PD-08", "8", "pd-8"])
def test_show_tells_all_about_a_control(command: Command, name: str) -> None:
    """Rationale, remediation by cause, limits, data with scopes, both mappings with their fit."""
    said = command("controls", "show", name)

    assert said.code == 0
    for text in (
        "PD-08        On-call coverage has no gaps",
        "description  Somebody is on call at every hour on every schedule in use.",
        "severity     high",
        "rationale    An incident that comes in while nobody is on call",
        "remediation  Fill the gaps",
        "causes       gaps: Fill the hours under People > Schedules",
        "             deleted: Replace whoever was deleted",
        "help         https://support.pagerduty.com/main/docs/schedule-basics",
        "limits       PagerDuty shows the shifts that it has planned today",
        "  /v3/schedules  schedules.read",
        "  soc2      2017            CC7.3            Evaluation of security events (poor: current",
        "  cis       8.1             17.5 ",
        "requirements, in the editions in force",
    ):
        assert text in said.out


def test_json_has_the_same_for_programs(command: Command) -> None:
    """``--format json`` is a list, or one object with ``show``."""
    listed = json.loads(command("controls", "--format", "json").out)
    shown = json.loads(command("controls", "show", "8", "--format", "json").out)

    assert [each["id"] for each in listed] == list(shipped_ids())
    assert shown in listed
    assert "/v3/schedules" in shown["reads"]
    assert "schedules.read" in shown["scopes"]
    assert shown["help_url"] == "https://support.pagerduty.com/main/docs/schedule-basics"
    assert [each["cause"] for each in shown["causes"]] == ["gaps", "nobody", "deleted"]
    assert shown["causes"][0]["help_url"] == shown["help_url"]
    assert shown["causes"][2]["help_url"].endswith("/edit-schedules")
    assert {
        "framework": "soc2",
        "id": "CC7.3",
        "edition": "2017",
        "title": "Evaluation of security events",
        "status": "present",
        "fit": "poor",
        "current": ["CC7.4"],
    } in shown["requirements"]
    assert {each["id"] for each in shown["current_requirements"]} >= {"CC7.4", "17.5"}


def test_oscal_is_a_catalog(command: Command) -> None:
    """``--format oscal`` is a catalog of all controls, or of the one that is shown."""
    listed = json.loads(command("controls", "--format", "oscal").out)["catalog"]["groups"]
    shown = json.loads(command("controls", "show", "8", "--format", "oscal").out)["catalog"][
        "groups"
    ]

    assert sorted(control["id"] for group in listed for control in group["controls"]) == sorted(
        shipped_ids()
    )
    assert [control["id"] for group in shown for control in group["controls"]] == ["PD-08"]


def test_own_controls_and_severities_are_listed(command: Command) -> None:
    """What the configuration adds or changes is shown as it is in force here."""
    write_additions(command.folder, CONFIG + '[severities]\nPD-25 = "critical"\n')

    assert "ACME-01  high      Every service says what it is for\n" in command("controls").out
    assert "PD-25    critical  " in command("controls").out
    assert "severity     critical (by itself: low)" in command("controls", "show", "25").out
    own = command("controls", "show", "acme-1").out
    assert "limits       Nobody can tell" in own
    assert "acme                      4.2              Paging" in own


def test_another_configuration_can_be_named(command: Command) -> None:
    """``--config`` reads another file than that of the folder."""
    write_additions(command.folder)
    (command.folder / "pdsec.toml").rename(command.folder / "other.toml")

    assert "ACME-01" not in command("controls").out
    assert "ACME-01" in command("controls", "--config", "other.toml").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show"], "show needs a control, such as PD-08; list needs none"),
        (["list", "5"], "show needs a control"),
        (["show", "99"], "there is no control PD-99; valid: PD-01, PD-02"),
        (["show", "x"], "'x' is not valid; wanted: control ids such as 5 or PD-05"),
        (["shwo"], "invalid choice: 'shwo'"),
        (["--fromat=json"], "did you mean '--format'?"),
        (["--config", "x.toml"], "--config x.toml: there is no such file"),
    ],
)
def test_wrong_words_end_with_four(command: Command, arguments: list[str], said: str) -> None:
    """The message names what would be right."""
    ended = command("controls", *arguments)

    assert ended.code == 4
    assert said in ended.err
