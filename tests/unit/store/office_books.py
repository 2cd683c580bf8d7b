"""An office's own book, by hand: merged title, header over two rows, seal, total; and how it is adopted."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

from tests.unit.store.books import MAIN, REL, book, part, replace_part, sheet, text_cell
from zhuomuniao.assets import data_folder
from zhuomuniao.layouts import LOG_LAYOUT, Layout, load_layout
from zhuomuniao.store.adoption import adopt_book
from zhuomuniao.store.cells import CellValue, column_letters
from zhuomuniao.store.entry import Change, Entry
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.shape import BookShape

LAYOUT = load_layout(data_folder() / "localities" / "neixiang" / "layouts" / "window.toml")
assert isinstance(LAYOUT, Layout)
STAMP = {
    "zmn.layout": LAYOUT.id,
    "zmn.layout_version": str(LAYOUT.version),
    "zmn.ledger": "window",
    "zmn.locality": "neixiang",
}
SHAPE = BookShape("window", LAYOUT, {}, STAMP)
OFFICIAL = [c.header for c in LAYOUT.official_columns]
OWN = [c.header for c in LAYOUT.columns if c.is_own]
KSO = '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="KSOProductBuildVer"><vt:lpwstr>2052'
CUSTOM = (
    '<?xml version="1.0"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    f"{KSO}-12.1.0.16929</vt:lpwstr></property></Properties>"
)
STYLES = f"""<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="{MAIN}"><fonts count="4">\
<font><sz val="11"/><name val="宋体"/><charset val="134"/></font>\
<font><b/><sz val="18"/><name val="宋体"/><charset val="134"/></font>\
<font><sz val="11"/><name val="黑体"/><charset val="134"/></font>\
<font><sz val="10"/><name val="仿宋"/><charset val="134"/></font></fonts><fills count="3">\
<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFFFF2CC"/></patternFill></fill></fills>\
<borders count="2"><border/>\
<border><left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/></border></borders>\
<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>\
<xf numFmtId="0" fontId="1" applyFont="1" applyAlignment="1"><alignment horizontal="center" vertical="center"/></xf>\
<xf numFmtId="49" fontId="2" fillId="2" borderId="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">\
<alignment horizontal="center" vertical="center" wrapText="1"/></xf>\
<xf numFmtId="49" fontId="3" borderId="1" applyFont="1" applyBorder="1" applyAlignment="1">\
<alignment vertical="center" wrapText="1"/></xf><xf numFmtId="22" fontId="3" borderId="1" applyNumberFormat="1"/>\
</cellXfs><cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
DRAWING_NS = "http://schemas.openxmlformats.org/drawingml/2006"
TYPE = "application/vnd.openxmlformats-officedocument"


def stamp_drawing(first: int, last: int) -> str:
    """A picture that lies over columns (0-based)."""
    return (
        f'<xdr:wsDr xmlns:xdr="{DRAWING_NS}/spreadsheetDrawing" xmlns:a="{DRAWING_NS}/main" xmlns:r="{REL}">'
        f"<xdr:twoCellAnchor><xdr:from><xdr:col>{first}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>4</xdr:row>"
        f"<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>{last}</xdr:col><xdr:colOff>0</xdr:colOff>"
        '<xdr:row>6</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="公章"/>'
        '<xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch>'
        '</xdr:blipFill><xdr:spPr><a:prstGeom prst="rect"/></xdr:spPr></xdr:pic><xdr:clientData/></xdr:twoCellAnchor>'
        "</xdr:wsDr>"
    )


def picture() -> bytes:
    with zipfile.ZipFile(Path(__file__).parents[2] / "fixtures" / "decorated-workbook.xlsx") as archive:
        return archive.read("xl/media/image1.png")


HEADERS = [*OFFICIAL, "窗口自记"]
DAY = (datetime(2026, 3, 2) - datetime(1899, 12, 30)).days


def case_row(row: int, number: str) -> str:
    """A case as the office typed it, of invented people; the whole row is formatted, as WPS does."""
    typed = {
        2: number,
        4: "卫竹",
        5: "13800000022",
        6: "营业执照变更，两次退回",
        7: "三级",
        8: "商事登记",
        17: "已电话",
    }
    cells = f'<c r="A{row}" s="3"><v>{row - 4}</v></c>'
    for column in range(2, len(HEADERS) + 1):
        ref = f"{column_letters(column)}{row}"
        if column == 3:
            cells += f'<c r="{ref}" s="4"><v>{DAY + row}.375</v></c>'
        else:
            cells += text_cell(ref, typed[column], 3) if column in typed else f'<c r="{ref}" s="3"/>'
    return f'<row r="{row}" spans="1:17" s="3" customFormat="1" ht="42" customHeight="1">{cells}</row>'


def office_book(
    headers: list[str] = HEADERS,
    *,
    rows: str | None = None,
    picture_to: int = 14,
    names: str = "",
    views: str = '<bookViews><workbookView activeTab="0"/></bookViews>',
    custom: bool = True,
) -> bytes:
    """A book as an office keeps it: merged title, header over two rows, own column, seal, total, signature."""
    last = column_letters(len(headers))
    heads = "".join(text_cell(f"{column_letters(n)}3", text, 2) for n, text in enumerate(headers, start=1))
    below = "".join(f'<c r="{column_letters(n)}4" s="2"/>' for n in range(1, len(headers) + 1))
    numbers = ["2026030701", "2026030801", "2026030901"]
    data = rows if rows is not None else "".join(case_row(5 + n, number) for n, number in enumerate(numbers))
    body = (
        f'<row r="1" ht="40">{text_cell("A1", "某县政务服务中心“办不成事”台账", 1)}</row>'
        f'<row r="2">{text_cell("A2", "填报单位：某县政务服务中心")}</row><row r="3">{heads}</row>'
        f'<row r="4">{below}</row>{data}'
        f'<row r="8">{text_cell("A8", "合计", 2)}<c r="B8" s="2"><f>COUNTA(B5:B7)</f><v>3</v></c></row>'
        f'<row r="10">{text_cell("B10", "填表人：赵禾")}</row>'
    )
    merges = [
        f"A1:{last}1",
        "A2:H2",
        *(f"{column_letters(n)}3:{column_letters(n)}4" for n in range(1, len(headers) + 1)),
    ]
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    xml = sheet(
        body,
        before=f'<dimension ref="A1:{last}10"/><sheetFormatPr defaultRowHeight="14"/><cols>'
        '<col min="1" max="1" width="6" customWidth="1"/><col min="2" max="5" width="13" customWidth="1"/>'
        '<col min="15" max="16384" width="9.5"/></cols>',
        after=f'<autoFilter ref="A4:{last}7"/><mergeCells count="{len(merges)}">{merged}</mergeCells>'
        '<conditionalFormatting sqref="I5:I7"><cfRule type="expression" priority="1"><formula>I5&lt;TODAY()</formula>'
        '</cfRule></conditionalFormatting><pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" '
        'footer="0.3"/><pageSetup paperSize="9" orientation="landscape"/><drawing r:id="rId1"/>',
    )
    parts: dict[str, str | bytes] = {
        "xl/drawings/drawing1.xml": stamp_drawing(12, picture_to),
        "xl/drawings/_rels/drawing1.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships"><Relationship Id="rId1" Type="{REL}/image" Target="../media/image1.png"/></Relationships>',
        "xl/media/image1.png": picture(),
        "docProps/app.xml": "<Properties xmlns='http://schemas.openxmlformats.org/officeDocument/2006/"
        "extended-properties'><Application>WPS 表格</Application></Properties>",
    }
    made = book(
        {"一季度": xml, "通讯录": sheet(f'<row r="1">{text_cell("A1", "姓名")}{text_cell("B1", "电话")}</row>')},
        names=names,
        workbook_pr=views,
        styles=STYLES,
        parts=parts | ({"docProps/custom.xml": CUSTOM} if custom else {}),
        relations={1: f'<Relationship Id="rId1" Type="{REL}/drawing" Target="../drawings/drawing1.xml"/>'},
    )
    types = part(made, "[Content_Types].xml")
    kinds = (
        '<Default Extension="png" ContentType="image/png"/><Override PartName="/xl/drawings/drawing1.xml" '
        f'ContentType="{TYPE}.drawing+xml"/><Override PartName="/docProps/app.xml" '
        f'ContentType="{TYPE}.extended-properties+xml"/>'
    )
    links = f'<Relationship Id="rId2" Type="{REL}/extended-properties" Target="docProps/app.xml"/>'
    if custom:
        kinds += f'<Override PartName="/docProps/custom.xml" ContentType="{TYPE}.custom-properties+xml"/>'
        links += f'<Relationship Id="rId3" Type="{REL}/custom-properties" Target="docProps/custom.xml"/>'
    made = replace_part(made, "[Content_Types].xml", types.replace("</Types>", kinds + "</Types>").encode())
    roots = part(made, "_rels/.rels").replace("</Relationships>", links + "</Relationships>")
    return replace_part(made, "_rels/.rels", roots.encode())


def plain_sheet(headers: list[str] = OFFICIAL, below: str = "") -> str:
    heads = "".join(text_cell(f"{column_letters(n)}1", text) for n, text in enumerate(headers, start=1))
    return sheet(f'<row r="1">{heads}</row>{below}')


def entry(*changes: Change) -> Entry:
    return Entry("20261122-0000001", "register", "赵敏慧", datetime(2026, 11, 22, 9), "window", "台账.xlsx", changes)


def new_case(number: str) -> tuple[Change, Change]:
    """A registration as the ledger writes it: a row and a line of the log."""
    row: dict[str, CellValue] = {
        "row_no": 4,
        "case_no": number,
        "accepted_at": datetime(2026, 11, 22, 9, 30),
        "applicant": "安禾",
        "about": "经营范围变更",
        "key_check": number,
        "status": "办理中",
        "next_due_on": date(2026, 11, 27),
        "clocks": "解决=2026-11-27",
        "assigned_at": datetime(2026, 11, 22, 10),
    }
    line: dict[str, CellValue] = {
        "op_id": "20261122-0000001",
        "at": datetime(2026, 11, 22, 9, 30),
        "recorded_at": datetime(2026, 11, 22, 9, 31),
        "case_no": number,
        "kind": "受理",
        "by": "赵敏慧",
    }
    return Change(LAYOUT.sheet, number, row), Change(LOG_LAYOUT.sheet, number, line)


def adopted(data: bytes, shape: BookShape = SHAPE) -> bytes:
    return adopt_book(data, shape, name="台账.xlsx")


def reading(data: bytes) -> BookReading:
    return BookReading(data, SHAPE, name="台账.xlsx")
