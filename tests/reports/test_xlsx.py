"""The workbook: every id is text for every program, and the same findings give the same bytes."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from pdsec_checks.errors import InspectionError
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.reports import action_plan, content, render, xlsx
from pdsec_checks.reports.report import Report
from tests.support.changed import replace
from tests.support.findings import (
    a_finding,
    a_report,
    a_resource,
    controls,
    hostile_findings,
    many_findings,
    shuffled_pairs,
    six_findings,
)
from tests.support.judged import NOW
from tests.support.programs import program
from tests.support.reading import in_ci
from tests.support.shown import rows, workbook
from tests.support.whole_report import whole_report

SHEETS = ["Run", "Action plan", "Findings", "Controls", "Frameworks"]
SHEETS_AS_CSV = "44,34,76,1,,0,false,true,false,false,false,-1"
"""LibreOffice's options: commas, quotes, UTF-8, cells as they are shown, every sheet."""
CONVERT = {
    "ssconvert": ["--export-type=Gnumeric_stf:stf_csv", "-S"],
    "soffice": [
        "--headless",
        "--convert-to",
        f"csv:Text - txt - csv (StarCalc):{SHEETS_AS_CSV}",
    ],
}
"""Program → its arguments that make a CSV of each sheet."""


UNDERLINE = "_x005F_"
"""How a workbook writes the underline that would begin a character by its number."""


def made(report: Report) -> bytes:
    """Return the workbook of a report."""
    found = content("xlsx", report)
    assert isinstance(found, bytes)
    return found


def test_each_kind_of_reader_has_a_sheet() -> None:
    """Run, action plan, findings, controls and frameworks, each with a head and filters."""
    book = workbook(made(a_report(*six_findings())))

    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions


def test_every_id_is_text() -> None:
    """No cell is a number but counts, and none a formula or a date, whatever names look like."""
    names = ("8.10", "1-2-3", "1E5", "TRUE", "=1+1", "MAR1", "007")
    findings = [a_finding(resource=a_resource(name, f"P{n}")) for n, name in enumerate(names)]
    book = workbook(made(a_report(*findings)))

    found = {row["resource_name"] for row in rows(made(a_report(*findings)), "Findings")}
    assert found == {*names}
    kinds = {
        (sheet.title, type(cell.value), cell.data_type)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert {each for each in kinds if each[1:] != (str, "s")} == {("Controls", int, "n")}


def test_findings_and_plan_are_those_of_the_csv() -> None:
    """Each row says what the row of the CSV says, without what keeps a CSV harmless."""
    report = whole_report()
    book = made(report)
    columns = ("control", "severity", "status", "resource_id", "message", "teams")

    def told(found: list[dict[str, str]]) -> list[tuple[str, ...]]:
        return [tuple(row[name].removeprefix("'") for name in columns) for row in found]

    for sheet, name in (("Findings", "csv"), ("Action plan", "action-plan")):
        text = render(name, report).removeprefix("\ufeff")
        listed = list(csv.DictReader(io.StringIO(text, newline="")))
        assert told(rows(book, sheet)) == told(listed), sheet
    assert {row["owner"] for row in rows(book, "Action plan")} == {""}


def test_controls_have_counts_and_requirements() -> None:
    """A row for each selected control, with its worst status and numbers that one can add up."""
    report = a_report(a_finding(), a_finding(resource=a_resource("b", "PB"), status=Status.ERROR))
    (row,) = rows(made(report), "Controls")

    assert (row["control"], row["status"], row["fail"], row["error"]) == ("PD-05", "fail", "1", "1")
    assert row["requirements"] == action_plan.requirements(report, report.controls[0])


def test_frameworks_have_a_row_for_each_requirement() -> None:
    """The chosen frameworks, requirement by requirement, with what their controls say."""
    report = a_report(*six_findings())
    found = rows(made(report), "Frameworks")

    assert len(found) == sum(each["requirements"] for each in report.frameworks.values())
    assert all(row["verdict"] and row["controls"].startswith("PD-") for row in found)


def test_addresses_are_links() -> None:
    """Those of resources and of PagerDuty's pages; nothing else is one."""
    finding = a_finding(resource=a_resource("https://evil.example/ x"))
    sheet = workbook(made(a_report(finding)))["Findings"]
    links = {cell.hyperlink.target for row in sheet.iter_rows() for cell in row if cell.hyperlink}

    assert links == {finding.resource.url, controls()["PD-05"].help}


def test_more_links_than_a_sheet_holds_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond Excel's limit an address stays readable, and no row is lost."""
    monkeypatch.setattr(xlsx, "LINKS", 3)
    book = made(a_report(*many_findings(5)))
    sheet = workbook(book)["Findings"]

    assert sum(cell.hyperlink is not None for row in sheet.iter_rows() for cell in row) == 3
    assert all(row["resource_url"].startswith("https://") for row in rows(book, "Findings"))


def test_more_findings_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are left out would look as if nothing were there."""
    monkeypatch.setattr(xlsx, "ROWS", 3)

    with pytest.raises(InspectionError, match="a sheet holds 2 rows, and there are 3 findings"):
        made(a_report(*many_findings(3)))


def test_a_long_cell_is_cut_as_excel_demands() -> None:
    """A message longer than a cell ends with an ellipsis; the file opens."""
    (row,) = rows(made(a_report(a_finding(message="m" * 40_000))), "Findings")

    assert len(row["message"]) == 32_767
    assert row["message"].endswith("…")


def test_hostile_names_leave_a_workbook_that_opens() -> None:
    """Control characters, half characters and what XML cannot say are replaced."""
    names = ("\uffff\ufffe_x0041_", "<r><t>rich</t></r>", f"<r>{'x' * 32_760}</r>")
    odd = [a_finding(resource=a_resource(name, f"P{name[:3]}")) for name in names]

    found = rows(made(a_report(*hostile_findings(), *odd)), "Findings")
    shown = {row["resource_name"].replace(UNDERLINE, "_") for row in found}
    assert {"\ufffd\ufffd_x0041_", "<r><t>rich</t></r> "} <= shown
    assert any(name.startswith("<r>xxx") for name in shown)


def test_a_machine_without_a_temporary_folder_gets_the_same_cells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A container that is read-only holds the rows in memory."""
    report = a_report(*many_findings(5))
    expected = rows(made(report), "Findings")
    monkeypatch.setattr(xlsx, "has_temporary_folder", lambda: False)
    monkeypatch.setattr("tempfile.TemporaryDirectory", pytest.fail)

    assert rows(made(report), "Findings") == expected


def test_the_workbook_is_dated_by_the_account() -> None:
    """Neither the day nor the place of the run is in the file."""
    properties = workbook(made(a_report(a_finding()))).properties

    assert properties.created == properties.modified == datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001
    assert NOW.tzinfo
    assert properties.creator in {None, ""}


@settings(max_examples=10)
@given(shuffled_pairs())
def test_the_same_findings_give_the_same_bytes(pair: tuple[list[Finding], list[Finding]]) -> None:
    """Whatever their order."""
    first, second = pair

    assert made(a_report(*first)) == made(a_report(*second))


def converted(folder: Path, reader: str, name: str, held: bytes) -> str:
    """Return what a program shows of the first or of all sheets of a file, as CSV."""
    path = folder / name
    path.write_bytes(held)
    tool = program(reader)
    more = [f"{folder}/out-%s.csv"] if reader == "ssconvert" else ["--outdir", str(folder / "out")]
    profile = [f"-env:UserInstallation=file://{folder}/profile"] if reader == "soffice" else []
    command = [tool, *profile, *CONVERT[reader], str(path), *more]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    found = sorted(each for each in folder.rglob("*.csv*") if each != path)
    return "\n".join(each.read_text("utf-8") for each in found)


@pytest.mark.parametrize("reader", ["ssconvert", in_ci("soffice")])
@pytest.mark.parametrize("name", ["inspection.xlsx", "inspection.csv"])
def test_spreadsheets_show_ids_as_they_are(tmp_path: Path, reader: str, name: str) -> None:
    """CIS 8.10 is no 8.1, and PCI DSS 8.3.1 no day, in LibreOffice and in Gnumeric."""
    names = {"8.10": "PA", "8.3.1": "PB", "1E5": "PC"}
    report = a_report(*(a_finding(resource=a_resource(*each)) for each in names.items()))
    held = made(report) if name.endswith("xlsx") else render("csv", report).encode()
    shown = converted(tmp_path, reader, name, held)

    cells = {cell for row in csv.reader(io.StringIO(shown)) for cell in row}
    assert {*names} <= cells


def test_a_plan_without_rows_still_has_its_sheet() -> None:
    """Nothing to do is a head alone, and the sheet Run says what was judged."""
    passing = replace(a_finding(), status=Status.PASS)
    book = made(a_report(passing))

    assert rows(book, "Action plan") == []
    assert rows(book, "Run")[0]["value"].startswith("acme: nothing fails")
