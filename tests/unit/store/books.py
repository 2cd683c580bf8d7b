"""Small books built by hand, so that a test shows every byte it is about. All people are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl

FIXTURES = Path(__file__).parents[2] / "fixtures"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PKG = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# 0 plain, 1 border, 2 text, 3 date (14), 4 custom date, 5 time of day, 6 Thai 59
STYLES = f"""{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" \
formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><fonts count="1"><font/></fonts>\
<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>\
<cellStyleXfs count="1"><xf/></cellStyleXfs>\
<cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="0" borderId="0"/><xf numFmtId="49"/><xf numFmtId="14"/>\
<xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="59"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""

OPENING = f'<worksheet xmlns="{MAIN}" xmlns:r="{REL}">'


def sheet(rows: str, *, before: str = "", after: str = "", opening: str = OPENING) -> str:
    return f"{HEAD}{opening}{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def text_cell(ref: str, text: str, style: int | None = None) -> str:
    s = "" if style is None else f' s="{style}"'
    return f'<c r="{ref}"{s} t="inlineStr"><is><t>{text}</t></is></c>'


def ledger_rows(first: int, count: int) -> str:
    """Data rows of three columns: number (text), name (border), day (date)."""
    return "".join(
        f'<row r="{r}">{text_cell(f"A{r}", f"2026{r:04d}", 2)}{text_cell(f"B{r}", "张山", 1)}'
        f'<c r="C{r}" s="3"><v>{46000 + r}</v></c></row>'
        for r in range(first, first + count)
    )


HEADER = f'<row r="1">{text_cell("A1", "编号")}{text_cell("B1", "姓名")}{text_cell("C1", "日期")}</row>'


def book(
    sheets: Mapping[str, str] | str,
    *,
    names: str = "",
    workbook_pr: str = "",
    styles: str = STYLES,
    parts: Mapping[str, str | bytes] | None = None,
    relations: Mapping[int, str] | None = None,
    workbook_relations: str = "",
) -> bytes:
    """A book of the given sheet parts; ``relations`` are the relation elements of sheet n (from 1)."""
    if isinstance(sheets, str):
        sheets = {"台账": sheets}
    entries = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, start=1))
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PKG}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/'
        f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-'
            f'officedocument.spreadsheetml.worksheet+xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        + '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.styles+xml"/></Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PKG}/relationships"><Relationship Id="rId1" '
        f'Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{REL}">{workbook_pr}<sheets>{entries}'
        f"</sheets>{f'<definedNames>{names}</definedNames>' if names else ''}</workbook>",
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PKG}/relationships">{links}'
        f'<Relationship Id="rIdS" Type="{REL}/styles" Target="styles.xml"/>{workbook_relations}'
        "</Relationships>",
        "xl/styles.xml": styles,
    }
    for i, xml in enumerate(sheets.values(), start=1):
        members[f"xl/worksheets/sheet{i}.xml"] = xml
    for i, relation in (relations or {}).items():
        members[f"xl/worksheets/_rels/sheet{i}.xml.rels"] = (
            f'{HEAD}<Relationships xmlns="{PKG}/relationships">{relation}</Relationships>'
        )
    members.update(parts or {})
    return zip_of(members)


def zip_of(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def part(data: bytes, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def replace_part(data: bytes, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    return zip_of({**members, name: content})


def others_equal(before: bytes, after: bytes, *changed: str) -> bool:
    """Whether all members but the named ones are the same, in the same order, at least one of them."""
    with zipfile.ZipFile(io.BytesIO(before)) as a, zipfile.ZipFile(io.BytesIO(after)) as b:
        if a.namelist() != b.namelist():
            return False
        kept = [n for n in a.namelist() if n not in changed]
        facts = [
            (x.CRC, x.compress_size, x.date_time, x.external_attr, x.extra)
            == (y.CRC, y.compress_size, y.date_time, y.external_attr, y.extra)
            for x, y in ((a.getinfo(n), b.getinfo(n)) for n in kept)
        ]
        return bool(kept) and all(facts) and all(a.read(n) == b.read(n) for n in kept)


def openpyxl_values(data: bytes, name: str) -> list[tuple[object, ...]]:
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    return [tuple(row) for row in workbook[name].iter_rows(values_only=True)]
