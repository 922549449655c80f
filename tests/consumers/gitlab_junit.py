"""GitLab's unit test reports, by their written rule: the service itself is not at hand.

Cases are told apart by class and name. A merge request calls *fixed* what failed, or was an error,
in the pipeline of the target branch and is a success now; what is skipped or missing is neither.

Source: ``lib/gitlab/ci/reports/test_suite_comparer.rb`` of GitLab (``resolved_failures`` and
``resolved_errors``), https://docs.gitlab.com/ci/testing/unit_test_reports/.
"""

from __future__ import annotations

from tests.support.consumers import Row
from tests.support.junit import rows_of


def rows() -> list[Row]:
    """Return what is red, what is green, and what the next run fixed."""
    return rows_of("GitLab test report")
