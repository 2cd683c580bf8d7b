"""办理时效: how many workdays the rounds resolved in a period took, as a median and a 90th percentile.

A day is counted as limits count it: not the day of 受理 or 重办, and no workday that a pause stopped.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct

from zhuomuniao.deadlines import workdays_taken
from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.casefigures import CaseFigures, CaseFrame, Group, assigned_on, signed_on
from zhuomuniao.reports.covered import beijing_day
from zhuomuniao.reports.tables import NO_VALUE, Content, Table, TableColumn

if TYPE_CHECKING:
    from zhuomuniao.reports.caserounds import Round
    from zhuomuniao.reports.covered import Covered

TIMELINESS = "办理时效"
PERCENTILES = (
    "办理用时为工作日：受理（或重办）当日不计，至办结之日（含）；当日办结为0；"
    "暂停期间不计入时限的工作日也不计入用时；补正后重新起算的，仍从受理（或重办）算起",
    "中位数、90%分位数按最近序位法：n轮从小到大排，取第⌈n×50%⌉轮、第⌈n×90%⌉轮的用时，不作插值",
)


class Spread(Struct, frozen=True):
    """How long things took, in workdays: how many they were, median, 90th percentile, longest. ``None``: none."""

    count: int
    median: int | None
    ninetieth: int | None
    longest: int | None


def spread_of(workdays: Iterable[int]) -> Spread:
    """The spread by nearest rank: of n in their order, the ⌈n × share⌉-th."""
    return spread_of_counts(Counter(workdays))


def spread_of_counts(rounds: Mapping[int, int]) -> Spread:
    """The same, told how many took how many 工作日."""
    ordered = sorted(taken for taken, times in rounds.items() if times)
    through = [*accumulate(rounds[taken] for taken in ordered)]
    if not ordered:
        return Spread(0, None, None, None)
    count = through[-1]

    def ranked(rank: int) -> int:
        return ordered[bisect_left(through, rank)]

    return Spread(count, ranked(-(-count // 2)), ranked(-(-count * 9 // 10)), ordered[-1])


def days_taken(item: Round, frame: CaseFrame) -> int:
    """工作日 from 受理 or 重办 to 办结 of a resolved round."""
    assert item.closed_on is not None
    return workdays_taken(item.opened_on, item.closed_on, frame.calendar, pauses=item.pauses, rules=frame.rules)


def resolving(rounds: Iterable[Round], frame: CaseFrame) -> Spread:
    """The spread of rounds that were resolved in the period."""
    return spread_of(days_taken(item, frame) for item in rounds)


def assigning(rounds: Iterable[Round], frame: CaseFrame) -> Spread:
    """工作日 from 受理 or 重办 to 交办, of what was assigned in the period."""
    return spread_of(
        frame.calendar.workdays_between(item.opened_on, day)
        for item in rounds
        if (day := assigned_on(item, frame.covered)) is not None and day >= item.opened_on
    )


def signing(rounds: Iterable[Round], frame: CaseFrame) -> Spread:
    """工作日 from 交办 to 签收, of what was signed for in the period."""
    return spread_of(
        frame.calendar.workdays_between(beijing_day(item.case.assigned_at), day)
        for item in rounds
        if (day := signed_on(item, frame.covered)) is not None
        and item.case.assigned_at is not None
        and day >= beijing_day(item.case.assigned_at)
    )


def timeliness_table(
    figures: CaseFigures,
    frame: CaseFrame,
    breakdowns: Sequence[tuple[str, Sequence[Group]]],
    head: tuple[str, ...],
) -> Table:
    """The sheet 办理时效: all rounds resolved, then by unit and by the codes the limits depend on."""
    resolved = {id(item) for item in figures.resolved}
    lines = [("全部", "全部", resolving(figures.resolved, frame))]
    for name, groups in breakdowns:
        for group in groups:
            spread = resolving([item for item in group.rounds if id(item) in resolved], frame)
            if spread.count:
                lines.append((name, group.word, spread))
    return spreads_table(lines, frame.covered, head)


def spreads_table(lines: Iterable[tuple[str, str, Spread]], covered: Covered, head: tuple[str, ...]) -> Table:
    """The sheet 办理时效, a line for each spread: what it is grouped by, its word."""
    columns = (
        TableColumn("分组", 12),
        TableColumn("类别", 24),
        TableColumn("办结轮次", 10, ColumnType.NUMBER),
        TableColumn("中位数\n（工作日）", 11, ColumnType.NUMBER),
        TableColumn("90%分位数\n（工作日）", 11, ColumnType.NUMBER),
        TableColumn("最长\n（工作日）", 11, ColumnType.NUMBER),
    )
    return Table(
        sheet=TIMELINESS,
        name="",
        title=(f"{covered.named}办理时效",),
        head=head,
        columns=columns,
        rows=tuple(_line(name, word, spread) for name, word, spread in lines),
        notes=tuple(f"{rule}。" for rule in PERCENTILES),
        least_height=22,
    )


def shown_days(value: int | None) -> Content:
    """Workdays in a cell, ``—`` where nothing was measured."""
    return NO_VALUE if value is None else value


def _line(name: str, word: str, spread: Spread) -> tuple[Content, ...]:
    return (
        name,
        word,
        spread.count,
        shown_days(spread.median),
        shown_days(spread.ninetieth),
        shown_days(spread.longest),
    )
