"""A whole re-read with an independent reader, for bulk writes and for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from math import isnan
from typing import TYPE_CHECKING

from zhuomuniao.errors import IntegrityError
from zhuomuniao.store.cells import CellValue, iso_text
from zhuomuniao.store.reader import SheetReader

if TYPE_CHECKING:
    from zhuomuniao.store.patch import SheetPatch

Grid = list[list[CellValue]]


def verify_book(before: bytes, after: bytes, patches: Sequence[SheetPatch], *, name: str = "台账") -> None:
    """Check with calamine that ``after`` is ``before`` with exactly the patches written.

    Every value of every sheet is compared; rows below an insertion are found by their contents. Raises
    :class:`IntegrityError` naming the sheet and row of the first difference, and :class:`UnreadableFileError`
    (``name`` is for its message) where any sheet of the book cannot be read.
    """
    was, now = SheetReader(before, name=name), SheetReader(after, name=name)
    if [sheet.name for sheet in was.book.sheets] != [sheet.name for sheet in now.book.sheets]:
        raise IntegrityError("核对不符：工作表的名称或次序变了", "请保留现场并报告")
    # One sheet after the other: of a big book all cells twice would take a quarter of a gigabyte.
    for sheet in was.sheets:
        rows = was.values(sheet)
        appended: list[Sequence[Mapping[int, CellValue]]] = []
        for patch in patches:
            if patch.sheet == sheet:
                for number, values in patch.amends.items():
                    _write(rows, number, values)
                appended.append(patch.appends)
        appends = appended[0] if len(appended) == 1 else [*chain.from_iterable(appended)]
        _compare(rows, now.values(sheet), appends, sheet=sheet)


def _write(rows: Grid, number: int, values: Mapping[int, CellValue]) -> None:
    rows.extend([] for _ in range(number - len(rows)))
    row = rows[number - 1]
    for column, value in values.items():
        row.extend([None] * (column - len(row)))
        row[column - 1] = value


def _compare(old: Grid, new: Grid, appends: Sequence[Mapping[int, CellValue]], *, sheet: str) -> None:
    position = given = 0
    for number, row in enumerate(new, start=1):
        standing = old[position] if position < len(old) else []
        expected = appends[given] if given < len(appends) else None
        if expected is not None and _holds(row, expected) and not _equal(standing, row):
            given += 1
            # A free row was filled; a row with contents was moved down instead.
            position += 0 if _filled(standing) else 1
            continue
        if not _equal(standing, row):
            raise IntegrityError(f"核对不符：工作表“{sheet}”第 {number} 行", "请保留现场并报告")
        position += 1
    if given < len(appends) or any(map(_filled, old[position:])):
        raise IntegrityError(f"核对不符：工作表“{sheet}”少了行", "请保留现场并报告")


def _filled(row: Sequence[CellValue]) -> bool:
    return any(_plain(cell) is not None for cell in row)


def _holds(row: Sequence[CellValue], values: Mapping[int, CellValue]) -> bool:
    written: list[CellValue] = [None] * max([*values, len(row)], default=0)
    for column, value in values.items():
        written[column - 1] = None if value == "" else value
    return _equal(written, row)


def _equal(one: Sequence[CellValue], other: Sequence[CellValue]) -> bool:
    if one == other and [*map(type, one)] == [*map(type, other)]:
        return True
    if not one or not other:
        return not _filled(one or other)
    width = max(len(one), len(other))
    left = [*map(_plain, one), *[None] * (width - len(one))]
    right = [*map(_plain, other), *[None] * (width - len(other))]
    return all(a == b or _same_date(a, b) for a, b in zip(left, right, strict=True))


def _plain(value: CellValue) -> object:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool):
        return f"bool:{value}"
    if isinstance(value, datetime):
        return value.date() if value.time().isoformat() == "00:00:00" else value
    if isinstance(value, float) and isnan(value):
        # A damaged number that stands as it stood is not the same as itself.
        return "nan"
    return value


def _same_date(one: object, other: object) -> bool:
    """Whether a date and its ISO text meet: the text stands where the column's style shows no day."""
    if isinstance(one, date) and isinstance(other, date) and not isinstance(one, datetime):
        return False
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs((one - other).total_seconds()) < 0.001
    if isinstance(one, str) and isinstance(other, date):
        one, other = other, one
    if isinstance(one, date) and isinstance(other, str):
        return other in (iso_text(one), iso_text(datetime(one.year, one.month, one.day)))
    return False
