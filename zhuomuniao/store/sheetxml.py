"""A worksheet part seen as bytes: where its rows and cells stand, without parsing the whole sheet.

Rows are found by one compiled search over ``sheetData``; only the rows somebody asks for are parsed, each
by expat inside the sheet's own root element, so that prefixes and quotes of any writer read alike. What
this search cannot see through (comments, CDATA, alternate content between rows) is refused by name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct, field

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.cells import MAX_COLUMN, MAX_ROW, column_letters, column_number
from zhuomuniao.store.usualrows import RowStarts, number_at, usual_starts
from zhuomuniao.store.xmlspans import Element, children, elements_of, number_in, stand_together

_REMEDY: Final = "请用 WPS 或 Excel 打开并重新保存，再试一次"
_SHEET_DATA: Final = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?sheetData(?=[\s/>])[^<>]*>")
_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:-]*)(?=[\s/>])")
_ANY_ROW: Final = (
    # Without its end where the tag is written in a way that is not understood. A number that is none, or too long to
    # be one, is such a way: its row would be taken for the next one.
    rb"<%brow(?:(?=[\s/>])(?:\s+(?:r\s*=\s*[\"'](\d{1,7})[\"']"
    rb"|(?!r\s*=)[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*')))*\s*(/?>))?"
)
_CELL_REF: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class Cell(Struct, frozen=True):
    """One ``c`` element: 1-based column, place, style index, type, value text, formula.

    ``kind`` is the ``t`` attribute (``n`` where absent); ``value`` is the text of ``v`` or of the inline
    string, None where there is none; ``formula`` is None or the text of ``f``, with its attributes.
    """

    column: int
    start: int
    end: int
    style: int | None
    kind: str
    value: str | None
    formula: str | None
    formula_attributes: dict[str, str]


class Row(Struct, frozen=True):
    """One ``row`` element: number, place, attributes, cells in the order they stand."""

    number: int
    start: int
    open_end: int
    end: int
    attributes: dict[str, str]
    cells: tuple[Cell, ...]

    @property
    def style(self) -> int | None:
        """The row's own style where it is in force."""
        if self.attributes.get("customFormat") in ("1", "true") and "s" in self.attributes:
            return number_in(self.attributes["s"], part=f"第 {self.number} 行")
        return None


class SheetXml(Struct):
    """A worksheet part with its outline and the index of its rows (numbers strictly rising).

    ``is_sound``: the whole part was gone through and found to be XML, with every cell in its row and all rows written
    in the usual way (:func:`usualrows.usual_rows`), and zmn alone has written into it since.
    """

    part: bytes
    name: str
    prefix: str
    root_open: bytes
    root_close: bytes
    data_start: int
    body_start: int
    body_end: int
    data_end: int
    outline: list[Element]
    numbers: Sequence[int]
    starts: Sequence[int]
    is_sound: bool = False
    _parsed: dict[int, Row] = field(default_factory=dict)

    def top_level(self, tag: str) -> list[Element]:
        """Answer the direct children of the worksheet with this tag, ``sheetData`` left out."""
        return [e for e in children(self.outline, 0) if e.tag == tag and e.is_main]

    def position_of(self, number: int) -> int | None:
        """Answer the index of a row number, or None when the sheet has no such row element."""
        index = bisect_left(self.numbers, number)
        return index if index < len(self.numbers) and self.numbers[index] == number else None

    def open_end(self, index: int) -> int:
        """Answer the offset behind the opening tag of the row at ``index``."""
        start = self.starts[index]
        if self.is_sound:
            return self.part.find(b">", start) + 1
        found = _row_pattern(self.prefix).match(self.part, start)
        if found is None or not found[2]:
            raise self.refusal(f"第 {self.numbers[index]} 行不在原处")
        return found.end()

    def row_end(self, index: int) -> int:
        """Answer the offset behind the row at ``index``."""
        open_end = self.open_end(index)
        if self.part[open_end - 2 : open_end] == b"/>":
            return open_end
        limit = self.starts[index + 1] if index + 1 < len(self.starts) else self.body_end
        close = self.part.rfind(f"</{self.prefix}row".encode(), open_end, limit)
        if close < 0:
            raise self.refusal(f"第 {self.numbers[index]} 行没有结束标记")
        return self.part.index(b">", close) + 1

    def row_at(self, index: int) -> Row:
        """Answer the parsed row at ``index``; parsed once."""
        if index not in self._parsed:
            self._parsed[index] = self._parse_row(index)
        return self._parsed[index]

    def row(self, number: int) -> Row | None:
        """Answer a row by its number, or None."""
        index = self.position_of(number)
        return None if index is None else self.row_at(index)

    def holds_something(self, index: int) -> bool:
        """Whether the row may hold a value or formula; cheap, never a false no."""
        start, end = self.open_end(index), self.row_end(index)
        find, prefix = self.part.find, self.prefix
        return any(find(f"<{prefix}{tag}".encode(), start, end) >= 0 for tag in ("v", "is", "f"))

    def require_cells_in_their_rows(self) -> None:
        """Raise :class:`CannotPatchError` where a cell claims another row than the one it stands in.

        Readers believe the cell: what is written below would then stand on top of it. All rows are looked at, also
        those that nobody asks for; 45 ms for 200,000 cells.
        """
        if self.is_sound:
            return
        prefix = re.escape(self.prefix.encode())
        pattern = re.compile(rb"<" + prefix + rb"(?:row(?=[\s/>])|c\s[^<>]*?\br\s*=\s*[\"'][A-Za-z]+(\d+))")
        index = -1
        for number, run in groupby(pattern.findall(self.part, self.body_start, self.body_end)):
            if not number:
                index += len(list(run))
            elif index < 0 or len(number) > 7 or int(number) != self.numbers[index]:
                row = self.numbers[max(index, 0)] if self.numbers else 1
                raise self.refusal(f"第 {row} 行有写错位置的单元格（写着第 {number[:7].decode()} 行）")

    def refusal(self, what: str) -> CannotPatchError:
        """Answer the error that says what in this sheet cannot be patched."""
        return CannotPatchError(f"工作表“{self.name}”{what}，不能原样改写", _REMEDY)

    def _parse_row(self, index: int) -> Row:
        start, end, number = self.starts[index], self.row_end(index), self.numbers[index]
        found = elements_of(self.root_open + self.part[start:end] + self.root_close, part=self.name)
        delta = start - len(self.root_open)
        cells: list[Cell] = []
        column = 0
        for position, element in enumerate(found):
            if element.parent != 1 or position == 1:
                continue
            if element.tag != "c" or not element.is_main:
                if element.tag == "extLst":
                    continue
                raise self.refusal(f"第 {number} 行有不认得的内容（{element.tag}）")
            column = self._column(element, number, column)
            cells.append(_cell(found, position, column, delta))
        row = found[1]
        return Row(number, start, row.open_end + delta, end, row.attributes, tuple(cells))

    def _column(self, element: Element, number: int, previous: int) -> int:
        reference = element.attributes.get("r")
        if reference is None:
            return previous + 1
        match = _CELL_REF.fullmatch(reference)
        if match is None or int(match[2]) != number:
            raise self.refusal(f"第 {number} 行有写错位置的单元格 {reference}")
        column = column_number(match[1])
        if column <= previous or column > MAX_COLUMN:
            raise self.refusal(f"第 {number} 行的单元格次序不对（{reference}）")
        return column


def open_sheet(part: bytes, *, name: str, sound: range | None = None) -> SheetXml:
    """Answer the indexed sheet. Raises :class:`CannotPatchError` naming what cannot be seen through.

    ``sound`` is what is known of a sheet that :attr:`SheetXml.is_sound`: what :func:`usualrows.usual_rows` answers.
    """
    opening = _SHEET_DATA.search(part)
    if opening is None:
        raise CannotPatchError(f"工作表“{name}”没有数据区（sheetData）", _REMEDY)
    prefix = opening[1].decode() + ":" if opening[1] else ""
    if opening[0].endswith(b"/>"):
        body_start = body_end = data_end = opening.end()
    else:
        body_start = opening.end()
        body_end = part.rfind(f"</{prefix}sheetData".encode())
        if body_end < body_start:
            raise CannotPatchError(f"工作表“{name}”的数据区没有结束标记", _REMEDY)
        data_end = part.index(b">", body_end) + 1
    outline = _outline(part, opening.start(), body_start, body_end, data_end, name=name)
    root = outline[0]
    root_tag = _ROOT.match(part, root.start)
    root_open = part[root.start : root.open_end]
    root_close = b"</" + (root_tag[1] if root_tag else b"worksheet") + b">"
    sheet = SheetXml(
        part, name, prefix, root_open, root_close,
        opening.start(), body_start, body_end, data_end, outline, [], [], sound is not None,
    )  # fmt: skip
    if sound:
        sheet.numbers, sheet.starts = sound, RowStarts(part, body_start, body_end, sound)
    elif sheet.is_sound:
        sheet.starts = usual_starts(part, body_start, body_end)
        sheet.numbers = [number_at(part, start) for start in sheet.starts]
    else:
        _index_rows(sheet)
    return sheet


def sheet_extent(sheet: SheetXml) -> tuple[int, int, int, int] | None:
    """Answer (first row, first column, last row, last column) of all cells that stand in the sheet.

    Looks at the first and last cell of every row only; None for a sheet without cells.
    """
    opening = re.compile(f"<{sheet.prefix}c(?=[\\s/>])".encode())
    reference = re.compile(rb"""[^>]*?\sr\s*=\s*["']([A-Z]{1,3})\d""")
    needle = f"<{sheet.prefix}c ".encode()
    first_row = last_row = last_column = 0
    first_column = MAX_COLUMN + 1
    for index, number in enumerate(sheet.numbers):
        start, end = sheet.open_end(index), sheet.row_end(index)
        first = opening.search(sheet.part, start, end)
        if first is None:
            continue
        first_row = first_row or number
        last_row = number
        edges = [reference.match(sheet.part, first.start(), end)]
        edges.append(reference.match(sheet.part, max(sheet.part.rfind(needle, start, end), start), end))
        columns = [column_number(edge[1].decode()) for edge in edges if edge]
        if len(columns) < 2:
            columns = [cell.column for cell in sheet.row_at(index).cells]
        first_column, last_column = min(first_column, *columns), max(last_column, *columns)
    return (first_row, first_column, last_row, last_column) if last_row else None


def _outline(
    part: bytes, data_start: int, body_start: int, body_end: int, data_end: int, *, name: str
) -> list[Element]:
    outline = elements_of(part[:body_start] + part[body_end:], part=name)
    removed = body_end - body_start
    for element in outline:
        if element.start >= body_start:
            element.start += removed
            element.open_end += removed
        if element.end > body_start:
            element.end += removed
    data = [e for e in outline if e.tag == "sheetData" and e.is_main and e.parent == 0]
    if len(data) != 1 or data[0].start != data_start or data[0].end != data_end:
        raise CannotPatchError(f"工作表“{name}”的数据区位置认不出", _REMEDY)
    data[0].tag = ""
    return outline


def _index_rows(sheet: SheetXml) -> None:
    if _has_odd_markup(sheet):
        raise sheet.refusal("的数据区里有注释、CDATA 或替代内容")
    part, number = sheet.part, 0
    numbers: list[int] = []
    starts: list[int] = []
    for match in _row_pattern(sheet.prefix).finditer(part, sheet.body_start, sheet.body_end):
        given, closing = match.groups()
        if not closing:
            # It would be invisible, and be overwritten.
            raise sheet.refusal("里有写法不规范的行")
        following = int(given) if given else number + 1
        if following <= number or following > MAX_ROW:
            raise sheet.refusal(f"的行次序不对（第 {number} 行之后是第 {following} 行）")
        number = following
        numbers.append(number)
        starts.append(match.start())
    sheet.numbers, sheet.starts = numbers, starts


def _row_pattern(prefix: str) -> re.Pattern[bytes]:
    return re.compile(_ANY_ROW % re.escape(prefix.encode()))


def _has_odd_markup(sheet: SheetXml) -> bool:
    """Whether comments, CDATA or alternate content may hide rows, or show ones that are none."""
    part, start, end = sheet.part, sheet.body_start, sheet.body_end
    odd = any(stand_together(part, mark, b"<", -1, start, end) for mark in (b"!", b"?"))
    return odd or part.find(b"AlternateContent", start, end) >= 0


def _cell(found: list[Element], position: int, column: int, delta: int) -> Cell:
    element = found[position]
    value: str | None = None
    formula: str | None = None
    formula_attributes: dict[str, str] = {}
    inside: dict[int, str] = {position: "c"}
    for index in range(position + 1, len(found)):
        inner = found[index]
        above = inside.get(inner.parent)
        if above is None:
            break
        inside[index] = inner.tag
        if above == "c" and inner.tag == "v":
            value = inner.text
        elif above == "c" and inner.tag == "f":
            formula, formula_attributes = inner.text, inner.attributes
        elif inner.tag == "t" and above in ("is", "r"):
            value = (value or "") + inner.text
    style = element.attributes.get("s")
    return Cell(
        column=column,
        start=element.start + delta,
        end=element.end + delta,
        style=number_in(style, part=element.attributes.get("r", "单元格")) if style is not None else None,
        kind=element.attributes.get("t", "n"),
        value=value,
        formula=formula,
        formula_attributes=formula_attributes,
    )


def cell_name(column: int, row: int) -> str:
    """Answer the name of a cell as a clerk reads it: H12."""
    return f"{column_letters(column)}{row}"
