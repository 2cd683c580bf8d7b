"""Read the values of a book with python-calamine, rows and columns where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from zhuomuniao.errors import UnreadableFileError, ZmnError
from zhuomuniao.intake import inflate_member, require_xlsx
from zhuomuniao.store.beside import Beside
from zhuomuniao.store.bookparts import Book, SheetEntry, open_book
from zhuomuniao.store.cells import MAX_COLUMN, MAX_ROW, CellValue, column_letters, column_number
from zhuomuniao.store.xmlspans import elements_of, stand_together

if TYPE_CHECKING:
    from zhuomuniao.store.sheetxml import SheetXml

# calamine lays out the whole rectangle of a sheet, 50 bytes a cell: one stray cell in the last row would take
# half a gigabyte. 100,000 rows of a ledger are 4 million cells.
MAX_CELLS: Final = 5_000_000

_TWO_LETTERS: Final = 26 + 26 * 26
"""The last column that is called by two letters."""

_ODD_CELL: Final = rb'<c(?! r="%b(?:[1-%b][0-9]{%d}|[0-9]{1,%d})"(?: s="[0-9]++")?+(?: t="[A-Za-z]++")?+/?+>)'
_TAG_START: Final = re.compile(rb"""<(?:[^\s<>/:="']+:)?(?:row|c)(?=[\s/>])""")
_TAG: Final = re.compile(
    rb"""<(?:[^\s<>/:="']+:)?(row|c)(?=[\s/>])((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>"""
)
_PREFIXED: Final = re.compile(rb"""<[^\s<>/:="']+:c[\s/>]""")
_REFERENCE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)""")


class SheetReader:
    """The values of one book's worksheets, each read when it is asked for; the book is looked through once.

    A sheet's bytes are let go of as soon as it is read. ``opened`` is the book where a caller has opened it already.
    """

    def __init__(self, data: bytes, *, name: str, opened: Book | None = None) -> None:
        self.data = data
        self.name = name
        self.book = opened or open_book(require_xlsx(data, name=name))
        self._workbook: Any = None

    @property
    def sheets(self) -> tuple[str, ...]:
        """The visible names of the worksheets."""
        return tuple(entry.name for entry in self.book.sheets if entry.is_worksheet)

    def values(self, sheet: str) -> list[list[CellValue]]:
        """What :func:`read_sheets` answers for one worksheet. Raises :class:`UnreadableFileError`."""
        from python_calamine import CalamineError, CalamineWorkbook

        entry = next((e for e in self.book.sheets if e.is_worksheet and e.name == sheet), None)
        if entry is None:
            raise UnreadableFileError(
                f"“{self.name}”里没有工作表“{sheet}”", "请核对工作表名；若被改名，请改回", kind="not_a_ledger"
            )
        _refuse_vast(self.book, entry, name=self.name)
        # Other sheets are not inflated by calamine, and may be looked at while it reads.
        self.book.check_streams(later=[other.part for other in self.book.sheets if other is not entry])
        try:
            with Beside(self.book.check_streams):
                if self._workbook is None:
                    self._workbook = CalamineWorkbook.from_filelike(BytesIO(self.data))
                read = self._workbook.get_sheet_by_name(sheet)
            # Of a big book neither the XML nor what calamine made of it may stay beside the rows.
            self.book.forget(entry.part)
            rows: list[list[CellValue]] = read.to_python(skip_empty_area=False)
            del read
            for at, row in enumerate(rows):
                rows[at] = [
                    c or None if (kind := type(c)) is str else c if kind in _AS_THEY_ARE else _value(c) for c in row
                ]
            return rows
        except CalamineError as error:
            raise _unreadable(self.name) from error
        except BaseException as error:
            # A panic of the Rust side (a number beyond all days in a date cell) is no Exception.
            if type(error).__name__ != "PanicException":
                raise
            raise _unreadable(self.name) from error


def read_sheets(data: bytes, *, name: str, sheets: Sequence[str] | None = None) -> dict[str, list[list[CellValue]]]:
    """Answer the values of the worksheets by their visible names (all of them, or those asked for).

    Row 1 is index 0 and column A is index 0, wherever the data begins and whatever ``dimension`` claims.
    Empty cells and error values (#N/A) are None; text stays text; whole numbers are ints; a cell in a
    date format is a ``date`` when its time is 00:00 and a ``datetime`` otherwise, so a moment at midnight
    is a ``date``; a time of day is text ``HH:MM:SS``, a duration is a number of days. A formula gives its
    stored result. Escapes ``_xHHHH_`` in text are decoded.

    Raises :class:`UnreadableFileError` (``name`` is for its message), also for a sheet that is not there.
    """
    reader = SheetReader(data, name=name)
    return {sheet: reader.values(sheet) for sheet in (reader.sheets if sheets is None else sheets)}


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


def _refuse_vast(book: Book, entry: SheetEntry, *, name: str) -> None:
    last_row, last_column = _reach_at_most(book, entry)
    if last_row * last_column > MAX_CELLS:
        last_row, last_column = _reach_of_filled(book.get(entry.part), name=name)
    if last_row * last_column > MAX_CELLS or last_row > MAX_ROW or last_column > MAX_COLUMN:
        raise UnreadableFileError(
            f"“{name}”的工作表“{entry.name}”一直占到 "
            f"{column_letters(min(last_column, MAX_COLUMN))}{last_row}，范围过大",
            "请在 WPS 里按 Ctrl+End 找到最后一格，删掉多余的行列后保存",
            kind="too_large",
        )


def _reach_at_most(book: Book, entry: SheetEntry) -> tuple[int, int]:
    """A row and a column that no cell lies beyond; cheap, and far too high where something looks odd.

    Every cell counts, also one that lies about its row or stands in the middle of others: calamine believes each.
    """
    try:
        sheet = book.sheet_xml(entry)
    except ZmnError:
        # What cannot be patched may still be read.
        return MAX_ROW, MAX_COLUMN
    last_row = max(sheet.numbers, default=1)
    return _reach_of_plain(sheet, last_row) or _reach_of_unlike(sheet, last_row)


def _reach_of_plain(sheet: SheetXml, last_row: int) -> tuple[int, int] | None:
    """The reach of a sheet with cells like ``<c r="B7" s="1" t="s">``, as the usual programs write; else ``None``.

    The whole tag is looked at: calamine believes a second reference in it too.
    """
    part, start, end = sheet.part, sheet.body_start, sheet.body_end
    if stand_together(part, b":", b"c", 1, start, end) and _PREFIXED.search(part, start, end):
        return None
    digits = len(str(last_row))
    # A pattern can say: no number beyond the last row's first digit with nines behind.
    first = str(last_row)[0] if digits > 1 else "9"
    highest = int(first + "9" * (digits - 1))
    # The patterns are possessive, for they are run over half a million cells. Most often none is odd.
    allowed = min(MAX_CELLS // highest, _TWO_LETTERS)
    odd = _ODD_CELL % (_columns_up_to(allowed), first.encode(), digits - 1, max(digits - 1, 1)) if allowed else b""
    if allowed and not re.compile(odd).search(part, start, end):
        return highest, allowed
    highest = 10**digits - 1
    cell = rb'<c r="([A-Z]{1,3}+)[0-9]{1,%d}+"(?: s="[0-9]++")?+(?: t="[A-Za-z]++")?+/?+>' % digits
    columns = re.compile(cell).findall(part, start, end)
    # Rich text has elements that begin with c too; then it is looked at more closely.
    if part.count(b"<c", start, end) != len(columns):
        return None
    last_column = max((column_number(letters.decode()) for letters in set(columns)), default=1)
    if highest * last_column <= MAX_CELLS:
        return highest, last_column
    numbers = set(re.compile(rb'<c r="[A-Z]+([0-9]{%d})"' % digits).findall(part, start, end))
    return max(last_row, *map(int, numbers), 1), last_column


def _columns_up_to(last: int) -> bytes:
    """A pattern of the letters of the columns up to one, which has two letters at the most."""
    letters = column_letters(last)
    if len(letters) == 1:
        return b"[A-%b]" % letters.encode()
    first, second = letters[0], letters[1]
    before = f"[A-{chr(ord(first) - 1)}][A-Z]|" if first > "A" else ""
    return f"(?:[A-Z]|{before}{first}[A-{second}])".encode()


def _reach_of_unlike(sheet: SheetXml, last_row: int) -> tuple[int, int]:
    """The reach at most, where cells are written in other ways, or do not say their place."""
    part = sheet.part
    digits = len(str(last_row))
    far = re.compile(rb"""r\s*=\s*["']([A-Za-z]+(?:[0-9]{%d,})?)""" % (digits + 1))
    letters = set(far.findall(part, sheet.body_start, sheet.body_end))
    if any(not text.isalpha() or len(text) > 3 for text in letters):
        return MAX_ROW, MAX_COLUMN
    last_row = max(last_row, 10**digits - 1)
    last_column = max((column_number(text.decode()) for text in letters), default=1)
    allowed = MAX_CELLS // last_row - last_column
    for begin, end in pairwise([*sheet.starts, sheet.body_end]):
        # Cells without a reference stand behind each other; the shortest takes four bytes.
        if end - begin > 4 * allowed and part.count(b"<", begin, end) > allowed:
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


_AS_THEY_ARE: Final = frozenset({bool, int, date, datetime, type(None)})
"""Kinds of values that calamine answers and a ledger holds alike."""


def _value(cell: object) -> CellValue:
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, time):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1)
    return str(cell)
