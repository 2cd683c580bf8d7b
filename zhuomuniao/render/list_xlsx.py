"""The copy of an official list that a unit prints, stamps, signs and hands in.

As the notice's annex: title, the lines above the table, the official columns, the lines below. None of zmn's own
columns. What is left blank is left for the pen; a short list is framed on to the foot of its page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from math import sqrt
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from zhuomuniao import sheetlook
from zhuomuniao.layouts import Column, ColumnType, EdgeField, Layout

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.styles import Alignment
    from openpyxl.worksheet.worksheet import Worksheet

_EDGE_SIZE: Final = 12.0
_EDGE_HEIGHT: Final = 26.0
_ANNEX_SIZE: Final = 14.0
_ANNEX_HEIGHT: Final = 24.0
_HEADER_HEIGHT: Final = 36.0
_GAP_HEIGHT: Final = 8.0

_PAGE_ROWS: Final = 8
"""A list with fewer rows is filled up with blank ones to as many, as far as its page has room."""
_LEAST_BLANK: Final = 28.0
_MOST_BLANK: Final = 60.0
_SAFE_SHARE: Final = 0.96
"""How much of a page is taken for sure: programs differ by a few points in what they print."""

_LEAST_SHARE: Final = 0.6
"""How far a column of running text may shrink for the sake of another: its header stays legible."""

_LEAST_SIZE: Final = 9.0
"""Smaller type than this is not read on paper: taller texts go on in further rows of the sheet."""

_PEN_ROOM: Final = 8
"""How many characters a blank field gets at least, for a name or a unit written by hand."""
_DATE_BLANKS: Final = "      年    月    日"

_ROW_NUMBER: Final = "row_no"


class _Row(Struct, frozen=True):
    """A row of the table: what its cells hold, by column; size of its type; height of each sheet row it takes."""

    contents: tuple[sheetlook.CellContent, ...]
    size: float
    heights: tuple[float, ...]


def render_list(
    layout: Layout,
    edges: Mapping[str, str],
    rows: Sequence[Mapping[str, sheetlook.CellContent]],
    *,
    title: str | None = None,
) -> bytes:
    """The bytes of an xlsx with the list, the same for the same arguments.

    ``edges`` fills the fields of ``layout.heads`` and ``layout.feet``; ``rows`` hold values by field. A row
    without 序号 is numbered by its place. ``title`` stands in place of the layout's.
    """
    workbook = sheetlook.new_workbook()
    _Page(workbook.create_sheet(layout.sheet), layout, rows).draw(edges, title or layout.title)
    return sheetlook.workbook_bytes(workbook)


class _Page:
    """The sheet while it is drawn: ``row`` is the last row written, ``used`` the points they take."""

    def __init__(self, sheet: Worksheet, layout: Layout, rows: Sequence[Mapping[str, sheetlook.CellContent]]) -> None:
        self.sheet = sheet
        self.layout = layout
        self.columns = layout.official_columns
        self.contents = [_contents(self.columns, row, number) for number, row in enumerate(rows, start=1)]
        self.paper = sheetlook.Paper(is_landscape=layout.is_landscape, top=18, bottom=16)
        self.widths = _page_widths(self.columns, self.contents, self.paper)
        self.points = [width * sheetlook.CHARACTER_POINTS for width in self.widths]
        self.row = 0
        self.used = 0.0
        self.models: dict[tuple[int, float, str, bool], Cell] = {}

    def draw(self, edges: Mapping[str, str], title: str) -> None:
        """All of it, from the annex number down to the lines below the table."""
        from openpyxl.utils import get_column_letter

        for number, width in enumerate(self.widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        self._draw_title(title)
        self._draw_edges(self.layout.heads, edges)
        header_row = self._draw_header()
        for row in self._body(self._foot_height(edges)):
            self._draw_row(row)
        if self.layout.feet:
            self._next_row(_GAP_HEIGHT)
            self._draw_edges(self.layout.feet, edges)
        self.sheet.sheet_view.showGridLines = False
        self.sheet.freeze_panes = f"A{header_row + 1}"
        last = get_column_letter(len(self.widths))
        sheetlook.set_page(
            self.sheet, self.paper, repeated_rows=f"{header_row}:{header_row}", printed_columns=f"$A:${last}"
        )

    def _body(self, foot_height: float) -> list[_Row]:
        """The rows of the table, and as many blank ones as a page still has room for above the foot."""
        filled = [self._fit(contents) for contents in self.contents]
        scale = max(1.0, sum(self.points) / self.paper.width_points)
        taken = self.used + foot_height + sum(sum(row.heights) for row in filled)
        room = self.paper.height_points * scale * _SAFE_SHARE - taken
        count = max(0, min(_PAGE_ROWS - len(filled), int(room / _LEAST_BLANK)))
        blank = (None,) * len(self.columns)
        return [*filled, *(_Row(blank, sheetlook.BODY_SIZE, (min(_MOST_BLANK, room / count),)) for _ in range(count))]

    def _fit(self, contents: tuple[sheetlook.CellContent, ...]) -> _Row:
        """The row in type that fits Excel's tallest row, or the smallest that can be read in several rows."""
        size, height = sheetlook.BODY_SIZE, self._height(contents, sheetlook.BODY_SIZE)
        while height > sheetlook.MAX_ROW_POINTS and size > _LEAST_SIZE:
            size -= 0.5
            height = self._height(contents, size)
        parts = int(height // sheetlook.MAX_ROW_POINTS) + 1
        return _Row(contents, size, (round(height / parts, 1),) * parts)

    def _height(self, contents: tuple[sheetlook.CellContent, ...], size: float) -> float:
        needed = [
            sheetlook.height_needed(content, points, size)
            for content, points in zip(contents, self.points, strict=True)
            if isinstance(content, str)
        ]
        return max([self.layout.row_height, *needed])

    def _next_row(self, height: float) -> None:
        self.row += 1
        self.used += height
        self.sheet.row_dimensions[self.row].height = round(height, 1)

    def _line(self, first: int, last: int) -> Cell:
        """The cell of the row being drawn that spans these columns."""
        if first < last:
            self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=first, end_column=last)
        return sheetlook.cell_at(self.sheet, self.row, first)

    def _draw_title(self, title: str) -> None:
        last = len(self.columns)
        if self.layout.annex:
            self._next_row(_ANNEX_HEIGHT)
            cell = self._line(1, last)
            sheetlook.put(cell, self.layout.annex)
            cell.font = sheetlook.font(sheetlook.HEI, _ANNEX_SIZE)
            cell.alignment = sheetlook.align("left", wraps=False)
        self._next_row(max(40.0, sheetlook.height_needed(title, sum(self.points), sheetlook.TITLE_SIZE)))
        cell = self._line(1, last)
        sheetlook.put(cell, title)
        sheetlook.style_title(cell)

    def _draw_header(self) -> int:
        """The row of headers; answers its number."""
        needed = [
            sheetlook.height_needed(column.header, points, sheetlook.HEADER_SIZE)
            for column, points in zip(self.columns, self.points, strict=True)
        ]
        self._next_row(max([_HEADER_HEIGHT, *needed]))
        for number, column in enumerate(self.columns, start=1):
            cell = sheetlook.cell_at(self.sheet, self.row, number)
            sheetlook.put(cell, column.header)
            sheetlook.style_header(cell)
        return self.row

    def _draw_edges(self, fields: Sequence[EdgeField], values: Mapping[str, str]) -> None:
        for texts in self._edge_lines(fields, values):
            shares = _shares(texts, self.points)
            self._next_row(self._edge_height(texts))
            for text, (first, last) in zip(texts, shares, strict=True):
                cell = self._line(first, last)
                sheetlook.put(cell, text)
                cell.number_format = "@"
                cell.font = sheetlook.font(sheetlook.FANG, _EDGE_SIZE)
                cell.alignment = sheetlook.align("left")

    def _edge_lines(self, fields: Sequence[EdgeField], values: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
        """The texts of each line; more fields than there are columns to hold them go on in the next line."""
        for _, together in groupby(fields, key=lambda field: field.line):
            texts = [_edge_text(field, values.get(field.field, "")) for field in together]
            for start in range(0, len(texts), len(self.columns)):
                yield tuple(texts[start : start + len(self.columns)])

    def _edge_height(self, texts: tuple[str, ...]) -> float:
        needed = [
            sheetlook.height_needed(text, sum(self.points[first - 1 : last]), _EDGE_SIZE)
            for text, (first, last) in zip(texts, _shares(texts, self.points), strict=True)
        ]
        return min(max([_EDGE_HEIGHT, *needed]), sheetlook.MAX_ROW_POINTS)

    def _foot_height(self, values: Mapping[str, str]) -> float:
        feet = self._edge_lines(self.layout.feet, values)
        return sum(map(self._edge_height, feet)) + (_GAP_HEIGHT if self.layout.feet else 0)

    def _draw_row(self, row: _Row) -> None:
        top = self.row + 1
        for height in row.heights:
            self._next_row(height)
        for number, (column, content) in enumerate(zip(self.columns, row.contents, strict=True), start=1):
            cell = sheetlook.cell_at(self.sheet, top, number)
            sheetlook.put(cell, content)
            model = self._model(cell, column, content, row)
            for below in range(top, self.row + 1):
                sheetlook.copy_look(model, self.sheet.cell(below, number))
            if top < self.row:
                self.sheet.merge_cells(start_row=top, end_row=self.row, start_column=number, end_column=number)

    def _model(self, cell: Cell, column: Column, content: sheetlook.CellContent, row: _Row) -> Cell:
        """The first cell that looks as this one must, which may be the cell itself."""
        format_ = _number_format(column, content)
        is_torn = len(row.heights) > 1
        model = self.models.setdefault((cell.column, row.size, format_, is_torn), cell)
        if model is cell:
            sheetlook.style_body(cell, column, row.size)
            cell.number_format = format_
            cell.alignment = _alignment(column, content, is_torn=is_torn)
        return model


def _page_widths(
    columns: Sequence[Column], rows: Sequence[Sequence[sheetlook.CellContent]], paper: sheetlook.Paper
) -> tuple[float, ...]:
    """The printed widths, stretched to the width of the page; wider ones are shrunk by the printing.

    What the columns of running text have beyond their least is shared by how much text they hold.
    """
    printed = sheetlook.printed_widths(columns)
    stretch = max(1.0, paper.width_points / sheetlook.CHARACTER_POINTS / sum(printed))
    widths = [width * stretch - 0.005 for width in printed]
    long = [place for place, column in enumerate(columns) if sheetlook.is_long_text(column)]
    if rows and len(long) > 1:
        # The root: a column with nine times the text gets three times the share, and both stay legible.
        weights = {place: sqrt(5 + sum(len(str(row[place] or "")) for row in rows) / len(rows)) for place in long}
        spare = sum(widths[place] for place in long) * (1 - _LEAST_SHARE)
        for place in long:
            widths[place] = widths[place] * _LEAST_SHARE + spare * weights[place] / sum(weights.values())
    return tuple(round(width, 2) for width in widths)


def _contents(
    columns: Sequence[Column], row: Mapping[str, sheetlook.CellContent], number: int
) -> tuple[sheetlook.CellContent, ...]:
    """What the cells of a row hold; its place numbers a row that has no number."""
    filled = {field: value for field, value in row.items() if value not in (None, "")}
    return tuple(_content({_ROW_NUMBER: number, **filled}.get(column.field)) for column in columns)


def _edge_text(field: EdgeField, value: str) -> str:
    """The label as the notice has it, and what follows it: the value, or blanks where the pen writes a day."""
    if not value.strip():
        return field.label + _DATE_BLANKS if "日期" in field.label else field.label
    return f"{field.label}{value}" if field.label.endswith("：") else f"{field.label} {value}"


def _shares(texts: Sequence[str], points: Sequence[float]) -> list[tuple[int, int]]:
    """First and last column of each field of a line: as wide as its text asks, at least a column each."""
    wanted = [sheetlook.text_width(text, _EDGE_SIZE) + _PEN_ROOM * _EDGE_SIZE / 2 for text in texts]
    total, width = sum(wanted), sum(points)
    shares, first, reached = [], 1, 0.0
    for place, need in enumerate(wanted):
        rest = len(texts) - place - 1
        reached += need / total * width
        furthest = len(points) - rest
        ends = range(first, furthest + 1)
        last = furthest if not rest else min(ends, key=lambda end: abs(sum(points[:end]) - reached))
        shares.append((first, last))
        first = last + 1
    return shares


def _content(value: sheetlook.CellContent) -> sheetlook.CellContent:
    """A value as it is printed: a tick is a word."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value


def _number_format(column: Column, content: sheetlook.CellContent) -> str:
    """The column's format where its cell is blank; else that of what the cell holds."""
    formats = sheetlook.NUMBER_FORMATS
    if isinstance(content, str):
        return formats[ColumnType.TEXT]
    if isinstance(content, date):
        is_moment = isinstance(content, datetime) and column.type is not ColumnType.DATE
        return formats[ColumnType.MOMENT if is_moment else ColumnType.DATE]
    if isinstance(content, float):
        return "General"
    return formats[column.type]


def _alignment(column: Column, content: sheetlook.CellContent, *, is_torn: bool) -> Alignment:
    """Running text begins left, everything short stands in the middle; a row over two pages begins at the top."""
    vertical: Literal["top", "center"] = "top" if is_torn else "center"
    if sheetlook.is_long_text(column):
        return sheetlook.align("left", vertical)
    wraps = isinstance(content, str) or (content is None and column.type is ColumnType.TEXT)
    return sheetlook.align("center", vertical, wraps=wraps)
