"""A locker on a period: what is sealed counts, and what does not hold is named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.bundle import Bundle, sums_of
from pdsec_checks.evidence.gather import period_in, read_report
from pdsec_checks.evidence.locker import chain_of, name_of
from pdsec_checks.evidence.period import NoEvidenceError
from pdsec_checks.evidence.signing import sign
from pdsec_checks.evidence.statement import subjects_of
from pdsec_checks.evidence.verify import Trusted
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.recordings.recording import shipped
from pdsec_checks.reports.period.document import Outcome, Period
from pdsec_checks.reports.period.span import Span
from tests.support.calls import run_command
from tests.support.lockers import (
    a_locker,
    bundle_files,
    check,
    day,
    plain_report,
    sealed,
    shifted,
    unsigned,
    write_bundle,
)
from tests.support.ssh_keys import IDENTITY, Keys, signer, signers

NOBODY = Trusted()
WEEK = Span.of("2026-11-02", "2026-11-08")


def period(folder: Path, span: Span = WEEK, trusted: Trusted = NOBODY) -> Period:
    """Return what a locker says of a period."""
    return period_in(folder, span, trusted)


def refused(found: Period) -> dict[str, str]:
    """Return why bundles count as no evidence, by name."""
    return {each.name: each.problem for each in found.refused}


def test_a_locker_is_what_a_period_is_told_from(tmp_path: Path) -> None:
    """Bundles of the period count, and those of other days do not."""
    list(a_locker(tmp_path, range(-2, 3)))

    found = period(tmp_path)

    assert found.evidence == (True, True, True, False, False, False, False)
    assert [each.name for each in found.bundles] == [name_of(day(number)) for number in range(3)]
    assert found.signer == ""
    assert found.exit_code == ExitCode.NOT_JUDGED


def test_what_breaks_the_chain_is_no_evidence(tmp_path: Path) -> None:
    """The bundle behind a missing one, and one that is damaged; others count."""
    bundles = list(a_locker(tmp_path, range(5)))
    bundles[1].path.unlink()
    bundles[3].path.write_bytes(b"no archive")
    (tmp_path / "notes.txt").touch()

    found = period(tmp_path)

    assert found.evidence == (True, False, False, False, False, False, False)
    problems = refused(found)
    assert problems[name_of(day(2))].startswith("the bundle that it follows is missing")
    assert problems[name_of(day(3))].startswith("not a bundle")
    assert problems[name_of(day(4))].startswith("the bundle that it follows is missing")
    assert found.problems == (
        "notes.txt: no bundle of a locker has such a name; move it elsewhere",
    )


def test_what_is_damaged_counts_against_its_own_days(tmp_path: Path) -> None:
    """A bundle that cannot be read belongs to the day in its name, and to no other period."""
    bundles = list(a_locker(tmp_path, range(-3, 2)))
    bundles[0].path.write_bytes(b"no archive")
    (tmp_path / "evidence-2026-13-45T999999Z.zip").write_bytes(b"no day")

    found = period(tmp_path, Span.of("2026-11-02", "2026-11-03"))

    assert found.evidence == (True, True)
    assert not found.refused
    assert found.problems == (
        "evidence-2026-13-45T999999Z.zip: no bundle of a locker has such a name; move it elsewhere",
    )


def test_without_a_locker_there_is_no_period(tmp_path: Path) -> None:
    """A folder that is not there, or a list of signers that is not, ends it with a sentence."""
    with pytest.raises(UsageError, match="there is no such folder"):
        period(tmp_path / "none")
    with pytest.raises(UsageError, match="name a file of allowed signers"):
        period(tmp_path, trusted=Trusted(tmp_path / "none"))


def test_only_what_the_right_person_signed_counts(tmp_path: Path, keys: Keys) -> None:
    """With a list of signers each signature is checked: another key, or none, is no evidence."""
    file = signers(tmp_path / "allowed_signers", signer(keys.key()))
    folder = tmp_path / "locker"
    folder.mkdir()
    before: Bundle | None = None
    for number, key in enumerate((keys.key(), keys.key("stranger"), None, keys.key())):
        digest = before.sums_digest if before else None
        report = sealed(day(number), [check(Status.PASS)])
        signed = partial(sign, key=key) if key else unsigned
        found = bundle_files(day(number), report, digest, signed=signed)
        before = write_bundle(folder / name_of(day(number)), found)

    told = period(folder, trusted=Trusted(file))
    other = period(folder, trusted=Trusted(file, identity="somebody@example.com"))

    assert told.evidence[:4] == (True, False, False, True)
    problems = refused(told)
    assert "signature: no line of" in problems[name_of(day(1))]
    assert problems[name_of(day(2))].startswith("signature: ")
    assert other.evidence[:4] == (False, False, False, False)
    assert f"belongs to {IDENTITY}" in refused(other)[name_of(day(0))]
    assert other.signer == "somebody@example.com"


def test_a_bundle_that_is_exchanged_meanwhile_is_no_evidence(tmp_path: Path) -> None:
    """What was linked and what is read must be one and the same."""
    list(a_locker(tmp_path, [0]))
    (link,) = chain_of(tmp_path).links

    with pytest.raises(NoEvidenceError, match="it was exchanged while it was read"):
        read_report(replace(link, digest="0" * 64), NOBODY)
    link.path.unlink()
    with pytest.raises(NoEvidenceError, match=r"^No such file or directory$"):
        read_report(link, NOBODY)


def test_a_statement_about_other_files_is_no_evidence(tmp_path: Path) -> None:
    """The statement of a bundle must be about the files that are in it."""
    files = bundle_files(day(0), sealed(day(0), [check(Status.PASS)]))
    statement = json.loads(files["statement.json"])
    statement["subject"] = statement["subject"][1:]
    files["statement.json"] = json.dumps(statement).encode()
    listed = {each: files[each] for each in files if not each.startswith("SHA256SUMS")}
    write_bundle(tmp_path / name_of(day(0)), files | {"SHA256SUMS": sums_of(listed)})

    assert refused(period(tmp_path)) == {
        name_of(day(0)): "statement.json: it is about other files than the sums list"
    }
    assert len(subjects_of(listed)) == len(listed)


@pytest.mark.parametrize("content", [b"{}", b"[" * 100_000, b"no JSON"])
def test_a_report_that_is_none_is_no_evidence(content: bytes, tmp_path: Path) -> None:
    """A bundle without a report that can be read says nothing of its day."""
    write_bundle(tmp_path / name_of(day(0)), bundle_files(day(0), content))

    (problem,) = refused(period(tmp_path)).values()
    assert "this is no JSON report" in problem


# A long time


def test_a_quarter_of_daily_bundles_adds_up(tmp_path: Path) -> None:
    """Of 92 days 90 are sealed; a fail of ten days, a waiver of five, and one day unread."""
    reports = {
        status: plain_report(day(0), [check(status), check(Status.PASS, control="PD-06")])
        for status in (Status.PASS, Status.FAIL, Status.WAIVED, Status.ERROR)
    }
    plan = dict.fromkeys(range(92), Status.PASS)
    plan |= dict.fromkeys(range(20, 30), Status.FAIL) | dict.fromkeys(range(30, 35), Status.WAIVED)
    plan[60] = Status.ERROR
    before: Bundle | None = None
    for number in [each for each in range(92) if each not in (44, 45)]:
        at = day(number)
        digest = before.sums_digest if before else None
        report = shifted(reports[plan[number]], at)
        before = write_bundle(tmp_path / name_of(at), bundle_files(at, report, digest))
    span = Span(day(0).date(), (day(0) + timedelta(days=91)).date())

    found = period(tmp_path, span)

    assert (found.days.expected, found.days.evidenced, found.days.without) == (92, 90, 2)
    failing, other = found.controls
    assert (failing.days.held, other.days.held) == (90 - 10 - 1, 90)
    assert span.label(*(found.days.longest_gap or ())) == "2026-12-16 to 2026-12-17"
    (lapse,) = found.lapses
    assert (lapse.failed, lapse.outcome, lapse.ended) == (10, Outcome.RESOLVED, day(35))
    assert (lapse.first_seen, lapse.last_seen) == (day(20), day(34))
    assert len(found.bundles) == 90
    assert not found.refused
    assert not found.events


# Judged again


@pytest.fixture(scope="session")
def demo_report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the JSON report on the recording of the demo account, made once."""
    folder = tmp_path_factory.mktemp("judged")
    ended = run_command(folder, "--replay=demo", "--controls=PD-05,PD-06", "--format=json")
    found: dict[str, Any] = json.loads(ended.out)
    return found


def demo_bundle(folder: Path, report: dict[str, Any]) -> None:
    """Write a locker with the recording of the demo account, and a report."""
    recording = {"recording.yaml": shipped("demo").read_bytes()}
    at = day(21, hour=9)
    content = json.dumps(report).encode()
    write_bundle(folder / name_of(at), bundle_files(at, content, others=recording))


def test_judged_again_a_recording_gives_the_same(
    tmp_path: Path, demo_report: dict[str, Any]
) -> None:
    """The sealed verdicts stay; beside them stands that this version comes to the same."""
    demo_bundle(tmp_path, demo_report)
    span = Span.of("2026-11-23", "2026-11-23")

    found = period_in(tmp_path, span, NOBODY, rejudges=True)

    assert found.rejudged is not None
    assert [(each.bundle, each.differences) for each in found.rejudged] == [
        (name_of(day(21, hour=9)), ())
    ]
    assert [each.id for each in found.controls] == ["PD-05", "PD-06"]
    assert period_in(tmp_path, WEEK, NOBODY, rejudges=True).rejudged == ()


def test_what_is_judged_otherwise_is_told_with_both_verdicts(
    tmp_path: Path, demo_report: dict[str, Any]
) -> None:
    """A sealed pass that this version fails is listed, and the document still has the pass."""
    report = json.loads(json.dumps(demo_report))
    failing = next(each for each in report["findings"] if each["status"] == "fail")
    failing["status"] = "pass"
    demo_bundle(tmp_path, report)

    found = period_in(tmp_path, Span.of("2026-11-23", "2026-11-23"), NOBODY, rejudges=True)

    assert found.rejudged is not None
    (again,) = found.rejudged
    assert again.differences == (
        f"{failing['control']} on {failing['resource']['id']}, pass and now fail",
    )
    assert failing["resource"]["id"] not in {each.resource.id for each in found.lapses}
    assert found.exit_code == ExitCode.FAILED


def test_a_recording_that_cannot_be_judged_again_says_why(tmp_path: Path) -> None:
    """What is sealed counts as it did; the sentence stands where the differences would."""
    list(a_locker(tmp_path, [0]))

    found = period_in(tmp_path, WEEK, NOBODY, rejudges=True)

    assert found.rejudged is not None
    (again,) = found.rejudged
    assert again.differences[0].startswith("it could not be judged again: ")
    assert str(tmp_path) not in again.differences[0]
    assert found.evidence[0]
