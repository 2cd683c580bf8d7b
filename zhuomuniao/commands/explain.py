"""``zmn explain`` and ``zmn deadline``: a date with its working shown."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import day_text, print_json, quote_text, say, trail_json, trail_lines
from zhuomuniao.dateforms import parse_date
from zhuomuniao.usecases.explaining import ExplainedClock, Explanation, explain_case, explain_limit
from zhuomuniao.workdays import WorkCalendar


def deadline(
    ctx: typer.Context,
    start: Annotated[str, typer.Argument(metavar="起算日", help="如 2026-09-30；这一天不计入")],
    limit: Annotated[str, typer.Argument(metavar="时限", help="如 5工作日、3日、1个月")],
) -> int:
    session = session_of(ctx)
    day = parse_date(start, today=session.moment.as_of)
    calendar = WorkCalendar(is_strict=session.is_strict)
    counted = explain_limit(day, limit, calendar)
    if session.is_json:
        print_json(
            {
                "start": counted.starts_on,
                "limit": counted.limit,
                "due_on": counted.due_on,
                "raw_due_on": counted.raw_due_on,
                "provisional": counted.is_provisional,
                "calendar_version": calendar.version,
                "trail": trail_json(counted.trail),
            }
        )
        return 0
    provisional = "（暂定）" if counted.is_provisional else ""
    say(f"{day_text(counted.starts_on)}起 {counted.limit}：{day_text(counted.due_on)}{provisional}")
    if counted.raw_due_on:
        say(f"  末日 {day_text(counted.raw_due_on)} 是休息日，顺延到下一个工作日")
    say(*trail_lines(counted.trail))
    say(f"  日历：{calendar.version}")
    if counted.is_provisional:
        say("  ! 所涉日期的放假安排尚未公布，先按法定节假日和周末计算；通知公布并更新 zmn 后请再核对")
    return 0


def explain(
    ctx: typer.Context,
    no: Annotated[str, typer.Argument(metavar="编号", help="事项编号")],
    ledger: Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")] = None,
) -> int:
    session = session_of(ctx)
    office = session.office()
    explanation = explain_case(office, office.locality.ledger(ledger), no)
    if session.is_json:
        print_json(_explanation_json(explanation))
        return 0
    case = explanation.case
    say(
        f"事项编号 {case.case_no}　受理 {case.accepted_at:%Y-%m-%d %H:%M}　{case.kind}　{case.tier}".rstrip("　"),
        f"规则：{explanation.notice}，{explanation.edition}版　日历：{explanation.calendar_version}",
    )
    for clock in explanation.clocks:
        _say_clock(clock)
    for rule in explanation.replaced:
        say(
            "",
            f"没有采用的一般时限：{rule.act} {rule.limit}，有更具体的规定",
            f"  {quote_text(rule.citation.clause, rule.citation.quote)}",
        )
    return 0


def _say_clock(explained: ExplainedClock) -> None:
    clock, rule, counted = explained.clock, explained.rule, explained.deadline
    citation = rule.citation
    if counted is None or clock.due_on is None:
        say("", f"{clock.act}：没有固定时限，逐件确定", f"  {quote_text(citation.clause, citation.quote)}")
    else:
        provisional = "（暂定）" if clock.is_provisional else ""
        say(
            "",
            f"{clock.act}：{day_text(clock.due_on)}{provisional}　自{rule.start}起{counted.limit}",
            f"  {quote_text(citation.clause, citation.quote)}",
        )
        if counted.raw_due_on:
            say(f"  末日 {day_text(counted.raw_due_on)} 是休息日，顺延到下一个工作日")
        if explained.differs:
            say(f"  ! 台账里的日期与现在的规则和日历算出的 {day_text(counted.due_on)} 不同；已签发的日期不会自动改动")
        say(*trail_lines(counted.trail))
    if citation.note:
        say(f"  说明：{citation.note}")
    if clock.ended_on:
        say(f"  {clock.ended_on} 完成，{'超时' if clock.ended_late else '按时'}")
    for policy in explained.policies:
        basis = policy.basis.replace("unstated", "通知未写明，zmn 选定")
        say(f"  口径：{policy.title}（{basis}）")


def _explanation_json(explanation: Explanation) -> dict[str, Any]:
    return {
        "case_no": explanation.case.case_no,
        "edition": explanation.edition,
        "notice": explanation.notice,
        "calendar_version": explanation.calendar_version,
        "clocks": [_clock_json(c) for c in explanation.clocks],
        "replaced": [
            {
                "rule": r.id,
                "act": r.act.value,
                "limit": str(r.limit) if r.limit else None,
                "clause": r.citation.clause,
                "quote": r.citation.quote,
            }
            for r in explanation.replaced
        ],
    }


def _clock_json(explained: ExplainedClock) -> dict[str, Any]:
    clock, rule, counted = explained.clock, explained.rule, explained.deadline
    return {
        "clock": clock.act.clock,
        "act": clock.act.value,
        "due_on": clock.due_on,
        "counted_due_on": counted.due_on if counted else None,
        "raw_due_on": counted.raw_due_on if counted else None,
        "provisional": clock.is_provisional,
        "ended_on": clock.ended_on,
        "late": clock.ended_late,
        "rule": rule.id,
        "start_event": rule.start.value,
        "starts_on": counted.starts_on if counted else None,
        "limit": str(rule.limit) if rule.limit else None,
        "clause": rule.citation.clause,
        "quote": rule.citation.quote,
        "basis": rule.citation.basis,
        "policies": [{"id": p.id, "title": p.title, "basis": p.basis} for p in explained.policies],
        "trail": trail_json(counted.trail) if counted else [],
    }
