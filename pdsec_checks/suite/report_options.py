"""Which report goes where and must not, why one is not there, and what workers share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pdsec_checks.configuration.options import BINARY, REPORT_FORMATS, report_dest
from pdsec_checks.errors import UsageError, unforeseen
from pdsec_checks.output import has_temporary_folder, is_text, tell
from pdsec_checks.suite.console import has_terminal, refuse, say_uncaptured, uncaptured
from pdsec_checks.suite.usage_errors import as_typed, is_of_command

if TYPE_CHECKING:
    from pdsec_checks.configuration.settings import Settings

ELSEWHERE = "For the JSON report add --format json, or --output PATH for a file; --help has more."
"""What follows a summary that is all there is."""


def check_is_kept(config: pytest.Config, file: Path, where: str, why: str = "") -> None:
    """Let no report of this run replace a *file* that it goes by; *where* names that one.

    Raises:
        UsageError: One would, whatever its format; *why* says what that would mean.
    """
    for name in REPORT_FORMATS:
        path = path_of(config, name)
        if path and path != "-" and Path(path).resolve() == file.resolve():
            raise UsageError(
                f"{where} {file}: the {name} report would replace it{why}; write to another file"
            )


def check_all_is_kept(config: pytest.Config, settings: Settings) -> None:
    """Let no report replace the configuration, a framework, a recording or the earlier report.

    Raises:
        UsageError: One would.
    """
    for where, file in files_in_use(settings):
        check_is_kept(config, file, where)
        check_inventory(settings, where, file)
    if settings.writes_inventory:
        check_is_kept(config, settings.inventory, "--pd-inventory")
        problem = problem_of_place(settings.inventory)
        if problem:
            raise UsageError(f"--pd-inventory {settings.inventory}: {problem}")
    decided = settings.decided
    if decided.earlier_report:
        why = ", and each run would forgive the fails of the one before"
        check_is_kept(config, decided.earlier_report, decided.earlier_named_by, why)


def check_inventory(settings: Settings, where: str, file: Path) -> None:
    """Let the inventory not replace a *file* that a run goes by; *where* names that one.

    Raises:
        UsageError: It would.
    """
    if settings.writes_inventory and settings.inventory.resolve() == file.resolve():
        raise UsageError(
            f"{where} {file}: the inventory would replace it; name another file with "
            "--pd-inventory=PATH"
        )


def files_in_use(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield what names each file that a run reads or records, and the file."""
    if settings.config_path:
        yield "configuration", settings.config_path
    yield from (("framework", each) for each in settings.framework_files)
    recording = settings.recording
    if recording.replay:
        yield recording.replay_from or "--pd-replay", Path(recording.replay)
    if recording.record:
        yield "--pd-record", recording.record


def path_of(config: pytest.Config, name: str) -> str | None:
    """Return where the report in the format *name* goes to; None where nobody asked for it."""
    path: str | None = config.getoption(report_dest(name))
    return path or None


def is_for_the_screen(config: pytest.Config) -> bool:
    """Tell whether the summary is all that the command was asked for: it owns standard output."""
    asked = any(path_of(config, name) for name in REPORT_FORMATS)
    to_folder = config.getoption("pd_accounts_output")
    return is_of_command(config) and not (asked or to_folder or has_terminal(config))


def show_summary(config: pytest.Config, text: str) -> None:
    """Print the summary: beside a report on standard error, alone on standard output."""
    if is_for_the_screen(config):
        with uncaptured(config):
            tell(f"{text}\n{ELSEWHERE}\n")
    else:
        say_uncaptured(config, text)


def problem_with(path: str, error: Exception) -> str:
    """Return why the file or the stream at *path* was not written to its end."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot write {error.filename or path}: {error.strerror}"
    name = "standard output" if path == "-" else path
    return f"cannot write {name}: the report failed: {unforeseen(error)}"


def check_paths(config: pytest.Config) -> None:
    """Let each report have a path of its own that can be a file, before anything is read.

    Raises:
        pytest.UsageError: One is a folder, stands below a file, or is that of another report.
    """
    seen: dict[Path, str] = {}
    for name in REPORT_FORMATS:
        given = path_of(config, name)
        if given is None or given == "-":
            continue
        path = Path(given)
        problem = problem_of_place(path)
        if problem:
            refuse(config, as_typed(config, f"{path}: {problem}"))
        other = seen.setdefault(path.resolve(), name)
        if other != name and not is_device(path):
            refuse(config, f"--pd-{other} and --pd-{name}: both would write {path}; name two files")
    folder = config.getoption("pd_accounts_output")
    if folder and (problem := problem_of_place(Path(folder) / "accounts.json")):
        refuse(config, as_typed(config, f"{folder}: {problem}"))


def problem_of_place(path: Path) -> str | None:
    """Return why no file can be written at *path*; None where nothing is in its way."""
    if path.is_dir():
        return "this is a folder, and a report is a file; name a file in it"
    above = next((each for each in path.parents if os.path.lexists(each)), None)
    if above is not None and not above.is_dir():
        return f"{above} is a file, where a folder is needed; name another folder, or move it away"
    return None


def is_device(path: Path) -> bool:
    """Tell whether *path* is no file, such as ``/dev/null``: several reports may go there."""
    return path.exists() and not path.is_file()


def check_standard_output(config: pytest.Config) -> None:
    """Let a report have standard output only where nothing else is printed there.

    Raises:
        pytest.UsageError: Two reports, or a report and pytest's own output, would share it.
    """
    asked = [f"--pd-{name}" for name in REPORT_FORMATS if path_of(config, name) == "-"]
    if len(asked) > 1:
        refuse(config, f"{' and '.join(asked)} cannot share standard output: name files")
    if asked and config.pluginmanager.hasplugin("terminal"):
        refuse(
            config,
            f"{asked[0]}=-: pytest prints on standard output as well; "
            "name a file, or silence it by -p no:terminal",
        )
    check_is_no_terminal(config)


def check_is_no_terminal(config: pytest.Config) -> None:
    """Keep a report that is no text from a terminal.

    Raises:
        pytest.UsageError: One would be shown there.
    """
    for name in BINARY:
        if path_of(config, name) == "-" and sys.stdout.isatty():
            told = (
                f"the {name} report is no text, and standard output is a terminal; name a file "
                f"with --pd-{name} PATH (pytest) or --output PATH"
            )
            refuse(config, as_typed(config, told))


def check_workers(config: pytest.Config) -> None:
    """Let workers begin only where they can share something, and be told what is asked for.

    pytest-xdist itself needs a folder, and sends the arguments as UTF-8.

    Raises:
        pytest.UsageError: There are to be workers, and there is no folder to write to, or an
            argument is no text.
    """
    if not config.getoption("tx", None):
        return
    if not has_temporary_folder():
        refuse(
            config,
            "workers share a temporary folder, and there is none to write to: "
            "let TMPDIR name one, or run without workers",
        )
    from pdsec_checks.resources import printable  # heavy, and only for workers elsewhere

    for argument in (*map(str, config.invocation_params.args), *sys.argv):
        if not is_text(argument):
            refuse(
                config,
                f"{printable(argument)}: workers cannot be told a name that is no UTF-8: "
                "rename it, or run without workers",
            )
