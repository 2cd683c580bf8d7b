"""What the header rows of a sheet say, merged cells counted in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhuomuniao.store.refs import Area, area_of

if TYPE_CHECKING:
    from zhuomuniao.store.sheetxml import SheetXml
    from zhuomuniao.store.strings import CellTexts


def merged_areas(sheet: SheetXml) -> list[Area]:
    """Answer the merged ranges of a sheet."""
    cells = [e for e in sheet.outline if e.tag == "mergeCell" and e.is_main]
    return [area for e in cells if (area := area_of(e.attributes.get("ref", "")))]


def header_texts(sheet: SheetXml, index: int, texts: CellTexts) -> list[str]:
    """The texts of a row by position; a cell that is merged with one above it bears that one's text."""
    row = sheet.row_at(index)
    seen = {cell.column: texts.text_of(cell) for cell in row.cells}
    for area in merged_areas(sheet):
        if area.first_row < row.number <= area.last_row and area.first_column == area.last_column:
            above = sheet.row(area.first_row)
            standing = [c for c in above.cells if c.column == area.first_column] if above else []
            if standing and area.first_row > 1:
                seen[area.first_column] = texts.text_of(standing[0])
    line = [""] * max(seen, default=0)
    for column, text in seen.items():
        line[column - 1] = text
    return line
