"""整改措施, 销号, 回头看, 反弹: the steps of an issue that stands on the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.deadlines import deadlines_of, late_workdays
from zhuomuniao.errors import BadValueError, MissingValuesError, RefusedByRuleError
from zhuomuniao.fieldlife import MEASURES, measure_words
from zhuomuniao.model import Act, Clock, Receipt, Status, Step, StepKind
from zhuomuniao.rules import Holds
from zhuomuniao.usecases.inhand import InHand, take_in_hand
from zhuomuniao.usecases.issues import (
    TEXT_LIMITS,
    code_of,
    counts_of_activities,
    plan_rule,
    planned_words,
    remarks_on,
    waiting_counts,
)
from zhuomuniao.usecases.registering import field_title
from zhuomuniao.usecases.requests import MAX_TEXT, StepRequest, limited_text
from zhuomuniao.usecases.stepping import EndedClock, require_past

if TYPE_CHECKING:
    from zhuomuniao.fieldwork import Issue
    from zhuomuniao.ledger import Amendment
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office

_MEASURE_OPTIONS = {
    "remedy": "--remedy（具体对策措施）",
    "due": "--due（完成时限）",
    "handling": "--handling",
    "responsible_person": "--in-charge",
    "urgent": "--urgent",
    "meeting": "--meeting",
    "mechanism": "--mechanism",
}


class Measures(Struct, frozen=True):
    """What is done about an issue, by field of :data:`~zhuomuniao.fieldlife.MEASURES`; only what was said.

    ``reason`` says why the day was moved to a later one.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    due_on: date | None = None
    reason: str = ""
    note: str = ""


class IssueStepped(Struct, frozen=True):
    """The step taken: where the issue stands, which lines were written, which clocks it ended and how late."""

    receipt: Receipt[Issue]
    steps: tuple[Step, ...]
    ended: tuple[EndedClock, ...]
    warnings: tuple[str, ...]


def require_issue(office: Office, no: str) -> None:
    """Nothing where a number is an issue's.

    Raises :class:`BadValueError` where it is of something else, naming that, :class:`UnknownCaseError` where nothing
    bears it.
    """
    spec = office.spec_holding(Holds.ISSUES)
    if office.issues.has(no):
        return
    other = office.spec_of(no)
    if other is not spec and office.records(other).has(no):
        title = office.records(other).number_title
        raise BadValueError(
            f"{no} 是{title}，这里要写问题编号", f"它发现的问题用 zmn issue list --search {no} 查", field="no"
        )
    office.issues.find(no)


def measure(office: Office, no: str, measures: Measures, *, at: datetime, by: str = "") -> IssueStepped:
    """Write what is done about an issue, and by which day.

    Raises :class:`MissingValuesError` for a plan without measures or day, or a later day without a reason,
    :class:`BadValueError`, :class:`RefusedByRuleError`, :class:`UnknownCaseError`.
    """

    by = by or office.workspace.config.clerk

    def plan(hand: InHand[Issue]) -> None:
        said = _measure_words(hand, measures)
        clocks, told = _planned_day(hand, {**said}, measures, at)
        note = limited_text("说明", measures.note, MAX_TEXT)
        line = (measure_words(said), stepwords.tell({**told, stepwords.NOTE: note}))
        if not any(line):
            options = "、".join(_MEASURE_OPTIONS.values())
            raise MissingValuesError("没有写要登记什么措施", f"可写：{options}")
        hand.write(StepKind.MEASURE, "；".join(filter(None, line)), at=at, by=by, clocks=clocks)
        hand.told += remarks_on(hand.rules, hand.record)

    return _take(office, no, StepKind.MEASURE, plan, at=at, by=by)


def clear(office: Office, no: str, effect: str, *, mechanism: str = "", at: datetime, by: str = "") -> IssueStepped:
    """销号: the issue is put right. Its 解决问题数 is counted, and the time to look back begins."""
    by = by or office.workspace.config.clerk
    effect = _required(effect, "整改效果", "effect")
    mechanism = limited_text("长效机制", mechanism, MAX_TEXT)

    def plan(hand: InHand[Issue]) -> None:
        hand.require_words(StepKind.CLEAR, {"note": effect}, {})
        if not hand.record.handling and hand.rules.code_list(hand.spec.id, "handling"):
            hand.told.append("没有登记过整改方式（立行立改，或整改计划），清单上看不出是怎样整改的")
        text = stepwords.tell({stepwords.HEAD: effect, stepwords.MECHANISM: mechanism})
        hand.write(StepKind.CLEAR, text, at=at, by=by)

    return _take(office, no, StepKind.CLEAR, plan, at=at, by=by)


def look_back(office: Office, no: str, result: str, *, is_rebound: bool, at: datetime, by: str = "") -> IssueStepped:
    """回头看: it held, or (``is_rebound``) it came back and stands on the list for another round."""
    by = by or office.workspace.config.clerk
    result = _required(result, "回头看的情况", "result")

    def plan(hand: InHand[Issue]) -> None:
        hand.write(StepKind.LOOK_BACK, result, at=at, by=by)
        if is_rebound:
            hand.require(StepKind.REBOUND, at)
            hand.write(StepKind.REBOUND, result, at=at, by=by)
            line = f"zmn issue measure {hand.record.case_no}"
            hand.told.append(f"已重新挂账（第{hand.record.round}轮）：请重新定措施和完成时限 {line}")

    return _take(office, no, StepKind.LOOK_BACK, plan, at=at, by=by)


def _take(
    office: Office, no: str, kind: StepKind, plan: Callable[[InHand[Issue]], None], *, at: datetime, by: str
) -> IssueStepped:
    require_past(office, StepRequest(kind, at))
    spec = office.spec_holding(Holds.ISSUES)
    hands: list[InHand[Issue]] = []
    before: list[Status] = []

    def decide(issue: Issue) -> tuple[Issue, tuple[Step, ...]]:
        hand = take_in_hand(office, spec, issue)
        _require_place(issue, kind)
        hand.require(kind, at)
        plan(hand)
        hands.append(hand)
        before.append(issue.status)
        return hand.record, tuple(hand.written)

    def beside(writing: Writing, after: Sequence[Issue]) -> list[Amendment[Any]]:
        moved = [issue for issue in after if issue.status is not before[-1]]
        return counts_of_activities(office, writing, moved, at=at)

    signature = office.signature(kind.name.lower(), by)
    receipt = office.issues.amend(no, decide=decide, signature=signature, beside=beside)
    return _stepped(office, hands[-1], receipt)


def _require_place(issue: Issue, kind: StepKind) -> None:
    """Refuse what comes out of order, and say what is in order."""
    no = issue.case_no
    if issue.status is Status.CLEARED and kind in (StepKind.MEASURE, StepKind.CLEAR):
        raise RefusedByRuleError(
            f"问题 {no} 在 {issue.cleared_on} 已经销号，不能再登记“{kind}”",
            f"反弹了的请登记回头看：zmn issue look-back {no} --result 情况 --rebound，重新挂账以后再写",
        )
    if issue.status is Status.OPEN and kind is StepKind.LOOK_BACK:
        raise RefusedByRuleError(
            f"问题 {no} 还在挂账，没有销号，不能登记“回头看”",
            f"整改到位的请先销号：zmn issue clear {no} --effect 整改效果",
        )


def _stepped(office: Office, hand: InHand[Issue], receipt: Receipt[Issue]) -> IssueStepped:
    changed = [c for step in hand.written for c in step.clock_changes if c.ended_on]
    ended = tuple(
        EndedClock(c, late_workdays(c.due_on, c.ended_on, office.calendar) if c.due_on and c.ended_on else 0)
        for c in changed
    )
    late = [
        f"{e.clock.act}{e.verdict}（时限 {e.clock.due_text}），超时记录会一直保留"
        for e in ended
        if e.clock.ended_late
    ]
    waiting = waiting_counts(office, receipt.record)
    warnings = (*office.moment.advice(), *hand.told, *late, *waiting, *receipt.advice)
    return IssueStepped(receipt, tuple(hand.written), ended, warnings)


def _required(text: str, title: str, option: str) -> str:
    cleaned = limited_text(title, text, MAX_TEXT)
    if not cleaned:
        raise BadValueError(f"{title}是空的", f"请用 --{option} 写明{title}", field=option)
    return cleaned


def _measure_words(hand: InHand[Issue], measures: Measures) -> dict[str, str]:
    said = {
        name: limited_text(field_title(hand.office, hand.spec, name), text, TEXT_LIMITS[name])
        for name, text in measures.words.items()
        if name in MEASURES and text.strip()
    }
    for name in ("handling", "urgent"):
        if name in said:
            said[name] = code_of(hand.rules, hand.spec, name, said[name])
    return said


def _planned_day(
    hand: InHand[Issue], said: dict[str, str], measures: Measures, at: datetime
) -> tuple[tuple[Clock, ...], dict[str, str]]:
    """The limit that the plan sets, and how the line tells of it."""
    issue, due = hand.record, measures.due_on
    facts = {**issue.facts, **{name: text for name, text in said.items() if name in issue.facts}}
    ruled = plan_rule(deadlines_of(hand.rules, hand.spec.id, facts, hand.course(), hand.office.calendar))
    stored = next((c for c in issue.round_clocks if c.act is Act.RECTIFY and c.is_running), None)
    if ruled is None:
        if due is not None:
            by_plan = "、".join(planned_words(hand.rules, hand.spec))
            raise BadValueError(
                f"完成时限只用于整改计划，这一条是“{facts.get('handling') or '还没有定整改方式'}”",
                f"请加 --handling {by_plan}，或去掉 --due" if by_plan else "请去掉 --due",
                field="due",
            )
        return (), {}
    if ruled.deadline is not None:
        if due is not None:
            raise BadValueError(f"整改时限按规则是 {ruled.deadline.due_on}，不另定", "请去掉 --due", field="due")
        return (), {}
    was = stored.due_on if stored else None
    has = {"remedy": said.get("remedy") or issue.remedy, "due": due or was}
    if missing := [_MEASURE_OPTIONS[name] for name, value in has.items() if not value]:
        clause = ruled.rule.citation.clause
        raise MissingValuesError(
            f"{facts.get('handling') or '整改计划'}要写明：{'、'.join(missing)}",
            f"请补上；{clause}　原文：{ruled.rule.citation.quote}" if clause else "请补上",
        )
    if due is None or due == was:
        # A day that somebody typed before it was a plan stays the plan's day.
        return ((stored,) if stored and was and "handling" in said else ()), {}
    _require_day(hand, due, was, measures, at)
    told = {
        stepwords.DUE: f"{was} → {due}" if was else due.isoformat(),
        stepwords.REASON: limited_text("理由", measures.reason, MAX_TEXT),
    }
    clock = stored or Clock(Act.RECTIFY, due, round=issue.round)
    return (replace(clock, due_on=due, due_time=None, is_provisional=False),), told


def _require_day(hand: InHand[Issue], due: date, was: date | None, measures: Measures, at: datetime) -> None:
    """A day that may be set: not past, no way out of being late, and a reason where it is moved back."""
    if due < at.date():
        raise BadValueError(f"完成时限 {due} 在 {at:%Y-%m-%d} 以前，已经过去了", "请核对 --due", field="due")
    today = max(at, datetime.combine(hand.office.moment.as_of, time()))
    if was is not None and was < today.date():
        raise RefusedByRuleError(
            f"完成时限 {was} 已经过了，另定日子不能把逾期抹去",
            "新的安排可用 --remedy 写明，或用 zmn note 记下；整改到位照常销号",
        )
    if was is not None and due > was and not measures.reason.strip():
        raise MissingValuesError(
            f"完成时限从 {was} 推迟到 {due}，缺少：--reason（为什么推迟）", "请加上 --reason", missing=["reason"]
        )
    if not hand.office.calendar.is_workday(due):
        hand.told.append(f"完成时限 {due} 是休息日，照定的日子提醒")
