"""Writing to books under the lock, one operation at a time: intent, patch, proof, swap, done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from zhuomuniao.errors import (
    BookOpenError,
    CannotWriteError,
    FaultError,
    IntegrityError,
)
from zhuomuniao.intake import read_regular
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.model import NumberSeries, Saved
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.create import create_book
from zhuomuniao.store.entry import Entry, Whole, operation_id, serial_of
from zhuomuniao.store.journal import DONE, QUEUED, Intent
from zhuomuniao.store.owner import Owner, find_owner, is_left_behind
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.revisions import Why
from zhuomuniao.store.stage import make_folder, write_durably

if TYPE_CHECKING:
    from zhuomuniao.store.books import Store
    from zhuomuniao.store.patch import PatchedBook

BULK_CHANGES = 40
"""From so many changes on, a copy of the book is kept before it is replaced."""


class Written(Struct, frozen=True):
    """How an operation ended: in the book at these rows, or in the outbox because ``owner`` has it open."""

    saved: Saved
    revision: int
    rows: Mapping[str, int]
    owner: Owner | None = None


class Plan(Struct, frozen=True):
    """An entry about to be recorded: the new bytes of its book, or ``None`` where it has to wait for ``owner``.

    ``before`` and ``patched`` are how the new bytes came about, where rows of a book that stands were written.
    """

    intent: Intent
    data: bytes | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    owner: Owner | None = None
    before: BookReading | None = None
    patched: PatchedBook | None = None


class Writing:
    """What may be done while the lock is held."""

    def __init__(self, store: Store, *, ignores_owners: bool = False) -> None:
        self.store = store
        self.ignores_owners = ignores_owners
        self.settled: list[str] = []
        """Numbers of earlier operations that were put into their book just now."""
        self.notices: list[str] = []
        """What the clerk should know of the books: edited by people, an owner file left behind."""
        self._readings: dict[str, BookReading] = {}

    def reading(self, book: str, ledger: str) -> BookReading | None:
        """The book as it is now, or ``None`` when there is none yet."""
        if book not in self._readings:
            if not (self.store.root / book).exists():
                return None
            reading = self._readings[book] = self.store.read(book, ledger)
            # Every write needs the two big sheets, the first of them at once.
            reading.opened.fetch_ahead((LOG_LAYOUT.sheet,))
        return self._readings[book]

    def forget(self, book: str) -> None:
        """Read a book anew when it is asked for."""
        self._readings.pop(book, None)

    def owner_of(self, book: str) -> Owner | None:
        """Who has a book open and keeps it from being written."""
        path = self.store.root / book
        owner = find_owner(path)
        if owner is None:
            return None
        if self.ignores_owners or is_left_behind(path, owner):
            why = "按你的确认不再理会" if self.ignores_owners else "是以前留下的，没有程序开着这本台账"
            told = f"“{path.name}”旁边的锁文件（{owner}）{why}，照常写入"
            if told not in self.notices:
                self.notices.append(told)
            return None
        return owner

    def next_operation_id(self, on: date, place: int = 0) -> str:
        """The id of the operation about to be written, or of the ``place``-th after it."""
        # A journal that was deleted or put back to an older copy knows nothing of what still waits.
        waiting = max((serial_of(entry.op_id) for entry in self.store.outbox.entries()), default=0)
        return operation_id(on, max(self.store.journal.revision, waiting) + 1 + place)

    def numbers_ever_drawn(self, book: str, ledger: str, series: NumberSeries) -> set[str]:
        """Every number of a series in rows, 流转记录, journal and outbox: none may be drawn again.

        Only keys are looked at: a work order's number in somebody's note is no number of ours.
        """
        drawn = self.store.journal.keys_matching(series.literal, series.pattern)
        drawn |= {no for entry in self.store.outbox.entries() for no in entry.case_nos if series.literal in no}
        reading = self.reading(book, ledger)
        return drawn.union(reading.drawn(series)) if reading is not None else drawn

    def write_all(self, entries: Sequence[Entry], *, overtakes: bool = False) -> tuple[Written, ...]:
        """Write the entries of one operation, at most one to a book, in path order; answered as they were given.

        An entry waits in the outbox where somebody has its book open or an earlier entry of its cases waits there.
        Every other one is tried first, then all intents are recorded at once, then one book after the other is
        replaced. With ``overtakes`` nothing waits for an earlier entry: what people did to a book is told first.
        A crash before the intents are all recorded leaves nothing; after it, recovery does the rest.

        Raises what is wrong with the contents, and :class:`CannotWriteError`. Nothing has changed then and nothing
        will, unless the message says otherwise: where a disk fails after the first book, it names the books that
        are done (or wait in the outbox), and recovery at the next command does the rest.
        """
        waiting = () if overtakes else self.store.outbox.entries()
        plans = [self.plan_or_wait(entry, waiting) for entry in sorted(entries, key=lambda e: (e.book, e.op_id))]
        books = [plan.intent.entry.book for plan in plans if plan.data is not None]
        if len(set(books)) < len(books):
            raise FaultError("一次操作对同一本台账有两份内容", "请报告；没有写入任何内容")
        written = self.carry_out(plans)
        return tuple(written[entry.op_id] for entry in entries)

    def plan_or_wait(self, entry: Entry, waiting: Sequence[Entry]) -> Plan:
        """Try an entry, or let it wait where its book is open or an earlier entry of its cases waits."""
        owner = self.owner_of(entry.book)
        if owner or any(is_behind(entry, other) for other in waiting):
            return Plan(Intent(entry, "", ""), owner=owner)
        try:
            return self.plan(entry)
        except BookOpenError as error:
            return Plan(Intent(entry, "", ""), owner=_owner_in_the_way(self.store.root / entry.book, error))

    def plan(self, entry: Entry) -> Plan:
        """Try an entry. Raises what is wrong with its contents."""
        if entry.whole:
            return self._plan_whole(entry, entry.whole)
        reading = self.reading(entry.book, entry.ledger)
        before = reading.hash if reading else ""
        if reading is None:
            reading = self._new_book(entry)
            make_folder((self.store.root / entry.book).parent, within=self.store.root)
        patched = apply_entry(reading, entry)
        rows: dict[str, int] = {}
        for layout in reading.tables:
            appended = [c.key for c in entry.changes if c.sheet == layout.sheet and c.is_new_row]
            if appended:
                rows |= zip(appended, patched.appended_rows.get(reading.head(layout).sheet, ()), strict=True)
        self._keep_before(entry, reading.data if before else b"")
        intent = Intent(entry, before, sha256(patched.data).hexdigest())
        return Plan(intent, patched.data, rows, before=reading, patched=patched)

    def _plan_whole(self, entry: Entry, whole: Whole) -> Plan:
        # By its bytes: a book that nobody can read any more may be replaced too.
        standing = self.store.bytes_of(entry.book)
        if (sha256(standing).hexdigest() if standing is not None else "") != whole.before:
            raise IntegrityError(f"“{entry.book}”在这期间又变了，没有替换它", "请核对后再做一次；没有改动任何内容")
        data = self.store.revisions.find(entry.book, whole.after)
        if data is None:
            raise IntegrityError(f"“{entry.book}”要换上的留底不见了", "没有改动任何内容；请再做一次")
        return Plan(Intent(entry, whole.before, whole.after), data)

    def _keep_before(self, entry: Entry, data: bytes) -> None:
        """A copy of the book as it was, at the first write of a day and before bulk."""
        revisions, on = self.store.revisions, entry.recorded_at.date()
        is_bulk = len(entry.changes) >= BULK_CHANGES
        if data and (is_bulk or not revisions.has_copy_of(entry.book, on)):
            why = Why.BULK if is_bulk else Why.DAILY
            revisions.keep(entry.book, data, n=self.store.journal.revision, on=on, why=why)
            revisions.thin(entry.book, on)

    def carry_out(self, plans: Sequence[Plan]) -> dict[str, Written]:
        """Record the intents of an operation and settle each; answered by operation id."""
        lines = self.store.journal.write_intents([plan.intent for plan in plans])
        written: dict[str, Written] = {}
        done: list[Entry] = []
        for plan, line in zip(plans, lines, strict=True):
            try:
                written[plan.intent.entry.op_id] = self.settle(plan, line.n, done)
            except CannotWriteError as error:
                self._give_up(plans, done, error)
                raise
        return written

    def settle(self, plan: Plan, revision: int, done: list[Entry]) -> Written:
        """Replace the book, or put the entry into the outbox; it joins ``done`` once there is no way back."""
        entry, owner = plan.intent.entry, plan.owner
        if plan.data is not None:
            path, before = self.store.root / entry.book, plan.intent.before
            self.forget(entry.book)
            try:
                write_durably(path, plan.data, last_look=lambda: self._last_look(entry.book, before))
            except BookOpenError as error:
                owner = _owner_in_the_way(path, error)
            else:
                done.append(entry)
                self.close(entry, plan.data, plan.intent.after)
                self.store.keep_written(plan)
                return Written(Saved.WRITTEN, revision, plan.rows)
        self.store.outbox.put(entry)
        done.append(entry)
        line = self.store.journal.append(QUEUED, entry.recorded_at, {"op": entry.op_id, "book": entry.book})
        return Written(Saved.QUEUED, line.n, {}, owner)

    def close(self, entry: Entry, data: bytes | None, after: str) -> None:
        """Record that an entry stands in its book, whose bytes are remembered first.

        ``None`` where somebody has edited the book since: what was written with the entry is not there any more.
        """
        if data is not None:
            with suppress(CannotWriteError, OSError):
                # The book is written; a copy that cannot be made is no reason to say otherwise.
                self.store.revisions.set_last(entry.book, data)
        self.store.journal.append(DONE, entry.recorded_at, {"op": entry.op_id, "wrote": entry.book, "after": after})

    def _give_up(self, plans: Sequence[Plan], done: Sequence[Entry], error: CannotWriteError) -> None:
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

    def _last_look(self, book: str, before: str) -> None:
        """Just before the swap: nobody opened the book and its bytes are those we read."""
        path, owner = self.store.root / book, self.owner_of(book)
        if owner:
            raise BookOpenError(f"台账正被 {owner} 打开", "请关闭后再试", program=owner.program)
        now = sha256(read_regular(path)).hexdigest() if path.exists() else ""
        if now != before:
            raise BookOpenError("写入的同时台账被别的程序保存过", "内容已留待补写", program="别的程序")

    def _new_book(self, entry: Entry) -> BookReading:
        """An empty book for an entry whose year has none. Raises :class:`IntegrityError` where one is lost."""
        if self.store.journal.state_of(entry.book) is not None:
            raise IntegrityError(
                f"台账“{entry.book}”不见了：以前登记过，现在文件不在原处",
                "请先把文件放回原处（可能被移走、改名或删除，可从回收站或备份找回）；没有写入任何内容",
            )
        shape = self.store.shapes[entry.ledger]
        empty = create_book(shape.layout, choices=shape.choices, stamp=shape.stamp, side_sheets=shape.side_sheets)
        return BookReading(empty, shape, name=(self.store.root / entry.book).name)


def is_behind(entry: Entry, other: Entry) -> bool:
    """Whether an entry must wait for another one: of the same cases, or one that replaces the whole book."""
    if other.op_id == entry.op_id or other.ledger != entry.ledger:
        return False
    is_whole = bool(entry.whole or other.whole) and entry.book == other.book
    return is_whole or bool(set(other.case_nos) & set(entry.case_nos))


def _owner_in_the_way(path: Path, error: BookOpenError) -> Owner:
    owner = find_owner(path)
    if owner and not is_left_behind(path, owner):
        return owner
    return Owner(str(error.facts.get("program", "别的程序")), "")


def _span(case_nos: Sequence[str]) -> str:
    return case_nos[0] if len(case_nos) == 1 else f"{case_nos[0]} 至 {case_nos[-1]}，共{len(case_nos)}件"
