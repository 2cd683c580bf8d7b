"""Move down what stands below the data (合计, a signature block), so that rows can be inserted above it.

Rows and cells get their new numbers; formulas anywhere in the book that point to a moved cell point to its
new place, and ranges that end at the last data row take the new rows in.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from html import unescape
from typing import TYPE_CHECKING

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.cells import MAX_ROW
from zhuomuniao.store.ranges import foreign_outline_splices
from zhuomuniao.store.refs import Growth, RowShift, area_of, move_area, move_formula
from zhuomuniao.store.sheetxml import SheetXml, cell_name, open_sheet
from zhuomuniao.store.xmlspans import (
    Splice,
    attribute_span,
    elements_of,
    escape,
    require_xml,
    set_attribute,
    splice_bytes,
)

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book, SheetEntry

_REMEDY = "请在 WPS 里先在合计行（或落款）上方插入若干空行，再重新登记"


def renumbering_splices(sheet: SheetXml, shift: RowShift) -> list[Splice]:
    """Answer the splices that give every row from ``shift.at`` on, and its cells, their new numbers."""
    splices: list[Splice] = []
    first = bisect_left(sheet.numbers, shift.at)
    if first < len(sheet.numbers) and sheet.numbers[-1] + shift.by > MAX_ROW:
        raise CannotPatchError(f"工作表“{sheet.name}”最后一行已有内容，不能再下移", "请清掉底部多余内容")
    for index in range(first, len(sheet.numbers)):
        start, end = sheet.starts[index], sheet.row_end(index)
        delta = start - len(sheet.root_open)
        found = elements_of(sheet.root_open + sheet.part[start:end] + sheet.root_close, part=sheet.name)
        wrapped = sheet.root_open + sheet.part[start:end]
        for element in found[1:]:
            reference = element.attributes.get("r")
            if reference is None or (element.tag == "row") != (element.parent == 0):
                continue
            if element.tag not in ("row", "c"):
                continue
            span = attribute_span(wrapped, element, "r")
            letters = reference.rstrip("0123456789")
            new = f"{letters}{sheet.numbers[index] + shift.by}".encode()
            splices.append(Splice(span[0] + delta, span[1] + delta, new))
    return splices


def formula_splices(
    sheet: SheetXml, shift: RowShift, *, moved_sheet: str, header_row: int, only_below: bool = False
) -> list[Splice]:
    """Answer the splices for the formulas in the rows of a sheet, on the moved sheet or another one.

    ``only_below`` looks at the footer rows alone. Raises :class:`CannotPatchError` naming the cell of a
    shared or array formula that would have to be rewritten.
    """
    own = sheet.name == moved_sheet
    start = sheet.body_start
    if only_below:
        index = next((i for i, n in enumerate(sheet.numbers) if n > shift.last), None)
        if index is None:
            return []
        start = sheet.starts[index]
    tag = re.escape(sheet.prefix.encode())
    pattern = re.compile(rb"<" + tag + rb"f((?:\s[^<>]*)?)(?:/>|>([^<]*)</" + tag + rb"f\s*>)")
    opening = re.compile(rb"<" + tag + rb"""c\s(?:[^<>]*\s)?r\s*=\s*["']([A-Z]+)\d""")
    needle = f"<{sheet.prefix}c ".encode()
    splices: list[Splice] = []
    row_index = 0
    for match in pattern.finditer(sheet.part, start, sheet.body_end):
        while row_index + 1 < len(sheet.starts) and sheet.starts[row_index + 1] < match.start():
            row_index += 1
        row = sheet.numbers[row_index]
        cell = opening.match(sheet.part, sheet.part.rfind(needle, sheet.starts[row_index], match.start()))
        where = f"工作表“{sheet.name}”的 {cell[1].decode() if cell else '第'}{row}"
        attributes = match[1].decode()
        text = unescape(match[2].decode()) if match[2] is not None else ""
        data_row = own and header_row < row <= shift.last
        growth = Growth.ABSOLUTE_END if data_row else Growth.MANY_ROWS
        moved = move_formula(text, shift, sheet=moved_sheet, on_sheet=own, growth=growth, where=where)
        if re.search(r"\bt\s*=\s*[\"'](shared|array|dataTable)", attributes):
            reference = re.search(r"\bref\s*=\s*[\"']([A-Z0-9:$]+)", attributes)
            area = area_of(reference[1]) if reference else None
            height = area.last_row - row if area else 0
            lies = own and bool(shift.at) and max(row + height, row) >= shift.at
            reaches = _reaches(text, height, shift, moved_sheet=moved_sheet, own=own)
            if not (lies or reaches or moved != text):
                continue
            # A total filled to the right is shared along one row, and all its copies move alike.
            along_row = "shared" in attributes and (area is None or area.first_row == area.last_row)
            if not along_row:
                raise CannotPatchError(f"{where} 是共享公式或数组公式，行下移后无法改写", _REMEDY)
            if area and reference and own and shift.row(row) != row:
                begin = match.start(1) + len(attributes[: reference.start(1)].encode())
                new_area = move_area(reference[1], shift, grow=False).encode()
                splices.append(Splice(begin, begin + len(reference[1]), new_area))
        if moved != text:
            splices.append(Splice(match.start(2), match.end(2), escape(moved).encode()))
    return splices


def move_other_sheets(book: Book, entry: SheetEntry, shift: RowShift, *, header_row: int) -> None:
    """Rewrite the formulas, conditions and links of all other sheets that point to moved cells."""
    for other in book.sheets:
        if other.part == entry.part or not other.is_worksheet:
            continue
        data = book.get(other.part)
        if not _mentions(data, entry.name):
            continue
        require_xml(data, part=other.name)
        sheet = open_sheet(data, name=other.name)
        splices = formula_splices(sheet, shift, moved_sheet=entry.name, header_row=header_row)
        splices += foreign_outline_splices(sheet, shift, moved_sheet=entry.name)
        book.put(other.part, splice_bytes(data, splices))


def move_calc_chain(book: Book, entry: SheetEntry, shift: RowShift) -> None:
    """Give the moved cells of the calculation chain their new names."""
    for part in book.related(book.workbook_part, "calcChain"):
        if not book.has(part):
            continue
        data = book.get(part)
        splices: list[Splice] = []
        sheet_id = ""
        for element in elements_of(data, part=part):
            if element.tag != "c":
                continue
            # An entry without a sheet id is on the sheet of the entry before.
            sheet_id = element.attributes.get("i", sheet_id)
            area = area_of(element.attributes.get("r", ""))
            if area and sheet_id == entry.sheet_id and shift.row(area.first_row) != area.first_row:
                name = cell_name(area.first_column, shift.row(area.first_row))
                splices.append(set_attribute(data, element, "r", name))
        book.put(part, splice_bytes(data, splices))


def _reaches(text: str, height: int, shift: RowShift, *, moved_sheet: str, own: bool) -> bool:
    """Whether a shared formula, copied ``height`` rows down, would point to a moved row."""
    if not shift.at or height <= 0:
        return False
    lower = RowShift(last=0, new_last=0, at=max(shift.at - height, 1), by=shift.by)
    moved = move_formula(text, lower, sheet=moved_sheet, on_sheet=own, growth=Growth.NONE, where="")
    return moved != text


def _mentions(data: bytes, sheet: str) -> bool:
    plain = escape(sheet).encode()
    doubled = escape(sheet.replace("'", "''")).encode()
    quoted = escape(sheet.replace("'", "''"), quotes=True).encode()
    # A bang may belong to a reference through several sheets that names only the outer two.
    return plain in data or doubled in data or quoted in data or b"!" in data
