"""环比 and 同比: a figure beside the same one of an earlier period, and how sentences tell the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.casefigures import CaseFrame, EarlierPeriod, labels_of, rates_of
from zhuomuniao.reports.covered import OF_YEAR, Covered
from zhuomuniao.reports.tables import (
    NO_VALUE,
    Content,
    Measure,
    Place,
    Rate,
    Table,
    TableColumn,
    share_of,
    told_number,
)

SAME_LAST_YEAR = "上年同期"
RULES_OF_COMPARISON = (
    "增减＝本期数－对比期数；增减率＝增减÷对比期数，对比期数为0的不算，写“—”",
    "比率的增减为百分点，按印出的百分数相减",
    "对比期的数按该期截至日终了时的台账重新统计，与该期当时应报的数一致；本期未结束的，与对比期的同样天数比",
)


class CountChange(Struct, frozen=True):
    """A count and the same one of an earlier period."""

    now: int
    before: int

    @property
    def difference(self) -> int:
        return self.now - self.before

    @property
    def share(self) -> Decimal | None:
        """The change as a share of the earlier count; ``None`` where that was 0."""
        return share_of(self.difference, self.before)

    @property
    def percent(self) -> str:
        """The same as printed, such as ``33.3%`` or ``-7.7%``; ``—`` where the earlier count was 0."""
        return NO_VALUE if self.share is None else told_number(self.share, Measure.SHARE)

    def words(self, unit: str = "件") -> str:
        """增加6件、增长33.3%; 减少2件、下降7.7%; 持平. Without a base there is no percentage."""
        if not self.difference:
            return "持平"
        is_more = self.difference > 0
        told = f"{'增加' if is_more else '减少'}{abs(self.difference)}{unit}"
        if not self.before:
            return told
        return f"{told}、{'增长' if is_more else '下降'}{self.percent.removeprefix('-')}"


def points_between(now: Rate, before: Rate) -> Decimal | None:
    """百分点 between two rates as they are printed, so that a reader who subtracts finds the same; ``None`` where one
    of them has no value.
    """
    if now.share is None or before.share is None:
        return None
    return ((now.share - before.share) * 100).quantize(Decimal("0.1"))


def points_words(points: Decimal) -> str:
    """提高3.2个百分点, 下降1.0个百分点, 持平."""
    if not points:
        return "持平"
    return f"{'提高' if points > 0 else '下降'}{abs(points)}个百分点"


def comparison_words(frame: CaseFrame, period: EarlierPeriod) -> str:
    """环比 or 同比, as sentences begin; for a year the year before is 同比.

    While the period runs it is compared with as many days of the one before, and the sentence says so: 比上月同期.
    """
    if period.word == SAME_LAST_YEAR:
        return "同比"
    if period.word != frame.words.before:
        return f"比{period.word}"
    return "同比" if frame.words is OF_YEAR else "环比"


def counts_table(
    counts: Mapping[str, int],
    earlier: Sequence[EarlierPeriod],
    covered: Covered,
    *,
    title: tuple[str, ...],
    head: tuple[str, ...],
) -> Table:
    """Every count beside those of the period before and of the same period last year."""
    labels = labels_of(covered)
    rows = tuple(
        (
            labels[name][0],
            count,
            *(cell for period in earlier for cell in _compared(count, name, period)),
        )
        for name, count in counts.items()
    )
    columns = (
        TableColumn("指标", 6),
        _number(covered.words.this, 4),
        *(
            column
            for period in earlier
            for column in (_number(period.word, 4), _number("增减", 4), _number("增减率", 4, Measure.SHARE))
        ),
    )
    return Table("", "办理情况", columns, rows, title=title, head=head, notes=_notes(earlier))


def rates_table(rates: Mapping[str, Rate], earlier: Sequence[EarlierPeriod], covered: Covered) -> Table:
    """Every rate with numerator and denominator, and by how many 百分点 it moved."""
    rows: list[tuple[Content, ...]] = []
    for rate in rates.values():
        compared: list[Content] = []
        for period in earlier:
            if period.counts is None:
                compared += (NO_VALUE, NO_VALUE)
                continue
            before = rates_of(period.counts, covered.words)[rate.id]
            points = points_between(rate, before)
            compared += (_shown(before.share), _shown(points))
        rows.append((rate.label, _shown(rate.share), rate.numerator, rate.denominator, *compared, rate.definition))
    columns = (
        TableColumn("比率", 5),
        _number(covered.words.this, 4, Measure.SHARE),
        _number("分子", 3),
        _number("分母", 3),
        *(
            column
            for period in earlier
            for column in (_number(period.word, 4, Measure.SHARE), _number("增减\n百分点", 4, Measure.POINTS))
        ),
        TableColumn("口径", 12, place=Place.LEFT),
    )
    return Table("", "比率", columns, tuple(rows))


def _compared(count: int, name: str, period: EarlierPeriod) -> tuple[Content, ...]:
    if period.counts is None:
        return NO_VALUE, NO_VALUE, NO_VALUE
    change = CountChange(count, period.counts.get(name, 0))
    return change.before, change.difference, _shown(change.share)


def _shown(value: Decimal | None) -> Content:
    return NO_VALUE if value is None else value


def _notes(earlier: Sequence[EarlierPeriod]) -> tuple[str, ...]:
    """Which days the figures beside are of, and where there is nothing to compare with."""
    told = [
        f"{period.word}为{period.covered.days}{period.covered.through}"
        + ("，台账中还没有事项，无上期数据" if period.counts is None else "")
        for period in earlier
    ]
    return (f"{'；'.join(told)}。",) if told else ()


def _number(header: str, width: float, measure: Measure | None = None) -> TableColumn:
    return TableColumn(header, width, ColumnType.NUMBER, measure=measure)
