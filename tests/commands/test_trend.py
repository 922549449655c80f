"""``trend``: what it finds, whose reports it takes, what it never leaves out silently."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.commands.trend import KINDS
from pdsec_checks.evidence.locker import name_of
from pdsec_checks.model import Status
from pdsec_checks.reports import json_report
from pdsec_checks.reports.report import Report
from tests.commands.helpers import Command, Said
from tests.support.changed import replace
from tests.support.findings import a_report
from tests.support.judged import NOW
from tests.support.lockers import a_bundle, a_locker, check, day
from tests.support.trends import DAY, a_case, daily, dated, statuses, written

PASS, FAIL = Status.PASS, Status.FAIL


def of_account(name: str | None, *ids: str, **run: Any) -> Report:
    """Return a report in which services of an account pass."""
    report = a_report(*(a_case(PASS, each) for each in ids), subdomain=name)
    return replace(report, run=replace(report.run, **run))


def shown(said: Said) -> list[str]:
    """Return the reports that JSON shows, by the names of their files."""
    return [Path(each["report"]).name for each in json.loads(said.out)["runs"]]


def put(file: Path, report: Report) -> None:
    """Write a report to a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json_report.render(report), encoding="utf-8")


def test_folder_of_reports_is_shown(command: Command) -> None:
    """Whatever the files are called: one row a run, the oldest first, and the last changes."""
    first, second = daily(statuses(PASS, FAIL), statuses(FAIL, PASS))
    put(command.folder / "reports" / "b.json", first)
    put(command.folder / "reports" / "2026" / "a.json", second)
    said = command("trend", "reports")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(
        "acme at https://api.pagerduty.com: 2 runs from 2026-11-23 09:00 to "
    )
    assert said.out.index("2026-11-23 09:00   50.0 %") < said.out.index("2026-11-24 09:00   50.0 %")
    assert "NEW SINCE 2026-11-23 09:00 UTC (1)\nPD-05 [critical] service 'shop P0'" in said.out
    assert said.out.endswith("1 fail; 1 new and 1 resolved since the run before.\n")


def test_files_are_shown_in_the_order_of_their_moments(command: Command) -> None:
    """Files may be named in any order, and twice."""
    files = [str(each) for each in written(command.folder, daily(*[statuses(PASS)] * 3))]
    said = command("trend", *reversed(files), files[0], "--format", "json")

    assert shown(said) == [Path(each).name for each in files]
    assert said.code == 0


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_report_of_a_moment_that_cannot_be_is_named(command: Command, moment: str) -> None:
    """It is not shown, and keeps no other one from being shown."""
    files = written(command.folder / "reports", daily(*[statuses(PASS)] * 2))
    report = json.loads(files[1].read_text("utf-8"))
    files[1].write_text(json.dumps(report | {"as_of": moment}), encoding="utf-8")
    said = command("trend", "reports", "--format", "json")

    assert shown(said) == [files[0].name]
    assert f"{files[1].name}: the moment of the report is made up" in said.err


@pytest.mark.parametrize("format_", KINDS)
def test_every_format_goes_to_a_file(command: Command, format_: str) -> None:
    """The file is named on standard error, and standard output stays empty."""
    written(command.folder / "reports", daily(statuses(PASS), statuses(FAIL)))
    printed = command("trend", "reports", "--format", format_)
    said = command("trend", "reports", "--format", format_, "--output", "out/trend.md")

    assert (said.code, said.out) == (0, "")
    assert f"wrote out/trend.md: {KINDS[format_]}\n" in said.err
    text = (command.folder / "out" / "trend.md").read_text("utf-8")
    if format_ == "markdown":
        assert "](trend.svg)" in text
        assert (command.folder / "out" / "trend.svg").read_text("utf-8").startswith("<svg")
        assert "wrote out/trend.svg: picture of the trend" in said.err
    else:
        assert text.splitlines() == printed.out.splitlines()


def test_picture_never_takes_the_place_of_the_markdown(command: Command) -> None:
    """Markdown under the name of its picture is refused."""
    written(command.folder / "reports", [statuses(PASS)])
    said = command("trend", "reports", "--format", "markdown", "--output", "trend.svg")

    assert said.code == 4
    assert "choose one that ends in .md" in said.err
    assert not (command.folder / "trend.svg").exists()


def test_file_that_cannot_be_written_is_a_usage_error(command: Command) -> None:
    """A folder in the way is named."""
    written(command.folder / "reports", [statuses(PASS)])
    said = command("trend", "reports", "--output", ".")

    assert said.code == 4
    assert "cannot write" in said.err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "this is no JSON report of"),
        ('{"tool"', "this is no JSON report of"),
        ('{"tool": {"name": "pagerduty-sec-inspector"}, "schema_version": "9"}', "schema version"),
        ('{"tool": {"name": "pagerduty-sec-inspector"}, "schema_version": "1"}', "damaged"),
    ],
)
def test_report_that_cannot_be_read_is_named(command: Command, content: str, why: str) -> None:
    """In a folder or by itself: standard error says why, all formats do, and it ends with 6."""
    (file,) = written(command.folder / "reports", [statuses(PASS)])
    (command.folder / "reports" / "broken.json").write_text(content, encoding="utf-8")

    for given in (["reports"], [str(file), "reports/broken.json"]):
        said = command("trend", *given, "--format", "json")

        assert said.code == 6
        assert "NOT READ: " in said.err
        (problem,) = json.loads(said.out)["unreadable"]
        assert "broken.json" in problem
        assert why in problem


def test_file_that_is_not_there_is_named(command: Command) -> None:
    """One of several is missing: the others are shown, and it ends with 6."""
    (file,) = written(command.folder, [statuses(PASS)])
    said = command("trend", str(file), "gone.json")

    assert said.code == 6
    assert "NOT READ: gone.json: No such file or directory" in said.err
    assert "NOT READ: gone.json: No such file or directory." in said.out


def test_what_is_no_report_is_not_used(command: Command) -> None:
    """Other JSON in a folder is named, and is no fault; where it was named itself, it is one."""
    written(command.folder / "reports", [statuses(PASS)])
    (command.folder / "reports" / "package.json").write_text('{"name": "x"}')
    (command.folder / "reports" / "list.json").write_text("[1]")
    (command.folder / "reports" / ".hidden.json").write_text("{")
    (command.folder / "reports" / ".cache").mkdir()
    (command.folder / "reports" / ".cache" / "x.json").write_text("{")
    command("trend", "reports", "--format", "json", "--output", "reports/trend.json")
    said = command("trend", "reports")

    assert said.code == 0
    assert said.err.splitlines() == [
        f"not used: reports/{name}"
        for name in (
            "list.json is no report of an inspection",
            "package.json is no report of an inspection",
            "trend.json is no report of an inspection, but of another kind",
        )
    ]
    named = command("trend", "reports", "reports/package.json")
    assert named.code == 0, "the folder has it already"
    assert command("trend", "reports/package.json", "reports").code == 6


def test_files_that_are_none_stop_nothing(command: Command) -> None:
    """A link that leads nowhere, or to itself, cannot be read; nobody waits for a pipe."""
    folder = command.folder / "reports"
    written(folder, [statuses(PASS)])
    (folder / "nowhere.json").symlink_to("gone.json")
    (folder / "round.json").symlink_to("round.json")
    os.mkfifo(folder / "pipe.json")
    said = command("trend", "reports")

    assert said.code == 6
    assert "NOT READ: reports/nowhere.json: No such file or directory" in said.err
    assert "NOT READ: reports/round.json: Too many levels of symbolic links" in said.err
    assert "not used: reports/pipe.json is no file" in said.err


def test_pipe_that_was_named_is_read(command: Command) -> None:
    """What a shell gives in place of a file, as ``<(zcat report.json.gz)`` does, is read once."""
    pipe = command.folder / "pipe"
    os.mkfifo(pipe)
    text = json_report.render(statuses(PASS))
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(pipe.write_text, text, "utf-8")
        said = command("trend", "pipe", "--format", "json")
        writing.result()

    assert said.code == 0
    assert shown(said) == ["pipe"]


@pytest.mark.parametrize("name", ["a\x1b[31mb.json", "a\u202eb.json", "a\rb.json", "a\udcffb.json"])
def test_name_of_a_file_steers_nothing(command: Command, name: str) -> None:
    """Neither that of a report nor that of what cannot be read."""
    folder = command.folder / "reports"
    try:
        put(folder / name, statuses(PASS))
        (folder / f"x{name}").write_text("{")
    except OSError:
        pytest.skip("this file system takes no such name")
    for format_ in KINDS:
        said = command("trend", "reports", "--format", format_)

        assert said.code == 6
        assert not set("\x1b\u202e") & set(said.out + said.err)
        assert "a\rb" not in said.err


def test_kind_of_any_type_is_no_report(command: Command) -> None:
    """A document that calls itself ours, and says something odd, stops nothing."""
    written(command.folder / "reports", [statuses(PASS)])
    odd = '{"tool": {"name": "pagerduty-sec-inspector"}, "kind": {"a": [1]}}'
    (command.folder / "reports" / "odd.json").write_text(odd)

    assert command("trend", "reports").code == 0


@pytest.mark.parametrize("reports", [[], ["{"]])
def test_nothing_to_show_is_a_usage_error(command: Command, reports: list[str]) -> None:
    """An empty folder, or one in which nothing can be read: exit code 4 and the way out."""
    (command.folder / "reports").mkdir()
    for each in reports:
        (command.folder / "reports" / "a.json").write_text(each)
    said = command("trend", "reports")

    assert (said.code, said.out) == (4, "")
    assert "; name JSON reports (--format json), sealed bundles, or their folder" in said.err
    assert ("NOT READ: reports/a.json" in said.err) == bool(reports)


def test_folder_that_cannot_be_read_is_a_usage_error(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in it is not simply missing."""
    written(command.folder / "reports" / "locked", [statuses(PASS)])
    real = os.scandir

    def scandir(path: str) -> Any:
        if path.endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    said = command("trend", "reports")

    assert (said.code, said.out) == (4, "")
    assert "trend reports/locked: Permission denied" in said.err


def test_days_choose_the_runs(command: Command) -> None:
    """Both days belong to what is shown; where there is nothing, the error says what there is."""
    files = written(command.folder / "reports", daily(*[statuses(PASS)] * 5))
    between = command("trend", "reports", "--from=2026-11-24", "--to=2026-11-26", "--format=json")
    outside = command("trend", "reports", "--from", "2027-01-01")
    swapped = command("trend", "reports", "--from", "2026-11-26", "--to", "2026-11-24")
    no_day = command("trend", "reports", "--to", "monday")

    assert shown(between) == [each.name for each in files[1:4]]
    assert json.loads(between.out)["runs"][0]["step"] is None
    assert outside.code == swapped.code == no_day.code == 4
    assert (
        "no report is from 2027-01-01 to the end; those there are go from 2026-11-23T09:00:00Z to "
        "2026-11-27T09:00:00Z"
    ) in outside.err
    assert "--to 2026-11-24: it is before --from 2026-11-26; swap them" in swapped.err
    assert "'monday' is no day; wanted: one such as 2026-11-29" in no_day.err


def test_two_reports_of_one_moment_count_once(command: Command) -> None:
    """The one that says most is used, whatever its name; the other is named, and is no fault."""
    both = a_report(a_case(PASS), a_case(PASS, control="PD-22"))
    for name, report in {
        "a": statuses(PASS),
        "b": both,
        "c": replace(both, complete=False),
        "d": replace(both, restricted=True),
        "e": replace(both, run=replace(both.run, source="recording")),
    }.items():
        put(command.folder / "reports" / f"{name}.json", report)
    put(command.folder / "reports" / "z.json", dated(both, NOW + DAY))
    said = command("trend", "reports", "--format", "json")

    assert said.code == 0
    assert shown(said) == ["b.json", "z.json"]
    assert sorted(json.loads(said.out)["left_out"]) == [
        f"reports/{name}.json is of the same moment as reports/b.json, 2026-11-23T09:00:00Z"
        for name in "acde"
    ]


# accounts


def test_several_accounts_are_a_usage_error_that_names_them(command: Command) -> None:
    """With --account one of them is chosen, by its name or by its folder."""
    folder = command.folder / "reports"
    for number in range(2):
        for name, account in (("eu", "acme-eu"), ("us", "acme-us")):
            report = dated(of_account(account, f"P{name}"), NOW + DAY * number)
            put(folder / str(number) / "accounts" / name / "inspection.json", report)
    said = command("trend", "reports")

    assert said.code == 4
    assert (
        "the reports are about 2 accounts: acme-eu, eu at https://api.pagerduty.com (2 reports); "
        "acme-us, us at https://api.pagerduty.com (2 reports). Choose one with --account NAME"
    ) in said.err
    for name in ("eu", "acme-eu"):
        chosen = command("trend", "reports", "--account", name, "--format", "json")
        assert json.loads(chosen.out)["account"]["subdomain"] == "acme-eu"
        assert len(shown(chosen)) == 2
    unknown = command("trend", "reports", "--account", "acme")
    assert unknown.code == 4
    assert "--account 'acme': no report is about it; there are acme-eu, eu at" in unknown.err


def test_document_about_several_accounts_is_not_used_beside_their_own(command: Command) -> None:
    """Without their own reports it is one that cannot be read: nothing would stand for them."""
    folder = command.folder / "reports"
    several = {"tool": {"name": "pagerduty-sec-inspector"}, "kind": "accounts"}
    put(folder / "accounts" / "eu" / "inspection.json", statuses(PASS))
    (folder / "accounts.json").write_text(json.dumps(several))
    beside = command("trend", "reports")
    put(command.folder / "alone" / "a.json", statuses(PASS))
    (command.folder / "alone" / "accounts.json").write_text(json.dumps(several))
    alone = command("trend", "alone")

    assert beside.code == 0
    assert "accounts.json is about several accounts, whose own reports lie beside it" in beside.err
    assert alone.code == 6
    assert "the report holds several accounts side by side" in alone.err


def test_renamed_account_is_chosen_by_both_names(command: Command) -> None:
    """Two names are two accounts until somebody says that they are one."""
    for number, name in enumerate(("acme", "acme", "fernhill")):
        put(
            command.folder / "reports" / f"{number}.json",
            dated(of_account(name, "P1", "P2"), NOW + DAY * number),
        )
    said = command("trend", "reports")
    names = ("--account", "acme", "--account", "fernhill")
    chosen = command("trend", "reports", *names, "--format", "json")

    assert said.code == 4
    assert "give the option once for each name" in said.err
    assert shown(chosen) == ["0.json", "1.json", "2.json"]
    assert json.loads(chosen.out)["account"]["subdomain"] == "fernhill"


def test_name_of_several_accounts_is_refused(command: Command) -> None:
    """A folder was that of another account before: nobody can mean both by its name."""
    for number, name in enumerate(("acme", "fernhill")):
        file = command.folder / str(number) / "accounts" / "eu" / "inspection.json"
        put(file, dated(of_account(name, f"P{number}"), NOW + DAY * number))
    said = command("trend", "0", "1", "--account", "eu")
    one = command("trend", "0", "1", "--account", "acme", "--account", "acme")

    assert said.code == 4
    assert "--account 'eu': several accounts are called so: acme, eu at https://api" in said.err
    assert one.code == 0


def test_accounts_that_share_nothing_are_never_one(command: Command) -> None:
    """Whoever names both is told that not one service of the first is in the second."""
    for number, name in enumerate(("acme", "fernhill")):
        put(command.folder / "reports" / f"{number}.json", of_account(name, f"P{number}"))
    said = command("trend", "reports", "--account", "acme", "--account", "fernhill")

    assert said.code == 4
    assert "not one of its users, services, policies and schedules is there" in said.err


def test_recordings_with_pseudonyms_belong_to_the_account_of_their_ids(command: Command) -> None:
    """Each recording calls the account otherwise; its users and services tell it."""
    recorded = {"source": "recording", "redacted": True}
    for number, report in enumerate(
        (
            of_account("0123456789", "P1", **recorded),
            of_account("acme", "P1", "P2"),
            of_account("abcdef0123", "P2", **recorded),
            of_account("9876543210", "P3", base_url="https://api.eu.pagerduty.com", **recorded),
        )
    ):
        put(command.folder / "reports" / f"{number}.json", dated(report, NOW + DAY * number))
    said = command("trend", "reports")
    chosen = command("trend", "reports", "--account", "acme", "--format", "json")

    assert said.code == 4
    assert "9876543210 at https://api.eu.pagerduty.com (1 report)" in said.err
    assert shown(chosen) == ["0.json", "1.json", "2.json"]


def test_report_that_may_be_of_either_account_is_of_none(command: Command) -> None:
    """A pseudonym and no id that both know: it is told among what cannot be read."""
    for number, name in enumerate(("acme", "fernhill")):
        put(command.folder / "reports" / f"{number}.json", of_account(name, f"P{number}"))
    unclear = replace(of_account("0123456789", "P7", source="recording"), restricted=True)
    put(command.folder / "reports" / "unclear.json", dated(unclear, NOW + DAY))
    said = command("trend", "reports", "--account", "acme", "--format", "json")

    assert said.code == 6
    assert shown(said) == ["0.json"]
    assert "unclear.json: nothing in it says of which account it is" in said.err


def test_account_without_a_name_is_shown(command: Command) -> None:
    """Nobody knows what it is called; its address stands in place."""
    for number in range(2):
        report = dated(of_account(None, "P1"), NOW + DAY * number)
        put(command.folder / "reports" / f"{number}.json", report)
    put(command.folder / "b" / "c.json", of_account("acme", "P9", base_url="https://x.example"))
    alone = command("trend", "reports")
    both = command("trend", "reports", "b")

    assert alone.code == 0
    assert alone.out.startswith("without a name at https://api.pagerduty.com: 2 runs")
    assert both.code == 4
    assert "without a name at https://api.pagerduty.com (2 reports)" in both.err


# sealed bundles


def test_locker_is_shown(command: Command) -> None:
    """The JSON report of each sealed bundle is a run."""
    locker = command.folder / "evidence"
    bundles = list(a_locker(locker, range(3)))
    said = command("trend", "evidence", "--format", "json")

    assert (said.code, said.err) == (0, "")
    assert shown(said) == [each.path.name for each in bundles]


def test_bundle_whose_sums_do_not_agree_is_not_trusted(command: Command) -> None:
    """It is named and left out, whatever its report says, and it ends with 6."""
    locker = command.folder / "evidence"
    bundles = list(a_locker(locker, range(3)))
    damaged = bundles[1].path
    damaged.write_bytes(damaged.read_bytes().replace(b'"as_of"', b'"As_of"', 1))
    said = command("trend", "evidence", "--format", "json")

    assert said.code == 6
    assert shown(said) == [bundles[0].path.name, bundles[2].path.name]
    assert f"NOT READ: not trusted: evidence/{damaged.name}: " in said.err
    problems = json.loads(said.out)["unreadable"]
    assert any("the chain is broken" in each for each in problems)


def test_bundle_that_is_missing_is_named(command: Command) -> None:
    """The chain shows that one was taken out: what is left is shown, and it ends with 6."""
    bundles = list(a_locker(command.folder / "evidence", range(3)))
    bundles[1].path.unlink()
    said = command("trend", "evidence")

    assert said.code == 6
    assert "the chain is broken" in said.err
    assert "the bundle that it follows is missing" in said.err


def test_bundles_alone_are_no_chain(command: Command) -> None:
    """Bundles of any name, named one by one, have no order that could be broken."""
    first = a_bundle(command.folder, 0, name="first.zip")
    third = a_bundle(command.folder, 2, findings=[check(FAIL)], name="third.zip")
    said = command("trend", str(third.path), str(first.path), "--format", "json")

    assert said.code == 0
    assert shown(said) == ["first.zip", "third.zip"]
    assert json.loads(said.out)["runs"][1]["step"]["counts"]["appeared"] == 1
    assert name_of(day(0)) not in said.out
