"""What an entry of the calendar feed says: number, unit, act and clause, and nobody's name, phone or matter.

A feed leaves the office with whoever carries a phone (domain.md §8), so its words are put together here from what may
leave it; a record's own texts are never copied.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.model import Clock, DutyDue, Record, Status
from zhuomuniao.privacy import mask_text
from zhuomuniao.texts import clean_text
from zhuomuniao.usecases.duties import told_to
from zhuomuniao.workdays import weekday_name

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.usecases.office import Office

_LONGEST_NAME = 40
_PROVISIONAL = "（暂定）"

OVER = "已经办完、改到别处或撤销，不用再办。"
"""For every entry that is over."""


def limit_summary(office: Office, record: Record, clock: Clock) -> str:
    """内乡县 到期：解决 2026100801 17:30前（县城管局）（暂定）."""
    what = "暂停中" if record.status is Status.PAUSED else "到期"
    hour = f" {clock.due_time:%H:%M}前" if clock.due_time else ""
    mark = _PROVISIONAL if clock.is_provisional else ""
    return f"{_place(office)} {what}：{clock.act} {_number(record.case_no)}{hour}{_in_brackets(record.unit)}{mark}"


def over_summary(office: Office, case_no: str, unit: str, clock: Clock) -> str:
    """内乡县 已了结：解决 2026100801（县城管局）."""
    return f"{_place(office)} 已了结：{clock.act} {_number(case_no)}{_in_brackets(unit)}"


def limit_description(office: Office, spec: LedgerSpec, record: Record, clock: Clock, clauses: Iterable[str]) -> str:
    """Day, unit, ledger, how it stands on the office's day, clause, and the commands that tell more."""
    due = clock.due_on or date.max
    look = _look(office, spec, record.case_no)
    lines = [
        f"{clock.act}时限：{_day(due)}{f' {clock.due_time:%H:%M}' if clock.due_time else ''}",
        f"责任单位：{shown_name(record.unit)}" if record.unit else "",
        f"台账：{spec.title}{f'，第{clock.round}轮' if clock.round > 1 else ''}",
        _standing(office, due),
        "现在暂停，恢复以后日期顺延" if record.status is Status.PAUSED else "",
        _unsettled(clock.is_provisional),
        _resting_on(clauses),
        f"查看：zmn show {look}；逐日的算法：zmn explain {look}",
    ]
    return "\n".join(filter(None, lines))


def over_description(office: Office, spec: LedgerSpec, case_no: str) -> str:
    """For what is done, has fallen away or was taken back."""
    return f"{OVER}\n查看：zmn show {_look(office, spec, case_no)}"


def gone_summary(office: Office) -> str:
    """For what was told once and of which the books tell nothing any more."""
    return f"{_place(office)} 已了结"


def duty_summary(office: Office, due: DutyDue) -> str:
    """临县 报送：2026-10 营商环境体验官发现问题汇总（报县专班办）."""
    what = "已报送" if due.done_on else "报送"
    mark = _PROVISIONAL if due.is_provisional and not due.done_on else ""
    return f"{_place(office)} {what}：{due.period} {shown_name(due.title)}（{shown_name(told_to(due.to))}）{mark}"


def duty_description(office: Office, due: DutyDue) -> str:
    """The day of the notice, what the hand-in covers, clause, and the commands to make and to record it."""
    if due.done_on is not None:
        return f"{due.done_on} 已经报送，不用再报。"
    is_earlier = due.submit_by != due.due_on
    lines = [
        f"最迟 {_day(due.submit_by)} {shown_name(told_to(due.to))}",
        f"通知规定的是 {_day(due.due_on)}，休息日，提前到前一个工作日" if is_earlier else "",
        f"报的是 {due.covers_from} 至 {due.covers_through}" if due.period != "一次" else "",
        _standing(office, due.submit_by),
        _unsettled(due.is_provisional),
        _resting_on([due.clause]),
        f"生成：zmn report --duty {due.duty}" if due.report else "",
        f"报出以后登记：zmn duties done {due.duty} --period {due.period}",
    ]
    return "\n".join(filter(None, lines))


def shown_name(text: str) -> str:
    """A name that people may have typed by hand: one line, no phones or identity numbers, not endless."""
    return _short(mask_text(" ".join(clean_text(text).split())))


def _look(office: Office, spec: LedgerSpec, case_no: str) -> str:
    """What to type behind a command: two ledgers may have the same number."""
    return _number(case_no) + (f" --ledger {spec.id}" if len(office.locality.ledgers) > 1 else "")


def _in_brackets(unit: str) -> str:
    return f"（{shown_name(unit)}）" if unit else ""


def _number(case_no: str) -> str:
    """Never masked: a work order's number has 18 figures, as an identity number has, and is nobody's."""
    return _short(" ".join(clean_text(case_no).split()))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _place(office: Office) -> str:
    return shown_name(office.locality.name)


def _standing(office: Office, due: date) -> str:
    as_of, calendar = office.moment.as_of, office.calendar
    if due == as_of:
        return f"截至 {as_of}：当天到期"
    if due > as_of:
        left = calendar.workdays_between(as_of, due)
        return f"截至 {as_of}：还有{left}个工作日"
    late = late_workdays(due, as_of, calendar)
    return f"截至 {as_of}：已过{f'{late}个工作日' if late else f'{(as_of - due).days}天（假日）'}"


def _unsettled(is_provisional: bool) -> str:
    return "暂定：放假安排公布以后，这个日期可能会变" if is_provisional else ""


def _resting_on(clauses: Iterable[str]) -> str:
    named = "、".join(dict.fromkeys(filter(None, clauses)))
    return f"依据：{named}" if named else ""


def _day(day: date) -> str:
    return f"{day}（{weekday_name(day)}）"
