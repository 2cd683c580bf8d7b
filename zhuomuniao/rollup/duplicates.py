"""What was handed in twice: whole books, and single matters; each found, shown, and counted once.

The rules are printed (:data:`RULES`). Of a ledger that came twice the state written to last counts; of a matter in
two ledgers the one accepted first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from zhuomuniao.rollup.marks import is_alike, likeness
from zhuomuniao.similarity import SIMILAR_WITHIN

if TYPE_CHECKING:
    from zhuomuniao.rollup.counted import CountedBook
    from zhuomuniao.rollup.gathering import Gathered, Marked

_COMPARED_AT_MOST: Final = 50
"""Cases of other ledgers right before a case that it is held against, beside the first of all."""

_LOOKED_BACK: Final = 2000
"""Cases among which those are looked for: a hall's own telephone may stand in thousands of rows."""

_MANY: Final = 20
"""A telephone under more names than these is an office's or a hall's: then the name must agree too. A name with more
matters than these is no one person's (匿名).
"""


class Why(StrEnum):
    """By what two were found to be the same."""

    BYTES = "内容完全相同"
    CASES = "事项编号、对象、受理时间相同"
    WORK_ORDER = "工单编号相同"
    PERSON = "同一对象、相似事项"


RULES: Final = (
    "同一份账册报了两次的，只计一份：文件内容完全相同，或其中比对到的事项一半以上在另一份里（编号、办理对象、受理时间都相同）。"
    "以流转记录登记到最晚的一份为准，另一份整本不计；登记到同一时刻的，取事项多的，再取路径在前的",
    "同一件事项（编号、办理对象、受理时间都相同）、同一工单编号在两本账册里都有的，只计受理最早的一件；"
    "同时受理的，取流转记录登记到最晚的账册那一件",
    "同一对象的相似事项在两本账册里都有的，只计受理最早的一件：电话相同（有一方没有电话的，姓名、区县都相同），"
    f"受理相隔30日以内，情况描述相邻两字的组合有一半以上相同；电话在{_MANY}个以上姓名下出现的，姓名也要相同；"
    f"没有电话、同名的超过{_MANY}件的（匿名等），不比",
    "同一本账册里的两件，由登记单位自己核对，汇总不作重复处理",
)
"""What is printed of them."""


class DoubleBook(Struct, frozen=True):
    """A ledger that does not count, the one that counts for it, how many of the cases compared are both's, and how
    many are only its own.
    """

    place: int
    counted: int
    why: Why
    shared: int
    only_here: int


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
    order = sorted(range(len(gathered.books)), key=lambda place: _preferred(gathered.books[place], place))
    books = _double_books(gathered, order)
    left_out = [double.place for double in books]
    rank = {place: at for at, place in enumerate(order)}
    return Duplicates(tuple(books), tuple(_double_cases(gathered, left_out, rank)))


def _preferred(book: CountedBook, place: int) -> tuple[Any, ...]:
    """The ledger written to last comes first, then the one with more cases, then the one that stands first."""
    through = book.told_through or datetime.min
    return -(through - datetime.min).total_seconds(), -book.cases, place


# —— Whole books ——


def _double_books(gathered: Gathered, order: Sequence[int]) -> list[DoubleBook]:
    """The ledgers that do not count; ``order`` is that in which they are preferred."""
    books, marked = gathered.books, gathered.marked_cases()
    found = {double.place: double for double in _same_bytes(books, order)}
    shared: dict[int, dict[int, int]] = {}
    for (one, other), count in gathered.shared_cases([*found]).items():
        if (books[one].locality, books[one].ledger) == (books[other].locality, books[other].ledger):
            shared.setdefault(one, {})[other] = count
            shared.setdefault(other, {})[one] = count
    counted: set[int] = set()
    for place in order:
        if place in found:
            continue
        # What is left out is held against itself: three new cases do not take the place of a thousand.
        in_others = {other: n for other, n in shared.get(place, {}).items() if other in counted}
        same = [other for other, n in in_others.items() if n * 2 >= marked.get(place, 0)]
        if not same:
            counted.add(place)
            continue
        best = max(same, key=lambda other: (in_others[other], -other))
        found[place] = DoubleBook(place, best, Why.CASES, in_others[best], marked.get(place, 0) - in_others[best])
    return [found[place] for place in sorted(found)]


def _same_bytes(books: Sequence[CountedBook], order: Sequence[int]) -> Iterator[DoubleBook]:
    """Ledgers all of whose files are another's too. Those without cases are all alike, and take nothing away."""
    bearing: dict[str, list[int]] = {}
    for place in order:
        book = books[place]
        if not book.cases:
            continue
        there = bearing.get(book.contents[0], [])
        same = next((other for other in there if set(book.contents) <= set(books[other].contents)), None)
        if same is not None:
            yield DoubleBook(place, same, Why.BYTES, book.cases, 0)
            continue
        for content in book.contents:
            bearing.setdefault(content, []).append(place)


# —— Single matters ——


def _double_cases(gathered: Gathered, left_out: Sequence[int], rank: Mapping[int, int]) -> Iterator[DoubleCase]:
    """Every case that is the same as one that comes before it and counts.

    Two that are only alike through a third are not the same: what is like a case that does not count is held against
    those that do.
    """
    cases: dict[int, Marked] = {}
    alike: dict[int, dict[int, Why]] = {}
    for reason, pairs in (
        (Why.CASES, _pairs_bearing(gathered, "identity", left_out)),
        (Why.WORK_ORDER, _pairs_bearing(gathered, "work_order", left_out)),
        (Why.PERSON, _pairs_of_persons(gathered, left_out)),
    ):
        for one, other in pairs:
            cases |= {one.id: one, other.id: other}
            alike.setdefault(one.id, {}).setdefault(other.id, reason)
            alike.setdefault(other.id, {}).setdefault(one.id, reason)

    def order(case: Marked) -> tuple[Any, ...]:
        return case.accepted_at, rank[case.place], len(case.case_no), case.case_no

    kept: set[int] = set()
    for case in sorted(cases.values(), key=order):
        same = [cases[id_] for id_ in alike[case.id] if id_ in kept]
        if not same:
            kept.add(case.id)
            continue
        first = min(same, key=order)
        yield DoubleCase(case, first, alike[case.id][first.id], likeness(case.matter, first.matter))


def _pairs_bearing(gathered: Gathered, mark: str, left_out: Sequence[int]) -> Iterator[tuple[Marked, Marked]]:
    for group in gathered.alike_by(mark, left_out):
        yield from _of_two_ledgers(group)


def _pairs_of_persons(gathered: Gathered, left_out: Sequence[int]) -> Iterator[tuple[Marked, Marked]]:
    """Cases of the same person with a like matter, in different ledgers."""
    for group in gathered.alike_by("phone", left_out):
        is_public = len({case.person for case in group}) > _MANY
        yield from (
            (one, other)
            for one, other in _near_in_time(group)
            if (not is_public or one.person == other.person) and is_alike(likeness(one.matter, other.matter))
        )
    localities = [book.locality for book in gathered.books]
    for group in gathered.alike_by("person", left_out):
        if len(group) > _MANY:
            continue
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
    """Each with the first and with those right before it, the earlier one first, as far as they are of two ledgers:
    twice in one is that ledger's own affair.
    """
    recent: deque[Marked] = deque(maxlen=_LOOKED_BACK)
    for case in group:
        others = (one for one in reversed(recent) if one.place != case.place)
        near = list(islice(others, _COMPARED_AT_MOST))
        if group[0].place != case.place and (not near or near[-1] is not group[0]):
            near.append(group[0])
        yield from ((before, case) for before in near)
        recent.append(case)
