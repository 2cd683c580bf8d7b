"""What an entry means to write, as a patch of the rows concerned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from zhuomuniao.errors import CannotPatchError, IntegrityError
from zhuomuniao.layouts import LOG_LAYOUT, Column, Layout
from zhuomuniao.sheetlook import RowHeights
from zhuomuniao.store.alignment import KEY_CHECK, TableRow
from zhuomuniao.store.cells import CellValue, is_same_value
from zhuomuniao.store.patch import PatchedBook, SheetPatch, patch_book
from zhuomuniao.store.verify import verify_book

if TYPE_CHECKING:
    from zhuomuniao.store.entry import Change, Entry
    from zhuomuniao.store.reading import BookReading
    from zhuomuniao.store.shape import TableHead

_BULK_CHANGES = 40
"""From so many changes on the whole book is read again by an independent reader before it is replaced."""


def apply_entry(reading: BookReading, entry: Entry) -> PatchedBook:
    """The book with the entry's rows written. Raises what :func:`patch_book` raises."""
    there = {change.sheet for change in entry.changes}
    patches = [patch_of(reading, layout, entry) for layout in reading.shape.layouts if layout.sheet in there]
    patches = [p for p in patches if p.amends or p.appends]
    patched = patch_book(reading.data, patches, name=reading.name, opened=reading.opened.book)
    if len(entry.changes) >= _BULK_CHANGES:
        verify_book(reading.data, patched.data, patches, name=reading.name)
    return patched


def patch_of(reading: BookReading, layout: Layout, entry: Entry) -> SheetPatch:
    """What an entry means to write into one sheet. Raises :class:`IntegrityError`, :class:`CannotPatchError`."""
    head = reading.head(layout)
    changes = [c for c in entry.changes if c.sheet == layout.sheet]
    new = [c.values for c in changes if c.is_new_row]
    fitting = RowHeights(layout)
    amended = [c for c in changes if not c.is_new_row]
    amends: dict[int, dict[int, CellValue]] = {}
    heights: dict[int, float] = {}
    for change, row in zip(amended, _rows_of(reading, layout, amended), strict=True):
        for number, values in _by_half(change.values, row, layout):
            amends.setdefault(number, {}).update(_by_column(values, layout, head))
        heights[row.number] = fitting.of({**row.values, **change.values})
    return SheetPatch(
        sheet=head.sheet,
        header_row=head.header_row,
        key_column=head.columns["case_no"],
        amends=amends,
        appends=_Appends(new, layout, head),
        heights=heights,
        append_heights=[fitting.of(values) for values in new],
    )


class _Appends(Sequence[Mapping[int, CellValue]]):
    """New rows by column, each made when it is looked at: those of an import would be held twice.

    Raises :class:`CannotPatchError` for a value whose column somebody renamed or removed.
    """

    def __init__(self, rows: Sequence[Mapping[str, CellValue]], layout: Layout, head: TableHead) -> None:
        lost = _columns_lost(layout, head)
        for values in rows if lost else ():
            _require_places(values, lost, head)
        self._rows, self._columns = rows, head.columns

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Mapping[int, CellValue]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Mapping[int, CellValue]]: ...
    def __getitem__(self, at: int | slice) -> Mapping[int, CellValue] | Sequence[Mapping[int, CellValue]]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        columns = self._columns
        return {columns[field]: value for field, value in self._rows[at].items() if field in columns}


def _rows_of(reading: BookReading, layout: Layout, changes: Sequence[Change]) -> list[TableRow]:
    """The row of each change. Raises :class:`IntegrityError` where a number has none, or two."""
    if not changes:
        return []
    if layout is LOG_LAYOUT:
        return [_line_of(reading, change) for change in changes]
    keys = {change.key for change in changes}
    found: dict[str, TableRow] = {}
    for row in reading.rows(layout):
        if row.key in keys and row.key in found:
            raise IntegrityError(
                f"编号 {row.key} 在“{reading.name}”里有两行：第{found[row.key].number}行、第{row.number}行",
                "不知道该写哪一行；请先用 WPS 打开，删去多出的一行或改正编号",
            )
        if row.key in keys:
            found[row.key] = row
    missing = sorted(keys - set(found))
    if missing:
        raise IntegrityError(
            f"“{reading.name}”里找不到编号 {'、'.join(missing)} 的行",
            "行可能被人删去或改了编号；zmn check 会列出怎么回事",
        )
    return [found[change.key] for change in changes]


def _line_of(reading: BookReading, change: Change) -> TableRow:
    """A line of 流转记录 has no number of its own: it is known by all it holds."""
    meant = change.before or {}
    for row in reading.rows(LOG_LAYOUT):
        if all(is_same_value(row.values.get(field), value) for field, value in meant.items()):
            return row
    raise IntegrityError(
        f"“{reading.name}”的流转记录里找不到编号 {change.key} 要改的那一行", "请用 WPS 打开核对，再运行 zmn check"
    )


def _by_half(
    values: Mapping[str, CellValue], row: TableRow, layout: Layout
) -> Iterator[tuple[int, Mapping[str, CellValue]]]:
    """The values by the row they go to: of a torn row the own columns where they stand.

    Who writes 编号(核对) as well puts the two halves together again: all goes to the row that bears the number.
    """
    if not row.is_torn or KEY_CHECK in values:
        yield row.number, values
        return
    own = {c.field for c in layout.columns if c.is_own}
    yield row.number, {field: value for field, value in values.items() if field not in own}
    yield row.own_number, {field: value for field, value in values.items() if field in own}


def _by_column(values: Mapping[str, CellValue], layout: Layout, head: TableHead) -> dict[int, CellValue]:
    """Values by column. Raises :class:`CannotPatchError` for a value whose column somebody renamed or removed."""
    _require_places(values, _columns_lost(layout, head), head)
    return {head.columns[field]: value for field, value in values.items() if field in head.columns}


def _columns_lost(layout: Layout, head: TableHead) -> list[Column]:
    return [c for c in layout.columns if c.field not in head.columns]


def _require_places(values: Mapping[str, CellValue], lost: Sequence[Column], head: TableHead) -> None:
    homeless = [c.header for c in lost if values.get(c.field) not in (None, "")]
    if homeless:
        raise CannotPatchError(
            f"工作表“{head.sheet}”里找不到这些列：{'、'.join(homeless)}，内容没有地方写",
            "旧表样的台账还没有这些列，请运行 zmn book upgrade；"
            "列名被改动或删去的，请把表头改回原来的名称再写一次。没有写入任何内容",
        )
