"""What the rules allow a unit to ask for: an extension, a return, a pause.

A refusal says what is clause and what is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from zhuomuniao.counting import count_deadline, counting_of
from zhuomuniao.course import Course, Extension, Pause
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.limits import Limit, LimitUnit
from zhuomuniao.model import Deadline, StartEvent
from zhuomuniao.ruletypes import Citation, ExtensionRule, PauseRule, ReturnRule, Strength, holds

if TYPE_CHECKING:
    from zhuomuniao.deadlines import RuledDeadline
    from zhuomuniao.rules import RuleSet
    from zhuomuniao.workdays import WorkCalendar


def require_extension(
    rules: RuleSet,
    ledger: str,
    facts: Mapping[str, str],
    running: RuledDeadline,
    course: Course,
    asked: Extension,
    calendar: WorkCalendar,
    *,
    unit: str = "",
    used: Sequence[Extension] = (),
) -> ExtensionRule | None:
    """The rule under which an extension is granted, ``None`` where it overrides them (批准人 and 依据 given).

    Raises :class:`RefusedByRuleError`: too often, too long, too late, without an approver. It names the clause where
    the notice says so and the policy where the choice is ours. ``used`` are those of earlier rounds too.
    """
    nth = 1 + sum(running.rule.act in e.acts for e in used or course.extensions)
    fitting = [
        rule
        for rule in rules.extensions
        if rule.ledger == ledger
        and running.rule.act in rule.acts
        and holds(rule.when, facts)
        and (not rule.units or unit in rule.units)
    ]
    if running.deadline is None:
        raise RefusedByRuleError("本件没有固定期限（一事一议），不存在延期", "请按确定的日期跟进")
    if not fitting:
        raise RefusedByRuleError(f"通知没有规定“{running.rule.act}”可以延期", "请按期办理")
    if not asked.approver:
        raise RefusedByRuleError("没有写明批准人", "延期须写明批准人（zmn 的口径，通知未写明）：--approver 姓名")
    # A rule for certain units or matters replaces the general one (policy specific_over_general).
    by_nth = {rule.nth: rule for rule in sorted(fitting, key=lambda r: (bool(r.units), len(r.when)))}
    rule = by_nth.get(nth) or by_nth[max(by_nth)]
    refusal = _refusal(rule, nth, len(by_nth), running.deadline, asked, calendar)
    if refusal is None:
        return rule
    if asked.override and rule.strength is Strength.IN_PRINCIPLE:
        return None
    how = (
        "写明批准人和依据可以突破：--override --basis 依据" if rule.strength is Strength.IN_PRINCIPLE else "不能突破"
    )
    raise RefusedByRuleError(refusal, f"{how}；{cited(rule.citation)}")


def _refusal(
    rule: ExtensionRule, nth: int, times: int, deadline: Deadline, asked: Extension, calendar: WorkCalendar
) -> str | None:
    if nth > times:
        return f"已经延期{nth - 1}次，{rule.strength.prefix}只能延期{times}次（{rule.citation.clause}）"
    if not _is_within(asked.limit, rule.limit, deadline.due_on, calendar):
        return f"要求延期{asked.limit}，{rule.strength.prefix}不得超过{rule.limit}（{rule.citation.clause}）"
    if rule.approver and asked.approver != rule.approver and rule.approver not in asked.approver:
        return f"第{nth}次延期应由{rule.approver}批准（{rule.citation.clause}），写的是“{asked.approver}”"
    last_day = latest_request(rule, deadline.due_on, calendar)
    if asked.asked_on > last_day:
        ours = "（zmn 的口径，通知未写明）" if rule.apply_before is None else f"（{rule.citation.clause}）"
        return f"应在 {last_day} 及以前提出{ours}，现在是 {asked.asked_on}，期限是 {deadline.due_on}"
    return None


def latest_request(rule: ExtensionRule, due_on: date, calendar: WorkCalendar) -> date:
    """The last day on which an extension may be asked for: the due day, or so long before it."""
    ahead = rule.apply_before
    if ahead is None:
        return due_on
    if ahead.unit is LimitUnit.WORKDAY:
        return calendar.nth_workday_before(due_on, ahead.count)
    from dateutil.relativedelta import relativedelta

    if ahead.unit is LimitUnit.MONTH:
        return due_on - relativedelta(months=ahead.count)
    days = {LimitUnit.DAY: ahead.count, LimitUnit.WEEK: 7 * ahead.count}.get(ahead.unit, 0)
    return due_on - relativedelta(days=days)


def latest_return(
    rule: ReturnRule, course: Course, rules: RuleSet, calendar: WorkCalendar, *, is_deemed: bool = False
) -> Deadline | None:
    """The last day on which a unit may hand a matter back; unsigned, it counts from 交办 (policy ``unsigned``).

    ``is_deemed``: the signature was silence, which gives no new time. ``None`` before it was assigned.
    """
    start = (None if is_deemed else course.events.get(rule.start)) or course.events.get(StartEvent.ASSIGNED)
    if start is None:
        return None
    return count_deadline(rule.limit, start, calendar, counting=counting_of(rules))


def require_return(
    rules: RuleSet,
    ledger: str,
    course: Course,
    asked_on: date,
    calendar: WorkCalendar,
    *,
    is_deemed: bool = False,
) -> ReturnRule:
    """The rule under which a matter may still be handed back on a day. Raises :class:`RefusedByRuleError`."""
    rule = rules.return_rule(ledger)
    if rule is None:
        raise RefusedByRuleError("通知没有规定可以退回", "请与交办单位协商，或用 zmn note 记录")
    last = latest_return(rule, course, rules, calendar, is_deemed=is_deemed)
    if last is None:
        raise RefusedByRuleError("还没有交办，不存在退回", "请先交办")
    if asked_on > last.due_on:
        meaning = "，逾期视为签收" if rule.is_deemed_signed else ""
        raise RefusedByRuleError(
            f"退回应在 {last.due_on} 及以前申请{meaning}（{rule.citation.clause}），现在是 {asked_on}",
            cited(rule.citation),
        )
    return rule


def restarted_or_continued(
    rules: RuleSet, limit: Limit, course: Course, reassigned_at: datetime, calendar: WorkCalendar
) -> tuple[Deadline, Deadline, bool]:
    """Both days a returned and reassigned matter can have: counted on, counted anew, and whether anew holds.

    Policy ``return_clock``; both are shown (R-02).
    """
    counting = counting_of(rules)
    started = course.events[StartEvent.ACCEPTED]
    kept = count_deadline(limit, started, calendar, counting=counting, pauses=course.pauses)
    anew = count_deadline(limit, reassigned_at, calendar, counting=counting, pauses=course.pauses)
    return kept, anew, rules.choice("return_clock") == "restart"


def require_pause(rules: RuleSet, ledger: str, reason: str) -> PauseRule:
    """The rule that allows a pause for this reason. Raises :class:`RefusedByRuleError` naming the allowed reasons."""
    of_ledger = [rule for rule in rules.pauses if rule.ledger == ledger]
    for rule in of_ledger:
        if reason in rule.reasons:
            return rule
    reasons = "、".join(reason for rule in of_ledger for reason in rule.reasons)
    if not reasons:
        more = "，需要更多时间的可申请延期" if any(r.ledger == ledger for r in rules.extensions) else ""
        raise RefusedByRuleError("通知没有规定可以暂停期限", f"期限照常计算{more}")
    raise RefusedByRuleError(f"“{reason}”不是允许暂停的理由", f"可用的理由：{reasons}")


def pause_under(rule: PauseRule, since: date, until: date | None, reason: str) -> Pause:
    """A pause as this rule counts it."""
    return Pause(since, until, reason, rule.restarts)


def _is_within(asked: Limit, most: Limit, due_on: date, calendar: WorkCalendar) -> bool:
    """Whether an extension is no longer than allowed; of different units, by the days they lead to."""
    if asked.unit is most.unit:
        return asked.count <= most.count
    return count_deadline(asked, due_on, calendar).due_on <= count_deadline(most, due_on, calendar).due_on


def cited(citation: Citation) -> str:
    """A clause with its words, or that the choice is ours."""
    return f"{citation.clause}　原文：{citation.quote}" if citation.quote else "zmn 的口径，通知未写明"
