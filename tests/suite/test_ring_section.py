"""The page's section about whom incidents would call comes from wherever PD-26 was judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdsec_checks.analysis.ring.sweep import sweep
from pdsec_checks.reports.ring import making
from pdsec_checks.suite.ring_section import claimed, load
from tests.accounts.files import accounts_toml
from tests.support import reading
from tests.support.calls import run_command, run_pytest
from tests.support.processes import Ended

SECTION = '<section id="ring"'


def inspected(folder: Path, *arguments: str) -> Ended:
    """Inspect the demo account by PD-26 with some options."""
    return run_pytest(folder, "--pd-replay=demo", "--pd-controls=PD-26", *arguments)


@reading.only_in_ci
def test_a_worker_makes_the_same_page(tmp_path: Path) -> None:
    """The first worker that is done leaves the section for the process that reports."""
    alone, shared = tmp_path / "alone.html", tmp_path / "shared.html"
    inspected(tmp_path, f"--pd-html={alone}")
    inspected(tmp_path, f"--pd-html={shared}", "-n", "1")

    assert SECTION in alone.read_text(encoding="utf-8")
    assert shared.read_bytes() == alone.read_bytes()


def test_selected_services_alone_are_in_it(tmp_path: Path) -> None:
    """A run over one service shows that one."""
    file = tmp_path / "page.html"
    ended = inspected(tmp_path, f"--pd-html={file}", "--pd-resource=Corporate Mail")
    shown = file.read_text(encoding="utf-8").partition(SECTION)[2].partition("</section>")[0]

    assert "1 of 1 selected service has a moment" in ended.out
    assert "Corporate Mail" in shown
    assert "Warehouse" not in shown


def test_each_of_several_accounts_has_its_own(tmp_path: Path) -> None:
    """With its headline in the table of accounts, and its section on its own page."""
    file = accounts_toml(
        tmp_path, {"name": "bad", "replay": "demo"}, {"name": "good", "replay": "demo-compliant"}
    )
    ended = run_command(
        tmp_path,
        f"--accounts={file}",
        "--controls=PD-26",
        "--format=html,markdown",
        "--output=made",
    )
    pages = {
        each.parent.name: each.read_text("utf-8") for each in tmp_path.rglob("inspection.html")
    }
    table = (tmp_path / "made" / "accounts.html").read_text(encoding="utf-8")
    summary = (tmp_path / "made" / "accounts.md").read_text(encoding="utf-8")

    assert set(pages) == {"bad", "good"}
    assert all(SECTION in each for each in pages.values())
    for text in (ended.err + ended.out, table, summary):
        assert "5 of 26 services have a moment" in text
        assert "Every moment of the next 30 days reaches a person" in text


@pytest.mark.parametrize(
    "arguments", [("--pd-controls=PD-26",), ("--pd-html=page.html", "--pd-controls=PD-05")]
)
def test_nothing_is_made_that_nobody_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Without a page there is no section, and without PD-26 neither."""
    made: list[object] = []
    monkeypatch.setattr(making, "survey", lambda *given: made.append(given))
    ended = run_pytest(tmp_path, "--pd-replay=demo", *arguments)

    assert made == []
    assert ended.code == 1


def test_default_run_sweeps_no_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The analysis costs a run that judges neither of its controls nothing."""
    swept: list[object] = []

    def watched(*given: object) -> object:
        swept.append(given)
        return sweep(*given)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr("pdsec_checks.analysis.ring.swept.sweep", watched)
    run_pytest(tmp_path, "--pd-replay=demo", "--pd-html=page.html")
    assert swept == []

    inspected(tmp_path, "--pd-resource=Corporate Mail")
    assert swept


def test_one_worker_claims_the_section(tmp_path: Path) -> None:
    """The next one does not make it again, and nobody does where the run is over."""
    assert [claimed(tmp_path), claimed(tmp_path)] == [True, False]
    assert not claimed(tmp_path / "gone")
    assert load(tmp_path) is None
