"""The README's section "Evidence": its commands run as they are printed, one after another."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

from pdsec_checks.pagerduty.recordings.recording import shipped
from tests.support.auditor import commands_in
from tests.support.processes import ROOT, shell
from tests.support.ssh_keys import Keys, signer, signers

SECTION = re.compile(r"<!-- evidence -->\n(.*?)<!-- /evidence -->", re.DOTALL)
ENDS = {
    "--replay": 1,
    "evidence seal": 0,
    "evidence verify": 0,
    "evidence add": 0,
    "evidence period": 1,
    "trend": 0,
}
"""How each command ends: the demo account has fails, and so has the period."""


def printed() -> list[str]:
    """Return the commands of the section, one a line."""
    found = SECTION.search((ROOT / "README.md").read_text("utf-8"))
    assert found
    (block,) = commands_in(found[1])
    return block.splitlines()


@pytest.fixture
def desk(tmp_path: Path, keys: Keys) -> Path:
    """Return the folder of somebody who has a key, a recording and a list of signers."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    key = keys.key()
    for name in (key.name, f"{key.name}.pub"):
        target = home / ".ssh" / name.replace(key.name, "id_ed25519")
        shutil.copy(key.with_name(name), target)
        target.chmod(0o600)
    (tmp_path / "acme.yaml.gz").write_bytes(gzip.compress(shipped("demo").read_bytes()))
    signers(tmp_path / "allowed_signers", signer(key))
    return tmp_path


def test_commands_run_as_printed(desk: Path) -> None:
    """Each ends as it should, and leaves what the next one reads."""
    commands = printed()
    assert len(commands) == len(ENDS)
    for command, (what, code) in zip(commands, ENDS.items(), strict=True):
        assert what in command
        ended = shell(desk, command, HOME=str(desk / "home"))
        assert ended.code == code, f"{command}\n{ended.text}"

    assert {each.name for each in desk.glob("locker/*.zip")} == {"evidence-2026-11-23T090000Z.zip"}
    assert len(list((desk / "november").iterdir())) == 3
    seal = json.loads((desk / "reports/inspection.json").read_text("utf-8"))["scope"]["recording"]
    assert seal["run"]
