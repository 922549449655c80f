"""A locker on a period: what is sealed counts, and what does not hold is named."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
import time_machine

from pdsec_checks import __version__
from pdsec_checks.errors import UsageError
from pdsec_checks.evidence.again import told_by
from pdsec_checks.evidence.bundle import (
    NEVER_LISTED,
    SIGNATURE,
    TIME_STAMP,
    Bundle,
    packed,
    sums_of,
)
from pdsec_checks.evidence.gather import period_in, read_anew
from pdsec_checks.evidence.locker import chain_of, name_of
from pdsec_checks.evidence.period import NoEvidenceError
from pdsec_checks.evidence.seal import ToSeal, seal
from pdsec_checks.evidence.signing import sign
from pdsec_checks.evidence.statement import overall_of, subjects_of
from pdsec_checks.evidence.verify import Trusted
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.model import Status, overall
from pdsec_checks.reports.period import words
from pdsec_checks.reports.period.document import Outcome, Period, Stamp
from pdsec_checks.reports.period.formats import FORMATS, content
from pdsec_checks.reports.period.span import Span
from tests.support.authority import Authority
from tests.support.calls import run_command
from tests.support.changed import replace
from tests.support.lockers import (
    REPORT,
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
from tests.support.periods import CHANGE
from tests.support.ssh_keys import IDENTITY, Keys, signer, signers

NOBODY = Trusted()
WEEK = Span.of("2026-11-02", "2026-11-08")
ONE_DAY = Span.of("2026-11-02", "2026-11-02")


def period(folder: Path, span: Span = WEEK, trusted: Trusted = NOBODY) -> Period:
    """Return what a locker says of a period."""
    return period_in(folder, span, trusted)


def plain(text: str) -> str:
    """Return what a format says without its own marks, on one line."""
    return " ".join(html.unescape(text).replace("\\", "").split())


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


def test_signatures_decide_how_a_good_period_ends(tmp_path: Path, keys: Keys) -> None:
    """Checked, a period of one control ends well though it is partial; unchecked, it never does."""
    trusted = Trusted(signers(tmp_path / "allowed_signers", signer(keys.key())))
    folder = tmp_path / "locker"
    folder.mkdir()
    report = sealed(day(0), [check(Status.PASS)])
    files = bundle_files(day(0), report, signed=partial(sign, key=keys.key()))
    write_bundle(folder / name_of(day(0)), files)

    checked, unchecked = (period(folder, ONE_DAY, each) for each in (trusted, NOBODY))

    assert (checked.exit_code, checked.is_partial) == (ExitCode.PASSED, True)
    assert unchecked.exit_code == ExitCode.NOT_JUDGED
    for form in FORMATS:
        assert "ignatures were not checked" in plain(content(form, unchecked)), form


def test_the_bundle_before_a_period_is_checked_like_the_others(tmp_path: Path) -> None:
    """It is read when it is needed: exchanged or gone, it says nothing of what had changed."""
    list(a_locker(tmp_path, [0]))
    (link,) = chain_of(tmp_path).links

    assert read_anew(link, NOBODY).as_of == day(0)
    with pytest.raises(NoEvidenceError, match="it was exchanged while it was read"):
        read_anew(replace(link, digest="0" * 64), NOBODY)
    link.path.unlink()
    with pytest.raises(NoEvidenceError, match=r"^No such file or directory"):
        read_anew(link, NOBODY)


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


@pytest.mark.parametrize("report", [b"{}", b"[" * 100_000, b"no JSON"])
def test_a_report_that_is_none_is_no_evidence(report: bytes, tmp_path: Path) -> None:
    """A bundle without a report that can be read says nothing of its day."""
    write_bundle(tmp_path / name_of(day(0)), bundle_files(day(0), report))

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

    with time_machine.travel(day(92), tick=False):
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


# What does not hold though it is signed


def test_a_statement_and_its_report_agree(tmp_path: Path) -> None:
    """Verdicts that were edited after the statement, in some place or in all, are no evidence."""
    failing = plain_report(day(0), [check(Status.FAIL)])
    edited = json.loads(json.dumps(failing))
    edited["findings"][0]["status"] = "pass"
    good = sealed(day(0), [check(Status.PASS)])
    other = failing["scope"] | {"recording": {"run": "another", "digest": None}}
    for number, (made, results) in enumerate(
        [
            (json.dumps(edited).encode(), None),
            (good, json.dumps(failing).encode()),
            (json.dumps(failing | {"scope": other}).encode(), json.dumps(failing).encode()),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        files = bundle_files(day(0), made, results_of=results)
        write_bundle(folder / name_of(day(0)), files)

    found = [refused(period(tmp_path / str(number))) for number in range(3)]

    name = name_of(day(0))
    assert [each[name] for each in found] == [
        "reports/report.json: its controls have other verdicts than their checks",
        "statement.json: its results are not those of reports/report.json",
        "reports/report.json: it is about another recording than the statement",
    ]


@pytest.mark.parametrize("identity", ["-O verify", "audit@example.com\nroot", "*", "", "a b"])
@pytest.mark.parametrize("listed", ["allowed_signers", ""])
def test_an_identity_that_is_none_spoils_its_bundle_alone(
    identity: str, listed: str, tmp_path: Path, keys: Keys
) -> None:
    """The others of the locker count as before."""
    trusted = Trusted(signers(tmp_path / listed, signer(keys.key()))) if listed else NOBODY
    folder = tmp_path / "locker"
    folder.mkdir()
    signed = partial(sign, key=keys.key())
    before: Bundle | None = None
    for number, who in enumerate((IDENTITY, identity)):
        report = sealed(day(number), [check(Status.PASS)])
        digest = before.sums_digest if before else None
        files = bundle_files(day(number), report, digest, signed=signed, identity=who)
        before = write_bundle(folder / name_of(day(number)), files)

    found = period(folder, trusted=trusted)

    assert found.evidence[:2] == (True, False)
    assert "identity" in refused(found)[name_of(day(1))]


@pytest.mark.parametrize("made_up", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("where", ["as_of", "open_since", "time"])
def test_moments_that_cannot_be_spoil_their_bundle_alone(
    where: str, made_up: str, tmp_path: Path
) -> None:
    """A report of the year 1 or 9999 is none; nothing ends, and nobody counts with it."""
    report = plain_report(day(0), [check(Status.FAIL)])
    target = {
        "as_of": report,
        "open_since": report["findings"][0],
        "time": CHANGE,
    }[where]
    told = {**target, where: made_up}
    if where == "open_since":
        report["findings"] = [told]
    elif where == "time":
        report["changes"] = [told]
    else:
        report = told
    made = json.dumps(report).encode()
    write_bundle(tmp_path / name_of(day(0)), bundle_files(day(0), made))

    found = period(tmp_path)

    assert refused(found) == {
        name_of(day(0)): "reports/report.json: a moment in it is made up",
    }
    assert found.exit_code == ExitCode.NOT_JUDGED


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_statements_of_moments_that_cannot_be_spoil_their_bundle_alone(
    moment: str, tmp_path: Path
) -> None:
    """Locker, period, verify and trend treat it as one bundle that cannot be read."""
    (good, bad) = list(a_locker(tmp_path / "locker", range(2)))
    files = {name: bad.files[name] for name in bad.files if name not in NEVER_LISTED}
    statement = json.loads(files["statement.json"])
    statement["predicate"]["asOf"] = moment
    files["statement.json"] = json.dumps(statement).encode()
    sums = sums_of(files)
    bad.path.write_bytes(packed({**files, "SHA256SUMS": sums, SIGNATURE: unsigned(sums)}))

    first, second = chain_of(tmp_path / "locker").links
    assert (first.is_readable, second.is_readable) == (True, False)
    found = period(tmp_path / "locker")
    assert found.evidence[:2] == (True, False)
    assert "made up" in refused(found)[bad.path.name]
    verified = run_command(tmp_path, "evidence", "verify", "locker")
    assert verified.code == 1, verified.text
    shown = run_command(tmp_path, "trend", "locker")
    assert bad.path.name in shown.err
    assert good.path.name in run_command(tmp_path, "trend", "locker", "--format=json").out


# Time stamps, and when bundles were sealed


def stamped_bundle(folder: Path, keys: Keys, stamp: Callable[[bytes], bytes]) -> Trusted:
    """Write a locker of one bundle with a time stamp; return whom to trust."""
    report = sealed(day(0), [check(Status.PASS)])
    files = bundle_files(day(0), report, signed=partial(sign, key=keys.key()))
    files[TIME_STAMP] = stamp(files[SIGNATURE])
    write_bundle(folder / name_of(day(0)), files)
    return Trusted(signers(folder / ".allowed_signers", signer(keys.key())))


def test_a_time_stamp_that_nobody_checked_is_said(tmp_path: Path, keys: Keys) -> None:
    """Without the authority's certificates the bundle counts, and the period is not whole."""
    trusted = stamped_bundle(tmp_path, keys, lambda _: b"nobody looks at it")

    found = period(tmp_path, ONE_DAY, trusted)

    assert found.evidence == (True,)
    assert [each.stamp for each in found.bundles] == [Stamp.UNCHECKED]
    assert found.exit_code == ExitCode.NOT_JUDGED
    for form in FORMATS:
        assert "time stamps of 1 bundle were not checked" in plain(content(form, found)), form


def test_a_time_stamp_that_is_none_spoils_its_bundle(
    tmp_path: Path, keys: Keys, authority: Authority
) -> None:
    """With the certificates it must be a stamp by the authority, on this very signature."""
    trusted = stamped_bundle(tmp_path, keys, lambda _: b"no stamp")

    found = period(tmp_path, ONE_DAY, replace(trusted, roots=authority.root))

    assert found.evidence == (False,)
    assert refused(found)[name_of(day(0))].startswith("time stamp: ")


def test_bundles_that_were_sealed_late_are_counted(tmp_path: Path) -> None:
    """A year can be signed in one night: each format says how many were, and by whose word."""
    before: Bundle | None = None
    for number in range(3):
        report = sealed(day(number), [check(Status.PASS)])
        digest = before.sums_digest if before else None
        files = bundle_files(day(number), report, digest, sealed_at=day(2, hour=9))
        before = write_bundle(tmp_path / name_of(day(number)), files)

    found = period(tmp_path)

    assert [each.sealed_at for each in found.bundles] == [day(2, hour=9)] * 3
    said = (
        "ealed more than 1 day after the account was read, by the signer's own word: 2 of 3 bundles"
    )
    for form in FORMATS:
        assert said in plain(content(form, found)), form
    assert not period(tmp_path, replace(WEEK, every=timedelta(days=7))).late


# What was left out


def test_controls_of_no_run_are_named(tmp_path: Path) -> None:
    """The controls of the core set that no run looked at stand in every format, as PARTIAL."""
    list(a_locker(tmp_path, range(7)))

    found = period(tmp_path)

    assert "PD-05" not in found.not_selected
    assert {"PD-01", "PD-25"} <= set(found.not_selected)
    assert len(found.not_selected) == 24
    for form in FORMATS:
        text = plain(content(form, found))
        assert "PARTIAL: not selected in any run of the period: PD-01, PD-02, " in text, form
        assert form == "csv" or "PARTIAL: evidence on 7 of 7 days" in text, form
    assert not period(tmp_path, Span.of("2026-10-01", "2026-10-02")).not_selected


# Judged again


DEMO = name_of(day(21, hour=9))
DEMO_DAY = Span.of("2026-11-23", "2026-11-23")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Mapping[str, bytes]:
    """Return the sealed files of the recording of the demo account, made once."""
    folder = tmp_path_factory.mktemp("judged")
    given = ("--replay=demo", "--controls=PD-05,PD-06", "--format=json", "--output=report.json")
    run_command(folder, *given)
    at = day(21, hour=10)
    return seal(ToSeal("demo", [folder / "report.json"], keys.key(), IDENTITY, at)).files


def forged(demo: Mapping[str, bytes], version: str = __version__) -> tuple[dict[str, bytes], str]:
    """Return the demo bundle with a fail that was made a pass in report and statement, and whose.

    *version* is the one that is said to have made it.
    """
    report = json.loads(demo[REPORT])
    failing = next(each for each in report["findings"] if each["status"] == "fail")
    failing["status"] = "pass"
    report["tool"]["version"] = version
    for each in report["controls"]:
        own = [Status(f["status"]) for f in report["findings"] if f["control"] == each["id"]]
        each["status"] = overall(own)
    made = json.dumps(report).encode()
    files = {name: demo[name] for name in demo if name not in NEVER_LISTED} | {REPORT: made}
    statement = json.loads(files.pop("statement.json"))
    results = told_by(made, REPORT).results
    statement["subject"] = msgspec.to_builtins(subjects_of(files))
    statement["predicate"] |= {
        "toolVersion": version,
        "result": overall_of(results),
        "passedTests": results["PASSED"],
        "warnedTests": results["WARNED"],
        "failedTests": results["FAILED"],
    }
    files["statement.json"] = json.dumps(statement).encode()
    sums = sums_of(files)
    whole = files | {"SHA256SUMS": sums, SIGNATURE: unsigned(sums)}
    return whole, f"{failing['control']} on {failing['resource']['id']}"


def test_judged_again_a_recording_gives_the_same(tmp_path: Path, demo: Mapping[str, bytes]) -> None:
    """The sealed verdicts stay; beside them stands that this version comes to the same."""
    write_bundle(tmp_path / DEMO, dict(demo))

    found = period_in(tmp_path, DEMO_DAY, NOBODY, rejudges=True)

    assert found.rejudged is not None
    assert [(each.bundle, each.differences, each.problem) for each in found.rejudged] == [
        (DEMO, (), "")
    ]
    assert [each.id for each in found.controls] == ["PD-05", "PD-06"]
    assert words.NOT_REJUDGED not in content("text", found)
    assert period_in(tmp_path, WEEK, NOBODY, rejudges=True).rejudged == ()


def test_without_judging_every_format_says_so(tmp_path: Path, demo: Mapping[str, bytes]) -> None:
    """A forged report that agrees with its statement counts, and nobody is told that it holds."""
    files, _ = forged(demo)
    write_bundle(tmp_path / DEMO, files)

    found = period(tmp_path, DEMO_DAY)

    assert found.evidence == (True,)
    for form in FORMATS:
        assert "eports were not compared with their recordings" in plain(content(form, found)), form


def test_a_report_that_its_own_version_refutes_is_no_evidence(
    tmp_path: Path, demo: Mapping[str, bytes]
) -> None:
    """A sealed pass that the same version fails: no change of the tool explains it. Exit code 1."""
    files, check_of = forged(demo)
    write_bundle(tmp_path / DEMO, files)

    found = period_in(tmp_path, DEMO_DAY, NOBODY, rejudges=True)

    assert found.rejudged is not None
    (again,) = found.rejudged
    assert again.differences == (f"{check_of}, pass and now fail",)
    assert refused(found) == {DEMO: again.problem}
    assert not found.exceptions
    assert found.exit_code == ExitCode.FAILED


def test_what_another_version_judges_otherwise_is_told_with_both_verdicts(
    tmp_path: Path, demo: Mapping[str, bytes]
) -> None:
    """A sealed pass that a later version fails is listed, and the document still has the pass."""
    files, check_of = forged(demo, "0.0.1")
    write_bundle(tmp_path / DEMO, files)

    found = period_in(tmp_path, DEMO_DAY, NOBODY, rejudges=True)

    assert found.rejudged is not None
    (again,) = found.rejudged
    assert f"{check_of}, pass and now fail" in again.differences
    assert (again.sealed_by, again.problem) == ("0.0.1", "")
    assert found.evidence == (True,)
    assert found.changed_verdicts


def test_a_recording_that_cannot_be_judged_again_says_why(tmp_path: Path) -> None:
    """Nothing follows from what is no recording: the sentence stands where differences would."""
    list(a_locker(tmp_path, [0]))

    found = period_in(tmp_path, WEEK, NOBODY, rejudges=True)

    assert found.rejudged is not None
    (again,) = found.rejudged
    assert again.differences[0].startswith("it could not be judged again: ")
    assert str(tmp_path) not in again.differences[0]
    assert "pdsec-" not in again.differences[0]
    assert found.evidence[0] is False
