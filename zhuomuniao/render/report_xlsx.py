"""A report as an xlsx that may be signed and handed in: official titles, ruled tables, native charts, A4.

A sheet with one table gives each column its own width. A sheet with several tables is ruled into
:data:`report_fit.GRID` narrow columns, and each table's columns take as many of them as their share of the width
asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Final

from msgspec.structs import replace

from zhuomuniao import sheetlook
from zhuomuniao.layouts import ColumnType
from zhuomuniao.render.report_chart import PlacedTable, add_chart, chart_height, has_chart
from zhuomuniao.render.report_fit import (
    FittedRow,
    RowFitter,
    Slot,
    grid_widths,
    head_shares,
    header_height,
    legible_paper,
    own_widths,
    shares_of,
    signature_rows,
    slots_of,
)
from zhuomuniao.render.workbook import POINTS_PER_PIXEL, Look, NewSheet, NewWorkbook, Rectangle
from zhuomuniao.reports.tables import Blank, Content, Measure, Place, Report, Table, TableColumn

_NAME_SIZE: Final = 12
_SMALL_TITLE_SIZE: Final = 16
_TITLE_FACTOR: Final = 2.0
"""Height of a title's row over its type."""

_HEAD_HEIGHT: Final = 22.0
_NAME_HEIGHT: Final = 28.0
_NOTE_HEIGHT: Final = 20.0
_NOTHING_HEIGHT: Final = 30.0
_SIGNATURE_HEIGHT: Final = 44.0
_CHART_ROW_POINTS: Final = 200.0
"""A chart stands over as many rows as it takes of this height."""

_LEAST_CHART_SHARE: Final = 0.7
"""How far a chart may be pressed so that it stays on the page of its table."""

_SURE_SHARE: Final = 0.98
"""How much of a page's height is counted on; printers and programs round the rest away."""

_NOTHING: Final = "（本期没有）"

_LINE: Final = Look()
_UNWRAPPED: Final = Look(wraps=False)
_NAME: Final = Look(sheetlook.HEI, _NAME_SIZE)
_HEADER: Final = Look(
    sheetlook.HEI, sheetlook.HEADER_SIZE, "center", is_ruled=True,
    number_format=sheetlook.NUMBER_FORMATS[ColumnType.TEXT],
)  # fmt: skip
_MEASURED: Final = {Measure.SHARE: "0.0%", Measure.POINTS: "0.0"}
_NOTHING_LOOK: Final = Look(place="center", is_ruled=True)


def render_report(report: Report, *, properties: Mapping[str, str] | None = None) -> bytes:
    """The bytes of the report's workbook: one sheet for each sheet name, in the order of the tables.

    ``properties`` become custom document properties. The same report gives the same bytes. Raises
    :class:`CannotWriteError` for a text that no cell can hold.
    """
    workbook = NewWorkbook()
    for name, tables in groupby(report.tables, key=lambda table: table.sheet):
        _Page(workbook.add_sheet(name), tuple(tables)).draw()
    return workbook.finish(properties or {})


class _Page:
    """One sheet while it is drawn: ``row`` is the last row written, ``left`` the room left on the printed page."""

    def __init__(self, sheet: NewSheet, tables: tuple[Table, ...]) -> None:
        self.sheet = sheet
        self.tables = tables
        self.is_grid = len(tables) > 1
        paper = sheetlook.Paper(is_landscape=tables[0].is_landscape, side=15 if self.is_grid else 10)
        self.paper = paper if self.is_grid else legible_paper(tables[0], paper)
        self.pixels = grid_widths(self.paper) if self.is_grid else own_widths(tables[0], self.paper)
        self.points = sum(self.pixels) * POINTS_PER_PIXEL
        self.page_height = _SURE_SHARE * self.paper.height_points / min(1.0, self.paper.width_points / self.points)
        self.left = self.page_height
        self.repeated = 0.0
        self.row = 0
        self.breaks: list[int] = []
        self.looks: dict[tuple[ColumnType, Place, float, bool, bool, bool, Measure | None], Look] = {}

    def draw(self) -> None:
        """All tables, from the title down to the lines to sign."""
        self.sheet.set_widths(self.pixels)
        header_row = 0
        for table in self.tables:
            header_row = self._draw_table(table)
        self.sheet.set_page(self.paper, columns=len(self.pixels), repeated_rows=0 if self.is_grid else header_row)
        self.sheet.break_before(self.breaks)

    def _draw_table(self, table: Table) -> int:
        """Draw one table and answer the row of its header."""
        slots = slots_of(table, self.pixels, is_grid=self.is_grid)
        fitter = RowFitter(table, slots)
        fitted = [fitter.fit(row) for row in table.rows]
        head = header_height(table, slots)
        rest = head + sum(row.height for row in fitted) + self._height_around(table) if self.is_grid else 0.0
        if self.is_grid:
            self._keep_together(rest + self._chart_height(table, rest))
        for place, line in enumerate(table.title):
            self._draw_title(line, is_last=place == len(table.title) - 1)
        if table.head:
            self._draw_head(table.head)
        if table.name:
            self._next_row(_NAME_HEIGHT)
            self._put_over_width(table.name, _NAME)
        self._next_row(head)
        header_row = self.row
        for column, slot in zip(table.columns, slots, strict=True):
            self._put_in(slot, column.header, _HEADER)
        if not self.is_grid:
            self.repeated = self.page_height - self.left
        self._draw_rows(table, slots, fitted)
        if has_chart(table):
            self._draw_chart(PlacedTable(table, header_row, tuple(slot.first for slot in slots)), rest)
        for note in table.notes:
            self._next_row(self._note_height(note))
            self._put_over_width(note, _LINE)
        if table.signatures:
            self._draw_signatures(table.signatures)
        return header_row

    def _keep_together(self, height: float) -> None:
        """Begin a new page where something would be torn apart that fits one page."""
        if self.left < height <= self._whole_page and self.row:
            self._begin_page(self.row + 1)

    def _begin_page(self, row: int) -> None:
        self.breaks.append(row)
        self.left = self._whole_page

    @property
    def _whole_page(self) -> float:
        """The room of a page below the rows that stand on every one."""
        return self.page_height - self.repeated

    def _next_row(self, height: float) -> None:
        self.row += 1
        used = self.sheet.set_height(self.row, height)
        if used > self.left:
            if self.is_grid:
                # Said, not left to the program: it would fit a row more, and what follows would be torn apart.
                self._begin_page(self.row)
            self.left = self._whole_page
        self.left -= used

    def _put_in(self, slot: Slot, content: Content, look: Look) -> None:
        value = float(content) if isinstance(content, Decimal) else content
        if slot.first == slot.last:
            self.sheet.put(self.row, slot.first, value, look)
        else:
            self.sheet.put_across(Rectangle(self.row, slot.first, last_column=slot.last), value, look)

    def _put_over_width(self, text: str, look: Look) -> None:
        self.sheet.put_across(Rectangle(self.row, 1, last_column=len(self.pixels)), text, look)

    def _draw_title(self, line: str, *, is_last: bool) -> None:
        fitting = self.points / max(1.0, sheetlook.text_width(line, 1))
        size = min(sheetlook.TITLE_SIZE if is_last else _SMALL_TITLE_SIZE, int(fitting))
        self._next_row(size * _TITLE_FACTOR if is_last else size * 1.7)
        self._put_over_width(line, Look(sheetlook.SONG, size, "center", is_bold=True))

    def _draw_head(self, head: tuple[str, ...]) -> None:
        """填报单位 at the left edge, the day at the right one."""
        self._next_row(_HEAD_HEIGHT)
        for place, (first, last) in enumerate(head_shares(self.pixels, head)):
            is_right = bool(place) and place == len(head) - 1
            look = replace(_UNWRAPPED, place="right") if is_right else _UNWRAPPED
            self.sheet.put_across(Rectangle(self.row, first, last_column=last), head[place], look)

    def _draw_rows(self, table: Table, slots: Sequence[Slot], fitted: Sequence[FittedRow]) -> None:
        if not table.rows:
            self._next_row(_NOTHING_HEIGHT)
            self._put_over_width(_NOTHING, _NOTHING_LOOK)
            return
        last = len(table.rows)
        for number, (row, fit) in enumerate(zip(table.rows, fitted, strict=True), start=1):
            is_total = table.has_total and number == last
            self._next_row(fit.height)
            for column, slot, content, text in zip(table.columns, slots, row, fit.cells, strict=True):
                size, is_story = (text.size, text.is_story) if text else (sheetlook.BODY_SIZE, False)
                look = self._look_of(column, content, size, is_story=is_story, is_total=is_total)
                self._put_in(slot, content, look)

    def _look_of(self, column: TableColumn, content: Content, size: float, *, is_story: bool, is_total: bool) -> Look:
        type_, is_marked = _type_of(column, content), isinstance(content, Blank)
        measure = column.measure if isinstance(content, Decimal) else None
        key = (type_, column.place, size, is_story, is_total, is_marked, measure)
        look = self.looks.get(key)
        if look is None:
            is_left = column.place is Place.LEFT
            look = self.looks[key] = Look(
                font=sheetlook.HEI if is_total else sheetlook.FANG,
                size=size,
                place="left" if is_left else "center",
                is_top=is_left and is_story,
                wraps=is_left or type_ is ColumnType.TEXT,
                indent=1 if is_left and self.is_grid else 0,
                is_ruled=True,
                is_marked=is_marked,
                number_format=_MEASURED[measure] if measure else sheetlook.NUMBER_FORMATS[type_],
            )
        return look

    def _chart_height(self, table: Table, rest: float) -> float:
        """What the table's chart gets: less than it wants where table and chart then share a page."""
        wanted = min(chart_height(table), self._whole_page)
        room = self._whole_page - rest
        return room if wanted * _LEAST_CHART_SHARE <= room < wanted else wanted

    def _draw_chart(self, placed: PlacedTable, rest: float) -> None:
        height = self._chart_height(placed.table, rest)
        rows = max(1, round(height / _CHART_ROW_POINTS))
        # Whole pixels, so that the rows together are not higher than what was asked for.
        height = height // (rows * POINTS_PER_PIXEL) * rows * POINTS_PER_PIXEL
        self._keep_together(height)
        first = self.row + 1
        for _ in range(rows):
            self._next_row(height / rows)
        add_chart(self.sheet, placed, where=Rectangle(first, 1, self.row, len(self.pixels)), pixels=self.pixels)

    def _note_height(self, note: str) -> float:
        return max(_NOTE_HEIGHT, sheetlook.height_needed(note, self.points, sheetlook.BODY_SIZE))

    def _height_around(self, table: Table) -> float:
        """What stands above and below the table itself and its chart."""
        above = len(table.title) * sheetlook.TITLE_SIZE * _TITLE_FACTOR + (_HEAD_HEIGHT if table.head else 0)
        signed = len(signature_rows(self.pixels, table.signatures)) * _SIGNATURE_HEIGHT
        below = sum(map(self._note_height, table.notes)) + signed
        return above + (_NAME_HEIGHT if table.name else 0) + below

    def _draw_signatures(self, lines: tuple[str, ...]) -> None:
        rows = signature_rows(self.pixels, lines)
        for row in rows:
            self._next_row(_SIGNATURE_HEIGHT)
            for line, (first, last) in zip(row, shares_of(self.pixels, len(rows[0])), strict=False):
                self.sheet.put_across(Rectangle(self.row, first, last_column=last), line, _UNWRAPPED)


def _type_of(column: TableColumn, content: Content) -> ColumnType:
    """What a cell shows: a number in a text cell would get a warning triangle, a day in one a number."""
    if isinstance(content, str):
        return ColumnType.TEXT
    if isinstance(content, int | Decimal):
        return ColumnType.NUMBER
    if isinstance(content, date) and column.type not in (ColumnType.DATE, ColumnType.MOMENT):
        return ColumnType.MOMENT if isinstance(content, datetime) else ColumnType.DATE
    return column.type
