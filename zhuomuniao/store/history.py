"""The saved states of a book, told by the journal: who, when, what; and their bytes, kept or rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from zhuomuniao.errors import BadValueError, IntegrityError, ZmnError
from zhuomuniao.store.applying import apply_entry
from zhuomuniao.store.create import create_book
from zhuomuniao.store.disputes import difference_from_json
from zhuomuniao.store.entry import Entry, entry_from_json
from zhuomuniao.store.journal import DONE, DROPPED, INTENT, OUTSIDE, QUEUED, START, Line, book_hash
from zhuomuniao.store.reading import BookReading

if TYPE_CHECKING:
    from zhuomuniao.store.books import Store


class SavedState(Struct, frozen=True):
    """A book after one operation or one outside edit. ``n`` is its revision, ``at`` the moment it was recorded.

    ``entry`` is ``None`` for an outside edit and for the state a new chain began with. ``place`` is (i, n) in an
    operation over several books. ``after`` is the SHA-256, ``before`` that of the book it was written into: ``""``
    where there was none, or where the state tells of no writing.
    """

    n: int
    at: str
    book: str
    after: str
    entry: Entry | None = None
    place: tuple[int, int] = (1, 1)
    edit: dict[str, Any] = field(default_factory=dict)
    before: str = ""

    @property
    def is_rebuildable(self) -> bool:
        """Whether the bytes follow from the state before and the journal."""
        return self.entry is not None and self.entry.whole is None


class Rebuilt(Struct, frozen=True):
    """The bytes of a state. ``is_exact`` is false where the cells are the same and the compression is not."""

    data: bytes
    is_exact: bool


def saved_states(store: Store, book: str | None = None) -> tuple[SavedState, ...]:
    """Every state a book (or any book) had, in the order of the journal.

    An entry counts from the moment it stood in the book: one that waited has the number it was given when it was
    written. Raises :class:`IntegrityError` where the chain is broken.
    """
    intents: dict[tuple[str, str], tuple[Line, Entry]] = {}
    found: list[SavedState] = []
    for line in store.journal.verify():
        payload = line.payload
        if line.kind == INTENT:
            entry = entry_from_json(payload["entry"])
            intents[entry.op_id, entry.book] = (line, entry)
        elif line.kind == DROPPED:
            intents.pop((payload["op"], payload.get("book", "")), None)
        elif line.kind == DONE and (given := intents.get((payload["op"], payload["wrote"]))):
            intent, entry = given
            first, count = intent.payload.get("of", (1, 1))
            found.append(
                SavedState(
                    intent.n,
                    payload["at"],
                    entry.book,
                    payload["after"],
                    entry,
                    (first, count),
                    before=intent.payload["before"],
                )
            )
        elif line.kind == OUTSIDE:
            found.append(SavedState(line.n, payload["at"], payload["book"], payload["after"], edit=payload))
        elif line.kind == START:
            found += [SavedState(line.n, payload["at"], b, h) for b, h in payload["books"].items()]
    return tuple(s for s in found if book is None or s.book == book)


def state_of_revision(store: Store, n: int) -> SavedState:
    """The state with that number.

    Raises :class:`BadValueError` for a number that is none, :class:`IntegrityError` where the chain is broken.
    """
    states = saved_states(store)
    state = next((s for s in states if s.n == n), None)
    if state is None:
        near = "、".join(str(s.n) for s in sorted(states, key=lambda s: abs(s.n - n))[:3])
        raise BadValueError(f"没有版本 {n}", f"zmn book history 列出各个版本{f'；相近的有 {near}' if near else ''}")
    return state


def rebuild(store: Store, state: SavedState, states: Sequence[SavedState] | None = None) -> Rebuilt:
    """The bytes of a state: kept ones, or the nearest kept ones before it with the entries since applied again.

    Raises :class:`IntegrityError` where neither is there (thinned out, or lost).
    """
    chain = [s for s in (states or saved_states(store)) if s.book == state.book]
    place = next(i for i, s in enumerate(chain) if s.n == state.n)
    to_apply: list[Entry] = []
    data: bytes | None = None
    for at in range(place, -1, -1):
        data = store.revisions.find(state.book, chain[at].after)
        if data is not None:
            break
        entry = chain[at].entry
        if entry is None or entry.whole is not None:
            break
        to_apply.append(entry)
    else:
        data = _first_bytes(store, chain[0])
    if data is None:
        raise IntegrityError(
            f"“{state.book}”版本 {state.n} 的留底已经清理，拼不出来了",
            "zmn book history 里没有标“无留底”的版本可以恢复",
        )
    for entry in reversed(to_apply):
        data = apply_entry(BookReading(data, store.shapes[entry.ledger], name=entry.book), entry).data
    return Rebuilt(data, sha256(data).hexdigest() == state.after)


def bytes_before(store: Store, state: SavedState, states: Sequence[SavedState]) -> bytes:
    """The bytes of the book that a state's entry was written into. Raises :class:`IntegrityError` where lost."""
    kept = store.revisions.find(state.book, state.before) if state.before else None
    if kept is not None:
        return kept
    chain = [s for s in states if s.book == state.book]
    place = next(i for i, s in enumerate(chain) if s.n == state.n)
    data = rebuild(store, chain[place - 1], chain).data if place else _first_bytes(store, state)
    if data is None:
        raise IntegrityError(f"“{state.book}”版本 {state.n} 之前的留底没有了", "zmn book history 列出可以恢复的版本")
    return data


def bytes_before_edit(store: Store, book: str, last: bytes | None) -> bytes | None:
    """The bytes that zmn knows a book to have had, for a look at what was changed since; ``None`` where lost."""
    line = store.journal.state_of(book)
    known = book_hash(line, book) if line else None
    if known is None:
        return last
    kept = store.revisions.find(book, known)
    if kept is not None:
        return kept
    try:
        states = saved_states(store, book)
        return rebuild(store, states[-1], states).data if states else None
    except ZmnError:
        return None


class Operation(Struct, frozen=True):
    """What one command wrote: an entry for each of its books, with the numbers of their intents.

    ``settled`` tells of each whether it stands in its book, waits, or was dropped.
    """

    numbers: tuple[int, ...]
    entries: tuple[Entry, ...]
    settled: tuple[str, ...]

    @property
    def op_id(self) -> str:
        """The id of the first entry, by which the whole operation is known (``undo --batch``)."""
        return self.entries[0].op_id


def operations(store: Store) -> tuple[Operation, ...]:
    """Every operation, in order. Raises :class:`IntegrityError` where the chain is broken."""
    found: list[tuple[list[int], list[Entry]]] = []
    settled: dict[str, str] = {}
    for line in store.journal.verify():
        payload = line.payload
        if line.kind in (DONE, QUEUED, DROPPED):
            settled[payload["op"]] = line.kind
        elif line.kind == INTENT:
            entry = entry_from_json(payload["entry"])
            if entry.op_id in settled:
                # One that waited is written: it was told before.
                continue
            if payload.get("of", (1, 1))[0] == 1:
                found.append(([], []))
            found[-1][0].append(line.n)
            found[-1][1].append(entry)
    return tuple(
        Operation(tuple(numbers), tuple(entries), tuple(settled.get(e.op_id, "") for e in entries))
        for numbers, entries in found
    )


def lost_entries(store: Store) -> tuple[Entry, ...]:
    """Entries that wait by the journal and stand in no outbox any more: somebody deleted the file.

    Raises :class:`IntegrityError` where the chain is broken or the outbox cannot be read.
    """
    waiting = {entry.op_id for entry in store.outbox.entries()}
    return tuple(
        entry
        for operation in operations(store)
        for entry, settled in zip(operation.entries, operation.settled, strict=True)
        if settled == QUEUED and entry.op_id not in waiting
    )


def edited_cases(state: SavedState) -> set[str]:
    """The cases an outside edit touched."""
    return {difference_from_json(d).key for d in state.edit.get("differences", ())}


def _first_bytes(store: Store, first: SavedState) -> bytes | None:
    """The book that the first entry was written into: its kept copy, else the empty book as zmn makes it."""
    if first.entry is None:
        return None
    kept = store.revisions.find(first.book, first.before) if first.before else None
    if kept is not None:
        return kept
    shape = store.shapes[first.entry.ledger]
    return create_book(shape.layout, choices=shape.choices, stamp=shape.stamp, side_sheets=shape.side_sheets)
