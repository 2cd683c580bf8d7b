"""``zmn duties`` and ``zmn duties done``: what this desk hands in, by when, and what has left the office."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhuomuniao.commands._duties import duty_json, late_words, provisional_mark, state_words, warn_spoilt
from zhuomuniao.commands._options import Session, require_agreement, session_of
from zhuomuniao.commands._view import day_text, one_line, print_json, print_table, say, warn
from zhuomuniao.errors import BadValueError, quoted
from zhuomuniao.usecases.duties import AHEAD_DAYS, DutyLine, DutyState, EarlierUndated, earlier_undated, list_duties
from zhuomuniao.usecases.reportduties import named_duty, period_of_duty
from zhuomuniao.usecases.submissions import spoilt_copies
from zhuomuniao.usecases.submitting import (
    HandInTold,
    Recorded,
    Successor,
    last_recorded_period,
    only_open_period,
    record_hand_in,
    take_back_record,
)

if TYPE_CHECKING:
    from zhuomuniao.usecases.office import Office

_COLOURS = {
    DutyState.LATE: "bold red",
    DutyState.LAST_DAY: "yellow",
    DutyState.PAST_SUBMIT_BY: "yellow",
    DutyState.DONE: "green",
}


def duties(
    ctx: typer.Context,
    ahead: Annotated[
        int | None,
        typer.Option(
            help=f"看多少天之内要报的；不写就是 {AHEAD_DAYS} 天，另加每一项的下一期", metavar="天数", min=0, max=366
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="别的岗位要报的也列出来")] = False,
) -> int:
    session = session_of(ctx)
    office = session.office_to_look()
    lines = list_duties(office, ahead=ahead, is_of_all_roles=all_)
    earlier = earlier_undated(office, is_of_all_roles=all_)
    if session.is_json:
        listed = [duty_json(line) for line in lines]
        left_out = [{"duty": one.duty.id, "periods": [p.label for p in one.periods]} for one in earlier]
        answer = {"duties": listed, "count": len(lines), "earlier_undated": left_out}
        print_json({"as_of": office.moment.as_of, "role": office.role, **answer})
        return 0
    _say_duties(office, lines, earlier, is_of_all=all_)
    return 0


def duties_done(
    ctx: typer.Context,
    duty: Annotated[str, typer.Argument(metavar="报送", help="哪一项：编号、名称，或名称里的几个字")],
    period: Annotated[
        str | None,
        typer.Option(help="哪一期，写法同 zmn report：2026-10、2026Q3、2026；只报一次的写“一次”", metavar="期间"),
    ] = None,
    at: Annotated[str | None, typer.Option(help="哪天报出的；不写就是今天", metavar="日期")] = None,
    by: Annotated[str, typer.Option(help="谁报的；不写就是 zmn.toml 里的经办人", metavar="姓名")] = "",
    file: Annotated[
        list[Path] | None, typer.Option(help="报出的是哪个文件；不写就是 zmn 最后生成的那一份", metavar="文件")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="已报过，这次报的是更正件")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="记错了，撤回最后一次记录")] = False,
) -> int:
    session = session_of(ctx)
    if take_back and (again or file or at):
        raise BadValueError("--take-back 是撤回记录，不能和 --again、--file、--at 一起写", "请只写 --take-back")
    office = session.office()
    wanted = named_duty(office, duty)
    if take_back:
        label = period or last_recorded_period(office, wanted)
        taken = take_back_record(office, wanted, period_of_duty(office, wanted, label))
        _answer(session, office, taken, is_chosen=False, is_taken_back=True)
        return 0
    meant = period_of_duty(office, wanted, period) if period else only_open_period(office, wanted)
    told = HandInTold(session.at(at).date(), by, tuple(file or ()), again)

    def agree(question: str) -> None:
        if session.can_ask:
            require_agreement(session, question)

    recorded = record_hand_in(office, wanted, meant, told, agree=agree)
    _answer(session, office, recorded, is_chosen=period is None, is_taken_back=False)
    return 0


def _say_duties(
    office: Office, lines: tuple[DutyLine, ...], earlier: tuple[EarlierUndated, ...], *, is_of_all: bool
) -> None:
    whose = "各岗位" if is_of_all else office.role
    say(f"{office.name}　{whose}要报送的　{day_text(office.moment.as_of)}")
    if not lines:
        say("这段时间没有要报送的；zmn duties --all 看别的岗位的，--ahead 90 看得远些")
        return
    headers = ("编号", "期间", "报送", "报给", "最迟", "规定", "情况", "岗位" if is_of_all else "内容", "依据")
    print_table(
        headers,
        [_row(line, is_of_all=is_of_all) for line in lines],
        styles=[_COLOURS.get(line.state, "") for line in lines],
        flexible=_GIVING_WAY,
        staying=_STAYING,
        shorter={4: [_submit_by_words(line, is_short=True) for line in lines], 6: [_short_state(n) for n in lines]},
    )
    waiting = [line for line in lines if not line.is_done]
    late = [line for line in waiting if line.state is DutyState.LATE]
    undated = sum(line.state is DutyState.UNDATED for line in waiting)
    told = [f"待报 {len(waiting) - undated} 期"]
    told += [f"其中已过期限 {len(late)} 期"] if late else []
    told += [f"通知没有写明哪天的 {undated} 期"] if undated else []
    say("，".join(told))
    for one in earlier:
        labels = "、".join(period.label for period in one.periods[-_MOST_COMMANDS:])
        more = "……、" if len(one.periods) > _MOST_COMMANDS else ""
        say(f"{one.duty.title}（{one.duty.id}）更早的还有 {len(one.periods)} 期没有记为已报：{more}{labels}")
    for line in waiting[:_MOST_COMMANDS]:
        if line.command:
            say(f"  {line.period.label} {line.duty.title}：{line.command}")
    if any(line.due and line.due.is_provisional for line in waiting):
        say("带“暂定”的，放假安排公布以后可能会变")
    if waiting:
        say("报出后记下来：zmn duties done 编号 --period 期间，例如 " + (late or waiting)[0].settle)
    warn_spoilt(spoilt_copies(office, [line.submission for line in lines if line.submission]))


_AFTERWARDS = {
    Successor.CORRECTION: "；以后数字有变，zmn report 会另出更正件",
    Successor.VERSION: "；以后清单有变，zmn report 会在旁边另存一份",
    Successor.NONE: "",
}
"""What becomes of a hand-in whose figures change after it left the office."""

_GIVING_WAY = (2, 6, 7, 3, 8, 5)
"""Columns that give way on a narrow screen, the last first: the nominal day, the clause, to whom, what it covers.

Number, period and day stay whole: they are the words to type, and the day to keep.
"""
_STAYING = 2
"""How many of them only grow narrower: the title, how it stands."""

_MOST_COMMANDS = 6
"""Commands that the screen prints one by one; all of them stand in the JSON."""


def _row(line: DutyLine, *, is_of_all: bool) -> tuple[str, ...]:
    due = line.due
    nominal = f"{due.due_on:%m-%d}" if due else ""
    covers = f"{line.covers[0]:%m-%d}至{line.covers[1]:%m-%d}" if line.covers else ""
    return (
        line.duty.id,
        line.period.label,
        line.duty.title,
        one_line(line.duty.to or "没有写", 16),
        _submit_by_words(line, is_short=False),
        nominal,
        state_words(line),
        one_line(line.duty.by or line.duty.role, 16) if is_of_all else covers,
        line.duty.citation.clause,
    )


def _submit_by_words(line: DutyLine, *, is_short: bool) -> str:
    due = line.due
    if due is None:
        return ""
    mark = "" if line.is_done else provisional_mark(due)
    return f"{due.submit_by}{mark.strip('（）')}" if is_short else f"{day_text(due.submit_by)}{mark}"


_SHORT_STATES = {
    DutyState.DONE: "已报",
    DutyState.LAST_DAY: "今天截止",
    DutyState.PAST_SUBMIT_BY: "已过最迟",
    DutyState.UNDATED: "没写哪天",
}


def _short_state(line: DutyLine) -> str:
    """How it stands in few words; how late in 天 of the calendar, for 工作日 is too long to be shown whole."""
    if line.late_days and line.state in (DutyState.DONE, DutyState.LATE):
        return f"{'已报' if line.is_done else ''}迟{line.late_days}天"
    return _SHORT_STATES.get(line.state, line.state.value)


def _answer(session: Session, office: Office, recorded: Recorded, *, is_chosen: bool, is_taken_back: bool) -> None:
    if session.is_json:
        print_json(_recorded_json(recorded, is_taken_back=is_taken_back))
        return
    line, submission = recorded.line, recorded.submission
    what = f"{submission.period} {quoted(line.duty.title)}"
    if is_taken_back:
        say(f"✓ 已撤回：{what} {submission.submitted_on} 的报送记录；现在是：{state_words(line)}")
        return
    again = "更正件" if submission.is_correction else ""
    chosen = "（没有写期间，等着报的只有这一期）" if is_chosen else ""
    to = f"报{line.duty.to}" if line.duty.to else "报出（通知没有写报给谁）"
    say(f"✓ 已记下：{what}{again} {submission.submitted_on} {to}{chosen}")
    if recorded.late_days:
        due_on = line.due.due_on if line.due else submission.submitted_on
        say(f"  规定 {due_on} 前，迟了{late_words(recorded.late_workdays, recorded.late_days)}")
    for file in submission.files:
        say(f"  {file.path}　SHA-256 {file.sha256[:12]}…")
    if submission.files:
        say(f"  文件的校验值已记入流水{_AFTERWARDS[recorded.successor]}")
    warn(recorded.warnings)


def _recorded_json(recorded: Recorded, *, is_taken_back: bool) -> dict[str, Any]:
    line, submission = recorded.line, recorded.submission
    return {
        "duty": submission.duty,
        "title": line.duty.title,
        "period": submission.period,
        "to": line.duty.to,
        "submitted_on": submission.submitted_on,
        "done_on": line.done_on,
        "due_on": line.due.due_on if line.due else None,
        "submit_by": line.due.submit_by if line.due else None,
        "late_workdays": recorded.late_workdays,
        "late_days": recorded.late_days,
        "by": submission.clerk,
        "is_correction": submission.is_correction,
        "taken_back": is_taken_back,
        "state": line.state.value,
        "files": [{"path": f.path, "sha256": f.sha256} for f in submission.files],
        "counts": dict(submission.counts),
        "warnings": list(recorded.warnings),
    }
