"""How large the type of a form can be, and how high its rows, so that everything stands on one page.

Text is never cut: rows grow, empty space for the pen gives way, then the type shrinks step by step; only what does
not fit a page at the smallest size runs on. A form with a list runs on sooner: its rows are many by nature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao import sheetlook
from zhuomuniao.paperlayouts import Span

if TYPE_CHECKING:
    from zhuomuniao.forms.filled import FilledCell, FilledForm

_SIZES = (14.0, 12.0, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
_LISTED_SIZES = (14.0, 12.0, 11.0, 10.5)
_NOTE_SIZE = 12
_SMALL_NOTE_SIZE = 10.5
_FILLED_SHARE = 0.98
_WRITING_HEIGHT = 100.0
"""Rows at least this high in the layout hold a story, typed or written by hand."""
_LEAST_SHARE = 0.5
"""How far a blank row may shrink: people still write into it by hand."""


class Fit(Struct, frozen=True):
    """Type size of the stories, height of each row in points, and whether all of it stands on one page."""

    size: float
    heights: tuple[float, ...]
    is_one_page: bool


def fit_form(filled: FilledForm, columns: Sequence[float], room: float) -> Fit:
    """The largest type at which the page holds everything. ``columns`` and ``room`` (height) in points."""
    is_listing = any(row.is_listed for row in filled.rows)
    fit = Fit(_SIZES[-1], (), False)
    for size in _LISTED_SIZES if is_listing else _SIZES:
        needed = _needed(filled, columns, size)
        full = tuple(max(row.height, need) for row, need in zip(filled.rows, needed, strict=True))
        if sum(full) <= room:
            return Fit(size, _spread(filled, full, room), True)
        least = tuple(
            max(row.height * _LEAST_SHARE if row.height >= _WRITING_HEIGHT else row.height, need)
            for row, need in zip(filled.rows, needed, strict=True)
        )
        if sum(least) <= room:
            share = (room - sum(least)) / (sum(full) - sum(least))
            return Fit(size, tuple(a + (b - a) * share for a, b in zip(least, full, strict=True)), True)
        fit = Fit(size, least, False)
    return fit


def _spread(filled: FilledForm, heights: tuple[float, ...], room: float) -> tuple[float, ...]:
    """What is left of the page goes to the rows people write in, so that the form fills its page."""
    tall = sum(h for row, h in zip(filled.rows, heights, strict=True) if row.height >= _WRITING_HEIGHT)
    if not tall:
        return heights
    factor = 1 + max(0.0, room * _FILLED_SHARE - sum(heights)) / tall
    return tuple(
        h * factor if row.height >= _WRITING_HEIGHT else h for row, h in zip(filled.rows, heights, strict=True)
    )


def _needed(filled: FilledForm, columns: Sequence[float], size: float) -> list[float]:
    """The height each row needs for its text; a cell over several rows asks the first for what is missing."""
    needed = [0.0] * len(filled.rows)
    for cell in sorted(filled.cells, key=lambda c: c.row_span):
        points = width_of(cell, columns) - (sheetlook.INDENT_POINTS if cell.align == "left" else 0)
        height = sheetlook.height_needed(cell.text, points, size_of(cell, filled, columns, size))
        others = sum(needed[cell.row + 1 : cell.row + cell.row_span])
        needed[cell.row] = max(needed[cell.row], height - others)
    return needed


def width_of(cell: FilledCell, columns: Sequence[float]) -> float:
    """The width of a cell in points."""
    return sum(columns[cell.column : cell.column + cell.column_span])


def size_of(cell: FilledCell, filled: FilledForm, columns: Sequence[float], size: float) -> float:
    """Long texts share the size that fits the page; labels one size that wraps none; a name keeps its line."""
    row = filled.rows[cell.row]
    if cell.kind is Span.NOTE and not row.is_listed:
        return _SMALL_NOTE_SIZE if len(cell.text) > 30 and not row.is_framed else _NOTE_SIZE
    if cell.kind is Span.LABEL:
        alike = (c for c in filled.cells if c.kind is Span.LABEL and filled.rows[c.row].is_header is row.is_header)
        return min(_fitting(c, columns) for c in alike)
    return size if is_story(cell) or row.is_listed else max(size, _fitting(cell, columns))


def is_story(cell: FilledCell) -> bool:
    """Whether a cell holds running text, which begins left and at the top."""
    return cell.kind is Span.FIELD and cell.align == "left"


def _fitting(cell: FilledCell, columns: Sequence[float]) -> float:
    """The largest type up to the form's own at which no line of the cell wraps."""
    longest = max(sheetlook.text_width(line, 1) for line in cell.text.split("\n"))
    room = width_of(cell, columns) - 6
    return min(_SIZES[0], max(_SIZES[-1], int(room / longest * 2) / 2)) if longest else _SIZES[0]
