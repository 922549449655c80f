"""What a control says about itself, read off its function."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pdsec_checks.catalogue.controls import parse_docstring
from pdsec_checks.errors import UsageError
from pdsec_checks.judging.controls import data_sets, describe, resource_argument
from pdsec_checks.model import Severity
from pdsec_checks.resources import Service


def a_control(service: Service, policies_by_id: object, evidence: object) -> None:
    """Every service hands its incidents to
    an escalation policy.

    Rationale: an incident on a service without a policy
    notifies nobody.
    Remediation: open the service's Settings tab: assign a policy.

    Limits: what the policy does is judged elsewhere.
    Help: https://support.pagerduty.com/main/docs/escalation-policies
    """


def test_control_is_described_by_its_docstring_and_arguments() -> None:
    """Title, paragraphs and data sets come from the function alone."""
    control = describe("PD-05", Severity.CRITICAL, a_control)

    assert (control.id, control.severity) == ("PD-05", Severity.CRITICAL)
    assert control.title == "Every service hands its incidents to an escalation policy"
    assert control.rationale == "An incident on a service without a policy notifies nobody."
    assert control.remediation == "Open the service's Settings tab: assign a policy."
    assert control.limits == "What the policy does is judged elsewhere."
    assert control.help == "https://support.pagerduty.com/main/docs/escalation-policies"
    assert control.needs == ("escalation_policies", "services")


def test_limits_may_be_missing() -> None:
    """Only the rationale and the remediation are required."""
    title, sections = parse_docstring("A.\n\nRationale: b.\nRemediation: c.")

    assert title == "A"
    assert sections == {"Rationale": "B.", "Remediation": "C.", "Limits": "", "Help": ""}


def test_heading_counts_only_at_the_start_of_a_line() -> None:
    """A paragraph may mention the name of another one."""
    _, sections = parse_docstring("A.\n\nRationale: see Limits: none.\nRemediation: c.")

    assert sections["Rationale"] == "See Limits: none."


def with_words_for_help(service: Service) -> None:
    """Services are fine.

    Rationale: none.
    Remediation: none.
    Help: see https://support.pagerduty.com/main/docs
    """


def test_help_is_an_address() -> None:
    """Reports link to it, so words are refused."""
    with pytest.raises(UsageError, match=r"PD-05 \(with_words_for_help\): .* Help: is one https"):
        describe("PD-05", Severity.LOW, with_words_for_help)


def without_docstring(service: Service) -> None:  # noqa: D103 - what the test is about
    pass


def without_rationale(service: Service) -> None:
    """Services are fine.

    Remediation: none.
    """


def without_remediation(service: Service) -> None:
    """Services are fine.

    Rationale: none.
    """


def without_title(service: Service) -> None:
    """

    Rationale: none.
    Remediation: none.
    """  # noqa: D212 - what the test is about


@pytest.mark.parametrize(
    "function", [without_docstring, without_rationale, without_remediation, without_title]
)
def test_incomplete_docstring_is_refused_by_name(function: Callable[..., None]) -> None:
    """A control without title, rationale or remediation is a usage error that names it."""
    with pytest.raises(UsageError, match=rf"PD-99 \({function.__name__}\): .*Rationale: and"):
        describe("PD-99", Severity.LOW, function)


def test_data_sets_are_those_of_all_arguments_once() -> None:
    """Data sets come sorted; arguments that read nothing add nothing."""
    names = ["coverage", "escalation_policies", "baseline", "evidence", "service"]

    assert data_sets(names) == (
        "escalation_policies",
        "schedules",
        "services",
        "shift_schedules",
        "users",
    )


def test_resource_is_the_argument_that_has_cases() -> None:
    """Among the arguments of a control one stands for a resource."""
    assert resource_argument("PD-05", ["policies_by_id", "service"]) == "service"


@pytest.mark.parametrize(("names", "count"), [(["baseline"], 0), (["service", "user"], 2)])
def test_control_has_exactly_one_resource(names: list[str], count: int) -> None:
    """No resource, or two of them, is a usage error that names the valid ones."""
    with pytest.raises(UsageError, match=rf"PD-99: .*\(.*service, .*user.*\), not {count}"):
        resource_argument("PD-99", names)
