"""A book unzipped: which version it is, where its tables stand, what their cells say.

Everything is worked out when it is asked for. Tables are found by header text, never by sheet order or column
position, so a book whose columns were moved or hidden reads alike.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.layouts import Layout, match_columns
from zhuomuniao.store.alignment import key_text
from zhuomuniao.store.bookparts import Book, open_book
from zhuomuniao.store.cells import CellValue, column_letters
from zhuomuniao.store.headers import header_texts
from zhuomuniao.store.reader import SheetReader
from zhuomuniao.store.shape import BookShape, TableHead
from zhuomuniao.store.stamps import require_known_version
from zhuomuniao.store.strings import CellTexts
from zhuomuniao.texts import places_of, squeeze

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from zhuomuniao.store.sheetxml import Row, SheetXml

_HEAD_ROWS = 12
_FULL_WIDTH = {ord(str(n)): 0xFF10 + n for n in range(10)}


class OpenedBook:
    """The parts of one book, looked into as far as somebody asks. ``sound`` is what :attr:`Book.sound` says."""

    def __init__(self, data: bytes, shape: BookShape, *, name: str, sound: Mapping[str, range] | None = None) -> None:
        self._sound = sound or {}
        self.data = data
        self.shape = shape
        self.name = name
        self._heads: dict[str, TableHead] = {}

    @cached_property
    def book(self) -> Book:
        """The book's parts. Raises :class:`UnreadableFileError` when it is none."""
        try:
            book = open_book(require_xlsx(self.data, name=self.name))
        except UnreadableFileError as error:
            advice = f"{error.remedy}；台账本身坏了的，用 zmn book history 找到好的版本，再 zmn book restore 版本"
            raise UnreadableFileError(error.message, advice, kind=error.kind) from error

        book.sound = self._sound
        return book

    def fetch_ahead(self, sheets: Collection[str]) -> None:
        """Begin to inflate the sheets of these names, where there are such."""
        self.book.fetch_ahead(entry.part for entry in self.book.sheets if entry.name in sheets)

    @cached_property
    def version(self) -> int | None:
        """The layout's version it is stamped with. Raises what :func:`require_known_version` raises."""
        return require_known_version(self.book, self.shape)

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
            return any(sheet.name == layout.sheet for sheet in self.book.sheets if sheet.is_worksheet)
        return True

    def cells(self, layout: Layout) -> list[tuple[int, list[CellValue]]]:
        """The rows below the header that hold anything; cells from column 1 on, as many as the table has or more."""
        head = self.head(layout)
        values = self._values.values(head.sheet)
        wanting = max(head.columns.values()) - (len(values[0]) if values else 0)
        below = enumerate(values[head.header_row :], start=head.header_row + 1)
        found = [(number, cells) for number, cells in below if cells.count(None) < len(cells)]
        return [(number, cells + [None] * wanting) for number, cells in found] if wanting > 0 else found

    @cached_property
    def _values(self) -> SheetReader:
        return SheetReader(self.data, name=self.name, opened=self.book)

    def expect(self, layouts: Iterable[Layout]) -> None:
        """Inflate the sheets of these layouts, once, for somebody who will read all of them: who reads one would
        otherwise look through the others too, and let go of them.
        """
        names = {layout.sheet for layout in layouts}
        for entry in self.book.sheets:
            if entry.is_worksheet and entry.name in names:
                self.book.get(entry.part)

    def next_row_no(self, layout: Layout) -> int:
        """序号 for the next row: one more than the last row's, or than there are rows where it shows none."""
        head = self.head(layout)
        xml, texts, key = self.sheet_xml(head.sheet), CellTexts(self.book), head.columns["case_no"]
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
        part = self.sheet_xml(head.sheet).part
        reference = re.compile(b' r="' + column_letters(head.columns["case_no"]).encode() + b'[0-9]+"')
        if sum(1 for _ in islice(reference.finditer(part), 2)) < 2:
            # A writer that leaves out cell references; the header alone is one.
            texts = [key_text(cells[head.columns["case_no"] - 1]) for _, cells in self.cells(layout)]
        else:
            needles = (literal.encode(), literal.translate(_FULL_WIDTH).encode())
            found = [at for needle in needles for at in places_of(needle, part)]
            inline = (at for at in found if reference.match(part, part.rfind(b' r="', 0, at)))
            texts = [whole_text(part, at) for at in inline]
            strings = CellTexts(self.book)
            if shared := {k: v for needle in needles for k, v in strings.holding(needle).items()}:
                used = re.findall(reference.pattern + rb'[^<>]*\bt="s"[^<>]*>\s*<[^<>]*>([0-9]+)<', part)
                used += re.findall(b't="s"' + reference.pattern + rb"[^<>]*>\s*<[^<>]*>([0-9]+)<", part)
                texts += [shared[int(place)] for place in set(used) if int(place) in shared]
        wanted = re.compile(pattern)
        return {key for text in texts if wanted.fullmatch(key := squeeze(text))}

    def may_hold(self, layout: Layout, text: str) -> bool:
        """Whether a text as it is typed occurs in the layout's sheet: a look at the bytes, no row is read."""
        needle = escape(text, quote=False).encode()
        part = self.sheet_xml(self.head(layout).sheet).part
        return needle in part or bool(CellTexts(self.book).holding(needle))

    def texts_matching(self, pattern: re.Pattern[bytes]) -> set[str]:
        """Cell texts that match as a whole, found in the raw parts: quick, and blind to nothing.

        ``pattern`` must match ``>text<`` with the text as its first group.
        """
        book = self.book
        parts = [entry.part for entry in book.sheets if entry.is_worksheet]
        parts += [p for p in book.archive.members if p.endswith("sharedStrings.xml")]
        return {found[1].decode() for part in parts for found in pattern.finditer(book.get(part))}

    def sheet_xml(self, name: str) -> SheetXml:
        """A worksheet's part, indexed."""
        return self.book.sheet_xml(self.book.sheet(name))

    def _find_head(self, layout: Layout) -> TableHead:
        best: TableHead | None = None
        candidates = [s for s in self.book.sheets if s.is_worksheet]
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
        xml = self.sheet_xml(sheet)
        texts = CellTexts(self.book)
        for index, number in enumerate(xml.numbers[:_HEAD_ROWS]):
            if number <= _HEAD_ROWS:
                yield number, header_texts(xml, index, texts)


def whole_text(part: bytes, at: int) -> str:
    """The whole text between two tags around an offset."""
    return part[part.rfind(b">", 0, at) + 1 : part.find(b"<", at)].decode()


def _holds_key(row: Row, column: int, texts: CellTexts) -> bool:
    return any(c.column == column and texts.text_of(c).strip() for c in row.cells)
