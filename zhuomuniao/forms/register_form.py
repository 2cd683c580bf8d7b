"""登记表: a form's layout with one case's values in it, still without paper or program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from zhuomuniao.layouts import FormCell, FormLayout, Span
from zhuomuniao.model import BEIJING, Case

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class FilledCell:
    """One cell of the grid: where it begins (from 0), how far it reaches, what it says."""

    row: int
    column: int
    row_span: int
    column_span: int
    kind: Span
    text: str
    align: str


@dataclass(frozen=True, slots=True)
class FilledRow:
    """Height in points as the layout gives it, and whether the row's cells have lines around them."""

    height: float
    is_framed: bool


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A filled paper as a plain grid. ``column_widths`` in characters, as in the layout."""

    name: str
    annex: str
    title: str
    column_widths: tuple[float, ...]
    rows: tuple[FilledRow, ...]
    cells: tuple[FilledCell, ...]
    is_landscape: bool


def fill_form(form: FormLayout, case: Case) -> FilledForm:
    """The form with the case's full values: a 登记表 stays inside the window (domain.md §8).

    Moments stand as ``2026年10月8日 09:30``; fields the case does not have stay blank for the pen.
    """
    taken: set[tuple[int, int]] = set()
    cells: list[FilledCell] = []
    for row, form_row in enumerate(form.rows):
        column = 0
        for cell in form_row.cells:
            while (row, column) in taken:
                column += 1
            cells.append(FilledCell(row, column, cell.rows, cell.columns, cell.kind, _text(cell, case), cell.align))
            taken.update((row + down, column + right) for down in range(cell.rows) for right in range(cell.columns))
            column += cell.columns
    return FilledForm(
        name=form.name,
        annex=form.annex,
        title=form.title,
        column_widths=form.column_widths,
        rows=tuple(FilledRow(r.height, r.is_framed) for r in form.rows),
        cells=tuple(cells),
        is_landscape=form.is_landscape,
    )


def _text(cell: FormCell, case: Case) -> str:
    if cell.kind is Span.FIELD:
        return _value(case, cell.text)
    # Not str.format: a brace in a note that names no field is the notice's own.
    return _PLACEHOLDER.sub(lambda found: _value(case, found[1], found[0]), cell.text)


def _value(case: Case, field: str, otherwise: str = "") -> str:
    value = getattr(case, field, otherwise)
    if isinstance(value, datetime):
        local = value.astimezone(BEIJING) if value.tzinfo else value
        return f"{_day(local)} {local:%H:%M}"
    if isinstance(value, date):
        return _day(value)
    return "" if value is None else str(value)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
