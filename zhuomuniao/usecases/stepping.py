"""环节: one step of a case. Its preconditions are asked of the table and the rules, then row and log are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from zhuomuniao.deadlines import late_workdays
from zhuomuniao.errors import BadValueError
from zhuomuniao.fieldwork import Issue
from zhuomuniao.logbook import LADDER_KINDS
from zhuomuniao.model import Case, Clock, Receipt, Record, Status, Step, StepKind
from zhuomuniao.usecases import closing, escalating, handling, timing
from zhuomuniao.usecases.inhand import CaseInHand, take_in_hand
from zhuomuniao.usecases.issues import counts_of_activities
from zhuomuniao.usecases.requests import StepRequest

if TYPE_CHECKING:
    from zhuomuniao.ledger import Amendment
    from zhuomuniao.rules import LedgerSpec
    from zhuomuniao.store.transaction import Writing
    from zhuomuniao.usecases.office import Office

Plan = Callable[[CaseInHand, StepRequest], None]
"""Writes what a request asks for; raises where the rules refuse it."""

PLANS: Mapping[StepKind, Plan] = {
    StepKind.ASSIGN: handling.assign,
    StepKind.SIGN: handling.sign,
    StepKind.RETURN: handling.hand_back,
    StepKind.REVIEW_RETURN: handling.review_return,
    StepKind.FIRST_FEEDBACK: handling.feed_back,
    StepKind.RAISE: timing.raise_tier,
    StepKind.PAUSE: timing.pause,
    StepKind.RESUME: timing.resume,
    StepKind.EXTEND: timing.extend,
    StepKind.SET_DUE: timing.set_due,
    StepKind.ADMIT: timing.admit,
    StepKind.REPLY: closing.reply,
    StepKind.RESOLVE: closing.resolve,
    StepKind.VERIFY: closing.verify,
    StepKind.VISIT: closing.visit,
    StepKind.REDO: closing.redo,
    StepKind.URGE: escalating.take_rung,
    StepKind.SUPERVISE: escalating.take_rung,
    StepKind.ACCOUNTABILITY: escalating.take_rung,
    StepKind.CIRCULAR: closing.publish_circular,
    StepKind.REFER_LEAD: closing.refer_lead,
    StepKind.LINK: closing.link,
    StepKind.VOID: closing.void,
    StepKind.NOTE: closing.note,
}


_OF_ANY_RECORD = (StepKind.VOID, StepKind.NOTE)
"""Steps that an activity and an issue take as a case does."""

_CLOCK_ERROR = timedelta(minutes=10)
"""How far the clocks of two desks may differ."""


class Stepped(Struct, frozen=True):
    """The step taken: where it stands, which clocks it ended and how late, what moved, what the clerk should know.

    ``step`` is the one that was asked for; ``steps`` are all that were written with it, such as 发回重办 after 回访.
    """

    receipt: Receipt[Case]
    step: Step
    steps: tuple[Step, ...]
    ended: tuple[EndedClock, ...]
    warnings: tuple[str, ...]


class EndedClock(Struct, frozen=True):
    """A clock a step stopped; ``late_workdays`` is 0 when it was on time, or late over a holiday or by hours only."""

    clock: Clock
    late_workdays: int

    @property
    def verdict(self) -> str:
        """按时, or by how much it was late."""
        clock = self.clock
        if not clock.ended_late or clock.ended_on is None or clock.due_on is None:
            return "按时"
        if self.late_workdays:
            return f"超时{self.late_workdays}个工作日"
        days = (clock.ended_on - clock.due_on).days
        return f"超时{days}天（假日）" if days else f"超时（{clock.ended_time:%H:%M} 完成）"


def take(office: Office, spec: LedgerSpec, case_no: str, request: StepRequest) -> Stepped:
    """Write a step. Raises :class:`UnknownCaseError`, :class:`RefusedByRuleError`, :class:`BadValueError`."""
    require_past(office, request)
    request = replace(request, by=request.word("by", "经办人", 50) or request.by or office.workspace.config.clerk)
    hands: list[CaseInHand] = []

    def decide(case: Case) -> tuple[Case, tuple[Step, ...]]:
        hand = take_in_hand(office, spec, case)
        hand.require(request.kind, request.at)
        PLANS[request.kind](hand, request)
        hands.append(hand)
        return hand.record, tuple(hand.written)

    signature = office.signature(request.kind.name.lower(), request.by)
    ledger = office.records(spec) if request.kind in _OF_ANY_RECORD else office.ledger(spec)

    def beside(writing: Writing, after: Sequence[Record]) -> list[Amendment[Any]]:
        # What an activity found counts no more once it is void.
        return counts_of_activities(office, writing, [r for r in after if isinstance(r, Issue)], at=request.at)

    is_void = request.kind is StepKind.VOID
    receipt = ledger.amend(case_no, decide=decide, signature=signature, beside=beside if is_void else None)
    hand = hands[-1]
    if request.kind in LADDER_KINDS and (paper := escalating.paper_of(hand, request.kind)):
        file = escalating.write_rung_paper(hand, paper, hand.told)
        hand.told += [f"{paper}已写好：{file}"] if file else []
    return _stepped(office, request.kind, hand, receipt)


def require_past(office: Office, request: StepRequest) -> None:
    """Raise :class:`BadValueError` for a step that has not happened yet."""
    moment = office.moment
    is_later_today = moment.as_of == moment.now.date() and request.at > moment.now + _CLOCK_ERROR
    if request.at.date() > moment.as_of or is_later_today:
        raise BadValueError(
            f"时间 {request.at:%Y-%m-%d %H:%M} 还没有到（现在是 {moment.as_of} {moment.now:%H:%M}）",
            "请核对 --at；不能登记还没有发生的事",
        )


def _stepped(office: Office, kind: StepKind, hand: CaseInHand, receipt: Receipt[Case]) -> Stepped:
    changed = [c for step in hand.written for c in step.clock_changes]
    ended = tuple(
        EndedClock(c, late_workdays(c.due_on, c.ended_on, office.calendar) if c.due_on and c.ended_on else 0)
        for c in changed
        if c.ended_on
    )
    step = next(s for s in hand.written if s.kind is kind)
    warnings = (*hand.told, *_warnings(office, receipt.record, step, ended), *receipt.advice)
    return Stepped(receipt, step, tuple(hand.written), ended, warnings)


def _warnings(office: Office, case: Case, step: Step, ended: Sequence[EndedClock]) -> list[str]:
    warnings = office.moment.advice()
    is_answer = step.kind in (StepKind.FIRST_FEEDBACK, StepKind.REPLY) and step.unit in ("", case.unit)
    if is_answer and not ended:
        warnings.append(f"本件没有正在走的“{step.kind}”时限，只作记录")
    warnings += [
        f"{e.clock.act}{e.verdict}（时限 {e.clock.due_text}），超时记录会一直保留"
        for e in ended
        if e.clock.ended_late
    ]
    closing = case.closing_clock
    undated = closing is not None and closing.is_running and closing.due_on is None
    if undated and case.status.is_open and case.status is not Status.AWAITING_ASSIGNMENT:
        warnings.append("本件没有固定时限（一事一议）；确定了期限请用 zmn set-due 登记，以后照它提醒")
    return warnings
