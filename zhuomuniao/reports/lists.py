"""The lists of a report: the ledger's copy in the official columns, and the cases that are overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.layouts import Column, ColumnType, Layout
from zhuomuniao.model import Case, Status
from zhuomuniao.privacy import mask_case
from zhuomuniao.reports.figures import Month, Round, late_clock, stand_at
from zhuomuniao.reports.tables import Content, Place, Table, TableColumn
from zhuomuniao.roundtext import OVERRIDDEN
from zhuomuniao.rows import CASE_ROWS
from zhuomuniao.workdays import WorkCalendar

LEDGER, OVERDUE = "台账", "逾期明细"
NO_UNIT = "未交办"
SIGNATURES = ("负责人签字：", "审核人：", "填报人：", "日期：　　年　月　日")
_LONG_TEXT = 20


def ledger_table(
    cases: Sequence[Case],
    layout: Layout,
    span: Month,
    office: str,
    counts: Mapping[str, int],
    *,
    is_full: bool,
) -> Table:
    """The month's cases in the official columns as issued, numbered anew; zmn's own columns stay at home."""
    rows = tuple(_ledger_row(case, layout, number) for number, case in enumerate(cases, start=1))
    made_of = f"上月结转{counts['carried_in']}件，本月受理{counts['accepted']}件，本月重办{counts['redone']}件"
    notes = [f"共{len(rows)}件（{made_of}）。"]
    if not is_full:
        notes.append("办理对象姓名、电话和文字中的电话、证件号码已作遮盖，完整内容见本单位台账。")
    provisional = [c.case_no for c in cases if c.is_provisional]
    if provisional:
        notes.append(f"时限暂定（放假安排公布后复核）：{'、'.join(provisional)}。")
    overridden = [c.case_no for c in cases if OVERRIDDEN in c.extension]
    if overridden:
        notes.append(f"延期超出“原则上”规定、另有依据和批准人的：{'、'.join(overridden)}。")
    return Table(
        sheet=LEDGER,
        name="",
        title=(layout.title,),
        head=(f"填报单位（盖章）：{office}", f"{span.label}　截至日：{long_day(span.cut)}"),
        columns=tuple(_table_column(c) for c in layout.official_columns),
        rows=rows,
        notes=tuple(notes),
        signatures=SIGNATURES,
        is_landscape=layout.is_landscape,
        least_height=30,
    )


def overdue_table(
    rounds: Sequence[Round], span: Month, layout: Layout, calendar: WorkCalendar, is_full: bool
) -> Table:
    """One line per case that was overdue at the cut, the longest overdue first."""
    found = [(clock, r.case) for r in rounds if (clock := late_clock(r, span)) is not None]
    found.sort(key=lambda pair: (pair[0].due_on or date.max, pair[1].case_no))
    rows = []
    for number, (clock, case) in enumerate(found, start=1):
        shown = shown_case(case, span, is_full=is_full)
        due_on = clock.due_on or span.cut
        rows.append(
            (
                number,
                shown.case_no,
                shown.unit or NO_UNIT,
                shown.applicant,
                shown.about,
                clock.act.value,
                due_on,
                late_workdays(due_on, span.cut, calendar),
                (span.cut - due_on).days,
                shown.progress,
                "时限暂定" if clock.is_provisional else "",
            )
        )
    about, unit = layout.column("about"), layout.column("unit")
    columns = (
        TableColumn("序号", 5.5, ColumnType.NUMBER),
        TableColumn("事项编号", 12),
        TableColumn(unit.header if unit else "责任单位", 18),
        TableColumn("办理对象", 11),
        TableColumn(about.header if about else "情况", 56, place=Place.LEFT),
        TableColumn("逾期环节", 9),
        TableColumn("办理时限", 11, ColumnType.DATE),
        TableColumn("逾期\n工作日", 8, ColumnType.NUMBER),
        TableColumn("逾期\n天数", 7, ColumnType.NUMBER),
        TableColumn("处理进度", 44, place=Place.LEFT),
        TableColumn("备注", 10),
    )
    return Table(
        sheet=OVERDUE,
        name="",
        title=(f"{span.label}逾期未结事项明细",),
        head=(f"截至日：{long_day(span.cut)}", f"共{len(rows)}件"),
        columns=columns,
        rows=tuple(rows),
        notes=("逾期天数按自然日、逾期工作日按调休后的工作日，均自时限最后一日的次日起算。",),
        is_landscape=True,
        least_height=30,
    )


def long_day(day: date) -> str:
    """A day as papers write it: 2026年10月8日."""
    return f"{day.year}年{day.month}月{day.day}日"


def shown_case(case: Case, span: Month, *, is_full: bool) -> Case:
    """The case as it stood at the cut, masked unless the report is full (domain.md §8)."""
    stood = stand_at(case, span.cut)
    return stood if is_full else mask_case(stood)


def _ledger_row(case: Case, layout: Layout, number: int) -> tuple[Content, ...]:
    values = CASE_ROWS.row_of(case, layout)
    values["row_no"] = number
    mark = case.status.value
    if case.status in (Status.VOID, Status.ROUTED_OUT) and mark not in case.remark:
        # The official columns have none for the status, and nobody should chase a void case.
        values["remark"] = f"{mark}。{case.remark}"
    found = (values.get(column.field) for column in layout.official_columns)
    return tuple(str(value) if isinstance(value, float) else value for value in found)


def _table_column(column: Column) -> TableColumn:
    is_long = column.type is ColumnType.TEXT and column.width >= _LONG_TEXT
    return TableColumn(column.header, column.width, column.type, Place.LEFT if is_long else Place.CENTER)
