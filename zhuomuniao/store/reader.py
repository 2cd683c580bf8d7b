"""Read the values of a book with python-calamine, rows and columns where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Final

from zhuomuniao.errors import UnreadableFileError, ZmnError
from zhuomuniao.intake import check_streams, inflate_member, require_xlsx
from zhuomuniao.store.bookparts import open_book
from zhuomuniao.store.cells import MAX_COLUMN, MAX_ROW, CellValue, column_letters, column_number
from zhuomuniao.store.sheetxml import open_sheet
from zhuomuniao.store.xmlspans import elements_of

# calamine lays out the whole rectangle of a sheet, 50 bytes a cell: one stray cell in the last row would take
# half a gigabyte. 100,000 rows of a ledger are 4 million cells.
MAX_CELLS: Final = 5_000_000

_TAG_START: Final = re.compile(rb"""<(?:[^\s<>/:="']+:)?(?:row|c)(?=[\s/>])""")
_TAG: Final = re.compile(
    rb"""<(?:[^\s<>/:="']+:)?(row|c)(?=[\s/>])((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>"""
)
_REFERENCE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)""")


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
    last_row, last_column = _reach_at_most(part, name=sheet)
    if last_row * last_column > MAX_CELLS:
        last_row, last_column = _reach_of_filled(part, name=name)
    if last_row * last_column > MAX_CELLS or last_row > MAX_ROW or last_column > MAX_COLUMN:
        raise UnreadableFileError(
            f"“{name}”的工作表“{sheet}”一直占到 {column_letters(min(last_column, MAX_COLUMN))}{last_row}，范围过大",
            "请在 WPS 里按 Ctrl+End 找到最后一格，删掉多余的行列后保存",
            kind="too_large",
        )


def _reach_at_most(part: bytes, *, name: str) -> tuple[int, int]:
    """A row and a column that no cell lies beyond; cheap, and far too high where something looks odd.

    Every cell counts, also one that lies about its row or stands in the middle of others: calamine believes each.
    """
    try:
        sheet = open_sheet(part, name=name)
    except ZmnError:
        # What cannot be patched may still be read.
        return MAX_ROW, MAX_COLUMN
    last_row = max(sheet.numbers, default=1)
    digits = len(str(last_row))
    far = re.compile(rb"""r\s*=\s*["']([A-Za-z]+(?:[0-9]{%d,})?)""" % (digits + 1))
    letters = set(far.findall(part, sheet.body_start, sheet.body_end))
    if any(not text.isalpha() or len(text) > 3 for text in letters):
        return MAX_ROW, MAX_COLUMN
    last_row = max(last_row, 10**digits - 1)
    last_column = max((column_number(text.decode()) for text in letters), default=1)
    allowed = MAX_CELLS // last_row - last_column
    for start, end in pairwise([*sheet.starts, sheet.body_end]):
        # Cells without a reference stand behind each other; the shortest takes four bytes.
        if end - start > 4 * allowed and part.count(b"<", start, end) > allowed:
            return MAX_ROW, MAX_COLUMN
    return last_row, last_column


def _reach_of_filled(part: bytes, *, name: str) -> tuple[int, int]:
    """The last row and column that hold anything; formatted empty cells do not count: calamine leaves them out."""
    row = column = last_row = last_column = seen = 0
    for match in _TAG.finditer(part):
        seen += 1
        references = [(letters, int(digits[:12] or 0)) for letters, digits in _REFERENCE.findall(match[2])]
        if match[1] == b"row":
            row, column = max((number for _, number in references), default=row + 1), 0
            continue
        own_row = max((number for _, number in references), default=row)
        column = max((column_number(letters[:6].decode()) for letters, _ in references), default=column + 1)
        if not match[3]:
            last_row, last_column = max(last_row, own_row), max(last_column, column)
    if seen != sum(1 for _ in _TAG_START.finditer(part)):
        # A cell that cannot be seen through may lie anywhere.
        raise _unreadable(name)
    return last_row, last_column


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
