"""New, empty books: the official sheet, the log of steps, and the words to choose from.

The only place of ``store`` that uses openpyxl: a book that nobody has touched yet may be written whole. From the
first row on, the lossless writer takes over and finds each column's style in the prepared row below the header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zhuomuniao import sheetlook
from zhuomuniao.layouts import LOG_LAYOUT, Column, Layout
from zhuomuniao.store.cells import column_letters

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WORDS_SHEET = "字典"
_LAST_VALIDATED_ROW = 2000


def create_book(
    layout: Layout,
    *,
    choices: Mapping[str, Sequence[str]],
    stamp: Mapping[str, str],
    side_sheets: Sequence[Layout] = (),
) -> bytes:
    """The bytes of a new ledger book; the same arguments give the same bytes. ``side_sheets`` stand before the log.

    ``choices`` maps the name a column gives under ``choices`` (or its field) to the words of its drop-down;
    a word outside the list is asked about, never refused, for unit lists may be open. ``stamp`` becomes custom
    document properties, such as ``zmn.layout``.
    """
    workbook = sheetlook.new_workbook()
    tables = [(workbook.create_sheet(table.sheet), table) for table in (layout, *side_sheets)]
    for sheet, table in (*tables, (workbook.create_sheet(LOG_LAYOUT.sheet), LOG_LAYOUT)):
        _build_sheet(sheet, table)
    _add_drop_downs(workbook, tables, choices)
    sheetlook.stamp_properties(workbook, stamp)
    return sheetlook.workbook_bytes(workbook)


def _build_sheet(sheet: Worksheet, layout: Layout) -> None:
    official = layout.official_columns
    widths = dict(zip(official, sheetlook.printed_widths(official), strict=True))
    header_row, first_row = layout.header_row, layout.header_row + 1
    for number, column in enumerate(layout.columns, start=1):
        _prepare_column(sheet, column_letters(number), column, widths.get(column))
        header = sheetlook.cell_at(sheet, header_row, number)
        sheetlook.put(header, column.header)
        sheetlook.style_header(header, is_own=column.is_own)
        sheetlook.style_body(sheetlook.cell_at(sheet, first_row, number), column)
    last = column_letters(len(official))
    sheet.merge_cells(f"A1:{last}1")
    title = sheetlook.cell_at(sheet, 1, 1)
    sheetlook.put(title, layout.title)
    sheetlook.style_title(title)
    sheet.row_dimensions[1].height = 36
    sheet.row_dimensions[header_row].height = max(
        36.0,
        *(
            sheetlook.height_needed(column.header, width * sheetlook.CHARACTER_POINTS, sheetlook.HEADER_SIZE)
            for column, width in widths.items()
        ),
    )
    sheet.freeze_panes = f"A{first_row}"
    sheetlook.set_page(
        sheet,
        sheetlook.Paper(is_landscape=layout.is_landscape),
        repeated_rows=f"1:{header_row}",
        printed_columns=f"$A:${last}",
    )


def _prepare_column(sheet: Worksheet, letters: str, column: Column, width: float | None) -> None:
    """Width and, for cells a clerk types into below the prepared row, the column's format."""
    dimension = sheet.column_dimensions[letters]
    dimension.width = width if width is not None else sheetlook.screen_width(column)
    dimension.hidden = column.is_hidden
    dimension.font = sheetlook.font(sheetlook.FANG, sheetlook.BODY_SIZE)
    dimension.alignment = sheetlook.column_alignment(column)
    dimension.number_format = sheetlook.NUMBER_FORMATS[column.type]


def _add_drop_downs(
    workbook: Workbook, tables: Sequence[tuple[Worksheet, Layout]], choices: Mapping[str, Sequence[str]]
) -> None:
    """Drop-downs that refer to the sheet 字典: a list inside a validation may have 255 characters only."""
    listed = [
        (table, layout.header_row, number, column, words)
        for table, layout in tables
        for number, column in enumerate(layout.columns, start=1)
        if (words := choices.get(column.choices) or choices.get(column.field))
    ]
    if not listed:
        return
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = workbook.create_sheet(WORDS_SHEET)
    sheet.freeze_panes = "A2"
    sheetlook.set_page(sheet, sheetlook.Paper(is_landscape=True), repeated_rows="1:1")
    for place, (table, header_row, number, column, words) in enumerate(listed, start=1):
        letters = column_letters(place)
        _write_words(sheet, place, column, words)
        validation = DataValidation(
            type="list",
            formula1=f"{WORDS_SHEET}!${letters}$2:${letters}${len(words) + 1}",
            allow_blank=True,
            errorStyle="warning",
            showErrorMessage=True,
            errorTitle="不在可选项中",
            error=f"“{column.header}”的可选项见“{WORDS_SHEET}”表，确需这样填写请选“是”。",
        )
        target = column_letters(number)
        validation.add(f"{target}{header_row + 1}:{target}{_LAST_VALIDATED_ROW}")
        table.add_data_validation(validation)


def _write_words(sheet: Worksheet, place: int, column: Column, words: Sequence[str]) -> None:
    header = sheetlook.cell_at(sheet, 1, place)
    sheetlook.put(header, column.header)
    sheetlook.style_header(header)
    longest = max(sheetlook.text_width(word, 1) for word in (*words, column.header))
    sheet.column_dimensions[column_letters(place)].width = longest * 2 + 3
    for row, word in enumerate(words, start=2):
        cell = sheetlook.cell_at(sheet, row, place)
        sheetlook.put(cell, word)
        cell.font = sheetlook.font(sheetlook.FANG, sheetlook.BODY_SIZE)
        cell.number_format = "@"
        cell.border = sheetlook.frame()
