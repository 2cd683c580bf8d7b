"""The rows of one book at one moment: from its bytes, or from what is kept of the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.layouts import LOG_LAYOUT, Column, Layout
from zhuomuniao.store.alignment import TableRow, align
from zhuomuniao.store.rowcache import KeptBook, KeptRow
from zhuomuniao.store.shape import TableHead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zhuomuniao.model import NumberSeries
    from zhuomuniao.store.cells import CellValue
    from zhuomuniao.store.opened import OpenedBook
    from zhuomuniao.store.shape import BookShape

Line = tuple[int, Sequence["CellValue"]]
"""A row of a sheet as it is read: its number and its cells."""

Resting = tuple[int, date]
"""The number and the day of a row that is closed and in which nothing is to be told of."""

_SERIES_KEPT = 4
"""Series of which the drawn numbers are kept: most go from day to day."""


class BookReading:
    """The bytes of one book at one moment, and what its rows hold.

    ``kept`` is what earlier commands kept of these bytes. What keeps somebody from reading them is kept too.
    """

    def __init__(self, data: bytes, shape: BookShape, *, name: str, kept: KeptBook | None = None) -> None:
        self.data = data
        self.shape = shape
        self.name = name
        self.kept = kept or KeptBook(None, "")
        self._facts: dict[str, Any] = {}
        self._rows: dict[str, tuple[TableRow, ...]] = {}
        self._lines: Sequence[Line] | None = None

    @cached_property
    def hash(self) -> str:
        """The content's SHA-256: a hash the journal did not write means that a person edited the book."""
        return sha256(self.data).hexdigest()

    @cached_property
    def opened(self) -> OpenedBook:
        """The parts of the book, for those who need more than its rows."""
        from zhuomuniao.store.opened import OpenedBook

        return OpenedBook(self.data, self.shape, name=self.name, sound=self.sound)

    @property
    def sound(self) -> dict[str, range]:
        """The sheets' parts that are known to be sound, and their rows (:attr:`Book.sound`)."""
        return {part: range(*rows) for part, rows in (self.kept.fact("sound") or {}).items()}

    def check(self) -> None:
        """Make sure that the bytes are a book. Raises :class:`UnreadableFileError`."""
        self._known("sheets", lambda: [sheet.name for sheet in self.opened.book.sheets if sheet.is_worksheet])

    @property
    def version(self) -> int | None:
        """The layout's version it is stamped with, ``None`` where it bears no stamp.

        Raises :class:`UnreadableFileError`, also for a book that a newer zmn wrote, or that is another ledger's.
        """
        version: int | None = self._known("version", lambda: self.opened.version)
        return version

    def head(self, layout: Layout) -> TableHead:
        """Where the layout's table stands. Raises :class:`UnreadableFileError` naming the missing headers."""

        def find() -> list[Any]:
            head = self.opened.head(layout)
            return [head.sheet, head.header_row, dict(head.columns)]

        return TableHead(*self._known(f"head {layout.id}", find))

    def has(self, layout: Layout) -> bool:
        """Whether the layout's table is there: a book may be older than a sheet beside the official one."""
        if layout not in self.shape.side_sheets:
            return True
        self.check()
        return layout.sheet in self._facts["sheets"][0]

    @property
    def tables(self) -> tuple[Layout, ...]:
        """The tables of the shape that are there."""
        return tuple(layout for layout in self.shape.tables if self.has(layout))

    def rows_by_key(self) -> dict[str, TableRow]:
        """The first row of each number, of all tables: numbers of different sheets differ by their pattern."""
        found: dict[str, TableRow] = {}
        for layout in self.tables:
            for row in self.rows(layout):
                if row.key:
                    found.setdefault(row.key, row)
        return found

    def rows(self, layout: Layout) -> tuple[TableRow, ...]:
        """Every row with a value below the header, in sheet order; empty cells are ``None``."""
        if layout.id not in self._rows:
            kept = None if layout is LOG_LAYOUT else self.kept.rows(layout.id)
            self._rows[layout.id] = self._read_rows(layout) if kept is None else self._table_rows(layout, kept)
        return self._rows[layout.id]

    def moving_rows(self, layout: Layout) -> tuple[tuple[TableRow, ...], date | None] | None:
        """The rows that are not known to rest, and the first day of those that do; ``None`` where none are kept."""
        kept = self.kept.rows(layout.id, moving_only=True)
        return None if kept is None else (self._table_rows(layout, kept), self._first_at_rest(layout))

    def keys(self, layout: Layout) -> Sequence[str]:
        """The number of every row that bears one."""
        kept = self.kept.keys(layout.id)
        return [row.key for row in self.rows(layout) if row.key] if kept is None else kept

    def drawn(self, series: NumberSeries) -> Sequence[str]:
        """Every number of a series that stands in a key column, of the tables or of 流转记录."""
        known: dict[str, Sequence[str]] = self.kept.fact("drawn") or {}
        if series.pattern not in known:
            layouts = (*self.tables, LOG_LAYOUT)
            found = [self.opened.keys_matching(layout, series.literal, series.pattern) for layout in layouts]
            known = {**dict([*known.items()][1 - _SERIES_KEPT :]), series.pattern: sorted(set().union(*found))}
            self.kept.keep_facts({"drawn": known})
        return known[series.pattern]

    def keep_rows(self, layout: Layout, resting: Iterable[Resting]) -> None:
        """Keep the rows for the next command, unless they are kept."""
        if self.kept.is_of_use and not self.kept.fact(layout.id):
            at_rest = dict(resting)
            rows = [_kept_row(row, rests=row.number in at_rest) for row in self.rows(layout)]
            self.kept.keep_rows(layout.id, rows, {**self._facts, **self._rest(layout, at_rest)})

    def lay_to_rest(self, layout: Layout, moving: Sequence[TableRow], resting: Iterable[Resting]) -> None:
        """Tell of some of the moving rows that a look at what moves may do without them from now on."""
        if at_rest := dict(resting):
            rows = [_kept_row(row, rests=True) for row in moving if row.number in at_rest]
            self.kept.put_rows(layout.id, rows, self._rest(layout, at_rest))

    def lines(self) -> Sequence[Line]:
        """The rows of 流转记录 as they are read, number and cells: there are many, and few are asked for."""
        if self._lines is None and (kept := self.kept.rows(LOG_LAYOUT.id)) is not None:
            self._lines = [(row.number, row.cells) for row in kept]
        if self._lines is None:
            self._lines = self._cells(LOG_LAYOUT)
            if self.kept.is_of_use:
                rows = [KeptRow(number, "", number, cells, rests=True) for number, cells in self._lines]
                self.kept.keep_rows(LOG_LAYOUT.id, rows, self._facts)
        return self._lines

    def missing_columns(self, layout: Layout) -> tuple[Column, ...]:
        """Columns whose header no cell of the header row bears: renamed or removed by somebody, or younger."""
        found = self.head(layout).columns
        return tuple(c for c in layout.columns if c.field not in found)

    def _rest(self, layout: Layout, at_rest: Mapping[int, date]) -> dict[str, str]:
        first = self._first_at_rest(layout)
        return {f"rest {layout.id}": str(min([*at_rest.values(), *([first] if first else [])], default=""))}

    def _first_at_rest(self, layout: Layout) -> date | None:
        first = self.kept.fact(f"rest {layout.id}")
        return date.fromisoformat(first) if first else None

    def _read_rows(self, layout: Layout) -> tuple[TableRow, ...]:
        columns = self.head(layout).columns
        cells = self.lines() if layout is LOG_LAYOUT else self._cells(layout)
        if [*columns.values()] == [*range(1, len(columns) + 1)]:
            rows = [(number, dict(zip(columns, row, strict=False))) for number, row in cells]
        else:
            rows = [(number, {field: row[column - 1] for field, column in columns.items()}) for number, row in cells]
        return align(rows, layout, self._registered)

    def _table_rows(self, layout: Layout, kept: Sequence[KeptRow]) -> tuple[TableRow, ...]:
        fields = tuple(self.head(layout).columns)
        return tuple(TableRow(r.number, dict(zip(fields, r.cells, strict=True)), r.key, r.own_number) for r in kept)

    def _cells(self, layout: Layout) -> Sequence[Line]:
        found: list[Sequence[Line]] = []

        def read() -> bool:
            found.append(self.opened.cells(layout))
            return True

        self.head(layout)
        self._known(f"cells {layout.id}", read)
        return found[0] if found else self.opened.cells(layout)

    def _known(self, name: str, find: Callable[[], Any]) -> Any:
        """What is kept under a name, else what ``find`` answers. What it raises is kept, and raised again."""
        if name not in self._facts:
            known = self.kept.fact(name)
            if known is None:
                try:
                    known = [find()]
                except UnreadableFileError as error:
                    known = [None, error.message, error.remedy, error.kind]
                    self.kept.keep_facts({**self._facts, name: known})
            self._facts[name] = known
        value, *told = self._facts[name]
        if told:
            message, remedy, kind = told
            raise UnreadableFileError(message, remedy, kind=kind)
        return value

    def _registered(self) -> frozenset[str]:
        """The numbers of which 流转记录 tells; none where somebody has deleted the sheet."""
        try:
            return frozenset(row.key for row in self.rows(LOG_LAYOUT))
        except UnreadableFileError:
            return frozenset()


def _kept_row(row: TableRow, *, rests: bool) -> KeptRow:
    return KeptRow(row.number, row.key, row.own_number, [*row.values.values()], rests)
