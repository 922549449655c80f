"""``completion``: scripts that know every sub-command and flag."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from pdsec_checks.commands import COMMANDS
from pdsec_checks.configuration.options import OPTIONS
from tests.commands.helpers import Command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_knows_every_command_and_flag(command: Command, shell: str) -> None:
    """The parsers themselves are the source, so that nothing is forgotten."""
    said = command("completion", shell)

    assert said.code == 0
    assert all(name in said.out for name in COMMANDS)
    assert all(option.name in said.out for option in OPTIONS)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("con", {"controls", "config"}),
        ("controls --f", {"--format"}),
        ("--severity h", {"high"}),
        ("config ", {"init", "show", "check", "suggest"}),
        ("config show --api-key-m", {"--api-key-max-age"}),
        ("completion f", {"fish"}),
    ],
)
def test_bash_offers_what_fits(command: Command, typed: str, offered: set[str]) -> None:
    """Bash, asked as it is when somebody presses Tab, offers the words that can follow."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    words = ["pagerduty-sec-inspector", *typed.split(" ")]
    script = command("completion", "bash").out + (
        f"\nCOMP_WORDS=({' '.join(word or repr(word) for word in words)})"
        f"\nCOMP_CWORD={len(words) - 1}"
        '\n_shtab_pagerduty_sec_inspector\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        [bash, "--norc"], input=script, capture_output=True, text=True, timeout=30, check=False
    )

    found = {word.strip() for word in done.stdout.splitlines()}
    assert found >= offered, done.stderr
    assert all(word.startswith(words[-1]) for word in found)


def test_other_shells_are_refused_by_name(command: Command) -> None:
    """The message names the shells that there are."""
    said = command("completion", "tcsh")

    assert said.code == 4
    assert "choose from" in said.err
