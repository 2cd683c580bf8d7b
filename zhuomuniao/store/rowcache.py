"""What was read out of a book, kept for the next command: derived, disposable, told apart by the hash of the bytes.

One SQLite file for each book, in a folder of the user's own that nobody else may enter: the rows hold people's names
and phones, as the book does. A file holds one state of its book, the last that was read or written. Who asks for
another state finds nothing, so does who meets a file that is locked, spoilt or of another zmn. Every question asks
for the state too, and what is asked together is of one moment: what another process puts there is never mixed in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, msgpack

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

    from zhuomuniao.store.cells import CellValue

_FORMAT: Final = "2"
"""Of the tables below and of what is in them: each has files of its own."""

_PATIENCE_SECONDS: Final = 0.25
"""So long a command waits for another one that is writing here; then it goes on without."""

_UNUSED_DAYS: Final = 60
"""日. A file that nobody has written for so long is removed: its book may be gone, and people's data with it."""

_ROWS_IN_A_BLOCK: Final = 500
_MOST_SINGLE: Final = 250
"""From so many rows on that stand by themselves, they are put into blocks again."""

_SETTINGS: Final = (
    # A block is a quarter of a megabyte: with the usual pages of 4 KB, 50,000 rows took 70,000 reads and writes.
    "page_size = 65536",
    "cache_size = -65536",
    "synchronous = NORMAL",
)
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS book (state TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS block (sheet TEXT, rests INTEGER, first INTEGER, rows BLOB NOT NULL,"
    " PRIMARY KEY (sheet, rests, first)) WITHOUT ROWID",
    # Rows that were written since: they count for those of the same number in the blocks.
    "CREATE TABLE IF NOT EXISTS row (sheet TEXT, number INTEGER, key TEXT NOT NULL, rests INTEGER NOT NULL,"
    " packed BLOB NOT NULL, PRIMARY KEY (sheet, number)) WITHOUT ROWID",
)
_ASK_FACT: Final = "SELECT value FROM fact, book WHERE state = ? AND name = ?"
_ASK_SINGLE: Final = "SELECT rests, packed FROM row, book WHERE state = ? AND sheet = ?"
_ASK_BLOCKS: Final = "SELECT rests, rows FROM block, book WHERE state = ? AND sheet = ?"
_ASK_KEYS: Final = "SELECT key FROM row, book WHERE state = ? AND sheet = ? AND key <> ''"
_PUT_FACT: Final = "INSERT OR REPLACE INTO fact VALUES (?, ?)"
_PUT_SINGLE: Final = "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?)"
_PUT_BLOCK: Final = "INSERT INTO block VALUES (?, ?, ?, ?)"
_pack: Final = msgpack.Encoder().encode
_unpack: Final = msgpack.Decoder().decode


class KeptRow(Struct, frozen=True):
    """A row as it was read: its number, whose it is, where its own columns stand, its cells in the fields' order.

    ``rests``: it is closed, nothing in it is to be told of, and a look at what moves does without it.
    """

    number: int
    key: str
    own_number: int
    cells: Sequence[CellValue]
    rests: bool = False


class RowCache:
    """The kept rows of a user's books; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def of_book(self, book: Path, *, content: str, shape: str) -> KeptBook:
        """What is kept of a book with these bytes (``content`` is their SHA-256), read as ``shape`` says."""
        state = sha256(f"{content} {shape}".encode()).hexdigest()
        if self._folder is None:
            return KeptBook(None, state)
        name = sha256(os.fsencode(book.absolute())).hexdigest()[:32]
        return KeptBook(self._folder / f"{name}.{_FORMAT}.sqlite3", state)


class KeptBook:
    """What is kept of one state of a book. Nothing here raises: what is not kept is read again."""

    def __init__(self, path: Path | None, state: str) -> None:
        self.state = state
        self._path = path
        self._db: Connection | None = None
        self._facts: dict[str, Any] = {}

    @property
    def is_of_use(self) -> bool:
        """Whether there is a place to keep anything in."""
        return self._path is not None

    def fact(self, name: str) -> Any | None:
        """What was kept under a name, ``None`` where nothing was."""
        if name not in self._facts:
            answers = self._ask_together((_ASK_FACT, name))
            self._facts[name] = _unpack(answers[0][0][0]) if answers and answers[0] else None
        return self._facts[name]

    def keep_facts(self, facts: Mapping[str, Any]) -> None:
        """Keep small things under their names."""
        self._facts |= facts
        self._change(lambda db: _put_facts(db, facts))

    def rows(self, sheet: str, *, moving_only: bool = False) -> list[KeptRow] | None:
        """The rows of a sheet in their order, ``None`` where they are not kept."""
        only = " AND rests = 0" if moving_only else ""
        answers = self._ask_together(
            (_ASK_FACT, sheet), (_ASK_BLOCKS + only, sheet), (_ASK_SINGLE, sheet), (_ASK_FACT, f"rest {sheet}")
        )
        if answers is None or not answers[0]:
            return None
        _, blocks, single, rest = answers
        # What is told of those left out is of the same moment.
        self._facts[f"rest {sheet}"] = _unpack(rest[0][0]) if rest else None
        found = {row.number: row for block in blocks for row in _unpacked(*block)}
        found |= {row.number: row for one in single for row in _unpacked(*one)}
        rows = [row for number in sorted(found) if not ((row := found[number]).rests and moving_only)]
        if len(single) > _MOST_SINGLE and not moving_only:
            self.keep_rows(sheet, rows, {})
        return rows

    def row(self, sheet: str, number: int) -> KeptRow | None:
        """The row of a sheet that stands at a place."""
        answers = self._ask_together(
            (f"{_ASK_SINGLE} AND number = ?", sheet, number), *(_last_block(sheet, rests, number) for rests in (0, 1))
        )
        # What stands by itself counts, and is asked for first.
        rows = (row for found in answers or () for one in found for row in _unpacked(*one))
        return next((row for row in rows if row.number == number), None)

    def last_row(self, sheet: str) -> int:
        """The number of the last row that is kept of a sheet, 0 where none is."""
        answers = self._ask_together(
            (f"{_ASK_SINGLE} ORDER BY number DESC LIMIT 1", sheet),
            *(_last_block(sheet, rests, _BEYOND) for rests in (0, 1)),
        )
        rows = (row for found in answers or () for one in found for row in _unpacked(*one))
        return max((row.number for row in rows), default=0)

    def keys(self, sheet: str) -> list[str] | None:
        """The numbers that the rows of a sheet bear, some perhaps twice; ``None`` where none are kept."""
        answers = self._ask_together((_ASK_FACT, f"keys {sheet}"), (_ASK_KEYS, sheet))
        if answers is None or not answers[0]:
            return None
        in_blocks, single = answers
        return [*_unpack(in_blocks[0][0]).split(), *(key for (key,) in single)]

    def keep_rows(self, sheet: str, rows: Sequence[KeptRow], facts: Mapping[str, Any]) -> None:
        """Keep every row of a sheet, and some facts with them."""
        facts = {**facts, sheet: True, f"keys {sheet}": " ".join(row.key for row in rows if row.key)}

        def put(db: Connection) -> None:
            for table in ("row", "block"):
                db.execute(f"DELETE FROM {table} WHERE sheet = ?", (sheet,))
            for rests in (False, True):
                some = [row for row in rows if row.rests is rests]
                for start in range(0, len(some), _ROWS_IN_A_BLOCK):
                    block = some[start : start + _ROWS_IN_A_BLOCK]
                    db.execute(_PUT_BLOCK, (sheet, rests, block[0].number, _packed(block)))
            _put_facts(db, facts)

        self._facts |= facts
        self._change(put)

    def put_rows(self, sheet: str, rows: Sequence[KeptRow], facts: Mapping[str, Any]) -> None:
        """Put rows in the place of those with the same numbers, and keep what is now to be known of them."""

        def put(db: Connection) -> None:
            _put_single(db, sheet, rows)
            _put_facts(db, facts)

        self._facts |= facts
        self._change(put, only_standing=True)

    def move_on(self, after: KeptBook, rows: Mapping[str, Sequence[KeptRow]], facts: Mapping[str, Any]) -> bool:
        """Make of this state what a writer made of it: rows of each sheet changed or added, other facts.

        Answers whether this state stood there.
        """

        def put(db: Connection) -> None:
            for sheet, some in rows.items():
                _put_single(db, sheet, some)
            _put_facts(db, facts)
            db.execute("UPDATE book SET state = ?", (after.state,))

        return self._change(put, only_standing=True)

    def _ask_together(self, *questions: tuple[str | int, ...]) -> list[list[Any]] | None:
        """The answers about one state at one moment, ``None`` where there is no telling. A question has its words
        behind it.
        """
        if (db := self._open()) is None:
            return None
        import sqlite3

        try:
            db.execute("BEGIN")
            answers = [db.execute(str(sql), (self.state, *words)).fetchall() for sql, *words in questions]
            db.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        return answers

    def _change(self, put: Callable[[Connection], None], *, only_standing: bool = False) -> bool:
        """Write in one piece; what is there of another state goes, or stays and nothing is written."""
        if (db := self._open(makes=not only_standing)) is None:
            return False
        import sqlite3

        try:
            db.execute("BEGIN IMMEDIATE")
            for table in _TABLES:
                db.execute(table)
            standing = db.execute("SELECT state FROM book").fetchone()
            if standing != (self.state,):
                if only_standing:
                    db.execute("ROLLBACK")
                    return False
                for table in ("book", "fact", "block", "row"):
                    db.execute(f"DELETE FROM {table}")
                db.execute("INSERT INTO book VALUES (?)", (self.state,))
            put(db)
            db.execute("COMMIT")
            return True
        except (sqlite3.Error, ValueError, TypeError, OverflowError, MemoryError) as error:
            self._give_up(error)
            return False

    def _open(self, *, makes: bool = False) -> Connection | None:
        if self._db is not None or self._path is None:
            return self._db
        try:
            import sqlite3
        except ImportError:  # a Python built without it
            self._path = None
            return None
        try:
            if makes:
                _make_private(self._path)
            elif not self._path.exists():
                return None
            if not _is_private(self._path):
                self._path = None
                return None
            db = sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS, isolation_level=None)
            for setting in _SETTINGS:
                db.execute(f"PRAGMA {setting}")
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
            return None
        self._db = db
        return db

    def _give_up(self, error: Exception) -> None:
        """Go on without; a file that is spoilt is removed, so that the next command makes it anew."""
        import sqlite3

        db, path, self._db, self._path = self._db, self._path, None, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()
        # OperationalError: locked, a full disk, no rights. Another DatabaseError: not a database, malformed.
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError) and path:
            with suppress(OSError):
                path.unlink()


def _last_block(sheet: str, rests: int, number: int) -> tuple[str | int, ...]:
    """The question for the block in which a row would stand that rests, or does not."""
    return f"{_ASK_BLOCKS} AND rests = ? AND first <= ? ORDER BY first DESC LIMIT 1", sheet, rests, number


def _put_facts(db: Connection, facts: Mapping[str, Any]) -> None:
    db.executemany(_PUT_FACT, [(name, _pack(value)) for name, value in facts.items()])


def _put_single(db: Connection, sheet: str, rows: Sequence[KeptRow]) -> None:
    db.executemany(_PUT_SINGLE, [(sheet, row.number, row.key, row.rests, _packed([row])) for row in rows])


def _packed(rows: Sequence[KeptRow]) -> bytes:
    """Rows column by column: most columns hold one kind of value. A day is packed as its text, and it is told which
    columns hold days; a text that stands among them is packed in a list.
    """
    columns: list[Sequence[Any]] = list(zip(*[row.cells for row in rows], strict=True))
    days = [place for place, column in enumerate(columns) if not _DAYS.isdisjoint(map(type, column))]
    for place in days:
        columns[place] = [[cell] if type(cell) is str else cell for cell in columns[place]]
    numbers, keys, own = zip(*[(row.number, row.key, row.own_number) for row in rows], strict=True)
    return _pack((numbers, keys, own, columns, days))


def _unpacked(rests: int, packed: bytes) -> Iterator[KeptRow]:
    numbers, keys, own, columns, days = _unpack(packed)
    for place in days:
        columns[place] = [_day(cell) for cell in columns[place]]
    return map(KeptRow, numbers, keys, own, zip(*columns, strict=True), repeat(bool(rests)))


def _day(cell: Any) -> CellValue:
    if type(cell) is str:
        return datetime.fromisoformat(cell) if "T" in cell else date.fromisoformat(cell)
    own: CellValue = cell[0] if type(cell) is list else cell
    return own


_DAYS: Final = frozenset({date, datetime})
_BEYOND: Final = 1 << 31
"""A row behind every other."""


def _make_private(path: Path) -> None:
    """The file and its folder, made for this user alone; files nobody has written for long are removed.

    Raises :class:`OSError`.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        for other in folder.glob("*.sqlite3"):
            with suppress(OSError):
                if time.time() - other.stat().st_mtime > _UNUSED_DAYS * 86_400:
                    other.unlink()
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _is_private(path: Path) -> bool:
    """Whether nobody else can read or change the file (on Windows the folder's own rights see to that)."""
    if os.name == "nt":
        return True
    return all(
        found.st_uid == os.getuid() and not found.st_mode & 0o077 for found in (path.parent.stat(), path.lstat())
    )
