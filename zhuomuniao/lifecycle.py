"""The table of steps: from which status a step may be taken, where it leads, which clocks it ends, what it writes.

The commands ask it before they write, the manual prints it, and the random walk that tests the life of a case is
held against it. What a step does to a case stands in :mod:`zhuomuniao.transitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao import stepwords
from zhuomuniao.codes import CodeList, OutcomeEffect
from zhuomuniao.errors import RefusedByRuleError
from zhuomuniao.handlers import read_handlers
from zhuomuniao.logbook import in_order
from zhuomuniao.model import Act, Case, Clock, Record, Status, Step, StepKind
from zhuomuniao.roundtext import parts_of_now

if TYPE_CHECKING:
    from zhuomuniao.rules import LedgerSpec

TRUE, UNTRUE = "属实", "不实"
"""How a 核查 line begins."""

ARROW = " → "
"""Between what was and what is, in 提级 lines."""


class StepRule(Struct, frozen=True):
    """One row of the table.

    ``command`` is what the clerk types. ``leads_to`` are the statuses after it, empty where it changes none.
    ``ends`` are the clocks it stops, ``columns`` the fields it writes beside 处理进度 and 时限明细. ``rests_on`` is
    what of the locality allows it, as the manual says it.
    """

    kind: StepKind
    command: str
    allowed_from: frozenset[Status]
    leads_to: tuple[Status, ...] = ()
    ends: tuple[Act, ...] = ()
    columns: tuple[str, ...] = ()
    rests_on: str = ""


_OPEN = frozenset(
    {
        Status.AWAITING_ASSIGNMENT, Status.AWAITING_SIGNATURE, Status.IN_PROGRESS, Status.RETURN_REQUESTED,
        Status.PAUSED,
    }
)  # fmt: skip
_OF_ACTIVITY = frozenset({Status.AWAITING_FILING, Status.FILED})
_OF_ISSUE = frozenset({Status.OPEN, Status.CLEARED})
_IN_HAND = frozenset({Status.AWAITING_ASSIGNMENT, Status.AWAITING_SIGNATURE, Status.IN_PROGRESS})
_WITH_UNIT = frozenset({Status.AWAITING_SIGNATURE, Status.IN_PROGRESS})
_AFTER = frozenset({Status.AWAITING_REVISIT})
_ALL = frozenset(Status)
_OF_CASE = _ALL - _OF_ACTIVITY - _OF_ISSUE
_MEANWHILE = (Act.FIRST_FEEDBACK, Act.PROGRESS, Act.FIRST_CONTACT)
"""Acts that a matter passes through on its way: once it is resolved, none of them is owed any more."""

_ENDED = (Status.AWAITING_REVISIT, Status.RESOLVED, Status.ROUTED_OUT)
_OF_REVISIT = ("revisit", "satisfaction", "solved", "fault")

STEP_RULES: dict[StepKind, StepRule] = {
    rule.kind: rule
    for rule in (
        StepRule(
            StepKind.ASSIGN, "assign", _IN_HAND, (Status.AWAITING_SIGNATURE, Status.IN_PROGRESS),
            columns=("unit", "co_handlers", "assigned_at", "signed_at"), rests_on="asks_assignment",
        ),
        StepRule(
            StepKind.SIGN, "sign", _WITH_UNIT, (Status.IN_PROGRESS,), (Act.SIGN,),
            columns=("signed_at", "co_handlers"), rests_on="asks_signature",
        ),
        StepRule(
            StepKind.RETURN, "return", _WITH_UNIT, (Status.RETURN_REQUESTED,), (Act.RETURN,),
            columns=("signed_at",), rests_on="[[returns]]",
        ),
        StepRule(
            StepKind.REVIEW_RETURN, "review-return", frozenset({Status.RETURN_REQUESTED}),
            (Status.AWAITING_ASSIGNMENT, Status.IN_PROGRESS),
            columns=("unit", "assigned_at", "signed_at"), rests_on="[[returns]]",
        ),
        StepRule(
            StepKind.FIRST_FEEDBACK, "feedback", _IN_HAND, (), _MEANWHILE,
            columns=("first_feedback_at", "co_handlers"),
        ),
        StepRule(
            StepKind.REPLY, "reply", _IN_HAND | _AFTER, (), (Act.REPLY, Act.INFORM, Act.FIRST_CONTACT),
            columns=("informed_at",),
        ),
        StepRule(StepKind.RAISE, "raise", _OPEN, columns=("tier",), rests_on="响应级别的代码表"),
        StepRule(
            StepKind.PAUSE, "pause", _IN_HAND, (Status.PAUSED,), columns=("pause",), rests_on="[[pauses]]"
        ),
        StepRule(
            StepKind.RESUME, "resume", frozenset({Status.PAUSED}),
            (Status.AWAITING_ASSIGNMENT, Status.AWAITING_SIGNATURE, Status.IN_PROGRESS), columns=("pause",),
            rests_on="[[pauses]]",
        ),
        StepRule(StepKind.EXTEND, "extend", _IN_HAND, columns=("extension",), rests_on="[[extensions]]"),
        StepRule(StepKind.SET_DUE, "set-due", _OPEN, rests_on="一事一议的 [[clocks]]"),
        StepRule(StepKind.ADMIT, "admit", _IN_HAND, rests_on="restarts_on"),
        StepRule(
            StepKind.RESOLVE, "resolve", _IN_HAND, _ENDED, (Act.RESOLVE, Act.REPLY, Act.SIGN, *_MEANWHILE),
            columns=("outcome", "result", "resolved_at", "informed_at"), rests_on="结果类别的代码表、[[demands]]",
        ),
        StepRule(
            StepKind.VERIFY, "verify", _AFTER, (Status.AWAITING_REVISIT, Status.RESOLVED),
            columns=("verification",), rests_on="asks_verification",
        ),
        StepRule(
            StepKind.VISIT, "visit", _AFTER | {Status.RESOLVED}, (Status.RESOLVED,), (Act.REVISIT,),
            columns=_OF_REVISIT, rests_on="[[visits]]",
        ),
        StepRule(
            StepKind.REDO, "redo", _AFTER | {Status.RESOLVED}, (Status.IN_PROGRESS,),
            columns=("round", "round_started_on"), rests_on="[[visits]] 的 redo_when",
        ),
        StepRule(StepKind.REMIND, "escalate", _OPEN - {Status.PAUSED}, columns=("urging",), rests_on="[[ladders]]"),
        StepRule(StepKind.URGE, "urge", _OPEN - {Status.PAUSED}, columns=("urging",), rests_on="[[ladders]]"),
        StepRule(
            StepKind.SUPERVISE, "supervise", _OPEN - {Status.PAUSED}, columns=("urging",), rests_on="[[ladders]]"
        ),
        StepRule(
            StepKind.ACCOUNTABILITY, "accountability", _OPEN - {Status.PAUSED}, columns=("urging",),
            rests_on="[[ladders]]",
        ),
        StepRule(StepKind.CIRCULAR, "circular", _OF_CASE - {Status.VOID}, rests_on="step = 通报 的 [[demands]]"),
        StepRule(StepKind.REFER_LEAD, "refer-lead", _OF_CASE - {Status.VOID}),
        StepRule(StepKind.MEETING_PLAN, "meeting plan", _OPEN, rests_on="[[meetings]]"),
        StepRule(StepKind.MEETING_RECORD, "meeting record", _OPEN, rests_on="[[meetings]]"),
        StepRule(StepKind.LINK, "link", _OF_CASE, columns=("related_no",)),
        StepRule(
            StepKind.FILE, "activity file", frozenset({Status.AWAITING_FILING}), (Status.FILED,), (Act.FILING,),
            columns=("filed_on",), rests_on="act = 备案 的 [[clocks]]",
        ),
        StepRule(
            StepKind.MEASURE, "issue measure", frozenset({Status.OPEN}),
            columns=("handling", "remedy", "responsible_person", "urgent", "meeting", "mechanism"),
            rests_on="整改方式的代码表",
        ),
        StepRule(
            StepKind.CLEAR, "issue clear", frozenset({Status.OPEN}), (Status.CLEARED,), (Act.RECTIFY,),
            columns=("cleared_on", "effect", "mechanism"), rests_on="act = 整改 的 [[clocks]]",
        ),
        StepRule(
            StepKind.LOOK_BACK, "issue look-back", frozenset({Status.CLEARED}), (), (Act.LOOK_BACK,),
            columns=("looked_back_on", "look_back"), rests_on="act = 回头看 的 [[clocks]]",
        ),
        StepRule(
            StepKind.REBOUND, "issue look-back", frozenset({Status.CLEARED}), (Status.OPEN,),
            columns=("round", "round_started_on", "look_back", "remedy", "effect"),
            rests_on="act = 回头看 的 [[clocks]]",
        ),
        StepRule(
            StepKind.VOID, "void", _OPEN | _AFTER | _OF_ACTIVITY | _OF_ISSUE, (Status.VOID,),
            columns=("resolved_at", "pause"),
        ),
        StepRule(StepKind.NOTE, "note", _ALL),
    )
}  # fmt: skip


_MOVERS = (StepKind.RAISE, StepKind.EXTEND, StepKind.SET_DUE, StepKind.ADMIT, StepKind.MEETING_RECORD)
"""Steps that may move any limit."""


class Terms(Struct, frozen=True):
    """What the locality says about the life of a case in one ledger."""

    ledger: LedgerSpec
    outcomes_of: Callable[[Case], CodeList | None]
    """结果类别 of the edition a case was accepted under."""
    typed_over: Callable[[Any, str], Mapping[str, Any]] = lambda record, text: {}
    """Given a record as its row stands now and 说明 of a 人工修改 line, what was typed over in the row, by field."""

    def effect_of(self, case: Case, outcome: str) -> OutcomeEffect:
        """What an outcome does to the case: ends it, routes it out, or leaves it open."""
        outcomes = self.outcomes_of(case)
        codes = outcomes.codes if outcomes else ()
        return next((c.effect for c in codes if c.name == outcome), OutcomeEffect.RESOLVED)


def status_on_acceptance(unit: str, ledger: LedgerSpec) -> Status:
    """待交办, or 办理中 where no assignment is known, or the unit is given and none has to sign (cli.md)."""
    if not ledger.asks_assignment:
        return Status.IN_PROGRESS
    if not unit:
        return Status.AWAITING_ASSIGNMENT
    return Status.AWAITING_SIGNATURE if ledger.asks_signature else Status.IN_PROGRESS


def progress_on_acceptance(unit: str) -> str:
    """处理进度 of a case nobody has worked on yet."""
    return f"已受理，交{unit}办理" if unit else "已受理，待交办"


def require_step(case: Record, kind: StepKind, at: datetime) -> None:
    """Raise :class:`RefusedByRuleError` when the case cannot take this step now, or not at that moment."""
    rule = STEP_RULES[kind]
    if case.status not in rule.allowed_from:
        if case.status is Status.ROUTED_OUT and kind is StepKind.REDO:
            raise RefusedByRuleError(
                f"事项 {case.case_no} 现在是“{case.status}”，不能登记“{kind}”",
                f"请先用 zmn show {case.case_no} 核对；对方退回来的请另行登记，写上 --related {case.case_no}",
            )
        able = "、".join(s for s in Status if s in rule.allowed_from)
        raise RefusedByRuleError(
            f"事项 {case.case_no} 现在是“{case.status}”，不能登记“{kind}”",
            f"“{kind}”用于：{able}；请先用 zmn show {case.case_no} 核对，只想补一句说明可用 zmn note",
        )
    # An issue has a day only: what is done about it at any hour of that day comes after it.
    opened = case.opened_at if isinstance(case, Case) else datetime.combine(case.opened_at.date(), time())
    if at < opened:
        what = "受理时间" if isinstance(case, Case) else "开始的日期"
        raise RefusedByRuleError(
            f"“{kind}”的时间 {at:%Y-%m-%d %H:%M} 早于{what} {case.opened_at:%Y-%m-%d %H:%M}", "请核对 --at"
        )


def require_order(
    case: Record, kind: StepKind, at: datetime, steps: Iterable[Step], *, is_beside: bool = False
) -> None:
    """Raise :class:`RefusedByRuleError` when a step comes before the last one that changed the status, or its clocks.

    A new round comes after all that the one before it wrote. Steps that only leave a line may be typed late;
    one of a unit ``is_beside`` the lead only has to come after 交办, which made it one.
    """
    rule = STEP_RULES[kind]
    moves = kind in _MOVERS
    if kind is StepKind.LINK or not (moves or rule.leads_to or rule.ends or rule.columns):
        return

    def concerns(step: Step) -> bool:
        if is_beside:
            return step.kind is StepKind.ASSIGN
        its = STEP_RULES[step.kind]
        leads_on = bool(its.leads_to) or (kind is StepKind.REDO and bool(its.columns))
        return leads_on or any(moves or clock.act in rule.ends for clock in step.clock_changes)

    ours = (s for s in in_order(steps) if s.kind in STEP_RULES and not is_of_co_handler(case, s))
    before = [s for s in ours if concerns(s)]
    if before and at < before[-1].at:
        last = before[-1]
        raise RefusedByRuleError(
            f"“{kind}”的时间 {at:%Y-%m-%d %H:%M} 早于“{last.kind}”（{last.at:%Y-%m-%d %H:%M}）",
            "请核对 --at；次序记错了的，先用 zmn undo 撤销后面的那一次",
        )


def is_of_co_handler(case: Record, step: Step) -> bool:
    """Whether a 签收 or 初步反馈 is that of a unit beside the lead: it moves that unit on, and nothing else.

    One that is neither the lead nor beside it was the lead when it signed: somebody has renamed it in the book since.
    """
    if step.kind not in (StepKind.SIGN, StepKind.FIRST_FEEDBACK) or step.unit in ("", case.unit):
        return False
    return isinstance(case, Case) and any(h.unit == step.unit for h in read_handlers(case.co_handlers))


def is_verified(case: Case) -> bool:
    """Whether the current round was found true (核查属实)."""
    return any(TRUE in part for part in parts_of_now(case.verification))


def clocks_ended_by(case: Record, step: Step, effect: OutcomeEffect) -> tuple[Clock, ...]:
    """The running clocks this step stops, as they stand afterwards."""
    rule = STEP_RULES.get(step.kind)
    acts = rule.ends if rule else ()
    if step.kind is StepKind.RESOLVE and effect is OutcomeEffect.STAYS_OPEN:
        # 暂时无法解决 answers the person but does not solve the matter.
        acts = (Act.REPLY, *_MEANWHILE)
    if is_of_co_handler(case, step) or (step.kind is StepKind.VISIT and not has_answer(step)):
        return ()
    return tuple(
        replace(c, ended_on=step.at.date(), ended_time=step.at.time() if c.due_time else None)
        for c in case.clocks
        if c.is_running and c.act in acts
    )


def has_answer(step: Step) -> bool:
    """Whether a 回访 line ends the visiting: the person said how content he is, or no more attempts are asked."""
    return bool(stepwords.read(step.text).get(stepwords.SATISFACTION))


def resolution_text(outcome: str, result: str) -> str:
    """说明 of a 办结 line: the outcome first, so that a replay finds it."""
    return f"{outcome}：{result}"
