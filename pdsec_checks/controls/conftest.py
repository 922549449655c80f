"""Says once what is missing where pytest was kept from loading the plugin."""

import sys

import pytest

MISSING = (
    "the controls need their plugin, which this pytest did not load by itself: "
    "add -p pdsec_checks.plugin, or unset PYTEST_DISABLE_PLUGIN_AUTOLOAD"
)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Refuse to collect controls without the plugin: each would end in an error of its own.

    Raises:
        pytest.UsageError: The plugin is not loaded.
    """
    if not collector.config.pluginmanager.hasplugin("pdsec_checks.plugin"):
        if hasattr(collector.config, "workerinput"):  # xdist passes no reason on
            sys.stderr.write(f"ERROR: {MISSING}\n")
        raise pytest.UsageError(MISSING)
