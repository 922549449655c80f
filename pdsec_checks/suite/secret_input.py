"""How a key reaches a pytest run without standing in its arguments."""

from __future__ import annotations

import os

import pytest

from pdsec_checks.configuration.credentials import STANDARD_INPUT, key_in, on_command_line
from pdsec_checks.errors import UsageError
from pdsec_checks.output import say, tame


def take_secrets(config: pytest.Config) -> None:
    """Warn of a key on the command line; read one from standard input, once, for all workers.

    A worker finds what was read in the environment that it inherits.

    Raises:
        pytest.UsageError: Standard input holds no key.
    """
    is_worker = hasattr(config, "workerinput")
    if config.option.pd_api_key and not is_worker:
        say(f"WARNING: {on_command_line('--pd-api-key-file')}\n")
    if config.option.pd_api_key_file == STANDARD_INPUT and not config.option.pd_api_key:
        if not is_worker:
            os.environ["PAGERDUTY_API_KEY"] = from_standard_input(config)
            os.environ.pop("PAGERDUTY_API_KEY_FILE", None)
        config.option.pd_api_key_file = None


def from_standard_input(config: pytest.Config) -> str:
    """Return the key on standard input, which pytest keeps from its tests."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        return key_in(STANDARD_INPUT)
    except UsageError as error:
        raise pytest.UsageError(tame(str(error))) from None
    finally:
        capture.resume_global_capture()
