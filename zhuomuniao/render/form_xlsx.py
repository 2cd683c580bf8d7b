"""One filled form on one A4 page, as the notice's annex looks when it is printed.

Text is never cut: rows grow, empty space for the pen gives way, then the type shrinks step by step; only what
does not fit a page at the smallest size runs on to a second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zhuomuniao import sheetlook
from zhuomuniao.forms.register_form import FilledCell, FilledForm
from zhuomuniao.layouts import Span

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_TITLE_SIZE = 20
_NOTE_SIZE = 12
_SMALL_NOTE_SIZE = 10.5
_SIZES = (14.0, 12.0, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
_ANNEX_HEIGHT = 28.0
_TITLE_HEIGHT = 56.0
_FILLED_SHARE = 0.98
_WRITING_HEIGHT = 100.0
"""Rows at least this high in the layout hold a story, typed or written by hand."""
_LEAST_SHARE = 0.5
"""How far a blank row may shrink: people still write into it by hand."""


@dataclass(frozen=True, slots=True)
class _Fit:
    size: float
    heights: tuple[float, ...]
    is_one_page: bool


def render_form(filled: FilledForm) -> bytes:
    """The bytes of an xlsx with the form, ready to print."""
    workbook = sheetlook.new_workbook()
    sheet = workbook.create_sheet(filled.name)
    paper = sheetlook.Paper(is_landscape=filled.is_landscape, side=20, top=20, bottom=18)
    fit = _fit(filled, paper)
    last = len(filled.column_widths)
    for number, width in enumerate(filled.column_widths, start=1):
        sheet.column_dimensions[_letters(number)].width = width
    offset = _write_top(sheet, filled, last)
    places = _write_heights(sheet, fit.heights, offset)
    for cell in filled.cells:
        is_framed = filled.rows[cell.row].is_framed
        _write_cell(sheet, cell, places, _size_of(cell, filled, fit.size), is_framed=is_framed)
    sheet.sheet_view.showGridLines = False
    sheetlook.set_page(
        sheet,
        paper,
        printed_columns=f"$A:${_letters(last)}",
        is_one_page=fit.is_one_page,
    )
    return sheetlook.workbook_bytes(workbook)


def _fit(filled: FilledForm, paper: sheetlook.Paper) -> _Fit:
    """The largest type at which the page holds everything."""
    width = sum(filled.column_widths) * sheetlook.CHARACTER_POINTS
    # Fitting one page wide shrinks a form that is wider than the paper; the height it may take grows as much.
    room = paper.height_points * max(1.0, width / paper.width_points) - _TITLE_HEIGHT
    room -= _ANNEX_HEIGHT if filled.annex else 0
    fit = _Fit(_SIZES[-1], (), False)
    for size in _SIZES:
        needed = _needed(filled, size)
        full = tuple(max(row.height, need) for row, need in zip(filled.rows, needed, strict=True))
        if sum(full) <= room:
            return _Fit(size, _spread(filled, full, room), True)
        least = tuple(
            max(row.height * _LEAST_SHARE if row.height >= _WRITING_HEIGHT else row.height, need)
            for row, need in zip(filled.rows, needed, strict=True)
        )
        if sum(least) <= room:
            share = (room - sum(least)) / (sum(full) - sum(least))
            return _Fit(size, tuple(a + (b - a) * share for a, b in zip(least, full, strict=True)), True)
        fit = _Fit(size, least, False)
    return fit


def _spread(filled: FilledForm, heights: tuple[float, ...], room: float) -> tuple[float, ...]:
    """What is left of the page goes to the rows people write in, so that the form fills its page."""
    tall = sum(h for row, h in zip(filled.rows, heights, strict=True) if row.height >= _WRITING_HEIGHT)
    if not tall:
        return heights
    factor = 1 + max(0.0, room * _FILLED_SHARE - sum(heights)) / tall
    return tuple(
        h * factor if row.height >= _WRITING_HEIGHT else h for row, h in zip(filled.rows, heights, strict=True)
    )


def _needed(filled: FilledForm, size: float) -> list[float]:
    """The height each row needs for its text; a cell over several rows asks the first for what is missing."""
    needed = [0.0] * len(filled.rows)
    for cell in sorted(filled.cells, key=lambda c: c.row_span):
        width = sum(filled.column_widths[cell.column : cell.column + cell.column_span])
        points = width * sheetlook.CHARACTER_POINTS - (sheetlook.INDENT_POINTS if cell.align == "left" else 0)
        height = sheetlook.height_needed(cell.text, points, _size_of(cell, filled, size))
        others = sum(needed[cell.row + 1 : cell.row + cell.row_span])
        needed[cell.row] = max(needed[cell.row], height - others)
    return needed


def _size_of(cell: FilledCell, filled: FilledForm, size: float) -> float:
    """Long texts share the size that fits the page; labels one size that wraps none; a name keeps its line."""
    if cell.kind is Span.NOTE:
        return _SMALL_NOTE_SIZE if len(cell.text) > 30 else _NOTE_SIZE
    if cell.kind is Span.LABEL:
        return min(_fitting(c, filled) for c in filled.cells if c.kind is Span.LABEL)
    return size if _is_story(cell) else max(size, _fitting(cell, filled))


def _is_story(cell: FilledCell) -> bool:
    return cell.kind is Span.FIELD and cell.align == "left"


def _fitting(cell: FilledCell, filled: FilledForm) -> float:
    """The largest type up to the form's own at which no line of the cell wraps."""
    width = sum(filled.column_widths[cell.column : cell.column + cell.column_span])
    longest = max(sheetlook.text_width(line, 1) for line in cell.text.split("\n"))
    room = width * sheetlook.CHARACTER_POINTS - 6
    return min(_SIZES[0], max(_SIZES[-1], int(room / longest * 2) / 2)) if longest else _SIZES[0]


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


def _write_heights(sheet: Worksheet, heights: Iterable[float], offset: int) -> list[tuple[int, int]]:
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
        vertical: Literal["top", "center"] = "top" if _is_story(filled) else "center"
        cell.alignment = sheetlook.align("left", vertical, indent=1 if is_framed else 0)
    else:
        cell.alignment = sheetlook.align("center")


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(number)
