"""One filled form as an xlsx on one A4 page, as the notice's annex looks when it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from zhuomuniao import sheetlook
from zhuomuniao.paperlayouts import Span
from zhuomuniao.render.fitting import fit_form, is_story, size_of

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from zhuomuniao.forms.filled import FilledCell, FilledForm

_TITLE_SIZE = 20
_ANNEX_HEIGHT = 28.0
_TITLE_HEIGHT = 56.0


def render_form(filled: FilledForm) -> bytes:
    """The bytes of an xlsx with the form, ready to print."""
    workbook = sheetlook.new_workbook()
    sheet = workbook.create_sheet(filled.name)
    paper = sheetlook.Paper(is_landscape=filled.is_landscape, side=20, top=20, bottom=18)
    columns = [width * sheetlook.CHARACTER_POINTS for width in filled.column_widths]
    # Fitting one page wide shrinks a form that is wider than the paper; the height it may take grows as much.
    room = paper.height_points * max(1.0, sum(columns) / paper.width_points) - _TITLE_HEIGHT
    fit = fit_form(filled, columns, room - (_ANNEX_HEIGHT if filled.annex else 0))
    last = len(filled.column_widths)
    for number, width in enumerate(filled.column_widths, start=1):
        sheet.column_dimensions[_letters(number)].width = width
    offset = _write_top(sheet, filled, last)
    places = write_heights(sheet, fit.heights, offset)
    for cell in filled.cells:
        is_framed = filled.rows[cell.row].is_framed
        _write_cell(sheet, cell, places, size_of(cell, filled, columns, fit.size), is_framed=is_framed)
    sheet.sheet_view.showGridLines = False
    sheetlook.set_page(
        sheet,
        paper,
        printed_columns=f"$A:${_letters(last)}",
        repeated_rows="" if fit.is_one_page else _header_rows(filled, places),
        is_one_page=fit.is_one_page,
    )
    return sheetlook.workbook_bytes(workbook)


def _write_top(sheet: Worksheet, filled: FilledForm, last: int) -> int:
    """附件 number and title; answers how many sheet rows they take."""
    row = 0
    if filled.annex:
        row += 1
        annex = sheetlook.cell_at(sheet, row, 1)
        sheetlook.put(annex, filled.annex)
        annex.font = sheetlook.font(sheetlook.HEI, 14)
        annex.alignment = sheetlook.align("left", wraps=False)
        sheet.row_dimensions[row].height = _ANNEX_HEIGHT
    row += 1
    title = sheetlook.cell_at(sheet, row, 1)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=last)
    sheetlook.put(title, filled.title)
    sheetlook.style_title(title, _TITLE_SIZE)
    sheet.row_dimensions[row].height = _TITLE_HEIGHT
    return row


def write_heights(sheet: Worksheet, heights: Iterable[float], offset: int) -> list[tuple[int, int]]:
    """First and last sheet row of each form row: a row taller than Excel allows is made of several."""
    places = []
    following = offset + 1
    for height in heights:
        parts = int(height // sheetlook.MAX_ROW_POINTS) + 1
        for part in range(parts):
            sheet.row_dimensions[following + part].height = round(height / parts, 1)
        places.append((following, following + parts - 1))
        following += parts
    return places


def _write_cell(
    sheet: Worksheet,
    filled: FilledCell,
    places: list[tuple[int, int]],
    size: float,
    *,
    is_framed: bool,
) -> None:
    top, bottom = places[filled.row][0], places[filled.row + filled.row_span - 1][1]
    left, right = filled.column + 1, filled.column + filled.column_span
    if is_framed:
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                sheet.cell(row, column).border = sheetlook.frame()
    if (top, left) != (bottom, right):
        sheet.merge_cells(start_row=top, end_row=bottom, start_column=left, end_column=right)
    _style(sheetlook.cell_at(sheet, top, left), filled, size, is_framed=is_framed)


def _style(cell: Cell, filled: FilledCell, size: float, *, is_framed: bool) -> None:
    sheetlook.put(cell, filled.text)
    cell.number_format = "@"
    name = sheetlook.HEI if filled.kind is Span.LABEL else sheetlook.FANG
    cell.font = sheetlook.font(name, size)
    if filled.align == "left":
        vertical: Literal["top", "center"] = "top" if is_story(filled) else "center"
        cell.alignment = sheetlook.align("left", vertical, indent=1 if is_framed else 0)
    else:
        cell.alignment = sheetlook.align("right" if filled.align == "right" else "center")


def _header_rows(filled: FilledForm, places: list[tuple[int, int]]) -> str:
    """The sheet rows of the list's header, which stands again on every page."""
    headers = [place for row, place in zip(filled.rows, places, strict=True) if row.is_header]
    return f"{headers[0][0]}:{headers[-1][1]}" if headers else ""


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(number)
