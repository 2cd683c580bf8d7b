"""``zmn explain`` and ``zmn deadline``: a date with its working shown."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any

import typer

from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._view import day_text, print_json, quote_text, say, trail_json, trail_lines
from zhuomuniao.dateforms import parse_date, parse_moment
from zhuomuniao.errors import BadValueError
from zhuomuniao.model import NO_FIXED_LIMIT, Case, Deadline, Record
from zhuomuniao.usecases.explaining import ExplainedClock, Explanation, explain_case, explain_limit


def deadline(
    ctx: typer.Context,
    start: Annotated[str, typer.Argument(metavar="起算日", help="如 2026-09-30；这一天不计入。按小时的写到分钟")],
    limit: Annotated[str, typer.Argument(metavar="时限", help="如 5工作日、3日、2周、1个月、24小时、当日下班前")],
    pause: Annotated[
        list[str] | None, typer.Option(help="暂停，写 暂停日..恢复日；可写多次", metavar="日期..日期")
    ] = None,
    extend: Annotated[list[str] | None, typer.Option(help="延期，如 5工作日；可写多次", metavar="时限")] = None,
) -> int:
    session = session_of(ctx)
    office = session.office_or_none()
    calendar = office.calendar if office else session.plain_calendar()
    moment = parse_moment(start, today=session.moment.as_of, default_time=_OFFICE_OPENS)
    counted = explain_limit(
        moment,
        limit,
        calendar,
        locality=office.locality if office else None,
        pauses=[_pause(text, session.moment.as_of) for text in pause or ()],
        extensions=extend or (),
    )
    if session.is_json:
        print_json(
            {
                "start": counted.starts_on,
                "limit": counted.limit,
                "due_on": counted.due_on,
                "due_time": counted.due_time,
                "raw_due_on": counted.raw_due_on,
                "base_due_on": counted.base_due_on,
                "provisional": counted.is_provisional,
                "calendar_version": calendar.version,
                "trail": trail_json(counted.trail),
            }
        )
        return 0
    say(f"{day_text(counted.starts_on)}起 {counted.limit}：{_due_text(counted)}")
    _say_moves(counted)
    say(*trail_lines(counted.trail))
    say(f"  日历：{calendar.version}")
    if counted.is_provisional:
        missing = calendar.last_published_year + 1
        say(
            f"  ! 这个日期要等{missing}年的放假通知才能定，先按法定节假日和周末计算",
            "    通知公布后请运行 zmn calendar import 通知文件，再核对一次",
        )
    return 0


_OFFICE_OPENS = time(9)


def _pause(text: str, today: date) -> tuple[date, date]:
    since, dots, until = text.partition("..")
    if not dots:
        raise BadValueError(f"看不懂暂停“{text}”", "请写成 2026-08-14..2026-08-17（暂停日..恢复日）")
    return parse_date(since, today=today), parse_date(until, today=today)


def _due_text(counted: Deadline) -> str:
    return f"{day_text(counted.due_on, counted.due_time)}{'（暂定）' if counted.is_provisional else ''}"


def _say_moves(counted: Deadline) -> None:
    """Where the day stood before an extension, or before it moved off a rest day."""
    if counted.base_due_on:
        say(f"  延期前是 {day_text(counted.base_due_on)}")
    if counted.raw_due_on:
        say(f"  末日 {day_text(counted.raw_due_on)} 是休息日，顺延到下一个工作日")


def explain(
    ctx: typer.Context,
    no: Annotated[str, typer.Argument(metavar="编号", help="事项、活动或问题的编号")],
    ledger: Annotated[str | None, typer.Option(help="哪本台账", metavar="台账")] = None,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    explanation = explain_case(office, office.spec_of(no, ledger), no)
    if session.is_json:
        print_json(_explanation_json(explanation))
        return 0
    case = explanation.case
    say(
        _headline(case, office.number_title(case)),
        f"规则：{explanation.notice}，{explanation.edition}版　日历：{explanation.calendar_version}",
    )
    for pause in explanation.course.pauses:
        until = f"{pause.until} 恢复" if pause.until else "还没有恢复"
        say(f"暂停：{pause.since}，{until}，{pause.reason}")
    for extension in explanation.course.extensions:
        say(f"延期：{extension.limit}，{extension.asked_on} 提出，{extension.approver}批准")
    for clock in explanation.clocks:
        _say_clock(clock)
    for ended in explanation.earlier:
        how = "超时" if ended.ended_late else "按时"
        verdict = f"{ended.ended_on} 完成，{how}" if ended.ended_on else "没有完成"
        say("", f"第{ended.round}轮的{ended.act}：{ended.due_text}，{verdict}")
    for rule in explanation.replaced:
        say(
            "",
            f"没有采用的时限：{rule.act} {rule.limit or NO_FIXED_LIMIT}，有更优先的规定",
            f"  {quote_text(rule.citation.clause, rule.citation.quote)}",
        )
    for kept in explanation.unruled:
        say("", f"台账里还有：{kept.act} {kept.due_text}，按现在的性质、级别没有这条规定，照签发的日期留着")
    for rule in explanation.waiting:
        limit = rule.limit or NO_FIXED_LIMIT
        say(
            "",
            f"还没有起算：{rule.act} {limit}，自{rule.start}起",
            f"  {quote_text(rule.citation.clause, rule.citation.quote)}",
        )
    return 0


def _headline(record: Record, number: str) -> str:
    if isinstance(record, Case):
        told = (f"受理 {record.accepted_at:%Y-%m-%d %H:%M}", record.kind, record.tier)
        return "　".join(filter(None, (f"{number} {record.case_no}", *told)))
    return "　".join(
        filter(None, (f"{number} {record.case_no}", f"{record.opened_at:%Y-%m-%d}", *record.facts.values()))
    )


def _say_clock(explained: ExplainedClock) -> None:
    clock, rule, counted = explained.clock, explained.rule, explained.deadline
    citation = rule.citation
    if counted is None or clock.due_on is None:
        day = f"{day_text(clock.due_on)}，由人确定" if clock.due_on else "还没有确定期限"
        say("", f"{clock.act}：{day}（没有固定时限，逐件确定）", f"  {quote_text(citation.clause, citation.quote)}")
        if explained.set_by:
            say(f"  {explained.set_by}")
    else:
        due = day_text(clock.due_on, clock.due_time) + ("（暂定）" if clock.is_provisional else "")
        say(
            "",
            f"{clock.act}：{due}　自{counted.start_event}起{counted.limit}",
            f"  {quote_text(citation.clause, citation.quote)}",
        )
        _say_moves(counted)
        if explained.is_kept_late and clock.due_on != counted.due_on:
            say("  这个期限先已逾期，后来的提级、改派、恢复等不改它；逐日的数法见下，供对照")
        if explained.differs:
            say(
                f"  ! 台账里的日期与现在的规则和日历算出的 {day_text(counted.due_on)} 不同；"
                "已签发的日期不会自动改动，要改请用 zmn recount"
            )
        say(*trail_lines(counted.trail))
    if citation.note:
        say(f"  说明：{citation.note}")
    if clock.ended_on:
        say(f"  {clock.ended_on} 完成，{'超时' if clock.ended_late else '按时'}")
    for policy in explained.policies:
        say(f"  口径：{policy.statement}")


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
        "waiting": [
            {
                "rule": r.id,
                "act": r.act.value,
                "limit": str(r.limit) if r.limit else None,
                "start_event": r.start.value,
                "clause": r.citation.clause,
                "quote": r.citation.quote,
            }
            for r in explanation.waiting
        ],
        "earlier": [
            {
                "act": c.act.value,
                "clock": c.act.clock,
                "round": c.round,
                "due_on": c.due_on,
                "ended_on": c.ended_on,
                "late": c.ended_late,
            }
            for c in explanation.earlier
        ],
        "unruled": [{"act": c.act.value, "clock": c.act.clock, "due_on": c.due_on} for c in explanation.unruled],
        "pauses": [{"since": p.since, "until": p.until, "reason": p.reason} for p in explanation.course.pauses],
        "extensions": [
            {"limit": str(e.limit), "asked_on": e.asked_on, "approver": e.approver}
            for e in explanation.course.extensions
        ],
    }


def _clock_json(explained: ExplainedClock) -> dict[str, Any]:
    clock, rule, counted = explained.clock, explained.rule, explained.deadline
    return {
        "clock": clock.act.clock,
        "act": clock.act.value,
        "due_on": clock.due_on,
        "due_time": clock.due_time,
        "counted_due_on": counted.due_on if counted else None,
        "base_due_on": counted.base_due_on if counted else None,
        "raw_due_on": counted.raw_due_on if counted else None,
        "provisional": clock.is_provisional,
        "ended_on": clock.ended_on,
        "late": clock.ended_late,
        "rule": rule.id,
        "start_event": counted.start_event if counted else rule.start.value,
        "set_by": explained.set_by or None,
        "starts_on": counted.starts_on if counted else None,
        "limit": str(rule.limit) if rule.limit else None,
        "clause": rule.citation.clause,
        "quote": rule.citation.quote,
        "basis": rule.citation.basis,
        "policies": [{"id": p.id, "title": p.words, "basis": p.basis} for p in explained.policies],
        "trail": trail_json(counted.trail) if counted else [],
    }
