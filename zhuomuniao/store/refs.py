"""References in A1 notation: areas, lists of areas, and references inside formulas, moved or grown by rows."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from msgspec import Struct

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.cells import MAX_ROW, column_letters, column_number


class Growth(Enum):
    """Which ranges that end at the last data row take the new rows in."""

    NONE = "none"
    ABSOLUTE_END = "absolute"
    MANY_ROWS = "many"
    ANY = "any"


class RowShift(Struct, frozen=True):
    """What happened to the rows: data ended at ``last`` and ends now at ``new_last``.

    Rows from ``at`` on moved down by ``by``; ``at`` 0 means that nothing moved.
    """

    last: int
    new_last: int
    at: int = 0
    by: int = 0

    def row(self, row: int) -> int:
        """Answer where a row stands now."""
        return row + self.by if self.at and row >= self.at else row

    def rows(self, first: int, last: int, *, grow: bool) -> tuple[int, int]:
        """Answer where a range of rows stands now; ``grow`` lets it follow the data's end."""
        if grow and first <= self.last <= last < self.new_last and (not self.at or last < self.at):
            return self.row(first), self.new_last
        return self.row(first), self.row(last)


class Area(Struct, frozen=True):
    """A rectangle of cells, 1-based and inclusive."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        row, column = cell
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column

    def covers_row(self, row: int) -> bool:
        """Whether the row crosses the area."""
        return self.first_row <= row <= self.last_row

    def text(self) -> str:
        """Answer the area in A1 notation, a single cell as one reference."""
        first = f"{column_letters(self.first_column)}{self.first_row}"
        last = f"{column_letters(self.last_column)}{self.last_row}"
        return first if first == last else f"{first}:{last}"


_AREA: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")
_TOKEN: Final = re.compile(
    r"""
    (?P<skip>"(?:[^"]|"")*")
    | (?P<sheet>(?:'(?:[^']|'')+'|(?:\[\d+\])?(?<![\w.])[\w.]+(?::[\w.]+)?)!)?
      (?<![\w.$])(?:
        (?P<c1>\$?[A-Za-z]{1,3})(?P<r1>\$?\d{1,7})(?::(?P<c2>\$?[A-Za-z]{1,3})(?P<r2>\$?\d{1,7}))?
        | (?P<w1>\$?\d{1,7}):(?P<w2>\$?\d{1,7})
      )(?![\w.(\[!])
    | (?P<brackets>\[(?:[^\[\]]|\[[^\[\]]*\])*\](?!\w))
    """,
    re.VERBOSE,
)


def area_of(text: str) -> Area | None:
    """Answer the area of ``A3:H12`` or ``$A$3``; None for whole rows, whole columns or anything else."""
    match = _AREA.fullmatch(text)
    if match is None:
        return None
    row, column = int(match[2]), column_number(match[1])
    last_row = int(match[4]) if match[4] else row
    last_column = column_number(match[3]) if match[3] else column
    return Area(row, column, last_row, last_column)


def move_area(text: str, shift: RowShift, *, grow: bool) -> str:
    """Answer one area of a sheet part after the shift; whole columns stay as they are."""
    area = area_of(text)
    if area is None:
        return text
    first, last = shift.rows(area.first_row, area.last_row, grow=grow)
    if (first, last) == (area.first_row, area.last_row):
        return text
    return Area(first, area.first_column, last, area.last_column).text()


def move_areas(text: str, shift: RowShift, *, grow: bool) -> str:
    """Answer a blank-separated list of areas (``sqref``) after the shift."""
    return " ".join(move_area(part, shift, grow=grow) for part in text.split(" "))


def move_formula(text: str, shift: RowShift, *, sheet: str, on_sheet: bool, growth: Growth, where: str) -> str:
    """Answer a formula after rows of ``sheet`` moved.

    ``on_sheet`` says that the formula stands on that sheet, so that bare references count; strings,
    structured references and other workbooks are left alone. Raises :class:`CannotPatchError`, naming
    ``where``, for a reference through several sheets that would have to move.
    """

    def replace(match: re.Match[str]) -> str:
        if match["skip"] or match["brackets"]:
            return match[0]
        prefix = match["sheet"]
        if prefix is None:
            if not on_sheet:
                return match[0]
        elif "[" in prefix:
            return match[0]
        elif not _names_sheet(prefix, sheet):
            if ":" in prefix and _moved(match, shift, growth) != match[0]:
                raise CannotPatchError(
                    f"{where} 的公式跨多张工作表引用（{prefix}），行下移后无法改写",
                    "请先改成逐表引用，或在合计行上方预留空行",
                )
            return match[0]
        return _moved(match, shift, growth)

    return _TOKEN.sub(replace, text)


def _names_sheet(prefix: str, sheet: str) -> bool:
    name = prefix[:-1]
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    return name.casefold() == sheet.casefold()


def _moved(match: re.Match[str], shift: RowShift, growth: Growth) -> str:
    names = ("w1", "w2") if match["w1"] else ("r1", "r2")
    first_text = match[names[0]]
    last_text = match[names[1]] or first_text
    first, last = int(first_text.lstrip("$")), int(last_text.lstrip("$"))
    grow = growth is Growth.ANY or (
        first < last and (growth is Growth.MANY_ROWS or (growth is Growth.ABSOLUTE_END and last_text.startswith("$")))
    )
    new_first, new_last = shift.rows(first, last, grow=grow)
    if (new_first, new_last) == (first, last) or last > MAX_ROW:
        return match[0]
    prefix = match["sheet"] or ""
    new = [_with_row(first_text, new_first), _with_row(last_text, new_last)]
    if match["w1"]:
        return f"{prefix}{new[0]}:{new[1]}"
    head = f"{prefix}{match['c1']}{new[0]}"
    if match["r2"] is None and new_first == new_last:
        return head
    return f"{head}:{match['c2'] or match['c1']}{new[1]}"


def _with_row(text: str, row: int) -> str:
    return ("$" if text.startswith("$") else "") + str(row)
