"""How a key reaches a pytest run without standing in its arguments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pytest

from pdsec_checks.configuration.credentials import STANDARD_INPUT, key_in, on_command_line
from pdsec_checks.errors import UsageError
from pdsec_checks.suite.console import refuse, say_uncaptured

FLAG = "--pd-api-key"


def take_from_arguments(config: pytest.Config) -> None:
    """Move a key from the arguments to the environment, with a warning, before pytest logs them.

    ``--debug`` writes them to a file, and tracebacks show them. A worker finds the key in the
    environment that it inherits.

    Raises:
        pytest.UsageError: There is a file for it as well.
    """
    given = config.known_args_namespace
    if given.pd_api_key_file:
        refuse(config, f"{FLAG} and {FLAG}-file: only one key can be used; leave one of them out")
    say_uncaptured(config, f"WARNING: {on_command_line(f'{FLAG}-file')}\n")
    keep(given.pd_api_key)
    before = config.invocation_params
    config.invocation_params = pytest.Config.InvocationParams(
        args=tuple(without_key(before.args)), plugins=before.plugins, dir=before.dir
    )


def without_key(arguments: Iterable[str]) -> Iterator[str]:
    """Yield pytest's arguments without the flag that holds a key."""
    rest = iter(arguments)
    for argument in rest:
        if argument == FLAG:
            next(rest, None)
        elif not argument.startswith(f"{FLAG}="):
            yield argument


def take_secrets(config: pytest.Config) -> None:
    """Leave no key among the options; read one from standard input, once, for all workers.

    Raises:
        pytest.UsageError: Standard input holds no key.
    """
    if config.option.pd_api_key_file == STANDARD_INPUT and not config.option.pd_api_key:
        if not hasattr(config, "workerinput"):
            keep(from_standard_input(config))
        config.option.pd_api_key_file = None
    if not config.option.pd_accounts:  # there it is refused
        config.option.pd_api_key = None


def keep(key: str) -> None:
    """Keep a key where this run and its workers look for it, in place of any other."""
    os.environ["PAGERDUTY_API_KEY"] = key
    os.environ.pop("PAGERDUTY_API_KEY_FILE", None)


def from_standard_input(config: pytest.Config) -> str:
    """Return the key on standard input, which pytest keeps from its tests."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        return key_in(STANDARD_INPUT)
    except UsageError as error:
        refuse(config, str(error))
    finally:
        capture.resume_global_capture()
