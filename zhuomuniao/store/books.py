"""All books of one workspace: how they are read, and the way into writing to them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhuomuniao import __version__
from zhuomuniao.errors import BookOpenError, IntegrityError, UnreadableFileError, reason_of
from zhuomuniao.intake import read_regular
from zhuomuniao.store.disputes import Disputes
from zhuomuniao.store.journal import READ, SUBMITTED, Journal
from zhuomuniao.store.lock import WAIT_SECONDS, workspace_lock
from zhuomuniao.store.outbox import Outbox
from zhuomuniao.store.owner import Owner, find_owner, is_left_behind
from zhuomuniao.store.reading import BookReading
from zhuomuniao.store.revisions import Revisions
from zhuomuniao.store.rowcache import RowCache

if TYPE_CHECKING:
    from zhuomuniao.store.edits import SettleEdit
    from zhuomuniao.store.entry import Entry
    from zhuomuniao.store.rowcache import KeptBook
    from zhuomuniao.store.shape import BookShape
    from zhuomuniao.store.transaction import Plan, Writing

_SECOND_LOOK_SECONDS = 0.4


class Store:
    """All books of one workspace, its journal, its outbox, its kept copies.

    ``shapes`` tells, by ledger id, what each ledger's book is; ``find_books`` answers the books there are, each with
    its ledger; ``now`` is the real clock. ``settler`` decides what becomes of outside edits; without one they are
    only recorded. ``cache`` keeps what was read for the next command;
    ``read_file`` answers the bytes of a book.
    """

    def __init__(
        self,
        root: Path,
        state_folder: Path,
        shapes: Mapping[str, BookShape],
        *,
        find_books: Callable[[], Mapping[str, str]],
        now: datetime,
        cache: RowCache | None = None,
        read_file: Callable[[Path], bytes] | None = None,
    ) -> None:
        self.root = root
        self.state_folder = state_folder
        self.shapes = shapes
        self.find_books = find_books
        self.now = now
        self.journal = Journal(state_folder)
        self.outbox = Outbox(state_folder)
        self.revisions = Revisions(root, state_folder)
        self.disputes = Disputes(state_folder)
        self.settler: SettleEdit | None = None
        self._cache = cache or RowCache(None)
        self._read_file = read_file or read_regular
        self._shape_digests: dict[str, str] = {}
        self._looked_at: dict[tuple[str, str], BookReading] = {}

    def read(self, book: str, ledger: str) -> BookReading:
        """A look at a book, all bytes at once; what was worked out of the same bytes before is not worked out again.

        Raises :class:`UnreadableFileError`, also for one that a newer zmn wrote, or that is another ledger's.
        """
        reading = self._look(book, ledger)
        try:
            reading.check()
        except UnreadableFileError:
            # Another program may be in the middle of saving it: a half-saved zip is read twice.
            time.sleep(_SECOND_LOOK_SECONDS)
            reading = self._look(book, ledger)
            reading.check()
        _ = reading.version
        self._looked_at[book, ledger] = reading
        return reading

    def forget(self) -> None:
        """Let go of what was read, for who goes on to other workspaces: whoever looks again reads again."""
        self._looked_at.clear()

    def is_as_left(self, reading: BookReading, book: str) -> bool:
        """Whether a book holds what zmn left in it, to the byte: nobody has typed into it since."""
        return self.revisions.last(book) == reading.data

    def bytes_of(self, book: str) -> bytes | None:
        """The bytes in a book's place, whatever they are; ``None`` where there is none. Raises :class:`OSError`."""
        path = self.root / book
        return read_regular(path) if path.exists() else None

    def missing_books(self) -> tuple[str, ...]:
        """Books that zmn has written to and that are not in their place any more."""
        gone = (book for book in self.revisions.books() if not (self.root / book).exists())
        return tuple(book for book in gone if self.journal.state_of(book) is not None)

    @property
    def has_unsettled(self) -> bool:
        """Whether entries wait, a crash left one half done, or somebody edited a book: cheap to ask at every look."""
        return bool(self.outbox.entries()) or bool(self.journal.unfinished()) or self.has_edits

    @property
    def has_edits(self) -> bool:
        """Whether a book that is shut holds other bytes than zmn left in it."""
        edited = (book for book in self.find_books() if self.revisions.is_last(book) is False)
        return any(self.owner_of(book) is None for book in edited)

    def owner_of(self, book: str) -> Owner | None:
        """Who has a book open; an owner file that is proven to be left behind counts for nothing (F-05)."""
        owner = find_owner(self.root / book)
        return None if owner is None or is_left_behind(self.root / book, owner) else owner

    def contradictions(self, ledger: str) -> tuple[tuple[Entry, str], ...]:
        """Waiting entries of a ledger that their book, as it is now, contradicts, each with the reason."""
        from zhuomuniao.store.agreement import contradiction, stands_in
        from zhuomuniao.store.applying import apply_entry

        found = []
        readings: dict[str, BookReading] = {}
        for entry in self.outbox.entries():
            is_other = entry.ledger != ledger or not (self.root / entry.book).exists()
            if is_other or self.owner_of(entry.book):
                continue
            reading = readings.get(entry.book) or self.read(entry.book, entry.ledger)
            if stands_in(reading, entry):
                continue
            if reason := contradiction(reading, entry):
                found.append((entry, reason))
            else:
                # The next one was made on top of this one.
                data = apply_entry(reading, entry).data
                readings[entry.book] = BookReading(data, self.shapes[ledger], name=reading.name)
        return tuple(found)

    def _look(self, book: str, ledger: str) -> BookReading:
        path = self.root / book
        try:
            data = self._read_file(path)
        except OSError as error:
            # Windows answers so while another program holds the book; elsewhere it is a matter of rights.
            if sys.platform == "win32" and isinstance(error, PermissionError):
                raise BookOpenError(f"“{path.name}”正被别的程序占用，读不出来", "请关闭后再试") from error
            raise UnreadableFileError(f"读不了“{path.name}”：{reason_of(error)}", "请检查文件和共享盘") from error
        if ledger not in self.shapes:
            raise IntegrityError(f"本工作区没有台账“{ledger}”", "zmn.toml 或 .zmn 里的文件被改动过；请看 zmn doctor")
        known = self._looked_at.get((book, ledger))
        if known is not None and known.data == data:
            return known
        reading = BookReading(data, self.shapes[ledger], name=path.name)
        reading.kept = self._kept(path, reading.hash, ledger)
        return reading

    def keep_written(self, plan: Plan) -> None:
        """Leave for the next command what it would read out of a book that was just written.

        Never raises: the book is written, and that nothing could be kept is no reason to say otherwise.
        """
        from zhuomuniao.store.keeping import keep_written

        if plan.before is None or plan.patched is None:
            return
        entry = plan.intent.entry
        after = self._kept(self.root / entry.book, plan.intent.after, entry.ledger)
        with suppress(Exception):
            keep_written(plan.before, plan.patched, entry.case_nos, after)

    def _kept(self, path: Path, content: str, ledger: str) -> KeptBook:
        shape = self.shapes[ledger]
        if ledger not in self._shape_digests:
            told = repr((__version__, ledger, shape.layouts))
            self._shape_digests[ledger] = sha256(told.encode()).hexdigest()
        return self._cache.of_book(path, content=content, shape=self._shape_digests[ledger])

    @contextmanager
    def writing(self, *, ignores_owners: bool = False, wait_seconds: float = WAIT_SECONDS) -> Iterator[Writing]:
        """Hold the lock; finish what a crash left; take in what people changed; put waiting entries into books that
        are shut again. ``ignores_owners`` writes past owner files, because the clerk knows that nobody has the book
        open (``book replay --force``).
        """
        # Who only looks does not load what writes.
        from zhuomuniao.store.edits import notice_edits
        from zhuomuniao.store.recovery import recover, replay_outbox
        from zhuomuniao.store.transaction import Writing

        with workspace_lock(self.state_folder, wait_seconds=wait_seconds):
            self._guard()
            writing = Writing(self, ignores_owners=ignores_owners)
            recover(writing)
            notice_edits(writing)
            replay_outbox(writing)
            try:
                yield writing
            finally:
                # What an administrator's command made must not shut the clerk out.
                self._guard()

    def _guard(self) -> None:
        from zhuomuniao.store.guard import guard_state_folder

        guard_state_folder(self.state_folder, [self.root / book for book in self.find_books()])

    def record_reading(self, at: datetime, payload: Mapping[str, str]) -> None:
        """Journal that somebody looked at unmasked personal data (``--full``)."""
        self._record(READ, at, payload)

    def record_submission(self, at: datetime, payload: Mapping[str, Any]) -> None:
        """Journal that a hand-in left the office, or that this was recorded by mistake."""
        self._record(SUBMITTED, at, payload)

    def _record(self, kind: str, at: datetime, payload: Mapping[str, Any]) -> None:
        """A line about no book. What a crash left is settled first: recovery looks no further back than that."""
        with self.writing():
            self.journal.append(kind, at, dict(payload))
