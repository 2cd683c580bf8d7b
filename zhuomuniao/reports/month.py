"""月报: what an office hands in for a month. 汇总, the ledger's copy, 逾期明细 and the meaning of each figure.

The same cases and the same ``as_of`` give the same cells, whenever it is run (E-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from zhuomuniao.layouts import ColumnType, Layout
from zhuomuniao.model import BEIJING, Case, EndedRound
from zhuomuniao.privacy import mask_name
from zhuomuniao.reports.figures import (
    LABELS,
    Ending,
    Month,
    Round,
    beijing_day,
    checks_of,
    count_rounds,
    rates_of,
    rounds_of,
    was_open_at_start,
)
from zhuomuniao.reports.lists import NO_UNIT, SIGNATURES, ledger_table, long_day, overdue_table, shown_case
from zhuomuniao.reports.tables import (
    NO_VALUE,
    Chart,
    ChartKind,
    Check,
    Content,
    Place,
    Rate,
    Report,
    Table,
    TableColumn,
)
from zhuomuniao.workdays import WorkCalendar

SUMMARY, DEFINITIONS = "汇总", "指标口径"
_NOT_STATED = "未填"
_UNIT_COLUMNS = (
    "carried_in",
    "accepted",
    "redone",
    "resolved",
    "on_time",
    "late",
    "transferred",
    "voided",
    "carried_out",
    "overdue_open",
)
_BREAKDOWN_COLUMNS = ("accepted", "redone", "resolved", "on_time", "late", "carried_out", "overdue_open")
_BREAKDOWNS = ("tier", "channel")
_BREAKDOWNS_OF_FINDINGS = ("finding_way", "experience_officer", "category", "experience_site")
"""临县二（一）: what the officers found is handed in by month, 按发现方式、体验官、问题类别、体验点."""
_NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三")


def build_month_report(
    cases: Sequence[Case],
    *,
    year: int,
    month: int,
    as_of: date,
    layout: Layout,
    office: str,
    ledger_title: str,
    unit_order: Sequence[str],
    calendar: WorkCalendar,
    chain_head: str,
    is_full: bool = False,
    code_orders: Mapping[str, Sequence[str]] | None = None,
    previous: Mapping[str, int] | None = None,
    sent_back: Mapping[str, Sequence[EndedRound]] | None = None,
) -> Report:
    """The report of a month from every case of the ledger as it stood at the end of ``as_of``.

    The state is cut at the month's end, or at ``as_of`` while the month runs. ``unit_order`` and
    ``code_orders`` (field → words) give the order of the breakdowns, other words follow by code point.
    ``previous`` are the counts handed in for the month before; with them 上月结转 is checked against its 结转下月.
    ``sent_back`` are the earlier rounds of each case, as its log tells.
    Names and phones are masked unless ``is_full``. Raises :class:`BadValueError` for a month not yet begun.
    """
    span = Month.of(year, month, as_of)
    known = [c for c in cases if beijing_day(c.accepted_at) <= span.cut]
    told = sent_back or {}
    rounds = [r for case in known for r in rounds_of(case, told.get(case.case_no, ()))]
    counts = count_rounds(rounds, span)
    rates = rates_of(counts)
    alive = {id(r.case) for r in rounds if was_open_at_start(r, span) or span.holds(r.opened_on)}
    listed = sorted((c for c in known if id(c) in alive), key=_order_of_case)
    shown = [shown_case(case, span, is_full=is_full) for case in listed]
    units = _breakdown(rounds, span, "unit", unit_order, NO_UNIT)
    days = [_day_counts(rounds, span, day) for day in _days(span)]
    ledger = ledger_table(shown, layout, span, office, counts, is_full=is_full)
    checks = checks_of(
        counts,
        by_unit=[c for _, c in units],
        by_day=[d for d in days if d is not None],
        rows=len(ledger.rows),
        listed=len({id(r.case) for r in rounds if _is_alive(r, span)}),
        previous=previous,
    )
    running = f"（截至{span.cut.month}月{span.cut.day}日）" if span.is_running else ""
    title = f"{ledger_title}{span.label}月报{running}"
    head = (f"填报单位（盖章）：{office}", f"截至日：{long_day(span.cut)}")
    summary = [
        _counts_table(counts, (office, title), head),
        _rates_table(rates),
        _checks_table(checks),
        *_code_tables(rounds, span, layout, code_orders or {}, counts, is_full=is_full),
        _breakdown_table("按责任单位", "责任单位", units, _UNIT_COLUMNS, counts),
        _days_table(days, span),
    ]
    definitions = _definitions_table(counts, rates, span, calendar, chain_head, is_full=is_full)
    return Report(
        period=f"{year:04d}-{month:02d}",
        title=title,
        tables=(*_closed(summary), ledger, overdue_table(rounds, span, layout, calendar, is_full), definitions),
        counts=counts,
        rates=rates,
        checks=checks,
        rows=len(ledger.rows),
    )


def _is_alive(item: Round, span: Month) -> bool:
    """Listed, told by its end instead of its beginning: the other side of the check on the ledger's rows."""
    return item.opened_on <= span.cut and (item.closed_on is None or item.closed_on >= span.first)


def _order_of_case(case: Case) -> tuple[str, str]:
    moment = case.accepted_at
    local = moment.astimezone(BEIJING).replace(tzinfo=None) if moment.tzinfo else moment
    return local.isoformat(), case.case_no


def _breakdown(
    rounds: Sequence[Round], span: Month, field: str, order: Sequence[str], blank: str
) -> list[tuple[str, dict[str, int]]]:
    """Counts per word of a field; only words that have a case in the month. The blank one stands last."""
    groups: dict[str, list[Round]] = {}
    for item in rounds:
        if _is_alive(item, span):
            groups.setdefault(str(getattr(item.case, field)).strip(), []).append(item)
    places = {word: place for place, word in enumerate(order)}
    words = sorted(groups, key=lambda word: (not word, places.get(word, len(places)), word))
    return [(word or blank, count_rounds(groups[word], span)) for word in words]


def _breakdown_table(
    name: str,
    header: str,
    groups: Sequence[tuple[str, Mapping[str, int]]],
    figures: Sequence[str],
    counts: Mapping[str, int],
) -> Table:
    rows: list[tuple[Content, ...]] = [(word, *(found[figure] for figure in figures)) for word, found in groups]
    total: tuple[Content, ...] = ("合计", *(counts[figure] for figure in figures))
    columns = (TableColumn(header, 9), *(_number(LABELS[figure][0]) for figure in figures))
    return Table(SUMMARY, name, columns, (*rows, total), has_total=True)


def _code_tables(
    rounds: Sequence[Round],
    span: Month,
    layout: Layout,
    orders: Mapping[str, Sequence[str]],
    counts: Mapping[str, int],
    *,
    is_full: bool,
) -> list[Table]:
    tables: list[Table] = []
    is_of_findings = layout.column("experience_officer") is not None
    for field in (*_BREAKDOWNS, *(_BREAKDOWNS_OF_FINDINGS if is_of_findings else ())):
        column = layout.column(field)
        if column is not None:
            groups = _breakdown(rounds, span, field, orders.get(field, ()), _NOT_STATED)
            if field == "experience_officer" and not is_full:
                groups = [(word if word == _NOT_STATED else mask_name(word), count) for word, count in groups]
            name = f"按{column.header}"
            tables.append(_breakdown_table(name, column.header, groups, _BREAKDOWN_COLUMNS, counts))
    return tables


def _counts_table(counts: Mapping[str, int], title: tuple[str, ...], head: tuple[str, ...]) -> Table:
    """Three figures to a row: eighteen lines of one figure each would fill the page."""
    pairs = [(LABELS[name][0], count) for name, count in counts.items()]
    deep = -(-len(pairs) // 3)
    rows = tuple(tuple(cell for at in range(row, len(pairs), deep) for cell in pairs[at]) for row in range(deep))
    columns = tuple(
        column for _ in range(3) for column in (TableColumn("指标", 7), TableColumn("件数", 5, ColumnType.NUMBER))
    )
    return Table(SUMMARY, "办理情况", columns, rows, title=title, head=head)


def _rates_table(rates: Mapping[str, Rate]) -> Table:
    rows = tuple((r.label, r.percent, r.numerator, r.denominator, r.definition) for r in rates.values())
    columns = (
        TableColumn("比率", 6),
        TableColumn("数值", 4),
        _number("分子"),
        _number("分母"),
        TableColumn("口径", 20, place=Place.LEFT),
    )
    return Table(SUMMARY, "比率", columns, rows)


def _checks_table(checks: Sequence[Check]) -> Table:
    rows = tuple((c.identity, c.left, c.right, "相符" if c.holds else "不符") for c in checks)
    columns = (
        TableColumn("勾稽关系", 24, place=Place.LEFT),
        _number("左边"),
        _number("右边"),
        TableColumn("结果", 3),
    )
    return Table(SUMMARY, "勾稽核对", columns, rows)


def _days(span: Month) -> list[date]:
    return [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]


def _day_counts(rounds: Sequence[Round], span: Month, day: date) -> tuple[int, int] | None:
    """受理 and 办结 of a day; ``None`` for a day that is still to come."""
    if day > span.cut:
        return None
    accepted = sum(r.number == 1 and r.opened_on == day for r in rounds)
    return accepted, sum(r.ending is Ending.RESOLVED and r.closed_on == day for r in rounds)


def _days_table(days: Sequence[tuple[int, int] | None], span: Month) -> Table:
    columns = (
        TableColumn("日", 3),
        *(TableColumn(str(number), 1, ColumnType.NUMBER) for number in range(1, len(days) + 1)),
        TableColumn("合计", 2, ColumnType.NUMBER),
    )
    rows = tuple(
        (
            label,
            *(None if day is None else day[place] for day in days),
            sum(day[place] for day in days if day is not None),
        )
        for place, label in enumerate(("受理", "办结"))
    )
    chart = Chart(ChartKind.COLUMN, f"{span.label}每日受理、办结件数", points=len(days))
    return Table(SUMMARY, "按日", columns, rows, chart=chart)


def _definitions_table(
    counts: Mapping[str, int],
    rates: Mapping[str, Rate],
    span: Month,
    calendar: WorkCalendar,
    chain_head: str,
    *,
    is_full: bool,
) -> Table:
    running = "（本月尚未结束，为截至该日的数）" if span.is_running else ""
    masked = "未遮盖，含个人信息，请按规定保管" if is_full else "姓名、电话、证件号码已遮盖"
    facts: list[tuple[Content, ...]] = [
        ("统计期间", span.label, f"{long_day(span.first)}至{long_day(span.last)}，北京时间"),
        ("截至日", span.cut.isoformat(), f"该日终了时的状态{running}；之后办理的不计入"),
        ("台账读取日", span.as_of.isoformat(), "所用台账是该日终了时的台账；同一读取日重新生成，数据相同"),
        ("工作日历", NO_VALUE, calendar.version),
        ("个人信息", "完整" if is_full else "已遮盖", masked),
        ("操作链末值", "见右", chain_head or "未提供"),
    ]
    figures = [(LABELS[name][0], count, LABELS[name][1]) for name, count in counts.items()]
    shares = [(r.label, r.percent, f"{r.definition}（{r.numerator}/{r.denominator}）") for r in rates.values()]
    return Table(
        sheet=DEFINITIONS,
        name="",
        title=(f"{span.label}月报指标口径",),
        columns=(
            TableColumn("项目", 18),
            TableColumn("数值", 13),
            TableColumn("口径与说明", 58, place=Place.LEFT),
        ),
        rows=(*facts, *figures, *shares),
        notes=("操作链末值是账册操作记录的末位校验值，随报表留存，可用以核对账册事后有无改动。",),
        least_height=20,
    )


def _closed(summary: Sequence[Table]) -> list[Table]:
    """The summary's tables numbered, with the lines to sign under the last."""
    numbered = [
        replace(table, name=f"{numeral}、{table.name}") for numeral, table in zip(_NUMERALS, summary, strict=False)
    ]
    return [*numbered[:-1], replace(numbered[-1], signatures=SIGNATURES)]


def _number(label: str) -> TableColumn:
    # Four characters in two lines of two: narrow columns would break 结转下月 after the third.
    header = f"{label[:2]}\n{label[2:]}" if len(label) == 4 else label
    return TableColumn(header, 3.2, ColumnType.NUMBER)
