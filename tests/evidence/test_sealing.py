"""``evidence seal`` and ``verify`` together, with real keys: what is sealed is what is verified."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from pdsec_checks.evidence.bundle import packed, read_bundle, sums_of
from pdsec_checks.evidence.signing import sign
from pdsec_checks.pagerduty.recordings.recording import shipped
from tests.simulator import accounts, run
from tests.simulator.record import record
from tests.support import reading
from tests.support.authority import Authority, serving
from tests.support.calls import run_command
from tests.support.judged import NOW
from tests.support.processes import Ended
from tests.support.ssh_keys import IDENTITY, Keys, agent, public, signer, signers

AT = "--at=2026-11-24T10:20:30Z"
FORMATS = ("json", "html", "csv")
NEVER_SIGNED = ("SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.sig.tsr")


@dataclass(frozen=True)
class Desk:
    """Where somebody seals: reports on the demo account, a key, and who may sign."""

    folder: Path
    key: Path
    trusted: str
    """The flag that names the file of allowed signers."""

    def seal(self, output: str, *more: str, recording: str = "demo", **variables: str) -> Ended:
        """Seal the reports of the folder ``out``."""
        reports = sorted(
            each for each in (self.folder / "out").iterdir() if "more" not in each.name
        )
        return run_command(
            self.folder,
            "evidence",
            "seal",
            f"--recording={recording}",
            *(f"--report={each}" for each in reports),
            f"--output={output}",
            *with_defaults(more, key=str(self.key), identity=IDENTITY),
            *(() if any(each.startswith("--at") for each in more) else (AT,)),
            simulator=None,
            **variables,
        )

    def verify(self, *arguments: str) -> Ended:
        """Verify with the list of allowed signers."""
        return run_command(self.folder, "evidence", "verify", self.trusted, *arguments)


def with_defaults(given: tuple[str, ...], **defaults: str) -> Iterator[str]:
    """Yield the arguments, and a flag for each default that none of them sets."""
    yield from given
    for name, value in defaults.items():
        if not any(each.startswith(f"--{name}=") for each in given):
            yield f"--{name}={value}"


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the reports on the demo account, written once."""
    folder = tmp_path_factory.mktemp("reports")
    ended = run_command(folder, "--replay=demo", f"--format={','.join(FORMATS)}", "--output=out")
    assert ended.code == 1, ended.text
    return folder / "out"


@pytest.fixture
def desk(tmp_path: Path, reports: Path, keys: Keys) -> Desk:
    """Return a folder in which the reports, a key and its list of signers lie."""
    shutil.copytree(reports, tmp_path / "out")
    file = signers(tmp_path / "allowed_signers", signer(keys.key()))
    return Desk(tmp_path, keys.key(), f"--allowed-signers={file}")


@pytest.fixture(scope="session")
def bundle_of_demo(
    tmp_path_factory: pytest.TempPathFactory, reports: Path, keys: Keys
) -> dict[str, bytes]:
    """Return the files of a sealed bundle, for whoever changes some."""
    folder = tmp_path_factory.mktemp("sealed")
    shutil.copytree(reports, folder / "out")
    ended = Desk(folder, keys.key(), "").seal("demo.zip")
    assert ended.code == 0, ended.text
    return dict(read_bundle(folder / "demo.zip").files)


def just_now() -> str:
    """Return the flag that dates a signature after a recording that was made a moment ago."""
    return f"--at={datetime.now(UTC).isoformat()}"


def results(ended: Ended) -> dict[str, str]:
    """Return what ``verify --format json`` found, by what was checked; the worst of each."""
    worst = ("good", "note", "part", "bad")
    found: dict[str, str] = {}
    plain = json.loads(ended.out)
    for check in [*(each for one in plain["bundles"] for each in one["checks"]), *plain["chain"]]:
        before = found.get(check["what"], "good")
        found[check["what"]] = max(before, check["result"], key=worst.index)
    return found


def test_what_was_sealed_is_verified(desk: Desk) -> None:
    """Files, statement, signature, recording, ledger and each report."""
    assert desk.seal("evidence.zip").code == 0
    ended = desk.verify("evidence.zip", "--format=json")

    assert ended.code == 0, ended.text
    assert results(ended) == {
        "files": "good",
        "statement.json": "good",
        "chain": "note",
        "signed": "note",
        "signature": "good",
        "VERIFY.md": "good",
        "time stamp": "note",
        "recording.yaml": "good",
        "ledger.jsonl": "good",
        **{f"reports/{each.name}": "good" for each in (desk.folder / "out").iterdir()},
    }


def test_same_input_gives_the_same_bytes(desk: Desk) -> None:
    """Ed25519 signs one content in one way, and nothing of the moment or the place is inside."""
    assert desk.seal("one.zip").code == desk.seal("two.zip").code == 0

    assert (desk.folder / "one.zip").read_bytes() == (desk.folder / "two.zip").read_bytes()


def test_statement_says_what_a_machine_wants_to_know(desk: Desk) -> None:
    """in-toto: every file by its digest, what passed and failed, and of whom."""
    (desk.folder / "pdsec.toml").write_text("", encoding="utf-8")
    assert desk.seal("evidence.zip").code == 0
    files = read_bundle(desk.folder / "evidence.zip").files
    found = json.loads(files["statement.json"])
    report = json.loads((desk.folder / "out/inspection.json").read_bytes())
    about = found["predicate"]

    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert {each["name"]: each["digest"]["sha256"] for each in found["subject"]} == {
        name: sha256(content).hexdigest()
        for name, content in files.items()
        if name not in {*NEVER_SIGNED, "statement.json"}
    }
    by_status = {each["id"]: each["status"] for each in report["controls"]}
    assert about["failedTests"] == [name for name, each in by_status.items() if each == "fail"]
    assert about["warnedTests"] == [
        name for name, each in by_status.items() if each in {"error", "manual"}
    ]
    assert len(about["passedTests"]) == len(by_status) - len(
        [*about["failedTests"], *about["warnedTests"]]
    )
    assert about["result"] == "FAILED"
    assert about["account"] == sha256(report["account"]["subdomain"].encode()).hexdigest()
    assert about["asOf"] == report["as_of"]
    assert about["sealedAt"] == "2026-11-24T10:20:30Z"
    assert about["run"] == report["scope"]["recording"]["run"]
    assert about["recordingDigest"] == report["scope"]["recording"]["digest"]
    assert about["configuration"][0]["name"] == "config.toml"
    assert about["toolVersion"] == report["tool"]["version"]
    assert {"users", "services"} <= set(about["dataSets"])
    assert {each["name"] for each in about["notRead"]} == {
        each["data_set"] for each in report["unread"]
    }
    assert about["previous"] is None


def test_chain_of_bundles(desk: Desk) -> None:
    """Each names the one before it; one that is left out, or exchanged, is missed."""
    assert desk.seal("1.zip").code == 0
    assert desk.seal("2.zip", "--previous=1.zip").code == 0
    assert desk.seal("3.zip", "--previous=2.zip").code == 0
    whole = desk.verify("1.zip", "2.zip", "3.zip", "--without-judging", "--format=json")
    gap = desk.verify("1.zip", "3.zip", "--without-judging", "--format=json")

    assert results(whole)["chain"] in {"good", "note"}
    assert whole.code == 6, "nothing was judged again"
    assert results(gap)["chain"] == "bad"
    assert gap.code == 1
    assert "3.zip follows" in gap.out
    assert "and not 1.zip" in gap.out


def test_locker_is_verified_in_its_order(desk: Desk) -> None:
    """A folder stands for its bundles; a foreign file in it is named."""
    assert desk.seal("1.zip").code == 0
    assert run_command(desk.folder, "evidence", "add", "locker", "1.zip").code == 0
    good = desk.verify("locker", "--format=json")
    (desk.folder / "locker/notes.txt").write_text("mine", encoding="utf-8")
    odd = desk.verify("locker", "--format=json")

    assert good.code == 0, good.text
    assert odd.code == 1
    assert "notes.txt" in odd.out


def test_sealing_into_a_locker_follows_its_last_bundle(desk: Desk) -> None:
    """``evidence add`` with a recording names the newest bundle as the one before."""
    for number in ("1", "2"):
        moment = NOW + timedelta(days=int(number))
        record(accounts.small(moment), desk.folder / f"{number}.yaml", as_of=moment)
        run_command(
            desk.folder, f"--replay={number}.yaml", "--controls=4,22", f"--output={number}.json"
        )
        ended = run_command(
            desk.folder,
            "evidence",
            "add",
            "locker",
            f"--recording={number}.yaml",
            f"--report={number}.json",
            f"--key={desk.key}",
            f"--identity={IDENTITY}",
            AT,
        )
        assert ended.code == 0, ended.text
    first, second = map(read_bundle, sorted((desk.folder / "locker").glob("*.zip")))

    assert second.statement.predicate.previous == first.sums_digest
    assert desk.verify("locker").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.zip", "--recording=demo"], "a.zip and --recording: name one of them"),
        ([], "name a sealed bundle, or --recording, --report, --key, --identity"),
        (["--key=k", "--recording=demo"], "name a sealed bundle, or --report, --identity"),
    ],
    ids=["both", "none", "some"],
)
def test_add_wants_a_bundle_or_what_to_seal(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    """It says what is missing."""
    ended = run_command(tmp_path, "evidence", "add", "locker", *arguments)

    assert ended.code == 4
    assert said in ended.err


def test_key_of_an_agent(desk: Desk, keys: Keys) -> None:
    """The public key is named, and the agent signs: no private key is near."""
    lone = desk.folder / "lone.pub"
    lone.write_text(public(keys.key()), encoding="utf-8")
    with agent(keys.key()) as socket:
        ended = desk.seal("evidence.zip", f"--key={lone}", SSH_AUTH_SOCK=socket)

    assert ended.code == 0, ended.text
    assert desk.verify("evidence.zip").code == 0


def test_time_stamp_proves_when_the_signature_existed(desk: Desk, authority: Authority) -> None:
    """With the authority's certificate it is checked, without it is said to be open."""
    with serving(authority.reply) as served:
        assert desk.seal("evidence.zip", f"--tsa={served.url}").code == 0
    trusted = desk.verify("evidence.zip", f"--tsa-ca={authority.root}", "--format=json")
    open_ended = desk.verify("evidence.zip", "--format=json")

    assert (trusted.code, results(trusted)["time stamp"]) == (0, "good"), trusted.text
    assert (open_ended.code, results(open_ended)["time stamp"]) == (6, "part")


def test_time_stamp_of_another_signature(
    desk: Desk, authority: Authority, bundle_of_demo: dict[str, bytes]
) -> None:
    """It proves nothing of this one."""
    with serving(authority.reply) as served:
        assert desk.seal("other.zip", f"--tsa={served.url}", "--at=2026-11-25").code == 0
    stamp = read_bundle(desk.folder / "other.zip").files["SHA256SUMS.sig.tsr"]
    write(desk, {**bundle_of_demo, "SHA256SUMS.sig.tsr": stamp})
    ended = desk.verify("changed.zip", f"--tsa-ca={authority.root}", "--format=json")

    assert (ended.code, results(ended)["time stamp"]) == (1, "bad")


def write(desk: Desk, files: dict[str, bytes]) -> None:
    """Write a bundle that somebody made up."""
    (desk.folder / "changed.zip").write_bytes(packed(files))


def signed_anew(files: dict[str, bytes], key: Path) -> dict[str, bytes]:
    """Return files with sums and a signature that fit: whoever has the key can do that."""
    listed = {name: each for name, each in files.items() if name not in NEVER_SIGNED}
    sums = sums_of(listed)
    return {**listed, "SHA256SUMS": sums, "SHA256SUMS.sig": sign(sums, key)}


def test_without_a_list_of_signers_nobody_knows_who_signed(desk: Desk) -> None:
    """All else is checked, and the exit code says that it is not all."""
    assert desk.seal("evidence.zip").code == 0
    ended = run_command(desk.folder, "evidence", "verify", "evidence.zip", "--format=json")

    assert (ended.code, results(ended)["signature"]) == (6, "part")
    assert json.loads(ended.out)["bundles"][0]["verified"] is False


def test_somebody_else_signed(desk: Desk, keys: Keys, bundle_of_demo: dict[str, bytes]) -> None:
    """A signature by a key that nobody trusts is no signature."""
    write(desk, signed_anew(bundle_of_demo, keys.key("stranger")))
    ended = desk.verify("changed.zip", "--format=json")

    assert (ended.code, results(ended)["signature"]) == (1, "bad")


def test_signature_of_another_bundle(desk: Desk, bundle_of_demo: dict[str, bytes]) -> None:
    """It was taken from where it belongs."""
    assert desk.seal("other.zip", "--at=2026-11-25").code == 0
    swapped = read_bundle(desk.folder / "other.zip").files["SHA256SUMS.sig"]
    write(desk, {**bundle_of_demo, "SHA256SUMS.sig": swapped})
    ended = desk.verify("changed.zip", "--format=json")

    assert (ended.code, results(ended)["signature"]) == (1, "bad")


def test_other_identity(desk: Desk) -> None:
    """Whoever verifies may say who must have signed."""
    assert desk.seal("evidence.zip").code == 0
    ended = desk.verify("evidence.zip", "--identity=boss@example.com", "--format=json")

    assert (ended.code, results(ended)["signature"]) == (1, "bad")


def edited_report(files: dict[str, bytes]) -> dict[str, bytes]:
    """Let a fail be a pass."""
    report = files["reports/inspection.json"].replace(b'"status": "fail"', b'"status": "pass"', 30)
    return {**files, "reports/inspection.json": report}


def edited_recording(files: dict[str, bytes]) -> dict[str, bytes]:
    """Let nobody be an administrator."""
    recording = files["recording.yaml"].replace(b"admin", b"agent")
    return {**files, "recording.yaml": recording}


def edited_ledger(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave a request out."""
    return {**files, "ledger.jsonl": files["ledger.jsonl"].partition(b"\n")[2]}


def about(**changed: Any) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    """Return what gives the statement of a bundle other facts."""

    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        plain: dict[str, Any] = json.loads(files["statement.json"])
        plain["predicate"] |= changed
        return {**files, "statement.json": json.dumps(plain).encode()}

    return change


def edited_page(files: dict[str, bytes]) -> dict[str, bytes]:
    """Tell an auditor to run something else."""
    return {**files, "VERIFY.md": files["VERIFY.md"].replace(b"sha256sum", b"curl evil")}


def broken_statement(files: dict[str, bytes]) -> dict[str, bytes]:
    """Say nothing that can be read."""
    return {**files, "statement.json": b'{"_type": "something else"}'}


FORGERIES: dict[str, tuple[Callable[[dict[str, bytes]], dict[str, bytes]], str]] = {
    "edited report": (edited_report, "reports/inspection.json"),
    "edited recording": (edited_recording, "content"),
    "edited ledger": (edited_ledger, "ledger.jsonl"),
    "edited page": (edited_page, "VERIFY.md"),
    "broken statement": (broken_statement, "statement.json"),
    "result": (about(result="PASSED"), "statement.json"),
    "result 2": (about(result="\x1b[31mPASSED\nOK"), "statement.json"),
    "failedTests": (about(failedTests=[]), "statement.json"),
    "dataSets": (about(dataSets=[]), "statement.json"),
    "notRead": (about(notRead=[{"name": "users", "reason": "HTTP 403"}]), "statement.json"),
    "account": (about(account="0" * 64), "statement.json"),
    "redacted": (about(redacted=True), "statement.json"),
    "toolVersion": (about(toolVersion="9.9"), "statement.json"),
    "recordingDigest": (about(recordingDigest=None), "statement.json"),
    "run": (about(run="another"), "statement.json"),
    "configuration": (about(configuration=[{"name": "c", "digest": {}}]), "statement.json"),
    "asOf": (about(asOf="2026-11-22T09:00:00Z"), "statement.json"),
    "asOf 2": (about(asOf="0001-01-01T00:00:00+14:00"), "statement.json"),
    "sealedAt": (about(sealedAt="9999-12-31T23:59:59-14:00"), "statement.json"),
    "sealedAt 2": (about(sealedAt="2031-01-01T00:00:00Z"), "statement.json"),
    "sealedAt 3": (about(sealedAt="2026-11-21T00:00:00Z"), "statement.json"),
    "jsonReport": (about(jsonReport="reports/gone.json"), "content"),
    "identity": (about(identity="two\nlines"), "signature"),
    "identity 2": (about(identity="*"), "signature"),
    "identity 3": (about(identity="-oProxyCommand=x"), "signature"),
}
"""What a signer may claim → how, and what gives it away."""


@pytest.mark.parametrize("forgery", reading.sampled([*FORGERIES], 5))
def test_even_the_signer_cannot_seal_what_does_not_follow(
    desk: Desk,
    bundle_of_demo: dict[str, bytes],
    forgery: str,
) -> None:
    """The signature is good, the sums fit, and the content gives it away."""
    change, what = FORGERIES[forgery]
    changed = change(bundle_of_demo)
    if changed["statement.json"] == bundle_of_demo["statement.json"]:
        changed = restated(changed)
    write(desk, signed_anew(changed, desk.key))
    ended = desk.verify("changed.zip", "--format=json")

    assert ended.code == 1, ended.text
    assert results(ended)[what] == "bad"
    shown = desk.verify("changed.zip").out
    assert "\x1b" not in shown
    assert all(each.startswith(("changed.zip: NOT", "  ")) for each in shown.splitlines())


def restated(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return files with a statement that is about them."""
    plain = json.loads(files["statement.json"])
    for each in plain["subject"]:
        each["digest"]["sha256"] = sha256(files[each["name"]]).hexdigest()
    return {**files, "statement.json": json.dumps(plain).encode()}


def test_statement_about_other_files(desk: Desk, bundle_of_demo: dict[str, bytes]) -> None:
    """It names a digest that no file of the bundle has."""
    files = {**bundle_of_demo, "VERIFY.md": b"trust us"}
    write(desk, signed_anew(files, desk.key))
    ended = desk.verify("changed.zip", "--format=json")

    assert (ended.code, results(ended)["statement.json"]) == (1, "bad")


def test_archive_that_is_no_bundle(desk: Desk) -> None:
    """It differs from anything that was sealed, in one sentence."""
    (desk.folder / "changed.zip").write_bytes(b"PK nothing")
    ended = desk.verify("changed.zip")

    assert ended.code == 1
    assert "not a bundle" in ended.out


@pytest.mark.parametrize("name", ["gone.zip", "empty"])
def test_bundle_that_is_not_there(desk: Desk, name: str) -> None:
    """Nothing was verified: a usage error."""
    (desk.folder / "empty").mkdir()
    ended = desk.verify(name)

    assert ended.code == 4
    assert name in ended.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--report=gone.json"], "--report gone.json: No such file"),
        (["--report=odd name.json"], "odd name.json: in a bundle names are of letters"),
        (["--report=again/inspection.json"], "there are two reports of this name"),
        (["--report=more.json"], "are JSON reports; seal one"),
        (["--config=gone.toml"], "--config gone.toml: No such file"),
        (["--identity=two words"], "identity 'two words'"),
        (["--key=gone"], "gone: there is no such file"),
        (["--previous=gone.zip"], "gone.zip: No such file"),
        (["--at=tomorrow"], "'tomorrow' is no moment"),
        (["--tsa=http://tsa.example.com"], "tsa.example.com"),
    ],
)
def test_what_cannot_be_sealed(desk: Desk, more: list[str], said: str) -> None:
    """A sentence that names it, exit code 4, and no bundle."""
    (desk.folder / "again").mkdir()
    for copy in ("again/inspection.json", "more.json", "odd name.json"):
        shutil.copy(desk.folder / "out/inspection.json", desk.folder / copy)
    ended = desk.seal("evidence.zip", *more)

    assert ended.code == 4, ended.text
    assert said in ended.err
    assert not (desk.folder / "evidence.zip").exists()


def test_bundle_is_never_overwritten(desk: Desk) -> None:
    """What was sealed stays."""
    (desk.folder / "evidence.zip").write_bytes(b"sealed before")
    ended = desk.seal("evidence.zip")

    assert ended.code == 4
    assert "the file exists; evidence is never overwritten" in ended.err
    assert (desk.folder / "evidence.zip").read_bytes() == b"sealed before"


def test_reports_without_a_json_report(desk: Desk) -> None:
    """The others could not be checked."""
    (desk.folder / "out/inspection.json").unlink()
    ended = desk.seal("evidence.zip")

    assert ended.code == 4
    assert "none of the files is a JSON report" in ended.err


def test_recording_whose_name_has_many_dots(desk: Desk) -> None:
    """In the bundle it has the one name that a recording has there."""
    shutil.copy(shipped("demo"), desk.folder / "acme.prod.2026.yaml")
    ended = desk.seal("evidence.zip", recording="acme.prod.2026.yaml")

    assert ended.code == 0, ended.text
    assert read_bundle(desk.folder / "evidence.zip").recording == "recording.yaml"


def test_recording_of_another_name(desk: Desk) -> None:
    """What is no recording by its name is none, whatever it holds."""
    shutil.copy(shipped("demo"), desk.folder / "acme.txt")
    ended = desk.seal("evidence.zip", recording="acme.txt")

    assert ended.code == 4
    assert "a recording ends in .yaml" in ended.err


def test_report_on_another_recording(desk: Desk) -> None:
    """The ids of the two runs are named."""
    ended = desk.seal("evidence.zip", recording="demo-compliant")

    assert ended.code == 4
    assert "seal what belongs together" in ended.err


def test_report_that_was_edited_is_not_sealed(desk: Desk) -> None:
    """The signer learns it before anybody else does."""
    report = desk.folder / "out/inspection.json"
    report.write_bytes(edited_report({"reports/inspection.json": report.read_bytes()}).popitem()[1])
    ended = desk.seal("evidence.zip")

    assert ended.code == 4
    assert "its sums are not those of its checks" in ended.err


def test_recording_with_pseudonyms_is_sealed_with_the_reports_of_its_replay(
    desk: Desk, tmp_path: Path
) -> None:
    """Nothing of the real names is needed to verify it."""
    with run(accounts.small(NOW)) as simulator:
        recorded = run_command(tmp_path, "--record=tape.yaml.gz", "--quiet", simulator=simulator)
    assert recorded.code in {0, 1, 6}, recorded.text
    shutil.rmtree(desk.folder / "out")
    run_command(tmp_path, "--replay=tape.yaml.gz", "--format=json,html", "--output=out")
    ended = desk.seal("evidence.zip", just_now(), recording="tape.yaml.gz")

    assert ended.code == 0, ended.text
    assert "WARNING" not in ended.err
    assert desk.verify("evidence.zip").code == 0


def test_live_reports_with_names_are_verified_in_part(desk: Desk, tmp_path: Path) -> None:
    """The signer is warned, and told what would be better."""
    shutil.rmtree(desk.folder / "out")
    with run(accounts.small(NOW)) as simulator:
        run_command(
            tmp_path,
            "--record=tape.yaml",
            "--quiet",
            "--format=json,csv",
            "--output=out",
            simulator=simulator,
        )
    ended = desk.seal("evidence.zip", just_now(), recording="tape.yaml")

    assert ended.code == 0, ended.text
    assert "WARNING: reports/inspection.json: every check is the same" in ended.err
    assert desk.verify("evidence.zip").code == 6


def test_recording_from_before_is_sealed_and_says_that_it_has_no_digest(
    desk: Desk, tmp_path: Path
) -> None:
    """It stays evidence: the sums of the bundle cover it."""
    old = tmp_path / "old.yaml"
    shutil.copy(shipped("demo"), old)
    strip_digests(old)
    shutil.rmtree(desk.folder / "out")
    run_command(tmp_path, "--replay=old.yaml", "--format=json", "--output=out/inspection.json")
    ended = desk.seal("evidence.zip", recording="old.yaml")

    assert ended.code == 0, ended.text
    found = desk.verify("evidence.zip")
    assert found.code == 0, found.text
    assert "it carries no digest" in found.out


def strip_digests(path: Path) -> None:
    """Let a recording be one of before there were digests."""
    plain = yaml.safe_load(path.read_text("utf-8"))
    (header,) = (each for each in plain["metadata"].values())
    for name in ("run", "host", "region", "through", "interactions", "header_digest", "digest"):
        header.pop(name, None)
    for each in plain["interactions"]:
        each["response"].pop("digest", None)
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
