"""Single shared strings, looked up in the bytes of ``sharedStrings.xml`` without parsing all of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from zhuomuniao.store.xmlspans import elements_of, number_in
from zhuomuniao.texts import places_of

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book
    from zhuomuniao.store.sheetxml import Cell

_ITEM: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?si(?=[\s/>])")
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.-]*:)?sst(?=[\s/>])[^<>]*>")


class CellTexts(Struct):
    """The text of a cell whatever its type. The table of strings is opened when first needed."""

    book: Book
    _data: bytes | None = None
    _starts: list[int] = field(default_factory=list)

    def text_of(self, cell: Cell) -> str:
        """Answer the cell's stored text: the shared or inline string, or the value as it is written."""
        value = cell.value or ""
        # A shared string without an index is an empty cell to every reader.
        if cell.kind != "s" or not value.strip():
            return value.strip() if cell.kind == "s" else value
        return self.shared(number_in(value, part="sharedStrings"))

    def holds_value(self, cell: Cell) -> bool:
        """Whether a clerk sees something in the cell, or may see it once a formula is computed.

        A formula whose stored result is an empty text is a row prepared for later and holds nothing.
        """
        if cell.formula is not None and not (cell.value or "").strip():
            return cell.kind != "str"
        return bool(self.text_of(cell).strip())

    def shared(self, index: int) -> str:
        """Answer one shared string by its index; "" where there is none."""
        data = self._table()
        if not 0 <= index < len(self._starts):
            return ""
        root = _ROOT.search(data)
        if root is None:
            return ""
        prefix = root[1] or b""
        close = b"</" + prefix + b"sst>"
        end = self._starts[index + 1] if index + 1 < len(self._starts) else data.rfind(close)
        found = elements_of(root[0] + data[self._starts[index] : end] + close, part="sharedStrings")
        phonetic = {i for i, e in enumerate(found) if e.tag == "rPh"}
        return "".join(e.text for e in found if e.tag == "t" and e.parent not in phonetic)

    def holding(self, needle: bytes) -> dict[int, str]:
        """Answer the strings that hold some bytes, by their index."""
        found = {bisect_right(self._starts, at) - 1 for at in places_of(needle, self._table())}
        return {place: self.shared(place) for place in sorted(found) if place >= 0}

    def _table(self) -> bytes:
        if self._data is None:
            entry = next(iter(self.book.related(self.book.workbook_part, "sharedStrings")), "")
            self._data = self.book.get(entry) if self.book.has(entry) else b""
            self._starts = [m.start() for m in _ITEM.finditer(self._data)]
        return self._data
