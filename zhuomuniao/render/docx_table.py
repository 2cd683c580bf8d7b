"""The elements of a docx table: one of fixed widths, its rows and cells. What stands in them is the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from zhuomuniao.render.docx_look import element

CELL_MARGIN: Final = 4.0
"""Points that a cell keeps free at its left and at its right edge."""


class Merge(StrEnum):
    """A cell over several rows: where it begins, and each row it goes on through."""

    BEGINS = "restart"
    GOES_ON = "continue"


def new_table(columns: Sequence[float], *, air: float = 0) -> Any:
    """A centred table without rows; ``columns`` are widths in points, which no program may change.

    ``air`` is how many points its cells keep free above and below.
    """
    table = element("w:tbl")
    properties = element("w:tblPr")
    properties.append(element("w:tblW", w=twips(sum(columns)), type="dxa"))
    properties.append(element("w:jc", val="center"))
    properties.append(element("w:tblLayout", type="fixed"))
    margins = element("w:tblCellMar")
    sides = {"top": air, "left": CELL_MARGIN, "bottom": air, "right": CELL_MARGIN}
    for side, points in sides.items():
        if points:
            margins.append(element(f"w:{side}", w=twips(points), type="dxa"))
    properties.append(margins)
    table.append(properties)
    grid = element("w:tblGrid")
    for width in columns:
        grid.append(element("w:gridCol", w=twips(width)))
    table.append(grid)
    return table


def new_row(height: float, *, is_header: bool = False, is_together: bool = False) -> Any:
    """A row without cells, at least so many points high; a header stands again on each page."""
    row = element("w:tr")
    properties = element("w:trPr")
    if is_together:
        properties.append(element("w:cantSplit"))
    properties.append(element("w:trHeight", val=twips(height), hRule="atLeast"))
    if is_header:
        properties.append(element("w:tblHeader"))
    row.append(properties)
    return row


def new_cell(
    width: float, *, columns: int = 1, merge: Merge | None = None, is_framed: bool = True, at: str = "center"
) -> Any:
    """A cell without paragraphs (it must have one), ``width`` in points; ``at`` is top or center."""
    cell = element("w:tc")
    properties = element("w:tcPr")
    properties.append(element("w:tcW", w=twips(width), type="dxa"))
    if columns > 1:
        properties.append(element("w:gridSpan", val=columns))
    if merge is not None:
        properties.append(element("w:vMerge", val=merge.value) if merge is Merge.BEGINS else element("w:vMerge"))
    if is_framed:
        properties.append(_frame())
    properties.append(element("w:vAlign", val=at))
    cell.append(properties)
    return cell


def twips(points: float) -> int:
    """Twentieths of a point, in which a docx measures."""
    return round(points * 20)


def _frame() -> Any:
    borders = element("w:tcBorders")
    for side in ("top", "left", "bottom", "right"):
        borders.append(element(f"w:{side}", val="single", sz=4, space=0, color="000000"))
    return borders
