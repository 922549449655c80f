"""The JUnit plugin of Jenkins, by its written rule: a controller is not at hand.

Failures and errors count as failed. A case is called *fixed* if it passes, and failed in the build
before; one that is skipped or missing is not.

Source: ``CaseResult.getStatus`` of the plugin, https://plugins.jenkins.io/junit/.
"""

from __future__ import annotations

from tests.support.consumers import Row
from tests.support.junit import rows_of


def rows() -> list[Row]:
    """Return what is red, what is green, and what the next run fixed."""
    return rows_of("Jenkins JUnit plugin")
