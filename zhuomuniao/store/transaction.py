"""Writing to books, one operation at a time: lock, recovery, intent, patch, proof, swap, done."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from zhuomuniao.errors import (
    BookOpenError,
    CannotWriteError,
    FaultError,
    IntegrityError,
    UnreadableFileError,
    reason_of,
)
from zhuomuniao.model import NumberSeries, Saved
from zhuomuniao.store.agreement import contradiction, stands_in
from zhuomuniao.store.create import create_book
from zhuomuniao.store.entry import Entry, operation_id
from zhuomuniao.store.journal import DONE, QUEUED, READ, Intent, Journal
from zhuomuniao.store.lock import workspace_lock
from zhuomuniao.store.outbox import Outbox
from zhuomuniao.store.owner import Owner, find_owner
from zhuomuniao.store.reading import BookReading, BookShape
from zhuomuniao.store.stage import make_folder, remove_leftovers, write_durably

_SECOND_LOOK_SECONDS = 0.4
_WROTE = re.compile(rb'"wrote":"([^"\n]+)"')
_KEEPS_WAITING = (BookOpenError, IntegrityError, CannotWriteError, UnreadableFileError)
"""What stops an earlier operation's entry at its book: it waits, and the other books go on."""


@dataclass(frozen=True, slots=True)
class Written:
    """How an operation ended: in the book at these rows, or in the outbox because ``owner`` has it open."""

    saved: Saved
    revision: int
    rows: Mapping[str, int]
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """An entry about to be recorded: the new bytes of its book, or ``None`` where it has to wait for ``owner``."""

    intent: Intent
    data: bytes | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
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
        return bool(self.outbox.entries()) or bool(self.journal.unfinished())

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

        What a crash left is settled first: recovery looks no further back than such a line.
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

    def numbers_ever_drawn(self, book: str, ledger: str, series: NumberSeries) -> set[str]:
        """Every number of a series in rows, 流转记录, journal and outbox: none may be drawn again.

        Only keys are looked at: a work order's number in somebody's note is no number of ours.
        """
        drawn = self.store.journal.texts_matching(re.compile(b'"key":"(' + series.pattern.encode() + b')"'))
        drawn |= {no for entry in self.store.outbox.entries() for no in entry.case_nos if series.literal in no}
        reading = self.reading(book, ledger)
        if reading is not None:
            for layout in reading.shape.layouts:
                drawn |= reading.keys_matching(layout, series.literal, series.pattern)
        return drawn

    def write_all(self, entries: Sequence[Entry]) -> tuple[Written, ...]:
        """Write the entries of one operation, at most one to a book, in path order; answered as they were given.

        An entry waits in the outbox where somebody has its book open or an earlier entry of its cases waits there.
        Every other one is tried first, then all intents are recorded at once, then one book after the other is
        replaced. A crash before the intents are all recorded leaves nothing; after it, recovery does the rest.

        Raises what is wrong with the contents, and :class:`CannotWriteError`. Nothing has changed then and nothing
        will, unless the message says otherwise: where a disk fails after the first book, it names the books that
        are done (or wait in the outbox), and recovery at the next command does the rest.
        """
        waiting = self.store.outbox.entries()
        plans = [self._plan_or_wait(entry, waiting) for entry in sorted(entries, key=lambda e: (e.book, e.op_id))]
        books = [plan.intent.entry.book for plan in plans if plan.data is not None]
        if len(set(books)) < len(books):
            raise FaultError("一次操作对同一本台账有两份内容", "请报告；没有写入任何内容")
        written = self._carry_out(plans)
        return tuple(written[entry.op_id] for entry in entries)

    def recover(self) -> None:
        """Settle the operation a crash may have left, each of its books: done, written once, or kept waiting.

        An operation whose intents were not all recorded, or which was being given up, is dropped whole: no book
        of it was touched, and nobody was told that it was written.
        """
        unfinished = self.store.journal.unfinished()
        if not unfinished:
            return
        for folder in {self.store.outbox.folder, *((self.store.root / i.entry.book).parent for i in unfinished)}:
            remove_leftovers(folder)
        if unfinished[0].is_void:
            self.store.journal.drop_intents(unfinished)
            return
        for intent in unfinished:
            self._take_up(intent)

    def replay_outbox(self) -> None:
        """Put waiting entries into their books, in operation order; a shut book blocks only itself."""
        blocked: set[str] = set()
        for entry in self.store.outbox.entries():
            if entry.book not in blocked and self._replay(entry):
                self.store.outbox.remove(entry)
            else:
                # It keeps waiting, and nothing of this book may overtake it.
                blocked.add(entry.book)

    def _plan_or_wait(self, entry: Entry, waiting: Sequence[Entry]) -> _Plan:
        path = self.store.root / entry.book
        owner = find_owner(path)
        is_behind = any(
            other.op_id != entry.op_id and other.ledger == entry.ledger and set(other.case_nos) & set(entry.case_nos)
            for other in waiting
        )
        if owner or is_behind:
            return _Plan(Intent(entry, "", ""), owner=owner)
        try:
            return self._plan(entry)
        except BookOpenError as error:
            return _Plan(Intent(entry, "", ""), owner=_owner_in_the_way(path, error))

    def _plan(self, entry: Entry) -> _Plan:
        """Try an entry. Raises what is wrong with its contents."""
        reading = self.reading(entry.book, entry.ledger)
        before = reading.hash if reading else ""
        if reading is None:
            reading = self._new_book(entry)
            make_folder((self.store.root / entry.book).parent)
        patched = reading.apply(entry)
        layout = reading.shape.layout
        appended = [c.key for c in entry.changes if c.sheet == layout.sheet and c.is_new_row]
        rows = dict(zip(appended, patched.appended_rows.get(reading.head(layout).sheet, ()), strict=True))
        return _Plan(Intent(entry, before, sha256(patched.data).hexdigest()), patched.data, rows)

    def _carry_out(self, plans: Sequence[_Plan]) -> dict[str, Written]:
        """Record the intents of an operation and settle each; answered by operation id."""
        lines = self.store.journal.write_intents([plan.intent for plan in plans])
        written: dict[str, Written] = {}
        done: list[Entry] = []
        for plan, line in zip(plans, lines, strict=True):
            try:
                written[plan.intent.entry.op_id] = self._settle(plan, line.n, done)
            except CannotWriteError as error:
                self._give_up(plans, done, error)
                raise
        return written

    def _settle(self, plan: _Plan, revision: int, done: list[Entry]) -> Written:
        """Replace the book, or put the entry into the outbox; it joins ``done`` once there is no way back."""
        entry, owner = plan.intent.entry, plan.owner
        if plan.data is not None:
            path, before = self.store.root / entry.book, plan.intent.before
            self._readings.pop(entry.book, None)
            try:
                write_durably(path, plan.data, last_look=lambda: _last_look(path, before))
            except BookOpenError as error:
                owner = _owner_in_the_way(path, error)
            else:
                done.append(entry)
                self._close(entry, plan.intent.after)
                return Written(Saved.WRITTEN, revision, plan.rows)
        self.store.outbox.put(entry)
        done.append(entry)
        line = self.store.journal.append(QUEUED, entry.recorded_at, {"op": entry.op_id, "book": entry.book})
        return Written(Saved.QUEUED, line.n, {}, owner)

    def _close(self, entry: Entry, after: str) -> None:
        self.store.journal.append(DONE, entry.recorded_at, {"op": entry.op_id, "wrote": entry.book, "after": after})

    def _give_up(self, plans: Sequence[_Plan], done: Sequence[Entry], error: CannotWriteError) -> None:
        """After a failing disk: take every intent back, or let the error say what is done and what will follow."""
        if not done:
            with suppress(CannotWriteError):
                # They must not be taken up again: the caller hears that nothing was written.
                self.store.journal.drop_intents([plan.intent for plan in plans])
                return
        told = "、".join(f"“{entry.book}”（{_span(entry.case_nos)}）" for entry in done)
        rest = len(plans) - len(done)
        error.message += f"；此前 {told} 已经写好" if done else ""
        error.message += f"；还有 {rest} 本没有写，内容记在流水里" if rest else ""
        error.remedy = "请检查磁盘空间和文件夹权限；恢复后下一个 zmn 命令会自动写完，不要重复操作"

    def _take_up(self, intent: Intent) -> None:
        """Settle one intent that a crash left."""
        entry = intent.entry
        plan = _Plan(intent)
        revision = self.store.journal.revision
        try:
            reading = self.reading(entry.book, entry.ledger)
            if reading is not None and stands_in(reading, entry):
                self._close(entry, reading.hash)
                return
            if (reading.hash if reading else "") == intent.before:
                plan = self._plan_or_wait(entry, self.store.outbox.entries())
            written = self._settle(plan, revision, [])
        except _KEEPS_WAITING:
            written = self._settle(_Plan(intent), revision, [])
        if written.saved is Saved.WRITTEN:
            self.settled += entry.case_nos

    def _replay(self, entry: Entry) -> bool:
        """Put a waiting entry into its book; answers whether it stands there now."""
        if find_owner(self.store.root / entry.book):
            return False
        try:
            reading = self.reading(entry.book, entry.ledger)
            if reading is not None and stands_in(reading, entry):
                return True
            if reading is not None and contradiction(reading, entry):
                # It waits for a person: never renumbered, never dropped, and nothing is overwritten.
                return False
            written = self._carry_out([self._plan(entry)])[entry.op_id]
        except _KEEPS_WAITING:
            return False
        if written.saved is Saved.QUEUED:
            return False
        self.settled += entry.case_nos
        return True

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


def _last_look(path: Path, before: str) -> None:
    """Just before the swap: nobody opened the book and its bytes are those we read."""
    owner = find_owner(path)
    if owner:
        raise BookOpenError(f"台账正被 {owner} 打开", "请关闭后再试", program=owner.program)
    now = sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    if now != before:
        raise BookOpenError("写入的同时台账被别的程序保存过", "内容已留待补写", program="别的程序")


def _owner_in_the_way(path: Path, error: BookOpenError) -> Owner:
    return find_owner(path) or Owner(str(error.facts.get("program", "别的程序")), "")


def _span(case_nos: Sequence[str]) -> str:
    return case_nos[0] if len(case_nos) == 1 else f"{case_nos[0]} 至 {case_nos[-1]}，共{len(case_nos)}件"
