"""A report as an xlsx that may be signed and handed in: official titles, ruled tables, native charts, A4.

A sheet with one table gives each column its own width. A sheet with several tables is ruled into
:data:`_GRID` narrow columns, and each table's columns take as many of them as their share of the width asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import sqrt
from typing import TYPE_CHECKING, Final

from zhuomuniao import sheetlook
from zhuomuniao.layouts import Column, ColumnType
from zhuomuniao.render.report_chart import CHART_POINTS, add_chart
from zhuomuniao.reports.tables import Blank, Content, Place, Report, Table, TableColumn

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.styles import PatternFill
    from openpyxl.worksheet.worksheet import Worksheet

_GRID: Final = 36
_NAME_SIZE: Final = 12
_LEAST_SIZE: Final = 6.0
_HEAD_HEIGHT: Final = 22.0
_ROW_HEIGHT: Final = 18.0
_NOTHING: Final = "（本期没有）"
_MARKED: Final = "FFFF00"
"""The yellow of what somebody must still write."""


def render_report(report: Report, *, properties: Mapping[str, str] | None = None) -> bytes:
    """The bytes of the report's workbook: one sheet for each sheet name, in the order of the tables.

    ``properties`` become custom document properties.
    """
    workbook = sheetlook.new_workbook()
    for name, tables in groupby(report.tables, key=lambda table: table.sheet):
        _Page(workbook.create_sheet(name), tuple(tables)).draw()
    sheetlook.stamp_properties(workbook, properties or {})
    return sheetlook.workbook_bytes(workbook)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a column of a table stands: first and last sheet column, width in points."""

    first: int
    last: int
    points: float


class _Page:
    """One sheet while it is drawn: ``row`` is the last row written, ``left`` the room left on the page."""

    def __init__(self, sheet: Worksheet, tables: tuple[Table, ...]) -> None:
        self.sheet = sheet
        self.tables = tables
        self.is_grid = len(tables) > 1
        self.paper = sheetlook.Paper(is_landscape=tables[0].is_landscape, side=15 if self.is_grid else 10)
        self.widths = self._grid_widths() if self.is_grid else self._own_widths(tables[0])
        self.points = [width * sheetlook.CHARACTER_POINTS for width in self.widths]
        scale = min(1.0, self.paper.width_points / sum(self.points))
        self.page_height = self.paper.height_points / scale
        self.left = self.page_height
        self.row = 0
        self.header_row = 0
        self.models: dict[tuple[ColumnType, Place, float, bool, bool, bool, bool], Cell] = {}

    def draw(self) -> None:
        """All tables, from the title down to the lines to sign."""
        from openpyxl.utils import get_column_letter

        for number, width in enumerate(self.widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        for table in self.tables:
            self._draw_table(table)
        self.sheet.sheet_view.showGridLines = False
        repeated = "" if self.is_grid else f"1:{self.header_row}"
        if not self.is_grid:
            self.sheet.freeze_panes = f"A{self.header_row + 1}"
        last = get_column_letter(len(self.widths))
        sheetlook.set_page(self.sheet, self.paper, repeated_rows=repeated, printed_columns=f"$A:${last}")

    def _grid_widths(self) -> tuple[float, ...]:
        width = self.paper.width_points / sheetlook.CHARACTER_POINTS / _GRID
        return (round(width - 0.005, 2),) * _GRID

    def _own_widths(self, table: Table) -> tuple[float, ...]:
        printed = sheetlook.printed_widths([Column("", c.header, c.type, c.width) for c in table.columns])
        widths = _shared_by_need(table, printed)
        stretch = max(1.0, self.paper.width_points / sheetlook.CHARACTER_POINTS / sum(widths))
        return tuple(round(width * stretch - 0.005, 2) for width in widths)

    def _draw_table(self, table: Table) -> None:
        slots = self._slots(table)
        sizes = [_sizes(table, row, slots) for row in table.rows]
        heights = [_row_height(table, row, slots, used) for row, used in zip(table.rows, sizes, strict=True)]
        header_height = max(
            _ROW_HEIGHT + 5,
            *(
                sheetlook.height_needed(c.header, s.points, sheetlook.HEADER_SIZE)
                for c, s in zip(table.columns, slots, strict=True)
            ),
        )
        if self.is_grid:
            self._keep_together(header_height + sum(heights) + self._extra_height(table))
        for place, line in enumerate(table.title):
            self._draw_title(line, is_last=place == len(table.title) - 1)
        if table.head:
            self._draw_head(table.head)
        if table.name:
            self._draw_name(table.name)
        self._next_row(header_height)
        self.header_row = self.row
        for column, slot in zip(table.columns, slots, strict=True):
            self._rule(slot)
            cell = sheetlook.cell_at(self.sheet, self.row, slot.first)
            sheetlook.put(cell, column.header)
            sheetlook.style_header(cell)
        for number, (row, used, height) in enumerate(zip(table.rows, sizes, heights, strict=True), start=1):
            is_total = table.has_total and number == len(table.rows)
            self._next_row(height)
            for column, slot, content, size in zip(table.columns, slots, row, used, strict=True):
                self._draw_cell(column, slot, content, size, is_total=is_total)
        if not table.rows:
            self._draw_nothing()
        if table.chart is not None:
            first = slots[1].first
            add_chart(self.sheet, table, header_row=self.header_row, first=first, width=len(self.widths))
            self._next_row(CHART_POINTS)
        for note in table.notes:
            self._draw_note(note)
        if table.signatures:
            self._draw_signatures(table.signatures)

    def _slots(self, table: Table) -> list[_Slot]:
        spans = _spans(table) if self.is_grid else [1] * len(table.columns)
        ends = list(accumulate(spans))
        return [
            _Slot(end - span + 1, end, sum(self.points[end - span : end]))
            for span, end in zip(spans, ends, strict=True)
        ]

    def _extra_height(self, table: Table) -> float:
        extra = 28.0 if table.name else 0.0
        extra += CHART_POINTS if table.chart else 0
        return extra + 20 * len(table.notes) + (44 if table.signatures else 0)

    def _keep_together(self, height: float) -> None:
        """Begin a new page where a table would be torn apart that fits one page."""
        from openpyxl.worksheet.pagebreak import Break

        if self.left < height <= self.page_height and self.row:
            self.sheet.row_breaks.append(Break(id=self.row))
            self.left = self.page_height

    def _next_row(self, height: float) -> None:
        self.row += 1
        self.left -= height
        if self.left < 0:
            self.left += self.page_height
        self.sheet.row_dimensions[self.row].height = round(min(height, sheetlook.MAX_ROW_POINTS), 1)

    def _merge(self, first: int, last: int) -> None:
        if first < last:
            self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=first, end_column=last)

    def _rule(self, slot: _Slot) -> None:
        for column in range(slot.first, slot.last + 1):
            self.sheet.cell(self.row, column).border = sheetlook.frame()
        self._merge(slot.first, slot.last)

    def _draw_title(self, line: str, *, is_last: bool) -> None:
        fitting = sum(self.points) / max(1.0, sheetlook.text_width(line, 1))
        size = min(sheetlook.TITLE_SIZE if is_last else 16, int(fitting))
        self._next_row(size * 2 if is_last else size * 1.7)
        self._merge(1, len(self.widths))
        cell = sheetlook.cell_at(self.sheet, self.row, 1)
        sheetlook.put(cell, line)
        sheetlook.style_title(cell, size)

    def _draw_head(self, head: tuple[str, ...]) -> None:
        """填报单位 at the left edge, the day at the right one."""
        self._next_row(_HEAD_HEIGHT)
        for place, (first, last) in enumerate(self._shares(len(head))):
            self._merge(first, last)
            cell = sheetlook.cell_at(self.sheet, self.row, first)
            sheetlook.put(cell, head[place])
            cell.font = sheetlook.font(sheetlook.FANG, sheetlook.BODY_SIZE)
            cell.alignment = sheetlook.align("right" if place and place == len(head) - 1 else "left", wraps=False)

    def _draw_name(self, name: str) -> None:
        self._next_row(28)
        self._merge(1, len(self.widths))
        cell = sheetlook.cell_at(self.sheet, self.row, 1)
        sheetlook.put(cell, name)
        cell.font = sheetlook.font(sheetlook.HEI, _NAME_SIZE)
        cell.alignment = sheetlook.align("left", "center")

    def _draw_cell(self, column: TableColumn, slot: _Slot, content: Content, size: float, *, is_total: bool) -> None:
        is_text = isinstance(content, str)
        type_ = ColumnType.TEXT if is_text else column.type
        if isinstance(content, int):
            # A number in a text cell is shown with a warning triangle.
            type_ = ColumnType.NUMBER
        cell = sheetlook.cell_at(self.sheet, self.row, slot.first)
        sheetlook.put(cell, content)
        is_story = is_text and sheetlook.lines_needed(str(content), _room(column, slot), size) > 2
        is_blank = isinstance(content, Blank)
        model = self.models.setdefault((type_, column.place, size, is_text, is_total, is_story, is_blank), cell)
        if model is cell:
            cell.font = sheetlook.font(sheetlook.HEI if is_total else sheetlook.FANG, size)
            cell.border = sheetlook.frame()
            cell.number_format = sheetlook.NUMBER_FORMATS[type_]
            if column.place is Place.LEFT:
                indent = 1 if self.is_grid else 0
                cell.alignment = sheetlook.align("left", "top" if is_story else "center", indent=indent)
            else:
                cell.alignment = sheetlook.align("center", wraps=is_text)
            if is_blank:
                cell.fill = _marking()
        for number in range(slot.first, slot.last + 1):
            sheetlook.copy_look(model, self.sheet.cell(self.row, number))
        self._merge(slot.first, slot.last)

    def _draw_nothing(self) -> None:
        self._next_row(30)
        last = len(self.widths)
        self._rule(_Slot(1, last, sum(self.points)))
        cell = sheetlook.cell_at(self.sheet, self.row, 1)
        sheetlook.put(cell, _NOTHING)
        cell.font = sheetlook.font(sheetlook.FANG, sheetlook.BODY_SIZE)
        cell.alignment = sheetlook.align("center")

    def _draw_note(self, note: str) -> None:
        self._next_row(max(20.0, sheetlook.height_needed(note, sum(self.points), sheetlook.BODY_SIZE)))
        self._merge(1, len(self.widths))
        cell = sheetlook.cell_at(self.sheet, self.row, 1)
        sheetlook.put(cell, note)
        cell.font = sheetlook.font(sheetlook.FANG, sheetlook.BODY_SIZE)
        cell.alignment = sheetlook.align("left", "center")

    def _draw_signatures(self, lines: tuple[str, ...]) -> None:
        self._next_row(44)
        for line, (first, last) in zip(lines, self._shares(len(lines)), strict=True):
            self._merge(first, last)
            cell = sheetlook.cell_at(self.sheet, self.row, first)
            sheetlook.put(cell, line)
            cell.font = sheetlook.font(sheetlook.FANG, sheetlook.BODY_SIZE)
            cell.alignment = sheetlook.align("left", "center", wraps=False)

    def _shares(self, parts: int) -> list[tuple[int, int]]:
        """The sheet's columns in as many runs of about the same width, each of at least one column."""
        total, shares, first = sum(self.points), [], 1
        reached = list(accumulate(self.points))
        for part in range(1, parts + 1):
            rest = parts - part
            last = len(reached) - rest
            while part < parts and last > first and reached[last - 2] >= total * part / parts:
                last -= 1
            shares.append((first, last))
            first = last + 1
        return shares


def _marking() -> PatternFill:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=_MARKED)


def _spans(table: Table) -> list[int]:
    """How many grid columns each column takes: at least one, by its share of the width."""
    total = sum(column.width for column in table.columns)
    shares = [column.width / total * _GRID for column in table.columns]
    spans = [max(1, int(share)) for share in shares]
    spare = _GRID - sum(spans)
    if table.chart is not None:
        # A chart reads one grid column per point, so the name takes what is over.
        spans[0] += spare
        return spans
    # To one column, so that columns of the same kind keep the same width.
    spans[shares.index(max(shares))] += spare
    return spans


def _shared_by_need(table: Table, widths: Sequence[float]) -> list[float]:
    """The widths, with what the columns of running text have together shared by how much text they hold."""
    long = [place for place, column in enumerate(table.columns) if column.place is Place.LEFT]
    shared = list(widths)
    if not table.rows or len(long) < 2:
        return shared
    lengths = {place: sum(len(str(row[place] or "")) for row in table.rows) / len(table.rows) for place in long}
    # The root: a column with nine times the text gets three times the width, and both stay legible.
    weights = {place: sqrt(5 + length) for place, length in lengths.items()}
    together = sum(widths[place] for place in long)
    for place in long:
        shared[place] = together * weights[place] / sum(weights.values())
    return shared


def _room(column: TableColumn, slot: _Slot) -> float:
    return slot.points - (sheetlook.INDENT_POINTS if column.place is Place.LEFT else 0)


def _sizes(table: Table, row: Sequence[Content], slots: Sequence[_Slot]) -> list[float]:
    """The type of each cell of a row: smaller only where Excel's tallest row would cut its text."""
    sizes = []
    for column, slot, content in zip(table.columns, slots, row, strict=True):
        size = sheetlook.BODY_SIZE
        while (
            isinstance(content, str)
            and size > _LEAST_SIZE
            and sheetlook.height_needed(content, _room(column, slot), size) > sheetlook.MAX_ROW_POINTS
        ):
            size -= 0.5
        sizes.append(size)
    return sizes


def _row_height(table: Table, row: Sequence[Content], slots: Sequence[_Slot], sizes: Sequence[float]) -> float:
    """As high as its highest text; a number or day does not wrap but shrinks."""
    needed = [
        sheetlook.height_needed(content, _room(column, slot), size)
        for column, slot, content, size in zip(table.columns, slots, row, sizes, strict=True)
        if isinstance(content, str)
    ]
    return min(max([_ROW_HEIGHT, table.least_height, *needed]), sheetlook.MAX_ROW_POINTS)
