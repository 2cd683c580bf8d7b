"""What many workers counted, brought together: figures on a disk of this computer, so that memory does not grow.

Ledgers come in any order; everything is decided when all of them are there, in the order of their names.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Self

from msgspec import Struct, msgpack
from msgspec.structs import replace

from zhuomuniao.rollup.counted import Added, CountedBook, Groups, Sum, Unread

if TYPE_CHECKING:
    from zhuomuniao.rollup.counted import Answer

_TABLES: Final = (
    "CREATE TABLE book (id INTEGER PRIMARY KEY, groups BLOB NOT NULL)",
    "CREATE TABLE mark (book INTEGER NOT NULL, case_no TEXT NOT NULL, accepted_at TEXT NOT NULL,"
    " identity BLOB NOT NULL, work_order BLOB NOT NULL, person BLOB NOT NULL, phone BLOB NOT NULL,"
    " matter BLOB NOT NULL, added BLOB NOT NULL)",
)
_INDEXES: Final = ("identity", "work_order", "phone", "person")
_SETTINGS: Final = ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE")
"""The file is of this run alone: after a crash it is thrown away."""

_pack: Final = msgpack.Encoder().encode
_unpack_groups: Final = msgpack.Decoder(
    dict[str, list[tuple[tuple[str, ...], dict[str, int], dict[int, int]]]]
).decode
_unpack_added: Final = msgpack.Decoder(tuple[Added, ...]).decode


class Marked(Struct, frozen=True):
    """A case as it is compared with others; ``place`` is that of its ledger among :attr:`Gathered.books`."""

    id: int
    place: int
    case_no: str
    accepted_at: datetime
    person: bytes
    phone: bytes
    matter: bytes


class Gathered:
    """The ledgers that were read, and what could not be; to be used in a ``with`` block, and gone with it."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="zmn-rollup-", ignore_cleanup_errors=True)
        # Only one thread at a time uses it, though not always the one that made it.
        self._db = sqlite3.connect(Path(self._folder.name) / "marks.sqlite3", check_same_thread=False)
        for setting in _SETTINGS:
            self._db.execute(f"PRAGMA {setting}")
        for table in _TABLES:
            self._db.execute(table)
        self._books: list[CountedBook] = []
        self._unread: list[Unread] = []
        self._order: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *told: object) -> None:
        self._db.close()
        self._folder.cleanup()

    def add_unread(self, unread: Iterable[Unread]) -> None:
        """Take in what could not be read at all."""
        self._unread += unread

    def add(self, answer: Answer) -> None:
        """Take in what was read in one place."""
        self.add_unread(answer.unread)
        for book in answer.books:
            number = len(self._books)
            self._db.execute("INSERT INTO book VALUES (?, ?)", (number, _pack(book.groups)))
            self._db.executemany(
                "INSERT INTO mark VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        number, m.case_no, m.accepted_at.isoformat(), m.identity, m.work_order, m.person, m.phone,
                        m.matter, _pack(m.added),
                    )
                    for m in book.marks
                ),
            )  # fmt: skip
            # What is on the disk need not stay in memory too.
            self._books.append(_without_parts(book))

    def finish(self) -> None:
        """All is there: put it in order. Whatever came first, the same ledgers have the same places."""
        self._unread.sort(key=lambda one: (one.name, one.why))
        self._order = sorted(range(len(self._books)), key=lambda number: in_order(self._books[number]))
        self._place_of = {number: place for place, number in enumerate(self._order)}
        for name in _INDEXES:
            self._db.execute(f"CREATE INDEX {name}_of ON mark ({name}) WHERE {name} <> x''")

    @property
    def books(self) -> tuple[CountedBook, ...]:
        """The ledgers in their order, without their groups and marks."""
        return tuple(self._books[number] for number in self._order)

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What could not be read, and what holds no cases."""
        return tuple(self._unread)

    def shared_cases(self) -> dict[tuple[int, int], int]:
        """How many cases two ledgers have in common, number, person and moment alike, by their places."""
        found: dict[tuple[int, int], int] = {}
        for one, other, count in self._db.execute(
            "SELECT a.book, b.book, count(*) FROM mark a JOIN mark b ON a.identity = b.identity AND a.book < b.book"
            " WHERE a.identity <> x'' GROUP BY a.book, b.book"
        ):
            first, second = sorted((self._place_of[one], self._place_of[other]))
            found[first, second] = count
        return found

    def marked_cases(self) -> dict[int, int]:
        """How many cases each ledger marked, by its place."""
        counts = self._db.execute("SELECT book, count(*) FROM mark GROUP BY book")
        return {self._place_of[book]: count for book, count in counts}

    def alike_by(self, mark: str, left_out: Sequence[int]) -> Iterator[tuple[Marked, ...]]:
        """The cases that bear the same mark in two ledgers or more, in the order they were accepted.

        ``mark`` is ``identity``, ``work_order``, ``phone`` or ``person``, the last only where one of them has no
        telephone; ``left_out`` are places of ledgers that do not count.
        """
        assert mark in _INDEXES
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS left_out (book INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM left_out")
        self._db.executemany("INSERT INTO left_out VALUES (?)", ((self._order[place],) for place in left_out))
        counting = f"{mark} <> x'' AND book NOT IN (SELECT book FROM left_out)"
        if mark == "person":
            counting += " AND person IN (SELECT person FROM mark WHERE phone = x'')"
        group: list[Marked] = []
        last: bytes | None = None
        rows = self._db.execute(
            f"SELECT {mark}, rowid, book, case_no, accepted_at, person, phone, matter FROM mark WHERE {counting}"
            f" AND {mark} IN (SELECT {mark} FROM mark WHERE {counting} GROUP BY {mark}"
            f" HAVING count(DISTINCT book) > 1) ORDER BY {mark}"
        )
        for value, id_, book, case_no, accepted_at, person, phone, matter in rows:
            if value != last and group:
                yield tuple(sorted(group, key=by_moment))
                group = []
            last = value
            at = datetime.fromisoformat(accepted_at)
            group.append(Marked(id_, self._place_of[book], case_no, at, person, phone, matter))
        if group:
            yield tuple(sorted(group, key=by_moment))

    def added_by(self, id_: int) -> tuple[Added, ...]:
        """What a marked case adds to the figures."""
        ((packed,),) = self._db.execute("SELECT added FROM mark WHERE rowid = ?", (id_,)).fetchall()
        return _unpack_added(packed)

    def groups(self, counted: Sequence[int]) -> Groups:
        """The figures of these ledgers by group, added up."""
        found: Groups = {}
        for place in counted:
            ((packed,),) = self._db.execute("SELECT groups FROM book WHERE id = ?", (self._order[place],)).fetchall()
            for name, sums in _unpack_groups(packed).items():
                of_name = found.setdefault(name, {})
                for words, counts, workdays in sums:
                    of_name.setdefault(words, Sum.empty()).add(counts, workdays)
        return found


def in_order(book: CountedBook) -> tuple[Any, ...]:
    """What ledgers are ordered by: where they stand."""
    return book.source.name, book.ledger, book.files


def by_moment(case: Marked) -> tuple[Any, ...]:
    """What cases are ordered by: when they were accepted, then where they stand."""
    return case.accepted_at, case.place, len(case.case_no), case.case_no


def _without_parts(book: CountedBook) -> CountedBook:
    return replace(book, groups={}, marks=())
