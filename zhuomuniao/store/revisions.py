"""Kept copies of books: the bytes each was last written with, and full revisions to go back to.

``last/`` mirrors the books' places. ``revisions/`` holds one file for each kept copy, and its name says all: day,
number in the journal, why it was kept, the first digits of its SHA-256. So the folder needs no index that could
disagree with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from zhuomuniao.intake import is_same_content
from zhuomuniao.store.stage import make_folder, write_durably

KEEP_ALL_DAYS = 31
"""日. So long every kept copy stays; then the last of each week, after a year the last of each month."""
KEEP_WEEKLY_DAYS = 366

_NAME = re.compile(r"(?P<day>\d{8})-(?P<n>\d{7,})-(?P<why>[a-z]+)-(?P<digits>[0-9a-f]{24})\.xlsx", re.ASCII)


class Why(StrEnum):
    """Why a copy was kept."""

    DAILY = "daily"
    BULK = "bulk"
    WHOLE = "whole"
    EDITED = "edited"
    UNSEEN = "unseen"

    @property
    def words(self) -> str:
        """The reason for a person."""
        return _WORDS[self]


_WORDS = {
    Why.DAILY: "当天第一次写入之前",
    Why.BULK: "成批写入之前",
    Why.WHOLE: "恢复、撤销、升级或接管之前、之后",
    Why.EDITED: "人工修改之后",
    Why.UNSEEN: "人工修改之前",
}


class Copy(Struct, frozen=True):
    """One kept copy: its file, the book, the day, the journal's number at that time, why, the hash's first digits."""

    path: Path
    book: str
    on: date
    n: int
    why: Why
    digits: str


class Revisions:
    """The kept copies in ``folder``. ``root`` is the workspace; books are named relative to it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self._last = folder / "last"
        self.folder = folder / "revisions"

    def last(self, book: str) -> bytes | None:
        """The bytes zmn last wrote to a book or found in it, or ``None`` where no copy is there."""
        try:
            return (self._last / book).read_bytes()
        except OSError:
            return None

    def is_last(self, book: str) -> bool | None:
        """Whether a book holds the bytes of its last copy; ``None`` where either cannot be read."""
        try:
            return is_same_content(self.root / book, self._last / book)
        except OSError:
            return None

    def set_last(self, book: str, data: bytes) -> None:
        """Remember a book's bytes. Not flushed: what a power cut loses is known by the journal's hash.

        Raises :class:`CannotWriteError`.
        """
        path = self._last / book
        make_folder(path.parent, within=self.root)
        write_durably(path, data, like=self._like(book), is_flushed=False)

    def forget_last(self, book: str) -> None:
        """Forget the copy of a book that is to be looked at anew."""
        with suppress(OSError):
            (self._last / book).unlink(missing_ok=True)

    def books(self) -> tuple[str, ...]:
        """Every book of which a last copy is there."""
        if not self._last.is_dir():
            return ()
        return tuple(sorted(p.relative_to(self._last).as_posix() for p in self._last.rglob("*.xlsx")))

    def keep(self, book: str, data: bytes, *, n: int, on: date, why: Why) -> None:
        """Keep a full copy. One that is there already with the same bytes gets the stronger reason and the later day.

        Raises :class:`CannotWriteError`.
        """
        digits = _digits(data)
        same = [c for c in self.copies(book) if c.digits == digits]
        path = self._folder_of(book) / f"{on:%Y%m%d}-{n:07d}-{why}-{digits}.xlsx"
        if any(c.why is Why.UNSEEN or (c.on >= on and why is not Why.UNSEEN) for c in same):
            return
        make_folder(path.parent, within=self.root)
        write_durably(path, data, like=self._like(book))
        for copy in same:
            with suppress(OSError):
                copy.path.unlink()

    def has_copy_of(self, book: str, on: date) -> bool:
        """Whether a copy was kept on that day."""
        return any(c.on == on for c in self.copies(book))

    def find(self, book: str, digest: str) -> bytes | None:
        """The bytes with that SHA-256, from the kept copies or ``last``; ``None`` where none is there, or spoilt."""
        last = self.last(book)
        if last is not None and sha256(last).hexdigest() == digest:
            return last
        for copy in self.copies(book):
            if digest.startswith(copy.digits):
                with suppress(OSError):
                    data = copy.path.read_bytes()
                    if sha256(data).hexdigest() == digest:
                        return data
        return None

    def copies(self, book: str) -> tuple[Copy, ...]:
        """The kept copies of a book, oldest first."""
        folder = self._folder_of(book)
        if not folder.is_dir():
            return ()
        return tuple(sorted(_copies_in(folder, book), key=lambda c: (c.on, c.n)))

    def all_copies(self) -> tuple[Copy, ...]:
        """The kept copies of every book."""
        if not self.folder.is_dir():
            return ()
        folders = sorted({p.parent for p in self.folder.rglob("*.xlsx")})
        books = [(f, f.relative_to(self.folder).as_posix()) for f in folders]
        return tuple(c for folder, book in books for c in _copies_in(folder, book))

    def spoilt(self) -> tuple[Copy, ...]:
        """Copies whose bytes are not what their name says."""
        return tuple(c for c in self.all_copies() if _digits(c.path.read_bytes()) != c.digits)

    def size(self) -> int:
        """Bytes on the disk, last copies included."""
        return sum(p.stat().st_size for f in (self._last, self.folder) if f.is_dir() for p in f.rglob("*.xlsx"))

    def thin(self, book: str, today: date) -> None:
        """Remove old copies by the rule of :data:`KEEP_ALL_DAYS`; never one from before an outside edit."""
        kept: dict[tuple[int, ...], Copy] = {}
        for copy in self.copies(book):
            age = today - copy.on
            if copy.why is Why.UNSEEN or age <= timedelta(days=KEEP_ALL_DAYS):
                continue
            weekly = age <= timedelta(days=KEEP_WEEKLY_DAYS)
            span = tuple(copy.on.isocalendar()[:2]) if weekly else (copy.on.year, copy.on.month, 0)
            earlier = kept.get(span)
            kept[span] = copy
            if earlier is not None:
                with suppress(OSError):
                    earlier.path.unlink()

    def _like(self, book: str) -> Path | None:
        """The file whose rights a copy gets; ``None`` where the book is not there: it is lost, or not made yet."""
        path = self.root / book
        return path if path.exists() else None

    def _folder_of(self, book: str) -> Path:
        return self.folder / book


def _copies_in(folder: Path, book: str) -> Iterator[Copy]:
    for path in folder.glob("*.xlsx"):
        match = _NAME.fullmatch(path.name)
        if match is not None and match["why"] in tuple(Why):
            with suppress(ValueError):
                day = date(int(match["day"][:4]), int(match["day"][4:6]), int(match["day"][6:]))
                yield Copy(path, book, day, int(match["n"]), Why(match["why"]), match["digits"])


def _digits(data: bytes) -> str:
    return sha256(data).hexdigest()[:24]
