"""How a report's tables fit their sheet: widths of columns, sizes of type, heights of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from math import sqrt
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import sheetlook
from zhuomuniao.layouts import Column, ColumnType
from zhuomuniao.render.workbook import CHARACTER_PIXELS, POINTS_PER_PIXEL
from zhuomuniao.reports.tables import Content, Place, Table, TableColumn

GRID: Final = 36
"""Columns of a sheet with several tables; each column of a table takes some of them."""

_LEAST_SIZE: Final = 6.0
_LEAST_PRINTED: Final = 7.0
"""Type below this size is no longer read without effort on paper."""
_ROW_HEIGHT: Final = 18.0
_NAME_ROOM: Final = 40.0
"""Points beside a line to sign for whoever signs it."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_PLAIN_LINES: Final = 2
"""A text of more lines begins at the top of its cell."""


class Slot(Struct, frozen=True):
    """Where a column of a table stands: first and last sheet column, and the points its text has."""

    first: int
    last: int
    room: float


class Fitted(Struct, frozen=True):
    """A text in its column: its type in points, its height in points, whether it is a story of several lines."""

    size: float
    height: float
    is_story: bool


class FittedRow(Struct, frozen=True):
    """A row with the fit of each cell (``None`` for what is no text) and its height in points."""

    cells: tuple[Fitted | None, ...]
    height: float


def grid_widths(paper: sheetlook.Paper) -> tuple[int, ...]:
    """The widths of the grid's columns in pixels, all the same."""
    return (round(paper.width_points / POINTS_PER_PIXEL / GRID),) * GRID


def own_widths(table: Table, paper: sheetlook.Paper) -> tuple[int, ...]:
    """The widths of a table that has a sheet for itself, in pixels: the paper's, or what its columns need."""
    kinds = [ColumnType.DATE if _holds_days(table, n) else c.type for n, c in enumerate(table.columns)]
    printed = sheetlook.printed_widths(
        [Column("", c.header, kind, c.width) for c, kind in zip(table.columns, kinds, strict=True)]
    )
    widths = _shared_by_need(table, printed)
    stretch = max(1.0, paper.width_points / sheetlook.CHARACTER_POINTS / sum(widths))
    return tuple(int(width * stretch * CHARACTER_PIXELS) for width in widths)


def _holds_days(table: Table, place: int) -> bool:
    """Whether a narrow column of words tells days too: 2026-10-19 must not be broken at its hyphens."""
    column = table.columns[place]
    if column.type is not ColumnType.TEXT or column.place is Place.LEFT:
        return False
    return any(isinstance(text := row[place], str) and _DAY.search(text) for row in table.rows)


def legible_paper(table: Table, paper: sheetlook.Paper) -> sheetlook.Paper:
    """The paper, or A3 where a table is so wide that its type would be printed too small to read on A4."""
    wide = sum(own_widths(table, paper)) * POINTS_PER_PIXEL
    if sheetlook.BODY_SIZE * paper.width_points / wide >= _LEAST_PRINTED:
        return paper
    return replace(paper, is_landscape=True, is_a3=True)


def slots_of(table: Table, pixels: Sequence[int], *, is_grid: bool) -> list[Slot]:
    """Where each column of the table stands on a sheet whose columns have these widths."""
    spans = _spans(table) if is_grid else [1] * len(table.columns)
    ends = list(accumulate(spans))
    return [
        Slot(end - span + 1, end, sum(pixels[end - span : end]) * POINTS_PER_PIXEL - _taken_by_indent(column))
        for column, span, end in zip(table.columns, spans, ends, strict=True)
    ]


def _taken_by_indent(column: TableColumn) -> float:
    return sheetlook.INDENT_POINTS if column.place is Place.LEFT else 0.0


def header_height(table: Table, slots: Sequence[Slot]) -> float:
    """The height of a table's header row in points."""
    needed = [
        sheetlook.height_needed(c.header, s.room + _taken_by_indent(c), sheetlook.HEADER_SIZE)
        for c, s in zip(table.columns, slots, strict=True)
    ]
    return max(_ROW_HEIGHT + 5, *needed)


class RowFitter:
    """Fits the rows of one table. The same text in the same column is measured once."""

    def __init__(self, table: Table, slots: Sequence[Slot]) -> None:
        self.least = max(_ROW_HEIGHT, table.least_height)
        self.rooms = [slot.room for slot in slots]
        self.known: dict[tuple[str, float], Fitted] = {}

    def fit(self, row: Sequence[Content]) -> FittedRow:
        """A row is as high as its highest text; a number or day does not wrap but shrinks."""
        cells: list[Fitted | None] = []
        height = self.least
        for content, room in zip(row, self.rooms, strict=True):
            if not isinstance(content, str):
                cells.append(None)
                continue
            fitted = self.known.get((content, room))
            if fitted is None:
                fitted = self.known[content, room] = _fit_text(content, room)
            if fitted.height > height:
                height = fitted.height
            cells.append(fitted)
        return FittedRow(tuple(cells), min(height, sheetlook.MAX_ROW_POINTS))


def _fit_text(text: str, room: float) -> Fitted:
    """Smaller type only where Excel's tallest row would cut the text."""
    size = sheetlook.BODY_SIZE
    while (height := sheetlook.height_needed(text, room, size)) > sheetlook.MAX_ROW_POINTS and size > _LEAST_SIZE:
        size -= 0.5
    return Fitted(size, height, sheetlook.lines_needed(text, room, size) > _PLAIN_LINES)


def _spans(table: Table) -> list[int]:
    """How many grid columns each column takes: at least one, by its share of the width."""
    total = sum(column.width for column in table.columns)
    shares = [column.width / total * GRID for column in table.columns]
    spans = [max(1, int(share)) for share in shares]
    if table.chart is not None and not table.chart.columns:
        # Such a chart reads one grid column per point, for a merged cell's others would be points without a value.
        points = slice(1, table.chart.points + 1)
        spans[points] = [1] * len(spans[points])
        spans[0] += GRID - sum(spans)
        return spans
    while sum(spans) > GRID and max(spans) > 1:
        spans[spans.index(max(spans))] -= 1
    # To one column, so that columns of the same kind keep the same width.
    spans[shares.index(max(shares))] += GRID - sum(spans)
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


def head_shares(pixels: Sequence[int], lines: Sequence[str]) -> list[tuple[int, int]]:
    """The sheet's columns for the lines of a head: the same for each, or by their length where one would not fit."""
    shares = shares_of(pixels, len(lines))
    if len(lines) != 2 or _all_fit(pixels, shares, lines):
        return shares
    for last in sorted(range(1, len(pixels)), key=lambda column: abs(2 * sum(pixels[:column]) - sum(pixels))):
        other = [(1, last), (last + 1, len(pixels))]
        if _all_fit(pixels, other, lines):
            return other
    return shares


def signature_rows(pixels: Sequence[int], lines: Sequence[str]) -> list[tuple[str, ...]]:
    """The lines to sign in as few rows as give each of them room for a name beside it."""
    for most in range(min(len(lines), len(pixels)), 1, -1):
        rows = [tuple(lines[n : n + most]) for n in range(0, len(lines), most)]
        if all(_all_fit(pixels, shares_of(pixels, most), row, air=_NAME_ROOM) for row in rows):
            return rows
    return [(line,) for line in lines]


def _all_fit(
    pixels: Sequence[int], shares: Sequence[tuple[int, int]], lines: Sequence[str], *, air: float = 0.0
) -> bool:
    """Whether each line stands in its share; ``air`` is kept behind those that end in a colon."""
    return all(
        sheetlook.text_width(line, sheetlook.BODY_SIZE) + (air if line.endswith("：") else 0.0)
        <= sum(pixels[first - 1 : last]) * POINTS_PER_PIXEL
        for line, (first, last) in zip(lines, shares, strict=False)
    )


def shares_of(pixels: Sequence[int], parts: int) -> list[tuple[int, int]]:
    """The sheet's columns in as many runs of about the same width, each of at least one column."""
    reached = list(accumulate(pixels))
    shares, first = [], 1
    for part in range(1, parts + 1):
        # The column whose end is nearest to where the run should end; each run after it needs a column too.
        wanted = reached[-1] * part / parts
        ends = range(first, len(pixels) - (parts - part) + 1)
        last = len(pixels) if part == parts else min(ends, key=lambda end: abs(reached[end - 1] - wanted))
        shares.append((first, last))
        first = last + 1
    return shares
