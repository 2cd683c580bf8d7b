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

from zhuomuniao.errors import CannotWriteError
from zhuomuniao.rollup.counted import Added, CountedBook, Groups, Sum, Unread

if TYPE_CHECKING:
    from zhuomuniao.rollup.counted import Answer

_TABLES: Final = (
    "CREATE TABLE book (id INTEGER PRIMARY KEY, groups BLOB NOT NULL)",
    "CREATE TABLE mark (book INTEGER NOT NULL, case_no TEXT NOT NULL, accepted_at TEXT NOT NULL,"
    " identity BLOB NOT NULL, work_order BLOB NOT NULL, person BLOB NOT NULL, phone BLOB NOT NULL,"
    " matter BLOB NOT NULL, added BLOB NOT NULL)",
    "CREATE TABLE left_out (book INTEGER PRIMARY KEY)",
)
_COUNTING: Final = "{} NOT IN (SELECT book FROM left_out)"
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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._db.close()
        folder = self._folder.name
        self._folder.cleanup()
        if isinstance(error, sqlite3.OperationalError):
            raise CannotWriteError(
                f"临时文件夹“{folder}”写不进去，多半是磁盘满了",
                "每一千件大约要0.1MB；请腾出地方，或用环境变量 TMPDIR 换一个地方大的文件夹，再运行一次；没有写出汇总",
            ) from error

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

    def shared_cases(self, left_out: Sequence[int]) -> dict[tuple[int, int], int]:
        """How many cases two ledgers have in common, number, person and moment alike, by their places."""
        self._leave_out(left_out)
        found: dict[tuple[int, int], int] = {}
        for one, other, count in self._db.execute(
            "SELECT a.book, b.book, count(DISTINCT a.identity) FROM mark a"
            " JOIN mark b ON a.identity = b.identity AND a.book < b.book"
            f" WHERE a.identity <> x'' AND {_COUNTING.format('a.book')} AND {_COUNTING.format('b.book')}"
            " GROUP BY a.book, b.book"
        ):
            first, second = sorted((self._place_of[one], self._place_of[other]))
            found[first, second] = count
        return found

    def marked_cases(self) -> dict[int, int]:
        """How many cases each ledger marked, by its place."""
        counts = self._db.execute("SELECT book, count(DISTINCT identity) FROM mark GROUP BY book")
        return {self._place_of[book]: count for book, count in counts}

    def alike_by(self, mark: str, left_out: Sequence[int]) -> Iterator[tuple[Marked, ...]]:
        """The cases that bear the same mark in two ledgers or more, in the order they were accepted.

        ``mark`` is ``identity``, ``work_order``, ``phone`` or ``person``, the last only where one of them has no
        telephone; ``left_out`` are places of ledgers that do not count.
        """
        assert mark in _INDEXES
        self._leave_out(left_out)
        counting = f"{mark} <> x'' AND {_COUNTING.format('book')}"
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
                yield tuple(sorted(group, key=_by_moment))
                group = []
            last = value
            at = datetime.fromisoformat(accepted_at)
            group.append(Marked(id_, self._place_of[book], case_no, at, person, phone, matter))
        if group:
            yield tuple(sorted(group, key=_by_moment))

    def _leave_out(self, places: Sequence[int]) -> None:
        self._db.execute("DELETE FROM left_out")
        self._db.executemany("INSERT INTO left_out VALUES (?)", ((self._order[place],) for place in places))

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
    return book.source.name, book.source.path, book.ledger, book.files


def _by_moment(case: Marked) -> tuple[Any, ...]:
    return case.accepted_at, case.place, len(case.case_no), case.case_no


def _without_parts(book: CountedBook) -> CountedBook:
    return replace(book, groups={}, marks=())
