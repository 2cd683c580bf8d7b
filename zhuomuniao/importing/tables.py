"""Where the table of a foreign sheet stands: its header of one or two rows, its rows of data, and what is neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.mapping import FIELD_TITLES, ORDER_NO, OrderMapping, header_key
from zhuomuniao.texts import squeeze

if TYPE_CHECKING:
    from zhuomuniao.importing.foreign import ForeignSheet
    from zhuomuniao.store.cells import CellValue

_MOST_NAMED = 30


class FoundColumn(Struct, frozen=True):
    """A column of the sheet (0-based position) that fills a field; ``header`` as it is written there."""

    at: int
    header: str
    field: str


class FoundTable(Struct, frozen=True):
    """A sheet whose header fits. ``first`` is the index of its first row below the header.

    ``printed`` are, by column, the words by which the header is known where it is printed again.
    """

    sheet: ForeignSheet
    first: int
    columns: tuple[FoundColumn, ...]
    left_out: tuple[str, ...]
    printed: tuple[tuple[int, frozenset[str]], ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns)


class IgnoredRow(Struct, frozen=True):
    """A row that is no work order and need not be one: a total, a header printed again, a line below the table."""

    sheet: str
    row: int
    why: str


class OrderRow(Struct, frozen=True):
    """A row of data: its 1-based number in its sheet and, by field, the cells that fill it with their headers."""

    sheet: str
    number: int
    cells: Mapping[str, tuple[tuple[str, CellValue], ...]]


class Header(Struct, frozen=True):
    """One candidate: what each column may be called, best first; ``first`` is the index of the row below it."""

    first: int
    rows: int
    names: tuple[tuple[str, ...], ...]
    written: tuple[str, ...]


def find_tables(sheets: Sequence[ForeignSheet], mapping: OrderMapping, *, name: str) -> tuple[FoundTable, ...]:
    """The sheets that a mapping fits. Raises :class:`UnreadableFileError` naming what no sheet has."""
    wanted = [s for s in sheets if not mapping.sheets or any(fnmatchcase(s.name, w) for w in mapping.sheets)]
    if not wanted:
        there = "、".join(s.name for s in sheets)
        raise UnreadableFileError(
            f"“{name}”里没有对照表要读的工作表（{'、'.join(mapping.sheets)}），有的是：{there}",
            "请核对文件，或改对照表里的 sheets",
            kind="columns",
        )
    found = [_best_table(sheet, mapping) for sheet in wanted]
    fitting = tuple(t for t in found if t.columns and not mapping.missing(t.fields))
    if fitting:
        return fitting
    if not any(cell not in (None, "") for sheet in wanted for row in sheet.rows for cell in row):
        raise UnreadableFileError(f"“{name}”里没有内容", "请核对导出的文件是不是空的", kind="empty")
    best = max(found, key=lambda t: len(t.columns))
    missing = "、".join(FIELD_TITLES[field] for field in mapping.missing(best.fields))
    headers = "、".join(best.left_out[:_MOST_NAMED])
    raise UnreadableFileError(
        f"“{name}”里找不到这些列：{missing}" + (f"；没有对上的表头：{headers}" if headers else ""),
        f"请核对是不是“{mapping.title}”（前{mapping.header_within}行里要有表头）；"
        "可用 --mapping auto 看看怎样对，或把表头写进对照表",
        kind="columns",
    )


def headers_of(sheet: ForeignSheet, within: int) -> Iterator[Header]:
    """Every row, and every two rows that follow each other, that may be the header; single rows first."""
    rows = sheet.rows[:within]
    for at, row in enumerate(rows):
        written = tuple("" if cell is None else " ".join(str(cell).split()) for cell in row)
        yield Header(at + 1, 1, tuple((header_key(text),) for text in written), written)
    for at in range(len(rows) - 1):
        yield _double_header(rows[at], rows[at + 1], at)


def _double_header(upper: Sequence[CellValue], lower: Sequence[CellValue], at: int) -> Header:
    names, written = [], []
    for place in range(max(len(upper), len(lower))):
        above = header_key(upper[place]) if place < len(upper) else ""
        below = header_key(lower[place]) if place < len(lower) else ""
        both = (f"{above}{below}", below) if above and below and above != below else (below or above,)
        names.append(both)
        written.append(both[0])
    return Header(at + 2, 2, tuple(names), tuple(written))


def _best_table(sheet: ForeignSheet, mapping: OrderMapping) -> FoundTable:
    best, best_score = FoundTable(sheet, 0, (), ()), (0, 0, 0)
    wanted = {rule.field: set(map(header_key, rule.headers)) for rule in mapping.columns}
    for header in headers_of(sheet, mapping.header_within):
        columns = _match(header, mapping)
        # A second row of the header must tell more than the first alone: it may well be data. Names that only both
        # rows together make are telling: 反映人 above 姓名.
        together = sum(len(names := header.names[c.at]) > 1 and names[0] in wanted[c.field] for c in columns)
        score = (len(columns), together, -header.rows)
        if score > best_score:
            best_score = score
            used = {column.at for column in columns}
            left = tuple(text for at, text in enumerate(header.written) if text and at not in used)
            printed = tuple((c.at, _printed(header.names[c.at])) for c in columns)
            best = FoundTable(sheet, header.first, columns, left, printed)
    return best


def _printed(names: tuple[str, ...]) -> frozenset[str]:
    """What a column's header may look like in any one row: of two rows, each by itself."""
    above = names[0].removesuffix(names[-1])
    return frozenset((*names, above) if above else names)


def _match(header: Header, mapping: OrderMapping) -> tuple[FoundColumn, ...]:
    used: set[int] = set()
    found = []
    for rule in mapping.columns:
        at = _column_of(header, tuple(map(header_key, rule.headers)), used)
        if at is not None:
            used.add(at)
            found.append(FoundColumn(at, header.written[at], rule.field))
    return tuple(found)


def _column_of(header: Header, wanted: Sequence[str], used: set[int]) -> int | None:
    """The first column with a wanted name; of two rows, what both say together counts before the lower one alone."""
    for rank in range(2):
        for name in wanted:
            for at, names in enumerate(header.names):
                if at not in used and rank < len(names) and names[rank] == name:
                    return at
    return None


def rows_of(table: FoundTable, mapping: OrderMapping) -> Iterator[OrderRow | IgnoredRow]:
    """The rows below the header; blank ones are passed over."""
    sheet = table.sheet
    skipped = tuple(map(squeeze, mapping.skip_rows))
    for number, row in enumerate(sheet.rows[table.first :], start=table.first + 1):
        told = [text for cell in row if cell is not None and (text := squeeze(cell))]
        if not told:
            continue
        if told[0].startswith(skipped):
            yield IgnoredRow(sheet.name, number, f"以“{told[0][:4]}”开头")
            continue
        if _repeats_header(row, table.printed):
            yield IgnoredRow(sheet.name, number, "又印了一遍的表头")
            continue
        cells: dict[str, tuple[tuple[str, CellValue], ...]] = {}
        for column in table.columns:
            value = row[column.at] if column.at < len(row) else None
            cells[column.field] = (*cells.get(column.field, ()), (column.header, value))
        if not _says(cells.get(ORDER_NO, ())) and len(set(told)) == 1:
            yield IgnoredRow(sheet.name, number, "只有一句话，没有工单编号")
            continue
        yield OrderRow(sheet.name, number, cells)


def _repeats_header(row: Sequence[CellValue], printed: Sequence[tuple[int, frozenset[str]]]) -> bool:
    texts = ((row[at], names) for at, names in printed if at < len(row))
    same = sum(1 for cell, names in texts if isinstance(cell, str) and header_key(cell) in names)
    return same > len(printed) / 2


def _says(cells: Sequence[tuple[str, CellValue]]) -> bool:
    return any(value is not None and squeeze(value) for _, value in cells)
