"""A foreign file as plain sheets: .xlsx, .xls, .csv and tab-separated text, whatever its name says.

What it is decides :mod:`zhuomuniao.intake`; nothing is opened before its kind and size have been looked at.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import UnreadableFileError, reason_of
from zhuomuniao.intake import FileKind, decode_text, inspect_bytes, read_regular, require_xlsx
from zhuomuniao.store.reader import MAX_CELLS, read_sheets

if TYPE_CHECKING:
    from zhuomuniao.store.cells import CellValue

MAX_BYTES = 64 * 1024 * 1024
_SAMPLE_ROWS = 20
_TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_SAVE_AS = "请用 WPS 打开后另存为 .xlsx，再试一次"


Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a merged range, each as row and column, 0-based."""


class ForeignSheet(Struct, frozen=True):
    """One sheet: row 1 is index 0, wherever the data begins; a merged range holds its value in each of its cells.

    ``merges`` are those ranges, for whoever must tell a cell of its own from one that is filled.
    """

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    merges: tuple[Range, ...] = ()


def read_foreign(path: Path) -> tuple[ForeignSheet, ...]:
    """The sheets of a file. Raises :class:`UnreadableFileError` saying what the file is instead."""
    return sheets_of(read_bytes(path), name=path.name)


def sheets_of(data: bytes, *, name: str) -> tuple[ForeignSheet, ...]:
    """The sheets of a file's bytes. Raises :class:`UnreadableFileError` saying what the file is instead."""
    kind = inspect_bytes(data, name=name)
    if kind is FileKind.XLSX:
        sheets = read_sheets(data, name=name)
        merges = _merges(data)
        return tuple(_sheet(title, rows, merges.get(title, ())) for title, rows in sheets.items())
    if kind is FileKind.OLE2:
        return _old_sheets(data, name)
    looks_like_text = Path(name).suffix.lower() in _TEXT_SUFFIXES and kind is FileKind.UNKNOWN
    if kind in (FileKind.CSV, FileKind.TEXT) or looks_like_text:
        return (ForeignSheet("", tuple(tuple(map(unguarded, row)) for row in separated_rows(data, name))),)
    if kind is FileKind.HTML:
        raise UnreadableFileError(f"“{name}”其实是网页（HTML），只是起了表格的名字", _SAVE_AS, kind="html")
    require_xlsx(data, name=name)
    raise UnreadableFileError(f"“{name}”不是认得的表格文件", _SAVE_AS, kind="unknown")


def read_bytes(path: Path) -> bytes:
    """The bytes of a list somebody hands us. Raises :class:`UnreadableFileError` for a missing or vast one."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFileError(f"“{path.name}”超过64MB，不像一份登记名单", "请拆成几份", kind="too_large")
        return read_regular(path)
    except OSError as error:
        raise UnreadableFileError(
            f"打不开“{path.name}”：{reason_of(error)}", "请核对文件名和路径", kind="missing"
        ) from error


def separated_rows(data: bytes, name: str) -> list[list[str]]:
    """The rows of a text separated by commas or by tabs, whichever makes more of its first rows.

    Raises :class:`UnreadableFileError`.
    """
    written = decode_text(data)
    try:
        by_comma = list(csv.reader(io.StringIO(written, newline="")))
        if "\t" not in written:
            return by_comma
        by_tab = list(csv.reader(io.StringIO(written, newline=""), delimiter="\t"))
    except csv.Error as error:
        raise UnreadableFileError(
            f"“{name}”不像一份 csv（有一格太长或引号不成对）", "请用 WPS 打开核对后另存一次", kind="csv"
        ) from error
    return by_tab if _width(by_tab) > _width(by_comma) else by_comma


def unguarded(value: CellValue) -> CellValue:
    """A text that a csv export guarded, as it was: ``'=1`` → ``=1``, ``''=1`` → ``'=1``, ``="0012"`` → ``0012``."""
    if not isinstance(value, str):
        return value
    if _GUARDED.match(value):
        return value[1:]
    bare = value.strip()
    return bare[2:-1] if len(bare) > 3 and bare.startswith('="') and bare.endswith('"') else value


def _width(rows: Sequence[Sequence[str]]) -> int:
    return max((sum(1 for cell in row if cell.strip()) for row in rows[:_SAMPLE_ROWS]), default=0)


def _merges(data: bytes) -> dict[str, list[Range]]:
    """The merged ranges of a book that :func:`read_sheets` has read already."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(data))
    return {sheet: book.get_sheet_by_name(sheet).merged_cell_ranges or [] for sheet in book.sheet_names}


def _old_sheets(data: bytes, name: str) -> tuple[ForeignSheet, ...]:
    """The sheets of a .xls book (BIFF)."""
    from python_calamine import CalamineError, CalamineWorkbook

    sheets = []
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        for sheet_name in book.sheet_names:
            sheet = book.get_sheet_by_name(sheet_name)
            if sheet.total_height * sheet.total_width > MAX_CELLS:
                raise UnreadableFileError(
                    f"“{name}”的工作表“{sheet_name}”范围过大",
                    "请在 WPS 里按 Ctrl+End 找到最后一格，删掉多余的行列后保存",
                    kind="too_large",
                )
            rows = [[_cell(c) for c in row] for row in sheet.to_python(skip_empty_area=False)]
            sheets.append(_sheet(sheet_name, rows, sheet.merged_cell_ranges or ()))
    except CalamineError as error:
        if type(error).__name__ == "PasswordError" or "password" in str(error).lower():
            raise UnreadableFileError(f"“{name}”设有打开密码", f"取消密码；{_SAVE_AS}", kind="encrypted") from error
        raise _broken(name) from error
    except BaseException as error:
        # A panic of the Rust side is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(name) from error
    return tuple(sheets)


def _broken(name: str) -> UnreadableFileError:
    return UnreadableFileError(f"“{name}”是旧格式表格，读不出来", _SAVE_AS, kind="damaged")


def _cell(cell: object) -> CellValue:
    """A cell of an old book as :func:`read_sheets` answers those of a new one."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell
    if isinstance(cell, (bool, int, date, datetime)) or cell is None:
        return cell
    if isinstance(cell, time):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1)
    return str(cell) or None


def _sheet(name: str, rows: list[list[CellValue]], merges: Sequence[Range]) -> ForeignSheet:
    """The sheet with the value of each merged range in all of its cells."""
    for (top, left), (bottom, right) in merges:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            for at in range(left, min(right + 1, len(row))):
                row[at] = value
    return ForeignSheet(name, tuple(map(tuple, rows)), tuple(merges))
