"""The figures of a roll-up: ledgers added up, what stands twice taken away, identities held against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.reports.casechecks import SUMMED, count_checks
from zhuomuniao.reports.casefigures import EarlierPeriod, count_rounds, rates_of
from zhuomuniao.reports.tables import Check
from zhuomuniao.rollup.counted import Sum
from zhuomuniao.rollup.duplicates import find_duplicates
from zhuomuniao.rollup.groups import GROUPINGS

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.reports.tables import Rate
    from zhuomuniao.rollup.counted import Asked, CountedBook, Groups, Unread
    from zhuomuniao.rollup.duplicates import Duplicates
    from zhuomuniao.rollup.gathering import Gathered


class Total(Struct, frozen=True):
    """All figures of a roll-up. ``books`` are the ledgers read, in their order; ``counts`` are those of the period,
    ``doubled`` what of the ledgers' own counts was taken away, by the ledger's place.
    """

    books: tuple[CountedBook, ...]
    unread: tuple[Unread, ...]
    duplicates: Duplicates
    counts: Mapping[str, int]
    rates: Mapping[str, Rate]
    earlier: tuple[EarlierPeriod, ...]
    groups: Groups
    workdays: Mapping[int, int]
    doubled: Mapping[int, Mapping[str, int]]
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Unread, ...]:
        """What should have been read and could not be."""
        return tuple(one for one in self.unread if not one.is_other)

    @property
    def left_out(self) -> frozenset[int]:
        """The places of ledgers that count nowhere: another one is the same."""
        return frozenset(double.place for double in self.duplicates.books)


def sum_up(gathered: Gathered, asked: Asked, words: Sequence[str]) -> Total:
    """Everything that was gathered, added up. ``words`` are what the periods compared with are called."""
    books, duplicates = gathered.books, find_duplicates(gathered)
    left_out = {double.place for double in duplicates.books}
    counted = [place for place in range(len(books)) if place not in left_out]
    totals = [Sum.empty() for _ in asked.spans]
    for place in counted:
        for total, counts in zip(totals, books[place].counts, strict=True):
            total.add(counts or {}, {})
    groups: Groups = {name: {} for name in asked.by} | gathered.groups(counted)
    doubled: dict[int, dict[str, int]] = {}
    for double in duplicates.cases:
        for added in gathered.added_by(double.case.id):
            once = dict.fromkeys(added.counts, 1)
            totals[added.span].add(once, {}, times=-1)
            taken = {} if added.workdays is None else {added.workdays: 1}
            for name, of_words in zip(asked.by, added.groups, strict=bool(added.groups)):
                groups[name][of_words].add(once, taken, times=-1)
            if not added.span:
                of_book = doubled.setdefault(double.case.place, {})
                for name in once:
                    of_book[name] = of_book.get(name, 0) + 1
    span = asked.spans[0]
    counts = _in_order(totals[0].counts, books, span)
    earlier = tuple(
        EarlierPeriod(word, other, _in_order(total.counts, books, other) if _has_any(books, place) else None)
        for place, (word, other, total) in enumerate(zip(words, asked.spans[1:], totals[1:], strict=True), start=1)
    )
    return Total(
        books=books,
        unread=gathered.unread,
        duplicates=duplicates,
        counts=counts,
        rates=rates_of(counts, span.words),
        earlier=earlier,
        groups=groups,
        workdays=_workdays(groups, asked.by),
        doubled=doubled,
        checks=(*count_checks(counts, span.words), *_sum_checks(counts, books, counted, doubled, groups)),
    )


def _in_order(counts: Mapping[str, int], books: Sequence[CountedBook], span: Covered) -> dict[str, int]:
    """Every count in the order of the reports; those of 交办 and 签收 where a ledger knows them."""
    known = dict.fromkeys(name for book in books for of_span in book.counts for name in of_span or ())
    return {name: counts.get(name, 0) for name in {**count_rounds((), span), **known}}


def _has_any(books: Sequence[CountedBook], place: int) -> bool:
    return any(book.counts[place] is not None for book in books)


def _workdays(groups: Groups, by: Sequence[str]) -> dict[int, int]:
    """How many rounds took how many 工作日, of all: whatever they are grouped by, it is the same."""
    whole = Sum.empty()
    for one in groups.get(by[0], {}).values():
        whole.add({}, one.workdays)
    return {taken: rounds for taken, rounds in sorted(whole.workdays.items()) if rounds}


def _sum_checks(
    counts: Mapping[str, int],
    books: Sequence[CountedBook],
    counted: Sequence[int],
    doubled: Mapping[int, Mapping[str, int]],
    groups: Groups,
) -> list[Check]:
    of_books = sum((books[place].counts[0] or {}).get(name, 0) for place in counted for name in SUMMED)
    taken = sum(of_book.get(name, 0) for of_book in doubled.values() for name in SUMMED)
    whole = sum(counts.get(name, 0) for name in SUMMED)
    checks = [Check("计入的各账册各列之和 － 重复不计的 = 合计的各列之和", of_books - taken, whole)]
    for name, sums in groups.items():
        of_groups = sum(one.counts.get(count, 0) for one in sums.values() for count in SUMMED)
        checks.append(Check(f"{GROUPINGS[name].sheet}的各列之和 = 合计的各列之和", of_groups, whole))
    return checks
