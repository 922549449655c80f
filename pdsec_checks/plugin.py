"""The pytest plugin: options, markers, and collection that reads the account once.

A control is collected as one placeholder, without the account, so that pytest itself
applies ``-m``, ``-k``, paths and node ids. What is left decides which data sets are read;
then each placeholder becomes one case for each resource. Inert where no control is
collected: everything heavy is imported when the first one is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pdsec_checks import TITLE
from pdsec_checks.catalogue.controls import SHIPPED
from pdsec_checks.configuration.options import (
    ACCOUNT_OPTIONS,
    ACCOUNT_REPORT_OPTIONS,
    OPTIONS,
    REPORT_FORMATS,
    report_dest,
)
from pdsec_checks.errors import InspectionError
from pdsec_checks.model import EXTENDED, Severity
from pdsec_checks.output import has_temporary_folder, open_closed_streams
from pdsec_checks.suite.items import control_of
from pdsec_checks.suite.own_controls import Additions, framework_marker
from pdsec_checks.suite.report_options import check_paths, check_standard_output, check_workers
from pdsec_checks.suite.reporter import REPORTER, Reporter
from pdsec_checks.suite.screen import Screen
from pdsec_checks.suite.stopping import end_like_ctrl_c, end_worker, let_reports_be_written
from pdsec_checks.suite.usage_errors import PROBLEM, internal, usage_errors
from pdsec_checks.suite.workers import begin_worker, shared_folder

if TYPE_CHECKING:
    from pdsec_checks.suite.run import Run

RUN = pytest.StashKey["Run"]()
PACKAGE = SHIPPED.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add one option for each thing that an inspection can be told."""
    group = parser.getgroup("pagerduty", TITLE)
    for option in (*OPTIONS, *ACCOUNT_OPTIONS, *ACCOUNT_REPORT_OPTIONS):
        kind: dict[str, Any] = {"dest": option.dest, "help": option.help}
        if option.is_flag:
            kind["action"] = "store_true"
        else:
            kind |= {"action": "append" if option.repeatable else "store", "default": None}
            kind |= {"nargs": "?", "const": option.alone} if option.alone else {}
            kind |= {"choices": option.choices} if option.choices else {"metavar": option.metavar}
        group.addoption(f"--pd-{option.name}", **kind)
    for name in REPORT_FORMATS:
        group.addoption(
            f"--pd-{name}",
            dest=report_dest(name),
            metavar="PATH",
            help=f"write the {name} report to PATH, or to standard output for -",
        )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | pytest.ExitCode | None:
    """Start over where pytest took the file of one of our options for a test path.

    It settles its root folder before it knows our options, so an existing file after
    ``--pd-json`` moves the root there. Written with ``=``, the file belongs to the option.
    """
    given = list(config.invocation_params.args)
    joined = join_files(given)
    if joined == given:
        return None
    return pytest.main(joined, plugins=config.invocation_params.plugins)


def join_files(arguments: list[str]) -> list[str]:
    """Return the arguments with each existing file joined to the option of ours before it."""
    flags = {f"--pd-{option.name}" for option in OPTIONS if option.is_flag}
    joined: list[str] = []
    for argument in arguments:
        before = joined[-1] if joined else ""
        takes_value = before.startswith("--pd-") and "=" not in before and before not in flags
        if takes_value and Path(argument).exists():
            joined[-1] = f"{before}={argument}"
        else:
            joined.append(argument)
    return joined


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Let pytest begin without standard streams, a temporary folder, or a key among its arguments.

    It would end with a traceback, as it captures output into a temporary file; and it would log the
    key.
    """
    open_closed_streams()
    given = early_config.known_args_namespace
    if given.pd_api_key:
        from pdsec_checks.suite.secret_input import take_from_arguments  # only where it has work

        take_from_arguments(early_config)
    if given.capture == "fd" and not has_temporary_folder():
        given.capture = "sys"
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Spare pytest what stands in the package beside its controls."""
    is_beside = collection_path.parent == PACKAGE and collection_path != SHIPPED
    return True if is_beside else None


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and the reporter on whichever process gathers the results."""
    config.addinivalue_line("markers", "control(id): a control of the PagerDuty inspection")
    config.addinivalue_line("markers", f"{EXTENDED}: controls of the extended set")
    for severity in Severity:
        config.addinivalue_line("markers", f"{severity}: controls of {severity} severity")
    additions = Additions.of(config)
    for path in additions.framework_files():
        config.addinivalue_line("markers", framework_marker(path))
    if additions.controls_path:
        config.pluginmanager.register(additions, "pdsec-additions")
    if config.option.pd_api_key or config.option.pd_api_key_file:
        from pdsec_checks.suite.secret_input import take_secrets  # only where it has work

        take_secrets(config)
    if not hasattr(config, "workerinput"):
        check_standard_output(config)
        check_paths(config)
        check_workers(config)
        config.stash[REPORTER] = reporter = Reporter(config)
        config.pluginmanager.register(reporter, "pdsec-reporter")
        config.pluginmanager.register(Screen(config, reporter.is_inspection), "pdsec-screen")
        if config.option.pd_accounts:
            from pdsec_checks.accounts import gather  # only where there are several

            gather.begin(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the workers of this run share the account.

    A worker on another machine shares nothing; it has accounts of its own to read.
    """
    folder = node.config.stash[REPORTER].begin_workers()
    if node.gateway.spec.popen or not node.config.option.pd_accounts:
        node.workerinput["pdsec_folder"] = str(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a control its placeholder, or, once the account was read, its cases."""
    control_id = control_of(metafunc.definition)
    if not control_id:
        return
    config = metafunc.config
    try:
        run = _run(config)
        from pdsec_checks.suite import collection  # heavy: only where there is something to inspect

        collection.parametrize(run, metafunc, control_id)
    except InspectionError as error:  # raised here, pytest would take it for a broken file
        config.stash.setdefault(PROBLEM, str(error))
    except Exception as error:  # noqa: BLE001 - the same
        config.stash.setdefault(PROBLEM, internal(error))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the controls with their frameworks, before pytest applies ``-m``."""
    run = config.stash.get(RUN, None)
    if run is not None or PROBLEM in config.stash:
        with usage_errors(config, items):
            if run is not None and PROBLEM not in config.stash:
                from pdsec_checks.suite import collection  # heavy, and loaded by now

                collection.select(run, items)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker that is done with its part end in peace, also where the run is stopped."""
    if RUN in session.config.stash and hasattr(session.config, "workerinput"):
        let_reports_be_written()


def _run(config: pytest.Config) -> Run:
    """Return the run, created with the first control that is collected."""
    if RUN not in config.stash:
        from pdsec_checks.suite.run import Run  # heavy: only where there is something to inspect

        config.stash[RUN] = run = Run.begin(config)
        for plugin in _plugins(run):
            config.pluginmanager.register(plugin)
        if REPORTER in config.stash:
            config.stash[REPORTER].run = run
            end_like_ctrl_c()
        else:
            begin_worker(config)
            end_worker()
    return config.stash[RUN]


def _plugins(run: Run) -> Iterator[object]:
    """Yield what has to be registered with pytest for a run."""
    if run.settings.reading.limit:
        from pdsec_checks.suite.time_limit import Stopwatch  # only where there is a limit

        yield Stopwatch(run.settings.reading.limit)
    if run.config.option.pd_accounts:
        from pdsec_checks.accounts.items import AccountExpander  # only where there are several

        yield AccountExpander(run)
        return
    from pdsec_checks.suite.collection import Expander, control_fixtures
    from pdsec_checks.suite.collector import Collector

    yield Collector()
    yield control_fixtures(run)
    yield Expander(run)
    if not run.settings.reading.plan:
        from pdsec_checks.suite.judging import Judge  # heavy, and a plan judges nothing

        yield Judge(run)
        from pdsec_checks.suite.at_once import AtOnce, is_unwatched

        if is_unwatched(run.config):
            yield AtOnce(run)
    if shared_folder(run.config) is not None:
        from pdsec_checks.suite.ring_section import Leaver  # only where workers share the account

        yield Leaver(run)
