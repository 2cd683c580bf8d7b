"""The lossless writer: bytes of a book in, bytes of a book out, only the rows concerned spliced.

Everything that zmn does not understand in an office's book (stamps, controls, sparklines, WPS images)
survives because it is never parsed and never written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao.errors import BadValueError
from zhuomuniao.intake import require_xlsx
from zhuomuniao.store.bookparts import Book, SheetEntry, open_book
from zhuomuniao.store.cells import MAX_COLUMN, MAX_ROW, CellValue
from zhuomuniao.store.cellxml import Ink
from zhuomuniao.store.headers import merged_areas
from zhuomuniao.store.obstacles import refuse_obstacles
from zhuomuniao.store.plan import Ground, place, survey
from zhuomuniao.store.proof import NewRowProof, prove_moved_rows, prove_part
from zhuomuniao.store.ranges import (
    dimension_splices,
    follow_names,
    follow_tables,
    lowest_total_row,
    outline_splices,
)
from zhuomuniao.store.refs import Area, RowShift
from zhuomuniao.store.rows import RowPen, Template, WrittenRow, amend_row, template_of
from zhuomuniao.store.shift import formula_splices, move_calc_chain, move_other_sheets, renumbering_splices
from zhuomuniao.store.strings import CellTexts
from zhuomuniao.store.styles import date_styles
from zhuomuniao.store.xmlspans import Splice, splice_bytes
from zhuomuniao.store.zipcopy import prove_replaced, replace_members

if TYPE_CHECKING:
    from zhuomuniao.store.sheetxml import SheetXml


class SheetPatch(Struct, frozen=True):
    """What to write into one sheet.

    ``sheet`` is the name the clerk sees; ``header_row`` the last header row (1-based); a row below it with
    a value in ``key_column`` (1-based) is a data row. ``amends`` maps row → column → value (None empties
    the cell, its style stays); ``appends`` are new rows, column → value. Amended rows are counted as they
    stand before the patch. ``heights`` (amended row → points) and ``append_heights`` (one for each append)
    say how high a row has to be for its text; without them rows keep what they have.
    """

    sheet: str
    header_row: int
    key_column: int
    amends: Mapping[int, Mapping[int, CellValue]] = field(default_factory=dict)
    appends: Sequence[Mapping[int, CellValue]] = ()
    heights: Mapping[int, float] = field(default_factory=dict)
    append_heights: Sequence[float] = ()


class PatchedBook(Struct, frozen=True):
    """The new bytes, the rows given to the appends of each sheet, every row that was written of it, the sheets of
    which rows moved down, and the changed parts in the order of the archive.
    """

    data: bytes
    appended_rows: Mapping[str, tuple[int, ...]]
    touched: Mapping[str, frozenset[int]]
    moved_sheets: frozenset[str]
    parts: Mapping[str, bytes]

    @property
    def changed_parts(self) -> tuple[str, ...]:
        """The names of the changed parts."""
        return tuple(self.parts)


def patch_book(data: bytes, patches: Sequence[SheetPatch], *, name: str, opened: Book | None = None) -> PatchedBook:
    """Answer the book with the patches written, proved to differ in nothing else.

    ``opened`` is the same book where a caller has looked into it already; it is not changed.

    ``name`` is the file name for messages. Raises :class:`UnreadableFileError` (not a safe .xlsx),
    :class:`CannotPatchError` (something in the way, named), :class:`BadValueError` (a value no cell can
    hold) and :class:`IntegrityError` (the proof failed); in every case nothing was written anywhere.
    """
    book = opened.fork() if opened else open_book(require_xlsx(data, name=name))
    archive = book.archive
    texts = CellTexts(book)
    ink = _ink_without_prefix(book)
    rows: dict[str, tuple[int, ...]] = {}
    touched: dict[str, frozenset[int]] = {}
    moved: set[str] = set()
    for patch in patches:
        _check_patch(patch)
        entry = book.sheet(patch.sheet)
        if entry.part not in book.changed:
            book.sheet_xml(entry).require_cells_in_their_rows()
        if patch.amends:
            _amend(book, entry, patch, ink)
        if patch.appends:
            given, has_moved = _append(book, entry, patch, ink, texts)
            rows[patch.sheet] = rows.get(patch.sheet, ()) + given
            if has_moved:
                moved.add(patch.sheet)
        touched[patch.sheet] = touched.get(patch.sheet, frozenset()).union(patch.amends, rows.get(patch.sheet, ()))
        # The old bytes of a big sheet are no more needed beside the new ones.
        book.forget(entry.part)
    if not book.changed:
        return PatchedBook(data, rows, {}, frozenset(), {})
    after = replace_members(archive, book.changed)
    prove_replaced(archive, after, book.changed)
    parts = {name: book.changed[name] for name in archive.members if name in book.changed}
    return PatchedBook(after, rows, touched, frozenset(moved), parts)


def _check_patch(patch: SheetPatch) -> None:
    columns = {patch.key_column}.union(*patch.amends.values())
    keyless = False
    for values in patch.appends:
        columns.update(values)
        keyless = keyless or values.get(patch.key_column) in (None, "")
    numbers = [*patch.amends, patch.header_row + 1]
    if any(not 1 <= c <= MAX_COLUMN for c in columns) or any(not 1 <= r <= MAX_ROW for r in numbers):
        raise BadValueError(f"工作表“{patch.sheet}”的行号或列号超出表格范围", "请核对表头位置")
    if keyless:
        raise BadValueError(f"工作表“{patch.sheet}”的新行没有编号", "请先取号再写入")


def _ink_without_prefix(book: Book) -> Ink:
    parts = [p for p in book.related(book.workbook_part, "styles") if book.has(p)]
    dates = date_styles(book.get(parts[0]), part=parts[0]) if parts else frozenset()
    return Ink("", book.date1904, dates)


def _amend(book: Book, entry: SheetEntry, patch: SheetPatch, ink: Ink) -> None:
    sheet = book.sheet_xml(entry)
    ink = replace(ink, prefix=sheet.prefix)
    splices: list[Splice] = []
    written: list[WrittenRow] = []
    fresh: list[tuple[int, Mapping[int, CellValue]]] = []
    for number, values in sorted(patch.amends.items()):
        row = sheet.row(number)
        if row is None:
            if any(v is not None for v in values.values()):
                fresh.append((number, values))
            continue
        more, proof = amend_row(sheet, row, values, ink=ink, height=patch.heights.get(number))
        splices += more
        written.append(proof)
    rows = _new_rows(sheet, fresh, ink=ink, template=Template(None, {}), heights=patch.heights)
    splices += rows.splices
    area = _touched(written, rows)
    if area is not None:
        splices += dimension_splices(sheet, area, RowShift(0, 0))
    _finish(book, entry, sheet, splices, written)


def _append(
    book: Book, entry: SheetEntry, patch: SheetPatch, ink: Ink, texts: CellTexts
) -> tuple[tuple[int, ...], bool]:
    """Answer the rows given to the appends, and whether others moved down for them."""
    sheet = book.sheet_xml(entry)
    ink = replace(ink, prefix=sheet.prefix)
    ground = survey(sheet, texts, header_row=patch.header_row, key_column=patch.key_column)
    footer = _footer(book, entry, ground)
    placement = place(sheet, texts, ground, count=len(patch.appends), footer=footer)
    shift = RowShift(ground.last, placement.rows[-1], placement.at, placement.inserted)
    if shift.at:
        refuse_obstacles(book, entry, sheet, shift)
    template = template_of(sheet, ground.samples, header_row=patch.header_row)
    splices: list[Splice] = []
    written: list[WrittenRow] = []
    heights = dict(zip(placement.rows, patch.append_heights, strict=False))
    standing = {n: row for n in placement.filled if (row := sheet.row(n)) is not None}
    for at, number in enumerate(placement.rows):
        row = standing.get(number)
        if row is not None:
            values = {column: value for column, value in patch.appends[at].items() if value is not None}
            more, proof = amend_row(sheet, row, values, ink=ink, template=template, height=heights.get(number))
            splices += more
            written.append(proof)
    fresh = ((n, given) for n, given in zip(placement.rows, patch.appends, strict=True) if n not in standing)
    rows = _new_rows(sheet, fresh, ink=ink, template=template, heights=heights, before=placement.at)
    splices += rows.splices
    area = _touched(written, rows)
    if area is not None:
        splices += dimension_splices(sheet, area, shift)
    splices += outline_splices(sheet, shift, header_row=patch.header_row)
    moves = renumbering_splices(sheet, shift) if shift.at else []
    formulas: list[Splice] = []
    if footer:
        formulas = formula_splices(
            sheet, shift, moved_sheet=entry.name, header_row=patch.header_row, only_below=not shift.at
        )
    follow_names(book, entry, shift)
    follow_tables(book, entry, shift, key_column=patch.key_column, merges=merged_areas(sheet))
    _finish(book, entry, sheet, splices + moves + formulas, written)
    if shift.at:
        prove_moved_rows(sheet, book.get(entry.part), shift)
        move_other_sheets(book, entry, shift, header_row=patch.header_row)
        move_calc_chain(book, entry, shift)
    return placement.rows, bool(shift.at)


def _footer(book: Book, entry: SheetEntry, ground: Ground) -> int:
    total = lowest_total_row(book, entry, below=ground.last)
    return min(total, ground.footer) if total and ground.footer else total or ground.footer


class _NewRows(Struct, frozen=True):
    """New rows as splices, and the first and last row and column with cells in them."""

    splices: Sequence[Splice]
    rows: tuple[int, ...]
    columns: tuple[int, ...]


def _new_rows(
    sheet: SheetXml,
    fresh: Iterable[tuple[int, Mapping[int, CellValue]]],
    *,
    ink: Ink,
    template: Template,
    heights: Mapping[int, float],
    before: int = 0,
) -> _NewRows:
    """Answer the splices of rows that had no element yet; each goes before the next higher number.

    ``before`` is the row that moves down to make room (0: none moves). Each row is read back as soon as it is
    written, so that nothing but its bytes is kept of thousands.
    """
    splices: list[Splice] = []
    rows: list[int] = []
    columns: set[int] = set()
    pen, proof = RowPen(sheet, template, ink), NewRowProof(sheet)
    alone = sheet.body_start == sheet.data_end
    for number, values in fresh:
        index = bisect_left(sheet.numbers, min(number, before) if before else number)
        anchor = sheet.data_start if alone else sheet.row_end(index - 1) if index else sheet.body_start
        element, cells = pen.write(number, values, heights.get(number))
        proof.hold(element, number, cells)
        splices.append(Splice(anchor, anchor, element))
        if cells:
            rows.append(number)
            columns.update(cells)
    if alone and splices:
        # <sheetData/> has to be opened before rows can stand in it.
        tag = f"{sheet.prefix}sheetData"
        whole = f"<{tag}>".encode() + b"".join(s.new for s in splices) + f"</{tag}>".encode()
        splices = [Splice(sheet.data_start, sheet.data_end, whole)]
    return _NewRows(splices, (min(rows), max(rows)) if rows else (), (min(columns), max(columns)) if columns else ())


def _touched(written: Sequence[WrittenRow], new: _NewRows) -> Area | None:
    rows = [*new.rows, *(w.number for w in written if w.cells)]
    columns = [*new.columns, *(c for w in written for c in w.cells)]
    return Area(min(rows), min(columns), max(rows), max(columns)) if rows else None


def _finish(
    book: Book, entry: SheetEntry, sheet: SheetXml, splices: list[Splice], written: Sequence[WrittenRow]
) -> None:
    if not splices:
        return
    new = splice_bytes(sheet.part, splices)
    prove_part(sheet, new, splices, written)
    book.put(entry.part, new)
