"""``zmn issue hand-in|collect``: the lists a unit hands in, and the lists a lead department takes in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._options import Session, parse_folder, session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    EXIT_QUEUED,
    finding_json,
    one_line,
    print_json,
    print_table,
    say,
    warn,
    warn_findings,
    where_line,
)
from zhuomuniao.commands.issue import At, By, Kind, Unit
from zhuomuniao.dateforms import parse_date
from zhuomuniao.errors import BadValueError, MissingValuesError
from zhuomuniao.model import Saved
from zhuomuniao.usecases.collecting import (
    Collected,
    CollectedList,
    CollectWords,
    HandInState,
    HandInStates,
    collect,
    hand_in_states,
    totals,
)
from zhuomuniao.usecases.handingin import HandInList, ListSpan, WantedLists, hand_in_lists, list_span
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.tracing import operation_of_registration

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

Quarter = Annotated[str, typer.Option(help="哪个季度，如 2026Q3；不写就是本期", metavar="季度")]
Window = Annotated[str, typer.Option(help="哪个活动窗口（按窗口报的），如 2026-08", metavar="窗口")]
Month = Annotated[str, typer.Option(help="哪个月（按月报的），如 2026-10", metavar="月份")]


def issue_hand_in(
    ctx: typer.Context,
    unit: Unit = "",
    kind: Kind = "",
    quarter: Quarter = "",
    window: Window = "",
    month: Month = "",
    from_day: Annotated[str, typer.Option("--from-day", help="不按期间，从哪天", metavar="日期")] = "",
    to_day: Annotated[str, typer.Option("--to-day", help="到哪天为止", metavar="日期")] = "",
    merged: Annotated[bool, typer.Option("--merged", help="各单位汇总成一张（牵头部门）")] = False,
    contact: Annotated[str, typer.Option(help="联系人", metavar="姓名")] = "",
    contact_phone: Annotated[str, typer.Option("--contact-phone", help="联系电话", metavar="电话")] = "",
    format_: Annotated[str, typer.Option("--format", help="xlsx 或 xlsx,pdf", metavar="格式")] = "xlsx",
    out: Annotated[Path | None, typer.Option(help="放到哪个文件夹", metavar="文件夹", parser=parse_folder)] = None,
    full: Annotated[bool, typer.Option("--full", help="不遮挡文字里的电话、证件号码（会记入流水）")] = False,
) -> int:
    session = session_of(ctx)
    if merged and unit:
        raise BadValueError("汇总的清单是各单位的，不能只写一个单位", "请去掉 --unit 或 --merged")
    formats = tuple(dict.fromkeys(f.strip().lower() for f in format_.replace("，", ",").split(",") if f.strip()))
    # A PDF is a print of the list: the list itself is always there.
    formats = ("xlsx", *(f for f in formats if f != "xlsx"))
    office = session.office_to_look()
    today = session.moment.as_of
    first, last = (parse_date(text, today=today) if text else None for text in (from_day, to_day))
    span = list_span(office, _label(quarter, window, month, first or last), first=first, last=last)
    wanted = WantedLists(unit, kind, merged, contact, contact_phone, formats, full)
    if full:
        # A look that then comes to nothing may be on record; lists with numbers that are not may not be.
        record_full_view(office, "issue hand-in", [span.label])
    made = hand_in_lists(office, span, wanted, out=out)
    if session.is_json:
        print_json(
            {
                **_span_json(span),
                "lists": [_list_json(office, one) for one in made.lists],
                "count": len(made.lists),
                "warnings": list(made.warnings),
                "findings": [finding_json(f) for f in made.findings],
            }
        )
        return 0
    say(f"{span.label}　{span.first} 至 {span.last} 发现的{'' if merged else _clause_told(span)}")
    for one in made.lists:
        _say_list(office, one, is_merged=merged)
    if not made.lists:
        say("这一期没有问题和需求，没有要出的清单；要一张空白的请写 --unit")
    elif made.has_foot and not contact:
        say("  联系人、签字、盖章处留空，打印后填；也可加 --contact、--contact-phone")
    else:
        say("  签字、盖章处留空，打印后填")
    warn(made.warnings)
    warn_findings(made.findings)
    return 0


def issue_collect(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="文件", help="各单位交来的清单，或放清单的文件夹")
    ] = None,
    period: Annotated[str, typer.Option(help="收的是哪一期的，如 2026Q3；不写就是本期", metavar="期间")] = "",
    unit: Annotated[str, typer.Option(help="清单上没写填报单位的，是哪个单位的", metavar="单位")] = "",
    kind: Annotated[str, typer.Option(help="清单上没写活动的，是哪项活动的", metavar="活动")] = "",
    status: Annotated[bool, typer.Option("--status", help="看谁报了、谁还没报，不收")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    at: At = None,
    by: By = "",
) -> int:
    session = session_of(ctx)
    if status:
        if files:
            raise BadValueError("--status 是看报送情况，不收文件", "请去掉 --status 或文件名")
        office = session.office_to_look()
        return _show_states(session, hand_in_states(office, list_span(office, period), kind))
    if not files:
        raise MissingValuesError("没有写收哪些文件", "请写清单的文件名或文件夹；看谁还没报用 --status")
    office = session.office()
    day = session.at(at).date()
    if day > session.moment.as_of:
        raise BadValueError(f"收到日期 {day} 还没有到（今天是 {session.moment.as_of}）", "请核对 --at", field="at")
    words = CollectWords(day, unit, kind, by)
    with while_waiting(session, "收清单"):
        outcome = collect(office, files, list_span(office, period), words, is_dry_run=dry_run)
    batch = operation_of_registration(office, outcome.receipts[0].record.case_no) if outcome.receipts else ""
    if session.is_json:
        print_json(_collected_json(outcome, batch))
    else:
        _say_collected(outcome, batch)
    if any(one.problem or one.rejected for one in outcome.lists):
        return EXIT_FINDINGS
    return EXIT_QUEUED if any(r.saved is Saved.QUEUED for r in outcome.receipts) else 0


def _label(quarter: str, window: str, month: str, day: date | None) -> str:
    options = (("--quarter", quarter), ("--window", window), ("--month", month))
    given = [option for option, value in options if value]
    given += ["--from-day、--to-day"] if day else []
    if len(given) > 1:
        raise BadValueError(f"{'、'.join(given)} 只能写一种", "请写明一个期间")
    return quarter or window or month


def _clause_told(span: ListSpan) -> str:
    return f"（{span.duty.citation.clause}）" if span.duty else ""


def _span_json(span: ListSpan) -> dict[str, Any]:
    return {"period": span.label, "from": span.first, "to": span.last}


def _list_json(office: Office, one: HandInList) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "kind": one.kind,
        "to": one.to,
        "rows": len(one.issues),
        "issues": [issue.case_no for issue in one.issues],
        "earlier_open": one.earlier_open,
        "files": [office.workspace.relative(path) for path in one.files],
        "new": one.is_new,
    }


def _say_list(office: Office, one: HandInList, *, is_merged: bool) -> None:
    whose = f"{len(dict.fromkeys(i.unit for i in one.issues))}个单位" if is_merged else one.unit
    rows = f"{len(one.issues)}条" if one.issues else "没有问题和需求，出了一张空白的"
    to = f"　报{one.to}" if one.to else ""
    say(f"✓ {whose}　{one.kind}　{rows}{to}{'' if one.is_new else '（文件已在，没有改动）'}")
    say(*(f"  {office.workspace.relative(path)}" for path in one.files))
    if one.earlier_open:
        say(f"  另有 {one.earlier_open} 条是以前各期的，仍在挂账，列在各自那一期的清单里")


def _collected_json(outcome: Collected, batch: str) -> dict[str, Any]:
    counts = totals(outcome)
    receipt = outcome.receipts[0] if outcome.receipts else None
    return {
        **_span_json(outcome.span),
        "lists": [_collected_list_json(one) for one in outcome.lists],
        "count": counts["lists"],
        "new": counts["new"],
        "known": counts["known"],
        "dry_run": outcome.is_dry_run,
        "saved": receipt.saved.value if receipt else None,
        "revision": receipt.revision if receipt else None,
        "numbers": [r.record.case_no for r in outcome.receipts],
        "batch": batch or None,
        "warnings": list(outcome.warnings),
    }


def _collected_list_json(one: CollectedList) -> dict[str, Any]:
    return {
        "file": one.file,
        "sheet": one.sheet,
        "unit": one.unit,
        "kind": one.kind,
        "leader": one.leader,
        "rows": one.row_count,
        "new": len(one.new),
        "known": one.known,
        "rejected": [{"row": r.row, "problems": list(r.problems)} for r in one.rejected],
        "taken_before": one.is_known,
        "problem": one.problem or None,
        "warnings": list(one.warnings),
    }


def _say_collected(outcome: Collected, batch: str) -> None:
    counts = totals(outcome)
    verb = "检查完毕（没有写入）" if outcome.is_dry_run else "✓ 已收" if outcome.receipts else "没有新的，没有写入"
    say(f"{verb}  {outcome.span.label}　{counts['lists']}张清单：新 {counts['new']} 条，已有 {counts['known']} 条")
    for one in outcome.lists:
        if one.problem:
            say(f"  ✗ {one.file}：{one.problem}")
            continue
        again = "（这张以前收过）" if one.is_known else ""
        say(f"  {one.unit}　{one.kind}　新 {len(one.new)}、已有 {one.known}{again}　{one.file}")
        for rejected in one.rejected:
            say(f"  ✗ {one.file} 第{rejected.row}行：{'；'.join(rejected.problems)}")
        warn(f"{one.unit}：{line}" for line in one.warnings)
        for checked in one.new:
            warn(
                f"{one.unit}“{one_line(checked.draft.record.problem or checked.draft.record.need, 20)}”：{line}"
                for line in checked.warnings
            )
    if outcome.receipts:
        say(where_line(outcome.receipts[-1]))
        say(f"  批次 {batch}；整批撤销：zmn undo --batch {batch}")
    warn(outcome.warnings)


def _show_states(session: Session, found: HandInStates) -> int:
    if session.is_json:
        states = [_state_json(state) for state in found.states]
        answer = {**_span_json(found.span), "due_on": found.due_on, "units": states, "count": len(states)}
        print_json({**answer, "unnamed": list(found.unnamed)})
        return 0
    due = f"，{found.due_on} 前报" if found.due_on else "，通知没有写明哪天报"
    say(f"{found.span.label}清单报送情况{due}")
    if found.states:
        headers = ("单位", "活动", "报送", "收到", "条数", "联系人", "联系电话")
        print_table(headers, [_state_row(state) for state in found.states], flexible=(0, 6))
    expected = [s for s in found.states if s.is_expected]
    missing, late = (sum(not s.times for s in expected), sum(s.is_late for s in found.states))
    say(f"应报 {len(expected)}，未报 {missing}，迟报 {late}")
    if found.unnamed:
        warn(
            [f"{'、'.join(found.unnamed)}由哪些单位参加，通知没有名单：写在 zmn.toml 的 [participants]，或定活动计划"]
        )
    return 0


def _word_of(state: HandInState) -> str:
    word = "未报" if not state.times else "迟报" if state.is_late else "已报"
    return word + (f"（{state.times}次）" if state.times > 1 else "")


def _state_row(state: HandInState) -> tuple[str, ...]:
    return (
        state.unit,
        state.kind,
        _word_of(state),
        f"{state.first_on:%m-%d}" if state.first_on else "",
        "" if state.row_count is None else str(state.row_count),
        state.contact,
        state.contact_phone,
    )


def _state_json(state: HandInState) -> dict[str, Any]:
    return {
        "unit": state.unit,
        "kind": state.kind,
        "state": "未报" if not state.times else "迟报" if state.is_late else "已报",
        "first_on": state.first_on,
        "times": state.times,
        "rows": state.row_count,
        "contact": state.contact,
        "contact_phone": state.contact_phone,
        "expected": state.is_expected,
    }
