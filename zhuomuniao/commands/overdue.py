"""``zmn overdue``: the list of half past eight."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._duties import duty_json, duty_words
from zhuomuniao.commands._options import session_of
from zhuomuniao.commands._progress import while_waiting
from zhuomuniao.commands._view import (
    EXIT_FINDINGS,
    day_text,
    finding_json,
    one_line,
    print_json,
    print_table,
    say,
    warn,
    warn_findings,
)
from zhuomuniao.model import Case, Light, Record
from zhuomuniao.privacy import mask_name
from zhuomuniao.usecases.duties import DutyState, told_apart
from zhuomuniao.usecases.looking import record_full_view
from zhuomuniao.usecases.morning import ClockStanding, Morning, Standing, look_at_morning

if TYPE_CHECKING:
    from zhuomuniao.usecases.morning import Rotation

SHOWN = 60
"""Rows on the screen; the worst come first."""

_NAMED = 5
"""Numbers a line names before it stops."""

_LATE_OF_A_DUTY = 3
"""Periods of one duty that the screen lists as late; of more it says how many."""

_COLOURS = {Light.RED: "bold red", Light.YELLOW: "yellow", Light.GREEN: "green"}


def overdue(
    ctx: typer.Context,
    within: Annotated[int, typer.Option(help="提前几个工作日提醒快到期的", metavar="天数", min=0, max=60)] = 1,
    unit: Annotated[str, typer.Option(help="只看一个单位", metavar="单位")] = "",
    ledger: Annotated[str | None, typer.Option(help="只看一本台账", metavar="台账")] = None,
    full: Annotated[bool, typer.Option("--full", help="不遮挡姓名（会记入流水）")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="有逾期时退出码为 1")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office()
    specs = [office.locality.ledger(ledger)] if ledger else list(office.locality.ledgers)
    with while_waiting(session, "查看台账"):
        morning = look_at_morning(office, specs, within=within, unit=unit, is_full=full)
    if full:
        record_full_view(office, "overdue", [s.case.case_no for s in morning.overdue])
    if session.is_json:
        print_json(_morning_json(morning))
    else:
        _say_morning(office.name, morning)
    return EXIT_FINDINGS if exit_code and morning.overdue else 0


def _say_morning(name: str, morning: Morning) -> None:
    say(f"{name}　{day_text(morning.as_of)}")
    listed = [*morning.overdue, *morning.due_today, *morning.due_soon]
    if listed:
        shown = listed[:SHOWN]
        print_table(
            (
                "灯",
                "编号",
                "办理对象" if any(isinstance(s.case, Case) for s in shown) else "负责人",
                "责任单位",
                "环节",
                "时限",
                "逾期",
                "催督",
                "情况",
            ),
            [_row(s, morning.as_of) for s in shown],
            styles=[_COLOURS[s.lead.light] for s in shown],
            flexible=(3, 8),
        )
        if len(listed) > len(shown):
            say(f"还有 {len(listed) - len(shown)} 件没有列出；zmn list --overdue 看全部")
    if not morning.overdue:
        say("无逾期。")
    counts = [
        f"逾期 {len(morning.overdue)} 件",
        f"今天到期 {len(morning.due_today)} 件",
        f"快到期 {len(morning.due_soon)} 件",
        f"在办 {morning.open_count} 件",
    ]
    waiting = (
        ("待交办", morning.awaiting_assignment),
        ("待签收", morning.awaiting_sign),
        ("暂停", morning.paused),
        ("待回访", morning.awaiting_visit),
        ("待定整改措施", morning.unmeasured),
    )
    counts += [f"{title} {len(cases)} 件" for title, cases in waiting if cases]
    say("，".join(counts))
    _say_duties(morning)
    for owed in morning.owed:
        missing = [unit.unit for unit in owed.units if not unit.is_met]
        more = f" 等{len(missing)}家" if len(missing) > _NAMED else ""
        say(
            f"{owed.period.label} {owed.quota.title}：还差 {'、'.join(missing[:_NAMED])}{more}，"
            f"到 {day_text(owed.period.last)} 止；zmn activity coverage 看全部"
        )
    for rotation in morning.rotations:
        officer = rotation.officer
        say(f"体验官轮换：{officer.case_no} {mask_name(officer.name)} 聘期 {rotation.term}，{_term_words(rotation)}")
    owners: dict[str, list[str]] = {}
    for case in morning.owned_visits:
        if case.first_handler:
            owners.setdefault(case.first_handler, []).append(case.case_no)
    for owner, waiting_for in owners.items():
        more = "……" if len(waiting_for) > _NAMED else ""
        say(f"待回访：首接人{owner} {len(waiting_for)} 件：{'、'.join(waiting_for[:_NAMED])}{more}")
    for paused in morning.paused:
        rested = morning.paused_workdays.get(paused.case_no, 0)
        pause = paused.pause if isinstance(paused, Case) else ""
        say(f"暂停：{paused.case_no} {one_line(paused.unit, 28)} {pause}，已停{rested}个工作日")
    warn(morning.looked.lines)
    if morning.deemed:
        numbers = "、".join(morning.deemed[:5]) + (f" 等{len(morning.deemed)}件" if len(morning.deemed) > 5 else "")
        warn([f"逾期没有签收也没有申请退回，已记为视为签收：{numbers}"])
    if morning.outbox:
        warn([f"有 {morning.outbox} 条内容因台账被打开还没有写进去；关闭台账后，下一次写入时自动补写"])
    if morning.calendar_warning:
        warn([morning.calendar_warning])
    warn_findings(morning.findings)


def _term_words(rotation: Rotation) -> str:
    left = rotation.days_left or 0
    return f"还有{left}天届满" if left >= 0 else f"已届满{-left}天"


def _say_duties(morning: Morning) -> None:
    shown, hidden = told_apart(morning.duties, most=_LATE_OF_A_DUTY)
    for line in shown:
        say(f"报送：{duty_words(line)}")
        if line.state in (DutyState.PAST_SUBMIT_BY, DutyState.LATE):
            say(f"  报出了就记下：{line.settle}")
    if hidden:
        say(f"报送：更早的还有 {hidden} 期没有记为已报；zmn duties 看全部")
    if any(line.state not in (DutyState.PAST_SUBMIT_BY, DutyState.LATE) for line in shown):
        say("  报出后用 zmn duties done 记下，就不再提醒")


def _row(standing: Standing, as_of: date) -> tuple[str, ...]:
    case, lead = standing.case, standing.lead
    due = lead.clock.due_on
    also = "、".join(f"{s.clock.act}" for s in standing.also)
    hour = f"{lead.clock.due_time:%H:%M}" if lead.clock.due_time else ""
    late = f"今天{hour}到期" if due == as_of else hour
    if lead.late_days:
        # Over a holiday no workday has passed yet, but the day has.
        late = f"{lead.late_workdays}个工作日" if lead.late_workdays else f"{lead.late_days}天（假日）"
    return (
        lead.light.value,
        case.case_no,
        one_line(case.person, 12),
        one_line(case.unit, 28),
        lead.clock.act.value + (f"（另：{also}）" if also else ""),
        f"{due:%m-%d}{'暂定' if lead.clock.is_provisional else ''}" if due else "",
        late,
        standing.ladder,
        one_line(case.matter, 40),
    )


def _morning_json(morning: Morning) -> dict[str, Any]:
    return {
        "as_of": morning.as_of,
        "overdue": [_standing_json(s) for s in morning.overdue],
        "due_today": [_standing_json(s) for s in morning.due_today],
        "due_soon": [_standing_json(s) for s in morning.due_soon],
        "paused": [
            {**_case_json(c), "paused_workdays": morning.paused_workdays.get(c.case_no, 0)} for c in morning.paused
        ],
        "awaiting_visit": [_case_json(c) for c in morning.awaiting_visit],
        "awaiting_sign": [_case_json(c) for c in morning.awaiting_sign],
        "awaiting_assignment": [_case_json(c) for c in morning.awaiting_assignment],
        "unmeasured": [_case_json(c) for c in morning.unmeasured],
        "open": morning.open_count,
        "duties": [duty_json(line) for line in morning.duties],
        "owed": [
            {
                "quota": owed.quota.id,
                "title": owed.quota.title,
                "period": owed.period.label,
                "until": owed.period.last,
                "units": [unit.unit for unit in owed.units if not unit.is_met],
                "clause": owed.quota.citation.clause,
            }
            for owed in morning.owed
        ],
        "rotations": [_rotation_json(r) for r in morning.rotations],
        "outbox": morning.outbox,
        "deemed_signed": list(morning.deemed),
        "settled": list(morning.looked.settled),
        "notices": list(morning.looked.notices),
        "calendar_warning": morning.calendar_warning,
        "findings": [finding_json(f) for f in morning.findings],
    }


def _standing_json(standing: Standing) -> dict[str, Any]:
    return {
        **_case_json(standing.case),
        **_clock_json(standing.lead),
        "light": standing.lead.light.value,
        "provisional": standing.lead.clock.is_provisional,
        "ladder": standing.ladder or None,
        "also": [_clock_json(s) for s in standing.also],
    }


def _clock_json(standing: ClockStanding) -> dict[str, Any]:
    return {
        "act": standing.clock.act.value,
        "clock": standing.clock.act.clock,
        "due_on": standing.clock.due_on,
        "due_time": standing.clock.due_time,
        "late_workdays": standing.late_workdays,
        "late_days": standing.late_days,
    }


def _case_json(record: Record) -> dict[str, Any]:
    case = record if isinstance(record, Case) else None
    return {
        "case_no": record.case_no,
        "ledger": record.ledger,
        "unit": record.unit,
        "applicant": record.person,
        "about": record.matter,
        "tier": case.tier if case else "",
        "first_handler": case.first_handler if case else "",
        "pause": case.pause if case else "",
        "status": record.status.value,
        "queued": record.is_queued,
    }


def _rotation_json(rotation: Rotation) -> dict[str, Any]:
    return {
        "case_no": rotation.officer.case_no,
        "name": mask_name(rotation.officer.name),
        "site": rotation.officer.site,
        "state": rotation.state.value,
        "ends_on": rotation.ends_on,
        "remind_on": rotation.remind_on,
        "days_left": rotation.days_left,
        "clause": rotation.citation.clause,
    }
