"""What changes a limit: 提级, 暂停 and 恢复, 延期, a day set case by case, 受理决定."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.allowances import require_extension, require_pause
from zhuomuniao.course import Extension
from zhuomuniao.errors import BadValueError, RefusedByRuleError
from zhuomuniao.lifecycle import ARROW
from zhuomuniao.limits import Limit, LimitUnit
from zhuomuniao.logbook import extension_words, extensions_used
from zhuomuniao.model import NO_FIXED_LIMIT, Clock, StartEvent, Step, StepKind

if TYPE_CHECKING:
    from zhuomuniao.usecases.inhand import CaseInHand
    from zhuomuniao.usecases.requests import StepRequest


def raise_tier(hand: CaseInHand, request: StepRequest) -> None:
    """提级: to a graver tier, whose limits then run. What is late already stays late."""
    codes = hand.rules.code_list(hand.spec.id, "tier")
    if codes is None:
        raise RefusedByRuleError(f"《{hand.spec.title}》没有分响应级别，不存在提级", "只想补一句说明，可用 zmn note")
    tier = codes.resolve(request.required("tier", "级别"))
    was = hand.record.tier
    names = codes.names
    if was in names and names.index(tier) <= names.index(was):
        able = "、".join(names[names.index(was) + 1 :])
        raise RefusedByRuleError(
            f"本件现在是“{was}”，提级只能往上，不能改成“{tier}”",
            f"可以提到：{able}" if able else "已经是最高一级",
        )
    words = {stepwords.HEAD: f"{was}{ARROW}{tier}", stepwords.REASON: request.word("reason", "理由")}
    words[stepwords.NOTE] = request.word("note", "说明")
    step = hand.write(StepKind.RAISE, stepwords.tell(words), at=request.at, by=request.by)
    hand.told += _moves_told(step)


def _moves_told(step: Step) -> list[str]:
    gone = [f"{c.act}（{c.due_text}）不再适用，已取消" for c in step.clock_changes if c.is_cancelled]
    return gone + [
        f"{c.act}的时限现在是 {c.due_text}{'（暂定）' if c.is_provisional else ''}"
        for c in step.clock_changes
        if c.is_running and not c.is_cancelled
    ]


def pause(hand: CaseInHand, request: StepRequest) -> None:
    """暂停, for a reason the rules allow."""
    reason = request.required("reason", "理由")
    require_pause(hand.rules, hand.spec.id, reason)
    words = {stepwords.HEAD: reason, stepwords.NOTE: request.word("note", "说明")}
    hand.write(StepKind.PAUSE, stepwords.tell(words), at=request.at, by=request.by)
    hand.told.append(f"暂停期间不算逾期；恢复请用 zmn resume {hand.record.case_no}，时限到那时重新推算")


def resume(hand: CaseInHand, request: StepRequest) -> None:
    """恢复: the days of the pause are added to every limit that runs."""
    note = stepwords.tell({stepwords.NOTE: request.word("note", "说明")})
    step = hand.write(StepKind.RESUME, note, at=request.at, by=request.by)
    hand.told += _moves_told(step)


def extend(hand: CaseInHand, request: StepRequest) -> None:
    """延期 of the limit that closes the matter, as the clause allows; beyond 原则上 with basis and approver."""
    words = {name: request.word(name, title) for name, title in (("reason", "原因"), ("approver", "批准人"))}
    override = request.word("basis", "依据") if request.words.get("override") else ""
    if request.words.get("override") and not override:
        raise BadValueError("突破“原则上”的规定要写明依据", "请用 --basis 写明", field="basis")
    asked = Extension(_workdays(request), request.at.date(), words["approver"], words["reason"], override)
    running = hand.closing()
    if running is None or running.deadline is None:
        raise RefusedByRuleError(
            f"本件的期限逐件确定（{NO_FIXED_LIMIT}），不存在延期", "确定下来的期限改了，请用 zmn set-due 登记"
        )
    closing = hand.record.closing_clock
    if closing is None or not closing.is_running:
        raise RefusedByRuleError(f"“{running.rule.act}”已经完成，没有可以延的期限", "请用 zmn show 核对")
    rule = require_extension(
        hand.rules,
        hand.spec.id,
        hand.record.facts,
        running,
        hand.course(),
        asked,
        hand.office.calendar,
        unit=hand.record.unit,
        used=extensions_used(hand.log),
    )
    granted = replace(asked, acts=rule.acts if rule else asked.acts)
    step = hand.write(
        StepKind.EXTEND,
        extension_words(granted, closing.due_text),
        at=request.at,
        by=request.by,
    )
    hand.told += _moves_told(step)
    if rule is None:
        hand.told.append(f"超出了“原则上”的规定，凭“{override}”由{asked.approver}批准；会在报表中列出")


_NUMBER = re.compile(r"[0-9]{1,4}")


def _workdays(request: StepRequest) -> Limit:
    typed = request.required("workdays", "延期几个工作日")
    if not _NUMBER.fullmatch(typed) or not int(typed):
        raise BadValueError(f"延期的工作日数“{typed}”不对", "请写 1 以上的整数，如 --workdays 5", field="workdays")
    return Limit(int(typed), LimitUnit.WORKDAY)


def set_due(hand: CaseInHand, request: StepRequest) -> None:
    """定期限: the day of a limit that no rule fixes, set by whoever decides (领导小组, 联席会议, 工单)."""
    due = date.fromisoformat(request.required("due", "期限"))
    words = {stepwords.HEAD: due.isoformat(), stepwords.BASIS: request.required("basis", "依据")}
    words[stepwords.NOTE] = request.word("note", "说明")
    clocks = (dated_clock(hand, due, request.at),)
    hand.write(StepKind.SET_DUE, stepwords.tell(words), at=request.at, by=request.by, clocks=clocks)
    if not hand.office.calendar.is_workday(due):
        hand.told.append(f"{due} 是休息日，照定的日子提醒")


def dated_clock(hand: CaseInHand, due: date, at: datetime) -> Clock:
    """The limit of the case that no rule fixes, with its day.

    Raises :class:`RefusedByRuleError` where the rules fix one, or where the day set before has passed: what is late
    stays late. :class:`BadValueError` for a day before 受理.
    """
    undated = [r.rule.act for r in hand.ruled() if r.deadline is None]
    clock = next((c for c in hand.record.round_clocks if c.act in undated and c.is_running), None)
    if clock is None:
        closing = hand.record.closing_clock
        fixed = f"是按规则算的 {closing.due_text}" if closing else "没有"
        raise RefusedByRuleError(
            f"本件的期限{fixed}，不能另定", "只有“一事一议”的才由人确定期限；需要更多时间的请用 zmn extend 申请延期"
        )
    today = max(at, datetime.combine(hand.office.moment.as_of, time()))
    if clock.due_on is not None and clock.due_moment < today:
        raise RefusedByRuleError(
            f"本件的期限 {clock.due_on} 已经过了，另定期限不能把逾期抹去",
            "新的安排可用 zmn note 记下；办完照常登记办结",
        )
    if due < at.date():
        raise BadValueError(f"期限 {due} 在 {at:%Y-%m-%d} 以前，已经过去了", "请核对 --due", field="due")
    return replace(clock, due_on=due, due_time=None, is_provisional=False)


def admit(hand: CaseInHand, request: StepRequest) -> None:
    """受理决定: where the notice counts anew from it."""
    if not any(
        StartEvent.ADMITTED in (r.start, *r.restarts_on) for r in hand.rules.clocks if r.ledger == hand.spec.id
    ):
        raise RefusedByRuleError("通知没有从“受理决定”起算的时限", "只想补一句说明，可用 zmn note")
    note = stepwords.tell({stepwords.NOTE: request.word("note", "说明")})
    step = hand.write(StepKind.ADMIT, note, at=request.at, by=request.by)
    hand.told += _moves_told(step)
