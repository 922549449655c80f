"""A workbook as a file: an archive of XML, by ECMA-376 (Office Open XML), part after part.

No part is held whole: what stays until the end is what the sheets share, and their links. The
parts, their order and their moment are those that the library XlsxWriter gives a workbook with
cells of each of our formats, to the byte: programs that open spreadsheets know it well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources
from itertools import islice
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pdsec_checks.reports.workbook import sheet
from pdsec_checks.reports.workbook.sheet import Sheet, Writer
from pdsec_checks.reports.workbook.texts import Texts
from pdsec_checks.reports.workbook.xml import BEGIN, MAIN, PACKAGE, RELATIONS, relation, shown

AT_ONCE = 50
"""Pieces of a part that are compressed at once."""
MOMENT = (1980, 1, 1, 0, 0, 0)
"""The first one that an archive can say: a workbook tells nothing of the day of the run."""
OFFICE = "application/vnd.openxmlformats-officedocument"
EXTENDED = "http://schemas.openxmlformats.org/officeDocument/2006"
DOCUMENT = (
    ("/docProps/app.xml", f"{OFFICE}.extended-properties+xml"),
    ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
    ("/xl/styles.xml", f"{OFFICE}.spreadsheetml.styles+xml"),
    ("/xl/theme/theme1.xml", f"{OFFICE}.theme+xml"),
    ("/xl/workbook.xml", f"{OFFICE}.spreadsheetml.sheet.main+xml"),
)
"""The parts of every workbook, and what each is."""
TEXTS = ("/xl/sharedStrings.xml", f"{OFFICE}.spreadsheetml.sharedStrings+xml")
SHARED = (
    ("theme", "theme/theme1.xml"),
    ("styles", "styles.xml"),
    ("sharedStrings", "sharedStrings.xml"),
)
"""What the sheets share: its kind and its part."""


def write(file: BinaryIO, sheets: Sequence[Sheet], title: str, created: datetime) -> None:
    """Write a workbook of *sheets*; *created* (aware) is the only moment in it."""
    texts = Texts()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        put(archive, "[Content_Types].xml", [content_types(len(sheets))])
        put(archive, "_rels/.rels", [fixed("rels.xml")])
        put(archive, "xl/_rels/workbook.xml.rels", [relations(len(sheets))])
        links = []
        for number, each in enumerate(sheets, 1):
            writer = Writer(each, texts, is_shown=number == 1)
            put(archive, f"xl/worksheets/sheet{number}.xml", writer.pieces())
            links.append(writer.links)
        put(archive, "xl/workbook.xml", [overview(sheets)])
        put(archive, "xl/sharedStrings.xml", texts.pieces())
        put(archive, "xl/styles.xml", [fixed("styles.xml")])
        put(archive, "xl/theme/theme1.xml", [fixed("theme1.xml")])
        for number, found in enumerate(links, 1):
            if found:
                name = f"xl/worksheets/_rels/sheet{number}.xml.rels"
                put(archive, name, sheet.relations(found))
        put(archive, "docProps/core.xml", [described(title, created)])
        put(archive, "docProps/app.xml", [names(sheets)])


def put(archive: ZipFile, name: str, pieces: Iterable[str]) -> None:
    """Add a part to the archive, bit by bit."""
    entry = ZipInfo(name, MOMENT)
    entry.compress_type = archive.compression
    left = iter(pieces)
    with archive.open(entry, "w") as part:
        while batch := list(islice(left, AT_ONCE)):
            part.write("".join(batch).encode())


def fixed(name: str) -> str:
    """Return a part that is the same in every workbook; its file has a line for each element."""
    file = resources.files("pdsec_checks.reports.workbook") / "parts" / name
    head, *lines = file.read_text("utf-8").splitlines()
    return f"{head}\n{''.join(map(str.strip, lines))}"


def content_types(sheets: int) -> str:
    """Return the part that says what each part is."""
    made = [
        (f"/xl/worksheets/sheet{number}.xml", f"{OFFICE}.spreadsheetml.worksheet+xml")
        for number in range(1, sheets + 1)
    ]
    listed = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>'
        for name, kind in (*DOCUMENT, *made, TEXTS)
    )
    return (
        f'{BEGIN}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{listed}</Types>"
    )


def relations(sheets: int) -> str:
    """Return the part that names the sheets and what they share by ids."""
    made = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, sheets + 1)]
    listed = "".join(relation(number, *each) for number, each in enumerate([*made, *SHARED], 1))
    return f'{BEGIN}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def overview(sheets: Sequence[Sheet]) -> str:
    """Return the part that names the sheets, in their order, and where each has its filters."""
    listed = "".join(
        f'<sheet name="{each.name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, each in enumerate(sheets, 1)
    )
    return (
        f'{BEGIN}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        '<fileVersion appName="xl" lastEdited="4" lowestEdited="4" rupBuild="4505"/>'
        '<workbookPr defaultThemeVersion="124226"/><bookViews>'
        '<workbookView xWindow="240" yWindow="15" windowWidth="16095" windowHeight="9660"/>'
        f"</bookViews><sheets>{listed}</sheets>"
        f"<definedNames>{''.join(filters(sheets))}</definedNames>"
        '<calcPr calcId="124519" fullCalcOnLoad="1"/></workbook>'
    )


def filters(sheets: Sequence[Sheet]) -> Iterator[str]:
    """Yield the name by which Excel finds the filters of each sheet, sorted as it wants them."""
    by_name = sorted(enumerate(sheets), key=lambda pair: pair[1].name.lower())
    for place, each in by_name:
        name = f"'{each.name}'" if " " in each.name else each.name
        area = ":".join(re.sub("([A-Z])", r"$\1$", cell) for cell in each.area)
        yield (
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'
            f"{name}!{area}</definedName>"
        )


def described(title: str, created: datetime) -> str:
    """Return the part with the title and the moment."""
    moment = f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</dcterms:"
    w3c = 'xsi:type="dcterms:W3CDTF"'
    return (
        f'{BEGIN}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:dcmitype="http://purl.org/dc/dcmitype/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{shown(title)}</dc:title><dc:creator></dc:creator>"
        "<cp:lastModifiedBy></cp:lastModifiedBy>"
        f"<dcterms:created {w3c}>{moment}created><dcterms:modified {w3c}>{moment}modified>"
        "</cp:coreProperties>"
    )


def names(sheets: Sequence[Sheet]) -> str:
    """Return the part that lists the sheets for programs that show a file without opening it."""
    count = len(sheets)
    listed = "".join(f"<vt:lpstr>{each.name}</vt:lpstr>" for each in sheets)
    return (
        f'{BEGIN}<Properties xmlns="{EXTENDED}/extended-properties" '
        f'xmlns:vt="{EXTENDED}/docPropsVTypes">'
        "<Application>Microsoft Excel</Application><DocSecurity>0</DocSecurity>"
        '<ScaleCrop>false</ScaleCrop><HeadingPairs><vt:vector size="2" baseType="variant">'
        "<vt:variant><vt:lpstr>Worksheets</vt:lpstr></vt:variant>"
        f"<vt:variant><vt:i4>{count}</vt:i4></vt:variant></vt:vector></HeadingPairs>"
        f'<TitlesOfParts><vt:vector size="{count}" baseType="lpstr">{listed}</vt:vector>'
        "</TitlesOfParts><Company></Company><LinksUpToDate>false</LinksUpToDate>"
        "<SharedDoc>false</SharedDoc><HyperlinksChanged>false</HyperlinksChanged>"
        "<AppVersion>12.0000</AppVersion></Properties>"
    )
