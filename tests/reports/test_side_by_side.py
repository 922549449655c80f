"""Several accounts in one document: JSON, HTML and the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pdsec_checks.catalogue.controls import shipped_ids
from pdsec_checks.catalogue.scope import Changed, InForce, Scope
from pdsec_checks.finding import Finding
from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import fix_first, json_report, scope, score_words
from pdsec_checks.reports.report import UnreadDataSet
from pdsec_checks.reports.side_by_side import document, html, markdown, terminal
from pdsec_checks.reports.side_by_side.document import (
    MESSAGES,
    AccountResult,
    ControlHead,
    SideBySide,
    to_plain,
)
from tests.reports.test_report_schema import objects
from tests.support import reading
from tests.support.changed import replace
from tests.support.findings import (
    FORBIDDEN,
    a_finding,
    a_report,
    a_resource,
    errors_against,
    hostile_findings,
    many_findings,
    six_findings,
)
from tests.support.pages import NewPage
from tests.support.processes import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "accounts.schema.json").read_text("utf-8"))

EVERY = [html.render, markdown.render, terminal.render]
NAMES = ["page", "summary", "terminal"]


def an_account(
    name: str, *findings: Finding, code: int = 1, looked_at: Scope | None = None, **report: Any
) -> AccountResult:
    """Return an account with these findings."""
    made = a_report(*findings, **report)
    made = replace(made, run=replace(made.run, scope=looked_at or made.run.scope))
    plain = json.loads(json.dumps(json_report.to_plain(made)))
    first = json.loads(json.dumps(fix_first.fields(made)))
    return AccountResult.of(
        name,
        code,
        None,
        plain,
        {},
        fix_first=first,
        departures=scope.departures(made),
        score=score_words.brief_sentences(made),
    )


def unread(name: str, problem: str = "the key file is gone") -> AccountResult:
    """Return an account of which nothing could be read."""
    heads = [ControlHead("PD-05", "Every service has a policy", "critical")]
    return AccountResult.unread(name, 4, problem, heads)


def only(control: str, account: AccountResult) -> AccountResult:
    """Return an account whose own settings select one control."""
    heads = [each for each in account.controls if each.id == control]
    return replace(account, controls=heads, cells={control: account.cells[control]})


def some_accounts() -> SideBySide:
    """Return one account of each kind."""
    return SideBySide(
        [an_account("acme-eu", *six_findings()), unread("closed")], formats=("html", "json")
    )


def row(plain: dict[str, Any], control: str) -> dict[str, Any]:
    """Return the cells of one control."""
    found: dict[str, Any] = next(
        each["accounts"] for each in plain["controls"] if each["id"] == control
    )
    return found


def test_the_schema_is_one_and_describes_every_field() -> None:
    """The file is a valid schema; whoever reads it needs no other document."""
    Draft202012Validator.check_schema(SCHEMA)
    fields = [pair for found in objects(SCHEMA) for pair in found["properties"].items()]

    assert SCHEMA["properties"]["schema_version"]["const"] == document.SCHEMA_VERSION
    assert [name for name, each in fields if not each.get("description")] == []


def test_the_document_is_what_the_schema_says() -> None:
    """Read accounts, unread ones and hostile names give a valid document."""
    hostile = SideBySide([an_account("hostile", *hostile_findings(), complete=False)])

    for each in (some_accounts(), hostile):
        assert errors_against(SCHEMA, json.loads(document.render(each))) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema_version",), "2"),
        (("kind",), "account"),
        (("accounts", 0, "status"), "satisfied"),
        (("accounts", 0, "name"), "a b"),
        (("accounts",), []),
        (("controls", 0, "accounts", "acme-eu", "status"), "green"),
        (("controls", 0, "accounts", "acme-eu", "findings", "passed"), 1),
        (("controls", 0, "status", "satisfied"), 1),
        (("extra",), 1),
    ],
)
def test_what_is_no_document_is_refused(place: tuple[str | int, ...], value: Any) -> None:
    """The schema notices a field that is wrong or that nobody knows."""
    changed: Any = json.loads(document.render(some_accounts()))
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value

    assert errors_against(SCHEMA, changed)


def test_an_unread_account_is_an_error_in_every_row() -> None:
    """An account without a report is never an empty column."""
    cell = row(to_plain(some_accounts()), "PD-05")["closed"]

    assert cell == {"status": "error", "findings": {}, "messages": ["the key file is gone"]}
    assert unread("closed").status is Status.ERROR


def test_an_account_without_a_control_is_no_pass() -> None:
    """No case, no verdict."""
    plain = {"controls": [], "findings": [], "complete": True}
    empty = AccountResult.of("acme", 0, None, plain, {})

    assert empty.status is Status.ERROR


def test_an_incomplete_account_is_no_pass() -> None:
    """An account that was stopped early is an error, however good what was judged."""
    stopped = an_account("acme", a_finding("PD-06", Status.PASS), complete=False)

    assert stopped.status is Status.ERROR
    assert not SideBySide([stopped]).is_complete


def rated(name: str, severity: str) -> AccountResult:
    """Return an account whose own settings give a control another severity."""
    return replace(unread(name), controls=[ControlHead("PD-05", "Has a policy", severity)])


@pytest.mark.parametrize("severities", [("low", "high", "medium"), ("high", "medium", "low")])
def test_a_row_has_the_worst_severity_of_any_account(severities: tuple[str, ...]) -> None:
    """Where accounts rate a control differently, the order of the file does not decide."""
    accounts = [rated(f"acme-{each}", each) for each in severities]

    assert [each["severity"] for each in to_plain(SideBySide(accounts))["controls"]] == ["high"]


def lowered(name: str, *findings: Finding, severity: Severity = Severity.LOW) -> AccountResult:
    """Return an account with a severity of its own for PD-05."""
    account = an_account(name, *findings)
    heads = [
        replace(each, severity=severity.value) if each.id == "PD-05" else each
        for each in account.controls
    ]
    return replace(account, controls=heads)


FAILING = a_finding("PD-05", Status.FAIL)


def test_a_control_counts_as_severe_as_it_is_where_it_fails() -> None:
    """A fail that its account calls low is no critical one because others call it critical."""
    good = an_account("strict", a_finding("PD-05", Status.PASS))
    mild = SideBySide([good, lowered("mild", FAILING)])
    both = SideBySide([an_account("strict", FAILING), lowered("mild", FAILING)])

    assert (mild.failing(Severity.CRITICAL), mild.failing(Severity.LOW)) == (0, 1)
    assert (both.failing(Severity.CRITICAL), both.failing(Severity.LOW)) == (1, 0)
    assert "PD-05 [low]" in terminal.render(mild)
    assert "fails in 2 of 2: strict, mild (low there)" in terminal.render(both)
    assert 'title="mild, PD-05: Fail, low there"' in html.render(both)


CHOSEN = Scope(
    selected=("PD-05",),
    not_selected=("PD-01", "PD-06"),
    changed=(Changed("max_admin_percent", 90, 10),),
    severities=(Changed("PD-05", "low", "critical"),),
    waivers=(InForce("PD-05", "PS2", "2026-12-20", "head of operations", "retired"),),
    attestations=(InForce("PD-05", "PS3", "2026-12-21", "head of operations", "seen"),),
)
"""A scope in which people changed and decided all that they can."""


@pytest.mark.parametrize("render", EVERY, ids=NAMES)
def test_each_account_says_what_people_changed_and_its_score(
    render: Callable[[SideBySide], str],
) -> None:
    """Thresholds, severities, waivers and attestations stand beside the verdict they lift."""
    document = SideBySide([an_account("acme", FAILING, looked_at=CHOSEN)])
    text = render(document).replace("\\", "")  # which keeps Markdown from reading an underscore

    for said in (
        "max_admin_percent = 90 (default 10)",
        "PD-05 = low (default critical)",
        "PD-05 on PS2 until 2026-12-20",
        "PD-05 on PS3 until 2026-12-21",
        "PARTIAL: Score: 0.0 % passing",
        "PARTIAL: left out 2 of 3 controls",
    ):
        assert said in text


def test_controls_that_nobody_selected_are_not_counted_as_inspected() -> None:
    """The closing line says how many of the controls there are any account was asked about."""
    text = terminal.render(SideBySide([an_account("acme", FAILING, looked_at=CHOSEN)]))

    assert "PARTIAL: Judged 1 account by 1 of 3 controls: 1 fail." in text


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        ((unread("a"), unread("b")), "Judged none of 2 accounts: 2 error; not everything"),
        ((unread("a"),), "Judged none of 1 account: 1 error; not everything"),
        (
            (unread("a"), an_account("few", FAILING, looked_at=CHOSEN)),
            "Judged 1 of 2 accounts by 1 of 3 controls",
        ),
        (
            (only("PD-06", an_account("few", *six_findings())), an_account("all", *six_findings())),
            "Judged 2 accounts by 1 to 6 of 6 controls",
        ),
        ((an_account("all", *six_findings()),), "Judged 1 account by 6 controls"),
    ],
)
def test_controls_count_where_they_judged_something(
    accounts: tuple[AccountResult, ...], said: str
) -> None:
    """An account that was not read was judged by nothing, whatever was selected for it."""
    text = terminal.headline(SideBySide(accounts))

    assert said in text


@pytest.mark.parametrize("render", EVERY, ids=NAMES)
def test_fix_first_leads_to_where_it_is_fixed(render: Callable[[SideBySide], str]) -> None:
    """Each item has the link of the account's own report."""
    text = render(SideBySide([an_account("acme", FAILING)]))
    link = FAILING.resource.url

    assert link
    assert link in text
    assert "Open in PagerDuty" in text


def refused() -> AccountResult:
    """Return an account in which a fail stands beside checks that nobody could judge."""
    errors = [a_finding("PD-05", Status.ERROR, a_resource(resource_id=f"PS{n}")) for n in range(3)]
    unread = [UnreadDataSet("services", "/services", "HTTP 403: Forbidden", 403, ["PD-05"])]
    found = (a_finding("PD-06", Status.FAIL), *errors, a_finding("PD-07", Status.ERROR))
    return an_account("refused", *found, unread=unread)


@pytest.mark.parametrize("render", EVERY, ids=NAMES)
def test_what_could_not_be_judged_stands_beside_what_fails(
    render: Callable[[SideBySide], str],
) -> None:
    """An account that fails elsewhere does not hide it: each reason, with the checks it cost."""
    text = render(SideBySide([an_account("good", FAILING), refused(), unread("closed")]))

    assert "/services: HTTP 403: Forbidden (3 checks of PD-05)" in text
    assert "(1 check of PD-07)" in text
    assert "the key file is gone" in text


@pytest.mark.parametrize("render", EVERY, ids=NAMES)
def test_what_one_refusal_cost_is_one_reason(render: Callable[[SideBySide], str]) -> None:
    """Data sets share a path, and a control may say the same of what no data set names."""
    why = "HTTP 403: Forbidden"
    unread = [
        UnreadDataSet(name, "/services", why, 403, [control])
        for name, control in (("services", "PD-05"), ("integrations", "PD-06"))
    ]
    errors = [a_finding(name, Status.ERROR) for name in ("PD-05", "PD-06", "PD-07")]
    said = [replace(each, message=f"/services: {why}") for each in errors]
    text = render(SideBySide([an_account("refused", *said, unread=unread)]))

    assert f"/services: {why} (3 checks of PD-05, PD-06, PD-07)" in text
    assert f"{why} (1 check" not in text


def test_the_terminal_names_the_accounts_in_which_a_failing_control_was_not_judged() -> None:
    """One of three fails, and of the third nobody knows."""
    text = terminal.render(SideBySide([an_account("good", FAILING), refused()]))

    assert "fails in 1 of 2: good; not judged in refused" in text
    assert "2 fail; not everything could be judged in refused." in text
    assert "COULD NOT BE JUDGED\nrefused\n" in text


def test_accounts_that_were_judged_say_nothing_of_errors() -> None:
    """Where everything was judged there is no section about what was not."""
    good = SideBySide([an_account("good", FAILING)])

    assert "COULD NOT BE JUDGED" not in terminal.render(good)
    assert 'id="unjudged"' not in html.render(good)


def test_a_control_that_an_account_leaves_out_is_null() -> None:
    """A cell is null where the account's own settings do not select the control."""
    few = only("PD-06", an_account("few", a_finding("PD-06", Status.PASS)))
    many = an_account("many", *six_findings())
    plain = to_plain(SideBySide([few, many]))

    assert {each["accounts"]["few"] is None for each in plain["controls"]} == {True, False}


def test_a_cell_counts_all_findings_and_quotes_a_few() -> None:
    """Counts are complete, the worst first; messages are the worst, up to five."""
    findings = many_findings(30)
    account = an_account("acme", *findings)
    for cell in account.cells.values():
        assert len(cell.messages) <= MESSAGES

    counted = sum(sum(cell.findings.values()) for cell in account.cells.values())
    assert counted == len(findings)


def test_a_result_travels_as_plain_json() -> None:
    """What a worker sends is plain, and comes out as it went in."""
    for account in some_accounts().accounts:
        assert AccountResult.from_json(json.loads(json.dumps(account.to_json()))) == account


def test_the_same_accounts_give_the_same_bytes() -> None:
    """Both documents depend on nothing but the accounts."""
    for render in (document.render, *EVERY):
        assert render(some_accounts()) == render(some_accounts())


def test_the_page_escapes_what_accounts_hold() -> None:
    """Markup in names stays text, and what could steer a reader is gone."""
    page = html.render(
        SideBySide([an_account("hostile", *hostile_findings()), unread("b", "<b>problem</b>")])
    )

    assert "<script" not in page
    assert "<b>problem" not in page
    assert not [char for char in FORBIDDEN if char in page]


def test_the_page_loads_nothing() -> None:
    """The policy allows the page's own style and nothing else; links go to own reports."""
    page = html.render(some_accounts())

    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page
    assert "script-src" not in page  # it has none
    assert 'href="accounts/acme-eu/inspection.html"' in page
    assert "accounts/closed/" not in page
    assert not re.findall(r'src="', page)


def test_a_page_of_good_accounts_says_so() -> None:
    """Without trouble there is no list of findings, and no notice."""
    good = only("PD-06", an_account("acme", a_finding("PD-06", Status.PASS), code=0))
    page = html.render(SideBySide([good]))

    assert "Every account was inspected to its end." in page
    assert "What was found" not in page


def test_the_terminal_names_unread_accounts_and_what_fails() -> None:
    """A line an account, its problem below it, and where each control fails."""
    text = terminal.render(some_accounts())

    assert re.search(r"closed +error +\?.* not read\n    the key file is gone", text)
    assert "fails in 1 of 2: acme-eu" in text
    assert "INCOMPLETE" in text


def test_the_terminal_shows_no_control_characters() -> None:
    """A problem that quotes a hostile name cannot steer the terminal."""
    text = terminal.render(SideBySide([unread("a", "no \x1b[31mred")]))

    assert "\x1b" not in text


def test_many_accounts_are_named_in_part() -> None:
    """A control that fails in many accounts names the first five."""
    document = SideBySide([an_account(f"acme-{n}", *six_findings()) for n in range(8)])

    assert "fails in 8 of 8: acme-0, acme-1, acme-2, acme-3, acme-4 and 3 more" in (
        terminal.render(document)
    )


@pytest.mark.parametrize("width", [360, reading.in_ci(1280)])
def test_fifty_columns_scroll_in_their_own_frame(
    new_page: NewPage, tmp_path: Path, width: int
) -> None:
    """The page itself never scrolls sideways; names and controls stay in sight."""
    findings = [a_finding(control) for control in shipped_ids()]
    accounts = [an_account(f"acme-production-{n:02}", *findings) for n in range(50)]
    file = tmp_path / "accounts.html"
    file.write_text(html.render(SideBySide(accounts)), encoding="utf-8")
    seen: list[str] = []
    page = new_page(width, 700)
    page.on("console", lambda message: seen.append(message.text))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(file.as_uri())
    page.evaluate("document.querySelector('.sides').scrollTo(800, 400)")
    frame, name, head = (
        page.locator(selector).first.bounding_box()
        for selector in (".sides", ".sides thead .name", ".sides tbody tr:nth-child(9) th")
    )

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('.sides').scrollLeft") == 800
    assert name["y"] == pytest.approx(frame["y"], abs=2)
    assert head["x"] == pytest.approx(frame["x"], abs=2)
    assert seen == [file.as_uri()]


# Markdown, for the page of a job


def test_the_summary_says_first_what_came_of_all() -> None:
    """The heading counts the accounts, and each has its row; one that was not read has no zeros."""
    text = markdown.render(some_accounts())
    lines = text.splitlines()

    assert lines[0] == "## PagerDuty Security Inspector: 1 fail, 1 error of 2 accounts"
    assert "not every account was inspected to its end" in text
    assert [line for line in lines if line.startswith("| closed |")] == [
        "| closed | error | ? | ? | ? | ? | ? | ? | not read |"
    ]


@pytest.mark.parametrize("limit", [100, 2_000, 2_900])
def test_a_summary_that_is_too_long_keeps_every_verdict(limit: int) -> None:
    """GitHub drops a page beyond its limit: details go, the table stays."""
    many = SideBySide([refused(), *(unread(f"a{number}") for number in range(20))])
    whole, cut = markdown.render(many), markdown.render(many, limit=limit)

    assert len(whole) > len(cut)
    assert cut.count("not read |") == 20
    assert "### Could not be judged" not in cut


def test_the_summary_escapes_what_accounts_hold() -> None:
    """Names and problems steer neither Markdown nor HTML."""
    text = markdown.render(
        SideBySide([an_account("hostile", *hostile_findings()), unread("b", "<b>*x*|</b>")])
    )

    assert "<b>" not in text
    assert "&lt;b&gt;\\*x\\*\\|&lt;/b&gt;" in text
    assert not [char for char in FORBIDDEN if char in text]
