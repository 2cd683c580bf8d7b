"""A list that a unit filled in by hand and handed in → its head, its rows, its foot.

The file is our own hand-in copy or the notice's annex typed over in WPS: the header is found by its words, on every
sheet; a sheet may hold several lists below each other. Nothing is guessed: days stay as the cells have them, and
what was not read is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.importing.edges import EdgeReader, is_outside_line, is_total, line_of
from zhuomuniao.importing.foreign import ForeignSheet, sheets_of
from zhuomuniao.importing.tables import Header, headers_of
from zhuomuniao.layouts import Layout, match_columns
from zhuomuniao.store.cells import CellValue, plain_text
from zhuomuniao.texts import squeeze

_SEARCHED_ROWS: Final = 2000
"""How far down a sheet a header is looked for."""

_EMPTY_STRETCH: Final = 10
"""So many rows without anything end a list: our own copy frames fewer for the pen."""

_DISPENSABLE: Final = frozenset(("row_no", "remark"))
"""Columns whose absence nobody needs to be told of."""

_ROW_NUMBER: Final = "row_no"
_NUMBER = re.compile(r"[(第]?(?:\d+(?:[-.]\d+)*|[一二三四五六七八九十百]+)[)条项]?[.、。]?")
_MOST_NAMED: Final = 20


class ListRow(Struct, frozen=True):
    """A row: its 1-based number in the sheet, and what its official columns hold, ``None`` where blank."""

    number: int
    values: Mapping[str, CellValue]


class HandFilledList(Struct, frozen=True):
    """One list of a file. ``head`` and ``foot`` hold the fields whose labels were found, ``""`` where left blank.

    ``missing`` are official headers the list does not have, ``left_out`` headers that are none of the layout's,
    ``unread`` the numbers of rows below the end of the list that hold something.
    """

    sheet: str
    head: Mapping[str, str]
    foot: Mapping[str, str]
    rows: tuple[ListRow, ...]
    missing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unread: tuple[int, ...] = ()


class _Table(Struct, frozen=True):
    """A header that fits: the rows it takes (0-based, ``end`` not included) and the column of each field."""

    start: int
    end: int
    columns: Mapping[str, int]
    left_out: tuple[str, ...]


def read_list(data: bytes, layout: Layout, *, name: str) -> tuple[HandFilledList, ...]:
    """Every list of a file (.xlsx, .xls, .csv), sheet after sheet. ``name`` is the file's name, for messages.

    Raises :class:`UnreadableFileError`: for what is no table or not safe to open; ``empty``; ``columns`` where no
    sheet has the layout's header, or where a header is missing while another, unknown one may be meant for it.
    """
    official = replace(layout, columns=layout.official_columns)
    edges = EdgeReader(layout)
    sheets = sheets_of(data, name=name)
    found = tuple(
        one
        for sheet in sheets
        if (tables := _tables_of(sheet, layout, official))
        for one in _SheetReader(sheet, official, edges, tables).lists()
    )
    if not found:
        raise _nothing_found(sheets, official, name)
    for one in found:
        if one.missing and one.left_out:
            raise UnreadableFileError(
                f"“{name}”的工作表“{one.sheet}”里找不到这些列：{'、'.join(one.missing)}；"
                f"没有对上的表头：{'、'.join(one.left_out[:_MOST_NAMED])}",
                f"请把表头改成《{layout.title}》的写法再试；多加的列请删去",
                kind="columns",
            )
    return found


def _nothing_found(sheets: Sequence[ForeignSheet], official: Layout, name: str) -> UnreadableFileError:
    if not any(cell not in (None, "") for sheet in sheets for row in sheet.rows for cell in row):
        return UnreadableFileError(f"“{name}”里没有内容", "请核对是不是发错了文件，或文件还没有保存", kind="empty")
    seen = {
        field
        for sheet in sheets
        for header in headers_of(sheet, _SEARCHED_ROWS)
        if len(columns := _match(header, official)) >= 2
        for field in columns
    }
    missing = "、".join(c.header for c in official.columns if c.field not in seen)
    wanted = "、".join(c.header for c in official.columns)
    return UnreadableFileError(
        f"“{name}”里没有找到《{official.title}》的表头" + (f"，缺：{missing}" if missing else ""),
        f"请核对是不是这张表；表头应有：{wanted}",
        kind="columns",
    )


def _match(header: Header, layout: Layout) -> dict[str, int]:
    """The columns of a header; of two rows, what both say together counts before the lower one alone."""
    together = match_columns(layout, [names[0] for names in header.names])
    taken = set(together.values())
    alone = match_columns(layout, [names[-1] for names in header.names])
    return together | {f: at for f, at in alone.items() if f not in together and at not in taken}


def _tables_of(sheet: ForeignSheet, layout: Layout, official: Layout) -> list[_Table]:
    """Every header of a sheet, from the top down; where two overlap, the one that tells more."""
    enough = max(2, (len(official.columns) + 1) // 2)
    fitting = [
        (len(columns), -header.rows, header, columns)
        for header in headers_of(sheet, _SEARCHED_ROWS)
        if len(columns := _match(header, official)) >= enough
    ]
    tables: list[_Table] = []
    for _, _, header, columns in sorted(fitting, key=lambda f: (-f[0], -f[1], f[2].first)):
        start, end = header.first - header.rows, header.first
        touched = next((t for t in tables if start <= t.end and t.start <= end), None)
        if touched is None:
            known = {*columns.values(), *_match(header, layout).values()}
            left = tuple(text for at, text in enumerate(header.written) if text and at not in known)
            tables.append(_Table(start, end, columns, left))
        elif header.rows == 1 and (start == touched.end or end == touched.start):
            # A row of group titles above the header, or the header twice.
            tables.remove(touched)
            tables.append(replace(touched, start=min(start, touched.start), end=max(end, touched.end)))
    return sorted(tables, key=lambda table: table.start)


class _SheetReader:
    """Reads the lists of one sheet, whose headers are known."""

    def __init__(self, sheet: ForeignSheet, layout: Layout, edges: EdgeReader, tables: Sequence[_Table]) -> None:
        self.sheet = sheet
        self.layout = layout
        self.edges = edges
        self.tables = tables
        self.covered = _covered(sheet)

    def lists(self) -> Iterator[HandFilledList]:
        """A header with lines above it begins a list; one without is the header printed again on a further page."""
        blocks: list[list[_Table]] = []
        for table in self.tables:
            above = range(blocks[-1][-1].end if blocks else 0, table.start)
            if blocks and not any(self._is_edge(row) or self._is_end(row) for row in above):
                blocks[-1].append(table)
            else:
                blocks.append([table])
        edges: list[dict[str, str]] = [{} for _ in blocks]
        headers = {row for table in self.tables for row in range(table.start, table.end)}
        for row in range(len(self.sheet.rows)):
            if row not in headers and (self._is_edge(row) or row < blocks[0][0].start):
                self._take_edge(row, blocks, edges)
        for place, block in enumerate(blocks):
            end = blocks[place + 1][0].start if place + 1 < len(blocks) else len(self.sheet.rows)
            yield self._list(block, end, edges[place])

    def _take_edge(self, row: int, blocks: Sequence[Sequence[_Table]], edges: Sequence[dict[str, str]]) -> None:
        """Put down what a line says: between two lists the foot belongs to the upper, the head to the lower."""
        below = next((place for place, block in enumerate(blocks) if row < block[0].start), len(blocks))
        for field, value in self.edges.fields_of(line_of(self._texts(row))).items():
            is_foot = field in self.edges.feet
            place = max(0, below - 1) if is_foot else min(below, len(blocks) - 1)
            if not edges[place].get(field):
                edges[place][field] = value

    def _list(self, block: Sequence[_Table], end: int, edges: Mapping[str, str]) -> HandFilledList:
        rows: list[ListRow] = []
        unread: list[int] = []
        for first, last, columns in self._parts(block, end):
            self._read_rows(first, last, columns, rows, unread)
        columns = block[0].columns
        return HandFilledList(
            self.sheet.name,
            {field: text for field, text in edges.items() if field in self.edges.heads},
            {field: text for field, text in edges.items() if field in self.edges.feet},
            tuple(rows),
            tuple(c.header for c in self.layout.columns if c.field not in columns and c.field not in _DISPENSABLE),
            block[0].left_out,
            tuple(unread),
        )

    def _parts(self, block: Sequence[_Table], end: int) -> Iterator[tuple[int, int, Mapping[str, int]]]:
        for place, table in enumerate(block):
            yield table.end, block[place + 1].start if place + 1 < len(block) else end, table.columns

    def _read_rows(
        self, first: int, last: int, columns: Mapping[str, int], rows: list[ListRow], unread: list[int]
    ) -> None:
        """The rows of one stretch of the table; what holds something below its end is told, not read."""
        is_over, empty = False, 0
        for row in range(first, last):
            texts = self._texts(row)
            if not texts:
                # A row that a merged range only passes through belongs to the row where the range begins.
                empty += all(cell is None for cell in self.sheet.rows[row])
                continue
            is_over = is_over or (bool(rows) and empty >= _EMPTY_STRETCH)
            empty = 0
            values = {field: self._value(row, at) for field, at in columns.items()}
            if _is_number(values.get(_ROW_NUMBER)):
                is_row = not self._is_section(row, columns)
            elif self._is_end(row) or self._is_edge(row):
                is_over, is_row = True, False
            else:
                is_row = not self._is_note(texts, row, columns)
            if not is_row or not self._has_own(row, columns):
                continue
            if is_over:
                unread += [row + 1] if len(texts) > 1 else []
            else:
                rows.append(ListRow(row + 1, values))

    def _value(self, row: int, at: int) -> CellValue:
        cells = self.sheet.rows[row]
        value = cells[at] if at < len(cells) else None
        return None if isinstance(value, str) and not value.strip() else value

    def _is_own(self, row: int, at: int) -> bool:
        """Whether what a cell holds stands in it, and is not filled in from a merged range that begins elsewhere."""
        spans = self.covered.get(row, ())
        return all(not left <= at <= right or (is_first and at == left) for left, right, is_first in spans)

    def _texts(self, row: int) -> list[str]:
        """What the cells of a row hold, blank ones left out, a merged range once."""
        own = (plain_text(cell) for at, cell in enumerate(self.sheet.rows[row]) if self._is_own(row, at))
        return [text for text in own if text]

    def _has_own(self, row: int, columns: Mapping[str, int]) -> bool:
        """Whether a row says more than its number; a row made tall by merging two says it once."""
        return any(
            self._value(row, at) is not None and not self._is_from_above(row, at)
            for field, at in columns.items()
            if field != _ROW_NUMBER
        )

    def _is_from_above(self, row: int, at: int) -> bool:
        return any(left <= at <= right and not is_first for left, right, is_first in self.covered.get(row, ()))

    def _is_edge(self, row: int) -> bool:
        texts = self._texts(row)
        return bool(texts) and self.edges.begins_line(line_of(texts))

    def _is_end(self, row: int) -> bool:
        texts = self._texts(row)
        return bool(texts) and (is_total(texts[0]) or is_outside_line(texts[0]))

    def _is_note(self, texts: Sequence[str], row: int, columns: Mapping[str, int]) -> bool:
        """Whether a row without a number is the title, or one sentence in the place of the number or right across."""
        if len(texts) != 1:
            return False
        if squeeze(texts[0]) in (squeeze(self.layout.title), squeeze(self.layout.annex)):
            return True
        number_at = columns.get(_ROW_NUMBER)
        if number_at is not None:
            return self._value(row, number_at) is not None
        return self._is_section(row, columns)

    def _is_section(self, row: int, columns: Mapping[str, int]) -> bool:
        """Whether a row holds one sentence merged over all columns: 一、走流程坐窗口; 本季度没有发现问题."""
        places = sorted(at for field, at in columns.items() if field != _ROW_NUMBER)
        spans = self.covered.get(row, ())
        return len(places) > 1 and any(left <= places[0] and places[-1] <= right for left, right, _ in spans)


def _covered(sheet: ForeignSheet) -> dict[int, list[tuple[int, int, bool]]]:
    """By row, the merged ranges that reach into it: first and last column, and whether they begin in it."""
    covered: dict[int, list[tuple[int, int, bool]]] = {}
    for (top, left), (bottom, right) in sheet.merges:
        for row in range(top, min(bottom + 1, len(sheet.rows))):
            covered.setdefault(row, []).append((left, right, row == top))
    return covered


def _is_number(value: CellValue) -> bool:
    """Whether a cell numbers its row, in whatever figures: 3, 3., （三）, ③."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(squeeze(value)) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
