"""Several accounts on one page: rows controls, columns accounts; one file that loads nothing."""

from __future__ import annotations

from markupsafe import Markup

from pdsec_checks.model import Severity, Status
from pdsec_checks.reports import fix_first
from pdsec_checks.reports.html.page import digest, environment, part
from pdsec_checks.reports.side_by_side.document import (
    QUOTED,
    AccountResult,
    Cell,
    ControlHead,
    SideBySide,
)
from pdsec_checks.reports.statuses import SECTIONS

OPEN_UP_TO = 8
"""Accounts of one control whose findings are shown without a click."""


class AccountsPage:
    """What the page shows, and the document does not hold as it is shown."""

    def __init__(self, document: SideBySide) -> None:
        self.document = document

    @property
    def failing(self) -> list[tuple[Severity, int]]:
        """How many controls fail in some account, for each severity that has one."""
        found = [(severity, self.document.failing(severity)) for severity in Severity]
        return [(severity, count) for severity, count in found if count]

    def trouble(self, control: ControlHead) -> list[tuple[AccountResult, Cell]]:
        """Return the accounts in which a control does not simply hold, the worst first.

        An account of which nothing could be read is named once, above all controls.
        """
        found = [
            (account, cell)
            for account, cell in self.document.row(control.id)
            if cell is not None and cell.status in QUOTED and account.is_readable
        ]
        return sorted(found, key=lambda pair: QUOTED.index(pair[1].status))

    @property
    def troubled(self) -> list[tuple[ControlHead, list[tuple[AccountResult, Cell]]]]:
        """The controls with such accounts, by id."""
        found = [(control, self.trouble(control)) for control in self.document.controls]
        return [(control, accounts) for control, accounts in found if accounts]

    def own_severity(self, account: AccountResult, control: ControlHead) -> str:
        """Return the severity that an account gives a control, where its row has another one."""
        severity = account.severity(control.id).value
        return "" if severity == control.severity else severity

    @property
    def unjudged(self) -> list[AccountResult]:
        """The accounts in which something could not be judged."""
        return [each for each in self.document.accounts if each.unjudged]

    @property
    def to_fix(self) -> list[AccountResult]:
        """The accounts in which something fails, by the severity of what comes first there."""
        failing = [each for each in self.document.accounts if each.fix_first["items"]]
        return sorted(
            failing, key=lambda each: -Severity(each.fix_first["items"][0]["severity"]).weight
        )

    @property
    def problems(self) -> list[AccountResult]:
        """The accounts of which not everything is known."""
        return [each for each in self.document.accounts if each.problem or not each.is_complete]


def render(document: SideBySide) -> str:
    """Return the accounts side by side as one HTML document."""
    style = part("report.css") + part("accounts.css")
    return (
        environment()
        .get_template("accounts.html.jinja")
        .render(
            page=AccountsPage(document),
            document=document,
            policy=content_security_policy(style),
            style=Markup(style),  # noqa: S704 - our own files
            Severity=Severity,
            Status=Status,
            OPEN_UP_TO=OPEN_UP_TO,
            FIRST_TITLE=fix_first.TITLE,
            AT_MOST=fix_first.AT_MOST,
            UNJUDGED=SECTIONS[Status.ERROR],
        )
    )


def content_security_policy(style: str) -> str:
    """Return the policy that allows this style, and nothing else at all."""
    return f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; form-action 'none'"
