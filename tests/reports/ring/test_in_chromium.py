"""The page in a browser: axe-core finds nothing, nothing is blocked, no width scrolls sideways."""

from __future__ import annotations

from pathlib import Path

from pdsec_checks.reports.ring.html import as_html
from tests.controls.test_ring import ROW_6, SCH_A, SCH_B
from tests.reports.ring.test_section import page_of
from tests.support import reading
from tests.support.pages import NewPage, assert_for_everybody, for_everybody
from tests.support.phones import STRANGER, A, S, account, nightly, policy, rota
from tests.support.questions import asked

UNKNOWN = rota("SU", (STRANGER, (0, 24)))


@for_everybody
def test_page_is_for_everybody(new_page: NewPage, tmp_path: Path, width: int, scheme: str) -> None:
    """With strips, tables and what is not judged, on a phone and on a screen."""
    data = {"maintenance_windows": nightly(20, 22)}
    pages = [
        as_html(asked(account(ROW_6, SCH_A, SCH_B, data=data), "--blast-radius", "--load")),
        as_html(asked(account(policy((S, 15), (UNKNOWN, 5)), UNKNOWN), "--silent-user", "PA")),
        page_of(account(ROW_6, SCH_A, SCH_B, data=data)),
        as_html(asked(account(ROW_6, SCH_A, SCH_B), "--resource=*", "--at=2026-11-23T12:00Z")),
        page_of(account(policy((A, 5), (UNKNOWN, 5)), UNKNOWN)),
    ]

    some = reading.sampled(pages, 2)
    assert_for_everybody(some, new_page(width, 900, scheme), tmp_path)
