"""``zmn show`` and ``zmn list``: names and phones masked unless ``--full``, which is journalled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._activityview import activity_json
from zhuomuniao.commands._issues import issue_json
from zhuomuniao.commands._options import Session, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    day_text,
    finding_json,
    one_line,
    print_json,
    print_table,
    say,
    step_json,
    view_json,
    warn,
    warn_findings,
)
from zhuomuniao.errors import BadValueError
from zhuomuniao.fieldwork import Activity, Issue
from zhuomuniao.model import Case, Clock, Record, Row, Status, Step
from zhuomuniao.usecases.activitylists import view_activity
from zhuomuniao.usecases.fieldperiods import month_named
from zhuomuniao.usecases.issuelists import view_issue
from zhuomuniao.usecases.looking import (
    CaseFilter,
    CaseView,
    RowBeside,
    View,
    list_cases,
    record_full_view,
    show_record,
    show_row_beside,
    told_columns,
)

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

Full = Annotated[bool, typer.Option("--full", help="不遮挡姓名和电话（会记入流水）")]
LedgerName = Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")]


def show(
    ctx: typer.Context,
    no: Annotated[str, typer.Argument(metavar="编号", help="事项、活动、问题、计划、名册……里的编号")],
    full: Full = False,
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    beside = show_row_beside(office, no, ledger, is_full=full)
    if beside is not None:
        if full:
            record_full_view(office, "show", [beside.row.case_no])
        _show_row_beside(session, beside)
        return 0
    spec = office.spec_of(no, ledger)
    with while_waiting(session, "查看台账"):
        shown, steps = show_record(office, spec, no, is_full=full)
    if full:
        record_full_view(office, "show", [shown.record.case_no])
    if session.is_json:
        print_json({**_record_json(office, shown), "steps": [step_json(s) for s in steps]})
        return 0
    if isinstance(shown.record, Case):
        _say_case(shown, office.number_title(shown.record))
    else:
        _say_columns(shown, told_columns(office, spec, shown.record), office.number_title(shown.record))
    _say_steps(steps)
    return 0


def list_(
    ctx: typer.Context,
    status: Annotated[str, typer.Option(help="状态，如 办理中、待回访、已办结", metavar="状态")] = "",
    unit: Annotated[str, typer.Option(help="责任单位，可写简称", metavar="单位")] = "",
    month: Annotated[str | None, typer.Option(help="受理月份，如 2026-10", metavar="月份")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看逾期的")] = False,
    search: Annotated[str, typer.Option(help="编号、姓名、电话或内容里的词", metavar="词")] = "",
    full: Full = False,
    ledger: LedgerName = None,
) -> int:
    session = session_of(ctx)
    if status and status not in tuple(Status):
        raise BadValueError(f"没有“{status}”这个状态", f"可写：{'、'.join(Status)}")
    office = session.office_to_look()
    wanted = CaseFilter(
        status=status,
        unit=unit,
        month=month_named(month) if month else None,
        is_overdue=overdue,
        search=search,
    )
    with while_waiting(session, "查看台账"):
        views, findings = list_cases(office, office.locality.ledger(ledger), wanted, is_full=full)
    if full:
        record_full_view(office, "list", [v.record.case_no for v in views])
    if session.is_json:
        answer = {"cases": [view_json(v) for v in views], "count": len(views)}
        print_json({**answer, "findings": [finding_json(f) for f in findings]})
        return 0
    if views:
        print_table(
            ("编号", "受理", "办理对象", "责任单位", "状态", "下一时限", "情况"),
            [_row(v) for v in views],
            flexible=(3, 6),
        )
    say(f"共 {len(views)} 件")
    warn_findings(findings)
    return 0


def _row(shown: CaseView) -> tuple[str, ...]:
    case = shown.record
    due = f"{shown.due_on:%m-%d}{'暂定' if case.is_provisional else ''}" if shown.due_on else ""
    late = f" 逾{shown.late_workdays}" if shown.late_workdays else ""
    return (
        case.case_no,
        f"{case.accepted_at:%m-%d}",
        one_line(case.applicant, 16),
        one_line(case.unit, 24),
        case.status.value + ("（待补写）" if case.is_queued else ""),
        due + late,
        one_line(case.about, 60),
    )


def _record_json(office: Office, shown: View[Any]) -> dict[str, Any]:
    record = shown.record
    if isinstance(record, Activity):
        return {"activity": activity_json(view_activity(office, record))}
    if isinstance(record, Issue):
        return {"issue": issue_json(view_issue(office, record))}
    return {"case": view_json(shown)}


def _show_row_beside(session: Session, shown: RowBeside) -> None:
    row = shown.row
    if session.is_json:
        columns = [{"field": field, "header": header, "text": text} for field, header, text in shown.columns]
        told = {"case_no": row.case_no, "ledger": row.ledger, "sort": shown.sort, "queued": row.is_queued}
        steps = [step_json(s) for s in shown.steps]
        print_json({"row": {**told, "columns": columns}, "steps": steps, "warnings": list(shown.warnings)})
        return
    _say_cells(row, shown.number_title, [(header, text) for _, header, text in shown.columns])
    _say_steps(shown.steps)
    warn(shown.warnings)


def _say_steps(steps: Sequence[Step]) -> None:
    say("", "流转记录")
    for step in steps:
        who = "，".join(filter(None, (step.by, step.unit)))
        say(f"  {step.at:%Y-%m-%d %H:%M}  {step.kind}  {who}")
        if step.text:
            say(*(f"      {line}" for line in step.text.split("\n")))


def _say_cells(row: Row, number: str, columns: Sequence[tuple[str, str]]) -> None:
    """The columns of a sheet that hold anything, under their headers."""
    say(f"{number} {row.case_no}{'（台账被打开，等待补写）' if row.is_queued else ''}")
    for header, text in columns:
        first, *more = text.split("\n")
        say(f"  {header}：{first}", *(f"      {line}" for line in more))


def _say_columns(shown: View[Any], columns: Sequence[tuple[str, str]], number: str) -> None:
    """An activity or an issue."""
    record = shown.record
    _say_cells(record, number, columns)
    for clock in record.clocks:
        say(_clock_line(record, clock))
    if shown.late_workdays:
        say(f"  已逾期 {shown.late_workdays} 个工作日")


def _clock_line(record: Record, clock: Clock) -> str:
    due = "没有固定时限"
    if clock.due_on is not None:
        due = day_text(clock.due_on, clock.due_time) + ("（暂定）" if clock.is_provisional else "")
    ended = ""
    if clock.ended_on:
        verdict = "" if clock.due_on is None else "，超时" if clock.ended_late else "，按时"
        ended = f"，{clock.ended_on} 完成{verdict}"
    number = f"第{clock.round}轮" if record.round > 1 else ""
    return f"  {number}{clock.act}时限：{due}{ended}"


def _say_case(shown: CaseView, number: str) -> None:
    case = shown.record
    facts = [
        ("办理对象", f"{case.applicant}　{case.phone}".strip()),
        ("受理", f"{case.accepted_at:%Y-%m-%d %H:%M}　{case.accepted_by}　{case.channel}"),
        ("责任单位", case.unit or "还没有交办"),
        ("协办单位", case.co_handlers),
        ("体验官", "　".join(filter(None, (case.experience_officer, case.officer_source)))),
        ("体验点", "　".join(filter(None, (case.experience_site, case.site_kind)))),
        ("发现方式", "　".join(filter(None, (case.finding_way, case.immersion_step, case.immersion_way)))),
        ("首接人", case.first_handler if case.first_handler != case.accepted_by else ""),
        ("类别", "　".join(filter(None, (case.kind, case.tier, case.category, case.cause, case.track)))),
        ("状态", case.status.value + ("（台账被打开，等待补写）" if case.is_queued else "")),
        ("轮次", f"第{case.round}轮，自 {case.round_started_on} 起" if case.round > 1 else ""),
        ("暂停", case.pause),
        ("延期", case.extension),
        ("催办督办", case.urging),
        ("核查", case.verification),
        ("回访", "　".join(filter(None, (case.revisit, case.fault)))),
        ("关联", case.related_no),
    ]
    say(f"{number} {case.case_no}")
    for title, text in facts:
        if text:
            say(f"  {title}：{text}")
    say(*(_clock_line(case, clock) for clock in case.clocks))
    if shown.late_workdays:
        say(f"  已逾期 {shown.late_workdays} 个工作日")
    say("  情况：", *(f"      {line}" for line in case.about.split("\n")))
    if case.suggestion:
        say("  意见建议：", *(f"      {line}" for line in case.suggestion.split("\n")))
    if case.result:
        say(f"  结果：{case.outcome}", *(f"      {line}" for line in case.result.split("\n")))
