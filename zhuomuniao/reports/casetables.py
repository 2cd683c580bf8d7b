"""The tables of 汇总 and 单位情况: breakdowns with charts, days or months, units with their results, the checks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.layouts import ColumnType
from zhuomuniao.model import CODE_TITLES, CODED_FIELDS
from zhuomuniao.privacy import mask_cell, mask_text
from zhuomuniao.reports.casefigures import CaseFigures, CaseFrame, Group, count_rounds, group_by, labels_of
from zhuomuniao.reports.caserounds import Ending, Round, ended_within, is_open_at_cut
from zhuomuniao.reports.tables import Chart, ChartKind, Check, Content, Place, Table, TableColumn
from zhuomuniao.reports.timeliness import assigning, shown_days, signing

SUMMARY, UNITS = "汇总", "单位情况"
NO_UNIT, NOT_STATED = "未交办", "未填"
UNIT_COLUMNS = (
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
_VISITS = ("visited", "unreached", "satisfied", "basically_satisfied", "dissatisfied")
_CODED_FIRST = ("channel", "kind", "tier", "cause")
_OF_FINDINGS = ("finding_way", "experience_officer", "category", "experience_site")
"""临县二（一）: what the officers found is handed in 按发现方式、体验官、问题类别、体验点."""
_CHARTED = {"unit": ChartKind.BAR, "channel": ChartKind.COLUMN}
_MOST_POINTS = 12
"""More words than a chart can name."""
_ONE_DAY = timedelta(days=1)


class Flow(Struct, frozen=True):
    """受理, 重办 and 办结 of the day or month that begins on ``first``."""

    first: date
    accepted: int
    redone: int
    resolved: int


def breakdowns_of(figures: CaseFigures, frame: CaseFrame) -> tuple[tuple[str, tuple[Group, ...]], ...]:
    """Field → groups: the unit, then each coded column that the ledger has and somebody filled in.

    Which columns are coded is told by the county's code lists, and their order by those. Words that are no longer in
    a list stand last.
    """
    found = [("unit", _by_unit(figures.alive, frame))]
    for name in _fields(frame):
        codes = frame.rules.code_list(frame.spec.id, name)
        order = codes.names if codes else ()
        groups = group_by(figures.alive, frame.covered, _word(name), order, blank=NOT_STATED)
        if any(group.is_stated for group in groups):
            found.append((name, _as_shown(name, groups, frame)))
    return tuple(found)


def _by_unit(rounds: Iterable[Round], frame: CaseFrame) -> tuple[Group, ...]:
    groups = group_by(rounds, frame.covered, _word("unit"), frame.unit_order, blank=NO_UNIT)
    return _as_shown("unit", groups, frame)


def _as_shown(name: str, groups: Iterable[Group], frame: CaseFrame) -> tuple[Group, ...]:
    """The groups with their words as they may leave the office: people type phones into any cell."""
    if frame.is_full:
        return tuple(groups)
    return tuple(replace(g, word=mask_cell(name, g.word)) if g.is_stated else g for g in groups)


def title_of(name: str, frame: CaseFrame) -> str:
    """What a column is called here, without what its header says in brackets."""
    header = frame.unit_header if name == "unit" else CODE_TITLES.get(name, name)
    column = frame.layout.column(name)
    return re.split(r"[(（]", column.header if column else header)[0]


def breakdown_table(name: str, groups: Sequence[Group], figures: CaseFigures, frame: CaseFrame) -> Table:
    """The counts by unit, channel, tier …, with 合计 of the whole ledger; units and channels with a chart."""
    labels, title = labels_of(frame.covered), title_of(name, frame)
    shown = UNIT_COLUMNS if name == "unit" else _BREAKDOWN_COLUMNS
    rows: list[tuple[Content, ...]] = [(group.word, *(group.counts[count] for count in shown)) for group in groups]
    total: tuple[Content, ...] = ("合计", *(figures.counts[count] for count in shown))
    columns = (TableColumn(title, 9), *(number(labels[count][0]) for count in shown))
    chart = None
    if name in _CHARTED and len(rows) > 1:
        drawn = tuple(shown.index(count) + 1 for count in ("accepted", "resolved"))
        points = min(len(rows), _MOST_POINTS)
        chart = Chart(_CHARTED[name], f"{frame.covered.named}各{title}受理、办结件数", points, columns=drawn)
    return Table(SUMMARY, f"按{title}", columns, (*rows, total), has_total=True, chart=chart)


def flow_of(figures: CaseFigures, frame: CaseFrame) -> tuple[Flow, ...]:
    """What came and went on each day, or in each month of a longer period, through the cut."""
    covered = frame.covered
    opened = Counter(r.opened_on for r in figures.listed if r.number == 1)
    again = Counter(r.opened_on for r in figures.listed if r.number > 1)
    resolved = Counter(r.closed_on for r in figures.alive if r.ending is Ending.RESOLVED)
    days = tuple((day, day) for day in _days(covered.first, covered.last))
    parts = days if covered.is_shown_by_day else covered.months
    through = [(first, min(last, covered.cut)) for first, last in parts if first <= covered.cut]
    return tuple(
        Flow(first, *(sum(found[day] for day in _days(first, last)) for found in (opened, again, resolved)))
        for first, last in through
    )


def days_table(figures: CaseFigures, frame: CaseFrame) -> Table:
    """By day: one column for each day, those still to come left open. By month: one row for each."""
    covered, flow = frame.covered, flow_of(figures, frame)
    if covered.is_shown_by_day:
        days = list(_days(covered.first, covered.last))
        columns = (
            TableColumn("日", 3),
            *(TableColumn(str(day.day), 1, ColumnType.NUMBER) for day in days),
            TableColumn("合计", 2, ColumnType.NUMBER),
        )
        to_come = (None,) * (len(days) - len(flow))
        rows: tuple[tuple[Content, ...], ...] = tuple(
            (label, *counts, *to_come, sum(counts))
            for label, counts in (("受理", [f.accepted for f in flow]), ("办结", [f.resolved for f in flow]))
        )
        chart = Chart(ChartKind.COLUMN, f"{covered.named}按日受理、办结件数", len(days))
        return Table(SUMMARY, "按日受理和办结", columns, rows, chart=chart)
    labels = labels_of(covered)
    lines: list[tuple[Content, ...]] = [
        (f"{f.first.year}年{f.first.month}月", f.accepted, f.redone, f.resolved) for f in flow
    ]
    total: tuple[Content, ...] = ("合计", *(figures.counts[name] for name in ("accepted", "redone", "resolved")))
    columns = (TableColumn("月份", 9), *(number(labels[name][0], 5) for name in ("accepted", "redone", "resolved")))
    chart = Chart(ChartKind.COLUMN, f"{covered.named}按月受理、办结件数", len(lines), columns=(1, 3))
    return Table(SUMMARY, "按月受理和办结", columns, (*lines, total), has_total=True, chart=chart)


def checks_table(checks: Iterable[Check]) -> Table:
    """Every identity with both sides and whether it holds."""
    rows = tuple((c.identity, c.left, c.right, "相符" if c.holds else "不符") for c in checks)
    columns = (
        TableColumn("勾稽关系", 24, place=Place.LEFT),
        number("左边"),
        number("右边"),
        TableColumn("结果", 3),
    )
    return Table(SUMMARY, "勾稽核对", columns, rows)


def outcomes_of(rounds: Iterable[Round], frame: CaseFrame) -> dict[str, int]:
    """结果类别 of the rounds resolved or routed out in the period, by the county's list; what has none is 未填."""
    codes = frame.rules.code_list(frame.spec.id, "outcome")
    ended = ended_within(rounds, frame.covered, Ending.RESOLVED, Ending.ROUTED_OUT)
    found = Counter((r.outcome if frame.is_full else mask_text(r.outcome)) or NOT_STATED for r in ended)
    known = [name for name in (codes.names if codes else ()) if name in found]
    return {name: found[name] for name in (*known, *sorted(set(found) - set(known)))}


def unanswered(rounds: Iterable[Round], frame: CaseFrame) -> int:
    """How many matters that are still open were told that they cannot be solved for now (暂时无法解决)."""
    return sum(bool(r.outcome) and is_open_at_cut(r, frame.covered) for r in rounds)


def units_table(figures: CaseFigures, frame: CaseFrame, head: tuple[str, ...]) -> Table:
    """接收、交办、办理结果、回访情况 by unit (湘潭五.5), as far as the notice knows 交办 and 签收.

    A unit stands here too where the period has nothing of it but a 回访 of what was resolved before.
    """
    results = outcomes_of(figures.alive, frame)
    is_assigned, is_signed = frame.spec.asks_assignment, frame.spec.asks_signature
    whole = Group("合计", figures.touched, figures.counts, is_stated=True)

    def line(group: Group) -> tuple[Content, ...]:
        own = outcomes_of(group.rounds, frame)
        counts = count_rounds(group.rounds, frame.covered, frame.spec)
        assigned, signed = assigning(group.rounds, frame), signing(group.rounds, frame)
        return (
            group.word,
            counts["accepted"],
            *((counts["assigned"], shown_days(assigned.median)) if is_assigned else ()),
            *((counts["signed"], shown_days(signed.median)) if is_signed else ()),
            *(own.get(result, 0) for result in results),
            unanswered(group.rounds, frame),
            *(counts[name] for name in _VISITS),
        )

    columns = (
        TableColumn(frame.unit_header, 20),
        number("接收", 7),
        *((number("交办", 7), number("交办用时\n中位数", 9)) if is_assigned else ()),
        *((number("签收", 7), number("签收用时\n中位数", 9)) if is_signed else ()),
        *(number(result, 8) for result in results),
        number("暂未解决\n仍在办", 9),
        *(number(labels_of(frame.covered)[name][0], 7) for name in _VISITS),
    )
    notes = ["办理结果为办结、转出的轮次按结果类别计；“暂未解决仍在办”为已答复暂时无法解决、到截至日仍未办结的。"]
    notes.append("回访按回访之日计，含以前办结、这一期回访的。")
    if is_assigned:
        notes.append("交办用时为受理（重办）至交办的工作日，签收用时为交办至签收的工作日，起算当日均不计。")
    return Table(
        sheet=UNITS,
        name="",
        title=(f"{frame.covered.named}接收、办理结果和回访情况（按{title_of('unit', frame)}）",),
        head=head,
        columns=columns,
        rows=(*(line(group) for group in _by_unit(figures.touched, frame)), line(whole)),
        notes=tuple(notes),
        has_total=True,
        is_landscape=True,
        least_height=24,
    )


def number(label: str, width: float = 3.2) -> TableColumn:
    """A column of counts."""
    # Four characters in two lines of two: narrow columns would break 结转下月 after the third.
    header = f"{label[:2]}\n{label[2:]}" if len(label) == 4 else label
    return TableColumn(header, width, ColumnType.NUMBER)


def _fields(frame: CaseFrame) -> tuple[str, ...]:
    """The coded columns of the ledger but those of its results, the usual ones first, and who found what where."""
    coded = [name for name in CODED_FIELDS if frame.rules.code_list(frame.spec.id, name)]
    is_of_findings = frame.layout.column("experience_officer") is not None
    usual = (*_CODED_FIRST, *(_OF_FINDINGS if is_of_findings else ()), *coded)
    return tuple(name for name in dict.fromkeys(usual) if frame.layout.column(name) is not None)


def _word(name: str) -> Callable[[Round], str]:
    return lambda item: str(getattr(item.case, name))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + n * _ONE_DAY for n in range((last - first).days + 1))
