"""The lists of a report: the ledger's copy in the official columns, what is overdue, what was resolved late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.layouts import ColumnType, Layout
from zhuomuniao.model import BEIJING, Case, Status
from zhuomuniao.privacy import mask_case, mask_text
from zhuomuniao.reports.caserounds import late_clock, stand_at
from zhuomuniao.reports.casetables import NO_UNIT
from zhuomuniao.reports.covered import long_day
from zhuomuniao.reports.tables import SIGNATURES, Content, Place, Table, TableColumn, ledger_column, plain_content
from zhuomuniao.reports.timeliness import days_taken
from zhuomuniao.roundtext import OVERRIDDEN
from zhuomuniao.rows import CASE_ROWS

if TYPE_CHECKING:
    from zhuomuniao.reports.casefigures import CaseFigures, CaseFrame

LEDGER, OVERDUE, LATE = "台账", "逾期明细", "超时办结明细"


Shown = Mapping[int, Case]
"""Cases as they may be seen, by the ``id`` of what they are."""


def shown_cases(figures: CaseFigures, frame: CaseFrame) -> Shown:
    """Every case with a round of the period, once, as it stood at the cut, masked unless the report is full.

    By 受理时间 and number.
    """
    cases = sorted({id(r.case): r.case for r in figures.alive}.values(), key=_order_of_case)
    stood = ((case, stand_at(case, frame.covered.cut)) for case in cases)
    return {id(case): at_cut if frame.is_full else mask_case(at_cut) for case, at_cut in stood}


def ledger_table(figures: CaseFigures, frame: CaseFrame, shown: Shown) -> Table:
    """The period's cases in the official columns as issued, numbered anew; zmn's own columns stay at home."""
    layout, counts, words = frame.layout, figures.counts, frame.words
    whole = {id(r.case): r.case for r in figures.listed}
    listed = [(whole[key], case) for key, case in shown.items() if key in whole]
    rows = tuple(_ledger_row(case, seen, frame, number) for number, (case, seen) in enumerate(listed, start=1))
    cases = [seen for _, seen in listed]
    made_of = (
        f"{words.before}结转{counts['carried_in']}件，{words.this}受理{counts['accepted']}件，"
        f"{words.this}重办{counts['redone']}件"
    )
    notes = [f"共{len(rows)}件（{made_of}）。"]
    if not frame.is_full:
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
        head=(f"填报单位（盖章）：{frame.office}", f"{frame.covered.named}　截至日：{long_day(frame.covered.cut)}"),
        columns=tuple(ledger_column(c) for c in layout.official_columns),
        rows=rows,
        notes=tuple(notes),
        signatures=SIGNATURES,
        is_landscape=layout.is_landscape,
        least_height=30,
    )


def overdue_table(figures: CaseFigures, frame: CaseFrame, shown: Shown) -> Table:
    """One line per case that was overdue at the cut, the longest overdue first."""
    cut = frame.covered.cut
    found = [(clock, r.case) for r in figures.alive if (clock := late_clock(r, frame.covered)) is not None]
    found.sort(key=lambda pair: (pair[0].due_on or date.max, pair[1].in_order))
    rows: list[tuple[Content, ...]] = []
    for number, (clock, case) in enumerate(found, start=1):
        due_on = clock.due_on or cut
        seen = shown[id(case)]
        rows.append(
            (
                *_who(number, seen),
                clock.act.value,
                due_on,
                late_workdays(due_on, cut, frame.calendar),
                (cut - due_on).days,
                seen.progress,
                "时限暂定" if clock.is_provisional else "",
            )
        )
    columns = (
        *_who_columns(frame),
        TableColumn("逾期环节", 9),
        TableColumn("办理时限", 11, ColumnType.DATE),
        TableColumn("逾期\n工作日", 8, ColumnType.NUMBER),
        TableColumn("逾期\n天数", 7, ColumnType.NUMBER),
        TableColumn("处理进度", 44, place=Place.LEFT),
        TableColumn("备注", 10),
    )
    notes = ("逾期天数按自然日、逾期工作日按调休后的工作日，均自时限最后一日的次日起算。",)
    return _list(OVERDUE, "逾期未结事项明细", frame, columns, rows, notes)


def late_table(figures: CaseFigures, frame: CaseFrame, shown: Shown) -> Table:
    """One line per round that was resolved after its limit in the period, the latest first."""
    found = [r for r in figures.resolved if r.is_late]
    found.sort(key=lambda r: (r.clock.due_on if r.clock and r.clock.due_on else date.max, r.case.in_order, r.number))
    rows: list[tuple[Content, ...]] = []
    for number, item in enumerate(found, start=1):
        assert item.clock is not None
        assert item.clock.due_on is not None
        assert item.closed_on is not None
        due_on, done_on = item.clock.due_on, item.clock.ended_on or item.closed_on
        seen = shown[id(item.case)]
        rows.append(
            (
                *_who(number, seen),
                item.opened_on,
                due_on,
                item.closed_on,
                late_workdays(due_on, done_on, frame.calendar),
                days_taken(item, frame),
                seen.result if item.is_latest else "",
                f"第{item.number}轮" if item.case.round > 1 else "",
            )
        )
    columns = (
        *_who_columns(frame),
        TableColumn("受理（重办）\n时间", 12, ColumnType.DATE),
        TableColumn("办理时限", 11, ColumnType.DATE),
        TableColumn("办结时间", 11, ColumnType.DATE),
        TableColumn("超时\n工作日", 8, ColumnType.NUMBER),
        TableColumn("用时\n工作日", 8, ColumnType.NUMBER),
        TableColumn("办理结果", 40, place=Place.LEFT),
        TableColumn("备注", 10),
    )
    notes = ("超时工作日自时限最后一日的次日起算；时限到几时几分的，当日超过时刻的为0个工作日。",)
    return _list(LATE, "超时办结事项明细", frame, columns, rows, notes)


def _who(number: int, shown: Case) -> tuple[Content, ...]:
    return number, shown.case_no, shown.unit or NO_UNIT, shown.applicant, shown.about


def _who_columns(frame: CaseFrame) -> tuple[TableColumn, ...]:
    about, applicant = frame.layout.column("about"), frame.layout.column("applicant")
    return (
        TableColumn("序号", 5.5, ColumnType.NUMBER),
        TableColumn("事项编号", 12),
        TableColumn(frame.unit_header, 18),
        TableColumn(applicant.header if applicant else "办理对象", 11),
        TableColumn(about.header if about else "情况", 56, place=Place.LEFT),
    )


def _list(
    sheet: str,
    name: str,
    frame: CaseFrame,
    columns: tuple[TableColumn, ...],
    rows: Sequence[tuple[Content, ...]],
    notes: tuple[str, ...],
) -> Table:
    return Table(
        sheet=sheet,
        name="",
        title=(f"{frame.covered.named}{name}",),
        head=(f"截至日：{long_day(frame.covered.cut)}", f"共{len(rows)}件"),
        columns=columns,
        rows=tuple(rows),
        notes=notes,
        is_landscape=True,
        least_height=30,
    )


def _order_of_case(case: Case) -> tuple[str, tuple[int, str]]:
    moment = case.accepted_at
    local = moment.astimezone(BEIJING).replace(tzinfo=None) if moment.tzinfo else moment
    return local.isoformat(), case.in_order


def official_cells(
    case: Case, seen: Case, layout: Layout, own: Mapping[str, str], *, is_full: bool
) -> dict[str, Any]:
    """The cells of a case by field as they may leave the office.

    ``seen`` is the case as it is shown; ``own`` what people wrote into columns that zmn keeps for them, in which the
    names of the case are masked too unless ``is_full``.
    """
    names = (case.applicant, case.experience_officer)
    typed = {name: text if is_full else mask_text(text, names) for name, text in own.items()}
    return {**typed, **{k: v for k, v in CASE_ROWS.row_of(seen, layout).items() if v is not None}}


def _ledger_row(case: Case, seen: Case, frame: CaseFrame, number: int) -> tuple[Content, ...]:
    own = frame.own_cells.get(case.case_no, {})
    values = official_cells(case, seen, frame.layout, own, is_full=frame.is_full)
    values["row_no"] = number
    mark = seen.status.value
    if seen.status in (Status.VOID, Status.ROUTED_OUT) and mark not in seen.remark:
        # The official columns have none for the status, and nobody should chase a void case.
        values["remark"] = f"{mark}。{seen.remark}"
    found = (values.get(column.field) for column in frame.layout.official_columns)
    return tuple(plain_content(value) for value in found)
