"""Ranges that stand outside the rows and must follow the data: filters, print areas, tables, conditions.

When rows are only added at the end, nothing but the ends of such ranges changes. When rows below were
moved down, every range, formula and page break of the sheet moves with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.bookparts import Book, SheetEntry, defined_names
from zhuomuniao.store.refs import Area, Growth, RowShift, area_of, move_area, move_areas, move_formula
from zhuomuniao.store.sheetxml import SheetXml, sheet_extent
from zhuomuniao.store.xmlspans import Element, Splice, elements_of, number_in, set_attribute, set_text, splice_bytes

_GROWING_LISTS: Final = ("conditionalFormatting", "dataValidation")
_FORMULAS: Final = ("formula", "formula1", "formula2", "f")
_FOLLOWING_NAMES: Final = ("_xlnm.Print_Area", "_xlnm._FilterDatabase")


def outline_splices(sheet: SheetXml, shift: RowShift, *, header_row: int) -> list[Splice]:
    """Answer the splices for everything outside ``sheetData`` but the dimension.

    Raises :class:`CannotPatchError` for a merged range that rows would be inserted into.
    """
    splices: list[Splice] = []
    has_data = shift.last > header_row
    for element in sheet.outline:
        above = sheet.outline[element.parent] if element.parent > 0 else None
        if element.tag in ("", "dimension") or (above and above.tag in ("sheetView", "sheetViews")):
            continue
        for name in ("ref", "sqref"):
            text = element.attributes.get(name)
            if text is None:
                continue
            grow = (element.tag in _GROWING_LISTS and has_data) or (
                element.tag == "autoFilter" and element.parent == 0
            )
            if element.tag == "mergeCell" and shift.at:
                _refuse_torn_merge(sheet, text, shift)
            moved = move_areas(text, shift, grow=grow)
            if moved != text:
                splices.append(set_attribute(sheet.part, element, name, moved))
        if element.tag == "sqref" and above is not None:
            moved = move_areas(element.text, shift, grow=above.tag in _GROWING_LISTS and has_data)
            if moved != element.text:
                splices.append(set_text(element, sheet.part, moved))
        if shift.at:
            splices += _moved_texts(sheet, element, shift)
    return splices


def foreign_outline_splices(sheet: SheetXml, shift: RowShift, *, moved_sheet: str) -> list[Splice]:
    """Answer the splices for the conditions, validations and links of another sheet that point to the moved one."""
    splices: list[Splice] = []
    for element in sheet.outline:
        splices += _moved_texts(sheet, element, shift, moved_sheet=moved_sheet)
    return splices


def dimension_splices(sheet: SheetXml, touched: Area, shift: RowShift) -> list[Splice]:
    """Answer the splice for ``dimension`` so that it takes in the touched rows and was right before.

    A dimension that ends above the last row of the part was wrong (F-08) and is counted anew.
    """
    found = sheet.top_level("dimension")
    if not found or "ref" not in found[0].attributes:
        return []
    text = found[0].attributes["ref"]
    stated = area_of(text)
    lowest = max(sheet.numbers, default=0)
    if stated is None or stated.last_row < lowest:
        extent = sheet_extent(sheet)
        stated = Area(*extent) if extent else None
    elif stated.text() == "A1" and not sheet.numbers:
        stated = None
    if stated is None:
        whole = touched
    else:
        whole = Area(
            min(stated.first_row, touched.first_row),
            min(stated.first_column, touched.first_column),
            max(shift.row(stated.last_row), touched.last_row),
            max(stated.last_column, touched.last_column),
        )
    return [] if whole.text() == text else [set_attribute(sheet.part, found[0], "ref", whole.text())]


def follow_names(book: Book, entry: SheetEntry, shift: RowShift) -> None:
    """Let the print area and filter of the sheet follow its data; where rows moved, all names with them."""
    data = book.get(book.workbook_part)
    splices = []
    for element in defined_names(book):
        own = element.attributes.get("localSheetId") == str(entry.index)
        follows = own and element.attributes.get("name") in _FOLLOWING_NAMES
        if not follows and not shift.at:
            continue
        moved = move_formula(
            element.text,
            shift,
            sheet=entry.name,
            on_sheet=False,
            growth=Growth.ANY if follows else Growth.MANY_ROWS,
            where=f"名称“{element.attributes.get('name', '')}”",
        )
        if moved != element.text:
            splices.append(set_text(element, data, moved))
    book.put(book.workbook_part, splice_bytes(data, splices))


def follow_tables(book: Book, entry: SheetEntry, shift: RowShift, *, key_column: int, merges: Sequence[Area]) -> None:
    """Let a table that holds the data end where the data ends, and tables below move.

    Raises :class:`CannotPatchError` where merged cells stand between a table's end and the new row.
    """
    for part in book.related(entry.part, "table"):
        data = book.get(part)
        found = elements_of(data, part=part)
        area = area_of(found[0].attributes.get("ref", ""))
        if area is None:
            raise CannotPatchError(f"工作表“{entry.name}”的表格区域认不出", "请在 WPS 里转为普通区域后再试")
        holds_data = area.first_column <= key_column <= area.last_column
        grown = shift.rows(area.first_row, area.last_row, grow=holds_data)[1] - (shift.by if shift.at else 0)
        for merge in merges:
            if area.last_row < merge.first_row <= grown:
                raise CannotPatchError(
                    f"工作表“{entry.name}”的表格下方有合并单元格 {merge.text()}，表格不能向下扩展",
                    "请先在 WPS 里拆开该合并单元格",
                )
        splices: list[Splice] = []
        for element in found:
            text = element.attributes.get("ref")
            if text is None or element.tag not in ("table", "autoFilter", "sortState", "sortCondition"):
                continue
            grow = holds_data and element.tag in ("table", "autoFilter")
            moved = move_area(text, shift, grow=grow)
            if moved != text:
                splices.append(set_attribute(data, element, "ref", moved))
        book.put(part, splice_bytes(data, splices))


def lowest_total_row(book: Book, entry: SheetEntry, *, below: int) -> int:
    """Answer the first totals row of a table that stands below a row, or 0: it counts as a footer."""
    rows = []
    for part in book.related(entry.part, "table"):
        root = elements_of(book.get(part), part=part)[0]
        area = area_of(root.attributes.get("ref", ""))
        if area and root.attributes.get("totalsRowCount", "0") != "0" and area.last_row > below:
            rows.append(area.last_row)
    return min(rows, default=0)


def _refuse_torn_merge(sheet: SheetXml, text: str, shift: RowShift) -> None:
    area = area_of(text)
    if area and area.first_row < shift.at <= area.last_row:
        raise CannotPatchError(
            f"工作表“{sheet.name}”的合并单元格 {text} 跨过第 {shift.at} 行，不能在其中插行",
            "请先拆开该合并单元格，或在合计行上方预留空行",
        )


def _moved_texts(
    sheet: SheetXml, element: Element, shift: RowShift, *, moved_sheet: str | None = None
) -> list[Splice]:
    on_sheet = moved_sheet is None
    target = sheet.name if moved_sheet is None else moved_sheet
    where = f"工作表“{sheet.name}”的条件格式、有效性或超链接"
    splices: list[Splice] = []

    def moved(text: str) -> str:
        return move_formula(text, shift, sheet=target, on_sheet=on_sheet, growth=Growth.ABSOLUTE_END, where=where)

    if element.tag in _FORMULAS and element.text and moved(element.text) != element.text:
        splices.append(set_text(element, sheet.part, moved(element.text)))
    link = element.attributes.get("location", "") if element.tag == "hyperlink" else ""
    if link and moved(link) != link:
        splices.append(set_attribute(sheet.part, element, "location", moved(link)))
    limit = element.attributes.get("val", "") if element.tag == "cfvo" else ""
    if limit and element.attributes.get("type") == "formula" and moved(limit) != limit:
        splices.append(set_attribute(sheet.part, element, "val", moved(limit)))
    if on_sheet and element.tag == "brk" and sheet.outline[element.parent].tag == "rowBreaks":
        # A break stands above row id+1 and goes where that row goes.
        row = number_in(element.attributes.get("id", "0"), part=sheet.name)
        if shift.row(row + 1) != row + 1:
            splices.append(set_attribute(sheet.part, element, "id", str(shift.row(row + 1) - 1)))
    return splices
