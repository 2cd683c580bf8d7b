"""The figures of a group as sheets show them: in which order groups stand, their rates, their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zhuomuniao.reports.casefigures import rates_of
from zhuomuniao.reports.casetables import NO_UNIT, NOT_STATED

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.reports.tables import Rate
    from zhuomuniao.rollup.counted import Sum, Words

SHOWN_AT_MOST = 2000
"""Lines of a sheet; a country has a hundred thousand units, and nobody reads them on paper."""

_NO_WORD = frozenset({NO_UNIT, NOT_STATED})
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_COUNTED_IN_RATES = (
    "carried_in", "accepted", "redone", "transferred", "voided", "resolved", "on_time", "late", "visited_of_resolved",
    "satisfied", "basically_satisfied", "visited",
)  # fmt: skip


def rates(counts: Mapping[str, int], covered: Covered) -> Mapping[str, Rate]:
    """The rates of some counts; what is not counted is 0."""
    return rates_of({name: counts.get(name, 0) for name in _COUNTED_IN_RATES}, covered.words)


def shown_first(sums: Mapping[Words, Sum]) -> list[tuple[Words, Sum]]:
    """Groups with any figure, by their words, 一级 before 二级; what has no word stands last."""
    alive = [(words, one) for words, one in sums.items() if any(one.counts.values())]
    return sorted(alive, key=lambda item: [(word in _NO_WORD, word.translate(_NUMERALS), word) for word in item[0]])


def places(sums: Sequence[tuple[Words, Sum]], covered: Covered) -> dict[Words, int]:
    """The place of each group by its 按时办结率; equal shares share a place, and what has none has no place."""
    shares = {words: rates(one.counts, covered)["on_time_rate"].share for words, one in sums}
    ranked = sorted((share for share in shares.values() if share is not None), reverse=True)
    first: dict[object, int] = {}
    for place, share in enumerate(ranked, start=1):
        first.setdefault(share, place)
    return {words: first[share] for words, share in shares.items() if share is not None}
