"""One look at a book: where its tables stand, what its rows hold, and how an entry becomes a patch.

The bytes are read once; everything else is worked out when asked for. Tables are found by header text, never by
sheet order or column position, so a book whose columns were moved or hidden reads alike.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from zhuomuniao.errors import CannotPatchError, IntegrityError, UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import LOG_LAYOUT, Column, Layout, match_columns
from zhuomuniao.sheetlook import row_height
from zhuomuniao.store.alignment import KEY_CHECK, TableRow, align, key_text
from zhuomuniao.store.bookparts import Book, open_book
from zhuomuniao.store.cells import CellValue, column_letters, is_same_value
from zhuomuniao.store.entry import Change, Entry
from zhuomuniao.store.patch import PatchedBook, SheetPatch, patch_book
from zhuomuniao.store.plan import header_texts
from zhuomuniao.store.sheetxml import Row, SheetXml
from zhuomuniao.store.strings import CellTexts, places_of
from zhuomuniao.store.verify import verify_book
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.store.reader import SheetReader

_HEAD_ROWS = 12
_FULL_WIDTH = {ord(str(n)): 0xFF10 + n for n in range(10)}
_BULK_CHANGES = 40
"""From so many changes on the whole book is read again by an independent reader before it is replaced."""


@dataclass(frozen=True, slots=True)
class BookShape:
    """What a ledger's book is: its layout, the words of its drop-downs, the stamp in its properties.

    ``side_sheets`` stand in the same book: 计划, 名册 …
    """

    ledger: str
    layout: Layout
    choices: Mapping[str, tuple[str, ...]]
    stamp: Mapping[str, str]
    side_sheets: tuple[Layout, ...] = ()

    @property
    def tables(self) -> tuple[Layout, ...]:
        """The sheets whose rows are known by their number: the official one, then those beside it."""
        return (self.layout, *self.side_sheets)

    def header(self, sheet: str, field: str) -> str:
        """The header of a field's column on a sheet, as the clerk sees it."""
        layout = next((table for table in self.tables if table.sheet == sheet), self.layout)
        column = layout.column(field)
        return column.header if column else field

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Every sheet zmn keeps: the tables, and the log."""
        return (*self.tables, LOG_LAYOUT)


@dataclass(frozen=True, slots=True)
class TableHead:
    """Where a table stands: sheet name, 1-based header row, field → 1-based column."""

    sheet: str
    header_row: int
    columns: Mapping[str, int]


class BookReading:
    """The bytes of one book at one moment, and what they say."""

    def __init__(self, data: bytes, shape: BookShape, *, name: str) -> None:
        self.data = data
        self.shape = shape
        self.name = name
        self._heads: dict[str, TableHead] = {}
        self._rows: dict[str, tuple[TableRow, ...]] = {}
        self._lines: list[tuple[int, list[CellValue]]] | None = None

    @cached_property
    def hash(self) -> str:
        """The content's SHA-256: a hash the journal did not write means that a person edited the book."""
        return sha256(self.data).hexdigest()

    def open(self) -> Book:
        """The book's parts. Raises :class:`UnreadableFileError` when it is none."""
        return self._book

    @cached_property
    def _book(self) -> Book:
        try:
            return open_book(require_xlsx(self.data, name=self.name))
        except UnreadableFileError as error:
            advice = f"{error.remedy}；台账本身坏了的，用 zmn book history 找到好的版本，再 zmn book restore 版本"
            raise UnreadableFileError(error.message, advice, kind=error.kind) from error

    def head(self, layout: Layout) -> TableHead:
        """Where the layout's table stands. Raises :class:`UnreadableFileError` naming the missing headers."""
        if not self.has(layout):
            raise UnreadableFileError(
                f"“{self.name}”里没有“{layout.sheet}”这张工作表",
                "旧表样的账册还没有这张表，请运行 zmn book upgrade；被删去、改名的，请改回原来的名字，"
                "或用 zmn book restore 回到以前的版本",
                kind="missing_sheet",
            )
        if layout.id not in self._heads:
            self._heads[layout.id] = self._find_head(layout)
        return self._heads[layout.id]

    def has(self, layout: Layout) -> bool:
        """Whether the layout's table is there: a book may be older than a sheet beside the official one."""
        if layout in self.shape.side_sheets:
            return any(sheet.name == layout.sheet for sheet in self._book.sheets if sheet.is_worksheet)
        return True

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
            places = tuple((field, column - 1) for field, column in self.head(layout).columns.items())
            cells = self.lines() if layout is LOG_LAYOUT else self._cells(layout)
            rows = [(number, {field: row[at] for field, at in places}) for number, row in cells]
            self._rows[layout.id] = align(rows, layout, self._registered)
        return self._rows[layout.id]

    def lines(self) -> Sequence[tuple[int, Sequence[CellValue]]]:
        """The rows of 流转记录 as they are read, number and cells: there are many, and few are asked for."""
        if self._lines is None:
            self._lines = self._cells(LOG_LAYOUT)
        return self._lines

    def _cells(self, layout: Layout) -> list[tuple[int, list[CellValue]]]:
        """The rows below the header that hold anything; cells from column 1 on, as many as the table has or more."""
        head = self.head(layout)
        values = self._values.values(head.sheet)
        wanting = max(head.columns.values()) - (len(values[0]) if values else 0)
        below = enumerate(values[head.header_row :], start=head.header_row + 1)
        found = [(number, cells) for number, cells in below if cells.count(None) < len(cells)]
        return [(number, cells + [None] * wanting) for number, cells in found] if wanting > 0 else found

    @cached_property
    def _values(self) -> SheetReader:
        from zhuomuniao.store.reader import SheetReader

        return SheetReader(self.data, name=self.name, opened=self._book)

    def _registered(self) -> frozenset[str]:
        """The numbers of which 流转记录 tells; none where somebody has deleted the sheet."""
        try:
            return frozenset(row.key for row in self.rows(LOG_LAYOUT))
        except UnreadableFileError:
            return frozenset()

    def next_row_no(self, layout: Layout) -> int:
        """序号 for the next row: one more than the last row's, or than there are rows where it shows none."""
        head = self.head(layout)
        xml, texts, key = self._sheet(head.sheet), CellTexts(self._book), head.columns["case_no"]
        first = bisect_right(xml.numbers, head.header_row)
        last = len(xml.numbers)
        while last > first and not _holds_key(xml.row_at(last - 1), key, texts):
            last -= 1
        if last == first:
            return 1
        column = head.columns.get("row_no")
        shown = [texts.text_of(c) for c in xml.row_at(last - 1).cells if c.column == column]
        return int(shown[0]) + 1 if shown and shown[0].isdecimal() else last - first + 1

    def keys_matching(self, layout: Layout, literal: str, pattern: str) -> set[str]:
        """The numbers in the key column that match a pattern, full-width digits and blanks made plain.

        ``literal`` is a part every such number has. It is looked for in the bytes: a whole read of a big book, and
        even a regular expression over it, takes ten times as long.
        """
        head = self.head(layout)
        part = self._sheet(head.sheet).part
        reference = re.compile(b' r="' + column_letters(head.columns["case_no"]).encode() + b'[0-9]+"')
        if sum(1 for _ in islice(reference.finditer(part), 2)) < 2:
            # A writer that leaves out cell references; the header alone is one.
            texts = [key_text(row.values["case_no"]) for row in self.rows(layout)]
        else:
            needles = (literal.encode(), literal.translate(_FULL_WIDTH).encode())
            found = [at for needle in needles for at in places_of(needle, part)]
            inline = (at for at in found if reference.match(part, part.rfind(b' r="', 0, at)))
            texts = [whole_text(part, at) for at in inline]
            strings = CellTexts(self._book)
            if shared := {k: v for needle in needles for k, v in strings.holding(needle).items()}:
                used = re.findall(reference.pattern + rb'[^<>]*\bt="s"[^<>]*>\s*<[^<>]*>([0-9]+)<', part)
                used += re.findall(b't="s"' + reference.pattern + rb"[^<>]*>\s*<[^<>]*>([0-9]+)<", part)
                texts += [shared[int(place)] for place in set(used) if int(place) in shared]
        wanted = re.compile(pattern)
        return {key for text in texts if wanted.fullmatch(key := squeeze(text))}

    def may_hold(self, layout: Layout, text: str) -> bool:
        """Whether a text as it is typed occurs in the layout's sheet: a look at the bytes, no row is read."""
        needle = escape(text, quote=False).encode()
        part = self._sheet(self.head(layout).sheet).part
        return needle in part or bool(CellTexts(self._book).holding(needle))

    def texts_matching(self, pattern: re.Pattern[bytes]) -> set[str]:
        """Cell texts that match as a whole, found in the raw parts: quick, and blind to nothing.

        ``pattern`` must match ``>text<`` with the text as its first group.
        """
        book = self._book
        parts = [entry.part for entry in book.sheets if entry.is_worksheet]
        parts += [p for p in book.archive.members if p.endswith("sharedStrings.xml")]
        return {found[1].decode() for part in parts for found in pattern.finditer(book.get(part))}

    def apply(self, entry: Entry) -> PatchedBook:
        """The book with the entry's rows written. Raises what :func:`patch_book` raises."""
        there = {change.sheet for change in entry.changes}
        patches = [self._patch(layout, entry) for layout in self.shape.layouts if layout.sheet in there]
        patches = [p for p in patches if p.amends or p.appends]
        patched = patch_book(self.data, patches, name=self.name, opened=self._book)
        if len(entry.changes) >= _BULK_CHANGES:
            verify_book(self.data, patched.data, patches, name=self.name)
        return patched

    def missing_columns(self, layout: Layout) -> tuple[Column, ...]:
        """Columns whose header no cell of the header row bears: renamed or removed by somebody, or younger."""
        found = self.head(layout).columns
        return tuple(c for c in layout.columns if c.field not in found)

    def _patch(self, layout: Layout, entry: Entry) -> SheetPatch:
        head = self.head(layout)
        changes = [c for c in entry.changes if c.sheet == layout.sheet]
        new = [c.values for c in changes if c.is_new_row]
        amended = [c for c in changes if not c.is_new_row]
        amends: dict[int, dict[int, CellValue]] = {}
        heights: dict[int, float] = {}
        for change, row in zip(amended, self._rows_of(layout, amended), strict=True):
            for number, values in _by_half(change.values, row, layout):
                amends.setdefault(number, {}).update(_by_column(values, layout, head))
            heights[row.number] = row_height(layout, {**row.values, **change.values})
        return SheetPatch(
            sheet=head.sheet,
            header_row=head.header_row,
            key_column=head.columns["case_no"],
            amends=amends,
            appends=[_by_column(values, layout, head) for values in new],
            heights=heights,
            append_heights=[row_height(layout, values) for values in new],
        )

    def _rows_of(self, layout: Layout, changes: Sequence[Change]) -> list[TableRow]:
        """The row of each change. Raises :class:`IntegrityError` where a number has none, or two."""
        if not changes:
            return []
        if layout is LOG_LAYOUT:
            return [self._line_of(change) for change in changes]
        keys = {change.key for change in changes}
        found: dict[str, TableRow] = {}
        for row in self.rows(layout):
            if row.key in keys and row.key in found:
                raise IntegrityError(
                    f"编号 {row.key} 在“{self.name}”里有两行：第{found[row.key].number}行、第{row.number}行",
                    "不知道该写哪一行；请先用 WPS 打开，删去多出的一行或改正编号",
                )
            if row.key in keys:
                found[row.key] = row
        missing = sorted(keys - set(found))
        if missing:
            raise IntegrityError(
                f"“{self.name}”里找不到编号 {'、'.join(missing)} 的行",
                "行可能被人删去或改了编号；zmn check 会列出怎么回事",
            )
        return [found[change.key] for change in changes]

    def _line_of(self, change: Change) -> TableRow:
        """A line of 流转记录 has no number of its own: it is known by all it holds."""
        meant = change.before or {}
        for row in self.rows(LOG_LAYOUT):
            if all(is_same_value(row.values.get(field), value) for field, value in meant.items()):
                return row
        raise IntegrityError(
            f"“{self.name}”的流转记录里找不到编号 {change.key} 要改的那一行", "请用 WPS 打开核对，再运行 zmn check"
        )

    def _sheet(self, name: str) -> SheetXml:
        return self._book.sheet_xml(self._book.sheet(name))

    def _find_head(self, layout: Layout) -> TableHead:
        best: TableHead | None = None
        candidates = [s for s in self._book.sheets if s.is_worksheet]
        if layout in self.shape.side_sheets:
            # They are known by name: their few headers stand in other sheets too.
            candidates = [s for s in candidates if s.name == layout.sheet]
        for entry in sorted(candidates, key=lambda s: s.name != layout.sheet):
            for number, cells in self._head_cells(entry.name):
                columns = {f: at + 1 for f, at in match_columns(layout, cells).items()}
                if best is None or len(columns) > len(best.columns):
                    best = TableHead(entry.name, number, columns)
                if len(columns) == len(layout.columns):
                    break
            if best is not None and len(best.columns) == len(layout.columns):
                break
        needed = [c for c in layout.columns if not c.is_own]
        missing = [c.header for c in needed if best is None or c.field not in best.columns]
        if best is None or "case_no" not in best.columns or len(missing) * 2 > len(needed):
            raise UnreadableFileError(
                f"“{self.name}”里找不到《{layout.title}》的表头，缺：{'、'.join(missing)}",
                "请核对是不是这本台账；表头被改名的，请改回原来的名称；整列、整张表被删去的，"
                "用 zmn book history 找到以前的版本，再 zmn book restore 版本",
                kind="not_a_ledger",
            )
        return best

    def _head_cells(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """The texts of the sheet's first rows, by position; each parsed when it is asked for."""
        xml = self._sheet(sheet)
        texts = CellTexts(self._book)
        for index, number in enumerate(xml.numbers[:_HEAD_ROWS]):
            if number <= _HEAD_ROWS:
                yield number, header_texts(xml, index, texts)


def whole_text(part: bytes, at: int) -> str:
    """The whole text between two tags around an offset."""
    return part[part.rfind(b">", 0, at) + 1 : part.find(b"<", at)].decode()


def _holds_key(row: Row, column: int, texts: CellTexts) -> bool:
    return any(c.column == column and texts.text_of(c).strip() for c in row.cells)


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
    lost = [c.header for c in layout.columns if c.field not in head.columns and values.get(c.field) not in (None, "")]
    if lost:
        raise CannotPatchError(
            f"工作表“{head.sheet}”里找不到这些列：{'、'.join(lost)}，内容没有地方写",
            "旧表样的台账还没有这些列，请运行 zmn book upgrade；"
            "列名被改动或删去的，请把表头改回原来的名称再写一次。没有写入任何内容",
        )
    return {head.columns[field]: value for field, value in values.items() if field in head.columns}
