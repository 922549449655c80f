"""Gathers findings in the process that reports, and writes every report at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pdsec_checks import TITLE
from pdsec_checks.catalogue.controls import left_out
from pdsec_checks.configuration.options import (
    INVENTORY_KIND,
    REPORT_FORMATS,
    REPORT_KINDS,
)
from pdsec_checks.errors import unforeseen
from pdsec_checks.exit_codes import ENDED_WELL, ExitCode
from pdsec_checks.suite.console import has_terminal, name_file, say_uncaptured, uncaptured
from pdsec_checks.suite.items import let_go
from pdsec_checks.suite.report_options import path_of, problem_with, show_summary
from pdsec_checks.suite.stopping import Workers, let_reports_be_written
from pdsec_checks.suite.usage_errors import PROBLEM, as_typed, code_of, internal
from pdsec_checks.suite.workers import (
    EXPECTED,
    REFUSED,
    SharedFolder,
    await_run_info,
    load_run_info,
)

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings
    from pdsec_checks.finding import Finding
    from pdsec_checks.reports.report import Report, RunInfo
    from pdsec_checks.reports.ring.section import RingSection
    from pdsec_checks.suite.run import Run

REPORTER = pytest.StashKey["Reporter"]()
FAILED_TO_START = {ExitCode.INTERNAL_ERROR, ExitCode.USAGE_ERROR}
NOTHING_JUDGED = (
    "the run ended before anything was judged: no report was written, and earlier reports are kept"
)
REPEATING = ("flaky", "rerunfailures")
"""The plugins that run a case several times."""
SHOW_KNOWN = "--pd-show known"
ALL_CONTROLS = "--pd-controls-set extended"
OUTCOMES = {"passed", "failed", "skipped"}
"""pytest's own; one of a plugin, such as that of an attempt that is repeated, is shown by it."""
SHOWN = {
    "pass": ("passed", ".", "PASS"),
    "fail": ("failed", "F", "FAIL"),
    "error": ("error", "E", "ERROR"),
    "manual": ("manual", "M", "MANUAL"),
    "not_applicable": ("not applicable", "-", "N/A"),
    "waived": ("waived", "w", "WAIVED"),
    "known": ("known", "k", "KNOWN"),
}


class Reporter:
    """Does nothing in a run that judges no control."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.run: Run | None = None
        self._findings: dict[str, list[Finding]] = {}
        """Node id → the findings of its last attempt: plugins can run a case several times."""
        self._cases: frozenset[str] = frozenset()
        self._uncollected: list[str] = []
        self._foreign_failures = 0
        self._foreign = 0
        self._shared: SharedFolder | None = None
        self._workers: Workers | None = None
        self._report: Report | None = None
        self._settings: Settings | None = None

    def pytest_sessionstart(self) -> None:
        """Serve the reports of others where one of them is in use."""
        junit = self.config.getoption("xmlpath", None)
        if junit:
            from pdsec_checks.suite.other_reports import JUnit

            theirs = JUnit(self.config, lambda: self._report)
            self.config.pluginmanager.register(theirs, "pdsec-junit")
        if junit and any(map(self.config.pluginmanager.hasplugin, REPEATING)):
            from pdsec_checks.suite.other_reports import LastAttempts

            path = Path(os.path.expandvars(junit)).expanduser()  # as pytest does
            attempts = LastAttempts(path, lambda: self._cases)
            self.config.pluginmanager.register(attempts, "pdsec-last-attempts")
        used = self.config.getoption("htmlpath", None), self.config.getoption("json_report", None)
        if any(used):
            from pdsec_checks.suite.other_reports import PytestReports

            others = PytestReports(lambda: self._report)
            self.config.pluginmanager.register(others, "pdsec-pytest-reports")

    @property
    def report(self) -> Report | None:
        """The report of the run, once it ended; None when it did not get that far."""
        return self._report

    def begin_workers(self) -> Path:
        """Return the folder that the workers of an xdist run share; made on first use."""
        if self._shared is None:
            self._shared = SharedFolder()
            self._workers = Workers(self._shared, self.is_inspection)
        return self._shared.path

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep which files could not be collected: without its terminal pytest ends in silence."""
        if report.failed:
            reason = str(report.longrepr).rstrip().rpartition("\n")[2].removeprefix("E").strip()
            self._uncollected.append(f"{report.nodeid} cannot be collected: {reason}")

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self) -> Generator[None, Any, Any]:
        """Make the findings that a worker packed findings again."""
        report = yield
        if plain := getattr(report, "pdsec", None):
            from pdsec_checks.finding import Finding  # only where there are workers

            report.pdsec = [Finding.unpacked(each) for each in plain]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the findings that came with a report."""
        found = getattr(report, "pdsec", None)
        if found is not None:
            self._findings[report.nodeid] = found
        elif report.when == "call" or report.failed:
            self._foreign += 1
            self._foreign_failures += report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Show our six statuses by their own names; an attempt that is repeated has none."""
        if report.outcome not in OUTCOMES:
            return None
        is_known = getattr(report, "pdsec_known", False)
        status = "known" if is_known else getattr(report, "pdsec_status", None)
        return SHOWN[status] if status else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports, and set the exit code.

        An exception would leave pytest with a traceback and the exit code of a failed control.
        """
        try:
            self._finish(session)
        except Exception as error:  # noqa: BLE001 - what is left of the run is its exit code
            self._say_error(internal(error))
            session.exitstatus = ExitCode.INTERNAL_ERROR

    def _finish(self, session: pytest.Session) -> None:
        if self.is_inspection():
            let_reports_be_written()
            if self._workers and int(session.exitstatus) == ExitCode.INTERRUPTED:
                self._workers.stop()
        info, refused = self._run_info(int(session.exitstatus))
        if refused:
            self._say_error(as_typed(self.config, refused))
            session.exitstatus = code_of(refused)
        elif int(session.exitstatus) == ExitCode.NOTHING_SELECTED and self.is_inspection():
            self._say_nothing_selected()
        is_said = PROBLEM in self.config.stash
        if info is None and self._uncollected and not (is_said or has_terminal(self.config)):
            self._say_error("; ".join(self._uncollected))
            session.exitstatus = ExitCode.INTERNAL_ERROR
        if info is None or (not self._findings and int(session.exitstatus) in FAILED_TO_START):
            self._name_recording(info)
            return
        report = self._make_report(info, session)
        code = self._exit_code(int(session.exitstatus), report)
        if report.is_broken_off_unjudged:
            self._name_recording(info)
            self._say_error(NOTHING_JUDGED)
            session.exitstatus = code
            return
        self._report = report
        self._let_go(session)
        session.exitstatus = ExitCode.USAGE_ERROR if self._publish(report) else code

    def _let_go(self, session: pytest.Session) -> None:
        """Let go of what was read: the reports need nothing but findings, and its memory."""
        if self.run is not None:
            let_go(session.items)
            self.run.early = None
            if self.run.inspection is not None:
                self.run.inspection.let_go()
                self.run.inspection = None

    def _publish(self, report: Report) -> list[str]:
        """Show the summary, write the files and name them; return why some were not written."""
        self._quieten_pytest()
        if not (has_terminal(self.config) or self.config.option.pd_quiet):
            show_summary(self.config, self._summary(report))
        info = report.run
        unwritten = self._write(report) + ([info.unwritten] if info.unwritten else [])
        self._name_recording(info)
        for problem in unwritten:
            self._say_error(problem)
        if info.refusal and self.config.option.pd_quiet:
            self._say_error(info.refusal)
        return unwritten

    def _name_recording(self, info: RunInfo | None) -> None:
        """Name the recording that the run wrote, whatever became of its reports."""
        if info is not None and info.recorded:
            name_file(self.config, "recording of the account", info.recorded)

    def _say_nothing_selected(self) -> None:
        """Say why, unless each account selects for itself or something else is wrong."""
        if self.config.option.pd_accounts or PROBLEM in self.config.stash:
            return
        from pdsec_checks.suite.run import Run
        from pdsec_checks.suite.selected_nothing import sentence

        run = self.run or Run.begin(self.config)
        self._say_error(sentence(self.config, run.settings.selection))

    def is_inspection(self) -> bool:
        """Tell whether a control was collected, here or by a worker, or refused before it was."""
        if self.run is not None or PROBLEM in self.config.stash or self.config.option.pd_accounts:
            return True
        return self._shared is not None and self._shared.is_used

    def _run_info(self, code: int) -> tuple[RunInfo | None, str | None]:
        """Return what is known of a run that ended with *code*, and why it was refused."""
        if self._shared is None:
            return (self.run.info if self.run else None), None
        if not self._shared.is_used:  # somebody else's run: import nothing
            return None, None
        if code == ExitCode.INTERRUPTED and not self.config.option.pd_accounts:
            await_run_info(self._shared.path)
        note = self._shared.path / REFUSED
        refused = note.read_text(encoding="utf-8") if note.exists() else None
        return load_run_info(self._shared.path), refused

    def _make_report(self, info: RunInfo, session: pytest.Session) -> Report:
        from pdsec_checks.judging.engine import not_reached, nothing_applied
        from pdsec_checks.judging.waivers import notices
        from pdsec_checks.reports.carried import beside_last
        from pdsec_checks.reports.earlier import comparable_scores
        from pdsec_checks.reports.report import Report
        from pdsec_checks.suite.run import Run

        run = self.run or Run.begin(self.config)
        self._settings, decided = run.settings, run.settings.decided
        mapping = run.settings.selection.mapping
        catalogue = run.catalogue.without(left_out(run.settings.selection))
        findings = [*chain.from_iterable(self._findings.values())]
        self._cases = frozenset(self._findings)
        self._findings.clear()  # a large account has a hundred thousand
        expected = self._expected(run)
        if expected:
            info = info.narrowed(expected.keys())
        name = info.subdomain or ""
        unreached = not_reached(info.controls, name, findings, expected, info.account)
        findings += unreached
        picked = self._picked()
        restricted = bool(run.settings.selection.resources or picked)
        baseline = run.before.baseline
        report = Report(
            run=info,
            findings=findings,
            catalogue=catalogue,
            mapping=mapping,
            notices=[
                *info.notices,
                *(baseline.cautions(info) if baseline else ()),
                *nothing_applied(findings),
                *notices(findings, decided.decisions, info.as_of, restricted=restricted),
            ],
            complete=int(session.exitstatus) in ENDED_WELL and not unreached,
            evidence_max_age=decided.evidence_max_age,
            restricted=restricted,
            picked=picked,
            earlier_as_of=baseline.as_of if baseline else None,
            earlier_scores=comparable_scores(baseline, info, catalogue, mapping),
            remediation_days=decided.remediation_days,
            ring=self._ring(session),
        )
        return beside_last(report, run.before.last)

    def _ring(self, session: pytest.Session) -> RingSection | None:
        """Return what the page shows of whom incidents would call, wherever that was judged."""
        from pdsec_checks.suite import ring_section

        if self._shared is not None:
            return ring_section.load(self._shared.path)
        return ring_section.of_session(self.run, session) if self.run else None

    def _expected(self, run: Run) -> dict[str, int]:
        """Return how many checks each control of the run must have; nothing until it is known."""
        file = self._shared and self._shared.path / EXPECTED
        if file and file.exists():
            expected: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
            return expected
        return run.expected

    def _picked(self) -> list[str]:
        """Return how pytest was told to judge single cases, or to leave some out.

        Without the folders of node ids, which differ from machine to machine.
        """
        option = self.config.option
        named = [each for each in self.config.args if "[" in each]
        left_out = [f"--deselect={Path(each).name}" for each in option.deselect or ()]
        last_failed = ["--lf"] if getattr(option, "lf", False) else []
        return sorted([*(Path(each).name for each in named), *left_out, *last_failed])

    def _write(self, report: Report) -> list[str]:
        """Write each report that was asked for; return why some could not be written."""
        from pdsec_checks.output import deliver
        from pdsec_checks.reports import pieces
        from pdsec_checks.suite.places import former_inventory, places_of

        assert self._settings is not None
        folder = self.config.invocation_params.dir
        untrusted = folder if self.config.option.pd_isolated else None
        inventory = former_inventory(self._settings, folder)
        inventory, unwritten = self._write_inventory(report, inventory, untrusted)
        places = places_of(self._settings, folder, inventory)
        for name in REPORT_FORMATS:
            path = path_of(self.config, name)
            if path is None:
                continue
            try:
                with uncaptured(self.config):
                    text = pieces(name, report, places=places)
                    deliver(path, text, mode=self._settings.report_mode, untrusted=untrusted)
            except BrokenPipeError:  # whoever reads, such as ``head``, has enough
                continue
            except Exception as error:  # noqa: BLE001 - it costs this report alone
                unwritten.append(problem_with(path, error))
            else:
                name_file(self.config, REPORT_KINDS[name], path)
        return unwritten

    def _write_inventory(
        self, report: Report, former: str, untrusted: Path | None
    ) -> tuple[str, list[str]]:
        """Write the inventory where that was asked for.

        Return its text, which is the *former* one where it is not written, and why it was not.
        """
        from pdsec_checks.errors import UsageError
        from pdsec_checks.output import deliver
        from pdsec_checks.suite.places import renewed_inventory

        settings = self._settings
        assert settings is not None
        if not settings.writes_inventory or report.run.refusal:
            return former, []
        path = str(settings.inventory)
        try:
            text = renewed_inventory(report, settings, former)
            deliver(path, text, mode=settings.report_mode, untrusted=untrusted)
        except UsageError as error:
            return former, [str(error)]
        except Exception as error:  # noqa: BLE001 - it costs the inventory alone
            return former, [problem_with(path, error)]
        name_file(self.config, INVENTORY_KIND, path)
        return text, []

    def _exit_code(self, code: int, report: Report) -> int:
        from pdsec_checks.reports.report import exit_code

        if code not in ENDED_WELL:
            return code
        assert self._settings is not None
        found = exit_code(report, datetime.now(UTC), strict=self._settings.decided.strict)
        is_refused = found is ExitCode.USAGE_ERROR
        return ExitCode.FAILED if self._foreign_failures and not is_refused else found

    def _quieten_pytest(self) -> None:
        """Leave out pytest's own failure sections: they are quadratic, and ours says more."""
        terminal: Any = self.config.pluginmanager.getplugin("terminalreporter")
        if self._foreign or terminal is None:
            return
        if self.config.option.tbstyle == "auto":
            self.config.option.tbstyle = "no"
        if self.config.option.reportchars == "fE":
            terminal.reportchars = ""

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the summary below pytest's own output."""
        if self._report is not None and not self.config.option.pd_quiet:
            terminalreporter.section(TITLE)
            terminalreporter.write(self._summary(self._report))

    def _summary(self, report: Report) -> str:
        try:
            return self._said_at_the_end(report)
        except Exception as error:  # noqa: BLE001 - the reports are written all the same
            return f"ERROR: the summary failed: {unforeseen(error)}\n"

    def _said_at_the_end(self, report: Report) -> str:
        from pdsec_checks.reports import terminal
        from pdsec_checks.reports.text import printable

        assert self._settings is not None
        flag = None if self._settings.shows_known else as_typed(self.config, SHOW_KNOWN)
        lines = [terminal.render(report, known_by=flag)]
        if report.run.is_replay:
            lines += terminal.age_of(report, datetime.now(UTC))
        if report.run.refusal:
            lines.append(f"ERROR: {printable(report.run.refusal)}\n")
        else:
            lines.append(terminal.fix_first(report))
            lines.append(terminal.further(report, as_typed(self.config, ALL_CONTROLS)))
        return "".join(lines)

    def pytest_unconfigure(self) -> None:
        """Remove what the workers shared."""
        if self._shared is not None:
            self._shared.remove()

    def _say_error(self, text: str) -> None:
        say_uncaptured(self.config, f"ERROR: {as_typed(self.config, text)}\n")
