"""What goes with a report on leaders' activities: the three lists by unit, who took part, who handed in, coverage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from zhuomuniao.layouts import ColumnType, Layout
from zhuomuniao.model import NO_FIXED_LIMIT, Act
from zhuomuniao.reports.activityfigures import in_order, unit_of
from zhuomuniao.reports.covered import Covered, long_day, long_days
from zhuomuniao.reports.leadertables import head_of, number
from zhuomuniao.reports.tables import Content, Place, Table, TableColumn, ledger_column

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import HandedIn, Issue
    from zhuomuniao.reports.coverlines import Coverage, OwedLine
    from zhuomuniao.reports.leaderfigures import LeaderFigures, ReportFrame

LISTS, TAKING_PART, HANDED_IN, COVERAGE = "三张清单", "参与情况", "清单报送", "事项覆盖"
_STORY = 15
"""Characters of a column whose text tells something: 整改效果 is narrow."""
EXECUTION, RECTIFICATION, MECHANISMS = "活动执行情况", "问题整改情况", "长效机制建立情况"

_OF_HEAD = ("unit", "leader", "activity_kind", "found_on")
"""What stands above each unit's own copy, and so beside each row of the merged one."""
_RECTIFIED = (
    ("found", "本期\n发现"), ("at_once", "立行\n立改"), ("by_plan", "整改\n计划"), ("urgent", "急难\n愁盼"),
    ("carried_in", "上期\n结转"), ("rebound", "反弹"), ("cleared", "销号"), ("cleared_late", "超时限\n销号"),
    ("solved", "解决"), ("voided", "作废"), ("carried_out", "未销号"), ("overdue", "逾期\n未销号"),
    ("looked_back", "已回\n头看"),
)  # fmt: skip


def lists_table(figures: LeaderFigures, frame: ReportFrame, layout: Layout) -> Table:
    """问题清单、需求清单、解决措施清单 of the days covered, in the official columns, merged by unit.

    The words above each unit's own copy stand in columns beside its rows.
    """
    official = [c for c in layout.official_columns if c.field != "row_no"]
    known = {column.field for column in official}
    beside = [c for name in _OF_HEAD if (c := layout.column(name)) is not None and name not in known]
    if frame.activity_kind:
        beside = [column for column in beside if column.field != "activity_kind"]
    found = [issue for issue, _, came in figures.listed if "发现" in came]
    units = in_order({unit_of(issue.unit) for issue in found}, frame.unit_order)
    found.sort(key=lambda issue: (units.index(unit_of(issue.unit)), issue.found_on or date.min, issue.in_order))
    columns = (*beside, *official)
    rows = tuple(
        (n, *(_issue_cell(issue, column.field, frame) for column in columns))
        for n, issue in enumerate(found, start=1)
    )
    return Table(
        sheet=LISTS,
        name="",
        title=(layout.title,),
        head=(
            "　".join(filter(None, (layout.annex, f"汇总单位：{frame.office}"))),
            f"统计期间：{frame.covered.days}",
        ),
        columns=(number("序号", 5.5), *(ledger_column(column, story_from=_STORY) for column in columns)),
        rows=rows,
        notes=(f"共{len(rows)}条，按单位汇总；只列本期发现的，以前发现仍未销号的见“发现和解决问题”。",),
        is_landscape=True,
        least_height=30,
    )


def taking_part_table(coverage: Coverage, frame: ReportFrame) -> Table:
    """Which units took part, and which have not."""
    lines = {line.unit: line for line in coverage.units}
    ordered = [lines[unit] for unit in in_order(lines, frame.unit_order)]
    rows = tuple(
        (n, line.unit, line.standing.value, line.periodic, line.immediate, line.tracking, line.delegated)
        for n, line in enumerate(ordered, start=1)
    )
    columns = (
        number("序号", 5.5), TableColumn("单位", 26), TableColumn("参与情况", 20), number("定期", 8),
        number("即时", 8), number("跟踪", 8), number("其中\n受委托", 8),
    )  # fmt: skip
    through = min(coverage.last, frame.covered.as_of)
    tally = {word: sum(line.standing.value == word for line in ordered) for word in _words(coverage)}
    told = "，".join(f"{word}{count}个" for word, count in tally.items())
    return Table(
        sheet=TAKING_PART,
        name="",
        title=("单位参与情况",),
        head=(long_days(coverage.first, coverage.last), f"截至日：{long_day(through)}"),
        columns=columns,
        rows=rows,
        notes=(f"名单内共{len(rows)}个单位：{told}。" if rows else "名单内没有单位。",),
        least_height=22,
    )


def handed_in_table(
    figures: LeaderFigures, frame: ReportFrame, coverage: Coverage, handins: Sequence[HandedIn]
) -> Table:
    """Which units have handed their lists in for this period, when, with how many rows, and which have not."""
    received = received_lists(handins, frame.covered, frame.activity_kind)
    listed: dict[str, int] = {}
    for issue, _, came in figures.listed:
        listed[unit_of(issue.unit)] = listed.get(unit_of(issue.unit), 0) + ("发现" in came)
    units = in_order({*coverage.expected, *received}, frame.unit_order)
    rows: list[tuple[Content, ...]] = []
    for n, unit in enumerate(units, start=1):
        own = received.get(unit, ())
        first = own[0].handed_on if own else None
        count = own[-1].row_count if own else None
        rows.append((n, unit, _state(own, coverage.lists_due_on), first, count, listed.get(unit, 0), own_note(own)))
    columns = (
        number("序号", 5.5),
        TableColumn("填报单位", 24),
        TableColumn("报送情况", 10),
        TableColumn("收到日期", 12, ColumnType.DATE),
        number("所报\n条数", 8),
        number("清单内\n条数", 8),
        TableColumn("备注", 18),
    )
    due = f"，报送时限{long_day(coverage.lists_due_on)}" if coverage.lists_due_on else ""
    missing = missing_lists(coverage, handins, frame)
    return Table(
        sheet=HANDED_IN,
        name="",
        title=("三张清单报送情况",),
        head=(f"期间：{frame.covered.named}{due}", f"截至日：{long_day(frame.covered.cut)}"),
        columns=columns,
        rows=tuple(rows),
        notes=(f"应报{len(set(coverage.expected))}个单位，尚未报送{len(missing)}个。",),
        least_height=22,
    )


def coverage_table(coverage: Coverage, frame: ReportFrame) -> Table:
    """年内覆盖全部事项: how many items of each catalogue were tried this year, and which were not."""
    lines = {line.unit: line for line in coverage.items}
    rows = tuple(
        (n, unit, lines[unit].total, lines[unit].covered, len(lines[unit].missing), "、".join(lines[unit].missing))
        for n, unit in enumerate(in_order(lines, frame.unit_order), start=1)
    )
    columns = (
        number("序号", 5.5), TableColumn("单位", 22), number("事项数", 8), number("已体验", 8), number("未体验", 8),
        TableColumn("尚未体验的事项", 44, place=Place.LEFT),
    )  # fmt: skip
    return Table(
        sheet=COVERAGE,
        name="",
        title=("年内事项覆盖情况",),
        head=(f"{frame.covered.cut.year}年1月1日起", f"截至日：{long_day(frame.covered.cut)}"),
        columns=columns,
        rows=rows,
        notes=("按各单位事项清单计；没有导入事项清单的单位不在表内。",),
        least_height=22,
    )


def execution_table(
    figures: LeaderFigures, frame: ReportFrame, owed: Sequence[OwedLine], title: tuple[str, ...]
) -> Table:
    """活动执行情况: owed and done in each period of the year, by unit."""
    periods = tuple(dict.fromkeys(line.period for line in sorted(owed, key=lambda line: line.period)))
    by_unit: dict[str, dict[str, OwedLine]] = {}
    for line in owed:
        by_unit.setdefault(line.unit, {})[line.period] = line
    rows: list[tuple[Content, ...]] = []
    for unit in assessed_units(figures, frame, owed):
        own, counts = by_unit.get(unit, {}), figures.of_unit(unit)
        pairs = [own.get(period) for period in periods]
        each = [value for line in pairs for value in ((line.owed, line.done) if line else (None, None))]
        told = [line for line in pairs if line]
        whole = (sum(line.owed for line in told), sum(min(line.owed, line.done) for line in told))
        modes = (counts[name] for name in ("activities", "participants", "periodic", "immediate", "tracking"))
        rows.append((unit, *each, *whole, *modes, counts["delegated"]))
    columns = (
        TableColumn("单位", 22),
        *(number(f"{_short_period(period)}\n{word}", 6.5) for period in periods for word in ("应", "已")),
        *(
            number(header, 6)
            for header in ("全年\n应", "按期\n完成", "活动\n次数", "参与\n人次", "定期", "即时", "跟踪")
        ),
        number("受委托", 6),
    )
    notes = ("应、已：应参加和已参加的次数，只计符合定额的；“按期完成”每期最多计到应参加的次数。不评分、不排名。",)
    return _assessed(EXECUTION, frame, columns, rows, notes, title=title)


def rectification_table(figures: LeaderFigures, frame: ReportFrame, owed: Sequence[OwedLine]) -> Table:
    """问题整改情况: found, cleared, open, overdue, reopened, by unit."""
    rows: list[tuple[Content, ...]] = []
    for unit in assessed_units(figures, frame, owed):
        counts = figures.of_unit(unit)
        rows.append((unit, *(counts[name] for name, _ in _RECTIFIED)))
    total: tuple[Content, ...] = ("合计", *(figures.problem_counts[name] for name, _ in _RECTIFIED))
    columns = (TableColumn("单位", 24), *(number(header, 7) for _, header in _RECTIFIED))
    notes = ("只计问题，不计单独的需求。不评分、不排名。",)
    return _assessed(RECTIFICATION, frame, columns, [*rows, total], notes, has_total=True)


def mechanisms_table(figures: LeaderFigures, frame: ReportFrame) -> Table:
    """长效机制建立情况: each lasting mechanism with what it was built for, by unit."""
    built = [(issue, unit_of(issue.unit)) for issue, _, _ in figures.listed if issue.mechanism.strip()]
    units = in_order({unit for _, unit in built}, frame.unit_order)
    built.sort(key=lambda pair: (units.index(pair[1]), pair[0].found_on or date.min, pair[0].in_order))
    own = {unit: sum(other == unit for _, other in built) for unit in units}
    rows: list[tuple[Content, ...]] = [
        (n, unit, own[unit], issue.mechanism, issue.problem or issue.need, issue.found_on)
        for n, (issue, unit) in enumerate(built, start=1)
    ]
    columns = (
        number("序号", 5.5),
        TableColumn("单位", 20),
        number("本单位\n项数", 8),
        TableColumn("长效机制", 40, place=Place.LEFT),
        TableColumn("针对的问题或需求", 40, place=Place.LEFT),
        TableColumn("发现时间", 12, ColumnType.DATE),
    )
    notes = (f"共{len(rows)}项，一条问题或需求所填的长效机制计一项。不评分、不排名。",)
    return _assessed(MECHANISMS, frame, columns, rows, notes)


def received_lists(handins: Iterable[HandedIn], covered: Covered, kind: str) -> dict[str, tuple[HandedIn, ...]]:
    """The hand-ins of this period that had come by the cut, by unit, the first of each first."""
    found: dict[str, list[HandedIn]] = {}
    for one in handins:
        has_come = one.handed_on is not None and one.handed_on <= covered.cut
        if one.period == covered.label and has_come and (not kind or one.activity_kind == kind):
            found.setdefault(unit_of(one.unit), []).append(one)
    return {unit: tuple(sorted(own, key=lambda h: (h.handed_on, h.in_order))) for unit, own in found.items()}


def missing_lists(coverage: Coverage, handins: Iterable[HandedIn], frame: ReportFrame) -> tuple[str, ...]:
    """The units that owe their lists for this period and have not handed them in."""
    received = received_lists(handins, frame.covered, frame.activity_kind)
    return tuple(unit for unit in in_order(coverage.expected, frame.unit_order) if unit not in received)


def assessed_units(figures: LeaderFigures, frame: ReportFrame, owed: Iterable[OwedLine]) -> tuple[str, ...]:
    """Every unit that owed something or has something to tell."""
    return in_order({*(line.unit for line in owed), *(unit for unit, _ in figures.by_unit)}, frame.unit_order)


def own_note(own: Sequence[HandedIn]) -> str:
    """What a clerk should know of a unit's hand-ins."""
    if len(own) < 2:
        return own[0].remark if own else ""
    return f"报过{len(own)}次，条数按最后一次"


def _state(own: Sequence[HandedIn], due_on: date | None) -> str:
    if not own:
        return "未报"
    first = own[0].handed_on
    return "迟报" if due_on is not None and first is not None and first > due_on else "已报"


def _short_period(period: str) -> str:
    """A period of the year as the head of a narrow column: 3季度, 8月."""
    _, quarter, number_ = period.partition("Q")
    if quarter:
        return f"{number_}季度"
    return f"{int(period[5:])}月" if re.fullmatch(r"\d{4}-\d\d", period) else period


def _words(coverage: Coverage) -> Mapping[str, None]:
    return dict.fromkeys(line.standing.value for line in sorted(coverage.units, key=lambda line: line.standing))


def _issue_cell(issue: Issue, name: str, frame: ReportFrame) -> Content:
    if name == "due_on":
        limits = [c for c in issue.clocks if c.act is Act.RECTIFY and c.round == issue.round]
        return (limits[0].due_on or NO_FIXED_LIMIT) if limits else None
    value = getattr(issue, name, None)
    return value if isinstance(value, str | int | date | datetime) else None


def _assessed(
    sheet: str,
    frame: ReportFrame,
    columns: tuple[TableColumn, ...],
    rows: Sequence[tuple[Content, ...]],
    notes: tuple[str, ...],
    *,
    title: tuple[str, ...] = (),
    has_total: bool = False,
) -> Table:
    return Table(
        sheet=sheet,
        name="",
        title=title or (sheet,),
        head=head_of(frame),
        columns=columns,
        rows=tuple(rows),
        notes=notes,
        has_total=has_total,
        is_landscape=True,
        least_height=22,
    )
