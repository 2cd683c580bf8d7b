"""The workbook of a roll-up: 汇总, a sheet for each grouping, 排名, 办理时效, what was read and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.reports.casefigures import labels_of
from zhuomuniao.reports.casetables import SUMMARY, UNIT_COLUMNS, checks_table, number
from zhuomuniao.reports.comparisons import counts_table, rates_table
from zhuomuniao.reports.covered import long_day
from zhuomuniao.reports.headings import numbered_and_signed
from zhuomuniao.reports.tables import NO_VALUE, Chart, ChartKind, Content, Measure, Place, Report, Table, TableColumn
from zhuomuniao.reports.timeliness import spread_of_counts, spreads_table
from zhuomuniao.rollup.counted import Sum
from zhuomuniao.rollup.groupfigures import SHOWN_AT_MOST, places, rates, shown_first
from zhuomuniao.rollup.groups import GROUPINGS
from zhuomuniao.rollup.meanings import definitions_table, limits_table
from zhuomuniao.rollup.ranks import rank_tables
from zhuomuniao.rollup.readtables import books_table, double_tables, is_sound, unread_table

if TYPE_CHECKING:
    from zhuomuniao.reports.covered import Covered
    from zhuomuniao.reports.timeliness import Spread
    from zhuomuniao.rollup.groups import Grouping
    from zhuomuniao.rollup.summing import Total

_CHARTED_AT_MOST = 12
_RATES = ("resolved_rate", "on_time_rate", "satisfaction_rate")
_RATE_TITLES = ("办结率", "按时\n办结率", "满意率")


class RollupFrame(Struct, frozen=True):
    """What stands around the figures: the days, who sums them up (``""``: left open), and how they are grouped."""

    covered: Covered
    office: str
    by: tuple[str, ...]


def build_rollup(total: Total, frame: RollupFrame) -> Report:
    """The workbook's tables. The same ledgers give the same cells, whichever engine read them, and in which order."""
    covered = frame.covered
    title = f"{covered.named}台账汇总{covered.words.titled}{covered.through}"
    head = (f"汇总单位（盖章）：{frame.office}", f"截至日：{long_day(covered.cut)}")
    summary = [
        counts_table(
            total.counts,
            total.earlier,
            covered,
            title=tuple(filter(None, (frame.office, title))),
            head=head,
        ),
        rates_table(total.rates, total.earlier, covered),
        _extent_table(total),
        checks_table(total.checks),
    ]
    tables = (
        *numbered_and_signed([replace(table, sheet=SUMMARY) for table in summary]),
        *(_group_table(GROUPINGS[name], total, frame, head) for name in frame.by),
        *rank_tables(total, covered, frame.by),
        spreads_table(_spreads(total, frame), covered, head),
        books_table(total, covered, head),
        *double_tables(total, covered),
        unread_table(total, covered),
        limits_table(total, covered),
        definitions_table(total, covered),
    )
    labels = {name: words[0] for name, words in labels_of(covered).items()}
    rows = sum(book.cases for book in total.books)
    return Report(covered.label, title, tables, total.counts, total.rates, total.checks, rows, labels)


# —— 汇总 ——


def _extent_table(total: Total) -> Table:
    """How much was read, what of it counts."""
    files = sum(len(book.files) for book in total.books)
    counted = len(total.books) - len(total.duplicates.books)
    rows: tuple[tuple[Content, ...], ...] = (
        ("读到的账册", files, "一本账册是一个 .xlsx 文件；一个工作区里同一台账各年的账册合在一起统计"),
        ("计入的台账", counted, f"来自{len({b.locality for b in total.books})}个区县；各账册一张列出每一本"),
        ("整本重复、没有计入的", len(total.duplicates.books), "见重复情况"),
        ("逐件重复、没有计入的事项", len(total.duplicates.cases), "见重复情况"),
        ("未能读取的", len(total.failed), "见未能读取；其中的事项没有计入"),
        ("勾稽不符的台账", sum(not is_sound(book) for book in total.books), "见各账册；其中的事项照台账计入"),
    )
    columns = (TableColumn("项目", 8), number("数量", 4), TableColumn("说明", 20, place=Place.LEFT))
    return Table(SUMMARY, "汇总范围", columns, rows)


# —— Groups ——


def _group_table(grouping: Grouping, total: Total, frame: RollupFrame, head: tuple[str, ...]) -> Table:
    """The counts and rates of each group, 合计 last, with the places where groups are ranked."""
    covered = frame.covered
    sums = shown_first(total.groups[grouping.name])
    shown, rest = sums[:SHOWN_AT_MOST], sums[SHOWN_AT_MOST:]
    place_of = places(sums, covered) if grouping.is_ranked else {}
    rows = [
        (*words, *_figures(one.counts, covered), *((place_of.get(words, NO_VALUE),) if grouping.is_ranked else ()))
        for words, one in shown
    ]
    blank = ("",) * (len(grouping.titles) - 1)
    no_place: tuple[Content, ...] = (NO_VALUE,) if grouping.is_ranked else ()
    if rest:
        others = Sum.empty()
        for _, one in rest:
            others.add(one.counts, {})
        rows.append((f"其余{len(rest)}个", *blank, *_figures(others.counts, covered), *no_place))
    rows.append(("合计", *blank, *_figures(total.counts, covered), *no_place))
    widths = (12,) if len(grouping.titles) == 1 else (11, 20)
    columns = (
        *(TableColumn(title, width) for title, width in zip(grouping.titles, widths, strict=True)),
        *_figure_columns(covered),
        *((TableColumn("按时办结率\n名次", 9, ColumnType.NUMBER),) if grouping.is_ranked else ()),
    )
    chart = None
    if grouping.name == "locality" and 1 < len(shown) <= _CHARTED_AT_MOST:
        drawn = tuple(len(grouping.titles) + UNIT_COLUMNS.index(name) for name in ("accepted", "resolved"))
        chart = Chart(ChartKind.COLUMN, f"{covered.named}各区县受理、办结件数", len(shown), columns=drawn)
    return Table(
        sheet=grouping.sheet,
        name="",
        title=(f"{covered.named}办理情况（{grouping.sheet}）",),
        head=head,
        columns=columns,
        rows=tuple(rows),
        notes=(_ROUNDS_NOTE, *((_PLACES_NOTE,) if grouping.is_ranked else ())),
        has_total=True,
        is_landscape=True,
        chart=chart,
        least_height=22,
    )


_ROUNDS_NOTE = "各数按轮次计，重复的已经减去；比率的分子、分母见指标口径。"
_PLACES_NOTE = "名次按按时办结率从高到低，相同的并列；没有按时、超时办结的不排。"


def _figures(counts: Mapping[str, int], covered: Covered) -> tuple[Content, ...]:
    found = rates(counts, covered)
    shares = (found[name].share for name in _RATES)
    return (
        *(counts.get(name, 0) for name in UNIT_COLUMNS),
        *(NO_VALUE if share is None else share for share in shares),
    )


def _figure_columns(covered: Covered) -> tuple[TableColumn, ...]:
    labels = labels_of(covered)
    return (
        *(number(labels[name][0], 7) for name in UNIT_COLUMNS),
        *(TableColumn(title, 8, ColumnType.NUMBER, measure=Measure.SHARE) for title in _RATE_TITLES),
    )


# —— 办理时效 ——

_TIMED = ("locality", "kind", "tier")


def _spreads(total: Total, frame: RollupFrame) -> Iterator[tuple[str, str, Spread]]:
    yield "全部", "全部", spread_of_counts(total.workdays)
    for name in frame.by:
        if name in _TIMED:
            for words, one in shown_first(total.groups[name])[:SHOWN_AT_MOST]:
                if (spread := spread_of_counts(one.workdays)).count:
                    yield GROUPINGS[name].sheet, words[-1], spread
