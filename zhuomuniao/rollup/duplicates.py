"""What was handed in twice: whole books, and single matters; each found, shown, and counted once.

The rules, as they are printed (:data:`RULES`):

1. the same bytes, or a ledger of which half the cases are another's too, number, person and moment alike: the ledger
   written to last counts, the other one not at all;
2. the same 12345 work order in two ledgers: the one accepted first counts;
3. the same person with a like matter within 30 days in two ledgers: the one accepted first counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from zhuomuniao.rollup.gathering import by_moment
from zhuomuniao.rollup.marks import is_alike, likeness
from zhuomuniao.similarity import SIMILAR_WITHIN

if TYPE_CHECKING:
    from zhuomuniao.rollup.counted import CountedBook
    from zhuomuniao.rollup.gathering import Gathered, Marked

_COMPARED_AT_MOST: Final = 50
"""Cases right before a case that it is held against: a hall's own telephone may stand in thousands of rows."""

_NAMES_ON_A_PHONE: Final = 20
"""A telephone under more names than these is an office's or a hall's: then the name must agree too."""


class Why(StrEnum):
    """By what two were found to be the same."""

    BYTES = "内容完全相同"
    CASES = "事项编号、对象、受理时间相同"
    WORK_ORDER = "工单编号相同"
    PERSON = "同一对象、相似事项"


RULES: Final = (
    "同一份账册报了两次（文件内容完全相同，或一半以上的事项编号、办理对象、受理时间都相同）的，以流转记录登记到最晚的一份为准，"
    "另一份整本不计；登记到同一时刻的，取事项多的，再取路径在前的",
    "同一工单编号在两本账册里都有的，只计受理最早的一件；同时受理的，计路径在前的账册那一件",
    "同一对象的相似事项在两本账册里都有的，只计受理最早的一件：电话相同（有一方没有电话的，姓名、区县都相同），"
    "受理相隔30日以内，情况描述相邻两字的组合有一半以上相同；电话在20个以上姓名下出现的，姓名也要相同",
    "同一本账册里的两件，由登记单位自己核对，汇总不作重复处理",
)
"""What is printed of them on 指标口径."""


class DoubleBook(Struct, frozen=True):
    """A ledger that does not count, the one that counts for it, and how many of its cases are both's."""

    place: int
    counted: int
    why: Why
    shared: int


class DoubleCase(Struct, frozen=True):
    """A case that does not count, and the one that counts for it. ``likeness`` is of their descriptions, 0 to 1."""

    case: Marked
    counted: Marked
    why: Why
    likeness: float


class Duplicates(Struct, frozen=True):
    """All that was found, in the order of the ledgers."""

    books: tuple[DoubleBook, ...]
    cases: tuple[DoubleCase, ...]


def find_duplicates(gathered: Gathered) -> Duplicates:
    """What stands twice among the ledgers that were read."""
    books = tuple(_double_books(gathered))
    left_out = [double.place for double in books]
    return Duplicates(books, tuple(_double_cases(gathered, left_out)))


# —— Whole books ——


def _double_books(gathered: Gathered) -> Iterator[DoubleBook]:
    books, marked = gathered.books, gathered.marked_cases()
    by_content: dict[tuple[str, str], list[int]] = {}
    for place, book in enumerate(books):
        for content in book.contents:
            by_content.setdefault((book.ledger, content), []).append(place)
    same_bytes = {(one, other) for places in by_content.values() for other in places for one in places if one < other}
    shared = gathered.shared_cases()
    pairs: dict[tuple[int, int], Why] = dict.fromkeys(same_bytes, Why.BYTES)
    for pair, count in shared.items():
        one, other = books[pair[0]], books[pair[1]]
        is_same_ledger = (one.locality, one.ledger) == (other.locality, other.ledger)
        if is_same_ledger and count * 2 >= min(marked.get(pair[0], 0), marked.get(pair[1], 0)):
            pairs.setdefault(pair, Why.CASES)
    counted: list[int] = []
    found: list[DoubleBook] = []
    for place in sorted(range(len(books)), key=lambda place: _preferred(books[place], place)):
        known = next((other for other in counted if _pair(place, other) in pairs), None) if pairs else None
        if known is None:
            counted.append(place)
            continue
        pair = _pair(place, known)
        found.append(DoubleBook(place, known, pairs[pair], shared.get(pair, 0)))
    yield from sorted(found, key=lambda double: double.place)


def _preferred(book: CountedBook, place: int) -> tuple[Any, ...]:
    """The ledger written to last comes first, then the one with more cases, then the one that stands first."""
    through = book.told_through or datetime.min
    return -(through - datetime.min).total_seconds(), -book.cases, place


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


# —— Single matters ——


def _double_cases(gathered: Gathered, left_out: Sequence[int]) -> Iterator[DoubleCase]:
    """Every case that is the same as one that was accepted before it and counts.

    Two that are only alike through a third are not the same: what is like a case that does not count is held against
    those that do.
    """
    cases: dict[int, Marked] = {}
    before: dict[int, dict[int, Why]] = {}
    for reason, pairs in (
        (Why.CASES, _pairs_alike(gathered, "identity", left_out)),
        (Why.WORK_ORDER, _pairs_alike(gathered, "work_order", left_out)),
        (Why.PERSON, _pairs_of_persons(gathered, left_out)),
    ):
        for one, other in pairs:
            cases |= {one.id: one, other.id: other}
            before.setdefault(other.id, {}).setdefault(one.id, reason)
    dropped: set[int] = set()
    for case in sorted(cases.values(), key=by_moment):
        alike = sorted((cases[id_] for id_ in before.get(case.id, ()) if id_ not in dropped), key=by_moment)
        if alike:
            dropped.add(case.id)
            first = alike[0]
            yield DoubleCase(case, first, before[case.id][first.id], likeness(case.matter, first.matter))


def _pairs_alike(gathered: Gathered, mark: str, left_out: Sequence[int]) -> Iterator[tuple[Marked, Marked]]:
    for group in gathered.alike_by(mark, left_out):
        yield from _of_two_ledgers(group)


def _pairs_of_persons(gathered: Gathered, left_out: Sequence[int]) -> Iterator[tuple[Marked, Marked]]:
    """Cases of the same person with a like matter, in different ledgers."""
    for group in gathered.alike_by("phone", left_out):
        is_public = len({case.person for case in group}) > _NAMES_ON_A_PHONE
        yield from (
            (one, other)
            for one, other in _near_in_time(group)
            if (not is_public or one.person == other.person) and is_alike(likeness(one.matter, other.matter))
        )
    localities = [book.locality for book in gathered.books]
    for group in gathered.alike_by("person", left_out):
        yield from (
            (one, other)
            for one, other in _near_in_time(group)
            if not (one.phone and other.phone)
            and localities[one.place] == localities[other.place]
            and is_alike(likeness(one.matter, other.matter))
        )


def _near_in_time(group: Sequence[Marked]) -> Iterator[tuple[Marked, Marked]]:
    """Those that were accepted within some days of each other."""
    for before, case in _of_two_ledgers(group):
        if case.accepted_at - before.accepted_at <= SIMILAR_WITHIN:
            yield before, case


def _of_two_ledgers(group: Sequence[Marked]) -> Iterator[tuple[Marked, Marked]]:
    """Each with those before it, the earlier one first; twice in one ledger is that ledger's own affair."""
    for at, case in enumerate(group):
        yield from (
            (before, case) for before in group[max(0, at - _COMPARED_AT_MOST) : at] if before.place != case.place
        )
