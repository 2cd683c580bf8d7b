"""What goes to a worker and what comes back from it: figures, and marks that tell nobody who came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.reports.tables import Check

Words = tuple[str, ...]
"""What a group is called: of a unit its locality and its name, of all others one word."""


class Source(Struct, frozen=True):
    """Where books stand: a workspace's folder, or one file. ``name`` is how it is printed."""

    path: str
    name: str
    is_workspace: bool = False


class Asked(Struct, frozen=True):
    """What every worker is told.

    ``spans`` are the days counted, the period itself first, then those it is compared with; ``by`` the groups asked
    for (:data:`zhuomuniao.rollup.groups.GROUPINGS`); ``key`` is drawn for this run alone and marks people with it;
    ``localities`` are folders of counties that do not come with zmn.
    """

    spans: tuple[Covered, ...]
    by: tuple[str, ...]
    key: bytes
    now: datetime
    as_of: date
    localities: tuple[str, ...] = ()


class Added(Struct, frozen=True):
    """What one round adds to one of the spans: one to each of these counts, in these groups.

    ``workdays`` is how long it took, for a round that was resolved in the span. ``groups`` are told of the period
    itself only, in the order asked for.
    """

    span: int
    counts: tuple[str, ...]
    groups: tuple[Words, ...] = ()
    workdays: int | None = None


class CaseMark(Struct, frozen=True):
    """A case by which the same matter is known again elsewhere; nobody can be known by it without the run's key.

    ``identity`` is of the whole case: its ledger, number, person and moment. ``work_order``, ``person`` and ``phone``
    are ``b""`` where there is none; ``matter`` are the marks of the pairs of characters of its description.
    """

    case_no: str
    accepted_at: datetime
    identity: bytes
    work_order: bytes
    person: bytes
    phone: bytes
    matter: bytes
    added: tuple[Added, ...] = ()


class Sum(Struct):
    """Counts by name, and how many rounds took how many 工作日. Sums are added to and taken from each other."""

    counts: dict[str, int]
    workdays: dict[int, int]

    def add(self, counts: Mapping[str, int], workdays: Mapping[int, int], *, times: int = 1) -> None:
        """Add so many times what others counted; with ``times=-1`` take it away."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + times * count
        for taken, rounds in workdays.items():
            self.workdays[taken] = self.workdays.get(taken, 0) + times * rounds

    @classmethod
    def empty(cls) -> Sum:
        return cls({}, {})


Groups = dict[str, dict[Words, Sum]]
"""Sums by the words of each grouping."""


class EditionUsed(Struct, frozen=True):
    """A rule edition by which cases were judged: how many, and its limits as they are printed."""

    edition: str
    applies_from: date
    cases: int
    limits: tuple[str, ...]


class CountedBook(Struct, frozen=True):
    """A ledger as it was counted: the books of a workspace's ledger over all years, or one book that came alone.

    ``contents`` are the SHA-256 of its files. ``office`` is whose it is, as far as that can be told. ``told_through``
    is the last moment at which anybody wrote into 流转记录. ``counts`` are those of each span, ``None`` where it had
    no case then. ``faults`` are cases whose days and status contradict each other; ``unread_cells`` and ``queued``
    are rows with a cell that cannot be read, and cases that still wait for their book; ``deemed`` those nobody
    signed for in time and of which the book does not say so yet.
    """

    source: Source
    files: tuple[str, ...]
    contents: tuple[str, ...]
    locality: str
    locality_name: str
    ledger: str
    title: str
    office: str
    cases: int
    told_through: datetime | None
    counts: tuple[Mapping[str, int] | None, ...]
    checks: tuple[Check, ...]
    groups: Mapping[str, tuple[tuple[Words, Mapping[str, int], Mapping[int, int]], ...]]
    marks: tuple[CaseMark, ...]
    editions: tuple[EditionUsed, ...]
    policies: tuple[str, ...]
    calendar: str
    chain_head: str = ""
    faults: tuple[tuple[str, str], ...] = ()
    unread_cells: int = 0
    queued: int = 0
    deemed: int = 0


class Unread(Struct, frozen=True):
    """What could not be read, why, and what to do about it. ``is_other``: it is sound, but holds no cases."""

    name: str
    why: str
    remedy: str
    is_other: bool = False


class Answer(Struct, frozen=True):
    """What was read in one place: its ledgers, and what of it could not be read."""

    source: Source
    books: tuple[CountedBook, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def rows(self) -> int:
        """How many cases were read."""
        return sum(book.cases for book in self.books)
