"""What a control says about itself, read off its function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from pdsec_checks.catalogue.controls import parse_docstring
from pdsec_checks.errors import UsageError
from pdsec_checks.judging.controls import (
    data_sets,
    describe,
    resource_argument,
    shipped,
    shipped_controls,
)
from pdsec_checks.model import Control, Severity
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


def test_the_source_of_a_control_is_that_of_its_function() -> None:
    """Decorators and the last line of a call are in it, as Python's own slower look-up finds."""
    for each in shipped():
        assert each.control.code == inspect.getsource(each.function)


def test_a_control_whose_file_is_gone_has_no_source() -> None:
    """It is judged all the same."""
    names: dict[str, Any] = {"Service": Service}
    exec(compile(inspect.getsource(a_control), "gone.py", "exec"), names)  # noqa: S102 - our own

    assert describe("PD-05", Severity.CRITICAL, names["a_control"]).code == ""


def test_limits_may_be_missing() -> None:
    """Only the rationale and the remediation are required."""
    title, sections = parse_docstring("A.\n\nRationale: b.\nRemediation: c.")

    assert title == "A"
    assert sections == {
        "Description": "A.",
        "Rationale": "B.",
        "Remediation": "C.",
        "Limits": "",
        "Help": "",
        "Worse": "",
        "Consequence": "",
    }


def test_sentences_below_the_title_describe_the_control() -> None:
    """The title is a short name; what the control demands stands below it."""
    title, sections = parse_docstring(
        "Services have a policy.\n\nEvery one\nhas. So it is.\n\nRationale: b.\nRemediation: c."
    )

    assert title == "Services have a policy"
    assert sections["Description"] == "Every one has. So it is."
    assert sections["Rationale"] == "B."


@pytest.mark.parametrize("control", shipped_controls(), ids=lambda control: control.id)
def test_title_of_a_shipped_control_is_a_short_name(control: Control) -> None:
    """It fits on a line beside id and severity, and the description says more than it."""
    assert len(control.title) <= 50
    assert control.description.endswith(".")
    assert control.description.removesuffix(".") != control.title


def with_causes(service: Service) -> None:
    """Services are fine.

    Rationale: none.
    Remediation: write
    something.
    Remediation no-text: write a text
    under Services.
    Help no-text: https://acme.example/texts
    Remediation old-text: write another one.
    Help: https://acme.example/services
    """


def test_remedies_are_those_of_the_causes() -> None:
    """Each cause has its own remedy, and its own page or that of the control."""
    control = describe("PD-05", Severity.LOW, with_causes)

    assert [each.id for each in control.causes] == ["no-text", "old-text"]
    assert control.remedy("no-text") == "Write a text under Services."
    assert control.remedy("old-text") == "Write another one."
    assert control.help_url("no-text") == "https://acme.example/texts"
    assert control.help_url("old-text") == "https://acme.example/services"


@pytest.mark.parametrize("cause", ["", "never-declared"])
def test_without_a_cause_of_its_own_a_finding_has_the_general_remedy(cause: str) -> None:
    """A shared argument may end a control with a cause that only other controls know."""
    control = describe("PD-05", Severity.LOW, with_causes)

    assert control.remedy(cause) == "Write something."
    assert control.help_url(cause) == "https://acme.example/services"


def with_help_alone(service: Service) -> None:
    """Services are fine.

    Rationale: none.
    Remediation: none.
    Help no-text: https://acme.example/texts
    """


def with_words_for_help_of_a_cause(service: Service) -> None:
    """Services are fine.

    Rationale: none.
    Remediation: none.
    Remediation no-text: none.
    Help no-text: ask somebody
    """


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (with_help_alone, "Help no-text: needs a paragraph Remediation no-text: too"),
        (with_words_for_help_of_a_cause, "Help no-text: is one https address"),
    ],
)
def test_help_about_a_cause_stands_beside_its_remedy(
    function: Callable[..., None], said: str
) -> None:
    """A page about a cause without a remedy, or words in its place, are refused by name."""
    with pytest.raises(UsageError, match=rf"PD-05 \({function.__name__}\): .* {said}"):
        describe("PD-05", Severity.LOW, function)


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
