"""What the end of a control means: status, sentence, evidence and cause."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pdsec_checks.finding import Finding
from pdsec_checks.judging.verdict import finding_of
from pdsec_checks.model import Severity, Status
from pdsec_checks.outcomes import fail, manual, not_applicable
from pdsec_checks.resources import Service
from tests.support.changed import replace
from tests.support.findings import controls

SHOP = Service({"id": "PSHOP", "summary": "Shop", "html_url": None})


def ended(control: Callable[[], None]) -> Finding:
    """Return the finding of a control that ends so, having noted something before."""
    error: BaseException | None = None
    try:
        control()
    except BaseException as raised:  # noqa: BLE001 - skips are no exceptions
        error = raised
    return finding_of(controls()["PD-05"], SHOP, error, {"seen": 1})


def test_a_fail_has_its_cause_and_what_the_api_showed() -> None:
    """The cause stands beside the message, evidence beside what was noted before."""
    found = ended(lambda: fail("shop has no policy", cause="no-policy", rules=0))

    assert (found.status, found.message) == (Status.FAIL, "shop has no policy")
    assert found.cause == "no-policy"
    assert found.evidence == {"seen": 1, "rules": 0}


def test_a_fail_is_a_failed_assertion() -> None:
    """Whoever calls a control in a test catches what an assertion raises."""
    with pytest.raises(AssertionError, match=r"^shop has no policy$"):
        fail("shop has no policy", cause="no-policy")


def test_what_needs_a_person_may_have_a_cause() -> None:
    """Its remedy is that of the cause; one without a cause has none."""
    assert ended(lambda: manual("look", cause="unseen", users=3)).cause == "unseen"
    assert ended(lambda: manual("look")).cause == ""
    assert ended(lambda: not_applicable("nothing there")).cause == ""


def test_a_plain_assertion_has_no_cause() -> None:
    """A control with one way to fail asserts, and names none."""

    def control() -> None:
        raise AssertionError("shop has no policy")

    assert ended(control).cause == ""
    assert "cause" not in ended(control).to_json()


def test_a_cause_travels_and_changes_no_identity() -> None:
    """Another process reads it back; the finding of another cause is the same one."""
    found = ended(lambda: fail("shop has no policy", cause="no-policy"))
    other = replace(found, cause="no-rules", severity=Severity.LOW)

    assert Finding.unpacked(json.loads(json.dumps(found.packed()))) == found
    assert other.fingerprint == found.fingerprint
    assert other.sort_key == found.sort_key
