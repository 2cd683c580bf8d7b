"""Where new rows go: the end of the data, what lies below it, and the rows that are free between."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from zhuomuniao.errors import CannotPatchError
from zhuomuniao.store.cells import MAX_ROW
from zhuomuniao.store.headers import merged_areas

if TYPE_CHECKING:
    from zhuomuniao.store.refs import Area
    from zhuomuniao.store.sheetxml import Cell, Row, SheetXml
    from zhuomuniao.store.strings import CellTexts

TEMPLATE_ROWS: Final = 20

# Only asked of the lowest rows with something in the key column: a label there is no case number.
_TOTAL: Final = re.compile(r"(合|总|小|共|累)计")
_FOOTER_LABEL: Final = re.compile(
    r"(合|总|小|共|累)计|填(报|表)|制表|报送|抄送|审(核|批)|负责|主管|分管|经办|承办|联系|电话|备注|注[:：]|说明"
    r"|以(上|下)|领导|单位|[（(]盖章|签(字|名|章)|(日期|时间)[:：]|\d{4}年\d{1,2}月"
)
_AGGREGATE: Final = re.compile(r"\b(SUM|SUBTOTAL|COUNT|COUNTA|AVERAGE|AGGREGATE|COUNTIF|SUMIF)\s*\(", re.IGNORECASE)


class Ground(Struct, frozen=True):
    """The lie of one sheet: ``last`` data row (the header row when there is none), first ``footer`` row or 0.

    ``samples`` are the last data rows, lowest first, at most twenty: the models of a new row.
    """

    last: int
    footer: int
    samples: tuple[Row, ...]


class Placement(Struct, frozen=True):
    """Rows given to appends: free rows that are ``filled``, then ``inserted`` rows at ``at`` (0: none)."""

    filled: tuple[int, ...]
    at: int
    inserted: int

    @property
    def rows(self) -> tuple[int, ...]:
        """All row numbers, in the order of the appends."""
        return self.filled + tuple(range(self.at, self.at + self.inserted))


def survey(sheet: SheetXml, texts: CellTexts, *, header_row: int, key_column: int) -> Ground:
    """Answer where the data of a sheet ends and what lies below, looking from the bottom up.

    A row with a value in the key column is data, unless all from there down is a footer: by its label
    (合计, 填表人 …), by an aggregate formula, by a merge across the key column that the header lacks, or by
    a key without any digit below keys that have them.
    """
    merges = merged_areas(sheet)
    filled: list[int] = []
    samples: list[Row] = []
    doubtful: list[Row] = []
    for index in range(len(sheet.numbers) - 1, -1, -1):
        if sheet.numbers[index] <= header_row or len(samples) == TEMPLATE_ROWS:
            break
        if not sheet.holds_something(index):
            continue
        row = sheet.row_at(index)
        if any(texts.holds_value(c) for c in row.cells):
            filled.append(row.number)
        key = next((c for c in row.cells if c.column == key_column and texts.holds_value(c)), None)
        if key is None or (not samples and _is_footer(row, key, texts, merges, header_row)):
            continue
        if samples or any(map(str.isdecimal, texts.text_of(key))):
            samples.append(row)
        else:
            doubtful.append(row)
            if len(doubtful) == TEMPLATE_ROWS:
                # So many are no signature block: this office numbers without digits.
                samples = doubtful
    samples = samples or doubtful
    last = samples[0].number if samples else header_row
    return Ground(last, min((n for n in filled if n > last), default=0), tuple(samples))


def _is_footer(row: Row, key: Cell, texts: CellTexts, merges: list[Area], header_row: int) -> bool:
    label = re.sub(r"\s", "", texts.text_of(key))
    if _FOOTER_LABEL.match(label) or _AGGREGATE.search(key.formula or ""):
        return True
    # 合计 often stands in 序号, with a plain number under 编号.
    first = next((text for cell in row.cells if (text := re.sub(r"\s", "", texts.text_of(cell)))), "")
    if _TOTAL.match(first):
        return True
    merged = _merged_across(merges, row.number, key.column)
    return merged and not _merged_across(merges, header_row, key.column)


def place(sheet: SheetXml, texts: CellTexts, ground: Ground, *, count: int, footer: int) -> Placement:
    """Answer the rows for ``count`` appends; ``footer`` is the first row that must stay below them (0: none).

    Raises :class:`CannotPatchError` when the sheet is full.
    """
    merges = merged_areas(sheet)
    like = {
        (a.first_column, a.last_column) for a in merges if a.first_row == a.last_row == ground.last and ground.samples
    }
    filled: list[int] = []
    number = ground.last
    while len(filled) < count:
        number += 1
        if footer and number >= footer:
            return Placement(tuple(filled), footer, count - len(filled))
        if number > MAX_ROW:
            raise CannotPatchError(f"工作表“{sheet.name}”已写到最后一行", "请另起一本台账，或清掉底部多余内容")
        if any(_blocks(a, number, like) for a in merges):
            continue
        index = sheet.position_of(number)
        taken = index is not None and sheet.holds_something(index)
        if index is None or not taken or not any(map(texts.holds_value, sheet.row_at(index).cells)):
            filled.append(number)
    return Placement(tuple(filled), 0, 0)


def _blocks(area: Area, row: int, like: set[tuple[int, int]]) -> bool:
    if not area.covers_row(row):
        return False
    # A form that merges the same columns in every row goes on doing so.
    return area.first_row != area.last_row or (area.first_column, area.last_column) not in like


def _merged_across(merges: list[Area], row: int, column: int) -> bool:
    return any((row, column) in a and a.first_column < a.last_column for a in merges)
