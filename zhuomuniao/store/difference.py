"""How two states of a book differ, in rows and fields: what a person changed, what a copy lacks.

Formats, widths, order of rows and place of columns are no differences. A column that only one of the two has is left
out: it is told as a missing column, not as a thousand emptied cells. When it is back, it is held against an elder
state that had it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.store.alignment import KEY, TableRow
from zhuomuniao.store.cells import CellValue, is_same_value, plain_text

if TYPE_CHECKING:
    from zhuomuniao.store.reading import BookReading

_DISPLAY_ONLY = frozenset({"row_no"})
"""序号 counts rows for the eye; after sorting anybody may renumber it."""


class Sort(StrEnum):
    """What kind of difference it is."""

    CELL = "cell"
    KEY = "key"
    ROW_GONE = "row_gone"
    ROW_NEW = "row_new"
    LINE_GONE = "line_gone"
    LINE_NEW = "line_new"


class Difference(Struct, frozen=True):
    """One difference of a case. For cells ``was`` and ``now`` are values by field, of the one field changed; for
    rows and lines they hold all cells, ``{}`` where there is no such row. ``row`` is where it stands now (1-based).
    """

    sort: Sort
    sheet: str
    key: str
    was: Mapping[str, CellValue]
    now: Mapping[str, CellValue]
    row: int | None = None

    @property
    def field(self) -> str:
        """The field of a changed cell; ``""`` for a whole row or line."""
        return next(iter(self.was)) if self.sort in (Sort.CELL, Sort.KEY) else ""


def compare_books(
    before: BookReading, after: BookReading, *, elder: BookReading | None = None
) -> tuple[Difference, ...]:
    """Every difference between two states of one book, in the order of the sheet. Raises what reading raises.

    ``elder`` is a state from before columns went that are back now.
    """
    both = [layout for layout in before.tables if after.has(layout)]
    rows = [d for layout in both for d in _compare_rows(before, after, elder, layout)]
    return (*rows, *_compare_lines(before, after))


def changed_cells(row: Difference, fields: Collection[str]) -> Iterator[Difference]:
    """The ``fields`` in which a row as it is now differs from what it was, each as a difference of its own."""
    for field, now in row.now.items():
        was = row.was.get(field)
        if field in fields and not is_same_value(was, now):
            yield Difference(Sort.CELL, row.sheet, row.key, {field: was}, {field: now}, row.row)


def torn_rows(rows: Iterable[TableRow]) -> tuple[TableRow, ...]:
    """排序错位: the rows whose two halves stand apart."""
    return tuple(row for row in rows if row.is_torn and row.key)


def _compare_rows(
    before: BookReading, after: BookReading, elder: BookReading | None, layout: Layout
) -> Iterator[Difference]:
    old, new = _by_key(before, layout), _by_key(after, layout)
    there = [c.field for c in layout.columns if c.field in after.head(layout).columns]
    shared = [f for f in there if f in before.head(layout).columns and f not in (_DISPLAY_ONLY | {KEY})]
    if elder is not None and elder.has(layout):
        back = [f for f in there if f not in before.head(layout).columns and f in elder.head(layout).columns]
        known = _by_key(elder, layout)
        for key in old.keys() & known.keys():
            values = {**old[key].values, **{f: known[key].values.get(f) for f in back}}
            old[key] = replace(old[key], values=values)
        shared += back
    for key, row in new.items():
        known_as = old[key].values.get(KEY) if key in old else key
        if row.is_renumbered and not is_same_value(known_as, row.values.get(KEY)):
            was, now = {KEY: key}, {KEY: row.values.get(KEY)}
            yield Difference(Sort.KEY, layout.sheet, key, was, now, row.number)
        standing = old.get(key)
        if standing is None:
            yield Difference(Sort.ROW_NEW, layout.sheet, key, {}, dict(row.values), row.number)
            continue
        for field in shared:
            if field not in standing.values:
                continue
            was_value, now_value = standing.values[field], row.values.get(field)
            if was_value != now_value and not is_same_value(was_value, now_value):
                yield Difference(Sort.CELL, layout.sheet, key, {field: was_value}, {field: now_value}, row.number)
    for key, row in old.items():
        if key not in new:
            yield Difference(Sort.ROW_GONE, layout.sheet, key, dict(row.values), {})


def _compare_lines(before: BookReading, after: BookReading) -> Iterator[Difference]:
    """Lines of 流转记录 are known by all they hold; a changed one is paired with its old self by 操作号 and 编号."""
    gone, new = _unmatched(before, after), _unmatched(after, before)
    for (op, key), lines in gone.items():
        changed = new.pop((op, key), []) if op else []
        for line in lines:
            now = changed.pop(0) if changed else None
            found, number = (dict(now.values), now.number) if now else ({}, None)
            yield Difference(Sort.LINE_GONE, LOG_LAYOUT.sheet, key, dict(line.values), found, number)
        if changed:
            new[op, key] = changed
    for (_, key), lines in new.items():
        for line in lines:
            yield Difference(Sort.LINE_NEW, LOG_LAYOUT.sheet, key, {}, dict(line.values), line.number)


def _unmatched(reading: BookReading, other: BookReading) -> dict[tuple[str, str], list[TableRow]]:
    """Lines of one state that the other does not have, by 操作号 and 编号; equal lines are taken as often as they
    stand there.
    """
    there = Counter(line_content(row.values) for row in other.rows(LOG_LAYOUT))
    found: dict[tuple[str, str], list[TableRow]] = {}
    for row in reading.rows(LOG_LAYOUT):
        content = line_content(row.values)
        if there[content]:
            there[content] -= 1
        else:
            known_by = (plain_text(row.values.get("op_id")), plain_text(row.values.get(KEY)))
            found.setdefault(known_by, []).append(row)
    return found


def line_content(values: Mapping[str, CellValue]) -> tuple[str, ...]:
    """All a line of 流转记录 holds, made comparable."""
    return tuple(plain_text(values.get(c.field)) for c in LOG_LAYOUT.columns)


def _by_key(reading: BookReading, layout: Layout) -> dict[str, TableRow]:
    """The first row of each case; a number that stands twice is told where rows are read."""
    rows: dict[str, TableRow] = {}
    for row in reading.rows(layout):
        if row.key:
            rows.setdefault(row.key, row)
    return rows
