"""What earlier commands left to do: the operation a crash cut off, and entries that waited for a book to be shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhuomuniao.errors import BookOpenError, CannotWriteError, IntegrityError, UnreadableFileError
from zhuomuniao.model import Saved
from zhuomuniao.store.agreement import contradiction, stands_in
from zhuomuniao.store.stage import remove_leftovers
from zhuomuniao.store.transaction import Plan, Writing

if TYPE_CHECKING:
    from zhuomuniao.store.entry import Entry
    from zhuomuniao.store.journal import Intent

_KEEPS_WAITING = (BookOpenError, IntegrityError, CannotWriteError, UnreadableFileError)
"""What stops an earlier operation's entry at its book: it waits, and the other books go on."""


def recover(writing: Writing) -> None:
    """Settle the operation a crash may have left, each of its books: done, written once, or kept waiting.

    An operation whose intents were not all recorded, or which was being given up, is dropped whole: no book
    of it was touched, and nobody was told that it was written.
    """
    store = writing.store
    # Always: copies are staged outside of any operation, and a share that goes away in the middle of one that is
    # then given up keeps its staged file.
    for folder in {(store.root / book).parent for book in store.find_books()}:
        remove_leftovers(folder)
    remove_leftovers(store.state_folder, is_deep=True)
    unfinished = store.journal.unfinished()
    if not unfinished:
        return
    if unfinished[0].is_void:
        store.journal.drop_intents(unfinished)
        return
    for intent in unfinished:
        _take_up(writing, intent)


def replay_outbox(writing: Writing) -> None:
    """Put waiting entries into their books, in operation order; a shut book blocks only itself."""
    blocked: set[str] = set()
    for entry in writing.store.outbox.entries():
        if entry.book not in blocked and _replay(writing, entry):
            writing.store.outbox.remove(entry)
        else:
            # It keeps waiting, and nothing of this book may overtake it.
            blocked.add(entry.book)


def _take_up(writing: Writing, intent: Intent) -> None:
    """Settle one intent that a crash left."""
    entry = intent.entry
    plan = Plan(intent)
    revision = writing.store.journal.revision
    try:
        reading = writing.reading(entry.book, entry.ledger)
        if reading is not None and stands_in(reading, entry):
            writing.close(entry, reading.data if reading.hash == intent.after else None, intent.after)
            return
        if (reading.hash if reading else "") == intent.before:
            plan = writing.plan_or_wait(entry, writing.store.outbox.entries())
        written = writing.settle(plan, revision, [])
    except _KEEPS_WAITING:
        written = writing.settle(Plan(intent), revision, [])
    if written.saved is Saved.WRITTEN:
        writing.settled += entry.case_nos


def _replay(writing: Writing, entry: Entry) -> bool:
    """Put a waiting entry into its book; answers whether it stands there now."""
    if writing.owner_of(entry.book):
        return False
    try:
        reading = writing.reading(entry.book, entry.ledger)
        if reading is not None and stands_in(reading, entry):
            return True
        if reading is not None and contradiction(reading, entry):
            # It waits for a person: never renumbered, never dropped, and nothing is overwritten.
            return False
        written = writing.carry_out([writing.plan(entry)])[entry.op_id]
    except _KEEPS_WAITING:
        return False
    if written.saved is Saved.QUEUED:
        return False
    writing.settled += entry.case_nos
    return True
