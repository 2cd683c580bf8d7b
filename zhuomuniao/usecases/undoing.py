"""撤销: taking back the last operation of a clerk. The rows are as before, the log tells both, numbers stay burnt."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import (
    BadValueError,
    BookOpenError,
    CannotPatchError,
    IntegrityError,
    RefusedByRuleError,
    UnreadableFileError,
)
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.logbook import undo_words
from zhuomuniao.model import Saved, Step, StepKind
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.difference import compare_books
from zhuomuniao.store.entry import Change, Entry, Whole
from zhuomuniao.store.history import Operation, SavedState, bytes_before, edited_cases, operations, saved_states
from zhuomuniao.store.journal import DONE, DROPPED, QUEUED
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.revisions import Why
from zhuomuniao.usecases.submissions import Submission, last_recorded_by
from zhuomuniao.usecases.verbs import Verb, verb_words

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office

_MOST_STEPS = 100
"""Operations that are written once more to put a book together: of more, others would wait for the lock too long."""


class Undone(Struct, frozen=True):
    """What was taken back: the operation, in the clerk's words, its cases, and whether it stood in the book yet."""

    operation: Operation
    words: str
    case_nos: tuple[str, ...]
    saved: Saved
    revision: int
    emptied_rows: tuple[int, ...]
    warnings: tuple[str, ...]


def is_all_waiting(operation: Operation) -> bool:
    """Whether nothing of an operation stood in a book yet."""
    return all(settled == QUEUED for settled in operation.settled)


def undo(office: Office, *, batch: str = "", by: str = "") -> Undone:
    """Take back the last operation of the clerk, or the ``batch`` with that operation id: all of its books or none.

    Raises :class:`BadValueError` where there is none, :class:`RefusedByRuleError` where the clerk recorded a hand-in
    since, which is taken back otherwise, or something later touched its cases, :class:`BookOpenError` where a book is
    open, :class:`IntegrityError` where one is not there; then nothing has changed.
    """
    clerk = by or office.workspace.config.clerk
    with office.store.writing() as writing:
        every = operations(office.store)
        operation = _wanted(every, batch, clerk) if batch else _last_of(office, every, clerk)
        _require_untouched(office, operation, every)
        words = verb_words(operation.entries[0].verb)
        cases = tuple(dict.fromkeys(no for entry in operation.entries for no in entry.case_nos))
        warnings = list(writing.notices)
        if operation.entries[0].verb == StepKind.CALENDAR.name.lower():
            warnings.append("只撤销了日期的改动；通知还在“日历”文件夹里，zmn recount 会列出差异")
        for entry in operation.entries:
            owner = writing.owner_of(entry.book)
            if owner and operation.settled[operation.entries.index(entry)] == DONE:
                remedy = f"请关闭“{entry.book}”后再试；没有改动任何内容"
                raise BookOpenError(f"台账正被 {owner} 打开，没有撤销", remedy)
        undone = _undone(every)
        settled = list(zip(operation.entries, operation.settled, strict=True))
        waiting = [e for e, s in settled if s == QUEUED]
        standing = [e for e, s in settled if s == DONE and e.op_id not in undone]
        undoing = [_undoing(office, writing, entry, words, place) for place, entry in enumerate(standing)]
        written = writing.write_all([entry for entry, _ in undoing])
        for entry in waiting:
            office.store.outbox.remove(entry)
            payload = {"op": entry.op_id, "book": entry.book, "undone_by": clerk}
            office.store.journal.append(DROPPED, office.moment.now, payload)
        saved = Saved.QUEUED if any(w.saved is Saved.QUEUED for w in written) else Saved.WRITTEN
        revision = written[0].revision if written else office.store.journal.revision
        emptied = tuple(row for _, rows in undoing for row in rows)
        return Undone(operation, words, cases, saved, revision, emptied, tuple(warnings))


def _last_of(office: Office, every: Sequence[Operation], clerk: str) -> Operation:
    """The last operation of a clerk, if nothing that stands in no book came after it.

    Raises :class:`RefusedByRuleError` where a hand-in was recorded since: the clerk means that one.
    """
    handed = last_recorded_by(office, clerk)
    try:
        operation = _wanted(every, "", clerk)
    except BadValueError:
        if handed is None:
            raise
        raise _is_hand_in(handed, None) from None
    if handed is not None and handed.line_no > operation.numbers[-1]:
        raise _is_hand_in(handed, operation)
    return operation


def _is_hand_in(handed: Submission, earlier: Operation | None) -> RefusedByRuleError:
    remedy = f"撤回它：zmn duties done {handed.duty} --period {handed.period} --take-back"
    if earlier is not None:
        first = earlier.entries[0]
        named = f"“{verb_words(first.verb)}” {'、'.join(first.case_nos[:1])}".strip()
        remedy += f"；要撤销的是在它以前的{named}：zmn undo --batch {earlier.op_id}"
    told = f"最后做的是记下 {handed.period} 的报送（{handed.duty}，{handed.submitted_on} 报出）"
    return RefusedByRuleError(f"{told}，它不用 zmn undo 撤销；没有撤销任何内容", remedy)


def _wanted(every: Sequence[Operation], batch: str, clerk: str) -> Operation:
    undone = _undone(every)
    for operation in reversed(every):
        first = operation.entries[0]
        settled = zip(operation.entries, operation.settled, strict=True)
        # A crash may have cut an undo off after the books and before the outbox: it is then still to be completed.
        is_undone = all(entry.op_id in undone or how == DROPPED for entry, how in settled)
        if all(s == DROPPED for s in operation.settled):
            if batch in (e.op_id for e in operation.entries):
                raise BadValueError(f"操作 {batch} 没有写进台账，不用撤销", "zmn book history 可查")
            continue
        if batch:
            if batch not in (e.op_id for e in operation.entries):
                continue
        elif first.clerk != clerk or first.verb in tuple(Verb) or is_undone:
            continue
        if is_undone:
            raise BadValueError(f"操作 {batch} 已经撤销过了", "zmn book history 可查")
        if first.verb in tuple(Verb):
            what = verb_words(first.verb)
            raise BadValueError(f"操作 {batch} 是“{what}”，不能撤销", "可用 zmn book restore 回到以前的版本")
        return operation
    if batch:
        raise BadValueError(f"没有操作 {batch}", "成批登记时印出的“批次”就是它；zmn book history 也列出")
    who = f"经办人“{clerk}”" if clerk else "没有署名的经办人"
    raise BadValueError(f"{who}没有可以撤销的操作", "别人做的，请加 --by 姓名；更早的，请用 --batch 操作号")


def _undone(every: Sequence[Operation]) -> set[str]:
    """The ids of all that was taken back, or is about to be. An undo that was given up took nothing back."""
    return {
        op
        for operation in every
        for entry, how in zip(operation.entries, operation.settled, strict=True)
        if how != DROPPED
        for op in entry.undoes
    }


def _require_untouched(office: Office, operation: Operation, every: Sequence[Operation]) -> None:
    """Nothing later concerns its cases: then taking it back would take back something else too."""
    cases = {(e.ledger, no) for e in operation.entries for no in e.case_nos}
    books = {e.book for e in operation.entries}
    for state in saved_states(office.store):
        if state.entry is None and state.n > operation.numbers[-1] and state.book in books:
            ledgers = {e.ledger for e in operation.entries if e.book == state.book}
            touched = sorted(no for no in edited_cases(state) if any((ledger, no) in cases for ledger in ledgers))
            if touched:
                raise RefusedByRuleError(
                    f"不能撤销：事项 {touched[0]} 在那以后被人在表格里改过（{state.at.replace('T', ' ')[:16]}）",
                    "请直接改正这一件",
                )
    undone = _undone(every)
    for other in every[every.index(operation) + 1 :]:
        for entry, settled in zip(other.entries, other.settled, strict=True):
            if settled == DROPPED or entry.op_id in undone or entry.verb == Verb.UNDO:
                continue
            touched = [no for no in entry.case_nos if (entry.ledger, no) in cases]
            if touched or (entry.whole and entry.book in books):
                what = f"事项 {touched[0]}" if touched else f"“{entry.book}”"
                when = f"{entry.recorded_at:%Y-%m-%d %H:%M}"
                raise RefusedByRuleError(
                    f"不能撤销：{what}在那以后又有“{verb_words(entry.verb)}”（{when}，操作 {entry.op_id}）",
                    "请先撤销后面的那一次；撤销不了的，请直接改正这一件",
                )


def _undoing(office: Office, writing: Writing, entry: Entry, words: str, place: int) -> tuple[Entry, tuple[int, ...]]:
    """The entry that takes one back, and the rows it leaves empty.

    Where only zmn has written since, the book is put together anew without it, so the sheet is what it would be had
    it never been. Where a person has saved the book since, where the copies it takes are gone, where very
    much has been written since, or where something waits for the book (which nothing whole may overtake), the cells
    are put back one by one.
    """
    reading = writing.reading(entry.book, entry.ledger)
    if reading is None:
        raise IntegrityError(
            f"台账“{entry.book}”不见了：以前登记过，现在文件不在原处", "请先把文件放回原处再撤销；没有改动任何内容"
        )
    spec = office.locality.ledger(entry.ledger)
    states = saved_states(office.store, entry.book)
    at = next(i for i, s in enumerate(states) if s.entry is not None and s.entry.op_id == entry.op_id)
    lines = _undo_lines(office, entry, words)
    told = office.records(spec).entry(writing, entry.book, office.signature(Verb.UNDO), lines, place)
    told = replace(told, undoes=(entry.op_id,))
    since = states[_first_concerned(states, at) :]
    entries = [s.entry for s in since if s.entry is not None and (s.is_rebuildable or s.entry.undoes)]
    is_ours = len(entries) == len(since) <= _MOST_STEPS and all(
        e.book != entry.book for e in office.store.outbox.entries()
    )
    data = _put_together(office, states, since[0], (*entries, told)) if is_ours else None
    if data is None or not _changes_only(reading, data, set(entry.case_nos)):
        inverse, emptied = _inverse(office, writing, spec, entry)
        return replace(told, changes=(*inverse, *told.changes)), emptied
    revisions, on, n = office.store.revisions, office.moment.now.date(), office.store.journal.revision
    revisions.keep(entry.book, reading.data, n=n, on=on, why=Why.WHOLE)
    revisions.keep(entry.book, data, n=n + 1, on=on, why=Why.WHOLE)
    return replace(told, whole=Whole(reading.hash, sha256(data).hexdigest())), ()


def _first_concerned(states: Sequence[SavedState], at: int) -> int:
    """The place of the first operation that a book without operation ``at`` must be put together without.

    Later undos may reach further back: what they took away must not come back.
    """
    first = at
    for state in reversed(states[at:]):
        undone = state.entry.undoes if state.entry else ()
        places = [i for i, s in enumerate(states) if s.entry is not None and s.entry.op_id in undone]
        first = min([first, *places])
    return first if first == at else _first_concerned(states, first)


def _put_together(
    office: Office, states: Sequence[SavedState], first: SavedState, entries: Sequence[Entry]
) -> bytes | None:
    """The book before the state ``first`` with the entries since; of those taken back, only their lines of the log.

    ``None`` where the copies it takes are thinned out or lost.
    """
    try:
        data = bytes_before(office.store, first, states)
        return _apply_all(office, data, entries)
    except (IntegrityError, UnreadableFileError, CannotPatchError):
        return None


def _apply_all(office: Office, data: bytes, entries: Sequence[Entry]) -> bytes:
    shape, book = office.store.shapes[entries[0].ledger], entries[0].book
    undone = {op for entry in entries for op in entry.undoes}
    ours = {entry.op_id for entry in entries}
    for entry in entries:
        if entry.op_id in undone or (entry.undoes and ours.issuperset(entry.undoes)):
            lines = tuple(c for c in entry.changes if c.sheet == LOG_LAYOUT.sheet)
            entry = replace(entry, changes=lines)
        data = apply_entry(BookReading(data, shape, name=book), entry).data
    return data


def _changes_only(reading: BookReading, data: bytes, case_nos: set[str]) -> bool:
    """Whether putting the book together anew touches no other case."""
    differences = compare_books(reading, BookReading(data, reading.shape, name=reading.name))
    return all(d.key in case_nos for d in differences)


def _inverse(
    office: Office, writing: Writing, spec: LedgerSpec, entry: Entry
) -> tuple[list[Change], tuple[int, ...]]:
    sheets = {ledger.layout.sheet for ledger in office.sheets_of(spec)}
    reading = writing.reading(entry.book, entry.ledger)
    rows = {key: row.number for key, row in reading.rows_by_key().items()} if reading else {}
    changes, emptied = [], []
    for change in entry.changes:
        if change.sheet not in sheets:
            continue
        was = dict(change.before) if change.before is not None else dict.fromkeys(change.values)
        changes.append(Change(change.sheet, change.key, was, change.values))
        if change.is_new_row and change.key in rows:
            emptied.append(rows[change.key])
    return changes, tuple(emptied)


def _undo_lines(office: Office, entry: Entry, words: str) -> list[Change | Step]:
    now = office.moment.now.replace(second=0, microsecond=0)
    clerk = office.workspace.config.clerk
    text = undo_words(entry.op_id, words)
    return [Step(no, StepKind.UNDO, now, clerk, text=text) for no in entry.case_nos]
