"""A run in which no control applied to anything: it ends with 0, but never in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.support.calls import run_command
from tests.support.shown import shown_in

DISABLED = ("--replay=demo", "--resource=Legacy*")
"""A service that is switched off: controls have it, and none of them applies."""
SAID = "nothing was judged: no selected control applied"


def test_the_run_says_that_nothing_was_judged(tmp_path: Path) -> None:
    """Nothing failed, which is 0; on the terminal and in the reports stands what that is worth."""
    formats = [each for each in REPORT_FORMATS if each not in {"csv", "action-plan"}]
    ended = run_command(tmp_path, *DISABLED, f"--format={','.join(formats)}", "--output=reports")
    texts = {each: shown_in(tmp_path / "reports" / REPORT_FORMATS[each]) for each in formats}

    assert ended.code == 0, ended.text
    assert f"WARNING: {SAID}" in ended.text
    assert [each for each, text in texts.items() if SAID not in text] == []
    assert json.loads(texts["json"])["summary"]["to_judge"] == 0


@pytest.mark.parametrize("flags", [(), ("--quiet",)])
def test_no_requirement_is_called_supported(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Nothing that was looked at speaks for a requirement, whatever is printed."""
    ended = run_command(tmp_path, *DISABLED, "--output=inspection.json", *flags)
    counted = ended.report["summary"]["framework"]

    assert {each["supported"] for each in counted.values()} == {0}
    assert all(each["requirements"] == each["incomplete"] for each in counted.values())


def test_several_accounts_say_so_too(tmp_path: Path) -> None:
    """The notice is that of the account to which nothing applied."""
    (tmp_path / "accounts.toml").write_text('[[accounts]]\nname = "acme"\nreplay = "demo"\n')
    arguments = ("--accounts=accounts.toml", "--resource=Legacy*", "--format=json", "--output=-")
    ended = run_command(tmp_path, *arguments)
    (account,) = json.loads(ended.out)["accounts"]

    assert ended.code == 0, ended.text
    assert [each for each in account["notices"] if SAID in each]
