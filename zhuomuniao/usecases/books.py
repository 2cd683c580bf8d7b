"""Books: which there are, going back, holding them against the journal, putting in what waits."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.errors import (
    BadValueError,
    BookOpenError,
    IntegrityError,
    UnreadableFileError,
    ZmnError,
)
from zhuomuniao.layouts import LOG_LAYOUT
from zhuomuniao.model import Saved
from zhuomuniao.store.agreement import contradiction
from zhuomuniao.store.disputes import is_standing
from zhuomuniao.store.entry import Change, Entry, Whole
from zhuomuniao.store.history import SavedState, lost_entries, rebuild, saved_states, state_of_revision
from zhuomuniao.store.journal import DROPPED, OUTSIDE, book_hash
from zhuomuniao.store.recovery import replay_outbox
from zhuomuniao.store.revisions import Why
from zhuomuniao.store.stage import make_folder
from zhuomuniao.store.transaction import Writing, is_behind
from zhuomuniao.usecases.submissions import spoilt_copies
from zhuomuniao.usecases.tracing import ledger_of_book
from zhuomuniao.usecases.verbs import Verb

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

_NOT_TO_BE_REPLACED = frozenset({"newer_version", "other_layout", "bad_stamp"})
"""Kinds of unreadable books that say: this file is somebody's, and stands in the wrong place."""


class BookFacts(Struct, frozen=True):
    """One book: its ledger, rows, the revision it is at, who has it open, what cannot be read."""

    book: str
    ledger: str
    rows: int
    revision: int | None
    written_at: str
    size: int
    open_by: str
    problem: str = ""


class Verified(Struct, frozen=True):
    """The chain holds: how many lines, its last hash; books and copies that are not what the journal says."""

    lines: int
    head: str
    doubts: tuple[str, ...]


def list_books(office: Office) -> tuple[BookFacts, ...]:
    """Every book there is. One that cannot be read is told, not left out."""
    latest: dict[str, SavedState] = {}
    with suppress(IntegrityError):
        # Which books there are can be told beside a broken chain; book verify and doctor tell of that.
        latest = {state.book: state for state in saved_states(office.store)}
    facts = []
    for book, ledger in sorted(office.store.find_books().items()):
        path, last = office.workspace.root / book, latest.get(book)
        rows, problem = 0, ""
        try:
            reading = office.store.read(book, ledger)
            rows = sum(1 for row in reading.rows(reading.shape.layout) if row.key)
        except ZmnError as error:
            problem = error.message
        owner = office.store.owner_of(book)
        facts.append(
            BookFacts(
                book,
                ledger,
                rows,
                last.n if last else None,
                last.at if last else "",
                path.stat().st_size,
                str(owner) if owner else "",
                problem,
            )
        )
    return tuple(facts)


class Restored(Struct, frozen=True):
    """A book that went back: to which revision, what it is now, whether byte for byte."""

    book: str
    to: int
    revision: int
    is_exact: bool
    warnings: tuple[str, ...]


def restore(office: Office, n: int) -> Restored:
    """Put a book back to a revision; that is a new revision. Numbers given since stay burnt, the outbox stays.

    Raises :class:`BookOpenError` where the book is open, :class:`IntegrityError` where its bytes are thinned out.
    """
    with office.store.writing() as writing:
        state = state_of_revision(office.store, n)
        rebuilt = rebuild(office.store, state)
        ledger = ledger_of_book(office, state.book)
        revision = replace_book(office, writing, Verb.RESTORE, state.book, ledger, rebuilt.data)
        now = writing.reading(state.book, ledger)
        mine = [d for d in office.store.disputes.entries() if d.book == state.book]
        # What the book shows again was not taken over then, and is not by going back to it.
        office.store.disputes.drop([d for d in mine if now is None or not is_standing(d, now)])
        return Restored(state.book, n, revision, rebuilt.is_exact, tuple(writing.notices))


def replace_book(
    office: Office,
    writing: Writing,
    verb: str,
    book: str,
    ledger: str,
    data: bytes,
    changes: tuple[Change, ...] = (),
) -> int:
    """Put new bytes in a book's place as one operation, old and new kept; answers the new revision.

    ``changes`` tell what that means for the cases concerned.

    Raises :class:`BookOpenError` where somebody has it open; nothing has changed then.
    """
    owner = writing.owner_of(book)
    if owner:
        raise BookOpenError(f"台账正被 {owner} 打开，没有动它", f"请关闭“{book}”后再试；没有改动任何内容")
    standing = _bytes_standing(writing, book, ledger)
    revisions, on = office.store.revisions, office.moment.now.date()
    if standing is not None:
        _record_unseen(office, book, ledger, standing)
        revisions.keep(book, standing, n=office.store.journal.revision, on=on, why=Why.WHOLE)
    number = office.store.journal.revision
    revisions.keep(book, data, n=number + 1, on=on, why=Why.WHOLE)
    signature = office.signature(verb)
    entry = Entry(
        op_id=writing.next_operation_id(signature.now.date()),
        verb=verb,
        clerk=signature.clerk,
        recorded_at=signature.now,
        ledger=ledger,
        book=book,
        changes=changes,
        whole=Whole(sha256(standing).hexdigest() if standing is not None else "", sha256(data).hexdigest()),
    )
    make_folder((office.workspace.root / book).parent, within=office.workspace.root)
    # What waits for the book is written into the one that takes its place, not before it.
    (written,) = writing.write_all([entry], overtakes=True)
    if written.saved is Saved.QUEUED:
        # Somebody opened it this very moment: a whole book must not follow later, over what he is about to save.
        office.store.outbox.remove(entry)
        payload = {"op": entry.op_id, "book": book, "dropped_by": signature.clerk}
        office.store.journal.append(DROPPED, signature.now, payload)
        raise BookOpenError(
            f"台账正被 {written.owner or '别的程序'} 打开，没有动它", f"请关闭“{book}”后再试；没有改动任何内容"
        )
    return written.revision


def _bytes_standing(writing: Writing, book: str, ledger: str) -> bytes | None:
    """The bytes in a book's place, ``None`` where there is none. Damaged ones may be replaced; those of another
    ledger, or of a newer zmn, are refused (:class:`UnreadableFileError`).
    """
    try:
        reading = writing.reading(book, ledger)
    except UnreadableFileError as error:
        if error.kind in _NOT_TO_BE_REPLACED:
            raise
        return writing.store.bytes_of(book)
    return reading.data if reading is not None else None


def _record_unseen(office: Office, book: str, ledger: str, data: bytes) -> None:
    """Keep and journal bytes that could not be compared (damaged, a sheet deleted): one may go back to them, too."""
    store = office.store
    line, digest = store.journal.state_of(book), sha256(data).hexdigest()
    if line is None or book_hash(line, book) == digest:
        return
    last = store.revisions.last(book)
    store.revisions.keep(book, data, n=store.journal.revision + 1, on=office.moment.now.date(), why=Why.EDITED)
    payload = {
        "book": book,
        "ledger": ledger,
        "before": sha256(last).hexdigest() if last is not None else "",
        "after": digest,
        "saved_at": "",
        "differences": [],
    }
    store.journal.append(OUTSIDE, office.moment.now, payload)


def verify(office: Office) -> Verified:
    """Hold the journal against itself, and books and copies against the journal.

    Raises :class:`IntegrityError` naming the first broken link.
    """
    store = office.store
    count = sum(1 for _ in store.journal.verify())
    doubts = []
    latest: dict[str, SavedState] = {state.book: state for state in saved_states(store)}
    for book, state in latest.items():
        path = office.workspace.root / book
        if not path.exists():
            doubts.append(f"“{book}”不在原处")
        elif (data := path.read_bytes()) == store.revisions.last(book) and sha256(data).hexdigest() != state.after:
            doubts.append(
                f"“{book}”是 zmn 写成的样子，流水里却没有那一次：流水末尾的行可能被删去了，"
                "请用上报存档印出的操作链末值核对，并从备份找回 .zmn/journal.jsonl"
            )
        elif sha256(data).hexdigest() != state.after:
            doubts.append(f"“{book}”在 zmn 之外被改过，还没有记入流水；{_why_unrecorded(office, book)}")
    doubts += [f"留底 {copy.path.name}（{copy.book}）已损坏" for copy in store.revisions.spoilt()]
    doubts += [f"{one.submission.submitted_on} 报出的 {one.file.path} {one.fault}" for one in spoilt_copies(office)]
    doubts += other_heads(office)
    return Verified(count, store.journal.head, tuple(doubts))


def _why_unrecorded(office: Office, book: str) -> str:
    owner = office.store.owner_of(book)
    if owner:
        return f"正被 {owner} 打开，关闭后下一个命令会记"
    try:
        reading = office.store.read(book, ledger_of_book(office, book))
        for layout in (*reading.tables, LOG_LAYOUT):
            reading.head(layout)
    except ZmnError as error:
        return f"现在读不出来：{error.message}；可用 zmn book restore 回到以前的版本"
    return "下一个写入的命令会记"


def other_heads(office: Office) -> list[str]:
    """Journals that a syncing program laid beside ours: two computers wrote at once."""
    ours = office.store.journal.path
    found = sorted(p for p in ours.parent.glob("journal*.jsonl") if p != ours) if ours.parent.is_dir() else []
    mine = ours.read_bytes().split(b"\n") if ours.exists() else []
    told = []
    for path in found:
        theirs = path.read_bytes().split(b"\n")
        pairs = enumerate(zip(mine, theirs, strict=False))
        shared = next((i for i, (a, b) in pairs if a != b), min(len(mine), len(theirs)))
        here, there = (max(0, len(lines) - 1 - shared) for lines in (mine, theirs))
        told.append(
            f"流水旁边有同步软件留下的另一份“{path.name}”：前{shared}行相同，"
            f"之后各写各的（这里另有{here}行，那里另有{there}行）；zmn 不会合并"
        )
    return told


class Waiting(Struct, frozen=True):
    """An entry of the outbox and why it waits."""

    entry: Entry
    why: str
    is_disputed: bool


class Replayed(Struct, frozen=True):
    """What was put into books just now, and what still waits."""

    settled: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    notices: tuple[str, ...]


def replay(office: Office, *, keep: str = "", drop: str = "", is_forced: bool = False) -> Replayed:
    """Put waiting entries into their books; settle one that its book contradicts.

    ``keep`` writes it over what the book says now, ``drop`` gives it up (its numbers stay burnt), ``is_forced``
    writes past owner files. Raises :class:`BadValueError` for an operation that does not wait,
    :class:`IntegrityError` where it cannot be kept.
    """
    with office.store.writing(ignores_owners=is_forced) as writing:
        if lost := lost_entries(office.store):
            # The journal has every entry whole: what somebody deleted from the outbox is put back and tried again.
            for entry in lost:
                office.store.outbox.put(entry)
            replay_outbox(writing)
        if keep or drop:
            waits = next((e for e in office.store.outbox.entries() if e.op_id == (keep or drop)), None)
            if waits is None:
                raise BadValueError(f"没有等着补写的操作 {keep or drop}", "zmn book replay 列出等着补写的")
            if keep:
                _keep(office, writing, waits)
            else:
                payload = {"op": waits.op_id, "book": waits.book, "dropped_by": office.workspace.config.clerk}
                office.store.journal.append(DROPPED, office.moment.now, payload)
            office.store.outbox.remove(waits)
        waiting = tuple(_why_waiting(office, writing, entry) for entry in office.store.outbox.entries())
        return Replayed(tuple(dict.fromkeys(writing.settled)), waiting, tuple(writing.notices))


def _keep(office: Office, writing: Writing, entry: Entry) -> None:
    """Write an entry over what the book says now; what it replaces is remembered as it is now."""
    earlier = [other for other in office.store.outbox.entries() if other.op_id < entry.op_id]
    if any(is_behind(entry, other) for other in earlier):
        raise BadValueError(f"操作 {entry.op_id} 前面还有同一件事项的内容等着补写", "请先处理前面的")
    if owner := writing.owner_of(entry.book):
        raise BookOpenError(f"台账正被 {owner} 打开", "请关闭后再试；没有改动任何内容")
    reading = writing.reading(entry.book, entry.ledger)
    if reading is None or entry.whole:
        raise IntegrityError("整本替换的操作不能这样补写", f"请用 zmn book replay --drop {entry.op_id}，再做一次")
    sheets = {layout.sheet for layout in reading.tables}
    rows = reading.rows_by_key()
    changes: list[Change] = []
    for change in entry.changes:
        row = rows.get(change.key)
        if change.sheet in sheets and change.before is None and row is not None:
            raise IntegrityError(
                f"编号 {change.key} 已经被第{row.number}行用了，不能再写一行",
                "编号不会改；请先在表格里改正那一行的编号，再补写",
            )
        if change.sheet in sheets and change.before is not None and row is not None:
            change = replace(change, before={name: row.values.get(name) for name in change.values})
        changes.append(change)
    kept = replace(entry, changes=tuple(changes))
    writing.carry_out([writing.plan(kept)])
    writing.settled += entry.case_nos


def _why_waiting(office: Office, writing: Writing, entry: Entry) -> Waiting:
    owner = writing.owner_of(entry.book)
    if owner:
        return Waiting(entry, f"台账正被 {owner} 打开", False)
    try:
        reading = writing.reading(entry.book, entry.ledger)
        reason = contradiction(reading, entry) if reading else None
    except ZmnError as error:
        return Waiting(entry, error.message, False)
    return Waiting(entry, reason or "排在前面的内容还在等", bool(reason))
