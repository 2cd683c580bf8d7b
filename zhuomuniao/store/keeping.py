"""What a writer leaves for the next command: the rows that were kept of the book before, and those it touched.

The touched rows are read out of the new bytes by the reader that everybody uses, so that what is kept is what would
be read. Where anything is unusual nothing is kept, and the next command reads the whole book.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from zhuomuniao.errors import ZmnError
from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.store.alignment import KEY, KEY_CHECK, number_in
from zhuomuniao.store.reader import SheetReader
from zhuomuniao.store.rowcache import KeptRow
from zhuomuniao.store.usualrows import grown_rows, usual_rows
from zhuomuniao.store.zipcopy import replace_members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zhuomuniao.store.cells import CellValue
    from zhuomuniao.store.patch import PatchedBook
    from zhuomuniao.store.reading import BookReading, Line
    from zhuomuniao.store.rowcache import KeptBook

# In the text of a cell every < is escaped: this is a tag wherever it stands.
_REFERENCE: Final = re.compile(rb'(<row r="|<c r="[A-Z]{1,3})[0-9]+"')
_OPENING: Final = re.compile(rb"<(?:row|c)\b")
_BODY: Final = b"<sheetData>"
_ROW_END: Final = b"</row>"
_MOST_TOUCHED: Final = 2000
"""Rows beyond which reading the whole book anew costs hardly more."""


def keep_written(before: BookReading, patched: PatchedBook, numbers: Sequence[str], after: KeptBook) -> None:
    """Make of what is kept of a book what is to be kept of its new bytes; ``numbers`` were written into them."""
    # Every sheet that was written has just been proved, whole or on top of an earlier proof.
    facts: dict[str, Any] = {
        "sound": {part: [rows.start, rows.stop] for part, rows in _sound_after(before, patched)},
        "drawn": {
            pattern: sorted({*known, *(number for number in numbers if re.fullmatch(pattern, number))})
            for pattern, known in (before.kept.fact("drawn") or {}).items()
        },
    }
    rows = _touched_rows(before, patched)
    if rows is None or not before.kept.move_on(after, rows, facts):
        after.keep_facts(facts)


def _sound_after(before: BookReading, patched: PatchedBook) -> Iterator[tuple[str, range]]:
    """The parts that are known to be sound now, with their rows."""
    known = before.sound
    for sheet in before.opened.book.sheets:
        new, rows = patched.parts.get(sheet.part), known.get(sheet.part)
        if new is not None and sheet.is_worksheet:
            stand = rows if sheet.name not in patched.moved_sheets else None
            rows = grown_rows(new, stand) if stand else usual_rows(new)
        if rows is not None:
            yield sheet.part, rows


def _touched_rows(before: BookReading, patched: PatchedBook) -> dict[str, list[KeptRow]] | None:
    """The touched rows of each sheet that is kept; ``None`` where that does not tell all that changed in them."""
    kept = [layout for layout in before.shape.layouts if before.kept.fact(layout.id)]
    by_sheet = {before.head(layout).sheet: layout for layout in kept}
    touched = {sheet: sorted(numbers) for sheet, numbers in patched.touched.items() if sheet in by_sheet and numbers}
    if not kept or patched.moved_sheets & set(by_sheet) or sum(map(len, touched.values())) > _MOST_TOUCHED:
        return None
    widths = {sheet: max(before.head(layout).columns.values()) for sheet, layout in by_sheet.items()}
    cells = _read_touched(before, patched, touched, widths)
    if cells is None:
        return None
    rows: dict[str, list[KeptRow]] = {}
    for sheet, layout in by_sheet.items():
        new, appended = cells.get(sheet, ()), frozenset(patched.appended_rows.get(sheet, ()))
        if layout is LOG_LAYOUT:
            if any(number not in appended for number, _ in new):
                return None
            rows[layout.id] = [KeptRow(number, "", number, values, rests=True) for number, values in new]
            continue
        found = [_row_of(before, layout, n, values, is_new=n in appended) for n, values in new]
        rows[layout.id] = [row for row in found if row is not None]
        if len(rows[layout.id]) < len(found):
            return None
    return rows


def _row_of(
    before: BookReading, layout: Layout, number: int, cells: Sequence[CellValue], *, is_new: bool
) -> KeptRow | None:
    """A touched row as it is to be kept; ``None`` where whose it is takes a look at the others."""
    columns = before.head(layout).columns
    key = number_in(cells[columns[KEY] - 1])
    check = number_in(cells[columns[KEY_CHECK] - 1]) if KEY_CHECK in columns else key
    if not key or check not in ("", key):
        return None
    if is_new:
        if number <= before.kept.last_row(layout.id):
            return None
    else:
        standing = before.kept.row(layout.id, number)
        if standing is None or standing.key != key or standing.own_number != number:
            return None
    return KeptRow(number, key, number, [cells[column - 1] for column in columns.values()])


def _read_touched(
    before: BookReading,
    patched: PatchedBook,
    touched: Mapping[str, Sequence[int]],
    widths: Mapping[str, int],
) -> dict[str, list[Line]] | None:
    """The cells of the touched rows by sheet, as the reader reads them out of a book that has no other rows."""
    book = before.opened.book
    small: dict[str, bytes] = {}
    for sheet, numbers in touched.items():
        part = book.sheet(sheet).part
        if part not in patched.parts:
            # What was to be written stood there already.
            continue
        if (alone := _rows_alone(patched.parts[part], numbers)) is None:
            return None
        small[part] = alone
    if not small:
        return {}
    written = {sheet: numbers for sheet, numbers in touched.items() if book.sheet(sheet).part in small}
    found: dict[str, list[Line]] = {}
    try:
        reader = SheetReader(replace_members(book.archive, small), name=before.name)
        # The other parts are the bytes that the book had before.
        reader.book.check_streams(known=book.archive.members.keys() - small.keys())
        for sheet, numbers in written.items():
            width = widths[sheet]
            read = zip(numbers, reader.values(sheet), strict=True)
            found[sheet] = [(number, [*cells, *[None] * (width - len(cells))]) for number, cells in read]
    except (ZmnError, ValueError):
        return None
    return found


def _rows_alone(part: bytes, numbers: Sequence[int]) -> bytes | None:
    """A sheet's part with these rows only, numbered from 1; ``None`` where rows are written in another way."""
    begin, end = part.find(_BODY), part.rfind(b"</sheetData>")
    if not 0 <= begin < end:
        return None
    rows = []
    # The last rows are touched most often, and the search for the first of them begins at the end.
    at = part.rfind(b'<row r="%d"' % numbers[0], begin, end)
    for place, number in enumerate(numbers, start=1):
        at = part.find(b'<row r="%d"' % number, max(at, begin), end)
        close = part.find(_ROW_END, at, end) if at >= 0 else -1
        if close < 0:
            return None
        row, count = _REFERENCE.subn(rb'\g<1>%d"' % place, part[at : close + len(_ROW_END)])
        tags = _OPENING.findall(row)
        if count != len(tags) or tags.count(b"<row") != 1:
            return None
        rows.append(row)
        at = close
    return part[: begin + len(_BODY)] + b"".join(rows) + part[end:]
