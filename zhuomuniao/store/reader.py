"""Read the values of a book with python-calamine, rows and columns where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Final

from zhuomuniao.errors import CannotPatchError, UnreadableFileError
from zhuomuniao.intake import check_streams, inflate_member, require_xlsx
from zhuomuniao.store.bookparts import open_book
from zhuomuniao.store.cells import MAX_COLUMN, MAX_ROW, CellValue, column_letters, column_number
from zhuomuniao.store.sheetxml import open_sheet, sheet_extent
from zhuomuniao.store.xmlspans import elements_of

# calamine lays out the whole rectangle of a sheet; one stray cell at XFD1048576 would take all memory.
MAX_CELLS: Final = 30_000_000

_FILLED: Final = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>""")


def read_sheets(data: bytes, *, name: str, sheets: Sequence[str] | None = None) -> dict[str, list[list[CellValue]]]:
    """Answer the values of the worksheets by their visible names (all of them, or those asked for).

    Row 1 is index 0 and column A is index 0, wherever the data begins and whatever ``dimension`` claims.
    Empty cells and error values (#N/A) are None; text stays text; whole numbers are ints; a cell in a
    date format is a ``date`` when its time is 00:00 and a ``datetime`` otherwise, so a moment at midnight
    is a ``date``; a time of day is text ``HH:MM:SS``, a duration is a number of days. A formula gives its
    stored result. Escapes ``_xHHHH_`` in text are decoded.

    Raises :class:`UnreadableFileError` (``name`` is for its message), also for a sheet that is not there.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    archive = require_xlsx(data, name=name)
    check_streams(archive)
    book = open_book(archive)
    present = {entry.name: entry for entry in book.sheets if entry.is_worksheet}
    wanted = list(present) if sheets is None else list(sheets)
    answer: dict[str, list[list[CellValue]]] = {}
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        for sheet in wanted:
            if sheet not in present:
                raise UnreadableFileError(
                    f"“{name}”里没有工作表“{sheet}”", "请核对工作表名；若被改名，请改回", kind="not_a_ledger"
                )
            _refuse_vast(book.get(present[sheet].part), sheet=sheet, name=name)
            rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            answer[sheet] = [[c or None if type(c) is str else _value(c) for c in row] for row in rows]
    except CalamineError as error:
        raise _unreadable(name) from error
    except BaseException as error:
        # A panic of the Rust side (a number beyond all days in a date cell) is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable(name) from error
    return answer


def read_sheet_names(data: bytes, *, name: str) -> tuple[str, ...]:
    """Answer the visible names of all sheets in order. Raises :class:`UnreadableFileError`."""
    return tuple(entry.name for entry in open_book(require_xlsx(data, name=name)).sheets)


def read_custom_properties(data: bytes, *, name: str = "") -> dict[str, str]:
    """Answer the custom document properties as text; none is an empty dict.

    Raises :class:`UnreadableFileError`.
    """
    archive = require_xlsx(data, name=name)
    part = "docProps/custom.xml"
    if part not in archive.members:
        return {}
    found = elements_of(inflate_member(archive, part), part=part)
    answer: dict[str, str] = {}
    for element in found:
        if element.parent >= 0 and found[element.parent].tag == "property":
            answer[found[element.parent].attributes.get("name", "")] = element.text
    return answer


def _unreadable(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"“{name}”读不出来", "请用 WPS 或 Excel 打开修复后另存为 .xlsx，再试一次", kind="damaged"
    )


def _refuse_vast(part: bytes, *, sheet: str, name: str) -> None:
    try:
        extent = sheet_extent(open_sheet(part, name=sheet))
        last_row, last_column = (extent[2], extent[3]) if extent else (0, 0)
    except CannotPatchError:
        # What cannot be patched may still be read; count its cells the slow way.
        last_row, last_column = MAX_ROW, MAX_COLUMN
    if last_row * last_column > MAX_CELLS:
        # Formatted empty cells do not count: calamine leaves them out.
        filled = [(column_number(m[1].decode()), int(m[2])) for m in _FILLED.finditer(part)]
        last_column = max((column for column, _ in filled), default=0)
        last_row = max((row for _, row in filled), default=0)
    if last_row * last_column > MAX_CELLS:
        raise UnreadableFileError(
            f"“{name}”的工作表“{sheet}”一直占到 {column_letters(last_column)}{last_row}，范围过大",
            "请在 WPS 里按 Ctrl+End 找到最后一格，删掉多余的行列后保存",
            kind="too_large",
        )


def _value(cell: object) -> CellValue:
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, (bool, int, date, datetime)) or cell is None:
        return cell
    if isinstance(cell, time):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1)
    return str(cell)
