"""排名: counties, units and the offices that handed in, by how much they ended on time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.casetables import number
from zhuomuniao.reports.tables import NO_VALUE, Content, Measure, Table, TableColumn
from zhuomuniao.rollup.counted import Sum
from zhuomuniao.rollup.groupfigures import places, rates, shown_first
from zhuomuniao.rollup.groups import GROUPINGS

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.rollup.counted import Words
    from zhuomuniao.rollup.summing import Total

RANKS = "排名"
RANKED_AT_MOST = 100


def rank_tables(total: Total, covered: Covered, by: Sequence[str]) -> Iterator[Table]:
    """One table for each grouping that is ranked, and one for the offices."""
    ranked = [GROUPINGS[name] for name in by if GROUPINGS[name].is_ranked]
    tables = [_rank_table(g.titles, total.groups[g.name], g.sheet.removeprefix("按"), covered) for g in ranked]
    tables.append(_rank_table(("区县", "填报单位"), _by_office(total), "填报单位", covered))
    for at, table in enumerate(tables):
        title: tuple[str, ...] = (f"{covered.named}办理情况排名",) if not at else ()
        yield replace(table, title=title, notes=(_RANK_NOTE,) if at == len(tables) - 1 else ())


_RANK_NOTE = (
    "先按按时办结率从高到低；相同的并列，依次看办结率、满意率、办结件数排前后。"
    "办结件数少的，一件就差几个百分点，请连同件数一起看。"
)


def _rank_table(titles: Sequence[str], sums: Mapping[Words, Sum], what: str, covered: Covered) -> Table:
    alive = shown_first(sums)
    place_of = places(alive, covered)

    def order(item: tuple[Words, Sum]) -> tuple[object, ...]:
        words, one = item
        found = rates(one.counts, covered)
        return (place_of[words], *(-(found[name].share or 0) for name in ("resolved_rate", "satisfaction_rate")),
                -one.counts.get("resolved", 0), words)  # fmt: skip

    ranked = sorted((item for item in alive if item[0] in place_of), key=order)
    rows: list[tuple[Content, ...]] = []
    for words, one in ranked[:RANKED_AT_MOST]:
        found = rates(one.counts, covered)
        on_time = found["on_time_rate"]
        shares = [found[name].share for name in ("on_time_rate", "resolved_rate", "satisfaction_rate")]
        rows.append((
            place_of[words], *words, *(NO_VALUE if share is None else share for share in shares),
            on_time.numerator, on_time.denominator - on_time.numerator, one.counts.get("overdue_open", 0),
        ))  # fmt: skip
    more = f"，前{RANKED_AT_MOST}名" if len(ranked) > RANKED_AT_MOST else ""
    columns = (
        number("名次", 3),
        *(TableColumn(title, 6 if len(titles) > 1 and not at else 10) for at, title in enumerate(titles)),
        *(
            TableColumn(title, 4.5, ColumnType.NUMBER, measure=Measure.SHARE)
            for title in ("按时\n办结率", "办结率", "满意率")
        ),
        number("按时办结", 4),
        number("超时办结", 4),
        number("逾期未结", 4),
    )
    return Table(RANKS, f"按{what}（共{len(ranked)}个{more}）", columns, tuple(rows))


def _by_office(total: Total) -> dict[Words, Sum]:
    """The figures of each office that handed in, what stands twice taken away."""
    found: dict[Words, Sum] = {}
    standing: dict[Words, set[str]] = {}
    for book in total.books:
        standing.setdefault((book.locality_name, book.office), set()).add(book.source.path)
    for place, book in enumerate(total.books):
        if place not in total.left_out:
            # A county's townships may all bear the county's name: then it is their folders that tell them apart.
            is_alone = len(standing[book.locality_name, book.office]) == 1
            office = book.office if is_alone else f"{book.office}（{book.source.name}）"
            one = found.setdefault((book.locality_name, office), Sum.empty())
            one.add(book.counts[0] or {}, {})
            one.add(total.doubled.get(place, {}), {}, times=-1)
    return found
