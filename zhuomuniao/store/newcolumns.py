"""Columns added to a table that stands, directly right of everything its sheet holds.

The headers look like their neighbour, on grey; the cells below have the font and lines of the rows and the format
of their own type, so that a day written there is a day. Nothing that stands is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from zhuomuniao.errors import CannotPatchError, IntegrityError
from zhuomuniao.layouts import Column, Layout, match_columns
from zhuomuniao.sheetlook import screen_width
from zhuomuniao.store.alignment import KEY, KEY_CHECK, key_text
from zhuomuniao.store.cells import MAX_COLUMN, CellValue
from zhuomuniao.store.cellxml import Ink
from zhuomuniao.store.headers import header_texts, merged_areas
from zhuomuniao.store.newparts import append_child, spliced
from zhuomuniao.store.plan import Ground, survey
from zhuomuniao.store.proof import prove_part
from zhuomuniao.store.ranges import dimension_splices
from zhuomuniao.store.refs import Area, RowShift, area_of
from zhuomuniao.store.rows import Template, WrittenRow, amend_row
from zhuomuniao.store.sheetxml import Row, SheetXml, open_sheet
from zhuomuniao.store.strings import CellTexts
from zhuomuniao.store.xmlspans import Element, Splice, attribute_span, elements_of, number_in, splice_bytes
from zhuomuniao.texts import key_number

if TYPE_CHECKING:
    from zhuomuniao.store.bookparts import Book, SheetEntry
    from zhuomuniao.store.stylesheet import StyleSheet

HEAD_ROWS: Final = 12
"""A header stands in one of a sheet's first rows."""


class Table(Struct, frozen=True):
    """Where a layout's table stands: its sheet, the 1-based header row, field → 1-based column."""

    entry: SheetEntry
    header_row: int
    columns: Mapping[str, int]


class _Place(Struct, frozen=True):
    """Where new columns go and what they stand beside; columns and rows 1-based."""

    first: int
    columns: Sequence[Column]
    headers: Sequence[int]
    bodies: Sequence[int]
    whole: Sequence[int]
    header_row: int
    header_bottom: int
    last_row: int

    @property
    def last(self) -> int:
        return self.first + len(self.columns) - 1


def find_table(book: Book, layout: Layout) -> Table | None:
    """Where most of the layout's headers stand in one row, or ``None`` where there is not even one."""
    best: Table | None = None
    sheets = [s for s in book.sheets if s.is_worksheet]
    for entry in sorted(sheets, key=lambda s: s.name != layout.sheet):
        found = find_on_sheet(book, entry, layout)
        if found and (best is None or len(found.columns) > len(best.columns)):
            best = found
        if best is not None and len(best.columns) == len(layout.columns):
            break
    return best


def find_on_sheet(book: Book, entry: SheetEntry, layout: Layout) -> Table | None:
    """As :func:`find_table`, on one sheet; of rows that are equally good the highest."""
    best: Table | None = None
    sheet, texts = book.sheet_xml(entry), CellTexts(book)
    for index, number in enumerate(sheet.numbers[:HEAD_ROWS]):
        if number > HEAD_ROWS:
            break
        found = match_columns(layout, header_texts(sheet, index, texts))
        if found and (best is None or len(found) > len(best.columns)):
            best = Table(entry, number, {field: at + 1 for field, at in found.items()})
        if best is not None and len(best.columns) == len(layout.columns):
            break
    return best


def last_used_column(book: Book, entry: SheetEntry) -> int:
    """The last column in which the sheet holds a value, a formula, a merged cell or a part of a table; 0 for none."""
    sheet = book.sheet_xml(entry)
    texts = CellTexts(book)
    last = max((area.last_column for area in merged_areas(sheet)), default=0)
    for part in book.related(entry.part, "table"):
        area = area_of(elements_of(book.get(part), part=part)[0].attributes.get("ref", ""))
        last = max(last, area.last_column if area else 0)
    for index in range(len(sheet.numbers)):
        if sheet.holds_something(index):
            held = (c.column for c in sheet.row_at(index).cells if c.formula is not None or texts.text_of(c))
            last = max(last, *held, 0)
    return last


def add_columns(book: Book, table: Table, columns: Sequence[Column], styles: StyleSheet) -> int:
    """Put columns right of a table and answer the first one's 1-based number.

    编号(核对) gets the number of each row that has one. The formats are put into ``styles``; the caller writes
    them. Raises :class:`CannotPatchError` where the sheet has no room, :class:`IntegrityError` where the proof
    fails.
    """
    sheet = book.sheet_xml(table.entry)
    texts = CellTexts(book)
    place = _place(book, sheet, table, columns, styles, texts)
    ink = Ink(sheet.prefix, book.date1904, frozenset())
    splices: list[Splice] = []
    written: list[WrittenRow] = []
    for row in _rows_of(sheet, place):
        values, looks = _cells(row, place, table, texts)
        # A template would show a row that a filter hides.
        template = None if row.attributes.get("hidden") in ("1", "true", "on") else Template(None, looks)
        more, proof = amend_row(sheet, row, values, ink=ink, template=template)
        splices += more
        written.append(proof)
    area = Area(place.header_row, place.first, max(place.header_row, place.last_row), place.last)
    splices += dimension_splices(sheet, area, RowShift(0, 0))
    new = splice_bytes(sheet.part, splices)
    prove_part(sheet, new, splices, written)
    # Only now, so that the rows above need not be parsed once more.
    sheet = open_sheet(new, name=table.entry.name)
    outline = [*_width_splices(sheet, place), *_merge_splices(sheet, place)]
    new = spliced(new, outline, part=table.entry.part)
    if _tags(open_sheet(new, name=table.entry.name)) != _tags(sheet):
        raise IntegrityError(f"写后核对不符：工作表“{table.entry.name}”的结构变了", "台账未改动；请保留现场并报告")
    book.put(table.entry.part, new)
    return place.first


def rename_header(book: Book, table: Table, column: int, header: str) -> None:
    """Give the header cell of a column another text; its look stays."""
    sheet = book.sheet_xml(table.entry)
    row = sheet.row(table.header_row)
    if row is None:
        raise CannotPatchError(f"工作表“{table.entry.name}”没有第{table.header_row}行", "请用 WPS 打开核对表头")
    ink = Ink(sheet.prefix, book.date1904, frozenset())
    splices, written = amend_row(sheet, row, {column: header}, ink=ink)
    new = splice_bytes(sheet.part, splices)
    prove_part(sheet, new, splices, [written])
    book.put(table.entry.part, new)


def _tags(sheet: SheetXml) -> list[str]:
    return [e.tag for e in sheet.outline if e.tag not in ("cols", "col", "mergeCell")]


def _place(
    book: Book, sheet: SheetXml, table: Table, columns: Sequence[Column], styles: StyleSheet, texts: CellTexts
) -> _Place:
    first = last_used_column(book, table.entry) + 1
    if first + len(columns) - 1 > MAX_COLUMN:
        raise CannotPatchError(
            f"工作表“{table.entry.name}”右边没有空列可加", "请在 WPS 里按 Ctrl+End 找到最后一格，删去多余的列后再试"
        )
    merges = merged_areas(sheet)
    row = table.header_row
    bottom = max([row, *(a.last_row for a in merges for c in table.columns.values() if (row, c) in a)])
    standing = next(table.columns[f] for f in (KEY, "row_no", *table.columns) if f in table.columns)
    ground = survey(sheet, texts, header_row=row, key_column=standing)
    header = sheet.row(row)
    cells = [c for c in header.cells if texts.text_of(c).strip()] if header else []
    neighbour = cells[-1] if cells else None
    base = _body_style(sheet, ground, bottom, neighbour.column if neighbour else standing)
    header_style = styles.header_like(neighbour.style if neighbour else None)
    return _Place(
        first=first,
        columns=columns,
        headers=[header_style] * len(columns),
        bodies=[styles.body_like(base, column) for column in columns],
        whole=[styles.body_like(base, column, is_framed=False) for column in columns],
        header_row=row,
        header_bottom=bottom,
        last_row=max(ground.last, bottom),
    )


def _body_style(sheet: SheetXml, ground: Ground, bottom: int, column: int) -> int | None:
    """The commonest style of a column's last rows, or that of the first prepared row."""
    rows = list(ground.samples) or _prepared(sheet, bottom)
    votes = Counter(c.style for row in rows for c in row.cells if c.column == column)
    return votes.most_common(1)[0][0] if votes else None


def _prepared(sheet: SheetXml, bottom: int) -> list[Row]:
    """The first row below the header that has cells, which is the model of the first new row."""
    following = (sheet.row_at(i) for i, n in enumerate(sheet.numbers) if n > bottom)
    first = next((row for row in following if row.cells), None)
    return [first] if first else []


def _rows_of(sheet: SheetXml, place: _Place) -> list[Row]:
    """The rows that get cells: the header's, and those down to the last row of data, or the prepared one."""
    rows = [sheet.row_at(i) for i, n in enumerate(sheet.numbers) if place.header_row <= n <= place.last_row]
    kept = [row for row in rows if row.cells]
    return kept if place.last_row > place.header_bottom else [*kept, *_prepared(sheet, place.header_bottom)]


def _cells(row: Row, place: _Place, table: Table, texts: CellTexts) -> tuple[dict[int, CellValue], dict[int, int]]:
    """The values and the looks of a row's new cells."""
    numbers = range(place.first, place.last + 1)
    if row.number <= place.header_bottom:
        named = row.number == place.header_row
        values: dict[int, CellValue] = {
            n: column.header for n, column in zip(numbers, place.columns, strict=True) if named
        }
        return values, dict(zip(numbers, place.headers, strict=True))
    looks = dict(zip(numbers, place.bodies, strict=True))
    check = next((n for n, c in zip(numbers, place.columns, strict=True) if c.field == KEY_CHECK), 0)
    key = next((texts.text_of(c) for c in row.cells if c.column == table.columns.get(KEY)), "")
    number = key_number(key_text(key))
    return ({check: number} if check and number and row.number <= place.last_row else {}), looks


def _width_splices(sheet: SheetXml, place: _Place) -> list[Splice]:
    """The widths of the new columns; what stood for more columns at once is cut around them."""
    tag = f"{sheet.prefix}col"
    numbered = zip(range(place.first, place.last + 1), place.columns, place.whole, strict=True)
    new = [width_element(tag, n, column, style).encode() for n, column, style in numbered]
    groups = sheet.top_level("cols")
    if not groups:
        whole = f"<{tag}s>".encode() + b"".join(new) + f"</{tag}s>".encode()
        return [Splice(sheet.data_start, sheet.data_start, whole)]
    standing = [e for e in sheet.outline if e.tag == "col" and e.is_main]
    bounds = [tuple(number_in(e.attributes.get(b, "0"), part=sheet.name) for b in ("min", "max")) for e in standing]
    before = [e for e, (_, high) in zip(standing, bounds, strict=True) if high < place.first]
    across = [(e, b) for e, b in zip(standing, bounds, strict=True) if b[1] >= place.first and b[0] <= place.last]
    if not across:
        if not before:
            return (
                [append_child(sheet.part, groups[0], b"".join(new))]
                if not standing
                else [Splice(standing[0].start, standing[0].start, b"".join(new))]
            )
        return [Splice(before[-1].end, before[-1].end, b"".join(new))]
    left = [_cut(sheet.part, e, "max", place.first - 1) for e, (low, _) in across if low < place.first]
    right = [_cut(sheet.part, e, "min", place.last + 1) for e, (_, high) in across if high > place.last]
    return [Splice(across[0][0].start, across[-1][0].end, b"".join([*left, *new, *right]))]


def width_element(tag: str, number: int, column: Column, style: int) -> str:
    """The ``col`` element of a column of ours: its width, the style of its cells, whether it is hidden."""
    hidden = ' hidden="1"' if column.is_hidden else ""
    width = f'width="{screen_width(column):g}" style="{style}" customWidth="1"'
    return f'<{tag} min="{number}" max="{number}" {width}{hidden}/>'


def _cut(part: bytes, element: Element, bound: str, column: int) -> bytes:
    first, last = attribute_span(part, element, bound)
    return part[element.start : first] + str(column).encode() + part[last : element.end]


def _merge_splices(sheet: SheetXml, place: _Place) -> list[Splice]:
    """Where the header's cells are merged over several rows, so are the new ones."""
    groups = sheet.top_level("mergeCells")
    if place.header_bottom == place.header_row or not groups:
        return []
    areas = [Area(place.header_row, n, place.header_bottom, n).text() for n in range(place.first, place.last + 1)]
    new = "".join(f'<{sheet.prefix}mergeCell ref="{area}"/>' for area in areas)
    splices = [append_child(sheet.part, groups[0], new.encode())]
    if "count" in groups[0].attributes:
        first, last = attribute_span(sheet.part, groups[0], "count")
        count = number_in(groups[0].attributes["count"], part=sheet.name) + len(areas)
        splices.append(Splice(first, last, str(count).encode()))
    return splices
