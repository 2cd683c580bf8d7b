"""Outside edits: a person changed a book in WPS. Noticed, kept, told to the journal, handed to be settled.

A book whose owner file is still there is left for later: whoever has it open has not finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.errors import UnreadableFileError
from zhuomuniao.intake import read_regular
from zhuomuniao.layouts import LOG_LAYOUT, Layout
from zhuomuniao.model import BEIJING
from zhuomuniao.store.cells import CellValue, is_same_value
from zhuomuniao.store.difference import Difference, Sort, compare_books, torn_rows
from zhuomuniao.store.disputes import difference_json
from zhuomuniao.store.entry import Change, Entry, entry_from_json, serial_of
from zhuomuniao.store.history import bytes_before_edit
from zhuomuniao.store.journal import INTENT, OUTSIDE, book_hash
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.revisions import Why

if TYPE_CHECKING:
    from zhuomuniao.store.alignment import TableRow
    from zhuomuniao.store.books import Store
    from zhuomuniao.store.transaction import Writing


class Edit(Struct, frozen=True):
    """What people changed in one book since zmn last wrote it.

    ``overwritten`` are changes to write so that an old copy saved over the book takes nothing away (被旧稿覆盖);
    ``differences`` is all the rest; ``torn`` are rows whose halves stand apart (排序错位). ``revision`` is the
    edit's number in the journal; ``is_compared`` is false where the bytes before are lost.
    """

    book: str
    ledger: str
    revision: int
    reading: BookReading
    differences: tuple[Difference, ...] = ()
    overwritten: tuple[Change, ...] = ()
    torn: tuple[TableRow, ...] = ()
    is_compared: bool = True


SettleEdit = Callable[["Writing", Edit], bool]
"""What becomes of an edit: facts taken over, the rest disputed. Called under the lock; answers whether that is done,
or somebody has to mend the book first.
"""


def notice_edits(writing: Writing) -> None:
    """Look at every book that is shut; record and settle what people changed in it.

    A book that cannot be read is left as it is: whoever needs it is told. Raises :class:`CannotWriteError`.
    """
    store = writing.store
    found = store.find_books()
    if store.journal.revision == 0:
        _start_chain(writing, found)
    for book, ledger in found.items():
        path = store.root / book
        try:
            data = read_regular(path)
        except OSError:
            continue
        last = store.revisions.last(book)
        if data == last:
            continue
        if writing.owner_of(book):
            continue
        line = store.journal.state_of(book)
        digest = sha256(data).hexdigest()
        known = book_hash(line, book) if line else None
        if (known is None and last is None) or (known == digest and line is not None and line.kind != OUTSIDE):
            # A book that zmn has never written to, or a copy of it that a power cut took.
            store.revisions.set_last(book, data)
            continue
        with suppress(UnreadableFileError):
            _settle(writing, book, ledger, data, digest)


def _settle(writing: Writing, book: str, ledger: str, data: bytes, digest: str) -> None:
    store = writing.store
    last = store.revisions.last(book)
    before = _bytes_before(store, book, last, digest)
    reading = BookReading(data, store.shapes[ledger], name=(store.root / book).name)
    reading.check()
    differences: tuple[Difference, ...] = ()
    if before is not None:
        known = BookReading(before, store.shapes[ledger], name=book)
        differences = compare_books(known, reading, elder=_before_columns_went(store, book, known, reading))
    on, n = store.now.date(), store.journal.revision
    if before is not None:
        store.revisions.keep(book, before, n=n, on=on, why=Why.UNSEEN)
    store.revisions.keep(book, data, n=n + 1, on=on, why=Why.EDITED)
    line = store.journal.state_of(book)
    if line is None or line.kind != OUTSIDE or book_hash(line, book) != digest:
        payload = {
            "book": book,
            "ledger": ledger,
            "before": sha256(before).hexdigest() if before is not None else "",
            "after": digest,
            "saved_at": _saved_at(writing, book),
            "differences": [difference_json(d) for d in differences],
        }
        line = store.journal.append(OUTSIDE, store.now, payload)
    rest, overwritten = _overwritten_by_old_copy(writing, differences, reading)
    torn = tuple(row for layout in reading.tables for row in torn_rows(reading.rows(layout)))
    edit = Edit(book, ledger, line.n, reading, rest, overwritten, torn, before is not None)
    is_settled = store.settler is None or store.settler(writing, edit)
    if is_settled and store.revisions.last(book) == last:
        # Nothing was written: what was found is what is known from now on.
        store.revisions.set_last(book, data)
    writing.forget(book)


def _bytes_before(store: Store, book: str, last: bytes | None, digest: str) -> bytes | None:
    """What a book held when nothing of an edit was settled yet; ``None`` where that is lost."""
    line = store.journal.state_of(book)
    if line is not None and line.kind == OUTSIDE:
        # A crash came between the line and its settling: perhaps the book was edited once more since.
        before = line.payload["before"]
        if last is not None and sha256(last).hexdigest() == before:
            return last
        if book_hash(line, book) == digest:
            return store.revisions.find(book, before)
    return bytes_before_edit(store, book, last)


def _before_columns_went(store: Store, book: str, before: BookReading, after: BookReading) -> BookReading | None:
    """The newest kept copy that has the columns which ``before`` lacks and ``after`` has again; ``None`` where no
    column is back, or none is known to have been there.
    """
    back = _columns_back(before, after)
    for copy in reversed(store.revisions.copies(book) if back else ()):
        with suppress(UnreadableFileError, OSError):
            elder = BookReading(copy.path.read_bytes(), before.shape, name=book)
            if all(fields <= set(elder.head(layout).columns) for layout, fields in back if elder.has(layout)):
                return elder
    return None


def _columns_back(before: BookReading, after: BookReading) -> list[tuple[Layout, set[str]]]:
    """The fields by table whose columns one state lacks and the later one has."""
    both = [layout for layout in before.tables if after.has(layout)]
    found = ((x, {c.field for c in before.missing_columns(x)} & set(after.head(x).columns)) for x in both)
    return [(layout, fields) for layout, fields in found if fields]


def _overwritten_by_old_copy(
    writing: Writing, differences: Sequence[Difference], reading: BookReading
) -> tuple[tuple[Difference, ...], tuple[Change, ...]]:
    """What an old copy took away, as changes that bring it back; and the differences that are something else.

    A case is taken back by an old copy when lines of its log are gone and its row is gone too, or shows again what
    stood there before the operations of those lines. A row that those operations took away (撤销, a deletion that was
    adopted) and that is there again goes again.
    """
    gone = [d for d in differences if d.sort is Sort.LINE_GONE and not d.now and d.was.get("op_id")]
    if not gone:
        return tuple(differences), ()
    rows_gone = {d.key: d for d in differences if d.sort is Sort.ROW_GONE}
    # A row whose deletion is still disputed may come back any way it likes.
    missed = {d.key for d in writing.store.disputes.entries() if d.difference.sort is Sort.ROW_GONE}
    rows_back = {d.key: d for d in differences if d.sort is Sort.ROW_NEW and d.key not in missed}
    cells: dict[str, list[Difference]] = {}
    for d in differences:
        if d.sort is Sort.CELL:
            cells.setdefault(d.key, []).append(d)
    entries = _values_before(writing, {str(d.was["op_id"]) for d in gone})
    rows: list[Change] = []
    settled: list[Difference] = []
    for key in dict.fromkeys(d.key for d in gone):
        lines = [d for d in gone if d.key == key]
        reverted = [
            d
            for d in cells.get(key, ())
            if any(
                is_same_value(d.now[d.field], before.get(d.field))
                for line in lines
                if d.field in (before := entries.get((str(line.was["op_id"]), key), {}))
            )
        ]
        if key in rows_gone:
            rows.append(Change(rows_gone[key].sheet, key, _filled(rows_gone[key].was)))
            settled.append(rows_gone[key])
        elif key in rows_back:
            stands = _filled(rows_back[key].now)
            rows.append(Change(rows_back[key].sheet, key, dict.fromkeys(stands), stands))
            settled.append(rows_back[key])
        elif reverted:
            was = {d.field: d.was[d.field] for d in reverted}
            now = {d.field: d.now[d.field] for d in reverted}
            rows.append(Change(reverted[0].sheet, key, was, now))
            settled += reverted
        elif not _is_tail(lines, reading):
            continue
        settled += lines
    # In the order of the operations: 流转记录 grows at its end.
    lines_back = [Change(LOG_LAYOUT.sheet, d.key, _filled(d.was)) for d in gone if d in settled]
    return tuple(d for d in differences if d not in settled), (*rows, *lines_back)


def _is_tail(lines: Sequence[Difference], reading: BookReading) -> bool:
    """Whether lines that are gone were the last ones of the log: an old copy lacks the end, not the middle."""
    standing = [str(row.values.get("op_id") or "") for row in reading.rows(LOG_LAYOUT)]
    newest = max((op for op in standing if op), key=_serial, default="")
    return bool(newest) and all(_serial(str(d.was["op_id"])) > _serial(newest) for d in lines)


def _serial(op_id: str) -> tuple[int, str]:
    return (serial_of(op_id), op_id)


def _values_before(writing: Writing, op_ids: set[str]) -> dict[tuple[str, str], Mapping[str, CellValue]]:
    """What the cells held before each operation wrote them, by operation and case."""
    found: dict[tuple[str, str], Mapping[str, CellValue]] = {}
    for op in op_ids:
        entry = _entry_of(writing, op)
        for change in entry.changes if entry else ():
            if change.before is not None and change.sheet != LOG_LAYOUT.sheet:
                found[op, change.key] = change.before
        for undone in entry.undoes if entry else ():
            # Before it was taken back, the cells held what it had written.
            taken_back = _entry_of(writing, undone)
            for change in taken_back.changes if taken_back else ():
                if change.sheet != LOG_LAYOUT.sheet:
                    found[op, change.key] = change.values
    return found


def _entry_of(writing: Writing, op: str) -> Entry | None:
    """What an operation meant to write, by the journal."""
    for line in writing.store.journal.lines_holding(f'"{op}"'):
        if line.kind == INTENT and line.payload.get("op") == op:
            return entry_from_json(line.payload["entry"])
    return None


def _start_chain(writing: Writing, books: Mapping[str, str]) -> None:
    """Begin the journal anew beside books that an earlier one wrote, with numbers above theirs."""
    store = writing.store
    hashes: dict[str, str] = {}
    serials: list[int] = []
    for book, ledger in books.items():
        with suppress(UnreadableFileError, OSError):
            reading = store.read(book, ledger)
            lines = [str(row.values.get("op_id") or "") for row in reading.rows(LOG_LAYOUT)]
            if lines:
                hashes[book] = reading.hash
                serials += [serial_of(op) for op in lines]
    serials += [serial_of(entry.op_id) for entry in store.outbox.entries()]
    if serials:
        store.journal.start(store.now, above=max(serials), books=hashes)
        for book in hashes:
            store.revisions.forget_last(book)
        writing.notices.append(
            "没有找到以前的流水（.zmn 被删去或没有一起拷来），从现在起另记一本；"
            "编号照台账里最大的接着编，以前的历史查不到了"
        )


def _saved_at(writing: Writing, book: str) -> str:
    """When the file says it was saved, Beijing time."""
    stamp = (writing.store.root / book).stat().st_mtime
    return datetime.fromtimestamp(stamp, BEIJING).replace(tzinfo=None).isoformat(timespec="seconds")


def _filled(values: Mapping[str, CellValue]) -> dict[str, CellValue]:
    return {field: value for field, value in values.items() if value is not None}
