"""Reports of a recording with pseudonyms: no format links to a page that is nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.simulator import accounts, run
from tests.support.calls import run_command
from tests.support.shown import shown_in

PAGE = re.compile(r"https:(?:\\?/){2}(?!support\.|api\.|events\.)[\w.-]*\bpagerduty\.com[^\s\"<]*")
"""An address below PagerDuty's domain that is neither its manual nor one of its APIs."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every format, of a recording with pseudonyms and of one without."""
    folder = tmp_path_factory.mktemp("pseudonyms")
    formats = f"--format={','.join(REPORT_FORMATS)}"
    with run(accounts.NAMED["demo"]) as simulator:
        for name, more in (("hidden", ()), ("plain", ("--no-redact",))):
            tape = f"--record={name}.json.gz"
            run_command(folder, tape, "--quiet", *more, formats, f"--output=live-{name}",
                        simulator=simulator)  # fmt: skip
            replay = f"--replay={name}.json.gz"
            run_command(folder, replay, "--quiet", formats, f"--output={name}")
    return folder


@pytest.mark.parametrize("file", REPORT_FORMATS.values())
def test_no_format_links_to_a_pseudonym(written: Path, file: str) -> None:
    """Neither a finding, nor its evidence, nor its fix leads to an address that is made up."""
    text = shown_in(written / "hidden" / file)

    assert PAGE.findall(text) == []


@pytest.mark.parametrize(
    "file", [REPORT_FORMATS[name] for name in ("json", "html", "csv", "sarif", "xlsx", "slack")]
)
def test_a_recording_as_it_is_keeps_its_links(written: Path, file: str) -> None:
    """Where names are real, so are the links, and they stay."""
    assert PAGE.search(shown_in(written / "plain" / file))
