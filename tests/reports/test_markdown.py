"""Markdown: a summary that fits, and that names cannot deface."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.finding import Finding, ResourceRef
from pdsec_checks.model import Status
from pdsec_checks.reports import markdown
from tests.support import findings as factory
from tests.support.findings import a_finding, a_report, a_resource


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([a_finding("PD-05"), a_finding("PD-06")], "failing 1 critical, 1 high"),
        ([a_finding("PD-05", Status.PASS)], "nothing fails"),
        ([a_finding("PD-05", Status.WAIVED)], "nothing fails"),
        (
            [a_finding("PD-05", Status.PASS), a_finding("PD-01", Status.MANUAL)],
            "nothing fails, 1 for a person",
        ),
        ([a_finding("PD-05", Status.ERROR)], "1 not judged, nothing fails"),
        (
            [a_finding("PD-05"), a_finding("PD-06", Status.ERROR)],
            "failing 1 critical, 1 not judged",
        ),
        (
            [
                a_finding("PD-05"),
                a_finding("PD-06", Status.ERROR),
                a_finding("PD-01", Status.MANUAL),
            ],
            "failing 1 critical, 1 not judged, 1 for a person",
        ),
        (
            [a_finding("PD-06", Status.ERROR), a_finding("PD-01", Status.MANUAL)],
            "1 not judged, nothing fails, 1 for a person",
        ),
        ([a_finding("PD-05", Status.NOT_APPLICABLE)], "nothing to judge"),
    ],
)
def test_the_heading_says_what_fails(findings: list[Finding], expected: str) -> None:
    """The heading counts failures by severity, and what has no verdict never reads as fine."""
    heading = markdown.render(a_report(*findings)).splitlines()[0]

    assert heading == f"## PagerDuty Security Inspector: {expected}"


def test_a_stopped_run_does_not_read_as_fine() -> None:
    """Passes of a run that was stopped are no good news yet."""
    passed = a_finding("PD-05", Status.PASS)

    stopped = markdown.render(a_report(passed, complete=False))
    unreached = markdown.render(a_report(passed, selected=["PD-05", "PD-06"], complete=False))

    assert "stopped early, nothing fails so far" in stopped
    assert "1 not judged, stopped early, nothing fails so far" in unreached
    assert "PD-06" in unreached


def test_the_table_counts_by_severity_and_status() -> None:
    """The table has a row for each severity that has a finding, and a total."""
    lines = markdown.render(a_report(*factory.six_findings())).splitlines()

    rows = [line for line in lines if line.startswith("| ")][:5]
    assert rows == [
        "| severity | fail | error | manual | waived | pass | n/a |",
        "| critical | 1 | 0 | 1 | 0 | 0 | 0 |",
        "| high | 0 | 1 | 0 | 0 | 1 | 1 |",
        "| medium | 0 | 0 | 0 | 1 | 0 | 0 |",
        "| all | 1 | 1 | 1 | 1 | 1 | 1 |",
    ]
    assert any(line.startswith("**Judged 3 of 5 checks** in 6 controls") for line in lines)


def test_sections_follow_the_statuses() -> None:
    """Failures come first and with their remediation, then what was not judged."""
    text = markdown.render(
        a_report(
            *factory.six_findings(),
            unread=[factory.refused_audit_trail()],
            notices=("the waiver expired",),
        )
    )

    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == [
        "### Fix first",
        "### Failing",
        "### Could not be judged",
        "### Needs a person",
        "### Waived",
        "### Requirements by framework",
    ]
    assert text.count("\n**Fix:**") == 1
    assert "> **Warning:** Not read: /audit/records: HTTP 403" in text
    assert "> **Warning:** the waiver expired" in text
    assert "Accepted by head of operations until 2027-03-31" in text
    assert "[open](https://acme.pagerduty.com/service-directory/PABC123)" in text


def test_controls_come_worst_first() -> None:
    """Within a section the critical control stands above the low one."""
    text = markdown.render(a_report(a_finding("PD-23"), a_finding("PD-05"), a_finding("PD-22")))

    controls = [line.split()[1] for line in text.splitlines() if line.startswith("#### ")]
    assert controls == ["PD-05", "PD-22", "PD-23"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("<script>", "&lt;script&gt;"),
        ("&lt;", "&amp;lt;"),
        ("@everyone", "@&#8203;everyone"),
        ("[x](y)", r"\[x\](y)"),
        ("$x$ ~y~ *z* _u_ #1 !", r"\$x\$ \~y\~ \*z\* \_u\_ \#1 \!"),
        ("http://evil.example", "http&#8203;://evil.example"),
        ("www.evil.example", "www&#8203;.evil.example"),
        ("a\r\n# b", r"a \# b"),
        ("\x1b[0m\u202e", r"�\[0m�"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_names_are_no_markup(name: str, shown: str) -> None:
    """A name appears as it is: no table cell, HTML, mention, link or heading comes of it."""
    assert markdown.escaped(name) == shown


def test_an_address_cannot_leave_its_link() -> None:
    """A hostile address is percent-encoded, and one that is not https is no link."""
    bracket = ResourceRef("service", "P1", "x", "https://acme.example/a) [b](c <d>")
    script = ResourceRef("service", "P2", "x", "javascript:alert(1)")

    text = markdown.render(a_report(a_finding(resource=bracket), a_finding(resource=script)))

    assert "[open](https://acme.example/a%29%20%5Bb%5D%28c%20%3Cd%3E)" in text
    assert "javascript" not in text


def test_no_character_of_a_name_steers_a_terminal() -> None:
    """Hostile names of all statuses leave no control character."""
    text = markdown.render(a_report(*factory.hostile_findings()))

    assert not any(char in text for char in factory.FORBIDDEN)


def test_a_large_account_fits() -> None:
    """However many findings there are, the text stays below GitHub's limit and has its table."""
    message = "é" * 900
    findings = [
        a_finding(control, resource=a_resource(resource_id=f"P{number:05}"), message=message)
        for control in ("PD-05", "PD-06", "PD-07")
        for number in range(1_200)
    ]

    text = markdown.render(a_report(*findings))

    assert len(text.encode()) < markdown.LIMIT - markdown.MARGIN
    assert "1150 more: the other reports list them all" in text
    assert "| all | 3600 |" in text


@pytest.mark.parametrize(
    ("limit", "kept", "lost"),
    [
        (200_000, "(P000999)", "- 1 more"),
        (100_000, "- 800 more: the other reports list them all", None),
        (20_000, "- 950 more", None),
        (3_000, "- 990 more", None),
        (2_400, "- 997 more", None),
        (1_900, "- 1000 findings", "(P000001)"),
        (500, "Details are in the reports.", "### Failing"),
        (1, "| all | 1000 |", "### Failing"),
    ],
)
def test_detail_gives_way_step_by_step(limit: int, kept: str, lost: str | None) -> None:
    """The smaller the room, the fewer findings are shown; what stands at the top always is."""
    text = markdown.render(a_report(*factory.many_findings(1_000)), limit=limit)

    assert kept in text
    assert lost is None or lost not in text
    assert "**Judged 1000 of 1000 checks**" in text


@given(st.text())
def test_escaping_leaves_one_line_without_html(text: str) -> None:
    """Whatever a name holds, it opens no tag and ends no line."""
    shown = markdown.escaped(text)

    assert "<" not in shown
    assert len(shown.splitlines()) <= 1


@settings(max_examples=30, deadline=None)
@given(factory.shuffled_pairs())
def test_the_order_of_findings_changes_nothing(pair: tuple[list[Finding], list[Finding]]) -> None:
    """The same findings in another order give the same bytes, and valid UTF-8."""
    first, second = (markdown.render(a_report(*each)) for each in pair)

    assert first == second
    assert first.encode()
