"""Writing to books, one operation at a time: lock, recovery, intent, patch, proof, swap, done."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from zhuomuniao.errors import BookOpenError, CannotWriteError, IntegrityError, UnreadableFileError, reason_of
from zhuomuniao.model import Saved
from zhuomuniao.store.cells import CellValue
from zhuomuniao.store.create import create_book
from zhuomuniao.store.entry import Entry, operation_id
from zhuomuniao.store.journal import DONE, DROPPED, QUEUED, READ, Journal
from zhuomuniao.store.lock import workspace_lock
from zhuomuniao.store.outbox import Outbox
from zhuomuniao.store.owner import Owner, find_owner
from zhuomuniao.store.reading import BookReading, BookShape, key_text
from zhuomuniao.store.stage import make_folder, remove_leftovers, write_durably

_SECOND_LOOK_SECONDS = 0.4
_WROTE = re.compile(rb'"wrote":"([^"\n]+)"')


@dataclass(frozen=True, slots=True)
class Written:
    """How an operation ended: in the book at these rows, or in the outbox because ``owner`` has it open."""

    saved: Saved
    revision: int
    rows: Mapping[str, int]
    owner: Owner | None = None


class Store:
    """All books of one workspace, its journal and its outbox.

    ``shapes`` tells, by ledger id, what each ledger's book is.
    """

    def __init__(self, root: Path, state_folder: Path, shapes: Mapping[str, BookShape]) -> None:
        self.root = root
        self.state_folder = state_folder
        self.shapes = shapes
        self.journal = Journal(state_folder)
        self.outbox = Outbox(state_folder)

    def read(self, book: str, ledger: str) -> BookReading:
        """A look at a book, all bytes at once. Raises :class:`UnreadableFileError`."""
        reading = self._look(book, ledger)
        try:
            reading.open()
        except UnreadableFileError:
            # Another program may be in the middle of saving it: a half-saved zip is read twice.
            time.sleep(_SECOND_LOOK_SECONDS)
            reading = self._look(book, ledger)
            reading.open()
        return reading

    def missing_books(self) -> tuple[str, ...]:
        """Books that zmn has written to and that are not in their place any more."""
        written = self.journal.texts_matching(_WROTE)
        return tuple(sorted(book for book in written if not (self.root / book).exists()))

    @property
    def has_unsettled(self) -> bool:
        """Whether entries wait, or a crash left one half done: cheap to ask before every look."""
        return bool(self.outbox.entries()) or self.journal.unfinished() is not None

    def contradictions(self, ledger: str) -> tuple[tuple[Entry, str], ...]:
        """Waiting entries of a ledger that their book, as it is now, contradicts, each with the reason."""
        found = []
        for entry in self.outbox.entries():
            is_other = entry.ledger != ledger or not (self.root / entry.book).exists()
            if is_other or find_owner(self.root / entry.book):
                continue
            reading = self.read(entry.book, entry.ledger)
            reason = None if stands_in(reading, entry) else contradiction(reading, entry)
            if reason:
                found.append((entry, reason))
        return tuple(found)

    def _look(self, book: str, ledger: str) -> BookReading:
        path = self.root / book
        try:
            data = path.read_bytes()
        except PermissionError as error:
            raise BookOpenError(f"“{path.name}”正被别的程序占用，读不出来", "请关闭后再试") from error
        except OSError as error:
            raise UnreadableFileError(f"读不了“{path.name}”：{reason_of(error)}", "请检查文件和共享盘") from error
        return BookReading(data, self.shapes[ledger], name=path.name)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """Hold the lock; finish what a crash left; put waiting entries into books that are shut again."""
        with workspace_lock(self.state_folder):
            writing = Writing(self)
            writing.recover()
            writing.replay_outbox()
            yield writing

    def record_reading(self, at: datetime, payload: Mapping[str, str]) -> None:
        """Journal that somebody looked at unmasked personal data (``--full``).

        What a crash left is settled first: recovery looks at the journal's tail only, which these lines lengthen.
        """
        with self.writing():
            self.journal.append(READ, at, dict(payload))


class Writing:
    """What may be done while the lock is held."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settled: list[str] = []
        """Numbers of earlier operations that were put into their book just now."""
        self._readings: dict[str, BookReading] = {}

    def reading(self, book: str, ledger: str) -> BookReading | None:
        """The book as it is now, or ``None`` when there is none yet."""
        if book not in self._readings:
            if not (self.store.root / book).exists():
                return None
            self._readings[book] = self.store.read(book, ledger)
        return self._readings[book]

    def next_operation_id(self, on: date, place: int = 0) -> str:
        """The id of the operation about to be written, or of the ``place``-th after it."""
        return operation_id(on, self.store.journal.revision + 1 + place)

    def numbers_ever_drawn(self, book: str, ledger: str, literal: str, pattern: str) -> set[str]:
        """Every number of this pattern in rows, 流转记录, journal and outbox: none may be drawn again.

        ``pattern`` is a regular expression for one whole number, ``literal`` a part that each of them has. Only
        keys are looked at: a work order's number in somebody's note is no number of ours.
        """
        drawn = self.store.journal.texts_matching(re.compile(b'"key":"(' + pattern.encode() + b')"'))
        drawn |= {no for entry in self.store.outbox.entries() for no in entry.case_nos if literal in no}
        reading = self.reading(book, ledger)
        if reading is not None:
            for layout in reading.shape.layouts:
                drawn |= reading.keys_matching(layout, literal, pattern)
        return drawn

    def plan(self, entry: Entry) -> None:
        """Try an entry without writing it. Raises what writing would raise for its contents."""
        reading = self.reading(entry.book, entry.ledger)
        (reading or self._new_book(entry)).apply(entry)

    def write(self, entry: Entry) -> Written:
        """Write an entry, or keep it in the outbox when somebody has the book open.

        Raises :class:`CannotWriteError` and its kin; then neither the book nor the outbox has changed.
        """
        path = self.store.root / entry.book
        owner = find_owner(path)
        is_behind = any(set(e.case_nos) & set(entry.case_nos) for e in self.store.outbox.entries())
        if owner or is_behind:
            return self._queue(entry, owner)
        try:
            return self._commit(entry)
        except BookOpenError as error:
            return self._queue(entry, find_owner(path) or Owner(str(error.facts.get("program", "别的程序")), ""))

    def recover(self) -> None:
        """Settle the operation a crash may have left: done, applied once, or kept waiting."""
        unfinished = self.store.journal.unfinished()
        if unfinished is None:
            return
        entry, before = unfinished
        remove_leftovers((self.store.root / entry.book).parent)
        reading = self.reading(entry.book, entry.ledger)
        if reading is not None and stands_in(reading, entry):
            self.store.journal.append(DONE, entry.recorded_at, _done(entry, reading.hash))
        elif (reading.hash if reading else "") != before or find_owner(self.store.root / entry.book):
            self._queue(entry, None)
        else:
            try:
                self._commit(entry, is_repeat=True)
                self.settled += entry.case_nos
            except BookOpenError:
                self._queue(entry, None)

    def replay_outbox(self) -> None:
        """Put waiting entries into their books, in operation order; a shut book blocks only itself."""
        blocked: set[str] = set()
        for entry in self.store.outbox.entries():
            if entry.book in blocked:
                continue
            if find_owner(self.store.root / entry.book):
                blocked.add(entry.book)
                continue
            reading = self.reading(entry.book, entry.ledger)
            try:
                if reading is None or not stands_in(reading, entry):
                    if reading is not None and contradiction(reading, entry):
                        # It waits for a person: never renumbered, never dropped, and nothing is overwritten.
                        blocked.add(entry.book)
                        continue
                    self._commit(entry)
                    self.settled += entry.case_nos
            except (BookOpenError, IntegrityError, CannotWriteError, UnreadableFileError):
                # It keeps waiting, and nothing of this book may overtake it.
                blocked.add(entry.book)
                continue
            self.store.outbox.remove(entry)

    def _commit(self, entry: Entry, *, is_repeat: bool = False) -> Written:
        path = self.store.root / entry.book
        reading = self.reading(entry.book, entry.ledger)
        shape = self.store.shapes[entry.ledger]
        before = reading.hash if reading else ""
        if reading is None:
            reading = self._new_book(entry)
            make_folder(path.parent)
        patched = reading.apply(entry)
        after = sha256(patched.data).hexdigest()
        line = None if is_repeat else self.store.journal.write_intent(entry, before=before, after=after)
        revision = line.n if line else self.store.journal.revision
        try:
            write_durably(path, patched.data, last_look=lambda: _last_look(path, before))
        except (BookOpenError, CannotWriteError):
            if not is_repeat:
                # The intent must not be taken up again: the caller hears that nothing was written.
                self.store.journal.append(DROPPED, entry.recorded_at, {"op": entry.op_id, "book": entry.book})
            raise
        self.store.journal.append(DONE, entry.recorded_at, _done(entry, after))
        self._readings.pop(entry.book, None)
        sheet = reading.head(shape.layout).sheet
        appended = [c.key for c in entry.changes if c.sheet == shape.layout.sheet and c.is_new_row]
        rows = dict(zip(appended, patched.appended_rows.get(sheet, ()), strict=True))
        return Written(Saved.WRITTEN, revision, rows)

    def _queue(self, entry: Entry, owner: Owner | None) -> Written:
        line = self.store.journal.append(
            QUEUED,
            entry.recorded_at,
            {"op": entry.op_id, "book": entry.book, "cases": [{"key": no} for no in entry.case_nos]},
        )
        self.store.outbox.put(entry)
        return Written(Saved.QUEUED, line.n, {}, owner)

    def _new_book(self, entry: Entry) -> BookReading:
        """An empty book for an entry whose year has none. Raises :class:`IntegrityError` where one is lost."""
        if entry.book in self.store.missing_books():
            raise IntegrityError(
                f"台账“{entry.book}”不见了：以前登记过，现在文件不在原处",
                "请先把文件放回原处（可能被移走、改名或删除，可从回收站或备份找回）；没有写入任何内容",
            )
        shape = self.store.shapes[entry.ledger]
        empty = create_book(shape.layout, choices=shape.choices, stamp=shape.stamp)
        return BookReading(empty, shape, name=(self.store.root / entry.book).name)


def stands_in(reading: BookReading, entry: Entry) -> bool:
    """Whether the book already holds the entry, by its operation id in 流转记录."""
    pattern = re.compile(b">(" + re.escape(entry.op_id).encode() + b")<")
    return bool(reading.texts_matching(pattern))


def contradiction(reading: BookReading, entry: Entry) -> str | None:
    """Why an entry no longer fits its book: a number taken, a row gone, a cell changed meanwhile; else ``None``."""
    layout = reading.shape.layout
    rows = {key_text(row.values["case_no"]): row.values for row in reading.rows(layout)}
    for change in entry.changes:
        if change.sheet != layout.sheet:
            continue
        row = rows.get(change.key)
        if change.before is None:
            if row is not None:
                return f"编号 {change.key} 已经被别的行用了"
            continue
        if row is None:
            return f"编号 {change.key} 的行不见了"
        for field, meant in change.before.items():
            column = layout.column(field)
            if column and field in row and not _is_same(row[field], meant):
                return f"编号 {change.key} 的“{column.header}”已被改成别的内容"
    return None


def _is_same(found: CellValue, meant: CellValue) -> bool:
    """Whether a cell still holds a value, however the last program wrote it down."""

    def plain(value: CellValue) -> str:
        if isinstance(value, datetime):
            return value.isoformat(timespec="minutes").removesuffix("T00:00")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value).strip()

    return plain(found) == plain(meant)


def _done(entry: Entry, after: str) -> dict[str, str]:
    return {"op": entry.op_id, "wrote": entry.book, "after": after}


def _last_look(path: Path, before: str) -> None:
    """Just before the swap: nobody opened the book and its bytes are those we read."""
    owner = find_owner(path)
    if owner:
        raise BookOpenError(f"台账正被 {owner} 打开", "请关闭后再试", program=owner.program)
    now = sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    if now != before:
        raise BookOpenError("写入的同时台账被别的程序保存过", "内容已留待补写", program="别的程序")
